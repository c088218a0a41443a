"""Called off before its start, or missed by its host: from the use case to the books, which the audit finds in order after each."""

from datetime import timedelta

import boto3
import pytest

from chalicelib.adapters.dynamo import Transaction
from chalicelib.bookings.service import BookingChanged
from chalicelib.bookings.states import Booking, NotAllowedNow, State
from chalicelib.contracts.errors import ContractLapsed, WrongDocument
from chalicelib.contracts.offers import AgencyHasLeft
from chalicelib.contracts.rules import ContractState
from chalicelib.core.errors import PrimetimeError
from chalicelib.endings.errors import CostsOtherwise, TooEarly, TooLate
from chalicelib.endings.rules import times
from chalicelib.shows.errors import ShowMoved
from chalicelib.shows.rules import Edit
from tests.fakes.console import OPERATOR, STARTS, Market, console, market
from tests.unit.endings_kit import ENDS, FEE, House, acts, refusals
from tests.unit.test_matching_approaches import leave_agency

__all__ = ["console", "market"]

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def house(market: Market) -> House:
    return House(market)


def test_the_host_cancels_where_the_table_says_half_and_owes_ten_thousand_in_the_books(house: House) -> None:
    booking_id = house.signed()
    house.at(STARTS - timedelta(hours=30))
    quote = house.endings.cancellation(house.host, booking_id)
    assert quote.sentence == (
        "50 % of 20,000.00 GBP: the row from 24 hours before the start; 30 hours are left. The host owes the brand 10,000.00 GBP."
    )
    assert house.cancel(house.host, booking_id) == -10_000_00
    assert (house.stages(), house.problems()) == ({"payable": -10_000_00}, [])
    booking = house.state_of(booking_id)
    assert (booking.state, booking.slots) == (State.CANCELLED, ())
    assert house.console.services.bookings.is_free(house.host.tenant_id, STARTS, 60)
    assert acts(house, booking_id) == [("cancel", "host")]


def test_a_brand_that_cancels_owes_the_host_the_same_share(house: House) -> None:
    booking_id = house.signed()
    house.at(STARTS - HOUR)
    assert house.cancel(house.brand, booking_id) == FEE
    assert (house.stages(), house.problems()) == ({"unfunded": FEE}, [])


def test_no_deposit_is_asked_for_a_show_that_was_called_off(house: House) -> None:
    booking_id = house.signed(shows=3)
    contract = house.console.services.contracts.contract(house.contract_id(booking_id))
    payouts = house.console.services.payouts
    assert payouts.fundings.deposit_due(contract.contract_id) == 3 * FEE // 2
    house.at(STARTS - 4 * DAY)
    assert house.cancel(house.brand, booking_id) == 0
    assert payouts.fundings.deposit_due(contract.contract_id) == FEE
    assert payouts.money_of_deals.of(contract).deposit_due_minor == FEE


def test_an_agency_cancels_for_its_host(house: House) -> None:
    booking_id = house.signed()
    house.at(STARTS - HOUR)
    assert house.cancel(house.market.agency, booking_id) == -FEE


def test_an_agency_that_the_host_has_left_ends_nothing_and_the_history_shows_the_attempts(house: House) -> None:
    booking_id = house.signed()
    leave_agency(house.market)
    house.at(STARTS - HOUR)
    agency, endings = house.market.agency, house.endings
    with pytest.raises(AgencyHasLeft):
        endings.cancel(agency, booking_id, confirmed_minor=-FEE, reason="She is ours.")
    with pytest.raises(AgencyHasLeft):
        endings.disputes.dispute(agency, booking_id, about=None, statement="She is ours.")
    assert [act for act, _ in refusals(house, booking_id)] == ["cancel", "dispute"]


def test_what_costs_something_else_by_now_is_not_booked_and_the_history_shows_the_attempt(house: House) -> None:
    booking_id = house.signed()
    house.at(STARTS - timedelta(hours=24))
    seen = house.endings.cancellation(house.host, booking_id).confirmed_minor
    house.at(STARTS - timedelta(hours=23))
    with pytest.raises(CostsOtherwise, match=r"20,000\.00 GBP"):
        house.endings.cancel(house.host, booking_id, confirmed_minor=seen, reason="ill")
    assert house.state_of(booking_id).state is State.CONTRACTED
    ((act, why),) = refusals(house, booking_id)
    assert act == "cancel"
    assert why.startswith("It costs something else")


def test_from_its_start_on_a_show_is_not_called_off_any_more(house: House) -> None:
    booking_id = house.signed()
    house.at(STARTS)
    quote = house.endings.cancellation(house.brand, booking_id)
    assert quote.cost is None
    assert "was to start at Mon 10 Jan 2011, 19:00 UTC" in str(quote.refused)
    with pytest.raises(TooLate):
        house.endings.cancel(house.brand, booking_id, confirmed_minor=0, reason="no")
    house.held(booking_id)
    with pytest.raises(NotAllowedNow):
        house.endings.cancel(house.brand, booking_id, confirmed_minor=0, reason="no")
    assert [act for act, _ in refusals(house, booking_id)] == ["cancel", "cancel"]


def test_neither_the_operator_nor_another_brand_cancels(house: House) -> None:
    booking_id = house.signed()
    with pytest.raises(PrimetimeError):
        house.endings.cancel(OPERATOR, booking_id, confirmed_minor=0, reason="no")
    with pytest.raises(PrimetimeError, match="no such booking"):
        house.endings.cancel(house.market.rival, booking_id, confirmed_minor=0, reason="no")
    assert house.state_of(booking_id).state is State.CONTRACTED


def test_of_two_that_cancel_at_once_one_wins_and_one_cancellation_is_booked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    booking_id = house.signed()
    house.at(STARTS - HOUR)
    commit = Transaction.commit
    raced: list[str] = []

    def brand_is_faster(transaction: Transaction) -> None:
        if not raced:
            raced.append(booking_id)
            house.endings.cancel(house.brand, booking_id, confirmed_minor=FEE, reason="we do not need it")
        commit(transaction)

    monkeypatch.setattr(Transaction, "commit", brand_is_faster)
    with pytest.raises((BookingChanged, ShowMoved)):
        house.endings.cancel(house.host, booking_id, confirmed_minor=-FEE, reason="ill")
    house.console.work()
    assert (house.stages(), house.problems()) == ({"unfunded": FEE}, [])
    assert len(refusals(house, booking_id)) == 1


def test_a_show_that_is_signed_while_somebody_calls_it_off_for_nothing_is_not_called_off(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafted = house.drafted()
    booking_id = drafted.bookings[0].booking_id

    def sign_meanwhile(*_: object) -> None:
        house.sign(drafted, house.brand, house.host)

    monkeypatch.setattr("chalicelib.endings.service._demand_confirmed", sign_meanwhile)
    with pytest.raises(BookingChanged):
        house.endings.cancel(house.host, booking_id, confirmed_minor=0, reason="ill")
    assert house.state_of(booking_id).state is State.CONTRACTED


def test_a_published_page_of_a_cancelled_show_says_so(house: House) -> None:
    booking_id = house.signed()
    found = house.console.services
    show = found.shows.show(house.show_id(booking_id))
    found.shows.edit(house.brand, show.show_id, _line_up(house))
    found.shows.request_publishing(house.brand, show.show_id)
    house.console.work()
    house.cancel(house.host, booking_id)
    folder = f"shows/{show.slug}"
    bucket = boto3.client("s3")
    page, state, entry = (
        bucket.get_object(Bucket="test-pages", Key=f"{folder}/{name}")["Body"].read().decode()
        for name in ("index.html", "state.json", "show.ics")
    )
    assert "This show was cancelled" in page
    assert "EventCancelled" in page
    assert '"cancelled"' in state
    assert "STATUS:CANCELLED" in entry


def test_before_signing_nobody_owes_anything_and_the_last_show_ends_the_contract(house: House) -> None:
    drafted = house.drafted()
    booking_id = drafted.bookings[0].booking_id
    house.sign(drafted, house.brand)
    assert house.cancel(house.host, booking_id) == 0
    after = house.console.services.contracts.contract(drafted.contract_id)
    assert after.state is ContractState.ENDED
    assert house.console.services.bookings.is_free(house.host.tenant_id, STARTS, 60)
    with pytest.raises(ContractLapsed, match="called off"):
        house.sign(drafted, house.host)
    assert house.console.services.contracts.evidence(house.brand, drafted.contract_id).intact
    house.at(STARTS + 30 * DAY)
    assert house.console.services.contracts.contract(drafted.contract_id).state is ContractState.ENDED


def test_an_unsigned_contract_that_loses_a_show_is_drawn_up_anew_and_signed_anew(house: House) -> None:
    drafted = house.drafted(shows=2)
    first, second = (booked.booking_id for booked in drafted.bookings)
    house.sign(drafted, house.brand)
    house.cancel(house.brand, first)
    found = house.console.services.contracts
    after = found.contract(drafted.contract_id)
    assert ([booked.booking_id for booked in after.bookings], after.signatures) == ([second], ())
    with pytest.raises(WrongDocument):
        found.sign(
            house.host,
            drafted.contract_id,
            document_sha256=drafted.document_sha256,
            typed_name="Nadia",
            consent=True,
            context=house.context(),
        )
    signed = house.sign(after, house.brand, house.host)
    assert signed.state is ContractState.SIGNED
    assert (house.state_of(first).state, house.state_of(second).state) == (State.CANCELLED, State.CONTRACTED)
    assert found.evidence(house.brand, drafted.contract_id).intact


def test_a_contract_that_was_not_drawn_up_yet_loses_its_show_all_the_same(house: House) -> None:
    offers = house.console.services.contracts.offers
    offer_id = house.market.offer()
    offers.accept(house.host, offer_id, 1)
    (booked,) = offers.offer(offer_id).shows
    assert house.cancel(house.brand, booked.booking_id) == 0
    house.console.work()
    assert house.console.services.contracts.draft(offer_id).state is ContractState.ENDED


def test_a_host_who_does_not_appear_owes_what_the_table_says_with_no_hours_left(house: House) -> None:
    booking_id = house.signed()
    house.at(STARTS + timedelta(minutes=29))
    with pytest.raises(TooEarly):
        house.endings.report_no_show(house.brand, booking_id, confirmed_minor=-FEE, statement="nobody here")
    house.at(STARTS + timedelta(minutes=30))
    assert house.missed(house.brand, booking_id) == -FEE
    assert house.state_of(booking_id).state is State.NO_SHOW
    assert (house.stages(), house.problems()) == ({"payable": -FEE}, [])
    assert acts(house, booking_id) == [("report_no_show", "brand"), ("report_no_show", "brand")]


def test_a_table_without_a_row_for_no_hours_costs_an_absent_host_the_fee_alone(house: House) -> None:
    terms = house.terms(only_early_rows=True)
    booking_id = house.signed(terms=terms)
    house.at(ENDS)
    assert house.missed(OPERATOR, booking_id) == 0
    assert (house.stages(), house.problems()) == ({}, [])


def test_a_host_does_not_say_that_nobody_appeared(house: House) -> None:
    booking_id = house.signed()
    house.at(ENDS)
    with pytest.raises(PrimetimeError, match="The host cannot"):
        house.endings.report_no_show(house.host, booking_id, confirmed_minor=-FEE, statement="I was ill")


def test_a_show_that_nobody_started_is_missed_by_the_clock_a_day_after_its_end_and_not_before(house: House) -> None:
    booking_id = house.signed()
    house.at(ENDS + times.MISSED_BY_CLOCK_AFTER - timedelta(minutes=1))
    assert house.state_of(booking_id).state is State.CONTRACTED
    house.at(ENDS + times.MISSED_BY_CLOCK_AFTER)
    assert house.state_of(booking_id).state is State.NO_SHOW
    assert (house.stages(), house.problems()) == ({"payable": -FEE}, [])
    assert acts(house, booking_id) == [("report_no_show", "platform")]


def test_a_booking_at_which_the_clock_fails_holds_up_no_other_and_comes_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    first = house.signed(shows=2)
    contract = house.console.services.contracts.contract(house.contract_id(first))
    second = contract.bookings[1].booking_id
    found = house.console.services.bookings.booking

    def broken(booking_id: str) -> Booking:
        if booking_id == first:
            raise OverflowError
        return found(booking_id)

    due = ENDS + timedelta(days=1) + times.MISSED_BY_CLOCK_AFTER
    house.console.services.clock.set(due)
    with monkeypatch.context() as patch:
        patch.setattr(house.console.services.bookings, "booking", broken)
        house.endings.schedule.end_silence()
    assert [house.state_of(each).state for each in (first, second)] == [State.CONTRACTED, State.NO_SHOW]
    house.endings.schedule.end_silence()
    assert house.state_of(first).state is State.NO_SHOW


def test_a_show_that_nobody_ended_ends_by_the_clock_as_planned(house: House) -> None:
    booking_id = house.signed()
    house.market.on_air(house.show_id(booking_id))
    house.at(ENDS + times.MISSED_BY_CLOCK_AFTER)
    show = house.console.services.shows.show(house.show_id(booking_id))
    assert show.ended is not None
    assert (show.ended.occurred_at, house.state_of(booking_id).state) == (ENDS, State.COMPLETED)


def _line_up(house: House) -> Edit:
    return Edit(line_up=house.console.services.shows.line_up(house.brand, ["22423"]))
