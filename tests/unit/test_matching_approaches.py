"""Invitations, applications and questions: who may do what with them, what others learn, and what ends them."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from chalicelib.adapters.dynamo import Transaction
from chalicelib.contracts.applied import NoTermsToTakeUp
from chalicelib.contracts.terms import FlatFee
from chalicelib.contracts.terms_check import BadTerms
from chalicelib.core.access import Principal, Role
from chalicelib.directory.rules import TenantKind
from chalicelib.matching.approach_service import Approaches
from chalicelib.matching.approach_store import ApproachChanged
from chalicelib.matching.approaches import (
    MAX_MESSAGE_CHARACTERS,
    MAX_QUESTIONS_PER_HOST,
    MAX_TIMES,
    ApplicationState,
    BadApproach,
    DoesNotFit,
    InvitationState,
    NotNow,
    TooMany,
)
from chalicelib.matching.rules import Brief, Visibility
from chalicelib.matching.service import BriefNotFound
from tests.fakes.console import STARTS, Market, console, market, tenant
from tests.unit.test_matching_sides import post

__all__ = ["console", "market"]

INTERESTED, DECLINED = InvitationState.INTERESTED, InvitationState.DECLINED


def approaches(market: Market) -> Approaches:
    return market.console.services.deals.approaches


def other_host(market: Market) -> Principal:
    """Another approved host with a profile like the first one's."""
    somebody = tenant(market.console, TenantKind.CREATOR, Role.CREATOR, "omar")
    found = market.console.services
    profile = found.directory.profile(market.host.tenant_id)
    found.directory.save_profile(somebody, replace(profile, creator_id=somebody.tenant_id, name="Omar Lee", agency_id=None))
    found.bookings.save_availability(somebody, somebody.tenant_id, found.bookings.availability(market.host, market.host.tenant_id))
    return somebody


def leave_agency(market: Market) -> None:
    directory = market.console.services.directory
    directory.save_profile(market.host, replace(directory.profile(market.host.tenant_id), agency_id=None))


def private(market: Market) -> Brief:
    return post(market, visibility=Visibility.PRIVATE, title="Secret launch")


def test_a_private_brief_is_seen_by_invited_hosts_and_their_agency_only(market: Market) -> None:
    brief, host_id = private(market), market.host.tenant_id
    assert brief.brief_id not in {each.brief_id for each in market.console.services.matching.open_briefs(market.host)}
    for who in (market.host, market.agency):
        with pytest.raises(BriefNotFound):
            approaches(market).seen(who, host_id, brief.brief_id)
    approaches(market).invite(market.brand, brief.brief_id, host_id, "We would love you to show our cakestands.")
    for who in (market.host, market.agency):
        seen = approaches(market).seen(who, host_id, brief.brief_id)
        assert seen.pay is not None
        assert (seen.pay.title, seen.pay.flat_fee_minor) == ("Secret launch", 300_00)
        (entry,) = approaches(market).inbox(who)
        assert approaches(market).inbox(who, host_id) == (entry,)
        assert (entry.brief_id, entry.host_name, entry.takes_more) == (brief.brief_id, "Nadia Hart", True)
    omar = other_host(market)
    with pytest.raises(BriefNotFound):
        approaches(market).seen(omar, omar.tenant_id, brief.brief_id)
    approaches(market).withdraw_invitation(market.brand, brief.brief_id, host_id)
    with pytest.raises(BriefNotFound):
        approaches(market).seen(market.host, host_id, brief.brief_id)
    assert approaches(market).inbox(market.host) == ()


def test_an_open_brief_tells_its_brand_and_pay_to_invited_hosts_only(market: Market) -> None:
    seen = approaches(market).seen(market.host, market.host.tenant_id, market.brief_id)
    assert seen.pay is None
    assert market.brand.tenant_id not in msgspec.json.encode(seen).decode()
    approaches(market).invite(market.brand, market.brief_id, market.host.tenant_id, "Come!")
    seen = approaches(market).seen(market.host, market.host.tenant_id, market.brief_id)
    assert seen.pay is not None
    assert b"budget" not in msgspec.json.encode(seen)


def test_an_excluded_host_finds_no_brief_and_is_not_invited(market: Market) -> None:
    brief = post(market, excluded_creator_ids=(market.host.tenant_id,))
    with pytest.raises(BriefNotFound):
        approaches(market).seen(market.host, market.host.tenant_id, brief.brief_id)
    with pytest.raises(NotNow, match="excludes this host"):
        approaches(market).invite(market.brand, brief.brief_id, market.host.tenant_id, "Come!")


def test_an_invitation_is_answered_by_host_or_agency_and_may_be_repeated_only_so_often(market: Market) -> None:
    use, brief_id, host_id = approaches(market), market.brief_id, market.host.tenant_id
    with pytest.raises(BadApproach):
        use.invite(market.brand, brief_id, host_id, " ")
    with pytest.raises(BadApproach, match="At most 2,000"):
        use.invite(market.brand, brief_id, host_id, "x" * (MAX_MESSAGE_CHARACTERS + 1))
    use.invite(market.brand, brief_id, host_id, "Come!")
    with pytest.raises(NotNow, match="invited already"):
        use.invite(market.brand, brief_id, host_id, "Come!")
    assert use.answer(market.agency, host_id, brief_id, INTERESTED).answered_by == market.agency.tenant_id
    with pytest.raises(NotNow):
        use.answer(market.host, host_id, brief_id, INTERESTED)
    with pytest.raises(BadApproach):
        use.answer(market.host, host_id, brief_id, DECLINED)
    assert use.answer(market.host, host_id, brief_id, DECLINED, "I am away that week.").reason == "I am away that week."
    for _ in range(MAX_TIMES - 1):
        use.invite(market.brand, brief_id, host_id, "Another week?")
        use.answer(market.host, host_id, brief_id, DECLINED, "No.")
    with pytest.raises(TooMany):
        use.invite(market.brand, brief_id, host_id, "Please?")
    (invitation,) = use.invitations(market.brand, brief_id)
    assert (invitation.times, invitation.state) == (MAX_TIMES, DECLINED)


def test_of_two_answers_at_once_one_is_told_that_things_have_changed(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    use, brief_id, host_id = approaches(market), market.brief_id, market.host.tenant_id
    before = use.invite(market.brand, brief_id, host_id, "Come!")
    use.withdraw_invitation(market.brand, brief_id, host_id)
    monkeypatch.setattr(use._store, "invitation", lambda *_: before)  # read before the other one wrote
    with pytest.raises(ApproachChanged):
        use.answer(market.host, host_id, brief_id, INTERESTED)


def test_a_host_applies_where_it_fits_and_hears_what_would_help_where_not(market: Market) -> None:
    use, host_id = approaches(market), market.host.tenant_id
    with pytest.raises(DoesNotFit, match="Payouts are not connected"):
        use.apply(market.host, host_id, market.brief_id, "I sell kettles.")
    market.payable()
    dear = post(market, budget_minor=100_00, flat_fee_minor=0, commission_basis_points=0)
    assert use.apply(market.agency, host_id, dear.brief_id, "Nadia could do it for less.").applied_by == market.agency.tenant_id
    with pytest.raises(DoesNotFit, match="It is for FR"):
        use.apply(market.host, host_id, post(market, market="FR").brief_id, "I sell kettles.")
    application = use.apply(market.host, host_id, market.brief_id, "I sell kettles.")
    with pytest.raises(NotNow, match="applied already"):
        use.apply(market.host, host_id, market.brief_id, "And pans.")
    assert use.applications(market.brand, market.brief_id) == (application,)
    with pytest.raises(BriefNotFound):
        use.applications(market.rival, market.brief_id)
    assert use.withdraw_application(market.host, host_id, market.brief_id).state is ApplicationState.WITHDRAWN
    use.apply(market.host, host_id, market.brief_id, "And pans.")
    declined = use.decline_application(market.brand, market.brief_id, host_id, "We have somebody.")
    assert (declined.state, declined.reason) == (ApplicationState.DECLINED, "We have somebody.")
    (*_, entry) = use.inbox(market.host)
    assert entry.application == declined


def test_terms_of_an_application_are_checked_when_they_come(market: Market) -> None:
    market.payable()
    use, host_id = approaches(market), market.host.tenant_id
    terms: dict[str, Any] = msgspec.to_builtins(market.terms(400_00))
    for changes in (
        {"currency": "EUR"},
        {"cap": {"amount_minor": -1, "scope": "show"}},
        {"splits": [{"payee_id": "agy_x", "share_basis_points": 1}]},
    ):
        with pytest.raises(BadTerms):
            use.apply(market.host, host_id, market.brief_id, "On my terms.", terms | changes)
    assert use.applications(market.brand, market.brief_id) == ()
    assert use.apply(market.host, host_id, market.brief_id, "On my terms.", terms).terms == terms


def test_terms_of_an_application_become_version_1_by_the_host_which_the_brand_accepts(market: Market) -> None:
    market.payable()
    found, use, host_id = market.console.services, approaches(market), market.host.tenant_id
    use.apply(market.host, host_id, market.brief_id, "On my terms.", msgspec.to_builtins(market.terms(400_00)))
    brief = found.matching.brief(market.brand, market.brief_id)
    offer = found.deals.applied.take_up(market.brand, brief, host_id, 48)
    assert (offer.version, offer.versions[0].by, offer.terms.flat_fee) == (1, "host", FlatFee(amount_minor=400_00))
    assert [show.starts_at for show in offer.shows] == [STARTS]
    (application,) = use.applications(market.brand, market.brief_id)
    assert (application.state, application.offer_id) == (ApplicationState.OFFERED, offer.offer_id)
    with pytest.raises(NotNow):
        found.deals.applied.take_up(market.brand, brief, host_id, 48)
    assert len(found.contracts.offers.list(market.brand)) == 1
    assert found.contracts.offers.accept(market.brand, offer.offer_id, 1).state == "accepted"


def test_an_application_without_terms_or_of_an_agency_that_the_host_has_left_is_not_taken_up(market: Market) -> None:
    market.payable()
    found, use, host_id = market.console.services, approaches(market), market.host.tenant_id
    brief = found.matching.brief(market.brand, market.brief_id)
    use.apply(market.agency, host_id, market.brief_id, "She is free.")
    with pytest.raises(NoTermsToTakeUp, match="without terms"):
        found.deals.applied.take_up(market.brand, brief, host_id, 48)
    use.withdraw_application(market.agency, host_id, market.brief_id)
    use.apply(market.agency, host_id, market.brief_id, "For this.", msgspec.to_builtins(replace(market.terms(), splits=())))
    leave_agency(market)
    with pytest.raises(NoTermsToTakeUp, match="does not speak for this host any more"):
        found.deals.applied.take_up(market.brand, brief, host_id, 48)


def test_an_offer_on_the_brands_own_terms_answers_the_application_too(market: Market) -> None:
    market.payable()
    use, host_id = approaches(market), market.host.tenant_id
    use.apply(market.host, host_id, market.brief_id, "I am free.")
    joins = market.console.services.deals.applied.answering(market.brand, market.brief_id, host_id)
    assert joins is not None
    transaction = Transaction()
    joins(transaction, market.console.services.contracts.offers.offer(market.offer()))
    transaction.commit()
    assert use.application(market.brand, market.brief_id, host_id).state is ApplicationState.OFFERED
    assert market.console.services.deals.applied.answering(market.brand, market.brief_id, host_id) is None


def test_questions_are_answered_in_the_open_and_other_hosts_do_not_learn_who_asked(market: Market) -> None:
    use, host_id, omar = approaches(market), market.host.tenant_id, other_host(market)
    question = use.ask(market.agency, host_id, market.brief_id, "Who pays for shipping?")
    seen = use.seen(omar, omar.tenant_id, market.brief_id)
    assert [(each.text, each.is_own, each.answer) for each in seen.questions] == [("Who pays for shipping?", False, "")]
    use.answer_question(market.brand, market.brief_id, question.question_id, "We do.")
    with pytest.raises(NotNow):
        use.answer_question(market.brand, market.brief_id, question.question_id, "You do.")
    seen = use.seen(omar, omar.tenant_id, market.brief_id)
    assert [each.answer for each in seen.questions] == ["We do."]
    assert host_id not in msgspec.json.encode(seen).decode()
    assert [each.is_own for each in use.seen(market.host, host_id, market.brief_id).questions] == [True]
    assert [each.creator_id for each in use.questions(market.brand, market.brief_id)] == [host_id]


def test_a_host_asks_only_so_many_questions_even_at_once(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    use, host_id = approaches(market), market.host.tenant_id
    for number in range(MAX_QUESTIONS_PER_HOST - 1):
        use.ask(market.host, host_id, market.brief_id, f"Question {number}?")
    known = use._store.questions(market.brief_id)
    use.ask(market.host, host_id, market.brief_id, "The last one?")
    with pytest.raises(TooMany):
        use.ask(market.host, host_id, market.brief_id, "One more?")
    monkeypatch.setattr(use._store, "questions", lambda _: known)  # read before the last one was written
    with pytest.raises(ApproachChanged):
        use.ask(market.host, host_id, market.brief_id, "One more?")
