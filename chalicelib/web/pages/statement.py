"""The statement of a contract: every amount with its formula and its inputs."""

from collections.abc import Iterable

from chalicelib.core.access import Action
from chalicelib.core.money import for_people
from chalicelib.payouts.statement import ShowSection, StatementLine
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import name_of
from chalicelib.web.routes import Call, Page
from chalicelib.web.views.common import Link, Status
from chalicelib.web.views.money import StatementPage, StatementRow, StatementSection
from chalicelib.wiring import services


@routes.page("GET", "/contracts/{contract_id}/statement", action=Action.SEE_EARNINGS)
def statement_page(call: Call[None], contract_id: str) -> Page:
    """The latest statement; payees see their own shares only."""
    statement = services().payouts.statement(call.principal, contract_id)
    contract = services().contracts.get(call.principal, contract_id)
    api = f"/api/v1/contracts/{contract_id}/statement"
    closed = all(show.returns_closed for show in statement.shows)
    view = StatementPage(
        title=f"Statement: {statement.title}",
        number=f"{contract_id} / {statement.sequence}",
        payee=name_of(contract.creator_id),
        brand=name_of(contract.brand_id),
        contract=Link(label=contract_id, href=f"/contracts/{contract_id}"),
        as_of=f"{statement.as_of}, SHA-256 {statement.statement_sha256}",
        currency=statement.currency,
        status=Status(word="Returns closed", tone="good") if closed else Status(word="Returns open", tone="waiting"),
        sections=tuple(_section(show) for show in statement.shows),
        totals=_rows((*statement.tax, *statement.totals)),
        downloads=(
            Link(label="PDF", href=f"{api}?format=pdf"),
            Link(label="CSV", href=f"{api}?format=csv"),
            Link(label="Document to print", href=f"{api}?format=html"),
        ),
    )
    return Page(template="payouts/statement.html", view=view)


def _section(show: ShowSection) -> StatementSection:
    returns = "returns are closed" if show.returns_closed else "returns are still possible"
    disputed = "; disputed" if show.disputed else ""
    note = f"Net sales {show.net_sales}; {show.units_sold:,} units sold, {show.units_returned:,} returned; {returns}{disputed}."
    return StatementSection(heading=show.title, note=note, rows=_rows(show.lines))


def _rows(lines: Iterable[StatementLine]) -> tuple[StatementRow, ...]:
    return tuple(
        StatementRow(
            component=f"{line.title} ({line.name})",
            formula=line.formula,
            inputs="; ".join(part for part in (line.inputs, _maturity(line)) if part),
            amount=for_people(line.earned_minor, line.currency),
            total=line.part in {"payee", "total"},
        )
        for line in lines
    )


def _maturity(line: StatementLine) -> str:
    """What of it is matured, where that is not all of it."""
    return "" if line.earned_minor == line.matured_minor else f"matured {line.matured}, pending {line.pending}"
