"""The stand-in's objects against Stripe's official fixtures: every member that a fixture always has, of the same JSON type.

The fixtures are a subset of github.com/stripe/openapi (MIT License, Copyright (c) Stripe, Inc.), August 2026.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe

from tests.stripe_standin import process

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
SUBSET = Path(__file__).parent / "fixtures" / "stripe_fixtures3_subset.json"
FIXTURES: dict[str, dict[str, Any]] = json.loads(SUBSET.read_text())["resources"]
ONLY_WHEN_ASKED = {
    "account": {"company", "individual"},
    "charge": {"refunds", "level3"},
    "payment_intent": {"invoice"},
    "event": set(),
}
"""Members that a fixture shows but an answer has only when expanded or in special cases."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stripe.StripeClient]:
    """The SDK on a stand-in with one payment, one transfer, its reversal, one refund, one top-up and one payout."""
    with process.running(tmp_path_factory.mktemp("stripe"), "--settle-seconds", "0") as standin:
        made = stripe.StripeClient(process.API_KEY, base_addresses={"api": standin.base_url}, max_network_retries=0)
        account = made.v1.accounts.create({"type": "express", "capabilities": {"transfers": {"requested": True}}}).id
        standin.control("account", id=account, onboarded=True)
        standin.control("pay", session=process.session_of(made, 90_000))
        transfer = made.v1.transfers.create({"amount": 4_000, "currency": "gbp", "destination": account})
        made.v1.transfers.reversals.create(transfer.id, {"amount": 1_000})
        made.v1.refunds.create({"charge": made.v1.charges.list().data[0].id, "amount": 100})
        made.v1.topups.create({"amount": 500, "currency": "gbp"})
        made.v1.payouts.create({"amount": 500, "currency": "gbp"})
        made.v1.customers.create({"email": "brand@example.com"})
        yield made


def _answer(client: stripe.StripeClient, kind: str) -> dict[str, Any]:
    v1 = client.v1
    account = v1.transfers.list().data[0].destination
    transfer = v1.transfers.list().data[0].id
    answers: dict[str, Callable[[], stripe.StripeObject]] = {
        "account": lambda: v1.accounts.retrieve(str(account)),
        "account_link": lambda: v1.account_links.create({"account": str(account), "type": "account_onboarding"}),
        "balance": v1.balance.retrieve,
        "balance_transaction": lambda: v1.balance_transactions.list().data[0],
        "charge": lambda: v1.charges.list().data[0],
        "checkout.session": lambda: v1.checkout.sessions.list().data[0],
        "customer": lambda: v1.customers.create({"email": "brand@example.com"}),
        "event": lambda: v1.events.list().data[0],
        "payment_intent": lambda: v1.payment_intents.retrieve(str(v1.charges.list().data[0].payment_intent)),
        "payout": lambda: v1.payouts.list().data[0],
        "refund": lambda: v1.refunds.list().data[0],
        "topup": lambda: v1.topups.list().data[0],
        "transfer": lambda: v1.transfers.retrieve(transfer),
        "transfer_reversal": lambda: v1.transfers.reversals.list(transfer).data[0],
    }
    return answers[kind]().to_dict()


def _kind(value: object) -> str:
    return "null" if value is None else type(value).__name__


@pytest.mark.parametrize("kind", sorted(FIXTURES))
def test_an_answer_has_every_member_of_stripes_fixture(client: stripe.StripeClient, kind: str) -> None:
    assert set(FIXTURES[kind]) - set(_answer(client, kind)) - ONLY_WHEN_ASKED.get(kind, set()) == set()


@pytest.mark.parametrize("kind", sorted(FIXTURES))
def test_an_answers_members_are_of_the_same_json_type_as_in_stripes_fixture(client: stripe.StripeClient, kind: str) -> None:
    answer = _answer(client, kind)
    both = {name: (_kind(answer[name]), _kind(value)) for name, value in FIXTURES[kind].items() if name in answer}
    assert {name: kinds for name, kinds in both.items() if "null" not in kinds and kinds[0] != kinds[1]} == {}
