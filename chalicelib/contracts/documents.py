"""The documents of contracts: drawn up from the terms that pay, kept for ever under their own hash."""

import contextlib
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from chalicelib.adapters.objects import ObjectExists, ObjectStore
from chalicelib.contracts.clauses import AgreedShow, Parties, sections
from chalicelib.contracts.negotiation import Offer
from chalicelib.contracts.rules import CONSENT_TEXT, CONSENT_VERSION, Amendment, Contract, show_id_of
from chalicelib.contracts.store import ContractNotFound
from chalicelib.contracts.terms import Terms
from chalicelib.core.clock import iso
from chalicelib.directory.service import Directory

TEMPLATE = "contracts/document.html"


class Renderer(Protocol):
    """Makes text of a template."""

    def render(self, template: str, **values: Any) -> str:
        """The text of a template with these values."""
        ...


class Documents:
    """Draws up documents and finds them again."""

    def __init__(self, *, directory: Directory, records: ObjectStore, renderer: Renderer) -> None:
        """`records` keeps documents for ever; `renderer` makes them."""
        self._directory = directory
        self._records = records
        self._renderer = renderer

    def of_offer(self, offer: Offer) -> str:
        """Draw up the contract of an accepted offer; returns the document's SHA-256."""
        shows = [
            AgreedShow(show_id=show_id_of(show.booking_id), starts_at=show.starts_at, minutes=show.minutes, title=show.title)
            for show in offer.shows
        ]
        agreed_at = offer.closed_at or offer.created_at
        return self._draw_up(offer, offer.contract_id, offer.terms, shows, agreed_at, offer_version=offer.version, amendment=None)

    def of_amendment(self, contract: Contract, amendment: Amendment) -> str:
        """Draw up a contract's amendment; returns the document's SHA-256."""
        shows = [
            AgreedShow(show_id=show.show_id, starts_at=show.starts_at, minutes=show.minutes, title=show.title)
            for show in contract.bookings
            if show.starts_at >= amendment.in_force_from
        ]
        return self._draw_up(
            contract, contract.contract_id, amendment.terms, shows, amendment.proposed_at, offer_version=0, amendment=amendment
        )

    def named(self, contract: Contract, version: int | None) -> tuple[int, str]:
        """Version and SHA-256 of a document: the last version's, or that of the version named, be it only proposed."""
        known = {each.version: each.document_sha256 for each in contract.versions}
        if contract.amendment is not None:
            known[contract.amendment.version] = contract.amendment.document_sha256
        number = contract.versions[-1].version if version is None else version
        if number not in known:
            raise ContractNotFound(f"This contract has no version {number}.")
        return number, known[number]

    def body(self, contract_id: str, digest: str) -> bytes:
        """A document's exact bytes."""
        return self._records.get(_key(contract_id, digest)).body

    def is_unchanged(self, contract_id: str, digest: str) -> bool:
        """Whether what is kept under a hash still has that hash."""
        return hashlib.sha256(self.body(contract_id, digest)).hexdigest() == digest

    def _draw_up(  # noqa: PLR0913  # what a document says
        self,
        deal: Offer | Contract,
        contract_id: str,
        terms: Terms,
        shows: Sequence[AgreedShow],
        agreed_at: datetime,
        *,
        offer_version: int,
        amendment: Amendment | None,
    ) -> str:
        parties = self._parties(deal)
        text = self._renderer.render(
            TEMPLATE,
            contract_id=contract_id,
            offer_id=deal.offer_id,
            offer_version=offer_version,
            amendment=amendment,
            in_force_from=_instant(amendment.in_force_from, terms.timezone) if amendment is not None else "",
            agreed_at=_instant(agreed_at, terms.timezone),
            parties=parties,
            sections=sections(terms, parties, shows),
            consent_text=CONSENT_TEXT,
            consent_version=CONSENT_VERSION,
        )
        body = text.encode()
        digest = hashlib.sha256(body).hexdigest()
        with contextlib.suppress(ObjectExists):
            self._records.put(_key(contract_id, digest), body, "text/html; charset=utf-8", only_if_new=True)
        return digest

    def _parties(self, deal: Offer | Contract) -> Parties:
        agency = self._directory.tenant(deal.agency_id).name if deal.agency_id is not None else None
        return Parties(
            brand_id=deal.brand_id,
            brand_name=self._directory.tenant(deal.brand_id).name,
            creator_id=deal.creator_id,
            creator_name=self._directory.profile(deal.creator_id).name,
            agency_id=deal.agency_id,
            agency_name=agency,
        )


def _instant(at: datetime, timezone: str) -> str:
    """``2011-01-12T19:00:00.000Z (UTC), 2011-01-12 19:00 in Europe/London``: to the millisecond, and as the sides read their clocks."""
    return f"{iso(at)} (UTC), {at.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M} in {timezone}"


def _key(contract_id: str, digest: str) -> str:
    return f"contracts/{contract_id}/{digest}.html"
