"""Where a season that is too large for one run is cut: by what shares nobody first, then by market, by category, by week and by day.

Neighbours are put together again as far as they fit, so that there are few parts. What is too large even for a day is cut into shares,
by the order of time and ids. A cut depends on the season alone, so it is the same each time.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

from chalicelib.planning.asked import Wanted
from chalicelib.planning.model import Season, Slot
from chalicelib.planning.parts import parts
from chalicelib.planning.rules import Size

MOST_NAMED = 3
APART = "hosts and brands that have nothing in common"
SHARES = "shares of a day"
Key = Callable[[Slot], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What a show is for."""

    market: str
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Shows that are planned together, and what people call them."""

    slot_ids: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The parts of a season; every show is in one of them. `by` says in words how it was cut."""

    parts: tuple[Part, ...]
    by: tuple[str, ...]


def groups_of(wanted: Iterable[Wanted]) -> dict[str, Group]:
    """By slot: the market and category of its brief."""
    return {each.slot_id: Group(market=each.brief.market, category=each.brief.category.casefold()) for each in wanted}


def cut(season: Season, groups: Mapping[str, Group], most: Size) -> Cut:
    """Parts of at most this size. Slots without a group are in none: they are booked, and stand beside each part."""
    return _Cutting(season, groups, most).cut(season)


class _Cutting:
    """Divides what does not fit at one level after the other, and remembers at which."""

    def __init__(self, season: Season, groups: Mapping[str, Group], most: Size) -> None:
        self._groups, self._most = groups, most
        self._matches = Counter(match.slot_id for match in season.matches)
        self._by: set[str] = set()
        self._levels: tuple[tuple[str, Key], ...] = (
            ("market", lambda slot: groups[slot.slot_id].market),
            ("category", lambda slot: groups[slot.slot_id].category),
            ("week", lambda slot: f"{slot.starts_at.astimezone(UTC):%G-%V}"),
            ("day", lambda slot: f"{slot.starts_at.astimezone(UTC):%Y-%m-%d}"),
        )

    def cut(self, season: Season) -> Cut:
        wanted = ([slot for slot in part.slots if slot.slot_id in self._groups] for part in parts(season))
        apart = [slots for slots in wanted if slots]
        whole = [slot for slots in apart for slot in slots]
        if len(apart) > 1 and not self._fits(whole):
            self._by.add(APART)
        made = self._packed(piece for slots in apart for piece in self._divided(slots, 0))
        named = tuple(Part(slot_ids=tuple(slot.slot_id for slot in slots), words=self._words(slots)) for slots in made)
        return Cut(parts=named, by=tuple(each for each in (APART, *(name for name, _ in self._levels), SHARES) if each in self._by))

    def _fits(self, slots: Sequence[Slot]) -> bool:
        return self._most.holds(len(slots), sum(self._matches[slot.slot_id] for slot in slots))

    def _divided(self, slots: list[Slot], level: int) -> list[list[Slot]]:
        if self._fits(slots):
            return [slots]
        if level == len(self._levels):
            self._by.add(SHARES)
            return self._packed([slot] for slot in sorted(slots, key=lambda each: (each.starts_at, each.slot_id)))
        name, key = self._levels[level]
        own: dict[str, list[Slot]] = {}
        for slot in slots:
            own.setdefault(key(slot), []).append(slot)
        if len(own) > 1:
            self._by.add(name)
        return self._packed(piece for each in sorted(own) for piece in self._divided(own[each], level + 1))

    def _packed(self, pieces: Iterable[list[Slot]]) -> list[list[Slot]]:
        """Neighbours together, as many as fit."""
        made: list[list[Slot]] = []
        slots, matches = 0, 0
        for piece in pieces:
            own = sum(self._matches[slot.slot_id] for slot in piece)
            if made and self._most.holds(slots + len(piece), matches + own):
                made[-1] += piece
                slots, matches = slots + len(piece), matches + own
            else:
                made.append(list(piece))
                slots, matches = len(piece), own
        return made

    def _words(self, slots: Sequence[Slot]) -> str:
        own = [self._groups[slot.slot_id] for slot in slots]
        days = [slot.starts_at.astimezone(UTC) for slot in slots]
        markets, categories = _some(each.market for each in own), _some(each.category for each in own)
        first, last = f"{min(days):%-d %b %Y}", f"{max(days):%-d %b %Y}"
        return f"{categories} in {markets}, {first if first == last else f'{min(days):%-d %b} to {last}'}"


def _some(names: Iterator[str]) -> str:
    """The first few of these names, and how many others there are."""
    own = sorted(set(names))
    more = f" and {len(own) - MOST_NAMED} more" if len(own) > MOST_NAMED else ""
    return ", ".join(own[:MOST_NAMED]) + more


def told(made: Cut) -> str:
    """That and how a season was cut, in sentences."""
    shown = "; ".join(part.words for part in made.parts[:MOST_NAMED])
    more = f"; and {len(made.parts) - MOST_NAMED} more" if len(made.parts) > MOST_NAMED else ""
    return (
        f"The season was too large for one run, so it was cut by {', '.join(made.by)} into {len(made.parts)} parts ({shown}{more}). "
        f"Each is planned beside the places of the others; what no plan exceeds is added up from the parts."
    )
