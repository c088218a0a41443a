"""Others who rank the same hosts for the same briefs, in code of their own: bitmaps with numpy, DuckDB, tantivy, and a scan of every host.

All are given the same columns and the same rates, and all must answer the same ids with the same scores.
"""

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import tantivy
from pyroaring import BitMap

from chalicelib.matching.rules import ANY_MARKET, Brief
from chalicelib.matching.snapshot.columns import Columns
from chalicelib.matching.snapshot.layout import Array
from tests.bench.hosts import BOOKED_DAYS, NOW

SLOT = timedelta(minutes=15)
MOST_DAYS = BOOKED_DAYS + 2
MONDAY_BASED = 3
MOST_SLOTS = 80
FIRST_CHECKED = 4
"""A peer asks for the hours of so many times the places, best first, then of four times as many."""

Ranked = list[tuple[str, int]]
RateOf = Callable[[Brief], float]


def log_rounded(values: Array) -> Array:
    """Millinats."""
    return np.asarray(np.rint(1000 * np.log(values)), dtype=np.int64)


class Table:
    """The columns as an engineer would lay them out for numpy."""

    def __init__(self, columns: Columns, rate_of: RateOf) -> None:
        """`rate_of` a brief is what a follower brings in an hour before anything is known."""
        self.columns, self.rate_of = columns, rate_of
        count = len(columns.ids)
        self.count = count
        self.categories = {word: number for number, word in enumerate(columns.words.categories)}
        self.platforms = {word: number for number, word in enumerate(columns.words.platforms)}
        self.pair_at = np.full((len(self.categories), count), -1, dtype=np.int32)
        self.pair_at[columns.pair_category, columns.pair_host] = np.arange(len(columns.pair_host))
        self.audience = np.full((len(self.platforms), count), -1, dtype=np.int64)
        self.audience[columns.platform, columns.platform_host] = columns.audience
        self.rest = log_rounded(np.clip((columns.sold - columns.returned + 90) / (columns.sold + 100), 0.01, 1)) + log_rounded(
            (columns.delivered + 9) / (columns.shows + 10)
        )
        self.fit = log_rounded(np.array([max(0.5, 1 - 0.05 * place) for place in range(30)]))
        self.claim_first = np.searchsorted(columns.claim_host, np.arange(count + 1))
        self.dated = _by_day(columns)
        self.first_slot = int(NOW.timestamp()) // 900
        self.local = np.array([_local(name) for name in columns.words.zones])

    def payable_in(self, category: str) -> Array:
        """Who can be paid and does not refuse the category."""
        refusing = np.array([category in words for words in self.columns.words.refused_sets])
        return np.asarray((self.columns.payable > 0) & ~refusing[self.columns.refused])

    def speaking(self, language: str) -> Array:
        """Who speaks it."""
        return np.asarray(np.array([language in words for words in self.columns.words.language_sets])[self.columns.languages])

    def affordable(self, brief: Brief, at: Array) -> Array:
        """Of these hosts the ones that pass the filters of amounts."""
        columns = self.columns
        fits = self.audience[self.platforms[brief.platform]][at] >= max(0, brief.minimum_audience)
        fits &= columns.card[at] * len(brief.windows) <= brief.budget_minor
        fits &= columns.commission[at] <= brief.commission_basis_points
        return np.asarray(at[fits])

    def scores(self, brief: Brief, at: Array) -> Array:
        """Millinats of these hosts."""
        columns = self.columns
        pair = self.pair_at[self.categories[brief.category]][at]
        followers = np.maximum(1, self.audience[self.platforms[brief.platform]][at])
        minutes = columns.pair_minutes[pair]
        hours = sum(window.minutes for window in brief.windows) / 60 / len(brief.windows)
        sales = np.maximum(1, (columns.pair_minor[pair] + 4 * self.rate_of(brief) * followers) / (minutes / 60 + 4) * hours)
        worth = brief.flat_fee_minor + sales * (brief.commission_basis_points / 10_000)
        card = columns.card[at]
        ratio = worth / np.maximum(card, 1)
        chance = np.where(card == 0, 0.95, np.clip(ratio * ratio / (1 + ratio * ratio), 0.05, 0.95))
        return np.asarray(log_rounded(sales) + log_rounded(chance) + self.rest[at] + self.fit[columns.pair_place[pair]])

    def free(self, brief: Brief, at: Array) -> Array:
        """Of these hosts the ones that can be booked, slot by slot, and that no competitor holds."""
        columns = self.columns
        able = ~np.isin(at, self._bound(brief))
        week, zone, before, after = columns.week[at], columns.zone[at], columns.before[at], columns.after[at]
        owner, start, end = self._claims(at)
        for window in brief.windows:
            first, slots = int(window.starts_at.timestamp()) // 900, window.minutes // 15
            able &= before + slots + after <= MOST_SLOTS
            local = self.local[:, first - self.first_slot : first - self.first_slot + slots][zone]
            able &= columns.days[self._kinds(at, week, local // 96), local % 96].all(axis=1)
            hit = (start < (first + slots + after)[owner]) & (end > (first - before)[owner])
            able[owner[hit]] = False
        return np.asarray(able)

    def _kinds(self, at: Array, week: Array, day: Array) -> Array:
        kinds = week[np.arange(len(at))[:, None], (day + MONDAY_BASED) % 7]
        for each in set(day[:, [0, -1]].ravel().tolist()) & self.dated.keys():
            hosts, kind = self.dated[each]
            place = np.minimum(np.searchsorted(hosts, at), len(hosts) - 1)
            kinds = np.where((hosts[place] == at)[:, None] & (day == each), kind[place][:, None], kinds)
        return np.asarray(kinds)

    def _claims(self, at: Array) -> tuple[Array, Array, Array]:
        begin, counts = self.claim_first[at], self.claim_first[at + 1] - self.claim_first[at]
        owner = np.repeat(np.arange(len(at)), counts)
        place = np.arange(len(owner)) + np.repeat(begin - np.cumsum(counts) + counts, counts)
        start = self.columns.claim_start[place]
        return owner, start, start + self.columns.claim_slots[place]

    def _bound(self, brief: Brief) -> Array:
        columns, starts = self.columns, [window.starts_at.timestamp() for window in brief.windows]
        same = (columns.bond_category == self.categories[brief.category]) & (columns.bond_brand != brief.brand_id.encode())
        during = np.any([(columns.bond_from <= each) & (each < columns.bond_until) for each in starts], axis=0)
        return np.asarray(columns.bond_host[same & during])

    def best(self, brief: Brief, at: Array, places: int) -> Ranked:
        """The best of these hosts, which pass all filters but those of time; hours are looked up from the best down."""
        scores = self.scores(brief, at)
        checked = FIRST_CHECKED * places
        while True:
            least = np.partition(scores, len(at) - checked)[len(at) - checked] if checked < len(at) else -np.inf
            near = np.flatnonzero(scores >= least)
            near = near[self.free(brief, at[near])]
            if len(near) >= places or checked >= len(at):
                order = near[np.argsort(-scores[near], kind="stable")][:places]
                return [(self.columns.ids[host].decode(), score) for host, score in zip(at[order], scores[order].tolist(), strict=True)]
            checked *= 4


class Scan:
    """Every host, each filter over all of them, everything sorted: what is right."""

    name = "scan"

    def __init__(self, table: Table) -> None:
        """Looks at nothing before it is asked."""
        self.table = table
        self.in_market = np.zeros((len(table.columns.words.markets), table.count), dtype=np.bool_)
        self.in_market[table.columns.market, table.columns.market_host] = True

    def best(self, brief: Brief, places: int) -> Ranked:
        """The ranking."""
        table, columns = self.table, self.table.columns
        fits = table.payable_in(brief.category) & table.speaking(brief.language)
        fits &= columns.currency == columns.words.currencies.index(brief.currency)
        fits &= table.pair_at[table.categories[brief.category]] >= 0
        if brief.market != ANY_MARKET:
            fits &= self.in_market[columns.words.markets.index(brief.market)]
        at = table.affordable(brief, np.flatnonzero(fits))
        at = at[table.free(brief, at)]
        scores = table.scores(brief, at)
        order = np.argsort(-scores, kind="stable")[:places]
        return [(columns.ids[host].decode(), score) for host, score in zip(at[order], scores[order].tolist(), strict=True)]


class Bitmaps:
    """A roaring bitmap for each word, numpy for the rest."""

    name = "pyroaring + numpy"

    def __init__(self, table: Table) -> None:
        """Bitmaps of markets, languages, currencies, platforms, and of categories with those left out that cannot be had for them."""
        columns, words = table.columns, table.columns.words
        self.table = table
        self.markets = {word: BitMap(columns.market_host[columns.market == number]) for number, word in enumerate(words.markets)}
        languages = {word for each in words.language_sets for word in each}
        self.languages = {word: BitMap(np.flatnonzero(table.speaking(word))) for word in languages}
        self.currencies = {word: BitMap(np.flatnonzero(columns.currency == number)) for number, word in enumerate(words.currencies)}
        self.platforms = {word: BitMap(np.flatnonzero(table.audience[number] >= 0)) for word, number in table.platforms.items()}
        self.categories = {
            word: BitMap(np.flatnonzero((table.pair_at[number] >= 0) & table.payable_in(word))) for word, number in table.categories.items()
        }

    def best(self, brief: Brief, places: int) -> Ranked:
        """The ranking."""
        fits = self.categories[brief.category] & self.platforms[brief.platform]
        if brief.market != ANY_MARKET:
            fits &= self.markets[brief.market]
        fits &= self.languages[brief.language]
        fits &= self.currencies[brief.currency]
        at = np.asarray(fits.to_array(), dtype=np.int64)
        return self.table.best(brief, self.table.affordable(brief, at), places)


class Sql:
    """DuckDB filters words and amounts on one thread; scores and hours by numpy, as for the bitmaps."""

    name = f"DuckDB {duckdb.__version__} + numpy"

    def __init__(self, table: Table) -> None:
        """Three tables: hosts, their listings by category and platform, their markets."""
        columns = table.columns
        self.table = table
        self.connection = duckdb.connect(config={"threads": 1})
        host = {name: getattr(columns, name) for name in ("card", "currency", "commission", "payable", "languages", "refused")}
        tables = {
            "hosts": {"host": np.arange(table.count), **host},
            "pairs": {"host": columns.pair_host, "category": columns.pair_category},
            "platforms": {"host": columns.platform_host, "platform": columns.platform, "audience": columns.audience},
            "markets": {"host": columns.market_host, "market": columns.market},
        }
        for name, arrays in tables.items():
            selected = ", ".join(arrays)
            self.connection.register("given", arrays)
            self.connection.execute(f"CREATE TABLE {name} AS SELECT {selected} FROM given")  # noqa: S608  # names of ours
            self.connection.unregister("given")

    def best(self, brief: Brief, places: int) -> Ranked:
        """The ranking."""
        words = self.table.columns.words
        speaking = [number for number, each in enumerate(words.language_sets) if brief.language in each]
        refusing = [number for number, each in enumerate(words.refused_sets) if brief.category in each]
        asked = """SELECT host FROM hosts JOIN pairs USING (host) JOIN platforms USING (host)
            WHERE category = ? AND platform = ? AND currency = ? AND payable = 1 AND audience >= ? AND card * ? <= ? AND commission <= ?
            AND list_contains(?, languages) AND NOT list_contains(?, refused)"""
        given: list[object] = [self.table.categories[brief.category], self.table.platforms[brief.platform]]
        given += [words.currencies.index(brief.currency), brief.minimum_audience, len(brief.windows), brief.budget_minor]
        given += [brief.commission_basis_points, speaking, refusing]
        if brief.market != ANY_MARKET:
            asked += " AND host IN (SELECT host FROM markets WHERE market = ?)"
            given.append(words.markets.index(brief.market))
        found = self.connection.execute(asked, given).fetchnumpy()["host"]
        return self.table.best(brief, np.sort(np.asarray(found)), places)


class Index:
    """tantivy finds the words; amounts, scores and hours by numpy, as for the bitmaps."""

    name = "tantivy + numpy"

    def __init__(self, table: Table) -> None:
        """A document for each host, whose text is the words that it can be found by."""
        columns, words = table.columns, table.columns.words
        self.table = table
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("words", stored=False, tokenizer_name="raw", index_option="basic")
        builder.add_unsigned_field("host", stored=False, fast=True)
        self.schema = builder.build()
        self.index = tantivy.Index(self.schema)
        writer = self.index.writer(heap_size=200_000_000, num_threads=1)
        terms: list[list[str]] = [[f"cur {words.currencies[number]}"] for number in columns.currency.tolist()]
        for host, number in zip(columns.market_host.tolist(), columns.market.tolist(), strict=True):
            terms[host].append(f"mkt {words.markets[number]}")
        for host, number in zip(columns.platform_host.tolist(), columns.platform.tolist(), strict=True):
            terms[host].append(f"plt {words.platforms[number]}")
        for word, number in table.categories.items():
            for host in np.flatnonzero((table.pair_at[number] >= 0) & table.payable_in(word)).tolist():
                terms[host].append(f"cat {word}")
        for host, number in enumerate(columns.languages.tolist()):
            terms[host].extend(f"lng {word}" for word in words.language_sets[number])
        for host, found in enumerate(terms):
            document = tantivy.Document()
            document.add_unsigned("host", host)
            for word in found:
                document.add_text("words", word)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()

    def best(self, brief: Brief, places: int) -> Ranked:
        """The ranking."""
        words = [f"cat {brief.category}", f"plt {brief.platform}", f"lng {brief.language}", f"cur {brief.currency}"]
        if brief.market != ANY_MARKET:
            words.append(f"mkt {brief.market}")
        parts = [(tantivy.Occur.Must, tantivy.Query.term_query(self.schema, "words", word)) for word in words]
        hits = self.searcher.search(tantivy.Query.boolean_query(parts), limit=self.table.count, order_by_field="host", count=False).hits
        at = np.array([host for host, _ in hits], dtype=np.int64)
        return self.table.best(brief, self.table.affordable(brief, np.sort(at)), places)


def _by_day(columns: Columns) -> dict[int, tuple[Array, Array]]:
    order = np.lexsort((columns.dated_host, columns.dated_day))
    days, first = np.unique(columns.dated_day[order], return_index=True)
    ends = [*first[1:].tolist(), len(order)]
    stretches = {day: order[begin:end] for day, begin, end in zip(days.tolist(), first.tolist(), ends, strict=True)}
    return {day: (columns.dated_host[at], columns.dated_kind[at]) for day, at in stretches.items()}


def _local(zone: str) -> list[int]:
    """The local quarter of an hour, counted since 1970, of each slot that a brief may want."""
    local = [(NOW + number * SLOT).astimezone(ZoneInfo(zone)) for number in range(MOST_DAYS * 96)]
    return [(each.date().toordinal() - 719_163) * 96 + each.hour * 4 + each.minute // 15 for each in local]
