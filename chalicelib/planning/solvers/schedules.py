"""The best schedule of every host at once, when matches have gains: weighted intervals with a cap per week, and exclusivity by branching.

Exact and in whole numbers. All hosts go through the dynamic programme side by side, one row each: step t looks at the t-th match
from the end of every row. Rows whose schedule works for rivals are split into one row for each rival, until none does.
"""

from dataclasses import dataclass

import numpy as np

from chalicelib.planning.arrays import Columns, Flags, Whole

NEVER = -(2**62)
MAX_DEPTH = 6
"""Levels of branching; what is still unfaithful then is left out of the schedules, while the bound stays one."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """What does not depend on gains: `following[m]` is the host's first match that can come after m; the host's end, if none can.

    Match m falls under `rivalry[rivalries_from[m]]` and so on, `rivalries[m]` in number.
    """

    following: Whole
    rivalry: Whole
    rivalries_from: Whole
    rivalries: Whole
    most: int

    def falls_under(self, matches: Whole, rivalry: int) -> Flags:
        """Which of the matches fall under this exclusivity."""
        found = np.zeros(len(matches), np.bool_)
        for nth in range(self.most):
            has = self.rivalries[matches] > nth
            found[has] |= self.rivalry[self.rivalries_from[matches[has]] + nth] == rivalry
        return found


@dataclass(frozen=True, slots=True)
class Schedules:
    """`bound[h]`: no schedule of the host gains more. `chosen`: matches of a schedule that gains it (or nearly, at `MAX_DEPTH`)."""

    bound: Whole
    chosen: Whole


def calendar(columns: Columns) -> Calendar:
    """The order of matches in each host's time."""
    following = np.empty(len(columns.slot), np.int64)
    for host in range(len(columns.first) - 1):
        begins, ends = columns.first[host], columns.first[host + 1]
        following[begins:ends] = begins + np.searchsorted(columns.start[begins:ends], columns.end[begins:ends])
    lengths = np.asarray([len(each) for each in columns.rivalry], np.int64)
    flat = np.asarray([rivalry for each in columns.rivalry for rivalry in each], np.int64)
    return Calendar(following, flat, np.cumsum(lengths) - lengths, lengths, int(lengths.max(initial=0)))


def best_schedules(columns: Columns, calendar: Calendar, gain: Whole, depth: int = MAX_DEPTH) -> Schedules:
    """For every host the schedule of highest total gain. `gain` by match; only positive ones are ever chosen."""
    useful = np.flatnonzero(gain > 0)
    rows = _Rows(columns, calendar, gain, useful, columns.host[useful], np.arange(len(columns.first) - 1))
    return _Branching(columns, calendar, gain, depth).settle(rows)


class _Branching:
    """Splits rows until every host's best one is faithful."""

    def __init__(self, columns: Columns, calendar: Calendar, gain: Whole, depth: int) -> None:
        self._columns, self._calendar, self._gain, self._depth = columns, calendar, gain, depth
        hosts = len(columns.first) - 1
        self._faithful = np.zeros(hosts, np.int64)
        self._open = np.zeros(hosts, np.int64)
        self._kept: dict[int, Whole] = {}

    def settle(self, rows: "_Rows") -> Schedules:
        for depth in range(self._depth + 1):
            best, row_of, chosen = rows.solve()
            broken, rivalry = self._broken(row_of, chosen, len(rows.hosts))
            self._keep(rows, best, row_of, chosen, broken)
            split = np.flatnonzero(broken & (best > self._faithful[rows.hosts]))
            if not len(split) or depth == self._depth:
                np.maximum.at(self._open, rows.hosts[split], best[split])
                break
            rows = self._split(rows, split, rivalry, row_of, chosen)
        found = [self._kept[host] for host in sorted(self._kept)]
        return Schedules(np.maximum(self._faithful, self._open), np.concatenate(found) if found else np.empty(0, np.int64))

    def _broken(self, row_of: Whole, chosen: Whole, rows: int) -> tuple[Flags, Whole]:
        """By row: whether its schedule works for rivals, and in which exclusivity."""
        lengths = self._calendar.rivalries[chosen]
        at = np.repeat(self._calendar.rivalries_from[chosen] - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
        row, rivalry, brand = np.repeat(row_of, lengths), self._calendar.rivalry[at], np.repeat(self._columns.brand[chosen], lengths)
        order = np.lexsort((brand, rivalry, row))
        row, rivalry, brand = row[order], rivalry[order], brand[order]
        clash = np.flatnonzero((row[1:] == row[:-1]) & (rivalry[1:] == rivalry[:-1]) & (brand[1:] != brand[:-1]))
        which = np.full(rows, -1, np.int64)
        which[row[clash]] = rivalry[clash]
        return which >= 0, which

    def _keep(self, rows: "_Rows", best: Whole, row_of: Whole, chosen: Whole, broken: Flags) -> None:  # a solved row
        bounds = np.searchsorted(row_of, np.arange(len(rows.hosts) + 1)).tolist()
        hosts = rows.hosts.tolist()
        for row in np.flatnonzero(~broken & (best > self._faithful[rows.hosts])).tolist():
            host = hosts[row]
            if best[row] > self._faithful[host]:
                self._faithful[host] = best[row]
                self._kept[host] = chosen[bounds[row] : bounds[row + 1]]

    def _split(self, rows: "_Rows", split: Whole, rivalry: Whole, row_of: Whole, chosen: Whole) -> "_Rows":
        """For each of the schedule's rivals a row without the others; and one without all of them, for whoever else competes."""
        matches, lengths, hosts = [], [], []
        bounds = np.searchsorted(row_of, np.arange(len(rows.hosts) + 1))
        for row in split.tolist():
            own = rows.matches_of(row)
            brand, under = self._columns.brand[own], self._calendar.falls_under(own, int(rivalry[row]))
            mine = chosen[bounds[row] : bounds[row + 1]]
            brands = np.unique(self._columns.brand[mine[self._calendar.falls_under(mine, int(rivalry[row]))]])
            others = under & (brand[:, None] != brands).all(axis=1)
            for keep in [*(~under | (brand == each) for each in brands), *([~under | others] if others.any() else [])]:
                matches.append(own[keep])
                lengths.append(int(keep.sum()))
                hosts.append(int(rows.hosts[row]))
        row_of = np.repeat(np.arange(len(hosts)), lengths)
        return _Rows(self._columns, self._calendar, self._gain, np.concatenate(matches), row_of, np.asarray(hosts))


class _Rows:
    """Rows of matches, each of one host and by start; the same host may have several."""

    def __init__(self, columns: Columns, calendar: Calendar, gain: Whole, matches: Whole, row_of: Whole, hosts: Whole) -> None:
        self.hosts = hosts
        self._matches = matches
        self._bounds = np.searchsorted(row_of, np.arange(len(hosts) + 1))
        self._gain = gain[matches]
        self._cap = columns.cap[hosts]
        self._columns, self._row_of = columns, row_of
        self._next = self._positions(calendar.following[matches])
        week = columns.week[matches]
        total = len(matches)
        self._week = week
        self._same_week_after = np.zeros(total, np.bool_)
        if total:
            self._same_week_after[:-1] = (week[1:] == week[:-1]) & (row_of[1:] == row_of[:-1])
        last = self._bounds[row_of + 1]
        inside = np.minimum(self._next, total - 1) if total else self._next
        self._same_week_next = (self._next < last) & (week[inside] == week)

    def matches_of(self, row: int) -> Whole:
        """A row's matches, by start."""
        return self._matches[self._bounds[row] : self._bounds[row + 1]]

    def _positions(self, following: Whole) -> Whole:
        """Where in its own row the first match not before `following` is. Keys rise, as rows and their matches do."""
        span = len(self._columns.slot) + 1
        return np.searchsorted(self._row_of * span + self._matches, self._row_of * span + following)

    def solve(self) -> tuple[Whole, Whole, Whole]:
        """The best gain of each row; and the matches that make it, with their rows."""
        total, width = len(self._matches), int(self._cap.max(initial=0)) + 1
        table = np.zeros((total + 1, width), np.int64)  # by match and shows left in its week: the best of it and what follows
        lengths = np.diff(self._bounds)
        order = np.argsort(-lengths, kind="stable")
        cap = self._cap[order]
        starts_from = self._bounds[order + 1]
        active = np.searchsorted(-lengths[order], -np.arange(1, int(lengths.max(initial=0)) + 1), side="right")
        for step, count in enumerate(active, start=1):
            at = starts_from[:count] - step
            skipped, taken = self._options(table, at, cap[:count], starts_from[:count])
            table[at] = np.maximum(skipped, taken)
        return self._read(table)

    def _options(self, table: Whole, at: Whole, cap: Whole, ends: Whole) -> tuple[Whole, Whole]:
        after, following = at + 1, self._next[at]
        skipped = table[after]
        other_week = ~self._same_week_after[at]
        skipped[other_week] = np.where(after < ends, table[np.minimum(after, len(table) - 1), cap], 0)[other_week, None]
        shifted = table[following]
        taken = np.empty_like(skipped)
        taken[:, 0] = NEVER
        taken[:, 1:] = shifted[:, :-1]
        other_week = ~self._same_week_next[at]
        taken[other_week, 1:] = np.where(following < ends, table[following, cap], 0)[other_week, None]
        taken[:, 1:] += self._gain[at][:, None]
        return skipped, taken

    def _read(self, table: Whole) -> tuple[Whole, Whole, Whole]:
        """Follow each row's best choices from its start."""
        rows = np.flatnonzero(np.diff(self._bounds) > 0)
        best = np.zeros(len(self.hosts), np.int64)
        at, ends, cap = self._bounds[rows], self._bounds[rows + 1], self._cap[rows]
        best[rows] = table[at, cap]
        left, found, found_rows = cap.copy(), [], []
        while len(rows):
            value = table[at, left]
            same = self._same_week_after[at]
            after_left = np.where(same, left, cap)
            skipped = np.where(at + 1 < ends, table[np.minimum(at + 1, len(table) - 1), after_left], 0)
            take = value > skipped
            found.append(at[take])
            found_rows.append(rows[take])
            left = np.where(take, np.where(self._same_week_next[at], left - 1, cap), after_left)
            at = np.where(take, self._next[at], at + 1)
            on = (at < ends) & (left >= 0)
            rows, at, ends, cap, left = rows[on], at[on], ends[on], cap[on], left[on]
        if not found:
            return best, np.empty(0, np.int64), np.empty(0, np.int64)
        positions, row_of = np.concatenate(found), np.concatenate(found_rows)
        order = np.argsort(row_of, kind="stable")
        return best, row_of[order], self._matches[positions[order]]
