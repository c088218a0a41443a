"""Whom the conformance suite asks: the stand-in always, and Stripe's own test mode where there is a key."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import stripe

from chalicelib.adapters.stripe_gateway import StripeApi
from chalicelib.core.ids import new_id
from chalicelib.payouts.stripe_port import StripeGateway, TransferState
from tests.stripe_standin import process

TEST_KEY = os.environ.get("STRIPE_TEST_KEY", "")
TEST_DESTINATION = os.environ.get("STRIPE_TEST_DESTINATION", "")
FUNDS = 20_000
CURRENCY = os.environ.get("STRIPE_TEST_CURRENCY", "GBP")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One of the two, with an account that may receive money and a way to fund the platform. `run` keeps keys of runs apart."""

    gateway: StripeGateway
    client: stripe.StripeClient
    destination: str
    fund: Callable[[int], object]
    pay: Callable[[int], str]
    """A brand pays so much, available at once; the charge."""
    run: str

    def send(self, amount: int, key: str, **changed: str) -> TransferState:
        """A transfer of ours."""
        usual = {"destination": self.destination, "transfer_group": f"group-{self.run}-{key}", "settlement_id": f"settlement-{key}"}
        facts = {**usual, **changed}
        return self.gateway.create_transfer(amount_minor=amount, currency=CURRENCY, idempotency_key=f"{self.run}-{key}", **facts)


@pytest.fixture(scope="module", params=["stand-in", "Stripe's test mode"])
def subject(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    """The stand-in always, Stripe when there is a key."""
    if request.param == "stand-in":
        with process.running(tmp_path_factory.mktemp("stripe")) as standin:
            yield _standin_subject(standin)
    else:
        if not TEST_KEY.startswith(("sk_test_", "rk_test_")):
            pytest.skip("did not run against Stripe: STRIPE_TEST_KEY holds no test-mode key")
        yield _stripe_subject()


def _standin_subject(standin: process.Standin) -> Subject:
    gateway = StripeApi(process.API_KEY, base_address=standin.base_url)
    account = gateway.create_account(email="host@example.com", country="GB", idempotency_key="account").id
    standin.control("account", id=account, onboarded=True)
    client = stripe.StripeClient(process.API_KEY, base_addresses={"api": standin.base_url}, max_network_retries=0)

    def pay(amount: int) -> str:
        standin.control("pay", session=process.session_of(client, amount))
        standin.control("available")
        return client.v1.charges.list({"limit": 1}).data[0].id

    return Subject(
        gateway=gateway,
        client=client,
        destination=account,
        fund=lambda amount: standin.control("fund", amount=amount, currency=CURRENCY),
        pay=pay,
        run="run",
    )


def _stripe_subject() -> Subject:
    client = stripe.StripeClient(TEST_KEY, max_network_retries=2)

    def pay(amount: int) -> str:
        """A payment whose money is available at once (docs: Testing, available balance)."""
        intent = client.v1.payment_intents.create(
            {
                "amount": amount,
                "currency": CURRENCY.lower(),
                "payment_method": "pm_card_bypassPending",
                "confirm": True,
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            }
        )
        return str(intent.latest_charge)

    def fund(amount: int) -> object:
        """Twice as much, to cover Stripe's fee."""
        return pay(amount * 2)

    return Subject(gateway=StripeApi(TEST_KEY), client=client, destination=TEST_DESTINATION, fund=fund, pay=pay, run=new_id("run"))


@pytest.fixture
def funded(subject: Subject) -> Subject:
    """Has an account that may receive money, and money to send."""
    if not subject.destination:
        pytest.skip("did not run against Stripe: STRIPE_TEST_DESTINATION names no connected account with active transfers")
    subject.fund(FUNDS)
    return subject
