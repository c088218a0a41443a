"""The use cases of exceptions: kept up to date by each reconciliation, worked on by finance, booked away by two people."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial

from chalicelib.adapters.dynamo import Transaction
from chalicelib.core.access import PLATFORM_TENANT, Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.core.errors import Invalid
from chalicelib.directory.rules import person_id
from chalicelib.directory.service import Directory
from chalicelib.ledger.service import Joined, LedgerService
from chalicelib.notices.rules import LOOK, exception_subject
from chalicelib.payouts.fundings import Fundings
from chalicelib.reconciliation import cases
from chalicelib.reconciliation.cases import Case, CaseChanged, CaseState
from chalicelib.reconciliation.clearing import ACCOUNTS, Destination, NotATarget, Target
from chalicelib.reconciliation.rules import Drift
from chalicelib.reconciliation.store import ReconciliationStore

MAX_NEW_CASES = 2_000
"""As many drifts as become cases in one run; when more are found something is wrong as a whole, and the report lists them all."""

MAX_CASES_LISTED = 100
MAX_TRIES = 5


class NotOfFinance(Invalid):
    """An exception is owned by somebody of the marketplace's own staff."""


class Exceptions:
    """Use cases of exceptions."""

    def __init__(
        self, *, store: ReconciliationStore, ledger: LedgerService, fundings: Fundings, directory: Directory, clock: Clock
    ) -> None:
        """`fundings` knows what brands have paid for which contract, `directory` who belongs to finance."""
        self._store = store
        self._ledger = ledger
        self._fundings = fundings
        self._directory = directory
        self._clock = clock

    def follow(self, drifts: Iterable[Drift]) -> tuple[Drift, ...]:
        """Bring the cases up to what a reconciliation found; answers the drifts with owner and age. Doing it again adds nothing."""
        now = self._clock.now()
        found = {drift.exception_id: drift for drift in drifts}
        known = {case.exception_id: case for case in (*self._store.cases(CaseState.OPEN), *self._store.cases_of(list(found)))}
        for exception_id, case in known.items():
            if exception_id not in found:
                self._keep_up(exception_id, case, partial(_gone, now=now))
        dated, new = [], 0
        for exception_id, drift in found.items():
            before = known.get(exception_id)
            new += before is None
            if before is None and new > MAX_NEW_CASES:
                dated.append(replace(drift, first_seen_at=now))
                continue
            after = self._keep_up(exception_id, before, partial(cases.seen, drift=drift, now=now))
            dated.append(replace(drift, owner=after.owner or "finance", first_seen_at=after.first_seen_at))
        return tuple(dated)

    def list(self, *, resolved: bool = False, after: str | None = None) -> tuple[Case, ...]:
        """A page of open exceptions, the oldest first, or of the resolved ones, the newest first: those after the one with an id.

        Raises `CaseNotFound` for an id that there is not.
        """
        state = CaseState.RESOLVED if resolved else CaseState.OPEN
        return tuple(self._store.cases(state, MAX_CASES_LISTED, None if after is None else self._store.case(after)))

    def get(self, exception_id: str) -> Case:
        """One exception. Raises `CaseNotFound`."""
        return self._store.case(exception_id)

    def assign(self, principal: Principal, exception_id: str, email: str | None) -> Case:
        """Make it somebody's work, or nobody's. Raises `NotOfFinance`."""
        before = self._store.case(exception_id)
        if email is not None and PLATFORM_TENANT not in {tenant for tenant, _ in self._directory.memberships(email)}:
            raise NotOfFinance(f"{email} does not belong to finance. Give the address of a colleague.", fields={"email": "is no colleague"})
        owner = None if email is None else person_id(email)
        return self._write(cases.assigned(before, owner, principal.user_id, self._clock.now()), before)

    def comment(self, principal: Principal, exception_id: str, text: str) -> Case:
        """Say what was found out."""
        before = self._store.case(exception_id)
        return self._write(cases.commented(before, text, principal.user_id, self._clock.now()), before)

    def propose_write_off(self, principal: Principal, exception_id: str, reason: str) -> Case:
        """Propose to book the drift away as a loss or a gain; somebody else has to approve."""
        return self._propose(principal, exception_id, reason, cases.WRITTEN_OFF)

    def propose_booking(self, principal: Principal, exception_id: str, reason: str, target: Target, contract_id: str | None = None) -> Case:
        """Propose to book the drift to what it is; a brand's money needs its contract. Raises `NotATarget`, `NoSuchContract`."""
        return self._propose(principal, exception_id, reason, self._destination(target, contract_id))

    def reject(self, principal: Principal, exception_id: str, reason: str) -> Case:
        """Say no to a proposal, or take the own one back."""
        before = self._store.case(exception_id)
        return self._write(cases.rejected(before, reason, principal.user_id, self._clock.now()), before)

    def lapse(self, exception_id: str) -> None:
        """Let a proposal that nobody approved in time fall away, asked for by the clock. Raises `NothingToDo`."""
        before = self._store.case(exception_id)
        self._write(cases.lapsed(before, self._clock.now()), before)

    def approve_write_off(self, principal: Principal, exception_id: str) -> Case:
        """Book the proposal; the case and the entry change together. The next reconciliation finds the sides equal."""
        return self._approve(principal, exception_id, cases.WRITTEN_OFF)

    def approve_booking(self, principal: Principal, exception_id: str, target: Target, contract_id: str | None = None) -> Case:
        """Likewise, when this target is what is proposed; a contract's funds move with its brand's prepaid money.

        Raises `CaseChanged` when something else is proposed by now, `MoreThanWasPaid`.
        """
        return self._approve(principal, exception_id, self._destination(target, contract_id))

    def _propose(self, principal: Principal, exception_id: str, reason: str, to: Destination) -> Case:
        before = self._store.case(exception_id)
        after = cases.proposed(before, reason, principal.user_id, self._clock.now(), to)
        self._store.write_case(writes := Transaction(), after, before)
        writes.announce(LOOK, exception_subject(exception_id), iso(self._clock.real_now())).commit()
        return after

    def _approve(self, principal: Principal, exception_id: str, to: Destination) -> Case:
        before = self._store.case(exception_id)
        after, transaction = cases.approved(before, principal.user_id, self._clock.now(), to)

        def book(join: Joined = _nothing_more) -> None:
            def joined(writes: Transaction) -> None:
                self._store.write_case(writes, after, before)
                join(writes)

            self._ledger.post(transaction, joined=joined)

        if to.contract_id is None:
            book()
        else:
            self._fundings.correct(to.contract_id, after.write_offs[-1].amount_minor, book)
        return after

    def _destination(self, target: Target, contract_id: str | None) -> Destination:
        if target is Target.WRITE_OFF:
            raise NotATarget("A write-off is proposed and approved by its own name.")
        if (contract_id is not None) != (target is Target.BRAND_PREPAID):
            raise NotATarget("Name a contract for a brand's prepaid money, and for nothing else.")
        if contract_id is None:
            return Destination(target=target, account=ACCOUNTS[target])
        account, currency = self._fundings.prepaid_of(contract_id)
        return Destination(target=target, account=account, contract_id=contract_id, currency=currency)

    def _keep_up(self, exception_id: str, before: Case | None, change: Callable[[Case | None], Case]) -> Case:
        """Write what a reconciliation found, over whatever people do to the case meanwhile."""
        for _ in range(MAX_TRIES):
            with suppress(CaseChanged):
                return self._write(change(before), before)
            before = self._store.case(exception_id)
        raise CaseChanged(f"Many people work on {exception_id} just now. The reconciliation is tried again.")

    def _write(self, after: Case, before: Case | None) -> Case:
        writes = Transaction()
        self._store.write_case(writes, after, before)
        writes.commit()
        return after


def _nothing_more(_: Transaction) -> None:
    """Joins nothing to a write."""


def _gone(case: Case | None, now: datetime) -> Case:
    if case is None:
        raise cases.CaseNotFound("There is no such exception.")
    return cases.gone(case, now) if case.state is CaseState.OPEN else case


__all__ = ["CaseChanged", "Exceptions", "NotOfFinance"]
