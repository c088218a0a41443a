"""All hosts for one brief, searched in the snapshot.

A snapshot may be seconds behind. Whoever is shown from it is therefore read from the tables first: who does not fit any more is left out,
who has another score takes the place of that score, and the next ones move up.
"""

import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.matching.candidates import Candidates
from chalicelib.matching.explanation import places
from chalicelib.matching.pool import MAX_REJECTED_LISTED, Shown, fewest_failed
from chalicelib.matching.rules import Brief, Candidate, Failed, Filter, Rejection, failed_filters
from chalicelib.matching.score import Scored, scored
from chalicelib.matching.shortfall import Tally, shifts
from chalicelib.matching.whatif import Keys

if TYPE_CHECKING:
    from chalicelib.matching.snapshot.search import Counted, Hosts

MAX_ROUNDS = 8
"""How often hosts are searched for anew because some that were found do not fit as they are now."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A host in the order of the ranking."""

    key: tuple[int, str]
    is_new: bool

    @property
    def creator_id(self) -> str:
        return self.key[1]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A host as it is now: its factors if it fits, and else every filter that fails."""

    host: Candidate
    failed: tuple[Failed, ...]
    scored: Scored | None


class SearchedHosts:
    """Hosts searched in a snapshot and its changes, and read from the tables when they are to be shown."""

    def __init__(self, brief: Brief, hosts: "Hosts", candidates: Candidates, now: datetime, notice: str = "") -> None:
        """Ranked by what the snapshot was made with."""
        self.priors = hosts.snapshot.priors
        self.notice = notice
        self._brief, self._hosts, self._candidates, self._now = brief, hosts, candidates, now
        self._seen: dict[str, _Seen | None] = {}
        """By id, those read so far; None for who is no host any more."""
        self._found: set[str] = set()
        """Ids of those that the search found to fit."""

    def shown(self, count: int) -> list[Shown]:
        """See `Pool`."""
        picked: list[tuple[_Place, bool]] = []
        for _ in range(MAX_ROUNDS):
            picked = places(self._places(count), count)
            unseen = [each.creator_id for each, _ in picked if each.creator_id not in self._seen]
            if not unseen:
                break
            for creator_id in unseen:
                self._see(creator_id)
        seen = ((self._seen.get(each.creator_id), kept) for each, kept in picked)
        return [Shown(each.host, each.scored, kept) for each, kept in seen if each is not None and each.scored is not None]

    def look_at(self, creator_id: str) -> tuple[Candidate, Scored] | None:
        """See `Pool`."""
        seen = self._see(creator_id)
        return None if seen is None or seen.scored is None else (seen.host, seen.scored)

    def keys(self) -> Keys:
        """See `Pool`."""
        return self._hosts.standing(self._brief).with_these(set(self._seen), [each.key for each in self._as_they_are()])

    def tally(self) -> Tally:
        """See `Pool`. Hosts that were found and do not fit as they are now are counted as what they are."""
        left = [seen for creator_id in self._found if (seen := self._seen.get(creator_id)) is not None and seen.scored is None]
        gone = sum(creator_id in self._seen and self._seen[creator_id] is None for creator_id in self._found)
        counted = self._counted.tally
        if not left and not gone:
            return counted
        return replace(
            counted,
            hosts=counted.hosts - gone,
            fitting=counted.fitting - len(left) - gone,
            failed=_sum(counted.failed, [each.filter for seen in left for each in seen.failed]),
            alone=_sum(counted.alone, [seen.failed[0].filter for seen in left if len(seen.failed) == 1]),
        )

    def rejected(self) -> list[Rejection]:
        """See `Pool`."""
        looked = [self._see(creator_id) for creator_id in self._counted.nearest]
        also = (self._seen[creator_id] for creator_id in self._found if creator_id in self._seen)
        every = {seen.host.creator_id: (seen.host, seen.failed) for seen in (*looked, *also) if seen is not None}
        return fewest_failed(every.values())

    @functools.cached_property
    def _counted(self) -> "Counted":
        return self._hosts.counted(self._brief, places=MAX_REJECTED_LISTED, shifts=shifts(self._brief, self._now))

    def _places(self, count: int) -> list[_Place]:
        """The best, and the best of the new ones, as many as the first places can need."""
        wanted = count + len(self._seen)
        best = self._hosts.search(self._brief, places=wanted).found
        new = self._hosts.search(self._brief, places=wanted, only_new=True).found
        self._found |= {each.creator_id for each in (*best, *new)}
        unread = {
            _Place((-each.score_millinats, each.creator_id), each.is_new) for each in (*best, *new) if each.creator_id not in self._seen
        }
        return sorted([*unread, *self._as_they_are()], key=lambda each: each.key)

    def _as_they_are(self) -> list[_Place]:
        read = (seen.scored for seen in self._seen.values() if seen is not None)
        return [_Place((-each.score_millinats, each.creator_id), each.is_new) for each in read if each is not None]

    def _see(self, creator_id: str) -> _Seen | None:
        if creator_id not in self._seen:
            host = self._candidates.by_id(self._brief, creator_id)
            failed = () if host is None else failed_filters(self._brief, host)
            fits = host is not None and not failed
            self._seen[creator_id] = None if host is None else _Seen(host, failed, scored(self._brief, host, self.priors) if fits else None)
        return self._seen[creator_id]


def _sum(counts: Mapping[Filter, int], more: Sequence[Filter]) -> dict[Filter, int]:
    total = Counter(counts) + Counter(more)
    return {name: total[name] for name in Filter if total[name]}
