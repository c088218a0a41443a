"""What people do with plans: ask for one, see how far it is, cancel it, read it, ask why not, and plan anew after something changed.

A brand plans its own briefs, the marketplace those of any brands together. Bad wishes are refused here, before anything is kept.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chalicelib.core.access import BRAND_WRITERS, Principal, Role
from chalicelib.core.clock import Clock
from chalicelib.core.errors import Conflict, Forbidden, NotFound
from chalicelib.core.words import first_of
from chalicelib.matching.rules import Brief
from chalicelib.matching.service import BriefNotFound
from chalicelib.planning import planner, runs
from chalicelib.planning.alternatives import alternative
from chalicelib.planning.answers import Outcome
from chalicelib.planning.asked import Asked, BadPlanRequest, check_asked, wanted_by
from chalicelib.planning.model import Pair, Plan, Season
from chalicelib.planning.priced import why_not_by_prices
from chalicelib.planning.rules import check_pins
from chalicelib.planning.runs import PlanRun
from chalicelib.planning.seasons import Material, build
from chalicelib.planning.standing import Standing
from chalicelib.planning.store import PlanChanged, PlanNotFound, PlanStore
from chalicelib.planning.whynot import WhyNot, part_of, standing_only, why_not
from chalicelib.planning.wording import as_it_stands, at_prices, insisted, named
from chalicelib.planning.worker import Market, Worker

__all__ = ["PlanNotFound", "Planning"]

MAX_UNDER_WAY = 3
MAX_CHANGES = 5
MAX_MATCHES_ASKED = 500_000
"""A larger season is not read while somebody waits: the function that answers has a gigabyte."""
SECONDS_OF_AN_ANSWER = 8
DOWNLOAD_SECONDS = 300
NO_MATCH_THEN = "The host was no match when the plan was made. Plan anew to have it considered."


class TooManyPlans(Conflict):
    """The tenant has as many plans under way as it may."""


class NotPlanned(Conflict):
    """There is no plan to ask about: it is still under way, or came to nothing."""


class CannotPlan(Forbidden):
    """The caller may read plans but not ask for them."""


class NoSuchShow(NotFound):
    """The plan has no such show or host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A plan as its owner sees it; `outcome` is there once it has ended with a plan."""

    run: PlanRun
    outcome: Outcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Possible:
    """A host who could take a show, and what stands against it in the plan."""

    host_id: str
    host: str
    value_minor: int
    fee_minor: int
    has_it: bool
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Why a show does not go to a host. Changes are of the plan's value in minor units, negative for a loss; None where it cannot be."""

    slot_id: str
    host_id: str
    sentence: str
    change_minor: int | None = None
    at_most_minor: int | None = None
    is_exact: bool = False
    moved: tuple[str, ...] = ()


class Planning:
    """Use cases of plans."""

    def __init__(self, *, store: PlanStore, market: Market, clock: Clock) -> None:
        """`market` is where briefs and hosts come from."""
        self._store, self._market, self._clock = store, market, clock
        self._worker = Worker(store=store, market=market, clock=clock)

    def ask(self, principal: Principal, asked: Asked, plan_id: str) -> PlanRun:
        """Have a plan made. Raises `BadPlanRequest` or `BadSeason` with what is wrong, `BriefNotFound`, `TooManyPlans`."""
        if principal.role not in BRAND_WRITERS | {Role.OPERATOR}:
            raise CannotPlan("Plans are made by an owner or booker of a brand, or by an operator.")
        briefs = self._briefs(principal, asked.brief_ids)
        names = self._market.brand_names(briefs)
        promised = {each.slot_id for each in self._market.promised(briefs)}
        if asked.replans is not None:  # wishes for shows that have been offered since have come to their end
            asked = asked.without_wishes_for(promised)
        to_fill = replace(asked, without_slots=(*asked.without_slots, *sorted(promised)))
        check_asked(to_fill, briefs, self._clock.now(), lambda sentence: named(sentence, names))
        if asked.replans is not None:
            self._outcome(principal, asked.replans)
        self._check_pins(to_fill, briefs)
        others = (run for run in self._store.of(principal) if run.plan_id != plan_id)
        if sum(run.state in runs.UNDER_WAY for run in others) >= MAX_UNDER_WAY:
            raise TooManyPlans(f"{MAX_UNDER_WAY} plans are under way. Wait for one of them, or cancel one.")
        run = PlanRun(
            plan_id=plan_id,
            tenant_id=principal.tenant_id,
            asked_by=principal.user_id,
            title=_title(briefs),
            currency=briefs[0].currency,
            shows=len(wanted_by(briefs, to_fill.without_slots)),
            seconds=asked.seconds,
            asked_at=self._clock.now(),
            beat_at=self._clock.real_now(),
            replans=asked.replans,
        )
        return run if self._store.add(run, asked) else self._store.get(principal, plan_id)

    def ask_again(  # what may change between a plan and the next
        self,
        principal: Principal,
        plan_id: str,
        *,
        again_id: str,
        without_hosts: Sequence[str] = (),
        without_slots: Sequence[str] = (),
        move_cost_minor: int | None = None,
    ) -> PlanRun:
        """Plan anew without these hosts and shows; announced places are kept as far as can be, and as few as possible move."""
        answer = self._outcome(principal, plan_id)
        strangers = [each for each in (*without_hosts, *without_slots) if each not in answer.names]
        if strangers:
            raise BadPlanRequest(f"{strangers[0]} is not in this plan. Name hosts and shows by their ids as the plan has them.")
        before = self._store.asked(plan_id)
        out_hosts, out_slots = {*before.without_hosts, *without_hosts}, {*before.without_slots, *without_slots}
        asked = replace(
            before.without_wishes_for(out_slots),
            pinned=tuple(each for each in before.pinned if each.host_id not in out_hosts and each.slot_id not in out_slots),
            without_hosts=tuple(sorted(out_hosts)),
            without_slots=tuple(sorted(out_slots)),
            replans=plan_id,
            move_cost_minor=move_cost_minor,
        )
        return self.ask(principal, asked, again_id)

    def get(self, principal: Principal, plan_id: str) -> Seen:
        """A plan of the caller's tenant. Raises `PlanNotFound`."""
        run = self._store.get(principal, plan_id)
        return Seen(run=run, outcome=self._store.outcome(run))

    def download(self, principal: Principal, plan_id: str) -> str:
        """Where the whole answer can be fetched for a few minutes. Raises `NotPlanned`."""
        self._outcome(principal, plan_id)
        return self._store.outcome_url(self._store.get(principal, plan_id), DOWNLOAD_SECONDS)

    def list(self, principal: Principal) -> tuple[PlanRun, ...]:
        """The caller's newest plans."""
        return self._store.of(principal)

    def plannable(self, principal: Principal) -> tuple[Brief, ...]:
        """The briefs that the caller may plan: those that nobody has closed and that have a show ahead."""
        now = self._clock.now()
        briefs = self._market.briefs(principal.tenant_id)
        return tuple(brief for brief in briefs if brief.closed_at is None and any(window.starts_at > now for window in brief.windows))

    def cancel(self, principal: Principal, plan_id: str) -> PlanRun:
        """Stop a plan; the best so far is kept, if there is one. Raises `PlanHasEnded`."""
        for _ in range(MAX_CHANGES):
            run = self._store.get(principal, plan_id)
            after = runs.cancelled(run, self._clock.real_now())
            try:
                self._store.change(run, after)
            except PlanChanged:
                continue
            return after
        raise PlanChanged("The plan changes too fast just now. Please try again.")

    def possible(self, principal: Principal, plan_id: str, slot_id: str) -> tuple[Possible, ...]:
        """Every host who could take a show, most valuable first, and what stands against each. Raises `NoSuchShow`, `NotPlanned`."""
        answer, season, plan = self._planned(principal, plan_id, slot_id)
        standing = Standing(season, plan.hosts)
        return tuple(
            Possible(
                host_id=match.host_id,
                host=answer.names[match.host_id],
                value_minor=match.value_minor,
                fee_minor=match.fee_minor,
                has_it=plan.hosts.get(slot_id) == match.host_id,
                sentence=as_it_stands(standing, Pair(slot_id, match.host_id), answer.names),
            )
            for match in standing.matches_of(slot_id)
        )

    def why_not(self, principal: Principal, plan_id: str, slot_id: str, host_id: str) -> Answer:
        """Why a show does not go to a host, and what insisting would cost. Raises `NoSuchShow`, `NotPlanned`."""
        answer, season, plan = self._planned(principal, plan_id, slot_id)
        if host_id not in answer.names:
            raise NoSuchShow("There is no such host in this plan.")
        pair, part = Pair(slot_id, host_id), part_of(season, slot_id)
        own = {slot.slot_id for slot in part.slots}
        hosts = {slot: host for slot, host in plan.hosts.items() if slot in own}
        if plan.hosts.get(slot_id) == host_id:
            return self._answer(standing_only(part, hosts, pair), answer, hosts)
        if not any((each.slot_id, each.host_id) == pair for each in part.matches):
            left_out = replace(standing_only(part, hosts, pair), impossible=self._left_out(principal, plan_id, pair))
            return self._answer(left_out, answer, hosts)
        prices = self._store.prices(self._store.get(principal, plan_id), part.slots[0].slot_id)
        found = why_not(part, hosts, pair, _again) if prices is None else why_not_by_prices(part, hosts, pair, prices)
        worth = alternative(season, plan, slot_id, host_id)
        told = self._answer(found, answer, hosts)
        return told if worth is None else replace(told, sentence=f"{told.sentence} {at_prices(worth, answer.names, answer.currency)}")

    def work(self, plan_id: str) -> None:
        """Worker: plan it."""
        self._worker.work(plan_id)

    def follow_up(self) -> None:
        """Called by the schedule each minute: wake the workers of plans about which nobody does anything."""
        now = self._clock.real_now()
        for run in self._store.under_way():
            if runs.is_still(run, now):
                try:
                    self._store.change(run, runs.asked_again(run, now), wake_at=now)
                except PlanChanged:
                    continue

    def _answer(self, found: WhyNot, answer: Outcome, hosts: dict[str, str]) -> Answer:
        return Answer(
            slot_id=found.pair.slot_id,
            host_id=found.pair.host_id,
            sentence=insisted(found, answer.names, answer.currency, hosts),
            change_minor=found.change_minor,
            at_most_minor=found.at_most_minor,
            is_exact=found.is_exact,
            moved=found.moved,
        )

    def _briefs(self, principal: Principal, brief_ids: Sequence[str]) -> tuple[Brief, ...]:
        briefs = self._market.briefs(principal.tenant_id, brief_ids)
        if len(briefs) != len(brief_ids):
            known = {brief.brief_id for brief in briefs}
            missing = next((each for each in brief_ids if each not in known), brief_ids[0])
            raise BriefNotFound(f"There is no such brief: {missing}.")
        return briefs

    def _left_out(self, principal: Principal, plan_id: str, pair: Pair) -> str:
        """Every filter that keeps a host from a show, as things are now."""
        asked = replace(self._store.asked(plan_id), pinned=(), without_hosts=(), without_slots=())
        briefs = self._briefs(principal, asked.brief_ids)
        hosts, names = self._market.hosts(briefs, only={pair.host_id}), self._market.brand_names(briefs)
        material = Material(briefs=briefs, hosts=hosts, priors=self._market.priors(), brand_names=names)
        return build(asked, material, {pair.slot_id: pair.host_id}).lost.get(pair, NO_MATCH_THEN)

    def _check_pins(self, asked: Asked, briefs: Sequence[Brief]) -> None:
        """Raise for pins that cannot hold, alone or together, from what is known of the pinned hosts."""
        if not asked.pinned:
            return
        pinned = {pair.host_id for pair in asked.pinned}
        hosts = self._market.hosts(briefs, only=pinned)
        names, priors = self._market.brand_names(briefs), self._market.priors()
        built = build(asked, Material(briefs=briefs, hosts=hosts, priors=priors, brand_names=names))
        check_pins(built.season, lambda sentence: named(sentence, built.names))

    def _outcome(self, principal: Principal, plan_id: str) -> Outcome:
        answer = self._store.outcome(self._store.get(principal, plan_id))
        if answer is None:
            raise NotPlanned("This plan has no result to go on from. Wait until it has ended, or ask for a new one.")
        return answer

    def _planned(self, principal: Principal, plan_id: str, slot_id: str) -> tuple[Outcome, Season, Plan]:
        answer = self._outcome(principal, plan_id)
        still_open = {each.slot_id: each.sentence for each in answer.open}
        if slot_id not in {*still_open, *(each.slot_id for each in answer.places)}:
            raise NoSuchShow("There is no such show in this plan.")
        run = self._store.get(principal, plan_id)
        if run.summary is not None and run.summary.matches > MAX_MATCHES_ASKED:
            raise NotPlanned("This plan is too large to be asked about while you wait. Plan the show's market and category for itself.")
        season, plan = self._store.planned(run)
        if slot_id not in {slot.slot_id for slot in season.slots}:
            raise NotPlanned(still_open[slot_id])
        return answer, season, plan


def _again(season: Season) -> Plan:
    return planner.plan(season, seconds=SECONDS_OF_AN_ANSWER, clock=time.monotonic)


def _title(briefs: Sequence[Brief]) -> str:
    return first_of([brief.title for brief in briefs])
