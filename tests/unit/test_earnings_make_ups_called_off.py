"""Make-up shows that are called off: what the sales guarantee makes of them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.payouts.earnings import Party
from tests.unit.earnings_kit import cancelled, sale, show, start_of, statement_of
from tests.unit.test_earnings_promises import BACK, make_up_case


@pytest.mark.parametrize(("by", "anew", "expected"), [(Party.BRAND, 0, -50_00), (Party.BRAND, 1, -100_00), (Party.HOST, 0, -100_00)])
def test_a_make_up_show_that_the_brand_calls_off_is_not_held_against_the_host(by: Party, anew: int, expected: int) -> None:
    first, again = make_up_case()
    shows = [
        first,
        replace(again, completed=None, cancelled=cancelled(2, by, 48)),
        *[show(3, again.terms, is_make_up=True, completed=False)] * anew,
    ]
    deadline = start_of(1).replace(hour=0) + timedelta(days=21)
    told = [statement_of(shows, [sale(500_00)], as_of=deadline - timedelta(seconds=wait)) for wait in (1, 0)]
    assert [each.component(BACK).earned_minor for each in told] == [0, expected]
