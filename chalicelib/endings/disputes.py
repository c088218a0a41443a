"""Disputes: raised by a side, argued by both until a stated time, decided by the operator with reasons, or ended by silence.

Each step is one transaction of the dispute, the booking's move and the show, from which the earnings are told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.adapters.dynamo import Transaction
from chalicelib.bookings.states import MOVES, Booking, Move, Party, allowed
from chalicelib.contracts.rules import version_at
from chalicelib.contracts.terms import Deliverable
from chalicelib.core.access import Principal
from chalicelib.core.clock import in_words
from chalicelib.core.errors import Conflict
from chalicelib.endings.errors import BadDecision
from chalicelib.endings.ground import Ground
from chalicelib.endings.rules import disputes, times, words
from chalicelib.endings.rules.costs import Cost
from chalicelib.endings.rules.disputes import Decision, Dispute, Statement, Verdict
from chalicelib.shows import rules as shows
from chalicelib.shows.rules import DeliverableKind, DeliveryResult, Happened, Show


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """What an operator decides."""

    verdict: Verdict
    finding: Happened
    reasons: str
    results: tuple[tuple[DeliverableKind, DeliveryResult], ...] = ()
    called_off_at: datetime | None = None


class Disputes:
    """Use cases of disputes."""

    def __init__(self, ground: Ground) -> None:
        """What they stand on."""
        self._ground = ground

    def of_booking(self, principal: Principal, booking_id: str) -> tuple[Dispute, ...]:
        """All disputes of a booking of the caller's, oldest first. Raises `BookingNotFound`."""
        self._ground.bookings.get(principal, booking_id)
        return self._ground.store.of_booking(booking_id)

    def all_of(self, booking_id: str) -> tuple[Dispute, ...]:
        """The same, read by the system."""
        return self._ground.store.of_booking(booking_id)

    def open_ones(self) -> tuple[Dispute, ...]:
        """What waits for the operator, the most urgent first."""
        return tuple(self._ground.store.open_ones())

    def kinds(self, booking: Booking) -> frozenset[str]:
        """The deliverables that the contract names for a show."""
        return frozenset(deliverable.kind for deliverable in self._promised(booking))

    def why_not(self, booking: Booking) -> str | None:
        """Why a show cannot be disputed by either side now; None where it can."""
        if Move.DISPUTE not in MOVES[booking.state]:
            return f"This booking is {booking.state.value}."
        try:
            times.demand_disputable(booking.state, self._ground.show(booking), self._ground.now())
        except Conflict as refusal:
            return refusal.message
        return None

    def costs(self, booking: Booking) -> Mapping[Happened, Cost]:
        """What each finding about a whole show would cost, as far as it can be found now."""
        show = self._ground.show(booking)
        found: dict[Happened, Cost] = {}
        for finding in Happened:
            try:
                found[finding] = self._ground.cost_of(shows.ruled(show, finding, self._ground.now()))
            except Conflict:
                continue
        return found

    def dispute(
        self, principal: Principal, booking_id: str, *, about: DeliverableKind | None, statement: str, evidence: tuple[str, ...] = ()
    ) -> Dispute:
        """Say that what was recorded of a show, or of one of its deliverables, is wrong: the show's money rests until that is decided."""
        ground = self._ground
        booking = ground.bookings.get(principal, booking_id)
        actor = ground.actor(principal, booking)
        with ground.history.attempts(booking.contract_id, actor=actor, act="dispute", booking_id=booking_id):
            side, now = ground.side(principal, booking), ground.now()
            allowed(booking.state, Move.DISPUTE, Party(side.value))
            show = ground.show(booking)
            times.demand_disputable(booking.state, show, now)
            raised = disputes.raised(
                ground.store.of_booking(booking_id),
                booking_id=booking_id,
                contract_id=booking.contract_id,
                show_id=show.show_id,
                about=about,
                before=booking.state,
                first=Statement(side=side, user_id=principal.user_id, at=now, text=statement.strip(), evidence=evidence),
                kinds=self.kinds(booking),
            )
            resting = (
                shows.disputed(show, now)
                if about is None
                else shows.delivery_disputed(
                    show, about, statement=statement.strip(), evidence=evidence, side=side, by=principal.user_id, now=now
                )
            )
            transaction = Transaction()
            ground.move(transaction, booking, Move.DISPUTE, Party(side.value))
            ground.shows.change_in(transaction, show, resting)
            ground.store.add(transaction, raised)
            what = "the show" if about is None else about.value.replace("_", " ")
            sentence = (
                f"Disputed {what}: {words.sentence(statement)} The money of the show rests. Both sides may say their part until "
                f"{in_words(raised.state_by)}; it is decided by {in_words(raised.decide_by)}."
            )
            ground.history.note(
                transaction, booking.contract_id, actor=actor, act="dispute", sentence=sentence, booking_id=booking_id, evidence=evidence
            )
            transaction.commit()
        return raised

    def state(self, principal: Principal, booking_id: str, *, statement: str, evidence: tuple[str, ...] = ()) -> Dispute:
        """Say more about an open dispute, as either side. Raises `NotOpen`, `TooLate`, `BadStatement`."""
        ground = self._ground
        booking = ground.bookings.get(principal, booking_id)
        actor = ground.actor(principal, booking)
        with ground.history.attempts(booking.contract_id, actor=actor, act="add_statement", booking_id=booking_id):
            before = ground.store.latest(booking_id)
            side = ground.side(principal, booking)
            said = Statement(side=side, user_id=principal.user_id, at=ground.now(), text=statement.strip(), evidence=evidence)
            after = disputes.stated(before, said)
            transaction = Transaction()
            ground.store.change(transaction, before, after)
            ground.history.note(
                transaction,
                booking.contract_id,
                actor=actor,
                act="add_statement",
                sentence=f"Said about the dispute: {statement.strip()}",
                booking_id=booking_id,
                evidence=evidence,
            )
            transaction.commit()
        return after

    def decide(self, principal: Principal, booking_id: str, ruled: Ruled) -> Dispute:
        """Decide a dispute, as the operator: what really happened is booked, in place of what had been recorded."""
        ground = self._ground
        booking = ground.bookings.get(principal, booking_id)
        with ground.history.attempts(
            booking.contract_id, actor=ground.actor(principal, booking), act="decide_dispute", booking_id=booking_id
        ):
            before, show = ground.store.latest(booking_id), ground.show(booking)
            self._demand_open(booking, show, frozenset(kind for kind, _ in ruled.results))
            decision = Decision(
                verdict=ruled.verdict,
                finding=ruled.finding,
                reasons=ruled.reasons.strip(),
                by=principal.user_id,
                at=ground.now(),
                results=ruled.results,
                called_off_at=ruled.called_off_at,
            )
            after = disputes.decided(before, decision, shows.what_happened(show))
            self._book(booking, before, after, decision, principal)
        return after

    def lapse(self, booking: Booking) -> Dispute:
        """Nobody decided in time: what had been recorded stands, and the money rests no longer."""
        before, show = self._ground.store.latest(booking.booking_id), self._ground.show(booking)
        after = disputes.lapsed(before, shows.what_happened(show), self._result_before(booking, before, show), self._ground.now())
        if after.decision is not None:
            self._book(booking, before, after, after.decision, None)
        return after

    def _result_before(self, booking: Booking, dispute: Dispute, show: shows.Show) -> DeliveryResult:
        """What holds of a disputed deliverable where nobody decides; that it was met, where the whole show is disputed."""
        if dispute.about is None:
            return DeliveryResult.MET
        answered = any(said.side is not dispute.raised_by for said in dispute.statements)
        return shows.result_before(show, dispute.about, self._promised(booking), answered=answered)

    def _promised(self, booking: Booking) -> tuple[Deliverable, ...]:
        contract = self._ground.contracts.contract(booking.contract_id)
        return version_at(contract, booking.starts_at).terms.deliverables

    def _demand_open(self, booking: Booking, show: Show, decides: frozenset[DeliverableKind]) -> None:
        """Raise `BadDecision` where a decision is about what the contract does not promise, or about what has been decided."""
        unknown = sorted(kind.value for kind in decides if kind.value not in self.kinds(booking))
        if unknown:
            raise BadDecision(f"The contract does not promise {', '.join(unknown)}.", fields={"results": "not in the contract"})
        again = sorted(kind.value for kind in decides & shows.found_by_the_marketplace(show))
        if again:
            raise BadDecision(f"What was decided about {', '.join(again)} stands. Leave it out.", fields={"results": "decided already"})

    def _book(self, booking: Booking, before: Dispute, after: Dispute, decision: Decision, principal: Principal | None) -> None:
        ground, now = self._ground, self._ground.now()
        show = ground.show(booking)
        ended = shows.ruled(show, decision.finding, now, decision.called_off_at)
        ended = shows.with_results(ended, decision.results, reasons=decision.reasons, by=decision.by, now=now)
        cost = ground.cost_of(ended)
        settled = shows.settled(ended, now) if before.about is None else ended
        transaction = Transaction()
        by = Party.PLATFORM if principal is None else Party.OPERATOR
        ground.move(transaction, booking, disputes.MOVES[decision.finding], by)
        ground.shows.change_in(transaction, show, settled)
        ground.store.change(transaction, before, after)
        ground.store.watch_in(transaction, booking.booking_id, now)
        results = "".join(
            f" {kind.value.replace('_', ' ').capitalize()}: {result.value.replace('_', ' ')}." for kind, result in decision.results
        )
        sentence = (
            f"The dispute is {decision.verdict.value}: {words.FINDINGS[decision.finding].lower()}.{results} "
            f"{decision.reasons} {words.owed(cost)}"
        )
        ground.history.note(
            transaction,
            booking.contract_id,
            actor=ground.actor(principal, booking),
            act="decide_dispute",
            sentence=sentence,
            booking_id=booking.booking_id,
            evidence=(f"dispute {before.number}",),
        )
        transaction.commit()
