"""What the numbers of a request may be, for the JSON API and the console's forms alike."""

from typing import Annotated

import msgspec

from chalicelib.planning.asked import FEWEST_SECONDS, MAX_SECONDS_ASKED, MAX_SHOWS_PER_WEEK

MOST_HOSTS = 1_000
Seconds = Annotated[int, msgspec.Meta(ge=FEWEST_SECONDS, le=MAX_SECONDS_ASKED)]
Hosts = Annotated[int, msgspec.Meta(ge=1, le=MOST_HOSTS)]
Shows = Annotated[int, msgspec.Meta(ge=1, le=MAX_SHOWS_PER_WEEK)]
