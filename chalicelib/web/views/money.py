"""Finance's pages and the statement: imports, settlements, reconciliation, ledger."""

from dataclasses import dataclass

from chalicelib.web.views.common import BarChart, Button, Empty, Figure, Link, Notice, Status, Table, Todo
from chalicelib.web.views.forms import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class FinanceHome:
    """What finance sees first: alerts with their fix, money by state, sales by day."""

    figures: tuple[Figure, ...]
    alerts: tuple[Todo, ...]
    sales: BarChart | None
    no_sales: Empty
    imports: Table
    settlements: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an import is; `path` is polled while it runs."""

    done: int
    total: int
    words: str
    running: bool
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedChoice:
    """A feed profile to choose."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPage:
    """Upload of a sales file and what became of it.

    `start_url` answers the presigned address for the upload; finance picks one of `brands`, a brand has none to pick.
    """

    start_url: str
    imports_url: str
    max_bytes: int
    max_size: str
    feeds: tuple[FeedChoice, ...]
    currencies: tuple[str, ...]
    brands: tuple[FeedChoice, ...]
    file_name: str
    status: Status | None
    progress: Progress | None
    figures: tuple[Figure, ...]
    rejected: Table
    recent: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow:
    """A component of the earnings, so that a person can recompute it by hand."""

    component: str
    formula: str
    inputs: str
    amount: str
    total: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementSection:
    """The rows of one show."""

    heading: str
    note: str
    rows: tuple[StatementRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPage:
    """A statement: to whom, for what, row by row, and what is paid when."""

    title: str
    number: str
    payee: str
    brand: str
    contract: Link
    as_of: str
    sha256: str
    currency: str
    status: Status
    sections: tuple[StatementSection, ...]
    totals: tuple[StatementRow, ...]
    downloads: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementsPage:
    """All settlements, newest first, and the way to prepare a run."""

    table: Table
    prepare: Button | None
    carried_over: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementPage:
    """One settlement to review and to approve, to void or to take back. `approve.label` names amount and payee."""

    settlement_id: str
    payee: str
    amount: str
    status: Status
    prepared: str
    components: Table
    difference: str
    timeline: Table
    approve: Button | None
    buttons: tuple[Button, ...] = ()
    forms: tuple[Form, ...] = ()
    tables: tuple[Table, ...] = ()
    notice: Notice | None = None
    cannot_approve: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One comparison of a leg: how many keys were compared, how many were equal, and the drift of the others."""

    label: str
    compared: str
    equal: str
    drift: str
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A column of the three-way reconciliation."""

    name: str
    question: str
    status: Status
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistItem:
    """One condition of closing a period."""

    text: str
    status: Status
    link: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationPage:
    """Exceptions first, then the three columns, then the checklist of the period's close."""

    period: str
    run_at: str
    unexplained: tuple[Figure, ...]
    exceptions: Table
    legs: tuple[Leg, ...]
    checklist: tuple[ChecklistItem, ...]
    run: Button | None
    close: Button | None
    apart: tuple[Figure, ...]
    downloads: tuple[Link, ...]
    notice: Notice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextForm:
    """A form with one field of words; `hint` says what to write."""

    label: str
    button: str
    action: str
    name: str
    hint: str = ""
    value: str = ""
    needed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionsPage:
    """A page of exceptions; `chips` choose which ones, the chosen one among them has no address."""

    chips: tuple[Link, ...]
    exceptions: Table
    more: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeReportsPage:
    """Stripe's reports and how to bring one; or one of them. `waiting_at` is its address while it is being read."""

    title: str
    words: str
    recent: Table
    status: Status | None = None
    figures: tuple[Figure, ...] = ()
    notice: Notice | None = None
    waiting_at: str = ""
    forms: tuple[TextForm, ...] = ()
    start_url: str = ""
    reports_url: str = ""
    max_bytes: int = 0
    max_size: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionPage:
    """An exception: what each side says, what was done, and what the reader may do."""

    title: str
    status: Status
    facts: tuple[Figure, ...]
    key: str
    suggestion: str
    proposal: Notice | None
    buttons: tuple[Button, ...]
    forms: tuple[TextForm, ...]
    history: Table
    bookings: tuple[Form, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPage:
    """Balances of accounts and the invariants that were checked."""

    balances: Table
    invariants: tuple[ChecklistItem, ...]
    downloads: tuple[Link, ...]
