"""The library of terms: named beginnings of a deal, each with when to use it, and what each part of terms means in plain words.

Pure. The figures are round ones to be edited, in whole units of the currency that is asked for. Brands keep own templates beside these.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from chalicelib.contracts.explanations import Part, parts_of
from chalicelib.contracts.terms import (
    Bonus,
    CancellationRow,
    Cap,
    CommissionRule,
    Deliverable,
    Due,
    Exclusivity,
    FeePart,
    FlatFee,
    MakeUp,
    PayFloor,
    SalesGuarantee,
    Scope,
    Terms,
    Tier,
)
from chalicelib.core.errors import Invalid
from chalicelib.core.money import exponent_of

RETURN_WINDOW_DAYS = 14
EXCLUSIVE_DAYS = 14
MAX_NAME_CHARACTERS = 60
MAX_PURPOSE_CHARACTERS = 300
MAX_OWN_TEMPLATES = 50


class BadTemplate(Invalid):
    """A name is missing, too long or taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """For what a template is filled in: the deal's currency and zone, the day of its first show, what is shown."""

    currency: str
    timezone: str
    first_day: date
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A template filled in for a setting. `is_own` is one that the brand keeps itself."""

    template_id: str
    name: str
    when_to_use: str
    terms: Terms
    parts: tuple[Part, ...]
    is_own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTemplate:
    """What a brand keeps: terms without any host's agency, in one currency."""

    template_id: str
    brand_id: str
    name: str
    when_to_use: str
    terms: Terms
    saved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    name: str
    when_to_use: str
    build: Callable[[Terms, Setting, int], Terms]
    """Plain terms, the setting and the minor units of one whole unit -> the template's terms."""


def _rate(*tiers: tuple[int, int], over: Scope = Scope.SHOW) -> tuple[CommissionRule, ...]:
    steps = tuple(Tier(from_value=bound, rate_basis_points=rate) for bound, rate in tiers)
    return (CommissionRule(rule_id="all", tiers=steps, accumulates_over=over),)


def _fee(units: int, one: int) -> FlatFee:
    return FlatFee(amount_minor=units * one)


_CANCELLATION = (CancellationRow(hours_before=0, share_basis_points=10_000), CancellationRow(hours_before=48, share_basis_points=5_000))
_APPEARS = (Deliverable(kind="host_appears", fee_off_basis_points=10_000),)
_TWO_PARTS = (FeePart(due=Due.SIGNING, share_basis_points=3_000), FeePart(due=Due.RETURNS_CLOSED, share_basis_points=7_000))


def _flat(plain: Terms, _: Setting, one: int) -> Terms:
    return replace(plain, flat_fee=_fee(500, one), cancellation=_CANCELLATION, deliverables=_APPEARS)


def _commission(plain: Terms, _: Setting, __: int) -> Terms:
    return replace(plain, rules=_rate((0, 1_500)))


def _both(plain: Terms, setting: Setting, one: int) -> Terms:
    return replace(_flat(plain, setting, one), flat_fee=_fee(300, one), rules=_rate((0, 1_000)))


def _tiered(plain: Terms, _: Setting, one: int) -> Terms:
    return replace(plain, rules=_rate((0, 1_000), (20_000 * one, 1_200), (50_000 * one, 1_500), over=Scope.CONTRACT))


def _capped(plain: Terms, _: Setting, one: int) -> Terms:
    return replace(plain, rules=_rate((0, 1_500)), cap=Cap(amount_minor=5_000 * one, scope=Scope.CONTRACT))


def _guarantee(plain: Terms, setting: Setting, one: int) -> Terms:
    promise = SalesGuarantee(net_sales_minor=20_000 * one, scope=Scope.CONTRACT, make_up=MakeUp(shows=1, within_days=30, fee_minor=0))
    fee = FlatFee(amount_minor=1_000 * one, parts=_TWO_PARTS)
    return replace(_flat(plain, setting, one), flat_fee=fee, sales_guarantee=promise)


def _floor(plain: Terms, _: Setting, one: int) -> Terms:
    return replace(plain, rules=_rate((0, 1_500)), pay_floor=PayFloor(amount_minor=300 * one, scope=Scope.SHOW))


def _bonuses(plain: Terms, setting: Setting, one: int) -> Terms:
    steps = ((10_000, 500), (25_000, 1_000), (50_000, 2_500))
    ladder = tuple(
        Bonus(bonus_id=f"step-{place}", net_sales_minor=sales * one, amount_minor=amount * one, scope=Scope.SHOW)
        for place, (sales, amount) in enumerate(steps, 1)
    )
    return replace(_both(plain, setting, one), rules=_rate((0, 800)), bonuses=ladder)


def _exclusive(plain: Terms, setting: Setting, one: int) -> Terms:
    apart = timedelta(days=EXCLUSIVE_DAYS)
    days = ((setting.first_day - apart).isoformat(), (setting.first_day + apart).isoformat())
    exclusive = Exclusivity(categories=(setting.category,), from_day=days[0], until_day=days[1])
    return replace(_both(plain, setting, one), flat_fee=_fee(1_500, one), rules=_rate((0, 1_200)), exclusivity=exclusive)


_LIBRARY: dict[str, _Entry] = {
    "flat-only": _Entry(
        name="Flat fee only",
        when_to_use="When the show itself is what you pay for: a launch, a show for awareness, or goods that sell elsewhere later.",
        build=_flat,
    ),
    "commission-only": _Entry(
        name="Commission only",
        when_to_use="When the host is sure to sell and you want to pay for nothing but sales. Hosts who are booked out rarely take it.",
        build=_commission,
    ),
    "flat-and-commission": _Entry(
        name="Flat fee and commission",
        when_to_use="The usual deal: the fee pays for the evening, the commission for selling.",
        build=_both,
    ),
    "tiered-commission": _Entry(
        name="Tiered commission",
        when_to_use="For several shows with one host: each step rewards the next sales without raising the pay for the first ones.",
        build=_tiered,
    ),
    "capped-commission": _Entry(
        name="Commission with a cap",
        when_to_use="When a budget must hold whatever happens. Say so early: a cap takes the reward away where a show goes best.",
        build=_capped,
    ),
    "guarantee-with-make-ups": _Entry(
        name="Sales guarantee with make-up shows",
        when_to_use="When a high fee has to earn its sales: the host promises them, and makes up or gives back where they stay out.",
        build=_guarantee,
    ),
    "pay-floor": _Entry(
        name="Commission with a pay floor",
        when_to_use="When the host should not carry a bad evening alone: commission counts, but never less than the floor is paid.",
        build=_floor,
    ),
    "bonus-ladder": _Entry(
        name="Bonus ladder",
        when_to_use="When there is a target: a moderate fee and commission, and fixed sums for each milestone that is reached.",
        build=_bonuses,
    ),
    "full-exclusivity": _Entry(
        name="Full exclusivity",
        when_to_use="When no competitor may be seen with the host around the show. It costs the host other work, so it costs more.",
        build=_exclusive,
    ),
}


def library(setting: Setting) -> tuple[Template, ...]:
    """All templates of the library, filled in for a setting. Raises `UnknownCurrency`."""
    one = one_unit(setting.currency)
    plain = Terms(currency=setting.currency, timezone=setting.timezone, return_window_days=RETURN_WINDOW_DAYS)
    built = ((template_id, entry, entry.build(plain, setting, one)) for template_id, entry in _LIBRARY.items())
    return tuple(
        Template(template_id=template_id, name=entry.name, when_to_use=entry.when_to_use, terms=terms, parts=parts_of(terms))
        for template_id, entry, terms in built
    )


def one_unit(currency: str) -> int:
    """The minor units of one whole unit. Raises `UnknownCurrency`."""
    return int(10 ** exponent_of(currency))


def filled(own: OwnTemplate, setting: Setting) -> Template:
    """An own template for a setting in its own currency: in the deal's zone, all else as it was kept."""
    terms = replace(own.terms, timezone=setting.timezone)
    return Template(
        template_id=own.template_id, name=own.name, when_to_use=own.when_to_use, terms=terms, parts=parts_of(terms), is_own=True
    )


def kept(terms: Terms) -> Terms:
    """What of terms a template keeps: shares belong to one host's agency and totals to one contract, so they stay behind."""
    return replace(terms, splits=(), totals_from_version=1)


def name_of_template(text: str) -> str:
    """A name that people can pick from a list. Raises `BadTemplate`."""
    name = " ".join(text.split())
    if not name:
        raise BadTemplate("Give the template a name.", fields={"name": "Give it a name."})
    if len(name) > MAX_NAME_CHARACTERS:
        message = f"A name has at most {MAX_NAME_CHARACTERS} characters."
        raise BadTemplate(message, fields={"name": message})
    return name
