"""A season that is too large for one run is planned by several workers one after the other; whatever becomes of one, the plan holds."""

from datetime import timedelta

import pytest

from chalicelib.planning import part_runs, planner, rules
from chalicelib.planning.model import Pair, Plan
from chalicelib.planning.runs import PlanRun, PlanState
from chalicelib.planning.service import Seen
from tests.fakes.console import Market, console, market
from tests.unit.planning_kit import PLAN, ask, evening, evenings, hosts_of, id_of, outbox, planned, post_brief

__all__ = ["console", "evenings", "market"]


@pytest.fixture
def small_runs(evenings: Market, monkeypatch: pytest.MonkeyPatch) -> Market:
    """One show a run, and no time for tighter bounds."""
    monkeypatch.setattr(rules, "MAX_SLOTS", 1)
    monkeypatch.setattr(rules, "PART_SLOTS", 1)
    monkeypatch.setattr(part_runs, "MOST_SECONDS_FOR_BOUND", 0)
    return evenings


def three(market: Market) -> str:
    """Three shows, two of them in one evening."""
    return post_brief(market, market.brand, "Three", evening(), evening(), evening(days=1), budget_minor=3_000_00)


def run_of(market: Market) -> PlanRun:
    return seen(market).run


def seen(market: Market) -> Seen:
    return market.console.services.planning.get(market.brand, PLAN)


def work(market: Market) -> PlanRun:
    """One message, and what is waiting after it is thrown away."""
    market.console.work(but="planning.plan")
    market.console.services.planning.work(PLAN)
    return run_of(market)


def test_a_season_too_large_for_one_run_is_planned_part_after_part_as_well_as_at_once(evenings: Market) -> None:
    brief = three(evenings)
    whole = planned(evenings, evenings.brand, brief)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(rules, "MAX_SLOTS", 1)
        patched.setattr(rules, "PART_SLOTS", 1)
        parts = planned(evenings, evenings.brand, brief, plan_id="pln_2")
    assert whole.outcome is not None
    assert parts.outcome is not None
    assert (parts.run.state, parts.run.split and (parts.run.split.parts, parts.run.split.done)) == (PlanState.DONE, (3, 3))
    assert parts.outcome.value_minor == whole.outcome.value_minor
    assert parts.outcome.bound_minor >= whole.outcome.bound_minor
    assert (len(parts.outcome.places), parts.outcome.names) == (3, whole.outcome.names)
    assert parts.outcome.split.startswith("The season was too large for one run, so it was cut by day, shares of a day into 3 parts")
    assert (whole.outcome.split, whole.run.split) == ("", None)


def test_each_message_does_one_part_and_says_how_far_all_of_them_are(small_runs: Market) -> None:
    ask(small_runs, small_runs.brand, three(small_runs))
    values = []
    for done in range(4):
        run = work(small_runs)
        assert run.split is not None
        assert (run.state, run.split.done, run.is_handed_on, outbox()) == (PlanState.RUNNING, done, True, ["planning.plan"])
        assert run.progress is not None
        assert run.progress.value_minor <= run.progress.bound_minor
        values.append(run.progress.value_minor)
    assert values == sorted(values)
    assert (work(small_runs).state, outbox()) == (PlanState.DONE, [])


def test_a_message_that_comes_again_does_no_harm(small_runs: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(small_runs, small_runs.brand, three(small_runs))
    planning, real, calls = small_runs.console.services.planning, planner.best, []

    def twice(*arguments: object, **options: object) -> Plan:
        calls.append(run_of(small_runs).attempt)
        planning.work(PLAN)
        return real(*arguments, **options)  # type: ignore[arg-type]  # as it is called

    monkeypatch.setattr(planner, "best", twice)
    small_runs.console.work()
    before = seen(small_runs)
    assert (before.run.state, before.run.attempt) == (PlanState.DONE, 5)
    assert set(calls) == {2, 3, 4}
    planning.work(PLAN)
    assert seen(small_runs) == before


def test_a_worker_that_died_in_a_part_is_followed_by_another_that_goes_on_from_the_parts_before(
    small_runs: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = small_runs.console.services
    now = services.clock.real_now()
    monkeypatch.setattr(services.clock, "real_now", lambda: now)

    def dies(*_: object, **__: object) -> Plan:
        raise MemoryError

    ask(small_runs, small_runs.brand, three(small_runs))
    work(small_runs)
    work(small_runs)
    with monkeypatch.context() as patched:
        patched.setattr(planner, "best", dies)
        for tries in (1, 2):
            with pytest.raises(MemoryError):
                work(small_runs)
            run = run_of(small_runs)
            assert (run.tries, run.split and run.split.done) == (tries, 1)
            assert work(small_runs) == run
            now += timedelta(minutes=4)
    services.planning.follow_up()
    small_runs.console.work()
    assert (run_of(small_runs).state, len(hosts_of(seen(small_runs)))) == (PlanState.DONE, 3)


def test_a_part_whose_workers_die_again_and_again_ends_the_plan(small_runs: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    services = small_runs.console.services
    now = services.clock.real_now()
    monkeypatch.setattr(services.clock, "real_now", lambda: now)

    def dies(*_: object, **__: object) -> Plan:
        raise MemoryError

    monkeypatch.setattr(planner, "best", dies)
    ask(small_runs, small_runs.brand, three(small_runs))
    work(small_runs)
    for _ in range(3):
        with pytest.raises(MemoryError):
            work(small_runs)
        now += timedelta(minutes=4)
    run = work(small_runs)
    assert (run.state, "ended early 3 times" in run.reason) == (PlanState.FAILED, True)


def test_a_message_between_two_parts_that_was_lost_comes_again(small_runs: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    services = small_runs.console.services
    ask(small_runs, small_runs.brand, three(small_runs))
    work(small_runs)
    small_runs.console.work(but="planning.plan")
    later = services.clock.real_now() + timedelta(minutes=4)
    monkeypatch.setattr(services.clock, "real_now", lambda: later)
    services.planning.follow_up()
    services.planning.follow_up()
    assert outbox() == ["planning.plan"]
    small_runs.console.work()
    assert run_of(small_runs).state is PlanState.DONE


def test_a_plan_called_off_between_two_parts_keeps_the_best_so_far(small_runs: Market) -> None:
    ask(small_runs, small_runs.brand, three(small_runs))
    work(small_runs)
    work(small_runs)
    assert small_runs.console.services.planning.cancel(small_runs.brand, PLAN).state is PlanState.RUNNING
    run = work(small_runs)
    assert (run.state, run.split and run.split.done) == (PlanState.CANCELLED, 1)
    assert len(hosts_of(seen(small_runs))) == 3


def test_a_plan_in_parts_can_be_asked_about_and_planned_anew(small_runs: Market) -> None:
    brief = three(small_runs)
    zoe = id_of(small_runs, "Zoe")
    first = planned(small_runs, small_runs.brand, brief, pinned=(Pair(f"{brief}.3", zoe),))
    assert hosts_of(first)[f"{brief}.3"] == "Zoe"
    planning = small_runs.console.services.planning
    answer = planning.why_not(small_runs.brand, PLAN, f"{brief}.1", zoe)
    assert "Zoe" in answer.sentence
    planning.ask_again(small_runs.brand, PLAN, again_id="pln_2", without_hosts=(zoe,))
    small_runs.console.work()
    again = planning.get(small_runs.brand, "pln_2")
    assert again.outcome is not None
    assert (again.run.state, again.outcome.kept_places, [each.slot_id for each in again.outcome.moved]) == (
        PlanState.DONE,
        2,
        [f"{brief}.3"],
    )


def test_a_part_that_breaks_a_rule_is_never_shown(small_runs: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    real = planner.best

    def above(*arguments: object, **options: object) -> Plan:
        plan = real(*arguments, **options)  # type: ignore[arg-type]  # as it is called
        return Plan(currency=plan.currency, hosts=plan.hosts, value_minor=plan.value_minor, bound_minor=0)

    monkeypatch.setattr(planner, "best", above)
    after = planned(small_runs, small_runs.brand, three(small_runs))
    assert (after.run.state, after.outcome) == (PlanState.FAILED, None)
    assert after.run.reason.startswith("The plan that was found broke a rule")


def test_the_plans_page_says_that_and_how_the_season_was_cut_and_how_far_its_parts_are(small_runs: Market) -> None:
    ask(small_runs, small_runs.brand, three(small_runs))
    work(small_runs)
    work(small_runs)
    page = small_runs.console.get(f"/plans/{PLAN}", small_runs.brand).text
    assert "The season was too large for one run, so it was cut by day, shares of a day into 3 parts" in page
    assert "1 of 3 parts are planned, each for up to 5 seconds." in page
    small_runs.console.work()
    page = small_runs.console.get(f"/plans/{PLAN}", small_runs.brand).text
    assert ("cut by day, shares of a day into 3 parts" in page, "parts are planned" in page) == (True, False)
