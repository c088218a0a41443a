"""The back-test as numbers and as lines for the terminal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.backtest import predict
from tests.backtest.measure import Calibration, at_random, calibration, captured_by, groups, mean, value_captured
from tests.backtest.waves import Platform

MOST_LOST = 0.01
"""What the estimator may lose to the last period where there is one."""
WAYS = ("random", "followers", "last period", "estimate", "estimate without history")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One platform. `captured` is by way of ranking and group: the share of the best ten's value."""

    platform: str
    creators: int
    captured: dict[str, dict[str, float]]
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
                "followers": value_captured(platform, predict.followers(platform)),
                "last period": value_captured(platform, predict.last_period(platform)),
                "estimate": captured_by(platform, seen[platform.name]),
                "estimate without history": captured_by(platform, hidden[platform.name]),
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
        yield f"  {'holds' if result.holds else 'DOES NOT HOLD'}: last period - {MOST_LOST} with history, followers without"
        yield from _calibrated("with history", result.with_history)
        yield from _calibrated("without history", result.without_history)


def _calibrated(name: str, found: Calibration) -> Iterator[str]:
    deciles = " ".join(f"{each:.2f}" for each in found.deciles)
    yield f"  {name}: true / expected {found.level:.3f} in all; by decile, relative to that: {deciles}"
    yield f"  {name}: {found.inside:.1%} lie where 80 % are expected"
