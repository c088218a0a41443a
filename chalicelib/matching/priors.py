"""What is believed of hosts before their own record is looked at, and how it is learned from the shows of all of them.

Sales an hour by platform and currency, with the categories apart (`expectation.Model`); returns and reliability as plain rates. Nothing
learned yet means the start values below, which the score began with.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from chalicelib.matching.expectation import (
    MICRONATS,
    MILLION,
    NO_RECORD,
    Model,
    Observation,
    Record,
    fit,
    micronats,
    weight_after,
)
from chalicelib.matching.hindsight import levelled
from chalicelib.matching.rules import Host, PastShow

START = Model(
    level=micronats(Fraction(1, 2)),
    slope_thousandths=1_000,
    variance=MICRONATS**2,
    chance_millionths=800_000,
)
"""500 minor units per 1,000 followers and hour (5.00 in a two-digit currency) that count as much as four own shows."""
LEAST_OF_USUAL = 3 * MICRONATS
"""A show counts as at least a twentieth (e to the -3) of what is usual: one show that sold nothing is bad, but not the end."""
MINUTES_OF_AN_HOUR = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share of things that is expected, in millionths, and as how many things it counts."""

    millionths: int
    counts: int

    def with_own(self, happened: int, of: int) -> Fraction:
        """The share that is expected where `happened` of `of` are known."""
        return (happened + Fraction(self.millionths * self.counts, MILLION)) / (of + self.counts)


START_RETURNS = Rate(millionths=100_000, counts=100)
"""10 of 100 units."""
START_RELIABILITY = Rate(millionths=900_000, counts=10)
"""9 of 10 shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Priors:
    """One version of what is believed. `as_of` is when it was learned: shows are as old as they were then.

    Without `as_of` nothing was learned, and all shows count in full. `models` are by `model_key`.
    """

    version: int = 0
    as_of: datetime | None = None
    shows: int = 0
    models: Mapping[str, Model] = field(default_factory=dict)
    returns: Rate = START_RETURNS
    reliability: Rate = START_RELIABILITY

    def model(self, platform: str, currency: str) -> Model:
        """What is usual there; the start where no show is known."""
        return self.models.get(model_key(platform, currency), START)

    def weight(self, show: PastShow) -> int:
        """What a show counts for by its age, in 256ths."""
        if self.as_of is None or show.starts_at is None:
            return weight_after(0)
        return weight_after((self.as_of - show.starts_at).days)

    def micronats_of(self, host: Host, show: PastShow) -> int:
        """The logarithm of a show's net sales in minor units an hour, at least `LEAST_OF_USUAL` below what is usual."""
        platform, audience = stage_of(host, show)
        least = self.model(platform, show.currency).usual(show.category.casefold(), audience) - LEAST_OF_USUAL
        if show.net_sales_minor <= 0:
            return least
        return max(least, micronats(Fraction(show.net_sales_minor * MINUTES_OF_AN_HOUR, max(1, show.minutes))))

    def record(self, host: Host, shows: Iterable[PastShow]) -> Record:
        """Sums over own shows, which are all that the expectation needs of them."""
        own = NO_RECORD
        for show in shows:
            own = own.of_more(self.micronats_of(host, show), self.weight(show))
        return own


START_PRIORS = Priors()


def model_key(platform: str, currency: str) -> str:
    """Platform and currency: amounts of different currencies never come together."""
    return f"{platform.casefold()}#{currency}"


def stage_of(host: Host, show: PastShow) -> tuple[str, int]:
    """Platform and audience of a show; of a show that does not tell its platform, those where the host has most followers."""
    audiences = {name.casefold(): followers for name, followers in host.audiences.items()}
    told = show.platform.casefold()
    if told in audiences:
        return told, audiences[told]
    largest = max(audiences, key=lambda name: (audiences[name], name), default="")
    return told or largest, audiences.get(largest, 0)


def learn(hosts: Iterable[Host], *, before: Priors, as_of: datetime) -> Priors:
    """The next version from all past shows; what `before` believed only says which sales count as next to nothing.

    Hosts are gone through once. Shows that were not delivered say nothing about sales, and count for reliability.
    """
    now = Priors(as_of=as_of, models=before.models)
    observed: dict[str, list[Observation]] = defaultdict(list)
    shows, sold, returned, delivered = 0, 0, 0, 0
    for host in hosts:
        for show in host.past_shows:
            shows += 1
            sold += show.units_sold
            returned += min(show.units_sold, show.units_returned)
            delivered += show.delivered
            if show.delivered:
                platform, audience = stage_of(host, show)
                observed[model_key(platform, show.currency)].append(
                    Observation(
                        host_id=host.creator_id,
                        group=show.category.casefold(),
                        audience=audience,
                        micronats=now.micronats_of(host, show),
                        weight=now.weight(show),
                        day=show.starts_at.toordinal() if show.starts_at else 0,
                    )
                )
    return Priors(
        version=before.version + 1,
        as_of=as_of,
        shows=shows,
        models=levelled(fit(observed, dict.fromkeys(observed, START)), observed),
        returns=_learned(START_RETURNS, returned, sold),
        reliability=_learned(START_RELIABILITY, delivered, shows),
    )


def _learned(start: Rate, happened: int, of: int) -> Rate:
    share = start.with_own(happened, of)
    return Rate(millionths=int(share * MILLION), counts=start.counts)
