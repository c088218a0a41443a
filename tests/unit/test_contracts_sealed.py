"""The file of a signed contract: it says what was signed and who signed how, anybody can check it, and no byte of it can be changed."""

import hashlib
import io
import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from chalicelib.adapters.dynamo import OutboxItem
from chalicelib.contracts import verify
from chalicelib.contracts.filing import NotFiledYet
from chalicelib.contracts.rules import Contract
from chalicelib.contracts.seal import NoSealKey, Seal
from chalicelib.contracts.store import ContractNotFound, SignerItem
from chalicelib.contracts.terms import SigningOrder
from chalicelib.core.pdf import document, text
from chalicelib.core.pdf_files import AttachedFile, attached
from tests.unit.test_contracts_service import MONDAY_19H, SITE, TERMS, WEDNESDAY_19H, World, world

__all__ = ["world"]

KEYS = Seal("tests").public_pem
EVIL_NAME = "%PDF /Type /Filespec /F (contract.html) << /Type /EmbeddedFile /Length 1 >>\nstream"


def signed(world: World, name: str = "Nadia Hart", order: SigningOrder = SigningOrder.HOST_FIRST) -> Contract:
    offer = world.offer(MONDAY_19H, WEDNESDAY_19H, terms=replace(TERMS, signing_order=order))
    world.contracts.offers.accept(world.host, offer.offer_id, 1)
    contract = world.contracts.draft(offer.offer_id)
    world.sign(world.host, contract, typed_name=name)
    return world.sign(world.brand, contract, typed_name="Olive Brandt")


def filed(world: World, contract: Contract) -> bytes:
    assert world.contracts.filing.file(contract.contract_id) == 1
    return fetched(world, contract)


def fetched(world: World, contract: Contract, version: int | None = None) -> bytes:
    address = world.contracts.filing.address(world.host, contract.contract_id, version)
    return world.shelf.objects[address.removeprefix("memory://").partition("?")[0]]


def said(file: bytes, keys: str | None = KEYS) -> list[str]:
    return list(verify.verify(file, keys))


def words_of(file: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(file), strict=True).pages).split())


def changed(file: bytes, place: int, mask: int) -> bytes:
    return file[:place] + bytes([file[place] ^ mask]) + file[place + 1 :]


def resealed(file: bytes, before: bytes, after: bytes) -> bytes:
    """What the holder of the key could make of it: the seal is right, what it says is not."""
    assert before in file
    return Seal("tests").close(file[: -verify.TRAILER_BYTES].replace(before, after))


def test_a_signed_file_is_genuine_and_the_program_says_why(world: World) -> None:
    contract = signed(world)
    sentences = said(filed(world, contract))
    assert sentences[0].endswith(f"has changed since it was sealed with the key {Seal('tests').fingerprint}.")
    assert sentences[1] == "That key is one of those you gave, so the marketplace made the file."
    assert f"contract {contract.contract_id}, version 1: SHA-256 {contract.document_sha256}" in sentences[2]
    assert f"Its last hash is {contract.last_event_sha256}" in sentences[3]
    assert sentences[4].startswith("Olive Brandt (mugs@example.com, from 192.0.2.1) signed for the brand at 2011-01-03T12:00:00.000Z")
    assert sentences[5].startswith("Nadia Hart (nadia@example.com, from 192.0.2.1) signed for the host")
    assert sentences[6].startswith(
        "Both had been shown it and agreed to the consent text consent-2026-1 first. The signatures are complete"
    )
    assert sentences[6].endswith(" since 2011-01-03T12:00:00.000Z.")


def test_the_file_carries_the_words_a_certificate_and_both_attachments(world: World) -> None:
    contract = signed(world)
    file = filed(world, contract)
    reader = PdfReader(io.BytesIO(file), strict=True)
    html = world.contracts.document(world.host, contract.contract_id, world.context())
    assert reader.attachments[verify.CONTRACT] == [html.encode()]
    evidence = json.loads(reader.attachments[verify.EVIDENCE][0])
    kinds = [entry["event"]["kind"] for entry in evidence["events"]]
    assert kinds == ["created", "sent", "viewed", "consented", "signed", "sent", "viewed", "consented", "signed", "completed"]
    event = evidence["events"][4]["event"]
    assert (event["at"], event["authenticated_at"]) == ("2011-01-03T12:00:00.000Z", "2011-01-03T12:00:00.000Z")
    assert (event["consent_version"], event["document_sha256"], event["document_version"]) == (
        "consent-2026-1",
        contract.document_sha256,
        1,
    )
    assert set(evidence["events"][4]["signer"]) >= {"typed_name", "address", "user_agent", "locale", "email"}
    words = words_of(file)
    for expected in (
        "300.00 GBP",
        "The host signs first",
        "Certificate of signatures",
        "Olive Brandt",
        "192.0.2.1",
        f"{SITE}/seal-keys",
        Seal("tests").fingerprint,
    ):
        assert expected in words
    assert contract.document_sha256 in words.replace(" ", "")
    assert contract.last_event_sha256 in words.replace(" ", "")
    assert str(reader.root_object["/Lang"]) == "en"
    assert reader.metadata is not None
    assert reader.metadata.title == "Contract between Mugs and Nadia Hart"


def test_no_byte_can_be_changed_added_or_taken_away(world: World) -> None:
    file = filed(world, signed(world))
    chance = random.Random(20110103)
    places = [chance.randrange(len(file)) for _ in range(1_000)] + list(range(len(file) - verify.TRAILER_BYTES, len(file)))
    for place in places:
        with pytest.raises(verify.NotGenuine):
            said(changed(file, place, 1 << chance.randrange(8)), chance.choice((None, KEYS)))
    for other in (file + b"\n", file[:-1], b"\n" + file, file[1:], file[: -verify.TRAILER_BYTES], b"", file + file):
        with pytest.raises(verify.NotGenuine):
            said(other)


def test_every_single_bit_of_a_small_file_is_under_the_seal() -> None:
    file = Seal("tests").close(b"%PDF-1.4\n1 0 obj\nendobj\n%%EOF\n")
    assert verify._unsealed(file)[1] == file[: -verify.TRAILER_BYTES]
    for place in range(len(file)):
        for bit in range(8):
            with pytest.raises(verify.NotGenuine):
                verify._unsealed(changed(file, place, 1 << bit))


def test_a_file_sealed_by_somebody_else_is_not_the_marketplaces_and_without_keys_that_is_left_open(world: World) -> None:
    file = filed(world, signed(world))
    forged = Seal("a forger's").close(file[: -verify.TRAILER_BYTES].replace(b"300.00", b"900.00"))
    with pytest.raises(verify.NotGenuine, match="did not make it"):
        said(forged)
    assert said(file, None)[1] == verify.WHOSE_IS_OPEN


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (b"flat fee of 300.00 GBP", b"flat fee of 900.00 GBP", "is not the document that was signed"),
        (b'"kind":"viewed"', b'"kind":"signed"', "Event 3 is not what was recorded"),
        (b'"typed_name":"Nadia Hart"', b'"typed_name":"Nadia Hurt"', "personal details of event 4"),
        (b'"format":"primetime-contract-evidence-1"', b'"format":"primetime-contract-evidence-9"', "form that this program does not know"),
        (b'"host_first","consent":{"version":"consent', b'"brand_first","consent":{"version":"onsent', "consent text is not the one"),
        (b"/F (contract.html)", b"/F (contract.htm_)", "no contract.html attached"),
    ],
)
def test_even_under_a_right_seal_each_part_must_agree_with_the_others(world: World, before: bytes, after: bytes, why: str) -> None:
    with pytest.raises(verify.NotGenuine, match=why):
        said(resealed(filed(world, signed(world)), before, after))


def test_a_chain_that_lacks_an_event_a_side_or_a_consent_is_refused(world: World) -> None:
    file = filed(world, signed(world))
    evidence = json.loads(PdfReader(io.BytesIO(file)).attachments[verify.EVIDENCE][0])
    with pytest.raises(verify.NotGenuine, match="does not end where"):
        list(verify._chain({**evidence, "events": evidence["events"][:-1]}))
    with pytest.raises(verify.NotGenuine, match="does not follow"):
        list(verify._chain({**evidence, "events": evidence["events"][1:]}))

    def without(kind: str, party: str) -> dict[str, Any]:
        kept = [each for each in evidence["events"] if (each["event"]["kind"], each["event"]["party"]) != (kind, party)]
        return {**evidence, "events": kept}

    with pytest.raises(verify.NotGenuine, match="host has not signed"):
        list(verify._signatures(without("signed", "host")))
    with pytest.raises(verify.NotGenuine, match="agreed to sign electronically"):
        list(verify._signatures(without("consented", "brand")))
    with pytest.raises(verify.NotGenuine, match="not signed in the order"):
        list(verify._signatures({**evidence, "signing_order": "brand_first"}))
    with pytest.raises(verify.NotGenuine, match="completion"):
        list(verify._signatures(without("completed", "platform")))


def test_what_somebody_types_cannot_pass_as_a_part_of_the_file(world: World) -> None:
    file = filed(world, signed(world, name=EVIL_NAME))
    assert any(EVIL_NAME in sentence for sentence in said(file))


def test_the_command_tells_what_it_checked_and_fails_with_the_reason(world: World, tmp_path: Path) -> None:
    file = filed(world, signed(world))
    (tmp_path / "contract.pdf").write_bytes(file)
    (tmp_path / "changed.pdf").write_bytes(changed(file, len(file) // 2, 1))
    (tmp_path / "keys.pem").write_text(Seal("an earlier one").public_pem + KEYS, encoding="ascii")
    (tmp_path / "verify-contract.py").write_text(Path(verify.__file__).read_text(encoding="utf-8"), encoding="utf-8")

    def run(*arguments: str, program: tuple[str, ...] = ("-m", "chalicelib.contracts.verify")) -> tuple[int, str]:
        done = subprocess.run([sys.executable, *program, *arguments], capture_output=True, text=True, check=False)  # noqa: S603  # our own
        assert done.stderr == ""
        return done.returncode, done.stdout

    contract, keys = str(tmp_path / "contract.pdf"), ("--key", str(tmp_path / "keys.pem"))
    code, told = run(contract, *keys)
    assert (code, told.splitlines()[-1]) == (0, "The contract is genuine.")
    assert run(contract, *keys, program=("-I", str(tmp_path / "verify-contract.py"))) == (0, told)
    assert run(contract)[1].splitlines()[-1] == "The file is whole; whose it is was not checked."
    assert run(str(tmp_path / "changed.pdf"), *keys) == (1, "FAIL The file has been changed after it was sealed.\n")
    code, told = run(str(tmp_path / "keys.pem"))
    assert (code, told.startswith("FAIL The file does not end in a seal.")) == (1, True)
    assert run(str(tmp_path / "missing.pdf"))[0] == 1


def test_until_it_is_made_the_file_is_asked_for_and_then_it_is_always_the_same(world: World) -> None:
    contract = signed(world)
    with pytest.raises(NotFiledYet, match="Try again"):
        world.contracts.filing.address(world.brand, contract.contract_id)
    assert ("contract.file", contract.contract_id) in [(item.topic, item.key) for item in OutboxItem.scan()]
    file = filed(world, contract)
    world.contracts.document(world.brand, contract.contract_id, world.context())
    assert world.contracts.filing.file(contract.contract_id) == 0
    world.contracts.filing.issue(contract.contract_id)
    assert fetched(world, contract) == file
    assert world.contracts.filing.public_keys() == KEYS
    with pytest.raises(ContractNotFound):
        world.contracts.filing.address(world.rival, contract.contract_id)


def test_before_it_is_signed_the_pdf_says_so_and_has_the_same_words(world: World) -> None:
    contract = world.agreed()
    file = fetched(world, contract)
    words = words_of(file)
    assert f"NOT SIGNED, SHA-256 of the document {contract.document_sha256}" in words
    assert "flat fee of 300.00 GBP" in words
    with pytest.raises(verify.NotGenuine):
        said(file)
    assert world.contracts.filing.file(contract.contract_id) == 0


def test_an_amendment_that_both_signed_has_a_file_of_its_own_with_the_whole_chain(world: World) -> None:
    contract = signed(world)
    first = filed(world, contract)
    better = replace(contract.terms, return_window_days=7)
    amendments, context = world.contracts.amendments, world.context()
    waiting = amendments.propose(
        world.brand, contract.contract_id, better, in_force_from=WEDNESDAY_19H, reset_totals=False, context=context
    ).amendment
    assert waiting is not None
    assert "return window 14 days -> 7 days" in words_of(fetched(world, contract, 2))
    given = {"document_sha256": waiting.document_sha256, "typed_name": "A name", "consent": True, "context": context}
    for who in (world.brand, world.host):
        world.contracts.document(who, contract.contract_id, context, 2)
    amendments.sign(world.host, contract.contract_id, 2, **given)  # type: ignore[arg-type]
    amendments.sign(world.brand, contract.contract_id, 2, **given)  # type: ignore[arg-type]
    second = filed(world, contract)
    assert fetched(world, contract, 1) == first
    assert f"version 2: SHA-256 {waiting.document_sha256}" in said(second)[2]
    assert "has 20 events" in said(second)[3]
    assert words_of(second).count("Certificate of signatures") == 1


def test_after_personal_details_are_erased_the_file_is_made_without_them_and_still_holds(world: World) -> None:
    contract = signed(world)
    filed(world, contract)
    for item in list(SignerItem.under(f"contract#{contract.contract_id}", "signer#")):
        item.delete()
    world.contracts.filing.issue(contract.contract_id)
    file = fetched(world, contract)
    for secret in (b"nadia@example.com", b"Olive Brandt", b"192.0.2.1", b"Browser/1"):
        assert secret not in file
    assert "erased on request" in words_of(file)
    sentences = said(file)
    assert "The personal details of 6 events have been erased on request; their hashes remain." in sentences
    assert any(sentence.startswith("A person whose name was erased signed for the host") for sentence in sentences)


def test_without_a_secret_nothing_is_sealed() -> None:
    with pytest.raises(NoSealKey):
        Seal("")


def test_files_within_a_pdf_are_found_by_other_readers_and_only_a_pdf_of_ours_takes_them() -> None:
    plain = document([text("Hello")], title="Hello", foot="foot")
    files = [AttachedFile(name=f"{name}.bin", media_type="application/octet-stream", about=name, body=name.encode() * 100) for name in "ba"]
    made = attached(plain, files)
    assert made == attached(plain, files[::-1])
    reader = PdfReader(io.BytesIO(made), strict=True)
    assert {name: hashlib.sha256(bodies[0]).hexdigest() for name, bodies in reader.attachments.items()} == {
        file.name: hashlib.sha256(file.body).hexdigest() for file in files
    }
    assert reader.pages[0].extract_text().splitlines() == ["foot", "Page 1", "Hello"]
    with pytest.raises(ValueError, match="no PDF of ours"):
        attached(b"%PDF-1.4\n%%EOF\n", files)
