"""What matching asks of later features about a host: earlier shows, whether payouts can go out, promises to other brands."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from chalicelib.adapters.objects import ObjectStore
from chalicelib.bookings.rules import by_slot
from chalicelib.bookings.service import Bookings
from chalicelib.bridges.features import LazyObject
from chalicelib.contracts.rules import Contract, forbids
from chalicelib.contracts.service import Contracts
from chalicelib.core.clock import Clock
from chalicelib.directory.rules import HOST_CHANGED
from chalicelib.directory.service import Directory
from chalicelib.matching.candidates import Candidates
from chalicelib.matching.indexing import BEGIN, GATHER, PACK, Indexing
from chalicelib.matching.rules import PastShow
from chalicelib.matching.service import Matching
from chalicelib.matching.snapshot.records import Bond, Hours
from chalicelib.payouts.service import Payouts
from chalicelib.sales.service import Sales
from chalicelib.shows.rules import Show, Side
from chalicelib.shows.rules.records import DeliverableKind
from chalicelib.shows.service import Shows

BEFORE_ALL, AFTER_ALL = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


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
        missed = self._shows.missed(show)
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
        return any(forbids(contract, category, instant) for contract in promised for instant in at)

    def bonds(self, creator_id: str) -> Sequence[Bond]:
        """The same for any brand, category and time: what each version of each contract forbids while it is in force."""
        return [bond for contract in self._contracts.signed_by(creator_id) for bond in _bonds(contract)]


class HoursOfHosts:
    """When hosts can be booked, as a snapshot keeps it."""

    def __init__(self, bookings: Bookings, clock: Clock) -> None:
        """Read by the system."""
        self._bookings = bookings
        self._clock = clock

    def hours(self, creator_id: str) -> Hours:
        """The host's weeks and exceptions, and every slot that is taken from now on: booked, held, or busy by a calendar."""
        offered, taken = self._bookings.claims_of(creator_id, self._clock.now(), AFTER_ALL)
        return Hours(
            timezone=offered.timezone,
            weekly=tuple((each.weekday, each.from_minute, each.until_minute) for each in offered.weekly),
            dated={each.day: tuple((window.from_minute, window.until_minute) for window in each.windows) for each in offered.exceptions},
            buffer_before_minutes=offered.buffer_before_minutes,
            buffer_after_minutes=offered.buffer_after_minutes,
            taken=tuple(by_slot(taken)),
        )


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


def matching(later: Later, build: Callable[..., Matching], files: Callable[[], ObjectStore]) -> Matching:
    """Matching with its ports; none of them builds its feature before it is asked, for the features are built on matching."""
    bucket: Any = LazyObject(files)
    history: Any = LazyObject(lambda: RecordsOfHosts(later.shows, later.sales, later.directory))
    payouts: Any = LazyObject(lambda: PayableHosts(later.payouts))
    commitments: Any = LazyObject(lambda: PromisesOfHosts(later.contracts))
    candidates = Candidates(
        directory=later.directory,
        free_time=later.bookings,
        history=history,
        payouts=payouts,
        commitments=commitments,
        hours=HoursOfHosts(later.bookings, later.clock),
    )
    return build(candidates=candidates, clock=later.clock, files=bucket)


def index_work(indexing: Callable[[], Indexing]) -> Mapping[str, Callable[[str], None]]:
    """The work of the topics of the snapshot."""

    def pack(key: str) -> None:
        indexing().pack(key)

    return {
        BEGIN: lambda key: indexing().begin(key),
        GATHER: lambda key: indexing().gather(key),
        PACK: pack,
        HOST_CHANGED: lambda key: indexing().note(key),
    }


def _bonds(contract: Contract) -> Iterator[Bond]:
    """Versions come into force one after the other; each holds for shows that start before the next one is in force."""
    begins = [each.in_force_from or BEFORE_ALL for each in contract.versions]
    for place, (version, begin) in enumerate(zip(contract.versions, begins, strict=True)):
        exclusive = version.terms.exclusivity
        if exclusive is None:
            continue
        zone = ZoneInfo(version.terms.timezone)
        first = max(begin, _midnight(date.fromisoformat(exclusive.from_day), zone))
        last = min(*begins[place + 1 :], AFTER_ALL, _midnight(date.fromisoformat(exclusive.until_day) + timedelta(days=1), zone))
        if first < last:
            yield from (Bond(brand_id=contract.brand_id, category=each, from_=first, until=last) for each in exclusive.categories)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
