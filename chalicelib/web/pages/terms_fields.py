"""Terms as the flat fields of a form and back. A field is named by its path in Terms, so that what is wrong with terms finds its field.

Pure. Nothing typed is lost: fields that cannot be read come back as they were, with a sentence for each. Rows without anything typed do
not count, and parts of terms without anything typed are not agreed.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from chalicelib.contracts.terms import Measure, Terms
from chalicelib.contracts.terms_check import BadTerms
from chalicelib.contracts.terms_input import read_terms
from chalicelib.core.errors import Invalid
from chalicelib.core.money import from_major, to_major

Typed = dict[str, str]
MAX_FIELDS = 6_000
MAX_CHARACTERS = 20_000
LISTS = ("rules", "bonuses", "splits", "cancellation", "deliverables")
OPTIONAL_PARTS = ("flat_fee", "cap", "pay_floor", "sales_guarantee", "sales_guarantee.make_up", "exclusivity")
PICKED = frozenset({"scope", "mode", "measure", "accumulates_over", "over_ceiling", "kind", "rule_id", "bonus_id", "payee_id"})
"""What is picked from a list or goes along unseen: it alone makes no row."""
MAY_BE_EMPTY = frozenset({"skus", "category", "min_per_line_minor", "max_per_line_minor", "return_rate_ceiling_basis_points"})
WORDS = frozenset({"skus", "categories"})
WHOLE = frozenset({"return_window_days", "shows", "within_days", "target", "hours_before"})
YES_NO = frozenset({"less_seller_discounts", "less_platform_discounts", "tax_included", "shipping_included"})
KEPT = frozenset({"currency", "timezone", "totals_from_version", "tax.needs_withholding"})
"""What a form does not ask for: it stays as it is in the terms that the form began with."""
PARTS = "flat_fee.parts."
_KNOWN = re.compile(
    r"""return_window_days | signing_order | refund_policy | refunds_after_maturity
    | flat_fee\.(amount_minor | scope | parts\.(signing | show_completed | returns_closed))
    | commission_base\.(less_seller_discounts | less_platform_discounts | tax_included | shipping_included)
    | rules\.\d{1,3}\.(rule_id | skus | category | mode | measure | accumulates_over | min_per_line_minor | max_per_line_minor)
    | rules\.\d{1,3}\.tiers\.\d{1,3}\.(from_value | rate_basis_points)
    | (cap | pay_floor)\.(amount_minor | scope)
    | sales_guarantee\.(net_sales_minor | scope | return_rate_ceiling_basis_points | over_ceiling)
    | sales_guarantee\.make_up\.(shows | within_days | fee_minor)
    | bonuses\.\d{1,3}\.(bonus_id | net_sales_minor | amount_minor | scope)
    | splits\.\d{1,3}\.(payee_id | share_basis_points)
    | platform_fee\.(rate_basis_points | mode)
    | tax\.(platform_fee_basis_points | host_invoice_basis_points)
    | cancellation\.\d{1,3}\.(hours_before | share_basis_points)
    | exclusivity\.(categories | from_day | until_day)
    | deliverables\.\d{1,3}\.(kind | target | fee_off_basis_points)""",
    re.VERBOSE | re.ASCII,
)


class BadField(Invalid):
    """A field that cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a form says: terms, or for each field what is wrong with it. `typed` is what was typed, rows numbered anew."""

    typed: Typed
    terms: Terms | None
    errors: Mapping[str, str]


def typed_of(terms: Terms) -> Typed:
    """The fields that say these terms."""
    found = {path: text for path, text in _leaves(terms, "", terms) if path not in KEPT and not path.startswith(PARTS)}
    for part in terms.flat_fee.parts if terms.flat_fee is not None else ():
        found[PARTS + part.due] = _percent(part.share_basis_points)
    for place, rule in enumerate(terms.rules):
        if rule.measure is Measure.UNITS:
            found |= {f"rules.{place}.tiers.{step}.from_value": str(tier.from_value) for step, tier in enumerate(rule.tiers)}
    return found


def read(form: Mapping[str, str], base: Terms) -> Read:
    """What was typed, for a deal in the currency and zone of `base`."""
    typed = compact({name: text[:MAX_CHARACTERS] for name, text in list(form.items())[:MAX_FIELDS] if _is_known(name)})
    errors: dict[str, str] = {}
    raw: dict[str, Any] = {}
    for path in [path for path in typed if _counts(typed, path)]:
        try:
            value = _value(path, typed, base.currency)
        except Invalid as error:
            errors[path] = error.message
            continue
        if value is not None:
            _set(raw, _path(path), value)
    if errors:
        return Read(typed=typed, terms=None, errors=errors)
    raw |= {"currency": base.currency, "timezone": base.timezone, "totals_from_version": base.totals_from_version}
    return _checked(typed, _completed(raw))


def compact(typed: Mapping[str, str]) -> Typed:
    """Rows without anything typed left out, the others numbered from 0 in their order."""
    kept = dict(typed)
    for pattern in (r"rules\.\d+\.tiers", *LISTS):
        kept = _renumbered(kept, re.compile(rf"^({pattern})\.(\d+)\."))
    return kept


def rows(typed: Mapping[str, str], path: str) -> int:
    """How many rows a list has."""
    prefix = f"{path}."
    return len({name.removeprefix(prefix).partition(".")[0] for name in typed if name.startswith(prefix)})


def _renumbered(typed: Typed, pattern: re.Pattern[str]) -> Typed:
    numbers: dict[str, list[int]] = {}
    for name, text in typed.items():
        found = pattern.match(name)
        if found and text.strip() and not _is_picked(name):
            numbers.setdefault(found[1], []).append(int(found[2]))
    places = {path: {number: place for place, number in enumerate(sorted(set(of_path)))} for path, of_path in numbers.items()}
    kept: Typed = {}
    for name, text in typed.items():
        found = pattern.match(name)
        if not found:
            kept[name] = text
        elif int(found[2]) in places.get(found[1], {}):
            kept[f"{found[1]}.{places[found[1]][int(found[2])]}.{name[found.end() :]}"] = text
    return kept


def _is_known(name: str) -> bool:
    return _KNOWN.fullmatch(name) is not None


def _is_picked(name: str) -> bool:
    return name.rpartition(".")[2] in PICKED


def _counts(typed: Typed, path: str) -> bool:
    """Whether a field says something: not where its part of the terms has nothing typed at all."""
    for part in OPTIONAL_PARTS:
        if path.startswith(f"{part}.") and not any(
            text.strip() and name.startswith(f"{part}.") and not _is_picked(name) for name, text in typed.items()
        ):
            return False
    return True


def _value(path: str, typed: Typed, currency: str) -> Any:  # noqa: ANN401  # whatever the field holds
    """The field's value; None where it is left empty and may be. Raises `Invalid`."""
    text, name = typed[path].strip(), path.rpartition(".")[2]
    if not text:
        return _empty(path, name)
    for applies, parse in _PARSERS:
        if applies(path, name, typed):
            return parse(text, currency)
    return text


def _empty(path: str, name: str) -> Any:  # noqa: ANN401  # whatever the field holds
    if path.startswith(PARTS) or name in MAY_BE_EMPTY or _is_picked(path):
        return None
    if name == "from_value" and path.endswith(".0.from_value"):
        return 0
    raise BadField("Fill this in, or empty the fields beside it.")


def _counts_units(path: str, typed: Typed) -> bool:
    return typed.get(path.partition(".tiers.")[0] + ".measure") == Measure.UNITS


def _money(text: str, currency: str) -> int:
    return from_major(re.sub(r"(?<=\d)[ ,](?=\d)", "", text), currency)


def basis_points(text: str, _: str = "") -> int:
    """A percentage: ``12.5`` and ``12.5 %`` are 1,250. Raises `BadField`."""
    try:
        scaled = Decimal(text.removesuffix("%").strip()).scaleb(2)
    except InvalidOperation as error:
        raise BadField(f"{text!r} is no percentage. Write it like 12 or 12.5.") from error
    if not scaled.is_finite() or scaled != scaled.to_integral_value() or abs(scaled) > 10**9:
        raise BadField(f"{text!r} has more than two digits after the point, or is too large.")
    return int(scaled)


def _whole(text: str, _: str) -> int:
    if not re.fullmatch(r"\d{1,16}", text.replace(",", "")):
        raise BadField(f"{text!r} is no whole number.")
    return int(text.replace(",", ""))


def _words(text: str, _: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _yes(text: str, _: str) -> bool:
    return text == "yes"


_Applies = Callable[[str, str, Typed], bool]
_PARSERS: tuple[tuple[_Applies, Callable[[str, str], Any]], ...] = (
    (lambda path, name, typed: name == "from_value" and _counts_units(path, typed), _whole),
    (lambda _, name, __: name.endswith("_minor") or name == "from_value", _money),
    (lambda path, name, _: name.endswith("_basis_points") or path.startswith(PARTS), basis_points),
    (lambda _, name, __: name in WHOLE, _whole),
    (lambda _, name, __: name in WORDS, _words),
    (lambda _, name, __: name in YES_NO, _yes),
)


def _path(path: str) -> list[str]:
    return path.split(".")


def _set(raw: dict[str, Any], names: list[str], value: object) -> None:
    for name in names[:-1]:
        raw = raw.setdefault(name, {})
    raw[names[-1]] = value


def _completed(raw: dict[str, Any]) -> dict[str, Any]:
    """Lists as lists, parts of the fee as a list, and names for rules and bonuses that have none yet."""
    for rule in raw.get("rules", {}).values():
        rule["tiers"] = _listed(rule.get("tiers", {}))
    for name in LISTS:
        if name in raw:
            raw[name] = _listed(raw[name])
    _name(raw.get("rules", ()), "rule_id", "rule")
    _name(raw.get("bonuses", ()), "bonus_id", "bonus")
    if "flat_fee" in raw:
        parts = raw["flat_fee"].pop("parts", {})
        shares = [{"due": due, "share_basis_points": share} for due, share in parts.items() if share]
        if shares:
            raw["flat_fee"]["parts"] = shares
    return raw


def _listed(rows_by_number: Mapping[str, Any]) -> list[Any]:
    return [rows_by_number[number] for number in sorted(rows_by_number, key=int)]


def _name(entries: Iterable[dict[str, Any]], key: str, word: str) -> None:
    entries = list(entries)
    taken = {entry.get(key) for entry in entries}
    free = (f"{word}-{number}" for number in range(1, MAX_FIELDS) if f"{word}-{number}" not in taken)
    for entry in entries:
        if not entry.get(key):
            entry[key] = next(free)


def _checked(typed: Typed, raw: dict[str, Any]) -> Read:
    try:
        return Read(typed=typed, terms=read_terms(raw), errors={})
    except BadTerms as error:
        return Read(typed=typed, terms=None, errors={name.removeprefix("terms."): words for name, words in error.fields.items()})


def _leaves(part: object, path: str, terms: Terms) -> Iterator[tuple[str, str]]:
    if not is_dataclass(part):
        return
    for field in fields(part):
        value, name = getattr(part, field.name), f"{path}{field.name}"
        if isinstance(value, tuple) and field.name not in WORDS:
            for place, entry in enumerate(value):
                yield from _leaves(entry, f"{name}.{place}.", terms)
        elif is_dataclass(value):
            yield from _leaves(value, f"{name}.", terms)
        elif value is not None:
            yield name, _text(field.name, value, terms.currency)


def _text(name: str, value: Any, currency: str) -> str:  # noqa: ANN401  # a field of terms
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(value)
    if name.endswith("_basis_points"):
        return _percent(value)
    return to_major(value, currency) if name.endswith("_minor") or name == "from_value" else str(value)


def _percent(basis_points: int) -> str:
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02}".rstrip("0") if rest else str(whole)
