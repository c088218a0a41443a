"""What a host is told of an open brief: whether it is among those ranked, and what would have to change where it is not.

The brand's name, budget, pay and list of excluded hosts stay its own, and so do all other hosts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.words import plural
from chalicelib.matching.rules import Brief, BriefWindow, Candidate, Filter, audience_on, failed_filters

PASSED = "The time of this brief has passed, so nobody can be booked for it any more. Post a new one."
CLOSED = "This brief is closed, so nobody can be booked for it any more. Post a new one."


@dataclass(frozen=True, slots=True, kw_only=True)
class Hurdle:
    """A filter that keeps the host out, and what would help."""

    filter: Filter
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBrief:
    """A brief as a host sees it; without hurdles the host is ranked for it."""

    brief_id: str
    category: str
    market: str
    language: str
    platform: str
    windows: tuple[BriefWindow, ...]
    hurdles: tuple[Hurdle, ...]


def is_open(brief: Brief, now: datetime) -> bool:
    """Whether it still takes something: nobody has closed it, and all of its shows lie ahead."""
    return brief.closed_at is None and all(window.starts_at > now for window in brief.windows)


def over(brief: Brief, now: datetime) -> str:
    """What is said of a brief that is open no more, whoever it would find; empty for one that is open."""
    return "" if is_open(brief, now) else CLOSED if brief.closed_at else PASSED


def seen_by(brief: Brief, host: Candidate) -> OpenBrief | None:
    """The brief as this host sees it; None where the brand has excluded the host, of which it is not told."""
    failed = [each.filter for each in failed_filters(brief, host)]
    if Filter.EXCLUDED in failed:
        return None
    return OpenBrief(
        brief_id=brief.brief_id,
        category=brief.category,
        market=brief.market,
        language=brief.language,
        platform=brief.platform,
        windows=brief.windows,
        hurdles=tuple(Hurdle(filter=each, sentence=_HELPS[each](brief, host)) for each in failed),
    )


def nearest(briefs: Sequence[OpenBrief]) -> list[OpenBrief]:
    """Those that are missed by least first, and of these the soonest."""
    return sorted(briefs, key=lambda brief: (len(brief.hurdles), min(window.starts_at for window in brief.windows)))


def _when(host: Candidate) -> str:
    return ", ".join(f"{window.starts_at:%Y-%m-%d %H:%M} UTC" for window in host.busy_windows)


_HELPS: Mapping[Filter, Callable[[Brief, Candidate], str]] = {
    Filter.MARKET: lambda brief, _: f"It is for {brief.market}. Add that market to your profile if you sell there.",
    Filter.LANGUAGE: lambda brief, _: f"It is in {brief.language}. Add that language to your profile if you speak it.",
    Filter.PLATFORM: lambda brief, _: f"It is on {brief.platform}. Add your account there to your profile.",
    Filter.CATEGORY: lambda brief, _: f"It is about {brief.category}. Add that category to your profile if you show it.",
    Filter.AUDIENCE: lambda brief, host: (
        f"It asks for {plural(brief.minimum_audience, 'follower')} on {brief.platform}; you have {audience_on(brief.platform, host):,}."
    ),
    Filter.BUDGET: lambda brief, host: (
        f"It pays in {brief.currency}, your rate card is in {host.currency}."
        if brief.currency != host.currency
        else "Your rate card is above what it can pay. A lower one would let you in."
    ),
    Filter.AVAILABILITY: lambda _, host: f"You cannot be booked at {_when(host)}. Open those hours, or make room for them.",
    Filter.BRAND_SAFETY: lambda brief, _: (
        f"You do not work for {brief.category}. Take it off your list of refused categories to change that."
    ),
    Filter.EXCLUSIVITY: lambda brief, _: f"You have promised another brand not to work for others in {brief.category} on that day.",
    Filter.MINIMUM_TERMS: lambda *_: "It offers less commission than the least you ask for. A lower minimum would let you in.",
    Filter.PAYABLE: lambda *_: "Payouts are not connected, or Stripe waits for something. Finish connecting them.",
}
"""All but `EXCLUDED`."""
