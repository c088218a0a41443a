"""What somebody wishes of a plan, read from the form as it was sent, with every mistake beside its field.

Rows are numbered: ``pin-0-show``, ``pin-0-host``. A row in which nothing is written is none.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from chalicelib.core.errors import Invalid
from chalicelib.core.money import from_major
from chalicelib.core.words import plural
from chalicelib.directory.names import words_of
from chalicelib.directory.rules import Profile
from chalicelib.directory.service import HostsCalled
from chalicelib.matching.rules import Brief
from chalicelib.planning.asked import (
    FEWEST_SECONDS,
    MAX_SECONDS_ASKED,
    MAX_SHOWS_PER_WEEK,
    Asked,
    Rivals,
    Wanted,
    wanted_by,
)
from chalicelib.planning.limits import MOST_HOSTS, Hosts, Seconds, Shows
from chalicelib.planning.model import Pair
from chalicelib.web.views.forms import Choice
from chalicelib.web.views.plan_wishes import BudgetRow, RivalsRow

MAX_ROWS = 50
PIN, FORBIDDEN, WITHOUT, BUDGET, RIVALS = "pin", "not", "without", "budget", "rivals"
GROUPS: Mapping[str, str] = {
    "pinned": "pins",
    "forbidden": "nots",
    "without_slots": "withouts",
    "budgets": "budgets",
    "rivals": "rivals",
    "brief_ids": "briefs",
}
"""Parts of what is asked -> where in the form a sentence about them stands."""
NUMBERS: Mapping[str, tuple[Any, str]] = {
    "minimum_hosts": (Hosts, f"Write a whole number from 1 to {MOST_HOSTS:,}."),
    "shows_per_week": (Shows, f"Write a whole number from 1 to {MAX_SHOWS_PER_WEEK}."),
    "seconds": (Seconds, f"Write a whole number from {FEWEST_SECONDS} to {MAX_SECONDS_ASKED}."),
}
Find = Callable[[str], HostsCalled]
Known = Callable[[str], Profile | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the form is about: the briefs that can be planned, brands' names by id, whether there is one brand, and how hosts are found."""

    briefs: Sequence[Brief]
    brand_names: Mapping[str, str]
    is_marketplace: bool
    now: datetime
    find: Find
    known: Known

    @property
    def shows(self) -> tuple[Wanted, ...]:
        """The shows ahead, by start."""
        ahead = (each for each in wanted_by(self.briefs) if each.window.starts_at > self.now)
        return tuple(sorted(ahead, key=lambda each: (each.window.starts_at, each.slot_id)))


@dataclass(slots=True)
class Reading:
    """What was read so far; `errors` are the sentences by field, `hosts` those to choose from where a name fits several."""

    errors: dict[str, str] = field(default_factory=dict)
    hosts: dict[str, tuple[Choice, ...]] = field(default_factory=dict)
    pairs: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """Row -> its show's id and words, and the name of its host, to find the row that a sentence is about."""

    def wrong(self, name: str, sentence: str) -> None:
        """Keep the first sentence about a field."""
        self.errors.setdefault(name, sentence)


def read(around: Around, sent: Mapping[str, str], briefs: Sequence[Brief]) -> tuple[Asked, Reading]:
    """What is asked for with these briefs; it holds only where the reading has no errors."""
    reading = Reading()
    numbers = {name: _number(sent, name, reading) for name in NUMBERS}
    words = {each.slot_id: each.words for each in wanted_by(briefs)}
    pinned = _pairs(around, sent, PIN, words, reading)
    forbidden = _pairs(around, sent, FORBIDDEN, words, reading)
    for name, pair in forbidden.items():
        if pair in pinned.values():
            reading.wrong(f"{name}-show", "The same host is pinned to this show above. Take one of the two out.")
    asked = Asked(
        brief_ids=tuple(brief.brief_id for brief in briefs),
        seconds=numbers["seconds"],
        minimum_hosts=numbers["minimum_hosts"],
        shows_per_week=numbers["shows_per_week"],
        budgets=dict(_budgets(around, sent, briefs, reading)),
        pinned=tuple(pinned.values()),
        forbidden=tuple(dict.fromkeys(forbidden.values())),
        rivals=tuple(_rivals(around, sent, reading)),
        without_slots=tuple(_without(sent, words, reading)),
    )
    return asked, reading


def place(error: Invalid, reading: Reading) -> None:
    """Put the sentence of a refusal beside the row that it names, else at the part of the form that it is about."""
    for part, sentence in (error.fields or {"": error.message}).items():
        promised = next((name for name, (slot_id, _, _) in reading.pairs.items() if f"no show {slot_id} left" in sentence), None)
        named = next((name for name, (_, show, host) in reading.pairs.items() if show in sentence and host in sentence), None)
        if promised is not None:
            reading.wrong(f"{promised}-show", "This show is offered or booked already, so it is not planned. Choose another.")
        elif named is not None:
            reading.wrong(f"{named}-show", error.message)
        else:
            reading.wrong(GROUPS.get(part, "briefs"), error.message)


def numbers_of(sent: Mapping[str, str], kind: str) -> list[int]:
    """The numbers of the rows of a kind that were sent."""
    found = (re.match(rf"{kind}-([0-9]{{1,3}})-", name) for name in sent)
    return sorted({int(each[1]) for each in found if each})[:MAX_ROWS]


def _number(sent: Mapping[str, str], name: str, reading: Reading) -> int:
    kind, sentence = NUMBERS[name]
    try:
        number: int = msgspec.convert(sent.get(name, "").strip(), kind, strict=False)
    except msgspec.ValidationError:
        reading.wrong(name, sentence)
        return 1
    return number


def _pairs(around: Around, sent: Mapping[str, str], kind: str, words: Mapping[str, str], reading: Reading) -> dict[str, Pair]:
    """The pairs of the rows in which something is written."""
    found: dict[str, Pair] = {}
    for number in numbers_of(sent, kind):
        name = f"{kind}-{number}"
        show, host = sent.get(f"{name}-show", "").strip(), sent.get(f"{name}-host", "").strip()
        if not show and not host:
            continue
        profile = _host(around, host, f"{name}-host", reading)
        if _show(show, f"{name}-show", words, reading) and profile is not None:
            found[name] = Pair(show, profile.creator_id)
            reading.pairs[name] = (show, words[show], profile.name)
    return found


def _show(slot_id: str, name: str, words: Mapping[str, str], reading: Reading) -> bool:
    if not slot_id:
        reading.wrong(name, "Choose the show.")
    elif slot_id not in words:
        reading.wrong(name, "Its brief is not ticked above. Tick it, or choose another show.")
    return slot_id in words


def _host(around: Around, text: str, name: str, reading: Reading) -> Profile | None:
    if not text:
        reading.wrong(name, "Write the host's name.")
        return None
    by_id = around.known(text)
    if by_id is not None:
        return by_id
    try:
        found = around.find(text)
    except Invalid as error:
        reading.wrong(name, error.message)
        return None
    called_so = [host for host in found.hosts if words_of(host.name) == words_of(text)]
    if not found.more and (len(found.hosts) == 1 or len(called_so) == 1):
        return (called_so or list(found.hosts))[0]
    if not found.hosts:
        reading.wrong(name, f"No approved host is called “{text}”. Check the spelling, or write only the first letters of one name.")
        return None
    reading.hosts[name] = tuple(Choice(value=host.creator_id, label=f"{host.name} ({host.creator_id})") for host in found.hosts)
    reading.wrong(name, f"{plural(len(found.hosts), 'host')}{' or more' if found.more else ''} fit “{text}”. Choose one.")
    return None


def _without(sent: Mapping[str, str], words: Mapping[str, str], reading: Reading) -> Iterator[str]:
    for number in numbers_of(sent, WITHOUT):
        name = f"{WITHOUT}-{number}-show"
        slot_id = sent.get(name, "").strip()
        if slot_id and _show(slot_id, name, words, reading):
            yield slot_id


def _budgets(around: Around, sent: Mapping[str, str], briefs: Sequence[Brief], reading: Reading) -> Iterator[tuple[str, int]]:
    if not briefs:
        return
    if not around.is_marketplace:
        yield from _budget(briefs[0].brand_id, sent.get(BUDGET, "").strip(), briefs, BUDGET, reading)
        return
    brands = {brief.brand_id for brief in briefs}
    stated: set[str] = set()
    for number in numbers_of(sent, BUDGET):
        row = budget_row(sent, f"{BUDGET}-{number}")
        if not row.brand and not row.amount:
            continue
        if row.brand not in brands:
            sentence = "No brief of this brand is ticked above. Tick one, or choose another brand." if row.brand else "Choose the brand."
            reading.wrong(f"{row.name}-brand", sentence)
        elif row.brand in stated:
            reading.wrong(f"{row.name}-brand", "This brand has a budget in another row. Keep one of them.")
        elif not row.amount:
            reading.wrong(f"{row.name}-amount", "Write the amount, such as 1200.00.")
        else:
            stated.add(row.brand)
            yield from _budget(row.brand, row.amount, briefs, f"{row.name}-amount", reading)


def _budget(brand_id: str, text: str, briefs: Sequence[Brief], name: str, reading: Reading) -> Iterator[tuple[str, int]]:
    if not text:
        return
    try:
        minor = from_major(text.replace(",", ""), briefs[0].currency)
    except Invalid as error:
        reading.wrong(name, error.message)
        return
    if minor <= 0:
        reading.wrong(name, "A budget is above nothing. Raise it, or leave it empty for what the briefs have together.")
    yield brand_id, minor


def budget_row(sent: Mapping[str, str], name: str) -> BudgetRow:
    """A row as it was written."""
    return BudgetRow(name=name, brand=sent.get(f"{name}-brand", "").strip(), amount=sent.get(f"{name}-amount", "").strip())


def rivals_row(sent: Mapping[str, str], name: str) -> RivalsRow:
    """A row as it was written."""
    ticked = tuple(key.removeprefix(f"{name}-brand.") for key in sent if key.startswith(f"{name}-brand."))
    begins, ends = sent.get(f"{name}-from", "").strip(), sent.get(f"{name}-until", "").strip()
    return RivalsRow(name=name, category=sent.get(f"{name}-category", "").strip(), brands=ticked, begins=begins, ends=ends)


def _rivals(around: Around, sent: Mapping[str, str], reading: Reading) -> Iterator[Rivals]:
    for number in numbers_of(sent, RIVALS) if around.is_marketplace else ():
        row = rivals_row(sent, f"{RIVALS}-{number}")
        if not (row.category or row.brands or row.begins or row.ends):
            continue
        if not row.category:
            reading.wrong(f"{row.name}-category", "Choose the category in which they compete.")
        if len(row.brands) < 2:  # noqa: PLR2004  # competing takes two
            reading.wrong(f"{row.name}-brands", "Tick at least two brands that compete.")
        begins, ends = (_instant(text, f"{row.name}-{end}", reading) for text, end in ((row.begins, "from"), (row.ends, "until")))
        if begins is None or ends is None:
            continue
        if begins >= ends:
            reading.wrong(f"{row.name}-until", "This ends before it begins. Give a later end.")
        yield Rivals(category=row.category, brand_ids=row.brands, starts_at=begins, ends_at=ends)


def _instant(text: str, name: str, reading: Reading) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        reading.wrong(name, "Write a day and a time in UTC, such as 2011-01-24T19:00.")
        return None
