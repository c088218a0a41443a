"""Real time and random ids under the harness's control: they count up, in a year that no date of the business lies in.

So whatever is a real time or a random id can be told from all else in the store, and no wait takes any time.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from unittest import mock

from chalicelib.core import clock, ids

BEGIN = datetime(2030, 5, 6, 9, tzinfo=UTC)
"""A Monday morning: not at the hour of the nightly reconciliation."""
PROCESS_BITS = 40
"""Ids of different processes differ in the bits above these."""


class Clockwork:
    """The machine's clock and its source of randomness, as the program sees them."""

    def __init__(self, process: int = 0) -> None:
        """`process` keeps the ids of two processes apart."""
        self.now = BEGIN
        self.drawn = 0
        self._process = process
        self._wait: Callable[[float], object] | None = None

    def pass_time(self, by: timedelta) -> None:
        """Move on."""
        self.now += by

    def install(self) -> None:
        """From now on the program goes by this clock; there is no way back in this process."""
        mock.patch.object(clock.SystemClock, "real_now", self.tell).start()
        mock.patch.object(ids, "time", self).start()
        mock.patch.object(ids, "secrets", self).start()
        mock.patch.object(time, "sleep", self.sleep).start()

    def tell(self) -> datetime:
        """What it shows."""
        return self.now

    def wait_really(self, *, really: bool = True) -> None:
        """Whether waiting takes the time it says: where two processes wait for each other it must."""
        self._wait = threading.Event().wait if really else None

    def sleep(self, seconds: float) -> None:
        """Waiting takes no time, unless it has to."""
        if self._wait is not None:
            self._wait(seconds)

    def time_ns(self) -> int:
        """What `core.ids` begins an id with."""
        return int(self.now.timestamp() * 1_000) * 1_000_000

    def randbits(self, _: int) -> int:
        """What `core.ids` ends an id with."""
        self.drawn += 1
        return self._process << PROCESS_BITS | self.drawn

    def token_urlsafe(self, size: int) -> str:
        """A secret that is the same in every run."""
        self.drawn += 1
        return f"{self._process}-{self.drawn}".rjust(size, "x")
