"""Plans as brands and operators ask for them: one worker makes each once, what is wrong is refused at the border, ends are told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core.errors import NotFound, PrimetimeError
from chalicelib.planning import asked, candidates, checker, planner, rules
from chalicelib.planning.asked import BadPlanRequest, Rivals
from chalicelib.planning.checker import Rule, Violation
from chalicelib.planning.model import Pair, Plan, Season
from chalicelib.planning.runs import PlanHasEnded, PlanState
from chalicelib.planning.service import NotPlanned, TooManyPlans
from tests.fakes.console import OPERATOR, Market, console, market
from tests.unit.planning_kit import PLAN, ask, evening, evenings, hosts_of, id_of, outbox, planned, post_brief

__all__ = ["console", "evenings", "market"]


def test_one_evening_that_two_shows_want_goes_to_the_two_best_hosts(evenings: Market) -> None:
    brief = post_brief(evenings, evenings.brand, "Twice", evening(), evening())
    seen = planned(evenings, evenings.brand, brief)
    assert seen.run.state is PlanState.DONE
    assert set(hosts_of(seen).values()) == {"Nadia Hart", "Mia"}
    assert seen.outcome is not None
    assert (seen.outcome.gap_minor, seen.outcome.gap_basis_points, seen.outcome.open) == (0, 0, ())
    assert seen.outcome.value_minor == sum(place.value_minor for place in seen.outcome.places) == seen.outcome.bound_minor > 0
    assert seen.run.summary is not None
    assert (seen.run.summary.places, seen.run.summary.open) == (2, 0)


def test_fee_and_value_are_those_of_matching_at_the_fee_that_is_likely_to_be_accepted(evenings: Market) -> None:
    brief = post_brief(evenings, evenings.brand, "Once", evening())
    match = evenings.console.services.matching.matches(evenings.brand, brief).ranked[0]
    (place,) = planned(evenings, evenings.brand, brief).outcome.places  # type: ignore[union-attr]
    assert (place.host_id, place.fee_minor) == (match.creator_id, match.fee_likely_minor)
    assert 0 < place.value_minor < match.expected_sales_minor


def test_a_message_that_comes_twice_plans_once(evenings: Market) -> None:
    brief = post_brief(evenings, evenings.brand, "Once", evening())
    first = planned(evenings, evenings.brand, brief)
    evenings.console.services.planning.work(PLAN)
    assert evenings.console.services.planning.get(evenings.brand, PLAN) == first
    assert first.run.attempt == 1


def test_two_workers_at_once_are_one_too_many(evenings: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    planning = evenings.console.services.planning
    calls: list[int] = []
    real = planner.plan

    def slow(season: Season, **options: object) -> Plan:
        calls.append(len(calls))
        planning.work(PLAN)
        return real(season, **options)  # type: ignore[arg-type]  # as it is called

    monkeypatch.setattr(planner, "plan", slow)
    seen = planned(evenings, evenings.brand, post_brief(evenings, evenings.brand, "Once", evening()))
    assert (calls, seen.run.state) == ([0], PlanState.DONE)


def test_a_plan_asked_for_twice_under_one_id_is_one_plan(evenings: Market) -> None:
    brief = post_brief(evenings, evenings.brand, "Once", evening())
    assert ask(evenings, evenings.brand, brief) == ask(evenings, evenings.brand, brief)
    assert outbox().count("planning.plan") == 1


def test_a_worker_that_died_is_noticed_and_another_one_woken_but_not_for_ever(evenings: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object, **__: object) -> Plan:
        raise MemoryError

    services = evenings.console.services
    now = datetime(2026, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(services.clock, "real_now", lambda: now)
    ask(evenings, evenings.brand, post_brief(evenings, evenings.brand, "Once", evening()))
    with monkeypatch.context() as patched:
        patched.setattr(planner, "plan", dies)
        for attempt in (1, 2, 3):
            with pytest.raises(MemoryError):
                evenings.console.work()
            assert services.planning.get(evenings.brand, PLAN).run.attempt == attempt
            services.planning.follow_up()
            assert outbox() == []
            now += timedelta(minutes=4)
            services.planning.follow_up()
            assert outbox() == ["planning.plan"]
    evenings.console.work()
    run = services.planning.get(evenings.brand, PLAN).run
    assert (run.state, run.attempt) == (PlanState.FAILED, 3)
    assert "ended early 3 times" in run.reason
    now += timedelta(minutes=4)
    services.planning.follow_up()
    assert outbox() == []


def test_a_message_that_was_lost_comes_again(evenings: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    services = evenings.console.services
    brief = post_brief(evenings, evenings.brand, "Once", evening())
    ask(evenings, evenings.brand, brief)
    evenings.console.work(but="planning.plan")
    later = services.clock.real_now() + timedelta(minutes=4)
    monkeypatch.setattr(services.clock, "real_now", lambda: later)
    services.planning.follow_up()
    services.planning.follow_up()
    assert outbox() == ["planning.plan"]
    evenings.console.work()
    assert services.planning.get(evenings.brand, PLAN).run.state is PlanState.DONE


def test_a_plan_that_waits_is_cancelled_at_once_and_never_made(evenings: Market) -> None:
    planning = evenings.console.services.planning
    ask(evenings, evenings.brand, post_brief(evenings, evenings.brand, "Once", evening()))
    assert planning.cancel(evenings.brand, PLAN).state is PlanState.CANCELLED
    evenings.console.work()
    seen = planning.get(evenings.brand, PLAN)
    assert (seen.run.state, seen.run.attempt, seen.outcome) == (PlanState.CANCELLED, 0, None)
    with pytest.raises(PlanHasEnded):
        planning.cancel(evenings.brand, PLAN)


def test_a_plan_that_runs_tells_how_far_it_is_and_keeps_the_best_so_far_when_cancelled(
    evenings: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = evenings.console.services
    real, seen_while_it_ran, went_on = planner.plan, [], []
    now = services.clock.real_now()
    monkeypatch.setattr(services.clock, "real_now", lambda: now)

    def cancelled_midway(season: Season, *, seconds: int, clock: object, tell: planner.Tell) -> Plan:
        nonlocal now
        now += timedelta(seconds=3)
        went_on.append(tell(planner.Progress(value_minor=5, bound_minor=8)))
        seen_while_it_ran.append(services.planning.get(evenings.brand, PLAN).run)
        services.planning.cancel(evenings.brand, PLAN)
        now += timedelta(seconds=3)
        went_on.append(tell(planner.Progress(value_minor=6, bound_minor=8)))
        return real(season, seconds=seconds, clock=clock)  # type: ignore[arg-type]  # as it is called

    monkeypatch.setattr(planner, "plan", cancelled_midway)
    seen = planned(evenings, evenings.brand, post_brief(evenings, evenings.brand, "Once", evening()))
    assert went_on == [True, False]
    (midway,) = seen_while_it_ran
    assert midway.progress is not None
    assert (midway.state, midway.elapsed_seconds, midway.progress.value_minor) == (PlanState.RUNNING, 3, 5)
    assert (seen.run.state, hosts_of(seen)) == (PlanState.CANCELLED, {next(iter(hosts_of(seen))): "Nadia Hart"})


def test_a_plan_that_breaks_a_rule_is_never_shown(evenings: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    found = (Violation(rule=Rule.BUDGET, sentence="It costs too much."),)
    monkeypatch.setattr(checker, "violations", lambda *_: found)
    seen = planned(evenings, evenings.brand, post_brief(evenings, evenings.brand, "Once", evening()))
    assert (seen.run.state, seen.run.summary, seen.outcome) == (PlanState.FAILED, None, None)
    assert "broke a rule" in seen.run.reason
    with pytest.raises(NotPlanned):
        evenings.console.services.planning.why_not(evenings.brand, PLAN, "x", "y")


def test_a_show_that_nobody_can_do_stays_open_with_the_filter_that_empties_it(evenings: Market) -> None:
    brief = post_brief(evenings, evenings.brand, "Late", evening(), evening(hours=4))
    seen = planned(evenings, evenings.brand, brief)
    assert set(hosts_of(seen)) == {f"{brief}.1"}
    (open_slot,) = seen.outcome.open  # type: ignore[union-attr]
    assert open_slot.slot_id == f"{brief}.2"
    assert "availability keeps out 3 of 3" in open_slot.sentence
    assert "Cannot be booked at" in open_slot.sentence


def test_no_possible_host_at_all_is_an_end_with_the_reason(evenings: Market) -> None:
    seen = planned(evenings, evenings.brand, post_brief(evenings, evenings.brand, "Night", evening(hours=6)))
    assert (seen.run.state, seen.outcome) == (PlanState.FAILED, None)
    assert seen.run.reason.startswith("No host is possible for any of the shows. Night, Tue 11 Jan 2011 01:00 UTC: No host passes:")


def test_pins_forbidden_pairs_and_different_hosts_hold(evenings: Market) -> None:
    brief = post_brief(evenings, evenings.brand, "Three", evening(), evening(days=1), evening(days=2))
    first, second, third = (f"{brief}.{number}" for number in (1, 2, 3))
    nadia = evenings.host.tenant_id
    zoe = id_of(evenings, "Zoe")
    wishes: dict[str, Any] = {
        "pinned": (Pair(first, zoe),),
        "forbidden": (Pair(second, nadia),),
        "minimum_hosts": 3,
        "budgets": {evenings.brand.tenant_id: 3_000_00},
    }
    seen = planned(evenings, evenings.brand, brief, **wishes)
    assert hosts_of(seen) == {first: "Zoe", second: "Mia", third: "Nadia Hart"}


def test_an_operator_plans_many_brands_at_once_and_competing_ones_do_not_share_a_host(evenings: Market) -> None:
    one = post_brief(evenings, evenings.brand, "One", evening())
    other = post_brief(evenings, evenings.rival, "Other", evening(days=1))
    assert set(hosts_of(planned(evenings, OPERATOR, one, other)).values()) == {"Nadia Hart"}
    rivals = Rivals(
        category="Home",
        brand_ids=(evenings.brand.tenant_id, evenings.rival.tenant_id),
        starts_at=evening(),
        ends_at=evening(days=30),
    )
    apart = planned(evenings, OPERATOR, one, other, plan_id="pln_2", rivals=(rivals,))
    assert set(hosts_of(apart).values()) == {"Nadia Hart", "Mia"}
    with pytest.raises(NotFound):
        evenings.console.services.planning.get(evenings.brand, PLAN)


def test_bad_wishes_are_refused_with_a_sentence_and_nothing_is_kept(evenings: Market) -> None:
    brief = post_brief(evenings, evenings.brand, "Twice", evening(), evening())
    first, second, nadia = f"{brief}.1", f"{brief}.2", evenings.host.tenant_id
    night = post_brief(evenings, evenings.brand, "Night", evening(hours=6))
    euros = post_brief(evenings, evenings.brand, "Euros", evening(days=2), currency="EUR")
    strange = post_brief(evenings, evenings.rival, "Theirs", evening(days=3))
    cases: list[tuple[tuple[str, ...], dict[str, Any], str]] = [
        ((brief, brief), {}, "chosen twice"),
        ((brief, euros), {}, "pay in EUR and GBP"),
        ((brief,), {"without_slots": (first, second)}, "All shows of these briefs are taken out, offered or booked already"),
        ((brief,), {"budgets": {evenings.brand.tenant_id: 0}}, "The budget of Kettles is 0.00, which pays for no show"),
        ((brief,), {"budgets": {"brd_x": 5}}, "of which no brief is chosen"),
        ((brief,), {"pinned": (Pair("brf_x.1", nadia),)}, "There is no show brf_x.1 left to plan"),
        ((brief,), {"pinned": (Pair(first, nadia), Pair(first, "crt_x"))}, "is pinned 2 times"),
        ((brief,), {"pinned": (Pair(first, nadia),), "forbidden": (Pair(first, nadia),)}, "both pinned to and forbidden"),
        (
            (brief,),
            {"pinned": (Pair(first, nadia), Pair(second, nadia))},
            "Nadia Hart is pinned to Twice, Mon 10 Jan 2011 19:00 UTC and Twice",
        ),
        (
            (night,),
            {"pinned": (Pair(f"{night}.1", nadia),)},
            "Nadia Hart cannot take Night, Tue 11 Jan 2011 01:00 UTC, to which it is pinned: Cannot",
        ),
        ((brief,), {"pinned": (Pair(first, "crt_x"),)}, "There is no such approved host"),
        ((brief,), {"pinned": (Pair(first, nadia),), "without_hosts": (nadia,)}, "taken out of the plan"),
        ((strange,), {}, "There is no such brief"),
    ]
    for briefs, wishes, sentence in cases:
        with pytest.raises(PrimetimeError) as refused:
            ask(evenings, evenings.brand, *briefs, **wishes)
        assert sentence in refused.value.message
    assert outbox() == []
    evenings.console.services.clock.set(evening(days=1))
    with pytest.raises(BadPlanRequest, match="The time of Twice, Mon 10 Jan 2011 19:00 UTC has passed"):
        ask(evenings, evenings.brand, brief)
    assert evenings.console.services.planning.list(evenings.brand) == ()


def test_a_season_that_is_too_large_is_refused_with_its_largest_markets_and_categories(
    evenings: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    brief = post_brief(evenings, evenings.brand, "Twice", evening(), evening())
    with monkeypatch.context() as patched:
        patched.setattr(asked, "MOST_SLOTS", 1)
        with pytest.raises(BadPlanRequest, match=r"at most 1 shows, these briefs want 2\. .* GB, home \(2 shows\)"):
            ask(evenings, evenings.brand, brief)
    monkeypatch.setattr(rules, "MAX_MATCHES", 1)
    monkeypatch.setattr(rules, "MOST_MATCHES", 1)
    seen = planned(evenings, evenings.brand, brief)
    assert (seen.run.state, "Plan each market and category for itself" in seen.run.reason) == (PlanState.FAILED, True)
    monkeypatch.setattr(candidates, "MOST_MATCHES", 1)
    sooner = planned(evenings, evenings.brand, brief, plan_id="pln_2")
    assert (sooner.run.state, "More than 1 pairs" in sooner.run.reason) == (PlanState.FAILED, True)


def test_a_tenant_has_few_plans_under_way_at_once(evenings: Market) -> None:
    brief = post_brief(evenings, evenings.brand, "Once", evening())
    for number in range(3):
        ask(evenings, evenings.brand, brief, plan_id=f"pln_{number}")
    assert ask(evenings, evenings.brand, brief, plan_id="pln_1").plan_id == "pln_1"
    with pytest.raises(TooManyPlans):
        ask(evenings, evenings.brand, brief, plan_id="pln_9")
