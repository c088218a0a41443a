"""Reads the scenario into plain rows, one list per table that the statements need. Nothing is computed here but times."""

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

WHOLE_BASIS_POINTS = 10_000
BEYOND_ANY_SALE_MINOR = 2**62

Row = tuple[Any, ...]


class Unsupported(NotImplementedError):
    """The scenario uses terms that the oracle's statements do not cover."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is known when: the instant asked about, the upload in force, and the cut of that upload, in local wall time."""

    as_of: datetime
    known_before: datetime
    file: str | None


class Scenario:
    """The parsed file; every method gives the rows of one table."""

    def __init__(self, content: dict[str, Any]) -> None:
        """Take the parsed TOML and refuse what is not covered."""
        self.content = content
        self.zone = ZoneInfo(self.content["feed"]["timezone"])
        self.contracts: list[dict[str, Any]] = self.content["contracts"]
        self.steps: list[dict[str, Any]] = self.content["steps"]
        self.in_order = sorted(self.content["shows"], key=lambda show: (show["scheduled_start"], show["slug"]))
        for contract in self.contracts:
            _refuse_what_is_not_covered(contract["slug"], contract["terms"], self.content["feed"])

    @classmethod
    def read(cls, path: Path) -> "Scenario":
        """Parse the file at `path`."""
        with path.open("rb") as text:
            return cls(tomllib.load(text))

    def wall(self, instant: datetime) -> datetime:
        """The wall clock of the feed's zone, without a zone, as the file states its times."""
        return instant.astimezone(self.zone).replace(tzinfo=None)

    def question(self, as_of: datetime) -> Question:
        """Which upload was there by `as_of`."""
        there = [step for step in self.steps if step["do"] == "upload" and step["at"] <= as_of]
        if not there:
            return Question(self.wall(as_of), datetime.min, None)  # noqa: DTZ901 - a wall time, like the file's
        return Question(self.wall(as_of), there[-1].get("rows_before", datetime(9999, 1, 1)), there[-1]["file"])  # noqa: DTZ001 - same

    def fact(self, kind: str, key: str, slug: str) -> datetime | None:
        """The latest wall time of a step of this kind about `slug`: a contract is signed when the second side has signed."""
        times = [step["at"] for step in self.steps if step["do"] == kind and step.get(key) == slug]
        return self.wall(max(times)) if times else None

    def show_rows(self) -> list[Row]:
        """(slug, contract, place in its contract, opens_at, closes_at, completed_at, returns_close_at)."""
        windows = {contract["slug"]: contract["terms"]["return_window_days"] for contract in self.contracts}
        placed: dict[str, int] = {}
        rows: list[Row] = []
        for show in self.in_order:
            placed[show["contract"]] = placed.get(show["contract"], 0) + 1
            opens = self.wall(show["actual_start"] - timedelta(minutes=show["attribution_before_minutes"]))
            closes = self.wall(show["actual_end"] + timedelta(minutes=show["attribution_after_minutes"]))
            midnight = closes.replace(hour=0, minute=0, second=0, microsecond=0)
            returns_close = midnight + timedelta(days=windows[show["contract"]] + 1)
            completed = self.fact("complete", "show", show["slug"])
            rows.append((show["slug"], show["contract"], placed[show["contract"]], opens, closes, completed, returns_close))
        return rows

    def line_up_rows(self) -> list[Row]:
        """(slug, code)."""
        return [(show["slug"], sku.upper()) for show in self.in_order for sku in show["lineup"]]

    def product_rows(self) -> list[Row]:
        """(code, category)."""
        return [(product["sku"].upper(), product["category"]) for product in self.content["products"]]

    def contract_rows(self) -> list[Row]:
        """One row a contract, with every term that stands once."""
        return [self._contract_row(contract["slug"], contract["terms"]) for contract in self.contracts]

    def _contract_row(self, slug: str, terms: dict[str, Any]) -> Row:
        fee, cap = terms.get("flat_fee", {}), terms.get("cap", {})
        return (
            slug,
            self.fact("sign", "contract", slug),
            terms["return_window_days"],
            terms.get("refund_policy", "rerate"),
            terms.get("refunds_after_maturity", "clawback"),
            fee.get("amount_minor"),
            fee.get("scope", "show"),
            cap.get("amount_minor"),
            cap.get("scope"),
            terms.get("sales_guarantee", {}).get("net_sales_minor"),
            terms.get("pay_floor", {}).get("amount_minor"),
            terms["platform_fee"]["rate_basis_points"],
            terms["platform_fee"]["mode"],
        )

    def fee_part_rows(self) -> list[Row]:
        """(contract, due, basis points)."""
        return [
            (contract["slug"], part["due"], part["share_basis_points"])
            for contract in self.contracts
            for part in contract["terms"].get("flat_fee", {}).get("parts", [])
        ]

    def rule_rows(self) -> list[Row]:
        """(contract, rule id, place in the list, skus, category, mode, accumulates_over)."""
        return [
            (
                contract["slug"],
                rule["rule_id"],
                place,
                [sku.upper() for sku in rule.get("skus", [])],
                rule.get("category"),
                rule.get("mode", "marginal"),
                rule.get("accumulates_over", "show"),
            )
            for contract in self.contracts
            for place, rule in enumerate(contract["terms"]["rules"])
        ]

    def tier_rows(self) -> list[Row]:
        """(contract, rule id, from, the next bound, basis points)."""
        rows: list[Row] = []
        for contract in self.contracts:
            for rule in contract["terms"]["rules"]:
                tiers = rule["tiers"]
                bounds = [tier["from_value"] for tier in tiers[1:]] + [BEYOND_ANY_SALE_MINOR]
                rows += [
                    (contract["slug"], rule["rule_id"], tier["from_value"], bound, tier["rate_basis_points"])
                    for tier, bound in zip(tiers, bounds, strict=True)
                ]
        return rows

    def bonus_rows(self) -> list[Row]:
        """(contract, bonus id, milestone, amount, scope)."""
        return [
            (contract["slug"], bonus["bonus_id"], bonus["net_sales_minor"], bonus["amount_minor"], bonus["scope"])
            for contract in self.contracts
            for bonus in contract["terms"].get("bonuses", [])
        ]

    def payee_rows(self) -> list[Row]:
        """(contract, payee, basis points, is the host): the host has what the agencies leave."""
        rows: list[Row] = []
        for contract in self.contracts:
            splits = contract["terms"].get("splits", [])
            rows += [(contract["slug"], split["payee_id"], split["share_basis_points"], False) for split in splits]
            left = WHOLE_BASIS_POINTS - sum(split["share_basis_points"] for split in splits)
            rows.append((contract["slug"], contract["host"], left, True))
        return rows


def _refuse_what_is_not_covered(slug: str, terms: dict[str, Any], feed: dict[str, Any]) -> None:
    problems = {
        "another zone than the feed's": terms["timezone"] != feed["timezone"],
        "another currency than the feed's": terms["currency"] != feed["currency"],
        "tax": any(terms.get("tax", {}).values()),
        "a measure other than net_sales": any(rule.get("measure", "net_sales") != "net_sales" for rule in terms["rules"]),
        "amounts per line": any("min_per_line_minor" in rule or "max_per_line_minor" in rule for rule in terms["rules"]),
        "a guarantee or floor over a contract": any(
            terms.get(name, {}).get("scope") == "contract" for name in ("sales_guarantee", "pay_floor")
        ),
        "make-up shows": "make_up" in terms.get("sales_guarantee", {}),
        "a return rate ceiling that does something": terms.get("sales_guarantee", {}).get("over_ceiling", "record") != "record",
        "deliverables that take off the fee": any(item.get("fee_off_basis_points", 0) for item in terms.get("deliverables", [])),
    }
    found = [name for name, holds in problems.items() if holds]
    if found:
        message = f"contract {slug} has {', '.join(found)}: extend the oracle's statements first"
        raise Unsupported(message)
