"""The reconciliation table.

period#<2011-01> / period          a period that is being closed or is closed
periods / <2011-01>                which ones there are
closed / through                   the last of them: it and all before it take no bookings
reports / <report id>              each reconciliation that was asked for, newest last
nights / <day>                     that the day's nightly reconciliation was asked for
exceptions / <exception id>        each drift that was ever found, with what was done about it
open-exceptions / <seen>#<id>      the open ones, the oldest first
resolved-exceptions / <when>#<id>  the resolved ones
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.adapters.dynamo import Item, Record, Transaction, WholeNumber, update_if
from chalicelib.core.clock import iso
from chalicelib.core.errors import Conflict, PrimetimeError
from chalicelib.reconciliation.cases import Case, CaseChanged, CaseNotFound, CaseState
from chalicelib.reconciliation.rules import PeriodClosed

CLOSED_THROUGH = ("closed", "through")


class NightTaken(Conflict):
    """The night has its reconciliation already."""


class RunKnown(Conflict):
    """The reconciliation was asked for already."""


class RunState(StrEnum):
    """How far a reconciliation is."""

    REQUESTED = "requested"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A reconciliation that was asked for. Its report lies in the records bucket under `report_key` when it is done."""

    report_id: str
    state: RunState
    requested_by: str
    requested_at: datetime
    as_of: datetime | None = None
    report_key: str | None = None
    exceptions: int | None = None
    unexplained_minor: dict[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A month of the books. Once it is closed, `sha256` is over its two files, `balances_sha256` over the balances that it ended with."""

    period: str
    closed_by: str
    begun_at: datetime
    closed_at: datetime | None = None
    sha256: str | None = None
    balances_sha256: str | None = None
    report_id: str | None = None
    files: tuple[str, ...] = ()


class PeriodItem(Item):
    """A period that takes no more bookings; `sha256` is there once it is closed, for conditions."""

    TABLE = "reconciliation"
    period = Record(Period)
    sha256 = UnicodeAttribute(null=True)


class PeriodNameItem(Item):
    """That a period was closed."""

    TABLE = "reconciliation"


class ThroughItem(Item):
    """The last period that takes no bookings; `before` is the one before, empty when there was none."""

    TABLE = "reconciliation"
    period = UnicodeAttribute()
    before = UnicodeAttribute()


class RunItem(Item):
    """A reconciliation."""

    TABLE = "reconciliation"
    run = Record(Run)
    state = UnicodeAttribute()


class NightItem(Item):
    """That a night's reconciliation was asked for."""

    TABLE = "reconciliation"


class CaseItem(Item):
    """An exception."""

    TABLE = "reconciliation"
    case = Record(Case)
    version = WholeNumber()


class CasePointerItem(Item):
    """Where an exception stands in the list of its state."""

    TABLE = "reconciliation"
    exception_id = UnicodeAttribute()


class ReconciliationStore:
    """Reads and writes of the reconciliation table."""

    def request(self, run: Run, topic: str, night: str | None = None) -> None:
        """Keep a requested run and tell the worker. Raises `RunKnown`, and `NightTaken` when the night (a day) has its run already."""
        asked = RunKnown("This reconciliation was asked for already.")
        writes = Transaction().put_new(RunItem("reports", run.report_id, run=run, state=run.state), asked)
        if night is not None:
            writes.put_new(NightItem("nights", night), NightTaken("This night has its reconciliation."))
        writes.announce(topic, run.report_id, iso(run.requested_at)).commit()

    def is_night_taken(self, night: str) -> bool:
        """Whether a night has its run."""
        return NightItem.find("nights", night) is not None

    def run(self, report_id: str) -> Run | None:
        """A run."""
        item = RunItem.find("reports", report_id)
        return item.run if item else None

    def runs(self, limit: int) -> list[Run]:
        """The newest runs first."""
        return [item.run for item in RunItem.query("reports", consistent_read=True, scan_index_forward=False, limit=limit)]

    def finish(self, run: Run) -> None:
        """Keep the outcome of a run; a second outcome of the same run changes nothing."""
        item = RunItem("reports", run.report_id)
        update_if(item, [RunItem.run.set(run), RunItem.state.set(run.state)], RunItem.state == RunState.REQUESTED.value)

    def cases(self, state: CaseState, limit: int | None = None, after: Case | None = None) -> list[Case]:
        """Open exceptions, the oldest first, or resolved ones, the newest first; those that come after another one."""
        is_open = state is CaseState.OPEN
        condition = None
        if after is not None:
            position = _place(after)
            condition = CasePointerItem.sk > position if is_open else CasePointerItem.sk < position
        found = CasePointerItem.query(_list_of(state), condition, consistent_read=True, scan_index_forward=is_open, limit=limit)
        return self.cases_of([item.exception_id for item in found])

    def cases_of(self, exception_ids: Sequence[str]) -> list[Case]:
        """The exceptions that exist among these, in this order."""
        found = {item.sk: item.case for item in CaseItem.many([("exceptions", exception_id) for exception_id in exception_ids])}
        return [found[exception_id] for exception_id in exception_ids if exception_id in found]

    def case(self, exception_id: str) -> Case:
        """An exception. Raises `CaseNotFound`."""
        item = CaseItem.find("exceptions", exception_id)
        if item is None:
            raise CaseNotFound("There is no such exception.")
        return item.case

    def write_case(self, writes: Transaction, after: Case, before: Case | None) -> None:
        """Put an exception, on condition that nobody changed it since it was read as `before`."""
        item = CaseItem("exceptions", after.exception_id, case=after, version=after.version)
        changed = CaseChanged("Somebody else has worked on this exception in the meantime. Load it again.")
        if before is None:
            writes.put_new(item, changed)
        else:
            writes.put(item, CaseItem.version == before.version, changed)
        if before is not None and before.state is not after.state:
            writes.delete(_pointer(before))
        if before is None or before.state is not after.state:
            writes.put(_pointer(after))

    def period(self, period: str) -> Period | None:
        """A period that is closed or being closed."""
        item = PeriodItem.find(*_period_key(period))
        return item.period if item else None

    def periods(self) -> Iterator[Period]:
        """All periods closed or being closed, in order."""
        names = [item.sk for item in PeriodNameItem.under("periods")]
        found = {item.period.period: item.period for item in PeriodItem.many([_period_key(name) for name in names])}
        yield from (found[name] for name in names if name in found)

    def closed_through(self) -> str | None:
        """The last period that takes no bookings; none before it does either."""
        item = ThroughItem.find(*CLOSED_THROUGH)
        return None if item is None else item.period or None

    def lock(self, period: Period) -> None:
        """From now on nothing is booked into the period, nor before it. Raises `PeriodClosed`."""
        closed = PeriodClosed(f"{period.period} is closed already, or somebody else is closing it.")
        writes = Transaction().put_new(PeriodItem(*_period_key(period.period), period=period), closed)
        through = ThroughItem(*CLOSED_THROUGH, period=period.period, before=self.closed_through() or "")
        writes.put(through, _is_open(period.period), closed).put(PeriodNameItem("periods", period.period)).commit()

    def unlock(self, period: str) -> None:
        """The period could not be closed: bookings are taken again. Nothing happens when it is closed, or open, by now."""
        through = ThroughItem.find(*CLOSED_THROUGH)
        if through is None or through.period != period:
            return
        overtaken = PeriodClosed(f"{period} was closed by somebody else a moment ago.")
        writes = Transaction().delete(PeriodItem(*_period_key(period)), PeriodItem.sha256.does_not_exist(), overtaken)
        writes.delete(PeriodNameItem("periods", period))
        through_before = ThroughItem(*CLOSED_THROUGH, period=through.before, before="")
        writes.put(through_before, ThroughItem.period == period, overtaken)
        with suppress(PeriodClosed):
            writes.commit()

    def close(self, period: Period) -> bool:
        """Keep the closed period with its hash. False when it was opened again, or closed by somebody else."""
        item = PeriodItem(*_period_key(period.period))
        actions: list[Action] = [PeriodItem.period.set(period), PeriodItem.sha256.set(period.sha256 or "")]
        return update_if(item, actions, PeriodItem.pk.exists() & PeriodItem.sha256.does_not_exist())

    def demand_open(self, writes: Transaction, period: str, conflict: PrimetimeError) -> None:
        """Let a write happen only while a period is open."""
        writes.check(ThroughItem, CLOSED_THROUGH, _is_open(period), conflict)


def _is_open(period: str) -> Condition:
    condition: Condition = ThroughItem.pk.does_not_exist() | (ThroughItem.period < period)
    return condition


def _period_key(period: str) -> tuple[str, str]:
    return f"period#{period}", "period"


def _list_of(state: CaseState) -> str:
    return f"{state.value}-exceptions"


def _place(case: Case) -> str:
    return f"{iso(case.resolved_at or case.first_seen_at)}#{case.exception_id}"


def _pointer(case: Case) -> CasePointerItem:
    return CasePointerItem(_list_of(case.state), _place(case), exception_id=case.exception_id)
