"""What waits for a brand in its open briefs."""

from collections.abc import Iterator

from chalicelib.core.access import Principal
from chalicelib.core.words import plural
from chalicelib.matching.approaches import ApplicationState
from chalicelib.matching.for_hosts import is_open
from chalicelib.web.views.common import Link, Todo
from chalicelib.wiring import services

MAX_BRIEFS_LOOKED_AT = 20


def approach_todos(principal: Principal) -> Iterator[Todo]:
    """Applications and questions that wait for the brand, for its newest open briefs."""
    found = services()
    now, approaches = found.clock.now(), found.deals.approaches
    for brief in [brief for brief in found.matching.briefs(principal) if is_open(brief, now)][:MAX_BRIEFS_LOOKED_AT]:
        link = Link(label="Read", href=f"/brand/briefs/{brief.brief_id}/answers")
        sent = sum(each.state is ApplicationState.SENT for each in approaches.applications(principal, brief.brief_id))
        asked = sum(each.answered_at is None for each in approaches.questions(principal, brief.brief_id))
        if sent:
            yield Todo(text=f"Answer {plural(sent, 'application')} to {brief.title}", link=link)
        if asked:
            yield Todo(text=f"Answer {plural(asked, 'question')} about {brief.title}", link=link)
