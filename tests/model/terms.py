"""The terms of a contract as the model reads them: amounts in minor units, rates in basis points, instants aware."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

Scope = Literal["show", "contract"]
Mode = Literal["marginal", "whole"]
Measure = Literal["net_sales", "units"]
Policy = Literal["rerate", "proportional"]
OverCeiling = Literal["record", "make_up", "void_fee"]
Due = Literal["signing", "show_completed", "returns_closed"]


@dataclass(frozen=True)
class Tier:
    """From this much on (minor units, or units sold), this rate."""

    at: int
    rate_bp: int


@dataclass(frozen=True)
class Rule:
    """One line of the commission list; `skus` and `category` empty means anything."""

    id: str
    tiers: tuple[Tier, ...]
    mode: Mode = "marginal"
    measure: Measure = "net_sales"
    over: Scope = "show"
    skus: tuple[str, ...] = ()
    category: str = ""
    min_per_line: int | None = None
    max_per_line: int | None = None


@dataclass(frozen=True)
class Base:
    """What a sale counts for."""

    less_seller_discounts: bool = True
    less_platform_discounts: bool = True
    with_tax: bool = False
    with_shipping: bool = False


@dataclass(frozen=True)
class FlatFee:
    """The slot fee, in parts of (basis points, what makes them due)."""

    amount: int
    over: Scope
    parts: tuple[tuple[int, Due], ...]


@dataclass(frozen=True)
class Limit:
    """A cap or a floor."""

    amount: int
    over: Scope


@dataclass(frozen=True)
class MakeUps:
    """How many further shows cure a shortfall, until how many days after the last show's, each at which fee."""

    number: int
    within_days: int
    fee: int = 0


@dataclass(frozen=True)
class Guarantee:
    """What the host promises to sell, and what happens when more comes back than agreed."""

    amount: int
    over: Scope
    ceiling_bp: int | None = None
    over_ceiling: OverCeiling = "record"
    make_ups: MakeUps | None = None


@dataclass(frozen=True)
class Bonus:
    """A fixed amount at a milestone of net sales."""

    id: str
    at: int
    amount: int
    over: Scope


@dataclass(frozen=True)
class PlatformFee:
    """The marketplace's share, and who bears it."""

    rate_bp: int
    bearer: Literal["on_top", "taken"]


@dataclass(frozen=True)
class Terms:
    """One version: in force from an instant, with contract-wide totals carried on or begun anew."""

    version: int
    since: datetime
    zone: ZoneInfo
    rules: tuple[Rule, ...]
    reset: bool = False
    base: Base = field(default_factory=Base)
    flat_fee: FlatFee | None = None
    cap: Limit | None = None
    floor: Limit | None = None
    guarantee: Guarantee | None = None
    bonuses: tuple[Bonus, ...] = ()
    return_window_days: int = 0
    refund_policy: Policy = "rerate"
    refunds_after_maturity: Literal["clawback", "final"] = "clawback"
    splits: tuple[tuple[str, int], ...] = ()
    platform_fee: PlatformFee | None = None
    vat_on_fee_bp: int = 0
    vat_on_invoice_bp: int = 0
    cancellation: tuple[tuple[int, int], ...] = ()
    """Rows of (hours before start, share in basis points)."""
    takes_off: tuple[tuple[str, int], ...] = ()
    """What a deliverable that was not met takes off the flat fee, in basis points."""
