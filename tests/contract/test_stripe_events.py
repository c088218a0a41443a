"""The events that the stand-in sends: signed, again until they are taken, doubled and turned round on command."""

import signal
import time

import pytest

from chalicelib.adapters.stripe_gateway import StripeApi
from tests.contract.standin import Inbox, gateway, host, inbox, send, standin
from tests.stripe_standin.process import Standin

__all__ = ["gateway", "host", "inbox", "standin"]

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_events_reach_their_endpoint_signed_and_are_sent_until_they_are_taken(inbox: Inbox, gateway: StripeApi, host: str) -> None:
    inbox.wait_for(3)
    inbox.received.clear()
    inbox.refusals = 1
    transfer = send(gateway, host)
    assert inbox.wait_for(1) == ["transfer.created"]
    [(path, event)] = inbox.received
    assert (path, event.object_id, event.account) == ("/platform", transfer.id, None)
    assert gateway.event(event.id) == event


def test_events_of_connected_accounts_go_to_their_own_endpoint(inbox: Inbox, host: str) -> None:
    assert sorted(inbox.wait_for(3)) == ["account.updated", "topup.created", "topup.succeeded"]
    assert [(path, event.account) for path, event in inbox.received if event.type == "account.updated"] == [("/connect", host)]


def test_events_are_held_doubled_and_turned_round_on_command(standin: Standin, inbox: Inbox, gateway: StripeApi, host: str) -> None:
    inbox.wait_for(3)
    inbox.received.clear()
    standin.control("events", hold=True)
    transfer = send(gateway, host)
    gateway.reverse_transfer(transfer.id, amount_minor=1_000, currency="GBP", idempotency_key="reversal")
    time.sleep(0.3)
    assert inbox.received == []
    standin.control("events", copies=2, newest_first=True)
    assert inbox.wait_for(4) == ["transfer.reversed", "transfer.reversed", "transfer.created", "transfer.created"]


def test_events_that_were_not_delivered_survive_a_restart(standin: Standin, inbox: Inbox, gateway: StripeApi, host: str) -> None:
    inbox.wait_for(3)
    inbox.received.clear()
    standin.control("events", hold=True)
    send(gateway, host)
    standin.restart(signal.SIGKILL)
    assert inbox.wait_for(1) == ["transfer.created"]
