"""Others who rank the same hosts for the same briefs, in code of their own: bitmaps with numpy, DuckDB, tantivy, and a scan of every host.

All are given the same columns and the same priors, and all must answer the same ids with the same scores.
"""

import duckdb
import numpy as np
import tantivy
from pyroaring import BitMap

from chalicelib.matching.rules import ANY_MARKET, Brief
from tests.bench.matching_table import Ranked, Table


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
