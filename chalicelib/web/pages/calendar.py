"""A host's calendar, for the host and the managers of the host's agency: time, hours, calendars in and out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.bookings.agenda import Entry, HostAgenda, Kind
from chalicelib.bookings.calendars import ImportedCalendar
from chalicelib.bookings.feed import address_of
from chalicelib.contracts.negotiation import OPEN, Offer
from chalicelib.core.access import Action, Principal, Role
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.core.words import plural
from chalicelib.web.errors import status_of
from chalicelib.web.pages import hours_form
from chalicelib.web.pages.calendar_grid import STATUSES, day_asked, grid, shown
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import cell, name_of, state_cell, table
from chalicelib.web.routes import Call, NoBody, Page, Redirect
from chalicelib.web.views.calendar import (
    CalendarEntry,
    CalendarPage,
    FeedView,
    HostsPage,
    HoursForm,
    ImportForm,
    KeptCalendar,
)
from chalicelib.web.views.common import Button, Cell, Empty, Link, Notice, Table, when
from chalicelib.wiring import services

HOME = "/calendar"
MAX_FILE_BYTES = 500_000
"""A form has at most a million bytes, and grows when it is sent."""
DONE: Mapping[str, str] = {
    "hours": "The hours are kept. What is booked stays booked.",
    "calendar": "The calendar is kept. Its busy times count from now on; what is booked stays booked.",
    "removed": "The calendar is removed. Its times are free again.",
    "feed-removed": "The address opens nothing any more.",
}
NO_HOSTS = "No host has named your agency yet. They do so in their profile."
HOURS_WRONG = "Nothing was kept yet: some fields need another look."


class NewCalendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A calendar that is brought: its name and the text of its .ics file."""

    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    ics: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changed:
    """What of a page differs from how things are kept: a form as it was sent, or an address that is shown this once."""

    hours: HoursForm | None = None
    bring: ImportForm | None = None
    secret: str = ""
    notice: Notice | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    status: int = HTTPStatus.OK


@routes.page("GET", HOME, action=Action.EDIT_AVAILABILITY)
def own_calendar(call: Call[None]) -> Page:
    """The host's own calendar; for an agency its hosts to choose from."""
    if call.principal.role is Role.CREATOR:
        return _page(call.principal, call.principal.tenant_id, _Changed(query=call.query))
    hosts = tuple(_hosts_of(call.principal))
    return Page(template="creator/calendars.html", view=HostsPage(hosts=hosts, empty=Empty(text=NO_HOSTS)))


@routes.page("GET", "/calendar/{creator_id}", action=Action.EDIT_AVAILABILITY)
def calendar_page(call: Call[None], creator_id: str) -> Page:
    """The calendar of a host that the reader speaks for."""
    return _page(call.principal, creator_id, _Changed(query=call.query))


@routes.form("POST", "/calendar/{creator_id}/hours", action=Action.EDIT_AVAILABILITY, body=dict[str, str])
def save_hours(call: Call[dict[str, str]], creator_id: str) -> Page | Redirect:
    """Keep the hours, or say beside each field what is wrong with it; `more` asks for empty rows and keeps nothing."""
    services().bookings.availability(call.principal, creator_id)
    action, sent = f"{HOME}/{creator_id}/hours", call.body
    if "more" in sent:
        return _page(call.principal, creator_id, _Changed(hours=hours_form.as_written(action, sent, more=True)))
    availability, mistakes = hours_form.read(sent)
    if availability is None:
        form = hours_form.as_written(action, sent, errors=mistakes)
        wrong = Notice(text=HOURS_WRONG, tone="bad", link=Link(label="See them", href="#hours"))
        return _page(call.principal, creator_id, _Changed(hours=form, notice=wrong, status=HTTPStatus.UNPROCESSABLE_ENTITY))
    services().bookings.save_availability(call.principal, creator_id, availability)
    return Redirect(path=_done(call.principal, creator_id, "hours"))


@routes.form("POST", "/calendar/{creator_id}/calendars", action=Action.EDIT_AVAILABILITY, body=NewCalendar)
def bring_calendar(call: Call[NewCalendar], creator_id: str) -> Page | Redirect:
    """Keep a calendar's busy times under a name, or say what is wrong with name or file."""
    name = "-".join(call.body.name.casefold().split())
    try:
        services().bookings.calendars.save(call.principal, creator_id, name, call.body.ics)
    except (Invalid, Conflict) as error:
        about = "name" if "calendar_id" in error.fields or isinstance(error, Conflict) else "ics"
        form = ImportForm(action="", name=call.body.name, ics=call.body.ics, errors=((about, error.message),))
        wrong = Notice(text=f"Nothing was taken. {error.message}", tone="bad", link=Link(label="Mend it", href="#bring"))
        return _page(call.principal, creator_id, _Changed(bring=form, notice=wrong, status=status_of(error)))
    return Redirect(path=_done(call.principal, creator_id, "calendar"))


@routes.form("POST", "/calendar/{creator_id}/calendars/{calendar_id}/remove", action=Action.EDIT_AVAILABILITY, body=NoBody)
def forget_calendar(call: Call[NoBody], creator_id: str, calendar_id: str) -> Redirect:
    """Forget a calendar."""
    services().bookings.calendars.remove(call.principal, creator_id, calendar_id)
    return Redirect(path=_done(call.principal, creator_id, "removed"))


@routes.form("POST", "/calendar/{creator_id}/feed", action=Action.EDIT_AVAILABILITY, body=NoBody)
def make_feed(call: Call[NoBody], creator_id: str) -> Page:
    """Make a new address of the feed, and show it this once."""
    secret = services().bookings.feeds.renew(call.principal, creator_id)
    return _page(call.principal, creator_id, _Changed(secret=secret, notice=Notice(text="The address is made: copy it now.", tone="good")))


@routes.form("POST", "/calendar/{creator_id}/feed/remove", action=Action.EDIT_AVAILABILITY, body=NoBody)
def remove_feed(call: Call[NoBody], creator_id: str) -> Redirect:
    """Let the address open nothing any more."""
    services().bookings.feeds.remove(call.principal, creator_id)
    return Redirect(path=_done(call.principal, creator_id, "feed-removed"))


def _address(principal: Principal, creator_id: str) -> str:
    return HOME if principal.tenant_id == creator_id else f"{HOME}/{creator_id}"


def _done(principal: Principal, creator_id: str, what: str) -> str:
    return f"{_address(principal, creator_id)}?done={what}"


def _hosts_of(principal: Principal) -> Iterator[Link]:
    for creator_id in services().directory.hosts_of(principal.tenant_id):
        yield Link(label=name_of(creator_id), href=f"{HOME}/{creator_id}")


def _page(principal: Principal, creator_id: str, changed: _Changed) -> Page:
    bookings, clock = services().bookings, services().clock
    offered = bookings.availability(principal, creator_id)
    zone = ZoneInfo(offered.timezone)
    today = clock.now().astimezone(zone).date()
    what = shown(changed.query.get("view", ""), day_asked(changed.query.get("day", ""), today))
    agenda = bookings.agenda.of(principal, creator_id, *what.between(zone))
    offers = [offer for offer in services().contracts.offers.list(principal) if offer.creator_id == creator_id]
    base = f"{HOME}/{creator_id}"
    view = CalendarPage(
        title="Your calendar" if principal.tenant_id == creator_id else f"Calendar of {agenda.name}",
        all_hosts=Link(label="All hosts", href=HOME) if principal.role is Role.AGENCY_MANAGER else None,
        notice=changed.notice or _told(changed.query, agenda),
        grid=grid(agenda, what, today, _address(principal, creator_id), _words(agenda, offers)),
        series=_series(offers, offered.timezone),
        look=Link(label="Look at the dates of a series", href=f"{base}/series"),
        hours=changed.hours or hours_form.filled(f"{base}/hours", offered, today),
        kept=tuple(_kept(base, each, offered.timezone) for each in bookings.calendars.list(principal, creator_id)),
        bring=_bring(f"{base}/calendars", changed.bring),
        feed=_feed(principal, creator_id, changed.secret, offered.timezone),
    )
    return Page(template="creator/calendar.html", view=view, status=changed.status)


def _told(query: Mapping[str, str], agenda: HostAgenda) -> Notice | None:
    done = DONE.get(query.get("done", ""))
    if done is not None:
        return Notice(text=done, tone="good")
    if not agenda.offered.weekly and not agenda.offered.exceptions:
        return Notice(text="No hours are open, so nobody can book.", tone="waiting", link=Link(label="Open some", href="#hours"))
    return None


def _words(agenda: HostAgenda, offers: Sequence[Offer]) -> Callable[[Entry], CalendarEntry]:
    """What an entry is about: a booking's show, the offer for which time is held, or the name of a calendar."""
    offer_of = {show.booking_id: (offer, show.title) for offer in offers for show in offer.shows}

    def told(entry: Entry) -> CalendarEntry:
        status = STATUSES[entry.kind]
        if entry.kind is Kind.BUSY:
            return CalendarEntry(status=status, times="", words=f"by {entry.calendar_id}")
        if entry.booking is not None:
            booking = entry.booking
            state = booking.state.value.replace("_", " ").capitalize()
            words = f"{booking.title}, {name_of(booking.brand_id)}"
            return CalendarEntry(status=status, times="", words=words, href=f"/console/bookings/{booking.booking_id}", note=f"{state}.")
        offer, title = offer_of.get(entry.booking_id, (None, "An offer"))
        words = title if offer is None else f"{title}, {name_of(offer.brand_id)}"
        href = None if offer is None else f"/offers/{offer.offer_id}"
        held = f"Held until {when(entry.held_until, agenda.offered.timezone)}." if entry.held_until else "Being booked."
        return CalendarEntry(status=status, times="", words=words, href=href, note=held)

    return told


def _series(offers: Sequence[Offer], timezone: str) -> Table:
    rows = [_series_row(offer, timezone) for offer in offers if len(offer.shows) > 1]
    return table("Series", "Series,Brand,Shows,First,Last,State", rows, "No series of shows was offered yet.", numbers=(2,))


def _series_row(offer: Offer, timezone: str) -> tuple[Cell, ...]:
    held = offer.held_until if offer.state in OPEN else None
    return (
        cell(offer.shows[0].title, f"/offers/{offer.offer_id}"),
        cell(name_of(offer.brand_id)),
        cell(f"{len(offer.shows):,}"),
        cell(when(offer.shows[0].starts_at, timezone)),
        cell(when(offer.shows[-1].starts_at, timezone)),
        state_cell(offer.state, note=f"held until {when(held, timezone)}" if held else ""),
    )


def _kept(base: str, each: ImportedCalendar, timezone: str) -> KeptCalendar:
    hours, minutes = divmod(each.busy_minutes, 60)
    busy = f"{plural(each.events, 'busy time')}, {hours:,} h {minutes} min in all, until {when(each.until, timezone)}"
    return KeptCalendar(
        name=each.calendar_id,
        facts=f"Brought {when(each.imported_at, timezone)}. {busy}; bring it anew before that.",
        remove=Button(label=f"Remove {each.calendar_id}", action=f"{base}/calendars/{each.calendar_id}/remove", tone="secondary"),
    )


def _bring(action: str, sent: ImportForm | None) -> ImportForm:
    form = sent or ImportForm(action=action)
    return ImportForm(action=action, name=form.name, ics=form.ics, max_bytes=MAX_FILE_BYTES, errors=form.errors)


def _feed(principal: Principal, creator_id: str, secret: str, timezone: str) -> FeedView:
    base = f"{HOME}/{creator_id}/feed"
    made_at = services().bookings.feeds.made_at(principal, creator_id)
    if made_at is None:
        words = "A calendar program can show these gigs by an address. Whoever knows it can read them, so it is secret."
        return FeedView(words=words, make=Button(label="Make the address", action=base))
    words = f"An address was made {when(made_at, timezone)}. It is shown only when it is made; if it is lost, make a new one."
    return FeedView(
        words="Subscribe to this address in the calendar program. It is shown this once; whoever knows it can read the gigs."
        if secret
        else words,
        make=Button(label="Make a new address; the old one stops working", action=base, tone="secondary"),
        remove=Button(label="Remove the address", action=f"{base}/remove", tone="danger"),
        address=address_of(services().settings.site_url, secret) if secret else "",
    )
