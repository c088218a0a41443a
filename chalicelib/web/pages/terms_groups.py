"""Which fields the form of terms has, group by group, each with the explanation that templates have of that part. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from chalicelib.contracts.explanations import PARTS
from chalicelib.contracts.terms import AfterMaturity, FeeMode, Measure, OverCeiling, RefundPolicy, SigningOrder, TierMode
from chalicelib.contracts.terms_check import DELIVERABLE_KINDS
from chalicelib.web.pages.terms_fields import MAX_CHARACTERS, WORDS, Typed, rows
from chalicelib.web.views.forms import Choice
from chalicelib.web.views.terms import FieldGroup, FieldRow, TermField

MAX_SHORT_CHARACTERS = 200
Kind = Literal["text", "decimal", "whole", "date", "choice", "long"]
SCOPES = (Choice(value="show", label="per show"), Choice(value="contract", label="over the whole contract"))
YES_NO = (Choice(value="yes", label="yes"), Choice(value="no", label="no"))
FURTHER = {"rules": ("tiers",), "sales_guarantee": ("make_up",)}
EXPLAINED = {part.field: part for part in PARTS}


def _choices(words: Mapping[StrEnum, str]) -> tuple[Choice, ...]:
    return tuple(Choice(value=value.value, label=label) for value, label in words.items())


MODES = _choices({TierMode.MARGINAL: "only what lies past a bound gets its rate", TierMode.WHOLE: "reaching a bound re-rates everything"})
MEASURES = _choices({Measure.NET_SALES: "net sales", Measure.UNITS: "units kept"})
CEILINGS = _choices(
    {
        OverCeiling.RECORD: "is recorded",
        OverCeiling.MAKE_UP: "leads to the make-up shows",
        OverCeiling.VOID_FEE: "gives back the whole flat fee",
    }
)
REFUNDS = _choices(
    {
        RefundPolicy.RERATE: "commission is computed again on what was kept",
        RefundPolicy.PROPORTIONAL: "commission goes down in proportion",
    }
)
LATE = _choices({AfterMaturity.CLAWBACK: "is a debt of the host, netted later", AfterMaturity.FINAL: "changes nothing any more"})
FEES = _choices({FeeMode.TAKEN: "taken from the earnings", FeeMode.ON_TOP: "paid by the brand on top"})
ORDERS = _choices({SigningOrder.ANY: "either side", SigningOrder.BRAND_FIRST: "the brand", SigningOrder.HOST_FIRST: "the host"})
KINDS = tuple(Choice(value=kind, label=kind.replace("_", " ")) for kind in DELIVERABLE_KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A field to ask for, by its path below the row."""

    path: str
    label: str
    kind: Kind = "text"
    hint: str = ""
    choices: tuple[Choice, ...] = ()
    default: str = ""


def money(path: str, label: str, hint: str = "") -> Asked:
    """An amount in the deal's currency."""
    return Asked(path=path, label=label, kind="decimal", hint=hint)


def rate(path: str, label: str, hint: str = "") -> Asked:
    """A percentage."""
    return Asked(path=path, label=f"{label}, %", kind="decimal", hint=hint)


def pick(path: str, label: str, choices: tuple[Choice, ...]) -> Asked:
    """One of a list; the first one unless something else was picked."""
    return Asked(path=path, label=label, kind="choice", choices=choices, default=choices[0].value)


FEE = (
    money("flat_fee.amount_minor", "Flat fee"),
    pick("flat_fee.scope", "It is paid", SCOPES),
    rate("flat_fee.parts.signing", "Due when both have signed", "Leave all three empty for: all of it when the show is completed."),
    rate("flat_fee.parts.show_completed", "Due when the show is completed"),
    rate("flat_fee.parts.returns_closed", "Due when returns have closed"),
)
RULE = (
    Asked(path="skus", label="Only for these SKUs", hint="Separated by commas. Empty: for a category, or for everything."),
    Asked(path="category", label="Only for this category"),
    pick("mode", "Where sales pass a bound", MODES),
    pick("measure", "Bounds count", MEASURES),
    pick("accumulates_over", "They add up", SCOPES),
    money("min_per_line_minor", "At least, for each sale"),
    money("max_per_line_minor", "At most, for each sale"),
)
TIER = (Asked(path="from_value", label="From", kind="decimal"), rate("rate_basis_points", "Commission"))
BASE = (
    pick("commission_base.less_seller_discounts", "Seller's discounts lower it", YES_NO),
    pick("commission_base.less_platform_discounts", "Platform's discounts lower it", YES_NO),
    pick("commission_base.tax_included", "Tax counts", YES_NO),
    pick("commission_base.shipping_included", "Shipping counts", YES_NO),
)
CAP = (money("cap.amount_minor", "At most this commission"), pick("cap.scope", "It counts", SCOPES))
FLOOR = (money("pay_floor.amount_minor", "At least this pay"), pick("pay_floor.scope", "It counts", SCOPES))
GUARANTEE = (
    money("sales_guarantee.net_sales_minor", "Net sales promised"),
    pick("sales_guarantee.scope", "They add up", SCOPES),
    rate("sales_guarantee.return_rate_ceiling_basis_points", "Ceiling of the return rate"),
    pick("sales_guarantee.over_ceiling", "A higher return rate", CEILINGS),
    Asked(path="sales_guarantee.make_up.shows", label="Make-up shows", kind="whole"),
    Asked(path="sales_guarantee.make_up.within_days", label="Within so many days", kind="whole"),
    money("sales_guarantee.make_up.fee_minor", "For this fee each"),
)
BONUS = (money("net_sales_minor", "When net sales reach"), money("amount_minor", "Paid"), pick("scope", "Sales add up", SCOPES))
RETURNS = (
    Asked(path="return_window_days", label="Return window, days", kind="whole"),
    pick("refund_policy", "After a refund", REFUNDS),
    pick("refunds_after_maturity", "A refund after maturity", LATE),
)
FEE_AND_TAX = (
    rate("platform_fee.rate_basis_points", "Marketplace's fee"),
    pick("platform_fee.mode", "It is", FEES),
    rate("tax.platform_fee_basis_points", "Tax on the marketplace's fee"),
    rate("tax.host_invoice_basis_points", "Tax on the host's invoice"),
)
CANCEL = (Asked(path="hours_before", label="With so many hours left, or more", kind="whole"), rate("share_basis_points", "Of the flat fee"))
EXCLUSIVE = (
    Asked(path="exclusivity.categories", label="Categories", hint="Separated by commas."),
    Asked(path="exclusivity.from_day", label="From", kind="date"),
    Asked(path="exclusivity.until_day", label="Until, that day included", kind="date"),
)
DELIVERED = (
    pick("kind", "What", KINDS),
    Asked(path="target", label="At least", kind="whole"),
    rate("fee_off_basis_points", "Of the flat fee off where it is not met"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What was typed, and what is wrong with it."""

    typed: Typed
    errors: Mapping[str, str]

    def field(self, asked: Asked, prefix: str = "") -> TermField:
        """One field as it stands."""
        name = prefix + asked.path
        return TermField(
            name=name,
            label=asked.label,
            value=self.typed.get(name, asked.default),
            kind=asked.kind,
            hint=asked.hint,
            choices=asked.choices,
            most=MAX_CHARACTERS if asked.path.rpartition(".")[2] in WORDS else MAX_SHORT_CHARACTERS,
            error=self.errors.get(name, ""),
        )

    def row(self, title: str, asked: tuple[Asked, ...], prefix: str = "", *, spare: bool = False) -> FieldRow:
        """Fields that belong together; what is wrong with them as a whole stands with them."""
        made = tuple(self.field(each, prefix) for each in asked)
        return FieldRow(title=title, fields=made, error=self.errors.get(prefix.rstrip("."), ""), is_spare=spare)

    def rows(self, word: str, path: str, asked: tuple[Asked, ...]) -> Iterator[FieldRow]:
        """The rows of a list, and one more to fill."""
        count = rows(self.typed, path)
        for place in range(count + 1):
            title = f"{word} {place + 1}" if place < count else f"Another {word.lower()}" if count else word
            yield self.row(title, asked, f"{path}.{place}.", spare=place == count)

    def rules(self) -> Iterator[FieldRow]:
        """Each rule with its tiers and one more bound, and one more rule."""
        count = rows(self.typed, "rules")
        for place in range(count):
            prefix = f"rules.{place}."
            title, tiers = f"Rule {place + 1}" if count > 1 else "Commission", rows(self.typed, f"{prefix}tiers")
            for step in range(tiers + 1):
                words = "another bound" if step == tiers and step else "rate" if step == 0 else f"bound {step}"
                row = self.row(f"{title}: {words}", TIER, f"{prefix}tiers.{step}.", spare=0 < step == tiers)
                yield replace(row, error=self.errors.get(f"{prefix}tiers", row.error)) if step == 0 else row
            yield self.row(f"{title}: for what, and how", RULE, prefix)
        spare = [replace(each, path=f"tiers.{step}.{each.path}") for step in range(2) for each in TIER]
        yield self.row("Another rule" if count else "Commission", (*spare, *RULE), f"rules.{count}.", spare=True)


def groups(typed: Typed, errors: Mapping[str, str], *, agency: str) -> tuple[FieldGroup, ...]:
    """All groups of the form, for a host with this agency (its name), if any."""
    filled = Filled(typed=typed, errors=errors)
    made = [
        _group("flat_fee", filled, [filled.row("Flat fee", FEE)]),
        _group("rules", filled, [*filled.rules()]),
        _group("commission_base", filled, [filled.row("What a sale counts for", BASE)]),
        _group("cap", filled, [filled.row("Cap", CAP)]),
        _group("bonuses", filled, [*filled.rows("Milestone", "bonuses", BONUS)]),
        _group("pay_floor", filled, [filled.row("Pay floor", FLOOR)]),
        _group("sales_guarantee", filled, [filled.row("Sales guarantee", GUARANTEE)]),
        _group("return_window_days", filled, [filled.row("Returns", RETURNS)], "refund_policy", "refunds_after_maturity"),
        _group("cancellation", filled, [*filled.rows("Step", "cancellation", CANCEL)]),
        _group("exclusivity", filled, [filled.row("Exclusivity", EXCLUSIVE)]),
        _group("deliverables", filled, [*filled.rows("Deliverable", "deliverables", DELIVERED)]),
        _group("signing_order", filled, [filled.row("Signing", (pick("signing_order", "Signs first", ORDERS),))]),
        _group("platform_fee", filled, [filled.row("Fee and tax", FEE_AND_TAX)], "tax"),
    ]
    if agency:
        share = rate("share_basis_points", f"Share of {agency}")
        made.insert(-1, _group("splits", filled, [filled.row("Agency's share", (share,), "splits.0.")]))
    return tuple(made)


def _group(field: str, filled: Filled, made: list[FieldRow], *also: str) -> FieldGroup:
    part = EXPLAINED[field]
    mine = (field, *also)
    wrong = [words for path, words in filled.errors.items() if path.partition(".")[0] in mine]
    shown = {each.error for row in made for each in row.fields} | {row.error for row in made}
    in_use = any(each.value.strip() and each.kind != "choice" for row in made for each in row.fields)
    return FieldGroup(
        group_id=f"g-{field}",
        title=part.title,
        explanation=" ".join([part.explanation, *(EXPLAINED[each].explanation for each in FURTHER.get(field, ()))]),
        rows=tuple(made),
        is_open=bool(wrong) or in_use,
        error=next((words for words in wrong if words not in shown), ""),
    )
