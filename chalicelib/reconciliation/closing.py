"""Closing a month for ever, on exactly the books that the last reconciliation saw, and writing its files.

The month is locked first, so that nothing can be booked into it any more; then its books are compared with those that were reconciled,
by content and not by time: what was booked in between opens it again and is reconciled first. A close that died half way is finished by
the next one, with the same bytes. Months are closed in order; what lies before a closed month is closed with it.

With its journal a closed month keeps the balances that it ended with, under their hash: what comes later begins there, and reads no more
of the books than what was booked since. The audit alone reads everything, and compares.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import msgspec

from chalicelib.adapters.dynamo import canonical_json
from chalicelib.adapters.objects import ObjectMissing, ObjectStore
from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.core.errors import Invalid
from chalicelib.core.periods import bounds, period_end, period_of
from chalicelib.ledger.rules import Booked, fold
from chalicelib.ledger.service import LedgerService
from chalicelib.reconciliation import exports
from chalicelib.reconciliation.rules import PeriodClosed, PeriodOpen, Report, may_close
from chalicelib.reconciliation.store import Period, ReconciliationStore

FORMATS = ("csv", "beancount")
CONTENT_TYPES: Mapping[str, str] = {"csv": "text/csv", "beancount": "text/plain"}
BALANCES = "balances"
Balances = Mapping[tuple[str, str], int]
"""By account and currency, in minor units; what is 0 may be left out."""


class UnknownFormat(Invalid):
    """The journal is written as CSV or as beancount text."""


def books_of(transactions: Iterable[Booked]) -> Mapping[str, str]:
    """Per month, a digest of all that is booked in it: what a month is compared by before it is closed."""
    months: defaultdict[str, list[Booked]] = defaultdict(list)
    for booked in transactions:
        months[period_of(booked.booked_at.date())].append(booked)
    return {month: exports.digest(exports.journal_csv(within)) for month, within in sorted(months.items())}


class Closing:
    """Use cases of periods."""

    def __init__(self, *, store: ReconciliationStore, ledger: LedgerService, records: ObjectStore, clock: Clock) -> None:
        """`records` keeps the files of closed periods."""
        self._store = store
        self._ledger = ledger
        self._records = records
        self._clock = clock

    def close(self, principal: Principal, period: str, report_id: str, report: Report) -> Period:
        """Close a month for ever. Raises `PeriodOpen` with what is missing, or `PeriodClosed`."""
        period_end(period)
        known = self._store.period(period)
        self._refuse_closed(period, known)
        may_close(period, report, self._clock.now().date())
        if report.as_of.date() < period_end(period):
            raise PeriodOpen(f"The last reconciliation is of {iso(report.as_of)}, before {period} ended. Reconcile again, then close.")
        self._refuse_gap(period)
        locked = known or Period(period=period, closed_by=principal.user_id, begun_at=self._clock.now())
        if known is None:
            self._refuse_other_books(period, report)
            self._store.lock(locked)
        try:
            self._refuse_other_books(period, report)
        except PeriodOpen:
            self._store.unlock(period)
            raise
        return self._write(locked, report_id)

    def is_as_reconciled(self, period: str, report: Report) -> bool:
        """Whether what is booked in the period is what was reconciled, to the letter."""
        return books_of(self._ledger.journal(*bounds(period))).get(period) == report.books.get(period)

    def first_open(self) -> str:
        """The month that is to be closed next: after the last closed one, else the first with bookings, else this one."""
        through = self._store.closed_through()
        if through is not None:
            return period_of(period_end(through))
        booked = self._ledger.every_transaction()
        return period_of((booked[0].booked_at if booked else self._clock.now()).date())

    def periods(self) -> list[Period]:
        """All closed periods, in order."""
        return list(self._store.periods())

    def journal(self, period: str, format_: str) -> str:
        """A closed period's file as it was written, or an open period's as it would be now."""
        if format_ not in FORMATS:
            raise UnknownFormat(f"Ask for the journal as one of: {', '.join(FORMATS)}.")
        known = self._store.period(period)
        if known is not None and known.closed_at is not None:
            return self._kept(period, format_)
        return _files(period, *self._books(period))[FORMATS.index(format_)]

    def changed(self) -> list[str]:
        """Closed periods whose files, kept or written anew, have another hash than when they were closed: none, ever (invariant 7)."""
        everything = self._ledger.every_transaction()
        return [each.period for each in self.periods() if each.sha256 is not None and self._is_changed(each, everything)]

    def _is_changed(self, closed: Period, everything: Sequence[Booked]) -> bool:
        opening, within = _books_from(closed.period, everything)
        kept = exports.digest(*(self._kept(closed.period, name) for name in FORMATS))
        if {exports.digest(*_files(closed.period, opening, within)), kept} != {closed.sha256}:
            return True
        if closed.balances_sha256 is None:
            return False
        anew = _balances_text(_ended_with(opening, within))
        return {exports.digest(anew), exports.digest(self._kept(closed.period, BALANCES))} != {closed.balances_sha256}

    def _books(self, period: str) -> tuple[Balances, list[Booked]]:
        """What a month began with and what is booked in it, read from the end of the last month that was closed before it."""
        start, end = bounds(period)
        last = next((each for each in reversed(self.periods()) if each.period < period and each.balances_sha256 is not None), None)
        carried = None if last is None else self._carried(last)
        if last is not None and carried is not None:
            since = self._ledger.journal(bounds(last.period)[1], end)
            before = [booked for booked in since if booked.booked_at < start]
            return _ended_with(carried, before), since[len(before) :]
        return _books_from(period, self._ledger.every_transaction())

    def _carried(self, closed: Period) -> Balances | None:
        """What a closed month ended with; None when what was kept is not that any more: then all entries are read."""
        try:
            text = self._kept(closed.period, BALANCES)
        except ObjectMissing:
            return None
        return _balances_of(text) if exports.digest(text) == closed.balances_sha256 else None

    def _kept(self, period: str, format_: str) -> str:
        return self._records.get(_file_key(period, format_)).body.decode()

    def _refuse_closed(self, period: str, known: Period | None) -> None:
        if known is not None and known.closed_at is not None:
            raise PeriodClosed(f"{period} was closed on {iso(known.closed_at)}.")
        through = self._store.closed_through()
        if known is None and through is not None and period <= through:
            raise PeriodClosed(f"{period} was closed together with {through}: nothing had been booked in it.")

    def _refuse_gap(self, period: str) -> None:
        first = self.first_open()
        if first < period:
            raise PeriodOpen(f"Close {first} first: periods are closed in order.")

    def _refuse_other_books(self, period: str, report: Report) -> None:
        if not self.is_as_reconciled(period, report):
            raise PeriodOpen(f"Something was booked into {period} since the last reconciliation. Reconcile again, then close.")

    def _write(self, locked: Period, report_id: str) -> Period:
        """Files first, then the mark that closes it: whoever else writes them writes the same. Raises `PeriodClosed`, `PeriodOpen`."""
        opening, within = self._books(locked.period)
        files = _files(locked.period, opening, within)
        balances = _balances_text(_ended_with(opening, within))
        for name, file in zip(FORMATS, files, strict=True):
            self._records.put(_file_key(locked.period, name), file.encode(), CONTENT_TYPES[name])
        self._records.put(_file_key(locked.period, BALANCES), balances.encode(), "application/json")
        closed = replace(
            locked,
            closed_at=self._clock.now(),
            sha256=exports.digest(*files),
            balances_sha256=exports.digest(balances),
            report_id=report_id,
            files=tuple(_file_key(locked.period, each) for each in FORMATS),
        )
        if not self._store.close(closed):
            self._refuse_closed(locked.period, self._store.period(locked.period))
            raise PeriodOpen(f"{locked.period} was opened again by somebody else. Reconcile again, then close.")
        return closed


def _books_from(period: str, everything: Iterable[Booked]) -> tuple[Balances, list[Booked]]:
    """What a month began with and what is booked in it, from all that was ever booked."""
    start, end = bounds(period)
    known = list(everything)
    return exports.balances_before(known, start), [booked for booked in known if start <= booked.booked_at < end]


def _files(period: str, opening: Balances, within: Sequence[Booked]) -> tuple[str, str]:
    """A month's journal in each of `FORMATS`."""
    day = bounds(period)[0].date()
    return exports.journal_csv(within), exports.beancount(within, opening=opening, opens_on=day, title=f"Primetime {period}")


def _ended_with(opening: Balances, booked: Iterable[Booked]) -> Balances:
    ended = dict(opening)
    for (account, currency), minor in fold(booked).items():
        ended[account, currency] = ended.get((account, currency), 0) + minor
    return ended


def _balances_text(balances: Balances) -> str:
    return canonical_json(sorted((account, currency, minor) for (account, currency), minor in balances.items() if minor)).decode()


def _balances_of(text: str) -> Balances:
    rows = msgspec.json.decode(text, type=list[tuple[str, str, int]])
    return {(account, currency): minor for account, currency, minor in rows}


def _file_key(period: str, name: str) -> str:
    return f"periods/{period}/{'balances.json' if name == BALANCES else f'journal.{name}'}"
