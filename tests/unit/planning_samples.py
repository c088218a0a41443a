"""Plans as their templates show them: the list with its form, one under way, one that has ended, and why not."""

from dataclasses import replace
from typing import Any

from chalicelib.core.access import Principal, Role
from chalicelib.web.views.common import Button, Cell, Empty, Figure, Link, Notice, Status, Table
from chalicelib.web.views.forms import Choice, Field, Form
from chalicelib.web.views.plan_wishes import BudgetRow, PairRow, Pairs, RivalsRow, WishesForm
from chalicelib.web.views.plans import BriefChoice, PlanPage, PlanPlace, PlansPage, SlotPage

BOOKER = Principal(user_id="usr_1", email="olive@kettlecove.example", tenant_id="brd_1", role=Role.BRAND_BOOKER)
DONE, RUNNING = Status(word="Done", tone="good"), Status(word="Running", tone="live")
BACK = Link(label="All plans", href="/plans")


def _table(caption: str, columns: str, *rows: tuple[str, ...]) -> Table:
    cells = tuple(tuple(Cell(text=text) for text in row) for row in rows)
    return Table(caption=caption, columns=tuple(columns.split(",")), rows=cells, empty=Empty(text="Nothing yet."))


PLANS = PlansPage(
    lead="A plan gives each show a host.",
    plans=_table("Plans so far", "Plan,Shows,State", ("January", "4", "Done")),
    action="/plans",
    choices=(
        BriefChoice(name="brief.brf_1", label="January", detail="home in GB, 4 shows, £1,000.00"),
        BriefChoice(name="brief.brf_2", label="February", detail="home in GB, 4 shows, £1,000.00"),
    ),
    fields=(
        Field(name="seconds", label="Seconds to search", value="60", hint="5 to 600."),
        Field(name="minimum_hosts", label="Hosts", value="1"),
    ),
    empty=Empty(text="No brief has a show ahead.", link=Link(label="Home", href="/")),
    may_ask=True,
)
WAITING = PlanPage(
    title="Plan: January",
    status=RUNNING,
    lead="4 shows, asked for Mon 10 Jan 2011, 19:00 UTC.",
    figures=(Figure(label="Best so far", value="£4,000.00"), Figure(label="Bound", value="£4,100.00", hint="£100.00 apart")),
    cancel=Button(label="Stop, and keep the best plan so far", action="/plans/pln_1/cancel", tone="secondary"),
    back=BACK,
    waits_at="/plans/pln_1",
)
PLAN = replace(
    WAITING,
    status=DONE,
    cancel=None,
    waits_at="",
    notice=Notice(text="It was stopped; the best plan found until then is below."),
    places=(
        PlanPlace(
            show=Link(label="January, Mon 10 Jan 2011 19:00 UTC", href="/plans/pln_1/slots/brf_1.1"),
            host="Mara Lind",
            facts="Expected to sell £900.00 for £300.00.",
            contest="Also wanted: February lacks £200.00. With Ivo Park instead it would sell £120.00 less.",
            offer=Button(label="Offer it to Mara Lind for £300.00", action="/plans/pln_1/offers", hidden=(("slot_id", "brf_1.1"),)),
        ),
        PlanPlace(
            show=Link(label="January, Tue 11 Jan 2011 19:00 UTC", href="/plans/pln_1/slots/brf_1.2"),
            host="Ivo Park",
            facts="Expected to sell £700.00 for £250.00.",
            deal=Link(label="Offer: offered", href="/offers/ofr_1"),
        ),
    ),
    more="3 shows more by the API.",
    open=_table("Shows without a host", "Show,Why", ("January, Wed", "No host passes.")),
    promised=_table("Left as they are", "Show,Host", ("January, Thu", "Mara Lind")),
    moved=_table("What changed", "Show,Before,Now,Why", ("January, Mon", "Zoe", "Mara Lind", "The host was taken out of the plan.")),
    again=Form(
        title="Somebody called off?",
        action="/plans/pln_1/again",
        button="Plan anew without this host",
        fields=(Field(name="creator_id", label="Without", choices=(Choice(value="crt_1", label="Mara Lind (1 show)"),)),),
    ),
)
SLOT = SlotPage(
    title="January, Mon 10 Jan 2011 19:00 UTC",
    hosts=_table(
        "Who could take it", "Host,Expected sales,Fee,As the plan stands", ("Mara Lind", "£900.00", "£300.00", "Has it in this plan.")
    ),
    back=Link(label="Back to the plan", href="/plans/pln_1"),
    answer=Notice(text="Ivo Park does not have it. Insisting on it would lose exactly £120.00 in all."),
)
WISHES = WishesForm(
    shows=(Choice(value="brf_1.1", label="January, Mon 10 Jan 2011 19:00 UTC"),),
    more_shows="3 later shows can be named by the API.",
    pairs=(
        Pairs(
            name="pins",
            legend="Pins",
            hint="This host does this show.",
            rows=(
                PairRow(name="pin-0", show="brf_1.1", host="mi", hosts=(Choice(value="crt_1", label="Mia (crt_1)"),)),
                PairRow(name="pin-1"),
            ),
        ),
        Pairs(name="nots", legend="Forbidden pairs", hint="This host does not do this show.", rows=(PairRow(name="not-0"),)),
    ),
    without=(PairRow(name="without-0"),),
    budget="777.00",
)
SEASON = replace(
    WISHES,
    budget=None,
    budgets=(BudgetRow(name="budget-0", brand="brd_1", amount="5"),),
    rivals=(RivalsRow(name="rivals-0", category="home", brands=("brd_1",), begins="2011-01-01T00:00", ends="2010-01-01T00:00"),),
    brands=(Choice(value="brd_1", label="Kettles"), Choice(value="brd_2", label="Mugs")),
    categories=("home",),
    errors=(
        ("pin-0-host", "Choose one."),
        ("pin-1-show", "Choose the show."),
        ("nots", "Forbidden."),
        ("withouts", "Leave one."),
        ("budget-0-amount", "Too little."),
        ("budget-0-brand", "Twice."),
        ("budgets", "Raise it."),
        ("rivals-0-brands", "Tick two."),
        ("rivals-0-category", "Choose."),
        ("rivals-0-until", "Ends before it begins."),
        ("rivals", "Take it out."),
    ),
)
PLANNING_SAMPLES: dict[str, tuple[str, Principal | None, Any]] = {
    "plans": ("planning/plans.html", BOOKER, PLANS),
    "plans_empty": ("planning/plans.html", BOOKER, replace(PLANS, choices=())),
    "plans_viewer": ("planning/plans.html", BOOKER, replace(PLANS, may_ask=False)),
    "plans_wishes": ("planning/plans.html", BOOKER, replace(PLANS, wishes=replace(WISHES, is_open=True))),
    "plans_wrong": (
        "planning/plans.html",
        BOOKER,
        replace(
            PLANS,
            wishes=SEASON,
            notice=Notice(text="Nothing is planned yet.", tone="bad"),
            errors=(("briefs", "Choose one."), ("seconds", "Write a number.")),
            choices=(replace(PLANS.choices[0], is_ticked=True),),
        ),
    ),
    "plan_waiting": ("planning/plan.html", BOOKER, WAITING),
    "plan": ("planning/plan.html", BOOKER, PLAN),
    "slot": ("planning/slot.html", BOOKER, SLOT),
    "slot_unasked": ("planning/slot.html", BOOKER, replace(SLOT, answer=None)),
}
