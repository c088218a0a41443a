"""What the random contracts and histories reach: a term that hardly ever matters in them is a term that nothing tests."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.model.earnings import ShowStatement, earnings
from tests.model.history import Dated, History, Kept, Show, became, known, version_of, window_ends
from tests.model.promises import Promise, Scene, flat_due, promise_of
from tests.model.rounding import ALL_BP
from tests.model.terms import Rule
from tests.property.earnings_histories import looked_at

RUNS, EXAMPLES = 10, 30
Happened = Callable[[Scene, Show, ShowStatement], bool]


def _row(name: str, sign: int) -> Happened:
    return lambda _, __, stated: any(row[0] * sign > 0 for key, row in stated.rows.items() if key.startswith(name))


def _pending(name: str) -> Happened:
    return lambda _, __, stated: any(row[0] != row[1] for key, row in stated.rows.items() if key.startswith(name))


def _of_rule(happens: Callable[[Rule, list[Kept]], bool]) -> Happened:
    return lambda scene, show, _: any(happens(rule, scene.of([show], rule.id)) for rule in scene.terms(show).rules)


def _with_tiers(of_rule: Callable[[Rule], bool], policy: str) -> Happened:
    """A refund in part under a ladder of this kind."""

    def happened(scene: Scene, show: Show, _: ShowStatement) -> bool:
        return scene.terms(show).refund_policy == policy and any(
            len(rule.tiers) > 1 and of_rule(rule) and any(0 < line.kept < line.sold for line in scene.of([show], rule.id))
            for rule in scene.terms(show).rules
        )

    return happened


def _of_promise(happens: Callable[[Scene, Promise], bool]) -> Happened:
    def happened(scene: Scene, show: Show, _: ShowStatement) -> bool:
        promise = promise_of(scene, show)
        return promise is not None and promise.tested(scene) and happens(scene, promise)

    return happened


def _in_part(scene: Scene, promise: Promise) -> bool:
    fee = sum(flat_due(scene, show) for show in promise.payers)
    return 0 < promise.back(scene, fee) < fee


def _carries_on(scene: Scene, show: Show, _: ShowStatement) -> bool:
    """A component adds up over shows of two versions."""
    return any(
        rule.over == "contract" and len({scene.terms(each).version for each in scene.upto(show) if scene.of([each], rule.id)}) > 1
        for rule in scene.terms(show).rules
    )


def _made_up_for_anew(scene: Scene, promise: Promise) -> bool:
    """A make-up show performed in time, and in a version of other totals than the shows that it makes up for."""
    return any(promise.payers[0] not in scene.together(show) for show in promise.in_time(scene))


def _raw(rule: Rule, line: Kept) -> Fraction:
    return Fraction(line.kept * rule.tiers[0].rate_bp, ALL_BP)


KINDS_OF_RULE: Mapping[str, Callable[[Rule], bool]] = {
    "by sales": lambda rule: rule.measure == "net_sales",
    "by units": lambda rule: rule.measure == "units",
    "marginal": lambda rule: rule.mode == "marginal",
    "whole": lambda rule: rule.mode == "whole",
    "over a contract": lambda rule: rule.over == "contract",
}
OF_SHOWS: Mapping[str, Happened] = {
    "commission": _row("rule", 1),
    "a show that earns less than nothing over the contract": _row("rule", -1),
    "pending commission": _pending("rule"),
    "a cap": _row("cap", -1),
    "a flat fee": _row("flat", 1),
    "a give-back": _row("give-back", -1),
    "a floor": _row("floor", 1),
    "a bonus": _row("bonus", 1),
    "a pending bonus": _pending("bonus"),
    "a fee taken": lambda scene, show, stated: _bears(scene, show) == "taken" and stated.platform_fee[0] != 0,
    "a fee on top": lambda scene, show, stated: _bears(scene, show) == "on_top" and stated.platform_fee[0] != 0,
    "three payees": lambda _, __, stated: sum(share[0] != 0 for share in stated.shares.values()) > 2,
    "a negative total": lambda _, __, stated: stated.total()[0] < 0,
    "a cancellation by the host": lambda _, __, stated: stated.cancellation < 0,
    "a cancellation by the brand": lambda _, __, stated: stated.cancellation > 0,
    "a dispute": lambda _, __, stated: stated.frozen,
    "a show disputed as a whole": lambda scene, show, _: scene.disputed(show) and bool(scene.facts(show, "show_disputed")),
    "a show whose dispute was settled": lambda scene, show, _: bool(scene.facts(show, "dispute_settled")),
    "a show found to have been held": lambda scene, show, stated: _ruled(scene, show, "completed") and stated.rows["flat fee"][0] > 0,
    "a show found to have been called off": lambda scene, show, stated: _ruled(scene, show, "cancelled") and stated.cancellation != 0,
    "a host who did not appear": lambda scene, show, stated: (
        stated.cancellation < 0 and scene.facts(show, "cancelled")[0].occurred == show.starts
    ),
    "a deliverable missed": lambda scene, show, _: bool(scene.missed(show)),
    "a sale without a rule": lambda scene, show, _: any(not line.rule for line in scene.of([show])),
    "totals that begin anew": lambda scene, show, _: scene.together(show) != scene.shows(),
    "totals that carry on over versions": _carries_on,
    "the least per line": _of_rule(lambda rule, lines: any(line.kept > 0 and line.by_line > _raw(rule, line) for line in lines)),
    "the most per line": _of_rule(lambda rule, lines: any(line.kept > 0 and line.by_line < _raw(rule, line) for line in lines)),
    "a price given back in full with units kept": _of_rule(
        lambda rule, lines: (
            rule.measure == "units" and any(not line.units_in_tiers and line.units_returned < line.units_sold for line in lines)
        )
    ),
    "no unit kept and a positive base": _of_rule(
        lambda rule, lines: (
            rule.measure == "units" and sum(line.kept for line in lines) > 0 and not any(line.units_in_tiers for line in lines)
        )
    ),
    "a guarantee in part, per show": _of_promise(lambda scene, promise: promise.agreed.over == "show" and _in_part(scene, promise)),
    "a guarantee in part, over the contract": _of_promise(
        lambda scene, promise: promise.agreed.over == "contract" and _in_part(scene, promise)
    ),
    "make-ups missing": _of_promise(lambda scene, promise: promise.missing(scene)),
    "make-ups after totals have begun anew": _of_promise(_made_up_for_anew),
    "make-ups performed": _of_promise(lambda scene, promise: promise.agreed.make_ups is not None and not promise.missing(scene)),
} | {
    f"tiers {name}, {policy}, with a refund": _with_tiers(of_rule, policy)
    for policy in ("rerate", "proportional")
    for name, of_rule in KINDS_OF_RULE.items()
}


def _ruled(scene: Scene, show: Show, end: str) -> bool:
    """Whether it was found to have ended so, though something else had been recorded."""
    other = {"completed": "cancelled", "cancelled": "completed"}[end]
    return any(fact.ruled for fact in scene.facts(show, end)) and any(
        fact.show == show.id and fact.kind == other for fact in scene.happened
    )


def _bears(scene: Scene, show: Show) -> str:
    fee = scene.terms(show).platform_fee
    return fee.bearer if fee else ""


def _of_facts(history: History, as_of: datetime) -> Iterator[str]:
    lines = {line.id: line for line in known(history.lines, as_of)}
    terms = {show.id: version_of(history.versions, show) for show in history.shows}
    things: list[Dated] = [*history.lines, *history.refunds, *history.facts]
    for thing in things:
        if thing.recorded <= as_of < thing.occurred:
            yield "something dated ahead"
        if thing.occurred <= as_of < thing.recorded:
            yield "something not known yet"
    for refund in known(history.refunds, as_of):
        line = lines.get(refund.line)
        if line is None:
            yield "a refund before its sale"
        elif refund.occurred >= window_ends(line.occurred, terms[line.show]):
            yield f"a refund after maturity, {terms[line.show].refunds_after_maturity}"
        if line is not None and refund.money > line.amounts.paid():
            yield "a refund beyond its sale"


def reached(history: History, instants: tuple[datetime, ...]) -> set[str]:
    """What matters in an example, at any of the instants."""
    found: set[str] = set()
    for as_of in instants:
        scene = Scene(history, as_of, tuple(known(history.facts, as_of)), tuple(became(history, as_of)))
        stated = earnings(history, as_of).shows
        found |= {name for show in scene.shows() for name, happened in OF_SHOWS.items() if happened(scene, show, stated[show.id])}
        found |= set(_of_facts(history, as_of))
    return found


FACTS = (
    "something dated ahead",
    "something not known yet",
    "a refund before its sale",
    "a refund beyond its sale",
    "a refund after maturity, final",
    "a refund after maturity, clawback",
)


@pytest.fixture(scope="module")
def seen() -> Counter[str]:
    """Several short runs instead of a long one: Hypothesis makes later examples of earlier ones, so one run may circle around few."""
    counted: Counter[str] = Counter()

    def look(story: tuple[History, tuple[datetime, ...]]) -> None:
        counted.update(reached(*story))

    for number in range(RUNS):
        patient = settings(
            max_examples=EXAMPLES, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
        )
        patient(seed(number)(given(looked_at())(look)))()
    return counted


@pytest.mark.parametrize("name", [*OF_SHOWS, *FACTS])
def test_the_random_histories_reach(seen: Counter[str], name: str) -> None:
    """At least once, so that a nightly run meets it dozens of times."""
    assert seen[name], f"{name} matters in none of {RUNS * EXAMPLES} examples"
