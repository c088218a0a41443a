"""What is compared on each leg: nothing is left out on either side, and nothing hides behind something else."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from chalicelib.contracts.terms import FeeMode
from chalicelib.ledger.accounts import PLATFORM_STRIPE_BALANCE, PLATFORM_STRIPE_FEES, Account
from chalicelib.ledger.audit import ContractPosition
from chalicelib.ledger.rules import Booked, Posting
from chalicelib.payouts.earnings import ShowStatement, Statement
from chalicelib.payouts.earnings.amounts import NOTHING, Row
from chalicelib.payouts.rules.settlements import CameBack, Settlement, SettlementState
from chalicelib.payouts.stripe_port import BalanceTransaction, ReversalState, TransferState
from chalicelib.reconciliation import sides, stripe_sides
from chalicelib.reconciliation.advice import ADVICE
from chalicelib.reconciliation.rules import COUNT, Apart, Comparison, Drift, Leg, Report, Side, reconcile
from chalicelib.reconciliation.word import StripesWord
from tests.fakes.console import Market, console, market

__all__ = ["console", "market"]

NOON = datetime(2011, 2, 1, 12, tzinfo=UTC)
TRANSFER = TransferState(
    id="tr_1", amount_minor=380, currency="GBP", destination="acct_1", group="set_1", settlement_id="set_1", reversed_minor=0,
    balance_transaction="txn_1", created=1,
)  # fmt: skip
SETTLEMENT = Settlement(
    settlement_id="set_1", payee_id="crt_1", currency="GBP", amount_minor=380, carried_minor=0, ledger_sequence=1,
    state=SettlementState.SENT, prepared_by="ann", prepared_at=NOON, manifest_key="m", manifest_sha256="0", transfer_id="tr_1",
)  # fmt: skip


def booked(key: str, *postings: tuple[Account, int, str], kind: str = "transfer", **facts: str) -> Booked:
    return Booked(
        key=key,
        kind=kind,
        occurred_at=NOON,
        booked_at=NOON,
        recorded_at=NOON,
        reason="because",
        postings=tuple(Posting(*posting) for posting in postings),
        places=(),
        facts=facts,
    )


def entry(txn: str, minor: int, type_: str = "transfer", **changes: Any) -> BalanceTransaction:
    given: dict[str, Any] = {"fee_minor": 0, "net_minor": minor, "currency": "GBP", "source": "tr_1", "created": 1, "available_on": 1}
    return BalanceTransaction(id=txn, type=type_, amount_minor=minor, **{**given, **changes})


SENT = booked("transfer#tr_1", (PLATFORM_STRIPE_BALANCE, -380, "GBP"), balance_transaction="txn_1", transfer_id="tr_1")
REVERSALS = tuple(
    ReversalState(id=f"trr_{txn}", amount_minor=minor, currency="GBP", balance_transaction=txn, reference="", created=1)
    for minor, txn in ((50, "txn_2"), (30, "txn_3"))
)
BACK = [
    booked(
        each.id, (PLATFORM_STRIPE_BALANCE, each.amount_minor, "GBP"), kind="transfer_reversed", balance_transaction=each.balance_transaction
    )
    for each in REVERSALS
]
REVERSED = replace(TRANSFER, reversed_minor=80)
PARTLY_BACK = replace(
    SETTLEMENT,
    came_back=tuple(
        CameBack(stripe_id=each.id, amount_minor=each.amount_minor, balance_transaction=each.balance_transaction, booked_at=NOON)
        for each in REVERSALS
    ),
)
CAME_BACK = (entry("txn_2", 50, "transfer_refund", source="trr_1"), entry("txn_3", 30, "transfer_refund", source="trr_2"))


def leg_c(
    ledger: list[Booked], settlements: list[Settlement], transactions: list[BalanceTransaction], transfers: list[TransferState]
) -> Report:
    reversals = {each.id: REVERSALS for each in transfers if each.reversed_minor}
    word = StripesWord(transactions=tuple(transactions), transfers=tuple(transfers), reversals=reversals)
    return reconcile(stripe_sides.ledger_to_stripe(ledger, settlements, word), as_of=NOON, reported_apart={})


def told(report: Report) -> list[tuple[str, str, int | None, int | None]]:
    return [(drift.kind, drift.key, drift.left_minor, drift.right_minor) for drift in report.exceptions]


def test_a_settlement_its_transfer_its_entry_and_the_books_agree() -> None:
    report = leg_c([SENT], [SETTLEMENT], [entry("txn_1", -380)], [TRANSFER])
    assert (report.exceptions, report.unexplained_minor) == ((), {"GBP": 0})
    assert [(leg.kind, leg.compared, leg.matched) for leg in report.legs] == [
        ("balance", 1, 1), ("fees", 0, 0), ("settlements", 1, 1), ("transfers", 1, 1),
    ]  # fmt: skip


def test_what_was_reversed_in_several_parts_agrees_with_what_is_booked_of_it() -> None:
    settlement = PARTLY_BACK
    assert told(leg_c([SENT, *BACK], [settlement], [entry("txn_1", -380), *CAME_BACK], [REVERSED])) == []


def test_a_reversal_that_the_books_or_the_settlement_do_not_know_is_an_exception_with_its_amount() -> None:
    report = leg_c([SENT], [SETTLEMENT], [entry("txn_1", -380), *CAME_BACK], [REVERSED])
    assert told(report) == [
        ("balance", "txn_2", None, 50), ("balance", "txn_3", None, 30), ("settlements", "tr_1 reversed", None, -80),
    ]  # fmt: skip


def test_a_wrong_amount_and_a_wrong_reversal_do_not_make_up_for_each_other() -> None:
    off = replace(REVERSED, amount_minor=381, reversed_minor=81)
    report = leg_c([SENT, *BACK], [PARTLY_BACK], [entry("txn_1", -380), *CAME_BACK], [off])
    assert told(report) == [
        ("settlements", "tr_1", 380, 381), ("settlements", "tr_1 reversed", -80, -81),
        ("transfers", "tr_1", 381, 380), ("transfers", "tr_1 reversed", -81, -80),
    ]  # fmt: skip
    assert report.unexplained_minor == {"GBP": 4}


def test_two_settlements_of_one_transfer_and_two_entries_of_one_transfer_do_not_hide_each_other() -> None:
    twice = [SETTLEMENT, replace(SETTLEMENT, settlement_id="set_2")]
    report = leg_c([SENT], twice, [entry("txn_1", -380), entry("txn_9", -380)], [TRANSFER])
    assert told(report) == [("balance", "txn_9", None, -380), ("settlements", "tr_1", 760, 380), ("transfers", "tr_1", 380, 760)]


def test_what_only_one_side_knows_is_an_exception_in_both_directions() -> None:
    ours = leg_c([SENT], [SETTLEMENT], [], [])
    assert told(ours) == [("balance", "txn_1", -380, None), ("settlements", "tr_1", 380, None)]
    theirs = leg_c([], [], [entry("txn_1", -380)], [TRANSFER])
    assert told(theirs) == [("balance", "txn_1", None, -380), ("settlements", "tr_1", None, 380)]
    assert [drift.suggestion for drift in ours.exceptions] == [ADVICE["balance"].left_only, ADVICE["settlements"].left_only]
    assert [drift.suggestion for drift in theirs.exceptions] == [ADVICE["balance"].right_only, ADVICE["settlements"].right_only]
    assert told(leg_c([], [], [entry("txn_1", -380)], [])) == [("balance", "txn_1", None, -380), ("transfers", "tr_1", None, 380)]


def test_a_charge_is_compared_net_and_its_fee_by_itself() -> None:
    charge = entry("txn_5", 11_000, "charge", fee_minor=185, net_minor=10_815, source="ch_1")
    paid = booked(
        "deposit", (PLATFORM_STRIPE_BALANCE, 10_815, "GBP"), (PLATFORM_STRIPE_FEES, 185, "GBP"), balance_transaction="txn_5"
    )  # fmt: skip
    assert told(leg_c([paid], [], [charge], [])) == []
    shifted = replace(charge, fee_minor=186, net_minor=10_814)
    report = leg_c([paid], [], [shifted], [])
    assert told(report) == [("balance", "txn_5", 10_815, 10_814), ("fees", "txn_5", 185, 186)]
    assert report.exceptions[0].suggestion == ADVICE["balance"].differs


def test_an_entry_in_a_second_currency_under_the_same_object_is_seen() -> None:
    both = booked("x", (PLATFORM_STRIPE_BALANCE, -380, "GBP"), (PLATFORM_STRIPE_BALANCE, 7, "EUR"), balance_transaction="txn_1")
    report = leg_c([both], [SETTLEMENT], [entry("txn_1", -380)], [TRANSFER])
    assert report.unexplained_minor["EUR"] == 7
    assert report.exceptions


def test_what_was_posted_and_taken_back_stands_for_nothing_at_stripe() -> None:
    back = booked("y", (PLATFORM_STRIPE_BALANCE, 380, "GBP"), balance_transaction="txn_1")
    assert told(leg_c([SENT, back], [], [], [])) == []
    assert told(leg_c([SENT, back], [], [entry("txn_1", -380, "payout")], [])) == [("balance", "txn_1", None, -380)]


def statement(**changes: Any) -> Statement:
    given: dict[str, Any] = {
        "component": "flat_fee", "show_id": "shw_1", "formula": "f", "inputs": {}, "amount_minor": 300, "matured_minor": 200,
    }  # fmt: skip
    show = ShowStatement(
        show_id="shw_1", terms_version=1, rows=(Row(**{**given, **changes}),), shares=(), platform_fee=NOTHING,
        platform_fee_mode=FeeMode.TAKEN, invoiced=NOTHING, net_sales_minor=0, units_sold=0, units_returned=0,
        returns_closed=True, disputed=False,
    )  # fmt: skip
    return Statement(contract_id="ctr_1", currency="GBP", as_of=NOON, shows=(show,), tax=())


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"amount_minor": 301}, [("ctr_1 shw_1 flat_fee earned", 300, 301)]),
        ({"matured_minor": 199}, [("ctr_1 shw_1 flat_fee matured", 200, 199)]),
        (
            {"component": "cap"},
            [
                ("ctr_1 shw_1 cap earned", None, 300), ("ctr_1 shw_1 cap matured", None, 200),
                ("ctr_1 shw_1 flat_fee earned", 300, None), ("ctr_1 shw_1 flat_fee matured", 200, None),
            ],
        ),
    ],
)  # fmt: skip
def test_each_component_of_each_show_is_compared_with_the_booked_statement(changes: dict[str, Any], found: list[Any]) -> None:
    compared = sides.components({"ctr_1": statement()}, {"ctr_1": statement(**changes)})
    report = reconcile([compared], as_of=NOON, reported_apart={})
    assert [(drift.key, drift.left_minor, drift.right_minor) for drift in report.exceptions] == found


def test_contracts_and_balances_are_compared_with_the_entries() -> None:
    pending = Account("payee:crt_1:pending")
    accrual = replace(booked("a", (pending, -80, "GBP"), kind="accrual"), contract_id="ctr_1")
    position = ContractPosition(contract_id="ctr_1", account=pending, currency="GBP", minor=-81)
    report = reconcile(sides.store_to_ledger([position], [accrual], []), as_of=NOON, reported_apart={})
    assert told(report) == [("balances", "payee:crt_1:pending GBP", -80, None), ("contracts", "ctr_1 payee:crt_1:pending", -81, -80)]


def test_what_adds_up_to_nothing_need_not_exist_on_the_other_side() -> None:
    pending = Account("payee:crt_1:pending")
    nothing = ContractPosition(contract_id="ctr_1", account=pending, currency="GBP", minor=0)
    there_and_back = [replace(booked(str(minor), (pending, minor, "GBP"), kind="accrual"), contract_id="ctr_2") for minor in (80, -80)]
    report = reconcile(sides.store_to_ledger([nothing], there_and_back, []), as_of=NOON, reported_apart={})
    assert only(report, "contracts") == []


def only(report: Report, kind: str) -> list[Drift]:
    return [drift for drift in report.exceptions if drift.kind == kind]


def leg_a(market: Market) -> Report:
    found = market.console.services.reconciliation.sales
    apart = {kind: Apart(count=count, value_minor=value) for kind, (count, value) in found.reported_apart().items()}
    return reconcile(sides.feed_to_store(found), as_of=NOON, reported_apart=apart)


def test_a_file_is_compared_with_what_became_of_it_row_by_row_and_by_its_hash(market: Market) -> None:
    market.sold()
    report = leg_a(market)
    assert report.exceptions == ()
    assert {leg.kind: leg.compared for leg in report.legs} == {"files": 1, "rows": 1, "lines": 2, "show sales": 1, "refunds": 0}
    assert report.reported_apart == {
        "orphans": Apart(count=0),
        "parked": Apart(count=0),
        "unattributed": Apart(count=1, value_minor={"GBP": 12_75}),
        "rejected": Apart(count=1),
        "contradicted": Apart(count=0),
    }
    files = market.console.services.reconciliation.sales._files
    record = next(iter(market.console.services.reconciliation.sales._finished()))
    key = f"uploads/{record.brand_id}/{record.import_id}"
    files._uploads.put(key, files.uploaded(record).replace(b"o-3,1", b"o-4,1"), "text/csv")
    altered = leg_a(market)
    assert [(drift.left_minor, drift.right_minor) for drift in only(altered, "files")] in ([(1, None), (None, 1)], [(None, 1), (1, None)])
    files._uploads.put(key, files.uploaded(record).replace(b"o-4,1,22423,2011-01-10T19:30:00Z,many,12.75,GBP\n", b""), "text/csv")
    (missing,) = only(leg_a(market), "rows")
    assert (missing.left_minor, missing.right_minor, missing.currency) == (2, 3, COUNT)


def test_a_row_that_contradicts_a_known_line_is_reported_apart_whatever_order_files_are_read_in(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    market.imported("o-1,1,22423,2011-01-10T19:30:00Z,2,12.75,GBP")
    market.imported("o-1,1,22423,2011-01-10T19:30:00Z,2,13.75,GBP", "o-2,1,22423,2011-01-10T19:31:00Z,1,1.00,GBP")
    evidence = market.console.services.reconciliation.sales
    every = list(evidence._imports.every())
    for order in (every, every[::-1]):
        monkeypatch.setattr(evidence._imports, "every", partial(iter, order))
        report = leg_a(market)
        assert report.exceptions == ()
        assert report.reported_apart["contradicted"] == Apart(count=1)


def test_what_is_counted_is_no_money() -> None:
    comparison = Comparison(
        leg=Leg.FEED_STORE,
        kind="rows",
        left=Side(name="file", amounts={COUNT: {"imp_1 3"}}),
        right=Side(name="import", amounts={COUNT: {"imp_1 5"}}),
        suggestion="Count again.",
    )
    report = reconcile([comparison], as_of=NOON, reported_apart={})
    assert [drift.drift_minor for drift in report.exceptions] == [2]
    assert report.unexplained_minor == {}


def test_every_kind_that_is_compared_says_what_to_do_about_it() -> None:
    assert all(advice.differs for advice in ADVICE.values())


@pytest.mark.parametrize(
    ("ledger", "transactions", "agrees"),
    [
        ([SENT], [entry("txn_1", -380)], True),
        ([SENT], [entry("txn_1", -381)], False),
        ([], [entry("txn_1", -380)], False),
        ([SENT], [], False),
    ],
)
def test_a_settlement_is_reconciled_only_when_books_transfer_and_balance_all_say_the_same(
    ledger: list[Booked], transactions: list[BalanceTransaction], *, agrees: bool
) -> None:
    word = StripesWord(transactions=tuple(transactions), transfers=(TRANSFER,))
    report = reconcile(stripe_sides.ledger_to_stripe(ledger, [SETTLEMENT], word), as_of=NOON, reported_apart={})
    assert ("tr_1" not in stripe_sides.drifting_transfers(report, word)) is agrees


def test_a_transfer_with_a_drifting_reversal_or_that_stripe_does_not_list_is_not_reconciled() -> None:
    word = StripesWord(transactions=(entry("txn_1", -380), *CAME_BACK), transfers=(REVERSED,), reversals={"tr_1": REVERSALS})
    report = reconcile(stripe_sides.ledger_to_stripe([SENT], [PARTLY_BACK], word), as_of=NOON, reported_apart={})
    assert "tr_1" in stripe_sides.drifting_transfers(report, word)
    nothing = StripesWord(transactions=(), transfers=())
    report = reconcile(stripe_sides.ledger_to_stripe([], [SETTLEMENT], nothing), as_of=NOON, reported_apart={})
    assert "tr_1" in stripe_sides.drifting_transfers(report, nothing)
