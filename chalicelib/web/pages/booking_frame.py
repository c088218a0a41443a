"""A booking's page around the parts that features show of it. A form that was refused comes back there as it was typed, with the reason."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from chalicelib.bookings.states import Booking
from chalicelib.contracts.rules import show_id_of
from chalicelib.core.access import Action, Principal
from chalicelib.history.rules import Entry, Side
from chalicelib.web.pages import refused_forms
from chalicelib.web.pages.refused_forms import NOTHING_TRIED, Tried
from chalicelib.web.pages.words import allowed, cell, name_of, not_spoken_for, person, status, table
from chalicelib.web.routes import Call, Page, Redirect
from chalicelib.web.views.booking_delivery import DeliverableView, DeliveredSection, TimesSection
from chalicelib.web.views.bookings import BookingPage, Section
from chalicelib.web.views.common import Cell, Link, Notice, Status, Table, when
from chalicelib.web.views.endings import EndingSection
from chalicelib.web.views.forms import Form
from chalicelib.wiring import services

Part = Callable[[Call[Any], Booking], Section | None]
_parts: list[Part] = []
REFUSED = Status(word="Refused", tone="bad")
DONE = Status(word="Done", tone="good")


def show(*parts: Part) -> None:
    """Say what features show of a booking, in this order; a part is None where there is nothing to show to this reader."""
    _parts[:] = parts


def page_of(call: Call[Any], booking_id: str, tried: Tried = NOTHING_TRIED) -> Page:
    """The page; what was tried is named by the address that its form is sent to."""
    booking = services().bookings.get(call.principal, booking_id)
    sections, left = (section(call, booking) for section in _parts), not_spoken_for(call.principal, booking.contract_id)
    view = BookingPage(
        title=booking.title,
        booking_id=booking.booking_id,
        status=status(booking.state),
        when=f"{when(booking.starts_at, booking.timezone)}, {booking.minutes} minutes",
        parties=f"{name_of(booking.brand_id)} with {name_of(booking.creator_id)}",
        links=tuple(_links(call.principal, booking)),
        timeline=timeline(call.principal, services().history.of_booking(booking.contract_id, booking_id), booking.timezone),
        sections=tuple(_as_typed(section, tried) if left is None else _only_read(section) for section in sections if section is not None),
        notice=left if tried.error is None else Notice(text=tried.error.message, tone="bad"),
    )
    return Page(template="deal/booking.html", view=view, status=tried.status)


def attempt(call: Call[Any], booking_id: str, action: str, what: Callable[[], str | None]) -> Page | Redirect:
    """Do what a form asks and go to the booking that it names, this one where it names none; refused, the form comes back filled in."""
    return refused_forms.attempt(
        call,
        f"/console/bookings/{booking_id}/{action}",
        lambda: f"/console/bookings/{what() or booking_id}",
        lambda tried: page_of(call, booking_id, tried),
    )


def timeline(principal: Principal, entries: Iterable[Entry], zone: str) -> Table:
    """What happened, the latest first."""
    rows = [_row(principal, entry, zone) for entry in entries]
    return table("Timeline", "What,When,Who,Outcome", reversed(rows), "Nothing is recorded yet.")


def _as_typed(section: Section, tried: Tried) -> Section:
    match section.view:
        case EndingSection() | TimesSection() as view:
            return replace(section, view=replace(view, forms=tuple(_filled(form, tried) for form in view.forms)))
        case DeliveredSection() as view:
            return replace(section, view=replace(view, deliverables=tuple(_said(each, tried) for each in view.deliverables)))
        case _:
            return section


def _only_read(section: Section) -> Section:
    """Without what it could be answered by."""
    match section.view:
        case EndingSection() as view:
            return replace(section, view=replace(view, forms=()))
        case TimesSection() as view:
            return replace(section, view=replace(view, forms=(), proposals=tuple(replace(each, buttons=()) for each in view.proposals)))
        case DeliveredSection() as view:
            return replace(section, view=replace(view, deliverables=tuple(replace(each, action=None) for each in view.deliverables)))
        case _:
            return section


def _filled(form: Form, tried: Tried) -> Form:
    if tried.error is None or form.action != tried.form_id:
        return form
    wrong = tried.error.fields
    fields = tuple(
        replace(each, value=tried.typed.get(each.name, each.value), error=tried.error.message if each.name in wrong else "")
        for each in form.fields
    )
    return replace(form, fields=fields, error="" if any(each.error for each in fields) else tried.error.message)


def _said(deliverable: DeliverableView, tried: Tried) -> DeliverableView:
    if tried.error is None or deliverable.action != tried.form_id or tried.typed.get("kind") != deliverable.kind:
        return deliverable
    return replace(deliverable, words=tried.typed.get("words", ""), known=tried.typed.get("how", ""), error=tried.error.message)


def _row(principal: Principal, entry: Entry, zone: str) -> tuple[Cell, ...]:
    outcome = Cell(text="", status=DONE) if entry.refused is None else Cell(text="", status=REFUSED, note=entry.refused)
    return cell(entry.sentence, note="; ".join(entry.evidence)), cell(when(entry.at, zone)), cell(_who(principal, entry)), outcome


def _who(principal: Principal, entry: Entry) -> str:
    """The side by name; the person only to those of the same tenant."""
    if entry.actor.side is Side.PLATFORM:
        return "by itself"
    if entry.actor.tenant_id != principal.tenant_id:
        return name_of(entry.actor.tenant_id) or entry.actor.side.value
    return person(principal, entry.actor.user_id) or name_of(entry.actor.tenant_id)


def _links(principal: Principal, booking: Booking) -> Iterator[Link]:
    yield Link(label="Contract", href=f"/contracts/{booking.contract_id}")
    yield Link(label="Offer", href=f"/offers/{booking.offer_id}")
    show_id = show_id_of(booking.booking_id)
    opened = {show.show_id for show in services().shows.of_contract(booking.contract_id)}
    if show_id in opened and allowed(principal, Action.SEE_SHOW):
        yield Link(label="Show", href=f"/console/shows/{show_id}")
