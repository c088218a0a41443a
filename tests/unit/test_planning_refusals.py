"""Why shows stay open though somebody could take them, and wishes that cannot be: each with the sentence that says what to do."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.errors import PrimetimeError
from chalicelib.planning import runs
from chalicelib.planning.asked import Rivals
from chalicelib.planning.model import Pair
from chalicelib.planning.rules import LARGEST_VALUE_MINOR
from chalicelib.planning.runs import PlanState
from chalicelib.planning.service import CannotPlan, Seen
from chalicelib.planning.store import PlanChanged, PlanStore
from tests.fakes.console import OPERATOR, Market, console, market
from tests.unit.planning_kit import PLAN, ask, evening, evenings, hosts_of, id_of, planned, post_brief

__all__ = ["console", "evenings", "market"]


def sentences(seen: Seen) -> dict[str, str]:
    assert seen.outcome is not None, seen.run.reason
    return {each.slot_id: each.sentence for each in seen.outcome.open}


def test_a_fourth_show_at_one_time_stays_open_for_its_three_hosts_have_another(evenings: Market) -> None:
    brief = post_brief(evenings, evenings.brand, "Four", *[evening()] * 4, budget_minor=2_000_00)
    seen = planned(evenings, evenings.brand, brief)
    (sentence,) = sentences(seen).values()
    assert sentence.startswith(
        "Of 3 hosts who could take it, with another show then: 3. The best would be Nadia Hart: the host has Four, Mon"
    )
    (slot,) = sentences(seen)
    assert (
        "Insisting on it would cost nothing."
        in evenings.console.services.planning.why_not(evenings.brand, PLAN, slot, id_of(evenings, "Zoe")).sentence
    )


def test_money_that_is_spent_leaves_shows_open_and_money_that_never_sufficed_says_so(evenings: Market) -> None:
    brief = post_brief(evenings, evenings.brand, "Three", evening(), evening(days=1), evening(days=2))
    poor = planned(evenings, evenings.brand, brief, plan_id="pln_2", budgets={evenings.brand.tenant_id: 300_00})
    assert all("above what is left of the budget: 3" in each for each in sentences(poor).values())
    assert (len(hosts_of(poor)), len(sentences(poor))) == (1, 2)
    none = planned(evenings, evenings.brand, brief, plan_id="pln_3", budgets={evenings.brand.tenant_id: 1})
    assert "The brand's budget pays for none of the 3 hosts who could take it" in none.run.reason


def test_a_show_for_which_everybody_is_forbidden_says_so(evenings: Market) -> None:
    brief = post_brief(evenings, evenings.brand, "Two", evening(), evening(days=1))
    everybody = tuple(Pair(f"{brief}.1", id_of(evenings, name)) for name in ("Nadia Hart", "Mia", "Zoe"))
    seen = planned(evenings, evenings.brand, brief, forbidden=everybody)
    assert sentences(seen) == {f"{brief}.1": "All 3 hosts who could take it are forbidden for it."}


def test_wishes_of_money_and_rivals_that_cannot_be_are_refused(evenings: Market) -> None:
    one, other = post_brief(evenings, evenings.brand, "One", evening()), post_brief(evenings, evenings.rival, "Other", evening(days=1))
    brand, rival = evenings.brand.tenant_id, evenings.rival.tenant_id
    times: dict[str, Any] = {"starts_at": evening(), "ends_at": evening(days=9)}
    pin = (Pair(f"{one}.1", evenings.host.tenant_id),)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"budgets": {brand: LARGEST_VALUE_MINOR + 1}}, "The budget of Kettles is above"),
        ({"budgets": {brand: 1}, "pinned": pin}, "costs more than the brand's whole budget"),
        ({"rivals": (Rivals(category="home", brand_ids=(brand, brand), **times),)}, "Name at least two brands"),
        ({"rivals": (Rivals(category="home", brand_ids=(brand, "brd_x"), **times),)}, "none of its briefs is chosen"),
        (
            {"rivals": (Rivals(category="home", brand_ids=(brand, rival), starts_at=evening(), ends_at=evening()),)},
            "ends before it begins",
        ),
        (
            {"pinned": (*pin, Pair(f"{other}.1", id_of(evenings, "Mia"))), "minimum_hosts": 2, "shows_per_week": 0},
            "0 at most. Unpin one.",
        ),
    ]
    for wishes, sentence in cases:
        with pytest.raises(PrimetimeError) as refused:
            ask(evenings, OPERATOR, one, other, **wishes)
        assert sentence in refused.value.message
    with pytest.raises(CannotPlan):
        ask(evenings, evenings.viewer, one)
    assert evenings.console.services.planning.list(OPERATOR) == ()


def test_who_cancels_while_the_worker_writes_tries_again_and_gives_up_in_the_end(evenings: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    planning = evenings.console.services.planning
    ask(evenings, evenings.brand, evenings.brief_id)
    real, lost = PlanStore.change, iter([True, True, False])

    def contended(store: PlanStore, before: runs.PlanRun, after: runs.PlanRun, **more: Any) -> None:
        if next(lost, True):
            raise PlanChanged("The plan has changed meanwhile.")
        real(store, before, after, **more)

    monkeypatch.setattr(PlanStore, "change", contended)
    assert planning.cancel(evenings.brand, PLAN).state is PlanState.CANCELLED
    ask(evenings, evenings.brand, evenings.brief_id, plan_id="pln_2")
    with pytest.raises(PlanChanged, match="try again"):
        planning.cancel(evenings.brand, "pln_2")


def test_a_plan_that_is_to_stop_when_its_worker_dies_is_not_begun_again(evenings: Market) -> None:
    now = evenings.console.services.clock.real_now()
    run = ask(evenings, evenings.brand, evenings.brief_id)
    begun = runs.begun(run, now)
    assert begun is not None
    later = runs.begun(runs.cancelled(begun, now), now + timedelta(minutes=4))
    assert later is not None
    assert (later.state, later.summary) == (PlanState.CANCELLED, None)
