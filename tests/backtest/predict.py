"""What each way of ranking expects of a creator: the product's estimator, and what it is compared with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from chalicelib.core.money import round_half_away
from chalicelib.matching.expectation import NO_RECORD, Estimate, Model, Observation, Record, estimate, fit, micronats, weight_after
from chalicelib.matching.hindsight import levelled
from tests.backtest.waves import Platform

FOLDS = 5
"""Who is predicted without history is left out of the fit as well: a fifth of the creators at a time."""
START = Model(level=0, slope_thousandths=500, variance=10**12, chance_millionths=500_000)
"""What is believed of figures that nobody has seen yet; the level is that of the earlier waves, for it depends on what is measured."""

Scores = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimator:
    """The product's estimator, asked as a brief asks it: for a creator, in a category.

    `hidden` hides every creator's own earlier waves: what is left is the category and how many follow.
    """

    platform: Platform
    models: Sequence[Model]
    hidden: bool

    def of(self, creator: str, category: str) -> Estimate:
        """From earlier waves only. A category "" is none: as the platform in general."""
        last = self.platform.last(creator)
        if last is None:
            raise KeyError(creator)
        own = NO_RECORD if self.hidden else _record(self.platform, creator)
        return estimate(self.models[_fold(creator) % len(self.models)], category, last.followers, own)

    def ranked_by(self, creators: Sequence[str], category: str) -> Scores:
        """The middle of what is expected, which the score goes by. Ranked hosts always come from one fit.

        Without history their order within a category is that of the audience, whatever was fitted: nobody's own figures come in.
        """
        one = replace(self, models=self.models[-1:])
        return {creator: one.of(creator, category).middle for creator in creators}

    def own_category(self) -> dict[str, Estimate]:
        """Everybody in the category last known."""
        return {creator: self.of(creator, self._category(creator)) for creator in self.platform.known_creators}

    def _category(self, creator: str) -> str:
        last = self.platform.last(creator)
        return last.category if last else ""


def with_history(platforms: Sequence[Platform]) -> dict[str, Estimator]:
    """By platform, fitted on all earlier waves and no other."""
    models = _models(platforms, left_out=None)
    return {each.name: Estimator(platform=each, models=[models[each.name]], hidden=False) for each in platforms}


def without_history(platforms: Sequence[Platform]) -> dict[str, Estimator]:
    """For creators whose own earlier waves are hidden: from the estimator, and from the fit that tells what to expect of them."""
    fits = [_models(platforms, left_out=fold) for fold in range(FOLDS)]
    return {each.name: Estimator(platform=each, models=[models[each.name] for models in fits], hidden=True) for each in platforms}


def last_period(platform: Platform) -> Scores:
    """The last value that was measured; 0 without one."""
    measured = {creator: platform.measured(creator) for creator in platform.known_creators}
    return {creator: values[-1][2] if values else 0 for creator, values in measured.items()}


def followers(platform: Platform) -> Scores:
    """The last number of followers."""
    found = {creator: platform.last(creator) for creator in platform.known_creators}
    return {creator: last.followers if last else 0 for creator, last in found.items()}


def _fold(creator: str) -> int:
    return int(creator, 16) % FOLDS


def _models(platforms: Sequence[Platform], *, left_out: int | None) -> dict[str, Model]:
    observed = {platform.name: _observations(platform, left_out) for platform in platforms}
    starts = {name: replace(START, level=_level(observations)) if observations else START for name, observations in observed.items()}
    return levelled(fit(observed, starts), observed)


def _observations(platform: Platform, left_out: int | None) -> list[Observation]:
    creators = sorted({creator for _, wave in platform.earlier for creator in wave})
    return [
        Observation(
            host_id=creator,
            group=figures.category,
            audience=figures.followers,
            micronats=micronats(Fraction(value)),
            weight=_weight(platform, wave),
            day=_day(wave).toordinal(),
        )
        for creator in creators
        if left_out is None or _fold(creator) != left_out
        for wave, figures, value in platform.measured(creator)
    ]


def _level(observations: Sequence[Observation]) -> int:
    """What is usual if the audience makes as much of a difference as the start believes."""
    rests = [each.micronats - START.slope * micronats(Fraction(max(1, each.audience))) for each in observations]
    return round_half_away(sum(rests, Fraction(0)) / len(rests))


def _weight(platform: Platform, wave: str) -> int:
    return weight_after((_day(platform.earlier[-1][0]) - _day(wave)).days)


def _day(wave: str) -> date:
    return date.fromisoformat(f"{wave}-01")


def _record(platform: Platform, creator: str) -> Record:
    own = NO_RECORD
    for wave, _, value in platform.measured(creator):
        own = own.of_more(micronats(Fraction(value)), _weight(platform, wave))
    return own
