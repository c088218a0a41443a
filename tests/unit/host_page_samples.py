"""Pages about hosts as their templates show them: a host asked for by name, and a host's calendar."""

from dataclasses import replace
from typing import Any

from chalicelib.core.access import Principal, Role
from chalicelib.web.views.asked_hosts import AskedHosts, HostAnswer, HostCalled
from chalicelib.web.views.calendar import (
    CalendarDay,
    CalendarEntry,
    CalendarPage,
    ExceptionRow,
    FeedView,
    Grid,
    HostsPage,
    HoursForm,
    ImportForm,
    KeptCalendar,
    SeriesForm,
    SeriesPage,
    WeekdayField,
)
from chalicelib.web.views.common import Button, Cell, Empty, Link, Notice, Status, Table
from chalicelib.web.views.deals import Factor, Hurdle
from chalicelib.web.views.forms import Choice, SearchField

BOOKER = Principal(user_id="usr_1", email="olive@kettlecove.example", tenant_id="brd_1", role=Role.BRAND_BOOKER)
HOST = Principal(user_id="usr_2", email="mara@live.example", tenant_id="crt_1", role=Role.CREATOR)
AGENCY = Principal(user_id="usr_3", email="desk@stars.example", tenant_id="agy_1", role=Role.AGENCY_MANAGER)
ASKED = AskedHosts(
    brief_title="January",
    ask=SearchField(action="/brand/briefs/brf_1/hosts", name="mara"),
    back=Link(label="All hosts for this brief", href="/brand/briefs/brf_1"),
    answer=HostAnswer(
        name="Mara Lind",
        status=Status(word="Left out", tone="waiting"),
        sentence="Mara Lind is not among the hosts for this brief.",
        hurdles=(Hurdle(label="Over the budget", words="Asks for £400.00. Raise the budget to 400.00 GBP."),),
        factors=(Factor(label="Expected sales", words="Sold £900.00 a show.", weight="+9.100", helps=True),),
        after="With all of that changed, Mara Lind would be number 2 of 9 by score.",
        other_fee="With a fee of 420.00 GBP a show it would be number 1 by score, not 2.",
    ),
)
MARA = HostCalled(link=Link(label="Mara Lind", href="/brand/briefs/brf_1/hosts/crt_1"), facts="home · GB · £300.00 a show")
DAYS = tuple(
    CalendarDay(iso=f"2011-01-{day:02}", number=str(day), words=f"{day} Jan 2011", opened="18:00-22:00", entries=()) for day in range(3, 10)
)
ENTRIES = (
    CalendarEntry(
        status=Status(word="Booked", tone="good"),
        times="19:00-20:00",
        words="Winter",
        href="/contracts/ctr_1",
        note="With rest 18:30-20:30.",
    ),
    CalendarEntry(status=Status(word="Held", tone="waiting"), times="from 23:00", words="Spring", note="Held until Tue."),
    CalendarEntry(status=Status(word="Busy"), times="all day", words="by work"),
)
CALENDAR = CalendarPage(
    title="Calendar of Mara Lind",
    all_hosts=Link(label="All hosts", href="/calendar"),
    notice=Notice(text="The hours are kept.", tone="good"),
    grid=Grid(
        heading="January 2011",
        zone="Europe/London",
        views=(Link(label="Month", href=""), Link(label="Week", href="/calendar?view=week")),
        before=Link(label="Earlier month", href="/calendar?day=2010-12-01"),
        today=Link(label="Today", href="/calendar"),
        after=Link(label="Later month", href="/calendar?day=2011-02-01"),
        weeks=((replace(DAYS[0], entries=ENTRIES, is_today=True), replace(DAYS[1], is_outside=True), *DAYS[2:]),),
    ),
    series=Table(
        caption="Series",
        columns=("Series", "Shows"),
        rows=((Cell(text="Mondays", href="/offers/ofr_1"), Cell(text="12")),),
        empty=Empty(text="No series yet."),
    ),
    look=Link(label="Look at the dates of a series", href="/calendar/crt_1/series"),
    hours=HoursForm(
        action="/calendar/crt_1/hours",
        timezone="Europe/Londn",
        zones=("Europe/London",),
        before="30",
        after="7",
        weekdays=(WeekdayField(name="day-0", label="Monday", value="18-22"),),
        exceptions=(ExceptionRow(number=0, first="2011-01-24", last="2011-01-20", repeat="weekly"), ExceptionRow(number=1)),
        errors=(
            ("timezone", "No such zone."),
            ("after", "In quarter hours."),
            ("day-0", "Write hours so."),
            ("exceptions", "Too many."),
            ("exception-0-last", "Before the first."),
        ),
    ),
    kept=(
        KeptCalendar(
            name="work", facts="2 busy times.", remove=Button(label="Remove work", action="/calendar/crt_1/calendars/work/remove")
        ),
    ),
    bring=ImportForm(
        action="/calendar/crt_1/calendars", name="A b", ics="BEGIN", max_bytes=1, errors=(("name", "Not such a name."), ("ics", "Broken."))
    ),
    feed=FeedView(
        words="Subscribe to this address.",
        make=Button(label="Make a new address", action="/calendar/crt_1/feed"),
        remove=Button(label="Remove the address", action="/calendar/crt_1/feed/remove", tone="danger"),
        address="https://primetime.example/calendars/secret.ics",
    ),
)
QUIET = replace(
    CALENDAR,
    all_hosts=None,
    notice=None,
    grid=replace(CALENDAR.grid, weeks=(DAYS,), nothing="Nothing is booked."),
    series=replace(CALENDAR.series, rows=()),
    hours=replace(CALENDAR.hours, errors=()),
    kept=(),
    bring=replace(CALENDAR.bring, errors=()),
    feed=replace(CALENDAR.feed, remove=None, address=""),
)
SERIES = SeriesPage(
    form=SeriesForm(
        action="/calendar/crt_1/series",
        zone="Europe/London",
        first="2011-01-24T19:00",
        rhythm="weekly",
        rhythms=(Choice(value="daily", label="Every day"), Choice(value="weekly", label="Every week")),
        times="0",
        minutes="7",
        errors=(("times", "Between 1 and 60."), ("minutes", "In quarter hours."), ("first", "Write a day.")),
    ),
    dates=replace(CALENDAR.series, caption="Dates"),
    words="1 of 2 dates are free.",
    back=Link(label="Back to the calendar", href="/calendar"),
)
CALENDARS = HostsPage(hosts=(Link(label="Mara Lind", href="/calendar/crt_1"),), empty=Empty(text="No host yet."))
HOST_PAGE_SAMPLES: dict[str, tuple[str, Principal | None, Any]] = {
    "asked_host": ("matching/asked.html", BOOKER, ASKED),
    "asked_hosts": (
        "matching/asked.html",
        BOOKER,
        replace(
            ASKED, answer=None, hosts=(HostCalled(link=Link(label="Mara Lind", href="/x"), facts="home · GB"),), more="There are more."
        ),
    ),
    "asked_nobody": (
        "matching/asked.html",
        BOOKER,
        replace(ASKED, answer=None, nobody="Nobody is called so.", ask=replace(ASKED.ask, error="Write a name.")),
    ),
    "calendar": ("creator/calendar.html", HOST, CALENDAR),
    "calendar_quiet": ("creator/calendar.html", HOST, QUIET),
    "series_dates": ("creator/series.html", HOST, SERIES),
    "series_unasked": ("creator/series.html", HOST, replace(SERIES, dates=None, words="", form=replace(SERIES.form, errors=()))),
    "calendars": ("creator/calendars.html", AGENCY, CALENDARS),
    "calendars_none": ("creator/calendars.html", AGENCY, replace(CALENDARS, hosts=())),
}
