"""Writes the manifest of a settlement: its lines from the books, its components and buckets from the statements that they name.

Everything is read before the claim, and nothing is written but one object in the bucket, under its own hash.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec

from chalicelib.adapters.dynamo import canonical_json
from chalicelib.adapters.objects import ObjectStore
from chalicelib.ledger.audit import ACCRUAL
from chalicelib.ledger.rules import Balance, Booked, Entry
from chalicelib.ledger.service import LedgerService
from chalicelib.payouts.records import Manifest, ManifestContract, ManifestLine, Reached, StatementRecord
from chalicelib.payouts.rules.manifests import contract_section

READS_AT_ONCE = 16
"""A payee may have hundreds of contracts, and each read takes milliseconds."""


class Manifests:
    """Makes and keeps manifests."""

    def __init__(self, *, ledger: LedgerService, records: ObjectStore) -> None:
        """`records` keeps statements and manifests."""
        self._ledger = ledger
        self._records = records

    def read(self, key: str) -> Manifest:
        """A manifest that was kept."""
        return msgspec.json.decode(self._records.get(key).body, type=Manifest)

    def draw_up(  # the settlement's own facts
        self, settlement_id: str, payee_id: str, payable: Balance, *, taken_sequence: int, before: Manifest | None, amount_minor: int
    ) -> Manifest:
        """Why `amount_minor` is paid: all that was booked on `payable` after the last settlement, whose manifest is `before`."""
        owed = -payable.minor
        entries = self._ledger.entries(payable.account, payable.currency, taken_sequence)
        since = [entry for entry in entries if entry.sequence <= payable.version]
        booked = self._ledger.transactions([entry.transaction_key for entry in since])
        lines = tuple(_line(entry, booked[entry.transaction_key]) for entry in since)
        reached = dict(before.reached) if before else {}
        contracts = self._contracts(payee_id, lines, reached)
        return Manifest(
            settlement_id=settlement_id,
            payee_id=payee_id,
            currency=payable.currency,
            opening_minor=owed - sum(line.amount_minor for line in lines),
            lines=lines,
            amount_minor=amount_minor,
            carried_minor=owed - amount_minor,
            contracts=contracts,
            reached=reached | {each.contract_id: each.statement for each in contracts},
        )

    def keep(self, manifest: Manifest) -> tuple[str, str]:
        """Its key and its hash."""
        body = canonical_json(manifest)
        digest = hashlib.sha256(body).hexdigest()
        key = f"manifests/{manifest.settlement_id}/{digest}.json"
        self._records.put(key, body, "application/json")
        return key, digest

    def _contracts(self, payee_id: str, lines: Sequence[ManifestLine], reached: Mapping[str, Reached]) -> tuple[ManifestContract, ...]:
        latest: dict[str, Reached] = {}
        amounts: dict[str, int] = {}
        for line in lines:
            if line.kind == ACCRUAL and line.contract_id and line.statement_key and line.statement_sha256:
                latest[line.contract_id] = Reached(statement_key=line.statement_key, statement_sha256=line.statement_sha256)
                amounts[line.contract_id] = amounts.get(line.contract_id, 0) + line.amount_minor
        known = {contract_id: reached[contract_id] for contract_id in latest if contract_id in reached}
        statements = self._statements(each.statement_key for each in (*latest.values(), *known.values()))
        return tuple(
            contract_section(
                statements[statement.statement_key],
                statements[known[contract_id].statement_key] if contract_id in known else None,
                payee_id=payee_id,
                amount_minor=amounts[contract_id],
                statement=statement,
                since=known.get(contract_id),
            )
            for contract_id, statement in sorted(latest.items())
        )

    def _statements(self, keys: Iterable[str]) -> Mapping[str, StatementRecord]:
        wanted = list(dict.fromkeys(keys))
        with ThreadPoolExecutor(READS_AT_ONCE) as pool:
            bodies = list(pool.map(lambda key: self._records.get(key).body, wanted))
        return {key: msgspec.json.decode(body, type=StatementRecord) for key, body in zip(wanted, bodies, strict=True)}


def _line(entry: Entry, transaction: Booked) -> ManifestLine:
    facts = transaction.facts or {}
    return ManifestLine(
        transaction_key=entry.transaction_key,
        kind=transaction.kind,
        contract_id=transaction.contract_id,
        amount_minor=-entry.amount_minor,
        booked_at=entry.booked_at,
        statement_key=facts.get("statement_key"),
        statement_sha256=facts.get("statement_sha256"),
    )
