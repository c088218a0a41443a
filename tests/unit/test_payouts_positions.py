"""Where money stands when less of it is there than has been used: a payment was taken back, a payee gave something back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chalicelib.ledger import accounts
from chalicelib.payouts.rules.positions import (
    ContractEarnings,
    Funds,
    PayeeShare,
    ShowEarnings,
    allot,
    positions,
    unfunded_minor,
    unused_minor,
)

START = datetime(2011, 1, 3, tzinfo=UTC)


def contract(*shows: dict[str, int], fee: int = 0, tax: int = 0) -> ContractEarnings:
    """Shows a day apart, each with what its payees have matured."""
    return ContractEarnings(
        contract_id="ctr_1",
        brand_id="brd_1",
        currency="GBP",
        shows=tuple(
            ShowEarnings(
                show_id=f"shw_{9 - place}",
                starts_at=START + timedelta(days=place),
                payees=tuple(PayeeShare(payee_id=payee, earned_minor=minor, matured_minor=minor) for payee, minor in each.items()),
                fee_earned_minor=fee,
                fee_matured_minor=fee,
                fee_tax_earned_minor=tax,
                fee_tax_matured_minor=tax,
            )
            for place, each in enumerate(shows)
        ),
    )


def test_a_payment_that_was_taken_back_after_it_was_paid_out_is_the_brands_to_pay_again() -> None:
    earned, funds = contract({"host": 100}, fee=10), Funds(received_minor=40, locked_minor={"host": 100})
    assert (allot(earned, funds).payees, allot(earned, funds).fee_minor) == ({"host": 100}, 0)
    stands = positions(earned, funds)
    assert stands[accounts.brand_prepaid("brd_1")].minor == 40
    assert stands[accounts.brand_receivable("brd_1")].minor == 70
    assert unfunded_minor(earned, funds) == 70


def test_what_a_payee_gave_back_covers_the_oldest_need_first() -> None:
    earned = contract({"agency": 50}, {"host": 0})
    funds = Funds(received_minor=0, locked_minor={"host": -50}, booked_minor={"host": -50})
    assert allot(earned, funds).payees == {"agency": 50, "host": -50}


def test_shows_are_paid_for_by_their_start_and_not_by_their_id() -> None:
    earned, funds = contract({"host": 100}, {"agency": 100}), Funds(received_minor=100, locked_minor={})
    for shows in (earned.shows, earned.shows[::-1]):
        assert allot(replace(earned, shows=shows), funds).payees == {"host": 100, "agency": 0}


def test_within_a_show_payees_come_in_proportion_and_the_fee_with_its_tax_last() -> None:
    earned = contract({"agency": 30, "host": 90}, fee=10, tax=2)
    assert allot(earned, Funds(received_minor=61, locked_minor={})).payees == {"agency": 15, "host": 46}
    assert [allot(earned, Funds(received_minor=received, locked_minor={})).fee_minor for received in (120, 125, 132, 140)] == [0, 5, 12, 12]
    assert unfunded_minor(earned, Funds(received_minor=125, locked_minor={})) == 7


def test_a_fee_is_paid_before_the_payees_of_the_next_show() -> None:
    earned = contract({"host": 100}, {"host": 100}, fee=10)
    assert allot(earned, Funds(received_minor=150, locked_minor={})).payees == {"host": 140}


def test_what_a_payee_holds_and_owes_back_is_not_unused() -> None:
    earned = contract({"host": 20})
    assert unused_minor(earned, Funds(received_minor=100, locked_minor={"host": 100})) == 0
    assert unused_minor(earned, Funds(received_minor=100, locked_minor={"host": 60})) == 40
    assert unused_minor(earned, Funds(received_minor=100, locked_minor={})) == 80
