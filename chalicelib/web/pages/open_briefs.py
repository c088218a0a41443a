"""What brands look for just now, as a host sees it: where the host is ranked, and what would help where it is left out."""

from chalicelib.core.access import AGENCIES, Action
from chalicelib.core.words import plural
from chalicelib.matching.for_hosts import OpenBrief
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import UTC_ZONE, name_of
from chalicelib.web.routes import Call, Page
from chalicelib.web.views.common import Empty, Link, Status, when
from chalicelib.web.views.deals import BriefForHost, Hurdle, OpenBriefs
from chalicelib.wiring import services

EXPLANATION = (
    "Brands see every host who passes all of a brief's conditions, ranked by what a show is expected to sell. Here is what each open brief "
    "asks for, and what keeps you out where something does. Who else is ranked, and what a brand can pay, stays with the brand."
)
MAX_SHOWN = 50


@routes.page("GET", "/creator/briefs", action=Action.SEE_OPEN_BRIEFS)
def open_briefs_page(call: Call[None]) -> Page:
    """Open briefs, those missed by least first; an agency names the host by `?host=`."""
    principal = call.principal
    is_agency = principal.role in AGENCIES
    host = call.query.get("host") if is_agency else principal.tenant_id
    hosts = services().directory.hosts_of(principal.tenant_id) if is_agency else ()
    found = services().matching.open_briefs(principal, host) if host else ()
    nothing = "No brief is open just now." if host else "Choose one of your hosts above." if hosts else "No host has named your agency."
    view = OpenBriefs(
        explanation=EXPLANATION,
        briefs=tuple(_brief(each, host) for each in found[:MAX_SHOWN] if host),
        empty=Empty(text=nothing, link=Link(label="Back to your home", href="/creator")),
        hosts=tuple(Link(label=name_of(each), href=f"/creator/briefs?host={each}") for each in hosts[:MAX_SHOWN]),
    )
    return Page(template="matching/open_briefs.html", view=view)


def _brief(brief: OpenBrief, creator_id: str) -> BriefForHost:
    count = len(brief.hurdles)
    left_out = Status(word=f"Left out: {plural(count, 'thing')} to change", tone="waiting")
    return BriefForHost(
        title=f"{brief.category} in {brief.market}",
        facts=f"{brief.language}, {brief.platform}, {plural(len(brief.windows), 'show')}",
        windows=tuple(f"{when(window.starts_at, UTC_ZONE)}, {window.minutes} minutes" for window in brief.windows),
        status=left_out if count else Status(word="You are among those ranked", tone="good"),
        link=Link(label="Questions, and apply", href=f"/creator/hosts/{creator_id}/briefs/{brief.brief_id}"),
        hurdles=tuple(Hurdle(label=each.filter.value.replace("_", " ").capitalize(), words=each.sentence) for each in brief.hurdles),
    )
