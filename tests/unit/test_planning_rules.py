"""What cannot be planned is refused with a sentence that says what to do; what can be is planned, told about and called off."""

import time
from dataclasses import replace

import pytest

from chalicelib.planning import checker
from chalicelib.planning.model import Announced, Brand, Exclusivity, Pair, Season
from chalicelib.planning.planner import Progress, plan
from chalicelib.planning.rules import BadSeason, check
from chalicelib.planning.solvers import part
from tests.unit.seasons_kit import ALWAYS, brand, host, season, slot

VALUES = {(number, of): (100 + of, 10) for number in range(3) for of in range(2)}
FREE = season([slot(0), slot(1, hours=2), slot(2, hours=2)], [host(0), host(1)], [brand()], VALUES)
PINS = (Pair("s0", "h0"), Pair("s1", "h0"))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (replace(FREE, slots=()), "There is no slot to plan."),
        (replace(FREE, brands=()), "The brand ada of slot s0 is not known."),
        (replace(FREE, hosts=FREE.hosts[:1]), "host h1 is not known"),
        (replace(FREE, matches=FREE.matches * 2), "stated twice"),
        (replace(FREE, hosts=FREE.hosts * 2), "stated twice"),
        (replace(FREE, brands=(brand(budget=-1),)), "must not be negative"),
        (replace(FREE, matches=FREE.matches[2:]), "No host is possible for slot s0. Widen its brief"),
        (replace(FREE, brands=(brand(budget=0),)), "The budget of ada pays for no host of slot s0. Raise the budget"),
        (replace(FREE, pinned=(Pair("s0", "h0"), Pair("s0", "h1"))), "Slot s0 is pinned 2 times."),
        (replace(FREE, pinned=PINS, forbidden=frozenset(PINS[:1])), "h0 is both pinned to and forbidden for s0."),
        (replace(FREE, matches=FREE.matches[1:], pinned=PINS), "h0 cannot take s0, to which it is pinned."),
        (replace(FREE, pinned=(Pair("s1", "h0"), Pair("s2", "h0"))), "h0 is pinned to s1 and s2, which leave no time between them."),
        (replace(FREE, hosts=(host(0, shows=1), host(1)), pinned=PINS), "h0 is pinned to 2 shows in week 45, 1 at most."),
        (replace(FREE, brands=(brand(budget=19),), pinned=PINS), "The pins of ada cost 20, its budget is 19."),
        (replace(FREE, brands=(brand(hosts=3),), pinned=PINS), "leave no room for 3 different hosts"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_what_to_do(given: Season, sentence: str) -> None:
    with pytest.raises(BadSeason, match=sentence):
        check(given)


def test_pins_to_competing_brands_are_refused() -> None:
    rivals = (Exclusivity(category="tea", brand_ids=frozenset({"ada", "bea"}), **ALWAYS),)
    brands: tuple[Brand, ...] = (brand(), brand("bea"))
    slots = (slot(0), slot(1, hours=2, brand="bea"), slot(2, hours=2))
    with pytest.raises(BadSeason, match="competing brands in tea: ada, bea"):
        check(replace(FREE, slots=slots, brands=brands, exclusivities=rivals, pinned=PINS))


def test_a_cancellation_moves_nothing_but_the_slot_that_lost_its_host() -> None:
    """Without announcements h1 would be worth more for s0."""
    announced = tuple(Announced(slot_id=f"s{number}", host_id=of, cost_minor=5) for number, of in enumerate(("h0", "h0", "h1")))
    lost = replace(FREE, forbidden=frozenset({Pair("s2", "h1")}), announced=announced)
    found = plan(lost, seconds=20, clock=time.monotonic)
    assert checker.violations(lost, found) == ()
    assert found.hosts["s0"] == "h0"
    assert found.gap_minor == 0


def test_progress_is_told_and_a_plan_that_is_called_off_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part, "MATCHES_OF_A_PROGRAMME", 0)
    monkeypatch.setattr(part, "TELL_SECONDS", 0.01)
    told: list[Progress] = []

    def stop(progress: Progress) -> bool:
        told.append(progress)
        return False

    began = time.monotonic()
    found = plan(FREE, seconds=600, clock=time.monotonic, tell=stop)
    assert time.monotonic() - began < 60
    assert told
    assert told[0].bound_minor >= found.value_minor
    assert checker.violations(FREE, found) == ()
