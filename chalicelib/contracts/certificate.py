"""The file of a signed contract before it is sealed: its words, a certificate of who signed how, and the evidence for programs. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
from reportlab.platypus import Flowable

from chalicelib.contracts.contract_pdf import story
from chalicelib.contracts.evidence import EventKind, RecordedEvent
from chalicelib.contracts.reading import consent_in, read_document
from chalicelib.contracts.rules import Contract, ContractVersion
from chalicelib.contracts.verify import CONTRACT, EVIDENCE, FORMAT
from chalicelib.core.pdf import document, gap, new_page, table, text
from chalicelib.core.pdf_files import AttachedFile, attached

WIDTHS_MM = (18, 40, 54, 74)
HEAD = ("Event", "When (UTC)", "Who", "How, and the event's SHA-256")
ERASED = "(erased on request)"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedDocument:
    """What is filed: a version of a contract, its exact HTML, and the chain of evidence up to its completion."""

    contract: Contract
    version: ContractVersion
    html: bytes
    events: tuple[RecordedEvent, ...]


def until_completion(events: Sequence[RecordedEvent], version: int) -> tuple[RecordedEvent, ...]:
    """The chain up to the event that completed a version; none where it is not complete. What is viewed later changes no file."""
    for place, entry in enumerate(events, 1):
        if (entry.event.kind, entry.event.document_version) == (EventKind.COMPLETED, version):
            return tuple(events[:place])
    return ()


def to_pdf(signed: SignedDocument, *, site: str, fingerprint: str) -> bytes:
    """The whole file but its seal. `site` is where the public key of that fingerprint is published."""
    said = read_document(signed.html.decode())
    pages = [*story(said), new_page(), *_certificate(signed, site, fingerprint)]
    foot = (
        f"{signed.contract.contract_id}, version {signed.version.version}, SHA-256 of the signed document {signed.version.document_sha256}"
    )
    files = (
        AttachedFile(name=CONTRACT, media_type="text/html", about="The document that was signed, byte for byte", body=signed.html),
        AttachedFile(name=EVIDENCE, media_type="application/json", about="The chain of evidence", body=evidence_json(signed, site)),
    )
    return attached(document(pages, title=said.title, foot=foot), files)


def evidence_json(signed: SignedDocument, site: str) -> bytes:
    """The chain for programs; `docs/contracts.md` says what each field is. No name that somebody typed can look like a part of a PDF."""
    consent_version, consent_text = consent_in(signed.html.decode())
    evidence = {
        "format": FORMAT,
        "site": site,
        "contract_id": signed.contract.contract_id,
        "version": signed.version.version,
        "document_sha256": signed.version.document_sha256,
        "signing_order": signed.version.terms.signing_order.value,
        "consent": {"version": consent_version, "text": consent_text},
        "last_event_sha256": signed.events[-1].event.sha256,
        "events": [{"event": entry.event, "signer": entry.signer} for entry in signed.events],
    }
    return msgspec.json.encode(evidence).replace(b"<", b"\\u003c")


def _certificate(signed: SignedDocument, site: str, fingerprint: str) -> Iterator[Flowable]:
    consent_version, consent_text = consent_in(signed.html.decode())
    yield text("Certificate of signatures", size=15, bold=True)
    yield gap()
    yield text(f"Contract {signed.contract.contract_id}, version {signed.version.version}, signed electronically by both sides.")
    yield text(f"SHA-256 of the document that was signed, attached as {CONTRACT}: {signed.version.document_sha256}")
    yield text(f"Consent text {consent_version}: {consent_text}")
    yield text(f"Hash of the last event of the chain, attached as {EVIDENCE}: {signed.events[-1].event.sha256}")
    yield text(f"The last line of this file is its seal, made with the key {fingerprint}; the public key is published at {site}/seal-keys.")
    yield text(f"Anybody can check the file without the marketplace: the program is at {site}/verify-contract.py")
    yield gap()
    head = [text(word, size=7, bold=True) for word in HEAD]
    yield table([head, *(_row(entry) for entry in signed.events)], WIDTHS_MM)
    yield gap()
    yield text("This is a simple electronic signature. It is not meant for agreements for which the law asks for a qualified one.")


def _row(entry: RecordedEvent) -> list[Flowable]:
    event = entry.event
    cells = (event.kind.value, event.at, _who(entry), f"{_how(entry)} {event.sha256}".strip())
    return [text(cell, size=7) for cell in cells]


def _who(entry: RecordedEvent) -> str:
    if entry.signer is None:
        return f"{entry.event.party.value} {ERASED}" if entry.event.details_sha256 else entry.event.party.value
    named = f"{entry.signer.typed_name}, " if entry.signer.typed_name else ""
    return f"{entry.event.party.value}: {named}{entry.signer.email} ({entry.event.user_id})"


def _how(entry: RecordedEvent) -> str:
    event, signer = entry.event, entry.signer
    said = [f"version {event.document_version},", event.authentication]
    if event.authenticated_at:
        said.append(f"at {event.authenticated_at}")
    if signer is not None:
        said.append(f"from {signer.address}, {signer.user_agent}, {signer.locale or 'no language stated'}")
    if event.consent_version:
        said.append(f"under {event.consent_version}")
    return " ".join(said) + ";"
