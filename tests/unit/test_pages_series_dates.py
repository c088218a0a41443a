"""The dates of a series as its host looks at them: free or not and why, over a change of the clocks, and what is wrong beside its field."""

import re
from urllib.parse import urlencode

import pytest

from tests.fakes.console import Answer, Market, console, market
from tests.unit.test_pages_calendar import beside

__all__ = ["console", "market"]
MONDAYS = {"first": "2011-01-10T19:00", "rhythm": "weekly", "times": "12", "minutes": "60"}


def look(market: Market, **changes: str) -> Answer:
    return market.console.get(f"/calendar/{market.host.tenant_id}/series?{urlencode(MONDAYS | changes)}", market.host)


def test_each_date_is_free_or_says_what_stands_against_it(market: Market) -> None:
    market.drafted()
    page = look(market)
    assert page.status == 200
    assert "11 of 12 dates are free." in page.text
    assert "Nadia Hart is already booked for Mon 10 January 2011, 19:00-20:00" in page.text
    assert "Mon 28 Mar 2011, 19:00 Europe/London" in page.text
    late = look(market, first="2011-01-12T21:30", rhythm="fortnightly", times="2").text
    assert "0 of 2 dates are free." in late
    assert "Nadia Hart does not offer Wed 26 January 2011, 21:30-22:30" in late


def test_the_agency_looks_for_its_host_and_comes_back_to_its_calendar(market: Market) -> None:
    path = f"/calendar/{market.host.tenant_id}"
    page = market.console.get(f"{path}/series", market.agency)
    assert (page.status, f'href="{path}"' in page.text, "dates are free" in page.text) == (200, True, False)
    assert f'href="{path}/series"' in market.console.get(path, market.agency).text
    assert market.console.get(f"{path}/series", market.brand).status == 403


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("first", "soon", "Write a day and a time"),
        ("first", "2011-01-10T19:00+02:00", "local time without an offset"),
        ("first", "2011-03-27T01:30", "does not exist in Europe/London"),
        ("times", "0", "Between 1 and 60."),
        ("times", "many", "Write a whole number."),
        ("minutes", "50", "in quarter hours"),
        ("minutes", "9000", "in quarter hours"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(market: Market, name: str, value: str, sentence: str) -> None:
    page = look(market, **{name: value})
    assert page.status == 422
    assert sentence in beside(page.text, name)
    assert re.search(rf'name="{name}"[^>]*value="{re.escape(value)}"', page.text)
