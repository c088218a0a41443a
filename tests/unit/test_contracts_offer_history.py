"""Every move of a negotiation is in the deal's history, and so is what was refused, with its reason."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.bookings.states import NotAllowedNow
from chalicelib.contracts.negotiation import BadOffer, NotYourTurn, OfferExpired, OfferSuperseded
from chalicelib.core.errors import PrimetimeError
from tests.fakes.console import STARTS, Market, console, market
from tests.unit.test_contracts_held_offers import TEN
from tests.unit.test_contracts_service import World, world

__all__ = ["console", "market", "world"]


def told(market: Market, offer_id: str) -> list[tuple[str, str, str, str | None]]:
    """(side, act, sentence, refused because) of each entry."""
    found = market.console.services
    entries = found.history.of_deal(found.contracts.offers.offer(offer_id).contract_id)
    return [(entry.actor.side.value, entry.act, entry.sentence, entry.refused) for entry in entries]


def test_a_negotiation_is_told_move_by_move(market: Market) -> None:
    offers, offer_id = market.console.services.contracts.offers, market.offer()
    offers.counter(market.agency, offer_id, 1, market.terms(350_00))
    offers.accept(market.brand, offer_id, 2)
    assert told(market, offer_id) == [
        ("brand", "offer", "Offered 1 show from Mon 10 Jan 2011, 19:00 UTC on; to be answered by Wed 5 Jan 2011, 12:00 UTC.", None),
        (
            "host",
            "counter",
            "Put version 2 on the table: flat fee 300.00 GBP per show -> 350.00 GBP per show. To be answered by Wed 5 Jan 2011, 12:00 UTC.",
            None,
        ),
        ("brand", "accept", "Accepted version 2; the host's time is booked.", None),
    ]


@pytest.mark.parametrize(("move", "who", "word"), [("decline", "host", "Declined"), ("withdraw", "brand", "Withdrew")])
def test_the_end_of_a_negotiation_is_told_with_its_reason(market: Market, move: str, who: str, word: str) -> None:
    offers, offer_id = market.console.services.contracts.offers, market.offer()
    after = getattr(offers, move)(getattr(market, who), offer_id, 1, "The date has moved.")
    assert after.reason == "The date has moved."
    assert told(market, offer_id)[-1] == (who, move, f"{word} version 1: The date has moved.", None)


def test_silence_is_told_as_nobodys_act(market: Market) -> None:
    found, offer_id = market.console.services, market.offer()
    found.clock.set(STARTS)
    found.release()
    assert told(market, offer_id)[-1] == (
        "platform",
        "expire",
        "Nobody answered version 1 by Wed 5 Jan 2011, 12:00 UTC; the offer expired.",
        None,
    )


Attempt = Callable[[Market, str], object]
REFUSED: dict[str, tuple[type[PrimetimeError], Attempt, str]] = {
    "a superseded version": (
        OfferSuperseded,
        lambda deal, offer_id: deal.console.services.contracts.offers.accept(deal.host, offer_id, 7),
        "accept",
    ),
    "the own version": (
        NotYourTurn,
        lambda deal, offer_id: deal.console.services.contracts.offers.accept(deal.brand, offer_id, 1),
        "accept",
    ),
    "a counter without a change": (
        BadOffer,
        lambda deal, offer_id: deal.console.services.contracts.offers.counter(deal.host, offer_id, 1, deal.terms()),
        "counter",
    ),
    "withdrawing the other side's": (
        NotYourTurn,
        lambda deal, offer_id: deal.console.services.contracts.offers.withdraw(deal.host, offer_id, 1),
        "withdraw",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_told_with_its_reason_and_changes_nothing(market: Market, case: str) -> None:
    failure, attempt, act = REFUSED[case]
    offer_id = market.offer()
    before = market.console.services.contracts.offers.offer(offer_id)
    with pytest.raises(failure) as refusal:
        attempt(market, offer_id)
    (_, tried) = told(market, offer_id)
    assert (tried[1], tried[2], tried[3]) == (act, f"Tried to {act}.", refusal.value.message)
    assert market.console.services.contracts.offers.offer(offer_id) == before


def test_accepting_an_expired_offer_is_refused_and_told(market: Market) -> None:
    found, offer_id = market.console.services, market.offer()
    found.clock.set(STARTS - timedelta(minutes=1))
    with pytest.raises(OfferExpired):
        found.contracts.offers.accept(market.host, offer_id, 1)
    assert told(market, offer_id)[-1][1:] == ("accept", "Tried to accept.", "This offer expired at 2011-01-05 12:00 UTC. Make a new one.")


def test_of_two_acceptances_at_once_one_is_told_as_done_and_one_as_refused(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    found, offer_id = market.console.services, market.offer()
    offers = found.contracts.offers
    before = offers.offer(offer_id)
    offers.accept(market.host, offer_id, 1)
    with monkeypatch.context() as patched:
        patched.setattr(offers._store, "get_offer", lambda *_: before)  # read before the other one wrote
        patched.setattr(offers._checks, "fit", lambda *_: True)
        with pytest.raises((NotAllowedNow, OfferSuperseded)):
            offers.accept(market.agency, offer_id, 1)
    assert [(act, refused is None) for _, act, _, refused in told(market, offer_id)] == [
        ("offer", True),
        ("accept", True),
        ("accept", False),
    ]
    assert len(found.bookings.list(market.host)) == 1


def test_who_only_reads_leaves_no_trace(market: Market) -> None:
    offer_id = market.offer()
    with pytest.raises(PrimetimeError):
        market.console.services.contracts.offers.accept(market.viewer, offer_id, 1)
    with pytest.raises(PrimetimeError):
        market.console.services.contracts.offers.accept(market.rival, offer_id, 1)
    assert len(told(market, offer_id)) == 1


def test_an_offer_of_many_shows_tells_who_accepted(world: World) -> None:
    offer = world.offer(*TEN)
    world.contracts.offers.accept(world.host, offer.offer_id, 1)
    entries = world.history.of_deal(offer.contract_id)
    assert [(entry.actor.side.value, entry.sentence) for entry in entries] == [
        ("brand", "Offered 10 shows from Mon 10 Jan 2011, 19:00 UTC on; to be answered by Wed 5 Jan 2011, 12:00 UTC."),
        ("host", "Accepted version 1; the host's time is booked."),
    ]
