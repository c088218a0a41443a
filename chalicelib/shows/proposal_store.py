"""Where proposals of other times are kept: with their contract, at most one open one of a kind for a show, found by when they expire."""

from collections.abc import Iterator
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute

from chalicelib.adapters.dynamo import Item, Record, Transaction, WholeNumber
from chalicelib.core.clock import iso
from chalicelib.shows.errors import AlreadyProposed, ProposalClosed, ProposalNotFound
from chalicelib.shows.rules.proposals import Proposal, ProposalState

DUE = "proposal-due"


class ProposalItem(Item):
    """A proposal."""

    TABLE = "shows"

    version = WholeNumber()
    proposal = Record(Proposal)


class ProposalPointer(Item):
    """Keeps a second proposal about the same thing away, or finds one by its expiry."""

    TABLE = "shows"

    contract_id = UnicodeAttribute()
    proposal_id = UnicodeAttribute()


class ProposalStore:
    """Proposals in DynamoDB."""

    def add(self, transaction: Transaction, proposal: Proposal) -> None:
        """Put a new proposal into a transaction. Raises `AlreadyProposed` where another one of its kind waits."""
        waits = AlreadyProposed("Another proposal about this show waits for an answer. It has to be answered or taken back first.")
        transaction.put_new(_item(proposal), AlreadyProposed("This has been proposed already."))
        transaction.put_new(_open(proposal), waits)
        transaction.put(_due(proposal))

    def change(self, transaction: Transaction, before: Proposal, after: Proposal) -> None:
        """Put an ended proposal into a transaction, on condition that nobody answered it since."""
        conflict = ProposalClosed("This proposal has been answered in the meantime. Load it again.")
        transaction.put(_item(after), ProposalItem.version == before.version, conflict)
        transaction.delete(_open(before))
        transaction.delete(_due(before))

    def get(self, contract_id: str, proposal_id: str) -> Proposal:
        """A proposal of a contract. Raises `ProposalNotFound`."""
        found = self.find(contract_id, proposal_id)
        if found is None:
            raise ProposalNotFound("There is no such proposal.")
        return found

    def find(self, contract_id: str, proposal_id: str) -> Proposal | None:
        """The same, or None."""
        item = ProposalItem.find(_of_contract(contract_id), f"proposal#{proposal_id}")
        return None if item is None else item.proposal

    def of_contract(self, contract_id: str) -> Iterator[Proposal]:
        """All proposals of a contract, oldest first."""
        yield from (item.proposal for item in ProposalItem.under(_of_contract(contract_id), "proposal#"))

    def due(self, now: datetime, limit: int) -> list[Proposal]:
        """Open proposals that nobody answered in time, oldest first."""
        found = ProposalPointer.query(DUE, ProposalPointer.sk <= iso(now) + "~", consistent_read=True, limit=limit)
        proposals = (self.get(pointer.contract_id, pointer.proposal_id) for pointer in found)
        return [proposal for proposal in proposals if proposal.state is ProposalState.OPEN]


def _of_contract(contract_id: str) -> str:
    return f"proposals#{contract_id}"


def _item(proposal: Proposal) -> ProposalItem:
    key = (_of_contract(proposal.contract_id), f"proposal#{proposal.proposal_id}")
    return ProposalItem(*key, version=proposal.version, proposal=proposal)


def _open(proposal: Proposal) -> ProposalPointer:
    key = (_of_contract(proposal.contract_id), f"open#{proposal.kind.value}#{proposal.show_id}")
    return ProposalPointer(*key, contract_id=proposal.contract_id, proposal_id=proposal.proposal_id)


def _due(proposal: Proposal) -> ProposalPointer:
    key = (DUE, f"{iso(proposal.expires_at)}#{proposal.proposal_id}")
    return ProposalPointer(*key, contract_id=proposal.contract_id, proposal_id=proposal.proposal_id)
