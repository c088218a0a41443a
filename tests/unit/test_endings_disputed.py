"""Disputed, decided, settled: from the use case to the books, which the audit finds in order after each."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from chalicelib.adapters.dynamo import Transaction
from chalicelib.bookings.states import NotAllowedNow, State
from chalicelib.core.errors import PrimetimeError
from chalicelib.endings.disputes import Ruled
from chalicelib.endings.errors import BadDecision, BadStatement, DisputeChanged, NotASide, NotOpen, TooEarly, TooLate
from chalicelib.endings.rules.disputes import Verdict
from chalicelib.shows.deliverables import Statement
from chalicelib.shows.errors import ShowMoved
from chalicelib.shows.rules import DeliverableKind, DeliveryResult, Edit, Happened, ShowState
from tests.fakes.console import OPERATOR, STARTS, Market, console, market
from tests.unit.endings_kit import ENDS, FEE, House, acts, refusals

__all__ = ["console", "market"]

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def house(market: Market) -> House:
    return House(market)


def test_a_dispute_rests_the_money_of_its_show_alone(house: House) -> None:
    booking_id = house.signed(shows=2)
    second = booking_id[:-2] + "01"
    house.held(booking_id)
    house.at(ENDS + HOUR)
    assert house.stages() == {"unfunded": FEE}
    house.endings.disputes.dispute(house.brand, booking_id, about=None, statement="Somebody else was on air")
    house.console.work()
    assert (house.stages(), house.problems()) == ({"disputed": FEE}, [])
    assert house.state_of(booking_id).state is State.DISPUTED
    house.cancel(house.brand, second)
    assert (house.stages(), house.problems()) == ({"disputed": FEE, "unfunded": FEE}, [])


def ruled(finding: Happened, called_off_at: datetime | None = None, **results: DeliveryResult) -> Ruled:
    """A decision with these results of deliverables."""
    found = tuple((DeliverableKind(kind), result) for kind, result in results.items())
    return Ruled(verdict=Verdict.UPHELD, finding=finding, reasons="The recording shows it.", results=found, called_off_at=called_off_at)


DECISIONS = [
    (ruled(Happened.TOOK_PLACE), State.COMPLETED, FEE),
    (ruled(Happened.TOOK_PLACE, host_appears=DeliveryResult.NOT_MET), State.COMPLETED, 12_000_00),
    (ruled(Happened.HOST_ABSENT), State.NO_SHOW, -FEE),
    (ruled(Happened.HOST_CANCELLED, STARTS - timedelta(hours=30)), State.CANCELLED, -10_000_00),
    (ruled(Happened.BRAND_CANCELLED), State.CANCELLED, FEE),
    (ruled(Happened.BRAND_CANCELLED, STARTS - timedelta(hours=80)), State.CANCELLED, 0),
]


@pytest.mark.parametrize("before", ["held", "missed", "never started"])
@pytest.mark.parametrize(("decision", "state", "minor"), DECISIONS)
def test_what_is_decided_is_booked_whatever_had_been_recorded(house: House, before: str, decision: Ruled, state: State, minor: int) -> None:
    booking_id = house.signed()
    if before == "held":
        house.held(booking_id)
    house.at(ENDS + HOUR)
    if before == "missed":
        house.missed(house.brand, booking_id)
    house.endings.disputes.dispute(house.host, booking_id, about=None, statement="I was there")
    house.console.work()
    assert house.problems() == []
    house.at(ENDS + 8 * DAY)
    house.endings.disputes.decide(OPERATOR, booking_id, decision)
    house.console.work()
    assert house.state_of(booking_id).state is state
    assert (sum(house.stages().values()), house.stages().get("disputed"), house.problems()) == (minor, None, [])
    show = house.console.services.shows.show(house.show_id(booking_id))
    assert show.state is (ShowState.ENDED if state is State.COMPLETED else ShowState.CANCELLED)
    assert acts(house, booking_id)[-1] == ("decide_dispute", "operator")


def test_statements_of_the_past_look_as_they_did_before_the_decision(house: House) -> None:
    booking_id = house.signed()
    house.held(booking_id)
    house.market.imported("o-1,1,22423,2011-01-10T19:30:00Z,2,12.75,GBP")
    house.at(ENDS + DAY)
    accruals = house.console.services.payouts.accruals
    before = accruals.computed(house.contract_id(booking_id), ENDS + HOUR).statement
    assert before.component("commission:all").earned_minor == 2_55
    house.endings.disputes.dispute(house.brand, booking_id, about=None, statement="Nobody was on air")
    house.at(ENDS + 9 * DAY)
    house.endings.disputes.decide(OPERATOR, booking_id, ruled(Happened.HOST_ABSENT))
    house.console.work()
    assert accruals.computed(house.contract_id(booking_id), ENDS + HOUR).statement == before
    assert accruals.computed(house.contract_id(booking_id), ENDS + 9 * DAY).statement.payees.earned_minor == -FEE


def test_a_deliverable_is_disputed_by_itself_and_its_decision_stands(house: House) -> None:
    booking_id = house.signed()
    house.held(booking_id)
    house.at(ENDS + DAY)
    disputes = house.endings.disputes
    with pytest.raises(BadStatement, match="does not promise"):
        disputes.dispute(house.brand, booking_id, about=DeliverableKind.SESSIONS, statement="one was missing")
    disputes.dispute(house.brand, booking_id, about=DeliverableKind.LINKS_LIVE, statement="All links were dead")
    house.console.work()
    assert (house.stages(), house.problems()) == ({"disputed": FEE}, [])
    disputes.state(house.host, booking_id, statement="They worked", evidence=("https://example.com/recording",))
    with pytest.raises(BadDecision):
        disputes.decide(OPERATOR, booking_id, ruled(Happened.HOST_ABSENT))
    disputes.decide(OPERATOR, booking_id, ruled(Happened.TOOK_PLACE, links_live=DeliveryResult.NOT_MET))
    house.console.work()
    assert (house.stages(), house.problems()) == ({"unfunded": 12_000_00}, [])
    with pytest.raises(ShowMoved, match="decision stands"):
        house.console.services.delivery.deliverables.state(
            house.host,
            house.show_id(booking_id),
            Statement(kind=DeliverableKind.LINKS_LIVE, result=DeliveryResult.MET, words="I say so"),
        )
    with pytest.raises(NotOpen, match="disputed before"):
        disputes.dispute(house.host, booking_id, about=DeliverableKind.LINKS_LIVE, statement="again")
    disputes.dispute(house.host, booking_id, about=DeliverableKind.HOST_APPEARS, statement="but this is another thing")


def test_nobody_decides_before_both_have_spoken_or_their_time_is_over(house: House) -> None:
    booking_id = house.signed()
    house.held(booking_id)
    house.at(ENDS + DAY)
    disputes = house.endings.disputes
    dispute = disputes.dispute(house.brand, booking_id, about=None, statement="It was somebody else")
    decision = ruled(Happened.TOOK_PLACE)
    with pytest.raises(TooEarly, match="one has not yet"):
        disputes.decide(OPERATOR, booking_id, decision)
    with pytest.raises(NotASide):
        disputes.state(OPERATOR, booking_id, statement="I think")
    house.at(dispute.state_by)
    with pytest.raises(TooLate):
        disputes.state(house.host, booking_id, statement="It was me")
    assert [each.booking_id for each in disputes.open_ones()] == [booking_id]
    disputes.decide(OPERATOR, booking_id, decision)
    assert disputes.open_ones() == ()
    with pytest.raises(NotOpen):
        disputes.decide(OPERATOR, booking_id, decision)
    assert [act for act, _ in refusals(house, booking_id)] == ["decide_dispute", "add_statement", "add_statement", "decide_dispute"]


def test_a_statement_that_comes_while_another_is_written_down_is_tried_again_and_none_is_lost(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking_id = house.signed()
    house.held(booking_id)
    disputes = house.endings.disputes
    disputes.dispute(house.brand, booking_id, about=None, statement="It was somebody else")
    commit, raced = Transaction.commit, list[str]()

    def host_is_faster(transaction: Transaction) -> None:
        if not raced:
            raced.append(booking_id)
            disputes.state(house.host, booking_id, statement="It was me")
        commit(transaction)

    monkeypatch.setattr(Transaction, "commit", host_is_faster)
    with pytest.raises(DisputeChanged):
        disputes.state(house.brand, booking_id, statement="It was not")
    (dispute,) = disputes.of_booking(house.brand, booking_id)
    assert [each.text for each in dispute.statements] == ["It was somebody else", "It was me"]


@pytest.mark.parametrize(
    ("before", "state", "minor"), [("held", State.COMPLETED, FEE), ("missed", State.NO_SHOW, -FEE), ("never started", State.NO_SHOW, -FEE)]
)
def test_a_dispute_that_nobody_decides_ends_as_if_nobody_had_disputed(house: House, before: str, state: State, minor: int) -> None:
    booking_id = house.signed()
    if before == "held":
        house.held(booking_id)
    house.at(ENDS + HOUR)
    if before == "missed":
        house.missed(house.brand, booking_id)
    dispute = house.endings.disputes.dispute(house.host, booking_id, about=None, statement="I was there")
    house.at(dispute.decide_by - timedelta(minutes=1))
    assert house.state_of(booking_id).state is State.DISPUTED
    house.at(dispute.decide_by)
    assert (house.state_of(booking_id).state, sum(house.stages().values()), house.problems()) == (state, minor, [])
    assert acts(house, booking_id)[-1] == ("decide_dispute", "platform")


def test_a_show_that_is_disputed_on_air_ends_and_is_decided_after_that(house: House) -> None:
    booking_id = house.signed()
    house.market.on_air(house.show_id(booking_id))
    disputes = house.endings.disputes
    disputes.dispute(house.brand, booking_id, about=None, statement="This is not Nadia")
    disputes.state(house.host, booking_id, statement="It is")
    decision = ruled(Happened.TOOK_PLACE)
    with pytest.raises(ShowMoved, match="on air"):
        disputes.decide(OPERATOR, booking_id, decision)
    house.console.services.clock.set(ENDS)
    house.console.services.shows.end(house.brand, house.show_id(booking_id))
    assert house.state_of(booking_id).state is State.DISPUTED
    disputes.decide(OPERATOR, booking_id, decision)
    house.console.work()
    assert (house.state_of(booking_id).state, house.stages(), house.problems()) == (State.COMPLETED, {"unfunded": FEE}, [])


def test_a_dispute_on_air_that_nobody_decides_and_a_show_that_nobody_ends_have_an_exit(house: House) -> None:
    booking_id = house.signed()
    house.market.on_air(house.show_id(booking_id))
    dispute = house.endings.disputes.dispute(house.brand, booking_id, about=None, statement="This is not Nadia")
    house.at(dispute.decide_by)
    assert (house.state_of(booking_id).state, house.stages(), house.problems()) == (State.COMPLETED, {"unfunded": FEE}, [])


TIMES: list[tuple[str, Callable[[House, str], None], datetime, type[PrimetimeError] | None]] = [
    ("before its start", lambda _, __: None, STARTS - HOUR, TooEarly),
    ("before its planned end", lambda _, __: None, ENDS - timedelta(minutes=1), TooEarly),
    ("never started", lambda _, __: None, ENDS, None),
    ("held", House.held, ENDS + 14 * DAY - HOUR, None),
    ("held long ago", House.held, ENDS + 14 * DAY, TooLate),
]


@pytest.mark.parametrize(("name", "begin", "when", "refused"), TIMES, ids=[row[0] for row in TIMES])
def test_a_show_is_disputed_from_its_end_and_for_two_weeks(
    house: House, name: str, begin: Callable[[House, str], None], when: datetime, refused: type[PrimetimeError] | None
) -> None:
    booking_id = house.signed()
    begin(house, booking_id)
    house.console.services.clock.set(when)
    if refused is None:
        assert house.endings.disputes.dispute(house.host, booking_id, about=None, statement=name).is_open
    else:
        with pytest.raises(refused):
            house.endings.disputes.dispute(house.host, booking_id, about=None, statement=name)
        assert [act for act, _ in refusals(house, booking_id)] == ["dispute"]


def test_a_booking_is_settled_when_nothing_of_its_money_can_change_any_more(house: House) -> None:
    booking_id = house.signed()
    house.held(booking_id)
    house.at(ENDS + 16 * DAY)
    assert house.state_of(booking_id).state is State.COMPLETED
    house.funded(booking_id)
    house.at(ENDS + 18 * DAY)
    assert house.state_of(booking_id).state is State.SETTLED
    assert house.problems() == []
    assert acts(house, booking_id)[-1] == ("settle", "platform")
    with pytest.raises(NotAllowedNow):
        house.endings.disputes.dispute(house.brand, booking_id, about=None, statement="too late")


def test_what_is_disputed_is_settled_only_after_its_decision(house: House) -> None:
    booking_id = house.signed()
    house.held(booking_id)
    house.at(ENDS + 13 * DAY)
    house.funded(booking_id)
    dispute = house.endings.disputes.dispute(house.host, booking_id, about=None, statement="there was more")
    house.at(ENDS + 20 * DAY)
    assert house.state_of(booking_id).state is State.DISPUTED
    house.at(dispute.decide_by)
    house.at(dispute.decide_by + DAY)
    assert house.state_of(booking_id).state is State.SETTLED


SALE = "o-1,1,22423,2011-01-10T19:30:00Z,2,12.75,GBP"
COMMISSION = 2_55


def test_sales_of_a_show_that_counts_as_called_off_earn_nothing_any_more(house: House) -> None:
    booking_id = house.signed()
    house.held(booking_id)
    house.market.imported(SALE)
    assert (sum(house.stages().values()), house.problems()) == (FEE + COMMISSION, [])
    house.endings.disputes.dispute(house.brand, booking_id, about=None, statement="Nobody was on air")
    house.at(ENDS + 8 * DAY)
    house.endings.disputes.decide(OPERATOR, booking_id, ruled(Happened.HOST_CANCELLED, STARTS - timedelta(hours=80)))
    house.console.work()
    assert (sum(house.stages().values()), house.problems()) == (0, [])


def test_sales_of_a_show_that_took_place_after_all_are_its_sales(house: House) -> None:
    booking_id = house.signed()
    found = house.console.services.shows
    found.edit(house.brand, house.show_id(booking_id), Edit(line_up=found.line_up(house.brand, ["22423"])))
    house.at(ENDS)
    house.missed(house.brand, booking_id)
    house.market.imported(SALE)
    assert (sum(house.stages().values()), house.problems()) == (-FEE, [])
    house.endings.disputes.dispute(house.host, booking_id, about=None, statement="I was there")
    house.at(ENDS + 8 * DAY)
    house.endings.disputes.decide(OPERATOR, booking_id, ruled(Happened.TOOK_PLACE))
    house.console.work()
    assert (sum(house.stages().values()), house.problems()) == (FEE + COMMISSION, [])
