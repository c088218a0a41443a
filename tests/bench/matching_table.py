"""The hosts as tables for numpy, with the score and the hours in code of its own: what those who rank beside the product stand on."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

from chalicelib.matching.rules import Brief
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


def log_rounded(values: Array) -> Array:
    """Millinats."""
    return np.asarray(np.rint(1000 * np.log(values)), dtype=np.int64)


def rounded(values: Array) -> Array:
    """Whole numbers, halves upwards."""
    return np.asarray(np.floor(values + 0.5), dtype=np.int64)


class Table:
    """The columns as an engineer would lay them out for numpy."""

    def __init__(self, columns: Columns) -> None:
        """Works out all that no brief changes."""
        self.columns = columns
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
        self.middles = [self._middles(word, number) for word, number in self.platforms.items()]
        self.claim_first = np.searchsorted(columns.claim_host, np.arange(count + 1))
        self.dated = _by_day(columns)
        self.first_slot = int(NOW.timestamp()) // 900
        self.local = np.array([_local(name) for name in columns.words.zones])

    def _middles(self, platform: str, number: int) -> Array:
        """The logarithm of what an hour of each host and category is expected to sell on a platform, in millionths."""
        columns, words = self.columns, self.columns.words
        models = [columns.priors.models[f"{platform}#{currency}"] for currency in words.currencies]
        currency, category = columns.currency[columns.pair_host], columns.pair_category
        offsets = np.array([[model.level + model.offsets[word] for word in words.categories] for model in models])
        slope = np.array([model.slope_thousandths for model in models])[currency]
        share = np.array([model.chance_millionths / 1_000_000 for model in models])
        own, usual_weight = columns.pair_weight, rounded(share / (1 - share) * 256)[currency]
        log = np.rint(1_000_000 * np.log(np.maximum(1, self.audience[number][columns.pair_host])))
        usual = offsets[currency, category] + rounded(slope * log / 1_000)
        return rounded((columns.pair_weighted + usual_weight * usual) / (own + usual_weight))

    def payable_in(self, category: str) -> Array:
        """Who can be paid and does not refuse the category."""
        return np.asarray((self.columns.payable > 0) & self.not_refusing(category)[self.columns.refused])

    def not_refusing(self, category: str) -> Array:
        """By number of what is refused: whether the category is not."""
        return np.array([category not in words for words in self.columns.words.refused_sets])

    def speaking(self, language: str) -> Array:
        """Who speaks it."""
        return np.asarray(self.languages_with(language)[self.columns.languages])

    def languages_with(self, language: str) -> Array:
        """By number of a set of languages: whether it has this one."""
        return np.array([language in words for words in self.columns.words.language_sets])

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
        hours = sum(window.minutes for window in brief.windows) / 60 / len(brief.windows)
        middle = self.middles[self.platforms[brief.platform]][pair]
        sold = rounded((middle + np.rint(1_000_000 * np.log(hours))) / 1_000)
        worth = brief.flat_fee_minor + np.exp(middle / 1_000_000) * hours * (brief.commission_basis_points / 10_000)
        card = columns.card[at]
        ratio = worth / np.maximum(card, 1)
        chance = np.where(card == 0, 0.95, np.clip(ratio * ratio / (1 + ratio * ratio), 0.05, 0.95))
        return np.asarray(sold + log_rounded(chance) + self.rest[at] + self.fit[columns.pair_place[pair]])

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
