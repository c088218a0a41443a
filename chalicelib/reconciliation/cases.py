"""Exceptions of reconciliation as cases that people work on. Pure: who does what at which time comes in as arguments.

A case is opened by the drift that a reconciliation found, has the drift's own id, is resolved by itself when a later reconciliation does
not find it any more, and opened again when it comes back. Comments and owners explain; they never make a drift smaller. A write-off does:
it is proposed by one person, approved by another, and booked; the next reconciliation then finds both sides equal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.core.errors import Conflict, Forbidden, Invalid, NotFound
from chalicelib.ledger.accounts import PLATFORM_STRIPE_BALANCE, PLATFORM_STRIPE_FEES, PLATFORM_WRITE_OFF, Account
from chalicelib.ledger.rules import Transaction, postings_of
from chalicelib.reconciliation.rules import Drift, Leg

WRITE_OFF = "write_off"
SYSTEM = "system"
WRITTEN_OFF_FROM: Mapping[str, Account] = {"balance": PLATFORM_STRIPE_BALANCE, "fees": PLATFORM_STRIPE_FEES}
"""Which account a drift between ledger and Stripe stands on, by the kind of its comparison."""


class CaseNotFound(NotFound):
    """There is no such exception."""


class CaseChanged(Conflict):
    """Somebody else worked on the exception, or a reconciliation saw it anew."""


class NothingToDo(Conflict):
    """The exception is resolved, or has no proposal to decide on."""


class CannotBeWrittenOff(Invalid):
    """The drift is not between ledger and Stripe: it has a cause in our own books, which is mended there."""


class OwnProposal(Forbidden):
    """Who proposed a write-off cannot approve it."""


class CaseState(StrEnum):
    """`OPEN` while the last reconciliation finds it."""

    OPEN = "open"
    RESOLVED = "resolved"


class Did(StrEnum):
    """What happened to a case."""

    SEEN = "seen"
    CHANGED = "changed"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    ASSIGNED = "assigned"
    COMMENTED = "commented"
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """An entry of a case's history."""

    at: datetime
    by: str
    did: Did
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOff:
    """A proposal to book the drift away. `key` is the ledger transaction once it is approved."""

    amount_minor: int
    reason: str
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An exception with everything that is known and was done about it. `drift` is as last seen; `version` counts changes."""

    drift: Drift
    state: CaseState
    first_seen_at: datetime
    last_seen_at: datetime
    owner: str | None = None
    resolved_at: datetime | None = None
    history: tuple[Remark, ...] = ()
    write_offs: tuple[WriteOff, ...] = ()
    booked_since: bool = False
    """A write-off was booked and no reconciliation has looked since: what is left of the drift is not known."""
    version: int = 1

    @property
    def exception_id(self) -> str:
        """The drift's own id: the same facts have the same one each night."""
        return self.drift.exception_id

    @property
    def proposal(self) -> WriteOff | None:
        """The write-off that waits for a second person."""
        return self.write_offs[-1] if self.write_offs and self.write_offs[-1].key is None else None

    @property
    def can_be_written_off(self) -> bool:
        """Whether its drift stands on an account of ours at Stripe."""
        return self.drift.leg is Leg.LEDGER_STRIPE and self.drift.kind in WRITTEN_OFF_FROM and self.drift.drift_minor != 0


def seen(known: Case | None, drift: Drift, now: datetime) -> Case:
    """The case of a drift that was just found; a proposal for another amount than is found now falls away."""
    if known is None:
        return Case(
            drift=drift,
            state=CaseState.OPEN,
            first_seen_at=now,
            last_seen_at=now,
            history=(Remark(at=now, by=SYSTEM, did=Did.SEEN, text=drift.suggestion),),
        )
    history = known.history
    if known.state is CaseState.RESOLVED:
        history = (*history, Remark(at=now, by=SYSTEM, did=Did.REOPENED))
    same = (known.drift.left_minor, known.drift.right_minor) == (drift.left_minor, drift.right_minor)
    if not same:
        text = f"{known.drift.drift_minor} -> {drift.drift_minor} minor units"
        history = (*history, Remark(at=now, by=SYSTEM, did=Did.CHANGED, text=text))
    proposal = known.proposal
    stale = proposal is not None and proposal.amount_minor != drift.drift_minor
    return replace(
        known,
        drift=drift,
        state=CaseState.OPEN,
        last_seen_at=now,
        resolved_at=None,
        history=history,
        write_offs=known.write_offs[:-1] if stale else known.write_offs,
        booked_since=False,
        version=known.version + 1,
    )


def gone(case: Case, now: datetime) -> Case:
    """The case once a reconciliation does not find it any more."""
    remark = Remark(at=now, by=SYSTEM, did=Did.RESOLVED, text="both sides agree")
    kept = case.write_offs[:-1] if case.proposal else case.write_offs
    return _changed(replace(case, state=CaseState.RESOLVED, resolved_at=now, write_offs=kept, booked_since=False), remark)


def assigned(case: Case, owner: str | None, by: str, now: datetime) -> Case:
    """Whose work it is; None is nobody's."""
    return _changed(replace(case, owner=owner), Remark(at=now, by=by, did=Did.ASSIGNED, text=owner or "nobody"))


def commented(case: Case, text: str, by: str, now: datetime) -> Case:
    """What somebody found out."""
    return _changed(case, Remark(at=now, by=by, did=Did.COMMENTED, text=text))


def proposed(case: Case, reason: str, by: str, now: datetime) -> Case:
    """A write-off of the drift as it stands. Raises `CannotBeWrittenOff` with the remedy, `NothingToDo`."""
    _demand_open(case)
    if not case.can_be_written_off:
        raise CannotBeWrittenOff(
            "Only a drift between the ledger and Stripe's balance or fees is written off. This one has its cause elsewhere: "
            + case.drift.suggestion
        )
    if case.proposal is not None:
        raise NothingToDo("A write-off is proposed already. Approve or reject that one first.")
    if case.booked_since:
        raise NothingToDo("A write-off was booked and nothing was reconciled since. Reconcile again: only what is left can be written off.")
    new = WriteOff(amount_minor=case.drift.drift_minor, reason=reason, proposed_by=by, proposed_at=now)
    return _changed(replace(case, write_offs=(*case.write_offs, new)), Remark(at=now, by=by, did=Did.PROPOSED, text=reason))


def rejected(case: Case, reason: str, by: str, now: datetime) -> Case:
    """The proposal falls away; who made it may take it back so as well."""
    _demand_proposal(case)
    return _changed(replace(case, write_offs=case.write_offs[:-1]), Remark(at=now, by=by, did=Did.REJECTED, text=reason))


def approved(case: Case, by: str, now: datetime) -> tuple[Case, Transaction]:
    """The case and what is to be booked together with it. Raises `OwnProposal`, `NothingToDo`."""
    proposal = _demand_proposal(case)
    if proposal.proposed_by == by:
        raise OwnProposal("You proposed this write-off. Ask a colleague to approve it.")
    key = f"{WRITE_OFF}#{case.exception_id}#{len(case.write_offs)}"
    done = replace(proposal, approved_by=by, key=key)
    after = replace(case, write_offs=(*case.write_offs[:-1], done), booked_since=True)
    return _changed(after, Remark(at=now, by=by, did=Did.APPROVED, text=proposal.reason)), _booking(case.drift, proposal, key, by, now)


def _booking(drift: Drift, proposal: WriteOff, key: str, by: str, now: datetime) -> Transaction:
    """Brings the account to what Stripe says; the other side is the loss, or the gain."""
    amounts = {WRITTEN_OFF_FROM[drift.kind]: proposal.amount_minor, PLATFORM_WRITE_OFF: -proposal.amount_minor}
    return Transaction(
        key=key,
        kind=WRITE_OFF,
        occurred_at=now,
        reason=proposal.reason,
        postings=postings_of(amounts, drift.currency),
        facts={
            "balance_transaction": drift.key,
            "exception_id": drift.exception_id,
            "proposed_by": proposal.proposed_by,
            "approved_by": by,
        },
    )


def _demand_open(case: Case) -> None:
    if case.state is not CaseState.OPEN:
        raise NothingToDo("This exception is resolved: the last reconciliation found both sides equal.")


def _demand_proposal(case: Case) -> WriteOff:
    _demand_open(case)
    if case.proposal is None:
        raise NothingToDo("No write-off is proposed. Propose one first, or load the exception again.")
    return case.proposal


def _changed(case: Case, remark: Remark) -> Case:
    return replace(case, history=(*case.history, remark), version=case.version + 1)
