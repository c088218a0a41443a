"""What each feature says of a brief, a deal, a payee or a tenant, put together for notices; and who ends what nobody else does.

A feature that makes something wait adds its `Seen` here, and announces `notices.look` where it begins to.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import boto3

from chalicelib.adapters.mail import ONE_CALL, SesMailer
from chalicelib.bookings import waits as bookings_waits
from chalicelib.bookings.service import Bookings
from chalicelib.bookings.states import Booking
from chalicelib.bridges.deals import Deals
from chalicelib.bridges.delivery import DeliveryOfShows
from chalicelib.bridges.features import LazyObject
from chalicelib.contracts import waits as contracts_waits
from chalicelib.contracts.negotiation import Offer
from chalicelib.contracts.rules import Contract, offer_id_of, version_at
from chalicelib.contracts.service import ContractNotFound, Contracts
from chalicelib.core.clock import Clock
from chalicelib.directory.service import Directory
from chalicelib.endings import waits as endings_waits
from chalicelib.endings.service import Endings
from chalicelib.matching import waits as matching_waits
from chalicelib.notices import tenants
from chalicelib.notices.rules import Seen, of_all
from chalicelib.notices.sending import MailRenderer, Sending
from chalicelib.notices.service import End, Look, Notices
from chalicelib.notices.store import NoticeStore
from chalicelib.payouts import approval_waits, collection_waits
from chalicelib.payouts import waits as payouts_waits
from chalicelib.payouts.service import Payouts
from chalicelib.reconciliation import waits as reconciliation_waits
from chalicelib.reconciliation.service import Reconciliation
from chalicelib.settings import Settings
from chalicelib.shows import delivery_waits, proposal_waits
from chalicelib.shows import waits as shows_waits
from chalicelib.shows.service import Shows


class House(Protocol):
    """The features in which something waits."""

    @property
    def directory(self) -> Directory:
        """Tenants."""
        ...

    @property
    def deals(self) -> Deals:
        """What comes before an offer."""
        ...

    @property
    def contracts(self) -> Contracts:
        """Offers and contracts."""
        ...

    @property
    def bookings(self) -> Bookings:
        """Booked shows."""
        ...

    @property
    def shows(self) -> Shows:
        """Shows and their pages."""
        ...

    @property
    def delivery(self) -> DeliveryOfShows:
        """What was delivered, and other times for shows."""
        ...

    @property
    def payouts(self) -> Payouts:
        """Money."""
        ...

    @property
    def reconciliation(self) -> Reconciliation:
        """Exceptions."""
        ...

    @property
    def endings(self) -> Endings:
        """Disputes."""
        ...

    @property
    def clock(self) -> Clock:
        """Both times."""
        ...


def notices(house: House, renderer: MailRenderer, configured: Settings) -> Notices:
    """Notices of all features, each built when it is first asked, and what sends mail: it knows notices and addresses alone."""
    looks: Mapping[str, Look] = {
        "brief": partial(_brief, house),
        "deal": partial(_deal, house),
        "desk": partial(_desk, house),
        "exception": lambda exception_id, _: reconciliation_waits.of_case(house.reconciliation.exceptions.get(exception_id)),
        "payee": partial(_payee, house),
        "tenant": partial(_tenant, house),
    }
    ends: Mapping[str, End] = {
        shows_waits.ON_AIR: lambda wait: house.shows.end_by_itself(wait.key),
        approval_waits.SETTLEMENT: lambda wait: house.payouts.lapses.settlement(wait.key),
        approval_waits.REVERSAL: lambda wait: house.payouts.lapses.reversal(wait.key),
        approval_waits.REFUND: lambda wait: house.payouts.lapses.refund(wait.key),
        reconciliation_waits.PROPOSAL: lambda wait: house.reconciliation.exceptions.lapse(wait.key),
        tenants.APPROVAL: lambda wait: house.directory.lapse(wait.key),
    }
    mailer: Any = LazyObject(lambda: SesMailer(boto3.client("ses", region_name=configured.region, config=ONE_CALL), configured.mail_from))
    store, sends = NoticeStore(), bool(configured.mail_from)
    sending = Sending(
        store=store, directory=house.directory, renderer=renderer, mailer=mailer, clock=house.clock, site_url=configured.site_url
    )
    return Notices(store=store, looks=looks, ends=ends, clock=house.clock, sends=sends, sending=sending)


def _brief(house: House, brief_id: str, now: datetime) -> Seen:
    return matching_waits.of_brief(house.deals.approaches.around(brief_id), lambda host: house.directory.profile(host).agency_id, now)


def _deal(house: House, contract_id: str, now: datetime) -> Seen:
    offer = house.contracts.offers.offer(offer_id_of(contract_id))
    parts = [contracts_waits.of_offer(offer, now)]
    try:
        contract = house.contracts.contract(contract_id)
    except ContractNotFound:
        return of_all(parts)
    bookings = [house.bookings.booking(booked.booking_id) for booked in contract.bookings]
    parts += [
        contracts_waits.of_contract(contract, house.contracts.events(contract_id)),
        contracts_waits.signed(contract, tuple(bookings_waits.calendar_entry(booking) for booking in bookings)),
        bookings_waits.of_bookings([*bookings, *_dropped(house, offer, contract)], now),
    ]
    if contract.signed_at is not None:
        shows, money = house.shows.of_contract(contract_id), house.payouts.money_of_deals.of(contract)
        states = {booking.booking_id: booking.state for booking in bookings}
        to_come = any(state in bookings_waits.TO_COME for state in states.values())
        parts += [
            shows_waits.of_shows(shows, now, states=states),
            *(delivery_waits.of_deliveries(show, version_at(contract, show.starts_at).terms.deliverables, now) for show in shows),
            *_of_rearranging(house, contract, bookings, now),
            *(endings_waits.of_booking(booking, house.endings.disputes.all_of(booking.booking_id), now) for booking in bookings),
            payouts_waits.of_deal(contract, money, now, has_show_to_come=to_come),
            collection_waits.of_invoice(contract, money.invoice, now),
            approval_waits.of_refunds(house.payouts.money_of_deals.refunds_of(contract_id)),
        ]
    return of_all(parts)


def _dropped(house: House, offer: Offer, contract: Contract) -> Iterator[Booking]:
    """What was offered and is no show of the contract any more: called off before it was signed, or moved."""
    kept = {booked.booking_id for booked in contract.bookings}
    return (house.bookings.booking(show.booking_id) for show in offer.shows if show.booking_id not in kept)


def _of_rearranging(house: House, contract: Contract, bookings: Sequence[Booking], now: datetime) -> tuple[Seen, Seen]:
    proposals, agreed = house.delivery.rearranging.watched(contract)
    named = {booking_id for each in proposals for booking_id in (each.booking_id, each.new_booking_id) if booking_id is not None}
    known = {booking.booking_id: booking for booking in bookings}
    known |= {booking_id: house.bookings.booking(booking_id) for booking_id in named - known.keys()}
    return proposal_waits.of_proposals(proposals, known, now), proposal_waits.of_make_ups(contract, agreed, now)


def _desk(house: House, _: str, now: datetime) -> Seen:  # noqa: ARG001  # nothing of it depends on the time
    return approval_waits.of_desk(house.payouts.money_of_deals.newest_settlements())


def _payee(house: House, payee_id: str, now: datetime) -> Seen:  # noqa: ARG001  # likewise
    settlements = house.payouts.money_of_deals.settlements_of(payee_id)
    return of_all([payouts_waits.of_payee(payee_id, settlements), approval_waits.of_settlements(settlements)])


def _tenant(house: House, tenant_id: str, now: datetime) -> Seen:  # noqa: ARG001  # likewise
    return tenants.of_tenant(house.directory.tenant(tenant_id))
