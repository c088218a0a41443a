"""Words that many pages share: statuses, links, figures, to-dos, empty lists, forms, charts, and the frame around a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from chalicelib.core.access import AGENCIES, BRAND, CREATORS, FINANCE, OPERATORS, Principal, Role
from chalicelib.core.money import for_people

Tone = Literal["good", "bad", "waiting", "live", "neutral"]
MINUS = "\N{MINUS SIGN}"
SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}
ICONS: dict[Tone, str] = {"good": "circle-check", "bad": "circle-x", "waiting": "hourglass", "live": "radio", "neutral": "circle-dot"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A place to go; `external` leaves the site."""

    label: str
    href: str
    external: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A state as word, icon and colour: never colour alone."""

    word: str
    tone: Tone = "neutral"

    @property
    def icon(self) -> str:
        """The icon of the tone."""
        return ICONS[self.tone]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message at the top of a page."""

    text: str
    tone: Tone = "neutral"
    link: Link | None = None

    @property
    def icon(self) -> str:
        """The icon of the tone."""
        return ICONS[self.tone]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number with its name; `href` opens what it adds up."""

    label: str
    value: str
    hint: str = ""
    href: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """Something that waits for the reader."""

    text: str
    link: Link
    due: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Empty:
    """What a list says when there is nothing in it: why, and the next step."""

    text: str
    link: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell of a table; numbers stand right-aligned with tabular numerals."""

    text: str
    href: str | None = None
    number: bool = False
    status: Status | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with its caption; `number_columns` are aligned to the right. The first cell of a row names the row."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: Empty
    number_columns: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A form with one button: a POST to `action`. A money or destructive button names amount and payee in `label`."""

    label: str
    action: str
    tone: Literal["primary", "danger", "secondary"] = "primary"
    hidden: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of a chart in whole units of the drawing, with what it stands for."""

    label: str
    value: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BarChart:
    """A chart drawn on the server; the same numbers stand beside it as a table."""

    title: str
    value_name: str
    width: int
    height: int
    bars: tuple[Bar, ...]
    first: str
    last: str
    top: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """An entry of the navigation."""

    label: str
    href: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chrome:
    """The frame around a page: who is signed in as what, where they can go, whether this is a test."""

    role: str
    email: str
    home: str
    nav: tuple[NavItem, ...]
    signed_in: bool
    test_mode: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """The page before sign-in: one link to the hosted sign-in."""

    sign_in_url: str
    message: str = ""


ROLE_NAMES: dict[Role, str] = {
    Role.BRAND_OWNER: "Brand owner",
    Role.BRAND_BOOKER: "Brand booker",
    Role.BRAND_VIEWER: "Brand viewer",
    Role.CREATOR: "Host",
    Role.AGENCY_MANAGER: "Agency manager",
    Role.FINANCE_ANALYST: "Finance analyst",
    Role.FINANCE_PREPARER: "Finance preparer",
    Role.FINANCE_APPROVER: "Finance approver",
    Role.OPERATOR: "Operator",
}
_NAV: tuple[tuple[frozenset[Role], tuple[NavItem, ...]], ...] = (
    (
        BRAND,
        (
            NavItem(label="Home", href="/brand", icon="house"),
            NavItem(label="Plans", href="/plans", icon="list-checks"),
            NavItem(label="Imports", href="/brand/imports", icon="upload"),
            NavItem(label="Money", href="/brand/money", icon="banknote"),
        ),
    ),
    (
        CREATORS,
        (
            NavItem(label="Home", href="/creator", icon="house"),
            NavItem(label="Inbox", href="/creator/inbox", icon="list-checks"),
            NavItem(label="Open briefs", href="/creator/briefs", icon="search"),
            NavItem(label="Calendar", href="/calendar", icon="calendar"),
            NavItem(label="Payouts", href="/creator/payouts", icon="banknote"),
        ),
    ),
    (
        AGENCIES,
        (
            NavItem(label="Home", href="/creator", icon="house"),
            NavItem(label="Inbox", href="/creator/inbox", icon="list-checks"),
            NavItem(label="Open briefs", href="/creator/briefs", icon="search"),
            NavItem(label="Calendars", href="/calendar", icon="calendar"),
            NavItem(label="Payouts", href="/creator/payouts", icon="banknote"),
        ),
    ),
    (
        FINANCE,
        (
            NavItem(label="Home", href="/finance", icon="house"),
            NavItem(label="Imports", href="/finance/imports", icon="upload"),
            NavItem(label="Settlements", href="/finance/settlements", icon="banknote"),
            NavItem(label="Brands", href="/finance/brands", icon="wallet"),
            NavItem(label="Reconciliation", href="/finance/reconciliation", icon="scale"),
            NavItem(label="Ledger", href="/finance/ledger", icon="book-open"),
        ),
    ),
    (
        OPERATORS,
        (
            NavItem(label="Home", href="/operator", icon="house"),
            NavItem(label="Disputes", href="/operator/disputes", icon="scale"),
            NavItem(label="Plans", href="/plans", icon="list-checks"),
        ),
    ),
)


def chrome(principal: Principal | None, stage: str) -> Chrome:
    """The frame for whoever is signed in; without anybody there is nowhere to go but to sign in."""
    known = principal is not None and bool(principal.user_id)
    nav = next((items for roles, items in _NAV if principal.role in roles), ()) if principal is not None and principal.tenant_id else ()
    return Chrome(
        role=ROLE_NAMES[principal.role] if principal is not None and principal.tenant_id else "",
        email=principal.email if principal is not None else "",
        home=nav[0].href if nav else "/",
        nav=nav,
        signed_in=known,
        test_mode=stage == "local",
    )


def money(minor: int, currency: str) -> str:
    """An amount for people: ``£1,050.00``, ``12.50 CHF``; a negative one begins with a minus sign."""
    digits = for_people(abs(minor), currency)
    sign = MINUS if minor < 0 else ""
    return f"{sign}{SYMBOLS[currency]}{digits}" if currency in SYMBOLS else f"{sign}{digits} {currency}"


def when(instant: datetime, zone: str) -> str:
    """A time for people in a zone that stands beside it: ``Mon 10 Jan 2011, 19:00 Europe/London``."""
    return f"{instant.astimezone(ZoneInfo(zone)):%a %-d %b %Y, %H:%M} {zone.replace('_', ' ')}"


CHART_WIDTH = 720
CHART_HEIGHT = 160
BAR_GAP = 2


def bar_chart(title: str, value_name: str, points: Sequence[tuple[str, int, str]]) -> BarChart:
    """A chart of (label, size, text of the size). Sizes below zero are drawn as zero; the table beside it tells them."""
    top = max((size for _, size, _ in points), default=0)
    step = max(CHART_WIDTH // max(len(points), 1), BAR_GAP + 1)
    bars = []
    for place, (label, size, text) in enumerate(points):
        height = max(size, 0) * CHART_HEIGHT // top if top > 0 else 0
        bars.append(Bar(label=label, value=text, x=place * step, y=CHART_HEIGHT - height, width=step - BAR_GAP, height=height))
    return BarChart(
        title=title,
        value_name=value_name,
        width=step * max(len(points), 1),
        height=CHART_HEIGHT,
        bars=tuple(bars),
        first=points[0][0] if points else "",
        last=points[-1][0] if points else "",
        top=next((text for _, size, text in points if size == top), ""),
    )
