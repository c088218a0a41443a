"""Large contracts: work grows with the buckets and no faster, and what is written of them stays small."""

import time
from datetime import timedelta

from chalicelib.adapters.dynamo import canonical_json
from chalicelib.contracts.terms import Bonus, Cap, FlatFee, MakeUp, SalesGuarantee, Scope, Split, Terms
from chalicelib.ledger.rules import MAX_POSTINGS, postings_of
from chalicelib.payouts.earnings import Bucket, ShowFacts, Statement, earnings
from chalicelib.payouts.ports import ContractParties
from chalicelib.payouts.records import Accrual
from chalicelib.payouts.rules.booked import as_booked
from chalicelib.payouts.rules.positions import Funds, positions
from tests.unit.earnings_kit import FIRST_SHOW, HOST, LADDER, LONG_AFTER, SIGNED, at, rule, terms

SHOWS, DAYS, RULES = 200, 92, 5
MOST_SECONDS = 15
"""Twenty times what it takes; anything that grows with the square of the shows takes minutes."""
SMALL_BYTES = 4_000


def agreed() -> Terms:
    """Everything that adds up over the contract or looks at all its shows."""
    return terms(
        rules=tuple(rule(LADDER, rule_id=f"r{number}", category=f"c{number}", over=Scope.CONTRACT) for number in range(RULES)),
        flat_fee=FlatFee(amount_minor=100_000_00, scope=Scope.CONTRACT),
        cap=Cap(amount_minor=1_000_00, scope=Scope.CONTRACT),
        sales_guarantee=SalesGuarantee(net_sales_minor=10_000_00, scope=Scope.SHOW, make_up=MakeUp(shows=1, within_days=10)),
        bonuses=(Bonus(bonus_id="b", net_sales_minor=1_000_00, amount_minor=10_00, scope=Scope.CONTRACT),),
        splits=(Split(payee_id="agy", share_basis_points=2_000),),
    )


def held(number: int, terms_: Terms) -> ShowFacts:
    starts = FIRST_SHOW + timedelta(days=number)
    ends = starts + timedelta(hours=3)
    return ShowFacts(show_id=f"s{number:04}", scheduled_start=starts, terms=terms_, signed=at(SIGNED), completed=at(ends), actual_end=ends)


def sold(number: int) -> list[Bucket]:
    return [
        Bucket(
            contract_id="contract",
            show_id=f"s{number:04}",
            rule_id=f"r{place}",
            order_day=(FIRST_SHOW + timedelta(days=number + day)).date(),
            base_sold_minor=1_000,
            base_kept_minor=900,
            units_sold=3,
            units_kept_in_tiers=2,
            units_returned=1,
        )
        for day in range(DAYS)
        for place in range(RULES)
    ]


def statement_of_all(shows: tuple[ShowFacts, ...], terms_: Terms) -> Statement:
    buckets = [bucket for number in range(SHOWS) for bucket in sold(number)]
    return earnings("contract", terms_, shows, buckets, LONG_AFTER, host_id=HOST)


def test_a_contract_of_200_shows_with_92_days_and_5_rules_each_is_stated_in_seconds_and_booked_in_one_small_item() -> None:
    terms_ = agreed()
    shows = tuple(held(number, terms_) for number in range(SHOWS))
    begun = time.process_time()
    statement = statement_of_all(shows, terms_)
    assert time.process_time() - begun < MOST_SECONDS
    assert statement.component("cap").earned_minor < 0
    parties = ContractParties(contract_id="contract", brand_id="brd", creator_id=HOST, agency_ids=("agy",), title="", terms=terms_)
    target = positions(as_booked(parties, shows, statement), Funds(received_minor=1_000_00, locked_minor={}))
    amounts = {account: money.minor for account, money in target.items()}
    accrual = Accrual(
        contract_id="contract",
        brand_id="brd",
        currency="GBP",
        sequence=1,
        positions=amounts,
        payees=("agy", HOST),
        as_of=LONG_AFTER,
        statement_key="",
        statement_sha256="",
    )
    assert len(postings_of(amounts, "GBP")) <= MAX_POSTINGS
    assert len(canonical_json(accrual)) < SMALL_BYTES
