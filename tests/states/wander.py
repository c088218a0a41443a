"""Parties that do at random what comes to their minds, in any order and at any time, with the clock; what must hold whatever they do.

One deal at a time, sometimes of several evenings: whoever it is tries a move, time passes, the schedule runs, workers are late. Whatever
comes of it: no answer is an accident, no taken quarter hour is without a show that will be, the books explain every cent, and in the end
silence brings everything to rest.
"""

from contextlib import ExitStack
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from typing_extensions import override

from tests.conftest import empty_tables
from tests.fakes.console import STARTS, open_market, opened
from tests.states.deals import Deal, drift_minor, leaked_slots, people_of, silent_until_the_end
from tests.states.law import ENDS, ROLES
from tests.states.moves import HOW, WAYS
from tests.states.tried import Count

ACCIDENT = 500
BEGINNINGS = ("offered", "accepted", "contracted", "funded", "live", "completed")
AT_REST = ENDS | {"completed"}
"""A show that took place rests where the brand has still to pay for it."""


class Wanderers(RuleBasedStateMachine):
    """One deal and everybody who may want something of it. `count` says what was tried and what is wrong."""

    count: ClassVar[Count]

    def __init__(self) -> None:
        super().__init__()
        self.world = ExitStack()
        patch = self.world.enter_context(pytest.MonkeyPatch.context())
        self.world.enter_context(empty_tables(patch))
        self.deal = Deal(market := open_market(self.world.enter_context(opened(patch))), people_of(market))

    @initialize(beginning=st.sampled_from(BEGINNINGS), shows=st.integers(1, 3))
    def begin(self, beginning: str, shows: int) -> None:
        """A deal that has come so far."""
        self.deal.shows = shows
        WAYS[beginning](self.deal)

    @rule(move=st.sampled_from(tuple(HOW)), role=st.sampled_from(ROLES))
    def tries(self, move: str, role: str) -> None:
        """Somebody tries something."""
        before = self.deal.state()
        told = HOW[move](self.deal, role)
        self.count.tried += 1
        if told.status >= ACCIDENT:
            self.count.unexpected.append(f"{before} x {move} x {role}: {told.status} {told.body}")
        assert told.status < ACCIDENT

    @rule(hours=st.sampled_from((1, 5, 20, 49, 24 * 8)))
    def time_passes(self, hours: int) -> None:
        """The clock moves on; nothing has run yet."""
        self.deal.later(hours)

    @rule()
    def show_begins(self) -> None:
        """It is the evening of the first show, and its page is published if it can be."""
        self.deal.publish()
        self.deal.at(STARTS)

    @rule()
    def schedule_runs(self) -> None:
        """What time itself changes."""
        self.deal.market.console.services.release()

    @rule()
    def workers_come(self) -> None:
        """What waits is done."""
        self.deal.work()

    @invariant()
    def taken_time_belongs_to_a_show_that_will_be(self) -> None:
        """Whatever has been done, no slot is left behind."""
        leaked = leaked_slots(self.deal.market)
        self.count.slots_leaked += leaked
        assert leaked == 0

    @override
    def teardown(self) -> None:
        """Nobody does anything any more: the deal comes to rest, and the books explain what is due."""
        try:
            if self.deal.offer_id:
                self._comes_to_rest()
        finally:
            self.world.close()

    def _comes_to_rest(self) -> None:
        self.deal.work()
        rests = silent_until_the_end(self.deal, lambda: self.deal.states() <= AT_REST)
        drift = drift_minor(self.deal.market)
        self.count.unexplained_due_minor += drift
        self.count.slots_leaked += leaked_slots(self.deal.market)
        if not rests:
            self.count.states_without_exit.append(f"after all that time it is {sorted(self.deal.states())}")
        assert rests, self.deal.states()
        assert drift == 0
        assert leaked_slots(self.deal.market) == 0


def wander(count: Count, examples: int, steps: int, *, derandomize: bool = False) -> None:
    """Let them. The first failure is raised with the shortest way to it."""
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=derandomize,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(type("CountedWanderers", (Wanderers,), {"count": count}), settings=chosen)
