"""Routes of briefs and matches."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from chalicelib.core.access import Action
from chalicelib.core.recurrence import starts
from chalicelib.matching.for_hosts import OpenBrief
from chalicelib.matching.rules import MAX_EXCLUDED, MAX_SKUS, MAX_WINDOWS, Brief, BriefWindow, Visibility
from chalicelib.matching.service import AskedFor, Matches, NewBrief
from chalicelib.web.bodies import RecurrenceBody
from chalicelib.web.routes import Call, Routes
from chalicelib.wiring import services

routes = Routes(__name__)

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Minor = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class WindowBody(msgspec.Struct, forbid_unknown_fields=True):
    """One show that is wanted."""

    starts_at: Instant
    minutes: Annotated[int, msgspec.Meta(ge=15, le=1200)]


class RecurringBody(msgspec.Struct, forbid_unknown_fields=True):
    """Shows that are wanted again and again, each of this length."""

    recurrence: RecurrenceBody
    minutes: Annotated[int, msgspec.Meta(ge=15, le=1200)]


class BriefBody(msgspec.Struct, forbid_unknown_fields=True):
    """A brief. Pay is its headline: fee a show and commission; the offer carries full terms.

    The shows that are wanted are `windows`, or those of a `series`, or both together.
    """

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    category: Word
    market: Word
    language: Word
    platform: Word
    budget_minor: Minor
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
    windows: Annotated[tuple[WindowBody, ...], msgspec.Meta(max_length=MAX_WINDOWS)] = ()
    series: RecurringBody | None = None
    flat_fee_minor: Minor = 0
    commission_basis_points: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    minimum_audience: Annotated[int, msgspec.Meta(ge=0, le=10**10)] = 0
    skus: Annotated[tuple[Word, ...], msgspec.Meta(max_length=MAX_SKUS)] = ()
    excluded_creator_ids: Annotated[tuple[Word, ...], msgspec.Meta(max_length=MAX_EXCLUDED)] = ()
    visibility: Visibility = Visibility.OPEN

    def wanted(self) -> tuple[BriefWindow, ...]:
        """All shows that are wanted, those of the series last. Raises `BadRecurrence`."""
        windows = [BriefWindow(starts_at=window.starts_at.astimezone(UTC), minutes=window.minutes) for window in self.windows]
        if self.series is not None:
            minutes = self.series.minutes
            windows += [BriefWindow(starts_at=start, minutes=minutes) for start in starts(self.series.recurrence.recurrence())]
        return tuple(windows)


@routes.api("POST", "/api/v1/briefs", action=Action.POST_BRIEF, body=BriefBody, status=201)
def post_brief(call: Call[BriefBody]) -> Brief:
    """Post a brief."""
    body = call.body
    new = NewBrief(
        title=body.title,
        category=body.category,
        market=body.market,
        language=body.language,
        platform=body.platform,
        minimum_audience=body.minimum_audience,
        skus=body.skus,
        windows=body.wanted(),
        budget_minor=body.budget_minor,
        currency=body.currency,
        flat_fee_minor=body.flat_fee_minor,
        commission_basis_points=body.commission_basis_points,
        excluded_creator_ids=body.excluded_creator_ids,
        visibility=body.visibility,
    )
    return services().matching.post_brief(call.principal, new)


@routes.api("GET", "/api/v1/briefs", action=Action.SEE_MATCHES)
def list_briefs(call: Call[None]) -> tuple[Brief, ...]:
    """The caller's briefs, newest first."""
    return services().matching.briefs(call.principal)


@routes.api("GET", "/api/v1/briefs/{brief_id}", action=Action.SEE_MATCHES)
def see_brief(call: Call[None], brief_id: str) -> Brief:
    """One brief."""
    return services().matching.brief(call.principal, brief_id)


@routes.api("GET", "/api/v1/briefs/{brief_id}/matches", action=Action.SEE_MATCHES)
def see_matches(call: Call[None], brief_id: str) -> Matches:
    """Ranked hosts with reasons, and what keeps the others out."""
    return services().matching.matches(call.principal, brief_id)


@routes.api("GET", "/api/v1/briefs/{brief_id}/hosts/{creator_id}", action=Action.SEE_MATCHES)
def ask_for_host(call: Call[None], brief_id: str, creator_id: str) -> AskedFor:
    """One host asked for by name: its place, or every filter that failed and what would have to change."""
    return services().matching.ask_for(call.principal, brief_id, creator_id)


@routes.api("GET", "/api/v1/open-briefs", action=Action.SEE_OPEN_BRIEFS)
def list_open_briefs(call: Call[None]) -> tuple[OpenBrief, ...]:
    """Open briefs as a host sees them: ranked for, or left out and what would help. `?creator_id=` names an agency's host."""
    return services().matching.open_briefs(call.principal, call.query.get("creator_id"))
