"""A statement as a PDF to file or to send, as `core.pdf` makes them. Pure."""

from collections.abc import Iterable, Sequence

from reportlab.platypus import Flowable

from chalicelib.core.pdf import document, gap, table, text
from chalicelib.payouts.statement import PAYEE, TOTAL, ShowSection, StatementLine, StatementView

HEAD = ("Row", "Formula", "Inputs", "Earned", "Matured", "Pending")
WIDTHS_MM = (58, 72, 62, 27, 27, 27)


def to_pdf(view: StatementView) -> bytes:
    """The statement as a PDF document, A4 across."""
    foot = f"{view.contract_id} / {view.sequence}"
    return document(_story(view), title=f"Statement: {view.title}", foot=foot, across=True)


def _story(view: StatementView) -> Iterable[Flowable]:
    yield text(f"Statement: {view.title}", size=15, bold=True)
    yield gap()
    yield text(f"Contract {view.contract_id}, as of {view.as_of}, accrual {view.sequence}. Amounts in {view.currency}.")
    for show in view.shows:
        yield from (gap(), text(show.title, size=11, bold=True), text(_about(show)), _table(show.lines))
    if view.tax:
        yield from (gap(), text("Tax", size=11, bold=True), _table(view.tax))
    yield from (gap(), text("Totals", size=11, bold=True), _table(view.totals), gap())
    yield text(f"SHA-256 of the statement on record: {view.statement_sha256}")


def _about(show: ShowSection) -> str:
    returns = "returns are closed" if show.returns_closed else "returns are still possible"
    disputed = "; disputed" if show.disputed else ""
    return f"Net sales {show.net_sales}; {show.units_sold} units sold, {show.units_returned} returned; {returns}{disputed}."


def _table(lines: Sequence[StatementLine]) -> Flowable:
    head = [text(word, bold=True, right=place > 2) for place, word in enumerate(HEAD)]  # noqa: PLR2004  # three columns of words
    return table([head, *(_row(line) for line in lines)], WIDTHS_MM)


def _row(line: StatementLine) -> list[Flowable]:
    bold = line.part in {PAYEE, TOTAL}
    amounts = [text(amount, bold=bold, right=True) for amount in (line.earned, line.matured, line.pending)]
    return [text(f"{line.title} ({line.name})", bold=bold), text(line.formula), text(line.inputs), *amounts]
