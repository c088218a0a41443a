"""Payouts for hosts and agencies: the connection with Stripe, what is due and when, transfers, and what reached the bank."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.contracts.rules import Contract
from chalicelib.core.access import Action, Principal
from chalicelib.payouts.payees import ContractAmounts, PayeeStanding
from chalicelib.payouts.records import NoPayoutAccount, PayoutAccount
from chalicelib.payouts.rules.settlements import Settlement
from chalicelib.payouts.stripe_accounts import PayoutState
from chalicelib.shows.rules import Show
from chalicelib.web.pages import steps
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import UTC_ZONE, cell, name_of, state_cell, table
from chalicelib.web.routes import Call, Page, Redirect
from chalicelib.web.views.common import Button, Cell, Figure, Link, Status, Table, Todo, money, when
from chalicelib.web.views.forms import Choice, Field, Form
from chalicelib.wiring import services

COUNTRIES = {
    "AT": "Austria",
    "AU": "Australia",
    "BE": "Belgium",
    "CA": "Canada",
    "CH": "Switzerland",
    "DE": "Germany",
    "DK": "Denmark",
    "ES": "Spain",
    "FI": "Finland",
    "FR": "France",
    "GB": "United Kingdom",
    "HK": "Hong Kong",
    "IE": "Ireland",
    "IT": "Italy",
    "JP": "Japan",
    "LU": "Luxembourg",
    "NL": "Netherlands",
    "NO": "Norway",
    "NZ": "New Zealand",
    "PL": "Poland",
    "PT": "Portugal",
    "SE": "Sweden",
    "SG": "Singapore",
    "US": "United States",
}
"""Where payees can bank by the form; the API takes any country, and Stripe says which it knows."""
HOME_COUNTRY = "GB"
PATH = "/creator/payouts"
DATE = "%-d %b %Y"
NEXT = "in the next settlement"


class Connect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the payee banks; it counts for a new account only."""

    country: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")] = HOME_COUNTRY


@routes.page("GET", PATH, action=Action.CONNECT_PAYOUTS)
def payouts_page(call: Call[None]) -> Page:
    """Where the connection with Stripe stands, and where the payee's money is."""
    found, principal = services().payouts, call.principal
    account = _account(principal)
    standing = found.payees.standing(principal.tenant_id)
    view = steps.Steps(
        title="Payouts",
        lead="Stripe pays you. You tell Stripe who you are and where you bank; we never see it.",
        heading="Connection with Stripe",
        nothing="Payouts are connected.",
        decisions=tuple(_connection(account)),
        figures=tuple(_figures(standing)),
        forms=(_form(account),) if _is_to_be_made(account) else (),
        tables=(
            _due(principal),
            _debts(standing),
            _transfers(found.settlements.listed(principal)),
            _to_the_bank(found.accounts.payouts(principal).payouts),
        ),
        links=(
            Link(label="Payouts to the bank, in parts", href="/creator/bank-payouts"),
            Link(label="Back to your home", href="/creator"),
        ),
    )
    return Page(template=steps.TEMPLATE, view=view)


@routes.form("POST", PATH, action=Action.CONNECT_PAYOUTS, body=Connect)
def connect_payouts(call: Call[Connect]) -> Redirect:
    """Ask for an account at Stripe, or for a fresh link to the one there is."""
    services().payouts.accounts.connect(call.principal, call.body.country)
    return Redirect(path=PATH)


def payout_todos(principal: Principal) -> Iterator[Todo]:
    """What keeps a payee from being paid, on their home page."""
    account = _account(principal)
    if account is None or _is_to_be_made(account):
        yield Todo(text="Connect payouts so that we can pay you", link=Link(label="Connect", href=PATH))
    elif not account.transfers_active:
        yield Todo(text="Finish connecting payouts at Stripe", link=Link(label="Go on", href=PATH))
    elif account.requirements_due:
        yield Todo(text="Stripe asks for more details; without them it may stop paying you", link=Link(label="See which", href=PATH))


def _account(principal: Principal) -> PayoutAccount | None:
    try:
        return services().payouts.accounts.mine(principal)
    except NoPayoutAccount:
        return None


def _is_to_be_made(account: PayoutAccount | None) -> bool:
    """Whether there is no account, Stripe refused one, or the connection was ended."""
    return account is None or (account.stripe_account is None and account.note is not None)


def _connection(account: PayoutAccount | None) -> Iterator[steps.Decision]:
    if account is None:
        yield steps.Decision(title="Payouts are not connected yet.")
        return
    if account.note is not None:
        yield steps.Decision(title=account.note, status=Status(word="Not connected", tone="bad"))
        return
    if account.transfers_active and not account.requirements_due:
        return
    again = Button(label="Get a fresh link", action=PATH, tone="secondary")
    url, expires = account.onboarding_url, account.onboarding_url_expires
    details = _details(account)
    if url is None:
        title = "The link to Stripe is being made. Load this page again in a few seconds."
        yield steps.Decision(title=title, detail=details, status=Status(word="Waiting", tone="waiting"), button=again)
    elif expires is not None and datetime.fromtimestamp(expires, UTC) <= services().clock.real_now():
        title = "The link to Stripe has ended: it lives for minutes and works once. Get a fresh one."
        yield steps.Decision(title=title, detail=details, button=again)
    else:
        link = Link(label="Go on at Stripe", href=url, external=True)
        yield steps.Decision(title="Tell Stripe who you are and where you bank.", detail=details, link=link, button=again)


def _details(account: PayoutAccount) -> str:
    """What Stripe asks for, in words: ``individual.id_number`` is "individual: id number"."""
    due = ", ".join(each.replace(".", ": ").replace("_", " ") for each in account.requirements_due)
    asks = f"Stripe still asks for: {due}." if due else ""
    stopped = "" if account.disabled_reason is None else f" Until then it holds back: {account.disabled_reason.replace('_', ' ')}."
    return f"{asks}{stopped}".strip()


def _form(account: PayoutAccount | None) -> Form:
    known = account.country if account is not None else HOME_COUNTRY
    choices = tuple(Choice(value=code, label=name) for code, name in COUNTRIES.items())
    country = Field(name="country", label="Country of your bank account", value=known, choices=choices)
    return Form(title="Connect payouts", action=PATH, button="Connect payouts with Stripe", fields=(country,))


def _figures(standing: Sequence[PayeeStanding]) -> Iterator[Figure]:
    for each in standing:
        hint = each.carried.reason if each.carried is not None else NEXT
        yield Figure(label=f"Payable now, {each.currency}", value=money(each.payable_minor, each.currency), hint=hint)


def _due(principal: Principal) -> Table:
    """Contract by contract: what may still come back, what the brand has not paid for, and until when."""
    found = services()
    contracts = {each.contract_id: each for each in found.contracts.list(principal)}
    shows = found.shows.shows(principal)
    earned = found.payouts.payees.earnings(principal).contracts
    rows = [_due_row(each, contracts.get(each.contract_id), shows) for each in earned]
    columns = "Contract,Pending,Matures by,Waits for the brand,Disputed"
    return table("What is due, and when", columns, rows, "Nothing has been earned yet.", numbers=(1, 3, 4))


def _due_row(each: ContractAmounts, contract: Contract | None, shows: Sequence[Show]) -> tuple[Cell, ...]:
    ends = [_returns_close(show, contract) for show in shows if contract is not None and show.contract_id == contract.contract_id]
    return (
        cell(each.title, f"/contracts/{each.contract_id}/statement"),
        cell(money(each.pending_minor, each.currency)),
        cell(max(ends).strftime(DATE) if ends and each.pending_minor else "\N{EN DASH}"),
        cell(money(each.unfunded_minor, each.currency)),
        cell(money(each.disputed_minor, each.currency)),
    )


def _returns_close(show: Show, contract: Contract | None) -> datetime:
    """The day in the contract's zone on which the last sale of a show matures, as it is scheduled."""
    window = timedelta(days=contract.terms.return_window_days if contract else 0)
    last_order = show.starts_at + timedelta(minutes=show.minutes + show.attribution.after_minutes)
    return last_order.astimezone(ZoneInfo(show.timezone)) + window


def _debts(standing: Sequence[PayeeStanding]) -> Table:
    rows = [
        (
            cell(_title(debt.contract_id)),
            cell(name_of(debt.brand_id) if debt.brand_id else "\N{EN DASH}"),
            cell(money(debt.minor, each.currency)),
        )
        for each in standing
        for debt in each.debts
    ]
    return table("What you owe back, oldest first", "Contract,Brand,Amount", rows, "You owe nothing.", numbers=(2,))


def _title(contract_id: str) -> str:
    return services().contracts.contract(contract_id).bookings[0].title if contract_id else "A settlement"


def _transfers(settlements: Sequence[Settlement]) -> Table:
    rows = [
        (
            cell(when(each.sent_at or each.prepared_at, UTC_ZONE)),
            cell(money(each.amount_minor, each.currency)),
            cell(money(each.reversed_minor, each.currency) if each.reversed_minor else "\N{EN DASH}"),
            state_cell(each.state, note=each.note or ""),
        )
        for each in settlements
    ]
    return table(
        "Transfers to your account at Stripe", "When,Amount,Taken back,State", rows, "Nothing was transferred yet.", numbers=(1, 2)
    )


def _to_the_bank(payouts: Sequence[PayoutState]) -> Table:
    rows = [
        (
            cell(f"{datetime.fromtimestamp(each.arrives_on, UTC):{DATE}}"),
            cell(money(each.amount_minor, each.currency)),
            state_cell(each.status, note=each.failure or ""),
        )
        for each in payouts
    ]
    return table("From Stripe to your bank", "Arrives,Amount,State", rows, "Stripe has paid nothing out yet.", numbers=(1,))
