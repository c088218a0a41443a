"""What documents say around their clauses, as HTML and as PDF, and what the chain of evidence holds of each act of a person."""

import io
from dataclasses import replace
from datetime import timedelta

from pypdf import PdfReader

from chalicelib.contracts.evidence import AUTHENTICATION_METHOD, EventKind, RecordedEvent
from chalicelib.contracts.reading import read_document
from chalicelib.contracts.rules import CONSENT_TEXT, CONSENT_VERSION, Contract
from chalicelib.contracts.signing import SigningContext
from chalicelib.core.clock import iso
from chalicelib.core.pdf import document, text
from tests.unit.test_contracts_sealed import fetched, filed, signed, words_of
from tests.unit.test_contracts_service import MONDAY_19H, WEDNESDAY_19H, World, world

__all__ = ["world"]

ACTS = {EventKind.VIEWED, EventKind.CONSENTED, EventKind.SIGNED, EventKind.PROPOSED, EventKind.DECLINED}


def amended(world: World, contract: Contract, context: SigningContext | None = None) -> Contract:
    better = replace(contract.terms, return_window_days=7)
    return world.contracts.amendments.propose(
        world.brand, contract.contract_id, better, in_force_from=WEDNESDAY_19H, reset_totals=False, context=context or world.context()
    )


def test_the_document_of_a_contract_says_which_agreement_it_is_in_utc_and_in_the_contracts_zone(world: World) -> None:
    contract = world.agreed()
    said = read_document(world.contracts.document(world.host, contract.contract_id, world.context()))
    assert said.about == (
        f"Contract {contract.contract_id}, version 1, agreed on 2011-01-03T12:00:00.000Z (UTC), 2011-01-03 12:00 in Europe/London, "
        f"as version 1 of offer {contract.offer_id}."
    )
    assert said.changes == ()


def test_the_document_of_an_amendment_says_what_changes_and_from_which_instant_on(world: World) -> None:
    contract = amended(world, signed(world))
    assert contract.amendment is not None
    said = read_document(world.contracts.document(world.host, contract.contract_id, world.context(), 2))
    assert said.about == (
        f"Contract {contract.contract_id}, version 2, proposed on 2011-01-03T12:00:00.000Z (UTC), 2011-01-03 12:00 in Europe/London. "
        "It binds the shows that start from 2011-01-12T19:00:00.000Z (UTC), 2011-01-12 19:00 in Europe/London, on; "
        "shows before keep the version they have. What changes:"
    )
    assert said.changes == contract.amendment.differences == ("return window 14 days -> 7 days",)
    shows = [clause.text for clause in said.sections[0].clauses if "presents the show" in clause.text]
    assert len(shows) == 1
    assert "Wed 12 January 2011" in shows[0]


def test_the_pdf_says_all_that_the_html_says_around_the_clauses(world: World) -> None:
    contract = amended(world, signed(world))
    for version in (1, 2):
        said = read_document(world.contracts.document(world.host, contract.contract_id, world.context(), version))
        if version == 1:
            filed(world, contract)
        words = words_of(fetched(world, contract, version))
        for sentence in (said.title, said.about, *said.changes, said.consent):
            assert sentence in words
        assert words.index(said.consent) > words.index(said.sections[-1].clauses[-1].text)
        assert said.consent == f"Who signs consents to this ({CONSENT_VERSION}): {CONSENT_TEXT}"


def test_what_stands_at_the_foot_of_a_page_leaves_room_for_its_number() -> None:
    foot = f"ctr_{'8' * 26}, version 1, SHA-256 of the signed document {'8' * 64}"
    lines = PdfReader(io.BytesIO(document([text("Hello")], title="Hello", foot=foot))).pages[0].extract_text().splitlines()
    assert " ".join(line for line in lines if line not in {"Hello", "Page 1"}) == foot
    assert "8" * 64 in lines


def test_each_act_of_a_person_is_kept_with_when_where_how_and_under_which_document(world: World) -> None:
    context = SigningContext(
        authenticated_at=world.clock.real_now() - timedelta(minutes=3), address="2001:db8::7", user_agent="Reader/7 (Tablet)", locale="pl"
    )
    contract = world.agreed(MONDAY_19H, WEDNESDAY_19H)
    contracts, contract_id = world.contracts, contract.contract_id
    for side in (world.host, world.brand):
        contracts.document(side, contract_id, context)
        world.sign(side, contract, context=context)
    waiting = amended(world, contract, context).amendment
    assert waiting is not None
    contracts.document(world.host, contract_id, context, 2)
    contracts.amendments.decline(world.host, contract_id, 2, "Not like this.", context)
    refused = world.agreed(WEDNESDAY_19H + timedelta(hours=2))
    contracts.document(world.brand, refused.contract_id, context)
    contracts.decline(world.brand, refused.contract_id, "The date no longer fits.", context)
    events = [each for each in (*contracts.events(contract_id), *contracts.events(refused.contract_id)) if each.event.kind in ACTS]
    assert {(each.event.contract_id, each.event.kind, each.event.document_version) for each in events} == {
        *((contract_id, kind, 1) for kind in (EventKind.VIEWED, EventKind.CONSENTED, EventKind.SIGNED)),
        *((contract_id, kind, 2) for kind in (EventKind.PROPOSED, EventKind.VIEWED, EventKind.DECLINED)),
        *((refused.contract_id, kind, 1) for kind in (EventKind.VIEWED, EventKind.DECLINED)),
    }
    documents = {(contract_id, 1): contract.document_sha256, (contract_id, 2): waiting.document_sha256}
    for each in events:
        _is_whole(each, context, documents.get((each.event.contract_id, each.event.document_version), refused.document_sha256))
        assert each.event.at == iso(world.clock.real_now())
    words = words_of(_file(world, contract_id)).replace(" ", "")
    for expected in (
        *("2001:db8::7", "Reader/7(Tablet)", ",pl", AUTHENTICATION_METHOD, iso(context.authenticated_at), iso(world.clock.real_now())),
        f"under{CONSENT_VERSION}",
    ):
        assert words.count(expected.replace(" ", "")) >= 4


def _file(world: World, contract_id: str) -> bytes:
    world.contracts.filing.file(contract_id)
    return fetched(world, world.contracts.contract(contract_id), 1)


def _is_whole(each: RecordedEvent, context: SigningContext, document_sha256: str) -> None:
    event, signer = each.event, each.signer
    assert (event.authentication, event.authenticated_at) == (AUTHENTICATION_METHOD, iso(context.authenticated_at))
    assert event.document_sha256 == document_sha256
    assert event.consent_version == (CONSENT_VERSION if event.kind in {EventKind.CONSENTED, EventKind.SIGNED} else "")
    assert event.user_id
    assert event.before or event.number == 1
    assert signer is not None
    assert (signer.address, signer.user_agent, signer.locale) == (context.address, context.user_agent, context.locale)
    assert signer.email.endswith("@example.com")
    assert len(signer.salt) > 20
