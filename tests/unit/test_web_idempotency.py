"""What an Idempotency-Key remembers of a request that was answered, refused, or never came to an end that we know of."""

from datetime import timedelta

import pytest

from chalicelib.web.idempotency import Idempotency, KeyUsedForSomethingElse, StillRunning
from tests.conftest import StandingClock

CALLER, KEY, REQUEST = "usr_1#brd_a", "k1", b'{"size": 4}'


@pytest.fixture
def remembered(tables: None, clock: StandingClock) -> Idempotency:  # noqa: ARG001  # the table must be there
    """By the standing clock."""
    return Idempotency(clock)


def test_a_request_whose_outcome_we_never_learnt_may_come_again_at_once_and_makes_the_same_thing(remembered: Idempotency) -> None:
    first = remembered.begin(CALLER, KEY, REQUEST)
    with pytest.raises(StillRunning):
        remembered.begin(CALLER, KEY, REQUEST)
    remembered.lose_track(CALLER, KEY, first)
    again = remembered.begin(CALLER, KEY, REQUEST)
    assert again.status is None
    assert again.seed == first.seed != ""
    assert remembered.begin(CALLER, "k2", REQUEST).seed != first.seed


def test_so_does_one_that_has_been_running_for_too_long(remembered: Idempotency, clock: StandingClock) -> None:
    first = remembered.begin(CALLER, KEY, REQUEST)
    clock.advance(timedelta(seconds=60))
    assert remembered.begin(CALLER, KEY, REQUEST).seed == first.seed


def test_another_request_under_a_key_whose_outcome_is_not_known_is_refused(remembered: Idempotency) -> None:
    remembered.lose_track(CALLER, KEY, remembered.begin(CALLER, KEY, REQUEST))
    with pytest.raises(KeyUsedForSomethingElse):
        remembered.begin(CALLER, KEY, b'{"size": 5}')


def test_an_answer_is_given_again_and_a_refusal_leaves_the_key_free(remembered: Idempotency) -> None:
    kept = remembered.begin(CALLER, KEY, REQUEST)
    remembered.finish(CALLER, KEY, kept, 201, "made")
    again = remembered.begin(CALLER, KEY, REQUEST)
    assert (again.status, again.body) == (201, "made")
    remembered.begin(CALLER, "k2", REQUEST)
    remembered.forget(CALLER, "k2")
    assert remembered.begin(CALLER, "k2", b'{"size": 5}').status is None
