"""What was agreed stays as it was agreed. Pure; the store asks before each write, so that nothing else can go round it.

The rate lock rests on it: what a brand announces later, in a brief or in its standard terms, reaches no offer and no contract that is
already there. A version on the table is never edited, a signed one neither; a contract changes by an amendment that both have signed.
"""

from datetime import datetime

from chalicelib.contracts.negotiation import Offer
from chalicelib.contracts.rules import Contract, ContractState, ContractVersion


class TermsAreFrozen(RuntimeError):
    """The program tried to change what was agreed."""


def require_same_offer(before: Offer, after: Offer) -> None:
    """Raises `TermsAreFrozen` unless every version that was on the table is as it was, and the parties and shows are."""
    same = (after.versions[: len(before.versions)], after.brand_id, after.creator_id, after.agency_id, after.shows)
    if same != (before.versions, before.brand_id, before.creator_id, before.agency_id, before.shows):
        raise TermsAreFrozen(f"A version of offer {before.offer_id} must not change. Put another one on the table.")


def require_same_contract(before: Contract, after: Contract) -> None:
    """Raises `TermsAreFrozen` unless all versions are as they were, but for the one that an open amendment adds.

    As long as it waits for signatures, the same terms may be drawn up anew for fewer shows; whoever had signed has then to sign again.
    """
    if before.state is ContractState.TO_SIGN and _same_terms_anew(before, after):
        return
    if _stands_for_its_last_version(after) and after.versions == before.versions:
        return
    if _stands_for_its_last_version(after) and after.versions == (*before.versions, _amended(before, after.versions[-1].agreed_at)):
        return
    raise TermsAreFrozen(f"The terms of contract {before.contract_id} must not change but by an amendment.")


def _same_terms_anew(before: Contract, after: Contract) -> bool:
    unsigned = not after.signatures and len(after.bookings) < len(before.bookings)
    return unsigned and _stands_for_its_last_version(after) and [each.terms for each in after.versions] == [before.terms]


def _stands_for_its_last_version(contract: Contract) -> bool:
    last = contract.versions[-1]
    return (contract.terms, contract.document_sha256) == (last.terms, last.document_sha256)


def _amended(contract: Contract, agreed_at: datetime | None) -> ContractVersion | None:
    amendment = contract.amendment
    if amendment is None:
        return None
    return ContractVersion(
        version=amendment.version,
        terms=amendment.terms,
        document_sha256=amendment.document_sha256,
        in_force_from=amendment.in_force_from,
        agreed_at=agreed_at,
    )
