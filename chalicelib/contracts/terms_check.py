"""What is wrong with a set of terms, as a sentence per field. Terms with problems are never offered or signed.

Fields are named by their path, such as ``rules.0.tiers`` or ``flat_fee.amount_minor``. Where a field has several problems
the first one found stands.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chalicelib.contracts.terms import (
    CommissionRule,
    Exclusivity,
    FlatFee,
    OverCeiling,
    RefundPolicy,
    SalesGuarantee,
    Terms,
)
from chalicelib.core.clock import FIRST_YEAR, LAST_YEAR, is_in_reach
from chalicelib.core.currencies import require_payable
from chalicelib.core.errors import Invalid
from chalicelib.core.money import BASIS_POINTS_OF_ONE, LARGEST_MINOR, UnknownCurrency

RETURN_WINDOW_LIMIT_DAYS = 365
MAKE_UP_LIMIT_SHOWS = 100
MAKE_UP_LIMIT_DAYS = 3 * 365
CANCELLATION_LIMIT_HOURS = 365 * 24
TARGET_LIMIT = 100_000
RULES_LIMIT = 100
TIERS_LIMIT = 20
ENTRIES_LIMIT = 100
DELIVERABLE_KINDS = ("host_appears", "sessions", "minutes_on_air", "links_live", "line_up_shown")
NAME = re.compile(r"[\w.-]{1,64}")
"""Ids and SKUs: what stands in a sentence of the contract must not read as one."""
WORDS = re.compile(r"[\w &'/().+-]{1,80}")
"""A category in a few words."""

Problem = tuple[str, str]


class BadTerms(Invalid):
    """The terms have problems; `fields` has a sentence for each."""


def require_sound(terms: Terms) -> None:
    """Raises `BadTerms` with a sentence per field when something is wrong with the terms."""
    problems = check(terms)
    if problems:
        first = next(iter(problems.values()))
        more = f" {len(problems) - 1} more to correct." if len(problems) > 1 else ""
        raise BadTerms(first + more, fields=problems)


def check(terms: Terms) -> dict[str, str]:
    """Field path -> sentence; empty when the terms can be offered and signed."""
    found: dict[str, str] = {}
    for field, sentence in _problems(terms):
        found.setdefault(field, sentence)
    return found


def _problems(terms: Terms) -> Iterator[Problem]:
    yield from _frame(terms)
    yield from _numbers(terms, "")
    if terms.flat_fee is not None:
        yield from _flat_fee(terms.flat_fee)
    yield from _rules(terms)
    yield from _promises(terms)
    yield from _lists(terms)
    yield from _entries(terms)
    yield from _names(terms)
    if terms.exclusivity is not None:
        yield from _exclusivity(terms.exclusivity)


def _frame(terms: Terms) -> Iterator[Problem]:
    try:
        require_payable(terms.currency)
    except UnknownCurrency as error:
        yield "currency", error.message
    if not _is_zone(terms.timezone):
        yield "timezone", f"{terms.timezone!r} is no time zone. Use an IANA name such as Europe/London."
    if not 0 <= terms.return_window_days <= RETURN_WINDOW_LIMIT_DAYS:
        yield "return_window_days", f"The return window must be 0 to {RETURN_WINDOW_LIMIT_DAYS} days."
    if terms.totals_from_version < 1:
        yield "totals_from_version", "Totals count from version 1 or a later one."
    if terms.tax.needs_withholding:
        yield "tax.needs_withholding", "Contracts that need tax withheld cannot be paid here yet. Agree on terms without withholding."


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _numbers(part: object, path: str) -> Iterator[Problem]:
    """Every amount within 0 to 2^53 and every share and rate within 0 to 100 %, wherever it stands."""
    if isinstance(part, tuple):
        for place, entry in enumerate(part):
            yield from _numbers(entry, f"{path}{place}.")
    elif is_dataclass(part):
        for field in fields(part):
            value = getattr(part, field.name)
            yield from _number(value, path + field.name) if isinstance(value, int) else _numbers(value, f"{path}{field.name}.")


def _number(value: int, path: str) -> Iterator[Problem]:
    if path.endswith(("_minor", "from_value")) and not 0 <= value <= LARGEST_MINOR:
        yield path, "Amounts must be 0 or more and at most 2^53 minor units."
    if path.endswith("_basis_points") and not 0 <= value <= BASIS_POINTS_OF_ONE:
        yield path, "Rates and shares must be 0 % to 100 %."


def _flat_fee(fee: FlatFee) -> Iterator[Problem]:
    if sum(part.share_basis_points for part in fee.parts) != BASIS_POINTS_OF_ONE:
        yield "flat_fee.parts", "The parts of the flat fee must add up to 100 %."
    yield from _twice("flat_fee.parts", (part.due.value for part in fee.parts), "Two parts of the flat fee are due on {}. Join them.")


def _rules(terms: Terms) -> Iterator[Problem]:
    if len(terms.rules) > RULES_LIMIT:
        yield "rules", f"A contract can have {RULES_LIMIT} rules at most."
    yield from _twice("rules", (rule.rule_id for rule in terms.rules), "Two rules have the id {}. Give each its own.")
    for place, rule in enumerate(terms.rules):
        path = f"rules.{place}"
        if not rule.rule_id:
            yield f"{path}.rule_id", "A rule needs an id."
        if rule.skus and rule.category is not None:
            yield f"{path}.category", "A rule matches SKUs or a category, not both. Make two rules of it."
        yield from _tiers(rule, f"{path}.tiers")
        yield from _line_bounds(rule, terms.refund_policy, path)


def _tiers(rule: CommissionRule, path: str) -> Iterator[Problem]:
    bounds = [tier.from_value for tier in rule.tiers]
    if not bounds or bounds[0] != 0:
        yield path, "The first tier must begin at 0."
    if any(upper <= lower for lower, upper in pairwise(bounds)):
        yield path, "Each tier must begin above the one before it."
    if len(bounds) > TIERS_LIMIT:
        yield path, f"A rule can have {TIERS_LIMIT} tiers at most."


def _line_bounds(rule: CommissionRule, policy: RefundPolicy, path: str) -> Iterator[Problem]:
    least, most = rule.min_per_line_minor, rule.max_per_line_minor
    if least is None and most is None:
        return
    field = f"{path}.{'max_per_line_minor' if least is None else 'min_per_line_minor'}"
    if len(rule.tiers) > 1:
        yield field, "A bound per sale line needs a rule with a single rate."
    if policy is RefundPolicy.PROPORTIONAL:
        yield field, "A bound per sale line needs refunds that re-rate the commission."
    if least is not None and most is not None and least > most:
        yield field, "The least per sale line must not be above the most."


def _promises(terms: Terms) -> Iterator[Problem]:
    guarantee = terms.sales_guarantee
    if guarantee is None:
        return
    if terms.pay_floor is not None and terms.pay_floor.scope is guarantee.scope:
        sentence = "A pay floor and a sales guarantee over the same scope are opposite promises. Keep one of them."
        yield "pay_floor", sentence
        yield "sales_guarantee", sentence
    yield from _guarantee(guarantee)


def _guarantee(guarantee: SalesGuarantee) -> Iterator[Problem]:
    if guarantee.net_sales_minor == 0:
        yield "sales_guarantee.net_sales_minor", "A sales guarantee must promise more than 0."
    if guarantee.over_ceiling is not OverCeiling.RECORD and guarantee.return_rate_ceiling_basis_points is None:
        yield "sales_guarantee.return_rate_ceiling_basis_points", "State the return rate over which this applies."
    make_up = guarantee.make_up
    if make_up is None:
        if guarantee.over_ceiling is OverCeiling.MAKE_UP:
            yield "sales_guarantee.make_up", "State how many make-up shows a return rate over the ceiling leads to."
        return
    if not 1 <= make_up.shows <= MAKE_UP_LIMIT_SHOWS:
        yield "sales_guarantee.make_up.shows", f"Agree on 1 to {MAKE_UP_LIMIT_SHOWS} make-up shows, or on none."
    if not 1 <= make_up.within_days <= MAKE_UP_LIMIT_DAYS:
        yield "sales_guarantee.make_up.within_days", f"Make-up shows need at least one day, and {MAKE_UP_LIMIT_DAYS} at most."


def _lists(terms: Terms) -> Iterator[Problem]:
    for name in ("bonuses", "splits", "cancellation", "deliverables"):
        if len(getattr(terms, name)) > ENTRIES_LIMIT:
            yield name, f"There can be {ENTRIES_LIMIT} entries at most."
    yield from _twice("bonuses", (bonus.bonus_id for bonus in terms.bonuses), "Two bonuses have the id {}. Give each its own.")
    yield from _twice("splits", (split.payee_id for split in terms.splits), "{} has two splits. Join them.")
    yield from _twice("cancellation", (str(row.hours_before) for row in terms.cancellation), "Two rows begin {} hours before the show.")
    yield from _twice("deliverables", (each.kind for each in terms.deliverables), "{} is listed twice. Keep one of them.")
    if sum(split.share_basis_points for split in terms.splits) > BASIS_POINTS_OF_ONE:
        yield "splits", "The splits give away more than 100 % of the host's earnings."


def _entries(terms: Terms) -> Iterator[Problem]:
    for place, bonus in enumerate(terms.bonuses):
        if bonus.net_sales_minor == 0:
            yield f"bonuses.{place}.net_sales_minor", "A bonus needs a milestone above 0."
    for place, row in enumerate(terms.cancellation):
        if not 0 <= row.hours_before <= CANCELLATION_LIMIT_HOURS:
            yield (
                f"cancellation.{place}.hours_before",
                f"Hours before the start must be 0 or more, and {CANCELLATION_LIMIT_HOURS:,} at most.",
            )
    for place, deliverable in enumerate(terms.deliverables):
        if deliverable.kind not in DELIVERABLE_KINDS:
            yield f"deliverables.{place}.kind", f"Deliverables are {', '.join(DELIVERABLE_KINDS)}."
        if not 1 <= deliverable.target <= TARGET_LIMIT:
            yield f"deliverables.{place}.target", f"A deliverable needs a target of 1 or more, and {TARGET_LIMIT:,} at most."


def _names(terms: Terms) -> Iterator[Problem]:
    """What people name themselves stands in the contract's sentences, so it must be a name and nothing more."""
    for place, rule in enumerate(terms.rules):
        yield from _unlike(NAME, f"rules.{place}.rule_id", rule.rule_id)
        yield from _unlike(NAME, f"rules.{place}.skus", *rule.skus)
        yield from _unlike(WORDS, f"rules.{place}.category", rule.category or "goods")
    for place, bonus in enumerate(terms.bonuses):
        yield from _unlike(NAME, f"bonuses.{place}.bonus_id", bonus.bonus_id)
    for place, split in enumerate(terms.splits):
        yield from _unlike(NAME, f"splits.{place}.payee_id", split.payee_id)
    if terms.exclusivity is not None:
        yield from _unlike(WORDS, "exclusivity.categories", *terms.exclusivity.categories)


def _unlike(pattern: re.Pattern[str], field: str, *names: str) -> Iterator[Problem]:
    allowed = "letters, digits, dots, hyphens and underscores" if pattern is NAME else "letters, digits, blanks and & ' / ( ) . + -"
    for name in names:
        if not pattern.fullmatch(name):
            yield field, f"{name[:80]!r} cannot stand in a contract. Use a few {allowed}."


def _exclusivity(exclusivity: Exclusivity) -> Iterator[Problem]:
    try:
        begins, ends = date.fromisoformat(exclusivity.from_day), date.fromisoformat(exclusivity.until_day)
    except ValueError:
        yield "exclusivity.from_day", "Write the days of exclusivity as YYYY-MM-DD."
        return
    if not (is_in_reach(begins) and is_in_reach(ends)):
        yield "exclusivity.until_day", f"Exclusivity begins and ends in the years {FIRST_YEAR} to {LAST_YEAR}."
    if begins > ends:
        yield "exclusivity.until_day", "Exclusivity must not end before it begins."
    if not exclusivity.categories:
        yield "exclusivity.categories", "Name the categories that are exclusive."


def _twice(field: str, names: Iterable[str], sentence: str) -> Iterator[Problem]:
    for name, times in Counter(names).items():
        if times > 1:
            yield field, sentence.format(name)


def check_amendment(before: Terms, after: Terms) -> dict[str, str]:
    """`check` of the new version, and what an amendment may not change: a contract has one currency and one time zone."""
    problems = check(after)
    if after.currency != before.currency:
        problems["currency"] = f"A contract keeps its currency, {before.currency}. Make a new contract for {after.currency}."
    if after.timezone != before.timezone:
        problems["timezone"] = f"A contract keeps its time zone, {before.timezone}. Make a new contract for {after.timezone}."
    return problems
