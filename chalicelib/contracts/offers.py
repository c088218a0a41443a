"""What the two sides do with offers: make, counter, accept, decline, withdraw; and what silence does.

Acceptance is one transaction: the offer's state by its version, every quarter hour of every show, the bookings and the outbox record
that has the contract drawn up. Two acceptances at once: exactly one wins, whatever each of them had read before.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from chalicelib.adapters.dynamo import MAX_ACTIONS_PER_TRANSACTION, Transaction
from chalicelib.bookings.rules import SlotTaken
from chalicelib.bookings.service import Bookings, Deal, NewBooking
from chalicelib.bookings.states import NotAllowedNow, Party, State
from chalicelib.contracts import negotiation
from chalicelib.contracts.negotiation import BadOffer, Offer, OfferedShow, OfferSuperseded, seen_at
from chalicelib.contracts.rules import booking_id_of, contract_id_of, party_of
from chalicelib.contracts.store import ContractStore, OfferNotFound
from chalicelib.contracts.terms import PlatformFee, Terms
from chalicelib.contracts.terms_check import BadTerms
from chalicelib.core.access import BRAND_WRITERS, PARTIES, Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.core.errors import Conflict, Forbidden
from chalicelib.core.ids import new_id
from chalicelib.directory.rules import Profile, TenantState
from chalicelib.directory.service import Directory, HostNotFound
from chalicelib.matching.service import Matching

ACTIONS_PER_BOOKING = 4
ACTIONS_PER_ACCEPTANCE = 3


class CannotNegotiate(Forbidden):
    """The caller sees the deal but does not speak for a side."""


class BrandCannotBook(Conflict):
    """The brand has to settle something with the marketplace first; what, is not the host's to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedShow:
    """A show as the brand asks for it."""

    starts_at: datetime
    minutes: int
    title: str


class Offers:
    """Use cases of negotiation."""

    def __init__(  # noqa: PLR0913  # the features that a deal brings together
        self,
        *,
        store: ContractStore,
        directory: Directory,
        matching: Matching,
        bookings: Bookings,
        clock: Clock,
        platform_fee: PlatformFee | None = None,
        demand_paid: Callable[[str], None] | None = None,
    ) -> None:
        """`platform_fee`, when given, is what every offer has to state: members do not set the marketplace's fee.

        `demand_paid` raises when a brand owes too much for too long for new offers and bookings.
        """
        self._store = store
        self._directory = directory
        self._matching = matching
        self._bookings = bookings
        self._clock = clock
        self._platform_fee = platform_fee
        self._demand_paid = demand_paid

    def make(  # what an offer consists of
        self, principal: Principal, *, brief_id: str, creator_id: str, shows: Sequence[WantedShow], terms: Terms, expires_in_hours: int
    ) -> Offer:
        """Offer a host one or more shows. Raises `SlotTaken` with who and when if the host is not free."""
        if principal.role not in BRAND_WRITERS:
            raise CannotNegotiate("Offers are made by an owner or booker of a brand.")
        self._directory.approved(principal.tenant_id)
        self._demand_solvent(principal.tenant_id, Party.BRAND)
        brief = self._matching.brief(principal, brief_id)
        host = self._host(creator_id)
        offer_id = new_id("ofr")
        offered = _in_order(offer_id, shows)
        negotiation.check_shows(offered)
        self._check_terms(terms, brief.currency, host)
        self._check_slots(creator_id, offered)
        now = self._clock.now()
        offer = Offer(
            offer_id=offer_id,
            contract_id=contract_id_of(offer_id),
            brief_id=brief_id,
            brand_id=principal.tenant_id,
            creator_id=creator_id,
            agency_id=host.agency_id,
            shows=offered,
            state=State.OFFERED,
            version=1,
            versions=(negotiation.first_version(terms, Party.BRAND, now),),
            answer_hours=expires_in_hours,
            expires_at=negotiation.expiry(offered, expires_in_hours, now),
            created_at=now,
        )
        self._store.add_offer(offer)
        return offer

    def counter(self, principal: Principal, offer_id: str, version: int, terms: Terms) -> Offer:
        """Put other terms on the table; the new version says how it differs from the one before."""
        offer, side = self._negotiable(principal, offer_id)
        self._check_terms(terms, offer.terms.currency, self._directory.profile(offer.creator_id))
        return self._save(offer, negotiation.counter(offer, side, version, terms, self._clock.now()))

    def accept(self, principal: Principal, offer_id: str, version: int) -> Offer:
        """Agree: offer, slots, bookings and the message that draws up the contract change together or not at all.

        Raises `BrandCannotBook`, or to the brand what it owes, while the brand owes too much for too long.
        """
        offer, side = self._negotiable(principal, offer_id)
        after = negotiation.accept(offer, side, version, self._clock.now())
        self._demand_solvent(offer.brand_id, side)
        transaction = Transaction()
        self._store.change_offer(transaction, offer, after)
        deal = Deal(
            offer_id=offer_id,
            contract_id=offer.contract_id,
            brand_id=offer.brand_id,
            creator_id=offer.creator_id,
            agency_id=offer.agency_id,
        )
        shows = [
            NewBooking(booking_id=show.booking_id, starts_at=show.starts_at, minutes=show.minutes, title=show.title) for show in offer.shows
        ]
        try:
            self._bookings.claim(transaction, deal, shows)
            transaction.announce("offer.accepted", offer_id, iso(self._clock.real_now()))
            _check_size(len(transaction))
            transaction.commit()
        except SlotTaken:
            self._say_if_answered(offer)
            raise
        return after

    def decline(self, principal: Principal, offer_id: str, version: int, reason: str | None) -> Offer:
        """End it as the side that is asked."""
        offer, side = self._negotiable(principal, offer_id)
        return self._save(offer, negotiation.decline(offer, side, version, reason, self._clock.now()))

    def withdraw(self, principal: Principal, offer_id: str, version: int) -> Offer:
        """End it as the side that asked last."""
        offer, side = self._negotiable(principal, offer_id)
        return self._save(offer, negotiation.withdraw(offer, side, version, self._clock.now()))

    def get(self, principal: Principal, offer_id: str) -> Offer:
        """An offer of the caller's, as it stands now. Raises `OfferNotFound` for another tenant's."""
        return seen_at(self._store.get_offer(principal, offer_id), self._clock.now())

    def list(self, principal: Principal) -> tuple[Offer, ...]:
        """The caller's offers, newest first."""
        now = self._clock.now()
        return tuple(seen_at(offer, now) for offer in self._store.offers_of(principal))

    def offer(self, offer_id: str) -> Offer:
        """An offer, read by the system. Raises `OfferNotFound`."""
        return self._store.offer(offer_id)

    def expire(self, offer_id: str) -> None:
        """Silence has ended an offer; one that was answered or prolonged meanwhile is left alone."""
        offer = self._store.offer(offer_id)
        if offer.state not in negotiation.OPEN or self._clock.now() < offer.expires_at:
            return
        try:
            self._save(offer, negotiation.expire(offer))
        except OfferSuperseded:
            return

    def _save(self, before: Offer, after: Offer) -> Offer:
        transaction = Transaction()
        self._store.change_offer(transaction, before, after)
        transaction.commit()
        return after

    def _negotiable(self, principal: Principal, offer_id: str) -> tuple[Offer, Party]:
        offer = self._store.get_offer(principal, offer_id)
        side = party_of(principal, offer)
        if side is None or principal.role not in PARTIES:
            raise CannotNegotiate(
                "You may read this offer. It is answered by an owner or booker of the brand, or by the host or their agency."
            )
        return offer, side

    def _demand_solvent(self, brand_id: str, side: Party) -> None:
        """A brand hears what it owes; a host, that the brand cannot book, and no more."""
        if self._demand_paid is None:
            return
        try:
            self._demand_paid(brand_id)
        except Conflict:
            if side is Party.BRAND:
                raise
            raise BrandCannotBook(
                "The brand cannot make new bookings at the moment. The offer stays open until it expires; ask the brand, then accept again."
            ) from None

    def _host(self, creator_id: str) -> Profile:
        host = self._directory.profile(creator_id)
        if self._directory.tenant(creator_id).state is not TenantState.APPROVED:
            raise HostNotFound("There is no such host.")
        return host

    def _check_terms(self, terms: Terms, currency: str, host: Profile) -> None:
        if terms.currency != currency:
            raise BadTerms(f"The brief is in {currency}. State the terms in it, too.", fields={"terms.currency": f"must be {currency}"})
        strangers = [split.payee_id for split in terms.splits if split.payee_id != host.agency_id]
        if strangers:
            message = f"{strangers[0]} is not the agency of {host.name}. Only the host's own agency can have a share."
            raise BadTerms(message, fields={"terms.splits": message})
        if self._platform_fee is not None and terms.platform_fee != self._platform_fee:
            message = "The marketplace sets its fee; leave it as it is stated for your account."
            raise BadTerms(message, fields={"terms.platform_fee": message})

    def _check_slots(self, creator_id: str, shows: Sequence[OfferedShow]) -> None:
        slots: list[datetime] = []
        for show in shows:
            self._bookings.check_free(creator_id, show.starts_at, show.minutes)
            slots.extend(self._bookings.slots_needed(creator_id, show.starts_at, show.minutes))
        if len(set(slots)) != len(slots):
            raise BadOffer(
                "Two of these shows overlap, or leave the host no rest between them. Move one of them.", fields={"shows": "overlap"}
            )
        _check_size(len(slots) + ACTIONS_PER_BOOKING * len(shows) + ACTIONS_PER_ACCEPTANCE)

    def _say_if_answered(self, offer: Offer) -> None:
        """Where the slots are taken because this very offer was accepted meanwhile, say that instead."""
        now = self._store.offer(offer.offer_id)
        if now.state is State.ACCEPTED:
            raise NotAllowedNow("This offer has been accepted already. Load it again.")
        if (now.version, now.state) != (offer.version, offer.state):
            raise OfferSuperseded("The offer has been answered in the meantime. Load it again.")


def _in_order(offer_id: str, shows: Sequence[WantedShow]) -> tuple[OfferedShow, ...]:
    by_time = sorted(shows, key=lambda show: show.starts_at)
    return tuple(
        OfferedShow(
            booking_id=booking_id_of(offer_id, place), starts_at=show.starts_at.astimezone(UTC), minutes=show.minutes, title=show.title
        )
        for place, show in enumerate(by_time)
    )


def _check_size(actions: int) -> None:
    if actions > MAX_ACTIONS_PER_TRANSACTION:
        raise BadOffer(
            "These shows are too many or too long to be booked in one go. Make two offers of them.",
            fields={"shows": "too many or too long"},
        )


__all__ = ["CannotNegotiate", "OfferNotFound", "Offers", "WantedShow"]
