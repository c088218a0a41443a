"""What a contract says and what it pays are the same: its text, as HTML and as PDF, is read back into the very terms it came from."""

import io
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pypdf import PdfReader
from typing_extensions import override

from chalicelib.contracts.clauses import AgreedShow, Parties, sections
from chalicelib.contracts.contract_pdf import to_pdf
from chalicelib.contracts.documents import TEMPLATE
from chalicelib.contracts.reading import read_document
from chalicelib.contracts.rules import CONSENT_TEXT, CONSENT_VERSION, sign_by
from chalicelib.contracts.terms import Deliverable, Terms
from chalicelib.contracts.terms_check import check
from chalicelib.endings.rules import times
from chalicelib.shows.rules import deliverables
from tests.property.contract_terms import sound_terms
from tests.property.contract_text import Unread, periods_of, terms_of, whole

PARTIES = Parties(brand_id="brd_1", brand_name="Mugs Ltd", creator_id="crt_1", creator_name="Nadia", agency_id="agy_1", agency_name="Stars")
SHOWS = (AgreedShow(show_id="shw_1", starts_at=datetime(2026, 3, 20, 19, tzinfo=UTC), minutes=90, title="Mugs"),)
TEMPLATES = Environment(loader=FileSystemLoader("templates"), autoescape=True, undefined=StrictUndefined)
FOOT = "ctr_1, version 1"


def html_of(terms: Terms) -> str:
    """The document as it is drawn up."""
    return TEMPLATES.get_template(TEMPLATE).render(
        contract_id="ctr_1",
        offer_id="ofr_1",
        offer_version=1,
        amendment=None,
        in_force_from="",
        agreed_at="2026-03-01T12:00:00.000Z",
        parties=PARTIES,
        sections=sections(terms, PARTIES, SHOWS),
        consent_text=CONSENT_TEXT,
        consent_version=CONSENT_VERSION,
    )


class Text(HTMLParser):
    """The visible lines of a page, one for each paragraph."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.lines = [""]
        self.feed(page)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"p", "h1", "h2", "li"}:
            self.lines.append("")

    @override
    def handle_data(self, data: str) -> None:
        self.lines[-1] += data


def clauses_in(lines: Iterator[str]) -> list[str]:
    """The sentences of all numbered clauses: each begins with the number that is next, and goes on until another begins."""
    found: list[str] = []
    section, clause = 0, 0
    is_clause = False
    for line in lines:
        if line.startswith(f"{section + 1}. "):
            section, clause, is_clause = section + 1, 0, False
        elif line.startswith(f"{section}.{clause + 1} "):
            clause, is_clause = clause + 1, True
            found.append(line.partition(" ")[2])
        elif line.startswith("Who signs consents to this"):
            is_clause = False
        elif is_clause:
            found[-1] += " " + line
    return [" ".join(sentence.split()) for sentence in found]


def lines_of_pdf(pdf: bytes) -> Iterator[str]:
    """The lines of all pages, without what stands at their feet."""
    for number, page in enumerate(PdfReader(io.BytesIO(pdf)).pages, 1):
        lines = [line.strip() for line in page.extract_text().splitlines()]
        assert {FOOT, f"Page {number}"} <= set(lines)
        yield from (line for line in lines if line not in {FOOT, f"Page {number}"})


@given(terms=sound_terms())
def test_the_html_of_a_contract_read_back_is_the_terms_that_pay(terms: Terms) -> None:
    assert check(terms) == {}
    assert terms_of(clauses_in(iter(Text(html_of(terms)).lines))) == terms


@settings(max_examples=25)
@given(terms=sound_terms())
def test_the_pdf_of_a_contract_read_back_is_the_terms_that_pay(terms: Terms) -> None:
    pdf = to_pdf(read_document(html_of(terms)), foot=FOOT)
    assert terms_of(clauses_in(lines_of_pdf(pdf))) == terms


SHOWN = re.compile(
    r"The host presents the show \u201cMugs\u201d \(shw_1\) on \w{3} (\d+ \w+ \d{4}, \d\d:\d\d)-.*?(\d\d:\d\d) \((\S+)\), "
    r"([\d,]+) minutes? from (\w{3} \d+ \w{3} \d{4}, \d\d:\d\d) UTC\."
)


@given(
    terms=sound_terms(),
    starts_at=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)).map(lambda at: at.replace(second=0, microsecond=0, tzinfo=UTC)),  # noqa: DTZ001  # Hypothesis wants bounds without a zone
    minutes=st.integers(1, 24 * 60),
)
def test_when_a_show_is_can_be_read_back_to_the_minute_whatever_the_clocks_do(terms: Terms, starts_at: datetime, minutes: int) -> None:
    show = AgreedShow(show_id="shw_1", starts_at=starts_at, minutes=minutes, title="Mugs")
    said = [SHOWN.fullmatch(clause.text) for clause in sections(terms, PARTIES, [show])[0].clauses]
    ((start, end, zone, lasting, utc),) = [found.groups() for found in said if found is not None]
    assert datetime.strptime(utc, "%a %d %b %Y, %H:%M").replace(tzinfo=UTC) == starts_at
    assert whole(lasting) == minutes
    assert zone == terms.timezone
    assert f"{starts_at.astimezone(ZoneInfo(zone)):%-d %B %Y, %H:%M}" == start
    assert f"{(starts_at + timedelta(minutes=minutes)).astimezone(ZoneInfo(zone)):%H:%M}" == end


PLAIN = Terms(currency="GBP", timezone="Europe/London", return_window_days=14)


def test_a_sentence_that_is_missing_or_strange_is_seen() -> None:
    said = clauses_in(iter(Text(html_of(PLAIN)).lines))
    assert terms_of(said) == PLAIN
    without_window = [sentence for sentence in said if "return window" not in sentence]
    with pytest.raises(Exception, match="return_window_days"):
        terms_of(without_window)
    with pytest.raises(Unread):
        terms_of([*said, "The host pays for lunch."])
    with pytest.raises(Unread):
        terms_of([sentence.replace("flat fee", "fee") for sentence in said])
    off = [re.sub(r"counts after", "counts before", sentence) for sentence in said]
    assert terms_of(off) != PLAIN


def test_the_times_that_every_contract_states_are_those_by_which_shows_and_disputes_are_run() -> None:
    owed = replace(PLAIN, deliverables=(Deliverable(kind="sessions"),))
    agreed_at = datetime(2026, 3, 1, tzinfo=UTC)
    assert periods_of(clauses_in(iter(Text(html_of(owed)).lines))) == {
        "missed": times.MISSED_AFTER // timedelta(minutes=1),
        "missed_by_clock": times.MISSED_BY_CLOCK_AFTER // timedelta(hours=1),
        "delivery_stated": deliverables.STATE_WITHIN.days,
        "delivery_answered": deliverables.ANSWER_WITHIN // timedelta(hours=1),
        "delivery_decided": deliverables.DECIDE_WITHIN.days,
        "disputed": times.DISPUTED_WITHIN.days,
        "stated": times.STATED_WITHIN.days,
        "decided": times.DECIDED_WITHIN.days,
        "signed": (sign_by(agreed_at, agreed_at + timedelta(days=900)) - agreed_at).days,
    }


def leaves(part: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every field of terms that is no group of others, with its value."""
    if isinstance(part, tuple) and part and is_dataclass(part[0]):
        for each in part:
            yield from leaves(each, path)
    elif is_dataclass(part):
        for field in fields(part):
            yield from leaves(getattr(part, field.name), f"{path}.{field.name}")
    else:
        yield path, part


def test_the_examples_give_every_field_of_terms_more_than_one_value() -> None:
    seen: dict[str, set[str]] = {}

    @settings(database=None, derandomize=True, max_examples=300)
    @given(terms=sound_terms())
    def look(terms: Terms) -> None:
        for path, value in leaves(terms):
            seen.setdefault(path, set()).add(str(value))

    look()
    never_said = {".tax.needs_withholding"}
    said = {path for path in seen if not any(other.startswith(f"{path}.") for other in seen)}
    assert {path for path in said if len(seen[path]) < 2} == never_said
