"""Money that goes back to brands, in the payouts table: refunds of prepaid money, and payments that their banks take back.

    refund#<id> / refund              a refund with its parts
    contract#<id> / refund#<id>       a list of a contract's refunds
    contract#<id> / open-refund       the one that is under way at the moment
    refunds-to-approve / <id>         those that wait for a second person
    refunds-asked / <request id>      what a request has prepared
    refunds-at-work / <id>            approved ones that are not over
    dispute#<id> / dispute            a payment that was taken back
    contract#<id> / dispute#<id>      a list of a contract's

Keys are built here only.
"""

from chalicelib.adapters.dynamo import Item, Record, Transaction, WholeNumber
from chalicelib.payouts.rules.chargebacks import Chargeback
from chalicelib.payouts.rules.prepaid_refunds import AT_WORK, CAN_BE_VOID, OPEN_STATES, NoSuchRefund, RefundOfPrepaid
from chalicelib.payouts.store import PointerItem, Superseded


class RefundItem(Item):
    """A refund; conditions are on its version."""

    TABLE = "payouts"
    refund = Record(RefundOfPrepaid)
    version = WholeNumber()


class ChargebackItem(Item):
    """A dispute about a payment; conditions are on its version."""

    TABLE = "payouts"
    chargeback = Record(Chargeback)
    version = WholeNumber()


class ChargebackStore:
    """Reads and writes of chargebacks."""

    def find(self, dispute_id: str) -> Chargeback | None:
        """A chargeback, if it was seen before."""
        item = ChargebackItem.find(f"dispute#{dispute_id}", "dispute")
        return None if item is None else item.chargeback

    def of_contract(self, contract_id: str) -> list[Chargeback]:
        """All of a contract, by id."""
        found = (self.find(item.target) for item in PointerItem.under(f"contract#{contract_id}", "dispute#"))
        return [chargeback for chargeback in found if chargeback is not None]

    def write(self, writes: Transaction, after: Chargeback, before: Chargeback) -> None:
        """Move a chargeback on from the version it was read at; the first version is not stored yet."""
        conflict = Superseded("The chargeback has moved on in the meantime.")
        condition = ChargebackItem.version == before.version if before.version > 1 else ChargebackItem.pk.does_not_exist()
        item = ChargebackItem(f"dispute#{after.dispute_id}", "dispute", chargeback=after, version=after.version)
        writes.put(item, condition, conflict)
        writes.put(PointerItem(f"contract#{after.contract_id}", f"dispute#{after.dispute_id}", target=after.dispute_id))


class RefundStore:
    """Reads and writes of refunds. Methods that take `writes` add to a transaction."""

    def refund(self, refund_id: str) -> RefundOfPrepaid:
        """A refund. Raises `NoSuchRefund`."""
        found = self.find(refund_id)
        if found is None:
            raise NoSuchRefund("There is no such refund.")
        return found

    def find(self, refund_id: str) -> RefundOfPrepaid | None:
        """A refund, if it is one of ours."""
        item = RefundItem.find(f"refund#{refund_id}", "refund")
        return None if item is None else item.refund

    def asked(self, request_id: str | None) -> RefundOfPrepaid | None:
        """What a request has prepared, if it has."""
        item = None if request_id is None else PointerItem.find("refunds-asked", request_id)
        return None if item is None else self.refund(item.target)

    def of_contract(self, contract_id: str) -> list[RefundOfPrepaid]:
        """All refunds of a contract, oldest first."""
        found = [self.refund(item.target) for item in PointerItem.under(f"contract#{contract_id}", "refund#")]
        return sorted(found, key=lambda refund: (refund.prepared_at, refund.refund_id))

    def at_work(self) -> list[str]:
        """Approved refunds that are not over, by id."""
        return [item.target for item in PointerItem.under("refunds-at-work")]

    def to_approve(self) -> list[RefundOfPrepaid]:
        """Those that wait for a second person, oldest first."""
        found = [self.refund(item.target) for item in PointerItem.under("refunds-to-approve")]
        return sorted(found, key=lambda refund: (refund.prepared_at, refund.refund_id))

    def add(self, writes: Transaction, refund: RefundOfPrepaid, request_id: str | None = None) -> None:
        """Put a new refund; `Superseded` while another one is under way for the contract."""
        pk, refund_id = f"contract#{refund.contract_id}", refund.refund_id
        writes.put_new(_item(refund), Superseded("This refund was just prepared by somebody else. Load it again."))
        writes.put_new(
            PointerItem(pk, "open-refund", target=refund_id),
            Superseded("A refund of this contract is under way already. Approve or void that one first."),
        )
        writes.put(PointerItem(pk, f"refund#{refund_id}", target=refund_id))
        writes.put(PointerItem("refunds-to-approve", refund_id, target=refund_id))
        if request_id is not None:
            writes.put(PointerItem("refunds-asked", request_id, target=refund_id))

    def write(self, writes: Transaction, after: RefundOfPrepaid, before: RefundOfPrepaid) -> None:
        """Move a refund on from the version it was read at; one that is over makes room for the next."""
        conflict = Superseded("The refund has moved on in the meantime. Load it again.")
        writes.put(_item(after), RefundItem.version == before.version, conflict)
        if before.state in CAN_BE_VOID:
            writes.delete(PointerItem("refunds-to-approve", after.refund_id))
        if after.state in AT_WORK and before.state not in AT_WORK:
            writes.put(PointerItem("refunds-at-work", after.refund_id, target=after.refund_id))
        if after.state not in AT_WORK and before.state in AT_WORK:
            writes.delete(PointerItem("refunds-at-work", after.refund_id))
        if after.state not in OPEN_STATES and before.state in OPEN_STATES:
            writes.delete(PointerItem(f"contract#{after.contract_id}", "open-refund"))


def _item(refund: RefundOfPrepaid) -> RefundItem:
    return RefundItem(f"refund#{refund.refund_id}", "refund", refund=refund, version=refund.version)
