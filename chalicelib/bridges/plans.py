"""What planning asks of other features: briefs, and hosts with their time and promises."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

from chalicelib.adapters.objects import ObjectStore
from chalicelib.bookings.service import Bookings
from chalicelib.contracts.service import Contracts
from chalicelib.core.access import PLATFORM_TENANT
from chalicelib.core.clock import Clock
from chalicelib.core.errors import NotFound
from chalicelib.directory.rules import NotApproved, Profile
from chalicelib.directory.service import Directory
from chalicelib.matching.priors import Priors
from chalicelib.matching.rules import Brief, Candidate
from chalicelib.matching.service import Matching
from chalicelib.planning.asked import wanted_by
from chalicelib.planning.candidates import Known
from chalicelib.planning.promised import Promised, promised_by
from chalicelib.planning.service import Planning
from chalicelib.planning.store import PlanStore

AROUND = timedelta(days=7)
"""Shows in the same week count for a host's weekly cap, whatever their time."""


class House(Protocol):
    """The features that planning stands on."""

    @property
    def directory(self) -> Directory:
        """Brands and hosts."""
        ...

    @property
    def matching(self) -> Matching:
        """Briefs, and what is known of hosts."""
        ...

    @property
    def bookings(self) -> Bookings:
        """Hosts' time."""
        ...

    @property
    def contracts(self) -> Contracts:
        """Promises."""
        ...

    @property
    def clock(self) -> Clock:
        """Both times."""
        ...


class MarketOfPlans:
    """Briefs and hosts as planning sees them."""

    def __init__(self, house: House) -> None:
        """Each feature is built when it is first asked."""
        self._house = house

    def briefs(self, tenant_id: str, brief_ids: Sequence[str] | None = None) -> tuple[Brief, ...]:
        """These briefs in their order, or all; a brand's own, or for the marketplace those of all approved brands."""
        directory, matching = self._house.directory, self._house.matching
        brands = [brand.tenant_id for brand in directory.brands()] if tenant_id == PLATFORM_TENANT else [tenant_id]
        known = {brief.brief_id: brief for brand_id in brands for brief in matching.briefs_of(brand_id)}
        return tuple(known.values()) if brief_ids is None else tuple(known[each] for each in brief_ids if each in known)

    def hosts(self, briefs: Sequence[Brief], *, only: Collection[str] | None = None) -> Iterator[Known]:
        """All approved hosts, or those of them named."""
        starts = [window.starts_at for brief in briefs for window in brief.windows]
        first, last = min(starts) - AROUND, max(starts) + AROUND
        everybody = self._house.matching.everybody_with_profiles() if only is None else self._named(only)
        for profile, candidate in everybody:
            availability, claims = self._house.bookings.claims_of(profile.creator_id, first, last, profile)
            yield Known(
                candidate=candidate,
                availability=availability,
                claims=claims,
                contracts=tuple(self._house.contracts.signed_by(candidate.creator_id)),
                shows_per_week=profile.shows_per_week,
            )

    def _named(self, host_ids: Collection[str]) -> Iterator[tuple[Profile, Candidate]]:
        for host_id in host_ids:
            with suppress(NotFound, NotApproved):
                yield self._house.matching.somebody(host_id)

    def promised(self, briefs: Sequence[Brief]) -> tuple[Promised, ...]:
        """Shows of these briefs that are offered or booked."""
        house, brands = self._house, dict.fromkeys(brief.brand_id for brief in briefs)
        offers = (offer for brand_id in brands for offer in house.contracts.offers.standing(brand_id))
        return promised_by(offers, lambda booking_id: bool(house.bookings.booking(booking_id).slots), wanted_by(briefs))

    def priors(self) -> Priors:
        """What is believed of hosts."""
        return self._house.matching.priors()

    def brand_names(self, briefs: Sequence[Brief]) -> dict[str, str]:
        """What the briefs' brands are called."""
        return {brand_id: self._house.directory.tenant(brand_id).name for brand_id in dict.fromkeys(each.brand_id for each in briefs)}


def planning(house: House, records: ObjectStore) -> Planning:
    """Planning on these features."""
    return Planning(store=PlanStore(records), market=MarketOfPlans(house), clock=house.clock)
