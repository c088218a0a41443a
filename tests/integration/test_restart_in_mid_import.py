"""The engine is stopped and started while an import is stored: it ends with the full totals, each line once, and books that add up."""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.sales.evidence import SalesEvidence
from chalicelib.sales.imports import LINES_PER_PART
from infra.operator import acting_on
from tests.stack import Stack
from tests.world import World, build_world, csv_file

SALES = 6_000
REFUNDS = 1_500
ROWS = SALES + REFUNDS
PRICE_MINOR = 12_00
LOOK_SECONDS = 0.05
UNTIL_STORING_SECONDS = 120
UNTIL_DONE_SECONDS = 420
"""The outbox is late after two minutes, an import that stands still after three; then its work comes again, on a busy machine."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """An import with a restart in its middle."""

    world: World
    before: dict[str, Any]
    """The import as it was last seen before the engine was stopped."""
    record: dict[str, Any]
    """As it is in the end."""


def rows(world: World) -> list[str]:
    """Sales of one piece each, every fourth of them given back the next day, in one file."""
    sales = [world.row(f"R{number}") for number in range(SALES)]
    return sales + [world.row(f"R{number * SALES // REFUNDS}", refund=f"B{number}") for number in range(REFUNDS)]


def seen_when(world: World, import_id: str, so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The import as soon as it is so."""
    deadline = time.monotonic() + UNTIL_STORING_SECONDS
    while True:
        status: dict[str, Any] = world.booker.get(f"/api/v1/imports/{import_id}")
        if so(status):
            return status
        assert status["record"]["state"] not in {"linking", "done", "refused"}, f"too late to interrupt: {status}"
        assert time.monotonic() < deadline, f"nothing was stored in time: {status}"
        time.sleep(LOOK_SECONDS)


@pytest.fixture(scope="module")
def interrupted(stack: Stack) -> Iterator[Interrupted]:
    """The brand uploads; when the first parts are stored and others are not, the engine is stopped and started."""
    world = build_world(stack, "-interrupted")
    body = csv_file(rows(world))
    upload = world.announce(world.booker, body).json()
    import_id = upload["import_id"]
    world.put(upload, body)
    before = seen_when(world, import_id, lambda status: status["record"]["state"] == "storing" and status["parts_done"] > 0)
    stack.restart_engine()
    path = f"/api/v1/imports/{import_id}"
    ended = world.booker.wait(
        path, lambda status: status["record"]["state"] in {"done", "refused"}, "An end of the import", UNTIL_DONE_SECONDS
    )
    world.settle_down()
    yield Interrupted(world, before, ended["record"])
    assert world.given_up() == dict.fromkeys(world.given_up(), 0)


def test_the_engine_was_stopped_between_the_first_part_and_the_last(interrupted: Interrupted) -> None:
    assert interrupted.before["record"]["state"] == "storing"
    assert 0 < interrupted.before["parts_done"] < interrupted.before["record"]["parts"] == math.ceil(ROWS / LINES_PER_PART)


def test_the_import_is_done_with_the_full_totals(interrupted: Interrupted) -> None:
    record = interrupted.record
    assert (record["state"], record["accepted"], record["rejected"]) == ("done", ROWS, 0)
    tally = {name: count for name, count in record["tally"].items() if count}
    assert tally == {
        "new": ROWS,
        "attributed": SALES,
        "attributed_minor": SALES * PRICE_MINOR,
        "taken_back": REFUNDS,
        "taken_back_minor": REFUNDS * PRICE_MINOR,
    }


def test_every_cancellation_found_its_sale(interrupted: Interrupted) -> None:
    (feed,) = [each for each in interrupted.world.booker.get("/api/v1/feeds") if each["feed_id"] == interrupted.record["feed_id"]]
    assert (feed["summary"]["links"], feed["summary"]["links_to_shows"], feed["summary"]["orphans"]) == (REFUNDS, REFUNDS, 0)


def test_each_line_is_there_once(interrupted: Interrupted) -> None:
    with acting_on(interrupted.world.stack.place) as services:
        evidence: SalesEvidence = services.reconciliation.sales
        lines = Counter(each.line.order_ref for each in evidence.lines() if each.import_id == interrupted.record["import_id"])
        facts = services.sales.facts_of(interrupted.world.show_id)
    assert sum(lines.values()) == ROWS
    assert Counter(lines.values()) == {1: SALES - REFUNDS, 2: REFUNDS}, "an order is its sale, and its refund where it has one"
    ours = [sale.line_id for sale in facts.sales if sale.order_ref in lines]
    assert len(ours) == len(set(ours)) == SALES
    assert sum(refund.units for refund in facts.refunds if refund.line_id in set(ours)) == REFUNDS


def test_the_show_has_earned_exactly_what_was_sold_and_kept(interrupted: Interrupted) -> None:
    sales = interrupted.world.booker.get(f"/api/v1/shows/{interrupted.world.show_id}/sales")
    kept = {name: sales[name] for name in ("lines", "gross_minor", "refunds_minor", "net_minor")}
    assert kept == {
        "lines": SALES,
        "gross_minor": SALES * PRICE_MINOR,
        "refunds_minor": REFUNDS * PRICE_MINOR,
        "net_minor": (SALES - REFUNDS) * PRICE_MINOR,
    }


def test_the_books_add_up(interrupted: Interrupted) -> None:
    assert interrupted.world.audit() == []
