"""Reads a contract as a careful person would: from its sentences alone back to the terms that they state.

It shares no word with `chalicelib.contracts.clauses`: each sentence is matched as a whole, and one that says something unknown is an error.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from chalicelib.contracts.terms import Terms
from tests.property.contract_sentences import PERIODS, SAID_OF_EVERY_CONTRACT

DIGITS = {"GBP": 2, "EUR": 2, "JPY": 0, "KWD": 3}
AMOUNT = r"([\d,.]+) [A-Z]{3}"
RATE = r"([\d.]+) %"
SCOPES = {"per show": "show", "over the whole contract": "contract"}
SCOPE = "(per show|over the whole contract)"
DUE = {
    "when both sides have signed": "signing",
    "when the show is completed": "show_completed",
    "when the show's returns have closed": "returns_closed",
}
OVER = {"is recorded": "record", "leads to the make-up shows": "make_up", "gives back the whole flat fee": "void_fee"}
DELIVERED = {
    r"The host appears in each show in person(?:, ([\d,]+) times)?\.": "host_appears",
    r"Each show is on air for at least ([\d,]+) minutes?\.": "minutes_on_air",
    r"Each show has at least ([\d,]+) sessions?\.": "sessions",
    r"At least ([\d,]+) product links? can be followed during each show\.": "links_live",
    r"Each show presents at least ([\d,]+) products? of its line-up\.": "line_up_shown",
}


class Unread(AssertionError):
    """A sentence says something that no term is known for."""


def terms_of(sentences: Iterable[str]) -> Terms:
    """The terms that a contract states, sentence by sentence. Raises `Unread`; a term that nowhere stands is missing then."""
    reader = _Reader()
    for sentence in sentences:
        reader.read(sentence)
    return msgspec.convert(reader.terms, Terms, strict=True)


def periods_of(sentences: Iterable[str]) -> dict[str, int]:
    """The times that a contract states for what may go wrong, by what they are for, in the units of their sentences."""
    found = [(names, re.fullmatch(pattern, sentence)) for sentence in sentences for pattern, names in PERIODS.items()]
    return {name: int(figure) for names, match in found if match is not None for name, figure in zip(names, match.groups(), strict=True)}


class _Reader:
    def __init__(self) -> None:
        self.too_much_counts = False
        self.terms: dict[str, Any] = {
            "commission_base": {},
            "rules": [],
            "bonuses": [],
            "splits": [],
            "tax": {},
            "cancellation": [],
            "deliverables": [],
        }

    def read(self, sentence: str) -> None:
        for pattern, method in PATTERNS.items():
            found = re.fullmatch(pattern, sentence)
            if found is not None:
                getattr(self, method)(*found.groups())
                return
        if not any(re.fullmatch(pattern, sentence) for pattern in (*SAID_OF_EVERY_CONTRACT, *PERIODS)):
            raise Unread(sentence)

    def minor(self, amount: str) -> int:
        digits = DIGITS[self.terms["currency"]]
        assert re.fullmatch(r"\d{1,3}(,\d{3})*" + (rf"\.\d{{{digits}}}" if digits else ""), amount), amount
        return int(Decimal(amount.replace(",", "")).scaleb(digits))

    def frame(self, currency: str, zone: str) -> None:
        self.terms |= {"currency": currency, "timezone": zone}

    def fee(self, amount: str, scope: str) -> None:
        self.terms["flat_fee"] = {"amount_minor": self.minor(amount), "scope": SCOPES[scope], "parts": []}

    def fee_part(self, share: str, due: str) -> None:
        self.terms["flat_fee"]["parts"].append({"due": DUE[due], "share_basis_points": points(share)})

    def rule(self, rule_id: str, goods: str, first: str, others: str) -> None:
        skus = goods.removeprefix("SKUs ").split(", ") if goods.startswith("SKUs ") else []
        category = goods.removeprefix("category ") if goods.startswith("category ") else None
        steps = [(first, "0")] + [(rate, value) for rate, value in re.findall(rf", then {RATE} from ([\d,.]+ \w+)", others)]
        assert re.fullmatch(rf"(, then {RATE} from [\d,.]+ \w+)*", others), others
        self.terms["rules"].append({"rule_id": rule_id, "skus": skus, "category": category, "tiers": steps})

    def rule_adds_up(self, rule_id: str, measure: str, scope: str, effect: str) -> None:
        rule = self.terms["rules"][-1]
        assert rule["rule_id"] == rule_id
        rule["measure"] = {"units kept": "units", "net sales": "net_sales"}[measure]
        rule["accumulates_over"] = SCOPES[scope]
        rule["mode"] = {
            "the rate of the highest bound that is reached applies to all of them": "whole",
            "each rate applies to what lies from its bound up to the next": "marginal",
        }[effect]
        rule["tiers"] = [
            {"from_value": self.bound(value, rule["measure"]), "rate_basis_points": points(rate)} for rate, value in rule["tiers"]
        ]

    def bound(self, value: str, measure: str) -> int:
        if value == "0":
            return 0
        number, unit = value.split()
        assert (unit == "units") == (measure == "units")
        return int(number.replace(",", "")) if measure == "units" else self.minor(number)

    def line_bound(self, rule_id: str, which: str, amount: str) -> None:
        rule = self.terms["rules"][-1]
        assert rule["rule_id"] == rule_id
        rule["min_per_line_minor" if which == "least" else "max_per_line_minor"] = self.minor(amount)

    def cap(self, amount: str, scope: str) -> None:
        self.terms["cap"] = {"amount_minor": self.minor(amount), "scope": SCOPES[scope]}

    def totals(self, version: str) -> None:
        self.terms["totals_from_version"] = int(version)

    def discounts(self, when: str, whose: str) -> None:
        self.terms["commission_base"][f"less_{whose}_discounts"] = when == "after"

    def counted(self, what: str, part: str) -> None:
        field = {"Tax on the goods": "tax_included", "Shipping": "shipping_included"}[what]
        self.terms["commission_base"][field] = part == "part"

    def floor(self, amount: str, scope: str) -> None:
        self.terms["pay_floor"] = {"amount_minor": self.minor(amount), "scope": SCOPES[scope]}

    def guarantee(self, amount: str, scope: str) -> None:
        self.terms["sales_guarantee"] = {"net_sales_minor": self.minor(amount), "scope": SCOPES[scope]}

    def make_up(self, shows: str, days: str, fee: str) -> None:
        agreed = {"shows": whole(shows), "within_days": whole(days), "fee_minor": self.minor(fee)}
        self.terms["sales_guarantee"]["make_up"] = agreed

    def make_ups_are_of(self, whose: str) -> None:
        assert {"each show apart": "show", "the whole contract": "contract"}[whose] == self.terms["sales_guarantee"]["scope"]

    def failed(self, also: str | None) -> None:
        self.too_much_counts = also is not None

    def ceiling(self, rate: str, effect: str) -> None:
        assert self.too_much_counts == (OVER[effect] == "make_up")
        self.terms["sales_guarantee"] |= {"return_rate_ceiling_basis_points": points(rate), "over_ceiling": OVER[effect]}

    def bonus(self, bonus_id: str, amount: str, reached: str, scope: str) -> None:
        self.terms["bonuses"].append(
            {"bonus_id": bonus_id, "amount_minor": self.minor(amount), "net_sales_minor": self.minor(reached), "scope": SCOPES[scope]}
        )

    def window(self, days: str) -> None:
        self.terms["return_window_days"] = whole(days)

    def refunds(self, how: str) -> None:
        self.terms["refund_policy"] = {"computed again on": "rerate", "reduced in proportion to": "proportional"}[how]

    def late_refunds(self, how: str) -> None:
        known = {
            "A refund after maturity is a debt of the host, netted from what is earned next.": "clawback",
            "A refund that happens after its sale matured changes nothing any more.": "final",
        }
        self.terms["refunds_after_maturity"] = known[how]

    def platform_fee(self, rate: str, bearer: str) -> None:
        mode = {"taken from the earnings": "taken", "paid by the brand on top": "on_top"}[bearer]
        self.terms["platform_fee"] = {"rate_basis_points": points(rate), "mode": mode}

    def split(self, share: str, payee: str) -> None:
        named = re.fullmatch(r"the agency .+ \((\w+)\)", payee)
        self.terms["splits"].append({"payee_id": named[1] if named else payee, "share_basis_points": points(share)})

    def tax_on_fee(self, rate: str) -> None:
        self.terms["tax"]["platform_fee_basis_points"] = points(rate)

    def tax_on_invoice(self, rate: str) -> None:
        self.terms["tax"] |= {"host_invoice_basis_points": points(rate), "needs_withholding": False}

    def cancellation(self, hours: str, share: str) -> None:
        self.terms["cancellation"].append({"hours_before": whole(hours), "share_basis_points": points(share)})

    def exclusivity(self, categories: str, first: str, last: str) -> None:
        self.terms["exclusivity"] = {"categories": categories.split(", "), "from_day": first, "until_day": last}

    def deliverable(self, what: str, rate: str | None = None) -> None:
        for pattern, kind in DELIVERED.items():
            found = re.fullmatch(pattern, what)
            if found is not None:
                off = points(rate) if rate is not None else 0
                self.terms["deliverables"].append({"kind": kind, "target": whole(found[1] or "1"), "fee_off_basis_points": off})
                return
        raise Unread(what)

    def order(self, who: str) -> None:
        known = {
            "Either side may sign first.": "any",
            "The brand signs first, and then the host.": "brand_first",
            "The host signs first, and then the brand.": "host_first",
        }
        self.terms["signing_order"] = known[who]


PATTERNS = {
    r"All amounts are in ([A-Z]{3})\. The time zone (\S+) decides every day, period and date of this contract\.": "frame",
    rf"The brand pays a flat fee of {AMOUNT} {SCOPE}\.": "fee",
    rf"Of the flat fee, {RATE} is due (.+)\.": "fee_part",
    rf"Rule (\S+): on (.+) the host earns commission of {RATE}(.*)\.": "rule",
    rf"For rule (\S+) the (units kept|net sales) of these goods add up {SCOPE}; (.+)\.": "rule_adds_up",
    rf"Rule (\S+) pays at (least|most) {AMOUNT} for each sale line(?: of which something is kept)?\.": "line_bound",
    rf"Commission is at most {AMOUNT} {SCOPE}\.": "cap",
    r"Totals over the whole contract count shows from version (\d+) of this contract on\.": "totals",
    r"A sale counts (after|before) the (seller|platform)'s discounts\.": "discounts",
    r"(Tax on the goods|Shipping) is (part|not part) of what counts\.": "counted",
    rf"Pay floor: the brand promises the host at least {AMOUNT} {SCOPE}; what is missing is topped up\.": "floor",
    rf"Sales guarantee: the host promises net sales of at least {AMOUNT} {SCOPE}\. A shortfall .+": "guarantee",
    rf"Before .+ the host may present ([\d,]+) make-up shows? within ([\d,]+) days? for {AMOUNT} each, at .+": "make_up",
    r"They are agreed for (each show apart|the whole contract), and the days count .+": "make_ups_are_of",
    r"If they are not all performed .+ and net sales are short( or too much .+)?, the whole flat fee goes back\.": "failed",
    rf"If more than {RATE} of the units sold in these shows come back, that (.+)\.": "ceiling",
    rf"Bonus (\S+): {AMOUNT} is paid when net sales reach {AMOUNT} {SCOPE}, and taken back .+": "bonus",
    r"A sale matures when its order day and a return window of ([\d,]+) days? have ended\.": "window",
    r"After a refund commission is (computed again on|reduced in proportion to) what was kept\.": "refunds",
    r"(A refund (?:after maturity|that happens after).+)": "late_refunds",
    rf"The marketplace's fee is {RATE} of the earnings, (.+)\.": "platform_fee",
    rf"Of the host's earnings {RATE} goes to (.+)\.": "split",
    rf"Tax on the marketplace's fee is {RATE}\.": "tax_on_fee",
    rf"Tax on the host's self-billed invoice is {RATE}\. No tax is withheld\.": "tax_on_invoice",
    rf"Who cancels a show with ([\d,]+) hours? or more left owes the other side {RATE} of its flat fee\.": "cancellation",
    r"The host works for no competing brand in (.+) from (\S+) until (\S+), both days included\.": "exclusivity",
    rf"(.+?\.) Where it is not met, {RATE} of the show's flat fee is taken off\.": "deliverable",
    r"(.+?\.) Where it is not met, that is recorded and nothing is taken off\.": "deliverable",
    r"(Either side may sign first\.|The (?:brand|host) signs first, and then the (?:brand|host)\.)": "order",
}


def points(rate: str) -> int:
    """Basis points of a percentage as people read it."""
    return int(Decimal(rate).scaleb(2))


def whole(number: str) -> int:
    """A number with its thousands grouped."""
    return int(number.replace(",", ""))
