"""One realistic view model for each template: what the page looks like full, and what it looks like with nothing in it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.core.access import Principal, Role
from chalicelib.shows.pages import show_page
from chalicelib.shows.rules import Attribution, Deal, LineUpItem, Show, ShowState, ended, pinned, published, started
from chalicelib.shows.video import parse_video
from chalicelib.web.pages.steps import Decision, Steps
from chalicelib.web.views import common, deals, money, shows
from chalicelib.web.views.bookings import BookingPage
from chalicelib.web.views.common import Button, Cell, Empty, Figure, Link, Status, Table, Todo
from chalicelib.web.views.forms import Choice, Field, Form

STARTS = datetime(2011, 1, 10, 19, tzinfo=UTC)
SITE = "https://primetime.example"
BRAND = Principal(user_id="usr_1", email="olive@kettlecove.example", tenant_id="brd_1", role=Role.BRAND_OWNER)
HOST = Principal(user_id="usr_2", email="mara@live.example", tenant_id="crt_1", role=Role.CREATOR)
OPERATOR = Principal(user_id="usr_4", email="operator@primetime.example", tenant_id="platform", role=Role.OPERATOR)
FINANCE = Principal(user_id="usr_3", email="finance@primetime.example", tenant_id="platform", role=Role.FINANCE_APPROVER)

GOOD, BAD, WAITING, LIVE = (
    Status(word="Signed", tone="good"),
    Status(word="Failed", tone="bad"),
    Status(word="Waiting", tone="waiting"),
    Status(word="On air", tone="live"),
)


def row(*texts: str | Status, href: str | None = None) -> tuple[Cell, ...]:
    """A row of texts and statuses; `href` is where the first cell goes."""
    cells = [Cell(text="", status=text) if isinstance(text, Status) else Cell(text=text) for text in texts]
    return (replace(cells[0], href=href), *cells[1:])


def table(caption: str, columns: str, *rows: tuple[Cell, ...], numbers: tuple[int, ...] = ()) -> Table:
    """A table of `columns` separated by commas."""
    empty = Empty(text=f"No {caption.lower()} yet.", link=Link(label="Post a brief", href="/brand/briefs/new"))
    return Table(caption=caption, columns=tuple(columns.split(",")), rows=rows, empty=empty, number_columns=frozenset(numbers))


def show() -> Show:
    """A published show with a line-up of the real shop's kind of goods."""
    goods = (
        ("85123A", "White hanging heart t-light holder", 255),
        ("22423", "Regency cakestand 3 tier", 1275),
        ("47566", "Party bunting", 495),
        ("84879", "Assorted colour bird ornament", 169),
        ("20725", "Lunch bag red retrospot", 165),
    )
    items = tuple(
        LineUpItem(sku=sku, title=title, price_minor=minor, currency="GBP", link=f"https://shop.example/p/{sku}")
        for sku, title, minor in goods
    )
    draft = Show(
        show_id="shw_1",
        booking_id="bkg_1",
        contract_id="ctr_1",
        brand_id="brd_1",
        brand_name="Kettle Cove",
        creator_id="crt_1",
        host_name="Mara Lind",
        agency_id="agy_1",
        slug="winter-table-2011-01-10",
        title="The winter table, live",
        description="Cake stands, bunting and small lights for long evenings: Mara sets a table in an hour and shows what goes with what.",
        timezone="Europe/London",
        currency="GBP",
        starts_at=STARTS,
        minutes=120,
        video=parse_video("https://youtu.be/abcdefghijk"),
        line_up=items,
        attribution=Attribution(before_minutes=0, after_minutes=60),
    )
    return published(draft)


def live_show() -> Show:
    """The show two minutes in, with a deal on stage."""
    on_air = started(show(), STARTS)
    first = pinned(on_air, "85123A", now=STARTS + timedelta(seconds=20))
    return pinned(first, "22423", now=STARTS + timedelta(seconds=100), deal=Deal(price_minor=995, seconds=600))


def over() -> Show:
    """The show after its end."""
    return ended(live_show(), STARTS + timedelta(hours=2))


def public(state: str) -> Any:
    """The public page in a state."""
    chosen = {"draft": replace(show(), state=ShowState.DRAFT), "published": show(), "live": live_show(), "ended": over()}[state]
    return show_page(chosen, site_url=SITE, now=STARTS + timedelta(minutes=2))


BRAND_HOME = deals.BrandHome(
    name="Kettle Cove",
    todos=(
        Todo(
            text="Mara Lind made a counter-offer for The winter table",
            link=Link(label="Read it", href="/offers/ofr_1"),
            due="Expires in 20 hours",
        ),
        Todo(text="Sign the contract with Jonas Feld", link=Link(label="Sign", href="/contracts/ctr_2")),
    ),
    figures=(
        Figure(label="Net sales, last 30 days", value="£18,204.55", hint="from 3 shows", href="/brand/sales"),
        Figure(label="Returned", value="£1,120.10", hint="6.2 % of sales"),
        Figure(label="Cost of sale", value="14.8 %"),
        Figure(label="Deposit left", value="£2,400.00"),
    ),
    shows=table(
        "Shows",
        "Show,Starts,Host,State",
        row("The winter table, live", "Mon 10 Jan 2011, 19:00 Europe/London", "Mara Lind", LIVE, href="/brand/shows/shw_1"),
        row("Retrospot evening", "Wed 19 Jan 2011, 20:00 Europe/London", "Jonas Feld", WAITING, href="/brand/shows/shw_2"),
    ),
    briefs=table(
        "Briefs", "Brief,Windows,State", row("Winter table", "3", Status(word="Open", tone="waiting"), href="/briefs/brf_1"), numbers=(1,)
    ),
    contracts=table("Contracts", "Contract,With,State", row("ctr_1", "Mara Lind", GOOD, href="/contracts/ctr_1")),
)
CREATOR_HOME = deals.CreatorHome(
    name="Mara Lind",
    gig=deals.NextGig(
        title="The winter table, live",
        brand="Kettle Cove",
        starts="Mon 10 Jan 2011, 19:00 Europe/London",
        length="120 minutes",
        status=WAITING,
        page=Link(label="See the show page", href="/shows/winter-table-2011-01-10/"),
    ),
    no_gig=Empty(
        text="No gig is booked. Open more hours so that brands can book you.",
        link=Link(label="Edit availability", href="/creator/availability"),
    ),
    figures=(
        Figure(label="Pending", value="£812.40", hint="return windows still open", href="/creator/earnings"),
        Figure(label="Payable", value="£1,430.00", hint="in the next settlement"),
        Figure(label="Paid", value="£6,020.15", hint="since you joined"),
    ),
    todos=(Todo(text="Connect payouts so that we can pay you", link=Link(label="Connect", href="/creator/payouts")),),
    offers=table(
        "Offers", "Offer,Brand,Fee,State", row("Retrospot evening", "Kettle Cove", "£300.00", WAITING, href="/offers/ofr_2"), numbers=(2,)
    ),
    gigs=table("Gigs", "Show,When,State", row("The winter table, live", "Mon 10 Jan 2011, 19:00 Europe/London", WAITING)),
    statements=table(
        "Statements",
        "Statement,Period,Amount,State",
        row("stl_1", "January 2011", "£1,430.00", GOOD, href="/statements/stl_1"),
        numbers=(2,),
    ),
)
_DAYS = [(f"{day} Jan", (day * 7919) % 90_000 + 4_000) for day in range(4, 32)]
FINANCE_HOME = money.FinanceHome(
    figures=(
        Figure(label="Owed to payees", value="£4,912.07", href="/finance/ledger"),
        Figure(label="Payable now", value="£2,310.00", hint="2 payees", href="/finance/settlements"),
        Figure(label="Unexplained", value="£0.00", hint="all three legs", href="/finance/reconciliation"),
        Figure(label="Without a show", value="7,120 lines", hint="£41,093.22"),
    ),
    alerts=(
        Todo(
            text="Settlement of £1,430.00 to Mara Lind waits for a second person",
            link=Link(label="Review", href="/finance/settlements/stl_1"),
        ),
    ),
    sales=common.bar_chart("Net sales per day", "GBP", [(day, size, common.money(size, "GBP")) for day, size in _DAYS]),
    no_sales=Empty(
        text="No sales have come in. Import a sales file to see them here.", link=Link(label="Import sales", href="/finance/imports")
    ),
    imports=table(
        "Imports",
        "File,Rows,Rejected,State",
        row("online_retail_sample.csv", "11,018", "0", Status(word="Done", tone="good"), href="/finance/imports/imp_1"),
        numbers=(1, 2),
    ),
    settlements=table(
        "Settlements", "Payee,Amount,State", row("Mara Lind", "£1,430.00", WAITING, href="/finance/settlements/stl_1"), numbers=(1,)
    ),
)
LEFT_OUT_OF = deals.BriefForHost(
    title="home in GB",
    facts="en, youtube, 1 show",
    windows=("Mon 10 Jan 2011 19:00 UTC, 60 minutes",),
    status=Status(word="Left out: 1 thing to change", tone="waiting"),
    hurdles=(deals.Hurdle(label="Payable", words="Payouts are not connected."),),
)
OPEN_BRIEFS = deals.OpenBriefs(explanation="Brands see all who pass.", briefs=(LEFT_OUT_OF,), empty=Empty(text="No brief is open."))
MATCHES = deals.Matches(
    brief_title="Winter table",
    facts=(Figure(label="Market", value="GB"), Figure(label="Budget", value="£500.00"), Figure(label="Length", value="120 minutes")),
    hosts=(
        deals.RankedHost(
            rank=1,
            creator_id="crt_1",
            name="Mara Lind",
            score="8.42",
            audience="210,000 on YouTube",
            rate="£300.00 a show",
            factors=(
                deals.Factor(label="Sales", words="sold £4,100 a show in home", weight="+0.61", helps=True),
                deals.Factor(label="Returns", words="6 % come back", weight="\N{MINUS SIGN}0.06", helps=False),
            ),
            slots=("Mon 10 Jan 19:00", "Tue 11 Jan 20:00"),
            other_fee="With a fee of 450.00 GBP a show it would be number 1 by score, not 2.",
            kept_place="New in this category.",
            invite=Button(label="Offer Mara Lind £400.00 a show and 8 % commission", action="/brand/briefs/brf_1/offers"),
        ),
        deals.RankedHost(
            rank=2,
            creator_id="crt_2",
            name="Jonas Feld",
            score="7.90",
            audience="88,000 on Twitch",
            rate="£220.00 a show",
            factors=(),
            slots=(),
            invite=None,
        ),
    ),
    hosts_left_out=(deals.HostLeftOut(name="Ida Holm", failed=("Speaks da, not en.",)),),
    notice=common.Notice(text="Hosts of de cannot be searched at the moment.", tone="waiting"),
    left_out=(deals.LeftOut(reason="Does not speak English", hosts="4", alone="1"), deals.LeftOut(reason="Over budget", hosts="2")),
    empty=Empty(text="No host fits this brief. Widen the windows or the budget.", link=Link(label="Edit the brief", href="/briefs/brf_1")),
)
OFFER = deals.OfferPage(
    title="Offer for The winter table",
    other_side="Mara Lind",
    status=Status(word="Countered", tone="waiting"),
    version="Version 2",
    expires="expires Fri 7 Jan 2011, 12:00 Europe/London",
    shows=table("Shows", "Show,Starts,Minutes", row("The winter table, live", "Mon 10 Jan 2011, 19:00 Europe/London", "120"), numbers=(2,)),
    terms=(
        deals.TermRow(label="Appearance fee", text="£300.00 for each show", before="£250.00 for each show"),
        deals.TermRow(label="Commission", text="4 % from £0, 6 % from £200, 8 % from £400, each on its part"),
        deals.TermRow(label="Cap", text="£900.00 for the contract"),
    ),
    history=table("History", "Version,By,When", row("2", "Mara Lind", "4 Jan 2011, 09:12"), row("1", "Kettle Cove", "3 Jan 2011, 15:40")),
    buttons=(
        Button(label="Accept £300.00 fee to Mara Lind", action="/offers/ofr_1/accept"),
        Button(label="Decline", action="/offers/ofr_1/decline", tone="secondary"),
    ),
    counter=deals.CounterForm(
        action="/offers/ofr_1/counter", version=2, label="Or ask for another flat fee a show, in GBP; all other terms stay", fee="400.00"
    ),
)
_SHA = "4ac92f12a9664eaa78d397a5faec57d5e0d622ab7e8fe0db90155d195b0da534"
CONTRACT = deals.ContractPage(
    title="Contract: Kettle Cove and Mara Lind",
    contract_id="ctr_1",
    status=WAITING,
    document=Link(label="Read the whole document", href="/contracts/ctr_1/document"),
    document_sha256=_SHA,
    clauses=(
        deals.Clause(
            number="1",
            heading="Appearance",
            sentences=(("1.1", "Mara Lind presents one show of 120 minutes on Monday 10 January 2011 at 19:00 (Europe/London)."),),
        ),
        deals.Clause(
            number="2",
            heading="Fee",
            sentences=(
                ("2.1", "The brand pays £300.00."),
                ("2.2", "Half is due when the show is completed, half when returns have closed."),
            ),
        ),
    ),
    signatories=(
        deals.Signatory(party="Brand", name="Olive Brandt", status=GOOD, signed="5 Jan 2011, 10:02:11.114 UTC"),
        deals.Signatory(party="Host", name="Mara Lind", status=WAITING),
    ),
    versions=table("Versions", "Version,In force for,Document,File", row("1", "all shows", "4ac92f12a9664eaa", "PDF")),
    file=deals.ContractFile(explanation="Anybody can check it.", links=(Link(label="Signed contract (PDF)", href="/contracts/ctr_1/pdf"),)),
    about_signing="The brand signs first, and then the host. It is the brand's turn.",
    decline=money.TextForm(
        action="/contracts/ctr_1/decline", label="Say why", name="reason", button="Decline to sign", hint="Both see it."
    ),
    amendment=deals.AmendmentView(
        title="Version 2, proposed by Mara Lind",
        in_force="Mon 7 Feb 2011, 19:00 Europe/London",
        sign_by="Fri 14 Jan 2011, 12:00 Europe/London",
        differences=("commission 12 % -> 15 % above £20,000.00",),
        document=Link(label="Read the whole amendment", href="/contracts/ctr_1/document?version=2"),
        signatories=(
            deals.Signatory(party="Brand", name="Kettle Cove", status=WAITING),
            deals.Signatory(party="Host", name="Mara Lind", status=GOOD),
        ),
        sign=deals.SignForm(
            action="/contracts/ctr_1/amendments/2/sign",
            document_sha256=_SHA,
            consent_version="2",
            consent_text="I have read the amendment.",
        ),
        decline=money.TextForm(
            action="/contracts/ctr_1/amendments/2/decline",
            label="Say why",
            name="reason",
            button="Decline this amendment",
            hint="Both see it.",
        ),
    ),
    events=table("Evidence", "Event,When,Who", row("Viewed", "2011-01-05T10:01:40.020Z", "olive@kettlecove.example")),
    sign=deals.SignForm(
        action="/contracts/ctr_1/sign",
        document_sha256=_SHA,
        consent_version="2",
        consent_text="I have read the document with the hash above and agree to sign it electronically.",
        error="Type your name as you are known to the other side.",
    ),
)
BOOKING = BookingPage(
    title="The winter table, live",
    booking_id="bkg_1",
    status=LIVE,
    when="10 January 2011, 19:00, 120 minutes",
    parties="Kettle Cove with Mara Lind",
    links=(Link(label="Contract", href="/contracts/ctr_1"),),
    timeline=table("Timeline", "What,When,Who,Outcome", row("Went on air.", "10 January 2011, 19:00", "Kettle Cove", GOOD)),
)
EDITOR = shows.ShowEditor(
    title="The winter table, live",
    status=Status(word="Draft"),
    starts="Mon 10 Jan 2011, 19:00 Europe/London, 120 minutes",
    action="/brand/shows/shw_1",
    version=3,
    description="Cake stands and bunting.",
    video_url="https://www.youtube.com/watch?v=abcdefghijk",
    choices=tuple(
        shows.LineUpChoice(sku=item.sku, title=item.title, price=common.money(item.price_minor, "GBP"), chosen=place < 3)
        for place, item in enumerate(show().line_up)
    ),
    before_minutes=0,
    after_minutes=60,
    codes="MARA10",
    room_ids="",
    preview=Link(label="Preview the page", href="/console/shows/shw_1/preview"),
    public_page=None,
    publish=Button(label="Publish the page", action="/brand/shows/shw_1/publish"),
    start=None,
    deliveries=table("Delivered", "What,Result,Statement"),
    errors=(("video_url", "This is no address of a video or channel we know."),),
)
ON_AIR = shows.ShowLive(
    title="The winter table, live",
    path="/brand/shows/shw_1/live",
    status=LIVE,
    on_air_since="On air since 19:00 Europe/London",
    stage=shows.StageItem(sku="22423", title="Regency cakestand 3 tier", price="£9.95", status=LIVE, pin=None),
    items=(
        shows.StageItem(
            sku="85123A", title="White hanging heart t-light holder", price="£2.55", status=Status(word="Shown", tone="good"), pin=None
        ),
        shows.StageItem(
            sku="47566",
            title="Party bunting",
            price="£4.95",
            status=Status(word="Coming"),
            pin=Button(label="Pin Party bunting", action="/brand/shows/shw_1/pins", hidden=(("sku", "47566"),)),
        ),
    ),
    figures=(Figure(label="Sales so far", value="£1,204.10"), Figure(label="Orders", value="61")),
    log=table("Log", "Offset,Product", row("0:20", "White hanging heart t-light holder"), row("1:40", "Regency cakestand 3 tier")),
    public_page=Link(label="Public page", href="/shows/winter-table-2011-01-10/"),
    end=Button(label="End the show", action="/brand/shows/shw_1/end", tone="danger"),
)
IMPORT = money.ImportPage(
    start_url="/api/v1/imports",
    imports_url="/finance/imports",
    max_bytes=200_000_000,
    max_size="200 MB",
    feeds=(money.FeedChoice(value="online_retail", label="Online Retail export"), money.FeedChoice(value="generic", label="Generic CSV")),
    currencies=("GBP", "EUR"),
    brands=(money.FeedChoice(value="brd_1", label="Kettle Cove"),),
    file_name="online_retail_sample.csv",
    status=Status(word="Reading", tone="waiting"),
    progress=money.Progress(done=7_500, total=11_018, words="7,500 of 11,018 rows", running=True, path="/finance/imports/imp_1"),
    figures=(
        Figure(label="Accepted", value="7,496"),
        Figure(label="Rejected", value="4", hint="0.05 %"),
        Figure(label="No sale", value="61"),
    ),
    rejected=table("Rejected rows", "Row,Why,Text", row("118", "Quantity is no number", "536370,22728,ALARM CLOCK,x,..."), numbers=(0,)),
    recent=table("Recent imports", "File,Rows,State", row("december.csv", "5,004", Status(word="Done", tone="good")), numbers=(1,)),
)
_STATEMENT_ROWS = (
    money.StatementRow(
        component="Commission, rule “all”", formula="4 % x 200 + 6 % x 200 + 8 % x 100", inputs="net sales £500.00", amount="28.00"
    ),
    money.StatementRow(component="Cap", formula="min(28.00, 900.00) \N{MINUS SIGN} 28.00", inputs="cap £900.00", amount="0.00"),
    money.StatementRow(component="Appearance fee", formula="300.00 x 100 %", inputs="show completed", amount="300.00"),
    money.StatementRow(
        component="Agency share", formula="\N{MINUS SIGN}20 % x 328.00", inputs="Northlight Agency", amount="\N{MINUS SIGN}65.60"
    ),
)
STATEMENT = money.StatementPage(
    title="Statement for January 2011",
    number="stl_01j0000000000000000000000",
    payee="Mara Lind",
    brand="Kettle Cove",
    contract=Link(label="ctr_1", href="/contracts/ctr_1"),
    as_of="Mon 28 Feb 2011, 00:00 Europe/London",
    sha256="7d0f" * 16,
    currency="GBP",
    status=Status(word="Paid", tone="good"),
    sections=(
        money.StatementSection(
            heading="The winter table, live", note="Mon 10 Jan 2011, 19:00 to 21:00; 61 sales, 4 returned", rows=_STATEMENT_ROWS
        ),
    ),
    totals=(money.StatementRow(component="Paid to Mara Lind", formula="sum of the rows", inputs="", amount="262.40", total=True),),
    downloads=(Link(label="CSV", href="/statements/stl_1.csv"),),
)
SETTLEMENTS = money.SettlementsPage(
    table=table(
        "Settlements",
        "Payee,Amount,Prepared by,State",
        row("Mara Lind", "£1,430.00", "Ines P.", WAITING, href="/finance/settlements/stl_1"),
        numbers=(1,),
    ),
    prepare=Button(label="Prepare £2,310.00 for 2 payees", action="/finance/settlements"),
    carried_over=table("Carried over", "Payee,Amount,Why", row("Jonas Feld", "\N{MINUS SIGN}£12.00", "debt after returns"), numbers=(1,)),
)
VOID = Form(
    title="Void it",
    action="/finance/settlements/stl_1/void",
    button="Void £1,430.00 to Mara Lind",
    fields=(
        Field(name="reason", label="Why", hint="Both sides read it."),
        Field(name="x", label="X", choices=(Choice(value="1", label="I"),)),
    ),
    tone="danger",
)
SETTLEMENT = money.SettlementPage(
    settlement_id="stl_1",
    payee="Mara Lind",
    amount="£1,430.00",
    status=WAITING,
    prepared="prepared by Ines P. on 28 Feb 2011",
    components=table("What it pays", "Component,Amount", row("Commission", "£1,130.00"), row("Fee", "£300.00"), numbers=(1,)),
    difference="£210.00 more than last time.",
    timeline=table("Timeline", "When,What,Who", row("28 Feb 2011, 09:00", "Prepared", "Ines P.")),
    approve=Button(label="Approve £1,430.00 to Mara Lind", action="/finance/settlements/stl_1/approve"),
    forms=(VOID,),
    notice=common.Notice(text="Stripe is asked to take it back.", tone="waiting"),
    cannot_approve="",
)
_MATCH = Status(word="Equal", tone="good")
RECONCILIATION = money.ReconciliationPage(
    period="January 2011",
    run_at="Run Mon 28 Feb 2011, 00:05 Europe/London",
    unexplained=(Figure(label="Unexplained GBP", value="£0.01", hint="must be zero to close"),),
    exceptions=table(
        "Exceptions",
        "Exception,Amount,Age,Suggested",
        row("Transfer differs from settlement", "£0.01", "1 day", "Fetch the transfer again"),
        numbers=(1,),
    ),
    legs=(
        money.Leg(
            name="Feed to store",
            question="Is every row of every file here, once?",
            status=_MATCH,
            checks=(money.Check(label="online_retail_sample.csv", compared="11,018", equal="11,018", drift="0", status=_MATCH),),
        ),
        money.Leg(
            name="Store to ledger",
            question="Does the ledger say what the sales earned?",
            status=_MATCH,
            checks=(money.Check(label="ctr_1 commission", compared="42", equal="42", drift="£0.00", status=_MATCH),),
        ),
        money.Leg(
            name="Ledger to Stripe",
            question="Did the money go where the ledger says?",
            status=Status(word="Drift", tone="bad"),
            checks=(money.Check(label="stl_1", compared="5", equal="4", drift="£0.01", status=Status(word="Drift", tone="bad")),),
        ),
    ),
    checklist=(
        money.ChecklistItem(text="All imports are finished", status=Status(word="Done", tone="good")),
        money.ChecklistItem(
            text="Nothing is unexplained", status=Status(word="Open", tone="bad"), link=Link(label="See exceptions", href="#exceptions")
        ),
    ),
    run=Button(label="Run again", action="/finance/reconciliation/run", tone="secondary"),
    close=None,
    apart=(
        Figure(label="Orphan cancellations", value="72", hint="£1,204.00"),
        Figure(label="Sales without a show", value="7,120", hint="£41,093.22"),
    ),
    downloads=(Link(label="Journal (CSV)", href="/finance/journal.csv"), Link(label="beancount", href="/finance/journal.beancount")),
)
EXCEPTION = money.ExceptionPage(
    title="Ledger to Stripe, balance",
    status=Status(word="Open", tone="bad"),
    facts=(
        Figure(label="Drift", value="\N{MINUS SIGN}£0.10", hint="Stripe less ledger"),
        Figure(label="Ledger", value="£1.00"),
        Figure(label="Stripe", value="£0.90"),
        Figure(label="Known for", value="3 days", hint="since Mon 10 Jan 2011, 12:00 UTC"),
    ),
    key="txn_1",
    suggestion="Look the object up at Stripe; book what is missing, or write it off by two people.",
    proposal=common.Notice(text="To write off \N{MINUS SIGN}£0.10 was proposed by a colleague: bank fee.", tone="waiting"),
    buttons=(Button(label="Write off \N{MINUS SIGN}£0.10", action="/finance/exceptions/exc_1/write-off/approve", tone="danger"),),
    forms=(
        money.TextForm(label="Comment", button="Add the comment", action="/finance/exceptions/exc_1/comments", name="text"),
        money.TextForm(
            label="Whose work it is",
            button="Assign",
            action="/finance/exceptions/exc_1/owner",
            name="email",
            hint="Or nobody.",
            needed=False,
        ),
    ),
    history=table("History", "When,Who,What,Words", row("Mon 10 Jan 2011, 12:00 UTC", "Primetime", "Seen", "Look it up.")),
    bookings=(Form(title="Book it", action="/b", button="Propose", fields=(Field(name="target", label="To"),)),),
)
EXCEPTIONS = money.ExceptionsPage(
    chips=(Link(label="Open", href=""), Link(label="Resolved", href="/finance/exceptions?resolved=1")),
    exceptions=table(
        "Open exceptions",
        "Exception,Drift,Known for,Owner,What to do",
        row("Ledger to Stripe, balance", "£0.10", "3 days", "nobody yet", "Look it up.", href="/finance/exceptions/exc_1"),
        numbers=(1, 2),
    ),
    more=Link(label="The next ones", href="/finance/exceptions?after=exc_1"),
)
REPORTS = money.StripeReportsPage(
    title="Stripe's reports",
    words="Download an itemized report at Stripe and bring it here.",
    recent=table(
        "Reports",
        "File,Days,Rows,Net,Brought,State",
        row(
            "payout.csv",
            "2011-01-01 to 2011-01-31",
            "12",
            "£310.00",
            "Mon 10 Jan 2011, 12:00 UTC",
            GOOD,
            href="/finance/stripe-reports/srp_1",
        ),
        numbers=(2, 3),
    ),
    start_url="/api/v1/stripe-reports",
    reports_url="/finance/stripe-reports",
    max_bytes=1,
    max_size="64 MiB",
)
REPORT = replace(
    REPORTS,
    title="payout.csv",
    status=WAITING,
    figures=(Figure(label="Rows", value="12"), Figure(label="Net", value="£310.00")),
    notice=common.Notice(text="Row 3: gross less fee is not the net.", tone="bad"),
    waiting_at="/finance/stripe-reports/srp_1",
    forms=(money.TextForm(label="Withdraw it because", button="Withdraw", action="/finance/stripe-reports/srp_1/withdraw", name="reason"),),
    start_url="",
)
LEDGER = money.LedgerPage(
    balances=table(
        "Balances",
        "Account,Balance",
        row("payee:crt_1:payable", "£1,430.00"),
        row("brand:brd_1:prepaid", "\N{MINUS SIGN}£2,400.00"),
        numbers=(1,),
    ),
    invariants=(money.ChecklistItem(text="All accounts add to zero", status=Status(word="Holds", tone="good")),),
    downloads=(Link(label="Journal (CSV)", href="/finance/journal.csv"),),
)
STEPS = Steps(
    title="Operator",
    lead="Who waits and how much work waits.",
    heading="Waiting for approval",
    nothing="Nobody waits for approval.",
    decisions=(
        Decision(
            title="Kettle Cove (brand)",
            detail="opened Mon 3 Jan 2011, 12:00 UTC",
            button=Button(label="Approve Kettle Cove", action="/operator/tenants/brd_1/approve"),
        ),
        Decision(title="I sell: open a brand", name_label="Name", button=Button(label="Open it", action="/welcome/brand")),
        Decision(title="Deposit of £300.00", status=WAITING, link=Link(label="Pay at Stripe", href="https://pay.example/", external=True)),
    ),
    figures=(Figure(label="Waiting for approval", value="1"),),
    links=(Link(label="Back", href="/"),),
    forms=(VOID,),
    tables=(table("Queues", "Queue,Waiting,Given up", row("work", "3", "0"), numbers=(1, 2)),),
    notice=common.Notice(text="Some messages were given up.", tone="bad"),
)
NOTHING = BRAND_HOME.__class__(
    name="Kettle Cove",
    todos=(),
    figures=(),
    shows=table("Shows", "Show"),
    briefs=table("Briefs", "Brief"),
    contracts=table("Contracts", "Contract"),
    notice=common.Notice(text="Kettle Cove waits for approval. You can set up products meanwhile.", tone="waiting"),
)
PROBLEM = {"type": "/problems/show_not_found", "title": "Not Found", "status": 404, "detail": "There is no such show."}
PROBLEM_WITH_FIELDS = PROBLEM | {"errors": {"line_up": "unknown SKU"}, "request_id": "req_1"}

SAMPLES: dict[str, tuple[str, Principal | None, Any]] = {
    "sign_in": ("sign_in.html", None, common.SignIn(sign_in_url="/sign-in", message="Your session has ended. Please sign in again.")),
    "error": ("error.html", BRAND, PROBLEM),
    "error_fields": ("error.html", None, PROBLEM_WITH_FIELDS),
    "brand_home": ("brand/home.html", BRAND, BRAND_HOME),
    "brand_home_empty": ("brand/home.html", BRAND, NOTHING),
    "creator_home": ("creator/home.html", HOST, CREATOR_HOME),
    "creator_home_empty": ("creator/home.html", HOST, replace(CREATOR_HOME, gig=None, todos=(), offers=table("Offers", "Offer"))),
    "finance_home": ("finance/home.html", FINANCE, FINANCE_HOME),
    "finance_home_empty": ("finance/home.html", FINANCE, replace(FINANCE_HOME, sales=None, alerts=())),
    "open_briefs": ("matching/open_briefs.html", HOST, OPEN_BRIEFS),
    "open_briefs_empty": ("matching/open_briefs.html", HOST, replace(OPEN_BRIEFS, briefs=())),
    "matches": ("matching/matches.html", BRAND, MATCHES),
    "matches_empty": ("matching/matches.html", BRAND, replace(MATCHES, hosts=(), left_out=(), changes=("Exclude nobody: 2 hosts.",))),
    "offer": ("deal/offer.html", BRAND, OFFER),
    "contract": ("deal/contract.html", HOST, CONTRACT),
    "contract_signed": ("deal/contract.html", BRAND, replace(CONTRACT, sign=None, pay_deposit=Link(label="Pay £300.00", href="/pay"))),
    "booking": ("deal/booking.html", BRAND, BOOKING),
    "show_edit": ("show/edit.html", BRAND, EDITOR),
    "show_live": ("show/live.html", BRAND, ON_AIR),
    "import": ("sales/import.html", FINANCE, IMPORT),
    "import_empty": ("sales/import.html", FINANCE, replace(IMPORT, status=None, progress=None)),
    "statement": ("payouts/statement.html", HOST, STATEMENT),
    "settlements": ("payouts/settlements.html", FINANCE, SETTLEMENTS),
    "settlement": ("payouts/settlement.html", FINANCE, SETTLEMENT),
    "reconciliation": ("reconciliation/period.html", FINANCE, RECONCILIATION),
    "exception": ("reconciliation/exception.html", FINANCE, EXCEPTION),
    "exceptions": ("reconciliation/exceptions.html", FINANCE, EXCEPTIONS),
    "stripe_reports": ("reconciliation/reports.html", FINANCE, REPORTS),
    "stripe_report": ("reconciliation/reports.html", FINANCE, REPORT),
    "ledger": ("ledger/balances.html", FINANCE, LEDGER),
    "steps": ("console/steps.html", OPERATOR, STEPS),
    "steps_empty": ("console/steps.html", OPERATOR, replace(STEPS, decisions=(), figures=(), links=(), forms=(), tables=(), notice=None)),
    **{f"public_{state}": ("show/page.html", None, public(state)) for state in ("draft", "published", "live", "ended")},
}
