"""What both sides say about a deliverable, what the platform measured, and what follows from it: tables of who said what when."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.contracts.terms import Deliverable
from chalicelib.shows.errors import AlreadyStands, ShowMoved, TooManyStatements
from chalicelib.shows.rules import (
    DeliverableKind,
    Delivery,
    DeliveryResult,
    Happened,
    Moment,
    Result,
    Show,
    ShowState,
    Side,
    Speaker,
    Why,
    called_off,
    host_absent,
    missed,
    results,
    ruled,
)
from chalicelib.shows.rules.deliverables import (
    ANSWER_WITHIN,
    DECIDE_WITHIN,
    FINAL,
    MAX_STATEMENTS,
    STATE_WITHIN,
    due_at,
    findings,
    held,
    measured,
    stated,
)
from chalicelib.shows.rules.records import LinksMeasured
from tests.unit.template_samples import STARTS, live_show, over, show

END = STARTS + timedelta(hours=2)
HOUR = timedelta(hours=1)
HOST, MINUTES = DeliverableKind.HOST_APPEARS, DeliverableKind.MINUTES_ON_AIR
MET, NOT_MET, DISPUTED = DeliveryResult
OWED = (Deliverable(kind="host_appears", fee_off_basis_points=10_000), Deliverable(kind="minutes_on_air", target=121))


def says(by: Speaker, result: DeliveryResult, at: timedelta, kind: DeliverableKind = HOST) -> Delivery:
    moment = Moment(occurred_at=END, recorded_at=END + at)
    return Delivery(kind=kind, result=result, statement="Seen.", evidence=(), by=by, recorded_by=f"usr_{by.value}", moment=moment)


def told(*said: Delivery) -> Show:
    found = over()
    for each in said:
        found = stated(found, each, OWED)
    return found


def of_host(*said: Delivery) -> list[tuple[DeliveryResult, timedelta, Why]]:
    """Outcome, when after the end, and why."""
    return [(each.outcome, each.known_at - END, each.why) for each in results(told(*said), OWED) if each.kind is HOST]


BRAND, THE_HOST, OPERATOR = Speaker.BRAND, Speaker.HOST, Speaker.OPERATOR
CASES = {
    "nobody says anything and nothing is measured": ((), []),
    "one side, unanswered": ((says(BRAND, NOT_MET, HOUR),), [(NOT_MET, HOUR + ANSWER_WITHIN, Why.UNANSWERED)]),
    "both say the same": ((says(BRAND, MET, HOUR), says(THE_HOST, MET, 2 * HOUR)), [(MET, 2 * HOUR, Why.AGREED)]),
    "at the same instant": ((says(BRAND, MET, HOUR), says(THE_HOST, MET, HOUR)), [(MET, HOUR, Why.AGREED)]),
    "they contradict each other": (
        (says(BRAND, NOT_MET, HOUR), says(THE_HOST, MET, 2 * HOUR)),
        [(DISPUTED, 2 * HOUR, Why.CONTRADICTED), (MET, 2 * HOUR + DECIDE_WITHIN, Why.UNDECIDED)],
    ),
    "one gives in": (
        (says(BRAND, NOT_MET, HOUR), says(THE_HOST, MET, 2 * HOUR), says(THE_HOST, NOT_MET, 5 * HOUR)),
        [(DISPUTED, 2 * HOUR, Why.CONTRADICTED), (NOT_MET, 5 * HOUR, Why.AGREED)],
    ),
    "repeating it does not put the end off": (
        (says(BRAND, NOT_MET, HOUR), says(THE_HOST, MET, 2 * HOUR), says(BRAND, NOT_MET, 90 * HOUR)),
        [(DISPUTED, 2 * HOUR, Why.CONTRADICTED), (MET, 2 * HOUR + DECIDE_WITHIN, Why.UNDECIDED)],
    ),
    "the marketplace decides": (
        (says(BRAND, NOT_MET, HOUR), says(THE_HOST, MET, 2 * HOUR), says(OPERATOR, NOT_MET, 9 * HOUR)),
        [(DISPUTED, 2 * HOUR, Why.CONTRADICTED), (NOT_MET, 9 * HOUR, Why.DECIDED)],
    ),
    "one side corrects itself": (
        (says(BRAND, NOT_MET, HOUR), says(BRAND, MET, 2 * HOUR)),
        [(MET, 2 * HOUR + ANSWER_WITHIN, Why.UNANSWERED)],
    ),
    "a side calls it disputed": (
        (says(THE_HOST, DISPUTED, HOUR),),
        [(DISPUTED, HOUR, Why.CONTRADICTED), (MET, HOUR + DECIDE_WITHIN, Why.UNDECIDED)],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_follows_from_what_is_said(case: str) -> None:
    said, expected = CASES[case]
    assert of_host(*said) == expected


def test_what_was_measured_holds_where_nobody_contradicts_it_in_time() -> None:
    assert measured(over()) == {MINUTES: 120, DeliverableKind.SESSIONS: 1, DeliverableKind.LINE_UP_SHOWN: 2}
    assert results(over(), OWED) == (Result(kind=MINUTES, outcome=NOT_MET, known_at=END + ANSWER_WITHIN, why=Why.MEASURED),)
    enough = (Deliverable(kind="minutes_on_air", target=120),)
    assert [each.outcome for each in results(over(), enough)] == [MET]


def test_a_word_in_time_takes_the_place_of_a_measurement_and_a_late_one_follows_it() -> None:
    early, late = says(THE_HOST, MET, HOUR, MINUTES), says(THE_HOST, MET, ANSWER_WITHIN + HOUR, MINUTES)
    assert [(each.outcome, each.why) for each in results(told(early), OWED)] == [(MET, Why.UNANSWERED)]
    assert [(each.outcome, each.why) for each in results(told(late), OWED)] == [(NOT_MET, Why.MEASURED), (MET, Why.UNANSWERED)]


def test_a_dispute_that_nobody_decides_ends_as_it_was_measured() -> None:
    found = results(told(says(BRAND, NOT_MET, HOUR, MINUTES), says(THE_HOST, MET, 2 * HOUR, MINUTES)), OWED)
    assert [(each.outcome, each.why) for each in found] == [(DISPUTED, Why.CONTRADICTED), (NOT_MET, Why.UNDECIDED)]


@pytest.mark.parametrize(
    ("said", "late"),
    [
        ((says(BRAND, NOT_MET, HOUR),), says(THE_HOST, MET, HOUR + ANSWER_WITHIN)),
        ((says(BRAND, MET, HOUR), says(THE_HOST, MET, HOUR)), says(BRAND, NOT_MET, 2 * HOUR)),
        ((says(BRAND, MET, HOUR), says(THE_HOST, NOT_MET, HOUR), says(OPERATOR, MET, HOUR)), says(OPERATOR, NOT_MET, 2 * HOUR)),
        ((says(BRAND, MET, HOUR), says(THE_HOST, NOT_MET, HOUR)), says(OPERATOR, MET, HOUR + DECIDE_WITHIN)),
        ((), says(BRAND, NOT_MET, STATE_WITHIN + HOUR)),
    ],
)
def test_what_stands_is_not_spoken_of_again(said: tuple[Delivery, ...], late: Delivery) -> None:
    before = told(*said)
    with pytest.raises(AlreadyStands):
        stated(before, late, OWED)


def test_an_answer_on_the_last_day_has_its_own_time() -> None:
    found = told(says(BRAND, NOT_MET, STATE_WITHIN), says(THE_HOST, MET, STATE_WITHIN + HOUR))
    assert results(found, ())[0].outcome is DISPUTED


def test_nothing_is_stated_before_the_end() -> None:
    for before in (show(), live_show()):
        with pytest.raises(ShowMoved):
            stated(before, says(BRAND, MET, HOUR), OWED)
        assert results(before, OWED) == ()
        assert due_at(before) == frozenset()


def test_it_is_said_whether_a_side_may_still_say_something() -> None:
    def is_open(found: Show, now: datetime) -> bool:
        return findings(found, OWED[:1], now)[0].is_open

    silent, contradicted = over(), told(says(BRAND, MET, HOUR), says(THE_HOST, NOT_MET, HOUR))
    assert not is_open(live_show(), END)
    assert is_open(silent, END + STATE_WITHIN)
    assert not is_open(silent, END + STATE_WITHIN + timedelta(seconds=1))
    assert is_open(contradicted, END + STATE_WITHIN + timedelta(minutes=30))
    assert not is_open(contradicted, END + HOUR + DECIDE_WITHIN)


def test_a_show_that_was_found_to_have_been_missed_is_spoken_of_from_when_that_was_found() -> None:
    found = ruled(over(), Happened.HOST_ABSENT, END + 2 * STATE_WITHIN)
    assert stated(found, says(BRAND, NOT_MET, 2 * STATE_WITHIN + HOUR), OWED).deliveries
    restored = ruled(host_absent(show(), END), Happened.TOOK_PLACE, END + 2 * STATE_WITHIN)
    assert stated(restored, says(BRAND, NOT_MET, 2 * STATE_WITHIN + HOUR), OWED).deliveries


def test_one_side_cannot_crowd_the_other_out() -> None:
    found = told(*(says(BRAND, NOT_MET, HOUR) for _ in range(MAX_STATEMENTS)))
    with pytest.raises(TooManyStatements):
        stated(found, says(BRAND, NOT_MET, HOUR), OWED)
    assert results(stated(found, says(THE_HOST, MET, HOUR), OWED), ())[0].outcome is DISPUTED


def test_of_a_show_that_was_called_off_nothing_is_measured_but_words_count() -> None:
    off = called_off(show(), Side.HOST, END)
    assert (off.state, measured(off)) == (ShowState.CANCELLED, {})
    assert [each.outcome for each in results(stated(off, says(BRAND, NOT_MET, HOUR), OWED), OWED)] == [NOT_MET]


def test_what_a_host_missed_counts_once_it_stands() -> None:
    found = told(says(BRAND, NOT_MET, HOUR))
    assert missed(found, END + HOUR) == frozenset()
    assert missed(found, END + HOUR + ANSWER_WITHIN) == {HOST}


def test_a_finding_says_what_is_owed_measured_said_and_by_when_to_answer() -> None:
    links = LinksMeasured(links=5, down=1, unclear=0, rounds=3, down_skus=("22423",))
    owed = (*OWED, Deliverable(kind="links_live", target=5, fee_off_basis_points=500))
    found = stated(replace(over(), links=links), says(BRAND, NOT_MET, HOUR), owed)
    host, minutes, live = findings(found, owed, END + 2 * HOUR)
    assert (host.outcome, host.answer_by, host.is_open) == (None, END + HOUR + ANSWER_WITHIN, True)
    assert (minutes.target, minutes.measured, minutes.measured_result, minutes.statements) == (121, 120, NOT_MET, ())
    assert (live.measured, live.measured_result, live.fee_off_basis_points) == (4, NOT_MET, 500)
    (later, *_) = findings(found, owed, END + HOUR + ANSWER_WITHIN)
    assert (later.outcome, later.why, later.since, later.is_open) == (NOT_MET, Why.UNANSWERED, END + HOUR + ANSWER_WITHIN, False)


speech = st.tuples(st.sampled_from(Speaker), st.sampled_from(DeliveryResult), st.integers(0, 24 * 100))


@given(st.lists(speech, max_size=14))
def test_whatever_is_said_in_whatever_order_every_matter_ends_and_no_side_takes_back_what_stands(
    speeches: list[tuple[Speaker, DeliveryResult, int]],
) -> None:
    found, stood = over(), None
    for by, result, hours in sorted(speeches, key=lambda each: each[2]):
        said = says(by, result, hours * HOUR)
        now: datetime = said.moment.recorded_at
        before = held(results(found, OWED), HOST, now)
        try:
            found = stated(found, said, OWED)
        except (AlreadyStands, TooManyStatements):
            assert held(results(found, OWED), HOST, now) == before
            continue
        assert before is None or before.why not in FINAL
    known = [each for each in results(found, OWED) if each.kind is HOST]
    assert known == sorted(known, key=lambda each: each.known_at)
    assert {each.known_at for each in known} <= due_at(found)
    if any(each.kind is HOST for each in found.deliveries):
        stood = known[-1]
        assert stood.why in FINAL
        assert stood.known_at <= max(each.moment.recorded_at for each in found.deliveries) + DECIDE_WITHIN
    assert (stood is None) == (known == [])
