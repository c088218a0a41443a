"""All that the program keeps outside itself, taken once and put back before each point; and its canonical text, for comparing.

Left out of the text, because they may rightly differ: real times (which go on during a retry), which random id a thing got (ids are
numbered in their order instead), a manifest that nothing refers to, what was remembered for an Idempotency-Key (a client whose answer was
lost is told something else), notices (they say what waited when somebody looked; a look that comes later may find it over), and versions of
the snapshot of hosts: the schedule makes another when time has gone by, and what is in it is compared with the tables by its own tests.
"""

import base64
import difflib
import functools
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.template.tables import TABLES
from tests.bench.house import BUCKETS
from tests.faults.engine import Engine, Item
from tests.stripe_standin.process import Standin

PREFIX = "test-"
REAL_TIME = re.compile(r"20[3-9]\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")
REAL_SECONDS = re.compile(r"(?<!\d)19[0-2]\d{7}(?!\d)")
"""Unix seconds of the years 2030 and following: the clock's, the stand-in's, and when items expire."""
RANDOM_ID = re.compile(r"\b([a-z]+_01[qr][0-9a-hjkmnp-tv-z]{23})(?![0-9a-z])")
"""Ids whose first 48 bits are the milliseconds of that year."""
PACKED = frozenset({"show_sales"})
"""Tables whose items hold compressed text."""
VERSION = re.compile(r'\\*"version\\*": ?(?:\d+|\{"N": "\d+"\})')
SHARD = re.compile(r"(show#\w+)#\d\d\b")
"""Which shard of a show its sales are in follows from the random id of the import that brought them."""
REQUEST_HASH = "fingerprint"
"""The stand-in's hash of a request, in which random ids cannot be told any more; what the request has made is compared."""
PROPOSED = "manifests/"
"""A manifest is put before its settlement claims anything; of two workers at once the one that claims nothing leaves its own, which
nothing refers to. Those that a settlement has the hash of are compared."""
MAX_SHOWN = 12
Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Tables by name and key, buckets by name and key (tag and bytes), and Stripe's rows."""

    tables: Mapping[str, Mapping[Key, Item]]
    objects: Mapping[str, Mapping[str, tuple[str, bytes]]]
    stripe: list[tuple[str, str, Any]]

    def lines(self) -> list[str]:
        """One line for each thing that is kept, in an order that depends on nothing but what is kept."""
        raw = [line for line in self._raw() if not _may_differ(line)]
        return sorted(_renumbered(raw))

    def _raw(self) -> Iterator[str]:
        for table, items in self.tables.items():
            for (pk, sk), item in items.items():
                yield f"{table} {pk} / {sk}: {json.dumps(item if table not in PACKED else _unpacked(item), sort_keys=True)}"
        booked = json.dumps([list(items.values()) for items in self.tables.values()])
        for bucket, objects in self.objects.items():
            for key, (_, body) in objects.items():
                if key.startswith(PROPOSED) and key.rpartition("/")[2].partition(".")[0] not in booked:
                    continue
                yield f"bucket {bucket} {key}: {body.decode('utf-8', 'backslashreplace')}"
        for kind, identifier, row in self.stripe:
            kept = {name: value for name, value in row.items() if name != REQUEST_HASH}
            yield f"stripe {kind} {identifier}: {json.dumps(kept, sort_keys=True)}"


class Keeper:
    """Takes snapshots and puts them back."""

    def __init__(self, engine: Engine, standin: Standin) -> None:
        """The engine and the stand-in for Stripe, both reached past the proxy."""
        self._engine = engine
        self._standin = standin
        self._known: dict[tuple[str, str, str], bytes] = {}

    def take(self) -> Snapshot:
        """Everything as it is now."""
        return Snapshot(tables=self._tables(), objects=self._objects(), stripe=self._standin.look("state")["rows"])

    def put_back(self, wanted: Snapshot) -> None:
        """Write what is different."""
        for name, items in self._tables().items():
            put = [item for key, item in wanted.tables[name].items() if items.get(key) != item]
            delete = [key for key in items if key not in wanted.tables[name]]
            self._engine.write(PREFIX + name, put=put, delete=delete)
        for name, objects in wanted.objects.items():
            tags = self._engine.etags(PREFIX + name)
            for key in tags.keys() - objects.keys():
                self._engine.delete_object(PREFIX + name, key)
            for key, (tag, body) in objects.items():
                if tags.get(key) != tag:
                    self._engine.put_object(PREFIX + name, key, body)
        self._standin.control("state", rows=wanted.stripe)

    def _tables(self) -> dict[str, dict[Key, Item]]:
        return {
            table.name: {(item["pk"]["S"], item["sk"]["S"]): item for item in self._engine.items(PREFIX + table.name)} for table in TABLES
        }

    def _objects(self) -> dict[str, dict[str, tuple[str, bytes]]]:
        return {
            name: {key: (tag, self._bytes(name, key, tag)) for key, tag in self._engine.etags(PREFIX + name).items()} for name in BUCKETS
        }

    def _bytes(self, bucket: str, key: str, tag: str) -> bytes:
        """An object with the same tag is not read again: the tag is the MD5 of its bytes."""
        known = self._known.get((bucket, key, tag))
        if known is None:
            known = self._known[bucket, key, tag] = self._engine.object(PREFIX + bucket, key)
        return known


def differences(expected: list[str], found: list[str]) -> list[str]:
    """What is missing (-) and what is too much (+), where it differs; empty when both are equal."""
    if expected == found:
        return []
    missing, extra = _without(expected, found), _without(found, expected)
    shown = [*(f"- {_shortened(line, extra)}" for line in missing), *(f"+ {_shortened(line, missing)}" for line in extra)]
    return shown[:MAX_SHOWN] or ["the same lines, some of them more often"]


def without_names(text: str) -> str:
    """A message without the random ids and real times in it."""
    return RANDOM_ID.sub("<id>", REAL_SECONDS.sub("<seconds>", REAL_TIME.sub("<real time>", text)))


def _without(lines: list[str], others: list[str]) -> list[str]:
    known = set(others)
    return [line for line in lines if line not in known]


def _shortened(line: str, others: list[str]) -> str:
    """The line from a little before where it first differs from its counterpart."""
    name = line.split(": ", 1)[0]
    counterpart = next((other for other in others if other.split(": ", 1)[0] == name), None)
    if counterpart is None:
        return line[:400]
    matcher = difflib.SequenceMatcher(None, line, counterpart, autojunk=False)
    changes = [(start, end) for tag, start, end, _, _ in matcher.get_opcodes() if tag != "equal"] or [(0, 0)]
    return f"{name}: " + " | ".join(f"...{line[max(0, start - 40) : end + 40]}..." for start, end in changes[:3])


def _renumbered(lines: list[str]) -> list[str]:
    """Random ids by their place among those of their kind that are there, instead of by their name; without real times."""
    cut = [_cut(line) for line in lines]
    found = sorted({part for parts in cut for part in parts[1::2]})
    kinds: dict[str, int] = {}
    names: dict[str, str] = {}
    for each in found:
        kind = each.partition("_")[0]
        kinds[kind] = kinds.get(kind, 0) + 1
        names[each] = f"{kind}_<{kinds[kind]}>"
    return ["".join(names[part] if place % 2 else part for place, part in enumerate(parts)) for parts in cut]


@functools.lru_cache(maxsize=50_000)
def _cut(line: str) -> tuple[str, ...]:
    """The line without real times, cut at its random ids, which have the odd places.

    Of a settlement or a refund it also lacks how often that was written, since finding out what is unknown is one more time;
    of a show's sales, the shard.
    """
    told = REAL_SECONDS.sub("<seconds>", REAL_TIME.sub("<real time>", line))
    if line.startswith(("payouts settlement#", "payouts refund#")):
        told = VERSION.sub("<version>", told)
    if line.startswith("show_sales "):
        told = SHARD.sub(r"\1#<shard>", told)
    return tuple(RANDOM_ID.split(told))


def _unpacked(item: Item) -> Item:
    """Binary attributes as the text that is packed in them."""
    return {name: {"B": zlib.decompress(base64.b64decode(value["B"])).decode()} if "B" in value else value for name, value in item.items()}


def _may_differ(line: str) -> bool:
    """Answers remembered for clients, the stand-in's clock, notices and versions of the hosts' snapshot with their messages."""
    if line.startswith("outbox "):
        return '"hosts.' in line or '"notices.' in line
    left_out = ("notices ", "sessions idempotency#", "stripe meta clock", "matching index ", "matching build#", "bucket imports hosts/")
    return line.startswith(left_out)
