"""Settlements: the table of states, who may do what, how much is sent, and under which key."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.core.access import Principal, Role
from chalicelib.core.currencies import smallest_payable_minor
from chalicelib.core.errors import Conflict, Forbidden
from chalicelib.core.ids import fingerprint
from chalicelib.core.money import with_currency

DEFAULT_MINIMUM_MINOR = 500
"""Five pounds, euros, dollars ...; currencies of other sizes have their own. What is below is carried over visibly."""
MINIMUMS_MINOR: Mapping[str, int] = {"JPY": 750, "KRW": 7_500, "HUF": 200_000, "ISK": 750, "TWD": 20_000, "UGX": 20_000}
KEY_LIFETIME = timedelta(hours=24)
"""How long Stripe remembers an idempotency key for certain."""
SHORT_OF_BALANCE = "balance_insufficient"
"""Stripe's code for a platform balance that does not cover a transfer."""
PAUSE_AFTER_SHORTAGE = timedelta(minutes=15)
"""How long an attempt that Stripe refused for its balance rests; so much longer after each."""
APPROVED_WITHIN = timedelta(days=14)
"""For a second person: two weekly runs. What nobody approves by then goes back to where it was, and can be prepared anew."""
NOT_APPROVED = "Nobody approved it in time, so it has lapsed."
ID_DIGITS = 26
MAX_ATTEMPTS = 20


class SettlementState(StrEnum):
    """Where a settlement stands."""

    OPEN = "open"
    APPROVED = "approved"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    RECONCILED = "reconciled"
    VOID = "void"
    REVERSED = "reversed"


class Move(StrEnum):
    """What can be done to a settlement."""

    APPROVE = "approve"
    VOID = "void"
    SEND = "send"
    CONFIRM = "confirm"
    LOSE_TRACK = "lose_track"
    REFUSE = "refuse"
    RECONCILE = "reconcile"
    REVERSE = "reverse"
    HOLD = "hold"


S = SettlementState
MOVES: Mapping[Move, tuple[frozenset[SettlementState], SettlementState]] = {
    Move.APPROVE: (frozenset({S.OPEN}), S.APPROVED),
    Move.VOID: (frozenset({S.OPEN, S.APPROVED}), S.VOID),
    Move.SEND: (frozenset({S.APPROVED, S.SENDING, S.UNKNOWN}), S.SENDING),
    Move.CONFIRM: (frozenset({S.SENDING, S.UNKNOWN}), S.SENT),
    Move.LOSE_TRACK: (frozenset({S.SENDING, S.UNKNOWN}), S.UNKNOWN),
    Move.REFUSE: (frozenset({S.SENDING, S.UNKNOWN}), S.FAILED),
    Move.RECONCILE: (frozenset({S.SENT, S.RECONCILED}), S.RECONCILED),
    Move.REVERSE: (frozenset({S.SENT, S.RECONCILED}), S.REVERSED),
    Move.HOLD: (frozenset({S.SENDING, S.UNKNOWN}), S.APPROVED),
}
"""HOLD: Stripe has no such transfer (it was looked through, or has just said that its balance is short), so what was approved waits for
a new attempt, or is voided (ADR 31)."""
LIVE = frozenset({S.OPEN, S.APPROVED, S.SENDING, S.SENT, S.UNKNOWN, S.RECONCILED, S.REVERSED})
"""States in which the money is taken from payable; a reversal gives it back by an entry of its own."""
TO_SEND = frozenset({S.APPROVED, S.SENDING, S.UNKNOWN})
"""States that end only when Stripe has given a definite answer."""
BY_PEOPLE: Mapping[Move, frozenset[Role]] = {
    Move.APPROVE: frozenset({Role.FINANCE_APPROVER}),
    Move.VOID: frozenset({Role.FINANCE_APPROVER, Role.FINANCE_PREPARER}),
}
"""All other moves are made by the workers."""


class WrongState(Conflict):
    """The settlement is not in a state that allows it."""


class OwnSettlement(Forbidden):
    """Who prepared a settlement cannot approve it."""


class NotYours(Forbidden):
    """The role does not include this move."""


class TooManyAttempts(Conflict):
    """It was tried so often that a person has to look at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One intent to transfer, stored before the call. `key` is Stripe's idempotency key."""

    number: int
    key: str
    started_at: datetime
    """Real time: Stripe's memory of a key goes by it."""
    outcome: str = "started"
    destination: str = ""
    """The payee's account at Stripe that it goes to: the same for every call with the key."""


class ReversalStage(StrEnum):
    """Where the taking back of a transfer stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    SENDING = "sending"
    UNKNOWN = "unknown"
    MADE = "made"
    REFUSED = "refused"
    VOID = "void"


REVERSALS_AT_WORK = frozenset({ReversalStage.APPROVED, ReversalStage.SENDING, ReversalStage.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """Money of a transfer that people decided to take back from the payee's account."""

    number: int
    amount_minor: int
    reason: str
    stage: ReversalStage
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None = None
    approved_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameBack:
    """A reversal as Stripe made it, booked once, whoever asked for it."""

    stripe_id: str
    amount_minor: int
    balance_transaction: str
    booked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What a payee is to get in one transfer: the payable balance at a sequence of its account."""

    settlement_id: str
    payee_id: str
    currency: str
    amount_minor: int
    carried_minor: int
    """What stays payable because of the currency's smallest payable unit."""
    ledger_sequence: int
    state: SettlementState
    prepared_by: str
    prepared_at: datetime
    manifest_key: str
    manifest_sha256: str
    approved_by: str | None = None
    approved_at: datetime | None = None
    destination: str | None = None
    """The payee's account at Stripe when it was approved, None while there was none."""
    attempts: tuple[Attempt, ...] = ()
    transfer_id: str | None = None
    sent_at: datetime | None = None
    reversals: tuple[Reversal, ...] = ()
    came_back: tuple[CameBack, ...] = ()
    note: str | None = None
    """Why it waits, failed or was voided, in a sentence that both sides may read."""
    lapsed_at: datetime | None = None
    """When it was voided because nobody had approved it."""
    version: int = 1

    @property
    def reversed_minor(self) -> int:
        """What came back of the transfer and is booked."""
        return sum(each.amount_minor for each in self.came_back)

    @property
    def reversal_at_work(self) -> Reversal | None:
        """The reversal that Stripe has yet to answer for."""
        return next((each for each in self.reversals if each.stage in REVERSALS_AT_WORK), None)

    @property
    def waits_for_stripe(self) -> bool:
        """Whether the worker has something to do with it."""
        return self.state in TO_SEND or self.reversal_at_work is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOver:
    """A payee that gets nothing in a run, and why."""

    payee_id: str
    currency: str
    payable_minor: int
    reason: str


def moved(settlement: Settlement, move: Move) -> Settlement:
    """The settlement after a move, its version counted on. Raises `WrongState`."""
    allowed, after = MOVES[move]
    if settlement.state not in allowed:
        states = " or ".join(sorted(allowed))
        raise WrongState(f"The settlement is {settlement.state}; to {move.replace('_', ' ')} it, it must be {states}. Load it again.")
    return replace(settlement, state=after, version=settlement.version + 1)


def lapsed(settlement: Settlement, now: datetime) -> Settlement:
    """Voided because nobody approved it in time. Raises `WrongState` where somebody did, or where there is time."""
    if settlement.state is not SettlementState.OPEN or now < settlement.prepared_at + APPROVED_WITHIN:
        raise WrongState("Only a settlement that nobody approved in time lapses.")
    return replace(moved(settlement, Move.VOID), note=NOT_APPROVED, lapsed_at=now)


def moved_by(settlement: Settlement, move: Move, principal: Principal) -> Settlement:
    """A move that a person makes. Raises `NotYours`, `OwnSettlement`, `WrongState`."""
    if principal.role not in BY_PEOPLE[move]:
        raise NotYours(f"Your role cannot {move} settlements. Ask a finance approver.")
    if move is Move.APPROVE and principal.user_id == settlement.prepared_by:
        raise OwnSettlement("You prepared this settlement, so another person has to approve it.")
    return moved(settlement, move)


def settlement_id_of(payee_id: str, currency: str, sequence: int) -> str:
    """Derived from what it takes, so that preparing the same again makes the same settlement."""
    return "stl_" + fingerprint(payee_id, currency, str(sequence))[:ID_DIGITS]


def minimum_minor(currency: str) -> int:
    """The least that is worth a transfer."""
    return MINIMUMS_MINOR.get(currency, DEFAULT_MINIMUM_MINOR)


def payable_part(payable_minor: int, currency: str) -> int:
    """What of a payable balance can be sent: rounded down where the currency is paid in hundreds (or tens) only."""
    unit = smallest_payable_minor(currency)
    return max(payable_minor, 0) // unit * unit


def carry_over(payee_id: str, currency: str, payable_minor: int) -> CarryOver | None:
    """Why this payee gets nothing, or None when there is enough to send."""
    least = minimum_minor(currency)
    if payable_minor < 0:
        reason = f"owes {with_currency(-payable_minor, currency)}, netted from what comes next"
    elif payable_minor == 0:
        reason = "nothing is payable"
    elif payable_part(payable_minor, currency) < least:
        reason = f"below the minimum of {with_currency(least, currency)}"
    else:
        return None
    return CarryOver(payee_id=payee_id, currency=currency, payable_minor=payable_minor, reason=reason)


def idempotency_key(settlement_id: str, attempt: int) -> str:
    """The key of an attempt: the same for ever, never random."""
    return f"transfer-{settlement_id}-{attempt}"


def next_attempt(settlement: Settlement, now: datetime, destination: str) -> Attempt:
    """A new intent to pay into an account at Stripe. Raises `TooManyAttempts`."""
    number = len(settlement.attempts) + 1
    if number > MAX_ATTEMPTS:
        raise TooManyAttempts("This settlement was tried too often. Look at its attempts and void it, or clear it with Stripe.")
    return Attempt(number=number, key=idempotency_key(settlement.settlement_id, number), started_at=now, destination=destination)


def outcome_of_refusal(code: str) -> str:
    """An attempt's outcome when Stripe gave a definite no."""
    return f"refused: {code}"


def rests(settlement: Settlement, now: datetime) -> bool:
    """Whether the last attempt found the balance short so recently that it is not looked at again; `now` is real time."""
    last = settlement.attempts[-1] if settlement.attempts else None
    if last is None or last.outcome != outcome_of_refusal(SHORT_OF_BALANCE):
        return False
    return now < last.started_at + PAUSE_AFTER_SHORTAGE * last.number


def key_still_known(attempt: Attempt, now: datetime) -> bool:
    """Whether Stripe still knows the attempt's key for certain, so that the same call cannot pay twice."""
    return now - attempt.started_at < KEY_LIFETIME
