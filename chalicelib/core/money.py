"""Money is a whole number of minor units with a currency, and there is one rounding place.

Amounts never mix currencies and never become floats. Rates are integer basis points. Where a formula has fractions
on its way (tiers, per-unit averages), it stays an exact ``Fraction`` until `round_half_away` makes minor units of it, once.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import NewType

from iso4217 import Currency
from typing_extensions import override

from chalicelib.core.errors import Invalid

Minor = NewType("Minor", int)
"""A whole number of a currency's minor units (pence, cents; yen themselves)."""

Amounts = Mapping[str, AbstractSet[str]]
"""Amounts by key where there are millions of them: per currency, a text `<key> <minor units>` each. A key has one amount, in one currency.

Sets of texts are compared as a whole, several times faster and in less memory than mappings of keys to amounts.
"""

BASIS_POINTS_OF_ONE = 10_000
LARGEST_MINOR = 2**53
"""Amounts beyond this are refused at the border: JSON readers elsewhere would lose digits."""


class UnknownCurrency(Invalid):
    """The text is no ISO 4217 code with a minor unit."""


class BadAmount(Invalid):
    """The text is no amount of the currency: not a decimal number, too many digits, or too large."""


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """`minor` units of `currency` (ISO 4217 code). Adding two currencies is a programming error and raises `ValueError`."""

    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    @override
    def __str__(self) -> str:
        return f"{to_major(self.minor, self.currency)} {self.currency}"

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            message = f"{self.currency} and {other.currency} cannot be added"
            raise ValueError(message)
        return other.minor


def exponent_of(currency: str) -> int:
    """Number of decimal digits of a currency by ISO 4217 (JPY 0, EUR 2, KWD 3). Raises `UnknownCurrency`."""
    try:
        exponent = Currency(currency).exponent
    except ValueError:
        exponent = None
    if exponent is None:
        raise UnknownCurrency(f"{currency!r} is not a currency that money can be paid in. Use an ISO 4217 code such as GBP.")
    return int(exponent)


def to_major(minor: int, currency: str) -> str:
    """Plain decimal text of an amount: ``to_major(-5, "EUR") == "-0.05"``. No grouping: for files and machines."""
    digits = exponent_of(currency)
    return f"{Decimal(minor).scaleb(-digits):.{digits}f}"


def for_people(minor: int, currency: str) -> str:
    """Decimal text with thousands grouped: ``1,050,000.00``."""
    digits = exponent_of(currency)
    return f"{Decimal(minor).scaleb(-digits):,.{digits}f}"


def with_currency(minor: int, currency: str) -> str:
    """An amount in a sentence: ``1,050,000.00 GBP``."""
    return f"{for_people(minor, currency)} {currency}"


def from_major(text: str, currency: str) -> int:
    """Minor units of a decimal text. Raises `BadAmount` where digits would be lost: nothing is rounded on the way in."""
    try:
        scaled = Decimal(text.strip()).scaleb(exponent_of(currency))
    except InvalidOperation as error:
        raise BadAmount(f"{text!r} is not an amount. Write it as a decimal number such as 12.50.") from error
    if not scaled.is_finite() or abs(scaled) > LARGEST_MINOR:
        raise BadAmount(f"{text!r} is too large for an amount.")
    if scaled != scaled.to_integral_value():
        raise BadAmount(f"{text!r} has more decimal digits than {currency} has.")
    return int(scaled)


def by_currency(amounts_by_key: Iterable[tuple[str, str, int]]) -> Amounts:
    """`Amounts` of (key, currency, minor units); what is said last of a key stands, in whatever currency."""
    amounts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for key, currency, minor in amounts_by_key:
        amounts[currency][key] = minor
        if len(amounts) > 1:
            for other in amounts.keys() - {currency}:
                amounts[other].pop(key, None)
    return {currency: set(_spent(of_currency)) for currency, of_currency in amounts.items()}


def _spent(minor_by_key: dict[str, int]) -> Iterator[str]:
    """The entries of a mapping, which is emptied on the way: a million keys are not held twice."""
    while minor_by_key:
        key, minor = minor_by_key.popitem()
        yield entry(key, minor)


def entry(key: str, minor: int) -> str:
    """What `Amounts` hold of a key."""
    return f"{key} {minor}"


def entries(minor_by_key: Mapping[str, int]) -> AbstractSet[str]:
    """Amounts of one currency as `Amounts` hold them."""
    return {entry(key, minor) for key, minor in minor_by_key.items()}


def key_and_minor(entry: str) -> tuple[str, int]:
    """What an entry of `Amounts` says."""
    key, minor = entry.rsplit(" ", 1)
    return key, int(minor)


def round_half_away(exact: Fraction) -> int:
    """The one rounding of this product: to a whole minor unit, halves away from zero."""
    doubled = abs(exact) * 2
    whole = (doubled.numerator + doubled.denominator) // (2 * doubled.denominator)
    return whole if exact >= 0 else -whole


def share_of(minor: int, basis_points: int) -> Fraction:
    """An exact share; round it with `round_half_away` when its component is complete."""
    return Fraction(minor * basis_points, BASIS_POINTS_OF_ONE)


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` in proportion to non-negative whole `weights`; nothing is lost: ``sum(result) == total``.

    Largest remainder, ties to the earlier place; a negative total is the mirror image of the positive one.
    All weights zero: everything stays with the first place.
    Raises `ValueError` without weights or with a negative one.
    """
    if not weights or min(weights) < 0:
        message = "allocate needs weights, none of them negative"
        raise ValueError(message)
    if total < 0:
        return [-part for part in allocate(-total, weights)]
    whole = sum(weights)
    if whole == 0:
        return [total, *([0] * (len(weights) - 1))]
    shares = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: (-(total * weights[place] % whole), place))
    for place in by_remainder[: total - sum(shares)]:
        shares[place] += 1
    return shares
