"""How good a ranking or an expectation was, once the wave is known."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from chalicelib.matching.expectation import Estimate
from tests.backtest.predict import Estimator, Scores
from tests.backtest.waves import Platform

PLACES = 10
LEAST_CREATORS = 20
"""Of a category or country that is counted."""
DECILES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How far what was expected came true.

    `level` is what came true of all that was expected; `deciles`, from the least to the most expected, is each tenth's own level divided
    by it; `inside` is the share of values between the bounds in which eight of ten are expected.
    """

    level: float
    deciles: tuple[float, ...]
    inside: float


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


def value_captured(platform: Platform, scores: Scores) -> dict[str, float]:
    """By group: what the best ten by score brought, of what the best ten brought. Equal scores by creator."""
    return {name: _captured(platform, members, scores) for name, members in groups(platform).items()}


def captured_by(platform: Platform, estimator: Estimator) -> dict[str, float]:
    """The same for the estimator, asked for the category of the group, or for none where the group is a country."""
    found = {}
    for name, members in groups(platform).items():
        kind, _, asked = name.partition(" ")
        found[name] = _captured(platform, members, estimator.ranked_by(members, asked if kind == "category" else ""))
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
        deciles=tuple(_level(platform, tenth, means) / level for tenth in tenths),
        inside=sum(within) / len(within),
    )


def _captured(platform: Platform, members: Sequence[str], scores: Scores) -> float:
    chosen = sorted(members, key=lambda creator: (-scores[creator], creator))[:PLACES]
    return sum(_value(platform, creator) for creator in chosen) / _best([_value(platform, creator) for creator in members])


def _best(values: Sequence[int]) -> int:
    return sum(sorted(values, reverse=True)[:PLACES])


def _value(platform: Platform, creator: str) -> int:
    return platform.test[creator].value or 0


def _level(platform: Platform, creators: Sequence[str], means: Mapping[str, float]) -> float:
    return sum(_value(platform, creator) for creator in creators) / sum(means[creator] for creator in creators)
