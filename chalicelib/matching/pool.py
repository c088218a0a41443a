"""All hosts for one brief, and the way in which they are read one by one from the tables."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.matching.candidates import Candidates
from chalicelib.matching.explanation import places
from chalicelib.matching.priors import Priors
from chalicelib.matching.rules import Brief, Candidate, Filter, Rejection, failed_filters
from chalicelib.matching.score import Scored, order
from chalicelib.matching.shortfall import Left, Tally, moved_by, shifts, tally
from chalicelib.matching.whatif import Keys, keys_of

MAX_REJECTED_LISTED = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """A host that fits, with its factors, and whether its place is one of those kept for the promising."""

    host: Candidate
    scored: Scored
    kept: bool


class Pool(Protocol):
    """All hosts for a brief."""

    priors: Priors
    """What they are ranked by."""
    notice: str
    """A sentence on what this answer cannot say; empty where it can say all."""

    def shown(self, count: int) -> list[Shown]:
        """The hosts in the first places, the promising included."""
        ...

    def look_at(self, creator_id: str) -> tuple[Candidate, Scored] | None:
        """One host as it is now; None unless it fits."""
        ...

    def keys(self) -> Keys:
        """Every host that fits, best first; those that were shown or looked at as they are now."""
        ...

    def tally(self) -> Tally:
        """How many hosts there are, and what keeps them out."""
        ...

    def rejected(self) -> list[Rejection]:
        """Of those left out, the ones that fail the fewest filters, at most `MAX_REJECTED_LISTED`."""
        ...


class ReadHosts:
    """Every host read from the tables: the truth, for as many hosts as a request has time for."""

    notice = ""

    def __init__(self, brief: Brief, candidates: Candidates, priors: Priors, now: datetime) -> None:
        """Reads them all."""
        self.priors = priors
        self._brief, self._candidates, self._now = brief, candidates, now
        self._looked: list[Left] = [(host, failed_filters(brief, host)) for host in candidates.all(brief)]
        self._fitting = {host.creator_id: host for host, failed in self._looked if not failed}
        self._ordered = order(brief, list(self._fitting.values()), priors)

    def shown(self, count: int) -> list[Shown]:
        """See `Pool`."""
        return [Shown(self._fitting[each.creator_id], each, kept) for each, kept in places(self._ordered, count)]

    def look_at(self, creator_id: str) -> tuple[Candidate, Scored] | None:
        """See `Pool`."""
        found = next((each for each in self._ordered if each.creator_id == creator_id), None)
        return None if found is None else (self._fitting[creator_id], found)

    def keys(self) -> Keys:
        """See `Pool`."""
        return keys_of(self._ordered)

    def tally(self) -> Tally:
        """See `Pool`."""
        return tally(self._brief, self._looked, {} if self._fitting else self._moved())

    def rejected(self) -> list[Rejection]:
        """See `Pool`."""
        return fewest_failed(self._looked)

    def _moved(self) -> Mapping[timedelta, int]:
        busy = [host.creator_id for host, failed in self._looked if [each.filter for each in failed] == [Filter.AVAILABILITY]]
        for nearest in shifts(self._brief, self._now) if busy else ():
            counts = {by: self._free_at(moved_by(self._brief, by), busy) for by in nearest}
            if any(counts.values()):
                return {by: count for by, count in counts.items() if count}
        return {}

    def _free_at(self, brief: Brief, hosts: Iterable[str]) -> int:
        return sum(self._candidates.is_free(brief, creator_id) for creator_id in hosts)


def fewest_failed(looked: Iterable[Left]) -> list[Rejection]:
    """Those left out who fail the fewest filters, of these the first by id."""
    nearest = sorted(((host, failed) for host, failed in looked if failed), key=lambda each: (len(each[1]), each[0].creator_id))
    return [Rejection(creator_id=host.creator_id, name=host.name, failed=failed) for host, failed in nearest[:MAX_REJECTED_LISTED]]


def place_of(key: tuple[int, str], keys: Keys) -> int:
    """From 1: where this key is, or would be, among those of the hosts that fit."""
    return bisect_left(keys, key) + 1
