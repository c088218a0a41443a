"""Taking a transfer back: the exception, decided by two people and by nobody else (ADR 23).

Debts are netted from what comes next. A reversal is for what must not wait: money that went to the wrong person, or more than was
owed. What comes back is owed to the payee again, after their debts.
"""

from dataclasses import replace
from datetime import datetime

from chalicelib.core.access import Principal, Role
from chalicelib.core.currencies import smallest_payable_minor
from chalicelib.core.errors import Invalid
from chalicelib.core.money import for_people
from chalicelib.payouts.rules.settlements import (
    APPROVED_WITHIN,
    MAX_ATTEMPTS,
    NOT_APPROVED,
    Attempt,
    CameBack,
    Move,
    NotYours,
    OwnSettlement,
    Reversal,
    ReversalStage,
    Settlement,
    SettlementState,
    TooManyAttempts,
    WrongState,
    moved,
)
from chalicelib.payouts.stripe_port import ReversalState

CAN_BE_REVERSED = frozenset({SettlementState.SENT, SettlementState.RECONCILED})
MAX_REVERSALS = 20
PROPOSERS = frozenset({Role.FINANCE_PREPARER, Role.FINANCE_APPROVER})
ALREADY = "All of the transfer had come back already, so nothing was left to take."


class BadReversal(Invalid):
    """The amount cannot be taken back of this transfer."""


def proposed(settlement: Settlement, principal: Principal, *, reason: str, amount_minor: int | None, now: datetime) -> Settlement:
    """Ask for a part of the transfer, or all that is left of it. Raises `NotYours`, `WrongState`, `BadReversal`."""
    if principal.role not in PROPOSERS:
        raise NotYours("Your role cannot propose to reverse a transfer. Ask a finance preparer.")
    if settlement.state not in CAN_BE_REVERSED:
        raise WrongState(f"The settlement is {settlement.state}; only what was sent can be taken back.")
    if any(each.stage is ReversalStage.PROPOSED for each in settlement.reversals) or settlement.reversal_at_work:
        raise WrongState("A reversal of this transfer is under way already. Approve or void that one first.")
    if len(settlement.reversals) >= MAX_REVERSALS:
        raise WrongState("This transfer was reversed too often. Clear it with Stripe.")
    left = settlement.amount_minor - settlement.reversed_minor
    wanted = left if amount_minor is None else amount_minor
    if not 0 < wanted <= left:
        most = for_people(left, settlement.currency)
        raise BadReversal(f"Between 0 and {most} {settlement.currency} of the transfer can be taken back; ask for no more than that.")
    unit = smallest_payable_minor(settlement.currency)
    if wanted % unit:
        raise BadReversal(
            f"{settlement.currency} moves in steps of {for_people(unit, settlement.currency)} only. Ask for a multiple of it."
        )
    number = len(settlement.reversals) + 1
    new = Reversal(
        number=number,
        amount_minor=wanted,
        reason=reason,
        stage=ReversalStage.PROPOSED,
        proposed_by=principal.user_id,
        proposed_at=now,
    )
    return _counted(replace(settlement, reversals=(*settlement.reversals, new)))


def approved(settlement: Settlement, principal: Principal, now: datetime) -> Settlement:
    """A second person's yes. Raises `NotYours`, `OwnSettlement`, `WrongState`."""
    if principal.role is not Role.FINANCE_APPROVER:
        raise NotYours("Your role cannot approve reversals. Ask a finance approver.")
    waiting = _proposal(settlement)
    if principal.user_id == waiting.proposed_by:
        raise OwnSettlement("You proposed this reversal, so another person has to approve it.")
    return with_reversal(settlement, replace(waiting, stage=ReversalStage.APPROVED, approved_by=principal.user_id, approved_at=now))


def voided(settlement: Settlement, principal: Principal, reason: str) -> Settlement:
    """Call it off before it is approved. Raises `NotYours`, `WrongState`."""
    if principal.role not in PROPOSERS:
        raise NotYours("Your role cannot call off a reversal. Ask a finance preparer.")
    return with_reversal(settlement, replace(_proposal(settlement), stage=ReversalStage.VOID, note=reason))


def lapsed(settlement: Settlement, now: datetime) -> Settlement:
    """Called off because nobody approved it in time. Raises `WrongState` where nothing waits, or where there is time."""
    proposal = _proposal(settlement)
    if now < proposal.proposed_at + APPROVED_WITHIN:
        raise WrongState("This proposal can still be approved.")
    return with_reversal(settlement, replace(proposal, stage=ReversalStage.VOID, note=NOT_APPROVED))


def with_attempt(settlement: Settlement, reversal: Reversal, now: datetime) -> Settlement:
    """The intent with its key, to be stored before the call; `now` is real time. Raises `TooManyAttempts`."""
    number = len(reversal.attempts) + 1
    if number > MAX_ATTEMPTS:
        raise TooManyAttempts("This reversal was tried too often. Clear it with Stripe.")
    key = f"reversal-{settlement.settlement_id}-{reversal.number}-{number}"
    attempt = Attempt(number=number, key=key, started_at=now)
    return with_reversal(settlement, replace(reversal, stage=ReversalStage.SENDING, attempts=(*reversal.attempts, attempt), note=None))


def ended(settlement: Settlement, reversal: Reversal, stage: ReversalStage, *, outcome: str, note: str | None) -> Settlement:
    """What became of the last attempt, as far as it is known."""
    last = replace(reversal.attempts[-1], outcome=outcome)
    return with_reversal(settlement, replace(reversal, stage=stage, attempts=(*reversal.attempts[:-1], last), note=note))


def booked(settlement: Settlement, state: ReversalState, now: datetime) -> Settlement:
    """The settlement once it is booked what came back: reversed when all did, and with ours made when it is ours."""
    new = CameBack(stripe_id=state.id, amount_minor=state.amount_minor, balance_transaction=state.balance_transaction, booked_at=now)
    after = replace(settlement, came_back=(*settlement.came_back, new))
    ours = after.reversal_at_work
    if ours is not None and ours.attempts and state.reference == reference_of(settlement.settlement_id, ours.number):
        after = ended(after, ours, ReversalStage.MADE, outcome="made", note=None)
    whole = after.reversed_minor == after.amount_minor and after.state in CAN_BE_REVERSED
    return replace(moved(after, Move.REVERSE) if whole else after, version=settlement.version + 1)


def reference_of(settlement_id: str, number: int) -> str:
    """Our own id of a reversal, which Stripe keeps with it."""
    return f"{settlement_id}-r{number}"


def with_reversal(settlement: Settlement, reversal: Reversal) -> Settlement:
    """The settlement with one of its reversals as it is now, its version counted on."""
    return _counted(
        replace(settlement, reversals=tuple(reversal if each.number == reversal.number else each for each in settlement.reversals))
    )


def _proposal(settlement: Settlement) -> Reversal:
    found = next((each for each in settlement.reversals if each.stage is ReversalStage.PROPOSED), None)
    if found is None:
        raise WrongState("No reversal of this transfer waits for a second person. Load it again.")
    return found


def _counted(settlement: Settlement) -> Settlement:
    return replace(settlement, version=settlement.version + 1)
