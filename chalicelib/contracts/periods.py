"""The times that every contract states for what may go wrong: the text is written from them, and shows and disputes are run by them.

They are no terms, so no two contracts differ in them. Contracts that are signed state those of their day: whoever changes one has to keep
the old one for those. Where a period counts days, a day is 24 hours.
"""

from datetime import timedelta
from typing import Final

SIGNED_WITHIN: Final = timedelta(days=7)
"""For both sides to sign a document, from when it was agreed on or proposed."""
MISSED_AFTER: Final = timedelta(minutes=30)
"""How long after the scheduled start a host may still come before anybody may say that nobody did (a shorter show: until its end)."""
MISSED_BY_CLOCK_AFTER: Final = timedelta(hours=24)
"""How long after the planned end the clock says it where nobody has started the show: a day, so that both sides can act before."""
DISPUTED_WITHIN: Final = timedelta(days=14)
"""How long after its end a show may be disputed: as long as an ordinary return window, and known from the contract without its sales."""
STATED_WITHIN: Final = timedelta(days=7)
"""How long both sides may say their part, from when a dispute was raised."""
DECIDED_WITHIN: Final = timedelta(days=21)
"""When a dispute that nobody decides ends by itself, from when it was raised: two weeks for the operator after the sides have spoken."""
DELIVERY_ANSWERED_WITHIN: Final = timedelta(hours=72)
"""To contradict a statement or a measurement: a weekend and a working day, time to watch a recording, and over before money goes out."""
DELIVERY_STATED_WITHIN: Final = timedelta(days=30)
"""After the show, to say something first: what was delivered belongs to the month's books."""
DELIVERY_DECIDED_WITHIN: Final = timedelta(days=30)
"""For the marketplace to decide what the sides contradict each other about. After it the measurement holds; where nothing is measured who
wants something taken off has not shown it, so it counts as met."""
