"""A file on its way in, on moto: announced, uploaded, parsed, stored, linked; and every step of it done twice or broken off."""

import functools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib.adapters import dynamo
from chalicelib.adapters.dynamo import Contention, outbox_left_over
from chalicelib.adapters.objects import S3Bucket
from chalicelib.core.access import Principal, Role
from chalicelib.core.errors import Conflict, Invalid, NotFound
from chalicelib.core.money import UnknownCurrency
from chalicelib.sales import files as sales_files
from chalicelib.sales import intake as sales_intake
from chalicelib.sales.attribution import By, ShowWindow
from chalicelib.sales.facts import ShowFacts
from chalicelib.sales.feeds import read as feed_read
from chalicelib.sales.feeds.read import EmptyFile, FileTooLarge
from chalicelib.sales.files import SalesFiles, of_upload
from chalicelib.sales.imports import BadUpload, FeedSummary, FileAlreadyImported, ImportNotFound, State, Tally
from chalicelib.sales.intake import Intake
from chalicelib.sales.links import link
from chalicelib.sales.service import Announced, Sales, sha256_of
from chalicelib.sales.store import ImportStore, LineStore
from chalicelib.sales.store import imports as import_store
from chalicelib.sales.store import lines as line_store
from chalicelib.sales.store.lines import LineItem, SalesItem
from tests.conftest import REGION, StandingClock

SAMPLE = Path(__file__).parents[2] / "demo" / "data" / "online_retail_sample.csv"
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
MUGS = "1001,85123A,MUG,6,2011-01-10 19:30:00,2.50,7,United Kingdom\n"
CUPS = "1002,22633,CUP,4,2011-01-10 19:40:00,1.00,7,United Kingdom\n"
LATE_MUGS = "1003,85123A,MUG,2,2011-01-11 10:00:00,2.50,7,United Kingdom\n"
POSTAGE = "1003,POST,POSTAGE,1,2011-01-11 10:00:00,18.00,7,United Kingdom\n"
MUGS_BACK = "C1004,85123A,MUG,-3,2011-01-20 09:00:00,2.50,7,United Kingdom\n"
STRAY_BACK = "C1005,22633,CUP,-1,2011-01-20 09:00:00,1.00,8,United Kingdom\n"
FIRST = HEADER + MUGS + CUPS + LATE_MUGS + POSTAGE
SECOND = HEADER + MUGS + MUGS_BACK + STRAY_BACK


@dataclass(frozen=True, slots=True)
class OneShow:
    """The brand has one show, which sold mugs on the evening of 10 January."""

    show_id: str = "shw_1"
    skus: tuple[str, ...] = ("85123A",)
    currency: str = "GBP"

    def windows(self, brand_id: str, from_: datetime, to: datetime) -> Sequence[ShowWindow]:
        """The show, for whoever asks."""
        assert brand_id
        assert from_ <= to
        opens, closes = datetime(2011, 1, 10, 19, tzinfo=UTC), datetime(2011, 1, 10, 21, tzinfo=UTC)
        return [
            ShowWindow(
                show_id=self.show_id, skus=frozenset(self.skus), codes=frozenset(), room_ids=frozenset(),
                opens_at=opens, closes_at=closes, currency=self.currency,
            )
        ]  # fmt: skip


@functools.cache
def _s3() -> Any:
    """One client: making one takes longer than what most tests do with it."""
    return boto3.client("s3", region_name=REGION)


class Shop:
    """A brand with everything that sales need, and queues that are worked off by hand."""

    def __init__(self, clock: StandingClock, shows: sales_intake.ShowDirectory, brand_id: str = "brd_1") -> None:
        """All on the tables and the bucket of the test."""
        self.principal = Principal(user_id="usr_1", email="owner@example.com", tenant_id=brand_id, role=Role.BRAND_OWNER)
        self.client = _s3()
        bucket = S3Bucket(self.client, "sales")
        self.imports, self.lines, self.files = ImportStore(), LineStore(), SalesFiles(uploads=bucket, records=bucket)
        self.sales = Sales(imports=self.imports, lines=self.lines, files=self.files, clock=clock)
        self.intake = Intake(imports=self.imports, lines=self.lines, files=self.files, shows=shows, clock=clock)
        self.folded: list[str] = []

    def announce(self, text: str, *, filename: str = "sales.csv", profile: str = "online_retail", currency: str = "GBP") -> str:
        """Start an import."""
        raw = text.encode()
        announced = Announced(filename=filename, profile=profile, currency=currency, sha256=sha256_of(raw), size_bytes=len(raw))
        return self.sales.start_import(self.principal, announced).import_id

    def upload(self, import_id: str, text: str) -> str:
        """Put the bytes where they were announced; answers the object's key."""
        key = f"uploads/{self.principal.tenant_id}/{import_id}"
        self.client.put_object(Bucket="sales", Key=key, Body=text.encode())
        return key

    def work_off(self) -> None:
        """Do what the outbox asks until nothing is left."""
        work: dict[str, Callable[[str], None]] = {
            "sales.part": self.intake.store_part,
            "sales.link": self.intake.link,
            "sales.fold": self.folded.append,
        }
        while messages := list(outbox_left_over("9999")):
            for message in messages:
                work[message.topic](message.key)
                message.delete()

    def bring(self, text: str, **options: str) -> str:
        """A file from its announcement to its last link."""
        import_id = self.announce(text, **options)
        self.intake.receive(self.upload(import_id, text))
        self.work_off()
        return import_id

    def tally(self, import_id: str) -> Tally:
        """What became of an import's rows."""
        return self.sales.status(self.principal, import_id).record.tally

    def state(self, import_id: str) -> State:
        """Where an import stands."""
        return self.sales.status(self.principal, import_id).record.state

    def reason(self, import_id: str) -> str:
        """Why an import was refused."""
        record = self.sales.status(self.principal, import_id).record
        assert record.state is State.REFUSED
        return record.reason

    def summary(self) -> FeedSummary | None:
        """Where the feed stands."""
        (totals,) = self.sales.totals(self.principal)
        return totals.summary

    def returned(self, show_id: str = "shw_1") -> tuple[int, int]:
        """Units and money that came back of a show's sales."""
        refunds = self.sales.facts_of(show_id).refunds
        return sum(each.units for each in refunds), sum(each.amount_minor for each in refunds)


@pytest.fixture
def bucket(tables: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - the bucket lives in the same moto
    """One shard each: moto takes its time for every query."""
    monkeypatch.setattr(dynamo, "OUTBOX_SHARDS", 1)
    monkeypatch.setattr(line_store, "SHOW_SHARDS", 1)
    boto3.client("s3", region_name=REGION).create_bucket(Bucket="sales", CreateBucketConfiguration={"LocationConstraint": REGION})


@pytest.fixture
def shop(bucket: None, clock: StandingClock) -> Shop:  # noqa: ARG001 - moto is set up by then
    return Shop(clock, OneShow())


def test_a_file_goes_from_its_announcement_to_the_facts_of_a_show(shop: Shop) -> None:
    import_id = shop.bring(FIRST)
    status = shop.sales.status(shop.principal, import_id)
    assert (status.record.state, status.record.rows, status.record.accepted, status.record.rejected) == (State.DONE, 4, 4, 0)
    assert status.record.tally == Tally(new=4, not_a_sale=1, attributed=1, attributed_minor=15_00, unattributed=2, unattributed_minor=9_00)
    (sale,) = shop.sales.facts_of("shw_1").sales
    assert (sale.order_ref, sale.sku, sale.units, sale.price_minor, sale.attributed_by) == ("1001", "85123A", 6, 15_00, By.LINE_UP)
    assert shop.folded == ["shw_1"]


def test_a_cancellation_in_a_later_file_becomes_a_refund_of_the_show_and_what_finds_nothing_stays_visible(shop: Shop) -> None:
    shop.bring(FIRST)
    import_id = shop.bring(SECOND)
    assert shop.tally(import_id) == Tally(new=2, known=1, taken_back=2, taken_back_minor=8_50)
    assert shop.returned() == (1, 2_50)
    summary = shop.summary()
    assert summary is not None
    assert (summary.decision, summary.links, summary.links_to_shows) == (2, 2, 1)
    assert (summary.orphans, summary.orphan_units, summary.orphans_minor) == (1, 1, 1_00)
    assert shop.folded == ["shw_1", "shw_1"]


def test_the_order_of_files_does_not_matter(shop: Shop, clock: StandingClock) -> None:
    shop.bring(FIRST)
    shop.bring(SECOND)
    other = Shop(clock, OneShow("shw_2"), "brd_2")
    other.bring(SECOND)
    assert other.returned("shw_2") == (3, 7_50)
    other.bring(FIRST)
    assert other.returned("shw_2") == shop.returned() == (1, 2_50)
    assert [each.line_id for each in other.sales.facts_of("shw_2").sales] == [each.line_id for each in shop.sales.facts_of("shw_1").sales]
    theirs, ours = other.summary(), shop.summary()
    assert theirs is not None
    assert ours is not None
    assert (theirs.links, theirs.orphans, theirs.orphans_minor) == (ours.links, ours.orphans, ours.orphans_minor)


def test_the_same_file_again_is_a_conflict_that_names_the_first_import_and_adds_nothing(shop: Shop) -> None:
    first = shop.bring(FIRST, filename="january.csv")
    before = shop.sales.facts_of("shw_1")
    with pytest.raises(FileAlreadyImported, match=f"january.csv, on 2011-01-03T12:00:00.000Z, as import {first}. Nothing was added."):
        shop.announce(FIRST)
    assert shop.sales.facts_of("shw_1") == before
    assert isinstance(FileAlreadyImported(""), Conflict)


def test_the_same_file_announced_twice_before_its_upload_is_taken_once(shop: Shop) -> None:
    first, second = shop.announce(FIRST), shop.announce(FIRST)
    for import_id in (first, second):
        shop.intake.receive(shop.upload(import_id, FIRST))
        shop.work_off()
    assert shop.state(first) is State.DONE
    assert f"as import {first}. Nothing was added." in shop.reason(second)
    assert len(shop.sales.facts_of("shw_1").sales) == 1


def test_another_file_with_the_same_lines_adds_only_the_unknown_ones(shop: Shop) -> None:
    shop.bring(FIRST)
    again = shop.bring(FIRST + MUGS)
    assert shop.tally(again) == Tally(new=1, known=4, attributed=1, attributed_minor=15_00)
    assert len(shop.sales.facts_of("shw_1").sales) == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (FIRST[:-20], "breaks off in row 5"),
        (FIRST.replace("Country", "Land"), "does not know the column Land"),
        (HEADER, "has no rows"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_with_its_reason_and_nothing_of_it_is_stored(shop: Shop, text: str, reason: str) -> None:
    import_id = shop.bring(text)
    assert reason in shop.reason(import_id)
    assert shop.sales.facts_of("shw_1") == ShowFacts(sales=(), refunds=())
    assert list(LineItem.scan()) == []
    mended = shop.bring(FIRST)
    assert shop.state(mended) is State.DONE


def test_a_refused_file_may_be_tried_again(shop: Shop) -> None:
    shop.bring(FIRST[:-20])
    assert "breaks off" in shop.reason(shop.bring(FIRST[:-20]))


def test_bytes_that_were_not_announced_are_refused(shop: Shop) -> None:
    import_id = shop.announce(FIRST)
    shop.intake.receive(shop.upload(import_id, SECOND))
    assert "is not the one that was announced" in shop.reason(import_id)


def test_the_size_limit_holds_at_the_announcement_and_at_the_arrival(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    import_id = shop.announce(FIRST)
    monkeypatch.setattr(feed_read, "MAX_IMPORT_BYTES", 100)
    with pytest.raises(FileTooLarge, match="at most 100"):
        shop.announce(SECOND)
    shop.intake.receive(shop.upload(import_id, FIRST))
    assert "at most 100" in shop.reason(import_id)


def test_what_is_announced_is_checked(shop: Shop) -> None:
    good = Announced(filename="a.csv", profile="online_retail", currency="GBP", sha256="0" * 64, size_bytes=1)
    wrong: list[tuple[Announced, type[Exception]]] = [
        (replace(good, sha256="0" * 63), BadUpload),
        (replace(good, filename=""), BadUpload),
        (replace(good, filename="x" * 121), BadUpload),
        (replace(good, currency="XYZ"), UnknownCurrency),
        (replace(good, profile="excel"), Invalid),
        (replace(good, size_bytes=0), EmptyFile),
    ]
    for announced, failure in wrong:
        with pytest.raises(failure):
            shop.sales.start_import(shop.principal, announced)
    upload = shop.sales.start_import(shop.principal, good)
    assert f"uploads/brd_1/{upload.import_id}" in upload.url
    assert (upload.headers, upload.expires_seconds) == ({"Content-Type": "text/csv", "If-None-Match": "*"}, 900)


def test_a_brand_sees_no_import_of_another_and_finance_names_the_brand(shop: Shop) -> None:
    import_id = shop.bring(FIRST)
    stranger = replace(shop.principal, tenant_id="brd_2")
    for ask in (lambda: shop.sales.status(stranger, import_id), lambda: shop.sales.rejected(stranger, import_id, brand_id="brd_1")):
        with pytest.raises(ImportNotFound):
            ask()
    assert shop.sales.list(stranger) == ()
    finance = replace(shop.principal, tenant_id="platform", role=Role.FINANCE_ANALYST)
    assert [each.import_id for each in shop.sales.list(finance, "brd_1")] == [import_id]
    with pytest.raises(BadUpload, match="give a brand_id"):
        shop.sales.list(finance)


def test_rejected_rows_are_kept_with_their_reasons_and_listed_on_from_a_row(shop: Shop) -> None:
    import_id = shop.bring(HEADER + MUGS.replace(",6,", ",six,") + CUPS + "short\n")
    record = shop.sales.status(shop.principal, import_id).record
    assert (record.rows, record.accepted, record.rejected) == (3, 1, 2)
    assert [row.row_number for row in shop.sales.rejected(shop.principal, import_id)] == [2, 4]
    (last,) = shop.sales.rejected(shop.principal, import_id, after_row=2)
    assert last.reason == "The row has 1 columns, the header has 8."


def test_a_file_of_rejected_rows_only_is_done_and_its_rows_are_listed(shop: Shop) -> None:
    import_id = shop.bring(FIRST, currency="EUR")
    assert shop.state(import_id) is State.DONE
    assert {row.problem.value for row in shop.sales.rejected(shop.principal, import_id)} == {"other_currency"}


def test_an_import_that_was_not_read_has_no_rejected_rows(shop: Shop) -> None:
    assert shop.sales.rejected(shop.principal, shop.announce(FIRST)) == []


def test_a_sale_in_another_currency_than_the_shows_contract_is_an_exception(bucket: None, clock: StandingClock) -> None:  # noqa: ARG001 - moto
    shop = Shop(clock, OneShow(currency="EUR"))
    tally = shop.tally(shop.bring(FIRST))
    assert (tally.attributed, tally.unattributed, tally.other_currency) == (0, 3, 1)


def test_a_tie_between_shows_is_counted_and_not_guessed(bucket: None, clock: StandingClock) -> None:  # noqa: ARG001 - moto
    class TwoShows:
        def windows(self, brand_id: str, from_: datetime, to: datetime) -> Sequence[ShowWindow]:
            return [*OneShow("shw_1").windows(brand_id, from_, to), *OneShow("shw_2").windows(brand_id, from_, to)]

    shop = Shop(clock, TwoShows())
    tally = shop.tally(shop.bring(FIRST))
    assert (tally.attributed, tally.ties, tally.unattributed) == (0, 1, 3)


def test_a_known_line_that_comes_again_with_another_fixed_column_is_an_exception(shop: Shop) -> None:
    header = "order_id,line_id,sku,ordered_at,quantity,unit_price,currency\n"
    shop.bring(header + "1,1,85123A,2011-01-10T19:30:00Z,2,5.00,GBP\n", profile="generic")
    dearer, new = "1,1,85123A,2011-01-10T19:30:00Z,2,6.00,GBP\n", "1,2,A,2011-01-10T19:30:00Z,1,1.00,GBP\n"
    again = shop.bring(header + dearer + new, profile="generic")
    status = shop.sales.status(shop.principal, again)
    assert (status.record.tally.new, status.record.tally.known, status.record.tally.changed) == (1, 0, 1)
    (row,) = status.changed
    assert (row.row_number, row.problem.value) == (2, "changed")
    assert [each.price_minor for each in shop.sales.facts_of("shw_1").sales] == [10_00]


def test_a_refund_before_its_sale_waits_for_it(shop: Shop) -> None:
    header = "type,order_id,line_id,refund_id,sku,ordered_at,quantity,unit_price,currency\n"
    shop.bring(header + "refund,1,1,r1,,2011-01-12T00:00:00Z,1,5.00,GBP\n", profile="generic")
    waiting = shop.summary()
    assert waiting is not None
    assert (waiting.orphans, waiting.orphans_minor, shop.returned()) == (1, 5_00, (0, 0))
    shop.bring(header + "sale,1,1,,85123A,2011-01-10T19:30:00Z,2,5.00,GBP\n", profile="generic")
    found = shop.summary()
    assert found is not None
    assert (found.orphans, shop.returned()) == (0, (1, 5_00))


def test_parts_are_counted_once_however_often_and_in_whatever_order_they_come(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sales_intake, "LINES_PER_PART", 1)
    monkeypatch.setattr(import_store, "MESSAGES_WITH_A_CHANGE", 2)
    import_id = shop.announce(FIRST)
    key = shop.upload(import_id, FIRST)
    shop.intake.receive(key)
    shop.intake.receive(key)
    for number in (3, 1, 3, 1, 4):
        shop.intake.store_part(f"brd_1/{import_id}/{number}")
    assert shop.sales.status(shop.principal, import_id).parts_done == 3
    assert shop.state(import_id) is State.STORING
    shop.work_off()
    shop.intake.store_part(f"brd_1/{import_id}/1")
    shop.intake.receive(key)
    shop.intake.link("brd_1.online_retail.GBP")
    assert (shop.state(import_id), shop.tally(import_id).new) == (State.DONE, 4)
    assert shop.sales.status(shop.principal, import_id).parts_done == 4


def test_many_imports_that_wait_are_decided_on_together_and_the_rest_in_turn(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_store, "MAX_IMPORTS_PER_DECISION", 2)
    imports = [shop.announce(HEADER + line) for line in (MUGS, MUGS_BACK, LATE_MUGS)]
    for import_id, line in zip(imports, (MUGS, MUGS_BACK, LATE_MUGS), strict=True):
        shop.intake.receive(shop.upload(import_id, HEADER + line))
        shop.intake.store_part(f"brd_1/{import_id}/1")
    shop.work_off()
    summary = shop.summary()
    assert summary is not None
    assert (summary.decision, shop.returned()) == (2, (1, 2_50))
    assert {shop.state(import_id) for import_id in imports} == {State.DONE}
    monkeypatch.setattr(sales_intake, "MAX_DECISIONS_PER_RUN", 0)
    with pytest.raises(RuntimeError, match="more imports waiting"):
        shop.intake.link("brd_1.online_retail.GBP")


def test_a_decision_that_somebody_else_made_first_is_obeyed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    import_id = shop.announce(SECOND)
    shop.intake.receive(shop.upload(import_id, SECOND))
    shop.intake.store_part(f"brd_1/{import_id}/1")
    decide = shop.files.decide
    outcomes: list[bool] = []

    def faster(decision: Any) -> bool:
        assert decide(decision)
        outcomes.append(decide(replace(decision, refunds=())))
        return outcomes[-1]

    monkeypatch.setattr(shop.files, "decide", faster)
    shop.work_off()
    assert (outcomes, shop.returned()) == ([False], (3, 7_50))


def test_a_step_that_another_delivery_took_at_the_same_moment_is_done_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(step: Callable[..., Any]) -> Callable[..., Any]:
        def both(*args: Any) -> Any:
            step(*args)
            return step(*args)

        return both

    for name in ("begin_storing", "finish_part", "begin_linking", "obeyed"):
        monkeypatch.setattr(shop.imports, name, twice(getattr(shop.imports, name)))
    import_id = shop.bring(FIRST)
    status = shop.sales.status(shop.principal, import_id)
    assert (status.record.state, status.record.tally.new, status.parts_done) == (State.DONE, 4, 1)


def test_contention_is_no_proof_that_a_step_is_done(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def contended(*_: Any) -> None:
        raise Contention("Others wrote at the same moment.")

    import_id = shop.announce(FIRST)
    shop.intake.receive(shop.upload(import_id, FIRST))
    with monkeypatch.context() as patch:
        patch.setattr(shop.imports, "finish_part", contended)
        with pytest.raises(Contention):
            shop.intake.store_part(f"brd_1/{import_id}/1")
    shop.work_off()
    assert (shop.state(import_id), shop.tally(import_id).new) == (State.DONE, 4)


def test_what_is_no_upload_of_an_import_is_not_found_or_not_understood(shop: Shop) -> None:
    with pytest.raises(ImportNotFound):
        shop.intake.receive("uploads/brd_1/imp_none")
    with pytest.raises(BadUpload, match="is no upload"):
        of_upload("uploads/brd_1")
    assert issubclass(ImportNotFound, NotFound)


def test_an_item_of_a_line_stays_well_below_one_write_unit_and_the_sales_of_a_show_share_one(shop: Shop) -> None:
    shop.bring(FIRST)
    client = boto3.client("dynamodb", region_name=REGION)
    for table, count, limit in (("test-sale_lines", 4, 700), ("test-show_sales", 1, 700)):
        items = client.scan(TableName=table)["Items"]
        assert len(items) == count
        assert max(sum(len(name) + len(kept.get("S", "").encode() or kept["B"]) for name, kept in item.items()) for item in items) <= limit


def test_a_line_that_somebody_else_put_in_between_is_theirs_and_the_rest_of_its_batch_is_put(shop: Shop) -> None:
    shop.bring(FIRST)
    stored = list(shop.sales._lines.every_line())  # what is there already
    new = [replace(stored[0], line=replace(stored[0].line, line_id=f"{place:064x}"), import_id="imp_late") for place in range(250)]
    assert shop.sales._lines.add(shop.principal.tenant_id, [*new[:40], *stored, *new[40:]]) == {each.line.line_id for each in new}
    assert {each.import_id for each in shop.sales._lines.every_line()} == {stored[0].import_id, "imp_late"}
    assert shop.sales._lines.add(shop.principal.tenant_id, new) == frozenset()


class Broken(Exception):
    """The connection was lost."""


class Fragile:
    """Stands before a store or a bucket; its k-th call never happens, or happens and its answer is lost."""

    def __init__(self, real: object, calls: Counter[str], at: int, *, after: bool) -> None:
        """`calls` is shared by all that stand in one run."""
        self._real, self._calls, self._at, self._after = real, calls, at, after

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """The real method with the fault in it."""
        method = getattr(self._real, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            self._calls["all"] += 1
            breaks = self._calls["all"] == self._at
            if breaks and not self._after:
                raise Broken(name)
            answer = method(*args, **kwargs)
            if breaks:
                raise Broken(name)
            return answer

        return call


def _run_with_fault(clock: StandingClock, at: int, *, after: bool) -> tuple[object, bool]:
    """Both files with a fault at the k-th call, each message brought again until done: all that remains, and whether it broke."""
    brand = f"brd_{at}{after}"
    shop = Shop(clock, OneShow(f"shw_{brand}"), brand)
    calls: Counter[str] = Counter()
    imports, lines, files = (Fragile(each, calls, at, after=after) for each in (shop.imports, shop.lines, shop.files))
    shop.intake = Intake(imports=imports, lines=lines, files=files, shows=OneShow(f"shw_{brand}"), clock=clock)  # type: ignore[arg-type]
    import_ids = []
    for text in (FIRST, SECOND):
        import_id = shop.announce(text)
        import_ids.append(import_id)
        key = shop.upload(import_id, text)
        _until_done(lambda key=key: shop.intake.receive(key))  # type: ignore[misc]
        _until_done(shop.work_off)
    facts = shop.sales.facts_of(f"shw_{brand}")
    summary = shop.summary()
    assert summary is not None
    remains = (
        [(shop.state(each), shop.tally(each)) for each in import_ids],
        [(each.line_id, each.units, each.price_minor) for each in facts.sales],
        [(each.refund_id, each.units, each.amount_minor) for each in facts.refunds],
        (summary.decision, summary.links, summary.orphans, summary.orphans_minor),
        set(shop.folded) == {f"shw_{brand}"},
    )
    return remains, calls["all"] >= at


def _empty_the_tables() -> None:
    """Moto copies whole tables for every transaction: what a run leaves behind slows down the next."""
    client = boto3.client("dynamodb", region_name=REGION)
    for table in ("imports", "outbox", "sale_lines", "show_sales"):
        for item in client.scan(TableName=f"test-{table}")["Items"]:
            client.delete_item(TableName=f"test-{table}", Key={"pk": item["pk"], "sk": item["sk"]})


def _until_done(work: Callable[[], None]) -> None:
    for _ in range(3):
        try:
            work()
        except Broken:
            continue
        return
    pytest.fail("the work never got done")


@pytest.mark.parametrize("after", [False, True], ids=["the call never happened", "the answer was lost"])
def test_a_fault_at_any_outside_call_changes_nothing_in_the_end(bucket: None, clock: StandingClock, *, after: bool) -> None:  # noqa: ARG001
    expected, broke = _run_with_fault(clock, 10_000, after=after)
    assert not broke
    for at in range(1, 200):
        remains, broke = _run_with_fault(clock, at, after=after)
        if not broke:
            break
        assert remains == expected, f"call {at}"
        _empty_the_tables()
    assert at > 30


def test_the_real_sample_comes_in_whole_and_its_links_are_those_of_the_pure_rule(shop: Shop) -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    import_id = shop.bring(text)
    record = shop.sales.status(shop.principal, import_id).record
    assert (record.state, record.rows, record.rejected, record.parts) == (State.DONE, 11_018, 0, 23)
    assert (record.tally.new, record.tally.not_a_sale, record.tally.taken_back) == (11_018, 95, 242)
    summary = shop.summary()
    assert summary is not None
    assert (summary.links, summary.orphans) == (170, 75)
    assert sum(len(item.sales) for item in SalesItem.scan(SalesItem.sk.startswith("sales#"))) == record.tally.attributed
    lines = [entry.line for part in shop.files.stored(record) for entry in part.entries]
    assert shop.files.manifest(summary.manifest_key).links == link(lines).links
    assert sales_files.UPLOADS_PREFIX == "uploads/"
