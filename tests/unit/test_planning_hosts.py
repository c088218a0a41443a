"""What keeps hosts out of a plan beside the brief's conditions: shows they have, weeks they have filled, promises to other brands."""

from dataclasses import replace

import pytest

from chalicelib.bridges.hosts import PayableHosts, RecordsOfHosts
from chalicelib.contracts.terms import Exclusivity
from chalicelib.core.access import Role
from chalicelib.core.money import round_half_away
from chalicelib.matching import pools
from chalicelib.matching.expectation import amount
from chalicelib.matching.priors import START_PRIORS
from chalicelib.matching.score import scored
from chalicelib.planning import worker
from chalicelib.planning.candidates import Worth
from chalicelib.planning.runs import PlanState
from tests.fakes.console import Market, console, market
from tests.unit.planning_kit import add_host, evening, evenings, hosts_of, id_of, planned, post_brief

__all__ = ["console", "evenings", "market"]


def test_shows_that_are_booked_already_count_for_a_hosts_week_and_time(evenings: Market) -> None:
    evenings.signed()
    again = post_brief(evenings, evenings.brand, "Same evening", evening())
    assert hosts_of(planned(evenings, evenings.brand, again)) == {f"{again}.1": "Mia"}
    later = post_brief(evenings, evenings.brand, "Same week", evening(days=1))
    assert hosts_of(planned(evenings, evenings.brand, later, plan_id="pln_2")) == {f"{later}.1": "Nadia Hart"}
    assert hosts_of(planned(evenings, evenings.brand, later, plan_id="pln_3", shows_per_week=1)) == {f"{later}.1": "Mia"}


def test_a_host_who_says_how_many_shows_a_week_is_asked_for_no_more(evenings: Market) -> None:
    directory = evenings.console.services.directory
    directory.save_profile(evenings.host, replace(directory.profile(evenings.host.tenant_id), shows_per_week=1))
    brief = post_brief(evenings, evenings.brand, "Twice", evening(), evening(days=1))
    seen = planned(evenings, evenings.brand, brief)
    assert sorted(hosts_of(seen).values()) == ["Mia", "Nadia Hart"]


def test_a_promise_to_another_brand_keeps_a_host_out_on_its_days(evenings: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    promise = Exclusivity(categories=("HOME",), from_day="2011-01-11", until_day="2011-01-12")
    terms = replace(evenings.terms(), exclusivity=promise)
    monkeypatch.setattr(Market, "terms", lambda *_: terms)
    evenings.signed()
    brief = post_brief(evenings, evenings.rival, "Theirs", evening(days=1), evening(days=3))
    seen = planned(evenings, evenings.rival, brief)
    assert hosts_of(seen) == {f"{brief}.1": "Mia", f"{brief}.2": "Nadia Hart"}


def test_a_shows_value_is_matchings_score_at_the_fee_that_is_asked(evenings: Market) -> None:
    services = evenings.console.services
    brief = services.matching.brief(evenings.brand, post_brief(evenings, evenings.brand, "Long", evening(), minutes=120))
    for host in services.matching.everybody():
        worth = Worth(host, START_PRIORS)
        value, fee = worth.of(brief, brief.windows[0])
        score = scored(replace(brief, flat_fee_minor=fee), host).score_millinats
        assert value == round_half_away(amount(score * 1_000))
        assert (value, fee) == worth.of(brief, brief.windows[0])
        assert fee >= brief.flat_fee_minor


def test_hosts_that_take_too_long_to_look_at_end_the_plan_with_what_to_do(evenings: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "FUNCTION_SECONDS", worker.AFTER_SECONDS)
    seen = planned(evenings, evenings.brand, post_brief(evenings, evenings.brand, "Once", evening()))
    assert (seen.run.state, seen.outcome) == (PlanState.FAILED, None)
    assert seen.run.reason == "Looking at all hosts took too long. Plan each market and category for itself."


def test_of_many_hosts_shows_and_accounts_are_those_noted_for_searching(evenings: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    services = evenings.console.services
    brief = post_brief(evenings, evenings.brand, "Twice", evening(), evening())
    expected = hosts_of(planned(evenings, evenings.brand, brief))
    read = {each.creator_id: each for each in services.matching.everybody()}
    monkeypatch.setattr(pools, "MOST_READ", 2)
    assert {each.creator_id: each for each in services.matching.everybody()} == read
    services.matching.indexing.ask()
    evenings.console.work()
    monkeypatch.setattr(RecordsOfHosts, "past_shows", None)
    monkeypatch.setattr(PayableHosts, "can_be_paid", None)
    assert {each.creator_id: each for each in services.matching.everybody()} == read
    assert hosts_of(planned(evenings, evenings.brand, brief, plan_id="pln_2")) == expected


def test_of_many_hosts_profiles_are_read_as_they_are_and_whoever_was_approved_since_is_there(
    evenings: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = evenings.console.services
    services.matching.indexing.ask()
    evenings.console.work()
    monkeypatch.setattr(pools, "MOST_READ", 2)
    mia = id_of(evenings, "Mia")
    profile = services.directory.profile(mia)
    services.directory.save_profile(evenings.console.member(mia, Role.CREATOR, "mia2"), replace(profile, rate_card_minor=7_00))
    ivy = add_host(evenings, "ivy", 90_000).tenant_id
    found = {each.creator_id: each for each in services.matching.everybody()}
    assert (found[mia].rate_card_minor, found[ivy].can_be_paid) == (7_00, True)
