"""Lines a second when a contract's sales are folded into buckets and its earnings computed, by the product's own rules, in memory."""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from chalicelib.contracts.terms import Cap, Scope
from chalicelib.payouts.earnings import Fact, RefundFact, SaleAmounts, SaleFact, ShowFacts, Statement, earnings, fold
from tests.bench.figures import Figure, median
from tests.bench.say import Say
from tests.bench.sizes import Sizes
from tests.bench.synthetic import FIRST_SHOW, HOST, NOW, REFUNDED_OF_A_HUNDRED, SHOW_MINUTES, line_id_of
from tests.bench.synthetic import TERMS as COMMON_TERMS

CONTRACT = "ctr_bench"
TERMS = replace(COMMON_TERMS, cap=Cap(amount_minor=3_000_000_00, scope=Scope.CONTRACT))
"""Marginal tiers over the contract, a bound per line, a bonus, a split, a fee on top, tax; and a cap that holds a part back."""
SHOWS = 20
PRODUCTS = 200


def measure(sizes: Sizes, say: Say) -> Iterator[Figure]:
    """The median over the repetitions; all of them must state the same."""
    say(f"earnings of {sizes.lines_of_earnings:,} sale lines: making them")
    shows = [_show(number) for number in range(SHOWS)]
    sales = _sales(sizes, shows)
    refunds = _refunds(sales)
    turns, rates = sizes.repetitions_of_earnings, []
    stated: Statement | None = None
    for turn in range(turns):
        began = time.perf_counter()
        statement = _state(shows, sales, refunds)
        rates.append(len(sales) / (time.perf_counter() - began))
        say(f"earnings, turn {turn + 1} of {turns}: {rates[-1]:,.0f} lines/s, {statement.payees.earned_minor:,} minor units")
        if stated is not None and stated != statement:
            message = "the same sales earned something else"
            raise ArithmeticError(message)
        stated = statement
    yield Figure(name="earnings_lines_per_second", value=median(rates), unit="lines/s")


def _state(shows: Sequence[ShowFacts], sales: Sequence[SaleFact], refunds: Sequence[RefundFact]) -> Statement:
    buckets = fold(CONTRACT, {show.show_id: show.terms for show in shows}, sales, refunds, NOW)
    return earnings(CONTRACT, TERMS, shows, buckets, NOW, host_id=HOST)


def _show(number: int) -> ShowFacts:
    starts = FIRST_SHOW + timedelta(days=7 * number)
    ends = starts + timedelta(minutes=SHOW_MINUTES)
    signed, completed = (Fact(occurred_at=at, recorded_at=at) for at in (FIRST_SHOW - timedelta(days=30), ends))
    return ShowFacts(show_id=f"shw_{number:02}", scheduled_start=starts, terms=TERMS, signed=signed, completed=completed, actual_end=ends)


def _sales(sizes: Sizes, shows: Sequence[ShowFacts]) -> list[SaleFact]:
    chance = random.Random(sizes.seed)
    return [_sale(chance, sizes.seed, number, shows[number % len(shows)]) for number in range(sizes.lines_of_earnings)]


def _sale(chance: random.Random, seed: int, number: int, show: ShowFacts) -> SaleFact:
    ordered_at = show.scheduled_start + timedelta(seconds=chance.randrange(SHOW_MINUTES * 60))
    price = chance.randrange(2_00, 80_00)
    return SaleFact(
        line_id=line_id_of(seed, number),
        show_id=show.show_id,
        sku=f"SKU-{chance.randrange(PRODUCTS):04}",
        ordered_at=ordered_at,
        recorded_at=ordered_at,
        units=chance.randrange(1, 5),
        amounts=SaleAmounts(price_minor=price, seller_discount_minor=price // 10 if number % 4 == 0 else 0),
    )


def _refunds(sales: Sequence[SaleFact]) -> list[RefundFact]:
    """Of each hundred sales some come back whole, a day later."""
    back = [sale for number, sale in enumerate(sales) if number % 100 < REFUNDED_OF_A_HUNDRED]
    return [
        RefundFact(
            refund_id=f"back-{sale.line_id}",
            line_id=sale.line_id,
            units=sale.units,
            amount_minor=sale.amounts.paid_minor,
            occurred_at=sale.ordered_at + timedelta(days=1),
            recorded_at=sale.recorded_at + timedelta(days=1),
        )
        for sale in back
    ]
