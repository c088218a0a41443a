"""Probing product links: the schedule asks for a round, one worker looks, and what it saw is kept for ever.

That worker reaches addresses that people typed in, so it may touch next to nothing else: it reads the show and writes the evidence, an
object of its own for each round, below one prefix of the records bucket. Whoever wants to know reads the objects.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import Protocol

import msgspec

from chalicelib.adapters.dynamo import Transaction, canonical_json
from chalicelib.adapters.objects import ObjectExists, ObjectStore
from chalicelib.core.clock import Clock, iso
from chalicelib.shows.errors import ShowMoved
from chalicelib.shows.rules.links import (
    LEAD,
    LONGEST_ON_AIR,
    LinkState,
    Look,
    Round,
    Step,
    is_due,
    links_of,
    round_key,
    round_of,
    state_of,
)
from chalicelib.shows.store import ShowStore

PROBE = "links.probe"
EVIDENCE = "probes/"
LOOKS_AT_ONCE = 16
MAX_SHOWS_PER_RUN = 500


class Hop(Protocol):
    """One request of a fetch."""

    @property
    def url(self) -> str:
        """Where it went."""
        ...

    @property
    def address(self) -> str | None:
        """At which network address."""
        ...

    @property
    def status(self) -> int | None:
        """What came."""
        ...


class Fetched(Protocol):
    """What came of fetching a URL."""

    @property
    def hops(self) -> Sequence[Hop]:
        """Its requests in order."""
        ...

    @property
    def status(self) -> int | None:
        """The last status, None where none came or we would not go there."""
        ...

    @property
    def bytes_read(self) -> int:
        """Of the body."""
        ...

    @property
    def sha256(self) -> str | None:
        """Of those bytes."""
        ...

    @property
    def cut_short(self) -> bool:
        """Whether the body went on."""
        ...

    @property
    def error(self) -> str | None:
        """Why there is no answer."""
        ...


class Web(Protocol):
    """Reaches what people name; `adapters.public_web.PublicWeb` is one."""

    def fetch(self, url: str) -> Fetched:
        """GET a URL; never raises for what the other side is or does."""
        ...


class Probing:
    """Rounds of looks at the links of shows."""

    def __init__(self, *, store: ShowStore, records: ObjectStore, web: Web, clock: Clock) -> None:
        """`clock.now()` tells which shows are due and when a look was taken."""
        self._store = store
        self._records = records
        self._web = web
        self._clock = clock

    def ask(self) -> int:
        """Have every show that is due looked at, once a round; how many were asked for. A step of the schedule."""
        now = self._clock.now()
        asked = 0
        for pointer in self._store.to_probe(now - LONGEST_ON_AIR, now + LEAD, MAX_SHOWS_PER_RUN):
            if pointer.asked == iso(round_of(now)) or not is_due(self._store.load(pointer.show_id), now):
                continue
            transaction = Transaction()
            self._store.asked_to_probe(transaction, pointer, iso(round_of(now)))
            transaction.announce(PROBE, round_key(pointer.show_id, now), iso(self._clock.real_now()))
            with suppress(ShowMoved):
                transaction.commit()
                asked += 1
        return asked

    def probe(self, key: str) -> None:
        """Look at every link of a show and keep what was seen. Worker of `links.probe`; a round that is kept stays as it is."""
        show_id, _, began = key.partition("/")
        show = self._store.load(show_id)
        with ThreadPoolExecutor(LOOKS_AT_ONCE) as pool:
            looks = tuple(pool.map(lambda link: self._look(*link), links_of(show).items()))
        kept = Round(show_id=show_id, round_of=datetime.fromisoformat(began), looks=looks)
        try:
            self._records.put(f"{EVIDENCE}{key}.json", canonical_json(kept), "application/json", only_if_new=True)
        except ObjectExists:
            return

    def rounds(self, show_id: str) -> Iterator[Round]:
        """All evidence of a show, oldest first."""
        for key in self._records.keys(f"{EVIDENCE}{show_id}/"):
            yield msgspec.json.decode(self._records.get(key).body, type=Round)

    def latest(self, show_id: str) -> Round | None:
        """The last round that was looked at, by the time it was asked for; None before the first."""
        found = list(self._records.keys(f"{EVIDENCE}{show_id}/"))
        return msgspec.json.decode(self._records.get(found[-1]).body, type=Round) if found else None

    def _look(self, url: str, skus: tuple[str, ...]) -> Look:
        seen = self._web.fetch(url)
        return Look(
            url=url,
            skus=skus,
            at=self._clock.now(),
            state=state_of(seen.status) if seen.error is None else LinkState.DOWN,
            steps=tuple(Step(url=hop.url, address=hop.address, status=hop.status) for hop in seen.hops),
            status=seen.status,
            bytes_read=seen.bytes_read,
            sha256=seen.sha256,
            cut_short=seen.cut_short,
            error=seen.error,
        )
