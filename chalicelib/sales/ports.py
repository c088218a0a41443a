"""What sales ask of other features."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.sales.attribution import ShowWindow


class ShowDirectory(Protocol):
    """What sales ask the shows feature."""

    def windows(self, brand_id: str, from_: datetime, to: datetime) -> Sequence[ShowWindow]:
        """The shows of a brand whose window touches [from_, to], and all that have tracking codes or rooms."""
        ...
