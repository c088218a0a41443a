"""The earnings equal those of a second reading of the same rules, cent by cent, whatever was agreed and whatever happened.

The model (`tests.model`) was written from the text of the design alone and shares no code with the product; how many contracts
are tried comes from the hypothesis profile.
"""

import random
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.contracts.terms_check import check
from tests.model import earnings as model
from tests.model.history import History
from tests.property.earnings_histories import looked_at
from tests.property.earnings_of_both import Facts, stated_by_model, stated_by_product, taxes_of, told

T = TypeVar("T")

RUNS = 4
"""Hypothesis makes later examples of earlier ones, so several short runs see more than a long one."""
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
"""A busy machine is no failure; the number of examples stays that of the profile."""


@pytest.mark.parametrize("run", range(RUNS))
@settings(patient, max_examples=settings().max_examples // RUNS)
@given(story=looked_at())
def test_every_row_every_share_and_every_tax_are_the_models_at_any_instant(run: int, story: tuple[History, tuple[datetime, ...]]) -> None:
    del run
    history, instants = story
    facts = told(history)
    assert [check(show.terms) for show in facts.shows] == [{} for _ in facts.shows]
    for as_of in instants:
        mine, theirs = model.earnings(history, as_of), facts.statement(as_of)
        assert stated_by_product(theirs) == stated_by_model(history, mine)
        assert taxes_of(theirs) == mine.tax


@settings(patient, max_examples=settings().max_examples // 2)
@given(story=looked_at(), seed=st.integers(0, 1_000))
def test_facts_that_come_in_any_order_twice_or_late_earn_the_same(story: tuple[History, tuple[datetime, ...]], seed: int) -> None:
    history, instants = story
    facts, order = told(history), random.Random(seed)

    def disturbed(things: tuple[T, ...]) -> tuple[T, ...]:
        repeated = [*things, *order.choices(things, k=3)] if things else []
        return tuple(order.sample(repeated, len(repeated)))

    for as_of in instants:
        sales = tuple(replace(sale, recorded_at=as_of) if sale.recorded_at <= as_of else sale for sale in facts.sales)
        refunds = tuple(replace(refund, recorded_at=as_of) if refund.recorded_at <= as_of else refund for refund in facts.refunds)
        again = Facts(disturbed(facts.shows), disturbed(sales), disturbed(refunds))
        assert again.statement(as_of) == facts.statement(as_of)
