"""What waits of an exception: a proposal to book it away, for a second person; in words for mail. Pure.

An open exception itself waits for nobody's word: each night's reconciliation looks at it anew, and no month closes over it.
"""

from chalicelib.core.access import APPROVERS, PLATFORM_TENANT
from chalicelib.core.money import with_currency
from chalicelib.notices.rules import DAY, FINANCE_TOLD, About, Audience, Happening, Kind, Seen, Wait
from chalicelib.reconciliation.cases import NOT_APPROVED, SYSTEM, Case, CaseState, Did, lapses_at

PROPOSAL = "exception_approval"
PROPOSED = Kind(
    name="exception_proposed",
    subject="To approve: {amount} booked away",
    lines=(
        "It is proposed to book {amount} of an exception away, and waits for the approval of a second person.",
        "Without it the proposal falls away at {ends_at}.",
    ),
    link_label="See the exception",
)
AWAITED = Kind(
    name="exception_awaited",
    subject="Waits for approval until {ends_at}: {amount} booked away",
    lines=(
        "A proposal to book {amount} of an exception away still waits for the approval of a second person.",
        "Without it the proposal falls away at {ends_at}, and the exception stays open.",
    ),
    link_label="See the exception",
    required=True,
)
LAPSED = Kind(
    name="exception_proposal_lapsed",
    subject="Not approved in time: {amount} booked away",
    lines=("Nobody approved in time to book {amount} of an exception away. The proposal has fallen away, the exception is open.",),
    link_label="See the exception",
    required=True,
)
REMINDERS = (7 * DAY, DAY)
APPROVERS_TOLD = Audience(tenant_id=PLATFORM_TENANT, roles=APPROVERS)


def of_case(case: Case) -> Seen:
    """What is proposed about an exception, or fell away as nobody approved it."""
    proposal = case.proposal
    if case.state is CaseState.OPEN and proposal is not None:
        key, ends_at = f"{case.exception_id} {proposal.proposed_at.isoformat()}", lapses_at(proposal)
        about = About(path=_path(case), facts={"amount": _amount(case, proposal.amount_minor)}, times={"ends_at": ends_at})
        wait = Wait(
            state=PROPOSAL,
            key=case.exception_id,
            ends_at=ends_at,
            began_at=proposal.proposed_at,
            asked=(APPROVERS_TOLD,),
            reminder=AWAITED,
            before=REMINDERS,
            about=about,
        )
        told = Happening(kind=PROPOSED, key=key, at=proposal.proposed_at, told=(APPROVERS_TOLD,), about=about)
        return Seen(waits=(wait,), happenings=(told,))
    return Seen(happenings=tuple(_lapsed(case)))


def _lapsed(case: Case) -> list[Happening]:
    last = case.history[-1] if case.history else None
    if last is None or (last.by, last.did, last.text) != (SYSTEM, Did.REJECTED, NOT_APPROVED):
        return []
    about = About(path=_path(case), facts={"amount": _amount(case, case.drift.drift_minor)})
    key = f"{case.exception_id} {last.at.isoformat()}"
    return [Happening(kind=LAPSED, key=key, at=last.at, told=(FINANCE_TOLD,), about=about)]


def _path(case: Case) -> str:
    return f"/finance/exceptions/{case.exception_id}"


def _amount(case: Case, minor: int) -> str:
    return with_currency(minor, case.drift.currency)
