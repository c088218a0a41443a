"""When a show changes what sales find it by, and all times at which they may ever have."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.shows import store as show_store
from chalicelib.shows.rules import Attribution, Edit, Show, Side, attribution_changed, called_off, edited, ended, pinned, span, started
from chalicelib.shows.service import Shows
from chalicelib.shows.store import ShowStore
from tests.conftest import StandingClock
from tests.unit.template_samples import STARTS, show

LATE = STARTS + timedelta(minutes=4)
SECOND = timedelta(seconds=1)


def on_air() -> Show:
    return started(show(), LATE)


def test_attribution_goes_by_start_end_cancellation_and_what_a_show_takes_sales_by() -> None:
    coded = replace(show(), attribution=Attribution(codes=("MARA10",)))
    fewer = Edit(line_up=show().line_up[:2])
    changes = [
        (show(), on_air()),
        (on_air(), ended(on_air(), LATE + SECOND)),
        (on_air(), edited(on_air(), fewer)),
        (on_air(), edited(on_air(), Edit(attribution=Attribution(after_minutes=90)))),
        (show(), coded),
        (coded, called_off(coded, Side.HOST, STARTS)),
    ]
    nothing_new = [
        (show(), edited(show(), fewer)),
        (show(), called_off(show(), Side.HOST, STARTS)),
        (on_air(), edited(on_air(), Edit(title="Another"))),
        (on_air(), pinned(on_air(), show().line_up[0].sku, now=LATE)),
    ]
    assert [attribution_changed(*pair) for pair in (*changes, *nothing_new)] == [True] * len(changes) + [False] * len(nothing_new)


def test_the_span_of_a_show_holds_every_window_that_it_has_had() -> None:
    week = timedelta(days=7)
    planned_end = LATE + timedelta(minutes=show().minutes)
    assert span(show()) is None
    assert span(on_air()) == span(ended(on_air(), LATE + SECOND)) == (LATE - week, planned_end + week)
    assert span(ended(on_air(), planned_end + SECOND)) == (LATE - week, planned_end + SECOND + week)


@pytest.mark.usefixtures("tables")
def test_attribution_sees_every_show_however_many_a_list_has(clock: StandingClock, monkeypatch: pytest.MonkeyPatch) -> None:
    unused: Any = None
    store = ShowStore()
    for name in ("shw_1", "shw_2"):
        store.open(replace(show(), show_id=name, slug=name))
    shows = Shows(store=store, contracts=unused, directory=unused, bookings=unused, publisher=unused, clock=clock)
    monkeypatch.setattr(show_store, "MAX_SHOWS_PER_LIST", 1)
    assert len(store.of_tenant(show().brand_id)) == 1
    assert [window.show_id for window in shows.windows(show().brand_id)] == ["shw_1", "shw_2"]
