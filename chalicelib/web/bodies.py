"""What several features read in their requests."""

from datetime import date, datetime
from typing import Annotated

import msgspec

from chalicelib.core.recurrence import MAX_OCCURRENCES, MAX_RULE_CHARACTERS, Recurrence


class RecurrenceBody(msgspec.Struct, forbid_unknown_fields=True):
    """The first local time, an RFC 5545 rule such as ``FREQ=WEEKLY;COUNT=12``, the zone of both, and days to leave out."""

    first: Annotated[datetime, msgspec.Meta(tz=False)]
    rule: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_RULE_CHARACTERS)]
    timezone: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    except_days: Annotated[tuple[date, ...], msgspec.Meta(max_length=MAX_OCCURRENCES)] = ()

    def recurrence(self) -> Recurrence:
        """The same in the words of the business."""
        return Recurrence(first=self.first, rule=self.rule, timezone=self.timezone, except_days=self.except_days)
