"""Documents as PDF, to file or to send. Pure: equal documents give equal bytes. Importing it takes a fifth of a second.

A PDF carries its own font, so it looks the same everywhere. That font has the Latin letters of Western and Central Europe; a letter that
it lacks is written without its accent or as a question mark. The HTML of the same document has them all.
"""

import io
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from typing import Any

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

MARGIN_MM = 12
FOOT_SIZE, FOOT_LEADING = 7, 9
PAGE_NUMBER_MM = 20
FONT, BOLD = "Vera", "VeraBd"
ALL = ((0, 0), (-1, -1))
RULES = TableStyle([("VALIGN", *ALL, "TOP"), ("LINEBELOW", *ALL, 1, "#dddddd"), ("TOPPADDING", *ALL, 2), ("BOTTOMPADDING", *ALL, 3)])


def document(story: Iterable[Flowable], *, title: str, foot: str, across: bool = False) -> bytes:
    """An A4 document, `across` or upright; `foot` stands on each page beside its number, in as many lines as it takes."""
    buffer = io.BytesIO()
    made = SimpleDocTemplate(
        buffer,
        pagesize=landscape(A4) if across else A4,
        leftMargin=MARGIN_MM * mm,
        rightMargin=MARGIN_MM * mm,
        topMargin=MARGIN_MM * mm,
        bottomMargin=(MARGIN_MM + 6) * mm,
        title=printable(title),
        author="Primetime",
        lang="en",
        invariant=1,
    )

    def draw(canvas: Any, page: Any) -> None:  # noqa: ANN401  # reportlab has no types
        _letters()
        canvas.setFont(FONT, FOOT_SIZE)
        height = page.bottomMargin * 2 // 3
        room = page.pagesize[0] - page.leftMargin - page.rightMargin - PAGE_NUMBER_MM * mm
        for line, words in enumerate(simpleSplit(printable(foot), FONT, FOOT_SIZE, room)):
            canvas.drawString(page.leftMargin, height - line * FOOT_LEADING, words)
        canvas.drawRightString(page.pagesize[0] - page.rightMargin, height, f"Page {page.page}")

    made.build(list(story), onFirstPage=draw, onLaterPages=draw)
    return buffer.getvalue()


def text(words: str, *, size: int = 8, bold: bool = False, right: bool = False) -> Flowable:
    """A paragraph; letters that the font lacks are replaced."""
    style = ParagraphStyle(
        "text", fontName=BOLD if bold else FONT, fontSize=size, leading=size * 5 // 4 + 1, alignment=2 if right else 0, splitLongWords=1
    )
    return Paragraph(escape(printable(words)), style)


def gap() -> Flowable:
    """Some space."""
    return Spacer(1, 4 * mm)


def new_page() -> Flowable:
    """What follows begins on a page of its own."""
    return PageBreak()


def table(rows: Sequence[Sequence[Flowable]], widths_mm: Sequence[int]) -> Flowable:
    """Rows of equal length, the first of which is the head and comes again on each page."""
    return Table([list(row) for row in rows], colWidths=[width * mm for width in widths_mm], repeatRows=1, style=RULES)


def printable(words: str) -> str:
    """The text in letters that the font has: others lose their accent, or become a question mark."""
    has = _letters()
    return "".join(letter if ord(letter) in has else _nearest(letter, has) for letter in words)


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
