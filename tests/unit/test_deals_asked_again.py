"""The answer to a request is lost after it was written down: the same request with the same key makes nothing twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from chalicelib.adapters.dynamo import Transaction
from chalicelib.core.clock import iso
from tests.fakes.api import Api
from tests.fakes.console import STARTS, Market, console, market
from tests.unit.rearranging_kit import stored

__all__ = ["console", "market"]


@contextmanager
def answers_get_lost(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is written is written, and nobody hears of it."""
    really_commit = Transaction.commit

    def commit(transaction: Transaction) -> None:
        really_commit(transaction)
        raise TimeoutError

    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "commit", commit)
        yield


def offer(market: Market, hold_hours: int = 0) -> dict[str, object]:
    """An offer for two evenings."""
    shows = [{"starts_at": iso(STARTS + timedelta(days=day)), "minutes": 60, "title": "Evening"} for day in range(2)]
    terms = msgspec.to_builtins(market.terms())
    return {"brief_id": market.brief_id, "creator_id": market.host.tenant_id, "terms": terms, "shows": shows, "hold_hours": hold_hours}


@pytest.mark.parametrize("hold_hours", [0, 12])
def test_an_offer_whose_answer_was_lost_is_made_once(market: Market, monkeypatch: pytest.MonkeyPatch, hold_hours: int) -> None:
    brand = replace(Api(market.console, market.brand), key="evening")
    body = offer(market, hold_hours)
    with answers_get_lost(monkeypatch):
        assert brand.ask("POST", "/api/v1/offers", body).status == 500
    made = brand.post("/api/v1/offers", body)
    assert [each["offer_id"] for each in brand.get("/api/v1/offers")] == [made["offer_id"]]
    assert (made["state"], len(made["shows"]), made["held_until"] is not None) == ("offered", 2, hold_hours > 0)
    assert brand.post("/api/v1/offers", body) == made
    other = replace(brand, key="another")
    assert other.ask("POST", "/api/v1/offers", body).status == (201 if hold_hours == 0 else 409)


def test_a_proposed_time_whose_answer_was_lost_is_proposed_once(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    booking_id = market.signed().bookings[0].booking_id
    brand = replace(Api(market.console, market.brand), key="later")
    path, body = f"/api/v1/bookings/{booking_id}/reschedules", {"starts_at": iso(STARTS + timedelta(days=2))}
    with answers_get_lost(monkeypatch):
        assert brand.ask("POST", path, body).status == 500
    before = stored()
    made = brand.post(path, body)
    assert (made["state"], stored()) == ("open", before)
    assert [each["proposal_id"] for each in brand.get(f"/api/v1/bookings/{booking_id}/proposals")] == [made["proposal_id"]]
    assert replace(brand, key="another").ask("POST", path, body).status == 409
