"""Others who rank the same hosts for the same briefs, in code of their own: indexes of several kinds, and a scan of every host.

All are given the same columns and the same priors, and all must answer the same ids with the same scores.
"""

from typing import Any

import duckdb
import numpy as np
import tantivy
from pyroaring import BitMap
from typing_extensions import override

from chalicelib.matching.rules import ANY_MARKET, Brief
from chalicelib.matching.snapshot.layout import Array
from tests.bench.matching_table import Ranked, Table

WORD_BITS = 64
FIRST_READ = 8
"""A sorted slice is read in steps: first so many times the places, then twice as many each time."""


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


class _ByWord:
    """Something for each word that says which hosts have it, numpy for the rest."""

    def __init__(self, table: Table) -> None:
        """Markets, languages, currencies, platforms, and categories without those who cannot be had for them."""
        columns, words = table.columns, table.columns.words
        self.table = table
        in_market = np.zeros((len(words.markets), table.count), dtype=np.bool_)
        in_market[columns.market, columns.market_host] = True
        self.markets = {word: self.kept(in_market[number]) for number, word in enumerate(words.markets)}
        languages = {word for each in words.language_sets for word in each}
        self.languages = {word: self.kept(table.speaking(word)) for word in languages}
        self.currencies = {word: self.kept(columns.currency == number) for number, word in enumerate(words.currencies)}
        self.platforms = {word: self.kept(table.audience[number] >= 0) for word, number in table.platforms.items()}
        self.categories = {
            word: self.kept((table.pair_at[number] >= 0) & table.payable_in(word)) for word, number in table.categories.items()
        }

    def kept(self, fits: Array) -> Any:  # whatever `&` works on
        """The hosts that have a word, as they are kept."""
        raise NotImplementedError

    def hosts_of(self, kept: Any) -> Array:  # likewise
        """Their numbers, in order."""
        raise NotImplementedError

    def best(self, brief: Brief, places: int) -> Ranked:
        """The ranking."""
        fits = self.categories[brief.category] & self.platforms[brief.platform]
        if brief.market != ANY_MARKET:
            fits &= self.markets[brief.market]
        fits &= self.languages[brief.language]
        fits &= self.currencies[brief.currency]
        return self.table.best(brief, self.table.affordable(brief, self.hosts_of(fits)), places)


class Bitmaps(_ByWord):
    """A roaring bitmap for each word."""

    name = "pyroaring + numpy"

    @override
    def kept(self, fits: Array) -> BitMap:
        return BitMap(np.flatnonzero(fits))

    @override
    def hosts_of(self, kept: BitMap) -> Array:
        return np.asarray(kept.to_array(), dtype=np.int64)


class Bits(_ByWord):
    """A packed bit for each word and host."""

    name = "packed bits + numpy"

    @override
    def kept(self, fits: Array) -> Array:
        bits = np.zeros(-(-len(fits) // WORD_BITS) * WORD_BITS, dtype=np.bool_)
        bits[: len(fits)] = fits
        return np.packbits(bits, bitorder="little").view(np.uint64)

    @override
    def hosts_of(self, kept: Array) -> Array:
        words = np.flatnonzero(kept)
        bits = np.unpackbits(kept[words].view(np.uint8).reshape(-1, WORD_BITS // 8), axis=1, bitorder="little")
        word, bit = np.nonzero(bits)
        return np.asarray(words[word] * WORD_BITS + bit)


class Slices:
    """For each market, category and platform its hosts, sorted by the part of the score that no brief changes.

    What a brief changes, the chance that the host accepts, adds nothing at best: a slice is read from its head until what is left cannot
    come among the best.
    """

    name = "sorted slices + numpy"

    def __init__(self, table: Table) -> None:
        """A slice for each market, and one for all of them."""
        columns = table.columns
        self.table = table
        fixed = table.rest[columns.pair_host] + table.fit[columns.pair_place]
        markets = np.concatenate([columns.market, np.full(table.count, len(columns.words.markets))])
        owners = np.concatenate([columns.market_host, np.arange(table.count)])
        pairs_of = np.searchsorted(columns.pair_host, np.arange(table.count + 1))
        counts = (pairs_of[1:] - pairs_of[:-1])[owners]
        pair = np.repeat(pairs_of[:-1][owners] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        market = np.repeat(markets, counts)
        self.slices: dict[tuple[int, int, int], tuple[Array, Array]] = {}
        for platform in table.platforms.values():
            known = table.middles[platform] + 1_000 * fixed
            on = np.flatnonzero(table.audience[platform][columns.pair_host[pair]] >= 0)
            order = on[np.lexsort((-known[pair[on]], columns.pair_category[pair[on]], market[on]))]
            key = market[order] * len(table.categories) + columns.pair_category[pair[order]]
            keys, first = np.unique(key, return_index=True)
            ends = [*first[1:].tolist(), len(order)]
            for each, begin, end in zip(keys.tolist(), first.tolist(), ends, strict=True):
                chosen = pair[order[begin:end]]
                at, category = divmod(each, len(table.categories))
                self.slices[at, category, platform] = (columns.pair_host[chosen].astype(np.int32), known[chosen])

    def best(self, brief: Brief, places: int) -> Ranked:
        """The ranking."""
        table, words = self.table, self.table.columns.words
        market = words.markets.index(brief.market) if brief.market != ANY_MARKET else len(words.markets)
        hosts, known = self.slices[market, table.categories[brief.category], table.platforms[brief.platform]]
        hours = sum(window.minutes for window in brief.windows) / 60 / len(brief.windows)
        most = known / 1_000 + 1_000 * np.log(hours) + 1_000 * np.log(0.95) + 2
        payable, speaking = table.not_refusing(brief.category), table.languages_with(brief.language)
        currency = words.currencies.index(brief.currency)
        found, scores = np.zeros(0, np.int64), np.zeros(0, np.int64)
        begin, step = 0, FIRST_READ * places
        while begin < len(hosts) and not (len(found) >= places and scores[places - 1] > most[begin]):
            at = hosts[begin : begin + step].astype(np.int64)
            columns = table.columns
            fits = (
                (columns.payable[at] > 0)
                & payable[columns.refused[at]]
                & speaking[columns.languages[at]]
                & (columns.currency[at] == currency)
            )
            at = table.affordable(brief, at[fits])
            score = table.scores(brief, at)
            near = score >= scores[places - 1] if len(found) >= places else np.ones(len(at), np.bool_)
            at, score = at[near], score[near]
            free = table.free(brief, at) if len(at) else near[near]
            found, scores = np.concatenate([found, at[free]]), np.concatenate([scores, score[free]])
            order = np.lexsort((found, -scores))[:places]
            found, scores = found[order], scores[order]
            begin, step = begin + step, 2 * step
        return [(table.columns.ids[host].decode(), score) for host, score in zip(found, scores.tolist(), strict=True)]


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
