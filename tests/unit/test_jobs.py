"""What the schedule does: each step for itself."""

import pytest

from chalicelib import jobs
from tests.fakes.console import Console, console

__all__ = ["console"]


def test_a_step_of_time_that_fails_stops_none_after_it_and_is_told(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    found, done = console.services, list[str]()

    def broken() -> int:
        raise OverflowError

    monkeypatch.setattr(found.payouts.accruals, "release", broken)
    monkeypatch.setattr(found.endings.schedule, "end_silence", lambda: done.append("endings"))
    monkeypatch.setattr(found.notices, "follow_up", lambda: done.append("notices"))
    with pytest.raises(OverflowError):
        jobs.release(found)
    assert done == ["endings", "notices"]
