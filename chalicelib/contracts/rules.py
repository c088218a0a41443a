"""What a contract is, who stands on which side of a deal, and how signatures make it bind.

Pure: who signs what at which time comes in as arguments. A contract waits for one signature of each side; silence lets it lapse.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from chalicelib.bookings.states import Party
from chalicelib.contracts.errors import (
    AlreadySigned,
    ContractDeclined,
    ContractLapsed,
    OutOfOrder,
    SignatoryNeeded,
    WrongDocument,
)
from chalicelib.contracts.periods import SIGNED_WITHIN
from chalicelib.contracts.reasons import reason_given
from chalicelib.contracts.terms import SigningOrder, Terms
from chalicelib.core.access import PLATFORM_TENANT, Principal, Role
from chalicelib.core.clock import day_in

SIDES = frozenset({Party.BRAND, Party.HOST})
FIRST_TO_SIGN = {SigningOrder.BRAND_FIRST: Party.BRAND, SigningOrder.HOST_FIRST: Party.HOST}
FRESH_SIGN_IN = timedelta(minutes=10)
CONSENT_VERSION = "consent-2026-1"
CONSENT_TEXT = (
    "I have read this document, agree to it, and agree to sign it electronically. My typed name stands for my signature. "
    "I can download the document and the record of its signatures at any time."
)


class ContractState(StrEnum):
    """Where a contract stands."""

    TO_SIGN = "to_sign"
    SIGNED = "signed"
    LAPSED = "lapsed"
    ENDED = "ended"
    """All its shows were called off before it was signed."""
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerStart:
    """A start that a show had until the instant at which another one was agreed on."""

    starts_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedShow:
    """One show of a contract, with its former starts in order; a make-up show was agreed on at `agreed_at`, later than the rest.

    `makes_up_for` names the show that it makes up for; where the guarantee is over the contract, one of those that it is of.
    """

    booking_id: str
    show_id: str
    starts_at: datetime
    minutes: int
    title: str
    former_starts: tuple[FormerStart, ...] = ()
    is_make_up: bool = False
    makes_up_for: str | None = None
    agreed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractVersion:
    """Terms for shows that start from `in_force_from` on, agreed on at `agreed_at` (None: for the first show, with the contract)."""

    version: int
    terms: Terms
    document_sha256: str
    in_force_from: datetime | None = None
    agreed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """That a side signed; who and how stands in the evidence."""

    party: Party
    user_id: str
    signed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Why a contract ended before both sides had signed: a side declined, or time passed (`by` the platform)."""

    by: Party
    reason: str
    at: datetime


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
    ending: Ending | None = None
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


def offer_id_of(contract_id: str) -> str:
    """The id of the offer that a contract comes from, be it drawn up yet or not."""
    return "ofr_" + contract_id.partition("_")[2]


def booking_id_of(offer_id: str, place: int) -> str:
    """The id of the booking of an offer's show number `place`, from 0."""
    return f"bkg_{offer_id.partition('_')[2]}{place:02}"


def show_id_of(booking_id: str) -> str:
    """The id of a booking's show; it stays when the show moves and is booked anew (``bkg_1``, ``bkg_1-2``)."""
    return "shw_" + booking_id.partition("_")[2].partition("-")[0]


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
    return min(accepted_at + SIGNED_WITHIN, first_start)


def signing_party(principal: Principal, contract: Contract) -> Party:
    """The side that the caller signs for. Raises `SignatoryNeeded`: a viewer or an agency may look, a booker, owner or host signs."""
    if principal.tenant_id == contract.brand_id and principal.role in {Role.BRAND_OWNER, Role.BRAND_BOOKER}:
        return Party.BRAND
    if principal.tenant_id == contract.creator_id and principal.role is Role.CREATOR:
        return Party.HOST
    raise SignatoryNeeded("You may read this contract, but not sign it. It is signed by an owner or booker of the brand, and by the host.")


def awaited(signatures: tuple[Signature, ...], order: SigningOrder) -> frozenset[Party]:
    """The sides that may sign next; none when both have."""
    left = SIDES - {signature.party for signature in signatures}
    first = FIRST_TO_SIGN.get(order)
    return frozenset({first}) if first in left else left


def sign(contract: Contract, by: Party, user_id: str, document_sha256: str, now: datetime) -> Contract:
    """Add a side's signature; with the second one the contract binds."""
    _require_alive(contract, now)
    new = Signature(party=by, user_id=user_id, signed_at=now)
    signatures = with_signature(contract.signatures, new, document_sha256, contract.document_sha256, contract.terms.signing_order)
    if not is_signed_by_both(signatures):
        return replace(contract, signatures=signatures)
    return replace(contract, signatures=signatures, state=ContractState.SIGNED, signed_at=now)


def decline(contract: Contract, by: Party, reason: str, now: datetime) -> Contract:
    """End a contract as a side that has not signed it, with a reason that both sides see."""
    _require_alive(contract, now)
    if contract.state is ContractState.SIGNED or by not in SIDES - {signature.party for signature in contract.signatures}:
        raise AlreadySigned(f"The {by.value} has signed this already, so it cannot decline any more.")
    return replace(contract, state=ContractState.DECLINED, ending=Ending(by=by, reason=reason_given(reason), at=now))


def lapse(contract: Contract, now: datetime) -> Contract:
    """End a contract that was not signed in time, and say who did not sign."""
    silent = " and ".join(
        f"the {side.value}" for side in (Party.BRAND, Party.HOST) if side not in {each.party for each in contract.signatures}
    )
    reason = f"It was not signed by {silent} until {contract.sign_by:%Y-%m-%d %H:%M} UTC."
    return replace(contract, state=ContractState.LAPSED, ending=Ending(by=Party.PLATFORM, reason=reason, at=now))


def _require_alive(contract: Contract, now: datetime) -> None:
    if contract.state is ContractState.ENDED:
        raise ContractLapsed("All shows of this contract were called off, so there is nothing to sign. Make a new offer.")
    if contract.state is ContractState.DECLINED:
        why = f": {contract.ending.reason}" if contract.ending is not None else "."
        raise ContractDeclined(f"This contract was declined{why} Make a new offer.")
    if contract.state is ContractState.LAPSED or (contract.state is ContractState.TO_SIGN and now >= contract.sign_by):
        raise ContractLapsed(f"This contract was to be signed by {contract.sign_by:%Y-%m-%d %H:%M} UTC. Make a new offer.")


def with_signature(
    signatures: tuple[Signature, ...], new: Signature, document_sha256: str, expected_sha256: str, order: SigningOrder
) -> tuple[Signature, ...]:
    """The signatures under a document with one more.

    Each side signs once, in the order that the document says; two people sign, and what is signed is that document.
    """
    if any(signature.party is new.party for signature in signatures):
        raise AlreadySigned(f"The {new.party.value} has signed this already.")
    if any(signature.user_id == new.user_id for signature in signatures):
        raise SignatoryNeeded("You have signed for the other side. A contract is signed by two people.")
    if document_sha256 != expected_sha256:
        raise WrongDocument("This is not the document that is to be signed. Load it again, read it, and sign that one.")
    if new.party not in awaited(signatures, order):
        other = next(iter(SIDES - {new.party})).value
        raise OutOfOrder(f"This document says that the {other} signs first. You can sign as soon as the {other} has.")
    return (*signatures, new)


def is_signed_by_both(signatures: tuple[Signature, ...]) -> bool:
    """Whether brand and host have signed."""
    return {signature.party for signature in signatures} >= SIDES


def version_at(contract: Contract, starts_at: datetime, as_of: datetime | None = None) -> ContractVersion:
    """The version that a show with this scheduled start belongs to, with all its sales; `as_of` an instant, of those agreed by then.

    Versions come into force one after the other.
    """
    agreed = [each for each in contract.versions if as_of is None or each.agreed_at is None or each.agreed_at <= as_of]
    return [each for each in agreed if each.in_force_from is None or each.in_force_from <= starts_at][-1]


def forbids(contract: Contract, category: str, instant: datetime) -> bool:
    """Whether the host has promised in this contract to work for no other brand in this category on that day, in the contract's zone."""
    terms = version_at(contract, instant).terms
    if terms.exclusivity is None or category.casefold() not in {each.casefold() for each in terms.exclusivity.categories}:
        return False
    first, last = terms.exclusivity.from_day, terms.exclusivity.until_day
    return date.fromisoformat(first) <= day_in(terms.timezone, instant) <= date.fromisoformat(last)
