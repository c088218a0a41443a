"""A brand asks about a host by name: its place for a brief, or every filter that fails and what would have to change."""

from dataclasses import replace
from http import HTTPStatus

from chalicelib.core.access import Action, Principal
from chalicelib.core.errors import NotFound
from chalicelib.directory.rules import Profile
from chalicelib.directory.service import NoName
from chalicelib.matching.explanation import Match
from chalicelib.matching.for_hosts import over
from chalicelib.matching.rules import Brief
from chalicelib.matching.service import AskedFor
from chalicelib.web.pages.brand import invite
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.left_out import FILTER_WORDS
from chalicelib.web.pages.reasons import factors_of
from chalicelib.web.pages.words import allowed
from chalicelib.web.routes import Call, Page
from chalicelib.web.views.asked_hosts import AskedHosts, HostAnswer, HostCalled
from chalicelib.web.views.common import Link, Status, money
from chalicelib.web.views.deals import Factor, Hurdle
from chalicelib.web.views.forms import SearchField
from chalicelib.wiring import services

TEMPLATE = "matching/asked.html"
MAX_NAME_CHARACTERS = 120
MORE = "There are more hosts with such a name. Write more of it."
GONE = "There is no such host, or nobody has approved it yet. Write the name again."


@routes.page("GET", "/brand/briefs/{brief_id}/hosts", action=Action.SEE_MATCHES)
def hosts_called_page(call: Call[None], brief_id: str) -> Page:
    """Hosts by a name: the answer where it is one host, else those to choose from."""
    brief = services().matching.brief(call.principal, brief_id)
    name = call.query.get("name", "")[:MAX_NAME_CHARACTERS]
    ask = SearchField(action=_address(brief_id), name=name)
    if "name" not in call.query:
        return Page(template=TEMPLATE, view=_page(brief, ask))
    try:
        found = services().directory.hosts_called(name)
    except NoName as error:
        return Page(template=TEMPLATE, view=_page(brief, replace(ask, error=error.message)), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if not found.hosts:
        return Page(template=TEMPLATE, view=_page(brief, ask, nobody=_nobody(name, more=found.more)))
    if len(found.hosts) == 1 and not found.more:
        asked = services().matching.ask_for(call.principal, brief_id, found.hosts[0].creator_id)
        return Page(template=TEMPLATE, view=_page(brief, ask, answer=_answer(call.principal, brief, asked)))
    hosts = tuple(_called(ask.action, host) for host in found.hosts)
    return Page(template=TEMPLATE, view=_page(brief, ask, hosts=hosts, more=MORE if found.more else ""))


@routes.page("GET", "/brand/briefs/{brief_id}/hosts/{creator_id}", action=Action.SEE_MATCHES)
def host_asked_for_page(call: Call[None], brief_id: str, creator_id: str) -> Page:
    """The answer about one host."""
    brief = services().matching.brief(call.principal, brief_id)
    try:
        asked = services().matching.ask_for(call.principal, brief_id, creator_id)
    except NotFound:
        gone = _page(brief, SearchField(action=_address(brief_id)), nobody=GONE)
        return Page(template=TEMPLATE, view=gone, status=HTTPStatus.NOT_FOUND)
    return Page(
        template=TEMPLATE,
        view=_page(brief, SearchField(action=_address(brief_id), name=asked.name), answer=_answer(call.principal, brief, asked)),
    )


def _address(brief_id: str) -> str:
    return f"/brand/briefs/{brief_id}/hosts"


def _page(  # what the page may have beside its field
    brief: Brief,
    ask: SearchField,
    *,
    nobody: str = "",
    hosts: tuple[HostCalled, ...] = (),
    more: str = "",
    answer: HostAnswer | None = None,
) -> AskedHosts:
    back = Link(label="All hosts for this brief", href=f"/brand/briefs/{brief.brief_id}")
    return AskedHosts(brief_title=brief.title, ask=ask, back=back, nobody=nobody, hosts=hosts, more=more, answer=answer)


def _nobody(name: str, *, more: bool) -> str:
    if more:
        return MORE
    return f"No approved host is called “{name.strip()}”. Check the spelling, or write only the first letters of one name."


def _called(action: str, host: Profile) -> HostCalled:
    facts = (", ".join(host.categories), ", ".join(host.markets), f"{money(host.rate_card_minor, host.currency)} a show")
    return HostCalled(link=Link(label=host.name, href=f"{action}/{host.creator_id}"), facts=" · ".join(fact for fact in facts if fact))


def _answer(principal: Principal, brief: Brief, asked: AskedFor) -> HostAnswer:
    said = over(brief, services().clock.now())
    factors = _factors(asked.match)
    other_fee = asked.other_fee.sentence if asked.other_fee else ""
    if not asked.failed:
        return HostAnswer(
            name=asked.name,
            status=Status(word="Ranked", tone="good"),
            sentence=f"{asked.name} is number {asked.place:,} of {asked.of:,} by score.",
            factors=factors,
            other_fee=other_fee,
            over=said,
            invite=invite(asked.match, brief) if asked.match and not said and allowed(principal, Action.NEGOTIATE) else None,
        )
    return HostAnswer(
        name=asked.name,
        status=Status(word="Left out", tone="waiting"),
        sentence=f"{asked.name} is not among the hosts for this brief. Here is everything that keeps the host out.",
        hurdles=tuple(
            Hurdle(label=FILTER_WORDS[failed.filter.value], words=f"{failed.sentence} {remedy.sentence}")
            for failed, remedy in zip(asked.failed, asked.remedies, strict=True)
        ),
        factors=factors,
        after=_after(asked),
        other_fee=other_fee,
        over=said,
    )


def _after(asked: AskedFor) -> str:
    if asked.place is None:
        return "Not all of this is in your hands: even with everything changed that a brief can change, the host would not be ranked."
    return f"With all of that changed, {asked.name} would be number {asked.place:,} of {asked.of:,} by score."


def _factors(match: Match | None) -> tuple[Factor, ...]:
    return () if match is None else factors_of(match)
