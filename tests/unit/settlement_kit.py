"""What tests of settlements, transfers and payees' accounts begin with: money that is payable, people who move it, signed notices."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.payouts.rules.funding import FundingKind
from chalicelib.payouts.rules.settlements import Settlement, SettlementState
from tests.conftest import StandingClock
from tests.fakes.deals import APPROVER, BRAND, CREATOR, HOST, MANAGER, OWNER, PREPARER, SECRET, House, build_house, sale

AFTER_RETURNS = datetime(2011, 2, 1, 12, tzinfo=UTC)


@pytest.fixture
def house(tables: None, clock: StandingClock) -> House:  # noqa: ARG001  # the tables must be there
    """Host with 160.00 and agency with 40.00 payable, both connected."""
    house = build_house(clock)
    house.market.sales = [sale("l1", 600_00), sale("l2", 400_00)]
    clock.instant = AFTER_RETURNS
    for payee in (CREATOR, MANAGER):
        house.payouts.accounts.connect(payee, "GB")
    fund(house)
    return house


def fund(house: House, contract_id: str = "ctr_1", owner: str = BRAND) -> None:
    """The brand pays for all that has matured."""
    house.payouts.accruals.accrue(contract_id)
    funding = house.payouts.fundings.request(replace(OWNER, tenant_id=owner), contract_id, FundingKind.BALANCE)
    house.work()
    house.stripe.pay(f"cs_{funding.funding_id}")
    house.payouts.fundings.observe(house.stripe.checkout(f"cs_{funding.funding_id}"))
    house.work()


def prepared(house: House, payee: str = HOST) -> Settlement:
    """A settlement that waits for a second person."""
    run = house.payouts.settlements.prepare(PREPARER, "GBP")
    return next(s for s in run.settlements if s.payee_id == payee)


def approved(house: House) -> Settlement:
    """The host's settlement, agreed by two people and not sent yet."""
    return house.payouts.settlements.approve(APPROVER, prepared(house).settlement_id)


def state_of(house: House, settlement: Settlement) -> SettlementState:
    """Where it stands now."""
    return house.payouts.settlements.get(APPROVER, settlement.settlement_id).state


def signed(event: dict[str, object], now: datetime, secret: str = SECRET) -> tuple[bytes, str]:
    """A notice's body and its header, as Stripe signs it."""
    body = json.dumps(event).encode()
    stamp = int(now.timestamp())
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return body, f"t={stamp},v1={mac}"


def notice(kind: str, object_id: str, event_id: str = "evt_1") -> dict[str, object]:
    """A notice of Stripe's about an object."""
    return {"id": event_id, "type": kind, "created": 1, "livemode": False, "data": {"object": {"id": object_id}}}
