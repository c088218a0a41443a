"""What brands look for just now, as a host sees it: where the host is ranked, and what would help where it is left out."""

from chalicelib.contracts.wording import plural
from chalicelib.core.access import Action
from chalicelib.matching.for_hosts import OpenBrief
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import UTC_ZONE
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
    """Open briefs, those missed by least first."""
    found = services().matching.open_briefs(call.principal)
    view = OpenBriefs(
        explanation=EXPLANATION,
        briefs=tuple(_brief(each) for each in found[:MAX_SHOWN]),
        empty=Empty(text="No brief is open just now.", link=Link(label="Back to your home", href="/creator")),
    )
    return Page(template="matching/open_briefs.html", view=view)


def _brief(brief: OpenBrief) -> BriefForHost:
    count = len(brief.hurdles)
    left_out = Status(word=f"Left out: {plural(count, 'thing')} to change", tone="waiting")
    return BriefForHost(
        title=f"{brief.category} in {brief.market}",
        facts=f"{brief.language}, {brief.platform}, {plural(len(brief.windows), 'show')}",
        windows=tuple(f"{when(window.starts_at, UTC_ZONE)}, {window.minutes} minutes" for window in brief.windows),
        status=left_out if count else Status(word="You are among those ranked", tone="good"),
        hurdles=tuple(Hurdle(label=each.filter.value.replace("_", " ").capitalize(), words=each.sentence) for each in brief.hurdles),
    )
