"""What to expect of somebody from few observations: empirical Bayes on a logarithmic scale, in whole numbers.

What a host sells differs by factors, not by amounts, so everything here is a natural logarithm, in whole micronats (millionths). An
observation is taken as: what is usual for the platform, the group and the audience + what is peculiar to this host + chance. How much of
the variance is chance is estimated from hosts with several observations; it says how far a host's own record is trusted. Old
observations count for less. Who has no record is expected to do as hosts like it, with the whole variance between them as uncertainty.

The same functions estimate sales an hour for the score and engagement for the back-test (`tests/backtest`). Exact fractions, and
logarithms of `decimal` at a fixed precision: equal input gives equal integers on every machine.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Context, Decimal
from fractions import Fraction
from math import isqrt

from chalicelib.core.money import round_half_away

MICRONATS = 1_000_000
THOUSAND, MILLION = 1_000, 1_000_000
FULL_WEIGHT = 256
"""Of an observation of the last `HALVED_AFTER_DAYS`; it halves each time that these go by. What a host did lately tells most."""
HALVED_AFTER_DAYS = 45
MAX_HALVINGS = 9
"""From there on an observation counts for nothing."""
START_HOSTS = 10
"""So many hosts count as much as what was believed before anybody was observed."""
LEAST_SLOPE = Fraction(1, 4)
"""More audience never means less: lists of leading hosts hide it, since a small host is only on them for being exceptional."""
LARGEST_SLOPE = Fraction(1)
_CONTEXT = Context(prec=28)
NINE_OF_TEN = Fraction(1_282, 1_000)
"""Standard deviations below which nine of ten normal values lie: both sides together enclose eight of ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One show, or one wave of figures: whose, in which group (a category), with which audience, and the logarithm in micronats."""

    host_id: str
    group: str
    audience: int
    micronats: int
    weight: int = FULL_WEIGHT
    day: int = 0
    """When, in days from any day on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What is usual on one platform, and how much hosts differ.

    The usual logarithm is `level` + the group's offset + slope x ln(audience). `variance` is of hosts around that, in square micronats,
    chance included; the share of chance is the part of it that changes from one observation of a host to the next.
    """

    level: int
    slope_thousandths: int
    variance: int
    chance_millionths: int
    offsets: Mapping[str, int] = field(default_factory=dict)
    typical_audience: int = 0
    """Micronats of the audience that is in the middle of those observed."""
    hosts: int = 0
    """How many were observed; 0 for a model that nobody has been observed for."""
    came_true_millionths: int = MILLION
    """What came true of sums that were foretold (`hindsight`); all of it as long as nobody knows."""

    @property
    def slope(self) -> Fraction:
        """By how many percent more is usual for each percent more audience."""
        return Fraction(self.slope_thousandths, THOUSAND)

    @property
    def chance_share(self) -> Fraction:
        """The part of the variance that is chance, 0 to 1, both excluded."""
        return Fraction(self.chance_millionths, MILLION)

    def usual(self, group: str, audience: int) -> int:
        """Micronats that are usual for hosts like this one. A group that is not known is as the others."""
        return self.level + self.offsets.get(group, 0) + round_half_away(self.slope * micronats(Fraction(max(1, audience))))

    def median(self, group: str) -> int:
        """Micronats that are in the middle of the group, whatever the audience."""
        return self.level + self.offsets.get(group, 0) + round_half_away(self.slope * self.typical_audience)

    @property
    def usual_weight(self) -> int:
        """What is usual counts for as many 256ths of an observation: variance by chance over variance between hosts."""
        return max(1, round_half_away(self.chance_share / (1 - self.chance_share) * FULL_WEIGHT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A host's own observations, as sums: of weights, and of weight x micronats."""

    weight: int = 0
    weighted_micronats: int = 0

    def of_more(self, value: int, weight: int) -> "Record":
        """With one observation more."""
        return Record(weight=self.weight + weight, weighted_micronats=self.weighted_micronats + weight * value)


NO_RECORD = Record()


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What to expect of the next observation.

    `middle` in micronats is as likely to be exceeded as missed, `variance` is around it in square micronats, and `own` (0 to 1) is the
    part that the own record has in the middle.
    """

    middle: int
    variance: int
    own: Fraction
    came_true_millionths: int = MILLION

    def mean(self) -> Fraction:
        """The expected amount: the mean of a log-normal value, above its middle by half the variance, times what came true of such."""
        return amount(self.middle + self.variance // (2 * MICRONATS)) * Fraction(self.came_true_millionths, MILLION)

    def likely(self) -> tuple[Fraction, Fraction]:
        """Between these, eight of ten next observations are expected."""
        away = round_half_away(NINE_OF_TEN * isqrt(self.variance))
        return amount(self.middle - away), amount(self.middle + away)


def micronats(value: Fraction) -> int:
    """1,000,000 x the natural logarithm of a positive fraction, as a whole number."""
    logarithm = _CONTEXT.subtract(_CONTEXT.ln(Decimal(value.numerator)), _CONTEXT.ln(Decimal(value.denominator)))
    return int((logarithm * MICRONATS).to_integral_value())


def amount(logarithm: int) -> Fraction:
    """What has this logarithm in micronats."""
    return Fraction(_CONTEXT.exp(_CONTEXT.divide(Decimal(logarithm), Decimal(MICRONATS))))


def weight_after(days: int) -> int:
    """What an observation of so many days ago counts for, of `FULL_WEIGHT`."""
    return FULL_WEIGHT >> min(MAX_HALVINGS, max(0, days) // HALVED_AFTER_DAYS)


def estimate(model: Model, group: str, audience: int, own: Record = NO_RECORD) -> Estimate:
    """The own record and what is usual, each by how much it tells (Bühlmann's credibility); without a record, what is usual."""
    total = own.weight + model.usual_weight
    trusted = Fraction(own.weight, total)
    middle = Fraction(own.weighted_micronats + model.usual_weight * model.usual(group, audience), total)
    between = model.variance * (1 - model.chance_share)
    variance = model.variance * model.chance_share + between * (1 - trusted)
    return Estimate(
        middle=round_half_away(middle),
        variance=round_half_away(variance),
        own=trusted,
        came_true_millionths=model.came_true_millionths,
    )


def fit(observed: Mapping[str, Sequence[Observation]], start: Mapping[str, Model]) -> dict[str, Model]:
    """Models by platform from all observations; `start` holds what is believed before, for each platform that is observed.

    How large chance is on a platform is shrunk towards its share on all of them together: the share, not the amount, since what is
    measured may differ from platform to platform.
    """
    usual = {platform: _usual(observations, start[platform]) for platform, observations in observed.items()}
    chance = {platform: _chance(observations) for platform, observations in observed.items()}
    totals = {platform: model.variance + chance[platform].beside_means for platform, model in usual.items()}
    repeated = sum(each.degrees for each in chance.values())
    in_all = sum((each.degrees * totals[platform] for platform, each in chance.items()), Fraction(0))
    share_in_all = sum(each.squares for each in chance.values()) / in_all if in_all else Fraction(0)
    models = {}
    for platform, model in usual.items():
        seen = chance[platform]
        believed = _shrunk(share_in_all, repeated, model.chance_share)
        share = _shrunk(seen.variance / totals[platform], seen.degrees, believed)
        share = min(_MOST_CHANCE, max(_LEAST_CHANCE, share))
        variance = round_half_away(model.variance / (1 - share * (1 - seen.left_in_means)))
        models[platform] = replace(model, chance_millionths=round_half_away(share * MILLION), variance=variance)
    return models


def _shrunk(seen: Fraction, count: int, believed: Fraction) -> Fraction:
    return (seen * count + believed * START_HOSTS) / (count + START_HOSTS)


_LEAST_CHANCE, _MOST_CHANCE = Fraction(1, 100), Fraction(9, 10)
"""Some of what is seen is always chance, and some never is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chance:
    """How much hosts' observations differ from the mean of their own.

    `squares` are summed, `degrees` of them are free; of the variance by chance, `left_in_means` (0 to 1) is still in the means of hosts.
    """

    squares: Fraction
    degrees: int
    left_in_means: Fraction

    @property
    def variance(self) -> Fraction:
        """Of one observation, by chance."""
        return self.squares / self.degrees if self.degrees else Fraction(0)

    @property
    def beside_means(self) -> Fraction:
        """What one observation varies more than the mean of a host's own."""
        return self.variance * (1 - self.left_in_means)


def _usual(observations: Sequence[Observation], start: Model) -> Model:
    """Level, slope, offsets, and the variance of hosts' means, from one value for each host: the weighted mean of its own."""
    hosts = _hosts(observations)
    if not hosts:
        return start
    count = len(hosts)
    logs = {host: micronats(Fraction(max(1, each.audience))) for host, each in hosts.items()}
    slope = _slope([(logs[host], each.micronats) for host, each in hosts.items()], start)
    rests = {host: each.micronats - slope * logs[host] for host, each in hosts.items()}
    level = (sum(rests.values(), Fraction(0)) + START_HOSTS * start.level) / (count + START_HOSTS)
    offsets = _offsets({host: (each.group, rests[host] - level) for host, each in hosts.items()})
    left = [rests[host] - level - offsets[each.group] for host, each in hosts.items()]
    variance = (sum((rest * rest for rest in left), Fraction(0)) + START_HOSTS * start.variance) / (count + START_HOSTS)
    return Model(
        level=round_half_away(level),
        slope_thousandths=round_half_away(slope * THOUSAND),
        variance=max(1, round_half_away(variance)),
        chance_millionths=start.chance_millionths,
        offsets={group: round_half_away(offset) for group, offset in sorted(offsets.items())},
        typical_audience=sorted(logs.values())[count // 2],
        hosts=count,
    )


def _hosts(observations: Iterable[Observation]) -> dict[str, Observation]:
    """One observation for each host: the latest group and audience, the weighted mean of the logarithms."""
    records: dict[str, Record] = defaultdict(Record)
    latest: dict[str, Observation] = {}
    for each in observations:
        if each.weight > 0:
            records[each.host_id] = records[each.host_id].of_more(each.micronats, each.weight)
            latest[each.host_id] = each
    return {
        host: replace(each, micronats=round_half_away(Fraction(records[host].weighted_micronats, records[host].weight)))
        for host, each in latest.items()
    }


def _slope(points: Sequence[tuple[int, int]], start: Model) -> Fraction:
    """Least squares of logarithms on logarithms of the audience, shrunk towards the start and held between its bounds.

    The start counts as `START_HOSTS` hosts that differ in audience by a factor e.
    """
    count = len(points)
    along, up = Fraction(sum(x for x, _ in points), count), Fraction(sum(y for _, y in points), count)
    both = sum(((x - along) * (y - up) for x, y in points), Fraction(0)) + START_HOSTS * MICRONATS**2 * start.slope
    square = sum(((x - along) ** 2 for x, _ in points), Fraction(0)) + START_HOSTS * MICRONATS**2
    return min(LARGEST_SLOPE, max(LEAST_SLOPE, Fraction(round_half_away(both / square * THOUSAND), THOUSAND)))


def _offsets(rests: Mapping[str, tuple[str, Fraction]]) -> dict[str, Fraction]:
    """How far each group lies from the rest, shrunk: a group of few hosts is as the others."""
    by_group: dict[str, list[Fraction]] = defaultdict(list)
    for group, rest in rests.values():
        by_group[group].append(rest)
    return {group: sum(values, Fraction(0)) / (len(values) + START_HOSTS) for group, values in by_group.items()}


def _chance(observations: Iterable[Observation]) -> _Chance:
    """From hosts with several observations; what is left in the means is counted over all."""
    by_host: dict[str, list[Observation]] = defaultdict(list)
    for each in observations:
        if each.weight > 0:
            by_host[each.host_id].append(each)
    squares, left = Fraction(0), Fraction(0)
    degrees = 0
    for own in by_host.values():
        middle = Fraction(sum(each.micronats for each in own), len(own))
        squares += sum(((each.micronats - middle) ** 2 for each in own), Fraction(0))
        degrees += len(own) - 1
        left += Fraction(sum(each.weight**2 for each in own), sum(each.weight for each in own) ** 2)
    return _Chance(squares=squares, degrees=degrees, left_in_means=left / len(by_host) if by_host else Fraction(1))
