"""No date so far off that reckoning with it, in any zone, leaves the calendar: refused where requests are read, for all of them alike."""

from collections.abc import Iterator, Mapping
from datetime import date

import msgspec

from chalicelib.core.clock import FIRST_YEAR, LAST_YEAR, is_in_reach
from chalicelib.core.errors import Invalid


def demand_in_reach(body: object) -> None:
    """Raise `Invalid` naming the first date or instant of a body that lies out of reach."""
    for path, day in _dates(body, ""):
        if not is_in_reach(day):
            field = path.removeprefix(".")
            raise Invalid(f"Give {field} a date in the years {FIRST_YEAR} to {LAST_YEAR}.", fields={field: "out of reach"})


def _dates(part: object, path: str) -> Iterator[tuple[str, date]]:
    if isinstance(part, date):
        yield path, part
    elif isinstance(part, msgspec.Struct):
        for name in part.__struct_fields__:
            yield from _dates(getattr(part, name), f"{path}.{name}")
    elif isinstance(part, Mapping):
        for name, value in part.items():
            yield from _dates(value, f"{path}.{name}")
    elif isinstance(part, list | tuple):
        for place, value in enumerate(part):
            yield from _dates(value, f"{path}.{place}")
