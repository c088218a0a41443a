"""What a brief asks for, and who fits: hard filters, each a reason that can be shown, before any score.

A brief states pay by its headline (fee a show, commission); the full terms are negotiated in the offer.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from chalicelib.core.currencies import require_payable
from chalicelib.core.errors import Invalid
from chalicelib.core.money import LARGEST_MINOR, for_people
from chalicelib.core.words import plural

MAX_WINDOWS = 60
SLOT_MINUTES = 15
MAX_SLOTS_PER_BOOKING = 80
"""These two as in `bookings.rules`, which stands on this feature; a test holds them together."""
MAX_SKUS = 500
MAX_EXCLUDED = 1_000
DEFAULT_PLACES = 50
ANY_MARKET = "*"
"""As a brief's market: wherever the host sells."""


class BadBrief(Invalid):
    """A brief that nobody could be matched to."""


class Visibility(StrEnum):
    """Who may see a brief: every host, or only those whom the brand has invited, with their agencies."""

    OPEN = "open"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefWindow:
    """One show that is wanted: its start and length."""

    starts_at: datetime
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a brand looks for. `budget_minor` is for the fees of all windows together, in minor units of `currency`."""

    brief_id: str
    brand_id: str
    title: str
    category: str
    market: str
    language: str
    platform: str
    minimum_audience: int
    skus: tuple[str, ...]
    windows: tuple[BriefWindow, ...]
    budget_minor: int
    currency: str
    flat_fee_minor: int
    """Offered for each show."""
    commission_basis_points: int
    excluded_creator_ids: tuple[str, ...]
    created_at: datetime
    visibility: Visibility = Visibility.OPEN
    closed_at: datetime | None = None
    """From then on the brief takes nothing more: no invitation, application, question, answer or offer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastShow:
    """What a host's earlier show did, as far as matching needs it."""

    category: str
    currency: str
    net_sales_minor: int
    minutes: int
    units_sold: int
    units_returned: int
    delivered: bool
    platform: str = ""
    """Where it was shown; empty where that is not known."""
    starts_at: datetime | None = None
    """When it was; without it the show counts as a recent one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What filters and score look at in a host for any brief."""

    creator_id: str
    categories: tuple[str, ...]
    refused_categories: tuple[str, ...]
    languages: tuple[str, ...]
    markets: tuple[str, ...]
    audiences: Mapping[str, int]
    """Platform -> followers."""
    rate_card_minor: int
    currency: str
    minimum_commission_basis_points: int
    can_be_paid: bool
    past_shows: tuple[PastShow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(Host):
    """A host for one brief."""

    name: str
    busy_windows: tuple[BriefWindow, ...]
    """Windows of the brief that the host cannot do."""
    bound_to_competitor: bool


class Filter(StrEnum):
    """What keeps a host out."""

    MARKET = "market"
    LANGUAGE = "language"
    PLATFORM = "platform"
    CATEGORY = "category"
    AUDIENCE = "audience"
    BUDGET = "budget"
    AVAILABILITY = "availability"
    EXCLUDED = "excluded"
    BRAND_SAFETY = "brand_safety"
    EXCLUSIVITY = "exclusivity"
    MINIMUM_TERMS = "minimum_terms"
    PAYABLE = "payable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A filter that a host does not pass, and what would have to change."""

    filter: Filter
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A host that was left out, with every filter that failed."""

    creator_id: str
    name: str
    failed: tuple[Failed, ...]


def check_brief(brief: Brief, now: datetime) -> None:
    """Raise `BadBrief` (or `UnknownCurrency`) with the first thing that is wrong."""
    require_payable(brief.currency)
    if not 1 <= len(brief.windows) <= MAX_WINDOWS:
        raise BadBrief(f"A brief wants between 1 and {MAX_WINDOWS} shows.", fields={"windows": "too few or too many"})
    if any(window.starts_at <= now for window in brief.windows):
        raise BadBrief("All shows of a brief lie ahead. Pick later starts.", fields={"windows": "has passed"})
    if not all(can_be_booked(window) for window in brief.windows):
        longest = MAX_SLOTS_PER_BOOKING * SLOT_MINUTES
        raise BadBrief(
            f"Shows start on a quarter hour, such as 19:15, and take between {SLOT_MINUTES} and {longest} minutes in quarter hours.",
            fields={"windows": "not in quarter hours"},
        )
    if not 0 <= brief.budget_minor <= LARGEST_MINOR or not 0 <= brief.flat_fee_minor <= LARGEST_MINOR:
        raise BadBrief("Budget and fee must not be negative.", fields={"budget_minor": "out of range"})
    if brief.flat_fee_minor * len(brief.windows) > brief.budget_minor:
        raise BadBrief("The fees offered for all shows together are above the budget.", fields={"flat_fee_minor": "above the budget"})


def can_be_booked(window: BriefWindow) -> bool:
    """Whether slots can be claimed for it: zones differ from UTC by quarters of an hour, so UTC tells quarters for all."""
    start = window.starts_at.astimezone(UTC)
    on_quarter = start.minute % SLOT_MINUTES == 0 and not start.second and not start.microsecond
    return on_quarter and 0 < window.minutes <= MAX_SLOTS_PER_BOOKING * SLOT_MINUTES and window.minutes % SLOT_MINUTES == 0


def failed_filters(brief: Brief, host: Candidate) -> tuple[Failed, ...]:
    """Every filter that this host does not pass, in a fixed order; none means the host can be ranked."""
    failed = ((name, test(brief, host)) for name, test in _FILTERS.items())
    return tuple(Failed(filter=name, sentence=sentence) for name, sentence in failed if sentence is not None)


def counted(rejections: Sequence[Rejection]) -> dict[str, int]:
    """How many hosts each filter keeps out; a host counts for every filter that failed."""
    return dict(sorted(Counter(failed.filter.value for rejection in rejections for failed in rejection.failed).items()))


def _lacks(wanted: str, has: Sequence[str], what: str) -> str | None:
    if wanted.casefold() in {word.casefold() for word in has}:
        return None
    return f"{what} {', '.join(has) or 'nothing'}, not {wanted}."


def _market(brief: Brief, host: Candidate) -> str | None:
    return None if brief.market == ANY_MARKET else _lacks(brief.market, host.markets, "Sells in")


def _language(brief: Brief, host: Candidate) -> str | None:
    return _lacks(brief.language, host.languages, "Speaks")


def _platform(brief: Brief, host: Candidate) -> str | None:
    return _lacks(brief.platform, tuple(host.audiences), "Is on")


def _category(brief: Brief, host: Candidate) -> str | None:
    return _lacks(brief.category, host.categories, "Shows")


def _audience(brief: Brief, host: Candidate) -> str | None:
    followers = audience_on(brief.platform, host)
    if followers >= brief.minimum_audience:
        return None
    return f"Has {plural(followers, 'follower')} on {brief.platform}; the brief asks for {brief.minimum_audience:,}."


def _budget(brief: Brief, host: Candidate) -> str | None:
    shows = len(brief.windows)
    if host.currency != brief.currency:
        return f"Prices in {host.currency}, the brief pays in {brief.currency}."
    if host.rate_card_minor * shows <= brief.budget_minor:
        return None
    asked = for_people(host.rate_card_minor * shows, brief.currency)
    budget = for_people(brief.budget_minor, brief.currency)
    return f"Costs {asked} {brief.currency} for {plural(shows, 'show')}; the budget is {budget} {brief.currency}."


def _availability(_: Brief, host: Candidate) -> str | None:
    if not host.busy_windows:
        return None
    starts = ", ".join(f"{window.starts_at:%Y-%m-%d %H:%M} UTC" for window in host.busy_windows)
    return f"Cannot be booked at {starts}."


def _excluded(brief: Brief, host: Candidate) -> str | None:
    return "Is excluded by the brief." if host.creator_id in brief.excluded_creator_ids else None


def _brand_safety(brief: Brief, host: Candidate) -> str | None:
    refused = {category.casefold() for category in host.refused_categories}
    return f"Does not work for {brief.category}." if brief.category.casefold() in refused else None


def _exclusivity(brief: Brief, host: Candidate) -> str | None:
    return f"Is bound to another brand in {brief.category} at that time." if host.bound_to_competitor else None


def _minimum_terms(brief: Brief, host: Candidate) -> str | None:
    least = host.minimum_commission_basis_points
    if brief.commission_basis_points >= least:
        return None
    return f"Asks for a commission of at least {percent(least)}; the brief offers {percent(brief.commission_basis_points)}."


def _payable(_: Brief, host: Candidate) -> str | None:
    return None if host.can_be_paid else "Has not connected an account that payouts can go to."


_FILTERS: Mapping[Filter, Callable[[Brief, Candidate], str | None]] = {
    Filter.MARKET: _market,
    Filter.LANGUAGE: _language,
    Filter.PLATFORM: _platform,
    Filter.CATEGORY: _category,
    Filter.AUDIENCE: _audience,
    Filter.BUDGET: _budget,
    Filter.AVAILABILITY: _availability,
    Filter.EXCLUDED: _excluded,
    Filter.BRAND_SAFETY: _brand_safety,
    Filter.EXCLUSIVITY: _exclusivity,
    Filter.MINIMUM_TERMS: _minimum_terms,
    Filter.PAYABLE: _payable,
}


def audience_on(platform: str, host: Candidate) -> int:
    """Followers on a platform, its name compared without case; 0 when the host is not on it."""
    return next((followers for name, followers in host.audiences.items() if name.casefold() == platform.casefold()), 0)


def percent(basis_points: int) -> str:
    """``12 %`` or ``12.5 %``: basis points as people read them."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02} %".replace("0 %", " %") if rest else f"{whole} %"
