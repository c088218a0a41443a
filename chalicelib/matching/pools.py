"""Decides how the hosts for a brief are looked for: read one by one while they are few, searched in the snapshot from then on."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.core.clock import Clock
from chalicelib.core.errors import Conflict
from chalicelib.matching.candidates import Candidates
from chalicelib.matching.index import HostIndex
from chalicelib.matching.index_store import Pointer
from chalicelib.matching.pool import Pool, ReadHosts
from chalicelib.matching.pool_searched import SearchedHosts
from chalicelib.matching.rules import BadBrief, Brief, can_be_booked
from chalicelib.matching.store import PriorsStore

if TYPE_CHECKING:
    from chalicelib.matching.snapshot.search import Hosts

READ_AT_ONCE = 50
"""With so few hosts there is nothing to search: as many are read to be shown."""
MOST_READ = 200
"""A request has time to read so many hosts, where there is no snapshot to be searched."""
STALE_AFTER = timedelta(days=3)
"""A version is made each day, and again when it has many changes; later than this something is wrong."""
NOT_INDEXED = "All hosts are being put in order to be searched. Try again in a few minutes."
NOT_THIS_MARKET = "The hosts of {market} cannot be searched at the moment. Try again in a few minutes."


class HostsNotIndexed(Conflict):
    """There are too many hosts to read one by one, and no snapshot of them that can be searched."""


class Pools:
    """Decides how the hosts for a brief are looked for."""

    def __init__(self, *, candidates: Candidates, index: HostIndex | None, priors: PriorsStore, clock: Clock) -> None:
        """Without an `index` all hosts are read, however many they are."""
        self._candidates = candidates
        self._index = index
        self._priors = priors
        self._clock = clock

    def of(self, brief: Brief) -> Pool:
        """All hosts for a brief. Raises `BadBrief` for one that nobody could be booked for, `HostsNotIndexed`."""
        if not all(can_be_booked(window) for window in brief.windows):
            raise BadBrief("The shows of this brief are not in quarter hours, so nobody can be booked for them. Post it anew.")
        if self._index is None or self._at_most(READ_AT_ONCE):
            return self._read(brief)
        found = self._index.hosts()
        if found is not None and (searched := self._searched(brief, *found)) is not None:
            return searched
        if self.are_few():
            return self._read(brief)
        raise HostsNotIndexed(NOT_INDEXED if found is None else NOT_THIS_MARKET.format(market=brief.market))

    def are_few(self) -> bool:
        """Whether all hosts can be read one by one."""
        return self._index is None or self._at_most(MOST_READ)

    def _read(self, brief: Brief) -> ReadHosts:
        return ReadHosts(brief, self._candidates, self._priors.current(), self._clock.now())

    def _searched(self, brief: Brief, hosts: "Hosts", pointer: Pointer) -> SearchedHosts | None:
        """None where the hosts of the brief's market cannot be read."""
        missing = hosts.missing()
        if brief.market.casefold() in missing:
            return None
        return SearchedHosts(brief, hosts, self._candidates, self._clock.now(), self._notice(pointer, missing))

    def _notice(self, pointer: Pointer, missing: Sequence[str]) -> str:
        if missing:
            return f"Hosts of {', '.join(missing)} cannot be searched at the moment: nobody there is ranked or counted here."
        if self._clock.now() - pointer.built_at >= STALE_AFTER:
            return (
                f"Sales of the last days are not ranked by yet: what is expected of hosts is as of {pointer.built_at:%Y-%m-%d %H:%M} UTC."
            )
        return ""

    def _at_most(self, count: int) -> bool:
        return not self._candidates.directory.has_more_hosts_than(count)
