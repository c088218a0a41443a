"""A million lines reconciled three ways (file, store, show) by the product's rules, beside DuckDB's full outer join of the same sides.

Each runs in a process of its own, so that what it needs at most can be told, and they take turns. Both read the same files before the
clock starts: ours into sides as the product makes them, DuckDB into its tables. Both must find the same drifts.
"""

import csv
import multiprocessing
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol

import duckdb
from typing_extensions import override

from chalicelib.core.money import Amounts, by_currency
from chalicelib.reconciliation import sides
from chalicelib.reconciliation.rules import reconcile
from chalicelib.sales.evidence import SalesEvidence
from tests.bench.figures import Figure, Target, median
from tests.bench.say import Say
from tests.bench.sizes import Sizes
from tests.bench.synthetic import NOW, line_id_of

RATIO = Target("<=", 3, of="ratio")
PEAK_MB = Target("<=", 1_500)
KB_PER_MB = 1024
SIDES = ("filed", "stored", "shown")
SHOWS = 400
IN_A_SHOW_OF_TEN = 9
DRIFT_EVERY = 10_000
"""Of so many lines one differs on some side, for each way in which it can."""
WAYS = ("missing in store", "other amount in store", "missing in file", "missing in show", "other amount in show", "only in show")

Found = tuple[int, int]
"""How many drifts there are, and the sum of their absolute amounts in minor units."""


class Disagreement(AssertionError):
    """Both sides of the comparison must do the same work."""


class Contestant(Protocol):
    """Who reconciles what was read before."""

    def run(self) -> Found:
        """Reconcile once."""
        ...


def measure(sizes: Sizes, say: Say) -> Iterator[Figure]:
    """Medians of the turns; each begins with one that is not counted."""
    with tempfile.TemporaryDirectory(prefix="primetime-bench-") as directory:
        say(f"reconciliation of {sizes.lines_of_reconciliation:,} lines: writing and reading the three sides")
        _apart(write_sides, Path(directory), sizes.lines_of_reconciliation, sizes.seed)
        ours, theirs = (Child(kind, directory) for kind in (OurRules, FullOuterJoin))
        seconds: tuple[list[float], list[float]] = ([], [])
        for turn in range(sizes.repetitions + 1):
            (our_seconds, found), (their_seconds, their_found) = ours.run(), theirs.run()
            if found != their_found or found[0] == 0:
                message = f"the rules found {found}, DuckDB {their_found}"
                raise Disagreement(message)
            if turn:
                seconds[0].append(our_seconds)
                seconds[1].append(their_seconds)
                times = f"{our_seconds:.2f} s, DuckDB {their_seconds:.2f} s, {found[0]} drifts"
                say(f"reconciliation, turn {turn} of {sizes.repetitions}: {times}")
        peak, their_peak = ours.end(), theirs.end()
    peer = f"DuckDB {duckdb.__version__}, full outer join"
    yield Figure(
        name="reconciliation_vs_duckdb", value=median(seconds[0]), unit="s", peer=peer, peer_value=median(seconds[1]), target=RATIO
    )
    yield Figure(name="reconciliation_peak_mb", value=peak, unit="MB", peer=peer, peer_value=their_peak, target=PEAK_MB)


def write_sides(directory: Path, lines: int, seed: int) -> None:
    """The same lines as file, store and shows know them, each in an order of its own; some of them drift."""
    chance = random.Random(seed)
    known = [_line(chance, seed, number) for number in range(lines)]
    for place, side in enumerate(SIDES):
        if place:
            chance.shuffle(known)
        with (directory / side).open("w") as file:
            file.writelines(line[place] for line in known)


def _line(chance: random.Random, seed: int, number: int) -> tuple[str, str, str]:
    """A line as each side has it; empty where a side does not know it."""
    line_id, minor = line_id_of(seed, number), chance.randrange(1_00, 500_00)
    show_id = f"shw_{number % SHOWS:022}" if number % 10 < IN_A_SHOW_OF_TEN else ""
    way = WAYS[number // DRIFT_EVERY % len(WAYS)] if number % DRIFT_EVERY == DRIFT_EVERY // 2 else ""
    filed, stored, shown = (
        f"{line_id},,{minor},GBP\n",
        f"{line_id},{show_id},{minor + (way == 'other amount in store')},GBP\n",
        f"{line_id},{show_id},{minor - (way == 'other amount in show')},GBP\n" if show_id else "",
    )
    return (
        "" if way in {"missing in file", "only in show"} else filed,
        "" if way in {"missing in store", "only in show"} else stored,
        "" if way == "missing in show" else shown,
    )


class KeptEvidence(SalesEvidence):
    """What sales have to say, read once from the written sides and keyed as the product keys it."""

    def __init__(self, directory: Path) -> None:
        """Strings are made anew for each side, as reading a table makes them."""
        self._filed = by_currency((line_id, currency, minor) for line_id, _, currency, minor in _read(directory / "filed"))
        self._stored = by_currency((line_id, currency, minor) for line_id, _, currency, minor in _read(directory / "stored"))
        self._attributed = by_currency(_of_shows(directory / "stored"))
        self._shown = by_currency(_of_shows(directory / "shown"))

    @override
    def filed(self) -> Amounts:
        return self._filed

    @override
    def stored(self) -> Amounts:
        return self._stored

    @override
    def attributed(self) -> Amounts:
        return self._attributed

    @override
    def shown(self) -> Amounts:
        return self._shown

    @override
    def counted(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        rows = {"imp_bench": sum(map(len, self._filed.values()))}
        return rows, rows

    @override
    def linked(self) -> Amounts:
        return {}

    @override
    def refunded(self) -> Amounts:
        return {}

    @override
    def hashes(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        return {}, {}


class OurRules:
    """The product's leg from feed to store: sides, comparisons, report."""

    def __init__(self, directory: Path) -> None:
        """Reads the sides."""
        self._evidence = KeptEvidence(directory)

    def run(self) -> Found:
        """One report."""
        report = reconcile(sides.feed_to_store(self._evidence), as_of=NOW, reported_apart={})
        return len(report.exceptions), sum(report.unexplained_minor.values())


class FullOuterJoin:
    """The same in SQL: three sides joined, rows kept where two neighbours differ."""

    COLUMNS = "{'line_id': 'VARCHAR', 'show_id': 'VARCHAR', 'minor': 'BIGINT', 'currency': 'VARCHAR'}"
    JOINED = """
        SELECT filed.minor, stored.minor, CASE WHEN stored.show_id IS NOT NULL THEN stored.minor END AS attributed_minor, shown.minor
        FROM filed FULL OUTER JOIN stored ON stored.line_id = filed.line_id
        FULL OUTER JOIN shown ON shown.line_id = stored.line_id AND shown.show_id = stored.show_id
        WHERE filed.minor IS DISTINCT FROM stored.minor OR filed.currency IS DISTINCT FROM stored.currency
            OR attributed_minor IS DISTINCT FROM shown.minor
            OR (attributed_minor IS NOT NULL AND stored.currency IS DISTINCT FROM shown.currency)
    """

    def __init__(self, directory: Path) -> None:
        """Loads the sides into tables in memory."""
        self._database = duckdb.connect()
        self._database.execute("SET enable_progress_bar = false")
        for side in SIDES:
            source = f"read_csv('{directory / side}', header = false, nullstr = '', columns = {self.COLUMNS})"
            self._database.execute(f"CREATE TABLE {side} AS SELECT * FROM {source}")  # noqa: S608  # our own names

    def run(self) -> Found:
        """One join, its rows fetched and counted as the rules count them."""
        rows = self._database.execute(self.JOINED).fetchall()
        pairs = [pair for filed, stored, attributed, shown in rows for pair in ((filed, stored), (attributed, shown))]
        drifts = [(left or 0) - (right or 0) for left, right in pairs if left != right]
        return len(drifts), sum(map(abs, drifts))


class Child:
    """A process that reads its sides, reconciles whenever it is told to, and says in the end how much memory it took."""

    def __init__(self, kind: Callable[[Path], Contestant], directory: str) -> None:
        """Returns when the sides are read."""
        context = multiprocessing.get_context("spawn")
        self._here, there = context.Pipe()
        self._process = context.Process(target=_attend, args=(there, kind, directory), daemon=True)
        self._process.start()
        there.close()
        self._here.recv()

    def run(self) -> tuple[float, Found]:
        """Seconds of one run, and what it found. Raises `EOFError` when the process has failed."""
        self._here.send("run")
        seconds, found = self._here.recv()
        return float(seconds), found

    def end(self) -> float:
        """Its largest resident size in MB."""
        self._here.send(None)
        peak = float(self._here.recv())
        self._process.join()
        return peak


def _apart(work: Callable[..., None], *given: object) -> None:
    """Do it in a process of its own: what this one has taken at most, its children begin with. Raises `ChildProcessError`."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=given)
    process.start()
    process.join()
    if process.exitcode:
        message = f"it ended with {process.exitcode}"
        raise ChildProcessError(message)


def _attend(pipe: Connection, kind: Callable[[Path], Contestant], directory: str) -> None:
    contestant = kind(Path(directory))
    pipe.send("ready")
    while pipe.recv():
        began = time.perf_counter()
        found = contestant.run()
        pipe.send((time.perf_counter() - began, found))
    pipe.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KB_PER_MB)


def _of_shows(path: Path) -> Iterator[tuple[str, str, int]]:
    return ((f"{show_id} {line_id}", currency, minor) for line_id, show_id, currency, minor in _read(path) if show_id)


def _read(path: Path) -> Iterator[tuple[str, str, str, int]]:
    with path.open(newline="") as lines:
        for line_id, show_id, minor, currency in csv.reader(lines):
            yield line_id, show_id, currency, int(minor)
