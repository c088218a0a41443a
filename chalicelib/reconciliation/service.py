"""Reconciling and closing. A run has two workers: the one that may reach Stripe keeps Stripe's word, then the books are compared.

Closing locks the period first, so that nothing can be booked into it any more, then writes its files and their hash.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import msgspec

from chalicelib.adapters.dynamo import Transaction, canonical_json
from chalicelib.adapters.objects import ObjectStore
from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.core.errors import Invalid
from chalicelib.core.ids import new_id
from chalicelib.core.periods import bounds, period_end, period_of
from chalicelib.directory.service import Directory
from chalicelib.ledger.rules import Booked
from chalicelib.ledger.service import LedgerService
from chalicelib.payouts.service import Payouts
from chalicelib.payouts.stripe_port import StripeBooks
from chalicelib.reconciliation import exports, sides
from chalicelib.reconciliation.cases import SYSTEM
from chalicelib.reconciliation.exceptions import Exceptions
from chalicelib.reconciliation.rules import (
    Leg,
    NoSuchReport,
    PeriodClosed,
    PeriodOpen,
    Report,
    may_close,
    reconcile,
)
from chalicelib.reconciliation.store import NightTaken, Period, ReconciliationStore, Run, RunKnown, RunState
from chalicelib.sales.evidence import SalesEvidence

MAX_RUNS_LISTED = 50
NIGHT_HOUR = 3
"""UTC, by the real clock."""
SNAPSHOT_TOPIC = "reconciliation.snapshot"
COMPARE_TOPIC = "reconciliation.compare"
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
FORMATS = ("csv", "beancount")


class UnknownFormat(Invalid):
    """The journal is written as CSV or as beancount text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunWithReport:
    """A run and, once it is done, what it found."""

    run: Run
    report: Report | None


class Reconciliation:
    """Use cases of reconciliation and period close."""

    def __init__(  # noqa: PLR0913  # every feature that has a word to say
        self,
        *,
        store: ReconciliationStore,
        ledger: LedgerService,
        payouts: Payouts,
        sales: SalesEvidence,
        stripe: StripeBooks,
        records: ObjectStore,
        directory: Directory,
        clock: Clock,
    ) -> None:
        """`stripe` is used by the worker that may reach it only; `sales` is also what an auditor looks into."""
        self._store = store
        self._ledger = ledger
        self._payouts = payouts
        self.sales = sales
        self._stripe = stripe
        self._records = records
        self._clock = clock
        self.exceptions = Exceptions(store=store, ledger=ledger, directory=directory, clock=clock)

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
        word = sides.StripesWord(transactions=tuple(self._stripe.balance_transactions()), transfers=tuple(self._stripe.transfers()))
        self._records.put(_snapshot_key(report_id), canonical_json(word), "application/json")
        Transaction().announce(COMPARE_TOPIC, report_id, iso(self._clock.real_now())).commit()

    def compare(self, report_id: str) -> None:
        """Compare all sides, keep the report, and call settlements reconciled whose transfers agree."""
        run = self._run(report_id)
        if run.state is RunState.DONE:
            return
        stripe = msgspec.json.decode(self._records.get(_snapshot_key(report_id)).body, type=sides.StripesWord)
        now = self._clock.now()
        report = self._report(stripe, now)
        report = replace(report, exceptions=self.exceptions.follow(report.exceptions))
        key = f"reconciliation/{report_id}/report.json"
        self._records.put(key, canonical_json(report), "application/json")
        for settlement in self._payouts.every_settlement():
            if settlement.state == "sent" and settlement.transfer_id not in _drifting_transfers(report):
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
        return list(self._store.periods())

    def close(self, principal: Principal, period: str) -> Period:
        """Close a month for ever. Raises `PeriodOpen` with what is missing, or `PeriodClosed`."""
        period_end(period)
        known = self._store.period(period)
        if known is not None and known.closed_at is not None:
            raise PeriodClosed(f"{period} was closed on {iso(known.closed_at)}.")
        latest = self.latest()
        if latest is None or latest.report is None:
            raise PeriodOpen("There has been no reconciliation yet. Run one, then close.")
        may_close(period, latest.report, self._clock.now().date())
        if latest.report.as_of.date() < period_end(period):
            raise PeriodOpen(
                f"The last reconciliation is of {iso(latest.report.as_of)}, before {period} ended. Reconcile again, then close."
            )
        self._refuse_gap(period)
        locked = known or Period(period=period, closed_by=principal.user_id, begun_at=self._clock.now())
        if known is None:
            self._store.lock(locked)
        return self._write(locked, latest)

    def journal(self, period: str, format_: str) -> str:
        """A closed period's file as it was written, or an open period's as it would be now."""
        if format_ not in FORMATS:
            raise UnknownFormat(f"Ask for the journal as one of: {', '.join(FORMATS)}.")
        known = self._store.period(period)
        if known is not None and known.closed_at is not None:
            return self._records.get(_file_key(period, format_)).body.decode()
        return self._files(period)[FORMATS.index(format_)]

    def changed_periods(self) -> list[str]:
        """Closed periods whose files written anew would have another hash: none, ever (invariant 7)."""
        return [
            each.period for each in self.periods() if each.sha256 is not None and exports.digest(*self._files(each.period)) != each.sha256
        ]

    def _run(self, report_id: str) -> Run:
        run = self._store.run(report_id)
        if run is None:
            raise NoSuchReport("There has been no such reconciliation.")
        return run

    def _kept(self, run: Run) -> Report | None:
        return msgspec.json.decode(self._records.get(run.report_key).body, type=Report) if run.report_key else None

    def _report(self, stripe: sides.StripesWord, now: datetime) -> Report:
        booked = self._ledger.every_transaction()
        comparisons = [
            *sides.feed_to_store(self.sales),
            *sides.store_to_ledger(self._payouts.positions(), booked, self._ledger.balances()),
            *sides.ledger_to_stripe(booked, self._payouts.every_settlement(), stripe),
        ]
        return reconcile(comparisons, as_of=now, reported_apart=self.sales.reported_apart())

    def _refuse_gap(self, period: str) -> None:
        """Periods are closed in order: an earlier one that has bookings is closed first."""
        earlier = {period_of(booked.booked_at.date()) for booked in self._ledger.every_transaction()}
        still_open = sorted(name for name in earlier if name < period and self._store.period(name) is None)
        if still_open:
            raise PeriodOpen(f"Close {still_open[0]} first: periods are closed in order.")

    def _write(self, locked: Period, latest: RunWithReport) -> Period:
        since = [
            booked for booked in self._booked_in(locked.period) if latest.report is not None and booked.recorded_at > latest.report.as_of
        ]
        if since:
            self._store.unlock(locked.period)
            raise PeriodOpen(
                f"{len(since)} transactions were booked into {locked.period} since the last reconciliation. Reconcile again, then close."
            )
        csv_file, beancount_file = files = self._files(locked.period)
        self._records.put(_file_key(locked.period, "csv"), csv_file.encode(), "text/csv")
        self._records.put(_file_key(locked.period, "beancount"), beancount_file.encode(), "text/plain")
        closed = replace(
            locked,
            closed_at=self._clock.now(),
            sha256=exports.digest(*files),
            report_id=latest.run.report_id,
            files=tuple(_file_key(locked.period, each) for each in FORMATS),
        )
        self._store.close(closed)
        return closed

    def _booked_in(self, period: str) -> list[Booked]:
        start, end = bounds(period)
        return self._ledger.journal(start, end)

    def _files(self, period: str) -> tuple[str, str]:
        start, end = bounds(period)
        everything = self._ledger.journal(BEGINNING, end)
        opening = exports.balances_before(everything, start)
        within = [booked for booked in everything if booked.booked_at >= start]
        title = f"Primetime {period}"
        return exports.journal_csv(within), exports.beancount(within, opening=opening, opens_on=start.date(), title=title)


def _snapshot_key(report_id: str) -> str:
    return f"reconciliation/{report_id}/stripe.json"


def _file_key(period: str, format_: str) -> str:
    return f"periods/{period}/journal.{format_}"


def _drifting_transfers(report: Report) -> set[str | None]:
    return {drift.key for drift in report.exceptions if drift.leg is Leg.LEDGER_STRIPE and drift.kind == "settlements"}
