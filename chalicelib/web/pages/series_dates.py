"""A host looks at a series before anybody offers it: each of its dates, and what stands against it."""

import re
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

from chalicelib.bookings.rules import MAX_SHOW_MINUTES, BadSlot, check_minutes
from chalicelib.bookings.series_service import Occurrence
from chalicelib.core.access import Action, Principal
from chalicelib.core.errors import Invalid
from chalicelib.core.recurrence import MAX_OCCURRENCES, Recurrence, starts
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import cell, table
from chalicelib.web.routes import Call, Page
from chalicelib.web.views.calendar import SeriesForm, SeriesPage
from chalicelib.web.views.common import Cell, Link, Status, when
from chalicelib.web.views.forms import Choice
from chalicelib.wiring import services

TEMPLATE = "creator/series.html"
RHYTHMS: Mapping[str, tuple[str, str]] = {
    "weekly": ("Every week", "FREQ=WEEKLY"),
    "fortnightly": ("Every second week", "FREQ=WEEKLY;INTERVAL=2"),
    "daily": ("Every day", "FREQ=DAILY"),
    "monthly": ("Every month on that day", "FREQ=MONTHLY"),
}
FREE = Status(word="Free", tone="good")
TAKEN = Status(word="Not free", tone="bad")


@routes.page("GET", "/calendar/{creator_id}/series", action=Action.EDIT_AVAILABILITY)
def series_page(call: Call[None], creator_id: str) -> Page:
    """The form, and with its answers every date."""
    bookings, principal = services().bookings, call.principal
    timezone = bookings.availability(principal, creator_id).timezone
    errors: dict[str, str] = {}
    found: tuple[Occurrence, ...] = ()
    if "first" in call.query:
        recurrence, minutes = _asked(call.query, timezone, errors)
        if recurrence is not None and not errors:
            try:
                found = bookings.series.preview(bookings.time_acted_for(principal, creator_id), starts(recurrence), minutes)
            except Invalid as error:
                errors["first"] = error.message
    view = _page(principal, creator_id, call.query, timezone, found, errors)
    return Page(template=TEMPLATE, view=view, status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK)


def _page(  # a form, its answer and what is wrong with it
    principal: Principal, creator_id: str, sent: Mapping[str, str], timezone: str, found: tuple[Occurrence, ...], errors: Mapping[str, str]
) -> SeriesPage:
    free = sum(each.why_not is None for each in found)
    return SeriesPage(
        form=_form(creator_id, sent, timezone, errors),
        dates=table("Dates", "Date,State,What stands against it", [_row(each, timezone) for each in found], "") if found else None,
        words=f"{free} of {len(found)} dates are free." if found else "",
        back=Link(label="Back to the calendar", href="/calendar" if principal.tenant_id == creator_id else f"/calendar/{creator_id}"),
    )


def _asked(sent: Mapping[str, str], timezone: str, errors: dict[str, str]) -> tuple[Recurrence | None, int]:
    times, minutes = (_number(sent.get(name, ""), name, errors) for name in ("times", "minutes"))
    if "times" not in errors and not 1 <= times <= MAX_OCCURRENCES:
        errors["times"] = f"Between 1 and {MAX_OCCURRENCES}."
    if "minutes" not in errors:
        try:
            check_minutes(minutes)
        except BadSlot:
            errors["minutes"] = f"Between 15 and {MAX_SHOW_MINUTES:,}, in quarter hours."
    try:
        first = datetime.fromisoformat(sent["first"])
    except ValueError:
        errors["first"] = "Write a day and a time, such as 2011-01-24T19:00."
        return None, minutes
    _, rule = RHYTHMS.get(sent.get("rhythm", ""), RHYTHMS["weekly"])
    return Recurrence(first=first, rule=f"{rule};COUNT={times}", timezone=timezone), minutes


def _number(text: str, name: str, errors: dict[str, str]) -> int:
    if re.fullmatch(r"[0-9]{1,4}", text.strip()) is None:
        errors[name] = "Write a whole number."
        return 0
    return int(text)


def _row(each: Occurrence, timezone: str) -> tuple[Cell, ...]:
    state = Cell(text="", status=FREE if each.why_not is None else TAKEN)
    return cell(when(each.starts_at, timezone)), state, cell(each.why_not or "\N{EN DASH}")


def _form(creator_id: str, sent: Mapping[str, str], timezone: str, errors: Mapping[str, str]) -> SeriesForm:
    return SeriesForm(
        action=f"/calendar/{creator_id}/series",
        zone=timezone.replace("_", " "),
        first=sent.get("first", ""),
        rhythm=sent.get("rhythm", ""),
        rhythms=tuple(Choice(value=value, label=label) for value, (label, _) in RHYTHMS.items()),
        times=sent.get("times", "12"),
        minutes=sent.get("minutes", "60"),
        errors=tuple(errors.items()),
    )
