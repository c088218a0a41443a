"""Imports that stand still are picked up again: whatever message was lost on the way, the schedule says it once more.

Nothing is worked off here, only announced; every step of `intake` may be repeated and adds nothing twice.
"""

import logging
from dataclasses import replace
from datetime import datetime

from chalicelib.core.clock import Clock
from chalicelib.sales.files import SalesFiles, upload_key
from chalicelib.sales.imports import ENDED, MAX_PICKED_UP, Import, State, UnderWay
from chalicelib.sales.store import ImportStore

log = logging.getLogger("primetime.sales")


class FollowUp:
    """What the schedule does about imports."""

    def __init__(self, *, imports: ImportStore, files: SalesFiles, clock: Clock) -> None:
        """`clock.real_now()` tells how long an import has stood still."""
        self._imports = imports
        self._files = files
        self._clock = clock

    def pick_up(self) -> int:
        """Announce anew what unfinished imports wait for that have not moved for minutes. Returns how many were picked up."""
        now = self._clock.real_now()
        return sum(self._look_at(each, now) for each in list(self._imports.under_way()))

    def _look_at(self, before: UnderWay, now: datetime) -> bool:
        record, parts_done = self._imports.progress(before.brand_id, before.import_id)
        if record.state in ENDED:
            self._imports.forget(before)
            return False
        seen = replace(before, state=record.state, parts_done=parts_done)
        if seen != before:
            self._imports.look_again(replace(seen, since=now, picked_up=0))
            return False
        if before.is_patient_at(now) or before.picked_up >= MAX_PICKED_UP:
            return False
        self._imports.look_again(replace(before, since=now, picked_up=before.picked_up + 1))
        return self._again(record, before, now)

    def _again(self, record: Import, before: UnderWay, now: datetime) -> bool:
        if record.state is State.LINKING:
            self._imports.announce_link(record.feed_id, now)
        elif record.state is not State.AWAITING_UPLOAD or self._files.has_arrived(record):
            self._imports.announce_upload(upload_key(record), now)
        else:
            if before.picked_up + 1 >= MAX_PICKED_UP:
                self._imports.forget(before)
            return False
        log.warning("import %s stands still while it is %s and is picked up again", record.import_id, record.state)
        return True
