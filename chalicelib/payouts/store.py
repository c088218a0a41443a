"""The payouts table.

    contract#<id> / accrual                      cumulative positions and the sequence of the last accrual
    contract#<id> / funds                        what the brand has paid in for the contract
    contract#<id> / open-funding                 the one payment that is asked for at the moment
    contract#<id> / funding#<id>                 a list of its payments
    open-fundings / funding                      when a payment that is not paid yet was last looked up at Stripe
    funding#<id> / funding                       a payment
    live / <contract>                            contracts on which something still changes by time alone
    payee#<id> / debts#<currency>                what the payee owes, contract by contract
    payee#<id> / taken#<currency>                up to which sequence of payable the last settlement reached, and its manifest
    payee#<id> / contract#<id>                   contracts that pay this payee
    payee#<id> / settlement#<prepared>#<id>      its settlements
    settlement#<id> / settlement                 a settlement
    settlements / <prepared>#<id>                all settlements by time
    to-send / <id>                               those that Stripe has yet to answer for
    event#<id> / event                           a notice of Stripe's, taken once

Keys are built here only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute

from chalicelib.adapters.dynamo import Item, Record, Transaction, WholeNumber
from chalicelib.core.clock import iso
from chalicelib.core.errors import Conflict, PrimetimeError
from chalicelib.payouts.records import Accrual, NoSuchEvent, NoSuchSettlement, StripeEvent
from chalicelib.payouts.rules.debts import Debt
from chalicelib.payouts.rules.funding import Funding, FundingState, NoSuchFunding
from chalicelib.payouts.rules.settlements import Settlement

MAX_LISTED = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Up to which entry of payable settlements have taken, and the manifest of the last one."""

    sequence: int = 0
    manifest_key: str | None = None


class Superseded(Conflict):
    """Somebody else changed it since it was read."""


class AccrualItem(Item):
    """What a contract has booked."""

    TABLE = "payouts"
    accrual = Record(Accrual)
    sequence = WholeNumber()


class FundsItem(Item):
    """What a brand has paid in for a contract."""

    TABLE = "payouts"
    received_minor = WholeNumber()
    version = WholeNumber()


class FundingItem(Item):
    """A payment of a brand."""

    TABLE = "payouts"
    funding = Record(Funding)
    state = UnicodeAttribute()


class PointerItem(Item):
    """That something belongs to a list; `target` is its id."""

    TABLE = "payouts"
    target = UnicodeAttribute()


class LiveItem(Item):
    """When time alone may change a contract's earnings next."""

    TABLE = "payouts"
    next_check_at = UnicodeAttribute()


class OpenFundingItem(Item):
    """When (real time) a payment was asked for, or last looked up at Stripe."""

    TABLE = "payouts"
    looked_at = UnicodeAttribute()


class DebtsItem(Item):
    """What a payee owes."""

    TABLE = "payouts"
    debts = Record(tuple[Debt, ...])


class TakenItem(Item):
    """The sequence of the payable account's entry by which the last settlement took its amount, and its manifest."""

    TABLE = "payouts"
    sequence = WholeNumber()
    manifest_key = UnicodeAttribute()


class SettlementItem(Item):
    """A settlement; conditions are on its version."""

    TABLE = "payouts"
    settlement = Record(Settlement)
    version = WholeNumber()


class EventItem(Item):
    """A notice of Stripe's."""

    TABLE = "payouts"
    event = Record(StripeEvent)


class PayoutsStore:
    """Reads and writes of the payouts table. Methods that take `writes` add to a transaction."""

    # contracts

    def accrual(self, contract_id: str) -> Accrual | None:
        """What the contract has booked so far."""
        item = AccrualItem.find(f"contract#{contract_id}", "accrual")
        return None if item is None else item.accrual

    def every_accrual(self) -> Iterator[Accrual]:
        """All contracts that have booked anything: a scan, for audits."""
        yield from (item.accrual for item in AccrualItem.scan(AccrualItem.sk == "accrual", consistent_read=True))

    def write_accrual(self, writes: Transaction, accrual: Accrual, *, new_payees: tuple[str, ...]) -> None:
        """Go from the sequence before to this one; `Superseded` when another worker was faster."""
        pk = f"contract#{accrual.contract_id}"
        conflict = Superseded("Another worker has just booked this contract.")
        condition = AccrualItem.sequence == accrual.sequence - 1 if accrual.sequence > 1 else AccrualItem.pk.does_not_exist()
        writes.put(AccrualItem(pk, "accrual", accrual=accrual, sequence=accrual.sequence), condition, conflict)
        for payee in new_payees:
            writes.put(PointerItem(f"payee#{payee}", f"contract#{accrual.contract_id}", target=accrual.contract_id))

    def contracts_of(self, payee_id: str) -> list[str]:
        """Contracts under which the payee has earned."""
        return [item.target for item in PointerItem.under(f"payee#{payee_id}", "contract#")]

    def set_live(self, contract_id: str, next_check_at: datetime | None) -> None:
        """Remember when time may change something next; None when it cannot any more."""
        item = LiveItem("live", contract_id)
        if next_check_at is None:
            item.delete()
            return
        item.next_check_at = iso(next_check_at)
        item.save()

    def next_check_at(self, contract_id: str) -> datetime | None:
        """When time may change something of a contract next; None before it has earned anything, and when nothing can change any more."""
        item = LiveItem.find("live", contract_id)
        return None if item is None else datetime.fromisoformat(item.next_check_at)

    def due_contracts(self, now: datetime) -> list[str]:
        """Contracts whose next check has come."""
        return [item.sk for item in LiveItem.under("live") if item.next_check_at <= iso(now)]

    # what brands pay

    def funds(self, contract_id: str) -> tuple[int, int]:
        """(received minor units, version); (0, 0) before the first payment."""
        item = FundsItem.find(f"contract#{contract_id}", "funds")
        return (0, 0) if item is None else (item.received_minor, item.version)

    def receive(self, writes: Transaction, contract_id: str, received_minor: int, version: int) -> None:
        """Count funds on from `version`."""
        condition = FundsItem.version == version if version else FundsItem.pk.does_not_exist()
        item = FundsItem(f"contract#{contract_id}", "funds", received_minor=received_minor, version=version + 1)
        writes.put(item, condition, Superseded("Another payment for the contract has just been booked."))

    def unchanged_funds(self, writes: Transaction, contract_id: str, version: int) -> None:
        """Demand that no payment was booked since `version`."""
        condition = FundsItem.version == version if version else FundsItem.pk.does_not_exist()
        writes.check(FundsItem, (f"contract#{contract_id}", "funds"), condition, Superseded("A payment has just been booked."))

    def funding(self, funding_id: str) -> Funding:
        """A payment. Raises `NoSuchFunding`."""
        item = FundingItem.find(f"funding#{funding_id}", "funding")
        if item is None:
            raise NoSuchFunding("There is no such payment. Ask for it again.")
        return item.funding

    def open_funding(self, contract_id: str) -> Funding | None:
        """The payment that is asked for at the moment."""
        item = PointerItem.find(f"contract#{contract_id}", "open-funding")
        return None if item is None else self.funding(item.target)

    def fundings(self, contract_id: str) -> list[Funding]:
        """All payments for a contract, oldest first."""
        return [self.funding(item.target) for item in PointerItem.under(f"contract#{contract_id}", "funding#")]

    def fundings_not_looked_up_since(self, instant: datetime) -> list[str]:
        """Payments that are not paid yet and were asked for, or looked up, before an instant of real time; the longest ago first."""
        late = [item for item in OpenFundingItem.under("open-fundings") if item.looked_at < iso(instant)]
        return [item.sk for item in sorted(late, key=lambda item: item.looked_at)]

    def look_up_funding(self, writes: Transaction, funding_id: str, now: datetime) -> None:
        """Remember that a payment that is still open is looked up now; a `Conflict` when it is not open any more."""
        writes.update(OpenFundingItem("open-fundings", funding_id), [OpenFundingItem.looked_at.set(iso(now))], OpenFundingItem.pk.exists())

    def add_funding(self, writes: Transaction, funding: Funding, now: datetime) -> None:
        """Ask for a payment at an instant of real time; `Superseded` while another one is open for the contract."""
        pk, funding_id = f"contract#{funding.contract_id}", funding.funding_id
        writes.put_new(FundingItem(f"funding#{funding_id}", "funding", funding=funding, state=funding.state))
        writes.put_new(
            PointerItem(pk, "open-funding", target=funding_id), Superseded("A payment is already asked for; pay that one first.")
        )
        writes.put(PointerItem(pk, f"funding#{funding_id}", target=funding_id))
        writes.put(OpenFundingItem("open-fundings", funding_id, looked_at=iso(now)))

    def write_funding(self, writes: Transaction, funding: Funding, before: Funding) -> None:
        """Move a payment on from the state of `before`; one that is over makes room for the next."""
        conflict = Superseded("The payment has moved on in the meantime.")
        item = FundingItem(f"funding#{funding.funding_id}", "funding", funding=funding, state=funding.state)
        writes.put(item, FundingItem.state == before.state, conflict)
        waiting = {FundingState.REQUESTED, FundingState.OPEN}
        if before.state in waiting and funding.state not in waiting:
            writes.delete(PointerItem(f"contract#{funding.contract_id}", "open-funding"))
            writes.delete(OpenFundingItem("open-fundings", funding.funding_id))

    # payees

    def debts(self, payee_id: str, currency: str) -> tuple[Debt, ...]:
        """What the payee owes in a currency, oldest first."""
        item = DebtsItem.find(f"payee#{payee_id}", f"debts#{currency}")
        return () if item is None else item.debts

    def write_debts(self, writes: Transaction, payee_id: str, currency: str, debts: tuple[Debt, ...]) -> None:
        """Replace the payee's debts: only ever together with a posting to payable that expects its version."""
        writes.put(DebtsItem(f"payee#{payee_id}", f"debts#{currency}", debts=debts))

    def taken(self, payee_id: str, currency: str) -> Taken:
        """How far the payee's settlements in a currency have taken; nothing before the first."""
        item = TakenItem.find(f"payee#{payee_id}", f"taken#{currency}")
        return Taken() if item is None else Taken(sequence=item.sequence, manifest_key=item.manifest_key)

    # settlements

    def settlement(self, settlement_id: str) -> Settlement:
        """A settlement. Raises `NoSuchSettlement`."""
        item = SettlementItem.find(f"settlement#{settlement_id}", "settlement")
        if item is None:
            raise NoSuchSettlement("There is no such settlement.")
        return item.settlement

    def settlements(self, payee_id: str | None = None) -> list[Settlement]:
        """The newest settlements, of one payee or of all; at most `MAX_LISTED`."""
        partition, prefix = ("settlements", "") if payee_id is None else (f"payee#{payee_id}", "settlement#")
        targets = []
        for item in PointerItem.under(partition, prefix, newest_first=True):
            targets.append(item.target)
            if len(targets) == MAX_LISTED:
                break
        found = {
            i.settlement.settlement_id: i.settlement for i in SettlementItem.many([(f"settlement#{t}", "settlement") for t in targets])
        }
        return [found[target] for target in targets]

    def every_settlement(self) -> Iterator[Settlement]:
        """All settlements: a scan, for audits."""
        yield from (item.settlement for item in SettlementItem.scan(SettlementItem.sk == "settlement", consistent_read=True))

    def add_settlement(self, writes: Transaction, settlement: Settlement, taken_sequence: int) -> None:
        """Put a new settlement and remember how far it reaches."""
        payee, settlement_id = f"payee#{settlement.payee_id}", settlement.settlement_id
        by_time = f"{iso(settlement.prepared_at)}#{settlement_id}"
        writes.put_new(_settlement_item(settlement), Superseded("This settlement was just prepared by somebody else."))
        writes.put(PointerItem("settlements", by_time, target=settlement_id))
        writes.put(PointerItem(payee, f"settlement#{by_time}", target=settlement_id))
        taken = f"taken#{settlement.currency}"
        writes.put(TakenItem(payee, taken, sequence=taken_sequence, manifest_key=settlement.manifest_key))

    def write_settlement(self, writes: Transaction, settlement: Settlement, before: Settlement) -> None:
        """Move a settlement on from the version it was read at."""
        conflict: PrimetimeError = Superseded("The settlement has moved on in the meantime. Load it again.")
        writes.put(_settlement_item(settlement), SettlementItem.version == before.version, conflict)
        waiting = PointerItem("to-send", settlement.settlement_id, target=settlement.settlement_id)
        if settlement.waits_for_stripe:
            writes.put(waiting)
        elif before.waits_for_stripe:
            writes.delete(waiting)

    def to_send(self) -> list[str]:
        """Ids of all settlements that Stripe has yet to answer for."""
        return [item.target for item in PointerItem.under("to-send", "")]

    # notices

    def add_event(self, writes: Transaction, event: StripeEvent, taken: PrimetimeError) -> None:
        """Take a notice once."""
        writes.put_new(EventItem(f"event#{event.event_id}", "event", event=event), taken)

    def event(self, event_id: str) -> StripeEvent:
        """A notice. Raises `NoSuchEvent`."""
        item = EventItem.find(f"event#{event_id}", "event")
        if item is None:
            raise NoSuchEvent("No such notice was taken in.")
        return item.event

    def write_event(self, event: StripeEvent) -> None:
        """What became of a notice."""
        EventItem(f"event#{event.event_id}", "event", event=event).save()


def _settlement_item(settlement: Settlement) -> SettlementItem:
    return SettlementItem(f"settlement#{settlement.settlement_id}", "settlement", settlement=settlement, version=settlement.version)
