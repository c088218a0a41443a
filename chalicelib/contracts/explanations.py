"""What each part of terms means, in plain words for somebody who has never read a contract. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.contracts.terms import SigningOrder, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of terms in plain words; `field` is its name in Terms."""

    field: str
    title: str
    explanation: str


def parts_of(terms: Terms) -> tuple[Part, ...]:
    """Each part that these terms have, in the order of a contract."""
    return tuple(part for part in PARTS if part.field in set(_present(terms)))


def _present(terms: Terms) -> Iterator[str]:
    for name in ("flat_fee", "rules", "cap", "pay_floor", "sales_guarantee", "bonuses", "splits", "cancellation", "exclusivity"):
        if getattr(terms, name):
            yield name
    if any(len(rule.tiers) > 1 for rule in terms.rules):
        yield "tiers"
    if terms.rules:
        yield "commission_base"
    if terms.sales_guarantee is not None and terms.sales_guarantee.make_up is not None:
        yield "make_up"
    if terms.deliverables:
        yield "deliverables"
    if terms.signing_order is not SigningOrder.ANY:
        yield "signing_order"
    yield from ("return_window_days", "platform_fee")


PARTS: tuple[Part, ...] = (
    Part(
        field="flat_fee",
        title="Flat fee",
        explanation="Paid for appearing, whatever is sold. It can be due in parts: when both have signed, after the show, and when "
        "returns have closed.",
    ),
    Part(
        field="rules",
        title="Commission",
        explanation="A share of what is sold and kept. The first rule that covers a sale takes it; what no rule covers earns nothing.",
    ),
    Part(
        field="tiers",
        title="Tiers",
        explanation="The rate changes where sales pass a bound. Marginal: only what lies past the bound earns the new rate. "
        "Whole: reaching it re-rates everything.",
    ),
    Part(
        field="commission_base",
        title="What a sale counts for",
        explanation="Whether discounts, tax and shipping count. Platform discounts are usually paid by the platform, so they often do.",
    ),
    Part(
        field="cap",
        title="Cap",
        explanation="The most commission that is paid, per show or over the whole contract. Beyond it the host earns no more.",
    ),
    Part(
        field="pay_floor",
        title="Pay floor",
        explanation="The brand's promise: where fee and commission together stay below it, the difference is topped up.",
    ),
    Part(
        field="sales_guarantee",
        title="Sales guarantee",
        explanation="The host's promise of net sales. Where they stay out, the flat fee goes back in proportion once returns have closed.",
    ),
    Part(
        field="make_up",
        title="Make-up shows",
        explanation="Before anything goes back the host may present further shows. If they do not take place, the whole fee goes back.",
    ),
    Part(
        field="bonuses",
        title="Bonuses",
        explanation="A fixed sum for reaching a milestone of net sales, taken back where returns bring sales below it again.",
    ),
    Part(
        field="return_window_days",
        title="Returns",
        explanation="Earnings mature when so many days after the order are over. Until then returns simply lower them.",
    ),
    Part(
        field="splits",
        title="Agency's share",
        explanation="What of the host's earnings goes to the host's agency directly. It costs the brand nothing more.",
    ),
    Part(
        field="platform_fee",
        title="Marketplace's fee",
        explanation="A share of the earnings, taken from them or paid by the brand on top.",
    ),
    Part(
        field="cancellation",
        title="Cancellation",
        explanation="Who cancels late owes the other side a share of the flat fee, more the later it is. What is not listed costs nothing.",
    ),
    Part(
        field="exclusivity",
        title="Exclusivity",
        explanation="On these days the host works for no competing brand in these categories. The host loses other work by it.",
    ),
    Part(
        field="deliverables",
        title="What is delivered",
        explanation="Facts that are checked after the show. Where one is not met, the stated share of the flat fee goes.",
    ),
    Part(
        field="signing_order",
        title="Order of signing",
        explanation="Who signs the contract first. The other side signs what has been signed, and until then nothing binds.",
    ),
)
"""Everything that terms can say, in plain words."""
