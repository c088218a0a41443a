"""What a sale line costs in DynamoDB on its whole way in: units and requests, for a new line and for one that is known already."""

from collections.abc import Iterator

from chalicelib.sales.imports import Import, State
from chalicelib.sales.service import Announced, sha256_of
from tests.bench.figures import Figure, Target, larger
from tests.bench.house import House
from tests.bench.meter import Meter, Tally
from tests.bench.say import Say
from tests.bench.sizes import Sizes
from tests.bench.synthetic import BRAND, agree, booker_of, csv_file, sales_rows

NEW = Target("<=", 2.1)
KNOWN = Target("<=", 0.2)
SHOWS_PER_CONTRACT = 2
CONTRACTS = 2


class Unfinished(RuntimeError):
    """An import did not do what it should, so its cost says nothing."""


def measure(house: House, meter: Meter, sizes: Sizes, say: Say) -> Iterator[Figure]:
    """New lines first, then the same lines out of an export in another order: the very same bytes are refused when they are announced."""
    airings = [airing for number in range(CONTRACTS) for airing in agree(f"units{number}", SHOWS_PER_CONTRACT)]
    rows = sales_rows("units", airings, sizes.lines_of_units, sizes.seed)
    say(f"a file of {len(rows):,} new lines, then the same lines again")
    for name, ordered, target in (("new", rows, NEW), ("known", rows[::-1], KNOWN)):
        with meter.counting() as tally:
            record = bring_in(house, csv_file(ordered))
        counted = record.tally.new if name == "new" else record.tally.known
        if counted != len(rows):
            message = f"{counted} of {len(rows)} lines were {name}"
            raise Unfinished(message)
        for line in breakdown(tally, len(rows)):
            say(f"  {name}: {line}")
        yield from _figures(name, tally, len(rows), target)


def bring_in(house: House, body: bytes) -> Import:
    """A file from its announcement until nothing is left to do. Raises `Unfinished`."""
    notification, import_id = arrived(house, BRAND, body)
    house.work_off(("imports", notification))
    record = house.services.sales.status(booker_of(BRAND), import_id).record
    if record.state is not State.DONE:
        message = f"the import ended as {record.state}: {record.reason}"
        raise Unfinished(message)
    return record


def arrived(house: House, brand_id: str, body: bytes) -> tuple[str, str]:
    """Announce a brand's file and upload it; answers the notification and the import's id."""
    announced = Announced(filename="bench.csv", profile="generic", currency="GBP", sha256=sha256_of(body), size_bytes=len(body))
    import_id = house.services.sales.start_import(booker_of(brand_id), announced).import_id
    return house.upload(f"uploads/{brand_id}/{import_id}", body), import_id


def breakdown(tally: Tally, lines: int) -> Iterator[str]:
    """Where the units go, most first."""
    for (table, operation), units in tally.write_units.most_common():
        items = tally.written_items[table, operation]
        mean = tally.written_bytes[table, operation] // items
        yield f"{units / lines:.4f} write units a line: {items:,} items of {mean:,} bytes on average, {table}, {operation}"
    yield f"{tally.failed_writes} writes whose condition failed"


def _figures(name: str, tally: Tally, lines: int, target: Target) -> Iterator[Figure]:
    writes, reads = (tuple(units / lines for units in counted) for counted in (tally.writes, tally.reads))
    yield larger(f"sale_line_write_units_{name}", "write units / line", (writes[0], writes[1]), target)
    yield Figure(name=f"sale_line_requests_{name}", value=tally.write_requests / lines, unit="write requests / line")
    yield larger(f"sale_line_read_units_{name}", "read units / line", (reads[0], reads[1]))
