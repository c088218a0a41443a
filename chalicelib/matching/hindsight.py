"""What came true of expected values: each host's last observation beside what those before it had foretold.

A mean of logarithms says nothing of sums. Most of a sum is made by few large hosts, who vary less than the others and come down from their
best day; who is still seen later is not everybody either. So the sum that was foretold last time is compared with the sum that came, and
the share of it that came true scales expected amounts (`Estimate.mean`). It is one number for a platform: no order of hosts depends on it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from chalicelib.core.money import round_half_away
from chalicelib.matching.expectation import (
    MILLION,
    NO_RECORD,
    START_HOSTS,
    Model,
    Observation,
    amount,
    estimate,
    weight_after,
)


def levelled(models: Mapping[str, Model], observed: Mapping[str, Sequence[Observation]]) -> dict[str, Model]:
    """The models, each with what came true on its platform of what it would have foretold."""
    return {platform: replace(model, came_true_millionths=_came_true(model, observed[platform])) for platform, model in models.items()}


def _came_true(model: Model, observations: Iterable[Observation]) -> int:
    """Millionths of the sum over hosts, shrunk: `START_HOSTS` hosts for whom all came true are added. Without days there is no before."""
    plain = replace(model, came_true_millionths=MILLION)
    foretold = came = Fraction(0)
    hosts = 0
    for own in _by_host(observations):
        last = max(each.day for each in own)
        before = [each for each in own if each.day < last]
        if before:
            latest = [amount(each.micronats) for each in own if each.day == last]
            foretold += _foretold(plain, before)
            came += Fraction(sum(latest, Fraction(0)), len(latest))
            hosts += 1
    if not hosts:
        return MILLION
    share = Fraction(came, foretold)
    return round_half_away(Fraction(share * hosts + START_HOSTS, hosts + START_HOSTS) * MILLION)


def _foretold(model: Model, before: Sequence[Observation]) -> Fraction:
    """The expected amount on the day of the newest of these."""
    newest = max(before, key=lambda each: (each.day, each.audience, each.group))
    own = NO_RECORD
    for each in before:
        own = own.of_more(each.micronats, weight_after(newest.day - each.day))
    return estimate(model, newest.group, newest.audience, own).mean()


def _by_host(observations: Iterable[Observation]) -> Iterable[Sequence[Observation]]:
    found: dict[str, list[Observation]] = defaultdict(list)
    for each in observations:
        if each.weight > 0:
            found[each.host_id].append(each)
    return found.values()
