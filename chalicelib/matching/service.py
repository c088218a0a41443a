"""What a brand does to find hosts: post a brief, and see who fits, why, and what keeps the others out.

What matching does not know itself (free time, past shows, payouts, exclusivity) comes through four small ports, filled by the
composition root.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from chalicelib.adapters.dynamo import Transaction
from chalicelib.adapters.objects import ObjectStore
from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock
from chalicelib.core.ids import new_id
from chalicelib.directory.rules import Profile, host_named
from chalicelib.matching.candidates import Candidates
from chalicelib.matching.change_store import ChangeStore
from chalicelib.matching.everybody import everybody
from chalicelib.matching.explanation import Match, explained
from chalicelib.matching.for_hosts import OpenBrief, is_open, nearest, over, seen_by
from chalicelib.matching.index import HostIndex
from chalicelib.matching.index_store import IndexStore
from chalicelib.matching.indexing import Indexing
from chalicelib.matching.pool import place_of
from chalicelib.matching.pools import HostsNotIndexed, Pools
from chalicelib.matching.priors import Priors, learn
from chalicelib.matching.rules import (
    DEFAULT_PLACES,
    BadBrief,
    Brief,
    BriefWindow,
    Candidate,
    Failed,
    Host,
    Rejection,
    Visibility,
    check_brief,
    failed_filters,
)
from chalicelib.matching.shortfall import Relaxation, relaxations
from chalicelib.matching.store import CLOSED, BriefClosed, BriefNotFound, BriefStore, PriorsStore
from chalicelib.matching.whatif import OtherFee, Remedy, changed, remedies, with_another_fee

MAX_OPEN_BRIEFS = 200

__all__ = ["BriefClosed", "BriefNotFound", "HostsNotIndexed", "Matches", "Matching", "NewBrief"]


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
    visibility: Visibility = Visibility.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Who fits, best first, and what keeps the others out: counted over all, and told of those that miss by least."""

    brief_id: str
    ranked: tuple[Match, ...]
    hosts: int
    """So many were looked at, of whom `fitting` fit."""
    fitting: int
    rejected: tuple[Rejection, ...]
    """Those that fail the fewest filters, each with all of them."""
    failed_counts: dict[str, int]
    """By filter, all hosts that fail it."""
    alone_counts: dict[str, int]
    """By filter, the hosts that it alone keeps out."""
    relaxations: tuple[Relaxation, ...]
    """Where nobody fits: small changes of the brief, and how many hosts each would let in."""
    other_fees: dict[str, OtherFee]
    """By host, where another fee would lift it."""
    promising_places: int
    """Of `ranked`, how many places went to hosts without shows in the category who would not have had them by score alone."""
    priors_version: int
    notice: str
    """What this answer cannot say, in a sentence; empty where there is no such thing."""


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

    def __init__(
        self,
        *,
        store: BriefStore,
        candidates: Candidates,
        clock: Clock,
        files: ObjectStore | None = None,
        disk: Path | None = None,
    ) -> None:
        """The snapshot of hosts is kept in `files`, a private bucket, and on `disk`; without them all hosts are read for each brief."""
        self._store = store
        self._candidates = candidates
        self._directory = candidates.directory
        self._clock = clock
        self._priors = PriorsStore()
        versions, changes = IndexStore(), ChangeStore()
        self._indexing: Indexing | None = None
        if files is not None:
            self._indexing = Indexing(store=versions, changes=changes, files=files, candidates=candidates, priors=self._priors, clock=clock)
        index = HostIndex(store=versions, changes=changes, files=files, clock=clock, directory=disk) if files and disk else None
        self._pools = Pools(candidates=candidates, index=index, priors=self._priors, clock=clock)

    @property
    def indexing(self) -> Indexing:
        """The workers that make the snapshot."""
        if self._indexing is None:
            message = "No bucket was given for the snapshot."
            raise RuntimeError(message)
        return self._indexing

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
            visibility=new.visibility,
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

    def briefs_of(self, brand_id: str) -> tuple[Brief, ...]:
        """The newest briefs of a brand, read by the system."""
        return self._store.of_brand(brand_id)

    def everybody(self) -> Iterator[Candidate]:
        """All approved hosts as if they were free and bound to nobody."""
        return (candidate for _, candidate in self.everybody_with_profiles())

    def everybody_with_profiles(self) -> Iterator[tuple[Profile, Candidate]]:
        """The same, beside their profiles."""
        return everybody(self._candidates, iter(()) if self._pools.are_few() else self.indexing.records())

    def somebody(self, creator_id: str) -> tuple[Profile, Candidate]:
        """One of them. Raises `ProfileNotFound`, `NotApproved`."""
        profile = self._directory.profile(self._directory.approved(creator_id).tenant_id)
        return profile, self._candidates.known(profile)

    def briefs(self, principal: Principal) -> tuple[Brief, ...]:
        """The briefs of the caller's brand, newest first."""
        return self._store.of(principal)

    def matches(self, principal: Principal, brief_id: str, *, places_shown: int = DEFAULT_PLACES) -> Matches:
        """Rank all approved hosts for a brief of the caller's. Raises `BriefNotFound`, `BadBrief`, `HostsNotIndexed`."""
        brief = self._store.get(principal, brief_id)
        closed, pool = over(brief, self._clock.now()), self._pools.of(brief)
        shown = pool.shown(places_shown)
        keys = pool.keys()
        fees = {each.host.creator_id: with_another_fee(brief, each.host, each.scored, keys) for each in shown}
        tally = pool.tally()
        return Matches(
            brief_id=brief_id,
            ranked=tuple(explained(brief, each.host, each.scored, pool.priors, is_promising=each.kept) for each in shown),
            hosts=tally.hosts,
            fitting=tally.fitting,
            rejected=tuple(pool.rejected()),
            failed_counts={name.value: count for name, count in tally.failed.items()},
            alone_counts={name.value: count for name, count in tally.alone.items()},
            relaxations=() if closed else relaxations(brief, tally),
            other_fees={creator_id: fee for creator_id, fee in fees.items() if fee is not None},
            promising_places=sum(each.kept for each in shown),
            priors_version=pool.priors.version,
            notice=" ".join(each for each in (closed, pool.notice) if each),
        )

    def ask_for(self, principal: Principal, brief_id: str, creator_id: str) -> AskedFor:
        """What a host's place is, or what would have to change. Raises `BriefNotFound`, `HostNotFound`, and like `matches`."""
        brief = self._store.get(principal, brief_id)
        host = self._candidates.of(brief, self._directory.host(principal, creator_id))
        failed = failed_filters(brief, host)
        moves = self._candidates.moves(host, self._clock.now()) if failed else {}
        better = changed(brief, host, failed, moves)
        pool = self._pools.of(better)
        found = pool.look_at(creator_id)
        keys = pool.keys()
        return AskedFor(
            creator_id=creator_id,
            name=host.name,
            failed=failed,
            remedies=remedies(brief, host, failed, moves),
            place=found and place_of((-found[1].score_millinats, creator_id), keys),
            of=len(keys),
            match=found and explained(better, *found, pool.priors),
            other_fee=found and with_another_fee(better, *found, keys),
        )

    def open_briefs(self, principal: Principal, creator_id: str | None = None) -> tuple[OpenBrief, ...]:
        """Open briefs of approved brands as a host sees them, those missed by least first. Raises `HostNotFound`, `Invalid`.

        An agency's manager names the host.
        """
        creator_id = host_named(principal, creator_id)
        self._directory.host_acted_for(principal, creator_id)
        profile = self._directory.profile(self._directory.approved(creator_id).tenant_id)
        now = self._clock.now()
        briefs = (
            brief
            for brand in self._directory.brands()
            for brief in self._store.of_brand(brand.tenant_id)
            if brief.visibility is Visibility.OPEN and is_open(brief, now)
        )
        known = self._candidates.known(profile)
        seen = (seen_by(brief, self._candidates.asked(brief, known)) for brief in islice(briefs, MAX_OPEN_BRIEFS))
        return tuple(nearest([each for each in seen if each is not None]))

    def seen_by(self, brief: Brief, creator_id: str) -> OpenBrief | None:
        """A brief as an approved host sees it; None where the brand has excluded the host. Raises `HostNotFound`, `NotApproved`."""
        profile = self._directory.profile(self._directory.approved(creator_id).tenant_id)
        return seen_by(brief, self._candidates.of(brief, profile))

    def demand_open(self, transaction: Transaction, brief: Brief) -> None:
        """Raise `BriefClosed` for a closed brief, now and where it is closed before the transaction."""
        if brief.closed_at is not None:
            raise BriefClosed(CLOSED)
        self._store.demand_open(transaction, brief)

    def ask_to_learn(self) -> bool:
        """Called by the schedule each minute: have what is believed of hosts learned anew, once a day."""
        now = self._clock.now()
        return self._priors.ask(now.date().isoformat(), now)

    def learn(self, day: str) -> Priors:
        """Worker: the next version of what is believed, from the shows of all approved hosts; once for a day (YYYY-MM-DD)."""
        before = self._priors.current()
        if before.as_of is not None and before.as_of.date().isoformat() >= day:
            return before
        priors = learn(self._learned_from(), before=before, as_of=self._clock.now())
        self._priors.add(priors)
        return priors

    def _learned_from(self) -> Iterator[Host]:
        """All approved hosts: read one by one while they are few, else as the snapshot's workers have read them for it."""
        if self._pools.are_few():
            yield from self.everybody()
        else:
            yield from self.indexing.records()

    def priors(self) -> Priors:
        """What is believed of hosts now."""
        return self._priors.current()
