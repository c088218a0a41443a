"""A statement for people: every amount with its formula and its inputs, who gets what, and where the money stands. Pure.

CSV cells that a spreadsheet would take for a formula get a leading apostrophe; amounts are plain decimal text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalicelib.core.clock import iso
from chalicelib.core.csv_text import Amount, csv_text
from chalicelib.core.money import for_people, to_major
from chalicelib.payouts.earnings import Row, ShowStatement, TaxLine
from chalicelib.payouts.records import Accrual, StatementRecord

COLUMNS = (
    "show_id",
    "show",
    "part",
    "name",
    "formula",
    "inputs",
    "currency",
    "earned",
    "matured",
    "pending",
    "earned_minor",
    "matured_minor",
)
ON_TOP = "platform_fee_on_top"
COMPONENT, PAYEE, TAX, TOTAL = "component", "payee", "tax", "total"
NAMES: Mapping[str, str] = {
    "commission": "Commission",
    "cap": "Cap on commission",
    "flat_fee": "Appearance fee",
    "guarantee_give_back": "Given back: sales guarantee missed",
    "floor_top_up": "Top-up to the pay floor",
    "bonus": "Bonus",
    "platform_fee": "Platform fee",
    "platform_fee_on_top": "Platform fee (paid by the brand)",
    "cancellation": "Cancellation",
    "host_invoice": "VAT on the host's self-billed invoice",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One line: a component, a payee's share, a tax or a total. Amounts in minor units."""

    show_id: str
    show_title: str
    part: str
    name: str
    title: str
    formula: str
    inputs: str
    earned_minor: int
    matured_minor: int
    currency: str

    @property
    def earned(self) -> str:
        """For people."""
        return for_people(self.earned_minor, self.currency)

    @property
    def matured(self) -> str:
        """For people."""
        return for_people(self.matured_minor, self.currency)

    @property
    def pending(self) -> str:
        """For people."""
        return for_people(self.earned_minor - self.matured_minor, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowSection:
    """A show with its lines."""

    show_id: str
    title: str
    net_sales: str
    units_sold: int
    units_returned: int
    returns_closed: bool
    disputed: bool
    lines: tuple[StatementLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementView:
    """What the page, the JSON API and the CSV show."""

    contract_id: str
    title: str
    currency: str
    as_of: str
    sequence: int
    statement_sha256: str
    shows: tuple[ShowSection, ...]
    tax: tuple[StatementLine, ...]
    totals: tuple[StatementLine, ...]

    @property
    def lines(self) -> tuple[StatementLine, ...]:
        """All lines in order."""
        return (*(line for show in self.shows for line in show.lines), *self.tax, *self.totals)


def view_of(record: StatementRecord, accrual: Accrual, *, payee_id: str | None = None) -> StatementView:
    """The statement; for one payee the shares of others are left out, the components stay, so that the sum can be recomputed."""
    statement = record.statement
    shows = tuple(_section(show, record, payee_id) for show in statement.shows)
    tax = tuple(_tax_line(line, statement.currency) for line in statement.tax)
    return StatementView(
        contract_id=record.contract_id,
        title=record.title,
        currency=statement.currency,
        as_of=iso(statement.as_of),
        sequence=record.sequence,
        statement_sha256=accrual.statement_sha256,
        shows=shows,
        tax=tax,
        totals=_totals(shows, statement.currency),
    )


def to_csv(view: StatementView) -> str:
    """The statement as CSV with a header, one line a row, CRLF line ends; text is safe to open in a spreadsheet."""
    return csv_text(COLUMNS, (_csv_row(line) for line in view.lines))


def _csv_row(line: StatementLine) -> list[str | int | Amount]:
    pending = line.earned_minor - line.matured_minor
    amounts = [Amount(to_major(minor, line.currency)) for minor in (line.earned_minor, line.matured_minor, pending)]
    words = (line.show_id, line.show_title, line.part, line.name, line.formula, line.inputs, line.currency)
    return [*words, *amounts, line.earned_minor, line.matured_minor]


def _section(show: ShowStatement, record: StatementRecord, payee_id: str | None) -> ShowSection:
    currency = record.statement.currency
    title = record.show_titles.get(show.show_id, show.show_id)
    components = [_component_line(row, title, currency) for row in show.rows]
    shares = [
        StatementLine(
            show_id=show.show_id,
            show_title=title,
            part=PAYEE,
            name=share.payee_id,
            title="Host" if share.payee_id == record.host_id else "Agency",
            formula="share of the rows above that are not on top",
            inputs="",
            earned_minor=share.earned_minor,
            matured_minor=share.matured_minor,
            currency=currency,
        )
        for share in show.shares
        if payee_id in {None, share.payee_id}
    ]
    return ShowSection(
        show_id=show.show_id,
        title=title,
        net_sales=for_people(show.net_sales_minor, currency),
        units_sold=show.units_sold,
        units_returned=show.units_returned,
        returns_closed=show.returns_closed,
        disputed=show.disputed,
        lines=(*components, *shares),
    )


def _component_line(row: Row, show_title: str, currency: str) -> StatementLine:
    kind = row.component.split(":", 1)[0]
    return StatementLine(
        show_id=row.show_id,
        show_title=show_title,
        part=COMPONENT,
        name=row.component,
        title=NAMES.get(kind, kind),
        formula=row.formula,
        inputs="; ".join(f"{name} = {value}" for name, value in sorted(row.inputs.items())),
        earned_minor=row.amount_minor,
        matured_minor=row.matured_minor,
        currency=currency,
    )


def _tax_line(line: TaxLine, currency: str) -> StatementLine:
    rate = f"{line.rate_basis_points} / 10000"
    return StatementLine(
        show_id="",
        show_title="",
        part=TAX,
        name=line.document,
        title=f"VAT: {NAMES.get(line.document, line.document)}",
        formula=f"round({rate} x {to_major(line.base.earned_minor, currency)})",
        inputs=f"base_minor = {line.base.earned_minor}; rate_basis_points = {line.rate_basis_points}",
        earned_minor=line.tax.earned_minor,
        matured_minor=line.tax.matured_minor,
        currency=currency,
    )


def _totals(shows: Sequence[ShowSection], currency: str) -> tuple[StatementLine, ...]:
    by_payee: dict[str, list[StatementLine]] = {}
    for show in shows:
        for line in show.lines:
            if line.part == PAYEE:
                by_payee.setdefault(line.name, []).append(line)
    return tuple(
        StatementLine(
            show_id="",
            show_title="",
            part=TOTAL,
            name=payee,
            title=f"{lines[0].title}, all shows, before tax",
            formula=" + ".join(to_major(line.earned_minor, currency) for line in lines),
            inputs="",
            earned_minor=sum(line.earned_minor for line in lines),
            matured_minor=sum(line.matured_minor for line in lines),
            currency=currency,
        )
        for payee, lines in by_payee.items()
    )
