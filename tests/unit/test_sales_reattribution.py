"""Sales that came before their show was over: attributed anew when it changes, once, whatever breaks, whoever else is at work."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.sales import reattribution
from chalicelib.sales.intake import Intake
from chalicelib.sales.store import imports as import_store
from chalicelib.shows import rules
from tests.conftest import StandingClock
from tests.fakes.deals import build_house, show
from tests.unit.moving_shows import EVENING, FILES, World
from tests.unit.sales_kit import Fragile, empty_the_tables, sales_bucket, until_done

SHOWS = ("b gets a code and a lamp", "a starts", "a ends early", "b starts", "b ends late", "c is called off")


@pytest.fixture(autouse=True)
def _bucket(tables: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - the bucket lives in the same moto
    sales_bucket(monkeypatch)


def played(clock: StandingClock, run: str, *events: str) -> World:
    """What happens, each with all work that it leaves done before the next."""
    world = World(clock, run)
    for event in events:
        world.happens[event]()
        world.shop.work_off()
    return world


def orders_of(world: World, name: str) -> list[str]:
    """The orders that a show has sold."""
    return sorted(each.order_ref for each in world.shop.sales.facts_of(world.shows.shows[name].show_id).sales)


def test_a_sale_before_the_start_that_was_imported_before_the_start_belongs_to_the_show(clock: StandingClock) -> None:
    world = played(clock, "x", "early.csv")
    assert orders_of(world, "a") == []
    world.happens["a starts"]()
    world.shop.work_off()
    assert orders_of(world, "a") == ["before", "both", "first"]
    assert world.shop.tally(world.imports["early.csv"]).attributed == 3
    assert world.shop.folded == [world.shows.shows["a"].show_id]


def test_a_sale_in_the_planned_window_leaves_a_show_that_ended_early_with_what_came_back_of_it(clock: StandingClock) -> None:
    world = played(clock, "x", "a starts", "late.csv", "back.csv")
    show_id = world.shows.shows["a"].show_id
    assert (orders_of(world, "a"), world.shop.returned(show_id)) == (["overrun"], (1, 5_00))
    world.happens["a ends early"]()
    world.shop.work_off()
    assert (orders_of(world, "a"), world.shop.returned(show_id)) == ([], (0, 0))
    assert world.shop.tally(world.imports["late.csv"]).attributed == 0


def test_the_books_follow_a_sale_from_one_contract_to_another(clock: StandingClock) -> None:
    world = played(clock, "x", "a starts", "late.csv", "back.csv")
    clock.instant = EVENING + timedelta(days=2)
    house = build_house(clock)
    for contract, name in (("ctr_1", "a"), ("ctr_2", "b")):
        house.market.add(contract, show(world.shows.shows[name].show_id, starts=world.shows.shows[name].starts_at))

    def commissions() -> list[int]:
        """After an accrual: 10 % of what each contract's show has kept; the audit finds nothing."""
        house.market.sales, house.market.refunds = world.facts()
        for contract in ("ctr_1", "ctr_2"):
            house.payouts.accruals.accrue(contract)
        assert house.problems() == []
        statements = [house.payouts.accruals.computed(contract, clock.now()).statement for contract in ("ctr_1", "ctr_2")]
        return [sum(row.amount_minor for row in statement.rows if row.component == "commission:all") for statement in statements]

    assert commissions() == [50, 0]
    for event in ("a ends early", "b starts"):
        world.happens[event]()
        world.shop.work_off()
    assert commissions() == [0, 150]


def test_a_cancelled_show_keeps_no_sale(clock: StandingClock) -> None:
    world = played(clock, "x", "coded.csv", "back.csv")
    assert orders_of(world, "c") == ["call-off"]
    world.happens["c is called off"]()
    world.shop.work_off()
    assert (orders_of(world, "c"), world.shop.returned(world.shows.shows["c"].show_id)) == ([], (0, 0))


def test_everything_before_and_everything_after_the_shows_are_the_same(clock: StandingClock) -> None:
    after = played(clock, "x", *SHOWS, *FILES).remains()
    empty_the_tables()
    assert played(clock, "y", *FILES, *SHOWS).remains() == after


def test_a_message_that_comes_again_or_late_changes_nothing(clock: StandingClock) -> None:
    world = played(clock, "x", *FILES, *SHOWS)
    before, summary = world.remains(), world.shop.summary()
    for name in ("a", "b", "c", "a"):
        world.attribute(name)
    world.shop.work_off()
    assert (world.remains(), world.shop.summary()) == (before, summary)


def test_only_imports_that_a_show_may_concern_are_looked_at(clock: StandingClock) -> None:
    world = played(clock, "x", "early.csv", "coded.csv")
    asked: list[str] = []
    world.shop.imports.ask_anew = lambda which: asked.append(which.filename)  # type: ignore[method-assign]
    world.attribute("a")
    assert asked == ["coded.csv"]
    world.happens["a starts"]()
    world.shop.work_off()
    assert sorted(asked) == ["coded.csv", "coded.csv", "early.csv"]


def test_many_moves_are_several_decisions_of_bounded_size(clock: StandingClock, monkeypatch: pytest.MonkeyPatch) -> None:
    after = played(clock, "x", *SHOWS, *FILES).remains()
    empty_the_tables()
    monkeypatch.setattr(reattribution, "MOVES_PER_DECISION", 1)
    monkeypatch.setattr(import_store, "MAX_IMPORTS_PER_DECISION", 1)
    assert played(clock, "y", *FILES, *SHOWS).remains() == after


def test_a_show_that_changes_while_its_sales_are_looked_at_is_looked_at_again(clock: StandingClock) -> None:
    world = played(clock, "x", "a starts", "late.csv")
    windows = world.shows.windows

    def seen_too_early(*given: object) -> object:
        world.shows.windows = windows  # type: ignore[method-assign]
        stale = windows(*given)  # type: ignore[arg-type]
        world.shows.shows["a"] = rules.ended(world.shows.shows["a"], EVENING + timedelta(minutes=40))
        world.attribute("a")
        return stale

    world.attribute("a")
    world.shows.windows = seen_too_early  # type: ignore[method-assign, assignment]
    world.shop.work_off()
    assert orders_of(world, "a") == []


def test_a_worker_that_is_late_with_a_decision_undoes_none_that_came_after_it(clock: StandingClock) -> None:
    world = played(clock, "x", "early.csv", "late.csv", "back.csv", *SHOWS)
    before, summary = world.remains(), world.shop.summary()
    assert summary is not None
    decisions = [world.shop.files.decision(summary.feed_id, number) for number in range(summary.decision, 0, -1)]
    assert sum(bool(decision and decision.moves) for decision in decisions) > 1
    for decision in decisions:
        assert decision is not None
        world.shop.intake._obey(decision)
    world.shop.work_off()
    assert (world.remains(), world.shop.summary()) == (before, summary)


def _with_fault(clock: StandingClock, at: int, *, after: bool) -> tuple[object, bool]:
    """A file, then the end of its show, with a fault at the k-th call that this makes: all that remains, and whether it broke."""
    world = played(clock, f"{at}{after}", "a starts", "late.csv", "back.csv")
    calls: Counter[str] = Counter()
    imports, lines, files = (Fragile(each, calls, at, after=after) for each in (world.shop.imports, world.shop.lines, world.shop.files))
    world.shop.intake = Intake(imports=imports, lines=lines, files=files, shows=world.shows, clock=clock)  # type: ignore[arg-type]
    world.happens["a ends early"]()
    until_done(world.shop.work_off)
    return (world.remains(), set(world.shop.folded) == {world.shows.shows["a"].show_id}), calls["all"] >= at


@pytest.mark.parametrize("after", [False, True], ids=["the call never happened", "the answer was lost"])
def test_a_fault_at_any_outside_call_of_a_reattribution_changes_nothing_in_the_end(clock: StandingClock, *, after: bool) -> None:
    expected, broke = _with_fault(clock, 10_000, after=after)
    assert not broke
    for at in range(1, 100):
        empty_the_tables()
        remains, broke = _with_fault(clock, at, after=after)
        if not broke:
            break
        assert remains == expected, f"call {at}"
    assert at > 15


class Interrupted:
    """Stands before a store or a bucket; before its k-th call somebody else does all there is to do."""

    def __init__(self, real: object, calls: Counter[str], at: int, meanwhile: Callable[[], None]) -> None:
        """`calls` is shared by all that stand in one run."""
        self._real, self._calls, self._at, self._meanwhile = real, calls, at, meanwhile

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """The real method, perhaps late."""
        method = getattr(self._real, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            self._calls["all"] += 1
            if self._calls["all"] == self._at:
                self._meanwhile()
            return method(*args, **kwargs)

        return call


def _with_another_worker(clock: StandingClock, at: int) -> tuple[object, bool]:
    """A show ends; at the k-th call of that work another worker takes in a file of the same feed and does all that waits."""
    world = played(clock, f"w{at}", "a starts", "late.csv", "back.csv")
    others, calls = world.shop.intake, Counter[str]()

    def meanwhile() -> None:
        own, world.shop.intake = world.shop.intake, others
        world.happens["early.csv"]()
        world.shop.work_off()
        world.shop.intake = own

    imports, lines, files = (Interrupted(each, calls, at, meanwhile) for each in (world.shop.imports, world.shop.lines, world.shop.files))
    world.shop.intake = Intake(imports=imports, lines=lines, files=files, shows=world.shows, clock=clock)  # type: ignore[arg-type]
    world.happens["a ends early"]()
    world.shop.work_off()
    came_between = "early.csv" in world.imports
    if not came_between:
        meanwhile()
    return world.remains(), came_between


def test_another_worker_and_a_file_of_the_same_feed_at_any_moment_change_nothing_in_the_end(clock: StandingClock) -> None:
    expected, came_between = _with_another_worker(clock, 10_000)
    assert not came_between
    for at in range(1, 100):
        empty_the_tables()
        remains, came_between = _with_another_worker(clock, at)
        assert remains == expected, f"call {at}"
        if not came_between:
            break
    assert at > 15
