"""Another time for a show, and make-up shows: proposed by one side, accepted by the other, done in one transaction or not at all.

What moves together: the host's slots and bookings, the contract's list of shows, the show with its page and calendar entry, the proposal,
and the deal's history. The terms are those in force at the new start.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from chalicelib.adapters.dynamo import Transaction
from chalicelib.adapters.failures import each_by_itself
from chalicelib.bookings.service import Bookings
from chalicelib.bookings.states import Booking, Deal, NewBooking, Party, State
from chalicelib.contracts.rebooking import make_up_booking_id, next_booking_id, with_make_up, with_other_time
from chalicelib.contracts.rules import BookedShow, Contract, party_of, show_id_of, version_at
from chalicelib.contracts.service import Contracts
from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock, in_words, iso
from chalicelib.history.rules import PLATFORM, actor_of
from chalicelib.history.service import History
from chalicelib.notices.rules import LOOK, deal_subject
from chalicelib.shows.errors import ProposalClosed, ProposalNotFound
from chalicelib.shows.proposal_store import ProposalStore
from chalicelib.shows.rules import ShowState, Side, attribution_changed, rescheduled
from chalicelib.shows.rules.make_ups import MakeUps, check_make_up, check_time, make_ups, make_ups_for
from chalicelib.shows.rules.proposals import Answer, Proposal, ProposalKind, answer_by, answered, expired
from chalicelib.shows.store import ShowStore

PUBLISH = "show.publish"
ATTRIBUTE = "sales.attribute"
REBOOKED = "contract.rebooked"
MAX_EXPIRED_PER_RUN = 100
DONE = {Answer.ACCEPT: "Accepted", Answer.DECLINE: "Declined", Answer.WITHDRAW: "Took back"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherTime:
    """Another time for a booked show, and why."""

    starts_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMakeUp:
    """A make-up show: when, and unless it is like the one it makes up for, how long and by which title."""

    starts_at: datetime
    minutes: int | None = None
    title: str | None = None
    reason: str = ""


class Rearranging:
    """Use cases of proposals."""

    def __init__(  # the features that move together
        self,
        *,
        store: ShowStore,
        proposals: ProposalStore,
        contracts: Contracts,
        bookings: Bookings,
        history: History,
        clock: Clock,
    ) -> None:
        """`clock.now()` tells which times have passed, and when nobody has answered."""
        self._store = store
        self._proposals = proposals
        self._contracts = contracts
        self._bookings = bookings
        self._history = history
        self._clock = clock

    def propose_time(self, principal: Principal, booking_id: str, wanted: OtherTime, proposal_id: str) -> Proposal:
        """Propose another time for a booked show; until the other side accepts it the time stays. Raises `SlotTaken`, `BadSlot`."""
        booking = self._bookings.get(principal, booking_id)
        contract = self._contracts.contract(booking.contract_id)
        side = _side(principal, contract)
        with self._attempt(principal, side, booking, "propose_time"):
            self._bookings.rescheduling.check(booking, wanted.starts_at, Party(side.value))
            check_time(contract, self._store.of_contract(contract.contract_id), show_id_of(booking_id), wanted.starts_at, booking.minutes)
            now = self._clock.now()
            proposal = Proposal(
                proposal_id=proposal_id,
                kind=ProposalKind.RESCHEDULE,
                contract_id=contract.contract_id,
                booking_id=booking_id,
                show_id=show_id_of(booking_id),
                starts_at=wanted.starts_at,
                minutes=booking.minutes,
                title=booking.title,
                reason=wanted.reason.strip(),
                proposed_by=side,
                user_id=principal.user_id,
                proposed_at=now,
                expires_at=answer_by(now, booking.starts_at, wanted.starts_at),
                terms_version=version_at(contract, wanted.starts_at).version,
            )
            return self._add(principal, proposal, f"Proposed {in_words(wanted.starts_at)} instead of {in_words(booking.starts_at)}")

    def propose_make_up(self, principal: Principal, show_id: str, wanted: NewMakeUp, proposal_id: str) -> Proposal:
        """Propose a make-up show for a show that is over. Raises `NoMakeUp`, `SlotTaken`, `BadSlot`."""
        show = self._store.get(principal, show_id)
        contract = self._contracts.contract(show.contract_id)
        side, booking = _side(principal, contract), self._bookings.booking(show.booking_id)
        with self._attempt(principal, side, booking, "propose_make_up"):
            minutes = wanted.minutes or show.minutes
            check_make_up(self._left(contract, show_id), wanted.starts_at, minutes)
            self._bookings.check_free(contract.creator_id, wanted.starts_at, minutes)
            now = self._clock.now()
            proposal = Proposal(
                proposal_id=proposal_id,
                kind=ProposalKind.MAKE_UP,
                contract_id=contract.contract_id,
                booking_id=booking.booking_id,
                show_id=show_id,
                starts_at=wanted.starts_at,
                minutes=minutes,
                title=(wanted.title or f"Make-up: {show.title}").strip(),
                reason=wanted.reason.strip(),
                proposed_by=side,
                user_id=principal.user_id,
                proposed_at=now,
                expires_at=answer_by(now, wanted.starts_at),
                terms_version=version_at(contract, wanted.starts_at).version,
            )
            return self._add(principal, proposal, f"Proposed a make-up show at {in_words(wanted.starts_at)}")

    def answer(self, principal: Principal, booking_id: str, proposal_id: str, answer: Answer) -> Proposal:
        """Accept or decline what the other side proposed, or take the own proposal back. Of two answers at once one wins."""
        booking = self._bookings.get(principal, booking_id)
        contract = self._contracts.contract(booking.contract_id)
        side, before = _side(principal, contract), self._proposals.get(booking.contract_id, proposal_id)
        if before.show_id != show_id_of(booking_id):
            raise ProposalNotFound("There is no such proposal.")
        with self._attempt(principal, side, booking, f"{answer.value}_proposal"):
            now, transaction = self._clock.now(), Transaction()
            after = answered(before, side, answer, now)
            if answer is Answer.ACCEPT:
                after = answered(before, side, answer, now, self._carry_out(transaction, contract, before, side))
            self._proposals.change(transaction, before, after)
            sentence = f"{DONE[answer]} {in_words(before.starts_at)} for {before.title}."
            self._note(transaction, after, side, principal, f"{answer.value}_proposal", sentence)
            transaction.commit()
        return after

    def of_booking(self, principal: Principal, booking_id: str) -> tuple[Proposal, ...]:
        """What was proposed about a show of the caller's, oldest first; what nobody answered in time is shown as expired."""
        booking = self._bookings.get(principal, booking_id)
        now, show_id = self._clock.now(), show_id_of(booking_id)
        found = self._proposals.of_contract(booking.contract_id)
        mine = (expired(each, now) for each in found if each.show_id == show_id)
        return tuple(sorted(mine, key=lambda each: (each.proposed_at, each.proposal_id)))

    def watched(self, contract: Contract) -> tuple[tuple[Proposal, ...], tuple[MakeUps, ...]]:
        """What was proposed under a contract, and the make-up shows that it agrees on, read by the system."""
        shows = self._store.of_contract(contract.contract_id)
        return tuple(self._proposals.of_contract(contract.contract_id)), make_ups(contract, shows)

    def make_ups(self, principal: Principal, contract_id: str) -> tuple[MakeUps, ...]:
        """The make-up shows that a contract of the caller's agrees on: how many, until when, how many are booked and performed."""
        contract = self._contracts.get(principal, contract_id)
        return make_ups(contract, self._store.of_contract(contract_id))

    def expire(self) -> int:
        """End proposals that nobody answered in time: what was agreed stays. A step of the schedule."""
        due = self._proposals.due(self._clock.now(), MAX_EXPIRED_PER_RUN)
        each_by_itself(due, self._expire, lambda proposal: f"the end of {proposal.proposal_id}")
        return len(due)

    def _expire(self, proposal: Proposal) -> None:
        transaction = Transaction()
        self._proposals.change(transaction, proposal, expired(proposal, self._clock.now()))
        sentence = (
            f"Nobody answered the proposal of {in_words(proposal.starts_at)} by {in_words(proposal.expires_at)}; what was agreed stays."
        )
        self._history.note(
            transaction,
            proposal.contract_id,
            actor=PLATFORM,
            act="expire_proposal",
            sentence=sentence,
            booking_id=proposal.booking_id,
            evidence=(proposal.proposal_id,),
        )
        self._look(transaction, proposal.contract_id)
        with suppress(ProposalClosed):
            transaction.commit()

    def _carry_out(self, transaction: Transaction, contract: Contract, proposal: Proposal, by: Side) -> str:
        """Let a transaction do what was agreed; the id of the new booking."""
        self._contracts.offers.exclusivities.moving(transaction, contract, proposal.starts_at, proposal.minutes)
        if proposal.kind is ProposalKind.RESCHEDULE:
            return self._move(transaction, contract, proposal, by)
        return self._book_make_up(transaction, contract, proposal)

    def _move(self, transaction: Transaction, contract: Contract, proposal: Proposal, by: Side) -> str:
        booking, show = self._bookings.booking(proposal.booking_id), self._store.load(proposal.show_id)
        check_time(contract, self._store.of_contract(contract.contract_id), show.show_id, proposal.starts_at, booking.minutes)
        new_id = next_booking_id(booking.booking_id)
        self._bookings.rescheduling.move_in(transaction, booking, new_id, proposal.starts_at, Party(by.value))
        rebooked = with_other_time(contract, booking.booking_id, new_id, proposal.starts_at, self._clock.now())
        self._contracts.rebook(transaction, contract, rebooked)
        moved = rescheduled(show, new_id, proposal.starts_at)
        self._store.change(transaction, show, moved)
        now = iso(self._clock.real_now())
        transaction.announce(REBOOKED, contract.contract_id, now)
        if moved.state is not ShowState.DRAFT:
            transaction.announce(PUBLISH, show.show_id, now)
        if attribution_changed(show, moved):
            transaction.announce(ATTRIBUTE, show.show_id, now)
        version = version_at(contract, moved.starts_at).version
        sentence = f"Moved from {in_words(show.starts_at)} to {in_words(moved.starts_at)}; version {version} of the terms applies."
        self._history.note(
            transaction,
            contract.contract_id,
            actor=PLATFORM,
            act="reschedule",
            sentence=sentence,
            booking_id=new_id,
            evidence=(proposal.proposal_id, booking.booking_id),
        )
        return new_id

    def _book_make_up(self, transaction: Transaction, contract: Contract, proposal: Proposal) -> str:
        """Book it as a show of the contract; the worker of signed contracts opens it."""
        left = self._left(contract, proposal.show_id)
        check_make_up(left, proposal.starts_at, proposal.minutes)
        new_id = make_up_booking_id(contract)
        deal = Deal(
            offer_id=contract.offer_id,
            contract_id=contract.contract_id,
            brand_id=contract.brand_id,
            creator_id=contract.creator_id,
            agency_id=contract.agency_id,
        )
        new = NewBooking(booking_id=new_id, starts_at=proposal.starts_at, minutes=proposal.minutes, title=proposal.title)
        self._bookings.claim(transaction, deal, [new], State.CONTRACTED)
        booked = BookedShow(
            booking_id=new_id,
            show_id=show_id_of(new_id),
            starts_at=proposal.starts_at,
            minutes=proposal.minutes,
            title=proposal.title,
            is_make_up=True,
            makes_up_for=proposal.show_id,
            agreed_at=self._clock.now(),
        )
        self._contracts.rebook(transaction, contract, with_make_up(contract, booked))
        transaction.announce(REBOOKED, contract.contract_id, iso(self._clock.real_now()))
        return new_id

    def _left(self, contract: Contract, show_id: str) -> MakeUps:
        return make_ups_for(contract, self._store.of_contract(contract.contract_id), show_id)

    def _add(self, principal: Principal, proposal: Proposal, sentence: str) -> Proposal:
        made = self._proposals.find(proposal.contract_id, proposal.proposal_id)
        if made is not None:
            return made
        transaction = Transaction()
        self._proposals.add(transaction, proposal)
        why = f": {proposal.reason}" if proposal.reason else "."
        words = f"{sentence}; to be answered by {in_words(proposal.expires_at)}{why}"
        self._note(transaction, proposal, proposal.proposed_by, principal, f"propose_{proposal.kind.value}", words)
        transaction.commit()
        return proposal

    def _note(  # who does what about a proposal
        self, transaction: Transaction, proposal: Proposal, side: Side, principal: Principal, act: str, sentence: str
    ) -> None:
        self._history.note(
            transaction,
            proposal.contract_id,
            actor=actor_of(principal, side.value),
            act=act,
            sentence=sentence,
            booking_id=proposal.booking_id,
            evidence=(proposal.proposal_id,),
        )
        self._look(transaction, proposal.contract_id)

    def _look(self, transaction: Transaction, contract_id: str) -> None:
        transaction.announce(LOOK, deal_subject(contract_id), iso(self._clock.real_now()))

    @contextmanager
    def _attempt(self, principal: Principal, side: Side, booking: Booking, act: str) -> Iterator[None]:
        actor = actor_of(principal, side.value)
        with self._history.attempts(booking.contract_id, actor=actor, act=act, booking_id=booking.booking_id):
            yield


def _side(principal: Principal, contract: Contract) -> Side:
    """The side that the caller stands on. Raises `ProposalNotFound` for anybody else, who may see the deal but has no part in it."""
    party = party_of(principal, contract)
    if party is None:
        raise ProposalNotFound("You are no party of this contract.")
    return Side(party.value)
