"""What a plan says: prices of contested hosts, why not somebody else and what insisting costs, and what planning anew moves."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from chalicelib.bookings.rules import Availability, WeeklyWindow
from chalicelib.contracts.offers import WantedShow
from chalicelib.core.errors import NotFound
from chalicelib.planning import service, worker
from chalicelib.planning.asked import Asked, BadPlanRequest
from chalicelib.planning.model import Pair
from chalicelib.planning.moves import Cause
from chalicelib.planning.runs import PlanState
from chalicelib.planning.service import NoSuchShow, NotPlanned, Seen
from tests.fakes.console import Market, console, market
from tests.unit.planning_kit import PLAN, add_host, connect, evening, hosts_of, id_of, planned, post_brief

__all__ = ["console", "market"]
ALL_DAY = Availability(
    timezone="Europe/London", weekly=tuple(WeeklyWindow(weekday=day, from_minute=0, until_minute=1440) for day in range(7))
)


@pytest.fixture
def contested(market: Market) -> Market:
    """Nadia, whom everybody wants, Mia and Zoe."""
    connect(market, market.host)
    add_host(market, "mia", 20_000)
    add_host(market, "zoe", 5_000)
    return market


def values(seen: Seen) -> dict[str, int]:
    assert seen.outcome is not None
    return {place.slot_id: place.value_minor for place in seen.outcome.places}


def again(market: Market, before: str, plan_id: str, **changes: object) -> Seen:
    planning = market.console.services.planning
    planning.ask_again(market.brand, before, again_id=plan_id, **changes)  # type: ignore[arg-type]  # what has changed
    market.console.work()
    return planning.get(market.brand, plan_id)


def test_a_contested_host_has_the_price_that_the_other_show_lacks(contested: Market) -> None:
    short = post_brief(contested, contested.brand, "Short", evening())
    long = post_brief(contested, contested.brand, "Long", evening(), minutes=120)
    seen = planned(contested, contested.brand, short, long)
    assert hosts_of(seen) == {f"{long}.1": "Nadia Hart", f"{short}.1": "Mia"}
    planning = contested.console.services.planning
    places = {place.slot_id: place for place in seen.outcome.places}  # type: ignore[union-attr]
    with_nadia = planning.possible(contested.brand, PLAN, f"{short}.1")[0]
    (contender,) = places[f"{long}.1"].contenders
    assert (contender.slot_id, contender.words) == (f"{short}.1", "Short, Mon 10 Jan 2011 19:00 UTC")
    assert contender.lacks_minor == places[f"{long}.1"].price_minor == with_nadia.value_minor - places[f"{short}.1"].value_minor > 0
    assert (places[f"{short}.1"].contenders, places[f"{short}.1"].next_best) == ((), "Zoe")


def test_why_not_tells_where_the_host_is_and_what_insisting_costs_and_planning_so_bears_it_out(contested: Market) -> None:
    short = post_brief(contested, contested.brand, "Short", evening())
    long = post_brief(contested, contested.brand, "Long", evening(), minutes=120)
    seen = planned(contested, contested.brand, short, long)
    planning = contested.console.services.planning
    nadia = id_of(contested, "Nadia Hart")
    answer = planning.why_not(contested.brand, PLAN, f"{short}.1", nadia)
    assert (answer.is_exact, set(answer.moved)) == (True, {f"{short}.1", f"{long}.1"})
    insisted = planned(contested, contested.brand, short, long, plan_id="pln_2", pinned=(Pair(f"{short}.1", nadia),))
    assert hosts_of(insisted)[f"{short}.1"] == "Nadia Hart"
    assert answer.change_minor == sum(values(insisted).values()) - sum(values(seen).values()) < 0
    told = (
        "Nadia Hart does not have Short, Mon 10 Jan 2011 19:00 UTC: "
        "the host has Long, Mon 10 Jan 2011 19:00 UTC at that time, rest included. The host has Long, Mon 10 Jan 2011 19:00 UTC instead"
    )
    assert answer.sentence.startswith(told)
    assert "Insisting on it would lose exactly" in answer.sentence
    assert "is what its time is worth to other shows" in answer.sentence


def test_who_has_a_show_and_who_cannot_is_said_without_planning_again(contested: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    early = add_host(contested, "ivy", 90_000, from_hour=21)
    brief = post_brief(contested, contested.brand, "Once", evening())
    planned(contested, contested.brand, brief)
    planning, slot = contested.console.services.planning, f"{brief}.1"
    told = planning.why_not(contested.brand, PLAN, slot, early.tenant_id).sentence
    assert told.startswith("Ivy does not have Once, Mon 10 Jan 2011 19:00 UTC: the host does not pass all of the brief's conditions then.")
    assert "It cannot be insisted on: Cannot be booked at 2011-01-10 19:00 UTC." in told
    contested.console.services.bookings.save_availability(early, early.tenant_id, ALL_DAY)
    assert "Plan anew to have it considered." in planning.why_not(contested.brand, PLAN, slot, early.tenant_id).sentence
    assert "has Once" in planning.why_not(contested.brand, PLAN, slot, id_of(contested, "Nadia Hart")).sentence
    monkeypatch.setattr(service, "MAX_MATCHES_ASKED", 0)
    with pytest.raises(NotPlanned, match="too large to be asked about"):
        planning.why_not(contested.brand, PLAN, slot, id_of(contested, "Zoe"))
    with pytest.raises(NotPlanned, match="too large to be asked about"):
        planning.possible(contested.brand, PLAN, slot)


def test_a_part_that_is_too_large_to_be_planned_again_is_answered_by_prices(contested: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    short = post_brief(contested, contested.brand, "Short", evening())
    long = post_brief(contested, contested.brand, "Long", evening(), minutes=120)
    planned(contested, contested.brand, short, long)
    planning, nadia = contested.console.services.planning, id_of(contested, "Nadia Hart")
    exact = planning.why_not(contested.brand, PLAN, f"{short}.1", nadia)
    monkeypatch.setattr(worker, "MATCHES_PLANNED_AGAIN", 0)
    monkeypatch.setattr(service, "why_not", None)
    planned(contested, contested.brand, short, long, plan_id="pln_2")
    by_prices = planning.why_not(contested.brand, "pln_2", f"{short}.1", nadia)
    assert by_prices.change_minor is not None
    assert by_prices.at_most_minor is not None
    assert exact.change_minor is not None
    assert by_prices.change_minor <= exact.change_minor <= by_prices.at_most_minor
    assert by_prices.change_minor == exact.change_minor


def test_shows_and_hosts_that_are_not_in_the_plan_are_not_found(contested: Market) -> None:
    brief = post_brief(contested, contested.brand, "Late", evening(), evening(hours=4))
    planned(contested, contested.brand, brief)
    planning = contested.console.services.planning
    for slot, host in (("brf_x.1", contested.host.tenant_id), (f"{brief}.1", "crt_x")):
        with pytest.raises(NoSuchShow):
            planning.why_not(contested.brand, PLAN, slot, host)
    with pytest.raises(NotPlanned, match="No host passes"):
        planning.why_not(contested.brand, PLAN, f"{brief}.2", contested.host.tenant_id)
    with pytest.raises(NotFound):
        planning.possible(contested.rival, PLAN, f"{brief}.1")


def test_the_possible_hosts_of_a_show_each_with_what_stands_against_them(contested: Market) -> None:
    brief = post_brief(contested, contested.brand, "Twice", evening(), evening())
    seen = planned(contested, contested.brand, brief)
    (taken,) = (slot for slot, host in hosts_of(seen).items() if host == "Mia")
    found = contested.console.services.planning.possible(contested.brand, PLAN, taken)
    assert [(each.host, each.has_it) for each in found] == [("Nadia Hart", False), ("Mia", True), ("Zoe", False)]
    assert found[0].sentence.startswith("The host has Twice, Mon 10 Jan 2011 19:00 UTC at that time")
    assert [each.sentence for each in found[1:]] == ["Has it in this plan.", "Could take it as everything else stands."]


def test_after_a_cancellation_as_little_as_possible_moves_though_more_would_be_worth_more(contested: Market) -> None:
    """Nadia falls out: Zoe steps in for her, though Mia would be worth more there and Zoe in Mia's place."""
    short = post_brief(contested, contested.brand, "Short", evening())
    long = post_brief(contested, contested.brand, "Long", evening(), minutes=120)
    planned(contested, contested.brand, short, long)
    after = again(contested, PLAN, "pln_2", without_hosts=(id_of(contested, "Nadia Hart"),))
    assert hosts_of(after) == {f"{short}.1": "Mia", f"{long}.1": "Zoe"}
    assert after.outcome is not None
    (moved,) = after.outcome.moved
    assert (moved.slot_id, moved.before, moved.after, moved.cause) == (f"{long}.1", "Nadia Hart", "Zoe", Cause.HOST_OUT)
    assert (after.outcome.kept_places, after.outcome.gap_minor, after.run.replans) == (1, 0, PLAN)
    free = again(contested, PLAN, "pln_3", without_hosts=(id_of(contested, "Nadia Hart"),), move_cost_minor=0)
    assert hosts_of(free) == {f"{short}.1": "Zoe", f"{long}.1": "Mia"}
    causes = {each.slot_id: (each.cause, each.sentence) for each in free.outcome.moved}  # type: ignore[union-attr]
    assert causes[f"{short}.1"] == (Cause.NEEDED_ELSEWHERE, "The host has Long, Mon 10 Jan 2011 19:00 UTC now.")


def test_a_show_that_is_out_frees_its_host_and_what_changed_outside_is_said(contested: Market) -> None:
    brief = post_brief(contested, contested.brand, "Two", evening(), evening(days=1))
    seen = planned(contested, contested.brand, brief, shows_per_week=1)
    first, second = f"{brief}.1", f"{brief}.2"
    assert set(hosts_of(seen).values()) == {"Nadia Hart", "Mia"}
    out = again(contested, PLAN, "pln_2", without_slots=(first,))
    assert hosts_of(out) == {second: hosts_of(seen)[second]}
    assert [(each.cause, each.after) for each in out.outcome.moved] == [(Cause.SLOT_OUT, "")]  # type: ignore[union-attr]
    contested.console.services.bookings.save_availability(contested.host, contested.host.tenant_id, Availability(timezone="Europe/London"))
    gone = again(contested, PLAN, "pln_3")
    (moved,) = gone.outcome.moved  # type: ignore[union-attr]
    assert (moved.before, moved.after, moved.cause) == ("Nadia Hart", "Zoe", Cause.CANNOT)
    assert "Cannot be booked at" in moved.sentence


def test_planning_anew_asks_for_hosts_and_shows_of_the_plan_and_for_a_plan_that_ended(contested: Market) -> None:
    brief = post_brief(contested, contested.brand, "Once", evening())
    planned(contested, contested.brand, brief)
    with pytest.raises(BadPlanRequest, match="crt_x is not in this plan"):
        again(contested, PLAN, "pln_2", without_hosts=("crt_x",))
    contested.console.services.planning.ask_again(contested.brand, PLAN, again_id="pln_3")
    with pytest.raises(NotPlanned):
        again(contested, "pln_3", "pln_4")


def offer(market: Market, brief_id: str, host: str, starts: datetime) -> str:
    made = market.console.services.contracts.offers.make(
        market.brand,
        brief_id=brief_id,
        creator_id=id_of(market, host),
        shows=[WantedShow(starts_at=starts, minutes=60, title="A show")],
        terms=replace(market.terms(900_00), splits=()),
        expires_in_hours=48,
    )
    return made.offer_id


def test_what_is_offered_or_booked_is_left_alone_paid_first_and_takes_its_hosts_time(contested: Market) -> None:
    brief = post_brief(contested, contested.brand, "Two", evening(), evening(days=1), budget_minor=1_300_00)
    other = post_brief(contested, contested.brand, "Same time", evening(), budget_minor=100_00)
    offer_id = offer(contested, brief, "Nadia Hart", evening())
    seen = planned(contested, contested.brand, brief, other)
    assert seen.outcome is not None
    (promised,) = seen.outcome.promised
    assert (promised.slot_id, promised.host, promised.offer_id, promised.is_booked) == (f"{brief}.1", "Nadia Hart", offer_id, False)
    assert hosts_of(seen) == {f"{brief}.2": "Nadia Hart"}
    poor = planned(contested, contested.brand, brief, plan_id="pln_0", budgets={contested.brand.tenant_id: 950_00})
    assert (poor.run.state, "The brand's budget pays for none of the 3 hosts" in poor.run.reason) == (PlanState.FAILED, True)
    assert "keeps out" in {each.slot_id: each.sentence for each in seen.outcome.open}[f"{other}.1"]
    contested.console.services.contracts.offers.accept(contested.host, offer_id, 1)
    booked = again(contested, PLAN, "pln_2")
    assert booked.outcome is not None
    assert [each.is_booked for each in booked.outcome.promised] == [True]
    assert (hosts_of(booked), booked.outcome.moved) == (hosts_of(seen), ())


@pytest.mark.parametrize("wish", ["pinned", "forbidden"])
def test_a_wish_for_a_show_that_has_been_offered_since_is_no_hindrance_to_planning_anew(contested: Market, wish: str) -> None:
    brief = post_brief(contested, contested.brand, "Two", evening(), evening(days=1), budget_minor=3_000_00)
    wishes: dict[str, Any] = {wish: (Pair(f"{brief}.1", id_of(contested, "Zoe")),)}
    seen = planned(contested, contested.brand, brief, **wishes)
    hosts = hosts_of(seen)
    assert (hosts[f"{brief}.1"] == "Zoe") == (wish == "pinned")
    offer(contested, brief, hosts[f"{brief}.1"], evening())
    anew = again(contested, PLAN, "pln_2", without_hosts=(id_of(contested, hosts[f"{brief}.2"]),))
    assert anew.run.state is PlanState.DONE
    assert set(hosts_of(anew)) == {f"{brief}.2"}


def test_a_show_that_is_offered_while_its_plan_waits_takes_its_wishes_with_it(contested: Market) -> None:
    brief = post_brief(contested, contested.brand, "Two", evening(), evening(days=1), budget_minor=3_000_00)
    planning, pin = contested.console.services.planning, Pair(f"{brief}.1", id_of(contested, "Zoe"))
    planning.ask(contested.brand, Asked(brief_ids=(brief,), pinned=(pin,), seconds=5), PLAN)
    offer(contested, brief, "Zoe", evening())
    contested.console.work()
    seen = planning.get(contested.brand, PLAN)
    assert (seen.run.state, set(hosts_of(seen))) == (PlanState.DONE, {f"{brief}.2"})


def test_an_offer_that_came_to_nothing_leaves_its_show_to_be_planned(contested: Market) -> None:
    brief = post_brief(contested, contested.brand, "Once", evening())
    offer_id = offer(contested, brief, "Zoe", evening())
    with pytest.raises(BadPlanRequest, match="offered or booked already"):
        planned(contested, contested.brand, brief)
    contested.console.services.contracts.offers.withdraw(contested.brand, offer_id, 1)
    assert hosts_of(planned(contested, contested.brand, brief)) == {f"{brief}.1": "Nadia Hart"}
