"""What was delivered, from what both sides say and from probes of the links, down to the host's fee and the books."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import boto3
import pytest

from chalicelib.adapters.objects import S3Bucket
from chalicelib.contracts.rules import Contract
from chalicelib.contracts.terms import Deliverable
from chalicelib.core.access import Principal
from chalicelib.directory.rules import Product
from chalicelib.shows.deliverables import Statement
from chalicelib.shows.errors import AlreadyStands, ShowNotFound
from chalicelib.shows.rules import DeliverableKind, DeliveryResult, How, LinksMeasured
from chalicelib.shows.rules.deliverables import ANSWER_WITHIN, DECIDE_WITHIN
from chalicelib.shows.rules.links import ROUND
from tests.fakes.console import OPERATOR, STARTS, Console, Market, console, market

__all__ = ["console", "market"]

FEE = 300_00
END = STARTS + timedelta(hours=1)
HOUR = timedelta(hours=1)
MET, NOT_MET = DeliveryResult.MET, DeliveryResult.NOT_MET
HOST, LINKS = DeliverableKind.HOST_APPEARS, DeliverableKind.LINKS_LIVE
PROMISED = (
    Deliverable(kind="host_appears", fee_off_basis_points=5_000),
    Deliverable(kind="links_live", target=2, fee_off_basis_points=1_000),
)


@pytest.fixture
def promised(market: Market, monkeypatch: pytest.MonkeyPatch) -> Contract:
    """A signed contract that takes half of the fee off where the host is somebody else, a tenth where links are down."""
    plain = Market.terms
    monkeypatch.setattr(Market, "terms", lambda each, fee_minor=FEE: replace(plain(each, fee_minor), deliverables=PROMISED))
    goods = (("22423", "Regency cakestand", 12_75), ("47566", "Party bunting", 4_95))
    market.console.services.directory.save_products(
        market.brand,
        [
            Product(
                product_id="", sku=sku, title=title, price_minor=minor, currency="GBP", category="home", link=f"https://shop.example/{sku}"
            )
            for sku, title, minor in goods
        ],
    )
    return market.signed()


def on_air(market: Market, contract: Contract, rounds: int = 3) -> str:
    """The show runs for an hour; its links are looked at in its first rounds."""
    found, show_id = market.console.services, contract.bookings[0].show_id
    market.on_air(show_id)
    for place in range(rounds):
        found.clock.set(STARTS + place * ROUND)
        found.tick()
        market.console.work()
    found.clock.set(END)
    found.shows.end(market.brand, show_id)
    market.console.work()
    return show_id


def says(market: Market, who: Principal, show_id: str, result: DeliveryResult, kind: DeliverableKind = HOST) -> None:
    """One side's word."""
    said = Statement(kind=kind, result=result, words="I watched.", how=How.WATCHED_LIVE, checked_at=STARTS, evidence=("vod-1",))
    market.console.services.delivery.deliverables.state(who, show_id, said)
    market.console.work()


def passes(console: Console, by: timedelta) -> None:
    """Time passes, and the schedule sees to what that changes."""
    console.services.clock.set(console.services.clock.now() + by)
    console.services.release()
    console.work()


def fee(market: Market, contract: Contract) -> tuple[int, int]:
    """What the statement says of the flat fee, and what of the show is frozen; the audit finds nothing."""
    found = market.console.services
    assert [finding for findings in found.payouts.audit().values() for finding in findings] == []
    (show,) = found.payouts.accruals.computed(contract.contract_id, found.clock.now()).statement.shows
    (row,) = (row for row in show.rows if row.component == "flat_fee")
    return row.amount_minor, -sum(each.minor for each in found.ledger.balances("payee:") if each.account.endswith(":disputed"))


def test_one_sides_word_takes_the_fee_off_when_the_other_lets_its_time_pass(market: Market, promised: Contract) -> None:
    show_id = on_air(market, promised)
    assert fee(market, promised) == (FEE, 0)
    says(market, market.brand, show_id, NOT_MET)
    assert fee(market, promised) == (FEE, 0)
    passes(market.console, ANSWER_WITHIN - HOUR)
    assert fee(market, promised) == (FEE, 0)
    passes(market.console, HOUR)
    assert fee(market, promised) == (FEE // 2, 0)
    with pytest.raises(AlreadyStands):
        says(market, market.host, show_id, MET)


def test_the_other_sides_word_disputes_it_and_the_marketplaces_decides(market: Market, promised: Contract) -> None:
    show_id = on_air(market, promised)
    says(market, market.brand, show_id, NOT_MET)
    says(market, market.host, show_id, MET)
    amount, frozen = fee(market, promised)
    assert (amount, frozen) == (FEE, FEE)
    said = {each.by.value: each.result for each in market.console.services.shows.show(show_id).deliveries}
    assert said == {"brand": NOT_MET, "host": MET}
    says(market, OPERATOR, show_id, NOT_MET)
    assert fee(market, promised) == (FEE // 2, 0)


def test_a_side_that_speaks_twice_does_not_overwrite_the_other(market: Market, promised: Contract) -> None:
    show_id = on_air(market, promised)
    says(market, market.host, show_id, MET)
    says(market, market.brand, show_id, NOT_MET)
    says(market, market.brand, show_id, NOT_MET)
    (host, _) = market.console.services.delivery.deliverables.of_show(market.host, show_id)
    assert (host.outcome, [each.by.value for each in host.statements]) == (DeliveryResult.DISPUTED, ["host", "brand", "brand"])
    passes(market.console, DECIDE_WITHIN)
    assert fee(market, promised) == (FEE, 0)


def test_both_sides_word_holds_at_once(market: Market, promised: Contract) -> None:
    show_id = on_air(market, promised)
    says(market, market.host, show_id, NOT_MET)
    says(market, market.brand, show_id, NOT_MET)
    assert fee(market, promised) == (FEE // 2, 0)


def test_links_that_probes_found_down_take_their_part_off_where_nobody_contradicts(market: Market, promised: Contract) -> None:
    market.console.web.statuses["https://shop.example/47566"] = 404
    show_id = on_air(market, promised)
    (_, links) = market.console.services.delivery.deliverables.of_show(market.brand, show_id)
    assert (links.target, links.measured, links.measured_result, links.outcome) == (2, 1, NOT_MET, None)
    assert fee(market, promised) == (FEE, 0)
    passes(market.console, ANSWER_WITHIN)
    assert fee(market, promised) == (FEE * 9 // 10, 0)


def test_a_measurement_that_a_side_contradicts_in_time_is_evidence_only(market: Market, promised: Contract) -> None:
    market.console.web.statuses["https://shop.example/47566"] = None
    show_id = on_air(market, promised)
    says(market, market.brand, show_id, MET, LINKS)
    passes(market.console, ANSWER_WITHIN)
    assert fee(market, promised) == (FEE, 0)


def test_every_look_at_a_link_is_kept_and_shown_and_a_round_is_taken_once(market: Market, promised: Contract) -> None:
    console = market.console
    console.web.statuses["https://shop.example/47566"] = 404
    show_id = on_air(market, promised)
    assert len(console.web.asked) == 2 * 3
    probing = console.services.delivery.probing
    (first, *_, last) = probing.rounds(show_id)
    assert (first.round_of, last.round_of, probing.latest(show_id)) == (STARTS, STARTS + 2 * ROUND, last)
    (up, down) = sorted(first.looks, key=lambda look: look.url)
    assert (up.status, up.state, up.skus, up.at, up.steps[0].address) == (200, "live", ("22423",), STARTS, "93.184.216.34")
    assert up.sha256 is not None
    assert (down.status, down.state) == (404, "down")
    console.web.statuses.clear()
    probing.probe(f"{show_id}/2011-01-10T19:00:00.000Z")
    assert next(iter(probing.rounds(show_id))) == first
    assert console.services.shows.show(show_id).links == LinksMeasured(links=2, down=1, unclear=0, rounds=3, down_skus=("47566",))
    answer = console.get(f"/api/v1/shows/{show_id}/probes", market.host)
    assert len(json.loads(answer.text)) == 3
    assert console.get(f"/api/v1/shows/{show_id}/probes", market.rival).status == 404


def test_the_schedule_asks_for_a_round_once_from_shortly_before_the_show_until_its_end(market: Market, promised: Contract) -> None:
    console, found, show_id = market.console, market.console.services, promised.bookings[0].show_id
    asks: Callable[[], int] = found.delivery.probing.ask
    assert asks() == 0
    market.on_air(show_id)
    assert sorted(console.web.asked) == ["https://shop.example/22423", "https://shop.example/47566"]
    assert asks() == 0
    found.clock.set(STARTS + ROUND)
    assert (asks(), asks()) == (1, 0)
    found.shows.end(market.brand, show_id)
    found.clock.set(STARTS + 2 * ROUND)
    assert asks() == 0
    console.work()


def test_the_worker_of_probes_writes_nothing_but_its_evidence(market: Market, promised: Contract) -> None:
    show_id = promised.bookings[0].show_id
    market.on_air(show_id)
    client = boto3.client("dynamodb")
    names = client.list_tables()["TableNames"]
    before = {name: client.scan(TableName=name)["Items"] for name in names}
    objects = set(S3Bucket(boto3.client("s3"), "test-records").keys(""))
    market.console.services.delivery.probing.probe(f"{show_id}/2011-01-10T19:05:00.000Z")
    assert {name: client.scan(TableName=name)["Items"] for name in names} == before
    assert set(S3Bucket(boto3.client("s3"), "test-records").keys("")) - objects == {f"probes/{show_id}/2011-01-10T19:05:00.000Z.json"}


def test_the_history_says_who_stated_what_on_which_evidence_and_what_stood_by_itself(market: Market, promised: Contract) -> None:
    show_id = on_air(market, promised)
    says(market, market.brand, show_id, NOT_MET)
    passes(market.console, ANSWER_WITHIN)
    with pytest.raises(AlreadyStands):
        says(market, market.host, show_id, MET)
    entries = market.console.services.history.of_booking(promised.contract_id, promised.bookings[0].booking_id)
    mine = [each for each in entries if each.act in {"state_delivery", "let_delivery_stand"}]
    assert [(each.actor.side.value, each.act, each.refused is not None) for each in mine] == [
        ("brand", "state_delivery", False),
        ("platform", "let_delivery_stand", False),
        ("platform", "let_delivery_stand", False),
        ("host", "state_delivery", True),
    ]
    assert mine[0].evidence == ("vod-1",)
    assert mine[0].sentence == "Host appears: not met, watched live, checked 2011-01-10 19:00 UTC. I watched."
    assert "holds from now on: " in mine[1].sentence


def test_a_deliverable_is_stated_and_read_through_the_api_by_its_parties_only(market: Market, promised: Contract) -> None:
    show_id = on_air(market, promised)
    with pytest.raises(ShowNotFound):
        says(market, market.rival, show_id, MET)
    says(market, market.host, show_id, MET)
    answer = market.console.get(f"/api/v1/shows/{show_id}/deliverables", market.brand)
    (host, links) = json.loads(answer.text)
    assert (host["kind"], host["outcome"], host["answer_by"], host["is_open"]) == ("host_appears", None, "2011-01-13T20:00:00Z", True)
    assert (links["measured"], links["measured_result"]) == (2, "met")
    assert market.console.get(f"/api/v1/shows/{show_id}/deliverables", market.rival).status == 404
