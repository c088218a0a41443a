"""What the clock does when everybody is silent, so that no booking waits for ever.

A show that nobody started was missed, one that nobody ended is over, a dispute that nobody decides lapses, and a booking whose money has
come to rest is settled. Each is looked at when something may be due, and again after that.
"""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from chalicelib.adapters.dynamo import Transaction
from chalicelib.adapters.failures import each_by_itself
from chalicelib.bookings.states import Booking, Move, Party, State
from chalicelib.contracts.rules import show_id_of
from chalicelib.core.access import Principal
from chalicelib.core.clock import in_words
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.endings.disputes import Disputes
from chalicelib.endings.ground import Ground
from chalicelib.endings.rules import times
from chalicelib.history.rules import PLATFORM
from chalicelib.payouts.earnings import as_ruled
from chalicelib.payouts.earnings.facts import returns_close_day
from chalicelib.shows.rules import Show, ShowState

MAX_LOOKED_AT_PER_RUN = 100
LOOK_AGAIN_AFTER = timedelta(days=1)
"""For what nobody can foretell, such as when the brand pays."""

Miss = Callable[[Booking, Principal | None, str], Booking]


class Schedule:
    """Ends silence about shows."""

    def __init__(self, ground: Ground, disputes: Disputes, miss: Miss) -> None:
        """`miss` says that nobody appeared."""
        self._ground = ground
        self._disputes = disputes
        self._miss = miss

    def watch(self, contract_id: str) -> None:
        """Have the clock look at every show of a signed contract, however often it is told."""
        for booked in self._ground.contracts.contract(contract_id).bookings:
            self._ground.store.watch(booked.booking_id, times.missed_by_clock_at(booked.starts_at, booked.minutes))

    def end_silence(self) -> int:
        """Look at every booking that is due; what is refused now, because somebody else was faster, or fails, is looked at again."""
        ground = self._ground
        due = ground.store.due(ground.now(), MAX_LOOKED_AT_PER_RUN)
        each_by_itself(due, lambda each: self._look_at(*each), lambda each: f"the clock's look at {each[0]}")
        return len(due)

    def _look_at(self, booking_id: str, key: str) -> None:
        ground = self._ground
        try:
            again_at = self._look(ground.bookings.booking(booking_id))
        except NotFound:
            again_at = None
        except Conflict:
            return
        if again_at is not None:
            ground.store.watch(booking_id, again_at)
        ground.store.unwatch(key)

    def _look(self, booking: Booking) -> datetime | None:
        """Do what is due, and say when to look again."""
        now = self._ground.now()
        by_clock = times.missed_by_clock_at(booking.starts_at, booking.minutes)
        match booking.state:
            case State.CONTRACTED | State.FUNDED | State.LIVE if now < by_clock:
                return by_clock
            case State.CONTRACTED | State.FUNDED:
                self._miss(booking, None, f"nobody had started the show by {in_words(by_clock)}")
                return None
            case State.LIVE:
                self._ground.shows.end_by_itself(show_id_of(booking.booking_id))
                return now + LOOK_AGAIN_AFTER
            case State.COMPLETED:
                return self._settle(booking)
            case State.DISPUTED:
                return self._lapse(booking)
            case _:
                return None

    def _lapse(self, booking: Booking) -> datetime:
        dispute = self._ground.store.latest(booking.booking_id)
        if self._ground.now() < dispute.decide_by:
            return dispute.decide_by
        show = self._ground.show(booking)
        if show.state is ShowState.LIVE:
            self._ground.shows.end_by_itself(show.show_id)
            booking = self._ground.bookings.booking(booking.booking_id)
        self._disputes.lapse(booking)
        return self._ground.now() + LOOK_AGAIN_AFTER

    def _settle(self, booking: Booking) -> datetime | None:
        """Settled is what nobody can dispute any more, whose returns are closed, whose money has matured and is paid for by the brand.

        When payees are paid out goes by all their contracts together, so it does not count.
        """
        ground, now = self._ground, self._ground.now()
        show = ground.show(booking)
        earliest = max(times.disputable_until(show), self._returns_closed_at(show))
        if now < earliest:
            return earliest
        if not self._rests(show):
            return now + LOOK_AGAIN_AFTER
        transaction = Transaction()
        ground.move(transaction, booking, Move.SETTLE, Party.PLATFORM)
        ground.history.note(
            transaction,
            booking.contract_id,
            actor=PLATFORM,
            act="settle",
            sentence="Returns are closed, nothing is in dispute, and the brand has paid: the show is settled.",
            booking_id=booking.booking_id,
        )
        transaction.commit()
        return None

    def _returns_closed_at(self, show: Show) -> datetime:
        facts = as_ruled(self._ground.facts_of(show), self._ground.now())
        zone = ZoneInfo(facts.terms.timezone)
        return datetime.combine(returns_close_day(facts) + timedelta(days=1), time(), zone).astimezone(UTC)

    def _rests(self, show: Show) -> bool:
        """Whether time alone changes nothing any more about the show's money, and the brand owes nothing under the contract."""
        computed = self._ground.payouts.accruals.computed(show.contract_id, self._ground.now())
        statement = next(each for each in computed.statement.shows if each.show_id == show.show_id)
        matured = all(share.amount.pending_minor == 0 for share in statement.shares)
        return (
            statement.returns_closed
            and not statement.disputed
            and matured
            and statement.platform_fee.pending_minor == 0
            and self._ground.payouts.fundings.unfunded(show.contract_id) == 0
        )
