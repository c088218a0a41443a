"""What the end of a show costs and when it may be brought about, case by case; and the table of moves a dispute ends with."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.bookings.states import MOVES, Move, NotAllowedNow, NotYourMove, Party, State, allowed
from chalicelib.contracts.terms import CancellationRow, Due, FeePart, FlatFee, Scope
from chalicelib.endings.errors import BadDecision, BadStatement, NotOpen, TooEarly, TooLate
from chalicelib.endings.rules import words
from chalicelib.endings.rules.costs import Known, cost, nothing
from chalicelib.endings.rules.disputes import (
    MAX_EVIDENCE,
    MAX_STATEMENTS_PER_SIDE,
    Decision,
    Dispute,
    Statement,
    Verdict,
    decided,
    lapsed,
    raised,
    stated,
)
from chalicelib.endings.rules.disputes import MOVES as MOVES_OF_FINDINGS
from chalicelib.endings.rules.times import DECIDED_WITHIN, STATED_WITHIN
from chalicelib.payouts.earnings import Cancellation, Fact, ShowFacts
from chalicelib.payouts.earnings.facts import Party as Payer
from chalicelib.shows.rules import DeliverableKind, DeliveryResult, Happened, Side
from tests.unit.earnings_kit import terms

START = datetime(2011, 1, 10, 19, tzinfo=UTC)
SIGNED = Fact(occurred_at=START - timedelta(days=10), recorded_at=START - timedelta(days=10))
TABLE = ((72, 0), (24, 5_000), (0, 10_000))
FEE = 20_000_00
PARTS = (FeePart(due=Due.SIGNING, share_basis_points=3_000), FeePart(due=Due.SHOW_COMPLETED, share_basis_points=7_000))

CASES = [
    ("the host cancels where the table says half", Side.HOST, 30.0, TABLE, -10_000_00, 24),
    ("the brand cancels where the table says half", Side.BRAND, 30.0, TABLE, 10_000_00, 24),
    ("exactly at the bound of a row", Side.HOST, 24.0, TABLE, -10_000_00, 24),
    ("a minute past the bound of a row", Side.HOST, 23.98, TABLE, -20_000_00, 0),
    ("no hours left, as of a host who did not appear", Side.HOST, 0.0, TABLE, -20_000_00, 0),
    ("long before, at no cost", Side.HOST, 100.0, TABLE, 0, 72),
    ("no hours left, and no row for that", Side.HOST, 0.0, ((24, 5_000),), 0, None),
    ("no table at all", Side.BRAND, 1.0, (), 0, None),
    ("a share that does not divide the fee", Side.HOST, 30.0, ((24, 3_333),), -6_666_00, 24),
]


def known(*, table: tuple[tuple[int, int], ...], fee: FlatFee, as_of: datetime) -> Known:
    agreed = terms(
        flat_fee=fee, cancellation=tuple(CancellationRow(hours_before=hours, share_basis_points=share) for hours, share in table)
    )
    show = ShowFacts(show_id="shw_1", scheduled_start=START, terms=agreed, signed=SIGNED)
    return Known(contract_id="ctr_1", host_id="crt_1", terms=agreed, shows=(show,), buckets=(), as_of=as_of)


def cancelled(before: Known, by: Side, left: timedelta) -> ShowFacts:
    fact = Cancellation(by=Payer(by.value), occurred_at=START - left, recorded_at=before.as_of)
    return replace(before.shows[0], cancelled=fact)


@pytest.mark.parametrize(("name", "by", "left", "table", "minor", "row"), CASES, ids=[case[0] for case in CASES])
def test_the_cancellation_table_says_who_owes_what(  # a case is a row
    name: str, by: Side, left: float, table: tuple[tuple[int, int], ...], minor: int, row: int | None
) -> None:
    before = known(table=table, fee=FlatFee(amount_minor=FEE), as_of=START + timedelta(hours=1))
    found = cost(before, cancelled(before, by, timedelta(hours=left)))
    assert (found.confirmed_minor, found.row_hours) == (minor, row), name
    assert found.owed_by is (None if minor == 0 else by)


def test_the_part_of_a_fee_that_was_due_before_goes_back_and_the_change_says_so() -> None:
    before = known(table=TABLE, fee=FlatFee(amount_minor=FEE, scope=Scope.SHOW, parts=PARTS), as_of=START - timedelta(hours=30))
    found = cost(before, cancelled(before, Side.HOST, timedelta(hours=30)))
    assert found.confirmed_minor == -10_000_00
    assert [(change.payee_id, change.minor) for change in found.changes] == [("crt_1", -16_000_00)]


def test_a_show_that_counts_as_held_costs_nobody_anything() -> None:
    before = known(table=TABLE, fee=FlatFee(amount_minor=FEE), as_of=START + timedelta(days=1))
    ended = Fact(occurred_at=START + timedelta(hours=1), recorded_at=START + timedelta(hours=1))
    found = cost(before, replace(before.shows[0], completed=ended))
    assert (found.owed_by, found.minutes_left, [change.minor for change in found.changes]) == (None, None, [FEE])
    assert words.owed(found) == "Nobody owes anything for it."
    assert words.row(found) == "The contract's cancellation table does not apply."


def test_what_it_costs_is_said_in_words() -> None:
    quiet = replace(nothing("GBP"), minutes_left=75)
    assert words.row(quiet) == "No row of the contract's cancellation table applies; 1 hour 15 minutes are left."
    due = replace(quiet, owed_minor=12_50, owed_by=Side.BRAND, fee_minor=25_00, share_basis_points=5_050, row_hours=1)
    assert words.row(due) == "50.50 % of 25.00 GBP: the row from 1 hour before the start; 1 hour 15 minutes are left."
    assert words.owed(due) == "The brand owes the host 12.50 GBP."
    assert (words.sentence(" So it was "), words.sentence("Was it so?")) == ("So it was.", "Was it so?")


def test_a_dispute_ends_with_what_really_happened_found_by_the_operator_or_the_clock() -> None:
    ends = {finding: MOVES[State.DISPUTED][move].to for finding, move in MOVES_OF_FINDINGS.items()}
    assert ends == {
        Happened.TOOK_PLACE: State.COMPLETED,
        Happened.HOST_ABSENT: State.NO_SHOW,
        Happened.HOST_CANCELLED: State.CANCELLED,
        Happened.BRAND_CANCELLED: State.CANCELLED,
    }
    for move in set(MOVES_OF_FINDINGS.values()):
        assert MOVES[State.DISPUTED][move].by == {Party.OPERATOR, Party.PLATFORM}
        with pytest.raises(NotYourMove):
            allowed(State.DISPUTED, move, Party.BRAND)
    for move in (Move.CANCEL, Move.START, Move.SETTLE, Move.DISPUTE):
        with pytest.raises(NotAllowedNow):
            allowed(State.DISPUTED, move, Party.HOST)


def said(side: Side = Side.BRAND, at: datetime = START, text: str = "It was not so", evidence: tuple[str, ...] = ()) -> Statement:
    return Statement(side=side, user_id="usr_1", at=at, text=text, evidence=evidence)


def begun(
    *earlier: Dispute, about: DeliverableKind | None = None, before: State = State.COMPLETED, first: Statement | None = None
) -> Dispute:
    return raised(
        earlier,
        booking_id="bkg_1",
        contract_id="ctr_1",
        show_id="shw_1",
        about=about,
        before=before,
        first=first or said(),
        kinds=frozenset({"links_live"}),
    )


def ruling(at: datetime = START + STATED_WITHIN, **changes: object) -> Decision:
    first = Decision(verdict=Verdict.UPHELD, finding=Happened.TOOK_PLACE, reasons="So it was.", by="usr_op", at=at)
    return replace(first, **changes)  # type: ignore[arg-type]


def test_a_dispute_has_deadlines_from_its_beginning() -> None:
    dispute = begun()
    assert (dispute.state_by, dispute.decide_by) == (START + STATED_WITHIN, START + DECIDED_WITHIN)
    assert (dispute.version, dispute.is_open, dispute.number) == (1, True, 1)


def test_each_thing_is_disputed_once_and_after_the_whole_nothing_more() -> None:
    whole, links = begun(), begun(about=DeliverableKind.LINKS_LIVE)
    for earlier, about in ((whole, None), (whole, DeliverableKind.LINKS_LIVE), (links, DeliverableKind.LINKS_LIVE)):
        with pytest.raises(NotOpen):
            begun(earlier, about=about)
    assert begun(links).number == 2


def test_a_deliverable_is_disputed_where_the_contract_names_it_and_when_the_show_is_over() -> None:
    with pytest.raises(BadStatement):
        begun(about=DeliverableKind.SESSIONS)
    with pytest.raises(TooEarly):
        begun(about=DeliverableKind.LINKS_LIVE, before=State.LIVE)


@pytest.mark.parametrize("statement", [said(text="  "), said(text="x" * 4_001), said(evidence=("a",) * (MAX_EVIDENCE + 1))])
def test_a_statement_says_something_and_not_too_much(statement: Statement) -> None:
    with pytest.raises(BadStatement):
        begun(first=statement)
    with pytest.raises(BadStatement):
        stated(begun(), statement)


def test_a_side_says_only_so_much_and_nothing_after_the_deadline_or_the_decision() -> None:
    dispute = begun()
    for _ in range(MAX_STATEMENTS_PER_SIDE - 1):
        dispute = stated(dispute, said())
    with pytest.raises(BadStatement, match="at most"):
        stated(dispute, said())
    assert stated(dispute, said(Side.HOST)).version == dispute.version + 1
    with pytest.raises(TooLate):
        stated(dispute, said(Side.HOST, at=dispute.state_by))
    with pytest.raises(NotOpen):
        stated(decided(dispute, ruling(), Happened.TOOK_PLACE), said(Side.HOST))


WRONG = [
    ruling(reasons=" "),
    ruling(verdict=Verdict.LAPSED),
    ruling(finding=Happened.HOST_ABSENT, results=((DeliverableKind.LINKS_LIVE, DeliveryResult.MET),)),
    ruling(results=((DeliverableKind.LINKS_LIVE, DeliveryResult.DISPUTED),)),
    ruling(results=((DeliverableKind.LINKS_LIVE, DeliveryResult.MET), (DeliverableKind.LINKS_LIVE, DeliveryResult.NOT_MET))),
    ruling(called_off_at=START),
    ruling(finding=Happened.HOST_CANCELLED, called_off_at=START + STATED_WITHIN + timedelta(minutes=1)),
]


@pytest.mark.parametrize("decision", WRONG)
def test_a_decision_that_does_not_fit_is_refused(decision: Decision) -> None:
    with pytest.raises(BadDecision):
        decided(begun(), decision, Happened.TOOK_PLACE)


def test_a_deliverables_dispute_is_decided_about_that_alone() -> None:
    links = begun(about=DeliverableKind.LINKS_LIVE)
    not_met = ((DeliverableKind.LINKS_LIVE, DeliveryResult.NOT_MET),)
    for wrong in (ruling(), ruling(finding=Happened.BRAND_CANCELLED), ruling(results=((DeliverableKind.SESSIONS, DeliveryResult.MET),))):
        with pytest.raises(BadDecision):
            decided(links, wrong, Happened.TOOK_PLACE)
    assert decided(links, ruling(results=not_met), Happened.TOOK_PLACE).decision == ruling(results=not_met)


def test_it_is_decided_once_both_have_spoken_or_could_have() -> None:
    early = ruling(at=START + timedelta(days=1))
    with pytest.raises(TooEarly):
        decided(begun(), early, Happened.TOOK_PLACE)
    both = stated(begun(), said(Side.HOST))
    assert not decided(both, early, Happened.TOOK_PLACE).is_open
    with pytest.raises(NotOpen):
        decided(decided(both, early, Happened.TOOK_PLACE), early, Happened.TOOK_PLACE)


@pytest.mark.parametrize(
    ("recorded", "found"),
    [
        (Happened.TOOK_PLACE, Happened.TOOK_PLACE),
        (Happened.HOST_ABSENT, Happened.HOST_ABSENT),
        (None, Happened.HOST_ABSENT),
    ],
)
def test_silence_leaves_what_had_been_recorded(recorded: Happened | None, found: Happened) -> None:
    decision = lapsed(begun(), recorded, DeliveryResult.MET, START + DECIDED_WITHIN).decision
    assert decision is not None
    assert (decision.finding, decision.verdict, decision.results, decision.by) == (found, Verdict.LAPSED, (), "")


def test_silence_about_a_deliverable_leaves_what_had_been_found_of_it() -> None:
    links = begun(about=DeliverableKind.LINKS_LIVE)
    decision = lapsed(links, Happened.TOOK_PLACE, DeliveryResult.NOT_MET, START + DECIDED_WITHIN).decision
    assert decision is not None
    assert decision.results == ((DeliverableKind.LINKS_LIVE, DeliveryResult.NOT_MET),)
