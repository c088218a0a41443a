"""What Stripe knows of currencies, where it differs from ISO 4217.

Source: docs.stripe.com/currencies (presentment currencies, zero-decimal and three-decimal currencies, special cases), as of 2026-11. Our
amounts are ISO minor units everywhere; only the gateway to Stripe speaks in Stripe's.
"""

from typing import Final

from chalicelib.core.money import BadAmount, UnknownCurrency, exponent_of

_CODES: Final = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CVE "
    "CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD JOD JPY KES KGS "
    "KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD "
    "OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD STN SZL THB TJS TND TOP TRY TTD "
    "TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XOF XPF YER ZAR ZMW"
)
PAYABLE: Final = frozenset(_CODES.split())
"""Currencies that money can be taken and paid in."""
_TEN_TO: Final = (1, 10, 100, 1_000)
STRIPE_DIGITS: Final = {"ISK": 2, "UGX": 2, "MGA": 0}
"""Decimal digits of Stripe's amounts where they are not those of ISO 4217: ISK and UGX are stated with two digits that are always 00."""
SMALLEST_PAYABLE_MINOR: Final = {"HUF": 100, "TWD": 100, "MGA": 100, "BHD": 10, "JOD": 10, "KWD": 10, "OMR": 10, "TND": 10}
"""What a transfer is a multiple of, in ISO minor units: whole forints, Taiwan dollars and ariary; of three digits the last is 0."""


def require_payable(currency: str) -> None:
    """Raises `UnknownCurrency` unless Stripe can take and pay out this currency."""
    if currency not in PAYABLE:
        raise UnknownCurrency(f"{currency!r} is not a currency that can be paid through Stripe. Use another ISO 4217 code, such as GBP.")


def smallest_payable_minor(currency: str) -> int:
    """What an amount that is sent must be a multiple of, in ISO minor units."""
    return SMALLEST_PAYABLE_MINOR.get(currency, 1)


def to_stripe(minor: int, currency: str) -> int:
    """Stripe's amount for ISO minor units. Raises `BadAmount` where Stripe has no such fraction."""
    more = _more_digits(currency)
    if more >= 0:
        return minor * _TEN_TO[more]
    whole, rest = divmod(minor, _TEN_TO[-more])
    if rest:
        raise BadAmount(f"{minor} minor units of {currency} cannot be stated at Stripe: it knows whole units only.")
    return whole


def from_stripe(amount: int, currency: str) -> int:
    """ISO minor units of Stripe's amount. Raises `BadAmount` where Stripe states a fraction that the currency does not have."""
    more = _more_digits(currency)
    if more <= 0:
        return amount * _TEN_TO[-more]
    whole, rest = divmod(amount, _TEN_TO[more])
    if rest:
        raise BadAmount(f"Stripe states {amount} of {currency}, which is no whole minor unit.")
    return whole


def _more_digits(currency: str) -> int:
    """How many decimal digits Stripe's amounts have beyond those of ISO 4217."""
    iso_digits = exponent_of(currency)
    return STRIPE_DIGITS.get(currency, iso_digits) - iso_digits
