"""Every money workflow with a fault at each outside call, in one way by rotation; nightly, and by `make faults`, in all ways."""

import os

import pytest

from tests.faults.lanes import Listener, tried, words_of
from tests.faults.mistakes import MISTAKES

NIGHTLY = os.environ.get("PRIMETIME_HYPOTHESIS") == "nightly"
SEEDED = len(MISTAKES) if NIGHTLY else 2


@pytest.mark.engine
def test_whatever_call_fails_the_store_ends_as_if_none_had_and_seeded_mistakes_are_found() -> None:
    listener = Listener(told=lambda _: None, failed=lambda _: None)
    findings = tried(listener, lanes=os.cpu_count() or 1, short=not NIGHTLY, mistakes=SEEDED)

    assert [words_of(failure) for failure in findings.failures] == []
    assert [mistake["caught"] for mistake in findings.mistakes] == [True] * SEEDED
    assert findings.points >= findings.calls_seen > 0
