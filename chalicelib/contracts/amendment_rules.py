"""Amending a signed contract. Pure: who proposes or signs what at which time comes in as arguments.

An amendment is a new version of the terms that binds shows which start from an instant on, once both sides have signed it. What was
before keeps its version: a rate edit can never change a past show. One amendment is open at a time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.bookings.states import Party
from chalicelib.contracts.differences import differences
from chalicelib.contracts.errors import ContractLapsed
from chalicelib.contracts.periods import SIGNED_WITHIN
from chalicelib.contracts.rules import (
    Amendment,
    Contract,
    ContractState,
    ContractVersion,
    Signature,
    is_signed_by_both,
    with_signature,
)
from chalicelib.contracts.terms import Terms
from chalicelib.contracts.terms_check import BadTerms, check_amendment
from chalicelib.core.errors import Conflict, Invalid, NotFound


class NotAmendable(Conflict):
    """The contract is not in a state in which it can be amended."""


class BadAmendment(Invalid):
    """An amendment that could never bind anything, or that reaches into the past."""


class AmendmentNotFound(NotFound):
    """There is no such amendment waiting for signatures."""


def propose(contract: Contract, by: Party, terms: Terms, *, in_force_from: datetime, reset_totals: bool, now: datetime) -> Amendment:
    """The amendment that one side proposes; its document is still to be drawn up.

    Contract-wide totals carry on from what was reached unless `reset_totals` says otherwise. Raises `NotAmendable`, `BadAmendment`,
    `BadTerms`.
    """
    if contract.ending is not None:
        raise NotAmendable("This contract ended before both sides had signed it, so there is nothing to amend. Make a new offer.")
    if contract.state is not ContractState.SIGNED:
        raise NotAmendable("Only a contract that both sides have signed can be amended.")
    if contract.amendment is not None:
        raise NotAmendable(f"Version {contract.amendment.version} is waiting for signatures. Sign or decline that one first.")
    last = contract.versions[-1]
    problem = next(_problems_of_time(contract, in_force_from, now), None)
    if problem:
        raise BadAmendment(problem, fields={"in_force_from": problem})
    version = last.version + 1
    terms = replace(terms, totals_from_version=version if reset_totals else last.terms.totals_from_version)
    problems = check_amendment(last.terms, terms) | dict(_problems_of_others(contract, terms))
    if problems:
        raise BadTerms(next(iter(problems.values())), fields=problems)
    changed = differences(last.terms, terms)
    if reset_totals:
        changed = (*changed, "totals of the contract start again at 0")
    if not changed:
        raise BadAmendment("These are the terms in force. Change something.", fields={"terms": "nothing has changed"})
    return Amendment(
        version=version,
        terms=terms,
        in_force_from=in_force_from,
        differences=changed,
        proposed_by=by,
        proposed_at=now,
        sign_by=min(now + SIGNED_WITHIN, in_force_from),
    )


def require_shows_to_come(amendment: Amendment, to_come: Sequence[datetime]) -> None:
    """Raises `NotAmendable` unless a show still to come, of which these are the starts, would be bound."""
    if not to_come:
        raise NotAmendable("This contract has ended: none of its shows is still to come. Make a new offer.")
    if max(to_come) < amendment.in_force_from:
        raise NotAmendable("No show that is still to come starts from then on, so nothing would change.")


def _problems_of_time(contract: Contract, in_force_from: datetime, now: datetime) -> Iterator[str]:
    """Why an amendment cannot be in force from this instant on."""
    if in_force_from <= now:
        yield "An amendment cannot reach into the past: shows that have begun keep their terms. Choose a later moment."
    before = contract.versions[-1].in_force_from
    if before is not None and in_force_from <= before:
        yield f"Version {contract.versions[-1].version} comes into force on {before:%Y-%m-%d %H:%M} UTC. Choose a later moment."
    if all(show.starts_at < in_force_from for show in contract.bookings):
        yield "No show of this contract starts from then on, so nothing would change. Choose an earlier moment."


def _problems_of_others(contract: Contract, terms: Terms) -> Iterator[tuple[str, str]]:
    """What the two sides cannot agree on between themselves: the marketplace's fee, and shares of strangers."""
    if terms.platform_fee != contract.versions[-1].terms.platform_fee:
        yield "platform_fee", "The marketplace sets its fee; leave it as it is in force."
    known = {contract.agency_id, *(split.payee_id for each in contract.versions for split in each.terms.splits)}
    strangers = [split.payee_id for split in terms.splits if split.payee_id not in known]
    if strangers:
        yield "splits", f"{strangers[0]} has no part in this contract. Only the host's agency can have a share."


def version_of(text: str) -> int:
    """A version's number as it stands in an address. Raises `AmendmentNotFound`."""
    if not text.isdecimal():
        raise AmendmentNotFound("This contract has no such version.")
    return int(text)


def open_amendment(contract: Contract, version: int) -> Amendment:
    """The amendment that waits for signatures, named by its version. Raises `AmendmentNotFound`."""
    if contract.amendment is None or contract.amendment.version != version:
        raise AmendmentNotFound(f"Version {version} is not waiting for signatures: it was signed, declined or never proposed.")
    return contract.amendment


def sign_amendment(contract: Contract, version: int, new: Signature, document_sha256: str) -> Contract:
    """Add a side's signature; with the second one the version joins the contract."""
    amendment = open_amendment(contract, version)
    if new.signed_at >= amendment.sign_by:
        raise ContractLapsed(f"This amendment was to be signed by {amendment.sign_by:%Y-%m-%d %H:%M} UTC. Propose it anew.")
    signatures = with_signature(amendment.signatures, new, document_sha256, amendment.document_sha256, amendment.terms.signing_order)
    if not is_signed_by_both(signatures):
        return replace(contract, amendment=replace(amendment, signatures=signatures))
    binding = ContractVersion(
        version=amendment.version,
        terms=amendment.terms,
        document_sha256=amendment.document_sha256,
        in_force_from=amendment.in_force_from,
        agreed_at=new.signed_at,
    )
    return replace(
        contract,
        versions=(*contract.versions, binding),
        terms=amendment.terms,
        document_sha256=amendment.document_sha256,
        amendment=None,
    )
