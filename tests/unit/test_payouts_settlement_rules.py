"""What is sent and what carries over: never below the minimum, never more digits than the currency is paid in."""

import pytest

from chalicelib.payouts.rules.settlements import carry_over, payable_part

CASES = {
    "at the minimum": ("GBP", 5_00, None),
    "below it": ("GBP", 4_99, "below the minimum of 5.00 GBP"),
    "nothing": ("GBP", 0, "nothing is payable"),
    "a debt": ("GBP", -20_00, "owes 20.00 GBP, netted from what comes next"),
    "no digits": ("JPY", 749, "below the minimum of 750 JPY"),
    "hundreds only, of which one is missing": ("HUF", 2_000_99, None),
    "what can be sent is below it though what is owed is not": ("HUF", 1_999_99, "below the minimum of 2,000.00 HUF"),
}


@pytest.mark.parametrize(("currency", "payable_minor", "reason"), CASES.values(), ids=CASES)
def test_amounts_at_or_below_zero_or_below_the_minimum_carry_over_with_the_reason(
    currency: str, payable_minor: int, reason: str | None
) -> None:
    found = carry_over("crt_1", currency, payable_minor)
    assert (None if found is None else (found.payable_minor, found.reason)) == (None if reason is None else (payable_minor, reason))


def test_what_a_currency_cannot_pay_out_stays_owed() -> None:
    payable = {"GBP": 12_34, "JPY": 1_234, "HUF": 1_234_56, "KWD": 1_239}
    assert {currency: payable_part(minor, currency) for currency, minor in payable.items()} == {
        "GBP": 12_34,
        "JPY": 1_234,
        "HUF": 1_234_00,
        "KWD": 1_230,
    }
