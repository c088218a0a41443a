"""Checks a signed contract's file by itself, offline: ``python -m chalicelib.contracts.verify contract.pdf --key seal-keys.pem``.

A program of its own: it imports nothing of the app, so this one file and the package `cryptography` are all that it takes. It prints a
sentence for each thing that it has checked; when one does not hold it says which, and exits with 1. Without keys nobody knows who sealed
the file: then it exits with 2. See docs/contracts.md.
"""

import argparse
import hashlib
import html
import io
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
except ImportError:
    sys.exit("This program needs one package: pip install cryptography")

SEALED: Final = b"primetime-seal-1\n"
"""What is signed begins with it, so that no signature made for something else can pass as a seal."""
TRAILER: Final = re.compile(rb"%PrimetimeSeal 1 ([0-9a-f]{64}) ([0-9a-f]{128})\n")
"""The file's last line, a comment after the PDF's end: the public key and the seal over every byte before, in lower-case hexadecimals."""
TRAILER_BYTES: Final = 211
PEM: Final = re.compile(r"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.DOTALL)
CONTRACT: Final = "contract.html"
EVIDENCE: Final = "evidence.json"
FORMAT: Final = "primetime-contract-evidence-1"
SIDES: Final = ("brand", "host")
ORDERS: Final[Mapping[str, str]] = {
    "any": "Either side may sign first",
    "brand_first": "The brand signs first, and then the host",
    "host_first": "The host signs first, and then the brand",
}
"""How a document states who signs first."""
CAME_LATER: Final = ("reason",)
"""Fields that are hashed only where they say something."""
ENDED_UNSIGNED: Final = ("declined", "lapsed", "ended")
WHOSE_IS_OPEN: Final = (
    "Whose key that is was not checked. Get the marketplace's keys from its own site, at /seal-keys, and give them with --key. "
    "Whatever address this file names, a forger could have named."
)
NOT_IN_FILE: Final = "Whether a later version of this contract has been signed, or how its shows ended, is not in this file."
NOTES: Final = (WHOSE_IS_OPEN, NOT_IN_FILE)
"""What is said without having been checked."""
FETCH_KEYS: Final = "Fetch it anew from the marketplace's own site."
GENUINE, NOT_GENUINE, WHOSE_UNKNOWN = range(3)
"""What the program exits with."""


class NotGenuine(Exception):
    """A check that did not hold, in a sentence."""


def verify(file: bytes, keys_pem: str | None) -> Iterator[str]:
    """Check everything, and say so sentence by sentence. Raises `NotGenuine` at the first thing that does not hold."""
    key, body = _unsealed(file)
    fingerprint = fingerprint_of(key)
    yield f"Not one of the file's {len(file):,} bytes has changed since it was sealed with the key {fingerprint}."
    yield _origin(key, keys_pem)
    try:
        yield from _contents(body)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as problem:
        raise NotGenuine(f"The attached {EVIDENCE} cannot be read as the evidence of a contract.") from problem
    yield NOT_IN_FILE


def _contents(body: bytes) -> Iterator[str]:
    evidence = _evidence(body)
    document = _attached(body, CONTRACT)
    digest = hashlib.sha256(document).hexdigest()
    if digest != evidence["document_sha256"]:
        raise NotGenuine(f"The attached {CONTRACT} is not the document that was signed.")
    yield f"The attached {CONTRACT} is the document of contract {evidence['contract_id']}, version {evidence['version']}: SHA-256 {digest}."
    yield from _chain(evidence)
    _same_as_stated(evidence, html.unescape(document.decode()))
    yield from _signatures(evidence)


def fingerprint_of(key: bytes) -> str:
    """How people call a public key: the SHA-256 of its 32 bytes, in groups of four hexadecimals, as far as it takes to compare two."""
    digest = hashlib.sha256(key).hexdigest()[:32]
    return " ".join(digest[place : place + 4] for place in range(0, len(digest), 4))


def message_of(body: bytes) -> bytes:
    """What a seal signs of a file's bytes."""
    return SEALED + hashlib.sha256(body).digest()


def _unsealed(file: bytes) -> tuple[bytes, bytes]:
    """The key that sealed the file, and the bytes that were sealed."""
    found = TRAILER.fullmatch(file[-TRAILER_BYTES:])
    if found is None:
        raise NotGenuine("The file does not end in a seal. It is cut off, was changed, or was saved anew by another program.")
    key, body = bytes.fromhex(found[1].decode()), file[:-TRAILER_BYTES]
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(bytes.fromhex(found[2].decode()), message_of(body))
    except (InvalidSignature, ValueError):
        raise NotGenuine("The file has been changed after it was sealed.") from None
    return key, body


def _origin(key: bytes, keys_pem: str | None) -> str:
    if keys_pem is None:
        return WHOSE_IS_OPEN
    try:
        known = [load_pem_public_key(block.encode()) for block in PEM.findall(keys_pem)]
    except ValueError:
        raise NotGenuine(f"A key in the file of keys cannot be read. {FETCH_KEYS}") from None
    raw = {each.public_bytes(Encoding.Raw, PublicFormat.Raw) for each in known if isinstance(each, Ed25519PublicKey)}
    if not raw:
        raise NotGenuine(f"The file of keys has no public key in it. {FETCH_KEYS}")
    if key not in raw:
        raise NotGenuine("The file was sealed with a key that is none of those you gave. The marketplace did not make it.")
    return "That key is one of those you gave, so the marketplace made the file."


def _attached(body: bytes, name: str) -> bytes:
    """A file within the PDF. The marketplace stores them as they are, each once."""
    named = re.findall(rb"/Type /Filespec /F \(" + re.escape(name.encode()) + rb"\) [^\n]*/EF << /F (\d+) 0 R >> >>\n", body)
    heads = [
        re.search(rb"\n" + number + rb" 0 obj\n<< /Type /EmbeddedFile [^\n]*/Length (\d+) [^\n]*>>\nstream\n", body) for number in named
    ]
    if len(heads) != 1 or heads[0] is None:
        raise NotGenuine(f"The file has no {name} attached, or more than one.")
    return body[heads[0].end() : heads[0].end() + int(heads[0][1])]


def _evidence(body: bytes) -> dict[str, Any]:
    evidence = json.loads(_attached(body, EVIDENCE))
    if not isinstance(evidence, dict) or evidence.get("format") != FORMAT:
        raise NotGenuine(f"The attached {EVIDENCE} has a form that this program does not know. Get the program anew.")
    return evidence


def _chain(evidence: dict[str, Any]) -> Iterator[str]:
    before, erased = "", 0
    for number, entry in enumerate(evidence["events"], 1):
        event, signer = entry["event"], entry["signer"]
        if (event["number"], event["before"], event["contract_id"]) != (number, before, evidence["contract_id"]):
            raise NotGenuine(f"Event {number} does not follow the one before it.")
        if _digest({**event, "sha256": ""}) != event["sha256"]:
            raise NotGenuine(f"Event {number} is not what was recorded: its hash differs.")
        if signer is not None and _digest(signer) != event["details_sha256"]:
            raise NotGenuine(f"The personal details of event {number} are not those that were recorded.")
        erased += signer is None and event["details_sha256"] != ""
        before = event["sha256"]
    if before != evidence["last_event_sha256"]:
        raise NotGenuine("The chain of evidence does not end where the certificate says.")
    yield f"The chain of evidence has {number_of(evidence)} events, each with the hash of the one before. Its last hash is {before}."
    if erased:
        yield f"The personal details of {erased} events have been erased on request; their hashes remain."


def number_of(evidence: dict[str, Any]) -> int:
    """How many events there are."""
    return len(evidence["events"])


def _same_as_stated(evidence: dict[str, Any], document: str) -> None:
    """What the evidence says of consent and order beside the chain is what the signed document says."""
    consent = evidence["consent"]
    if f"({consent['version']}): {consent['text']}" not in document:
        raise NotGenuine(
            "The consent text is not the one that the document states, so nothing shows what the sides agreed to sign electronically."
        )
    if ORDERS.get(evidence["signing_order"], evidence["signing_order"]) not in document:
        raise NotGenuine("The order of signing is not the order that the document states.")


def _signatures(evidence: dict[str, Any]) -> Iterator[str]:
    about = _about_the_document(evidence)
    consent_version = evidence["consent"]["version"]
    signed = [_signature_of(side, about, consent_version) for side in SIDES]
    for side, entry in zip(SIDES, signed, strict=True):
        _require_shown(side, entry["event"], evidence["events"])
    if signed[0]["event"]["user_id"] == signed[1]["event"]["user_id"]:
        raise NotGenuine("One person has signed for both sides.")
    first = {"brand_first": 0, "host_first": 1}.get(evidence["signing_order"])
    if first is not None and signed[first]["event"]["number"] > signed[1 - first]["event"]["number"]:
        raise NotGenuine("The sides have not signed in the order that the contract says.")
    last = evidence["events"][-1]["event"]
    if (last["kind"], last["document_version"]) != ("completed", evidence["version"]):
        raise NotGenuine("The chain of evidence does not end with the completion of this document.")
    for entry in signed:
        event, signer = entry["event"], entry["signer"]
        who = (
            f"{signer['typed_name']} ({signer['email']}, from {signer['address']})"
            if signer is not None
            else "A person whose name was erased"
        )
        how = f"signed in at {event['authenticated_at']} by {event['authentication']}"
        yield f"{who} signed for the {event['party']} at {event['at']}, {how}."
    yield f"Both had been shown it and agreed to the consent text {consent_version} first. The signatures are complete since {last['at']}."


def _about_the_document(evidence: dict[str, Any]) -> list[dict[str, Any]]:
    """What happened to the document since it was drawn up. One that a side has declined, or that lapsed, can no longer be signed."""
    document = (evidence["version"], evidence["document_sha256"])
    about = [entry for entry in evidence["events"] if (entry["event"]["document_version"], entry["event"]["document_sha256"]) == document]
    drawn_up = [place for place, entry in enumerate(about) if entry["event"]["kind"] in {"created", "proposed"}]
    about = about[drawn_up[-1] :] if drawn_up else about
    if any(entry["event"]["kind"] in ENDED_UNSIGNED for entry in about):
        raise NotGenuine("This document was declined, lapsed or ended before both sides had signed it.")
    return about


def _signature_of(side: str, about: Sequence[dict[str, Any]], consent_version: str) -> dict[str, Any]:
    """A side's signature under the document, which consent of the same person came before."""
    found = [entry for entry in about if (entry["event"]["kind"], entry["event"]["party"]) == ("signed", side)]
    if len(found) != 1:
        raise NotGenuine(f"The {side} has not signed this document once.")
    event, signer = found[0]["event"], found[0]["signer"]
    consents = [
        entry["event"]["consent_version"]
        for entry in about
        if (entry["event"]["kind"], entry["event"]["party"], entry["event"]["user_id"]) == ("consented", side, event["user_id"])
        and entry["event"]["number"] < event["number"]
    ]
    if not consents or {*consents, event["consent_version"]} != {consent_version}:
        raise NotGenuine(f"Nothing shows that who signed for the {side} agreed to sign electronically.")
    if not event["authenticated_at"]:
        raise NotGenuine(f"Nothing shows how who signed for the {side} had signed in.")
    if signer is not None and not signer["typed_name"]:
        raise NotGenuine(f"The {side} has signed without a name.")
    return found[0]


def _require_shown(side: str, signed: dict[str, Any], events: Sequence[dict[str, Any]]) -> None:
    """Who signed has opened this very document before, be it when it had been drawn up once already with the same words."""
    seen = (entry["event"] for entry in events if entry["event"]["number"] < signed["number"])
    what = ("user_id", "document_version", "document_sha256")
    if not any(event["kind"] == "viewed" and all(event[name] == signed[name] for name in what) for event in seen):
        raise NotGenuine(f"Nothing shows that who signed for the {side} had been shown the document.")


def _digest(value: dict[str, Any]) -> str:
    """SHA-256 of the canonical JSON: names in order, no blanks, UTF-8."""
    said = {name: each for name, each in value.items() if each or name not in CAME_LATER}
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def main(arguments: Sequence[str]) -> int:
    """Print what was checked; 0 when all of it holds, else 1."""
    parser = argparse.ArgumentParser(description="Checks a signed contract's file, offline.")
    parser.add_argument("file", type=Path, help="the signed contract as it was downloaded")
    parser.add_argument("--key", type=Path, help="the marketplace's public keys, as its page /seal-keys shows them")
    given = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        keys = given.key.read_bytes().decode("ascii", errors="replace") if given.key is not None else None
        for sentence in verify(given.file.read_bytes(), keys):
            _tell("note" if sentence in NOTES else "ok  ", sentence)
    except OSError as problem:
        _tell("FAIL", f"{problem.filename} cannot be opened: {problem.strerror}.")
        return NOT_GENUINE
    except NotGenuine as problem:
        _tell("FAIL", str(problem))
        return NOT_GENUINE
    sys.stdout.write("The contract is genuine.\n" if keys is not None else "The file is whole; whose it is was not checked.\n")
    return GENUINE if keys is not None else WHOSE_UNKNOWN


def _tell(mark: str, sentence: str) -> None:
    """One line, whatever somebody has typed as a name: what does not print, or makes a screen do something, is spelt out."""
    plain = "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in sentence)
    sys.stdout.write(f"{mark} {plain}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
