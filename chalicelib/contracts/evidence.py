"""The record of how a contract was signed: events chained by hashes, so that none can be changed, dropped or put in later. Pure.

What identifies the signer (address, typed name, network address, browser) is kept apart from the chain, which holds only its salted
hash: it can be erased on request without breaking the chain.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import msgspec

from chalicelib.bookings.states import Party
from chalicelib.contracts.rules import CONSENT_VERSION, Contract
from chalicelib.core.clock import iso

AUTHENTICATION_METHOD = "openid code flow with pkce"
CAME_LATER = frozenset({"reason"})


class EventKind(StrEnum):
    """What happened to a document."""

    CREATED = "created"
    SENT = "sent"
    VIEWED = "viewed"
    CONSENTED = "consented"
    SIGNED = "signed"
    COMPLETED = "completed"
    PROPOSED = "proposed"
    DECLINED = "declined"
    LAPSED = "lapsed"
    ENDED = "ended"


BY_CONSENT = frozenset({EventKind.CONSENTED, EventKind.SIGNED})


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerDetails:
    """Personal data of one event. `salt` keeps the hash from being guessed once this is erased; `reason` is why somebody declined."""

    salt: str
    email: str
    typed_name: str
    address: str
    user_agent: str
    locale: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureEvent:
    """One link of the chain. Times are UTC to the millisecond; `sha256` covers everything else, `before` included.

    `party` is the side that acted, of `sent` the side that it was put before; the document's id is the contract's with the version.
    """

    contract_id: str
    number: int
    kind: EventKind
    at: str
    party: Party
    user_id: str
    authentication: str
    authenticated_at: str
    document_version: int
    document_sha256: str
    consent_version: str
    details_sha256: str
    before: str
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent:
    """An event with its personal part, which is None for the platform's own events and after erasure."""

    event: SignatureEvent
    signer: SignerDetails | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What is to be recorded: who did what, how they had proved who they are."""

    kind: EventKind
    party: Party
    user_id: str
    authenticated_at: datetime | None = None
    details: SignerDetails | None = None


def hashed(value: SignatureEvent | SignerDetails) -> dict[str, object]:
    """What is hashed of a value: all of it but fields that came later and say nothing, so that older chains still hold."""
    said: dict[str, object] = msgspec.to_builtins(value)
    return {name: each for name, each in said.items() if each or name not in CAME_LATER}


def sha256_of(value: SignatureEvent | SignerDetails) -> str:
    """SHA-256 (hex) of a value's canonical JSON: names in order, no blanks, UTF-8."""
    return hashlib.sha256(msgspec.json.encode(hashed(value), order="sorted")).hexdigest()


def append(
    contract: Contract, acts: Sequence[Act], at: datetime, *, document: tuple[int, str] | None = None
) -> tuple[Contract, tuple[RecordedEvent, ...]]:
    """The contract with its chain longer by these acts, and the events to store.

    `document` is the version and SHA-256 that the acts are about; without it those of the contract's last version.
    """
    recorded: list[RecordedEvent] = []
    for act in acts:
        event = _event(contract, act, at, document or (contract.versions[-1].version, contract.document_sha256))
        contract = replace(contract, events=event.number, last_event_sha256=event.sha256)
        recorded.append(RecordedEvent(event=event, signer=act.details))
    return contract, tuple(recorded)


def has_viewed(events: Sequence[RecordedEvent], user_id: str, document: tuple[int, str]) -> bool:
    """Whether somebody has been shown exactly this document: its version and SHA-256."""
    seen = ((entry.event.kind, entry.event.user_id, entry.event.document_version, entry.event.document_sha256) for entry in events)
    return (EventKind.VIEWED, user_id, *document) in seen


def is_intact(contract: Contract, recorded: Sequence[RecordedEvent]) -> bool:
    """Whether the chain is complete, unchanged and ends where the contract says, and each personal part is the one that was hashed."""
    before = ""
    for number, entry in enumerate(recorded, 1):
        event = entry.event
        linked = event.number == number and event.before == before and event.contract_id == contract.contract_id
        if not linked or _sealed(event).sha256 != event.sha256:
            return False
        if entry.signer is not None and sha256_of(entry.signer) != event.details_sha256:
            return False
        before = event.sha256
    return len(recorded) == contract.events and before == contract.last_event_sha256


def _event(contract: Contract, act: Act, at: datetime, document: tuple[int, str]) -> SignatureEvent:
    return _sealed(
        SignatureEvent(
            contract_id=contract.contract_id,
            number=contract.events + 1,
            kind=act.kind,
            at=iso(at),
            party=act.party,
            user_id=act.user_id,
            authentication=AUTHENTICATION_METHOD if act.authenticated_at is not None else "none: recorded by the system",
            authenticated_at=iso(act.authenticated_at) if act.authenticated_at is not None else "",
            document_version=document[0],
            document_sha256=document[1],
            consent_version=CONSENT_VERSION if act.kind in BY_CONSENT else "",
            details_sha256=sha256_of(act.details) if act.details is not None else "",
            before=contract.last_event_sha256,
        )
    )


def _sealed(event: SignatureEvent) -> SignatureEvent:
    return replace(event, sha256=sha256_of(replace(event, sha256="")))
