"""Exceptions of reconciliation as cases that people work on. Pure: who does what at which time comes in as arguments.

A case is opened by the drift that a reconciliation found, has the drift's own id, is resolved by itself when a later reconciliation does
not find it any more, and opened again when it comes back. Comments and owners explain; they never make a drift smaller. An entry does: a
write-off, or a booking to another account (`clearing`), is proposed by one person, approved by another, and booked; the next
reconciliation then finds both sides equal.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.core.errors import Conflict, Forbidden, NotFound
from chalicelib.ledger.rules import Transaction
from chalicelib.reconciliation.clearing import (
    Clearing,
    Destination,
    Target,
    can_be_cleared,
    clearing_key,
    demand_possible,
    entry_of,
)
from chalicelib.reconciliation.rules import Drift

SYSTEM = "system"
WRITTEN_OFF = Destination()
APPROVED_WITHIN = timedelta(days=14)
"""For a second person to approve what is proposed, as for everything that takes two of finance."""
NOT_APPROVED = "Nobody approved it in time."


class CaseNotFound(NotFound):
    """There is no such exception."""


class CaseChanged(Conflict):
    """Somebody else worked on the exception, or a reconciliation saw it anew."""


class NothingToDo(Conflict):
    """The exception is resolved, or has no proposal to decide on."""


class OwnProposal(Forbidden):
    """Who proposed to book a drift away cannot approve it."""


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
class Case:
    """An exception with everything that is known and was done about it. `drift` is as last seen; `version` counts changes."""

    drift: Drift
    state: CaseState
    first_seen_at: datetime
    last_seen_at: datetime
    owner: str | None = None
    resolved_at: datetime | None = None
    history: tuple[Remark, ...] = ()
    write_offs: tuple[Clearing, ...] = ()
    """Write-offs and bookings to other accounts; the last one may wait for its approval."""
    booked_since: bool = False
    """One of them was booked and no reconciliation has looked since: what is left of the drift is not known."""
    version: int = 1

    @property
    def exception_id(self) -> str:
        """The drift's own id: the same facts have the same one each night."""
        return self.drift.exception_id

    @property
    def proposal(self) -> Clearing | None:
        """What waits for a second person."""
        return self.write_offs[-1] if self.write_offs and self.write_offs[-1].key is None else None

    @property
    def can_be_written_off(self) -> bool:
        """Whether its drift stands on an account of ours at Stripe."""
        return can_be_cleared(self.drift)


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


def proposed(case: Case, reason: str, by: str, now: datetime, to: Destination = WRITTEN_OFF) -> Case:
    """To book the drift away as it stands. Raises `CannotBeWrittenOff` with the remedy, `NotATarget`, `NothingToDo`."""
    _demand_open(case)
    demand_possible(case.drift, to)
    if case.proposal is not None:
        raise NothingToDo("A booking is proposed already. Approve or reject that one first.")
    if case.booked_since:
        raise NothingToDo("An entry was booked and nothing was reconciled since. Reconcile again: only what is left can be booked away.")
    new = Clearing(
        amount_minor=case.drift.drift_minor,
        reason=reason,
        proposed_by=by,
        proposed_at=now,
        target=to.target,
        account=to.account,
        contract_id=to.contract_id,
    )
    words = reason if to.target is Target.WRITE_OFF else f"to {to.account}: {reason}"
    return _changed(replace(case, write_offs=(*case.write_offs, new)), Remark(at=now, by=by, did=Did.PROPOSED, text=words))


def rejected(case: Case, reason: str, by: str, now: datetime) -> Case:
    """The proposal falls away; who made it may take it back so as well."""
    _demand_proposal(case)
    return _changed(replace(case, write_offs=case.write_offs[:-1]), Remark(at=now, by=by, did=Did.REJECTED, text=reason))


def lapses_at(proposal: Clearing) -> datetime:
    """When a proposal that nobody has approved falls away."""
    return proposal.proposed_at + APPROVED_WITHIN


def lapsed(case: Case, now: datetime) -> Case:
    """The proposal falls away by itself. Raises `NothingToDo` where there is none, or where it can still be approved."""
    if now < lapses_at(_demand_proposal(case)):
        raise NothingToDo("This proposal can still be approved.")
    return rejected(case, NOT_APPROVED, SYSTEM, now)


def approved(case: Case, by: str, now: datetime, to: Destination = WRITTEN_OFF) -> tuple[Case, Transaction]:
    """The case and what is to be booked together with it. `to` is what the second person said yes to.

    Raises `OwnProposal`, `NothingToDo`, and `CaseChanged` when something else is proposed by now.
    """
    proposal = _demand_proposal(case)
    if proposal.proposed_by == by:
        raise OwnProposal("You proposed this. Ask a colleague to approve it.")
    if (proposal.target, proposal.contract_id) != (to.target, to.contract_id):
        raise CaseChanged("Something else is proposed by now. Load the exception again and decide anew.")
    key = clearing_key(proposal.target, case.exception_id, len(case.write_offs))
    done = replace(proposal, approved_by=by, key=key)
    after = replace(case, write_offs=(*case.write_offs[:-1], done), booked_since=True)
    remark = Remark(at=now, by=by, did=Did.APPROVED, text=proposal.reason)
    return _changed(after, remark), entry_of(case.drift, proposal, key, by, now)


def _demand_open(case: Case) -> None:
    if case.state is not CaseState.OPEN:
        raise NothingToDo("This exception is resolved: the last reconciliation found both sides equal.")


def _demand_proposal(case: Case) -> Clearing:
    _demand_open(case)
    if case.proposal is None:
        raise NothingToDo("No write-off is proposed, nor another booking. Propose one first, or load the exception again.")
    return case.proposal


def _changed(case: Case, remark: Remark) -> Case:
    return replace(case, history=(*case.history, remark), version=case.version + 1)
