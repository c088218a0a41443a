"""What every endpoint shares: the store, the clock, ids, the events, and the book of balance transactions."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.stripe_standin.errors import Obj, StripeFailure, missing
from tests.stripe_standin.store import Store

PLATFORM = ""
"""The owner of what belongs to the platform's own account; connected accounts are named by their id."""
API_VERSION = "2026-10-28.endive"
BASIS_POINTS = 10_000
KIND_OF_PREFIX = {
    "acct": "account",
    "ch": "charge",
    "cs": "checkout.session",
    "cus": "customer",
    "du": "dispute",
    "evt": "event",
    "pi": "payment_intent",
    "po": "payout",
    "py": "charge",
    "pyr": "refund",
    "re": "refund",
    "tr": "transfer",
    "trr": "transfer_reversal",
    "tu": "topup",
    "txn": "balance_transaction",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One webhook endpoint. `connect` endpoints get the events of connected accounts, others the platform's own."""

    url: str
    secret: str
    connect: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the stand-in was started. The fee is Stripe's for domestic cards in the UK: 1.5 % and 20 pence."""

    api_key: str
    base_url: str
    targets: tuple[Target, ...] = ()
    fee_basis_points: int = 150
    fee_fixed_minor: int = 20
    settle_seconds: int = 2 * 86_400


@dataclass(slots=True)
class World:
    """The state of one pretended Stripe."""

    store: Store
    options: Options
    request_key: str | None = None
    emitted: list[str] = field(default_factory=list)

    def now(self) -> int:
        """Seconds since the epoch by the stand-in's clock: real time plus what a test moved it by."""
        return int(time.time()) + int(self._meta("clock").get("offset_seconds", 0))

    def set_clock(self, instant: int | None) -> None:
        """Moves the clock to an instant, from where it goes on; None puts it back to real time."""
        offset = 0 if instant is None else instant - int(time.time())
        self.store.put("meta", "clock", {"offset_seconds": offset})

    def new_id(self, prefix: str) -> str:
        """Ids count up, so that a run can be repeated and compared."""
        number = int(self._meta("counter").get("last", 0)) + 1
        self.store.put("meta", "counter", {"last": number})
        return f"{prefix}_1Standin{number:012d}"

    def _meta(self, name: str) -> Obj:
        return self.store.get("meta", name) or {}

    def add(self, row: Obj, *, account: str = PLATFORM) -> Obj:
        """Stores a new object for its owner, and gives it back."""
        owned = {**row, "_account": account}
        self.store.put(str(row["object"]), str(row["id"]), owned)
        return owned

    def save(self, row: Obj) -> Obj:
        """Stores a changed object, and gives it back."""
        self.store.put(str(row["object"]), str(row["id"]), row)
        return row

    def find(self, kind: str, identifier: str, *, account: str = PLATFORM, param: str = "id") -> Obj:
        """An object that the account owns. Raises Stripe's `resource_missing`."""
        row = self.store.get(kind, identifier)
        if row is None or row["_account"] != account:
            raise missing(kind.rsplit(".", maxsplit=1)[-1], identifier, param=param)
        return row

    def lookup(self, identifier: str) -> Obj | None:
        """Any object by its id alone, for `expand`."""
        kind = KIND_OF_PREFIX.get(identifier.split("_", 1)[0])
        return None if kind is None else self.store.get(kind, identifier)

    def owned(self, kind: str, account: str = PLATFORM) -> list[Obj]:
        """The account's objects of a kind, newest first as Stripe lists them."""
        return [row for row in reversed(self.store.all(kind)) if row["_account"] == account]

    def fee_on(self, amount: int) -> int:
        """Stripe's fee for a charge, in whole minor units, halves up."""
        return (amount * self.options.fee_basis_points + BASIS_POINTS // 2) // BASIS_POINTS + self.options.fee_fixed_minor

    def book(  # noqa: PLR0913 - the facts of one balance transaction
        self,
        *,
        account: str,
        kind: str,
        category: str,
        amount: int,
        currency: str,
        source: str,
        fee: int = 0,
        available_on: int | None = None,
        description: str | None = None,
    ) -> str:
        """Adds one balance transaction: the only way that a balance changes (docs: Balance transaction types, Reporting categories)."""
        now = self.now()
        details = [
            {"amount": fee, "application": None, "currency": currency, "description": "Stripe processing fees", "type": "stripe_fee"}
        ]
        row = {
            "id": self.new_id("txn"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": now if available_on is None else available_on,
            "balance_type": "payments",
            "created": now,
            "currency": currency,
            "description": description,
            "exchange_rate": None,
            "fee": fee,
            "fee_details": details if fee else [],
            "net": amount - fee,
            "reporting_category": category,
            "source": source,
            "status": "pending",
            "type": kind,
            "_payout": None,
        }
        return str(self.add(row, account=account)["id"])

    def funds(self, account: str, currency: str, *, available: bool) -> int:
        """The account's available (or pending) balance: the sum of its balance transactions, pending ones by `available_on`."""
        return sum(int(row["net"]) for row in self._booked(account, currency) if (row["available_on"] <= self.now()) is available)

    def _booked(self, account: str, currency: str) -> Iterable[Obj]:
        return (row for row in self.store.all("balance_transaction") if row["_account"] == account and row["currency"] == currency)

    def demand_available(self, account: str, amount: int, currency: str) -> None:
        """Raises Stripe's `balance_insufficient` unless the available balance covers the amount; pending money does not count."""
        if self.funds(account, currency, available=True) < amount:
            message = (
                "You have insufficient available funds in your Stripe account. Try adding funds directly to your available balance "
                "by creating Charges using the 4000000000000077 test card. See: https://stripe.com/docs/testing#available-balance"
            )
            raise StripeFailure(400, message, code="balance_insufficient")

    def emit(self, kind: str, row: Obj, *, account: str = PLATFORM) -> None:
        """Records an event with the object as it is now; it is delivered after the call is committed (docs: Events)."""
        identifier = self.new_id("evt")
        event = {
            "id": identifier,
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now(),
            "data": {"object": self.present(row)},
            "livemode": False,
            "pending_webhooks": len(self.targets_for(account)),
            "request": {"id": None, "idempotency_key": self.request_key},
            "type": kind,
        }
        if account != PLATFORM:
            event["account"] = account
        self.add(event, account=account)
        self.emitted.append(identifier)

    def targets_for(self, account: str) -> list[Target]:
        """Connect endpoints hear of connected accounts, the others of the platform (docs: Connect webhooks)."""
        return [target for target in self.options.targets if target.connect is (account != PLATFORM)]

    def present(self, value: Any) -> Any:
        """What a client sees: members that begin with an underscore stay here, the status of pending money follows the clock."""
        if isinstance(value, list):
            return [self.present(item) for item in value]
        if not isinstance(value, dict):
            return value
        shown = {name: self.present(item) for name, item in value.items() if not name.startswith("_")}
        if shown.get("object") == "balance_transaction":
            shown["status"] = "available" if shown["available_on"] <= self.now() else "pending"
        return shown
