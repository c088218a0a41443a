"""What terms would have paid: the very function that earnings are computed by, asked with other terms of shows that are over."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chalicelib.contracts.template_service import Example, ExampleRow
from chalicelib.contracts.terms import CommissionRule, Terms
from chalicelib.contracts.wording import money
from chalicelib.core.money import allocate
from chalicelib.core.words import plural
from chalicelib.payouts.earnings import Fact, RefundFact, SaleAmounts, SaleFact, ShowFacts, Statement, earnings, fold
from chalicelib.payouts.ports import SalesFacts, ShowFactsSource
from chalicelib.payouts.statement import NAMES, ON_TOP
from chalicelib.shows.rules import Show

CONTRACT, HOST = "example", "host"
UNITS = 100
"""How many units make up the round figures."""
AT = datetime(2024, 1, 10, 19, tzinfo=UTC)
LONG_AFTER = timedelta(days=30)


class EarningsOfExamples:
    """`WouldHavePaid` by payouts' earnings."""

    def __init__(self, *, of_host: Callable[[str], Iterable[Show]], shows: ShowFactsSource, sales: SalesFacts) -> None:
        """`of_host` has a host's shows; the two sources are those that earnings are computed from."""
        self._of_host = of_host
        self._shows = shows
        self._sales = sales

    def on_shows(self, terms: Terms, creator_id: str, brand_id: str | None, shows: int) -> Example | None:
        """As if the host's last shows had been those of one contract on these terms, with all returns that are known, in the end."""
        over = [show for show in self._of_host(creator_id) if _counts(show, terms.currency, brand_id)]
        last = sorted(over, key=lambda show: show.starts_at)[-shows:]
        facts = [self._facts(show, terms) for show in last]
        known = [self._sales.show_sales(show.show_id) for show in last]
        if not facts:
            return None
        sales = [sale for sold, _ in known for sale in sold]
        refunds = [refund for _, returned in known for refund in returned]
        titles = ", ".join(f"\u201c{show.title}\u201d of {show.starts_at:%-d %b %Y}" for show in last)
        which = "show" if len(last) == 1 else plural(len(last), "show")
        basis = f"The host's last {which} on these terms, with the sales and returns known by now: {titles}."
        return _example(basis, _computed(terms, facts, sales, refunds), terms, is_real=True)

    def on_figures(self, terms: Terms, net_sales_minor: Sequence[int]) -> tuple[Example, ...]:
        """As if the contract had one show that sold for so much, evenly over the goods that its rules name, and nothing came back."""
        return tuple(self._on_figure(terms, minor) for minor in net_sales_minor)

    def _on_figure(self, terms: Terms, minor: int) -> Example:
        known = Fact(occurred_at=AT, recorded_at=AT)
        show = ShowFacts(show_id=CONTRACT, scheduled_start=AT, terms=terms, signed=known, completed=known, actual_end=AT)
        basis = f"An example, no forecast: one show with net sales of {money(minor, terms)}, {UNITS} units, nothing returned"
        goods = ", spread evenly over the goods that the rules name." if len(terms.rules) > 1 else "."
        return _example(basis + goods, _computed(terms, [show], _even_sales(terms.rules, minor), ()), terms, is_real=False)

    def _facts(self, show: Show, terms: Terms) -> ShowFacts:
        real = next(fact for fact in self._shows.show_facts(show.contract_id) if fact.show_id == show.show_id)
        return replace(real, terms=terms, terms_version=1, disputed=None, is_make_up=False, makes_up_for=None)


def _counts(show: Show, currency: str, brand_id: str | None) -> bool:
    """Whether a show is over, was paid for in this currency and is one that may be told of."""
    return show.ended is not None and show.cancelled is None and show.currency == currency and brand_id in {None, show.brand_id}


def _even_sales(rules: Sequence[CommissionRule], minor: int) -> list[SaleFact]:
    """One sale of many units for each rule, by which the rule is the first to match."""
    covered = rules or (None,)
    amounts, units = allocate(minor, [1] * len(covered)), allocate(UNITS, [1] * len(covered))
    return [
        SaleFact(
            line_id=f"sale-{place}",
            show_id=CONTRACT,
            sku=rule.skus[0] if rule is not None and rule.skus else "other goods",
            category=None if rule is None else rule.category,
            ordered_at=AT,
            recorded_at=AT,
            units=units[place],
            amounts=SaleAmounts(price_minor=amounts[place]),
        )
        for place, rule in enumerate(covered)
    ]


def _computed(terms: Terms, shows: Sequence[ShowFacts], sales: Sequence[SaleFact], refunds: Sequence[RefundFact]) -> Statement:
    """Long after the last show, when returns have closed and nobody has made up for anything."""
    guarantee = terms.sales_guarantee
    make_up_days = guarantee.make_up.within_days if guarantee is not None and guarantee.make_up is not None else 0
    ends = [show.actual_end or show.scheduled_start for show in shows]
    learned = [sale.recorded_at for sale in sales] + [refund.recorded_at for refund in refunds]
    window = timedelta(days=terms.return_window_days + make_up_days)
    as_of = max([*ends, *learned]) + window + max(show.attribution_after for show in shows) + LONG_AFTER
    buckets = fold(CONTRACT, {show.show_id: terms for show in shows}, sales, refunds, as_of)
    return earnings(CONTRACT, terms, shows, buckets, as_of, host_id=HOST)


def _example(basis: str, statement: Statement, terms: Terms, *, is_real: bool) -> Example:
    payees = statement.payees.earned_minor
    host = statement.payee(HOST).earned_minor
    on_top = statement.component(ON_TOP).earned_minor
    return Example(
        basis=basis,
        is_real=is_real,
        currency=terms.currency,
        net_sales_minor=sum(show.net_sales_minor for show in statement.shows),
        rows=tuple(
            ExampleRow(component=row.component, title=_title(row.component), formula=row.formula, amount_minor=row.amount_minor)
            for row in statement.rows
            if row.amount_minor or row.component in {"flat_fee", "guarantee_give_back"} or row.component.startswith("commission")
        ),
        host_minor=host,
        agency_minor=payees - host,
        brand_minor=payees + on_top,
    )


def _title(component: str) -> str:
    name, _, which = component.partition(":")
    return f"{NAMES[name]} ({which})" if which else NAMES[name]
