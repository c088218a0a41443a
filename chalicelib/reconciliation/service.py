"""Reconciling. A run has two workers: the one that may reach Stripe keeps Stripe's word, then the books are compared with everything."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Protocol

import msgspec

from chalicelib.adapters.dynamo import Transaction, canonical_json
from chalicelib.adapters.objects import ObjectStore
from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.core.ids import new_id
from chalicelib.core.periods import period_of
from chalicelib.directory.service import Directory
from chalicelib.ledger.service import LedgerService
from chalicelib.payouts.service import Payouts, positions_of
from chalicelib.payouts.stripe_accounts import StripePayeePayouts
from chalicelib.reconciliation import sides, stripe_sides
from chalicelib.reconciliation.cases import SYSTEM
from chalicelib.reconciliation.closing import Closing, books_of
from chalicelib.reconciliation.exceptions import Exceptions
from chalicelib.reconciliation.listening import Listening, StripeToListenTo
from chalicelib.reconciliation.payee_payouts import PayeePayouts
from chalicelib.reconciliation.payee_store import PayeePayoutStore
from chalicelib.reconciliation.report_store import StripeReportStore
from chalicelib.reconciliation.rules import Apart, NoSuchReport, PeriodOpen, Report, reconcile
from chalicelib.reconciliation.store import NightTaken, Period, ReconciliationStore, Run, RunKnown, RunState
from chalicelib.reconciliation.stripe_reports import StripeReports
from chalicelib.reconciliation.word import StripesWord
from chalicelib.reconciliation.word_store import WordStore
from chalicelib.sales.evidence import SalesEvidence

MAX_RUNS_LISTED = 50
MAX_EXCEPTIONS_LISTED = 1_000
NIGHT_HOUR = 3
"""UTC, by the real clock."""
SNAPSHOT_TOPIC = "reconciliation.snapshot"
COMPARE_TOPIC = "reconciliation.compare"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunWithReport:
    """A run and, once it is done, what it found."""

    run: Run
    report: Report | None

    def page(self, after: str | None) -> "RunWithReport":
        """The same with no more exceptions than an answer can hold: those after the one with an id, or the first ones."""
        if self.report is None:
            return self
        places = (place for place, drift in enumerate(self.report.exceptions, start=1) if drift.exception_id == after)
        start = next(places, 0)
        return replace(self, report=replace(self.report, exceptions=self.report.exceptions[start : start + MAX_EXCEPTIONS_LISTED]))


class StripesBooks(StripeToListenTo, StripePayeePayouts, Protocol):
    """What of Stripe is asked for: its list of movements, its transfers, what came back of them, and what payees' payouts are made of."""


class Reconciliation:
    """Use cases of reconciliation and period close."""

    def __init__(  # noqa: PLR0913  # every feature that has a word to say
        self,
        *,
        store: ReconciliationStore,
        ledger: LedgerService,
        payouts: Payouts,
        sales: SalesEvidence,
        stripe: StripesBooks,
        uploads: ObjectStore,
        records: ObjectStore,
        directory: Directory,
        clock: Clock,
    ) -> None:
        """`stripe` is used by the worker that may reach it only; `sales` is also what an auditor looks into."""
        self._store = store
        self._ledger = ledger
        self._payouts = payouts
        self.sales = sales
        self._listening = Listening(store=WordStore(), records=records, stripe=stripe)
        self._records = records
        self._clock = clock
        self.reports = StripeReports(store=StripeReportStore(), uploads=uploads, records=records, clock=clock)
        self.payee_payouts = PayeePayouts(store=PayeePayoutStore(), accounts=payouts.accounts, gateway=stripe, clock=clock)
        self.closing = Closing(store=store, ledger=ledger, records=records, clock=clock)
        self.exceptions = Exceptions(store=store, ledger=ledger, fundings=payouts.fundings, directory=directory, clock=clock)

    def request(self, principal: Principal, *, report_id: str | None = None) -> Run:
        """Ask for a reconciliation; workers do it within seconds. With the `report_id` of a request, once however often it comes."""
        run = Run(
            report_id=report_id or new_id("rec"),
            state=RunState.REQUESTED,
            requested_by=principal.user_id,
            requested_at=self._clock.real_now(),
        )
        try:
            self._store.request(run, SNAPSHOT_TOPIC)
        except RunKnown:
            return self._run(run.report_id)
        return run

    def nightly(self) -> Run | None:
        """Ask for the night's reconciliation, once a night; None at any other time. Called by the schedule each minute."""
        now = self._clock.real_now()
        if now.hour != NIGHT_HOUR:
            return None
        night = now.date().isoformat()
        if self._store.is_night_taken(night):
            return None
        run = Run(report_id=new_id("rec"), state=RunState.REQUESTED, requested_by=SYSTEM, requested_at=now)
        try:
            self._store.request(run, SNAPSHOT_TOPIC, night=night)
        except NightTaken:
            return None
        return run

    def snapshot(self, report_id: str) -> None:
        """Keep what Stripe says, once, then have it compared."""
        self._listening.hear(report_id)
        Transaction().announce(COMPARE_TOPIC, report_id, iso(self._clock.real_now())).commit()

    def compare(self, report_id: str) -> None:
        """Compare all sides, keep the report, and call settlements reconciled whose transfers agree."""
        run = self._run(report_id)
        if run.state is RunState.DONE:
            return
        stripe = self._listening.heard(report_id)
        now = self._clock.now()
        report = self._report(stripe, now)
        if not self._is_overtaken(run):
            report = replace(report, exceptions=self.exceptions.follow(report.exceptions))
        key = f"reconciliation/{report_id}/report.json"
        self._records.put(key, canonical_json(report), "application/json")
        drifting = stripe_sides.drifting_transfers(report, stripe)
        for settlement in self._payouts.every_settlement():
            if settlement.state == "sent" and settlement.transfer_id not in drifting:
                self._payouts.transfers.mark_reconciled(settlement.settlement_id)
        done = replace(
            run,
            state=RunState.DONE,
            as_of=now,
            report_key=key,
            exceptions=len(report.exceptions),
            unexplained_minor=dict(report.unexplained_minor),
        )
        self._store.finish(done)

    def under_way(self) -> Run | None:
        """The newest run that was asked for, as long as it is not done."""
        newest = next(iter(self.runs()), None)
        return newest if newest is not None and newest.state is RunState.REQUESTED else None

    def runs(self) -> list[Run]:
        """The newest runs first."""
        return self._store.runs(MAX_RUNS_LISTED)

    def get(self, report_id: str) -> RunWithReport:
        """A run with its report. Raises `NoSuchReport`."""
        run = self._run(report_id)
        return RunWithReport(run=run, report=self._kept(run))

    def latest(self) -> RunWithReport | None:
        """The newest run that is done."""
        done = next((run for run in self.runs() if run.state is RunState.DONE), None)
        return None if done is None else RunWithReport(run=done, report=self._kept(done))

    def periods(self) -> list[Period]:
        """All closed periods, in order."""
        return self.closing.periods()

    def close(self, principal: Principal, period: str) -> Period:
        """Close a month for ever. Raises `PeriodOpen` with what is missing, or `PeriodClosed`."""
        latest = self.latest()
        if latest is None or latest.report is None:
            raise PeriodOpen("There has been no reconciliation yet. Run one, then close.")
        return self.closing.close(principal, period, latest.run.report_id, latest.report)

    def journal(self, period: str, format_: str) -> str:
        """A closed period's file as it was written, or an open period's as it would be now."""
        return self.closing.journal(period, format_)

    def changed_periods(self) -> list[str]:
        """Closed periods whose files have another hash than when they were closed: none, ever (invariant 7)."""
        return self.closing.changed()

    def _run(self, report_id: str) -> Run:
        run = self._store.run(report_id)
        if run is None:
            raise NoSuchReport("There has been no such reconciliation.")
        return run

    def _is_overtaken(self, run: Run) -> bool:
        """Whether one that was asked for later is done already: then this one's findings are older than what the cases know."""
        return any(later.state is RunState.DONE for later in self.runs() if later.report_id > run.report_id)

    def _kept(self, run: Run) -> Report | None:
        return msgspec.json.decode(self._records.get(run.report_key).body, type=Report) if run.report_key else None

    def _report(self, stripe: StripesWord, now: datetime) -> Report:
        booked = self._ledger.every_transaction()
        accruals = self._payouts.booked_contracts()
        computed = {each.contract_id: self._payouts.accruals.computed(each.contract_id, each.as_of) for each in accruals}
        kept = {each.contract_id: self._payouts.statement_record(each).statement for each in accruals}
        comparisons = chain(
            sides.feed_to_store(self.sales),
            sides.store_to_ledger(positions_of(each.earned for each in computed.values()), booked, self._ledger.balances()),
            [sides.components({contract_id: each.statement for contract_id, each in computed.items()}, kept)],
            stripe_sides.ledger_to_stripe(booked, self._payouts.every_settlement(), stripe),
            stripe_sides.stripe_reports(self.reports.kept(), booked, stripe),
            stripe_sides.payee_payouts(self.payee_payouts.every(), stripe),
        )
        apart = {kind: Apart(count=count, value_minor=value) for kind, (count, value) in self.sales.reported_apart().items()}
        through = self._store.closed_through() or ""
        books = books_of(each for each in booked if period_of(each.booked_at.date()) > through)
        return reconcile(comparisons, as_of=now, reported_apart=apart, books=books)
