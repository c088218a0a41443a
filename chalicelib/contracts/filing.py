"""Signed contracts as files: made by a worker once both sides have signed, sealed, and fetched from the bucket (ADR 18).

A file says the same however often it is made, so making it again is safe; once personal details are erased, `issue` makes it without them.
"""

import contextlib
from collections.abc import Callable
from typing import Protocol

from chalicelib.adapters.dynamo import Transaction
from chalicelib.adapters.objects import ObjectExists, ObjectMissing, ObjectStore
from chalicelib.contracts.documents import Documents
from chalicelib.contracts.evidence import RecordedEvent
from chalicelib.contracts.rules import Contract, ContractState, ContractVersion
from chalicelib.contracts.store import ContractNotFound, ContractStore
from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.core.errors import Conflict

DOWNLOAD_SECONDS = 300
KEYS = "seal-keys/"
TO_FILE = "contract.file"


class NotFiledYet(Conflict):
    """The file of a signed contract is being made."""


class Sealing(Protocol):
    """What seals files: `contracts.seal.Seal`."""

    @property
    def public_pem(self) -> str:
        """The public key as it is published."""
        ...

    @property
    def fingerprint(self) -> str:
        """The public key's name for people."""
        ...

    def close(self, body: bytes) -> bytes:
        """The file with its seal."""
        ...


class Filing:
    """Makes the files of signed contracts, and finds them."""

    def __init__(  # what a file is made of
        self,
        *,
        store: ContractStore,
        documents: Documents,
        records: ObjectStore,
        seal: Callable[[], Sealing],
        site: str,
        clock: Clock,
    ) -> None:
        """`seal` is asked for only where files are made: others may not read its key. `site` is where the public keys are published."""
        self._store = store
        self._documents = documents
        self._records = records
        self._seal = seal
        self._site = site
        self._clock = clock

    def file(self, contract_id: str) -> int:
        """Make the file of every signed version that has none; returns how many were made."""
        contract = self._store.contract(contract_id)
        events = self._store.events(contract_id)
        missing = [version for version in contract.versions if contract.signed_at is not None and not self._is_filed(contract_id, version)]
        for version in missing:
            self._file(contract, version, events)
        return len(missing)

    def issue(self, contract_id: str) -> None:
        """Make every file anew, as after an erasure of personal details: the one before is replaced."""
        contract = self._store.contract(contract_id)
        events = self._store.events(contract_id)
        for version in contract.versions:
            self._file(contract, version, events)

    def address(self, principal: Principal, contract_id: str, number: int | None = None) -> str:
        """Where to fetch a contract as PDF, for five minutes: the sealed file of a signed version, else the words that are to be signed.

        Raises `ContractNotFound`, or `NotFiledYet` while the worker makes the file.
        """
        contract = self._store.get_contract(principal, contract_id)
        number, digest = self._documents.named(contract, number)
        version = next((each for each in contract.versions if each.version == number), None)
        if version is None or contract.state is not ContractState.SIGNED:
            return self._unsigned(contract_id, number, digest)
        if not self._is_filed(contract_id, version):
            Transaction().announce(TO_FILE, contract_id, iso(self._clock.real_now())).commit()
            raise NotFiledYet("The signed file is being made. Try again in a few seconds.")
        return self._records.download_url(_key(contract_id, version), f"{contract_id}-v{number}-signed.pdf", DOWNLOAD_SECONDS)

    def public_keys(self) -> str:
        """Every public key that has ever sealed a file, as PEM."""
        return "".join(self._records.get(key).body.decode() for key in self._records.keys(KEYS))

    def _file(self, contract: Contract, version: ContractVersion, events: tuple[RecordedEvent, ...]) -> None:
        from chalicelib.contracts.certificate import SignedDocument, to_pdf, until_completion  # noqa: PLC0415  # slow to import

        told = until_completion(events, version.version)
        if not told:
            raise ContractNotFound(f"Version {version.version} of this contract has not been signed by both sides.")
        seal = self._seal()
        html = self._documents.body(contract.contract_id, version.document_sha256)
        signed = SignedDocument(contract=contract, version=version, html=html, events=told)
        with contextlib.suppress(ObjectExists):
            self._records.put(
                f"{KEYS}{seal.fingerprint.replace(' ', '')}.pem", seal.public_pem.encode(), "application/x-pem-file", only_if_new=True
            )
        body = seal.close(to_pdf(signed, site=self._site, fingerprint=seal.fingerprint))
        self._records.put(_key(contract.contract_id, version), body, "application/pdf")

    def _unsigned(self, contract_id: str, number: int, digest: str) -> str:
        from chalicelib.contracts.contract_pdf import to_pdf  # noqa: PLC0415  # slow to import
        from chalicelib.contracts.reading import read_document  # noqa: PLC0415  # goes with it

        said = read_document(self._documents.body(contract_id, digest).decode())
        key = f"contracts/{contract_id}/{digest}.pdf"
        body = to_pdf(said, foot=f"{contract_id}, version {number}, NOT SIGNED, SHA-256 of the document {digest}")
        self._records.put(key, body, "application/pdf")
        return self._records.download_url(key, f"{contract_id}-v{number}-unsigned.pdf", DOWNLOAD_SECONDS)

    def _is_filed(self, contract_id: str, version: ContractVersion) -> bool:
        try:
            return self._records.size(_key(contract_id, version)) > 0
        except ObjectMissing:
            return False


def _key(contract_id: str, version: ContractVersion) -> str:
    return f"contracts/{contract_id}/signed/{version.version}-{version.document_sha256}.pdf"
