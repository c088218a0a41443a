"""Giving unused prepaid money back to a brand: when, how much, by whom, from which charges, and what becomes of each part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.core.access import Principal, Role
from chalicelib.core.errors import Conflict, Forbidden, Invalid, NotFound
from chalicelib.core.ids import fingerprint
from chalicelib.core.money import for_people, with_currency
from chalicelib.ledger import accounts
from chalicelib.ledger.accounts import Account
from chalicelib.payouts.earnings import ShowFacts, Statement
from chalicelib.payouts.earnings.facts import as_ruled, is_cancelled
from chalicelib.payouts.rules.positions import ContractEarnings
from chalicelib.payouts.rules.settlements import MAX_ATTEMPTS, Attempt, TooManyAttempts
from chalicelib.payouts.stripe_port import RefundState

ID_DIGITS = 26
MAX_CHARGES = 50
"""Over how many charges one refund may go; a contract has a deposit and a few balance payments."""


class RefundOfPrepaidState(StrEnum):
    """Where a refund stands: reserved, agreed by a second person, at Stripe, over."""

    PREPARED = "prepared"
    APPROVED = "approved"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    VOID = "void"


class PartState(StrEnum):
    """What became of the part that goes to one charge."""

    INTENDED = "intended"
    UNKNOWN = "unknown"
    PENDING = "pending"
    MADE = "made"
    REFUSED = "refused"
    FAILED = "failed"


OPEN_STATES = frozenset({RefundOfPrepaidState.PREPARED, RefundOfPrepaidState.APPROVED, RefundOfPrepaidState.SENDING})
"""While one of these is there, no other refund of the contract can be prepared."""
AT_WORK = frozenset({RefundOfPrepaidState.APPROVED, RefundOfPrepaidState.SENDING})
CAN_BE_VOID = frozenset({RefundOfPrepaidState.PREPARED})
ENDED = frozenset({PartState.MADE, PartState.REFUSED, PartState.FAILED})
TO_CALL = frozenset({PartState.INTENDED, PartState.UNKNOWN})


class NotClosedYet(Conflict):
    """Something may still be earned under the contract, so nothing in its prepaid money is unused for certain."""


class NothingUnused(Conflict):
    """All that the brand has paid is earned, or held by a payee who owes it back."""


class MoreThanUnused(Invalid):
    """More was asked for than is unused."""


class OwnRefund(Forbidden):
    """Who prepared a refund cannot approve it."""


class NotForYourRole(Forbidden):
    """The role does not include this step."""


class RefundMovedOn(Conflict):
    """The refund is not in a state that allows it."""


class ChargesTooSmall(Conflict):
    """Stripe can give back less of the charges than the refund asks for."""


class NoSuchRefund(NotFound):
    """There is no such refund for this caller."""


class OtherRefund(Conflict):
    """Stripe's refund is not the one that was asked for: a person has to look at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPart:
    """What goes back to one charge. `attempts` are intents with their keys, each stored before its call."""

    number: int
    charge_id: str
    amount_minor: int
    state: PartState
    attempts: tuple[Attempt, ...]
    stripe_id: str | None = None
    balance_transaction_id: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOfPrepaid:
    """Unused prepaid money on its way back to the brand. Its amount is out of the contract's funds from the moment it is prepared."""

    refund_id: str
    contract_id: str
    brand_id: str
    currency: str
    amount_minor: int
    reason: str
    state: RefundOfPrepaidState
    prepared_by: str
    prepared_at: datetime
    approved_by: str | None = None
    approved_at: datetime | None = None
    parts: tuple[RefundPart, ...] = ()
    note: str | None = None
    lapsed_at: datetime | None = None
    version: int = 1


def refund_id_of(contract_id: str, funds_version: int) -> str:
    """Derived from the funds that it takes from, so that preparing the same twice makes one refund."""
    return "pbk_" + fingerprint("refund of prepaid", contract_id, str(funds_version))[:ID_DIGITS]


def demand_closed(shows: Sequence[ShowFacts], statement: Statement, earned: ContractEarnings) -> None:
    """Raises `NotClosedYet` with the reason, unless the last show has closed and nothing is pending or disputed.

    A show that was called off has nothing to close; what a dispute found counts, not what had been recorded before.
    """
    as_of = statement.as_of
    called_off = {show.show_id for show in shows if is_cancelled(as_ruled(show, as_of), as_of)}
    if any(not show.returns_closed and show.show_id not in called_off for show in statement.shows):
        raise NotClosedYet("Prepaid money can go back once the return window of the contract's last show has ended.")
    if any(show.disputed for show in earned.shows):
        raise NotClosedYet("A show of the contract is disputed. Settle the dispute first; then the rest can go back.")
    pending = any(share.earned_minor != share.matured_minor for show in earned.shows for share in show.payees)
    if pending or any(show.fee_earned_minor != show.fee_matured_minor for show in earned.shows):
        raise NotClosedYet("Some earnings of the contract are still pending. The rest can go back when they have matured.")


def amount_to_refund(unused_minor: int, wanted_minor: int | None, currency: str) -> int:
    """All that is unused, or the part that is asked for. Raises `NothingUnused`, `MoreThanUnused`."""
    if unused_minor <= 0:
        raise NothingUnused("Nothing that the brand has paid for this contract is unused.")
    if wanted_minor is not None and not 0 < wanted_minor <= unused_minor:
        raise MoreThanUnused(f"Between 0 and {with_currency(unused_minor, currency)} can go back; ask for no more than that.")
    return unused_minor if wanted_minor is None else wanted_minor


def prepared(earned: ContractEarnings, amount_minor: int, refund_id: str, reason: str, by: Principal, now: datetime) -> RefundOfPrepaid:
    """The refund as it begins: reserved, and waiting for a second person."""
    return RefundOfPrepaid(
        refund_id=refund_id,
        contract_id=earned.contract_id,
        brand_id=earned.brand_id,
        currency=earned.currency,
        amount_minor=amount_minor,
        reason=reason,
        state=RefundOfPrepaidState.PREPARED,
        prepared_by=by.user_id,
        prepared_at=now,
    )


def approved(refund: RefundOfPrepaid, principal: Principal, now: datetime) -> RefundOfPrepaid:
    """A second person's yes. Raises `NotForYourRole`, `OwnRefund`, `RefundMovedOn`."""
    if principal.role is not Role.FINANCE_APPROVER:
        raise NotForYourRole("Your role cannot approve refunds. Ask a finance approver.")
    if principal.user_id == refund.prepared_by:
        raise OwnRefund("You prepared this refund, so another person has to approve it.")
    _demand(refund, frozenset({RefundOfPrepaidState.PREPARED}), "approved")
    return replace(next_of(refund), state=RefundOfPrepaidState.APPROVED, approved_by=principal.user_id, approved_at=now)


def voided(refund: RefundOfPrepaid, reason: str, lapsed_at: datetime | None = None) -> RefundOfPrepaid:
    """Called off before it was approved. Raises `RefundMovedOn`."""
    _demand(refund, CAN_BE_VOID, "voided")
    return replace(next_of(refund), state=RefundOfPrepaidState.VOID, note=reason, lapsed_at=lapsed_at)


def over_charges(amount_minor: int, charges: Sequence[tuple[str, int]], currency: str) -> Mapping[str, int]:
    """How much goes back to which charge: `charges` newest first with what can still be refunded of each; never more than that.

    Raises `ChargesTooSmall`; the amounts add up to `amount_minor` otherwise.
    """
    left, shares = amount_minor, dict[str, int]()
    for charge_id, refundable_minor in charges:
        share = min(left, max(0, refundable_minor))
        if share:
            shares[charge_id] = share
            left -= share
    if left:
        possible = for_people(amount_minor - left, currency)
        raise ChargesTooSmall(
            f"Stripe can give back {possible} {currency} of this contract's charges, no more. "
            "Prepare a refund of that, and pay the rest by bank."
        )
    return shares


def key_of(refund_id: str, number: int, attempt: int) -> str:
    """Stripe's idempotency key of an attempt: the same for ever, never random."""
    return f"refund-{refund_id}-{number}-{attempt}"


def reference_of(refund_id: str, number: int) -> str:
    """Our own id of a part, which Stripe keeps with its refund."""
    return f"{refund_id}-{number}"


def part_of_reference(reference: str) -> tuple[str, int] | None:
    """The refund and the part that a reference names; None when it is not one of ours."""
    refund_id, _, number = reference.rpartition("-")
    return (refund_id, int(number)) if refund_id.startswith("pbk_") and number.isascii() and number.isdigit() else None


def with_parts(refund: RefundOfPrepaid, shares: Mapping[str, int], now: datetime) -> RefundOfPrepaid:
    """The refund with its intents, to be stored before the first call; `now` is real time, by which Stripe remembers keys."""
    parts = tuple(
        RefundPart(
            number=number,
            charge_id=charge_id,
            amount_minor=minor,
            state=PartState.INTENDED,
            attempts=(Attempt(number=1, key=key_of(refund.refund_id, number, 1), started_at=now),),
        )
        for number, (charge_id, minor) in enumerate(shares.items(), start=1)
    )
    return replace(next_of(refund), state=RefundOfPrepaidState.SENDING, parts=parts)


def with_new_attempt(part: RefundPart, refund_id: str, now: datetime) -> RefundPart:
    """A new intent, after the last one is known not to have been made. Raises `TooManyAttempts`."""
    number = len(part.attempts) + 1
    if number > MAX_ATTEMPTS:
        raise TooManyAttempts("This refund was tried too often. Clear it with Stripe.")
    attempt = Attempt(number=number, key=key_of(refund_id, part.number, number), started_at=now)
    return replace(part, state=PartState.INTENDED, attempts=(*part.attempts, attempt), note=None)


def with_part(refund: RefundOfPrepaid, part: RefundPart) -> RefundOfPrepaid:
    """The refund with one part as it is now, and the state that follows: over when all parts are, sent when any was made."""
    parts = tuple(part if each.number == part.number else each for each in refund.parts)
    states = {each.state for each in parts}
    state = RefundOfPrepaidState.SENDING
    if states <= ENDED:
        state = RefundOfPrepaidState.SENT if PartState.MADE in states else RefundOfPrepaidState.FAILED
    return replace(next_of(refund), parts=parts, state=state)


def amounts_of(refund: RefundOfPrepaid, minor: int) -> dict[Account, int]:
    """What leaves the prepaid money and the balance at Stripe; below 0 what comes back."""
    return {accounts.brand_prepaid(refund.brand_id): minor, accounts.PLATFORM_STRIPE_BALANCE: -minor}


def facts_of(refund: RefundOfPrepaid, state: RefundState) -> dict[str, str]:
    """What the entry rests on, its balance transaction apart."""
    return {"refund_id": refund.refund_id, "stripe_refund_id": state.id, "charge_id": state.charge}


def made_key(state: RefundState) -> str:
    """The key of the transaction that books a refund."""
    return f"refund#{state.id}"


def part_of(refund: RefundOfPrepaid, number: int) -> RefundPart:
    """A part by its number. Raises `OtherRefund`."""
    found = next((part for part in refund.parts if part.number == number), None)
    if found is None:
        raise OtherRefund(f"Refund {refund.refund_id} has no part {number}: compare it with Stripe.")
    return found


def demand_same(refund: RefundOfPrepaid, part: RefundPart, state: RefundState) -> None:
    """Raises `OtherRefund` unless it is the refund of this part."""
    wanted = (part.charge_id, part.amount_minor, refund.currency, part.stripe_id or state.id)
    if (state.charge, state.amount_minor, state.currency, state.id) != wanted:
        raise OtherRefund(f"Stripe's refund {state.id} is not the one that {refund.refund_id} asked for. Compare the two.")


def next_of(refund: RefundOfPrepaid) -> RefundOfPrepaid:
    """The same refund, its version counted on."""
    return replace(refund, version=refund.version + 1)


def _demand(refund: RefundOfPrepaid, states: frozenset[RefundOfPrepaidState], what: str) -> None:
    if refund.state not in states:
        raise RefundMovedOn(f"The refund is {refund.state} and cannot be {what} any more. Load it again.")
