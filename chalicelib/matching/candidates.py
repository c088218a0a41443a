"""Hosts as they are now, each read from the tables: for one brief, for learning, and as a snapshot takes them in."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta

from chalicelib.directory.rules import Profile
from chalicelib.directory.service import Directory
from chalicelib.matching.ports import Commitments, FreeTime, HostHours, NothingKnown, PayoutReadiness, ShowHistory
from chalicelib.matching.rules import Brief, Candidate, Host
from chalicelib.matching.snapshot.records import HostRecord

MOST_MOVED = timedelta(hours=6)
STEP = timedelta(minutes=30)
_NOTHING = NothingKnown()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Reads hosts; the ports are what later features know of them."""

    directory: Directory
    free_time: FreeTime
    history: ShowHistory = field(default=_NOTHING)
    payouts: PayoutReadiness = field(default=_NOTHING)
    commitments: Commitments = field(default=_NOTHING)
    hours: HostHours = field(default=_NOTHING)

    def all(self, brief: Brief) -> Iterator[Candidate]:
        """Every approved host."""
        return (self.of(brief, profile) for profile in self.directory.hosts())

    def by_id(self, brief: Brief, creator_id: str) -> Candidate | None:
        """One host; None where it is not approved."""
        profile = self.directory.approved_host(creator_id)
        return None if profile is None else self.of(brief, profile)

    def of(self, brief: Brief, profile: Profile) -> Candidate:
        """A host for a brief."""
        return self.asked(brief, self.known(profile))

    def asked(self, brief: Brief, known: Candidate) -> Candidate:
        """A host with what the brief's time and brand make of it."""
        creator_id = known.creator_id
        starts = [window.starts_at for window in brief.windows]
        is_free = self.free_time.is_free
        return replace(
            known,
            busy_windows=tuple(window for window in brief.windows if not is_free(creator_id, window.starts_at, window.minutes)),
            bound_to_competitor=self.commitments.bound_to_competitor(creator_id, brief.brand_id, brief.category, starts),
        )

    def is_free(self, brief: Brief, creator_id: str) -> bool:
        """Whether a host could be booked for all shows of a brief and is bound to nobody then."""
        starts = [window.starts_at for window in brief.windows]
        free = all(self.free_time.is_free(creator_id, window.starts_at, window.minutes) for window in brief.windows)
        return free and not self.commitments.bound_to_competitor(creator_id, brief.brand_id, brief.category, starts)

    def moves(self, host: Candidate, now: datetime) -> dict[datetime, datetime]:
        """For each window that the host cannot do, the nearest start within `MOST_MOVED` at which it is free; none that has passed."""
        steps = [sign * step * STEP for step in range(1, MOST_MOVED // STEP + 1) for sign in (-1, 1)]
        moves = {}
        for window in host.busy_windows:
            starts = (window.starts_at + step for step in steps if window.starts_at + step > now)
            free = next((start for start in starts if self.free_time.is_free(host.creator_id, start, window.minutes)), None)
            if free is not None:
                moves[window.starts_at] = free
        return moves

    def known(self, profile: Profile, noted: HostRecord | None = None) -> Candidate:
        """A host without any brief: as if it were free and bound to nobody. Shows and account are read where they are not `noted`."""
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
            can_be_paid=self.payouts.can_be_paid(profile.creator_id) if noted is None else noted.can_be_paid,
            bound_to_competitor=False,
            past_shows=tuple(self.history.past_shows(profile.creator_id)) if noted is None else noted.past_shows,
        )

    def record(self, creator_id: str) -> HostRecord | None:
        """A host with its hours and promises, for any brief; None where it is not approved."""
        profile = self.directory.approved_host(creator_id)
        if profile is None:
            return None
        known = self.known(profile)
        of_any = {each.name: getattr(known, each.name) for each in fields(Host)}
        return HostRecord(**of_any, bonds=tuple(self.commitments.bonds(creator_id)), hours=self.hours.hours(creator_id))
