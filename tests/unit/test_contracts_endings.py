"""Who signs first, who declines and why, what silence does, what history tells of it, and that nothing changes what was agreed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.adapters.dynamo import Transaction
from chalicelib.bookings.rules import SlotTaken
from chalicelib.bookings.states import Party, State
from chalicelib.contracts.amendment_rules import NotAmendable
from chalicelib.contracts.errors import (
    AlreadySigned,
    ContractDeclined,
    ContractLapsed,
    OutOfOrder,
    ReasonMissing,
    SignatoryNeeded,
    WrongDocument,
)
from chalicelib.contracts.evidence import EventKind, SignerDetails, is_intact, sha256_of
from chalicelib.contracts.frozen import TermsAreFrozen, require_same_contract, require_same_offer
from chalicelib.contracts.rules import Contract, ContractState, ContractVersion, Ending
from chalicelib.contracts.store import ContractStore
from chalicelib.contracts.terms import CommissionRule, SigningOrder, Tier
from chalicelib.core.access import Role
from chalicelib.history.rules import Side
from chalicelib.matching.store import BriefItem
from tests.unit.test_contracts_service import MONDAY_19H, TERMS, WEDNESDAY_19H, World, world

__all__ = ["world"]

CUT = replace(TERMS, rules=(CommissionRule(rule_id="all", tiers=(Tier(from_value=0, rate_basis_points=500),)),))


def drafted(world: World, order: SigningOrder = SigningOrder.ANY) -> Contract:
    offer = world.offer(terms=replace(TERMS, signing_order=order))
    world.contracts.offers.accept(world.host, offer.offer_id, 1)
    return world.contracts.draft(offer.offer_id)


def signed(world: World, contract: Contract) -> Contract:
    world.sign(world.host, contract)
    return world.sign(world.brand, contract)


def told(world: World, contract: Contract) -> list[tuple[EventKind, Party]]:
    evidence = world.contracts.evidence(world.host, contract.contract_id)
    assert evidence.intact
    return [(entry.event.kind, entry.event.party) for entry in evidence.events]


@pytest.mark.parametrize(("order", "first"), [(SigningOrder.BRAND_FIRST, Party.BRAND), (SigningOrder.HOST_FIRST, Party.HOST)])
def test_a_contract_is_signed_in_the_order_that_it_says_and_is_put_before_the_second_side_then(
    world: World, order: SigningOrder, first: Party
) -> None:
    contract = drafted(world, order)
    people = {Party.BRAND: world.brand, Party.HOST: world.host}
    (second,) = set(people) - {first}
    assert told(world, contract) == [(EventKind.CREATED, Party.PLATFORM), (EventKind.SENT, first)]
    with pytest.raises(OutOfOrder, match=f"the {first.value} signs first"):
        world.sign(people[second], contract)
    world.sign(people[first], contract)
    assert world.sign(people[second], contract).state is ContractState.SIGNED
    assert [each for each in told(world, contract)[2:] if each[0] is not EventKind.VIEWED] == [
        (EventKind.CONSENTED, first),
        (EventKind.SIGNED, first),
        (EventKind.SENT, second),
        (EventKind.CONSENTED, second),
        (EventKind.SIGNED, second),
        (EventKind.COMPLETED, Party.PLATFORM),
    ]


def test_the_document_says_who_signs_first(world: World) -> None:
    contract = drafted(world, SigningOrder.HOST_FIRST)
    assert "The host signs first, and then the brand." in world.contracts.document(world.brand, contract.contract_id, world.context())


@pytest.mark.parametrize("by", [Party.BRAND, Party.HOST])
def test_who_declines_to_sign_ends_the_contract_frees_the_time_and_both_see_why(world: World, by: Party) -> None:
    contract = drafted(world)
    assert MONDAY_19H not in world.free()
    who = world.brand if by is Party.BRAND else world.host
    world.contracts.decline(who, contract.contract_id, "  The fee is not what we spoke about. ", world.context())
    for reader in (world.brand, world.host, world.agency):
        ended = world.contracts.get(reader, contract.contract_id)
        assert ended.state is ContractState.DECLINED
        assert ended.ending == Ending(by=by, reason="The fee is not what we spoke about.", at=world.clock.now())
    assert [booking.state for booking in world.bookings.list(world.host)] == [State.DECLINED]
    assert MONDAY_19H in world.free()
    assert told(world, contract)[-1] == (EventKind.DECLINED, by)
    last = world.contracts.evidence(world.host, contract.contract_id).events[-1]
    assert last.signer is not None
    assert last.signer.reason == "The fee is not what we spoke about."
    with pytest.raises(ContractDeclined, match="not what we spoke about"):
        world.sign(world.host, contract)
    with pytest.raises(ContractDeclined):
        world.contracts.decline(world.host, contract.contract_id, "Me too", world.context())
    world.clock.advance(timedelta(days=7))
    assert world.contracts.end_silence() == 0


def test_a_reason_is_needed_and_who_has_signed_or_may_not_sign_does_not_decline(world: World) -> None:
    contract = drafted(world)
    with pytest.raises(ReasonMissing):
        world.contracts.decline(world.host, contract.contract_id, "  ", world.context())
    with pytest.raises(ReasonMissing):
        world.contracts.decline(world.host, contract.contract_id, "x" * 501, world.context())
    with pytest.raises(SignatoryNeeded):
        world.contracts.decline(replace(world.brand, role=Role.BRAND_VIEWER), contract.contract_id, "No", world.context())
    world.sign(world.brand, contract)
    with pytest.raises(AlreadySigned, match="brand has signed"):
        world.contracts.decline(world.brand, contract.contract_id, "Second thoughts", world.context())
    world.sign(world.host, contract)
    with pytest.raises(AlreadySigned):
        world.contracts.decline(world.host, contract.contract_id, "Too late", world.context())
    assert world.contracts.contract(contract.contract_id).state is ContractState.SIGNED


def test_declining_a_large_contract_frees_every_show(world: World) -> None:
    starts = [MONDAY_19H + timedelta(days=day) for day in range(21)]
    offer = world.offer(*starts)
    world.contracts.offers.accept(world.host, offer.offer_id, 1)
    contract = world.contracts.draft(offer.offer_id)
    world.contracts.decline(world.host, contract.contract_id, "Ill", world.context())
    bookings = world.bookings.list(world.host)
    assert {booking.state for booking in bookings} == {State.DECLINED}
    assert [booking.slots for booking in bookings] == [()] * 21


def test_a_lapse_says_who_did_not_sign_and_is_part_of_the_chain(world: World) -> None:
    contract = drafted(world)
    world.sign(world.brand, contract)
    world.clock.advance(timedelta(days=7))
    with pytest.raises(ContractLapsed):
        world.contracts.decline(world.host, contract.contract_id, "Too late", world.context())
    assert world.contracts.end_silence() == 1
    ending = world.contracts.get(world.brand, contract.contract_id).ending
    assert ending is not None
    assert (ending.by, ending.reason) == (Party.PLATFORM, "It was not signed by the host until 2011-01-10 12:00 UTC.")
    assert told(world, contract)[-1] == (EventKind.LAPSED, Party.PLATFORM)


def test_the_deals_history_tells_each_move_and_each_refusal_with_its_reason(world: World) -> None:
    contract = drafted(world, SigningOrder.BRAND_FIRST)
    with pytest.raises(OutOfOrder):
        world.sign(world.host, contract)
    with pytest.raises(WrongDocument):
        world.sign(world.brand, contract, document_sha256="0" * 64)
    with pytest.raises(SignatoryNeeded):
        world.sign(replace(world.agency, user_id="u-star"), contract)
    world.sign(world.brand, contract)
    world.contracts.decline(world.host, contract.contract_id, "No", world.context())
    entries = world.history.of_deal(contract.contract_id)
    assert [(entry.act, entry.actor.side, entry.refused) for entry in entries] == [
        ("offer", Side.BRAND, None),
        ("accept", Side.HOST, None),
        ("draw_up", Side.PLATFORM, None),
        ("sign", Side.HOST, "This document says that the brand signs first. You can sign as soon as the brand has."),
        ("sign", Side.BRAND, "This is not the document that is to be signed. Load it again, read it, and sign that one."),
        (
            "sign",
            Side.HOST,
            "You may read this contract, but not sign it. It is signed by an owner or booker of the brand, and by the host.",
        ),
        ("sign", Side.BRAND, None),
        ("decline_to_sign", Side.HOST, None),
    ]
    assert entries[-1].sentence == "Declined to sign, so the contract is over and the host's time is free: No"
    assert entries[-1].evidence == (f"SHA-256 {contract.document_sha256}",)


def test_a_chain_from_before_reasons_were_recorded_still_holds() -> None:
    details = SignerDetails(salt="s", email="e", typed_name="n", address="a", user_agent="u", locale="l")
    assert sha256_of(details) == "2a870740e57ae2c07ff37972c123782c497309473e0625a78cc25b4ecb762cdf"
    assert sha256_of(replace(details, reason="No")) != sha256_of(details)


def test_a_cut_that_a_brand_announces_reaches_no_offer_and_no_contract_that_is_there(world: World) -> None:
    contract, waiting = drafted(world), world.offer(WEDNESDAY_19H)
    binding = signed(world, contract)
    text = world.contracts.document(world.host, contract.contract_id, world.context())
    lower = replace(world.matching.brief(world.brand, world.brief_id), commission_basis_points=500, flat_fee_minor=100_00)
    BriefItem(f"tenant#{lower.brand_id}", f"brief#{lower.brief_id}", brief=lower).save()
    assert world.matching.brief(world.brand, world.brief_id).commission_basis_points == 500
    cut = world.offer(WEDNESDAY_19H, terms=CUT)
    assert world.contracts.offers.get(world.host, waiting.offer_id).versions == waiting.versions
    assert world.contracts.contract(contract.contract_id).versions == binding.versions
    assert world.contracts.document(world.host, contract.contract_id, world.context()) == text
    world.contracts.offers.accept(world.host, waiting.offer_id, 1)
    assert world.contracts.draft(waiting.offer_id).terms == TERMS
    with pytest.raises(SlotTaken):
        world.contracts.offers.accept(world.host, cut.offer_id, 1)
    assert "Rates are locked" in text


def test_an_amendment_binds_later_shows_and_leaves_the_terms_of_earlier_ones(world: World) -> None:
    offer = world.offer(MONDAY_19H, WEDNESDAY_19H)
    world.contracts.offers.accept(world.host, offer.offer_id, 1)
    contract = signed(world, world.contracts.draft(offer.offer_id))
    given = {"in_force_from": WEDNESDAY_19H, "reset_totals": False, "context": world.context()}
    waiting = world.contracts.amendments.propose(world.brand, contract.contract_id, CUT, **given)  # type: ignore[arg-type]
    assert waiting.amendment is not None
    amended = waiting
    for who in (world.brand, world.host):
        world.contracts.document(who, contract.contract_id, world.context(), 2)
        amended = world.contracts.amendments.sign(
            who,
            contract.contract_id,
            2,
            document_sha256=waiting.amendment.document_sha256,
            typed_name="Somebody",
            consent=True,
            context=world.context(),
        )
    assert [(each.version, each.terms, each.in_force_from) for each in amended.versions] == [(1, TERMS, None), (2, CUT, WEDNESDAY_19H)]
    assert [entry.act for entry in world.history.of_deal(contract.contract_id)][-3:] == [
        "propose_amendment",
        "sign_amendment",
        "complete_amendment",
    ]
    assert is_intact(amended, world.contracts.evidence(world.host, contract.contract_id).events)


def test_a_contract_that_was_declined_or_has_lapsed_is_not_amended(world: World) -> None:
    contract = drafted(world)
    world.contracts.decline(world.host, contract.contract_id, "No", world.context())
    with pytest.raises(NotAmendable, match="nothing to amend"):
        world.contracts.amendments.propose(
            world.brand, contract.contract_id, CUT, in_force_from=MONDAY_19H, reset_totals=False, context=world.context()
        )
    assert world.history.of_deal(contract.contract_id)[-1].act == "propose_amendment"


def test_nothing_changes_a_version_behind_a_contract_or_an_offer(world: World) -> None:
    offer = world.offer()
    contract = drafted(world)
    edited = replace(offer, versions=(replace(offer.versions[0], terms=CUT),))
    with pytest.raises(TermsAreFrozen):
        require_same_offer(offer, edited)
    first = contract.versions[0]
    for other in (
        replace(contract, terms=CUT),
        replace(contract, document_sha256="0" * 64),
        replace(contract, terms=CUT, versions=(replace(first, terms=CUT),)),
        replace(contract, terms=CUT, versions=(first, ContractVersion(version=2, terms=CUT, document_sha256=first.document_sha256))),
    ):
        with pytest.raises(TermsAreFrozen):
            require_same_contract(contract, other)
        with pytest.raises(TermsAreFrozen):
            ContractStore().change_contract(Transaction(), contract, other, ())
    with pytest.raises(TermsAreFrozen):
        ContractStore().change_offer(Transaction(), offer, edited)


def test_an_amendment_is_signed_in_the_order_that_it_says_itself(world: World) -> None:
    contract = signed(world, drafted(world))
    new = replace(CUT, signing_order=SigningOrder.HOST_FIRST)
    amendments, context = world.contracts.amendments, world.context()
    waiting = amendments.propose(
        world.brand, contract.contract_id, new, in_force_from=MONDAY_19H, reset_totals=False, context=context
    ).amendment
    assert waiting is not None
    given = {"document_sha256": waiting.document_sha256, "typed_name": "A name", "consent": True, "context": context}
    for who in (world.brand, world.host):
        world.contracts.document(who, contract.contract_id, context, 2)
    with pytest.raises(OutOfOrder, match="the host signs first"):
        amendments.sign(world.brand, contract.contract_id, 2, **given)  # type: ignore[arg-type]
    amendments.sign(world.host, contract.contract_id, 2, **given)  # type: ignore[arg-type]
    assert amendments.sign(world.brand, contract.contract_id, 2, **given).terms == new  # type: ignore[arg-type]
    assert [kind for kind, _ in told(world, contract) if kind is not EventKind.VIEWED][-8:] == [
        EventKind.PROPOSED,
        EventKind.SENT,
        EventKind.CONSENTED,
        EventKind.SIGNED,
        EventKind.SENT,
        EventKind.CONSENTED,
        EventKind.SIGNED,
        EventKind.COMPLETED,
    ]


def test_an_unsigned_contract_that_loses_a_show_keeps_its_terms_and_is_put_before_both_sides_again(world: World) -> None:
    offer = world.offer(MONDAY_19H, WEDNESDAY_19H)
    world.contracts.offers.accept(world.host, offer.offer_id, 1)
    contract = world.contracts.draft(offer.offer_id)
    before = world.sign(world.host, contract)
    transaction = Transaction()
    after = world.contracts.dropping.drop_in(transaction, before, contract.bookings[0].booking_id)
    transaction.commit()
    assert (after.signatures, after.terms, [each.terms for each in after.versions]) == ((), TERMS, [TERMS])
    assert after.document_sha256 != before.document_sha256
    assert [kind for kind, _ in told(world, contract)][-3:] == [EventKind.CREATED, EventKind.SENT, EventKind.SENT]
    for cut in (replace(after, signatures=before.signatures), replace(after, bookings=before.bookings)):
        with pytest.raises(TermsAreFrozen):
            require_same_contract(before, cut)
    with pytest.raises(WrongDocument):
        world.sign(world.brand, before)
    assert signed(world, after).state is ContractState.SIGNED
