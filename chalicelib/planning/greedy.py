"""Plans by first come, first served in some order: where searches start, and what they are measured against."""

import numpy as np

from chalicelib.planning.arrays import Columns, Whole
from chalicelib.planning.draft import Draft


def filled(columns: Columns, key: Whole) -> Draft:
    """Pins first, then whatever fits by falling key."""
    draft = Draft(columns)
    draft.fill(np.lexsort((-key, ~columns.must[columns.slot])).tolist())
    return draft


def by_value(columns: Columns) -> Draft:
    """The most valuable match first."""
    return filled(columns, columns.value)


def by_value_for_money(columns: Columns) -> Draft:
    """Most value for the square root of the fee first: by value alone wastes budgets, by value per fee wastes hosts."""
    return filled(columns, columns.value * columns.value // np.maximum(columns.fee, 1))
