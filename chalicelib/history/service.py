"""Writing history down with what it tells of, and reading it again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chalicelib.adapters.dynamo import Transaction
from chalicelib.core.clock import Clock
from chalicelib.core.errors import NotFound, PrimetimeError
from chalicelib.core.ids import new_id
from chalicelib.history.rules import MAX_EVIDENCE, MAX_SENTENCE_CHARACTERS, Actor, Entry, of_booking
from chalicelib.history.store import HistoryStore

MaySpeak = Callable[[str, Actor], None]
"""Raises where an actor does not speak for their side of a deal any more."""


class History:
    """What happened to deals. Whoever asks has been found to be a party of the deal before: history does not know who is."""

    def __init__(self, *, store: HistoryStore, clock: Clock, may_speak: MaySpeak | None = None) -> None:
        """`clock` tells both times of an entry; `may_speak` is asked before every attempt, so that no move can forget it."""
        self._store = store
        self._clock = clock
        self._may_speak = may_speak

    def note(  # noqa: PLR0913  # what an entry says
        self,
        transaction: Transaction,
        deal_id: str,
        *,
        actor: Actor,
        act: str,
        sentence: str,
        booking_id: str | None = None,
        evidence: tuple[str, ...] = (),
    ) -> None:
        """Write down what a transaction does: one more action of it, so neither is there without the other."""
        self._store.add(transaction, self._entry(deal_id, actor, act, sentence, booking_id, evidence, None))

    @contextmanager
    def attempts(self, deal_id: str, *, actor: Actor, act: str, booking_id: str | None = None) -> Iterator[None]:
        """Whatever is refused within is written down as both sides may read it, and raised again. What is not found is nobody's deal.

        Nothing within is reached by who does not speak for their side any more: that is the first thing that may be refused.
        """
        try:
            if self._may_speak is not None:
                self._may_speak(deal_id, actor)
            yield
        except NotFound:
            raise
        except PrimetimeError as refusal:
            self._store.add_alone(self._entry(deal_id, actor, act, f"Tried to {act.replace('_', ' ')}.", booking_id, (), refusal.to_others))
            raise

    def of_deal(self, deal_id: str) -> tuple[Entry, ...]:
        """All of a deal's entries, oldest first."""
        return tuple(self._store.of(deal_id))

    def of_booking(self, deal_id: str, booking_id: str) -> tuple[Entry, ...]:
        """The timeline of a booking, oldest first: its own entries and those of its deal as a whole."""
        return of_booking(self._store.of(deal_id), booking_id)

    def _entry(  # noqa: PLR0913, PLR0917  # what an entry says
        self, deal_id: str, actor: Actor, act: str, sentence: str, booking_id: str | None, evidence: tuple[str, ...], refused: str | None
    ) -> Entry:
        return Entry(
            entry_id=new_id("hst"),
            deal_id=deal_id,
            at=self._clock.now(),
            recorded_at=self._clock.real_now(),
            actor=actor,
            act=act,
            sentence=sentence[:MAX_SENTENCE_CHARACTERS],
            booking_id=booking_id,
            refused=refused if refused is None else refused[:MAX_SENTENCE_CHARACTERS],
            evidence=evidence[:MAX_EVIDENCE],
        )
