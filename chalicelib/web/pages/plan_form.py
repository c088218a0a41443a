"""The form of a plan, empty or as it was sent: nothing of what was typed is lost, and what is wrong stands beside it."""

from collections.abc import Mapping

from chalicelib.core.words import plural
from chalicelib.planning.asked import DEFAULT_SECONDS, DEFAULT_SHOWS_PER_WEEK, FEWEST_SECONDS, MAX_SECONDS_ASKED
from chalicelib.web.pages.plan_wishes import (
    BUDGET,
    FORBIDDEN,
    MAX_ROWS,
    PIN,
    RIVALS,
    WITHOUT,
    Around,
    Reading,
    budget_row,
    numbers_of,
    rivals_row,
)
from chalicelib.web.views.forms import Choice, Field
from chalicelib.web.views.plan_wishes import PairRow, Pairs, WishesForm

MAX_SHOWS_OFFERED = 500
SPARE_ROWS = 2


def fields_of(sent: Mapping[str, str]) -> tuple[Field, ...]:
    """The numbers of the form."""
    return (
        Field(name="minimum_hosts", label="Different hosts for each brand, at least", value=sent.get("minimum_hosts", "1")),
        Field(
            name="shows_per_week",
            label="Shows in a week, at most, for hosts who have not said",
            value=sent.get("shows_per_week", str(DEFAULT_SHOWS_PER_WEEK)),
        ),
        Field(
            name="seconds",
            label="Seconds to search",
            value=sent.get("seconds", str(DEFAULT_SECONDS)),
            hint=f"{FEWEST_SECONDS} to {MAX_SECONDS_ASKED}. What is proven best earlier ends earlier.",
        ),
    )


def form(around: Around, sent: Mapping[str, str], reading: Reading | None = None, *, more: bool = False) -> WishesForm:
    """The form with what was sent; `more` adds empty rows of each kind."""
    found = reading or Reading()

    def rows(kind: str) -> tuple[str, ...]:
        numbers = numbers_of(sent, kind) or [0]
        spare = range(numbers[-1] + 1, numbers[-1] + 1 + SPARE_ROWS) if more else range(0)
        return tuple(f"{kind}-{number}" for number in [*numbers, *spare][:MAX_ROWS])

    def pair(name: str) -> PairRow:
        hosts = found.hosts.get(f"{name}-host", ())
        return PairRow(name=name, show=sent.get(f"{name}-show", ""), host=sent.get(f"{name}-host", ""), hosts=hosts)

    shows, marketplace = around.shows, around.is_marketplace
    written = (PIN, FORBIDDEN, WITHOUT, BUDGET, RIVALS)
    return WishesForm(
        shows=tuple(Choice(value=each.slot_id, label=each.words) for each in shows[:MAX_SHOWS_OFFERED]),
        more_shows=_more_shows(len(shows)),
        pairs=(
            Pairs(name="pins", legend="Pins", hint="This host does this show, whatever else is planned.", rows=tuple(map(pair, rows(PIN)))),
            Pairs(name="nots", legend="Forbidden pairs", hint="This host does not do this show.", rows=tuple(map(pair, rows(FORBIDDEN)))),
        ),
        without=tuple(map(pair, rows(WITHOUT))),
        budget=None if marketplace else sent.get(BUDGET, ""),
        budgets=tuple(budget_row(sent, name) for name in rows(BUDGET)) if marketplace else (),
        rivals=tuple(rivals_row(sent, name) for name in rows(RIVALS)) if marketplace else (),
        brands=tuple(Choice(value=brand_id, label=name) for brand_id, name in sorted(around.brand_names.items(), key=lambda each: each[1])),
        categories=tuple(sorted({brief.category.casefold() for brief in around.briefs})),
        is_open=more or any(value and name.partition("-")[0] in written for name, value in sent.items()),
        errors=tuple(found.errors.items()),
    )


def _more_shows(count: int) -> str:
    more = count - MAX_SHOWS_OFFERED
    return f"{plural(more, 'later show')} can be named by the API, POST /api/v1/plans." if more > 0 else ""
