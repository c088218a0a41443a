"""The page of a contract: who signs first, declining with a reason, and the file to take away and have checked."""

import re
from dataclasses import replace

import boto3
import msgspec

from chalicelib.bookings.states import State
from chalicelib.contracts import verify
from chalicelib.contracts.evidence import EventKind
from chalicelib.contracts.offers import WantedShow
from chalicelib.contracts.rules import Contract, ContractState
from chalicelib.contracts.terms import SigningOrder
from chalicelib.core.access import Role
from tests.fakes.api import Api
from tests.fakes.console import OPERATOR, STARTS, Answer, Console, Market, console, market

__all__ = ["console", "market"]


def drafted(market: Market, order: SigningOrder) -> Contract:
    found = market.console.services
    offer = found.contracts.offers.make(
        market.brand,
        brief_id=market.brief_id,
        creator_id=market.host.tenant_id,
        shows=[WantedShow(starts_at=STARTS, minutes=60, title="New year, new mugs")],
        terms=replace(market.terms(), signing_order=order),
        expires_in_hours=48,
    )
    found.contracts.offers.accept(market.host, offer.offer_id, 1)
    market.console.work()
    return found.contracts.contract(offer.contract_id)


def fetched(answer: Answer) -> bytes:
    """The file that an answer leads to."""
    assert answer.status == 303
    key = re.search(r"(contracts/[^?]+)", str(answer.headers["Location"]))
    assert key is not None
    body: bytes = boto3.client("s3").get_object(Bucket="test-records", Key=key[1])["Body"].read()
    return body


def fields(contract: Contract) -> dict[str, str]:
    return {"document_sha256": contract.document_sha256, "consent_version": "consent-2026-1", "typed_name": "Somebody", "consent": "true"}


def test_the_page_says_whose_turn_it_is_and_gives_the_form_to_that_side_only(market: Market) -> None:
    console, contract = market.console, drafted(market, SigningOrder.BRAND_FIRST)
    path = f"/contracts/{contract.contract_id}"
    host, brand = console.get(path, market.host).text, console.get(path, market.brand).text
    assert "The brand signs first, and then the host. It is the brand&#39;s turn." in host
    assert ('name="typed_name"' in host, 'name="typed_name"' in brand) == (False, True)
    assert "Sign the contract with" not in console.get("/creator", market.host).text
    assert "Sign the contract with" in console.get("/brand", market.brand).text
    early = console.post(f"{path}/sign", market.host, **fields(contract))
    assert early.status == 409
    assert "the brand signs first" in early.text
    assert console.post(f"{path}/sign", market.brand, **fields(contract)).status == 303
    assert 'name="typed_name"' in console.get(path, market.host).text
    assert "Sign the contract with" in console.get("/creator", market.host).text


def test_a_side_declines_with_a_reason_that_both_read_on_the_page(market: Market) -> None:
    console, contract = market.console, drafted(market, SigningOrder.ANY)
    path = f"/contracts/{contract.contract_id}"
    assert "Decline to sign" in console.get(path, market.host).text
    assert "Decline to sign" not in console.get(path, market.agency).text
    assert console.post(f"{path}/decline", market.host, reason=" ").status == 422
    assert console.post(f"{path}/decline", market.host, reason="I fell ill").status == 303
    for who in (market.brand, market.host):
        page = console.get(path, who).text
        assert "The host declined to sign on" in page
        assert "I fell ill The host&#39;s time is free again." in page
        assert ('name="typed_name"' in page, "Decline to sign" in page) == (False, False)
    booking = console.services.bookings.booking(contract.bookings[0].booking_id)
    assert (booking.state, booking.slots) == (State.DECLINED, ())
    assert console.services.contracts.contract(contract.contract_id).state is ContractState.DECLINED


def test_only_who_was_shown_the_document_signs_it_and_the_page_with_the_form_has_shown_it(market: Market, console: Console) -> None:
    contract = drafted(market, SigningOrder.ANY)
    path = f"/contracts/{contract.contract_id}"
    booker = console.member(market.brand.tenant_id, Role.BRAND_BOOKER, "booker")
    assert 'name="typed_name"' in console.get(path, booker).text
    refused = console.post(f"{path}/sign", market.brand, **fields(contract))
    assert (refused.status, "You have not been shown this document yet" in refused.text) == (409, True)
    assert 'name="typed_name"' in refused.text
    assert console.post(f"{path}/sign", booker, **fields(contract)).status == 303
    evidence = console.services.contracts.evidence(market.host, contract.contract_id)
    assert [entry.event.user_id for entry in evidence.events if entry.event.kind is EventKind.VIEWED] == [
        booker.user_id,
        market.brand.user_id,  # the page that came back has its words
    ]
    assert evidence.intact
    history = console.services.history.of_deal(contract.contract_id)
    assert [(entry.act, entry.actor.user_id) for entry in history if entry.refused] == [("sign", market.brand.user_id)]


def test_a_refused_signature_comes_back_on_the_contracts_page_as_it_was_typed_and_unsigned(market: Market, console: Console) -> None:
    contract = drafted(market, SigningOrder.ANY)
    path = f"/contracts/{contract.contract_id}"
    console.get(path, market.host)
    unticked = fields(contract) | {"typed_name": "Nadia <Hart>"}
    del unticked["consent"]
    refused = console.post(f"{path}/sign", market.host, **unticked)
    assert (refused.status, refused.text.count("Type your name and agree to sign electronically.")) == (422, 2)
    assert 'value="Nadia &lt;Hart&gt;"' in refused.text
    assert re.search(r"<input[^>]* checked", refused.text) is None
    no_reason = console.post(f"{path}/decline", market.host, reason="  ")
    assert (no_reason.status, "Decline to sign" in no_reason.text, 'name="typed_name"' in no_reason.text) == (422, True, True)
    assert console.services.contracts.contract(contract.contract_id).signatures == ()


def test_the_marketplace_reads_which_shows_a_signed_contract_has(market: Market) -> None:
    path = f"/contracts/{market.signed().contract_id}"
    for who in (OPERATOR, market.brand, market.host):
        page = market.console.get(path, who).text
        assert ("Winter &lt;table&gt;" in page, "are being set up" in page) == (True, False)


def test_a_program_that_fetches_the_document_has_been_shown_it(market: Market) -> None:
    contract = drafted(market, SigningOrder.ANY)
    path, host = f"/api/v1/contracts/{contract.contract_id}", Api(market.console, market.host)
    body = {"document_sha256": contract.document_sha256, "typed_name": "Nadia Hart", "consent": True}
    refused = host.ask("POST", f"{path}/sign", body)
    assert (refused.status, refused.body["type"]) == (409, "/problems/not_shown")
    host.get(f"{path}/document")
    assert host.post(f"{path}/sign", body)["signatures"]


def test_an_amendment_is_read_then_signed_on_the_page_or_declined_with_a_reason(market: Market, console: Console) -> None:
    contract = market.signed()
    path = f"/contracts/{contract.contract_id}"
    better = {"terms": msgspec.to_builtins(market.terms(400_00)), "in_force_from": STARTS.isoformat()}
    brand, decline = Api(console, market.brand), f"{path}/amendments/2/decline"
    brand.post(f"/api/v1{path}/amendments", better)
    unread = console.get(path, market.host).text
    assert ("Read the whole amendment, then sign it here" in unread, 'name="typed_name"' in unread) == (True, False)
    console.get(f"{path}/document?version=2", market.host)
    read = console.get(path, market.host).text
    assert ("then sign it here" in read, 'name="typed_name"' in read) == (False, True)
    assert "Or say why you do not sign it" in read
    assert "Or say why you take it back" in console.get(path, market.brand).text
    assert console.post(decline, market.host, reason=" ").status == 422
    assert brand.ask("POST", f"/api/v1{decline}", {}).status == 422
    assert console.post(decline, market.host, reason="The season is over.").status == 303
    brand.post(f"/api/v1{path}/amendments", better)
    assert brand.post(f"/api/v1{decline}", {"reason": "A slip."})["amendment"] is None
    told = [entry.sentence for entry in console.services.history.of_deal(contract.contract_id) if "Version 2" in entry.sentence.title()]
    assert ("Declined version 2, so the terms in force stay: The season is over." in told, told[-1]) == (
        True,
        "Took version 2 back, so the terms in force stay: A slip.",
    )


def test_the_signed_file_is_on_the_page_of_both_sides_and_holds_with_the_published_keys(market: Market, console: Console) -> None:
    contract = market.signed()
    path = f"/contracts/{contract.contract_id}"
    page = console.get(path, market.brand).text
    assert "a single changed byte shows" in page
    for link in (f"{path}/pdf", f"/api/v1{path}/evidence", "/verify-contract.py", "/seal-keys"):
        assert f'href="{link}"' in page
    keys = console.get("/seal-keys")
    assert keys.status == 200
    files = {fetched(console.get(f"{path}/pdf", who)) for who in (market.brand, market.host, market.agency, market.viewer)}
    files.add(fetched(console.get(f"{path}/pdf?version=1", market.host)))
    files.add(fetched(console.get(f"/api/v1{path}/document?format=pdf", market.host)))
    (file,) = files
    assert "the marketplace made the file" in list(verify.verify(file, keys.text))[1]
    assert console.get(f"{path}/pdf", market.rival).status == 404
    assert console.get(f"{path}/pdf?version=2", market.host).status == 404
    assert console.get("/verify-contract.py").text.startswith('"""Checks a signed contract')


def test_a_file_that_is_not_there_yet_is_made_after_it_was_asked_for(market: Market, console: Console) -> None:
    contract = drafted(market, SigningOrder.ANY)
    path = f"/contracts/{contract.contract_id}"
    unsigned = fetched(console.get(f"{path}/pdf", market.host))
    assert unsigned.startswith(b"%PDF")
    for who in (market.brand, market.host):
        console.get(path, who)
        console.post(f"{path}/sign", who, **fields(contract))
    console.work(but="contract.signed")
    waiting = console.get(f"{path}/pdf", market.host)
    assert (waiting.status, "being made" in waiting.text) == (409, True)
    console.work()
    assert list(verify.verify(fetched(console.get(f"{path}/pdf", market.host)), console.get("/seal-keys").text))


def test_programs_are_refused_as_people_are(market: Market, console: Console) -> None:
    signed = market.signed()
    path = f"/api/v1/contracts/{signed.contract_id}"
    assert "Contract between" in console.get(f"{path}/document", market.host).text
    assert console.get(f"{path}/document?format=docx", market.host).status == 422
    body = msgspec.json.encode({"reason": "No"})
    headers = {"content-type": "application/json", "sec-fetch-site": "same-origin"}
    late = console._ask("POST", f"{path}/decline", market.host, body, headers)
    assert (late.status, "signed this already" in late.text) == (409, True)
