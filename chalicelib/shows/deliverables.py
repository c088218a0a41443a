"""What was delivered at a show: both sides state it, the platform measures it, and what follows reaches the earnings when it holds."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.adapters.dynamo import Transaction
from chalicelib.adapters.failures import each_by_itself
from chalicelib.contracts.terms import Deliverable
from chalicelib.core.access import PLATFORM_TENANT, Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.directory.rules import HOST_CHANGED
from chalicelib.history.rules import PLATFORM, actor_of
from chalicelib.history.service import History
from chalicelib.notices.rules import LOOK, deal_subject
from chalicelib.shows.errors import ShowMoved
from chalicelib.shows.probing import Probing
from chalicelib.shows.rules import (
    DeliverableKind,
    Delivery,
    DeliveryResult,
    Finding,
    How,
    LinksMeasured,
    Moment,
    Result,
    Show,
    Speaker,
    Why,
)
from chalicelib.shows.rules import deliverables as rules
from chalicelib.shows.rules.links import measured
from chalicelib.shows.store import DuePointer, ShowStore

ACCRUE = "earnings.accrue"
MAX_DUE_PER_RUN = 200
BECAUSE = {
    Why.MEASURED: "nobody contradicted what was measured",
    Why.UNANSWERED: "the other side did not contradict it in time",
    Why.UNDECIDED: "the dispute was not decided in time",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What somebody says about a deliverable: met or not, in their words, on which evidence, and how and when they came to know."""

    kind: DeliverableKind
    result: DeliveryResult
    words: str
    evidence: tuple[str, ...] = ()
    value: int | None = None
    how: How | None = None
    checked_at: datetime | None = None


class Deliverables:
    """Use cases of deliverables."""

    def __init__(
        self,
        *,
        store: ShowStore,
        probing: Probing,
        owed: Callable[[Show], Sequence[Deliverable]],
        history: History,
        clock: Clock,
    ) -> None:
        """`owed` tells what the terms in force at a show's start promise; `probing` has the evidence of its links."""
        self._store = store
        self._probing = probing
        self._owed = owed
        self._history = history
        self._clock = clock

    def state(self, principal: Principal, show_id: str, said: Statement) -> Show:
        """Say what was delivered, for the caller's side; the marketplace decides. Raises `AlreadyStands`, `ShowMoved`."""
        before = self._store.get(principal, show_id)
        speaker = _speaker(principal, before)
        actor = actor_of(principal, speaker.value)
        with self._history.attempts(before.contract_id, actor=actor, act="state_delivery", booking_id=before.booking_id):
            delivery = self._delivery(principal, speaker, before, said)
            after = rules.stated(before, delivery, self._owed(before))
            transaction = Transaction()
            self._store.change(transaction, before, after)
            self._tell(transaction, after)
            self._history.note(
                transaction,
                after.contract_id,
                actor=actor,
                act="state_delivery",
                sentence=_sentence(delivery),
                booking_id=after.booking_id,
                evidence=delivery.evidence,
            )
            transaction.commit()
        return after

    def of_show(self, principal: Principal, show_id: str) -> tuple[Finding, ...]:
        """Where each deliverable of a show of the caller's stands. Raises `ShowNotFound`."""
        show = self._store.get(principal, show_id)
        return rules.findings(show, self._owed(show), self._clock.now())

    def measure(self, show_id: str) -> LinksMeasured | None:
        """Keep with a show what probes of its links say. Worker of `links.measure`; it may come again, and may find more."""
        before = self._store.load(show_id)
        found = measured(before, self._probing.rounds(show_id))
        if found != before.links:
            transaction = Transaction()
            self._store.change(transaction, before, replace(before, links=found, version=before.version + 1))
            transaction.announce(LOOK, deal_subject(before.contract_id), iso(self._clock.real_now()))
            transaction.commit()
        return found

    def follow_up(self) -> int:
        """Let hold what begins to hold about now: the earnings are told and the history says why. A step of the schedule."""
        due = list(self._store.due(self._clock.now(), MAX_DUE_PER_RUN))
        each_by_itself(due, self._look, lambda pointer: f"what is due of {pointer.show_id}")
        return len(due)

    def _look(self, pointer: DuePointer) -> None:
        with suppress(ShowMoved):
            self.measure(pointer.show_id)
            self._let_hold(pointer)

    def _let_hold(self, pointer: DuePointer) -> None:
        show = self._store.load(pointer.show_id)
        transaction = Transaction()
        self._store.done(transaction, pointer)
        self._tell(transaction, show)
        for result in rules.results(show, self._owed(show)):
            if iso(result.known_at) == pointer.due_at and result.why in BECAUSE:
                self._history.note(
                    transaction,
                    show.contract_id,
                    actor=PLATFORM,
                    act="let_delivery_stand",
                    sentence=_stands(result),
                    booking_id=show.booking_id,
                )
        transaction.commit()

    def _tell(self, transaction: Transaction, show: Show) -> None:
        now = iso(self._clock.real_now())
        transaction.announce(ACCRUE, show.contract_id, now)
        transaction.announce(LOOK, deal_subject(show.contract_id), now)
        transaction.announce(HOST_CHANGED, show.creator_id, now)

    def _delivery(self, principal: Principal, speaker: Speaker, show: Show, said: Statement) -> Delivery:
        now = self._clock.now()
        return Delivery(
            kind=said.kind,
            result=said.result,
            statement=said.words.strip(),
            evidence=said.evidence,
            by=speaker,
            recorded_by=principal.user_id,
            moment=Moment(occurred_at=show.ended.occurred_at if show.ended else now, recorded_at=now),
            value=said.value,
            how=said.how,
            checked_at=said.checked_at,
        )


def _speaker(principal: Principal, show: Show) -> Speaker:
    if principal.tenant_id == PLATFORM_TENANT:
        return Speaker.OPERATOR
    return Speaker.BRAND if principal.tenant_id == show.brand_id else Speaker.HOST


def _sentence(said: Delivery) -> str:
    counted = "" if said.value is None else f", {said.value:,} counted"
    how = "" if said.how is None else f", {said.how.value.replace('_', ' ')}"
    checked = "" if said.checked_at is None else f", checked {said.checked_at:%Y-%m-%d %H:%M} UTC"
    return f"{rules.in_words(said.kind, said.result)}{counted}{how}{checked}. {said.statement}"


def _stands(result: Result) -> str:
    return f"{rules.in_words(result.kind, result.outcome)} holds from now on: {BECAUSE[result.why]}."
