"""The stand-in on what happens with payees' accounts after a transfer: reversals, and payouts to their bank."""

from collections.abc import Callable, Iterator

import pytest

from chalicelib.adapters.stripe_gateway import StripeApi
from chalicelib.payouts.stripe_accounts import AccountGone
from chalicelib.payouts.stripe_port import StripeRefused, StripeUnknown, TransferState
from tests.stripe_standin import process

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture(scope="module")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[process.Standin]:
    """One for all tests, with money to send."""
    with process.running(tmp_path_factory.mktemp("stripe"), "--settle-seconds", "0") as running:
        running.control("fund", amount=100_000, currency="GBP")
        yield running


@pytest.fixture
def gateway(standin: process.Standin) -> StripeApi:
    """Ours, on the stand-in."""
    return StripeApi(process.API_KEY, base_address=standin.base_url)


@pytest.fixture
def transfer(standin: process.Standin, gateway: StripeApi, request: pytest.FixtureRequest) -> TransferState:
    """50.00 to an account of its own."""
    name = str(request.node.name)
    account = gateway.create_account(email="host@example.com", country="GB", idempotency_key=f"account-{name}")
    standin.control("account", id=account.id, onboarded=True)
    return gateway.create_transfer(
        amount_minor=5_000, currency="GBP", destination=account.id, transfer_group=name, settlement_id=name, idempotency_key=name
    )


def test_the_same_key_reverses_once(gateway: StripeApi, transfer: TransferState) -> None:
    for _ in range(2):
        gateway.reverse_transfer(transfer.id, amount_minor=700, currency="GBP", idempotency_key=f"{transfer.id}-once", reference="r")
    assert [each.amount_minor for each in gateway.reversals_of(transfer.id)] == [700]


def test_what_was_paid_out_to_the_bank_cannot_be_taken_back_and_the_payout_is_listed(
    standin: process.Standin, gateway: StripeApi, transfer: TransferState
) -> None:
    assert gateway.payouts_of(transfer.destination) == ()
    standin.control("payouts", account=transfer.destination)
    (payout,) = gateway.payouts_of(transfer.destination)
    assert (payout.amount_minor, payout.currency, payout.automatic, payout.failure) == (5_000, "GBP", True, None)
    assert payout.arrives_on > 0
    with pytest.raises(StripeRefused):
        gateway.reverse_transfer(transfer.id, amount_minor=1, currency="GBP", idempotency_key=f"{transfer.id}-late", reference="r")
    assert gateway.reversals_of(transfer.id) == ()


def test_an_automatic_payout_is_itemised_with_the_transfers_that_it_paid_out(
    standin: process.Standin, gateway: StripeApi, transfer: TransferState
) -> None:
    gateway.reverse_transfer(transfer.id, amount_minor=1_200, currency="GBP", idempotency_key=f"{transfer.id}-part", reference="r")
    standin.control("payouts", account=transfer.destination)
    (payout,) = gateway.payouts_of(transfer.destination)
    content = gateway.payout_content(transfer.destination, payout.id)
    assert content.payout == gateway.payouts_of(transfer.destination)[0]
    assert sorted((each.type, each.net_minor, each.currency, each.transfer) for each in content.entries) == [
        ("payment", 5_000, "GBP", transfer.id),
        ("payment_refund", -1_200, "GBP", transfer.id),
    ]
    assert content.payout.amount_minor == 3_800
    with pytest.raises(AccountGone):
        gateway.payout_content("acct_1NotOurs", payout.id)


@pytest.mark.parametrize(
    ("limit", "listing"),
    [
        ("chalicelib.adapters.stripe_payouts.MAX_TRANSFERS_OF_ACCOUNT", "origins"),
        ("chalicelib.adapters.stripe_payouts.MAX_ENTRIES_OF_PAYOUT", "entries"),
        ("chalicelib.adapters.stripe_books.MAX_LISTED", "movements"),
        ("chalicelib.adapters.stripe_books.MAX_LISTED", "transfers"),
    ],
)
def test_a_listing_that_reaches_its_limit_says_so_and_is_not_cut_short(
    standin: process.Standin, gateway: StripeApi, transfer: TransferState, monkeypatch: pytest.MonkeyPatch, limit: str, listing: str
) -> None:
    standin.control("payouts", account=transfer.destination)
    (payout,) = gateway.payouts_of(transfer.destination)
    lists: dict[str, Callable[[], object]] = {
        "origins": lambda: gateway.payout_content(transfer.destination, payout.id),
        "entries": lambda: gateway.payout_content(transfer.destination, payout.id),
        "movements": lambda: list(gateway.balance_transactions()),
        "transfers": lambda: list(gateway.transfers()),
    }
    monkeypatch.setattr(limit, 0)
    with pytest.raises(StripeUnknown, match="more than 0"):
        lists[listing]()
