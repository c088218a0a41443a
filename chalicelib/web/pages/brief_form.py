"""Posting a brief by hand: what is wanted and when, for how much, and who may see it. What was typed comes back until it can be posted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from chalicelib.core.access import Action, Principal
from chalicelib.core.currencies import PAYABLE
from chalicelib.core.errors import Invalid
from chalicelib.core.money import from_major, to_major
from chalicelib.core.recurrence import MAX_OCCURRENCES, BadRecurrence, Recurrence, starts
from chalicelib.core.words import plural
from chalicelib.directory.rules import check_zone
from chalicelib.matching.rules import BadBrief, Brief, BriefWindow, Visibility
from chalicelib.matching.service import NewBrief
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.refused_forms import NOTHING_TRIED, TEMPLATE, Tried, Typed, make
from chalicelib.web.pages.series_dates import RHYTHMS
from chalicelib.web.pages.terms_fields import basis_points
from chalicelib.web.routes import Call, Page, Redirect
from chalicelib.web.views.cards import CardSection, CardsPage
from chalicelib.web.views.common import Link
from chalicelib.web.views.forms import Choice
from chalicelib.web.views.terms import TermField
from chalicelib.wiring import services

PATH = "/brand/briefs/new"
FORM = "brief"
MOST_CHARACTERS = {"title": 200}
MOST_OF_A_WORD = 60
MOST_FOLLOWERS = 10**10
ONCE = "once"
REPEATS = (Choice(value=ONCE, label="Just once"), *(Choice(value=value, label=label) for value, (label, _) in RHYTHMS.items()))
SEEN_BY = (
    Choice(value=Visibility.OPEN, label="Every host: all can read it, ask and apply"),
    Choice(value=Visibility.PRIVATE, label="Only hosts whom we invite, and their agencies"),
)
START_VALUES = {"currency": "GBP", "timezone": "Europe/London", "minutes": "60", "times": "1", "minimum_audience": "0"}
AS_BEFORE = ("category", "market", "language", "platform")


@dataclass(slots=True)
class Reading:
    """What was read so far, and for each field what is wrong with it."""

    typed: Mapping[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    def value(self, name: str, parse: Callable[[str], Any], empty: object = None) -> Any:  # noqa: ANN401  # whatever the field holds
        """What a field says; `empty` where nothing is typed, which is wrong where that is None."""
        text = self.typed.get(name, "").strip()
        try:
            if text or empty is None:
                return parse(text)
        except Invalid as error:
            self.errors[name] = error.message
        return empty


@routes.page("GET", PATH, action=Action.POST_BRIEF)
def new_brief(call: Call[None]) -> Page:
    """The form, with the words of the brand's last brief."""
    return Page(template=TEMPLATE, view=_page(_begun(call.principal), NOTHING_TRIED))


@routes.form("POST", PATH, action=Action.POST_BRIEF, body=Typed)
def post_brief(call: Call[Typed]) -> Page | Redirect:
    """Post it, and go on to the hosts who fit; what stands against it comes back beside the fields."""

    def post() -> Brief:
        return _posted(call.principal, call.body)

    return make(FORM, call.body, post, lambda brief: f"/brand/briefs/{brief.brief_id}", lambda tried: _page(call.body, tried))


def _posted(principal: Principal, typed: Typed) -> Brief:
    new = _read(typed)
    try:
        return services().matching.post_brief(principal, new)
    except BadBrief as error:
        named = dict.fromkeys(error.fields or {}, error.message)
        raise BadBrief(error.message, fields={"first" if name == "windows" else name: words for name, words in named.items()}) from error


def _read(typed: Typed) -> NewBrief:
    """What was typed as a brief. Raises `BadBrief` with a sentence for each field that is wrong."""
    said = Reading(typed)
    currency = said.value("currency", _currency, "GBP")
    new = NewBrief(
        title=said.value("title", _word("title")),
        category=said.value("category", _word("category")),
        market=said.value("market", _word("market")),
        language=said.value("language", _word("language")),
        platform=said.value("platform", _word("platform")),
        minimum_audience=said.value("minimum_audience", _number(0, MOST_FOLLOWERS), 0),
        skus=tuple(word.strip() for word in typed.get("skus", "").split(",") if word.strip()),
        windows=_windows(said),
        budget_minor=said.value("budget_minor", lambda text: from_major(text.replace(",", ""), currency)),
        currency=currency,
        flat_fee_minor=said.value("flat_fee_minor", lambda text: from_major(text.replace(",", ""), currency), 0),
        commission_basis_points=said.value("commission_basis_points", basis_points, 0),
        visibility=said.value("visibility", _visibility, Visibility.OPEN),
    )
    if said.errors:
        raise BadBrief(f"{plural(len(said.errors), 'thing')} to correct. Nothing was posted.", fields=said.errors)
    return new


def _windows(said: Reading) -> tuple[BriefWindow, ...]:
    """The shows that are wanted: the first, and where it repeats those after it."""
    first = said.value("first", _local)
    minutes = said.value("minutes", _number(15, 1_200))
    times = said.value("times", _number(1, MAX_OCCURRENCES), 1)
    zone = said.value("timezone", _zone)
    _, rule = RHYTHMS.get(said.typed.get("repeat", ONCE), ("", "FREQ=DAILY"))
    if said.errors.keys() & {"first", "minutes", "times", "timezone"}:
        return ()
    count = times if said.typed.get("repeat", ONCE) in RHYTHMS else 1
    try:
        found = starts(Recurrence(first=first, rule=f"{rule};COUNT={count}", timezone=zone))
    except BadRecurrence as error:
        said.errors["first"] = error.message
        return ()
    return tuple(BriefWindow(starts_at=start, minutes=minutes) for start in found)


def _word(name: str) -> Callable[[str], str]:
    most = MOST_CHARACTERS.get(name, MOST_OF_A_WORD)

    def parse(text: str) -> str:
        if not 1 <= len(text) <= most:
            raise BadBrief(f"Write 1 to {most} characters." if text else "Fill this in.")
        return text

    return parse


def _number(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        digits = text.replace(",", "")
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= len(str(most)) and least <= int(digits) <= most):
            raise BadBrief(f"Write a whole number from {least:,} to {most:,}.")
        return int(digits)

    return parse


def _local(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadBrief("Write the start as 2031-01-12 20:00.") from None
    return found.replace(tzinfo=None)


def _zone(text: str) -> str:
    check_zone(text)
    return text


def _currency(text: str) -> str:
    if text.upper() not in PAYABLE:
        raise BadBrief(f"{text!r} is not a currency that can be paid. Write a code such as GBP.")
    return text.upper()


def _visibility(text: str) -> Visibility:
    if text not in set(Visibility):
        raise BadBrief("Choose who may see it.")
    return Visibility(text)


def _begun(principal: Principal) -> Typed:
    """The start values: what seldom changes is as it was in the brand's last brief."""
    last = next(iter(services().matching.briefs(principal)), None)
    if last is None:
        return dict(START_VALUES)
    fee = to_major(last.flat_fee_minor, last.currency) if last.flat_fee_minor else ""
    same = {name: str(getattr(last, name)) for name in AS_BEFORE}
    return {**START_VALUES, **same, "currency": last.currency, "flat_fee_minor": fee, "visibility": last.visibility}


def _page(typed: Mapping[str, str], tried: Tried) -> CardsPage:
    fields = tuple(replace(each, value=typed.get(each.name, "")) for each in _fields())
    form = tried.form(FORM, PATH, "Post the brief and see who fits", fields)
    what = CardSection(
        section_id="what", heading="What you look for", nothing="Hosts who fit are ranked as soon as it is posted.", form=form
    )
    lead = "Nothing is promised by a brief: hosts are bound by a contract that both sides have signed."
    return CardsPage(title="New brief", lead=lead, sections=(what,), back=Link(label="Back to your home", href="/brand"))


def _fields() -> tuple[TermField, ...]:
    def text(name: str, label: str, hint: str = "", *, needed: bool = True) -> TermField:
        return TermField(name=name, label=label, hint=hint, most=MOST_CHARACTERS.get(name, MOST_OF_A_WORD), needed=needed)

    zone = "A zone such as Europe/London. The starts are its local time, also when its clocks change."
    return (
        text("title", "Title"),
        text("category", "Category", "Such as home, beauty or fashion, as hosts name theirs."),
        text("market", "Market", "The country's code, such as GB."),
        text("language", "Language", "Its code, such as en."),
        text("platform", "Platform", "Such as youtube, tiktok or twitch."),
        TermField(name="minimum_audience", label="Followers there, at least", kind="whole"),
        TermField(
            name="skus", label="Products of the line-up", hint="Their SKUs, separated by commas. Empty: not settled yet.", most=4_000
        ),
        TermField(name="first", label="First show starts", kind="moment", hint="On a quarter hour.", needed=True),
        text("timezone", "Zone of that time", zone),
        TermField(name="minutes", label="Minutes of each show", kind="whole", hint="In quarter hours.", needed=True),
        TermField(name="repeat", label="Repeats", kind="choice", choices=REPEATS),
        TermField(name="times", label="Shows in all, if it repeats", kind="whole", hint=f"1 to {MAX_OCCURRENCES}."),
        text("currency", "Currency", "Its code, such as GBP."),
        TermField(name="budget_minor", label="Budget for the fees of all shows", kind="decimal", needed=True),
        TermField(name="flat_fee_minor", label="Flat fee for each show", kind="decimal", hint="Empty for none."),
        TermField(
            name="commission_basis_points", label="Commission, %", kind="decimal", hint="Empty for none. Tiers can be offered later."
        ),
        TermField(name="visibility", label="Who may see it", kind="choice", choices=SEEN_BY),
    )
