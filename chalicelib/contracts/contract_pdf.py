"""A contract as PDF: the words of the kept document, clause by clause, and for a signed one the certificate of its signatures. Pure.

The words are read from the HTML that is signed, so the two cannot say different things; letters that the PDF's font lacks are in the HTML.
"""

from collections.abc import Iterator

from reportlab.platypus import Flowable

from chalicelib.contracts.reading import DocumentText
from chalicelib.core.pdf import document, gap, text


def to_pdf(said: DocumentText, *, foot: str) -> bytes:
    """The document as a PDF, A4 upright; `foot` stands on each page."""
    return document(story(said), title=said.title, foot=foot)


def story(said: DocumentText) -> Iterator[Flowable]:
    """The document's words as paragraphs."""
    yield text(said.title, size=15, bold=True)
    yield gap()
    yield text(said.about)
    yield from (text(f"- {change}") for change in said.changes)
    for section in said.sections:
        yield gap()
        yield text(f"{section.number}. {section.heading}", size=11, bold=True)
        yield from (text(f"{clause.number} {clause.text}") for clause in section.clauses)
    yield gap()
    yield text(said.consent)
