"""A deal that tests bring to any state, and the people who may do something about it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.bookings.states import Booking
from chalicelib.bookings.store import ClaimItem
from chalicelib.contracts.rules import booking_id_of, contract_id_of
from chalicelib.core.access import PLATFORM_TENANT, Principal, Role
from chalicelib.core.clock import iso
from chalicelib.core.errors import NotFound
from chalicelib.directory.rules import TenantKind
from tests.conftest import empty_tables
from tests.fakes.api import Api, Told
from tests.fakes.console import OPERATOR, STARTS, Market, open_market, opened, tenant
from tests.states.law import FREED

MINUTES = 60
ENDS_AT = STARTS + timedelta(minutes=MINUTES)
FEE_MINOR = 20_000_00
SILENCE = timedelta(days=1)
PATIENCE_DAYS = 130
"""How many days of silence end every wait."""


@dataclass
class Deal:
    """One offer and what becomes of it. `people` are by the names of their roles."""

    market: Market
    people: Mapping[str, Principal]
    offer_id: str = ""
    versions: int = 1
    shows: int = 1
    notes: list[str] = field(default_factory=list)

    def api(self, role: str) -> Api:
        """The API as somebody in a role asks it."""
        return Api(self.market.console, self.people[role])

    @property
    def contract_id(self) -> str:
        """The contract's id, which the offer has from its beginning."""
        return contract_id_of(self.offer_id)

    @property
    def booking_id(self) -> str:
        """The first booking's id."""
        return booking_id_of(self.offer_id, 0)

    @property
    def show_id(self) -> str:
        """The first show's id."""
        return "shw_" + self.booking_id.partition("_")[2]

    def booking(self) -> Booking | None:
        """The first booking, once there is one."""
        try:
            return self.market.console.services.bookings.booking(self.booking_id)
        except NotFound:
            return None

    def state(self) -> str:
        """Where the deal's first show stands."""
        booking = self.booking()
        if booking is not None:
            return booking.state.value
        return str(self.market.console.services.contracts.offers.get(self.people["owner"], self.offer_id).state)

    def states(self) -> set[str]:
        """Where all the shows of the deal stand, those that took another's place included."""
        bookings = self.market.console.services.bookings.list(self.people["owner"])
        return {booking.state.value for booking in bookings if booking.contract_id == self.contract_id} or {self.state()}

    def publish(self) -> None:
        """The show's page with its line-up, where there is a show that can have one."""
        path = f"/api/v1/shows/{self.show_id}"
        self.api("owner").ask("PUT", path, {"line_up": ["22423"]})
        self.api("owner").ask("POST", f"{path}/publish", {})
        self.work()

    def later(self, hours: int) -> None:
        """So many hours later; the schedule has not run yet."""
        self.at(self.now() + timedelta(hours=hours))

    def now(self) -> datetime:
        """Business time."""
        return self.market.console.services.clock.now()

    def at(self, instant: datetime) -> None:
        """It is then, if it is not later already; the schedule has not run yet."""
        if instant > self.now():
            self.market.console.services.clock.set(instant)

    def passed(self, instant: datetime) -> None:
        """It is then, and the schedule and all workers have done their part."""
        self.at(instant)
        self.market.console.services.release()
        self.market.console.work()

    def work(self) -> None:
        """The workers do what waits."""
        self.market.console.work()

    def attempts(self) -> int:
        """How many refused attempts the deal's history tells of."""
        return sum(entry.refused is not None for entry in self.market.console.services.history.of_deal(self.contract_id))

    def terms(self, fee_minor: int = FEE_MINOR) -> dict[str, Any]:
        """A fee that is due on signing, a cancellation table, and something to deliver."""
        return {
            "currency": "GBP",
            "timezone": "Europe/London",
            "return_window_days": 14,
            "flat_fee": {"amount_minor": fee_minor, "parts": [{"due": "signing", "share_basis_points": 10_000}]},
            "rules": [{"rule_id": "all", "tiers": [{"from_value": 0, "rate_basis_points": 1_000}]}],
            "cancellation": [{"hours_before": 0, "share_basis_points": 10_000}, {"hours_before": 48, "share_basis_points": 5_000}],
            "deliverables": [{"kind": "host_appears", "fee_off_basis_points": 4_000}],
        }

    def offer_body(self) -> dict[str, Any]:
        """What the brand offers: so many evenings."""
        evenings = [STARTS + timedelta(days=day) for day in range(self.shows)]
        return {
            "brief_id": self.market.brief_id,
            "creator_id": self.people["creator"].tenant_id,
            "terms": self.terms(),
            "shows": [{"starts_at": iso(start), "minutes": MINUTES, "title": "The winter table"} for start in evenings],
            "expires_in_hours": 72,
        }


@contextmanager
def town() -> Iterator[Market]:
    """A market of its own, on moto."""
    with pytest.MonkeyPatch.context() as patch, empty_tables(patch), opened(patch) as console:
        yield open_market(console)


def people_of(market: Market) -> dict[str, Principal]:
    """Somebody in every role."""
    console = market.console
    member = console.member
    return {
        "owner": market.brand,
        "booker": member(market.brand.tenant_id, Role.BRAND_BOOKER, "booker"),
        "viewer": market.viewer,
        "creator": market.host,
        "agency": market.agency,
        "operator": OPERATOR,
        "analyst": market.analyst,
        "preparer": market.preparer,
        "approver": member(PLATFORM_TENANT, Role.FINANCE_APPROVER, "second_approver"),
        "other_brand": market.rival,
        "other_creator": tenant(console, TenantKind.CREATOR, Role.CREATOR, "quentin"),
        "other_agency": tenant(console, TenantKind.AGENCY, Role.AGENCY_MANAGER, "moons"),
    }


def leaked_slots(market: Market) -> int:
    """Quarter hours that are taken by a show that will not be, or by none at all."""
    now, leaked = market.console.services.clock.now(), 0
    for item in ClaimItem.scan(ClaimItem.pk.startswith("slots#")):
        if item.claim.held_until is not None:
            leaked += item.claim.held_until <= now and _series_is_over(item.claim.held_until, now)
            continue
        try:
            state = market.console.services.bookings.booking(item.claim.booking_id).state.value
        except NotFound:
            leaked += 1
        else:
            leaked += state in FREED
    return leaked


def _series_is_over(held_until: datetime, now: datetime) -> bool:
    """A hold that has expired counts for nobody, and is cleared away within the hour."""
    return now - held_until > timedelta(hours=1)


def drift_minor(market: Market) -> int:
    """What the books have that facts and terms do not explain, and the other way round."""
    findings = (finding for found in market.console.services.payouts.audit().values() for finding in found)
    return sum(max(1, abs(finding.drift_minor)) for finding in findings)


def silent_until_the_end(deal: Deal, is_over: Callable[[], bool]) -> bool:
    """Whether silence alone brings a deal to its end: nobody does anything, day after day, but the schedule."""
    for _ in range(PATIENCE_DAYS):
        if is_over():
            return True
        deal.passed(deal.now() + SILENCE)
    return is_over()


def must(told: Told) -> Any:
    """What was told, where it had to succeed."""
    if told.status >= 300:  # a refusal
        message = f"{told.status}: {told.body}"
        raise AssertionError(message)
    return told.body
