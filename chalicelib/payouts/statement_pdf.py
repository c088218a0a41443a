"""A statement as a PDF to file or to send. Pure: equal statements give equal bytes. Importing it takes a fifth of a second.

The PDF carries its own font, so it looks the same everywhere. That font has the Latin letters of Western and Central Europe; a letter that
it lacks is written without its accent or as a question mark. The HTML statement has them all.
"""

import io
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from html import escape
from typing import Any

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from chalicelib.payouts.statement import PAYEE, TOTAL, ShowSection, StatementLine, StatementView

HEAD = ("Row", "Formula", "Inputs", "Earned", "Matured", "Pending")
WIDTHS_MM = (58, 72, 62, 27, 27, 27)
MARGIN_MM = 12
FONT, BOLD = "Vera", "VeraBd"
ALL = ((0, 0), (-1, -1))
RULES = TableStyle([("VALIGN", *ALL, "TOP"), ("LINEBELOW", *ALL, 1, "#dddddd"), ("TOPPADDING", *ALL, 2), ("BOTTOMPADDING", *ALL, 3)])


def to_pdf(view: StatementView) -> bytes:
    """The statement as a PDF document, A4 across."""
    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=landscape(A4),
        leftMargin=MARGIN_MM * mm,
        rightMargin=MARGIN_MM * mm,
        topMargin=MARGIN_MM * mm,
        bottomMargin=(MARGIN_MM + 6) * mm,
        title=printable(f"Statement: {view.title}"),
        author="Primetime",
        lang="en",
        invariant=1,
    )
    foot = _foot(view)
    document.build(list(_story(view)), onFirstPage=foot, onLaterPages=foot)
    return buffer.getvalue()


def printable(text: str) -> str:
    """The text in letters that the font has: others lose their accent, or become a question mark."""
    has = _letters()
    return "".join(letter if ord(letter) in has else _nearest(letter, has) for letter in text)


def _nearest(letter: str, has: frozenset[int]) -> str:
    plain = "".join(part for part in unicodedata.normalize("NFKD", letter) if ord(part) in has)
    return plain or "?"


@cache
def _letters() -> frozenset[int]:
    """Make the fonts known, and say which letters the plain one has."""
    font = TTFont(FONT, f"{FONT}.ttf")
    for each in (font, TTFont(BOLD, f"{BOLD}.ttf")):
        pdfmetrics.registerFont(each)
    return frozenset(font.face.charToGlyph)


def _story(view: StatementView) -> Iterable[Flowable]:
    gap = Spacer(1, 4 * mm)
    yield _text(f"Statement: {view.title}", size=15, bold=True)
    yield gap
    yield _text(f"Contract {view.contract_id}, as of {view.as_of}, accrual {view.sequence}. Amounts in {view.currency}.")
    for show in view.shows:
        yield from (gap, _text(show.title, size=11, bold=True), _text(_about(show)), _table(show.lines))
    if view.tax:
        yield from (gap, _text("Tax", size=11, bold=True), _table(view.tax))
    yield from (gap, _text("Totals", size=11, bold=True), _table(view.totals), gap)
    yield _text(f"SHA-256 of the statement on record: {view.statement_sha256}")


def _about(show: ShowSection) -> str:
    returns = "returns are closed" if show.returns_closed else "returns are still possible"
    disputed = "; disputed" if show.disputed else ""
    return f"Net sales {show.net_sales}; {show.units_sold} units sold, {show.units_returned} returned; {returns}{disputed}."


def _text(text: str, *, size: int = 8, bold: bool = False, right: bool = False) -> Flowable:
    words = escape(printable(text))
    style = ParagraphStyle(
        "text", fontName=BOLD if bold else FONT, fontSize=size, leading=size * 5 // 4 + 1, alignment=2 if right else 0, splitLongWords=1
    )
    return Paragraph(words, style)


def _table(lines: Sequence[StatementLine]) -> Flowable:
    head = [_text(word, bold=True, right=place > 2) for place, word in enumerate(HEAD)]  # noqa: PLR2004  # three columns of words
    return Table([head, *(_row(line) for line in lines)], colWidths=[width * mm for width in WIDTHS_MM], repeatRows=1, style=RULES)


def _row(line: StatementLine) -> list[Flowable]:
    bold = line.part in {PAYEE, TOTAL}
    amounts = [_text(amount, bold=bold, right=True) for amount in (line.earned, line.matured, line.pending)]
    return [_text(f"{line.title} ({line.name})", bold=bold), _text(line.formula), _text(line.inputs), *amounts]


def _foot(view: StatementView) -> Callable[[Any, Any], None]:
    def draw(canvas: Any, document: Any) -> None:  # noqa: ANN401  # reportlab has no types
        _letters()
        canvas.setFont(FONT, 7)
        canvas.drawString(document.leftMargin, document.bottomMargin * 2 // 3, f"{view.contract_id} / {view.sequence}")
        canvas.drawRightString(document.pagesize[0] - document.rightMargin, document.bottomMargin * 2 // 3, f"Page {document.page}")

    return draw
