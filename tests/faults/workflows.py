"""The money workflows: what has to be there before each, and what sets it off.

They are played one after the other in one market, so that each begins where a real one would.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chalicelib.contracts.rules import Contract
from chalicelib.core.access import Principal
from chalicelib.payouts.rules.funding import FundingKind
from chalicelib.sales.service import Announced
from tests.fakes.console import BEGIN, OPERATOR, STARTS, Market, after, open_market
from tests.faults.hands import Work
from tests.faults.house import House, Step
from tests.faults.snapshot import PREFIX

HEADER = "type,order_id,line_id,refund_id,sku,ordered_at,quantity,unit_price,currency"
CURRENCY = "GBP"


@dataclass(slots=True)
class Stage:
    """The market with what was made in it."""

    house: House
    market: Market
    contract: Contract
    import_id: str = ""

    @property
    def show_id(self) -> str:
        """The one show."""
        return self.contract.bookings[0].show_id

    def settlement_of(self, who: Principal) -> str:
        """The payee's only settlement."""
        (settlement,) = self.market.console.services.payouts.settlements.listed(who)
        return settlement.settlement_id

    def sign_in(self) -> None:
        """Everybody signs in anew: a session ends after hours of doing nothing."""
        console = self.market.console
        console.cookies.clear()
        for who in (self.market.brand, self.market.analyst, self.market.preparer, self.market.approver):
            console.cookie(who)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """One workflow. `prepare` happens undisturbed, before the state is taken that each point starts from."""

    name: str
    prepare: Callable[[Stage], None]
    steps: Callable[[Stage], tuple[Step, ...]]
    in_short: bool = True
    """Whether its points are tried in the short form as well."""


def set_the_stage(house: House) -> Stage:
    """A show on air, whose contract both sides have signed; nothing is sold yet."""
    console = house.program.console
    with house.program.harness_talks():
        house.around.standin.control("clock", now=int(house.program.clockwork.now.timestamp()))
    console.services.clock.set(BEGIN)
    console.services.directory.ensure_operator(OPERATOR.email)
    console.work()
    market = open_market(console)
    contract = market.signed()
    market.on_air(contract.bookings[0].show_id)
    console.work()
    house.forget_outbox()
    return Stage(house=house, market=market, contract=contract)


def sales_file(*rows: str) -> bytes:
    """A file of the generic profile."""
    return "\n".join((HEADER, *rows, "")).encode()


JANUARY = sales_file(
    "sale,o-1,1,,22423,2011-01-10T19:30:00Z,2,12.75,GBP",
    "sale,o-2,1,,47566,2011-01-10T19:40:00Z,10,4.95,GBP",
    "sale,o-3,1,,22423,2011-01-01T19:30:00Z,1,12.75,GBP",
    "sale,o-4,1,,22423,2011-01-10T19:30:00Z,many,12.75,GBP",
    "refund,o-1,1,r-1,22423,2011-01-10T20:30:00Z,1,12.75,GBP",
)
EARLY = sales_file("sale,o-0,1,,22423,2011-01-10T18:30:00Z,1,12.75,GBP")
LATE = sales_file("sale,o-6,1,,22423,2011-01-10T19:45:00Z,1,12.75,GBP")
TAKEN_BACK = sales_file("refund,o-6,1,r-6,22423,2011-01-20T12:00:00Z,1,12.75,GBP")
FEBRUARY = sales_file("sale,o-5,1,,22423,2011-01-10T19:50:00Z,4,12.75,GBP")


def _nothing(_: Stage) -> None:
    """It begins where the one before ended."""


def _ask(who: Principal, path: str, content: dict[str, Any] | None = None) -> Step:
    return lambda house: house.ask(who, path, content)


def _message(queue: str, topic: str, key: str) -> Step:
    return lambda house: house.message(queue, topic, key)


def _tick(house: House) -> None:
    house.situation.waiting.append(Work(kind="tick", body=""))


def _announcement(body: bytes) -> dict[str, Any]:
    digest = hashlib.sha256(body).hexdigest()
    return {"filename": "january.csv", "profile": "generic", "currency": CURRENCY, "sha256": digest, "size_bytes": len(body)}


def _upload(stage: Stage) -> Step:
    def upload(house: House) -> None:
        key = f"uploads/{stage.market.brand.tenant_id}/{house.hands.answers['/api/v1/imports']['import_id']}"
        house.engine.put_object(f"{PREFIX}imports", key, JANUARY)
        house.situation.waiting.append(Work(kind="imports", body=json.dumps({"Records": [{"s3": {"object": {"key": key}}}]})))

    return upload


def _taken_in(stage: Stage, body: bytes, *, but: str | None = None) -> None:
    console, brand = stage.market.console, stage.market.brand
    upload = console.services.sales.start_import(brand, Announced(**_announcement(body)))
    key = f"uploads/{brand.tenant_id}/{upload.import_id}"
    with stage.house.program.harness_talks():
        stage.house.engine.put_object(f"{PREFIX}imports", key, body)
    console.services.intake.receive(key)
    console.work(but=but)


def _too_early_for_the_show(stage: Stage) -> None:
    """Half an hour before the show somebody bought what it is about to sell: that is nobody's sale."""
    _taken_in(stage, EARLY)


def _widen_the_window(stage: Stage) -> tuple[Step, ...]:
    """Now it is the show's."""
    change, path = {"attribution": {"before_minutes": 60}}, f"/api/v1/shows/{stage.show_id}"
    return (lambda house: house.ask(stage.market.brand, path, change, method="PUT"),)


def _show_is_over(stage: Stage) -> None:
    found = stage.market.console.services
    found.clock.set(STARTS + timedelta(hours=1))
    found.shows.end(stage.market.brand, stage.show_id)
    stage.market.console.work()


def _stored_but_not_folded(stage: Stage) -> None:
    """A second file is in, and what it changes has not been accrued yet."""
    _taken_in(stage, FEBRUARY, but="sales.fold")


def _returns_have_ended(stage: Stage) -> None:
    stage.market.console.services.clock.set(after(30))
    stage.house.forget_outbox()


def _pay_at_stripe(stage: Stage) -> Step:
    (funding,) = stage.market.console.services.payouts.fundings.of_contract(stage.market.brand, stage.contract.contract_id)

    def pay(house: House) -> None:
        house.around.standin.control("pay", session=funding.checkout_id)

    return pay


def _host_is_connected(stage: Stage) -> None:
    console, host = stage.market.console, stage.market.host
    console.services.payouts.accounts.connect(host, "GB")
    console.work()
    account = console.services.payouts.accounts.mine(host).stripe_account
    standin = stage.house.around.standin
    with stage.house.program.harness_talks():
        standin.control("account", id=account, onboarded=True)
    console.services.payouts.accounts.observe(str(account))
    stage.house.forget_notices()


def _hosts_settlement_is_approved(stage: Stage) -> None:
    settlements = stage.market.console.services.payouts.settlements
    settlements.approve(stage.market.approver, stage.settlement_of(stage.market.host))
    stage.house.forget_outbox()


def _take_back(stage: Stage) -> tuple[Step, ...]:
    """One person asks for a part of a transfer, another one agrees."""
    path = f"/api/v1/settlements/{stage.settlement_of(stage.market.host)}/reversals"
    asked = {"reason": "It was paid too early.", "amount_minor": 10_00}
    return (_ask(stage.market.preparer, path, asked), _ask(stage.market.approver, f"{path}/approve", {}))


def _reverse_at_stripe(stage: Stage) -> Step:
    (settlement,) = stage.market.console.services.payouts.settlements.listed(stage.market.host)

    def reverse(house: House) -> None:
        house.around.reverse_transfer(str(settlement.transfer_id), settlement.amount_minor // 2)

    return reverse


def _more_was_paid_than_is_kept(stage: Stage) -> None:
    """A late sale is paid for, and then taken back."""
    found, contract_id = stage.market.console.services, stage.contract.contract_id
    _taken_in(stage, LATE)
    fundings = found.payouts.fundings
    asked = fundings.request(stage.market.brand, contract_id, FundingKind.BALANCE)
    stage.market.console.work()
    checkout_id = str(fundings.get(stage.market.brand, asked.funding_id).checkout_id)
    with stage.house.program.harness_talks():
        stage.house.around.standin.control("pay", session=checkout_id)
    fundings.observe(found.stripe.checkout(checkout_id))
    stage.market.console.work()
    _taken_in(stage, TAKEN_BACK)
    stage.house.forget_notices()


def _give_back(stage: Stage) -> tuple[Step, ...]:
    """The approver finds the refund among all others: whoever asked for it may not have been told its id."""

    def approve(house: House) -> None:
        (item,) = (item for item in house.engine.items(f"{PREFIX}payouts") if item["sk"]["S"] == "refund")
        refund_id = item["pk"]["S"].partition("#")[2]
        house.ask(stage.market.approver, f"/api/v1/refunds/{refund_id}/approve", {})

    path = f"/api/v1/contracts/{stage.contract.contract_id}/refunds"
    return (_ask(stage.market.preparer, path, {"reason": "The show is over."}), approve)


def _charge_back(stage: Stage) -> tuple[Step, ...]:
    charge = _at_stripe(stage, "charge")[0]
    return (lambda house: _disputes(house, charge=charge),)


def _win_back(stage: Stage) -> tuple[Step, ...]:
    (opened,) = _at_stripe(stage, "dispute")
    return (lambda house: _disputes(house, dispute=opened, status="won"),)


def _disputes(house: House, **command: str) -> None:
    house.around.standin.control("dispute", **command)


def _at_stripe(stage: Stage, kind: str) -> list[str]:
    with stage.house.program.harness_talks():
        return [identifier for each, identifier, _ in stage.house.around.standin.look("state")["rows"] if each == kind]


WORKFLOWS: tuple[Workflow, ...] = (
    Workflow(name="attribute anew", prepare=_too_early_for_the_show, steps=_widen_the_window, in_short=False),
    Workflow(
        name="ingest",
        prepare=_show_is_over,
        steps=lambda stage: (_ask(stage.market.brand, "/api/v1/imports", _announcement(JANUARY)), _upload(stage)),
    ),
    Workflow(
        name="accrue",
        prepare=_stored_but_not_folded,
        steps=lambda stage: (_message("work", "sales.fold", stage.show_id),),
    ),
    Workflow(name="release", prepare=_returns_have_ended, steps=lambda _: (_tick,)),
    Workflow(
        name="fund",
        prepare=_nothing,
        steps=lambda stage: (
            _ask(stage.market.brand, f"/api/v1/contracts/{stage.contract.contract_id}/fundings", {"kind": FundingKind.BALANCE.value}),
        ),
    ),
    Workflow(name="webhook", prepare=_nothing, steps=lambda stage: (_pay_at_stripe(stage),)),
    Workflow(
        name="settle",
        prepare=_host_is_connected,
        steps=lambda stage: (_ask(stage.market.preparer, "/api/v1/settlements", {"currency": CURRENCY}),),
    ),
    Workflow(
        name="approve",
        prepare=_nothing,
        steps=lambda stage: (_ask(stage.market.approver, f"/api/v1/settlements/{stage.settlement_of(stage.market.agency)}/approve", {}),),
    ),
    Workflow(
        name="pay",
        prepare=_hosts_settlement_is_approved,
        steps=lambda stage: (_message("payouts", "settlement.send", stage.settlement_of(stage.market.host)),),
    ),
    Workflow(name="reconcile", prepare=_nothing, steps=lambda stage: (_ask(stage.market.analyst, "/api/v1/reconciliations"),)),
    Workflow(name="close", prepare=_nothing, steps=lambda stage: (_ask(stage.market.approver, "/api/v1/periods/2011-01/close"),)),
    Workflow(name="reverse", prepare=_nothing, steps=lambda stage: (_reverse_at_stripe(stage),)),
    Workflow(name="take back", prepare=_nothing, steps=_take_back, in_short=False),
    Workflow(name="give back", prepare=_more_was_paid_than_is_kept, steps=_give_back, in_short=False),
    Workflow(name="charge back", prepare=_nothing, steps=_charge_back, in_short=False),
    Workflow(name="win back", prepare=_nothing, steps=_win_back, in_short=False),
)
