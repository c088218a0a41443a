"""What the two sides do with offers: make, counter, accept, decline, withdraw; and what silence does.

Acceptance is one transaction: the offer's state by its version, every quarter hour of every show, the bookings and the outbox record
that has the contract drawn up. Two acceptances at once: exactly one wins, whatever each of them had read before.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

from chalicelib.adapters.dynamo import Transaction
from chalicelib.bookings.rules import SlotTaken
from chalicelib.bookings.series import SeriesChanged
from chalicelib.bookings.service import Bookings
from chalicelib.bookings.states import Move, NotAllowedNow, Party, State
from chalicelib.contracts import acts, negotiation
from chalicelib.contracts.exclusivity import Exclusivities, moments_of
from chalicelib.contracts.held_offers import SERIES_HOLD_HOURS, HeldOffers, deal_of, held_until, shows_of
from chalicelib.contracts.negotiation import Offer, OfferSuperseded, WantedShow, in_order, seen_at
from chalicelib.contracts.offer_checks import AgencyHasLeft, BrandCannotBook, CannotNegotiate, OfferChecks
from chalicelib.contracts.rules import contract_id_of, offer_id_of
from chalicelib.contracts.store import ContractStore, OfferNotFound
from chalicelib.contracts.terms import PlatformFee, Terms
from chalicelib.core.access import BRAND_WRITERS, Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.core.ids import new_id
from chalicelib.directory.rules import is_agency
from chalicelib.directory.service import Directory
from chalicelib.history.rules import PLATFORM, Actor, actor_of
from chalicelib.history.service import History
from chalicelib.matching.service import Matching
from chalicelib.notices.rules import LOOK, deal_subject

Joins = Callable[[Transaction, Offer], None]
"""What else the transaction that makes an offer does."""


class Offers:
    """Use cases of negotiation."""

    def __init__(  # noqa: PLR0913  # the features that a deal brings together
        self,
        *,
        store: ContractStore,
        directory: Directory,
        matching: Matching,
        bookings: Bookings,
        history: History,
        category_of: Callable[[str], str],
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
        self._history = history
        self._clock = clock
        self._held = HeldOffers(store=store, bookings=bookings, history=history, clock=clock)
        self.exclusivities = Exclusivities(store=store, bookings=bookings, category_of=category_of)
        self._checks = OfferChecks(directory=directory, bookings=bookings, platform_fee=platform_fee, demand_paid=demand_paid)

    def make(  # noqa: PLR0913  # what an offer consists of
        self,
        principal: Principal,
        *,
        brief_id: str,
        creator_id: str,
        shows: Sequence[WantedShow],
        terms: Terms,
        expires_in_hours: int,
        hold_hours: int = 0,
        by: Party = Party.BRAND,
        joins: Joins | None = None,
        offer_id: str | None = None,
    ) -> Offer:
        """Offer a host one or more shows, and hold the host's time for `hold_hours` if that is not 0.

        Shows that one transaction cannot book are held in any case. Raises `SlotTaken` with who and when if the host is not free,
        `SeriesTaken` with every date where shows are held, `BriefClosed`. `by` is the host where the terms are the host's own, which the
        brand takes up; `joins` adds to the transaction. With the `offer_id` of a request it is offered once, however often that comes.
        """
        if principal.role not in BRAND_WRITERS:
            raise CannotNegotiate("Offers are made by an owner or booker of a brand.")
        self._directory.approved(principal.tenant_id)
        self._checks.demand_solvent(principal.tenant_id, Party.BRAND)
        brief = self._matching.brief(principal, brief_id)
        host = self._checks.host(creator_id)
        made = None if offer_id is None else self._store.find_offer(offer_id)
        if made is not None:
            return made
        offer_id = offer_id or new_id("ofr")
        offered = in_order(offer_id, shows)
        negotiation.check_shows(offered)
        self._checks.terms(terms, brief.currency, creator_id)
        now = self._clock.now()
        expires_at = negotiation.expiry(offered, expires_in_hours, now)
        transaction = Transaction()
        self._matching.demand_open(transaction, brief)
        fits = self._checks.fit(creator_id, offered)
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
            versions=(negotiation.first_version(terms, by, now),),
            answer_hours=expires_in_hours,
            expires_at=expires_at,
            created_at=now,
            held_until=held_until(hold_hours if fits else hold_hours or SERIES_HOLD_HOURS, expires_at, now),
        )
        self._demand_exclusive(offer)
        series = self._held.hold(offer)
        if series is None:
            for show in offered:
                self._bookings.check_free(creator_id, show.starts_at, show.minutes)
        self._held.keep(transaction, series)
        self._store.add_offer(transaction, offer)
        acts.offered(self._history, transaction, offer, principal)
        if joins is not None:
            joins(transaction, offer)
        transaction.announce(LOOK, deal_subject(offer.contract_id), iso(self._clock.real_now())).commit()
        return offer

    def counter(self, principal: Principal, offer_id: str, version: int, terms: Terms) -> Offer:
        """Put other terms on the table; the new version says how it differs from the one before."""
        offer, side = self._of(principal, offer_id)
        with self._attempts(principal, offer, side, Move.COUNTER):
            self._checks.terms(terms, offer.terms.currency, offer.creator_id)
            after = negotiation.counter(offer, side, version, terms, self._clock.now())
            self._demand_exclusive(after)
            return self._save(offer, after, actor_of(principal, side))

    def accept(self, principal: Principal, offer_id: str, version: int) -> Offer:
        """Agree: offer, slots, bookings and the message that draws up the contract change together or not at all.

        Raises `BrandCannotBook`, or to the brand what it owes, while the brand owes too much for too long.
        """
        offer, side = self._of(principal, offer_id)
        with self._attempts(principal, offer, side, Move.ACCEPT):
            return self._accept(offer, side, version, actor_of(principal, side))

    def _accept(self, offer: Offer, side: Party, version: int, actor: Actor) -> Offer:
        if offer.accepting is not None and (offer.accepting.by, offer.version) == (side, version):
            return self._held.carry_on(offer.offer_id)
        now = self._clock.now()
        after = negotiation.accept(offer, side, version, now)
        self._demand_exclusive(offer)
        self._checks.demand_solvent(offer.brand_id, side)
        try:
            if not self._checks.fit(offer.creator_id, offer.shows):
                return self._held.accept(offer, actor, now)
            transaction = Transaction()
            self._store.change_offer(transaction, offer, after)
            self._bookings.claim(transaction, deal_of(offer), shows_of(offer))
            self._held.confirmed_with(transaction, offer)
            acts.answered(self._history, transaction, after, actor)
            transaction.announce("offer.accepted", offer.offer_id, iso(self._clock.real_now()))
            transaction.announce(LOOK, deal_subject(offer.contract_id), iso(self._clock.real_now())).commit()
        except (SlotTaken, SeriesChanged):
            self._say_if_answered(offer)
            raise
        return after

    def decline(self, principal: Principal, offer_id: str, version: int, reason: str | None) -> Offer:
        """End it as the side that is asked; the other side reads the reason."""
        offer, side = self._of(principal, offer_id)
        with self._attempts(principal, offer, side, Move.DECLINE):
            after = negotiation.decline(offer, side, version, reason, self._clock.now())
            return self._save(offer, after, actor_of(principal, side))

    def withdraw(self, principal: Principal, offer_id: str, version: int, reason: str | None = None) -> Offer:
        """End it as the side that asked last; the other side reads the reason."""
        offer, side = self._of(principal, offer_id)
        with self._attempts(principal, offer, side, Move.WITHDRAW):
            after = negotiation.withdraw(offer, side, version, reason, self._clock.now())
            return self._save(offer, after, actor_of(principal, side))

    def checked(self, terms: Terms, currency: str, creator_id: str) -> Terms:
        """Terms that could be offered to a host under a brief in this currency. Raises `BadTerms`."""
        self._checks.terms(terms, currency, creator_id)
        return terms

    def demand_spoken_for(self, deal_id: str, actor: Actor) -> None:
        """Raise `AgencyHasLeft` where an agency acts for a host who has left it. History asks before every move on a deal."""
        if is_agency(actor.tenant_id):
            self._checks.demand_spoken_for(actor.tenant_id, self._store.offer(offer_id_of(deal_id)))

    def get(self, principal: Principal, offer_id: str) -> Offer:
        """An offer of the caller's, as it stands now. Raises `OfferNotFound` for another tenant's."""
        return seen_at(self._store.get_offer(principal, offer_id), self._clock.now())

    def list(self, principal: Principal) -> tuple[Offer, ...]:
        """The caller's offers, newest first."""
        now = self._clock.now()
        return tuple(seen_at(offer, now) for offer in self._store.offers_of(principal))

    def standing(self, brand_id: str) -> Iterator[Offer]:
        """A brand's offers that wait for an answer or were accepted, read by the system."""
        now = self._clock.now()
        offers = (seen_at(offer, now) for offer in self._store.offers_with(brand_id))
        return (offer for offer in offers if offer.state in negotiation.OPEN or offer.state is State.ACCEPTED)

    def offer(self, offer_id: str) -> Offer:
        """An offer, read by the system. Raises `OfferNotFound`."""
        return self._store.offer(offer_id)

    def expire(self, offer_id: str) -> None:
        """Silence has ended an offer; one that was answered or prolonged meanwhile is left alone."""
        offer = self._store.offer(offer_id)
        if negotiation.seen_at(offer, self._clock.now()).state is not State.EXPIRED or offer.state is State.EXPIRED:
            return
        try:
            self._save(offer, negotiation.expire(offer), PLATFORM)
        except OfferSuperseded:
            return

    def follow_up(self) -> int:
        """Bring on what was left behind of holding and accepting shows; returns how many offers were looked at."""
        return self._held.follow_up()

    def _demand_exclusive(self, offer: Offer) -> None:
        """What the host has promised to others, and what these terms promise, have to go together."""
        self.exclusivities.demand_free(
            contract_id=offer.contract_id,
            brand_id=offer.brand_id,
            creator_id=offer.creator_id,
            brief_id=offer.brief_id,
            terms=offer.terms,
            moments=[moment for show in offer.shows for moment in moments_of(show.starts_at, show.minutes)],
        )

    def _save(self, before: Offer, after: Offer, actor: Actor) -> Offer:
        transaction = Transaction()
        self._store.change_offer(transaction, before, after)
        free = self._held.let_go(transaction, before, after)
        acts.answered(self._history, transaction, after, actor)
        transaction.announce(LOOK, deal_subject(after.contract_id), iso(self._clock.real_now())).commit()
        free()
        return after

    def _of(self, principal: Principal, offer_id: str) -> tuple[Offer, Party]:
        offer = self._store.get_offer(principal, offer_id)
        return offer, self._checks.side(principal, offer)

    def _attempts(self, principal: Principal, offer: Offer, side: Party, move: Move) -> AbstractContextManager[None]:
        """What is refused within is in the deal's history."""
        return self._history.attempts(offer.contract_id, actor=actor_of(principal, side), act=move)

    def _say_if_answered(self, offer: Offer) -> None:
        """Where the slots are taken because this very offer was accepted meanwhile, say that instead."""
        now = self._store.offer(offer.offer_id)
        if now.state is State.ACCEPTED:
            raise NotAllowedNow("This offer has been accepted already. Load it again.")
        if (now.version, now.state) != (offer.version, offer.state):
            raise OfferSuperseded("The offer has been answered in the meantime. Load it again.")


__all__ = ["AgencyHasLeft", "BrandCannotBook", "CannotNegotiate", "OfferNotFound", "Offers", "WantedShow"]
