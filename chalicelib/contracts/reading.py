"""Reads a kept document back into its sections, so that a page shows the very words that were signed and never words made anew. Pure."""

import re
from html.parser import HTMLParser

from typing_extensions import override

from chalicelib.contracts.clauses import Clause, Section

CLAUSE_ID = re.compile(r"clause-([\d.]+)")


def read_sections(document: str) -> tuple[Section, ...]:
    """The numbered sections of a document as `templates/contracts/document.html` writes them."""
    reader = _Reader()
    reader.feed(document)
    reader.close()
    return tuple(
        Section(number=number, heading=heading, clauses=tuple(Clause(number=name, text=text) for name, text in clauses))
        for number, heading, clauses in reader.found
    )


class _Reader(HTMLParser):
    """Collects headings and the paragraphs below them that have a clause's id."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str, list[tuple[str, str]]]] = []
        self._clause = ""
        self._text: list[str] | None = None

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        clause = CLAUSE_ID.fullmatch(dict(attrs).get("id") or "")
        if tag == "h2" or (tag == "p" and clause is not None):
            self._clause = clause[1] if clause is not None else ""
            self._text = []

    @override
    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag not in {"h2", "p"} or self._text is None:
            return
        number, _, words = "".join(self._text).strip().partition(" ")
        if tag == "h2":
            self.found.append((int(number.removesuffix(".")), words, []))
        else:
            self.found[-1][2].append((self._clause, words))
        self._text = None
