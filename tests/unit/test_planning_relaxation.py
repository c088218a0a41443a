"""The linear programme of a season and its rows for brands."""

import numpy as np
import pytest

from chalicelib.planning.arrays import columns
from chalicelib.planning.draft import Draft
from chalicelib.planning.priced import priced
from chalicelib.planning.solvers.highs import Limits
from chalicelib.planning.solvers.prices import Prices
from chalicelib.planning.solvers.relaxation import Relaxation
from chalicelib.planning.solvers.search import Search
from tests.unit.seasons_kit import brand, host, season, slot

ONE_SHOW_AND_A_HALF = season(
    [slot(0), slot(1, hours=48)],
    [host(0)],
    [brand("ada", budget=150)],
    {(0, 0): (6_000, 100), (1, 0): (5_000, 100)},
)


def test_a_budget_for_one_show_and_a_half_is_worth_one_show_once_its_brand_has_a_row() -> None:
    relaxation = Relaxation(columns(ONE_SHOW_AND_A_HALF))
    assert relaxation.solve(Limits(60))
    assert relaxation.bound == 6_000 + 5_000 // 2
    assert relaxation.cut() == 1
    assert relaxation.solve(Limits(60))
    assert 6_000 <= relaxation.bound <= 6_000 + 6_000 // 100


def test_prices_that_answer_why_not_begin_at_those_of_the_programme(monkeypatch: pytest.MonkeyPatch) -> None:
    """So one step is enough."""
    steps: list[Prices] = []
    real = Prices.improve

    def counted(prices: Prices) -> None:
        steps.append(prices)
        real(prices)

    monkeypatch.setattr(Prices, "improve", counted)
    found = priced(ONE_SHOW_AND_A_HALF, 6_000, lambda: not steps)
    assert 6_000 + 5_000 // 2 <= found.bound_minor <= 6_000 + 5_000 // 2 + 5


def test_a_show_that_money_pays_for_in_part_is_not_whole_until_its_brand_has_a_row() -> None:
    relaxation = Relaxation(columns(ONE_SHOW_AND_A_HALF))
    assert relaxation.solve(Limits(60))
    assert relaxation.whole().tolist() == [0]


def test_slots_whose_matches_are_whole_stay_and_the_others_are_planned_anew() -> None:
    """The first host is worth most to the first slot, which has them; both slots together want them at the second."""
    given = season([slot(0), slot(1)], [host(0), host(1)], [brand("ada")], {(0, 0): (6_000, 1), (0, 1): (5_000, 1), (1, 0): (5_500, 1)})
    found = columns(given)
    for whole, value in ((np.asarray([0]), 6_000), (np.asarray([], np.int64), 10_500)):
        draft = Draft(found)
        draft.add(0)
        search = Search(found, draft, 1)
        search.guide(found.value)
        search.renew_divided(whole, Limits(60))
        assert found.worth(search.draft.chosen) == value
