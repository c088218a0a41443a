"""What must not work, tried by people through HTTP: each gets a clear sentence, and nothing is lost or half done."""

import hashlib
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest

from demo.client import Answer, Person, fetch
from infra.place import PREFIX
from tests.stack import Stack
from tests.stripe_standin.deliveries import signature
from tests.world import CURRENCY, FEE_MINOR, HEADER, World, build_world, csv_file

MAX_IMPORT_BYTES = 64 * 1024 * 1024
WEBHOOK = "/webhooks/stripe"
UNKNOWN_SHA256 = "0" * 64


@pytest.fixture(scope="module")
def built(stack: Stack) -> Iterator[World]:
    """The world; whatever all tests together did to it, no message was given up."""
    made = build_world(stack)
    given_up = made.given_up()
    yield made
    made.settle_down()
    assert made.given_up() == given_up


@pytest.fixture
def world(built: World) -> Iterator[World]:
    """The world; whatever a test did to it, the books add up afterwards."""
    yield built
    assert built.audit() == []


def refusal(answer: Answer, status: HTTPStatus) -> str:
    """The sentence of a refusal with this status."""
    assert answer.status == status, f"{answer.status}: {answer.text[:500]}"
    detail: str = answer.json()["detail"]
    return detail


# ---------------------------------------------------------------- sales files


def test_a_file_with_unknown_columns_is_refused_by_their_names_and_nothing_of_it_is_stored(world: World) -> None:
    before = world.seen()

    record = world.upload(csv_file([world.row("unknown-1") + ",5,red"], header=f"{HEADER},loyalty_points,colour"))

    assert record["state"] == "refused"
    assert "does not know the columns loyalty_points, colour" in record["reason"]
    assert "Remove or rename" in record["reason"]
    assert (record["accepted"], record["rejected"], record["parts"]) == (0, 0, 0)
    assert world.seen() == before


def test_a_file_that_breaks_off_within_a_row_is_refused_as_a_whole(world: World) -> None:
    before = world.seen()
    whole = csv_file([world.row("cut-1"), world.row("cut-2")])

    record = world.upload(whole[:-7])

    assert record["state"] == "refused"
    assert "breaks off in row 3" in record["reason"]
    assert "nothing of it was taken" in record["reason"]
    assert world.seen() == before


def test_files_that_cannot_be_understood_are_refused_as_a_whole_with_what_is_wrong(world: World) -> None:
    before, row = world.seen(), world.row("garbled-1")
    files = {
        "has no rows": csv_file([]),
        "lacks the columns sku, quantity": csv_file(["1,1"], header="order_id,line_id,ordered_at,currency"),
        "more than once": csv_file([row + ",1"], header=f"{HEADER},qty"),
        "is opened and never closed": csv_file([row, '"' + row]),
        "is not UTF-8 text": csv_file([row]) + b"sale,caf\xe9\n",
        "breaks off within a character": csv_file([row]) + b"sale,caf\xc3",
    }
    uploads = {words: world.announce(world.booker, body).json() for words, body in files.items()}

    assert {world.put(upload, files[words]).status for words, upload in uploads.items()} == {HTTPStatus.OK}
    records = {words: world.ended(upload["import_id"]) for words, upload in uploads.items()}

    assert {record["state"] for record in records.values()} == {"refused"}
    assert [words for words, record in records.items() if words not in record["reason"]] == []
    assert world.seen() == before


def test_a_whole_file_is_taken_after_its_truncated_copy_was_refused(world: World) -> None:
    whole = csv_file([world.row("mended-1", sku="OTHER"), world.row("mended-2", sku="OTHER")])
    assert world.upload(whole[:-3])["state"] == "refused"

    record = world.upload(whole)

    assert (record["state"], record["tally"]["new"], record["tally"]["known"]) == ("done", 2, 0)


def test_a_file_that_was_taken_is_refused_at_its_second_announcement_with_the_first_imports_name(world: World) -> None:
    body = csv_file([world.row("twice-1")])
    first = world.upload(body)
    assert (first["state"], first["tally"]["attributed"]) == ("done", 1)
    before, listed = world.seen(), world.booker.get("/api/v1/imports")

    sentence = refusal(world.announce(world.booker, body, again="second"), HTTPStatus.CONFLICT)

    assert first["import_id"] in sentence
    assert "Nothing was added" in sentence
    assert world.booker.get("/api/v1/imports") == listed
    assert world.seen() == before


def test_of_two_announcements_of_the_same_bytes_one_is_stored_and_the_other_refused(world: World) -> None:
    body = csv_file([world.row("race-1"), world.row("race-2")])
    sold = world.seen()["sales"]
    uploads = [world.announce(world.booker, body, again=word).json() for word in ("one", "two")]
    assert uploads[0]["import_id"] != uploads[1]["import_id"]

    assert [world.put(upload, body).status for upload in uploads] == [HTTPStatus.OK, HTTPStatus.OK]
    records = sorted((world.ended(upload["import_id"]) for upload in uploads), key=lambda record: record["state"])
    world.settle_down()

    assert [record["state"] for record in records] == ["done", "refused"]
    assert records[0]["import_id"] in records[1]["reason"]
    assert "imported before" in records[1]["reason"]
    assert records[0]["tally"]["new"] == 2
    assert records[1]["tally"]["new"] == 0
    now = world.seen()["sales"]
    assert (now["lines"] - sold["lines"], now["gross_minor"] - sold["gross_minor"]) == (2, 2_400)


def test_the_same_rows_in_another_file_are_known_and_counted_once(world: World) -> None:
    rows = [world.row("again-1"), world.row("again-2")]
    world.upload(csv_file(rows))
    before = world.seen()["sales"]

    record = world.upload(csv_file(list(reversed(rows))))

    assert (record["state"], record["tally"]["new"], record["tally"]["known"]) == ("done", 0, 2)
    assert world.seen()["sales"] == before


def test_a_file_over_the_size_limit_is_refused_before_anything_is_sent(world: World) -> None:
    before, listed = world.seen(), world.booker.get("/api/v1/imports")

    sentence = refusal(world.announce(world.booker, b"", size_bytes=MAX_IMPORT_BYTES + 1), HTTPStatus.UNPROCESSABLE_ENTITY)

    assert f"{MAX_IMPORT_BYTES:,}" in sentence
    assert "Split it" in sentence
    assert world.booker.get("/api/v1/imports") == listed
    assert world.seen() == before


def test_bytes_of_another_length_than_announced_are_refused_by_the_bucket(world: World) -> None:
    before = world.seen()
    body = csv_file([world.row("longer-1")])
    upload = world.announce(world.booker, body).json()

    answer = world.put(upload, body + body)

    assert answer.status == HTTPStatus.FORBIDDEN
    assert world.booker.get(f"/api/v1/imports/{upload['import_id']}")["record"]["state"] == "awaiting_upload"
    assert world.seen() == before


def test_other_bytes_of_the_announced_length_are_refused_by_their_hash(world: World) -> None:
    before = world.seen()
    body = csv_file([world.row("changed-1")])
    upload = world.announce(world.booker, body).json()

    assert world.put(upload, body.replace(b"changed-1", b"changed-2")).status == HTTPStatus.OK
    record = world.ended(upload["import_id"])

    assert record["state"] == "refused"
    assert "not the one that was announced" in record["reason"]
    assert world.seen() == before


def test_a_file_that_was_taken_cannot_be_replaced_through_its_upload_address(world: World) -> None:
    body = csv_file([world.row("kept-1", sku="OTHER")])
    upload = world.announce(world.booker, body).json()
    assert world.put(upload, body).status == HTTPStatus.OK
    assert world.ended(upload["import_id"])["state"] == "done"
    bucket, objects = world.stack.facts["buckets"]["imports"], world.stack.client("s3")
    key = f"uploads/{world.cast.tenants['lark']}/{upload['import_id']}"

    world.put(upload, body.replace(b"kept-1", b"fake-1"))
    kept = objects.get_object(Bucket=bucket, Key=key)["Body"].read()
    objects.put_object(Bucket=bucket, Key=key, Body=body)
    world.settle_down()

    assert kept == body


def test_a_row_in_another_currency_than_its_feed_is_rejected_with_its_reason_and_the_rest_is_taken(world: World) -> None:
    sold = world.seen()["sales"]

    record = world.upload(csv_file([world.row("mixed-1"), world.row("mixed-2", currency="GBP")]))

    assert (record["state"], record["accepted"], record["rejected"]) == ("done", 1, 1)
    [rejected] = world.booker.get(f"/api/v1/imports/{record['import_id']}/rejected")
    assert (rejected["row_number"], rejected["problem"]) == (3, "other_currency")
    assert f"in GBP, but this feed is settled in {CURRENCY}" in rejected["reason"]
    assert world.seen()["sales"]["gross_minor"] - sold["gross_minor"] == 1_200


def test_a_sale_in_another_currency_than_the_contract_stays_visible_and_earns_nothing(world: World) -> None:
    before = world.seen()

    record = world.upload(csv_file([world.row("pounds-1", currency="GBP")]), currency="GBP")

    tally = record["tally"]
    assert (record["state"], tally["new"], tally["attributed"]) == ("done", 1, 0)
    assert (tally["other_currency"], tally["unattributed"], tally["unattributed_minor"]) == (1, 1, 1_200)
    after = world.seen()
    assert [feed["tally"]["other_currency"] for feed in after["feeds"] if feed["currency"] == "GBP"] == [1]
    assert (after["sales"], after["earnings"]) == (before["sales"], before["earnings"])


def test_a_refund_that_comes_before_its_sale_is_an_orphan_until_the_sale_comes(world: World) -> None:
    sold = world.seen()["sales"]

    record = world.upload(csv_file([world.row("early-1", refund="back-1")]))

    assert (record["state"], record["tally"]["taken_back"], record["tally"]["taken_back_minor"]) == ("done", 1, 1_200)
    waiting = summary(world)
    assert (waiting["orphans"], waiting["orphans_minor"]) == (1, 1_200)
    assert world.seen()["sales"] == sold

    assert world.upload(csv_file([world.row("early-1")]))["state"] == "done"

    linked = summary(world)
    assert (linked["orphans"], linked["orphans_minor"]) == (0, 0)
    assert linked["links_to_shows"] == waiting["links_to_shows"] + 1
    now = world.seen()["sales"]
    assert now["gross_minor"] - sold["gross_minor"] == 1_200
    assert now["refunds_minor"] - sold["refunds_minor"] == 1_200
    assert now["units_returned"] - sold["units_returned"] == 1
    assert now["net_minor"] == sold["net_minor"]


def summary(world: World) -> Any:
    """Where the feed in euros stands."""
    return next(feed["summary"] for feed in world.booker.get("/api/v1/feeds") if feed["currency"] == CURRENCY)


# ---------------------------------------------------------------- offers and signatures


@pytest.mark.parametrize("minutes", [0, 45, -45])
def test_an_offer_on_a_taken_slot_is_refused_without_saying_who_has_it(world: World, minutes: int) -> None:
    starts_at = world.later + timedelta(minutes=minutes)
    brief = world.brief(world.rival, starts_at, f"A rival's wish, {minutes} minutes off")
    before = world.seen()

    answer = world.rival.ask("POST", "/api/v1/offers", world.offer_body(brief["brief_id"], "ben", starts_at))

    sentence = refusal(answer, HTTPStatus.CONFLICT)
    assert "Ben Marsh is already booked" in sentence
    assert "Pick one of the free slots" in sentence
    assert "Lark" not in answer.text
    assert world.seen() == before


def test_of_two_offers_for_one_slot_only_the_first_accepted_one_books(world: World) -> None:
    starts_at, ben = world.later + timedelta(days=1), world.cast.host("ben")
    offers = []
    for person in (world.booker, world.rival):
        brief = world.brief(person, starts_at, "Both want this hour")
        offers.append(person.post("/api/v1/offers", world.offer_body(brief["brief_id"], "ben", starts_at)))
    ben.post(f"/api/v1/offers/{offers[0]['offer_id']}/accept", {"version": 1})
    world.settle_down()
    before, bookings = world.seen(), ben.get("/api/v1/bookings")

    answer = ben.ask("POST", f"/api/v1/offers/{offers[1]['offer_id']}/accept", {"version": 1})

    assert "already booked" in refusal(answer, HTTPStatus.CONFLICT)
    assert world.rival.get(f"/api/v1/offers/{offers[1]['offer_id']}")["state"] == "offered"
    assert ben.get("/api/v1/bookings") == bookings
    assert world.seen() == before


def unsigned(world: World) -> tuple[str, list[str]]:
    """State and kinds of events of the contract that waits for signatures."""
    path = f"/api/v1/contracts/{world.contract_to_sign}"
    evidence = world.booker.get(f"{path}/evidence")
    assert evidence["intact"] is True
    return world.booker.get(path)["state"], [entry["event"]["kind"] for entry in evidence["events"]]


def test_another_brand_or_host_does_not_find_a_contract_to_sign(world: World) -> None:
    path, body = f"/api/v1/contracts/{world.contract_to_sign}/sign", world.signature(world.contract_to_sign)
    before = unsigned(world)

    for stranger in (world.rival, world.cast.host("ada")):
        assert "no such contract" in refusal(stranger.ask("POST", path, body), HTTPStatus.NOT_FOUND)

    assert unsigned(world) == before
    assert before[0] == "to_sign"


def test_a_viewer_and_an_agencys_manager_may_not_sign(world: World) -> None:
    path, body = f"/api/v1/contracts/{world.contract_to_sign}/sign", world.signature(world.contract_to_sign)
    before = unsigned(world)

    for person, role in ((world.person("viewer", "lark"), "brand viewer"), (world.manager, "agency manager")):
        sentence = refusal(person.ask("POST", path, body), HTTPStatus.FORBIDDEN)
        assert role in sentence
        assert "Ask somebody" in sentence

    assert unsigned(world) == before


@pytest.mark.parametrize(
    ("instead", "status", "words"),
    [
        ({"document_sha256": UNKNOWN_SHA256}, HTTPStatus.CONFLICT, "not the document that is to be signed"),
        ({"consent": False}, HTTPStatus.UNPROCESSABLE_ENTITY, "agree to sign electronically"),
        ({"typed_name": "   "}, HTTPStatus.UNPROCESSABLE_ENTITY, "Type your name"),
    ],
)
def test_a_signature_under_another_document_or_without_consent_is_refused(
    world: World, instead: dict[str, Any], status: HTTPStatus, words: str
) -> None:
    path, body = f"/api/v1/contracts/{world.contract_to_sign}/sign", world.signature(world.contract_to_sign)
    before = unsigned(world)

    for signer in (world.booker, world.cast.host("ben")):
        assert words in refusal(signer.ask("POST", path, body | instead), status)

    assert unsigned(world) == before


def test_a_side_that_has_signed_cannot_sign_again(world: World) -> None:
    path, body = f"/api/v1/contracts/{world.contract_id}/sign", world.signature(world.contract_id)
    evidence = world.booker.get(f"/api/v1/contracts/{world.contract_id}/evidence")

    answer = world.person("owner", "lark").ask("POST", path, body | {"typed_name": "Somebody else"})

    assert "has signed this already" in refusal(answer, HTTPStatus.CONFLICT)
    assert world.booker.get(f"/api/v1/contracts/{world.contract_id}/evidence") == evidence


# ---------------------------------------------------------------- settlements


@pytest.fixture(scope="module")
def settlement(built: World) -> Iterator[Any]:
    """The host's settlement, prepared and not yet approved; another person voids it in the end."""
    run = built.preparer.post("/api/v1/settlements", {"currency": CURRENCY})
    yield next(each for each in run["settlements"] if each["payee_id"] == built.cast.tenants["ada"])
    for each in run["settlements"]:
        voided = built.approver.post(f"/api/v1/settlements/{each['settlement_id']}/void", {"reason": "Made by a test."})
        assert voided["state"] == "void"


def test_a_preparer_has_no_approval_to_give(world: World, settlement: Any) -> None:
    path, before = f"/api/v1/settlements/{settlement['settlement_id']}", world.seen()
    assert (settlement["state"], settlement["amount_minor"]) == ("open", FEE_MINOR * 9 // 10)

    sentence = refusal(world.preparer.ask("POST", f"{path}/approve"), HTTPStatus.FORBIDDEN)

    assert "finance preparer" in sentence
    assert world.preparer.get(path)["settlement"] == settlement
    assert world.seen() == before


def test_who_prepared_a_settlement_cannot_approve_it_after_becoming_an_approver(world: World, settlement: Any) -> None:
    path, before = f"/api/v1/settlements/{settlement['settlement_id']}", world.seen()
    operator, email = world.cast.staff("operator"), world.preparer.email

    operator.post("/api/v1/members", {"email": email, "role": "finance_approver"}, time_of="promoted")
    try:
        answer = world.preparer.ask("POST", f"{path}/approve")
    finally:
        operator.post("/api/v1/members", {"email": email, "role": "finance_preparer"}, time_of="back again")

    assert "another person has to approve it" in refusal(answer, HTTPStatus.FORBIDDEN)
    assert world.preparer.get(path)["settlement"] == settlement
    assert world.seen() == before


def test_payees_and_brands_cannot_approve_a_settlement(world: World, settlement: Any) -> None:
    path, before = f"/api/v1/settlements/{settlement['settlement_id']}", world.seen()

    for person in (world.cast.host("ada"), world.manager, world.booker, world.cast.staff("operator")):
        assert "does not include this" in refusal(person.ask("POST", f"{path}/approve"), HTTPStatus.FORBIDDEN)

    assert world.seen() == before


def test_preparing_the_same_money_again_takes_nothing_twice(world: World, settlement: Any) -> None:
    before = world.seen()

    run = world.preparer.post("/api/v1/settlements", {"currency": CURRENCY}, time_of="again")

    assert settlement["settlement_id"] not in {each["settlement_id"] for each in run["settlements"]}
    assert [each["reason"] for each in run["carried_over"] if each["payee_id"] == settlement["payee_id"]] == ["nothing is payable"]
    assert world.seen() == before


# ---------------------------------------------------------------- webhooks


def deliver(world: World, body: bytes, header: str | None) -> Answer:
    headers = {"Content-Type": "application/json"} | ({} if header is None else {"Stripe-Signature": header})
    return fetch("POST", world.stack.site_url + WEBHOOK, body, headers)


def events_kept(world: World, event_id: str) -> int:
    """How many items of the payouts and outbox tables mention a notice."""
    tables = world.stack.client("dynamodb")
    pages = [page for name in ("payouts", "outbox") for page in tables.get_paginator("scan").paginate(TableName=PREFIX + name)]
    return sum(event_id in json.dumps(item, default=str) for page in pages for item in page["Items"])


def test_a_forged_webhook_is_refused_and_leaves_no_trace(world: World) -> None:
    before = world.seen()
    secret, now = world.stack.facts["stripe_webhook_secret"], int(time.time())
    event = {"id": "evt_forged", "type": "account.updated", "created": now, "livemode": False, "data": {"object": {"id": "acct_x"}}}
    body = json.dumps(event).encode()
    genuine = signature(body, secret, now)
    headers = {
        "of another secret": (body, signature(body, "whsec_guessed", now)),
        "of another body": (body.replace(b"acct_x", b"acct_y"), genuine),
        "an hour old": (body, signature(body, secret, now - 3_600)),
        "an hour ahead": (body, signature(body, secret, now + 3_600)),
        "of the old scheme only": (body, genuine.replace("v1=", "v0=")),
        "empty": (body, ""),
        "missing": (body, None),
    }

    sentences = {what: refusal(deliver(world, *forged), HTTPStatus.UNAUTHORIZED) for what, forged in headers.items()}

    assert "signing secret" in sentences["of another secret"]
    assert "missing or malformed" in sentences["missing"]
    assert "seconds" in sentences["an hour old"]
    assert events_kept(world, "evt_forged") == 0
    assert world.seen() == before


def test_a_signed_notice_of_the_other_mode_is_refused(world: World) -> None:
    event = {"id": "evt_other_mode", "type": "account.updated", "created": 1, "livemode": True, "data": {"object": {"id": "acct_x"}}}
    body = json.dumps(event).encode()

    answer = deliver(world, body, signature(body, world.stack.facts["stripe_webhook_secret"], int(time.time())))

    assert "other mode" in refusal(answer, HTTPStatus.UNAUTHORIZED)
    assert events_kept(world, "evt_other_mode") == 0


def test_a_genuine_notice_that_is_replayed_is_taken_once(world: World) -> None:
    facts = world.stack.facts
    key = {"Authorization": f"Bearer {facts['stripe_api_key']}"}
    listed = fetch("GET", f"{facts['stripe_url']}/v1/events?type=checkout.session.completed", headers=key)
    event = next(each for each in listed.json()["data"] if world.funding_id in json.dumps(each))
    body = json.dumps(event).encode()
    before, kept = world.seen(), events_kept(world, event["id"])
    assert kept > 0

    answers = [deliver(world, body, signature(body, facts["stripe_webhook_secret"], int(time.time()))) for _ in range(3)]
    world.settle_down()

    assert [(answer.status, answer.json()) for answer in answers] == [(HTTPStatus.OK, {"new": False})] * 3
    assert events_kept(world, event["id"]) == kept
    assert world.seen() == before


# ---------------------------------------------------------------- another tenant's ids


def assert_not_found(person: Person, *calls: tuple[str, str, Any]) -> None:
    """Every call is answered as if there were no such thing, in a sentence that says so."""
    answers = {f"{method} {path}": person.ask(method, path, body) for method, path, body in calls}
    assert {call: answer.status for call, answer in answers.items()} == dict.fromkeys(answers, HTTPStatus.NOT_FOUND)
    assert all("no such" in answer.json()["detail"] for answer in answers.values())


def test_another_brand_finds_none_of_a_brands_objects(world: World, settlement: Any) -> None:
    import_id = world.upload(csv_file([world.row("private-1", sku="OTHER")]))["import_id"]
    offer, contract, show = world.deal_paths
    before = world.seen()

    reads = [
        f"/api/v1/briefs/{world.brief_id}",
        f"/api/v1/briefs/{world.brief_id}/matches",
        offer,
        contract,
        f"{contract}/document",
        f"{contract}/evidence",
        show,
        f"{show}/sales",
        f"/api/v1/imports/{import_id}",
        f"/api/v1/imports/{import_id}/rejected",
        f"/api/v1/imports/{import_id}?brand_id={world.cast.tenants['lark']}",
        f"/api/v1/imports?brand_id={world.cast.tenants['lark']}",
        f"/api/v1/feeds?brand_id={world.cast.tenants['lark']}",
        f"/api/v1/fundings/{world.funding_id}",
    ]
    writes: list[tuple[str, str, Any]] = [
        ("POST", "/api/v1/offers", world.offer_body(world.brief_id, "ben", world.later + timedelta(days=3))),
        ("POST", f"{offer}/accept", {"version": 1}),
        ("POST", f"{offer}/decline", {"version": 1}),
        ("POST", f"{offer}/withdraw", {"version": 1}),
        ("POST", f"{offer}/counter", {"version": 1, "terms": world.offer_body("", "ada", world.later)["terms"]}),
        ("POST", f"{contract}/sign", world.signature(world.contract_id)),
        ("POST", f"{contract}/fundings", {"kind": "balance"}),
        ("PUT", show, {"title": "Taken over"}),
        ("POST", f"{show}/publish", None),
        ("POST", f"{show}/start", None),
        ("POST", f"{show}/pins", {"sku": "MUG"}),
        ("POST", f"{show}/end", None),
        ("POST", f"{show}/delivery", {"kind": "host_appears", "result": "not_met", "statement": "Nobody came."}),
        ("POST", "/api/v1/members", {"email": "mole@rook.example", "role": "brand_owner", "tenant": world.cast.tenants["lark"]}),
    ]
    assert_not_found(world.rival, *(("GET", path, None) for path in reads), *writes)
    foreign = world.announce(world.rival, b"type\n", brand_id=world.cast.tenants["lark"])
    assert "no such" in refusal(foreign, HTTPStatus.NOT_FOUND)
    preparer = world.cast.staff("finance_preparer")
    for nobody in ("brd_nobody", world.cast.tenants["ada"]):
        assert "no such" in refusal(world.announce(preparer, b"type\n", brand_id=nobody), HTTPStatus.NOT_FOUND).lower()
    assert refusal(world.rival.ask("GET", f"/api/v1/settlements/{settlement['settlement_id']}"), HTTPStatus.FORBIDDEN)

    assert world.seen() == before


def test_a_statement_of_another_tenants_contract_is_not_found(world: World) -> None:
    path = f"/api/v1/contracts/{world.contract_id}/statement"
    assert world.booker.get(path)

    for stranger in (world.rival, world.cast.host("ben")):
        assert "no statement" in refusal(stranger.ask("GET", path), HTTPStatus.NOT_FOUND)


def test_another_host_finds_none_of_a_hosts_objects(world: World, settlement: Any) -> None:
    before, ben, ada_id = world.seen(), world.cast.host("ben"), world.cast.tenants["ada"]
    offer, contract, show = world.deal_paths
    profile: dict[str, Any] = {name: [] for name in ("categories", "languages", "markets", "platforms")} | {
        "name": "Ada",
        "timezone": "UTC",
    }
    profile |= {"rate_card_minor": 1, "currency": CURRENCY, "creator_id": ada_id}

    assert_not_found(
        ben,
        *(("GET", path, None) for path in (offer, contract, f"{contract}/document", f"{contract}/evidence", show, f"{show}/sales")),
        ("GET", f"/api/v1/settlements/{settlement['settlement_id']}", None),
        ("POST", f"{offer}/accept", {"version": 1}),
        ("POST", f"{contract}/sign", world.signature(world.contract_id)),
        ("POST", f"{show}/delivery", {"kind": "host_appears", "result": "not_met", "statement": "Nobody came."}),
        ("PUT", "/api/v1/profile", profile),
        ("PUT", "/api/v1/availability", {"creator_id": ada_id, "timezone": "UTC", "weekly": []}),
    )

    assert world.seen() == before


def test_nobody_acts_for_a_tenant_by_naming_it_in_the_header(world: World) -> None:
    rival = world.rival
    rival.tenant = world.cast.tenants["lark"]

    for path in ("/api/v1/offers", f"/api/v1/contracts/{world.contract_id}", "/api/v1/imports", "/api/v1/products"):
        assert "do not belong" in refusal(rival.ask("GET", path), HTTPStatus.FORBIDDEN)


def test_ids_that_were_made_up_are_not_found(world: World) -> None:
    nothing = hashlib.sha256(b"nothing").hexdigest()[:26]
    paths = {"briefs": "brf", "offers": "ofr", "contracts": "ctr", "shows": "shw", "imports": "imp", "fundings": "fnd"}

    assert_not_found(world.booker, *(("GET", f"/api/v1/{kind}/{prefix}_{nothing}", None) for kind, prefix in paths.items()))
    assert_not_found(world.preparer, ("GET", f"/api/v1/settlements/stl_{nothing}", None))
