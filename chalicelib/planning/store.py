"""Where plans are kept; the only place that knows the keys of the planning table and of plans in the records bucket."""

import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import TypeVar

import msgspec
from pynamodb.attributes import UnicodeAttribute

from chalicelib.adapters.dynamo import Item, Record, Transaction, WholeNumber, canonical_json
from chalicelib.adapters.objects import ObjectStore
from chalicelib.core.access import Principal
from chalicelib.core.clock import iso
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.planning.answers import Outcome
from chalicelib.planning.asked import Asked
from chalicelib.planning.model import Pair, Plan, Season
from chalicelib.planning.priced import Priced
from chalicelib.planning.runs import UNDER_WAY, PlanRun, Split
from chalicelib.planning.seasons import Built
from chalicelib.planning.stepwise import Stage

TABLE = "planning"
TOPIC = "planning.plan"
MAX_PLANS_LISTED = 100
UNDER_WAY_KEY = "under-way"
GZIP = "application/gzip"
T = TypeVar("T")


class PlanNotFound(NotFound):
    """There is no such plan for this caller."""


class PlanChanged(Conflict):
    """Somebody else changed the plan first."""


class PlanItem(Item):
    """A plan's run."""

    TABLE = TABLE
    version = WholeNumber()
    run = Record(PlanRun)


class PlanPointer(Item):
    """Finds the plans of a tenant by time, and those that are under way."""

    TABLE = TABLE
    plan_id = UnicodeAttribute()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """What is known beside the parts; `lost` apart, for pairs are no keys."""

    built: Built
    lost: tuple[tuple[Pair, str], ...]


class PlanStore:
    """Runs in DynamoDB; what was asked for, the season and the answer, which may be large, as objects beside them."""

    def __init__(self, records: ObjectStore) -> None:
        """`records` keeps objects for good."""
        self._records = records

    def add(self, run: PlanRun, asked: Asked) -> bool:
        """Keep a new plan and wake its worker; False when it is there already. What was asked for is there before anybody can look."""
        self._put(run.plan_id, "asked", asked)
        transaction = Transaction().put_new(_item(run), PlanChanged("This plan was asked for already."))
        transaction.put(PlanPointer(f"tenant#{run.tenant_id}", f"plan#{run.plan_id}", plan_id=run.plan_id))
        transaction.put(PlanPointer(UNDER_WAY_KEY, run.plan_id, plan_id=run.plan_id))
        try:
            transaction.announce(TOPIC, run.plan_id, iso(run.asked_at)).commit()
        except PlanChanged:
            return False
        return True

    def get(self, principal: Principal, plan_id: str) -> PlanRun:
        """A plan of the caller's tenant. Raises `PlanNotFound`."""
        run = self.run(plan_id)
        if run.tenant_id != principal.tenant_id:
            raise PlanNotFound("There is no such plan.")
        return run

    def run(self, plan_id: str) -> PlanRun:
        """A plan, read by the system. Raises `PlanNotFound`."""
        item = PlanItem.find(f"plan#{plan_id}", "plan")
        if item is None:
            raise PlanNotFound("There is no such plan.")
        return item.run

    def of(self, principal: Principal) -> tuple[PlanRun, ...]:
        """The newest plans of the caller's tenant, at most `MAX_PLANS_LISTED`."""
        pointers = PlanPointer.under(f"tenant#{principal.tenant_id}", "plan#", newest_first=True)
        return tuple(self.run(pointer.plan_id) for pointer in islice(pointers, MAX_PLANS_LISTED))

    def under_way(self) -> Iterator[PlanRun]:
        """Plans that wait or run, oldest first."""
        return (self.run(pointer.plan_id) for pointer in PlanPointer.under(UNDER_WAY_KEY))

    def change(self, before: PlanRun, after: PlanRun, *, wake_at: datetime | None = None) -> None:
        """Replace a run on condition that nobody has since, and wake its worker where a time is given. Raises `PlanChanged`."""
        transaction = Transaction().put(_item(after), PlanItem.version == before.version, PlanChanged("The plan has changed meanwhile."))
        if after.state not in UNDER_WAY:
            transaction.delete(PlanPointer(UNDER_WAY_KEY, after.plan_id))
        if wake_at is not None:
            transaction.announce(TOPIC, after.plan_id, iso(wake_at))
        transaction.commit()

    def asked(self, plan_id: str) -> Asked:
        """What was asked for."""
        return self._get(plan_id, "asked", Asked)

    def keep(self, run: PlanRun, season: Season, plan: Plan, outcome: Outcome, prices: Mapping[str, Priced]) -> None:
        """Keep what a worker's attempt came to, before the run says so. Prices are those of large parts, by their first slot."""
        self._put(run.plan_id, f"prices-{run.attempt}", prices)
        self._put(run.plan_id, f"season-{run.attempt}", season)
        self._put(run.plan_id, f"plan-{run.attempt}", plan)
        self._put(run.plan_id, f"outcome-{run.attempt}", outcome)

    def keep_cut(self, run: PlanRun, built: Built, parts: Sequence[Season]) -> None:
        """Keep the parts of a season by themselves, and what is known beside them."""
        self._put(run.plan_id, f"cut-{run.attempt}", _Cut(built=replace(built, lost={}), lost=tuple(built.lost.items())))
        for number, part in enumerate(parts):
            self._put(run.plan_id, f"part-{run.attempt}-{number}", part)

    def cut(self, run: PlanRun, split: Split) -> Built:
        """What is known beside the parts: the season without the parts' matches."""
        kept = self._get(run.plan_id, f"cut-{split.cut_by}", _Cut)
        return replace(kept.built, lost=dict(kept.lost))

    def part(self, run: PlanRun, split: Split, number: int) -> Season:
        """A part by itself."""
        return self._get(run.plan_id, f"part-{split.cut_by}-{number}", Season)

    def keep_stage(self, run: PlanRun, stage: Stage) -> None:
        """Keep what a worker's attempt came to, before the run says so."""
        self._put(run.plan_id, f"stage-{run.attempt}", stage)

    def stage(self, run: PlanRun, split: Split) -> Stage:
        """All places so far."""
        return self._get(run.plan_id, f"stage-{split.kept_by}", Stage)

    def outcome(self, run: PlanRun) -> Outcome | None:
        """The answer; None while there is none."""
        return None if run.summary is None else self._get(run.plan_id, f"outcome-{run.attempt}", Outcome)

    def outcome_url(self, run: PlanRun, seconds: int) -> str:
        """Where the answer lies, for whoever has this address."""
        return self._records.download_url(_key(run.plan_id, f"outcome-{run.attempt}"), f"{run.plan_id}.json.gz", seconds)

    def planned(self, run: PlanRun) -> tuple[Season, Plan]:
        """The season and its plan, for further questions; the run has a summary."""
        return self._get(run.plan_id, f"season-{run.attempt}", Season), self._get(run.plan_id, f"plan-{run.attempt}", Plan)

    def prices(self, run: PlanRun, first_slot_id: str) -> Priced | None:
        """The prices of a large part; None for another one."""
        return self._get(run.plan_id, f"prices-{run.attempt}", dict[str, Priced]).get(first_slot_id)

    def _put(self, plan_id: str, name: str, value: object) -> None:
        self._records.put(_key(plan_id, name), gzip.compress(canonical_json(value), mtime=0), GZIP)

    def _get(self, plan_id: str, name: str, kind: type[T]) -> T:
        return msgspec.json.decode(gzip.decompress(self._records.get(_key(plan_id, name)).body), type=kind)


def _item(run: PlanRun) -> PlanItem:
    return PlanItem(f"plan#{run.plan_id}", "plan", version=run.version, run=run)


def _key(plan_id: str, name: str) -> str:
    return f"plans/{plan_id}/{name}.json.gz"
