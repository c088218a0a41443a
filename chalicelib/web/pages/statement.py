"""The statement of a contract: every amount with its formula and its inputs."""

from collections.abc import Iterable
from datetime import datetime

from chalicelib.contracts.rules import Contract
from chalicelib.contracts.wording import percent
from chalicelib.core.access import Action
from chalicelib.core.money import for_people
from chalicelib.payouts.records import NoStatement
from chalicelib.payouts.statement import PAYEE, TOTAL, ShowSection, StatementLine
from chalicelib.web.pages import steps
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import name_of
from chalicelib.web.routes import Call, Page
from chalicelib.web.views.common import Link, Status, money, when
from chalicelib.web.views.money import StatementPage, StatementRow, StatementSection
from chalicelib.wiring import services

YES_OR_NO = frozenset({"tested", "over_ceiling"})
IN_THE_FORMULA = frozenset({"tiers", "line_amounts_kept_e4"})


@routes.page("GET", "/contracts/{contract_id}/statement", action=Action.SEE_EARNINGS)
def statement_page(call: Call[None], contract_id: str) -> Page:
    """The latest statement; payees see their own shares only."""
    contract = services().contracts.get(call.principal, contract_id)
    try:
        statement = services().payouts.statement(call.principal, contract_id)
    except NoStatement:
        return _nothing_yet(contract)
    api = f"/api/v1/contracts/{contract_id}/statement"
    closed = all(show.returns_closed for show in statement.shows)
    view = StatementPage(
        title=f"Statement: {statement.title}",
        number=str(statement.sequence),
        payee=name_of(contract.creator_id),
        brand=name_of(contract.brand_id),
        contract=Link(label=statement.title, href=f"/contracts/{contract_id}"),
        as_of=when(datetime.fromisoformat(statement.as_of), contract.terms.timezone),
        sha256=statement.statement_sha256,
        currency=statement.currency,
        status=Status(word="Returns closed", tone="good") if closed else Status(word="Returns open", tone="waiting"),
        sections=tuple(_section(show, statement.currency) for show in statement.shows),
        totals=_rows((*statement.tax, *statement.totals)),
        downloads=(
            Link(label="PDF", href=f"{api}?format=pdf"),
            Link(label="CSV", href=f"{api}?format=csv"),
            Link(label="Document to print", href=f"{api}?format=html"),
        ),
    )
    return Page(template="payouts/statement.html", view=view)


def _nothing_yet(contract: Contract) -> Page:
    view = steps.Steps(
        title=f"Statement: {contract.bookings[0].title}",
        lead="Nothing has been earned under this contract yet. Its statement begins with the first fee that falls due or the first sale.",
        links=(Link(label="Back to the contract", href=f"/contracts/{contract.contract_id}"),),
    )
    return Page(template=steps.TEMPLATE, view=view)


def _section(show: ShowSection, currency: str) -> StatementSection:
    returns = "returns are closed" if show.returns_closed else "returns are still possible"
    disputed = "; disputed" if show.disputed else ""
    note = f"Net sales {show.net_sales} {currency}; {show.units_sold:,} units sold, {show.units_returned:,} returned; {returns}{disputed}."
    return StatementSection(heading=show.title, note=note, rows=_rows(show.lines))


def _rows(lines: Iterable[StatementLine]) -> tuple[StatementRow, ...]:
    return tuple(
        StatementRow(
            component=_component(line),
            formula=line.formula,
            inputs="; ".join(part for part in (*_inputs(line), _maturity(line)) if part),
            amount=money(line.earned_minor, line.currency),
            total=line.part in {PAYEE, TOTAL},
        )
        for line in lines
    )


def _component(line: StatementLine) -> str:
    """``Commission: kitchen``; a payee's row has the payee's name."""
    if line.part in {PAYEE, TOTAL}:
        return f"{name_of(line.name)} ({line.title[0].lower()}{line.title[1:]})"
    _, _, which = line.name.partition(":")
    return f"{line.title}: {which.replace('-', ' ')}" if which else line.title


def _inputs(line: StatementLine) -> Iterable[str]:
    """What the formula was given, as people read it; the CSV has the same in minor units and basis points."""
    given = (part.partition(" = ") for part in line.inputs.split("; ") if part)
    return (words for name, _, value in given if (words := _input(name, value, line.currency)))


def _input(name: str, value: str, currency: str) -> str:
    """One input in words; empty for what the formula shows already and for what is not so."""
    label = name.removesuffix("_minor").removesuffix("_basis_points").replace("_", " ")
    if name in IN_THE_FORMULA or (name in YES_OR_NO and value == "0"):
        return ""
    if name in YES_OR_NO:
        return label
    if name.endswith("_minor"):
        return f"{label} {for_people(int(value), currency)}"
    return f"{label} {percent(int(value)) if name.endswith('_basis_points') else value}"


def _maturity(line: StatementLine) -> str:
    """What of it is matured, where that is not all of it."""
    return "" if line.earned_minor == line.matured_minor else f"matured {line.matured}, pending {line.pending}"
