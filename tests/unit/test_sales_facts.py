"""Which sales a show has, after imports brought some and decisions of their feed gave and took others, now and at any instant before."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chalicelib.sales.attribution import By
from chalicelib.sales.facts import Brought, ShowSale, standing

FIRST = datetime(2011, 1, 10, 19, tzinfo=UTC)
DAY = timedelta(days=1)


def sale(line_id: str, recorded_at: datetime) -> ShowSale:
    return ShowSale(
        line_id=line_id,
        show_id="shw_1",
        order_ref=line_id,
        sku="MUG",
        units=1,
        currency="GBP",
        price_minor=5_00,
        seller_discount_minor=0,
        platform_discount_minor=0,
        tax_minor=0,
        shipping_minor=0,
        attributed_by=By.LINE_UP,
        ordered_at=FIRST,
        recorded_at=recorded_at,
    )


IMPORTED = Brought(sales=(sale("a", FIRST), sale("b", FIRST)))
LOST = Brought(sales=(), decision=3, decided_at=FIRST + DAY, lost=("a",))
REGAINED = Brought(sales=(sale("a", FIRST + 2 * DAY),), decision=4, decided_at=FIRST + 2 * DAY)
HISTORY = (IMPORTED, LOST, REGAINED)


def test_a_sale_that_a_decision_takes_away_was_the_shows_until_then() -> None:
    within = timedelta(microseconds=1)
    seen = {as_of: standing(HISTORY, as_of) for as_of in (FIRST, FIRST + DAY - within, FIRST + DAY, FIRST + 2 * DAY)}
    assert list(seen.values()) == [
        (sale("a", FIRST), sale("b", FIRST)),
        (sale("a", FIRST), sale("b", FIRST)),
        (sale("b", FIRST),),
        (sale("a", FIRST + 2 * DAY), sale("b", FIRST)),
    ]
    assert standing(random.Random(1).sample(HISTORY, 3), FIRST + 2 * DAY) == standing(HISTORY)


def test_a_decision_that_was_kept_without_its_time_counts_always() -> None:
    assert standing((IMPORTED, replace(LOST, decided_at=None)), FIRST) == (sale("b", FIRST),)
