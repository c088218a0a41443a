"""Which show a sale belongs to does not depend on when its file came: before, while or after the show, or in between its parts."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.adapters.dynamo import outbox_left_over
from tests.conftest import StandingClock
from tests.unit.moving_shows import FILES, World
from tests.unit.sales_kit import empty_the_tables, sales_bucket

IN_ORDER = (("a starts", "a ends early"), ("b gets a code and a lamp", "b starts", "b ends late"), ("c is called off",))
RUNS = count()


@st.composite
def histories(draw: st.DrawFn) -> list[str]:
    """All files and all that happens to shows, each show's in its order; in between some messages are worked off, or none."""
    tracks = draw(st.permutations([place for place, track in enumerate((*IN_ORDER, *([name] for name in FILES))) for _ in track]))
    left = [iter(track) for track in (*IN_ORDER, *([name] for name in FILES))]
    return [next(left[place]) for place in tracks]


@pytest.fixture
def expected(tables: None, monkeypatch: pytest.MonkeyPatch) -> object:  # noqa: ARG001 - the bucket lives in the same moto
    """What remains when all files come after all shows."""
    sales_bucket(monkeypatch)
    return _played([*(event for track in IN_ORDER for event in track), *FILES], [1_000])


def _played(events: Sequence[str], paces: Sequence[int]) -> object:
    """All that remains. `paces`: how many messages are worked off after each event, in turn; at the end all are."""
    empty_the_tables()
    world = World(StandingClock(datetime(2011, 1, 20, 12, tzinfo=UTC)), f"run{next(RUNS)}")
    for place, event in enumerate(events):
        world.happens[event]()
        for message in list(outbox_left_over("9999"))[: paces[place % len(paces)]]:
            world.shop.work[message.topic](message.key)
            message.delete()
    world.shop.work_off()
    return world.remains()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(events=histories(), paces=st.lists(st.integers(0, 3), min_size=1, max_size=4))
def test_when_a_file_comes_changes_neither_shows_nor_earnings(expected: object, events: list[str], paces: list[int]) -> None:
    assert _played(events, paces) == expected
