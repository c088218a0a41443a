"""Offers that hold the host's time while they wait, and those of more shows than one transaction can book."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.adapters.dynamo import Transaction
from chalicelib.bookings.rules import SlotTaken
from chalicelib.bookings.series import SeriesTaken
from chalicelib.bookings.service import Deal, NewBooking
from chalicelib.bookings.states import State
from chalicelib.bookings.store import ClaimItem
from chalicelib.contracts.negotiation import BadOffer, BeingAccepted, Offer, OfferSuperseded
from chalicelib.contracts.rules import ContractState
from chalicelib.contracts.store import ContractStore
from tests.unit.test_contracts_service import MONDAY_19H, World, world

__all__ = ["world"]

TEN = tuple(MONDAY_19H + timedelta(weeks=week) for week in range(10))
"""Seven quarter hours each: more than one transaction can book."""


def held(world: World, *, hours: int = 24) -> Offer:
    return world.offer(hold_hours=hours)


def slots_taken() -> int:
    return sum(item.pk.startswith("slots#") for item in ClaimItem.scan())


def book(world: World, start: int) -> None:
    """Somebody else books one of the ten."""
    deal = Deal(offer_id="o", contract_id="c", brand_id=world.rival.tenant_id, creator_id=world.host.tenant_id, agency_id=None)
    transaction = Transaction()
    world.bookings.claim(transaction, deal, [NewBooking(booking_id="bkg_other", starts_at=TEN[start], minutes=60, title="Other")])
    transaction.commit()


def test_a_held_offer_keeps_others_away_until_it_is_declined(world: World) -> None:
    offer = held(world)
    assert offer.held_until == world.clock.now() + timedelta(hours=24)
    assert MONDAY_19H not in world.free()
    with pytest.raises(SlotTaken, match="held until 2011-01-04 12:00 for another offer"):
        world.offer(by=world.rival)
    world.contracts.offers.decline(world.host, offer.offer_id, 1, None)
    assert MONDAY_19H in world.free()
    assert slots_taken() == 0


def test_a_held_offer_is_withdrawn_or_expires_and_nothing_stays_held(world: World) -> None:
    world.contracts.offers.withdraw(world.brand, held(world).offer_id, 1)
    assert slots_taken() == 0
    held(world, hours=72)
    world.clock.advance(timedelta(hours=48))
    assert MONDAY_19H in world.free()
    world.contracts.end_silence()
    assert slots_taken() == 0


def test_a_hold_that_ended_before_the_answer_does_not_end_the_offer_but_another_may_come_first(world: World) -> None:
    offer = held(world, hours=1)
    world.clock.advance(timedelta(hours=1))
    world.contracts.end_silence()
    assert slots_taken() == 0
    assert world.contracts.offers.accept(world.host, offer.offer_id, 1).state is State.ACCEPTED

    second = world.offer(TEN[1], hold_hours=1)
    world.clock.advance(timedelta(hours=1))
    book(world, 1)
    with pytest.raises(SlotTaken):
        world.contracts.offers.accept(world.host, second.offer_id, 1)


def test_accepting_a_held_offer_turns_its_own_hold_into_a_booking(world: World) -> None:
    offer = held(world)
    assert world.contracts.offers.accept(world.host, offer.offer_id, 1).state is State.ACCEPTED
    world.clock.advance(timedelta(hours=30))
    world.contracts.end_silence()
    assert (len(world.bookings.list(world.host)), slots_taken()) == (1, 7)


def test_an_offer_without_a_hold_keeps_nobody_away(world: World) -> None:
    world.offer()
    assert MONDAY_19H in world.free()


@pytest.mark.parametrize("hours", [-1, 73])
def test_a_hold_has_limits(world: World, hours: int) -> None:
    with pytest.raises(BadOffer, match="at most 72 hours"):
        held(world, hours=hours)


def test_more_shows_than_one_transaction_can_book_are_held_at_once_and_booked_as_a_whole(world: World) -> None:
    offer = world.offer(*TEN)
    assert offer.held_until == world.clock.now() + timedelta(hours=24)
    assert (slots_taken(), world.bookings.list(world.brand)) == (70, ())

    accepted = world.contracts.offers.accept(world.host, offer.offer_id, 1)
    assert (accepted.state, accepted.accepting) == (State.ACCEPTED, None)
    assert world.topics() == [("offer.accepted", offer.offer_id)]
    contract = world.contracts.draft(offer.offer_id)
    assert [booking.starts_at for booking in world.bookings.list(world.host)] == list(TEN)
    world.sign(world.host, contract)
    assert world.sign(world.brand, contract).state is ContractState.SIGNED
    assert {booking.state for booking in world.bookings.list(world.host)} == {State.CONTRACTED}


def test_a_series_on_taken_dates_is_refused_with_each_of_them_and_holds_nothing(world: World) -> None:
    book(world, 2)
    with pytest.raises(SeriesTaken, match=r"1 of 10 shows cannot be booked, so none is: Nadia Hart is already booked for Mon 24 January"):
        world.offer(*TEN)
    assert (slots_taken(), world.contracts.offers.list(world.brand)) == (7, ())


def test_a_large_offer_whose_hold_has_ended_is_accepted_if_all_dates_are_still_free_and_else_not_at_all(world: World) -> None:
    offer = world.offer(*TEN)
    world.clock.advance(timedelta(hours=25))
    world.contracts.end_silence()
    assert slots_taken() == 0
    book(world, 4)
    with pytest.raises(SeriesTaken, match="1 of 10"):
        world.contracts.offers.accept(world.host, offer.offer_id, 1)
    assert (slots_taken(), world.contracts.offers.get(world.host, offer.offer_id).state) == (7, State.OFFERED)


def test_an_acceptance_that_breaks_off_is_ended_by_the_schedule_and_until_then_nobody_sees_half_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = world.offer(*TEN)
    with monkeypatch.context() as patched:
        patched.setattr(world.bookings.series, "complete", _break)
        with pytest.raises(RuntimeError):
            world.contracts.offers.accept(world.host, offer.offer_id, 1)
    assert world.contracts.offers.get(world.host, offer.offer_id).state is State.OFFERED
    assert world.bookings.list(world.host) == ()
    with pytest.raises(BeingAccepted):
        world.contracts.offers.withdraw(world.brand, offer.offer_id, 1)
    with pytest.raises(BeingAccepted):
        world.contracts.offers.accept(world.brand, offer.offer_id, 1)

    world.clock.advance(timedelta(days=3))
    world.contracts.end_silence()
    assert world.contracts.offers.get(world.host, offer.offer_id).state is State.ACCEPTED
    assert len(world.bookings.list(world.host)) == 10


def test_who_read_an_offer_before_its_acceptance_began_cannot_take_it_back_any_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    read_before = world.offer(*TEN)
    with monkeypatch.context() as patched:
        patched.setattr(world.bookings.series, "make_firm", _break)
        with pytest.raises(RuntimeError):
            world.contracts.offers.accept(world.host, read_before.offer_id, 1)
    late = Transaction()
    ContractStore().change_offer(late, read_before, replace(read_before, state=State.WITHDRAWN))
    with pytest.raises(OfferSuperseded):
        late.commit()


def test_who_asks_again_after_an_acceptance_broke_off_ends_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    offer = world.offer(*TEN)
    with monkeypatch.context() as patched:
        patched.setattr(world.bookings.series, "make_firm", _break)
        with pytest.raises(RuntimeError):
            world.contracts.offers.accept(world.host, offer.offer_id, 1)
    assert world.contracts.offers.accept(world.host, offer.offer_id, 1).state is State.ACCEPTED
    assert len(world.bookings.list(world.host)) == 10


def test_an_acceptance_that_lost_a_date_meanwhile_leaves_the_offer_open_and_frees_everything(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = world.offer(*TEN)
    with monkeypatch.context() as patched:
        patched.setattr(world.bookings.series, "make_firm", _break)
        with pytest.raises(RuntimeError):
            world.contracts.offers.accept(world.host, offer.offer_id, 1)
    world.clock.advance(timedelta(hours=24))
    book(world, 9)
    world.contracts.end_silence()
    assert (slots_taken(), world.contracts.offers.get(world.host, offer.offer_id).accepting) == (7, None)
    assert [booking.booking_id for booking in world.bookings.list(world.host)] == ["bkg_other"]


def test_a_large_contract_that_nobody_signs_frees_every_slot(world: World) -> None:
    world.agreed(*TEN)
    world.clock.advance(timedelta(days=10))
    world.contracts.end_silence()
    assert slots_taken() == 0
    assert {booking.state for booking in world.bookings.list(world.host)} == {State.EXPIRED}
    assert [contract.state for contract in world.contracts.list(world.host)] == [ContractState.LAPSED]


def _break(*_: object) -> None:
    raise RuntimeError
