"""One suite for the stand-in and for Stripe's own test mode: what our gateway relies on is asked of both alike.

Against Stripe it runs when STRIPE_TEST_KEY (a test-mode secret key) is set; cases that send money also need STRIPE_TEST_DESTINATION, a
connected account whose `transfers` capability is active. Without them it says that it did not run.
"""

import pytest
import stripe

from chalicelib.adapters.stripe_gateway import StripeApi
from chalicelib.payouts.stripe_accounts import AccountGone
from chalicelib.payouts.stripe_port import RefundState, StripeRefused, StripeUnknown, TransferState
from tests.contract.subject import CURRENCY, TEST_KEY, Subject, funded, subject
from tests.stripe_standin import sdk_types

__all__ = ["funded", "subject"]
pytestmark = pytest.mark.enable_socket if TEST_KEY else pytest.mark.allow_hosts(["127.0.0.1"])


def test_a_new_account_cannot_receive_money_and_says_what_is_missing(subject: Subject) -> None:
    account = subject.gateway.create_account(email="new@example.com", country="GB", idempotency_key=f"{subject.run}-new")
    assert (account.transfers_active, bool(account.requirements_due)) == (False, True)
    assert subject.gateway.account(account.id) == account
    with pytest.raises(StripeRefused) as refusal:
        subject.send(100, "to-new", destination=account.id)
    assert refusal.value.code == "insufficient_capabilities_for_transfer"


def test_an_account_link_is_an_address_that_ends(subject: Subject) -> None:
    account = subject.gateway.create_account(email="new@example.com", country="GB", idempotency_key=f"{subject.run}-new")
    link = subject.gateway.account_link(
        account.id, refresh_url="https://example.com/again", return_url="https://example.com/done", idempotency_key=f"{subject.run}-link"
    )
    assert link.url.startswith("http")
    assert link.expires > 0


def test_a_transfer_takes_its_amount_from_the_available_balance_and_is_found_by_its_group(funded: Subject) -> None:
    before = funded.gateway.available_balance(CURRENCY)
    transfer = funded.send(1_234, "plain")
    assert transfer == TransferState(
        id=transfer.id,
        amount_minor=1_234,
        currency=CURRENCY,
        destination=funded.destination,
        group=f"group-{funded.run}-plain",
        settlement_id="settlement-plain",
        reversed_minor=0,
        balance_transaction=transfer.balance_transaction,
        created=transfer.created,
    )
    assert funded.gateway.available_balance(CURRENCY) == before - 1_234
    assert funded.gateway.transfers_by_group(f"group-{funded.run}-plain") == (transfer,)
    assert funded.gateway.transfer(transfer.id) == transfer


def test_a_transfer_has_one_balance_transaction_without_a_fee(funded: Subject) -> None:
    transfer = funded.send(321, "booked")
    rows = funded.gateway.balance_transactions(created_from=transfer.created, type_="transfer")
    found = [row for row in rows if row.source == transfer.id]
    assert [(row.id, row.amount_minor, row.fee_minor, row.net_minor) for row in found] == [(transfer.balance_transaction, -321, 0, -321)]


def test_the_same_key_gives_the_same_transfer_and_no_second_one(funded: Subject) -> None:
    first = funded.send(200, "twice")
    assert funded.send(200, "twice") == first
    assert funded.gateway.transfers_by_group(f"group-{funded.run}-twice") == (first,)


def test_the_same_key_with_another_amount_tells_nothing_about_the_first_try(funded: Subject) -> None:
    funded.send(200, "mismatch")
    with pytest.raises(StripeUnknown) as unknown:
        funded.send(201, "mismatch")
    assert unknown.value.code == "idempotency_error"


def test_more_than_the_available_balance_is_refused_and_stays_refused_under_its_key(funded: Subject) -> None:
    much = funded.gateway.available_balance(CURRENCY) + 1_000
    for _ in range(2):
        with pytest.raises(StripeRefused) as refusal:
            funded.send(much, "too-much")
        assert refusal.value.code == "balance_insufficient"
        funded.fund(2_000)


def test_a_reversal_takes_back_a_part_and_then_the_rest_but_never_more(funded: Subject) -> None:
    transfer = funded.send(1_000, "reversed")
    part = funded.gateway.reverse_transfer(transfer.id, amount_minor=400, currency="GBP", idempotency_key=f"{funded.run}-r1")
    assert part.reversed_minor == 400
    with pytest.raises(StripeRefused):
        funded.gateway.reverse_transfer(transfer.id, amount_minor=601, currency="GBP", idempotency_key=f"{funded.run}-r2")
    whole = funded.gateway.reverse_transfer(transfer.id, amount_minor=600, currency="GBP", idempotency_key=f"{funded.run}-r3")
    assert whole.reversed_minor == 1_000
    again = funded.gateway.reverse_transfer(transfer.id, amount_minor=600, currency="GBP", idempotency_key=f"{funded.run}-r4")
    assert again == whole


def test_each_reversal_is_listed_oldest_first_with_our_reference_and_its_balance_transaction(funded: Subject) -> None:
    transfer = funded.send(1_000, "listed")
    for number, minor in ((1, 300), (2, 200)):
        key, reference = f"{funded.run}-listed-{number}", f"settlement-listed-r{number}"
        funded.gateway.reverse_transfer(transfer.id, amount_minor=minor, currency=CURRENCY, idempotency_key=key, reference=reference)
    made = funded.gateway.reversals_of(transfer.id)
    assert [(each.amount_minor, each.reference[-2:]) for each in made] == [(300, "r1"), (200, "r2")]
    rows = {row.id: row.net_minor for row in funded.gateway.balance_transactions(created_from=transfer.created, type_="transfer_refund")}
    assert [rows[each.balance_transaction] for each in made] == [300, 200]


def test_transfers_are_listed_from_an_instant_on_and_each_movement_names_the_transfer_behind_it(funded: Subject) -> None:
    transfer = funded.send(1_000, "behind")
    funded.gateway.reverse_transfer(transfer.id, amount_minor=300, currency=CURRENCY, idempotency_key=f"{funded.run}-behind-1")
    (back,) = funded.gateway.reversals_of(transfer.id)
    assert funded.gateway.transfer_behind(transfer.balance_transaction) == transfer.id
    assert funded.gateway.transfer_behind(back.balance_transaction) == transfer.id
    assert transfer.id in {each.id for each in funded.gateway.transfers(created_from=transfer.created)}
    assert transfer.id not in {each.id for each in funded.gateway.transfers(created_from=transfer.created + 1)}
    other = next(row for row in funded.gateway.balance_transactions() if not row.type.startswith("transfer"))
    assert funded.gateway.transfer_behind(other.id) is None


def test_an_account_that_is_not_ours_is_gone(subject: Subject) -> None:
    for ask in (subject.gateway.account, subject.gateway.payouts_of):
        with pytest.raises(AccountGone):
            ask("acct_1032D82eZvKYlo2C")


def test_payouts_are_those_of_the_account(funded: Subject) -> None:
    assert all(each.currency and each.status for each in funded.gateway.payouts_of(funded.destination))


def test_a_checkout_is_open_and_unpaid_until_somebody_pays(subject: Subject) -> None:
    link = subject.gateway.create_checkout(
        amount_minor=50_000,
        currency=CURRENCY,
        reference="contract:c1:deposit",
        success_url="https://example.com/paid",
        cancel_url="https://example.com/back",
        customer_email="brand@example.com",
        idempotency_key=f"{subject.run}-checkout",
    )
    state = subject.gateway.checkout(link.id)
    assert (state.status, state.payment_status, state.amount_minor, state.currency) == ("open", "unpaid", 50_000, CURRENCY)
    assert (state.reference, state.charge, state.fee_minor) == ("contract:c1:deposit", None, None)


def test_a_refund_takes_its_amount_from_the_balance_and_is_found_by_its_charge(subject: Subject) -> None:
    charge = subject.pay(5_000)
    before = subject.gateway.available_balance(CURRENCY)
    made = subject.gateway.create_refund(
        charge_id=charge, amount_minor=1_200, currency="GBP", reference="pbk_1-1", idempotency_key=f"{subject.run}-back"
    )
    assert (made.charge, made.amount_minor, made.currency, made.status, made.reference) == (charge, 1_200, CURRENCY, "succeeded", "pbk_1-1")
    assert (made.failure_balance_transaction, made.failure_reason) == (None, None)
    assert subject.gateway.available_balance(CURRENCY) == before - 1_200
    assert subject.gateway.refund(made.id) == made
    assert subject.gateway.refunds_of(charge) == (made,)
    rows = subject.gateway.balance_transactions(created_from=made.created, type_="refund")
    found = [(row.id, row.amount_minor, row.fee_minor) for row in rows if row.source == made.id]
    assert found == [(made.balance_transaction, -1_200, 0)]
    state = subject.gateway.charge(charge)
    assert (state.amount_minor, state.refunded_minor, state.refundable_minor, state.disputed) == (5_000, 1_200, 3_800, False)


def test_the_same_key_refunds_once(subject: Subject) -> None:
    charge = subject.pay(5_000)

    def again() -> RefundState:
        return subject.gateway.create_refund(
            charge_id=charge, amount_minor=700, currency="GBP", reference="r", idempotency_key=f"{subject.run}-once"
        )

    assert again() == again()
    assert len(subject.gateway.refunds_of(charge)) == 1


def test_a_refund_is_never_above_what_is_left_of_its_charge(subject: Subject) -> None:
    charge = subject.pay(5_000)
    with pytest.raises(StripeRefused):
        subject.gateway.create_refund(
            charge_id=charge, amount_minor=5_001, currency="GBP", reference="r", idempotency_key=f"{subject.run}-above"
        )
    subject.gateway.create_refund(
        charge_id=charge, amount_minor=5_000, currency="GBP", reference="r", idempotency_key=f"{subject.run}-whole"
    )
    assert subject.gateway.charge(charge).refundable_minor == 0
    with pytest.raises(StripeRefused) as refusal:
        subject.gateway.create_refund(
            charge_id=charge, amount_minor=1, currency="GBP", reference="r", idempotency_key=f"{subject.run}-more"
        )
    assert refusal.value.code == "charge_already_refunded"


def test_an_unknown_id_is_refused_as_missing(subject: Subject) -> None:
    with pytest.raises(StripeRefused) as refusal:
        subject.gateway.transfer("tr_1NoSuchTransfer")
    assert refusal.value.code == "resource_missing"


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("/v1/transfers", {"amount": 1, "currency": "gbp", "destination": "acct_1", "colour": "red"}, "parameter_unknown"),
        ("/v1/transfers", {"amount": 1, "currency": "gbp"}, "parameter_missing"),
        ("/v1/transfers", {"amount": "ten", "currency": "gbp", "destination": "acct_1"}, "parameter_invalid_integer"),
        ("/v1/account_links", {"account": "acct_1", "type": "account_onboarding", "x[y]": "z"}, "parameter_unknown"),
    ],
)
def test_a_malformed_request_is_refused_with_stripes_code(subject: Subject, path: str, params: dict[str, object], code: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        subject.client.raw_request("post", path, **params)
    assert refusal.value.code == code


def test_a_wrong_key_tells_nothing_about_an_earlier_try(subject: Subject) -> None:
    stranger = StripeApi("sk_test_wrong", base_address=subject.client._requestor._options.base_addresses["api"])
    with pytest.raises(StripeUnknown):
        stranger.account("acct_1")


def test_a_list_is_read_page_by_page_newest_first(funded: Subject) -> None:
    sent = [funded.send(100 + place, f"page-{place}", transfer_group=f"pages-{funded.run}") for place in range(3)]
    group = f"pages-{funded.run}"
    first = funded.client.v1.transfers.list({"transfer_group": group, "limit": 2})
    second = funded.client.v1.transfers.list({"transfer_group": group, "limit": 2, "starting_after": first.data[-1].id})
    assert [row.id for row in (*first.data, *second.data)] == [row.id for row in reversed(sent)]
    assert (first.has_more, second.has_more) == (True, False)
    with pytest.raises(stripe.InvalidRequestError):
        funded.client.v1.transfers.list({"limit": 101})


def test_answers_fit_the_types_of_the_sdk(funded: Subject) -> None:
    transfer = funded.send(150, "typed")
    v1 = funded.client.v1
    charge = funded.pay(1_000)
    refund = funded.gateway.create_refund(
        charge_id=charge, amount_minor=1, currency="GBP", reference="r", idempotency_key=f"{funded.run}-typed-refund"
    )
    answers: list[stripe.StripeObject] = [
        v1.charges.retrieve(charge),
        v1.refunds.retrieve(refund.id),
        v1.transfers.retrieve(transfer.id),
        v1.balance.retrieve(),
        v1.balance_transactions.retrieve(transfer.balance_transaction),
        v1.accounts.retrieve(funded.destination),
        v1.events.list({"limit": 1}).data[0],
    ]
    found = [problem for answer in answers for problem in sdk_types.problems(answer.to_dict(), sdk_types.shape_of(str(answer["object"])))]
    assert found == []
