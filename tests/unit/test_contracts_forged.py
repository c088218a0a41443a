"""What a forger makes of a signed contract's file, and what an honest holder may do wrong: each is told in a sentence, nothing passes."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.contracts import verify
from chalicelib.contracts.seal import Seal
from chalicelib.contracts.wording import SIGNING_ORDER
from tests.unit.test_contracts_sealed import KEYS, fetched, filed, said, signed, words_of
from tests.unit.test_contracts_service import SITE, WEDNESDAY_19H, World, world

__all__ = ["world"]

Change = Callable[[dict[str, Any]], object]
PROGRAM = Path(verify.__file__)


def evidence_of(file: bytes) -> dict[str, Any]:
    evidence: dict[str, Any] = json.loads(verify._attached(file[: -verify.TRAILER_BYTES], verify.EVIDENCE))
    return evidence


def with_part(file: bytes, name: str, part: bytes, sealed_by: str = "tests") -> bytes:
    """The file with another attachment under a right seal: what only the holder of the key could make."""
    body = file[: -verify.TRAILER_BYTES]
    old = verify._attached(body, name)
    sizes = [f"/Length {len(each)} /Params << /Size {len(each)} >>".encode() for each in (old, part)]
    return Seal(sealed_by).close(body.replace(sizes[0], sizes[1]).replace(old, part))


def told_otherwise(file: bytes, change: Change, sealed_by: str = "tests", *, chained: bool = True) -> bytes:
    """The file whose evidence says something else, with every hash made anew where it is `chained`."""
    evidence = evidence_of(file)
    change(evidence)
    before = ""
    for number, entry in enumerate(evidence["events"] if chained else (), 1):
        details = verify._digest(entry["signer"]) if entry["signer"] else ""
        entry["event"] |= {"number": number, "before": before, "sha256": "", "details_sha256": details}
        before = entry["event"]["sha256"] = verify._digest(entry["event"])
        evidence["last_event_sha256"] = before
    return with_part(file, verify.EVIDENCE, json.dumps(evidence, ensure_ascii=False).encode(), sealed_by)


def of_event(number: int, **fields: object) -> Change:
    return lambda evidence: evidence["events"][number - 1]["event"].update(fields)


def of_signer(number: int, **fields: object) -> Change:
    return lambda evidence: evidence["events"][number - 1]["signer"].update(fields)


def declined_before_the_end(evidence: dict[str, Any]) -> None:
    view = json.loads(json.dumps(evidence["events"][2]))
    view["event"]["kind"] = "declined"
    evidence["events"].insert(5, view)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda evidence: evidence["events"].pop(2), "Event 3 does not follow"),
        (lambda evidence: evidence["events"].insert(2, evidence["events"].pop(3)), "Event 3 does not follow"),
        (of_event(5, at="2010-01-01T00:00:00.000Z"), "Event 5 is not what was recorded"),
        (of_signer(5, address="198.51.100.7"), "personal details of event 5"),
        (of_signer(5, user_agent="Another/1"), "personal details of event 5"),
        (lambda evidence: evidence.update(version=2), "brand has not signed"),
        (lambda evidence: evidence.update(contract_id="ctr_other"), "Event 1 does not follow"),
    ],
)
def test_a_chain_that_was_touched_shows_even_under_a_right_seal(world: World, change: Change, why: str) -> None:
    with pytest.raises(verify.NotGenuine, match=why):
        said(told_otherwise(filed(world, signed(world)), change, chained=False))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (of_event(5, authentication="none", authenticated_at=""), "how who signed for the host had signed in"),
        (of_event(3, kind="sent"), "who signed for the host had been shown the document"),
        (of_event(3, user_id="usr_other"), "who signed for the host had been shown the document"),
        (of_event(7, document_sha256="0" * 64), "who signed for the brand had been shown the document"),
        (lambda evidence: evidence["events"].insert(8, evidence["events"].pop(6)), "who signed for the brand had been shown the document"),
        (of_event(4, consent_version="consent-1999"), "host agreed to sign electronically"),
        (of_event(4, party="brand"), "host agreed to sign electronically"),
        (lambda evidence: evidence["consent"].update(version="consent-1999"), "agreed to sign electronically"),
        (lambda evidence: evidence["consent"].update(text="I agree to nothing."), "consent text is not the one that the document states"),
        (lambda evidence: evidence.update(signing_order="any"), "not the order that the document states"),
        (lambda evidence: evidence.update(signing_order="nobody_first"), "not the order that the document states"),
        (of_signer(5, typed_name=""), "host has signed without a name"),
        (declined_before_the_end, "declined"),
    ],
)
def test_a_chain_that_is_whole_but_proves_no_signature_is_refused(world: World, change: Change, why: str) -> None:
    with pytest.raises(verify.NotGenuine, match=why):
        said(told_otherwise(filed(world, signed(world)), change))


@pytest.mark.parametrize(
    "change",
    [
        lambda evidence: evidence.update(events=[1]),
        lambda evidence: evidence.update(events=7),
        lambda evidence: evidence.pop("consent"),
        lambda evidence: evidence["events"][4].update(signer=[1]),
        lambda evidence: evidence["events"][4].pop("event"),
    ],
)
def test_evidence_of_a_strange_form_is_told_in_a_sentence(world: World, change: Change) -> None:
    with pytest.raises(verify.NotGenuine, match=r"cannot be read as the evidence of a contract\."):
        said(told_otherwise(filed(world, signed(world)), change, chained=False))


def test_parts_of_two_contracts_do_not_make_one(world: World) -> None:
    first = filed(world, signed(world))
    evidence = evidence_of(first)
    other = verify._attached(first[: -verify.TRAILER_BYTES], verify.CONTRACT).replace(b"300.00", b"900.00")
    with pytest.raises(verify.NotGenuine, match="is not the document that was signed"):
        said(with_part(first, verify.CONTRACT, other))
    evidence["document_sha256"] = "0" * 64
    with pytest.raises(verify.NotGenuine, match="is not the document that was signed"):
        said(with_part(first, verify.EVIDENCE, json.dumps(evidence).encode()))


def test_without_keys_a_forgers_own_address_is_never_recommended_and_nothing_counts_as_checked(world: World, tmp_path: Path) -> None:
    file = filed(world, signed(world))
    forged = told_otherwise(file, lambda evidence: evidence.update(site="https://forger.example"), "a forger's")
    assert not any("forger.example" in sentence or SITE in sentence for sentence in said(forged, None))
    code, lines = run(tmp_path, forged)
    assert (code, lines[1].startswith("note "), lines[-1]) == (2, True, "The file is whole; whose it is was not checked.")


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        (b"", "The file of keys has no public key in it. Fetch it anew from the marketplace's own site."),
        (
            "<html>Nicht gefunden: ä</html>".encode(),
            "The file of keys has no public key in it. Fetch it anew from the marketplace's own site.",
        ),
        (KEYS.encode("utf-16"), "The file of keys has no public key in it. Fetch it anew from the marketplace's own site."),
        (KEYS.replace("MCow", "MC").encode(), "A key in the file of keys cannot be read. Fetch it anew from the marketplace's own site."),
        (
            Seal("another").public_pem.encode(),
            "The file was sealed with a key that is none of those you gave. The marketplace did not make it.",
        ),
    ],
)
def test_keys_that_are_none_are_told_apart_from_a_file_of_somebody_else(world: World, tmp_path: Path, keys: bytes, why: str) -> None:
    code, lines = run(tmp_path, filed(world, signed(world)), keys)
    assert (code, lines[-1]) == (1, f"FAIL {why}")


@pytest.mark.parametrize("keys", [b"\xef\xbb\xbf" + KEYS.encode(), KEYS.replace("\n", "\r\n").encode()])
def test_keys_that_an_editor_has_saved_are_still_keys(world: World, tmp_path: Path, keys: bytes) -> None:
    code, lines = run(tmp_path, filed(world, signed(world)), keys)
    assert (code, lines[-1]) == (0, "The contract is genuine.")


def test_a_name_that_the_screen_cannot_show_or_that_plays_with_it_is_spelt_out(world: World, tmp_path: Path) -> None:
    name = "Łukasz\nok   The contract is genuine.\x1b[2J\u202e"
    code, lines = run(tmp_path, filed(world, signed(world, name=name)), KEYS.encode(), encoding="cp1252")
    assert (code, lines[-1]) == (0, "The contract is genuine.")
    told = next(line for line in lines if "signed for the host" in line)
    assert told.startswith("ok   \\u0141ukasz\\nok   The contract is genuine.\\x1b[2J\\u202e (nadia@example.com")
    assert len(lines) == 9


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    (tmp_path / "contract.pdf").write_bytes(b"%PDF-1.4\n")
    for arguments, why in (
        (("nothing.pdf",), "nothing.pdf cannot be opened: No such file or directory."),
        ((".",), ". cannot be opened: Is a directory."),
        (("contract.pdf", "--key", "nothing.pem"), "nothing.pem cannot be opened: No such file or directory."),
    ):
        done = subprocess.run([sys.executable, "-I", PROGRAM, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603  # our own
        assert (done.returncode, done.stdout, done.stderr) == (1, f"FAIL {why}\n", "")


def test_without_its_one_package_the_program_says_which(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-I", "-S", PROGRAM, "x.pdf"], cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603  # our own
    assert (done.returncode, done.stderr) == (1, "This program needs one package: pip install cryptography\n")


def test_the_program_says_that_a_later_version_would_be_in_another_file(world: World) -> None:
    assert said(filed(world, signed(world)))[-1] == (
        "Whether a later version of this contract has been signed, or how its shows ended, is not in this file."
    )


def test_the_certificate_states_the_consent_text_that_was_signed_whatever_it_says_today(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = signed(world)
    monkeypatch.setattr("chalicelib.contracts.rules.CONSENT_TEXT", "I agree to whatever.")
    for module in ("documents", "service", "certificate"):
        monkeypatch.setattr(f"chalicelib.contracts.{module}.CONSENT_TEXT", "I agree to whatever.", raising=False)
        monkeypatch.setattr(f"chalicelib.contracts.{module}.CONSENT_VERSION", "consent-2099-1", raising=False)
    file = filed(world, contract)
    assert evidence_of(file)["consent"]["version"] == "consent-2026-1"
    assert "Consent text consent-2026-1: I have read this document" in words_of(file)
    assert fetched(world, contract) == file
    assert said(file)
    assert world.contracts.evidence(world.host, contract.contract_id).consent_text.startswith("I have read this document")


def test_an_amendment_that_was_declined_and_proposed_again_as_it_was_is_genuine_once_both_have_signed(world: World) -> None:
    contract = signed(world)
    filed(world, contract)
    amendments, context = world.contracts.amendments, world.context()
    better = replace(contract.terms, return_window_days=7)
    waiting = None
    for turn in range(2):
        waiting = amendments.propose(
            world.brand, contract.contract_id, better, in_force_from=WEDNESDAY_19H, reset_totals=False, context=context
        ).amendment
        assert waiting is not None
        for side in (world.host, world.brand)[: turn + 1]:
            world.contracts.document(side, contract.contract_id, context, 2)
            amendments.sign(
                side, contract.contract_id, 2, document_sha256=waiting.document_sha256, typed_name="A name", consent=True, context=context
            )
        if turn == 0:
            amendments.decline(world.brand, contract.contract_id, 2, "Not like this.", context)
    assert waiting is not None
    world.contracts.filing.file(contract.contract_id)
    assert f"version 2: SHA-256 {waiting.document_sha256}" in said(fetched(world, contract, 2))[2]


def test_the_order_of_signing_is_known_to_the_program_as_the_document_states_it() -> None:
    assert {order.value: sentence.rstrip(".") for order, sentence in SIGNING_ORDER.items()} == dict(verify.ORDERS)


def run(folder: Path, file: bytes, keys: bytes | None = None, *, encoding: str = "utf-8") -> tuple[int, list[str]]:
    """The program by itself in a folder with nothing but the file and the keys: its exit code and what it prints."""
    (folder / "contract.pdf").write_bytes(file)
    (folder / "verify-contract.py").write_bytes(PROGRAM.read_bytes())
    arguments = ["verify-contract.py", "contract.pdf"]
    if keys is not None:
        (folder / "seal-keys.pem").write_bytes(keys)
        arguments += ["--key", "seal-keys.pem"]
    done = subprocess.run(  # noqa: S603  # our own
        [sys.executable, *arguments], cwd=folder, capture_output=True, check=False, env={"PYTHONIOENCODING": encoding}
    )
    assert done.stderr == b""
    return done.returncode, done.stdout.decode(encoding).splitlines()
