"""What has to hold for an offer beyond the order of the moves: who speaks for whom, and on which terms."""

from collections.abc import Callable, Sequence

from chalicelib.adapters.dynamo import MAX_ACTIONS_PER_TRANSACTION
from chalicelib.bookings.service import Bookings
from chalicelib.bookings.states import Party
from chalicelib.contracts.negotiation import BadOffer, Offer, OfferedShow
from chalicelib.contracts.rules import Deal, party_of
from chalicelib.contracts.terms import PlatformFee, Terms
from chalicelib.contracts.terms_check import BadTerms
from chalicelib.core.access import PARTIES, Principal
from chalicelib.core.errors import Conflict, Forbidden
from chalicelib.directory.rules import Profile, TenantState
from chalicelib.directory.service import Directory, HostNotFound

ACTIONS_PER_BOOKING = 4
ACTIONS_PER_ACCEPTANCE = 8
"""Offer, waiting pointer, three messages and history, and where time was held the series and its pointer."""


class CannotNegotiate(Forbidden):
    """The caller sees the deal but does not speak for a side."""


class AgencyHasLeft(CannotNegotiate):
    """The agency speaks for this host no more: it may read what it was part of, and do nothing with it."""


class BrandCannotBook(Conflict):
    """The brand has to settle something with the marketplace first; what, is not the host's to know."""


class OfferChecks:
    """Raises what stands against an offer."""

    def __init__(
        self,
        *,
        directory: Directory,
        bookings: Bookings,
        platform_fee: PlatformFee | None,
        demand_paid: Callable[[str], None] | None,
    ) -> None:
        """As `Offers` has them."""
        self._directory = directory
        self._bookings = bookings
        self._platform_fee = platform_fee
        self._demand_paid = demand_paid

    def side(self, principal: Principal, offer: Offer) -> Party:
        """The side that the caller stands on, which history may name. Raises `CannotNegotiate` for who may only read."""
        side = party_of(principal, offer)
        if side is None or principal.role not in PARTIES:
            raise CannotNegotiate(
                "You may read this offer. It is answered by an owner or booker of the brand, or by the host or their agency."
            )
        return side

    def demand_spoken_for(self, agency_id: str, deal: Deal) -> None:
        """Raise `AgencyHasLeft` where an agency of the host's side does not speak for the host any more.

        What was agreed while it did stays: the deal, and the agency's share of it.
        """
        host = self._directory.profile(deal.creator_id)
        if agency_id == deal.agency_id and host.agency_id != agency_id:
            raise AgencyHasLeft(
                f"{host.name} is not with your agency any more, so you cannot act for them. "
                "You may read what was agreed, and keep your share of it."
            )

    def demand_solvent(self, brand_id: str, side: Party) -> None:
        """A brand hears what it owes; a host, that the brand cannot book, and no more."""
        if self._demand_paid is None:
            return
        try:
            self._demand_paid(brand_id)
        except Conflict:
            if side is Party.BRAND:
                raise
            raise BrandCannotBook(
                "The brand cannot make new bookings at the moment. The offer stays open until it expires; ask the brand, then accept again."
            ) from None

    def host(self, creator_id: str) -> Profile:
        """An approved host. Raises `HostNotFound`."""
        host = self._directory.profile(creator_id)
        if self._directory.tenant(creator_id).state is not TenantState.APPROVED:
            raise HostNotFound("There is no such host.")
        return host

    def terms(self, terms: Terms, currency: str, creator_id: str) -> None:
        """Raise `BadTerms` where terms do not fit the brief's currency, the host's agency or the marketplace's fee."""
        host = self._directory.profile(creator_id)
        if terms.currency != currency:
            raise BadTerms(f"The brief is in {currency}. State the terms in it, too.", fields={"terms.currency": f"must be {currency}"})
        if terms.totals_from_version != 1:
            message = "A new contract counts its totals from version 1. Amendments can start them again."
            raise BadTerms(message, fields={"terms.totals_from_version": message})
        strangers = [split.payee_id for split in terms.splits if split.payee_id != host.agency_id]
        if strangers:
            message = f"{strangers[0]} is not the agency of {host.name}. Only the host's own agency can have a share."
            raise BadTerms(message, fields={"terms.splits": message})
        if self._platform_fee is not None and terms.platform_fee != self._platform_fee:
            message = "The marketplace sets its fee; leave it as it is stated for your account."
            raise BadTerms(message, fields={"terms.platform_fee": message})

    def fit(self, creator_id: str, shows: Sequence[OfferedShow]) -> bool:
        """Whether one transaction can book them all. Raises `BadOffer` when they leave no rest between them."""
        slots = self._bookings.slots_needed(creator_id, [(show.starts_at, show.minutes) for show in shows])
        if len(set(slots)) != len(slots):
            raise BadOffer(
                "Two of these shows overlap, or leave the host no rest between them. Move one of them.", fields={"shows": "overlap"}
            )
        return len(slots) + ACTIONS_PER_BOOKING * len(shows) + ACTIONS_PER_ACCEPTANCE <= MAX_ACTIONS_PER_TRANSACTION
