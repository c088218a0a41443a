"""The terms of a contract: the one object that people sign and that earnings are computed from.

Every amount is a whole number of minor units of `Terms.currency`, every rate a whole number of basis points.
`terms_check.check` lists what is wrong with a set of terms in sentences; terms with problems are never offered or signed.
"""

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """Over what a promise, a cap or a tier adds up."""

    SHOW = "show"
    CONTRACT = "contract"


class Due(StrEnum):
    """The fact that makes a part of the flat fee due."""

    SIGNING = "signing"
    SHOW_COMPLETED = "show_completed"
    RETURNS_CLOSED = "returns_closed"


class TierMode(StrEnum):
    """`MARGINAL`: only what lies past a bound gets its rate; `WHOLE`: reaching a bound re-rates everything."""

    MARGINAL = "marginal"
    WHOLE = "whole"


class Measure(StrEnum):
    """What tier bounds count: base in minor units, or units sold."""

    NET_SALES = "net_sales"
    UNITS = "units"


class RefundPolicy(StrEnum):
    """`RERATE`: commission is recomputed on what was kept; `PROPORTIONAL`: gross commission x kept / sold."""

    RERATE = "rerate"
    PROPORTIONAL = "proportional"


class AfterMaturity(StrEnum):
    """What a refund does that happens after its sale matured: become a debt, or nothing."""

    CLAWBACK = "clawback"
    FINAL = "final"


class FeeMode(StrEnum):
    """Who bears the marketplace's fee: the brand on top, or the earnings."""

    ON_TOP = "on_top"
    TAKEN = "taken"


class OverCeiling(StrEnum):
    """What a return rate over the agreed ceiling does."""

    RECORD = "record"
    MAKE_UP = "make_up"
    VOID_FEE = "void_fee"


class SigningOrder(StrEnum):
    """Who signs a document first; with `ANY` either side may."""

    ANY = "any"
    BRAND_FIRST = "brand_first"
    HOST_FIRST = "host_first"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeePart:
    """`share_basis_points` of the flat fee, due on a fact. The shares of a fee add up to 10,000."""

    due: Due
    share_basis_points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatFee:
    """The appearance fee, per show or for the whole contract."""

    amount_minor: int
    scope: Scope = Scope.SHOW
    parts: tuple[FeePart, ...] = (FeePart(due=Due.SHOW_COMPLETED, share_basis_points=10_000),)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissionBase:
    """What a sale counts for. Feeds state these apart; the contract picks."""

    less_seller_discounts: bool = True
    less_platform_discounts: bool = False
    tax_included: bool = True
    shipping_included: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """From this lower bound on (minor units or units, by the rule's measure), this rate. The first bound is 0."""

    from_value: int
    rate_basis_points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissionRule:
    """One entry of the ordered list; the first rule that matches a sale takes it.

    `skus` and `category` both empty means: anything. Per-line bounds need a single rate and `rerate`.
    """

    rule_id: str
    tiers: tuple[Tier, ...]
    skus: tuple[str, ...] = ()
    category: str | None = None
    mode: TierMode = TierMode.MARGINAL
    measure: Measure = Measure.NET_SALES
    accumulates_over: Scope = Scope.SHOW
    min_per_line_minor: int | None = None
    max_per_line_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """The most commission that is paid; a contract without a cap has None, and a cap of 0 pays none."""

    amount_minor: int
    scope: Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class PayFloor:
    """The brand promises the host at least this much."""

    amount_minor: int
    scope: Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeUp:
    """Make-up shows agreed for a missed guarantee: how many, how long after the last show (days), for which fee."""

    shows: int
    within_days: int
    fee_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesGuarantee:
    """The host promises at least this much in net sales; a shortfall gives back flat fee pro rata."""

    net_sales_minor: int
    scope: Scope
    make_up: MakeUp | None = None
    return_rate_ceiling_basis_points: int | None = None
    over_ceiling: OverCeiling = OverCeiling.RECORD


@dataclass(frozen=True, slots=True, kw_only=True)
class Bonus:
    """A fixed amount for reaching net sales; taken back when returns bring sales below the milestone."""

    bonus_id: str
    net_sales_minor: int
    amount_minor: int
    scope: Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """An agency's share of the host's earnings."""

    payee_id: str
    share_basis_points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformFee:
    """The marketplace's share of earnings."""

    rate_basis_points: int
    mode: FeeMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """VAT rates on the platform fee and on the host's self-billed invoice; a contract that needs withholding is refused."""

    platform_fee_basis_points: int = 0
    host_invoice_basis_points: int = 0
    needs_withholding: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationRow:
    """From this many hours before the start, this share of the flat fee is owed by the party that cancels."""

    hours_before: int
    share_basis_points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusivity:
    """No competing brand in these categories, from and until these days inclusive (ISO dates in the contract's zone)."""

    categories: tuple[str, ...]
    from_day: str
    until_day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverable:
    """Something the host owes at a show, and how much of the flat fee goes when it is not met."""

    kind: str
    """`host_appears`, `sessions`, `minutes_on_air`, `links_live` or `line_up_shown`."""
    target: int = 1
    fee_off_basis_points: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """All that the two sides agree on about money, and who signs it first. One currency and one zone for everything."""

    currency: str
    timezone: str
    return_window_days: int
    flat_fee: FlatFee | None = None
    commission_base: CommissionBase = CommissionBase()
    rules: tuple[CommissionRule, ...] = ()
    cap: Cap | None = None
    pay_floor: PayFloor | None = None
    sales_guarantee: SalesGuarantee | None = None
    bonuses: tuple[Bonus, ...] = ()
    refund_policy: RefundPolicy = RefundPolicy.RERATE
    refunds_after_maturity: AfterMaturity = AfterMaturity.CLAWBACK
    splits: tuple[Split, ...] = ()
    platform_fee: PlatformFee = PlatformFee(rate_basis_points=0, mode=FeeMode.TAKEN)
    tax: Tax = Tax()
    cancellation: tuple[CancellationRow, ...] = ()
    exclusivity: Exclusivity | None = None
    deliverables: tuple[Deliverable, ...] = ()
    signing_order: SigningOrder = SigningOrder.ANY
    totals_from_version: int = 1
    """Contract-wide totals (tiers, cap, bonuses, floor, guarantee) count shows whose terms name the same version here.

    An amendment that says `reset` puts its own version number; later versions keep it until the next reset.
    """
