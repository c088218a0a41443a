"""How the two sides come to terms. Pure: who does what, at which version, at which time come in as arguments.

An offer is a chain of versions made in turn by the two sides. Only the last version can be answered, only by the side that did not
make it, and only until it expires.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from chalicelib.bookings.states import Move, Party, State, allowed, not_allowed
from chalicelib.contracts.differences import differences
from chalicelib.contracts.rules import BookedShow, Contract, ContractState, ContractVersion, booking_id_of, show_id_of, sign_by
from chalicelib.contracts.terms import Terms
from chalicelib.core.errors import Conflict, Forbidden, Invalid
from chalicelib.history.rules import Actor, Side

MAX_VERSIONS = 20
MAX_SHOWS_PER_OFFER = 60
LONGEST_ANSWER_HOURS = 30 * 24
OPEN = frozenset({State.OFFERED, State.COUNTERED})


class BadOffer(Invalid):
    """An offer that could never be accepted."""


class OfferSuperseded(Conflict):
    """The version answered is not the last one."""


class OfferExpired(Conflict):
    """Nobody answered in time."""


class NotYourTurn(Forbidden):
    """A version is answered by the side that did not make it, and withdrawn by the one that did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedShow:
    """A show that is offered. Its booking and show ids derive from the offer, so that a retry makes the same objects."""

    booking_id: str
    starts_at: datetime
    minutes: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedShow:
    """A show as the brand asks for it."""

    starts_at: datetime
    minutes: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferVersion:
    """What one side put on the table, and how it differs from the version before."""

    version: int
    by: Party
    terms: Terms
    made_at: datetime
    differences: tuple[str, ...]


class BeingAccepted(Conflict):
    """The offer is being accepted at this moment; nothing else can be done with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepting:
    """Who has accepted an offer whose many shows are still being booked, and when."""

    by: Party
    at: datetime
    user_id: str = ""
    tenant_id: str = ""

    def actor(self) -> Actor:
        """Who it was, for the deal's history."""
        return Actor(side=Side(self.by), user_id=self.user_id, tenant_id=self.tenant_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A deal in negotiation. `version` is the last of `versions`; `held_until` says how long the host's time is held for it."""

    offer_id: str
    contract_id: str
    brief_id: str
    brand_id: str
    creator_id: str
    agency_id: str | None
    shows: tuple[OfferedShow, ...]
    state: State
    version: int
    versions: tuple[OfferVersion, ...]
    answer_hours: int
    expires_at: datetime
    created_at: datetime
    closed_at: datetime | None = None
    reason: str | None = None
    held_until: datetime | None = None
    accepting: Accepting | None = None

    @property
    def terms(self) -> Terms:
        """The terms on the table."""
        return self.versions[-1].terms


def in_order(offer_id: str, shows: Sequence[WantedShow]) -> tuple[OfferedShow, ...]:
    """The shows of an offer by their starts, which are UTC from here on."""
    by_time = sorted(shows, key=lambda show: show.starts_at)
    return tuple(
        OfferedShow(
            booking_id=booking_id_of(offer_id, place), starts_at=show.starts_at.astimezone(UTC), minutes=show.minutes, title=show.title
        )
        for place, show in enumerate(by_time)
    )


def check_shows(shows: Sequence[OfferedShow]) -> None:
    """Raise `BadOffer` unless there are some shows, in the order of time."""
    if not 1 <= len(shows) <= MAX_SHOWS_PER_OFFER:
        raise BadOffer(f"An offer has between 1 and {MAX_SHOWS_PER_OFFER} shows.", fields={"shows": "too few or too many"})


def first_version(terms: Terms, by: Party, now: datetime) -> OfferVersion:
    """What is on the table to begin with: the brand's terms, or those with which the host has applied."""
    return OfferVersion(version=1, by=by, terms=terms, made_at=now, differences=())


def expiry(shows: Sequence[OfferedShow], answer_hours: int, now: datetime) -> datetime:
    """When silence ends an offer: after the hours given, and in any case when the first show would start."""
    if not 1 <= answer_hours <= LONGEST_ANSWER_HOURS:
        raise BadOffer(f"Give between 1 and {LONGEST_ANSWER_HOURS} hours to answer.", fields={"expires_in_hours": "out of range"})
    return min(now + timedelta(hours=answer_hours), *(show.starts_at for show in shows))


def seen_at(offer: Offer, now: datetime) -> Offer:
    """The offer as it stands at this time: open ones past their expiry have expired, whether or not a worker has said so yet."""
    if offer.state in OPEN and offer.accepting is None and now >= offer.expires_at:
        return replace(offer, state=State.EXPIRED, closed_at=offer.expires_at)
    return offer


def counter(offer: Offer, by: Party, version: int, terms: Terms, now: datetime) -> Offer:
    """Put other terms on the table."""
    state = _answer(offer, Move.COUNTER, by, version, now)
    if len(offer.versions) >= MAX_VERSIONS:
        raise BadOffer(f"After {MAX_VERSIONS} versions, accept, decline, or begin a new offer.")
    changes = differences(offer.terms, terms)
    if not changes:
        raise BadOffer("These are the terms on the table. Change something, or accept them.", fields={"terms": "nothing has changed"})
    new = OfferVersion(version=offer.version + 1, by=by, terms=terms, made_at=now, differences=changes)
    expires_at = expiry(offer.shows, offer.answer_hours, now)
    return replace(offer, state=state, version=new.version, versions=(*offer.versions, new), expires_at=expires_at)


def accept(offer: Offer, by: Party, version: int, now: datetime) -> Offer:
    """Agree to the terms on the table."""
    return replace(offer, state=_answer(offer, Move.ACCEPT, by, version, now), closed_at=now)


def decline(offer: Offer, by: Party, version: int, reason: str | None, now: datetime) -> Offer:
    """End the negotiation as the side that is asked."""
    return replace(offer, state=_answer(offer, Move.DECLINE, by, version, now), closed_at=now, reason=reason)


def withdraw(offer: Offer, by: Party, version: int, reason: str | None, now: datetime) -> Offer:
    """End the negotiation as the side that asked last."""
    state = _move(offer, Move.WITHDRAW, by, version, now)
    if offer.versions[-1].by is not by:
        raise NotYourTurn("The other side made this version. Decline it instead.")
    return replace(offer, state=state, closed_at=now, reason=reason)


def expire(offer: Offer) -> Offer:
    """Silence has ended it."""
    state = allowed(offer.state, Move.EXPIRE, Party.PLATFORM).to
    return replace(offer, state=state, closed_at=offer.expires_at)


def _answer(offer: Offer, move: Move, by: Party, version: int, now: datetime) -> State:
    state = _move(offer, move, by, version, now)
    if offer.versions[-1].by is by:
        raise NotYourTurn("Your side made this version. Wait for the answer, or withdraw it.")
    return state


def _move(offer: Offer, move: Move, by: Party, version: int, now: datetime) -> State:
    if offer.accepting is not None:
        raise BeingAccepted("This offer is being accepted at this moment. Load it again in a minute.")
    seen = seen_at(offer, now)
    if seen.state is State.EXPIRED:
        raise OfferExpired(f"This offer expired at {offer.expires_at:%Y-%m-%d %H:%M} UTC. Make a new one.")
    if version != offer.version:
        raise OfferSuperseded(f"Version {version} is not the last one any more: that is version {offer.version}. Load the offer again.")
    if seen.state not in OPEN:
        raise not_allowed(seen.state, move)
    return allowed(seen.state, move, by).to


def drafted(offer: Offer, accepted_at: datetime, digest: str, now: datetime) -> Contract:
    """The contract that an accepted offer becomes; `digest` is the SHA-256 of its document."""
    bookings = tuple(
        BookedShow(
            booking_id=show.booking_id,
            show_id=show_id_of(show.booking_id),
            starts_at=show.starts_at,
            minutes=show.minutes,
            title=show.title,
        )
        for show in offer.shows
    )
    return Contract(
        contract_id=offer.contract_id,
        offer_id=offer.offer_id,
        brief_id=offer.brief_id,
        brand_id=offer.brand_id,
        creator_id=offer.creator_id,
        agency_id=offer.agency_id,
        terms=offer.terms,
        versions=(ContractVersion(version=1, terms=offer.terms, document_sha256=digest),),
        bookings=bookings,
        state=ContractState.TO_SIGN,
        document_sha256=digest,
        sign_by=sign_by(accepted_at, min(show.starts_at for show in offer.shows)),
        recorded_at=now,
    )
