"""A statement as a document of its own: it needs no session, script or style sheet to be read or printed. Pure."""

from collections.abc import Iterable
from html import escape

from chalicelib.payouts.statement import ShowSection, StatementLine, StatementView

STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;overflow-wrap:anywhere}"
    "div{overflow-x:auto}table{border-collapse:collapse;width:100%}div table{min-width:40rem}"
    "th,td{border-bottom:1px solid #8888;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:normal}"
    ".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.f{font-family:ui-monospace,monospace;font-size:.85rem}"
)
"""Whoever answers with the document has to allow it: see `TextFile.style`."""
VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'
HEAD = "<tr><th>Row</th><th>Formula</th><th>Inputs</th><th class=n>Earned</th><th class=n>Matured</th><th class=n>Pending</th></tr>"


def to_html(view: StatementView) -> str:
    """The statement as an HTML document; every text is escaped."""
    title = f"Statement: {escape(view.title)}"
    state = f"as of {escape(view.as_of)}, accrual {view.sequence}, amounts in {escape(view.currency)}"
    parts = [
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{VIEWPORT}',
        f"<title>{title}</title><style>{STYLE}</style></head><body><main>",
        f"<h1>{title}</h1>",
        f"<p>Contract <code>{escape(view.contract_id)}</code>, {state}.</p>",
        *(_section(show) for show in view.shows),
        f"<h2>Tax</h2>{_table(view.tax)}" if view.tax else "",
        f"<h2>Totals</h2>{_table(view.totals)}",
        f"<p>SHA-256 of the statement on record: <code>{escape(view.statement_sha256)}</code></p></main></body></html>",
    ]
    return "\n".join(parts)


def _section(show: ShowSection) -> str:
    returns = "returns are closed" if show.returns_closed else "returns are still possible"
    disputed = "; disputed" if show.disputed else ""
    sold = f"Net sales {escape(show.net_sales)}; {show.units_sold} units sold, {show.units_returned} returned"
    return f"<h2>{escape(show.title)}</h2><p>{sold}; {returns}{disputed}.</p>{_table(show.lines)}"


def _table(lines: Iterable[StatementLine]) -> str:
    return f"<div tabindex=0><table><thead>{HEAD}</thead><tbody>{''.join(_row(line) for line in lines)}</tbody></table></div>"


def _row(line: StatementLine) -> str:
    words = f"<td class=f>{escape(line.formula)}</td><td class=f>{escape(line.inputs)}</td>"
    amounts = "".join(f"<td class=n>{amount}</td>" for amount in (line.earned, line.matured, line.pending))
    return f"<tr><th>{escape(line.title)}<br><small>{escape(line.name)}</small></th>{words}{amounts}</tr>"
