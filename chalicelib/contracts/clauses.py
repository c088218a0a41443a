"""The contract in plain English: numbered clauses that state every figure of the terms. Pure.

Earnings are computed from the same `Terms` object, so what people sign and what is paid cannot drift apart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.bookings.rules import when
from chalicelib.contracts import common_clauses as common
from chalicelib.contracts.promise_clauses import promises
from chalicelib.contracts.terms import (
    AfterMaturity,
    CommissionRule,
    Deliverable,
    FeeMode,
    Measure,
    RefundPolicy,
    Scope,
    Terms,
    TierMode,
)
from chalicelib.contracts.wording import ALL_GOODS, DUE, SCOPE, SIGNING_ORDER, bound, goods, money, percent
from chalicelib.core.clock import in_words
from chalicelib.core.words import plural


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """Who agrees, by name and id."""

    brand_id: str
    brand_name: str
    creator_id: str
    creator_name: str
    agency_id: str | None = None
    agency_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedShow:
    """A show that the contract is about."""

    show_id: str
    starts_at: datetime
    minutes: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A numbered sentence: ``3.2``."""

    number: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A numbered heading and its clauses."""

    number: int
    heading: str
    clauses: tuple[Clause, ...]


def sections(terms: Terms, parties: Parties, shows: Sequence[AgreedShow]) -> tuple[Section, ...]:
    """All sections of the contract, numbered from 1; sections with nothing to say are left out."""
    drafts = (
        ("Parties and shows", [*_parties(parties), *_shows(terms, shows)]),
        ("Flat fee", list(_fee(terms))),
        ("Commission", list(_commission(terms))),
        ("What a sale counts for", list(_base(terms))),
        ("Promises", list(promises(terms))),
        ("Returns and refunds", list(_returns(terms))),
        ("Deductions, shares and tax", list(_shares(terms, parties))),
        ("Cancellation", list(_cancellation(terms))),
        ("Exclusivity and what is delivered", list(_conduct(terms))),
        ("Disputes", list(common.disputes())),
        ("Signature", list(_signature(terms))),
    )
    spoken = [(heading, sentences) for heading, sentences in drafts if sentences]
    return tuple(
        Section(
            number=number,
            heading=heading,
            clauses=tuple(Clause(number=f"{number}.{place}", text=text) for place, text in enumerate(sentences, 1)),
        )
        for number, (heading, sentences) in enumerate(spoken, 1)
    )


def _parties(parties: Parties) -> Iterator[str]:
    yield f"The brand is {parties.brand_name} ({parties.brand_id})."
    yield f"The host is {parties.creator_name} ({parties.creator_id})."
    if parties.agency_id is not None:
        yield f"The host is represented by the agency {parties.agency_name} ({parties.agency_id})."
    yield common.MARKETPLACE


def _shows(terms: Terms, shows: Sequence[AgreedShow]) -> Iterator[str]:
    for show in shows:
        time = when(show.starts_at, show.starts_at + timedelta(minutes=show.minutes), terms.timezone)
        lasting = f"{plural(show.minutes, 'minute')} from {in_words(show.starts_at)}"
        yield f"The host presents the show \u201c{show.title}\u201d ({show.show_id}) on {time}, {lasting}."
    yield common.MOVED
    yield f"All amounts are in {terms.currency}. The time zone {terms.timezone} decides every day, period and date of this contract."


def _fee(terms: Terms) -> Iterator[str]:
    fee = terms.flat_fee
    if fee is None:
        return
    yield f"The brand pays a flat fee of {money(fee.amount_minor, terms)} {SCOPE[fee.scope]}."
    for part in fee.parts:
        yield f"Of the flat fee, {percent(part.share_basis_points)} is due {DUE[part.due]}."
    if fee.scope is Scope.CONTRACT:
        yield "It is spread evenly over the shows of this contract, make-up shows excepted; a show's part is its flat fee."


def _commission(terms: Terms) -> Iterator[str]:
    for rule in terms.rules:
        yield f"Rule {rule.rule_id}: on {goods(rule)} the host earns {_tiers(rule, terms)}."
        yield _how_tiers_work(rule)
        if rule.min_per_line_minor is not None:
            least = money(rule.min_per_line_minor, terms)
            yield f"Rule {rule.rule_id} pays at least {least} for each sale line of which something is kept."
        if rule.max_per_line_minor is not None:
            yield f"Rule {rule.rule_id} pays at most {money(rule.max_per_line_minor, terms)} for each sale line."
    yield from _all_rules(terms.rules)
    if terms.cap is not None:
        yield f"Commission is at most {money(terms.cap.amount_minor, terms)} {SCOPE[terms.cap.scope]}."
    if terms.totals_from_version > 1:
        yield f"Totals over the whole contract count shows from version {terms.totals_from_version} of this contract on."


def _all_rules(rules: Sequence[CommissionRule]) -> Iterator[str]:
    if any(rule.measure is Measure.UNITS and len(rule.tiers) > 1 for rule in rules):
        yield "A rule that counts units takes each unit that was kept at the average of what they count for."
    if len(rules) > 1:
        yield "The rules are asked in this order; the first one that covers a sale takes it. A sale that none covers earns no commission."
    elif rules and goods(rules[0]) != ALL_GOODS:
        yield "A sale that the rule does not cover earns no commission."


def _tiers(rule: CommissionRule, terms: Terms) -> str:
    first, *others = rule.tiers
    steps = [percent(first.rate_basis_points)]
    steps += [f"{percent(tier.rate_basis_points)} from {bound(rule, tier.from_value, terms)}" for tier in others]
    return "commission of " + ", then ".join(steps)


def _how_tiers_work(rule: CommissionRule) -> str:
    measured = "the units kept of these goods" if rule.measure is Measure.UNITS else "the net sales of these goods"
    if rule.mode is TierMode.WHOLE:
        effect = "the rate of the highest bound that is reached applies to all of them"
    else:
        effect = "each rate applies to what lies from its bound up to the next"
    return f"For rule {rule.rule_id} {measured} add up {SCOPE[rule.accumulates_over]}; {effect}."


def _base(terms: Terms) -> Iterator[str]:
    yield from common.attribution(terms.currency)
    base = terms.commission_base
    yield f"A sale counts {'after' if base.less_seller_discounts else 'before'} the seller's discounts."
    yield f"A sale counts {'after' if base.less_platform_discounts else 'before'} the platform's discounts."
    yield f"Tax on the goods is {'part' if base.tax_included else 'not part'} of what counts."
    yield f"Shipping is {'part' if base.shipping_included else 'not part'} of what counts."


def _returns(terms: Terms) -> Iterator[str]:
    window = plural(terms.return_window_days, "day")
    yield f"A sale matures when its order day and a return window of {window} have ended."
    yield "Earnings that have matured are payable as far as the brand has paid."
    yield "The returns of a show close when the last day on which a sale of it could be ordered and the return window have ended."
    if terms.refund_policy is RefundPolicy.RERATE:
        yield "After a refund commission is computed again on what was kept."
    else:
        yield "After a refund commission is reduced in proportion to what was kept."
    if terms.refunds_after_maturity is AfterMaturity.CLAWBACK:
        yield "A refund after maturity is a debt of the host, netted from what is earned next."
    else:
        yield "A refund that happens after its sale matured changes nothing any more."
        yield "A refund that happened before that counts however late it is reported."
    yield from common.payment()


def _payee(payee_id: str, parties: Parties) -> str:
    return f"the agency {parties.agency_name} ({payee_id})" if payee_id == parties.agency_id and parties.agency_name else payee_id


def _shares(terms: Terms, parties: Parties) -> Iterator[str]:
    yield from common.computation(terms.currency)
    fee = terms.platform_fee
    bearer = "taken from the earnings" if fee.mode is FeeMode.TAKEN else "paid by the brand on top"
    yield f"The marketplace's fee is {percent(fee.rate_basis_points)} of the earnings, {bearer}."
    for split in terms.splits:
        yield f"Of the host's earnings {percent(split.share_basis_points)} goes to {_payee(split.payee_id, parties)}."
    if terms.splits and fee.mode is FeeMode.TAKEN:
        yield "The host's earnings are what is left of the earnings after the marketplace's fee."
    yield f"Tax on the marketplace's fee is {percent(terms.tax.platform_fee_basis_points)}."
    yield f"Tax on the host's self-billed invoice is {percent(terms.tax.host_invoice_basis_points)}. No tax is withheld."
    yield "Tax comes on top of the amount of each document and is rounded once on it."


def _cancellation(terms: Terms) -> Iterator[str]:
    yield "Either side may cancel a show until its scheduled start, to which the hours are counted."
    for row in sorted(terms.cancellation, key=lambda row: -row.hours_before):
        share = percent(row.share_basis_points)
        yield f"Who cancels a show with {plural(row.hours_before, 'hour')} or more left owes the other side {share} of its flat fee."
    if len(terms.cancellation) > 1:
        yield "Where several of these apply, the one with the most hours does."
    if all(row.hours_before for row in terms.cancellation):
        yield (
            "Who cancels a show with fewer hours left owes nothing for it."
            if terms.cancellation
            else "Who cancels a show owes nothing for it."
        )
    yield from common.absence()
    yield "A cancelled show earns no flat fee; what was due of it before goes back."
    yield "What is owed for a cancellation is between brand and host alone: no fee and no share is taken from it."


def _conduct(terms: Terms) -> Iterator[str]:
    if terms.exclusivity is not None:
        exclusive = terms.exclusivity
        names = ", ".join(exclusive.categories)
        yield f"The host works for no competing brand in {names} from {exclusive.from_day} until {exclusive.until_day}, both days included."
        yield "A competing brand is any other brand, with regard to shows in these categories."
    for owed in terms.deliverables:
        taken = (
            f"{percent(owed.fee_off_basis_points)} of the show's flat fee is"
            if owed.fee_off_basis_points
            else "that is recorded and nothing is"
        )
        yield f"{_delivered(owed)} Where it is not met, {taken} taken off."
    if terms.deliverables:
        yield from common.delivery()


def _delivered(owed: Deliverable) -> str:
    match owed.kind:
        case "host_appears":
            often = "" if owed.target == 1 else f", {owed.target:,} times"
            return f"The host appears in each show in person{often}."
        case "minutes_on_air":
            return f"Each show is on air for at least {plural(owed.target, 'minute')}."
        case "sessions":
            return f"Each show has at least {plural(owed.target, 'session')}."
        case "links_live":
            return f"At least {plural(owed.target, 'product link')} can be followed during each show."
        case "line_up_shown":
            return f"Each show presents at least {plural(owed.target, 'product')} of its line-up."
        case other:
            return f"Each show delivers {other.replace('_', ' ')}: {owed.target:,}."


def _signature(terms: Terms) -> Iterator[str]:
    yield "Both sides sign this document electronically (a simple electronic signature). It binds when both have signed."
    yield SIGNING_ORDER[terms.signing_order]
    yield from common.signing()
    yield f"Later changes are amendments that both sides sign. Amounts stay in {terms.currency}."
    yield "An amendment binds the shows whose scheduled start is at or after the instant that it names. Shows before it keep their version."
