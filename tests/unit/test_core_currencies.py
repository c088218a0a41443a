"""Where Stripe's amounts are not ISO 4217's minor units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.currencies import PAYABLE, SMALLEST_PAYABLE_MINOR, from_stripe, require_payable, smallest_payable_minor, to_stripe
from chalicelib.core.money import BadAmount, UnknownCurrency, exponent_of
from chalicelib.payouts.rules.settlements import payable_part


@pytest.mark.parametrize(
    ("minor", "currency", "amount"),
    [
        (1_234, "GBP", 1_234),
        (500, "JPY", 500),
        (5, "ISK", 500),
        (5, "UGX", 500),
        (500_00, "MGA", 500),
        (5_120, "KWD", 5_120),
        (10_00, "HUF", 10_00),
    ],
)
def test_an_amount_is_said_in_stripes_units_and_comes_back_the_same(minor: int, currency: str, amount: int) -> None:
    assert to_stripe(minor, currency) == amount
    assert from_stripe(amount, currency) == minor


@given(st.sampled_from(sorted(PAYABLE)), st.integers(0, 10**12))
def test_what_can_be_sent_of_any_amount_in_any_currency_can_be_said_to_stripe_and_back(currency: str, minor: int) -> None:
    part = payable_part(minor, currency)
    assert 0 <= minor - part < smallest_payable_minor(currency)
    assert from_stripe(to_stripe(part, currency), currency) == part


def test_a_fraction_that_one_side_does_not_have_is_refused() -> None:
    with pytest.raises(BadAmount, match="whole units only"):
        to_stripe(50, "MGA")
    with pytest.raises(BadAmount, match="no whole minor unit"):
        from_stripe(550, "ISK")


def test_currencies_that_stripe_does_not_know_are_refused_though_iso_knows_them() -> None:
    assert exponent_of("IRR") == 2
    for currency in ("IRR", "XAU", "GPB", ""):
        with pytest.raises(UnknownCurrency, match="not a currency that can be paid"):
            require_payable(currency)


def test_every_currency_with_three_digits_is_sent_in_tens() -> None:
    three = {currency for currency in PAYABLE if exponent_of(currency) == 3}
    assert three == {currency for currency, unit in SMALLEST_PAYABLE_MINOR.items() if unit == 10}
