"""What probes of the product links say: which shows are due for a round, and which links were down while a show was on air. Pure.

Links are looked at in rounds, each a fixed stretch of business time, from shortly before the scheduled start until the end.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from itertools import pairwise

from chalicelib.core.clock import iso
from chalicelib.shows.rules.records import LinksMeasured, Show, ShowState

ROUND = timedelta(minutes=5)
"""Often enough that an outage which viewers notice is seen twice, rarely enough that no shop minds."""
LEAD = timedelta(minutes=15)
"""Before the scheduled start: time to mend a link that is down."""
LONGEST_ON_AIR = timedelta(hours=24)
"""A show takes 20 hours at most; one that nobody ended is not probed for ever."""
MAX_LINKS = 100
"""Distinct links of one round; a line-up has at most 200 products."""
SAYS_NOTHING = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.TOO_MANY_REQUESTS})
"""Answers by which shops keep robots away: whether a person would see the page stays open."""


class LinkState(StrEnum):
    """What one look at a link says."""

    LIVE = "live"
    DOWN = "down"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request of a look: which URL, at which network address, with which status."""

    url: str
    address: str | None
    status: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The evidence of one look at one link, at business time `at`. `sha256` is of the `bytes_read` of the body."""

    url: str
    skus: tuple[str, ...]
    at: datetime
    state: LinkState
    steps: tuple[Step, ...]
    status: int | None = None
    bytes_read: int = 0
    sha256: str | None = None
    cut_short: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """All looks of one round at the links of a show."""

    show_id: str
    round_of: datetime
    looks: tuple[Look, ...]


def round_of(now: datetime) -> datetime:
    """The beginning of the round that an instant lies in."""
    return now - (now - datetime.min.replace(tzinfo=now.tzinfo)) % ROUND


def links_of(show: Show) -> Mapping[str, tuple[str, ...]]:
    """The distinct links of a line-up with the SKUs that they are for, in its order."""
    found: dict[str, tuple[str, ...]] = {}
    for item in show.line_up:
        if item.link is not None and (item.link in found or len(found) < MAX_LINKS):
            found[item.link] = (*found.get(item.link, ()), item.sku)
    return found


def is_due(show: Show, now: datetime) -> bool:
    """Whether its links are looked at now: on air, or published and about to start, or late."""
    if not links_of(show):
        return False
    if show.state is ShowState.LIVE and show.started is not None:
        return now <= show.started.occurred_at + LONGEST_ON_AIR
    return show.state is ShowState.PUBLISHED and show.starts_at - LEAD <= now < show.starts_at + timedelta(minutes=show.minutes)


def state_of(status: int | None) -> LinkState:
    """What the last status of a look says; None is no answer at all."""
    if status is None:
        return LinkState.DOWN
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return LinkState.LIVE
    return LinkState.UNCLEAR if status in SAYS_NOTHING else LinkState.DOWN


def on_air_rounds(show: Show, rounds: Iterable[Round]) -> tuple[Round, ...]:
    """The rounds that were looked at between the actual start and end, in order."""
    if show.started is None:
        return ()
    start, end = show.started.occurred_at, show.ended.occurred_at if show.ended else None
    during = (each for each in rounds if each.looks and start <= each.looks[0].at and (end is None or each.looks[0].at <= end))
    return tuple(sorted(during, key=lambda each: each.round_of))


def measured(show: Show, rounds: Iterable[Round]) -> LinksMeasured | None:
    """How many links were looked at while the show was on air, in how many rounds, and the SKUs of those that were down.

    A link was down when two rounds in succession found it down, or when no round of the show found it anything else: a single look that
    failed may be the network's or ours. Looks that say nothing are passed over. None when nothing was looked at.
    """
    during = on_air_rounds(show, rounds)
    if not during:
        return None
    states: dict[str, list[LinkState]] = {}
    skus: dict[str, tuple[str, ...]] = {}
    for each in during:
        for look in each.looks:
            skus[look.url] = look.skus
            if look.state is not LinkState.UNCLEAR:
                states.setdefault(look.url, []).append(look.state)
    down = [url for url, seen in states.items() if _was_down(seen)]
    return LinksMeasured(
        links=len(skus),
        down=len(down),
        unclear=len(skus) - len(states),
        rounds=len(during),
        down_skus=tuple(sorted(sku for url in down for sku in skus[url])),
    )


def _was_down(seen: Sequence[LinkState]) -> bool:
    twice = any(one is two is LinkState.DOWN for one, two in pairwise(seen))
    return twice or set(seen) == {LinkState.DOWN}


def round_key(show_id: str, at: datetime) -> str:
    """What a round is called in messages and, with its evidence, in the records bucket."""
    return f"{show_id}/{iso(round_of(at))}"
