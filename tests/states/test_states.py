"""The short form of `make states`: what the law refuses in a few states, what it allows, silence, and some random parties."""

import pytest

from chalicelib.bookings import states as product
from tests.states.law import BY_ITSELF, LAW, MOVES, STATES
from tests.states.moves import HOW, WAYS
from tests.states.tried import Count, allowed, allowed_by_law, left_alone, refused_in
from tests.states.wander import wander

EXAMPLES, STEPS = 6, 15


def test_the_law_knows_every_state_of_the_product_and_leads_to_no_other() -> None:
    assert {state.value for state in product.State} == set(STATES) == set(WAYS)
    assert {row.to for rows in LAW.values() for row in rows.values()} <= set(STATES)
    assert set(HOW) == set(MOVES)


def test_whatever_the_law_allows_the_product_has_a_row_for_and_the_other_way_round() -> None:
    """By where a move leads: the product's table is about parties, the law about people."""
    law = {(state, row.to) for state, rows in LAW.items() for row in rows.values()}
    by_itself = {product.Move(move) for move in BY_ITSELF} | {product.Move.SIGN}
    table = {
        (state.value, row.to.value)
        for state, rows in product.MOVES.items()
        for move, row in rows.items()
        if move not in by_itself and row.to is not state
    }
    assert law - table <= {("accepted", "contracted"), ("countered", "countered")}
    assert table - law == set()


@pytest.mark.parametrize("state", ["countered", "funded", "disputed", "cancelled"])
def test_what_the_law_does_not_allow_is_refused_changes_nothing_and_is_written_down(state: str) -> None:
    found = refused_in(state)
    assert (found.unexpected, found.slots_leaked, found.unexplained_due_minor) == ([], 0, 0)
    assert found.tried > 100


@pytest.mark.parametrize(
    ("state", "move", "role"), [each for each in allowed_by_law() if each[2] in {"booker", "creator", "operator"}][::3]
)
def test_what_the_law_allows_leads_where_it_says(state: str, move: str, role: str) -> None:
    assert allowed(state, move, role) == Count(tried=1)


@pytest.mark.parametrize("state", ["countered", "accepted", "contracted", "live", "disputed"])
def test_silence_ends_what_waits(state: str) -> None:
    assert left_alone(state) == Count(tried=1)


def test_random_parties_leave_no_slot_behind_and_no_cent_unexplained() -> None:
    count = Count()
    wander(count, EXAMPLES, STEPS, derandomize=True)
    assert count.clean()
    assert count.tried > EXAMPLES
