"""Finance's home: money by state, sales by day, what needs attention."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from chalicelib.core.access import Action, Principal
from chalicelib.core.words import plural
from chalicelib.ledger import accounts
from chalicelib.payouts.rules.settlements import Settlement, SettlementState, carry_over
from chalicelib.reconciliation.rules import Apart
from chalicelib.reconciliation.service import RunWithReport
from chalicelib.sales.imports import State
from chalicelib.web.pages.brands_money import refund_todos
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.imports import newest, recent
from chalicelib.web.pages.payment import invoice_todos
from chalicelib.web.pages.settlement import proposal_of
from chalicelib.web.pages.settlements import listed, payable
from chalicelib.web.pages.words import UTC_ZONE, allowed, amounts, name_of
from chalicelib.web.routes import Call, Page
from chalicelib.web.views.common import BarChart, Empty, Figure, Link, Todo, bar_chart, money, when
from chalicelib.web.views.money import FinanceHome
from chalicelib.wiring import services

MAX_CONTRACTS_CHARTED = 50
MAX_DAYS_CHARTED = 90
PROBLEMS = {
    SettlementState.FAILED: "failed",
    SettlementState.UNKNOWN: "is of unknown outcome",
    SettlementState.REVERSED: "was reversed",
}


@routes.page("GET", "/finance", action=Action.RECONCILE)
def finance_home(call: Call[None]) -> Page:
    """What finance sees first."""
    found, principal = services(), call.principal
    settlements = found.payouts.settlements.listed(principal)
    latest = found.reconciliation.latest()
    owed = payable()
    view = FinanceHome(
        figures=tuple(_figures(latest, owed)),
        alerts=(
            *invoice_todos(principal),
            *refund_todos(),
            *_settlement_alerts(principal, settlements, owed),
            *_other_alerts(principal, latest),
        ),
        sales=_sales(),
        no_sales=Empty(
            text="No sales of shows have been counted yet. Import a sales file to see them here.",
            link=Link(label="Import sales", href="/finance/imports"),
        ),
        imports=recent(principal),
        settlements=listed(principal, settlements),
    )
    return Page(template="finance/home.html", view=view)


def _figures(latest: RunWithReport | None, owed: dict[tuple[str, str], int]) -> Iterator[Figure]:
    total: defaultdict[str, int] = defaultdict(int)
    now: defaultdict[str, int] = defaultdict(int)
    for balance in services().ledger.balances(accounts.PAYEE_PREFIX):
        if accounts.stage_of(balance.account) != "paid":
            total[balance.currency] -= balance.minor
    payees = {payee for (payee, currency), minor in owed.items() if carry_over(payee, currency, minor) is None}
    for (payee, currency), minor in owed.items():
        if payee in payees:
            now[currency] += minor
    yield Figure(label="Owed to payees", value=amounts(total), href="/finance/ledger")
    yield Figure(label="Payable now", value=amounts(now), hint=plural(len(payees), "payee"), href="/finance/settlements")
    report = latest.report if latest else None
    if report is None:
        yield Figure(label="Unexplained", value="not known", hint="run a reconciliation", href="/finance/reconciliation")
        return
    hint = f"as of {when(report.as_of, UTC_ZONE)}"
    yield Figure(label="Unexplained", value=amounts(report.unexplained_minor), hint=hint, href="/finance/reconciliation")
    for kind, label in (("unattributed", "Sales without a show"), ("orphans", "Returns without a sale")):
        apart = report.reported_apart.get(kind, Apart(count=0))
        yield Figure(label=label, value=f"{apart.count:,}", hint=amounts(apart.value_minor), href="/finance/reconciliation")
    closed = [period.period for period in services().reconciliation.periods() if period.closed_at is not None]
    yield Figure(label="Last closed period", value=max(closed, default="none"), href="/finance/reconciliation")


def _settlement_alerts(principal: Principal, settlements: Sequence[Settlement], owed: dict[tuple[str, str], int]) -> Iterator[Todo]:
    for each in settlements:
        link = Link(label="Review", href=f"/finance/settlements/{each.settlement_id}")
        subject = f"Settlement of {money(each.amount_minor, each.currency)} to {name_of(each.payee_id)}"
        if each.state is SettlementState.OPEN:
            yield Todo(text=f"{subject} waits for a second person", link=link)
        elif proposal_of(each) is not None:
            yield Todo(text=f"To take the transfer of {subject.removeprefix('Settlement of ')} back waits for a second person", link=link)
        elif each.state in PROBLEMS:
            yield Todo(text=f"{subject} {PROBLEMS[each.state]}", link=link, due=each.note or "")
    if any(carry_over(payee, currency, minor) is None for (payee, currency), minor in owed.items()):
        label = "Prepare" if allowed(principal, Action.PREPARE_SETTLEMENT) else "Look"
        yield Todo(text="Money is payable and in no settlement yet", link=Link(label=label, href="/finance/settlements"))


def _other_alerts(principal: Principal, latest: RunWithReport | None) -> Iterator[Todo]:
    for record, href in newest(principal):
        if record.state is State.REFUSED:
            yield Todo(text=f"{record.filename} was refused: {record.reason}", link=Link(label="Look", href=href))
        elif record.rejected:
            was = "was" if record.rejected == 1 else "were"
            yield Todo(text=f"{plural(record.rejected, 'row')} of {record.filename} {was} rejected", link=Link(label="Look", href=href))
    where = "/finance/reconciliation"
    if latest is None or latest.report is None:
        yield Todo(text="There has been no reconciliation yet", link=Link(label="Run one", href=where))
    elif latest.report.exceptions:
        yield Todo(text=f"{plural(len(latest.report.exceptions), 'exception')} open", link=Link(label="Resolve", href=where))


def _sales() -> BarChart | None:
    """What counts for commission by day of order, of the currency with the most contracts; None while nothing was sold."""
    payouts = services().payouts
    accruals = payouts.booked_contracts()[:MAX_CONTRACTS_CHARTED]
    by_currency: defaultdict[str, int] = defaultdict(int)
    for accrual in accruals:
        by_currency[accrual.currency] += 1
    currency = max(by_currency, key=lambda name: (by_currency[name], name), default="")
    days: defaultdict[str, int] = defaultdict(int)
    for accrual in accruals:
        if accrual.currency == currency:
            for bucket in payouts.statement_record(accrual).buckets:
                days[bucket.order_day.isoformat()] += bucket.base_kept_minor
    points = [(day, minor, money(minor, currency)) for day, minor in sorted(days.items())[-MAX_DAYS_CHARTED:]]
    return bar_chart("Net sales of shows per day", currency, points) if points else None
