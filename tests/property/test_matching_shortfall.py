"""Where nobody fits, a change that is told lets in as many hosts as it says, and nothing less of it lets in any."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.matching.rules import ANY_MARKET, Brief, Filter, check_brief, failed_filters
from chalicelib.matching.shortfall import Near, Tally, relaxations, shifts, tally
from chalicelib.matching.snapshot.records import HostRecord
from tests.property.matching_hosts import NOW, candidate
from tests.unit.matching_index_kit import BRIEF, HOST

chances = st.integers(0, 2**32).map(random.Random)


def counted(brief: Brief, hosts: Sequence[HostRecord]) -> Tally:
    looked = [(candidate(brief, host), failed_filters(brief, candidate(brief, host))) for host in hosts]
    busy = [host for host, failed in zip(hosts, looked, strict=True) if [each.filter for each in failed[1]] == [Filter.AVAILABILITY]]
    half = timedelta(minutes=30)
    later = replace(brief, windows=tuple(replace(each, starts_at=each.starts_at + half) for each in brief.windows))
    return tally(brief, looked, {half: fitting(later, busy)})


def fitting(brief: Brief, hosts: Sequence[HostRecord]) -> int:
    return sum(not failed_filters(brief, candidate(brief, host)) for host in hosts)


def nearly(chance: random.Random, number: int) -> HostRecord:
    """A host that one or two things keep out of the brief."""
    start = BRIEF.windows[0].starts_at
    host = replace(HOST, creator_id=f"crt_{number:02}")
    for change in chance.sample(CHANGES, chance.choice((1, 1, 2))):
        host = replace(host, **change(chance))
    if chance.random() < 0.2:
        host = replace(host, hours=replace(host.hours, taken=(start + chance.choice((0, 3)) * timedelta(minutes=15),)))
    return host


CHANGES: tuple[Callable[[random.Random], dict[str, Any]], ...] = (
    lambda chance: {"rate_card_minor": chance.choice((200_01, 300_00, 2**53))},
    lambda chance: {"audiences": {"YouTube": chance.choice((0, 7, 499))}},
    lambda chance: {"minimum_commission_basis_points": chance.choice((1_001, 2_000))},
    lambda chance: {"languages": tuple(chance.sample(("de", "Fr", "nl"), 2))},
    lambda chance: {"markets": tuple(chance.sample(("DE", "fr"), chance.randrange(3)))},
    lambda chance: {"can_be_paid": chance.random() < 0.5},
)


@settings(deadline=None)
@given(chance=chances, count=st.integers(1, 25))
def test_a_change_that_is_told_lets_in_as_many_hosts_as_it_says(chance: random.Random, count: int) -> None:
    hosts = [nearly(chance, number) for number in range(count)]
    excluded = tuple(host.creator_id for host in hosts if chance.random() < 0.1)
    brief = replace(BRIEF, minimum_audience=500, excluded_creator_ids=excluded)
    found = counted(brief, hosts)
    told = relaxations(brief, found)
    assert not told or found.fitting == 0
    for each in told:
        check_brief(each.brief, NOW)
        assert fitting(each.brief, hosts) == each.hosts > 0
        assert f"{each.hosts:,} host" in each.sentence
    for each in {each.filter: each for each in reversed(told)}.values():
        if each.filter in A_LITTLE_LESS:
            assert fitting(A_LITTLE_LESS[each.filter](each.brief), hosts) == 0


A_LITTLE_LESS: dict[Filter, Callable[[Brief], Brief]] = {
    Filter.BUDGET: lambda brief: replace(brief, budget_minor=brief.budget_minor - 1),
    Filter.AUDIENCE: lambda brief: replace(brief, minimum_audience=brief.minimum_audience + 1),
    Filter.MINIMUM_TERMS: lambda brief: replace(brief, commission_basis_points=brief.commission_basis_points - 1),
}


HOSTS = [replace(HOST, creator_id=f"crt_{number}") for number in range(3)]


@pytest.mark.parametrize(
    ("changes", "of_hosts", "sentences"),
    [
        ({"budget_minor": 0}, {"rate_card_minor": 300_00}, ["Raise the budget to 300.00 GBP: 3 hosts."]),
        ({"minimum_audience": 9_999}, {}, ["Ask for 1,000 followers on youtube at least: 3 hosts."]),
        ({"commission_basis_points": 5}, {"minimum_commission_basis_points": 1_250}, ["Offer a commission of 12.5 %: 3 hosts."]),
        ({"language": "de"}, {}, ["Look for hosts who speak en: 3 hosts."]),
        ({"market": "FR"}, {}, ["Look in gb: 3 hosts.", "Look in any market: 3 hosts."]),
        ({"excluded_creator_ids": tuple(host.creator_id for host in HOSTS)}, {}, ["Exclude nobody: 3 hosts."]),
        ({"category": "cars"}, {}, []),
        ({"currency": "EUR"}, {}, []),
        ({}, {"can_be_paid": False}, []),
    ],
)
def test_each_thing_that_a_brand_can_change_is_told_in_its_words(
    changes: dict[str, object], of_hosts: dict[str, object], sentences: list[str]
) -> None:
    brief = replace(BRIEF, **changes)  # type: ignore[arg-type]  # a field each
    hosts = [replace(host, **of_hosts) for host in HOSTS]  # type: ignore[arg-type]  # likewise
    found = counted(brief, hosts)
    assert (found.hosts, found.fitting, sum(found.alone.values())) == (3, 0, 3)
    assert [each.sentence for each in relaxations(brief, found)] == sentences


def test_the_nearest_and_the_widest_change_are_told_where_they_differ() -> None:
    hosts = [replace(host, rate_card_minor=(number + 3) * 100_00) for number, host in enumerate(HOSTS)]
    told = relaxations(BRIEF, counted(BRIEF, hosts))
    assert [each.sentence for each in told] == ["Raise the budget to 300.00 GBP: 1 host.", "Raise the budget to 500.00 GBP: 3 hosts."]


def test_moves_are_told_with_their_direction() -> None:
    near = Near(moved={timedelta(minutes=30): 2, -timedelta(minutes=90): 1})
    found = Tally(hosts=3, fitting=0, failed={Filter.AVAILABILITY: 3}, alone={Filter.AVAILABILITY: 3}, near=near)
    assert [each.sentence for each in relaxations(BRIEF, found)] == [
        "Move the show 30 min later: 2 hosts.",
        "Move the show 1 h 30 min earlier: 1 host.",
    ]
    twice = replace(BRIEF, windows=BRIEF.windows * 2)
    assert relaxations(twice, found)[0].sentence == "Move all shows 30 min later: 2 hosts."


def test_nothing_is_told_where_somebody_fits_and_no_show_is_moved_into_the_past() -> None:
    assert relaxations(BRIEF, counted(BRIEF, HOSTS)) == ()
    assert relaxations(replace(BRIEF, market=ANY_MARKET), counted(BRIEF, [])) == ()
    first = BRIEF.windows[0].starts_at
    steps = shifts(BRIEF, first - timedelta(minutes=60))
    assert [len(each) for each in steps] == [2, 1, 1, 1, 1, 1]
    assert steps[0] == (timedelta(minutes=30), -timedelta(minutes=30))
