"""What a brand does to find hosts: post a brief, and see who fits, why, and what keeps the others out.

What matching does not know itself (free time, past shows, payouts, exclusivity) comes through four small ports, filled by the
composition root.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock
from chalicelib.core.ids import new_id
from chalicelib.directory.rules import Profile
from chalicelib.directory.service import Directory
from chalicelib.matching.rules import (
    DEFAULT_PLACES,
    BadBrief,
    Brief,
    BriefWindow,
    Candidate,
    PastShow,
    Rejection,
    check_brief,
    counted,
    failed_filters,
)
from chalicelib.matching.score import Match, rank
from chalicelib.matching.store import BriefNotFound, BriefStore

__all__ = ["BriefNotFound", "Matches", "Matching", "NewBrief"]


class FreeTime(Protocol):
    """Whether a host can be booked."""

    def is_free(self, creator_id: str, starts_at: datetime, minutes: int) -> bool:
        """Whether a show could be booked then."""
        ...


class ShowHistory(Protocol):
    """What hosts did before."""

    def past_shows(self, creator_id: str) -> Sequence[PastShow]:
        """The host's shows whose sales are known."""
        ...


class PayoutReadiness(Protocol):
    """Whether a host's earnings could be paid out."""

    def can_be_paid(self, creator_id: str) -> bool:
        """Whether there is an account that payouts can go to."""
        ...


class Commitments(Protocol):
    """What hosts have promised to other brands."""

    def bound_to_competitor(self, creator_id: str, brand_id: str, category: str, at: Sequence[datetime]) -> bool:
        """Whether a contract with another brand forbids this category at one of these times."""
        ...


class NothingKnown:
    """History, readiness and commitments where no later feature answers: no shows, everybody payable, nobody bound."""

    def past_shows(self, creator_id: str) -> Sequence[PastShow]:  # noqa: ARG002  # the port's signature
        """No shows: the prior is used."""
        return ()

    def can_be_paid(self, creator_id: str) -> bool:  # noqa: ARG002  # the port's signature
        """Everybody; a payout that cannot be made keeps the money owed."""
        return True

    def bound_to_competitor(self, creator_id: str, brand_id: str, category: str, at: Sequence[datetime]) -> bool:  # noqa: ARG002  # the port's signature
        """Nobody is bound."""
        return False


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

    def matches(self, principal: Principal, brief_id: str, *, places: int = DEFAULT_PLACES) -> Matches:
        """Rank all approved hosts for a brief of the caller's."""
        brief = self._store.get(principal, brief_id)
        fitting: list[Candidate] = []
        rejected: list[Rejection] = []
        for profile in self._directory.hosts():
            host = self._candidate(brief, profile)
            failed = failed_filters(brief, host)
            if failed:
                rejected.append(Rejection(creator_id=host.creator_id, name=host.name, failed=failed))
            else:
                fitting.append(host)
        ranked = tuple(rank(brief, fitting)[:places])
        return Matches(brief_id=brief_id, ranked=ranked, rejected=tuple(rejected), failed_counts=counted(rejected))

    def _candidate(self, brief: Brief, profile: Profile) -> Candidate:
        creator_id = profile.creator_id
        starts = [window.starts_at for window in brief.windows]
        return Candidate(
            creator_id=creator_id,
            name=profile.name,
            categories=profile.categories,
            refused_categories=profile.refused_categories,
            languages=profile.languages,
            markets=profile.markets,
            audiences={platform.platform: platform.audience for platform in profile.platforms},
            rate_card_minor=profile.rate_card_minor,
            currency=profile.currency,
            minimum_commission_basis_points=profile.minimum_commission_basis_points,
            busy_windows=tuple(
                window for window in brief.windows if not self._free_time.is_free(creator_id, window.starts_at, window.minutes)
            ),
            can_be_paid=self._payouts.can_be_paid(creator_id),
            bound_to_competitor=self._commitments.bound_to_competitor(creator_id, brief.brand_id, brief.category, starts),
            past_shows=tuple(self._history.past_shows(creator_id)),
        )
