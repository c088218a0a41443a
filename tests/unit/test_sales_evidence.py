"""What stays in sight beside the drifts: counts, and values by currency; what is parked becomes an orphan with time."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from chalicelib.sales.decisions import summary_of
from chalicelib.sales.evidence import SalesEvidence
from chalicelib.sales.imports import FeedSummary, Manifest, Parked, State, Tally
from chalicelib.sales.links import Orphan, OrphanReason
from tests.conftest import StandingClock

NOON = datetime(2011, 1, 10, 12, tzinfo=UTC)


def orphan(line_id: str, minor: int, *, waits: bool, days: int = 0) -> Orphan:
    reason, made = OrphanReason.NO_SALE, NOON + timedelta(days=days)
    return Orphan(line_id=line_id, quantity=1, amount_minor=minor, occurred_at=made, reason=reason, waits=waits)


def summary(currency: str, *orphans: Orphan) -> FeedSummary:
    which: Any = SimpleNamespace(feed_id=f"fed_{currency}", brand_id="brd_1", currency=currency)
    return summary_of(Manifest(orphans=orphans), which, 1, "key")


def apart(now: datetime, *feeds: FeedSummary) -> dict[str, tuple[int, Mapping[str, int]]]:
    records = [
        SimpleNamespace(
            state=State.DONE,
            started_at=NOON,
            import_id=feed.feed_id,
            currency=feed.currency,
            rejected=1,
            tally=Tally(unattributed=2, unattributed_minor=3),
        )
        for feed in feeds
    ]
    imports: Any = SimpleNamespace(every_feed=lambda: feeds, every=lambda: records)
    nothing: Any = None
    evidence = SalesEvidence(imports=imports, lines=nothing, files=nothing, clock=StandingClock(now))
    return dict(evidence.reported_apart())


def test_what_waits_for_its_sale_is_parked_for_thirty_days_and_then_an_orphan() -> None:
    feed = summary("GBP", orphan("a", 5_00, waits=True), orphan("b", 7_00, waits=True), orphan("c", 1_00, waits=False))
    assert feed.parked == (Parked(until=date(2011, 2, 9), count=2, minor=12_00),)
    last_day, day_after = (apart(NOON + timedelta(days=days), feed) for days in (30, 31))
    assert (last_day["orphans"], last_day["parked"]) == ((1, {"GBP": 1_00}), (2, {"GBP": 12_00}))
    assert (day_after["orphans"], day_after["parked"]) == ((3, {"GBP": 13_00}), (0, {}))


def test_values_of_two_currencies_are_never_added() -> None:
    found = apart(NOON, summary("GBP", orphan("a", 5_00, waits=False)), summary("JPY", orphan("b", 700, waits=False)))
    assert found["orphans"] == (2, {"GBP": 5_00, "JPY": 700})
    assert (found["unattributed"], found["rejected"]) == ((4, {"GBP": 3, "JPY": 3}), (2, {}))
