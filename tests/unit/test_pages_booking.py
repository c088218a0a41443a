"""A booking's page and its timeline: the same for both sides and the operator, with what was tried in vain, and for nobody else."""

import html

import msgspec
import pytest

from chalicelib.contracts.service import SigningContext
from chalicelib.core.errors import Conflict
from chalicelib.history.rules import Side
from tests.fakes.console import OPERATOR, Market, console, market

__all__ = ["console", "market"]


def acts(market: Market, contract_id: str) -> list[tuple[str, Side, bool]]:
    """What was done or refused, by whom."""
    entries = market.console.services.history.of_deal(contract_id)
    return [(entry.act, entry.actor.side, entry.refused is not None) for entry in entries]


def test_a_timeline_tells_the_whole_way_from_the_offer_to_the_end_of_the_show(market: Market) -> None:
    contract = market.sold()
    assert acts(market, contract.contract_id) == [
        ("offer", Side.BRAND, False),
        ("accept", Side.HOST, False),
        ("draw_up", Side.PLATFORM, False),
        ("sign", Side.BRAND, False),
        ("sign", Side.HOST, False),
        ("start", Side.BRAND, False),
        ("complete", Side.BRAND, False),
    ]


def test_both_sides_and_the_operator_read_it_and_nobody_else(market: Market) -> None:
    booking = market.sold().bookings[0].booking_id
    for path in (f"/console/bookings/{booking}", f"/api/v1/bookings/{booking}", f"/api/v1/bookings/{booking}/timeline"):
        answers = {name: market.console.get(path, who).status for name, who in (("b", market.brand), ("h", market.host), ("o", OPERATOR))}
        assert (path, answers) == (path, {"b": 200, "h": 200, "o": 200})
        assert market.console.get(path, market.rival).status == 404
    page = html.unescape(market.console.get(f"/console/bookings/{booking}", market.host).text)
    assert "Went off air; the show is completed." in page
    assert "Signed; with both signatures the contract binds." in page


def test_accepting_twice_is_refused_and_the_timeline_shows_the_attempt(market: Market) -> None:
    market.drafted()
    (offer,) = market.console.services.contracts.offers.list(market.host)
    with pytest.raises(Conflict) as refused:
        market.console.services.contracts.offers.accept(market.host, offer.offer_id, offer.version)
    entry = market.console.services.history.of_deal(offer.contract_id)[-1]
    assert (entry.act, entry.actor.user_id, entry.refused) == ("accept", market.host.user_id, refused.value.message)
    booking = offer.shows[0].booking_id
    page = html.unescape(market.console.get(f"/console/bookings/{booking}", market.brand).text)
    assert refused.value.message in page
    assert market.host.user_id not in page


def test_signing_another_document_than_the_one_shown_is_refused_and_written_down(market: Market) -> None:
    contract = market.drafted()
    contracts, now = market.console.services.contracts, market.console.services.clock.real_now()
    with pytest.raises(Conflict):
        contracts.sign(
            market.host,
            contract.contract_id,
            document_sha256="0" * 64,
            typed_name="Nadia Hart",
            consent=True,
            context=SigningContext(authenticated_at=now, address="192.0.2.1", user_agent="Browser/1"),
        )
    assert acts(market, contract.contract_id)[-1] == ("sign", Side.HOST, True)
    answer = market.console.get(f"/api/v1/contracts/{contract.contract_id}/timeline", market.host)
    assert msgspec.json.decode(answer.text)[-1]["refused"].startswith("This is not the document")


def test_starting_a_show_twice_is_refused_and_written_down(market: Market) -> None:
    contract = market.sold()
    with pytest.raises(Conflict):
        market.console.services.shows.start(market.brand, contract.bookings[0].show_id)
    with pytest.raises(Conflict):
        market.console.services.shows.end(market.brand, contract.bookings[0].show_id)
    assert acts(market, contract.contract_id)[-2:] == [("start", Side.BRAND, True), ("complete", Side.BRAND, True)]
