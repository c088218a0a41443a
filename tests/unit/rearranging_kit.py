"""Proposals of other times between the console's people, and what is stored of them."""

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from chalicelib.adapters.dynamo import Transaction
from chalicelib.bookings.states import Booking, Deal, NewBooking
from chalicelib.contracts.rules import Contract
from chalicelib.core.access import Principal
from chalicelib.payouts.earnings.facts import ShowFacts
from chalicelib.shows.rearranging import OtherTime, Rearranging
from chalicelib.shows.rules import Edit, Show
from chalicelib.shows.rules.proposals import Answer, Proposal
from tests.fakes.console import STARTS, Market

LATER = STARTS + timedelta(days=2, hours=1)
DAY = timedelta(days=1)
NUMBERS = itertools.count(1)


def at(market: Market) -> Rearranging:
    """Use cases of proposals."""
    return market.console.services.delivery.rearranging


def proposed(market: Market, contract: Contract, starts_at: datetime = LATER, who: Principal | None = None) -> Proposal:
    """Another time, proposed by the brand or somebody else."""
    booking_id = now_of(market, contract).bookings[0].booking_id
    wanted = OtherTime(starts_at=starts_at, reason="The studio is flooded.")
    return at(market).propose_time(who or market.brand, booking_id, wanted, new_id())


def new_id() -> str:
    """An id that no other proposal of this test has."""
    return f"prp_{next(NUMBERS)}"


def answers(market: Market, proposal: Proposal, who: Principal, answer: Answer = Answer.ACCEPT) -> Proposal:
    """What somebody says to a proposal; the workers do the rest."""
    found = at(market).answer(who, proposal.booking_id, proposal.proposal_id, answer)
    market.console.work()
    return found


def now_of(market: Market, contract: Contract) -> Contract:
    """The contract as it is now."""
    return market.console.services.contracts.contract(contract.contract_id)


def booking(market: Market, booking_id: str) -> Booking:
    """A booking as it is now."""
    return market.console.services.bookings.booking(booking_id)


def show_of(market: Market, contract: Contract) -> Show:
    """The contract's first show as it is now."""
    return market.console.services.shows.show(contract.bookings[0].show_id)


def is_free(market: Market, starts_at: datetime) -> bool:
    """Whether the host could be booked for an hour."""
    return market.console.services.bookings.is_free(market.host.tenant_id, starts_at, 60)


def facts(market: Market, contract: Contract) -> tuple[ShowFacts, ...]:
    """What earnings know; the audit finds nothing."""
    payouts = market.console.services.payouts
    assert [finding for findings in payouts.audit().values() for finding in findings] == []
    return payouts.accruals.computed(contract.contract_id, market.console.services.clock.now()).shows


def stored() -> dict[str, list[Any]]:
    """Every item that says what is booked, agreed on or shown."""
    client = boto3.client("dynamodb")
    names = [name for name in client.list_tables()["TableNames"] if not name.endswith(("-history", "-sessions"))]
    return {name: sorted(client.scan(TableName=name)["Items"], key=repr) for name in names}


def line_up(market: Market) -> Edit:
    """A line-up of one product."""
    return Edit(line_up=market.console.services.shows.line_up(market.brand, ["22423"]))


def between(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let something happen once, right before the next transaction is sent."""
    really_commit = Transaction.commit
    done: list[bool] = []

    def commit(transaction: Transaction) -> None:
        if not done:
            done.append(True)
            act()
        really_commit(transaction)

    monkeypatch.setattr(Transaction, "commit", commit)


def other_show(market: Market, starts_at: datetime) -> None:
    """The host is booked by somebody else."""
    bookings = market.console.services.bookings
    host = market.host.tenant_id
    deal = Deal(offer_id="ofr_x", contract_id="ctr_x", brand_id=market.rival.tenant_id, creator_id=host, agency_id=None)
    transaction = Transaction()
    bookings.claim(transaction, deal, [NewBooking(booking_id="bkg_x", starts_at=starts_at, minutes=60, title="Other")])
    transaction.commit()


def ran(market: Market, show_id: str, starts_at: datetime) -> None:
    """A show from its line-up to its end."""
    found = market.console.services
    found.shows.edit(market.brand, show_id, line_up(market))
    found.shows.request_publishing(market.brand, show_id)
    found.clock.set(starts_at)
    found.shows.start(market.brand, show_id)
    found.clock.set(starts_at + timedelta(hours=1))
    found.shows.end(market.brand, show_id)
    market.console.work()
