"""The reconciliation table.

period#<2011-01> / period          a period that is being closed or is closed
periods / <2011-01>                which ones there are
reports / <report id>              each reconciliation that was asked for, newest last
nights / <day>                     that the day's nightly reconciliation was asked for
exceptions / <exception id>        each drift that was ever found, with what was done about it
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pynamodb.attributes import UnicodeAttribute

from chalicelib.adapters.dynamo import Item, Record, Transaction, WholeNumber, update_if
from chalicelib.core.clock import iso
from chalicelib.core.errors import Conflict, PrimetimeError
from chalicelib.reconciliation.cases import Case, CaseChanged, CaseNotFound
from chalicelib.reconciliation.rules import PeriodClosed


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
    """A month of the books. `sha256` is there once it is closed, over its two files."""

    period: str
    closed_by: str
    begun_at: datetime
    closed_at: datetime | None = None
    sha256: str | None = None
    report_id: str | None = None
    files: tuple[str, ...] = ()


class PeriodItem(Item):
    """A period that takes no more bookings."""

    TABLE = "reconciliation"
    period = Record(Period)


class PeriodNameItem(Item):
    """That a period was closed."""

    TABLE = "reconciliation"


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

    def cases(self) -> Iterator[Case]:
        """All exceptions, by id."""
        yield from (item.case for item in CaseItem.under("exceptions"))

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

    def period(self, period: str) -> Period | None:
        """A period that is closed or being closed."""
        item = PeriodItem.find(*_period_key(period))
        return item.period if item else None

    def periods(self) -> Iterator[Period]:
        """All periods closed or being closed, in order."""
        names = [item.sk for item in PeriodNameItem.under("periods")]
        found = {item.period.period: item.period for item in PeriodItem.many([_period_key(name) for name in names])}
        yield from (found[name] for name in names if name in found)

    def lock(self, period: Period) -> None:
        """From now on nothing is booked into the period. Raises `PeriodClosed`."""
        closed = PeriodClosed(f"{period.period} is closed already, or somebody else is closing it.")
        writes = Transaction().put_new(PeriodItem(*_period_key(period.period), period=period), closed)
        writes.put(PeriodNameItem("periods", period.period)).commit()

    def unlock(self, period: str) -> None:
        """The period could not be closed: bookings are taken again."""
        Transaction().delete(PeriodItem(*_period_key(period))).delete(PeriodNameItem("periods", period)).commit()

    def close(self, period: Period) -> None:
        """Keep the closed period with its hash."""
        PeriodItem(*_period_key(period.period), period=period).save(condition=PeriodItem.pk.exists())

    def demand_open(self, writes: Transaction, period: str, conflict: PrimetimeError) -> None:
        """Let a write happen only while a period is open."""
        writes.check(PeriodItem, _period_key(period), PeriodItem.pk.does_not_exist(), conflict)


def _period_key(period: str) -> tuple[str, str]:
    return f"period#{period}", "period"
