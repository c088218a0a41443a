"""Reads a kept document back, so that a page and a PDF say the very words that were signed and never words made anew. Pure."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from typing_extensions import override

from chalicelib.contracts.clauses import Clause, Section

CLAUSE_ID = re.compile(r"clause-([\d.]+)")
CONSENT = re.compile(r"Who signs consents to this \(([^)]+)\): (.+)", re.DOTALL)
SPOKEN = frozenset({"h1", "h2", "p", "li"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentText:
    """What a document says: its title, which agreement it is, what an amendment changes, its sections, and what signing means."""

    title: str
    about: str
    changes: tuple[str, ...]
    sections: tuple[Section, ...]
    consent: str


def read_sections(document: str) -> tuple[Section, ...]:
    """The numbered sections of a document as `templates/contracts/document.html` writes them."""
    return read_document(document).sections


def read_document(document: str) -> DocumentText:
    """All that a document says, in its own words."""
    reader = _Reader()
    reader.feed(document)
    reader.close()
    return DocumentText(
        title=reader.title,
        about=reader.around[0] if reader.around else "",
        changes=tuple(reader.changes),
        sections=tuple(
            Section(number=number, heading=heading, clauses=tuple(Clause(number=name, text=text) for name, text in clauses))
            for number, heading, clauses in reader.found
        ),
        consent=reader.around[-1] if len(reader.around) > 1 else "",
    )


def consent_in(document: str) -> tuple[str, str]:
    """Version and words of the consent text that a document states: what its signers agree to, whatever later documents say."""
    found = CONSENT.fullmatch(read_document(document).consent)
    return (found[1], found[2]) if found is not None else ("", "")


@dataclass
class _Found:
    title: str = ""
    around: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    found: list[tuple[int, str, list[tuple[str, str]]]] = field(default_factory=list)


class _Reader(HTMLParser, _Found):
    """Collects headings, the paragraphs below them that have a clause's id, and what stands around them."""

    def __init__(self) -> None:
        HTMLParser.__init__(self)
        _Found.__init__(self)
        self._clause = ""
        self._text: list[str] | None = None

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SPOKEN:
            clause = CLAUSE_ID.fullmatch(dict(attrs).get("id") or "")
            self._clause = clause[1] if clause is not None else ""
            self._text = []

    @override
    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag not in SPOKEN or self._text is None:
            return
        said = "".join(self._text).strip()
        self._text = None
        number, _, words = said.partition(" ")
        match tag:
            case "h1":
                self.title = said
            case "h2":
                self.found.append((int(number.removesuffix(".")), words, []))
            case "li":
                self.changes.append(said)
            case _ if self._clause:
                self.found[-1][2].append((self._clause, words))
            case _:
                self.around.append(said)
