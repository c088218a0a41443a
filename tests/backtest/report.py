"""The back-test as numbers and as lines for the terminal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.backtest import predict
from tests.backtest.measure import Calibration, at_random, by_group, by_group_of, calibration, groups, mean, ndcg
from tests.backtest.waves import Platform

MOST_LOST = 0.01
"""What the estimator may lose to the last period where there is one."""
MOST_MISSED = 0.10
"""By which a decile's expected values may be off."""
WAYS = ("random", "followers", "last period", "estimate", "estimate without history")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One platform. `captured` is by way of ranking and group: the share of the best ten's value."""

    platform: str
    creators: int
    captured: dict[str, dict[str, float]]
    ordered: dict[str, float]
    """nDCG@10 by way of ranking, over the groups."""
    with_history: Calibration
    without_history: Calibration

    @property
    def means(self) -> dict[str, float]:
        """By way of ranking, over the groups."""
        return {way: mean(by_group) for way, by_group in self.captured.items()}

    @property
    def holds(self) -> bool:
        """Whether neither bar is missed: the last period with history, the followers without."""
        means = self.means
        return means["estimate"] >= means["last period"] - MOST_LOST and means["estimate without history"] >= means["followers"]


def results(platforms: Sequence[Platform]) -> list[Result]:
    """Everything that is measured."""
    seen, hidden = predict.with_history(platforms), predict.without_history(platforms)
    return [
        Result(
            platform=platform.name,
            creators=len(platform.known_creators),
            captured={
                "random": at_random(platform),
                "followers": by_group(platform, predict.followers(platform)),
                "last period": by_group(platform, predict.last_period(platform)),
                "estimate": by_group_of(platform, seen[platform.name]),
                "estimate without history": by_group_of(platform, hidden[platform.name]),
            },
            ordered={
                "followers": mean(by_group(platform, predict.followers(platform), ndcg)),
                "last period": mean(by_group(platform, predict.last_period(platform), ndcg)),
                "estimate": mean(by_group_of(platform, seen[platform.name], ndcg)),
                "estimate without history": mean(by_group_of(platform, hidden[platform.name], ndcg)),
            },
            with_history=calibration(platform, seen[platform.name].own_category()),
            without_history=calibration(platform, hidden[platform.name].own_category()),
        )
        for platform in platforms
    ]


def lines(platforms: Sequence[Platform], found: Sequence[Result]) -> Iterator[str]:
    """A table for each platform, and how well the expected values are calibrated."""
    for platform, result in zip(platforms, found, strict=True):
        yield f"{result.platform}: {result.creators} creators, earlier waves {', '.join(date for date, _ in platform.earlier)}"
        yield f"  {'value captured @10':34}" + "".join(f"{way:>26}" for way in WAYS)
        for name, members in groups(platform).items():
            yield f"  {f'{name} ({len(members)})':34}" + "".join(f"{result.captured[way][name]:26.3f}" for way in WAYS)
        yield f"  {'mean':34}" + "".join(f"{result.means[way]:26.3f}" for way in WAYS)
        yield f"  {'mean nDCG@10':34}" + "".join(f"{result.ordered[way]:26.3f}" if way in result.ordered else f"{'':26}" for way in WAYS)
        yield f"  {'holds' if result.holds else 'DOES NOT HOLD'}: last period - {MOST_LOST} with history, followers without"
        yield from _calibrated("with history", result.with_history)
        yield from _calibrated("without history", result.without_history)


def figures(result: Result) -> dict[str, object]:
    """The same for a file: means by way of ranking, and calibration as it came and relative to the level of the platform."""
    return {
        "platform": result.platform,
        "creators": result.creators,
        "holds": result.holds,
        "value_captured_at_10": result.means,
        "with_history": _figures(result.with_history),
        "without_history": _figures(result.without_history),
    }


def _figures(found: Calibration) -> dict[str, object]:
    return {
        "true_by_expected": found.level,
        "standard_error": found.level_error,
        "deciles": found.absolute,
        "standard_errors_of_deciles": found.absolute_errors,
        "deciles_relative_to_level": found.deciles,
        "standard_errors_relative_to_level": found.errors,
        "chance_of_all_within_a_tenth": found.chance_of_all_within(MOST_MISSED),
        "inside_where_eight_of_ten_are_expected": found.inside,
    }


def _calibrated(name: str, found: Calibration) -> Iterator[str]:
    yield f"  {name}: true / expected {found.level:.3f} ± {found.level_error:.3f} in all, by decile with standard errors:"
    yield from _row("of what was expected", found.absolute, found.absolute_errors)
    yield from _row("relative to the level of all", found.deciles, found.errors)
    for kind, values, errors in (("", found.absolute, found.absolute_errors), (", relative to the level", found.deciles, found.errors)):
        off = [abs(each - 1) for each in values]
        beyond = sum(each - 2 * error > MOST_MISSED for each, error in zip(off, errors, strict=True))
        within = sum(each <= MOST_MISSED for each in off)
        told = f"{beyond} deciles are off by more than {MOST_MISSED:.0%} and two standard errors{kind}"
        yield f"  {name}: {told}; {within} are within {MOST_MISSED:.0%}"
    likely = found.chance_of_all_within(MOST_MISSED)
    yield f"  {name}: the chance of all ten within {MOST_MISSED:.0%}, were each expected just as it comes on average, is {likely:.1%}"
    yield f"  {name}: {found.inside:.1%} lie where 80 % are expected"


def _row(name: str, values: Sequence[float], errors: Sequence[float]) -> Iterator[str]:
    yield f"  {name:>34}" + "".join(f"{each:7.2f}±{error:.2f}" for each, error in zip(values, errors, strict=True))
