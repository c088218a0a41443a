"""The form of a plan: pins, forbidden pairs, shows left out, budgets and rivals reach the plan; what is wrong stands beside its field."""

import re
from typing import Any

import pytest

from chalicelib.planning.asked import Asked
from chalicelib.planning.model import Pair
from chalicelib.planning.store import PlanStore
from tests.fakes.console import OPERATOR, SITE, Answer, Market, console, market
from tests.unit.planning_kit import add_host, connect, evening, id_of, post_brief

__all__ = ["console", "market"]
NUMBERS = {"seconds": "5", "minimum_hosts": "1", "shows_per_week": "5"}


@pytest.fixture
def evenings(market: Market) -> Market:
    """Nadia, whom everybody wants, and Mia."""
    connect(market, market.host)
    add_host(market, "mia", 20_000)
    return market


def ask(market: Market, *brief_ids: str, **wishes: str) -> Answer:
    """The brand has briefs planned, with wishes by the names of their fields, in which dashes are written as double underlines."""
    ticked = {f"brief.{brief_id}": "on" for brief_id in brief_ids}
    sent = {name.replace("__", "-"): value for name, value in wishes.items()}
    return market.console.post("/plans", market.brand, **{**NUMBERS, **ticked, **sent})


def asked_for(market: Market, answer: Answer) -> Asked:
    assert answer.status == 303, answer.text
    plan_id = str(answer.headers["Location"]).removeprefix(f"{SITE}/plans/")
    found: Any = market.console.services.planning
    store: PlanStore = found._store
    return store.asked(plan_id)


def beside(answer: Answer, name: str) -> str:
    """The sentence beside a field of a form that came back."""
    assert answer.status == 422, answer.text
    found = re.search(rf'id="{re.escape(name)}-error">.*?</svg>(.*?)</p>', answer.text, re.DOTALL)
    assert found is not None, f"nothing stands beside {name}"
    assert re.search(rf'aria-invalid="true" aria-describedby="[^"]*{re.escape(name)}-error"', answer.text)
    return found[1]


def test_all_wishes_of_a_brand_reach_its_plan(evenings: Market) -> None:
    brief = post_brief(evenings, evenings.brand, "Week", evening(), evening(days=1), evening(days=2))
    answer = ask(
        evenings,
        brief,
        minimum_hosts="2",
        shows_per_week="3",
        budget="1,200.50",
        pin__0__show=f"{brief}.1",
        pin__0__host="Mia",
        pin__1__show="",
        pin__1__host="",
        not__0__show=f"{brief}.2",
        not__0__host=evenings.host.tenant_id,
        without__0__show=f"{brief}.3",
    )
    asked = asked_for(evenings, answer)
    assert (asked.brief_ids, asked.seconds, asked.minimum_hosts, asked.shows_per_week) == ((brief,), 5, 2, 3)
    assert asked.budgets == {evenings.brand.tenant_id: 1_200_50}
    assert asked.pinned == (Pair(f"{brief}.1", id_of(evenings, "Mia")),)
    assert asked.forbidden == (Pair(f"{brief}.2", evenings.host.tenant_id),)
    assert asked.without_slots == (f"{brief}.3",)
    evenings.console.work()
    page = evenings.console.get(str(answer.headers["Location"]).removeprefix(SITE), evenings.brand).text
    assert "Pinned." in page


def test_the_marketplace_states_budgets_of_brands_and_who_competes(evenings: Market) -> None:
    post_brief(evenings, evenings.rival, "Theirs", evening(days=1))
    brands = (evenings.brand.tenant_id, evenings.rival.tenant_id)
    page = evenings.console.get("/plans", OPERATOR).text
    assert all(f'name="rivals-0-brand.{brand_id}"' in page for brand_id in brands)
    rivals = {f"rivals-0-brand.{brand_id}": "on" for brand_id in brands}
    rivals |= {"rivals-0-category": "home", "rivals-0-from": "2011-01-01T00:00", "rivals-0-until": "2011-02-01T00:00"}
    budget = {"budget-0-brand": brands[1], "budget-0-amount": "900"}
    answer = evenings.console.post("/plans", OPERATOR, **NUMBERS, **{"group.GBP.GB.home": "on"}, **rivals, **budget)
    asked = asked_for(evenings, answer)
    assert asked.budgets == {brands[1]: 900_00}
    (found,) = asked.rivals
    assert (found.category, set(found.brand_ids), found.ends_at.isoformat()) == ("home", set(brands), "2011-02-01T00:00:00+00:00")


def test_a_brand_has_one_budget_and_no_rivals_among_its_own_briefs(evenings: Market) -> None:
    page = evenings.console.get("/plans", evenings.brand).text
    assert ('name="budget"' in page, "rivals-0" in page, "budget-0" in page) == (True, False, False)


WRONG = (
    ({"minimum_hosts": "0"}, "minimum_hosts", "Write a whole number from 1 to 1,000."),
    ({"shows_per_week": "many"}, "shows_per_week", "Write a whole number from 1 to 50."),
    ({"budget": "lots"}, "budget", "lots"),
    ({"budget": "0"}, "budget", "A budget is above nothing."),
    ({"pin__0__host": "Mia"}, "pin-0-show", "Choose the show."),
    ({"pin__0__show": "brf_x.1", "pin__0__host": "Mia"}, "pin-0-show", "Its brief is not ticked above."),
    ({"pin__0__show": "SLOT", "pin__0__host": ""}, "pin-0-host", "Write the host&#39;s name."),
    ({"pin__0__show": "SLOT", "pin__0__host": "?!"}, "pin-0-host", "Write at least the first letters"),
    ({"not__0__show": "SLOT", "not__0__host": "Bob"}, "not-0-host", "No approved host is called “Bob”."),
    ({"without__0__show": "brf_x.1"}, "without-0-show", "Its brief is not ticked above."),
    ({"without__0__show": "SLOT"}, "withouts", "Leave at least one to be planned."),
)


@pytest.mark.parametrize(("wishes", "name", "sentence"), WRONG)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    evenings: Market, wishes: dict[str, str], name: str, sentence: str
) -> None:
    slot = f"{evenings.brief_id}.1"
    sent = {field: value.replace("SLOT", slot) for field, value in wishes.items()}
    answer = ask(evenings, evenings.brief_id, **{"budget": "777.00", **sent})
    assert sentence in beside(answer, name)
    assert re.search(rf'name="brief.{evenings.brief_id}"[^>]*checked', answer.text)
    if "budget" not in wishes:
        assert 'name="budget" inputmode="decimal" maxlength="20" autocomplete="off" value="777.00"' in answer.text
    if sent.get("pin__0__show") == slot:
        assert f'<option value="{slot}" selected>' in answer.text
    assert evenings.console.services.planning.list(evenings.brand) == ()


def test_a_contradiction_is_told_beside_the_row_that_makes_it(evenings: Market) -> None:
    slot = f"{evenings.brief_id}.1"
    both = ask(evenings, evenings.brief_id, pin__0__show=slot, pin__0__host="Mia", not__0__show=slot, not__0__host="mia")
    assert "The same host is pinned to this show above." in beside(both, "not-0-show")
    twice = ask(evenings, evenings.brief_id, pin__0__show=slot, pin__0__host="Mia", pin__1__show=slot, pin__1__host="Nadia")
    assert "is pinned 2 times. Keep one pin." in beside(twice, "pins")
    night = post_brief(evenings, evenings.brand, "Night", evening(hours=6))
    unable = ask(evenings, night, evenings.brief_id, pin__0__show=slot, pin__0__host="Nadia", pin__1__show=f"{night}.1", pin__1__host="Mia")
    assert "Mia cannot take Night" in beside(unable, "pin-1-show")
    assert "pin-0-show-error" not in unable.text
    dear = ask(evenings, evenings.brief_id, budget="10.00", pin__0__show=slot, pin__0__host="Nadia")
    assert "costs more than the brand&#39;s whole budget" in beside(dear, "pin-0-show")
    few = post_brief(evenings, evenings.brand, "Two", evening(days=1), evening(days=2))
    pins = {"pin__0__show": f"{few}.1", "pin__0__host": "Mia", "pin__1__show": f"{few}.2", "pin__1__host": "Mia"}
    assert "leave no room for 2 different hosts" in beside(ask(evenings, few, minimum_hosts="2", **pins), "pins")


def test_a_pin_to_a_show_that_is_offered_already_is_said_so(evenings: Market) -> None:
    evenings.offer()
    other = post_brief(evenings, evenings.brand, "Other", evening(days=1))
    answer = ask(evenings, evenings.brief_id, other, pin__0__show=f"{evenings.brief_id}.1", pin__0__host="Mia")
    assert "This show is offered or booked already" in beside(answer, "pin-0-show")


def test_a_name_that_several_hosts_have_is_chosen_from_a_list(evenings: Market) -> None:
    add_host(evenings, "miau", 10_000)
    slot = f"{evenings.brief_id}.1"
    answer = ask(evenings, evenings.brief_id, pin__0__show=slot, pin__0__host="mi")
    assert "2 hosts fit “mi”. Choose one." in beside(answer, "pin-0-host")
    mia = id_of(evenings, "Mia")
    assert f'<option value="{mia}">Mia ({mia})</option>' in answer.text
    whole = ask(evenings, evenings.brief_id, pin__0__show=slot, pin__0__host="MIA")
    assert asked_for(evenings, whole).pinned == (Pair(slot, mia),)
    assert asked_for(evenings, ask(evenings, evenings.brief_id, pin__0__show=slot, pin__0__host=mia)).pinned == (Pair(slot, mia),)


def test_the_marketplaces_rows_are_checked_one_by_one(evenings: Market) -> None:
    post_brief(evenings, evenings.rival, "Theirs", evening(days=1))
    own, theirs = evenings.brand.tenant_id, evenings.rival.tenant_id

    def asked(**fields: str) -> Answer:
        sent = {name.replace("__", "-").replace("THEIRS", theirs): value for name, value in fields.items()}
        return evenings.console.post("/plans", OPERATOR, **NUMBERS, **{"group.GBP.GB.home": "on"}, **sent)

    wrong = asked(
        budget__0__amount="5",
        budget__1__brand=own,
        budget__1__amount="",
        budget__2__brand=own,
        budget__2__amount="5",
        budget__3__brand=own,
        budget__3__amount="6",
        budget__4__brand="brd_x",
        **{"rivals__0__brand.THEIRS": "on"},
        rivals__0__from="soon",
        rivals__0__until="2011-02-01T00:00",
        rivals__1__category="home",
        rivals__1__from="2011-02-01T00:00",
        rivals__1__until="2011-01-01T00:00",
    )
    expected = {
        "budget-0-brand": "Choose the brand.",
        "budget-1-amount": "Write the amount",
        "budget-3-brand": "has a budget in another row",
        "budget-4-brand": "No brief of this brand is ticked",
        "rivals-0-category": "Choose the category",
        "rivals-0-brands": "Tick at least two brands",
        "rivals-0-from": "Write a day and a time in UTC",
        "rivals-1-until": "This ends before it begins",
    }
    assert {name: sentence in beside(wrong, name) for name, sentence in expected.items()} == dict.fromkeys(expected, True)
    assert f'name="rivals-0-brand.{theirs}" value="on" checked' in wrong.text


def test_more_rows_keep_what_was_typed_and_plan_nothing(evenings: Market) -> None:
    answer = ask(evenings, evenings.brief_id, more="1", pin__0__host="Mi", seconds="soon")
    assert (answer.status, re.findall(r'name="pin-(\d+)-host"', answer.text)) == (200, ["0", "1", "2"])
    assert 'value="Mi"' in answer.text
    assert 'value="soon"' in answer.text
    assert '<details class="wishes" open>' in answer.text
    assert evenings.console.services.planning.list(evenings.brand) == ()


def test_too_many_plans_at_once_are_refused_with_the_form_as_it_was(evenings: Market) -> None:
    for _ in range(3):
        assert ask(evenings, evenings.brief_id).status == 303
    answer = ask(evenings, evenings.brief_id, budget="777.00")
    assert (answer.status, "3 plans are under way." in answer.text, 'value="777.00"' in answer.text) == (409, True, True)
