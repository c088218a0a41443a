"""What would have to change is said only where it is so; what a host is told keeps the brand's secrets."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.matching.for_hosts import nearest, seen_by
from chalicelib.matching.rules import Candidate, Filter, failed_filters
from chalicelib.matching.whatif import NOT_NEAR, remedies
from tests.unit.test_matching_score import BRIEF, HOST, STRANGER, WINDOW

HOUR = timedelta(hours=1)
SECOND = replace(WINDOW, starts_at=WINDOW.starts_at + HOUR)


def test_a_move_is_told_only_if_the_shows_would_not_be_on_at_once() -> None:
    both = replace(BRIEF, windows=(WINDOW, SECOND))
    busy = replace(HOST, busy_windows=(WINDOW,))
    failed = failed_filters(both, busy)

    def told(moves: dict[object, object]) -> list[str]:
        return [each.sentence for each in remedies(both, busy, failed, moves)]  # type: ignore[arg-type]  # instants

    assert told({}) == [NOT_NEAR]
    assert told({WINDOW.starts_at: WINDOW.starts_at + HOUR / 2}) == [NOT_NEAR]
    assert told({WINDOW.starts_at: WINDOW.starts_at - HOUR}) == ["Is free at 2011-01-10 18:00 UTC instead of 19:00."]


def test_another_currency_cannot_be_bought_with_a_larger_budget() -> None:
    abroad = replace(HOST, currency="EUR")
    (remedy,) = remedies(BRIEF, abroad, failed_filters(BRIEF, abroad), {})
    assert (remedy.filter, remedy.sentence, remedy.brief) == (Filter.BUDGET, "Post the brief in EUR.", None)


@pytest.mark.parametrize(
    ("host", "sentence"),
    [
        (replace(HOST, rate_card_minor=1_000_01), "Your rate card is above what it can pay. A lower one would let you in."),
        (replace(HOST, currency="EUR"), "It pays in GBP, your rate card is in EUR."),
        (replace(HOST, busy_windows=(WINDOW,)), "You cannot be booked at 2011-01-10 19:00 UTC. Open those hours, or make room for them."),
        (replace(HOST, audiences={"youtube": 5}), "It asks for 10,000 followers on youtube; you have 5."),
        (
            replace(HOST, minimum_commission_basis_points=1_250),
            "It offers less commission than the least you ask for. A lower minimum would let you in.",
        ),
        (replace(HOST, bound_to_competitor=True), "You have promised another brand not to work for others in home on that day."),
    ],
)
def test_a_host_is_told_what_would_help_without_what_the_brand_pays(host: Candidate, sentence: str) -> None:
    seen = seen_by(BRIEF, host)
    assert seen is not None
    assert [each.sentence for each in seen.hurdles] == [sentence]


def test_every_filter_but_exclusion_has_words_for_the_host() -> None:
    seen = seen_by(replace(BRIEF, excluded_creator_ids=()), STRANGER)
    assert seen is not None
    assert [each.filter for each in seen.hurdles] == [each for each in Filter if each is not Filter.EXCLUDED]
    assert seen_by(BRIEF, STRANGER) is None


def test_briefs_that_are_missed_by_least_come_first_and_of_these_the_soonest() -> None:
    near, fits = seen_by(BRIEF, replace(HOST, can_be_paid=False)), seen_by(BRIEF, HOST)
    later = seen_by(replace(BRIEF, windows=(SECOND,)), HOST)
    assert near is not None
    assert fits is not None
    assert later is not None
    assert nearest([near, later, fits]) == [fits, later, near]
