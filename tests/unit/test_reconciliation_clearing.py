"""Every drift at Stripe can be cleared by entries: there is none that only waits."""

from chalicelib.ledger.accounts import PLATFORM_STRIPE_BALANCE, PLATFORM_STRIPE_FEES
from tests.unit.test_reconciliation_sides import booked, entry, leg_c, told


def test_a_movement_of_nothing_is_no_exception_that_nobody_could_ever_clear() -> None:
    """A charge whose fee takes all of it: the books post nothing to the balance, the fee is compared by itself."""
    fee = booked("funding#cs_1", (PLATFORM_STRIPE_FEES, 30, "GBP"), balance_transaction="txn_9")
    assert told(leg_c([fee], [], [entry("txn_9", 30, "charge", fee_minor=30, net_minor=0)], [])) == []


def test_what_was_booked_in_the_wrong_currency_is_cleared_in_both_one_after_the_other() -> None:
    wrong = booked("funding#cs_1", (PLATFORM_STRIPE_BALANCE, 500, "GBP"), balance_transaction="txn_9")
    right = booked("w#1", (PLATFORM_STRIPE_BALANCE, 500, "JPY"), kind="write_off", balance_transaction="txn_9")
    away = booked("w#2", (PLATFORM_STRIPE_BALANCE, -500, "GBP"), kind="write_off", balance_transaction="txn_9")
    yen = [entry("txn_9", 500, "charge", currency="JPY")]
    assert told(leg_c([wrong], [], yen, [])) == [("balance", "txn_9", 500, None), ("balance", "txn_9", None, 500)]
    assert told(leg_c([wrong, right], [], yen, [])) == [("balance", "txn_9", 500, None)]
    assert told(leg_c([wrong, right, away], [], yen, [])) == []
