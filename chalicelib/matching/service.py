"""What a brand does to find hosts: post a brief, and see who fits, why, and what keeps the others out.

What matching does not know itself (free time, past shows, payouts, exclusivity) comes through four small ports, filled by the
composition root.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock
from chalicelib.core.ids import new_id
from chalicelib.directory.rules import Profile
from chalicelib.directory.service import Directory
from chalicelib.matching.explanation import Match, explained, places
from chalicelib.matching.for_hosts import OpenBrief, is_open, nearest, seen_by
from chalicelib.matching.ports import Commitments, FreeTime, NothingKnown, PayoutReadiness, ShowHistory
from chalicelib.matching.priors import Priors, learn
from chalicelib.matching.rules import (
    DEFAULT_PLACES,
    BadBrief,
    Brief,
    BriefWindow,
    Candidate,
    Failed,
    Rejection,
    check_brief,
    counted,
    failed_filters,
)
from chalicelib.matching.score import order
from chalicelib.matching.store import BriefNotFound, BriefStore, PriorsStore
from chalicelib.matching.whatif import OtherFee, Remedy, changed, keys_of, remedies, with_another_fee

MOST_MOVED = timedelta(hours=6)
STEP = timedelta(minutes=30)
MAX_OPEN_BRIEFS = 200

__all__ = ["BriefNotFound", "Matches", "Matching", "NewBrief"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBrief:
    """A brief as its brand states it."""

    title: str
    category: str
    market: str
    language: str
    platform: str
    minimum_audience: int
    skus: tuple[str, ...]
    windows: tuple[BriefWindow, ...]
    budget_minor: int
    currency: str
    flat_fee_minor: int
    commission_basis_points: int
    excluded_creator_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Who fits, best first, and who was left out with every filter that failed; `failed_counts` counts them by filter."""

    brief_id: str
    ranked: tuple[Match, ...]
    rejected: tuple[Rejection, ...]
    failed_counts: dict[str, int]
    other_fees: dict[str, OtherFee]
    """By host, where another fee would lift it."""
    promising_places: int
    """Of `ranked`, how many places went to hosts without shows in the category who would not have had them by score alone."""
    priors_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFor:
    """A host about whom a brand asks by name: its place, or what keeps it out and what would have to change.

    `place` is the place by score as things are; where filters failed, the one with everything changed that the brand can change, and None
    where that is not enough.
    """

    creator_id: str
    name: str
    failed: tuple[Failed, ...]
    remedies: tuple[Remedy, ...]
    place: int | None
    of: int
    match: Match | None
    other_fee: OtherFee | None


class Matching:
    """Use cases of briefs and matches."""

    def __init__(  # noqa: PLR0913  # each port is one thing that a later feature knows
        self,
        *,
        store: BriefStore,
        directory: Directory,
        clock: Clock,
        free_time: FreeTime,
        history: ShowHistory | None = None,
        payouts: PayoutReadiness | None = None,
        commitments: Commitments | None = None,
        priors: PriorsStore | None = None,
    ) -> None:
        """Ports that are left out answer as `NothingKnown`."""
        nothing = NothingKnown()
        self._store = store
        self._directory = directory
        self._clock = clock
        self._free_time = free_time
        self._history: ShowHistory = history or nothing
        self._payouts: PayoutReadiness = payouts or nothing
        self._commitments: Commitments = commitments or nothing
        self._priors = priors or PriorsStore()

    def post_brief(self, principal: Principal, new: NewBrief) -> Brief:
        """Keep a brief of an approved brand. Its line-up must be products of the brand."""
        self._directory.approved(principal.tenant_id)
        brief = Brief(
            brief_id=new_id("brf"),
            brand_id=principal.tenant_id,
            title=new.title,
            category=new.category,
            market=new.market,
            language=new.language,
            platform=new.platform,
            minimum_audience=new.minimum_audience,
            skus=tuple(sku.upper() for sku in new.skus),
            windows=new.windows,
            budget_minor=new.budget_minor,
            currency=new.currency,
            flat_fee_minor=new.flat_fee_minor,
            commission_basis_points=new.commission_basis_points,
            excluded_creator_ids=new.excluded_creator_ids,
            created_at=self._clock.now(),
        )
        check_brief(brief, self._clock.now())
        unknown = set(brief.skus) - {product.sku for product in self._directory.products(principal)}
        if unknown:
            named = ", ".join(sorted(unknown)[:5])
            raise BadBrief(f"These are not among your products: {named}. Add them first.", fields={"skus": f"unknown: {named}"})
        self._store.add(brief)
        return brief

    def brief(self, principal: Principal, brief_id: str) -> Brief:
        """A brief of the caller's brand. Raises `BriefNotFound`."""
        return self._store.get(principal, brief_id)

    def briefs(self, principal: Principal) -> tuple[Brief, ...]:
        """The briefs of the caller's brand, newest first."""
        return self._store.of(principal)

    def matches(self, principal: Principal, brief_id: str, *, places_shown: int = DEFAULT_PLACES) -> Matches:
        """Rank all approved hosts for a brief of the caller's."""
        brief = self._store.get(principal, brief_id)
        fitting, rejected = self._sifted(brief)
        priors = self._priors.current()
        ordered = order(brief, list(fitting.values()), priors)
        keys = keys_of(ordered)
        shown = places(ordered, places_shown)
        fees = {each.creator_id: with_another_fee(brief, fitting[each.creator_id], each, keys) for each, _ in shown}
        return Matches(
            brief_id=brief_id,
            ranked=tuple(explained(brief, fitting[each.creator_id], each, priors, is_promising=kept) for each, kept in shown),
            rejected=tuple(rejected),
            failed_counts=counted(rejected),
            other_fees={creator_id: fee for creator_id, fee in fees.items() if fee is not None},
            promising_places=sum(kept for _, kept in shown),
            priors_version=priors.version,
        )

    def ask_for(self, principal: Principal, brief_id: str, creator_id: str) -> AskedFor:
        """What a host's place is, or what would have to change. Raises `BriefNotFound`, `ProfileNotFound`."""
        brief = self._store.get(principal, brief_id)
        profile = self._directory.profile(self._directory.approved(creator_id).tenant_id)
        host = self._candidate(brief, profile)
        failed = failed_filters(brief, host)
        moves = self._moves(host) if failed else {}
        better = changed(brief, host, failed, moves)
        fitting, _ = self._sifted(better)
        priors = self._priors.current()
        ordered = order(better, list(fitting.values()), priors)
        found = next(((place, each) for place, each in enumerate(ordered, 1) if each.creator_id == creator_id), None)
        return AskedFor(
            creator_id=creator_id,
            name=host.name,
            failed=failed,
            remedies=remedies(brief, host, failed, moves),
            place=found and found[0],
            of=len(ordered),
            match=found and explained(better, fitting[creator_id], found[1], priors),
            other_fee=found and with_another_fee(better, fitting[creator_id], found[1], keys_of(ordered)),
        )

    def open_briefs(self, principal: Principal) -> tuple[OpenBrief, ...]:
        """Open briefs of approved brands as the calling host sees them, those missed by least first. Raises `ProfileNotFound`."""
        profile = self._directory.profile(self._directory.approved(principal.tenant_id).tenant_id)
        now = self._clock.now()
        briefs = (brief for brand in self._directory.brands() for brief in self._store.of_brand(brand.tenant_id) if is_open(brief, now))
        known = self._known(profile)
        seen = (seen_by(brief, self._asked(brief, known)) for brief in islice(briefs, MAX_OPEN_BRIEFS))
        return tuple(nearest([each for each in seen if each is not None]))

    def ask_to_learn(self) -> bool:
        """Called by the schedule each minute: have what is believed of hosts learned anew, once a day."""
        now = self._clock.now()
        return self._priors.ask(now.date().isoformat(), now)

    def learn(self) -> Priors:
        """Worker: the next version of what is believed, from the shows of all approved hosts. Doing it twice makes a version too many."""
        before = self._priors.current()
        hosts = [self._known(profile) for profile in self._directory.hosts()]
        priors = learn(hosts, before=before, as_of=self._clock.now())
        self._priors.add(priors)
        return priors

    def priors(self) -> Priors:
        """What is believed of hosts now."""
        return self._priors.current()

    def _sifted(self, brief: Brief) -> tuple[dict[str, Candidate], list[Rejection]]:
        """Approved hosts by id that pass every filter, and those that do not."""
        fitting: dict[str, Candidate] = {}
        rejected: list[Rejection] = []
        for profile in self._directory.hosts():
            host = self._candidate(brief, profile)
            failed = failed_filters(brief, host)
            if failed:
                rejected.append(Rejection(creator_id=host.creator_id, name=host.name, failed=failed))
            else:
                fitting[host.creator_id] = host
        return fitting, rejected

    def _moves(self, host: Candidate) -> dict[datetime, datetime]:
        """For each window that the host cannot do, the nearest start within `MOST_MOVED` at which it is free."""
        steps = [sign * step * STEP for step in range(1, MOST_MOVED // STEP + 1) for sign in (-1, 1)]
        moves = {}
        for window in host.busy_windows:
            starts = (window.starts_at + step for step in steps)
            free = next((start for start in starts if self._free_time.is_free(host.creator_id, start, window.minutes)), None)
            if free is not None:
                moves[window.starts_at] = free
        return moves

    def _candidate(self, brief: Brief, profile: Profile) -> Candidate:
        return self._asked(brief, self._known(profile))

    def _asked(self, brief: Brief, known: Candidate) -> Candidate:
        """A host with what the brief's time and brand make of it."""
        creator_id = known.creator_id
        starts = [window.starts_at for window in brief.windows]
        is_free = self._free_time.is_free
        return replace(
            known,
            busy_windows=tuple(window for window in brief.windows if not is_free(creator_id, window.starts_at, window.minutes)),
            bound_to_competitor=self._commitments.bound_to_competitor(creator_id, brief.brand_id, brief.category, starts),
        )

    def _known(self, profile: Profile) -> Candidate:
        """A host without any brief: as if it were free and bound to nobody."""
        return Candidate(
            creator_id=profile.creator_id,
            name=profile.name,
            categories=profile.categories,
            refused_categories=profile.refused_categories,
            languages=profile.languages,
            markets=profile.markets,
            audiences={platform.platform: platform.audience for platform in profile.platforms},
            rate_card_minor=profile.rate_card_minor,
            currency=profile.currency,
            minimum_commission_basis_points=profile.minimum_commission_basis_points,
            busy_windows=(),
            can_be_paid=self._payouts.can_be_paid(profile.creator_id),
            bound_to_competitor=False,
            past_shows=tuple(self._history.past_shows(profile.creator_id)),
        )
