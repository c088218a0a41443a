"""Money keeps its currency and its last minor unit; ids sort; instants are written one way."""

from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import access, clock, ids, money
from chalicelib.core.errors import Invalid


@pytest.mark.parametrize(
    ("minor", "currency", "text"), [(-5, "EUR", "-0.05"), (12_345, "JPY", "12345"), (12_345, "KWD", "12.345"), (0, "GBP", "0.00")]
)
def test_amounts_are_written_with_the_digits_of_their_currency_and_read_back(minor: int, currency: str, text: str) -> None:
    assert money.to_major(minor, currency) == text
    assert money.from_major(text, currency) == minor


def test_amounts_for_people_have_their_thousands_grouped() -> None:
    assert money.for_people(105_000_000, "EUR") == "1,050,000.00"
    assert str(money.Money(-105_000_000, "EUR")) == "-1050000.00 EUR"


@pytest.mark.parametrize("text", ["", "twelve", "1.234", "NaN", "Infinity", "1e30"])
def test_an_amount_that_would_lose_digits_is_refused(text: str) -> None:
    with pytest.raises(money.BadAmount):
        money.from_major(text, "GBP")


@pytest.mark.parametrize("code", ["XXX", "gbp!", "", "XAU"])
def test_a_currency_without_minor_units_is_refused(code: str) -> None:
    with pytest.raises(money.UnknownCurrency):
        money.exponent_of(code)


def test_money_of_two_currencies_is_never_added() -> None:
    assert money.Money(1, "EUR") + money.Money(2, "EUR") - money.Money(4, "EUR") == -money.Money(1, "EUR")
    with pytest.raises(ValueError, match="GBP and EUR cannot be added"):
        money.Money(1, "GBP") + money.Money(1, "EUR")


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [(Fraction(1, 2), 1), (Fraction(-1, 2), -1), (Fraction(5, 2), 3), (Fraction(49, 100), 0), (Fraction(-251, 100), -3), (Fraction(7), 7)],
)
def test_halves_round_away_from_zero(exact: Fraction, rounded: int) -> None:
    assert money.round_half_away(exact) == rounded


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=8))
def test_a_split_loses_nothing_and_is_within_one_unit_of_exact(total: int, weights: list[int]) -> None:
    parts = money.allocate(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    if whole:
        assert all(abs(part - Fraction(total * weight, whole)) < 1 for part, weight in zip(parts, weights, strict=True))


def test_a_split_gives_the_remainder_to_the_largest_fraction_then_to_the_first() -> None:
    assert money.allocate(10, [1, 1, 1]) == [4, 3, 3]
    assert money.allocate(-10, [1, 1, 1]) == [-4, -3, -3]
    assert money.allocate(100, [0, 0]) == [100, 0]
    assert money.share_of(5, 1_000) == Fraction(1, 2)


@pytest.mark.parametrize("weights", [[], [1, -1]])
def test_a_split_without_sensible_weights_is_a_programming_error(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        money.allocate(1, weights)


def test_ids_carry_their_prefix_and_sort_by_time() -> None:
    made = [ids.new_id("brd") for _ in range(200)]
    assert len(set(made)) == len(made)
    assert all(one.startswith("brd_") and len(one) == 30 for one in made)
    assert len(ids.new_secret()) == 43


def test_fingerprints_of_different_parts_differ_even_when_joined_they_read_the_same() -> None:
    assert ids.fingerprint("ab", "c") != ids.fingerprint("a", "bc")


def test_a_day_is_the_zones_day_and_an_instant_is_written_in_utc() -> None:
    late = datetime(2011, 6, 30, 23, 30, tzinfo=UTC)
    assert clock.day_in("Europe/London", late) == date(2011, 7, 1)
    assert clock.iso(late.astimezone(timezone(timedelta(hours=5)))) == "2011-06-30T23:30:00.000Z"
    assert clock.SystemClock().now().tzinfo is UTC


def test_every_action_has_at_least_one_role_and_money_takes_two_people() -> None:
    assert set(access.ALLOWED) == set(access.Action)
    assert all(access.ALLOWED.values())
    assert not access.ALLOWED[access.Action.PREPARE_SETTLEMENT] & access.ALLOWED[access.Action.APPROVE_SETTLEMENT]
    assert access.may(access.Role.FINANCE_APPROVER, access.Action.APPROVE_SETTLEMENT)


def test_errors_carry_the_sentence_and_the_fields() -> None:
    error = Invalid("Give a name.", fields={"name": "is missing"})
    assert (str(error), error.message, error.fields) == ("Give a name.", "Give a name.", {"name": "is missing"})
