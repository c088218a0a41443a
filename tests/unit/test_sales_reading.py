"""A sales file is read to the last row or refused with a sentence; accepted + rejected = rows of the file."""

from datetime import UTC, datetime

import pytest

from chalicelib.core.errors import Invalid
from chalicelib.sales.feeds import PROFILES, profile_named, read
from chalicelib.sales.feeds.online_retail import ONLINE_RETAIL
from chalicelib.sales.feeds.profile import FeedContext, FileRefused, MissingColumns, Problem, UnknownColumns
from chalicelib.sales.feeds.read import EmptyFile, FeedFile, FileTooLarge, MalformedFile, TruncatedFile, WrongEncoding
from chalicelib.sales.lines import Kind

GBP = FeedContext(feed_id="fed_1", currency="GBP")
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
LANTERN = "536365,71053,WHITE METAL LANTERN,6,2010-12-01 08:26:00,3.39,17850,United Kingdom\n"


def read_text(text: str, context: FeedContext = GBP) -> FeedFile:
    return read.read_all([text.encode()], ONLINE_RETAIL, context)


def retail_row(**cells: str) -> str:
    row = dict(zip(HEADER.strip().split(","), LANTERN.strip().split(","), strict=True)) | cells
    return ",".join(row.values()) + "\n"


def reason_for(**cells: str) -> str:
    (rejected,) = read_text(HEADER + retail_row(**cells)).rejected
    return rejected.reason


def test_a_row_becomes_a_sale_line_in_the_words_of_the_business() -> None:
    (line,) = read_text(HEADER + retail_row(StockCode="85123a", UnitPrice="2.50")).lines
    assert (line.kind, line.order_ref, line.sku, line.quantity) == (Kind.SALE, "536365", "85123A", 6)
    assert (line.unit_price, line.amount_minor, line.currency) == ("2.5", 1500, "GBP")
    assert line.ordered_at == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert line.row_number == 2
    assert line.occurrence == 1
    assert line.row_text == "536365,85123a,WHITE METAL LANTERN,6,2010-12-01 08:26:00,2.50,,United Kingdom"


def test_the_customers_own_id_is_nowhere_in_a_line_or_a_rejected_row() -> None:
    file = read_text(HEADER + LANTERN + retail_row(Quantity="six"))
    assert "17850" not in repr(file)
    assert file.lines[0].customer_key is not None


def test_the_same_customer_has_different_pseudonyms_in_different_feeds() -> None:
    other = read_text(HEADER + LANTERN, FeedContext(feed_id="fed_2", currency="GBP"))
    assert other.lines[0].customer_key != read_text(HEADER + LANTERN).lines[0].customer_key


def test_rows_equal_in_every_column_are_separate_purchases_with_lasting_identities() -> None:
    once, twice = read_text(HEADER + LANTERN), read_text(HEADER + LANTERN + retail_row(StockCode="22745") + LANTERN)
    assert [line.occurrence for line in twice.lines] == [1, 1, 2]
    assert len({line.line_id for line in twice.lines}) == 3
    assert once.lines[0].line_id == twice.lines[0].line_id


def test_the_identity_of_a_line_does_not_depend_on_where_it_stands_or_how_columns_are_ordered() -> None:
    names, cells = HEADER.strip().split(","), LANTERN.strip().split(",")
    turned = ",".join(reversed(names)) + "\n\n" + ",".join(reversed(cells)) + "\n"
    assert read_text(turned).lines[0].line_id == read_text(HEADER + LANTERN).lines[0].line_id


def test_headers_are_found_by_alias_whatever_their_case_and_space() -> None:
    header = " invoice,stock  code,DESCRIPTION,qty,Invoice Date,unit_price,Customer ID,country\r\n"
    assert len(read_text(header + LANTERN).lines) == 1


def test_a_byte_order_mark_is_no_part_of_the_first_header() -> None:
    assert len(read_text("\ufeff" + HEADER + LANTERN).lines) == 1


def test_unknown_columns_are_refused_and_named_with_the_known_ones() -> None:
    with pytest.raises(UnknownColumns, match=r"does not know the columns Discount, \(no name\). It knows: InvoiceNo, StockCode"):
        read_text(HEADER.strip() + ",Discount, \n" + LANTERN)


def test_missing_and_doubled_columns_are_refused_by_name() -> None:
    with pytest.raises(MissingColumns, match="lacks the columns CustomerID, Country"):
        read_text("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice\n")
    with pytest.raises(MissingColumns, match="the column Quantity more than once"):
        read_text(HEADER.replace("Quantity", "Quantity,Qty"))


def test_a_file_with_too_many_columns_is_refused() -> None:
    with pytest.raises(UnknownColumns, match="has 61 columns"):
        read_text(",".join(["Country"] * 61) + "\n")


@pytest.mark.parametrize(
    ("tail", "sign"),
    [
        ("536366,22633,HAND WARMER,6,2010-1", "no line end"),
        ("536366,22633,HAND WARMER,6,2010-12-01 08:28:00,1.85,17850,United King", "no line end"),
        ('536366,22633,"HAND WARMER', "never closed"),
        ('536366,22633,"HAND WARMER\n', "never closed"),
    ],
)
def test_a_file_that_breaks_off_is_refused_with_the_row_where_it_did(tail: str, sign: str) -> None:
    with pytest.raises(TruncatedFile, match=f"breaks off in row 3: .*{sign}.*nothing of it was taken"):
        read_text(HEADER + LANTERN + tail)


def test_a_file_that_breaks_off_within_its_header_or_a_character_is_refused() -> None:
    with pytest.raises(TruncatedFile, match="breaks off in row 1"):
        read_text("InvoiceNo,Stock")
    with pytest.raises(TruncatedFile, match="within a character at line 2"):
        read.read_all([HEADER.encode() + "5363,É".encode()[:-1]], ONLINE_RETAIL, GBP)


def test_every_way_to_cut_a_file_within_a_row_is_noticed() -> None:
    whole = (HEADER + LANTERN + retail_row(Description='"A ""B"", É"')).encode()
    at_row_ends = {len(HEADER), len(HEADER + LANTERN)}
    for size in range(1, len(whole)):
        if size not in at_row_ends:
            with pytest.raises(FileRefused):
                read.read_all([whole[:size]], ONLINE_RETAIL, GBP)


def test_an_empty_file_and_a_file_of_a_header_only_are_refused() -> None:
    with pytest.raises(EmptyFile):
        read.read_all([], ONLINE_RETAIL, GBP)
    for text in ("", "\n\n", HEADER):
        with pytest.raises(EmptyFile):
            read_text(text)


def test_a_file_in_another_encoding_is_refused() -> None:
    with pytest.raises(WrongEncoding, match="not UTF-8 text"):
        read.read_all([(HEADER + LANTERN).encode("utf-16")], ONLINE_RETAIL, GBP)
    with pytest.raises(WrongEncoding, match="near line 2"):
        read.read_all([HEADER.encode(), "5363,É,".encode("latin-1")], ONLINE_RETAIL, GBP)


def test_rows_that_cannot_be_told_apart_refuse_the_file() -> None:
    with pytest.raises(MalformedFile, match=r"Row 2 \(line 2\) cannot be read"):
        read_text(HEADER + retail_row(Description='"5" NAIL"') + LANTERN)


def test_limits_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MalformedFile, match="Line 2 has more than 8,000 characters"):
        read_text(HEADER + "x" * 8_001 + "\n")
    with pytest.raises(MalformedFile, match="Line 1 has more"):
        read.read_all(iter([b"x" * 5_000, b"y" * 5_000]), ONLINE_RETAIL, GBP)
    monkeypatch.setattr(read, "MAX_IMPORT_BYTES", 200)
    with pytest.raises(FileTooLarge, match="at most 200"):
        read_text(HEADER + LANTERN * 2)
    monkeypatch.setattr(read, "MAX_IMPORT_BYTES", 10_000)
    monkeypatch.setattr(read, "MAX_ROWS", 2)
    with pytest.raises(FileTooLarge, match="more than 2 rows"):
        read_text(HEADER + LANTERN * 3)


def test_a_row_spread_over_many_lines_is_rejected_when_it_is_too_long() -> None:
    file = read_text(HEADER + retail_row(Description='"' + ("x" * 5_000 + "\n") * 2 + '"') + LANTERN)
    assert (len(file.lines), [each.problem for each in file.rejected]) == (1, [Problem.COLUMNS])


def test_the_size_alone_can_refuse_a_file() -> None:
    read.check_size(read.MAX_IMPORT_BYTES)
    with pytest.raises(FileTooLarge):
        read.check_size(read.MAX_IMPORT_BYTES + 1)
    with pytest.raises(EmptyFile):
        read.check_size(0)


def test_rejected_rows_keep_their_place_their_reason_and_their_text_and_the_rest_is_taken() -> None:
    file = read_text(HEADER + LANTERN + "536366,22633\n" + retail_row(Quantity="6.5") + LANTERN)
    assert file.rows == 4
    assert [line.row_number for line in file.lines] == [2, 5]
    short, fraction = file.rejected
    assert (short.row_number, short.problem, short.reason) == (3, Problem.COLUMNS, "The row has 2 columns, the header has 8.")
    assert (fraction.row_number, fraction.problem, fraction.reason) == (4, Problem.VALUE, "Quantity '6.5' is not a whole number.")
    assert fraction.source == "536365,71053,WHITE METAL LANTERN,6.5,2010-12-01 08:26:00,3.39,,United Kingdom"


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"Quantity": ""}, "not a whole number"),
        ({"Quantity": "٣"}, "not a whole number"),
        ({"Quantity": "1_000"}, "not a whole number"),
        ({"Quantity": "0"}, "not above 0"),
        ({"Quantity": "-6"}, "not above 0"),
        ({"InvoiceNo": "C536365"}, "is a cancellation, but its quantity 6 is not negative"),
        ({"InvoiceNo": " "}, "InvoiceNo is empty"),
        ({"InvoiceNo": "x" * 501}, "more than 500 characters"),
        ({"UnitPrice": "1e3"}, "is not a price"),
        ({"UnitPrice": "NaN"}, "is not a price"),
        ({"UnitPrice": "-1.50"}, "of goods is negative"),
        ({"UnitPrice": "999999999999", "Quantity": "999999999"}, "too large"),
        ({"InvoiceDate": "yesterday"}, "not a date and time"),
        ({"InvoiceDate": "2010-13-01 08:26:00"}, "not a date and time"),
        ({"InvoiceDate": "0010-12-01 08:26:00"}, "before the year 1990"),
        ({"InvoiceDate": "2011-03-27 01:30:00"}, "does not exist in Europe/London"),
        ({"Description": "a\x00b"}, "cannot be printed"),
    ],
)
def test_a_value_that_is_wrong_rejects_its_row_with_a_sentence(cells: dict[str, str], reason: str) -> None:
    assert reason in reason_for(**cells)


def test_a_local_time_that_occurs_twice_takes_the_first_reading() -> None:
    (line,) = read_text(HEADER + retail_row(InvoiceDate="2011-10-30 01:30:00")).lines
    assert line.ordered_at == datetime(2011, 10, 30, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ({"StockCode": "DCGS0076"}, Kind.SALE),
        ({"StockCode": "85123ab"}, Kind.SALE),
        ({"StockCode": "85123ABC"}, Kind.NOT_A_SALE),
        ({"StockCode": "8512"}, Kind.NOT_A_SALE),
        ({"StockCode": "POST"}, Kind.NOT_A_SALE),
        ({"StockCode": "M", "InvoiceNo": "C5", "Quantity": "-1"}, Kind.NOT_A_SALE),
        ({"StockCode": "B", "UnitPrice": "-11062.06"}, Kind.NOT_A_SALE),
        ({"UnitPrice": "0.0", "Quantity": "-36"}, Kind.NOT_A_SALE),
        ({"InvoiceNo": "C536365", "Quantity": "-6"}, Kind.CANCELLATION),
    ],
)
def test_goods_are_told_from_what_is_not_a_sale(cells: dict[str, str], kind: Kind) -> None:
    (line,) = read_text(HEADER + retail_row(**cells)).lines
    assert line.kind is kind


def test_a_price_finer_than_a_penny_is_kept_exactly_and_the_line_rounded_once() -> None:
    (line,) = read_text(HEADER + retail_row(UnitPrice="0.0010", Quantity="4500")).lines
    assert (line.unit_price, line.amount_minor) == ("0.001", 450)
    (half,) = read_text(HEADER + retail_row(UnitPrice="0.005", Quantity="1")).lines
    assert half.amount_minor == 1


def test_a_row_in_another_currency_than_the_feeds_is_an_exception_with_its_source() -> None:
    (rejected,) = read_text(HEADER + LANTERN, FeedContext(feed_id="fed_1", currency="EUR")).rejected
    assert rejected.problem is Problem.OTHER_CURRENCY
    assert rejected.reason == "The row is in GBP, but this feed is settled in EUR."
    assert rejected.row_number == 2
    assert "WHITE METAL LANTERN" in rejected.source


def test_profiles_are_found_by_name() -> None:
    assert [profile_named(name).name for name in PROFILES] == ["generic", "generic_json_lines", "online_retail"]
    with pytest.raises(Invalid, match=r"no feed profile 'excel'\. Choose one of: generic,"):
        profile_named("excel")
