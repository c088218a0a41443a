"""How many writes it takes to claim what a payee is owed, with many contracts and buckets behind it."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial

from chalicelib.contracts.terms import CommissionRule, FeeMode, PlatformFee, Terms, Tier
from chalicelib.ledger import accounts
from chalicelib.ledger.rules import Transaction, postings_of
from chalicelib.payouts.accrual import Accruals
from chalicelib.payouts.store import PayoutsStore
from tests.bench.figures import Figure, Target, larger
from tests.bench.house import House
from tests.bench.meter import Meter
from tests.bench.sale_lines import Unfinished
from tests.bench.say import Say
from tests.bench.sizes import Sizes
from tests.bench.synthetic import FIRST_SHOW, NOW
from tests.fakes.deals import BRAND, PREPARER, Market, sale, show

TARGET = Target("=", 1)
TERMS = Terms(
    currency="EUR",
    timezone="Europe/London",
    return_window_days=14,
    rules=(CommissionRule(rule_id="all", tiers=(Tier(from_value=0, rate_basis_points=1_000),)),),
    platform_fee=PlatformFee(rate_basis_points=1_000, mode=FeeMode.ON_TOP),
)
FUNDED_MINOR = 1_000_000_00
SALE_MINOR = 100_00
EARNED_MINOR = 10_00
"""Of each sale, by the terms."""


def measure(house: House, meter: Meter, sizes: Sizes, say: Say) -> Iterator[Figure]:
    """Everything that is earned is booked contract by contract; then one person prepares the settlement."""
    contracts, buckets = sizes.contracts_of_settlement, sizes.buckets_of_settlement
    say(f"booking {contracts} contracts of one payee, {buckets:,} buckets in all")
    _book(house, contracts, buckets // contracts)
    began = time.perf_counter()
    with meter.counting() as tally:
        run = house.services.payouts.settlements.prepare(PREPARER, TERMS.currency)
    seconds = time.perf_counter() - began
    if [each.amount_minor for each in run.settlements] != [buckets * EARNED_MINOR]:
        message = f"the settlement should take {buckets * EARNED_MINOR}: {run}"
        raise Unfinished(message)
    yield Figure(name="settlement_claim_transactions", value=tally.requests["TransactWriteItems"], unit="TransactWriteItems", target=TARGET)
    yield Figure(name="settlement_claim_write_requests", value=tally.write_requests, unit="write requests")
    yield Figure(name="settlement_claim_seconds", value=seconds, unit="s")
    yield larger("settlement_claim_write_units", "write units", tally.writes)
    yield larger("settlement_claim_read_units", "read units", tally.reads)


def _book(house: House, contracts: int, days: int) -> None:
    """A contract has one show with a sale on each of so many days: a bucket each."""
    for number in range(contracts):
        market = _market(number, days)
        contract_id = f"ctr_settled_{number:03}"
        services = house.services
        accruals = Accruals(
            store=PayoutsStore(),
            ledger=services.ledger,
            records=services._records,
            contracts=market,
            shows=market,
            sales=market,
            clock=services.clock,
            invoices=services.payouts.invoices,
        )
        _fund(house, contract_id)
        accruals.accrue(contract_id)
        if len(accruals.computed(contract_id, NOW).buckets) != days:
            message = f"{contract_id} has not {days} buckets"
            raise Unfinished(message)


def _market(number: int, days: int) -> Market:
    market = Market()
    show_id = f"shw_settled_{number:03}"
    market.add(f"ctr_settled_{number:03}", show(show_id, starts=FIRST_SHOW, terms=TERMS), terms=TERMS)
    market.sales = [
        replace(sale(f"{show_id}-{day:03}", SALE_MINOR, show_id), ordered_at=FIRST_SHOW + timedelta(days=day)) for day in range(days)
    ]
    return market


def _fund(house: House, contract_id: str) -> None:
    """The brand has paid more than enough."""
    amounts = {accounts.PLATFORM_STRIPE_BALANCE: FUNDED_MINOR, accounts.brand_prepaid(BRAND): -FUNDED_MINOR}
    paid = Transaction(
        key=f"funding#{contract_id}",
        kind="funding",
        occurred_at=NOW,
        reason="deposit paid by the brand",
        postings=postings_of(amounts, TERMS.currency),
        contract_id=contract_id,
    )
    received = partial(PayoutsStore().receive, contract_id=contract_id, received_minor=FUNDED_MINOR, version=0)
    house.services.ledger.post(paid, joined=received)
