"""Offers that hold the host's time while they wait for an answer, and those of so many shows that one transaction cannot book them.

Such an offer has a series of the same name. Accepting a large one takes steps: the offer says that it is being accepted, every hold is
made firm, then one transaction shows contract, offer and bookings to everybody. What breaks off in between is carried on by the
schedule: forward once the offer says so, back as long as it does not.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.adapters.dynamo import Transaction
from chalicelib.adapters.failures import each_by_itself
from chalicelib.bookings.rules import SlotTaken
from chalicelib.bookings.series import SET_UP_WITHIN, Series, SeriesState
from chalicelib.bookings.service import Bookings, Deal, NewBooking
from chalicelib.bookings.states import Party
from chalicelib.contracts import acts, negotiation
from chalicelib.contracts.negotiation import Accepting, BadOffer, Offer
from chalicelib.contracts.store import ContractStore, OfferNotFound
from chalicelib.core.clock import Clock, iso
from chalicelib.history.rules import Actor
from chalicelib.history.service import History
from chalicelib.notices.rules import LOOK, deal_subject

MAX_HOLD_HOURS = 72
SERIES_HOLD_HOURS = 24
"""How long an offer holds that has to, and does not say how long."""


class HeldOffers:
    """Holding, accepting and letting go the time of offers."""

    def __init__(self, *, store: ContractStore, bookings: Bookings, history: History, clock: Clock) -> None:
        """`bookings.series` keeps what is held."""
        self._store = store
        self._series = bookings.series
        self._history = history
        self._clock = clock

    def hold(self, offer: Offer) -> Series | None:
        """Hold the shows of a new offer, if it is to hold them. Raises `SeriesTaken` with every date that cannot be."""
        if offer.held_until is None:
            return None
        return self._series.hold(offer.offer_id, deal_of(offer), shows_of(offer), offer.held_until)

    def keep(self, transaction: Transaction, series: Series | None) -> None:
        """Let the transaction that makes an offer make the held time its own."""
        if series is not None:
            self._series.keep(transaction, series)

    def confirmed_with(self, transaction: Transaction, offer: Offer) -> None:
        """Let a transaction that claims every slot of an offer end its hold."""
        series = self._series.find(offer.offer_id) if offer.held_until else None
        if series is not None:
            self._series.complete(transaction, series)

    def let_go(self, transaction: Transaction, before: Offer, after: Offer) -> Callable[[], None]:
        """Let a transaction that ends an offer end its hold, too; the answer frees the slots, once it is committed."""
        ends = before.held_until is not None and after.state not in negotiation.OPEN
        series = self._series.find(before.offer_id) if ends else None
        if series is None or series.state is not SeriesState.HOLD:
            return _nothing
        freeing = self._series.give_up(transaction, series)
        return lambda: _done(self._series.free(freeing))

    def accept(self, offer: Offer, by: Actor, now: datetime) -> Offer:
        """Accept a large offer that may be accepted, in steps. Raises `SeriesTaken` with every date that cannot be any more."""
        series = self._series.find(offer.offer_id)
        if series is None or series.state is not SeriesState.HOLD or series.until <= now:
            series = self._series.hold(offer.offer_id, deal_of(offer), shows_of(offer), now + SET_UP_WITHIN)
        transaction = Transaction()
        self._series.begin(transaction, series)
        accepting = Accepting(by=Party(by.side), at=now, user_id=by.user_id, tenant_id=by.tenant_id)
        self._store.change_offer(transaction, offer, replace(offer, accepting=accepting))
        transaction.commit()
        return self.carry_on(offer.offer_id)

    def carry_on(self, offer_id: str) -> Offer:
        """Bring an acceptance that was begun to its end; doing it again is safe. Raises `SlotTaken` when it has come to nothing."""
        offer, series = self._store.offer(offer_id), self._series.find(offer_id)
        if offer.accepting is None or series is None:
            return offer
        try:
            self._series.make_firm(series)
        except SlotTaken:
            self._back_out(offer, series)
            raise
        open_again = replace(offer, accepting=None)
        after = negotiation.accept(open_again, offer.accepting.by, offer.version, offer.accepting.at)
        transaction = Transaction()
        self._store.change_offer(transaction, offer, after)
        self._series.complete(transaction, series)
        acts.answered(self._history, transaction, after, offer.accepting.actor())
        transaction.announce("offer.accepted", offer_id, iso(self._clock.real_now()))
        transaction.announce(LOOK, deal_subject(offer.contract_id), iso(self._clock.real_now())).commit()
        return after

    def follow_up(self) -> int:
        """Bring on what was left behind: acceptances forward, holds that have ended back; returns how many were looked at."""
        due = self._series.due()
        each_by_itself(due, self._bring_on, lambda series: f"bringing on series {series.series_id}")
        return len(due)

    def _bring_on(self, series: Series) -> None:
        if series.state is not SeriesState.CONFIRMING:
            self._series.free_expired(series)
            return
        try:
            self.carry_on(series.series_id)
        except OfferNotFound:
            return

    def _back_out(self, offer: Offer, series: Series) -> None:
        transaction = Transaction()
        freeing = self._series.give_up(transaction, series)
        self._store.change_offer(transaction, offer, replace(offer, accepting=None))
        transaction.announce(LOOK, deal_subject(offer.contract_id), iso(self._clock.real_now())).commit()
        self._series.free(freeing)


def held_until(hold_hours: int, expires_at: datetime, now: datetime) -> datetime | None:
    """Until when an offer holds, None where it does not: never longer than it can be answered. Raises `BadOffer`."""
    if not 0 <= hold_hours <= MAX_HOLD_HOURS:
        raise BadOffer(f"An offer holds the host's time for at most {MAX_HOLD_HOURS} hours.", fields={"hold_hours": "out of range"})
    return min(now + timedelta(hours=hold_hours), expires_at) if hold_hours else None


def deal_of(offer: Offer) -> Deal:
    """Whose bookings an offer makes."""
    return Deal(
        offer_id=offer.offer_id,
        contract_id=offer.contract_id,
        brand_id=offer.brand_id,
        creator_id=offer.creator_id,
        agency_id=offer.agency_id,
    )


def shows_of(offer: Offer) -> list[NewBooking]:
    """What an offer books."""
    return [
        NewBooking(booking_id=show.booking_id, starts_at=show.starts_at, minutes=show.minutes, title=show.title) for show in offer.shows
    ]


def _nothing() -> None:
    """Nothing was held."""


def _done(_: Series) -> None:
    """A freed series goes nowhere."""
