"""What a contract is, who stands on which side of a deal, and how signatures make it bind.

Pure: who signs what at which time comes in as arguments. A contract waits for one signature of each side; silence lets it lapse.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from chalicelib.bookings.states import Party
from chalicelib.contracts.terms import Terms
from chalicelib.core.access import PLATFORM_TENANT, Principal, Role
from chalicelib.core.errors import Conflict, Forbidden, Invalid

SIGNING_DAYS = 7
FRESH_SIGN_IN = timedelta(minutes=10)
CONSENT_VERSION = "consent-2026-1"
CONSENT_TEXT = (
    "I have read this document, agree to it, and agree to sign it electronically. My typed name stands for my signature. "
    "I can download the document and the record of its signatures at any time."
)


class SignatoryNeeded(Forbidden):
    """The caller may see the contract but not sign it for either side."""


class FreshSignInNeeded(Forbidden):
    """Signing needs a sign-in of the last ten minutes."""


class WrongDocument(Conflict):
    """What is signed is not the document that the contract has."""


class AlreadySigned(Conflict):
    """The side has signed already."""


class ContractLapsed(Conflict):
    """The contract was not signed in time."""


class ConsentMissing(Invalid):
    """Consent or the typed name is missing."""


class ContractState(StrEnum):
    """Where a contract stands."""

    TO_SIGN = "to_sign"
    SIGNED = "signed"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedShow:
    """One show of a contract."""

    booking_id: str
    show_id: str
    starts_at: datetime
    minutes: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractVersion:
    """Terms in force for shows that start from `in_force_from` on (None: from the first show)."""

    version: int
    terms: Terms
    document_sha256: str
    in_force_from: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """That a side signed; who and how stands in the evidence."""

    party: Party
    user_id: str
    signed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """Another version that one side proposes. Nothing changes until both have signed it, at the latest at `sign_by`."""

    version: int
    terms: Terms
    in_force_from: datetime
    differences: tuple[str, ...]
    proposed_by: Party
    proposed_at: datetime
    sign_by: datetime
    document_sha256: str = ""
    signatures: tuple[Signature, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What both sides agreed on. `signed_at` is the business time of the second signature; `revision` counts changes of this record.

    `terms` and `document_sha256` are those of the last version; a show belongs to the version that `version_at` gives for its start.
    """

    contract_id: str
    offer_id: str
    brief_id: str
    brand_id: str
    creator_id: str
    agency_id: str | None
    terms: Terms
    versions: tuple[ContractVersion, ...]
    bookings: tuple[BookedShow, ...]
    state: ContractState
    document_sha256: str
    sign_by: datetime
    recorded_at: datetime
    signed_at: datetime | None = None
    signatures: tuple[Signature, ...] = ()
    amendment: Amendment | None = None
    events: int = 0
    last_event_sha256: str = ""
    revision: int = 1


class Deal(Protocol):
    """An offer or a contract, as far as its sides matter."""

    @property
    def brand_id(self) -> str:
        """Whose brief it answers."""
        ...

    @property
    def creator_id(self) -> str:
        """Whose time it is about."""
        ...

    @property
    def agency_id(self) -> str | None:
        """Who stands on the host's side, too."""
        ...


def contract_id_of(offer_id: str) -> str:
    """The id of the contract that an accepted offer becomes."""
    return "ctr_" + offer_id.partition("_")[2]


def booking_id_of(offer_id: str, place: int) -> str:
    """The id of the booking of an offer's show number `place`, from 0."""
    return f"bkg_{offer_id.partition('_')[2]}{place:02}"


def show_id_of(booking_id: str) -> str:
    """The id of a booking's show."""
    return "shw_" + booking_id.partition("_")[2]


def party_of(principal: Principal, deal: Deal) -> Party | None:
    """The side that the caller stands on; the host's agency stands on the host's. None for anybody else."""
    if principal.tenant_id == deal.brand_id:
        return Party.BRAND
    if principal.tenant_id in {deal.creator_id, deal.agency_id}:
        return Party.HOST
    return None


def may_see(principal: Principal, deal: Deal) -> bool:
    """Parties see a deal, and so does the marketplace."""
    return principal.tenant_id == PLATFORM_TENANT or party_of(principal, deal) is not None


def sign_by(accepted_at: datetime, first_start: datetime) -> datetime:
    """When silence ends an unsigned contract: after a week, and in any case when the first show would start."""
    return min(accepted_at + timedelta(days=SIGNING_DAYS), first_start)


def signing_party(principal: Principal, contract: Contract) -> Party:
    """The side that the caller signs for. Raises `SignatoryNeeded`: a viewer or an agency may look, a booker, owner or host signs."""
    if principal.tenant_id == contract.brand_id and principal.role in {Role.BRAND_OWNER, Role.BRAND_BOOKER}:
        return Party.BRAND
    if principal.tenant_id == contract.creator_id and principal.role is Role.CREATOR:
        return Party.HOST
    raise SignatoryNeeded("You may read this contract, but not sign it. It is signed by an owner or booker of the brand, and by the host.")


def sign(contract: Contract, by: Party, user_id: str, document_sha256: str, now: datetime) -> Contract:
    """Add a side's signature; with the second one the contract binds."""
    if contract.state is ContractState.LAPSED or (contract.state is ContractState.TO_SIGN and now >= contract.sign_by):
        raise ContractLapsed(f"This contract was to be signed by {contract.sign_by:%Y-%m-%d %H:%M} UTC. Make a new offer.")
    new = Signature(party=by, user_id=user_id, signed_at=now)
    signatures = with_signature(contract.signatures, new, document_sha256, contract.document_sha256)
    if not is_signed_by_both(signatures):
        return replace(contract, signatures=signatures)
    return replace(contract, signatures=signatures, state=ContractState.SIGNED, signed_at=now)


def with_signature(signatures: tuple[Signature, ...], new: Signature, document_sha256: str, expected_sha256: str) -> tuple[Signature, ...]:
    """The signatures under a document with one more: each side signs once, two people sign, and what is signed is that document."""
    if any(signature.party is new.party for signature in signatures):
        raise AlreadySigned(f"The {new.party.value} has signed this already.")
    if any(signature.user_id == new.user_id for signature in signatures):
        raise SignatoryNeeded("You have signed for the other side. A contract is signed by two people.")
    if document_sha256 != expected_sha256:
        raise WrongDocument("This is not the document that is to be signed. Load it again, read it, and sign that one.")
    return (*signatures, new)


def is_signed_by_both(signatures: tuple[Signature, ...]) -> bool:
    """Whether brand and host have signed."""
    return {Party.BRAND, Party.HOST} <= {signature.party for signature in signatures}


def version_at(contract: Contract, starts_at: datetime) -> ContractVersion:
    """The version that a show with this scheduled start belongs to, with all its sales. Versions come into force one after the other."""
    in_force = [each for each in contract.versions if each.in_force_from is None or each.in_force_from <= starts_at]
    return in_force[-1]
