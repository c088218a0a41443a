"""A file on its way in, on moto: announced, uploaded, parsed, stored, linked; and every step of it done twice or broken off."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib.adapters.dynamo import Contention
from chalicelib.core.access import Role
from chalicelib.core.errors import Conflict, Invalid, NotFound
from chalicelib.core.money import UnknownCurrency
from chalicelib.sales import files as sales_files
from chalicelib.sales import intake as sales_intake
from chalicelib.sales.attribution import By, ShowWindow
from chalicelib.sales.facts import ShowFacts
from chalicelib.sales.feeds import read as feed_read
from chalicelib.sales.feeds.read import EmptyFile, FileTooLarge
from chalicelib.sales.files import of_upload
from chalicelib.sales.imports import BadUpload, FileAlreadyImported, ImportNotFound, State, Tally
from chalicelib.sales.intake import Intake
from chalicelib.sales.links import link
from chalicelib.sales.service import Announced
from chalicelib.sales.store import imports as import_store
from chalicelib.sales.store.lines import LineItem, SalesItem
from tests.conftest import REGION, StandingClock
from tests.unit.sales_kit import Fragile, OneShow, Shop, empty_the_tables, sales_bucket, until_done

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


@pytest.fixture
def bucket(tables: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - the bucket lives in the same moto
    sales_bucket(monkeypatch)


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
        until_done(lambda key=key: shop.intake.receive(key))  # type: ignore[misc]
        until_done(shop.work_off)
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


@pytest.mark.parametrize("after", [False, True], ids=["the call never happened", "the answer was lost"])
def test_a_fault_at_any_outside_call_changes_nothing_in_the_end(bucket: None, clock: StandingClock, *, after: bool) -> None:  # noqa: ARG001
    expected, broke = _run_with_fault(clock, 10_000, after=after)
    assert not broke
    for at in range(1, 200):
        remains, broke = _run_with_fault(clock, at, after=after)
        if not broke:
            break
        assert remains == expected, f"call {at}"
        empty_the_tables()
    assert at > 30


def test_the_real_sample_comes_in_whole_and_its_links_are_those_of_the_pure_rule(shop: Shop) -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    import_id = shop.bring(text)
    record = shop.sales.status(shop.principal, import_id).record
    assert (record.state, record.rows, record.rejected, record.parts) == (State.DONE, 11_018, 0, 12)
    assert (record.tally.new, record.tally.not_a_sale, record.tally.taken_back) == (11_018, 95, 242)
    summary = shop.summary()
    assert summary is not None
    assert (summary.links, summary.orphans) == (170, 75)
    assert sum(len(item.sales) for item in SalesItem.scan(SalesItem.sk.startswith("sales#"))) == record.tally.attributed
    lines = [entry.line for part in shop.files.stored(record) for entry in part.entries]
    assert shop.files.manifest(summary.manifest_key).links == link(lines).links
    assert sales_files.UPLOADS_PREFIX == "uploads/"
