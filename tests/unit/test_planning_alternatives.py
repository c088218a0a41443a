"""Why a slot has its host and not another, at a plan's prices."""

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.planning.alternatives import Alternative, Worth, alternative
from chalicelib.planning.model import MarginalPrices, Plan, Season
from chalicelib.planning.parts import united
from chalicelib.planning.solvers.part import best_plan
from chalicelib.planning.wording import at_prices
from tests.unit.seasons_kit import brand, host, planned, season, slot, ticking

SAME_EVENING = season(
    [slot(0, brand="ada"), slot(1, brand="bea")],
    [host(0), host(1)],
    [brand("ada"), brand("bea")],
    {(0, 0): (50, 100), (0, 1): (20, 100), (1, 0): (45, 100), (1, 1): (5, 100)},
)


def _best(wanted: Season) -> Plan:
    return best_plan(wanted, until=60, clock=ticking(), tell=lambda _: True)


def test_a_host_whom_another_brief_values_more_brings_less_than_the_one_planned() -> None:
    plan = _best(SAME_EVENING)
    assert plan.hosts == {"s0": "h1", "s1": "h0"}
    found = alternative(SAME_EVENING, plan, "s0", "h0")
    assert found is not None
    assert found.planned is not None
    assert found.asked.others_minor - found.planned.others_minor >= 50 - 20
    assert found.asked.net_minor <= found.planned.net_minor


def test_money_that_a_brand_could_spend_better_counts_against_a_dear_host() -> None:
    wanted = season(
        [slot(0), slot(1, hours=48)],
        [host(0), host(1)],
        [brand("ada", budget=300)],
        {(0, 0): (60, 250), (0, 1): (50, 100), (1, 0): (60, 250), (1, 1): (50, 100)},
    )
    plan = _best(wanted)
    assert plan.hosts == {"s0": "h1", "s1": "h1"}
    found = alternative(wanted, plan, "s0", "h0")
    assert found is not None
    assert found.planned is not None
    assert found.asked.money_minor > found.planned.money_minor > 0
    assert found.asked.net_minor <= found.planned.net_minor


def test_an_open_slot_has_an_alternative_and_nobody_planned() -> None:
    prices = MarginalPrices(hosts={"s0": {"h0": 30}}, money={"ada": 50})
    plan = Plan(currency="GBP", hosts={}, value_minor=0, bound_minor=0, prices=prices)
    asked = Worth(host_id="h0", value_minor=50, others_minor=30, money_minor=5)
    assert alternative(SAME_EVENING, plan, "s0", "h0") == Alternative(asked=asked, planned=None)
    assert asked.net_minor == 15


def test_there_is_no_alternative_without_a_match_or_without_prices() -> None:
    plan = _best(SAME_EVENING)
    assert alternative(SAME_EVENING, plan, "s0", "h9") is None
    assert alternative(SAME_EVENING, planned(SAME_EVENING, plan.hosts), "s0", "h0") is None


def test_parts_without_prices_leave_those_of_the_others() -> None:
    plan = _best(SAME_EVENING)
    assert united(SAME_EVENING, [plan, planned(SAME_EVENING, {})]).prices == plan.prices
    assert united(SAME_EVENING, [planned(SAME_EVENING, {})]).prices is None


@settings(deadline=None)
@given(st.dictionaries(st.tuples(st.integers(0, 3), st.integers(0, 3)), st.integers(1, 1_000), min_size=1, max_size=12))
def test_at_its_prices_every_slot_has_the_host_that_brings_it_most(values: dict[tuple[int, int], int]) -> None:
    """Where all want the same evening; up to the rounding of prices."""
    wanted = season(
        [slot(number, brand=f"b{number}") for number in range(4)],
        [host(number) for number in range(4)],
        [brand(f"b{number}") for number in range(4)],
        {pair: (value, 1) for pair, value in values.items()},
    )
    plan = _best(wanted)
    for each in wanted.matches:
        found = alternative(wanted, plan, each.slot_id, each.host_id)
        assert found is not None
        assert found.asked.net_minor <= (found.planned.net_minor if found.planned is not None else 0) + 1


def test_it_is_told_what_either_host_takes_from_others() -> None:
    asked = Worth(host_id="h0", value_minor=50_00, others_minor=45_00, money_minor=5_00)
    planned_one = Worth(host_id="h1", value_minor=20_00, others_minor=0, money_minor=0)
    told = at_prices(Alternative(asked=asked, planned=planned_one), {"h0": "Nadia", "h1": "Mia"}, "GBP")
    assert told == (
        "Nadia brings 50.00 GBP there, of which 45.00 is what its time is worth to other shows and 5.00 what its fee would bring the brand "
        "elsewhere. Mia brings 20.00 GBP there, of which 0.00 is what its time is worth to other shows and 0.00 what its fee would bring "
        "the brand elsewhere."
    )
    assert at_prices(Alternative(asked=asked, planned=None), {}, "GBP").startswith("h0 brings 50.00 GBP there, of which 45.00")
