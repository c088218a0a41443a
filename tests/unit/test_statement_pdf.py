"""The statement as a PDF: it says what the CSV says, and equal statements are equal files."""

import io
import subprocess
import sys
from dataclasses import replace
from functools import partial

import pytest
from pypdf import PdfReader

from chalicelib.core.pdf import printable
from chalicelib.payouts.statement import COMPONENT, PAYEE, TOTAL, ShowSection, StatementLine, StatementView
from chalicelib.payouts.statement_pdf import to_pdf


def line(part: str, name: str, earned: int, matured: int, **changes: str) -> StatementLine:
    given = {"show_id": "shw_1", "show_title": "Mugs, live", "title": "Commission", "formula": "round(12 % x 1,000.00)", "inputs": ""}
    return StatementLine(part=part, name=name, earned_minor=earned, matured_minor=matured, currency="GBP", **{**given, **changes})


def statement(shows: int = 1, title: str = "Mugs, live") -> StatementView:
    lines = (line(COMPONENT, "commission:all", 120_00, 80_00, inputs="base_minor = 100000"), line(PAYEE, "crt_1", 120_00, 80_00))
    show = ShowSection(
        show_id="shw_1",
        title=title,
        net_sales="1,000.00",
        units_sold=9,
        units_returned=1,
        returns_closed=False,
        disputed=False,
        lines=lines,
    )
    return StatementView(
        contract_id="ctr_1",
        title=title,
        currency="GBP",
        as_of="2011-02-01T00:00:00.000Z",
        sequence=3,
        statement_sha256="4ac92f12a9664eaa78d397a5faec57d5e0d622ab7e8fe0db90155d195b0da534",
        shows=(show,) * shows,
        tax=(),
        totals=(line(TOTAL, "crt_1", 120_00 * shows, 80_00 * shows, title="Host, all shows"),),
    )


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_every_line_stands_in_it_with_formula_inputs_and_amounts() -> None:
    text = " ".join(text_of(to_pdf(statement())).split())
    for words in ("commission:all", "round(12 % x 1,000.00)", "base_minor = 100000", "120.00", "80.00", "40.00", "Net sales 1,000.00"):
        assert words in text
    assert "4ac92f12a9664eaa78d397a5faec57d5e0d622ab7e8fe0db90155d195b0da534" in text


def test_equal_statements_are_equal_bytes_in_every_process() -> None:
    program = "import hashlib; from tests.unit import test_statement_pdf as t; print(hashlib.sha256(t.to_pdf(t.statement())).hexdigest())"
    run = partial(subprocess.run, [sys.executable, "-c", program], check=True, capture_output=True, text=True)
    made = {run().stdout for _ in range(2)}
    assert len(made) == 1
    assert to_pdf(statement()) != to_pdf(replace(statement(), sequence=4))


def test_a_long_statement_goes_on_over_pages_with_its_heads_and_numbers() -> None:
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(to_pdf(statement(shows=30)))).pages]
    assert len(pages) > 2
    assert all(f"Page {number}" in page for number, page in enumerate(pages, 1))
    assert "3,600.00" in pages[-1]


@pytest.mark.parametrize(
    ("text", "printed"), [("Søren & Łukasz <b>", "Søren & Łukasz <b>"), ("Dvořák", "Dvorák"), ("ひな", "??"), ("£ and €", "£ and €")]
)
def test_a_letter_that_the_font_lacks_loses_its_accent_or_is_a_question_mark(text: str, printed: str) -> None:
    assert printable(text) == printed
    assert printed in text_of(to_pdf(statement(title=text)))


def test_the_document_says_what_it_is() -> None:
    reader = PdfReader(io.BytesIO(to_pdf(statement())))
    assert reader.metadata is not None
    assert reader.metadata.title == "Statement: Mugs, live"
    assert str(reader.root_object["/Lang"]) == "en"
