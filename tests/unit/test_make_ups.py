"""Make-up shows of a sales guarantee: proposed, booked as shows of the contract, tracked, and paid for or given back."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from chalicelib.bookings.states import State
from chalicelib.contracts.rules import Contract
from chalicelib.contracts.terms import MakeUp, SalesGuarantee, Scope
from chalicelib.payouts.rules.funding import FundingKind
from chalicelib.shows.errors import NoMakeUp
from chalicelib.shows.rearranging import NewMakeUp, OtherTime
from chalicelib.shows.rules import ShowState
from chalicelib.shows.rules.proposals import Answer
from tests.fakes.console import STARTS, Market, console, market
from tests.unit.endings_kit import FEE, House
from tests.unit.rearranging_kit import DAY, answers, at, booking, facts, line_up, new_id, now_of, ran

__all__ = ["console", "market"]

GUARANTEE = SalesGuarantee(net_sales_minor=60_000_00, scope=Scope.CONTRACT, make_up=MakeUp(shows=2, within_days=20, fee_minor=50_00))
DECLINE = Answer.DECLINE


def with_make_ups(market: Market, monkeypatch: pytest.MonkeyPatch) -> Contract:
    """A contract whose only show took place without sales; two make-ups for 50.00 each are agreed, within 20 days."""
    plain = Market.terms
    monkeypatch.setattr(Market, "terms", lambda each, fee_minor=300_00: replace(plain(each, fee_minor), sales_guarantee=GUARANTEE))
    contract = market.signed()
    ran(market, contract.bookings[0].show_id, STARTS)
    return contract


def made_up(market: Market, contract: Contract, starts_at: datetime) -> str:
    """A make-up show that both agreed on; its show."""
    wanted = NewMakeUp(starts_at=starts_at)
    proposal = at(market).propose_make_up(market.host, contract.bookings[0].show_id, wanted, new_id())
    answers(market, proposal, market.brand)
    return now_of(market, contract).bookings[-1].show_id


def test_make_up_shows_are_booked_as_shows_of_the_contract_and_tracked_until_they_are_performed(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = with_make_ups(market, monkeypatch)
    show_id, held = made_up(market, contract, STARTS + 5 * DAY), contract.bookings[0].show_id
    booked = now_of(market, contract).bookings[-1]
    assert (booked.is_make_up, booked.makes_up_for, booked.title, booked.minutes) == (True, held, "Make-up: Winter <table>", 60)
    assert booking(market, booked.booking_id).state is State.CONTRACTED
    assert market.console.services.shows.show(show_id).state is ShowState.DRAFT
    (tracked,) = at(market).make_ups(market.brand, contract.contract_id)
    assert (tracked.agreed, tracked.left, tracked.performed, tracked.due_until) == (2, 1, 0, date(2011, 1, 30))
    first, make_up = facts(market, contract)
    assert (first.is_make_up, make_up.is_make_up, make_up.makes_up_for) == (False, True, held)
    assert make_up.signed is not None
    assert make_up.signed.occurred_at == STARTS + timedelta(hours=1)
    ran(market, show_id, STARTS + 5 * DAY)
    (tracked,) = at(market).make_ups(market.host, contract.contract_id)
    assert (tracked.left, tracked.performed, tracked.booked) == (1, 1, (show_id,))


def earned(market: Market, contract: Contract) -> int:
    payouts = market.console.services.payouts
    assert [finding for findings in payouts.audit().values() for finding in findings] == []
    statement = payouts.accruals.computed(contract.contract_id, market.console.services.clock.now()).statement
    return sum(row.amount_minor for show in statement.shows for row in show.rows if row.component in {"flat_fee", "guarantee_give_back"})


def passes(market: Market, instant: datetime) -> None:
    market.console.services.clock.set(instant)
    market.console.services.release()
    market.console.work()


def test_make_up_shows_performed_in_time_give_back_pro_rata_only_and_are_paid_for(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = with_make_ups(market, monkeypatch)
    for days in (3, 5):
        ran(market, made_up(market, contract, STARTS + days * DAY), STARTS + days * DAY)
    market.imported("o-1,1,22423,2011-01-15T19:30:00Z,1,30000.00,GBP")
    passes(market, STARTS + 40 * DAY)
    assert earned(market, contract) == 150_00 + 2 * 50_00


def test_make_up_shows_agreed_and_not_performed_give_the_whole_fee_back(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = with_make_ups(market, monkeypatch)
    ran(market, made_up(market, contract, STARTS + 3 * DAY), STARTS + 3 * DAY)
    market.imported("o-1,1,22423,2011-01-13T19:30:00Z,1,30000.00,GBP")
    passes(market, STARTS + 20 * DAY)
    assert earned(market, contract) == 300_00 + 50_00
    passes(market, STARTS + 21 * DAY)
    assert earned(market, contract) == 50_00


def test_no_more_make_up_shows_than_agreed_none_too_early_and_none_too_late(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Market.terms
    monkeypatch.setattr(Market, "terms", lambda each, fee_minor=300_00: replace(plain(each, fee_minor), sales_guarantee=GUARANTEE))
    contract = market.signed()
    with pytest.raises(NoMakeUp, match="are over"):
        made_up(market, contract, STARTS + DAY)
    ran(market, contract.bookings[0].show_id, STARTS)
    with pytest.raises(NoMakeUp, match="until 2011-01-30"):
        made_up(market, contract, STARTS + 21 * DAY)
    made_up(market, contract, STARTS + 2 * DAY)
    wanted = NewMakeUp(starts_at=STARTS + 4 * DAY)
    late = at(market).propose_make_up(market.brand, contract.bookings[0].show_id, wanted, "prp_late")
    answers(market, late, market.host, DECLINE)
    made_up(market, contract, STARTS + 6 * DAY)
    with pytest.raises(NoMakeUp, match="2 make-up shows"):
        made_up(market, contract, STARTS + 8 * DAY)
    extra = now_of(market, contract).bookings[-1].show_id
    with pytest.raises(NoMakeUp, match="no make-up show for this one"):
        at(market).propose_make_up(market.brand, extra, NewMakeUp(starts_at=STARTS + 9 * DAY), "prp_x")


def test_no_deposit_is_asked_for_a_make_up_show_on_any_page(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    contract, console = with_make_ups(market, monkeypatch), market.console
    fundings, path = console.services.payouts.fundings, f"/contracts/{contract.contract_id}"
    assert ">Pay £150.00<" in console.get(path, market.brand).text
    asked = fundings.request(market.brand, contract.contract_id, FundingKind.DEPOSIT)
    console.work()
    console.stripe.pay(f"cs_{asked.funding_id}")
    fundings.observe(console.stripe.checkout(f"cs_{asked.funding_id}"))
    made_up(market, contract, STARTS + 5 * DAY)
    assert fundings.deposit_due(contract.contract_id) == 0
    assert ">Pay £" not in console.get(path, market.brand).text
    assert "payment/deposit" not in console.get(f"{path}/payment", market.brand).text
    assert "Pay £" not in console.get("/brand", market.brand).text


def test_a_contract_without_make_ups_has_none(market: Market) -> None:
    contract = market.signed()
    ran(market, contract.bookings[0].show_id, STARTS)
    assert at(market).make_ups(market.brand, contract.contract_id) == ()
    with pytest.raises(NoMakeUp):
        made_up(market, contract, STARTS + DAY)


def test_a_make_up_show_can_move_as_any_other(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = with_make_ups(market, monkeypatch)
    show_id = made_up(market, contract, STARTS + 3 * DAY)
    booked = now_of(market, contract).bookings[-1]
    proposal = at(market).propose_time(market.brand, booked.booking_id, OtherTime(starts_at=STARTS + 4 * DAY), "prp_m")
    answers(market, proposal, market.host)
    moved = now_of(market, contract).bookings[-1]
    assert (moved.show_id, moved.is_make_up, moved.starts_at) == (show_id, True, STARTS + 4 * DAY)


def test_a_make_up_show_does_not_move_past_its_deadline(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = with_make_ups(market, monkeypatch)
    made_up(market, contract, STARTS + 3 * DAY)
    booked = now_of(market, contract).bookings[-1]
    with pytest.raises(NoMakeUp, match="until 2011-01-30"):
        at(market).propose_time(market.brand, booked.booking_id, OtherTime(starts_at=STARTS + 21 * DAY), new_id())
    proposal = at(market).propose_time(market.brand, booked.booking_id, OtherTime(starts_at=STARTS + 20 * DAY), new_id())
    answers(market, proposal, market.host)
    assert now_of(market, contract).bookings[-1].starts_at == STARTS + 20 * DAY


def test_a_guarantee_of_each_show_has_make_ups_of_each_show(market: Market) -> None:
    house = House(market)
    promise = replace(GUARANTEE, scope=Scope.SHOW, make_up=MakeUp(shows=1, within_days=20))
    first_id = house.signed(shows=2, terms=replace(house.terms(), sales_guarantee=promise))
    contract = market.console.services.contracts.contract(house.contract_id(first_id))
    first, second = (booked.show_id for booked in contract.bookings)
    ran(market, first, STARTS)
    wanted = NewMakeUp(starts_at=STARTS + 5 * DAY)
    with pytest.raises(NoMakeUp, match="after the shows"):
        at(market).propose_make_up(market.host, second, wanted, new_id())
    made_id = made_up(market, contract, wanted.starts_at)
    assert now_of(market, contract).bookings[-1].makes_up_for == first
    with pytest.raises(NoMakeUp, match="as many are booked"):
        at(market).propose_make_up(market.host, first, NewMakeUp(starts_at=STARTS + 6 * DAY), new_id())
    with pytest.raises(NoMakeUp, match="no make-up show for this one"):
        at(market).propose_make_up(market.host, made_id, NewMakeUp(starts_at=STARTS + 6 * DAY), new_id())
    ran(market, second, STARTS + DAY)
    ran(market, made_id, wanted.starts_at)
    left = {each.for_shows: (each.left, each.performed, each.due_until) for each in at(market).make_ups(market.host, contract.contract_id)}
    assert left == {(first,): (0, 1, date(2011, 1, 30)), (second,): (1, 0, date(2011, 1, 31))}
    market.imported("o-1,1,22423,2011-01-15T19:30:00Z,1,30000.00,GBP")
    passes(market, STARTS + 60 * DAY)
    assert earned(market, contract) == FEE - FEE // 2


def test_a_make_up_show_that_is_called_off_may_be_made_up_for_again(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = with_make_ups(market, monkeypatch)
    for days in (3, 4):
        made_up(market, contract, STARTS + days * DAY)
    House(market).cancel(market.brand, now_of(market, contract).bookings[-1].booking_id)
    show_id = made_up(market, contract, STARTS + 5 * DAY)
    assert show_id.endswith("m03")
    (tracked,) = at(market).make_ups(market.host, contract.contract_id)
    assert (tracked.left, len(tracked.booked)) == (0, 2)


def test_a_brand_that_calls_make_up_shows_off_gets_no_more_back_than_in_proportion(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = with_make_ups(market, monkeypatch)
    for days in (3, 5):
        made_up(market, contract, STARTS + days * DAY)
    for booked in now_of(market, contract).bookings[1:]:
        House(market).cancel(market.brand, booked.booking_id)
    market.imported("o-1,1,22423,2011-01-10T19:30:00Z,1,30000.00,GBP")
    passes(market, STARTS + 21 * DAY)
    assert earned(market, contract) == 150_00


def test_a_make_up_show_performed_too_late_counts_as_not_performed(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = with_make_ups(market, monkeypatch)
    made_up(market, contract, STARTS + 3 * DAY)
    show_id = made_up(market, contract, STARTS + 20 * DAY)
    ran(market, now_of(market, contract).bookings[1].show_id, STARTS + 3 * DAY)
    found = market.console.services
    found.shows.edit(market.brand, show_id, line_up(market))
    found.shows.request_publishing(market.brand, show_id)
    found.clock.set(STARTS + 20 * DAY)
    found.shows.start(market.brand, show_id)
    found.clock.set(STARTS + 20 * DAY + timedelta(hours=5))
    found.shows.end(market.brand, show_id)
    market.console.work()
    (tracked,) = at(market).make_ups(market.host, contract.contract_id)
    assert tracked.performed == 1
    passes(market, STARTS + 40 * DAY)
    assert earned(market, contract) == 2 * 50_00
