"""How a plan runs: hosts are read, the season is made, planned for as long as was asked, checked by other code, and only then kept.

A message may come twice, and a worker may die at any moment: the run says who is on it. It is told every few seconds that somebody lives,
and that is also how a worker hears that it is to stop; then the best plan so far is kept.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.core.clock import Clock
from chalicelib.core.errors import PrimetimeError
from chalicelib.matching.priors import Priors
from chalicelib.matching.rules import Brief
from chalicelib.planning import checker, planner, runs
from chalicelib.planning.answers import outcome
from chalicelib.planning.asked import FEWEST_SECONDS, Asked, wanted_by
from chalicelib.planning.candidates import Known
from chalicelib.planning.cuts import groups_of
from chalicelib.planning.model import Plan, Season
from chalicelib.planning.part_runs import PartRuns
from chalicelib.planning.parts import parts
from chalicelib.planning.priced import MATCHES_PLANNED_AGAIN, Priced, priced
from chalicelib.planning.promised import Promised
from chalicelib.planning.rules import BadSeason, is_of, of_one_run
from chalicelib.planning.runs import PlanRun, Summary
from chalicelib.planning.seasons import Built, Material, build
from chalicelib.planning.store import PlanChanged, PlanStore
from chalicelib.planning.watch import Stopped, Watch
from chalicelib.planning.wording import named

PRICES_OF_TIME = 5
MOST_SECONDS_FOR_PRICES = 30
FUNCTION_SECONDS = 900
AFTER_SECONDS = 120
"""For checking, pricing and keeping a plan, and for what is read late."""
BROKE_ITS_RULES = "The plan that was found broke a rule, so it is not shown. That is our mistake; plan again, and tell us the plan's id."
log = logging.getLogger("primetime.planning")


class Market(Protocol):
    """What a season is made from."""

    def hosts(self, briefs: Sequence[Brief], *, only: Collection[str] | None = None) -> Iterator[Known]:
        """All approved hosts (or those of these ids that are), with their time around the shows of these briefs and their promises."""
        ...

    def briefs(self, tenant_id: str, brief_ids: Sequence[str] | None = None) -> tuple[Brief, ...]:
        """These briefs in their order, as far as the tenant may plan them; all of them without ids."""
        ...

    def promised(self, briefs: Sequence[Brief]) -> tuple[Promised, ...]:
        """Shows of these briefs that are offered or booked."""
        ...

    def priors(self) -> Priors:
        """What is believed of hosts."""
        ...

    def brand_names(self, briefs: Sequence[Brief]) -> dict[str, str]:
        """What the briefs' brands are called."""
        ...


class NoHostAtAll(BadSeason):
    """No show of the plan has a possible host."""


class Worker:
    """Plans what is asked for."""

    def __init__(self, *, store: PlanStore, market: Market, clock: Clock) -> None:
        """`clock.real_now()` tells how long it takes."""
        self._store, self._market, self._clock, self._parts = store, market, clock, PartRuns(store)

    def work(self, plan_id: str) -> None:
        """Plan it, or the next part of it, once: a message that comes twice finds it under way or ended."""
        before = self._store.run(plan_id)
        run = runs.begun(before, self._clock.real_now())
        if run is None:
            return
        try:
            self._store.change(before, run)
            if run.state is runs.PlanState.RUNNING:
                self._do(Watch(self._store, run, self._clock))
        except (PlanChanged, Stopped):
            return

    def _do(self, watch: Watch) -> None:
        try:
            self._step(watch)
        except PrimetimeError as error:
            if isinstance(error, PlanChanged):
                raise
            reason = error.message
            watch.change(lambda run: runs.failed(run, reason, self._clock.real_now()))

    def _step(self, watch: Watch) -> None:
        """The whole plan; where the season is too large for that, its cut, a part, or its end."""
        split = watch.run.split
        asked = self._store.asked(watch.run.plan_id)
        before = self.places_of(asked)
        if split is None:
            briefs = self._market.briefs(watch.run.tenant_id, asked.brief_ids)
            built = self._built(watch, asked, briefs, before)
            if not is_of(built.season, of_one_run()):
                self._parts.begin(watch, built, groups_of(wanted_by(briefs)))
            else:
                self._conclude(watch, built, self._solved(built, watch), before)
        elif split.done < split.parts and not watch.run.cancel_asked:
            self._parts.plan_next(watch, split, min(watch.run.seconds, self._left(watch.run)))
        else:
            self._conclude(watch, *self._parts.gathered(watch, split), before)

    def _built(self, watch: Watch, asked: Asked, briefs: Sequence[Brief], before: Mapping[str, str]) -> Built:
        promised = self._market.promised(briefs)
        taken = {each.slot_id for each in promised}
        material = Material(
            briefs=briefs,
            hosts=_telling(self._market.hosts(briefs), watch),
            priors=self._market.priors(),
            brand_names=self._market.brand_names(briefs),
            promised=promised,
        )
        built = build(asked, material, {slot: host for slot, host in before.items() if slot not in taken})
        if not any(slot for slot in built.season.slots if slot.slot_id in built.names):
            why = next(iter(built.open.items()), ("", ""))
            raise NoHostAtAll(f"No host is possible for any of the shows. {built.names.get(why[0], '')}: {why[1]}")
        return built

    def _conclude(self, watch: Watch, built: Built, plan: Plan, before: Mapping[str, str]) -> None:
        """Have other code check the plan, and keep it only then."""
        run, taken = watch.run, {each.slot_id for each in built.promised}
        found = checker.violations(built.season, plan)
        if found:
            log.error("plan %s broke %d rules, first: %s", run.plan_id, len(found), found[0].sentence)
            watch.change(lambda run: runs.failed(run, BROKE_ITS_RULES, self._clock.real_now()))
            return
        known = {slot: host for slot, host in before.items() if slot not in taken}
        answer = outcome(self._store.asked(run.plan_id), built, plan, known, watch.tell)
        if run.split is not None:
            answer = replace(answer, split=run.split.words)
        self._store.keep(watch.run, built.season, plan, answer, self._prices(built.season, plan, watch))
        summary = Summary(
            places=len(answer.places),
            open=len(answer.open),
            moved=len(answer.moved),
            value_minor=answer.value_minor,
            gap_basis_points=answer.gap_basis_points,
            matches=len(built.season.matches),
        )
        watch.change(lambda run: runs.ended(run, summary, self._clock.real_now()))

    def _solved(self, built: Built, watch: Watch) -> Plan:
        seconds = min(watch.run.seconds, self._left(watch.run))
        try:
            return planner.plan(built.season, seconds=seconds, clock=time.monotonic, tell=watch.tell)
        except BadSeason as error:
            raise BadSeason(named(error.message, built.names)) from error

    def _left(self, run: PlanRun) -> int:
        """Seconds that the search may take, so that the plan can still be checked, priced and kept."""
        spent = int((self._clock.real_now() - (run.began_at or run.beat_at)).total_seconds())
        left = FUNCTION_SECONDS - AFTER_SECONDS - spent
        if left < FEWEST_SECONDS:
            raise BadSeason("Looking at all hosts took too long. Plan each market and category for itself.")
        return left

    def _prices(self, season: Season, plan: Plan, watch: Watch) -> dict[str, Priced]:
        """Prices of the parts that are too large to be planned again while somebody asks; a fifth of the time goes to all of them."""
        large = [part for part in parts(season) if len(part.matches) > MATCHES_PLANNED_AGAIN]
        seconds = min(watch.run.seconds // PRICES_OF_TIME, MOST_SECONDS_FOR_PRICES)
        found = {}
        for part in large:
            until = self._clock.real_now() + timedelta(seconds=seconds) // len(large)
            own = {slot.slot_id: plan.hosts[slot.slot_id] for slot in part.slots if slot.slot_id in plan.hosts}
            value = checker.value_minor(part, own)
            found[part.slots[0].slot_id] = priced(part, value, _until(until, watch, self._clock))
        return found

    def places_of(self, asked: Asked) -> dict[str, str]:
        """The places that are announced: those of the plan that is planned anew."""
        if asked.replans is None:
            return {}
        answer = self._store.outcome(self._store.run(asked.replans))
        return {} if answer is None else {place.slot_id: place.host_id for place in answer.places}


def _until(instant: datetime, watch: Watch, clock: Clock) -> Callable[[], bool]:
    return lambda: watch.tell() and clock.real_now() < instant


def _telling(hosts: Iterable[Known], watch: Watch) -> Iterator[Known]:
    for host in hosts:
        watch.tell()
        yield host
