"""Shows in their table and on the pages bucket: opened once, changed by one hand at a time, published in order."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import msgspec
import pytest
from icalendar import Calendar

from chalicelib.adapters.dynamo import OutboxItem, Transaction
from chalicelib.adapters.objects import ObjectMissing, S3Bucket
from chalicelib.bookings.states import NotAllowedNow
from chalicelib.contracts.terms import Terms
from chalicelib.core.access import PLATFORM_TENANT, Principal, Role
from chalicelib.core.errors import Conflict
from chalicelib.directory.rules import Product, Profile, Tenant, TenantKind, TenantState
from chalicelib.shows.errors import BadLineUp, NotSignedYet, ShowMoved, ShowNotFound
from chalicelib.shows.ports import MovedShow
from chalicelib.shows.publishing import Publisher
from chalicelib.shows.rules import Edit, Moment, ShowState, Side, called_off
from chalicelib.shows.service import Shows
from chalicelib.shows.store import ShowStore
from chalicelib.web.assets import asset
from chalicelib.web.render import Renderer
from tests.conftest import REGION, StandingClock

pytestmark = pytest.mark.usefixtures("tables")
SITE = "https://primetime.example"
STARTS = datetime(2011, 1, 10, 19, tzinfo=UTC)
TERMS = Terms(currency="GBP", timezone="Europe/London", return_window_days=14)
OLIVE = Principal(user_id="usr_1", email="olive@kettlecove.example", tenant_id="brd_1", role=Role.BRAND_OWNER)
MARA = Principal(user_id="usr_2", email="mara@live.example", tenant_id="crt_1", role=Role.CREATOR)
RIVAL = Principal(user_id="usr_9", email="rival@other.example", tenant_id="brd_9", role=Role.BRAND_OWNER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A booking of a contract."""

    booking_id: str
    show_id: str
    starts_at: datetime
    minutes: int = 120
    title: str = "The winter table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A contract."""

    contract_id: str = "ctr_1"
    brand_id: str = "brd_1"
    creator_id: str = "crt_1"
    agency_id: str | None = "agy_1"
    terms: Terms = TERMS
    signed_at: datetime | None = STARTS - timedelta(days=5)
    bookings: tuple[Booked, ...] = (
        Booked(booking_id="bkg_1", show_id="shw_1", starts_at=STARTS),
        Booked(booking_id="bkg_2", show_id="shw_2", starts_at=STARTS + timedelta(days=7)),
    )


@dataclass
class Contracts:
    """Contracts by id."""

    known: dict[str, Signed] = field(default_factory=lambda: {"ctr_1": Signed()})

    def contract(self, contract_id: str) -> Signed:
        return self.known[contract_id]


class Directory:
    """One brand, one host, three products of the brand and one of another."""

    def tenant(self, tenant_id: str) -> Tenant:
        return Tenant(tenant_id=tenant_id, kind=TenantKind.BRAND, name="Kettle Cove", state=TenantState.APPROVED, created_at=STARTS)

    def profile(self, creator_id: str) -> Profile:
        return Profile(creator_id=creator_id, name="Mara Lind", timezone="Europe/London")

    def products_of(self, brand_id: str) -> tuple[Product, ...]:
        skus = ("22423", "47566", "85123A") if brand_id == "brd_1" else ("99999",)
        return tuple(
            Product(product_id=f"prd_{sku}", sku=sku, title=f"Thing {sku}", price_minor=500, currency="GBP", category="home")
            for sku in skus
        )


@dataclass
class Moves:
    """Remembers moves of bookings, and refuses those of `stuck` ones."""

    made: list[tuple[str, str, str]] = field(default_factory=list)
    stuck: frozenset[str] = frozenset()

    def live(self, transaction: Transaction, booking_id: str, *, by: Principal, now: datetime) -> None:
        del transaction, now
        if booking_id in self.stuck:
            raise NotAllowedNow("This booking was cancelled.")
        self.made.append((booking_id, "live", by.user_id))

    def completed(self, transaction: Transaction, booking_id: str, *, by: Principal, now: datetime) -> None:
        del transaction, now
        self.made.append((booking_id, "completed", by.user_id))

    def ended_by_itself(self, transaction: Transaction, booking_id: str, *, since: datetime) -> None:
        del transaction, since
        self.made.append((booking_id, "completed", "nobody"))

    @contextmanager
    def attempts(self, show: MovedShow, act: str, *, by: Principal) -> Iterator[None]:
        try:
            yield
        except Conflict:
            self.made.append((show.booking_id, f"refused to {act}", by.user_id))
            raise


@dataclass
class House:
    """Shows with what they stand on."""

    shows: Shows
    store: ShowStore
    contracts: Contracts
    moves: Moves
    pages: S3Bucket
    clock: StandingClock

    def live(self) -> None:
        """Open the contract's shows and bring the first on air."""
        self.shows.open_for("ctr_1")
        self.shows.edit(OLIVE, "shw_1", Edit(line_up=self.shows.line_up(OLIVE, ["22423", "47566"])))
        self.shows.request_publishing(OLIVE, "shw_1")
        self.clock.instant = STARTS
        self.shows.start(OLIVE, "shw_1")


@pytest.fixture
def house(clock: StandingClock) -> House:
    """Shows on moto's tables and bucket."""
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket="pages", CreateBucketConfiguration={"LocationConstraint": REGION})
    pages, store, contracts, moves = S3Bucket(client, "pages"), ShowStore(), Contracts(), Moves()
    publisher = Publisher(store=store, pages=pages, renderer=Renderer({"asset": asset}), clock=clock, site_url=SITE)
    shows = Shows(store=store, contracts=contracts, directory=Directory(), bookings=moves, publisher=publisher, clock=clock)
    return House(shows=shows, store=store, contracts=contracts, moves=moves, pages=pages, clock=clock)


def announced() -> list[tuple[str, str]]:
    """Topics and keys in the outbox; what matching is told is apart (test_matching_changes.py)."""
    return sorted((item.topic, item.key) for item in OutboxItem.scan() if item.topic != "host.changed")


def test_a_signed_contract_opens_one_show_for_each_booking_however_often_it_is_told(house: House) -> None:
    first = house.shows.open_for("ctr_1")
    assert house.shows.open_for("ctr_1") == first
    assert [(show.show_id, show.slug, show.state) for show in house.shows.shows(OLIVE)] == [
        ("shw_1", "the-winter-table-2011-01-10", ShowState.DRAFT),
        ("shw_2", "the-winter-table-2011-01-17", ShowState.DRAFT),
    ]
    assert house.shows.of_contract("ctr_1") == first
    assert house.shows.shows(MARA) == first


def test_two_shows_of_one_title_and_day_get_two_addresses(house: House) -> None:
    house.contracts.known["ctr_2"] = Signed(contract_id="ctr_2", bookings=(Booked(booking_id="bkg_3", show_id="shw_3", starts_at=STARTS),))
    house.shows.open_for("ctr_1")
    assert house.shows.open_for("ctr_2")[0].slug == "the-winter-table-2011-01-10-2"


def test_no_show_opens_before_both_have_signed(house: House) -> None:
    house.contracts.known["ctr_1"] = Signed(signed_at=None)
    with pytest.raises(NotSignedYet):
        house.shows.open_for("ctr_1")


def test_another_brands_show_looks_like_none_and_nothing_is_written(house: House) -> None:
    house.shows.open_for("ctr_1")
    before = house.store.load("shw_1")
    analyst = Principal(user_id="usr_5", email="f@primetime.example", tenant_id=PLATFORM_TENANT, role=Role.FINANCE_ANALYST)
    assert house.shows.get(analyst, "shw_1") == before
    with pytest.raises(ShowNotFound):
        house.shows.get(RIVAL, "shw_1")
    with pytest.raises(ShowNotFound):
        house.shows.edit(RIVAL, "shw_1", Edit(title="Mine now"))
    assert house.store.load("shw_1") == before
    assert house.shows.shows(RIVAL) == ()


def test_a_line_up_takes_only_products_of_the_own_brand(house: House) -> None:
    assert [(item.sku, item.category) for item in house.shows.line_up(OLIVE, ["47566", "22423"])] == [("47566", "home"), ("22423", "home")]
    with pytest.raises(BadLineUp, match="99999"):
        house.shows.line_up(OLIVE, ["99999"])


def test_two_hands_on_one_show_the_second_is_told(house: House) -> None:
    house.shows.open_for("ctr_1")
    stale = house.store.load("shw_1")
    house.shows.edit(OLIVE, "shw_1", Edit(title="First"))
    with pytest.raises(ShowMoved):
        house.shows.edit(OLIVE, "shw_1", Edit(version=stale.version, title="Second"))
    with pytest.raises(ShowMoved):
        house.store.change(Transaction(), stale, stale).commit()
    assert house.store.load("shw_1").title == "First"


def test_a_show_runs_from_publishing_to_its_end_and_tells_page_booking_and_earnings(house: House) -> None:
    house.live()
    house.clock.advance(timedelta(minutes=1))
    house.shows.pin(OLIVE, "shw_1", "47566")
    house.clock.advance(timedelta(minutes=119))
    house.shows.end(OLIVE, "shw_1")
    end = STARTS + timedelta(minutes=120)
    fact = house.shows.facts("ctr_1")[0]
    assert (fact.actual_start, fact.actual_end, fact.completed) == (STARTS, end, Moment(occurred_at=end, recorded_at=end))
    assert house.moves.made == [("bkg_1", "live", "usr_1"), ("bkg_1", "completed", "usr_1")]
    assert announced() == [("earnings.accrue", "ctr_1"), *[("sales.attribute", "shw_1")] * 2, *[("show.publish", "shw_1")] * 4]
    window = house.shows.windows("brd_1")[0]
    assert (window, window.opens_at, window.closes_at) == (house.shows.times("shw_1"), STARTS, end + timedelta(hours=1))


def test_a_show_whose_booking_cannot_start_stays_as_it_is(house: House) -> None:
    house.moves.stuck = frozenset({"bkg_1"})
    with pytest.raises(NotAllowedNow):
        house.live()
    assert house.store.load("shw_1").state is ShowState.PUBLISHED


def test_a_draft_has_no_page_but_a_preview_that_no_search_engine_keeps(house: House) -> None:
    house.shows.open_for("ctr_1")
    house.shows.publish("shw_1")
    assert list(house.pages.keys("")) == []
    assert '<meta name="robots" content="noindex">' in house.shows.preview(MARA, "shw_1")


def test_publishing_puts_page_calendar_state_and_sitemap_and_may_be_repeated(house: House) -> None:
    house.live()
    house.shows.publish("shw_1")
    house.shows.publish("shw_1")
    folder = "shows/the-winter-table-2011-01-10"
    assert list(house.pages.keys("")) == [f"{folder}/index.html", f"{folder}/show.ics", f"{folder}/state.json", "sitemap.xml"]
    assert "Live now" in house.pages.get(f"{folder}/index.html").body.decode()
    assert f"{SITE}/{folder}/".encode() in house.pages.get("sitemap.xml").body
    state = msgspec.json.decode(house.pages.get(f"{folder}/state.json").body)
    assert (state["version"], state["state"], state["poll_seconds"]) == (house.store.load("shw_1").version, "live", 5)
    header = boto3.client("s3", region_name=REGION).head_object(Bucket="pages", Key=f"{folder}/state.json")
    assert (header["CacheControl"], header["ContentType"]) == ("public, max-age=1", "application/json")


def test_a_late_worker_never_puts_an_older_state_over_a_newer_one(house: House) -> None:
    house.live()
    key = "shows/the-winter-table-2011-01-10/state.json"
    newer = b'{"version":99,"state":"ended"}'
    house.pages.put(key, newer, "application/json")
    house.shows.publish("shw_1")
    assert house.pages.get(key).body == newer


def test_the_calendar_entry_keeps_its_uid_and_counts_changes(house: House) -> None:
    house.live()
    house.shows.publish("shw_1")
    house.shows.edit(OLIVE, "shw_1", Edit(title="The summer table"))
    house.shows.publish("shw_1")
    event = Calendar.from_ical(house.pages.get("shows/the-winter-table-2011-01-10/show.ics").body.decode()).walk("VEVENT")[0]
    assert (str(event["UID"]), str(event["SEQUENCE"]), str(event["SUMMARY"])) == ("shw_1@primetime.example", "1", "The summer table")
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (STARTS, STARTS + timedelta(minutes=120))


def test_a_cancelled_show_takes_no_sales_and_its_cancellation_is_taken_once(house: House) -> None:
    house.shows.open_for("ctr_1")
    show = house.store.load("shw_1")
    for refused in (nullcontext(), pytest.raises(ShowMoved)):
        transaction = Transaction()
        house.shows.change_in(transaction, show, called_off(show, Side.HOST, STARTS))
        with refused:
            transaction.commit()
    assert [window.show_id for window in house.shows.windows("brd_1")] == ["shw_2"]
    assert announced() == [("earnings.accrue", "ctr_1"), ("show.publish", "shw_1")]
    with pytest.raises(ShowNotFound):
        house.shows.show("shw_404")
    with pytest.raises(ObjectMissing):
        house.pages.get("shows/the-winter-table-2011-01-10/index.html")


def test_a_worker_that_is_overtaken_while_it_writes_goes_on_until_the_page_is_the_stores(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.live()
    key = "shows/the-winter-table-2011-01-10/state.json"
    really_put = house.pages.put
    overtaken: list[str] = []

    def put(name: str, body: bytes, content_type: str, **options: Any) -> str:
        if name == key and not overtaken:
            overtaken.append(name)
            house.shows.pin(OLIVE, "shw_1", "47566")
            really_put(key, b'{"version":1}', "application/json")
        return really_put(name, body, content_type, **options)

    monkeypatch.setattr(house.pages, "put", put)
    house.shows.publish("shw_1")
    state = msgspec.json.decode(house.pages.get(key).body)
    assert (state["version"], [pin["sku"] for pin in state["plan"]]) == (house.store.load("shw_1").version, ["47566"])
    assert "Thing 47566</p>" in house.pages.get("shows/the-winter-table-2011-01-10/index.html").body.decode()
