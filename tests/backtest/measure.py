"""How good a ranking or an expectation was, once the wave is known."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import erf, log2, prod, sqrt

from chalicelib.matching.expectation import Estimate
from tests.backtest.predict import Estimator, Scores
from tests.backtest.waves import Platform

Measure = Callable[[Platform, Sequence[str], Scores], float]
PLACES = 10
LEAST_CREATORS = 20
"""Of a category or country that is counted."""
DECILES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How far what was expected came true.

    `level` is what came true of all that was expected; `deciles`, from the least to the most expected, is each tenth's own level divided
    by it. The standard errors come from how much the values differ from what was expected of them: what lies within two of them of 1 may
    be chance. `inside` is the share of values between the bounds in which eight of ten are expected.
    """

    level: float
    level_error: float
    deciles: tuple[float, ...]
    errors: tuple[float, ...]
    inside: float

    @property
    def absolute(self) -> tuple[float, ...]:
        """What came true of each tenth, whatever the platform did."""
        return tuple(each * self.level for each in self.deciles)

    @property
    def absolute_errors(self) -> tuple[float, ...]:
        """Their standard errors."""
        return tuple(each * self.level for each in self.errors)

    def chance_of_all_within(self, share: float) -> float:
        """The chance that chance alone leaves all deciles within `share` of 1, for an estimator that expects just what comes on average."""
        return prod(erf(share / (sqrt(2) * error)) if error else 1.0 for error in self.errors)


def groups(platform: Platform) -> dict[str, list[str]]:
    """Categories and countries with enough creators; all of them where a platform tells neither."""
    found: dict[str, list[str]] = defaultdict(list)
    for creator in platform.known_creators:
        figures = platform.test[creator]
        named = {f"category {figures.category}": figures.category, f"country {figures.country}": figures.country}
        for name, told in named.items():
            if told:
                found[name].append(creator)
    return {name: members for name, members in sorted(found.items()) if len(members) >= LEAST_CREATORS} or {"all": platform.known_creators}


def captured(platform: Platform, members: Sequence[str], scores: Scores) -> float:
    """What the best ten by score brought, of what the best ten brought. Equal scores by creator."""
    best = sum(_value(platform, creator) for creator in _by_score(members, scores)[:PLACES])
    return best / _best([_value(platform, creator) for creator in members])


def ndcg(platform: Platform, members: Sequence[str], scores: Scores) -> float:
    """Linear-gain nDCG@10: gains are values, so that the order among the ten counts as well."""
    ideal = sorted((_value(platform, creator) for creator in members), reverse=True)
    return _discounted([_value(platform, creator) for creator in _by_score(members, scores)]) / _discounted(ideal)


def by_group(platform: Platform, scores: Scores, measure: Measure = captured) -> dict[str, float]:
    """The measure for each group."""
    return {name: measure(platform, members, scores) for name, members in groups(platform).items()}


def by_group_of(platform: Platform, estimator: Estimator, measure: Measure = captured) -> dict[str, float]:
    """The same for the estimator, asked for the category of the group, or for none where the group is a country."""
    found = {}
    for name, members in groups(platform).items():
        kind, _, asked = name.partition(" ")
        found[name] = measure(platform, members, estimator.ranked_by(members, asked if kind == "category" else ""))
    return found


def at_random(platform: Platform) -> dict[str, float]:
    """By group: what ten brought that were drawn at random, on average over all draws."""
    shares = {}
    for name, members in groups(platform).items():
        values = [_value(platform, creator) for creator in members]
        shares[name] = PLACES * sum(values) / len(values) / _best(values)
    return shares


def mean(by_group: Mapping[str, float]) -> float:
    """Over all groups, each counted once."""
    return sum(by_group.values()) / len(by_group)


def calibration(platform: Platform, expected: Mapping[str, Estimate]) -> Calibration:
    """Expected against true values of those that were measured."""
    measured = [creator for creator in expected if platform.test[creator].value]
    means = {creator: float(expected[creator].mean()) for creator in measured}
    order = sorted(measured, key=lambda creator: (means[creator], creator))
    level = _level(platform, order, means)
    cuts = [len(order) * tenth // DECILES for tenth in range(DECILES + 1)]
    tenths = [order[low:high] for low, high in pairwise(cuts)]
    within = [low <= _value(platform, creator) <= high for creator in order for low, high in [expected[creator].likely()]]
    return Calibration(
        level=level,
        level_error=_error(platform, order, means),
        deciles=tuple(_level(platform, tenth, means) / level for tenth in tenths),
        errors=tuple(_error(platform, tenth, means) / level for tenth in tenths),
        inside=sum(within) / len(within),
    )


def _by_score(members: Sequence[str], scores: Scores) -> list[str]:
    return sorted(members, key=lambda creator: (-scores[creator], creator))


def _best(values: Sequence[int]) -> int:
    return sum(sorted(values, reverse=True)[:PLACES])


def _value(platform: Platform, creator: str) -> int:
    return platform.test[creator].value or 0


def _level(platform: Platform, creators: Sequence[str], means: Mapping[str, float]) -> float:
    return sum(_value(platform, creator) for creator in creators) / sum(means[creator] for creator in creators)


def _error(platform: Platform, creators: Sequence[str], means: Mapping[str, float]) -> float:
    """The standard error of the same ratio of sums, as survey statistics estimate it."""
    ratio = _level(platform, creators, means)
    squares = sum((_value(platform, creator) - ratio * means[creator]) ** 2 for creator in creators)
    return sqrt(squares * len(creators) / (len(creators) - 1)) / sum(means[creator] for creator in creators)


def _discounted(values: Sequence[int]) -> float:
    return sum(value / log2(place + 1) for place, value in enumerate(values[:PLACES], start=1))
