"""What a brief takes no more once it is closed, and what an agency may do no more once its host has left."""

from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest

from chalicelib.contracts.errors import SignatoryNeeded
from chalicelib.contracts.offers import AgencyHasLeft
from chalicelib.contracts.service import SigningContext
from chalicelib.directory.service import HostNotFound
from chalicelib.matching.approaches import (
    InvitationState,
)
from chalicelib.matching.service import BriefClosed
from tests.fakes.console import STARTS, Market, console, market
from tests.unit.test_matching_approaches import approaches, leave_agency, other_host

__all__ = ["console", "market"]

INTERESTED = InvitationState.INTERESTED


def test_a_closed_brief_takes_nothing_more(market: Market) -> None:
    market.payable()
    found, use, host_id, brief_id = market.console.services, approaches(market), market.host.tenant_id, market.brief_id
    omar = other_host(market)
    use.invite(market.brand, brief_id, host_id, "Come!")
    question = use.ask(market.host, host_id, brief_id, "When?")
    use.apply(market.host, host_id, brief_id, "On my terms.", msgspec.to_builtins(market.terms()))
    brief = found.matching.brief(market.brand, brief_id)
    assert use.close(market.brand, brief_id).closed_at == found.clock.now()
    refused = (
        lambda: use.close(market.brand, brief_id),
        lambda: use.invite(market.brand, brief_id, omar.tenant_id, "Come!"),
        lambda: use.withdraw_invitation(market.brand, brief_id, host_id),
        lambda: use.answer(market.host, host_id, brief_id, INTERESTED),
        lambda: use.apply(omar, omar.tenant_id, brief_id, "I could."),
        lambda: use.withdraw_application(market.host, host_id, brief_id),
        lambda: use.decline_application(market.brand, brief_id, host_id, "No."),
        lambda: use.ask(market.host, host_id, brief_id, "Where?"),
        lambda: use.answer_question(market.brand, brief_id, question.question_id, "Soon."),
        lambda: found.deals.applied.take_up(market.brand, brief, host_id, 48),
        market.offer,
    )
    for attempt in refused:
        with pytest.raises(BriefClosed):
            attempt()
    assert not use.seen(market.host, host_id, brief_id).takes_more
    assert brief_id not in {each.brief_id for each in found.matching.open_briefs(market.host)}
    assert found.planning.plannable(market.brand) == ()


def test_what_was_under_way_when_a_brief_was_closed_is_refused(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    found, use, host_id = market.console.services, approaches(market), market.host.tenant_id
    before = found.matching.brief(market.brand, market.brief_id)
    use.close(market.brand, market.brief_id)
    monkeypatch.setattr(found.matching, "brief", lambda *_: before)
    monkeypatch.setattr(use._briefs, "find", lambda _: before)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: use.invite(market.brand, market.brief_id, host_id, "Come!"),
        lambda: use.ask(market.host, host_id, market.brief_id, "Where?"),
        market.offer,
    )
    for attempt in attempts:
        with pytest.raises(BriefClosed):
            attempt()
    assert found.contracts.offers.list(market.brand) == ()


def test_a_brief_whose_first_show_has_begun_takes_nothing_more_of_hosts(market: Market) -> None:
    market.console.services.clock.set(STARTS)
    with pytest.raises(BriefClosed, match="has begun"):
        approaches(market).ask(market.host, market.host.tenant_id, market.brief_id, "Where?")


def test_an_agency_that_the_host_has_left_finds_nothing_of_the_hosts_briefs(market: Market) -> None:
    market.payable()
    use, host_id, brief_id = approaches(market), market.host.tenant_id, market.brief_id
    use.invite(market.brand, brief_id, host_id, "Come!")
    leave_agency(market)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: use.seen(market.agency, host_id, brief_id),
        lambda: use.answer(market.agency, host_id, brief_id, INTERESTED),
        lambda: use.apply(market.agency, host_id, brief_id, "She is free."),
        lambda: use.ask(market.agency, host_id, brief_id, "When?"),
        lambda: market.console.services.matching.open_briefs(market.agency, host_id),
        lambda: use.inbox(market.agency, host_id),
    )
    for attempt in attempts:
        with pytest.raises(HostNotFound, match="does not speak for this host any more"):
            attempt()
    assert use.inbox(market.agency) == ()


def test_an_agency_that_the_host_has_left_answers_no_offer_and_the_attempt_is_in_its_history(market: Market) -> None:
    found, offer_id = market.console.services, market.offer()
    offers = found.contracts.offers
    assert offers.get(market.agency, offer_id).version == 1
    leave_agency(market)
    terms = replace(market.terms(350_00), splits=())
    attempts: tuple[Callable[[], object], ...] = (
        lambda: offers.accept(market.agency, offer_id, 1),
        lambda: offers.decline(market.agency, offer_id, 1, "No."),
        lambda: offers.counter(market.agency, offer_id, 1, terms),
        lambda: offers.withdraw(market.agency, offer_id, 1),
    )
    for attempt in attempts:
        with pytest.raises(AgencyHasLeft, match="not with your agency any more"):
            attempt()
    told = found.history.of_deal(offers.offer(offer_id).contract_id)
    assert [(entry.act, entry.actor.tenant_id) for entry in told if entry.refused] == [
        (act, market.agency.tenant_id) for act in ("accept", "decline", "counter", "withdraw")
    ]
    assert offers.accept(market.host, offer_id, 1).state == "accepted"


@pytest.mark.parametrize("left", [False, True])
def test_no_agency_signs_for_a_host_or_amends_a_contract(market: Market, left: bool) -> None:  # noqa: FBT001  # both cases
    contract, contracts = market.drafted(), market.console.services.contracts
    if left:
        leave_agency(market)
    context = SigningContext(authenticated_at=market.console.services.clock.real_now(), address="192.0.2.1", user_agent="Browser/1")
    refusal = AgencyHasLeft if left else SignatoryNeeded
    with pytest.raises(refusal):
        contracts.sign(
            market.agency,
            contract.contract_id,
            document_sha256=contract.document_sha256,
            typed_name="Somebody Real",
            consent=True,
            context=context,
        )
    with pytest.raises(refusal):
        contracts.amendments.propose(
            market.agency, contract.contract_id, market.terms(400_00), in_force_from=STARTS, reset_totals=False, context=context
        )
