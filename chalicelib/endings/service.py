"""Calling a show off before its start, and saying that its host did not appear: what it costs is shown, confirmed, and booked."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.adapters.dynamo import Transaction
from chalicelib.bookings.states import Booking, Move, NotAllowedNow, Party, State, allowed
from chalicelib.contracts.rules import ContractState
from chalicelib.core.access import Principal
from chalicelib.core.clock import in_words
from chalicelib.core.errors import Conflict
from chalicelib.endings.disputes import Disputes
from chalicelib.endings.errors import CostsOtherwise
from chalicelib.endings.ground import Ground
from chalicelib.endings.rules import times, words
from chalicelib.endings.rules.costs import Cost, nothing
from chalicelib.endings.schedule import Schedule
from chalicelib.shows import rules as shows

__all__ = ["Endings", "Quote"]

NOT_STARTED = frozenset({State.CONTRACTED, State.FUNDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a move would cost now; `sentence` says it for both sides, `confirmed_minor` is what is confirmed with the move.

    Where the move is refused, `refused` says why, and there is no cost.
    """

    booking_id: str
    title: str
    starts_at: datetime
    state: State
    cost: Cost | None
    confirmed_minor: int
    sentence: str
    refused: str | None = None


class Endings:
    """Use cases of a show's end. `disputes` has those of disputes, `schedule` what the clock does."""

    def __init__(self, ground: Ground) -> None:
        """All stand on the same ground."""
        self._ground = ground
        self.disputes = Disputes(ground)
        self.schedule = Schedule(ground, self.disputes, self._miss)

    def cancellation(self, principal: Principal, booking_id: str) -> Quote:
        """What it would cost the caller's side to call the show off now, or why it is refused."""
        return self._or_refused(principal, booking_id, self._cancellation)

    def cancel(self, principal: Principal, booking_id: str, *, confirmed_minor: int, reason: str) -> Booking:
        """Call the show off at the cost that was confirmed; the host's time is free again, and page and earnings are told.

        An unsigned contract loses the show, and ends with its last. Raises `NotAllowedNow`, `TooLate`, `CostsOtherwise`.
        """
        ground = self._ground
        booking = ground.bookings.get(principal, booking_id)
        actor = ground.actor(principal, booking)
        with ground.history.attempts(booking.contract_id, actor=actor, act="cancel", booking_id=booking_id):
            party = ground.party(principal, booking)
            quote = self._cancellation(booking, party)
            _demand_confirmed(quote, confirmed_minor)
            transaction = Transaction()
            after = ground.move(transaction, booking, Move.CANCEL, party)
            if booking.state is State.ACCEPTED:
                left = ground.contracts.dropping.drop_in(transaction, ground.contract(booking), booking_id)
                ended = left.state is ContractState.ENDED
                then = (
                    "With its last show the contract ended." if ended else "The contract is drawn up anew without it, to be signed by both."
                )
            else:
                show = ground.show(booking)
                off = shows.called_off(show, shows.Side(party.value), ground.now())
                ground.shows.change_in(transaction, show, off)
                then = quote.sentence
            sentence = f"Called off {booking.title}, which was to start at {in_words(booking.starts_at)}: {words.sentence(reason)} {then}"
            ground.history.note(transaction, booking.contract_id, actor=actor, act="cancel", sentence=sentence, booking_id=booking_id)
            transaction.commit()
        return after

    def no_show(self, principal: Principal, booking_id: str) -> Quote:
        """What it would cost the host that nobody appeared: what the cancellation table says with no hours left. Or why it is refused."""
        return self._or_refused(principal, booking_id, self._no_show)

    def report_no_show(self, principal: Principal, booking_id: str, *, confirmed_minor: int, statement: str) -> Booking:
        """Say that the host did not appear, as the brand or the operator; the host can dispute it. Raises `TooEarly`, `CostsOtherwise`."""
        ground = self._ground
        booking = ground.bookings.get(principal, booking_id)
        with ground.history.attempts(
            booking.contract_id, actor=ground.actor(principal, booking), act="report_no_show", booking_id=booking_id
        ):
            quote = self._no_show(booking, ground.party(principal, booking))
            _demand_confirmed(quote, confirmed_minor)
            return self._miss(booking, principal, statement)

    def _miss(self, booking: Booking, principal: Principal | None, statement: str) -> Booking:
        """Nobody appeared, as somebody or the clock says."""
        ground = self._ground
        show = ground.show(booking)
        missed = shows.host_absent(show, ground.now())
        cost = ground.cost_of(missed)
        transaction = Transaction()
        party = Party.PLATFORM if principal is None else ground.party(principal, booking)
        after = ground.move(transaction, booking, Move.MISS, party)
        ground.shows.change_in(transaction, show, missed)
        sentence = (
            f"The host did not appear at {booking.title}: {words.sentence(statement)} {words.row(cost)} {words.owed(cost)} "
            f"The host can dispute it until {in_words(times.disputable_until(missed))}."
        )
        ground.history.note(
            transaction,
            booking.contract_id,
            actor=ground.actor(principal, booking),
            act="report_no_show",
            sentence=sentence,
            booking_id=booking.booking_id,
        )
        transaction.commit()
        return after

    def _or_refused(self, principal: Principal, booking_id: str, quote: Callable[[Booking, Party], Quote]) -> Quote:
        booking = self._ground.bookings.get(principal, booking_id)
        try:
            return quote(booking, self._ground.party(principal, booking))
        except Conflict as refusal:
            return replace(_quote(booking, None, ""), refused=refusal.message)

    def _cancellation(self, booking: Booking, party: Party) -> Quote:
        allowed(booking.state, Move.CANCEL, party)
        now = self._ground.now()
        times.demand_before_start(booking.starts_at, now)
        if booking.state is State.ACCEPTED:
            currency = self._ground.contracts.offers.offer(booking.offer_id).terms.currency
            return _quote(booking, nothing(currency), "Nothing is signed yet, so nobody owes anything for it.")
        show = self._ground.show(booking)
        cost = self._ground.cost_of(shows.called_off(show, shows.Side(party.value), now))
        return _quote(booking, cost, f"{words.row(cost)} {words.owed(cost)}")

    def _no_show(self, booking: Booking, party: Party) -> Quote:
        allowed(booking.state, Move.MISS, party)
        if booking.state not in NOT_STARTED:
            raise NotAllowedNow("This booking is disputed. What happened is said with the decision.")
        now = self._ground.now()
        times.demand_missable(booking.starts_at, booking.minutes, now)
        cost = self._ground.cost_of(shows.host_absent(self._ground.show(booking), now))
        return _quote(booking, cost, f"{words.row(cost)} {words.owed(cost)}")


def _quote(booking: Booking, cost: Cost | None, sentence: str) -> Quote:
    return Quote(
        booking_id=booking.booking_id,
        title=booking.title,
        starts_at=booking.starts_at,
        state=booking.state,
        cost=cost,
        confirmed_minor=0 if cost is None else cost.confirmed_minor,
        sentence=sentence,
    )


def _demand_confirmed(quote: Quote, confirmed_minor: int) -> None:
    if quote.confirmed_minor != confirmed_minor:
        raise CostsOtherwise(f"It costs something else than what was confirmed: {quote.sentence} Look at it again, then confirm that.")
