"""Reconciliation in three columns with exceptions on top, the close of a period as a checklist, and the ledger."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import msgspec

from chalicelib.core.access import PLATFORM_TENANT, Action, Principal
from chalicelib.core.periods import period_end
from chalicelib.reconciliation.rules import Drift, LegResult, Report
from chalicelib.reconciliation.rules import Leg as LegName
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import UTC_ZONE, allowed, cell, money_or_count, name_of, table
from chalicelib.web.routes import Call, NoBody, Page, Redirect
from chalicelib.web.views.common import Button, Cell, Figure, Link, Notice, Status, money, when
from chalicelib.web.views.money import Check, ChecklistItem, LedgerPage, Leg, ReconciliationPage
from chalicelib.wiring import services

MAX_EXCEPTIONS = 200
GOOD = Status(word="Equal", tone="good")
DRIFT = Status(word="Drift", tone="bad")
DONE = Status(word="Done", tone="good")
OPEN = Status(word="Open", tone="bad")
LEGS = {
    LegName.FEED_STORE: ("Feed to store", "Is every row of every file here, once, and counted by its show?"),
    LegName.STORE_LEDGER: ("Store to ledger", "Does the ledger say what the sales earned?"),
    LegName.LEDGER_STRIPE: ("Ledger to Stripe", "Did the money go where the ledger says?"),
}
APART = {
    "orphans": "Returns without a sale",
    "parked": "Returns that wait for their sale",
    "unattributed": "Sales without a show",
    "rejected": "Rejected rows",
    "contradicted": "Contradicting rows",
}


class ClosePeriod(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which month."""

    period: Annotated[str, msgspec.Meta(pattern="^[0-9]{4}-[0-9]{2}$")]


@routes.page("GET", "/finance/reconciliation", action=Action.RECONCILE)
def reconciliation_page(call: Call[None]) -> Page:
    """The last reconciliation, and closing ?period (the first open month)."""
    found = services()
    period = call.query.get("period") or services().reconciliation.closing.first_open()
    period_end(period)
    latest = found.reconciliation.latest()
    report = latest.report if latest else None
    closed = {each.period: each for each in found.reconciliation.periods() if each.closed_at is not None}
    checklist = tuple(_checklist(period, report, is_closed=period in closed))
    view = ReconciliationPage(
        period=period,
        run_at=_run_at(report),
        unexplained=tuple(_unexplained(report)),
        exceptions=table(
            "Exceptions",
            "Exception,Drift,Left,Right,Known since,What to do",
            [_exception(each) for each in (report.exceptions[:MAX_EXCEPTIONS] if report else ())],
            "No exceptions." if report else "Nothing was compared yet.",
            numbers=(1, 2, 3),
        ),
        legs=tuple(_leg(name, report) for name in LEGS) if report else (),
        checklist=checklist,
        run=Button(label="Run now", action="/finance/reconciliation/run", tone="secondary"),
        close=_close(call.principal, period, checklist, is_closed=period in closed),
        apart=tuple(_apart(report)),
        downloads=tuple(
            Link(label=f"Journal {period} ({name})", href=f"/api/v1/periods/{period}/journal?format={value}")
            for value, name in (("csv", "CSV"), ("beancount", "beancount"))
        ),
        notice=_notice(period in closed, closed[period].sha256 if period in closed else None),
    )
    return Page(template="reconciliation/period.html", view=view)


@routes.form("POST", "/finance/reconciliation/run", action=Action.RECONCILE, body=NoBody)
def run_reconciliation(call: Call[NoBody]) -> Redirect:
    """Reconcile now; workers do it within seconds."""
    services().reconciliation.request(call.principal)
    return Redirect(path="/finance/reconciliation")


@routes.form("POST", "/finance/reconciliation/close", action=Action.CLOSE_PERIOD, body=ClosePeriod)
def close_period(call: Call[ClosePeriod]) -> Redirect:
    """Close a month for ever."""
    period = services().reconciliation.close(call.principal, call.body.period).period
    return Redirect(path=f"/finance/reconciliation?period={period}")


@routes.page("GET", "/finance/ledger", action=Action.SEE_LEDGER)
def ledger_page(call: Call[None]) -> Page:
    """All balances; with ?check=1 every invariant, which reads all of the books."""
    balances = services().ledger.balances()
    period = services().reconciliation.closing.first_open()
    view = LedgerPage(
        balances=table(
            "Balances (debits positive)",
            "Account,Balance,Entries",
            [
                (cell(_whose(each.account), note=each.account), cell(money(each.minor, each.currency)), cell(f"{each.version:,}"))
                for each in balances
            ],
            "Nothing is booked yet.",
            numbers=(1, 2),
        ),
        invariants=tuple(_invariants(check="check" in call.query)),
        downloads=(
            Link(label=f"Journal {period} (CSV)", href=f"/api/v1/periods/{period}/journal?format=csv"),
            Link(label=f"Journal {period} (beancount)", href=f"/api/v1/periods/{period}/journal?format=beancount"),
        ),
    )
    return Page(template="ledger/balances.html", view=view)


def _whose(account: str) -> str:
    """Whose account it is and what for: ``Isla Farrow, in transit``."""
    owner, _, rest = account.partition(":")
    tenant, _, what = rest.partition(":") if owner != PLATFORM_TENANT else (PLATFORM_TENANT, "", rest)
    return f"{name_of(tenant)}, {what.replace('_', ' ')}"


def _invariants(*, check: bool) -> Iterator[ChecklistItem]:
    if not check:
        link = Link(label="Check all invariants now", href="/finance/ledger?check=1")
        yield ChecklistItem(text="Not checked on this page yet.", status=Status(word="Open"), link=link)
        return
    for name, findings in services().payouts.audit().items():
        number, _, holds = name.partition(" ")
        words = f"{holds.capitalize()} (invariant {number})"
        words = f"{words}: {findings[0].message}" if findings else words
        yield ChecklistItem(text=words, status=Status(word="Broken", tone="bad") if findings else Status(word="Holds", tone="good"))


def _run_at(report: Report | None) -> str:
    words = f"As of {when(report.as_of, UTC_ZONE)}." if report else "There has been no reconciliation yet. Run one."
    waiting = services().reconciliation.under_way()
    return f"{words} Another one was asked for on {when(waiting.requested_at, UTC_ZONE)}; load this page again." if waiting else words


def _unexplained(report: Report | None) -> Iterator[Figure]:
    for currency, minor in (report.unexplained_minor if report else {}).items():
        yield Figure(label=f"Unexplained {currency}", value=money(minor, currency), hint="must be zero to close", href="#exceptions")


def _exception(drift: Drift) -> tuple[Cell, ...]:
    def side(name: str, minor: int | None) -> Cell:
        return cell(f"{name}: {money_or_count(minor, drift.currency)}" if minor is not None else f"{name}: unknown")

    return (
        cell(f"{LEGS[drift.leg][0]}, {drift.kind}", f"/finance/exceptions/{drift.exception_id}", note=drift.key),
        cell(money_or_count(drift.drift_minor, drift.currency)),
        side(drift.left, drift.left_minor),
        side(drift.right, drift.right_minor),
        cell(when(drift.first_seen_at, UTC_ZONE) if drift.first_seen_at else ""),
        cell(drift.suggestion, note=drift.owner),
    )


def _leg(name: LegName, report: Report) -> Leg:
    results = [each for each in report.legs if each.leg is name]
    agreed = all(each.matched == each.compared for each in results)
    return Leg(
        name=LEGS[name][0], question=LEGS[name][1], status=GOOD if agreed else DRIFT, checks=tuple(_check(each, report) for each in results)
    )


def _check(result: LegResult, report: Report) -> Check:
    drifts = [each for each in report.exceptions if (each.leg, each.kind) == (result.leg, result.kind)]
    sums: dict[str, int] = {}
    for drift in drifts:
        sums[drift.currency] = sums.get(drift.currency, 0) + abs(drift.drift_minor)
    return Check(
        label=f"{result.kind}: {result.left} and {result.right}",
        compared=f"{result.compared:,}",
        equal=f"{result.matched:,}",
        drift=" and ".join(money_or_count(minor, currency) for currency, minor in sorted(sums.items())) or "0",
        status=DRIFT if drifts else GOOD,
    )


def _checklist(period: str, report: Report | None, *, is_closed: bool) -> Iterator[ChecklistItem]:
    """What has to be true before a month can be closed, each with its remedy; the last line is that it is."""
    closing = services().reconciliation.closing
    first = closing.first_open()
    run = Link(label="Reconcile again", href="#run")
    checks = (
        (f"{period} has ended", services().clock.now().date() >= period_end(period), None),
        (
            f"All months before {period} are closed",
            is_closed or first >= period,
            Link(label=f"Close {first}", href=f"/finance/reconciliation?period={first}"),
        ),
        (f"Everything was reconciled after {period} ended", report is not None and report.as_of.date() >= period_end(period), run),
        (
            f"Nothing was booked into {period} since",
            is_closed or (report is not None and closing.is_as_reconciled(period, report)),
            run,
        ),
        (
            "Nothing is unexplained",
            report is not None and not report.exceptions,
            Link(label="See exceptions", href="#exceptions") if report else None,
        ),
        (f"{period} is closed", is_closed, None),
    )
    for text, done, remedy in checks:
        yield ChecklistItem(text=text, status=DONE if done else OPEN, link=None if done else remedy)


def _close(principal: Principal, period: str, checklist: Sequence[ChecklistItem], *, is_closed: bool) -> Button | None:
    """The button, for an approver, once nothing stands against it."""
    if is_closed or not allowed(principal, Action.CLOSE_PERIOD) or any(item.status is OPEN for item in checklist[:-1]):
        return None
    return Button(label=f"Close {period} for ever", action="/finance/reconciliation/close", tone="danger", hidden=(("period", period),))


def _apart(report: Report | None) -> Iterator[Figure]:
    found = report.reported_apart if report else {}
    for name, label in APART.items():
        if name in found:
            hint = " and ".join(money(minor, currency) for currency, minor in found[name].value_minor.items())
            yield Figure(label=label, value=f"{found[name].count:,}", hint=hint)


def _notice(is_closed: bool, sha256: str | None) -> Notice | None:  # noqa: FBT001  # what is said is whether it is closed
    return Notice(text=f"This period is closed. SHA-256 of its files: {sha256}.", tone="good") if is_closed else None
