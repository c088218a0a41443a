"""The table of addresses: method, pattern, endpoint, declared parameters, the SDK's names for both ends of the contract.

A new endpoint is one row here and one function. The contract tests read this table.
"""

import re
from dataclasses import dataclass, field

from tests.stripe_standin import accounts, balance, charges, checkout, disputes, events, transfers
from tests.stripe_standin.call import PAGING, Endpoint
from tests.stripe_standin.params import Declared, declare

EXPAND = "expand.*:str"
TIMED_PAGING = (*PAGING, "created:range")
ACCOUNT_MEMBERS = (
    "email:str",
    "metadata:map",
    "business_type:str",
    "capabilities.transfers.requested:bool",
    "capabilities.card_payments.requested:bool",
    "settings.payouts.schedule.interval:str",
    EXPAND,
)
MONEY = ("amount:int!", "currency:str!", "description:str", "metadata:map", EXPAND)


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint. `params_of` is the module of `stripe.params` that declares its parameters, `answers` the object it gives."""

    method: str
    pattern: str
    endpoint: Endpoint
    params_of: str
    answers: str
    declared: tuple[Declared, ...]
    connect: bool = False
    expression: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        """Compiles the pattern, in which ``*`` stands for an id."""
        object.__setattr__(self, "expression", re.compile(self.pattern.replace("*", "([A-Za-z0-9_]+)") + "$"))


def _row(method: str, pattern: str, endpoint: Endpoint, params_of: str, answers: str, *names: str, connect: bool = False) -> Route:
    return Route(method, pattern, endpoint, params_of, answers, declare(*names), connect)


ROUTES = (
    _row("POST", "/v1/accounts", accounts.create_account, "account_create", "account", "type:str", "country:str", *ACCOUNT_MEMBERS),
    _row("GET", "/v1/accounts/*", accounts.retrieve_account, "account_retrieve", "account", EXPAND),
    _row("POST", "/v1/accounts/*", accounts.update_account, "account_update", "account", *ACCOUNT_MEMBERS),
    _row(
        "POST",
        "/v1/account_links",
        accounts.create_link,
        "account_link_create",
        "account_link",
        *("account:str!", "type:str!", "refresh_url:str", "return_url:str", "collection_options.fields:str", EXPAND),
    ),
    _row(
        "POST",
        "/v1/customers",
        accounts.create_customer,
        "customer_create",
        "customer",
        *("email:str", "name:str", "phone:str", "description:str", "metadata:map", EXPAND),
    ),
    _row("GET", "/v1/customers/*", accounts.retrieve_customer, "customer_retrieve", "customer", EXPAND),
    _row(
        "POST",
        "/v1/checkout/sessions",
        checkout.create,
        "checkout._session_create",
        "checkout.session",
        *("mode:str!", "success_url:str!", "cancel_url:str", "client_reference_id:str", "customer:str", "customer_email:str"),
        *("line_items.*.quantity:int!", "line_items.*.price_data.currency:str!", "line_items.*.price_data.unit_amount:int!"),
        *("line_items.*.price_data.product_data.name:str!", "line_items.*.price_data.product_data.description:str"),
        *("payment_intent_data.metadata:map", "payment_intent_data.transfer_group:str", "payment_intent_data.description:str"),
        *("metadata:map", "expires_at:int", EXPAND),
    ),
    _row("GET", "/v1/checkout/sessions/*", checkout.retrieve, "checkout._session_retrieve", "checkout.session", EXPAND),
    _row(
        "GET",
        "/v1/checkout/sessions",
        checkout.listing,
        "checkout._session_list",
        "checkout.session",
        *("customer:str", "payment_intent:str", "status:str", *TIMED_PAGING),
    ),
    _row("GET", "/v1/payment_intents/*", charges.retrieve_intent, "payment_intent_retrieve", "payment_intent", EXPAND, connect=True),
    _row("GET", "/v1/charges/*", charges.retrieve_charge, "charge_retrieve", "charge", EXPAND, connect=True),
    _row(
        "GET",
        "/v1/charges",
        charges.list_charges,
        "charge_list",
        "charge",
        *("payment_intent:str", "customer:str", "transfer_group:str", *TIMED_PAGING),
        connect=True,
    ),
    _row(
        "POST",
        "/v1/refunds",
        charges.create_refund,
        "refund_create",
        "refund",
        *("charge:str", "payment_intent:str", "amount:int", "reason:str", "metadata:map", EXPAND),
        connect=True,
    ),
    _row("GET", "/v1/refunds/*", charges.retrieve_refund, "refund_retrieve", "refund", EXPAND, connect=True),
    _row(
        "GET", "/v1/refunds", charges.list_refunds, "refund_list", "refund", "charge:str", "payment_intent:str", *TIMED_PAGING, connect=True
    ),
    _row("GET", "/v1/disputes/*", disputes.retrieve, "dispute_retrieve", "dispute", EXPAND),
    _row("GET", "/v1/disputes", disputes.listing, "dispute_list", "dispute", "charge:str", "payment_intent:str", *TIMED_PAGING),
    _row("POST", "/v1/transfers", transfers.create, "transfer_create", "transfer", "destination:str!", "transfer_group:str", *MONEY),
    _row("GET", "/v1/transfers/*", transfers.retrieve, "transfer_retrieve", "transfer", EXPAND),
    _row("POST", "/v1/transfers/*", transfers.update, "transfer_update", "transfer", "description:str", "metadata:map", EXPAND),
    _row("GET", "/v1/transfers", transfers.listing, "transfer_list", "transfer", "destination:str", "transfer_group:str", *TIMED_PAGING),
    _row(
        "POST",
        "/v1/transfers/*/reversals",
        transfers.reverse,
        "transfer_reversal_create",
        "transfer_reversal",
        *("amount:int", "description:str", "metadata:map", EXPAND),
    ),
    _row("GET", "/v1/transfers/*/reversals", transfers.list_reversals, "transfer_reversal_list", "transfer_reversal", *PAGING),
    _row("GET", "/v1/balance", balance.retrieve_balance, "balance_retrieve", "balance", EXPAND, connect=True),
    _row(
        "GET",
        "/v1/balance_transactions/*",
        balance.retrieve_transaction,
        "balance_transaction_retrieve",
        "balance_transaction",
        EXPAND,
        connect=True,
    ),
    _row(
        "GET",
        "/v1/balance_transactions",
        balance.list_transactions,
        "balance_transaction_list",
        "balance_transaction",
        *("type:str", "source:str", "payout:str", "currency:str", *TIMED_PAGING),
        connect=True,
    ),
    _row("POST", "/v1/payouts", balance.create_payout, "payout_create", "payout", *MONEY, connect=True),
    _row("GET", "/v1/payouts/*", balance.retrieve_payout, "payout_retrieve", "payout", EXPAND, connect=True),
    _row("GET", "/v1/payouts", balance.list_payouts, "payout_list", "payout", "status:str", *TIMED_PAGING, connect=True),
    _row("POST", "/v1/topups", balance.create_topup, "topup_create", "topup", "statement_descriptor:str", "transfer_group:str", *MONEY),
    _row("GET", "/v1/topups/*", balance.retrieve_topup, "topup_retrieve", "topup", EXPAND),
    _row("GET", "/v1/topups", balance.list_topups, "topup_list", "topup", "status:str", *TIMED_PAGING),
    _row("GET", "/v1/events/*", events.retrieve, "event_retrieve", "event", EXPAND, connect=True),
    _row("GET", "/v1/events", events.listing, "event_list", "event", "type:str", "types.*:str", *TIMED_PAGING, connect=True),
)
