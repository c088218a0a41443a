"""What couples the parts of a season is carried across the cut: one test for each rule that two parts could break together."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from chalicelib.planning import checker, planner
from chalicelib.planning.beside import alone, beside
from chalicelib.planning.checker import Rule
from chalicelib.planning.cuts import Group, cut, told
from chalicelib.planning.model import Announced, Exclusivity, Match, Pair, Plan, Season
from chalicelib.planning.rules import Size
from chalicelib.planning.solvers.part import best_plan
from chalicelib.planning.stepwise import Piece, Stage, filled, first, improved
from tests.unit.seasons_kit import ALWAYS, MOST, brand, broken, host, season, slot, ticking

ONE_HOST = {(0, 0): (50, 10), (1, 0): (60, 10)}
TWO_HOSTS = {**ONE_HOST, (0, 1): (5, 10), (1, 1): (5, 10)}
RIVALS = (Exclusivity(category="tea", brand_ids=frozenset({"ada", "bea"}), **ALWAYS),)


def two(*, brands: tuple[str, str] = ("ada", "bea"), hours: int = 2, **changes: object) -> Season:
    """Two shows, of which each is a part, that both want host 0 most; host 1 would do."""
    own = [brand(name) for name in dict.fromkeys(brands)]
    made = season([slot(0, brand=brands[0]), slot(1, brand=brands[1], hours=hours)], [host(0), host(1)], own, TWO_HOSTS)
    return replace(made, **changes)  # type: ignore[arg-type]  # fields of the season


COUPLED = {
    Rule.SAME_TIME: two(hours=0),
    Rule.WEEKLY_CAP: two(hosts=(host(0, shows=1), host(1))),
    Rule.BUDGET: two(brands=("ada", "ada")),
    Rule.EXCLUSIVITY: two(exclusivities=RIVALS),
    Rule.DIFFERENT_HOSTS: two(brands=("ada", "ada")),
}
COUPLED[Rule.BUDGET] = replace(COUPLED[Rule.BUDGET], brands=(brand(budget=15),))
COUPLED[Rule.DIFFERENT_HOSTS] = replace(COUPLED[Rule.DIFFERENT_HOSTS], brands=(brand(hosts=2),))


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts are planned to their proven end without processes."""
    monkeypatch.setattr(planner, "best", lambda each, **_: exactly(each))


def exactly(each: Season) -> Plan:
    return best_plan(each, until=60, clock=ticking(), tell=lambda _: True)


def pieces(whole: Season) -> Iterator[Piece]:
    """Each show of the season as a part."""
    for number, each in enumerate(("s0", "s1")):
        yield Piece(number=number, part=alone(whole, [each], []), season=replace(whole, matches=()))


def staged(*places: Match) -> Stage:
    """A plan so far."""
    values = tuple(sum(match.value_minor for match in places if match.slot_id == each) for each in ("s0", "s1"))
    return Stage(places=places, values=values, bounds=(MOST, MOST), order=(0, 1))


def step(stage: Stage, piece: Piece) -> Stage:
    return improved(stage, piece, seconds=9, clock=ticking(), tell=lambda _: True)


@pytest.mark.parametrize("rule", COUPLED)
def test_two_parts_that_would_break_a_rule_together_keep_it(rule: Rule) -> None:
    whole = COUPLED[rule]
    apart = {slot_id: by for piece in pieces(whole) for slot_id, by in exactly(piece.part).hosts.items()}
    assert apart == {"s0": "h0", "s1": "h0"}
    assert broken(whole, apart) == {rule}
    stage = staged()
    for piece in pieces(whole):
        stage = step(stage, piece)
    plan = filled(whole, stage)
    assert checker.violations(whole, plan) == ()
    assert plan.hosts["s0"] == "h0"
    assert plan.hosts.get("s1") == (None if rule is Rule.BUDGET else "h1")


def test_money_and_repeats_that_went_to_hosts_of_other_parts_alone_are_gone() -> None:
    values = {(0, 2): (50, 10), (1, 2): (50, 10), (2, 0): (60, 10), (3, 0): (60, 10), (3, 1): (5, 10)}
    slots = [slot(number, hours=2 * number) for number in range(4)]
    whole = season(slots, [host(0), host(1), host(2)], [brand(hosts=3)], values)
    stage = replace(staged(Match("s0", "h2", 50, 10), Match("s1", "h2", 50, 10)), values=(100, 0))
    piece = Piece(number=1, part=alone(whole, ["s2", "s3"], []), season=replace(whole, matches=()))
    assert step(stage, piece).hosts() == {"s0": "h2", "s1": "h2", "s2": "h0", "s3": "h1"}
    poor = replace(whole, brands=(brand(budget=35),))
    piece = Piece(number=1, part=alone(poor, ["s2", "s3"], []), season=replace(poor, matches=()))
    assert len(step(stage, piece).hosts()) == 3


def test_a_pin_of_one_part_keeps_its_host_from_the_others() -> None:
    whole = two(hours=0, pinned=(Pair("s1", "h0"),))
    stage, parts = first(whole, [["s0"], ["s1"]], [])
    after = step(stage, Piece(number=0, part=parts[0], season=replace(whole, matches=())))
    assert after.hosts() == {"s0": "h1", "s1": "h0"}


def test_a_forbidden_pair_stays_forbidden_in_its_part() -> None:
    whole = two(forbidden=frozenset({Pair("s0", "h0")}))
    stage = staged()
    for piece in pieces(whole):
        stage = step(stage, piece)
    assert stage.hosts() == {"s0": "h1", "s1": "h0"}


def test_a_show_that_is_booked_stands_beside_each_part() -> None:
    show = replace(slot(2, brand="booked"), slot_id="booked-1")
    whole = two(hours=0, pinned=(Pair("booked-1", "h0"),))
    whole = replace(
        whole,
        slots=(*whole.slots, show),
        brands=(*whole.brands, brand("booked", budget=0)),
        matches=(*whole.matches, Match("booked-1", "h0", 0, 0)),
    )
    stage, parts = first(whole, [["s0"], ["s1"]], ["booked-1"])
    assert [{each.slot_id for each in part.slots} for part in parts] == [{"s0", "booked-1"}, {"s1", "booked-1"}]
    for number, part in enumerate(parts):
        stage = step(stage, Piece(number=number, part=part, season=replace(whole, matches=())))
    assert checker.violations(whole, filled(whole, stage)) == ()
    assert "h0" not in {by for slot_id, by in stage.hosts().items() if slot_id != "booked-1"}


def test_an_announced_place_that_money_no_longer_pays_for_counts_as_lost() -> None:
    whole = two(brands=("ada", "ada"), announced=(Announced(slot_id="s1", host_id="h1", cost_minor=7),))
    whole = replace(whole, brands=(brand(budget=15),))
    stage = staged(Match("s0", "h0", 50, 10))
    after = step(replace(stage, values=(50, -7)), list(pieces(whole))[1])
    assert (after.values, filled(whole, after).value_minor) == ((50, -7), 43)


def test_a_part_that_has_nothing_in_common_with_others_is_planned_once() -> None:
    values = {(0, 0): (50, 10), (1, 1): (60, 10)}
    whole = season([slot(0), slot(1, brand="bea")], [host(0), host(1)], [brand(), brand("bea")], values)
    piece = list(pieces(whole))[1]
    assert beside(piece.part, piece.season, {"s0": Match("s0", "h0", 50, 10)}) is piece.part


def test_a_part_that_gets_nothing_better_keeps_its_places() -> None:
    whole = two(hours=0)
    stage = staged(Match("s0", "h1", 5, 10), Match("s1", "h0", 60, 10))
    after = step(stage, next(pieces(whole)))
    assert (after.places, after.values, after.bounds) == (stage.places, stage.values, (50, MOST))


def test_who_is_left_when_all_parts_are_planned_fills_what_is_open() -> None:
    whole = two()
    plan = filled(whole, replace(staged(Match("s0", "h1", 5, 10)), bounds=(50, 60)))
    assert (plan.hosts, plan.value_minor, plan.bound_minor) == ({"s0": "h1", "s1": "h0"}, 65, 110)


def test_a_season_is_cut_by_market_then_category_then_time_and_neighbours_stay_together() -> None:
    hours = {0: 0, 1: 1, 2: 24 * 8, 3: 24 * 9, 4: 0, 5: 2}
    slots = [slot(number, hours=at, category="hats" if number == 5 else "tea") for number, at in hours.items()]
    whole = season(slots, [host(0)], [brand()], {(number, 0): (5, 1) for number in hours})
    groups = {each.slot_id: Group(market="DE" if each.slot_id == "s4" else "GB", category=each.category) for each in slots}
    made = cut(whole, groups, Size(slots=2, matches=9))
    assert [part.slot_ids for part in made.parts] == [("s4", "s5"), ("s0", "s1"), ("s2", "s3")]
    assert made.by == ("market", "category", "week")
    assert told(made) == (
        "The season was too large for one run, so it was cut by market, category, week into 3 parts (hats, tea in DE, GB, 8 Nov 2026; tea "
        "in GB, 8 Nov 2026; tea in GB, 16 Nov to 17 Nov 2026). Each is planned beside the places of the others; what no plan exceeds is "
        "added up from the parts."
    )
    assert cut(whole, groups, Size(slots=1, matches=9)).by == ("market", "category", "week", "day", "shares of a day")
    assert cut(whole, groups, Size(slots=9, matches=9)).by == ()


def test_a_season_that_falls_apart_is_cut_there_first() -> None:
    whole = season([slot(0), slot(1, brand="bea")], [host(0), host(1)], [brand(), brand("bea")], {(0, 0): (5, 1), (1, 1): (5, 1)})
    groups = {each.slot_id: Group(market="GB", category="tea") for each in whole.slots}
    made = cut(whole, groups, Size(slots=1, matches=9))
    assert (len(made.parts), made.by) == (2, ("hosts and brands that have nothing in common",))
