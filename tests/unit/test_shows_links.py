"""When links are looked at, and what the looks say about a show: tables of what each round saw."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.shows.rules import LinksMeasured, Show, ShowState
from chalicelib.shows.rules.links import (
    LEAD,
    LONGEST_ON_AIR,
    MAX_LINKS,
    ROUND,
    LinkState,
    Look,
    Round,
    is_due,
    links_of,
    measured,
    state_of,
)
from chalicelib.shows.rules.links import round_of as begin_of
from tests.unit.template_samples import STARTS, live_show, over, show

MINUTE = timedelta(minutes=1)
SIGNS = {"+": LinkState.LIVE, "-": LinkState.DOWN, "?": LinkState.UNCLEAR}


def seen(*by_link: str, since: timedelta = timedelta(0)) -> list[Round]:
    """Rounds from the start on: for each link a sign a round."""
    made = []
    for place in range(len(by_link[0])):
        at = STARTS + since + place * ROUND
        looks = tuple(
            Look(url=f"https://shop.example/{number}", skus=(f"SKU{number}",), at=at, state=SIGNS[signs[place]], steps=())
            for number, signs in enumerate(by_link)
        )
        made.append(Round(show_id="shw_1", round_of=begin_of(at), looks=looks))
    return made


@pytest.mark.parametrize(
    ("signs", "down", "unclear"),
    [
        ("++++", 0, 0),
        ("+-++", 0, 0),
        ("+-+-", 0, 0),
        ("+--+", 1, 0),
        ("----", 1, 0),
        ("-", 1, 0),
        ("-+", 0, 0),
        ("-?-+", 1, 0),
        ("????", 0, 1),
        ("?-??", 1, 0),
    ],
)
def test_a_link_was_down_when_two_looks_in_a_row_or_all_found_it_so(signs: str, down: int, unclear: int) -> None:
    skus = ("SKU0",) if down else ()
    assert measured(over(), seen(signs)) == LinksMeasured(links=1, down=down, unclear=unclear, rounds=len(signs), down_skus=skus)


def test_only_what_was_seen_on_air_counts_and_nothing_seen_says_nothing() -> None:
    assert measured(over(), seen("--", since=timedelta(hours=-1))) is None
    assert measured(over(), seen("--", since=timedelta(hours=3))) is None
    assert measured(show(), seen("--")) is None
    assert measured(over(), []) is None
    both = measured(over(), [*seen("--+", since=-2 * ROUND), *seen("+-", "--", since=ROUND)])
    assert both == LinksMeasured(links=2, down=1, unclear=0, rounds=3, down_skus=("SKU1",))


@pytest.mark.parametrize(
    ("status", "state"),
    [
        *((status, "live") for status in (200, 204)),
        *((status, "unclear") for status in (401, 403, 405, 429)),
        *((status, "down") for status in (304, 404, 410, 500, 503, None)),
    ],
)
def test_what_a_status_says(status: int | None, state: str) -> None:
    assert state_of(status) == state


@pytest.mark.parametrize(
    ("what", "after_start", "due"),
    [
        (show(), -LEAD - MINUTE, False),
        (show(), -LEAD, True),
        (show(), timedelta(0), True),
        (show(), timedelta(minutes=show().minutes), False),
        (live_show(), timedelta(hours=5), True),
        (live_show(), LONGEST_ON_AIR + MINUTE, False),
        (over(), timedelta(hours=1), False),
        (replace(show(), state=ShowState.DRAFT), timedelta(0), False),
        (replace(show(), state=ShowState.CANCELLED), timedelta(0), False),
        (replace(live_show(), line_up=()), timedelta(0), False),
    ],
)
def test_a_show_is_looked_at_from_shortly_before_it_until_it_ends(what: Show, after_start: timedelta, due: bool) -> None:  # noqa: FBT001  # a table
    assert is_due(what, STARTS + after_start) == due


def test_a_link_of_several_products_is_looked_at_once_and_not_more_than_a_hundred_are() -> None:
    (item, *_) = show().line_up
    same = tuple(replace(item, sku=sku) for sku in ("A", "B"))
    assert links_of(replace(show(), line_up=(*same, replace(item, sku="C", link=None)))) == {item.link: ("A", "B")}
    many = tuple(replace(item, sku=f"S{n}", link=f"https://shop.example/{n}") for n in range(MAX_LINKS + 1))
    assert len(links_of(replace(show(), line_up=many))) == MAX_LINKS


def test_rounds_begin_every_five_minutes() -> None:
    assert [begin_of(STARTS + n * MINUTE) for n in (0, 4, 5, 9)] == [STARTS, STARTS, STARTS + ROUND, STARTS + ROUND]
