"""What matching asks of later features about a host: earlier shows, whether payouts can go out, promises to other brands."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from chalicelib.bookings.service import Bookings
from chalicelib.bridges.features import LazyObject
from chalicelib.contracts.rules import Contract, version_at
from chalicelib.contracts.service import Contracts
from chalicelib.core.clock import Clock
from chalicelib.directory.service import Directory
from chalicelib.matching.rules import PastShow
from chalicelib.matching.service import Matching
from chalicelib.payouts.service import Payouts
from chalicelib.sales.service import Sales
from chalicelib.shows.rules import Show, Side
from chalicelib.shows.rules.records import DeliverableKind, DeliveryResult
from chalicelib.shows.service import Shows


class RecordsOfHosts:
    """What hosts did before, as matching sees it."""

    def __init__(self, shows: Shows, sales: Sales, directory: Directory) -> None:
        """Sales tell what a show sold, its brand's products what it was about."""
        self._shows = shows
        self._sales = sales
        self._directory = directory

    def past_shows(self, creator_id: str) -> Sequence[PastShow]:
        """The host's shows that are over, those included that the host called off; what a brand called off says nothing of the host."""
        categories: dict[str, dict[str, str]] = {}
        found = []
        for show in self._shows.of_host(creator_id):
            if show.ended is None and (show.cancelled is None or show.cancelled.by is not Side.HOST):
                continue
            if show.brand_id not in categories:
                categories[show.brand_id] = {each.sku.upper(): each.category for each in self._directory.products_of(show.brand_id)}
            found.append(self._past(show, categories[show.brand_id]))
        return found

    def _past(self, show: Show, categories: Mapping[str, str]) -> PastShow:
        about = Counter(categories[item.sku.upper()] for item in show.line_up if item.sku.upper() in categories)
        sold = self._sales.summary_of(show.show_id)
        missed = {each.kind for each in show.deliveries if each.result is DeliveryResult.NOT_MET}
        return PastShow(
            category=max(about, key=lambda name: (about[name], name), default=""),
            currency=show.currency,
            net_sales_minor=sold.net_minor,
            minutes=show.minutes,
            units_sold=sold.units,
            units_returned=sold.units_returned,
            delivered=show.ended is not None and DeliverableKind.HOST_APPEARS not in missed,
            platform=show.video.platform.value if show.video else "",
            starts_at=show.starts_at,
        )


class PayableHosts:
    """Whether a host's earnings could be paid out."""

    def __init__(self, payouts: Payouts) -> None:
        """Accounts as last seen at Stripe."""
        self._payouts = payouts

    def can_be_paid(self, creator_id: str) -> bool:
        """Whether transfers can reach the host's account."""
        account = self._payouts.accounts.of_payee(creator_id)
        return account is not None and account.transfers_active


class PromisesOfHosts:
    """What hosts have promised to other brands in contracts that both sides have signed."""

    def __init__(self, contracts: Contracts) -> None:
        """Read by the system."""
        self._contracts = contracts

    def bound_to_competitor(self, creator_id: str, brand_id: str, category: str, at: Sequence[datetime]) -> bool:
        """Whether a contract with another brand forbids this category on the day of one of these times, in the contract's zone."""
        promised = [each for each in self._contracts.signed_by(creator_id) if each.brand_id != brand_id]
        return any(_forbids(contract, category, instant) for contract in promised for instant in at)


class Later(Protocol):
    """The features that are built on matching; each is built when matching first asks it."""

    @property
    def shows(self) -> Shows:
        """Earlier shows."""
        ...

    @property
    def sales(self) -> Sales:
        """What they sold."""
        ...

    @property
    def directory(self) -> Directory:
        """What it was about."""
        ...

    @property
    def bookings(self) -> Bookings:
        """Free time."""
        ...

    @property
    def clock(self) -> Clock:
        """Business time."""
        ...

    @property
    def payouts(self) -> Payouts:
        """Accounts."""
        ...

    @property
    def contracts(self) -> Contracts:
        """Promises."""
        ...


def matching(later: Later, build: Callable[..., Matching]) -> Matching:
    """Matching with its ports; none of them builds its feature before it is asked, for the features are built on matching."""
    history: Any = LazyObject(lambda: RecordsOfHosts(later.shows, later.sales, later.directory))
    payouts: Any = LazyObject(lambda: PayableHosts(later.payouts))
    commitments: Any = LazyObject(lambda: PromisesOfHosts(later.contracts))
    return build(
        directory=later.directory,
        clock=later.clock,
        free_time=later.bookings,
        history=history,
        payouts=payouts,
        commitments=commitments,
    )


def _forbids(contract: Contract, category: str, instant: datetime) -> bool:
    terms = version_at(contract, instant).terms
    if terms.exclusivity is None or category.casefold() not in {each.casefold() for each in terms.exclusivity.categories}:
        return False
    day = instant.astimezone(ZoneInfo(terms.timezone)).date()
    return date.fromisoformat(terms.exclusivity.from_day) <= day <= date.fromisoformat(terms.exclusivity.until_day)
