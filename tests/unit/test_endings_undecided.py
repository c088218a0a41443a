"""What a dispute about a deliverable freezes, and what holds of it where nobody decides: money of that show alone, and no lone claim."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.bookings.states import State
from chalicelib.contracts.terms import CommissionRule, Deliverable, Scope, Tier, TierMode
from chalicelib.core.access import Principal
from chalicelib.shows.deliverables import Statement
from chalicelib.shows.rules import DeliverableKind, DeliveryResult, Edit, Moment, Show, ShowState, Speaker, result_before
from chalicelib.shows.rules import Delivery as Said
from chalicelib.shows.rules.deliverables import results
from tests.fakes.console import STARTS, Market, console, market
from tests.unit.endings_kit import ENDS, FEE, House
from tests.unit.template_samples import over

__all__ = ["console", "market"]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
APPEARS, MINUTES = DeliverableKind.HOST_APPEARS, DeliverableKind.MINUTES_ON_AIR
MET, NOT_MET, DISPUTED = DeliveryResult.MET, DeliveryResult.NOT_MET, DeliveryResult.DISPUTED
BRAND, HOST, OPERATOR = Speaker.BRAND, Speaker.HOST, Speaker.OPERATOR
OWED = (
    Deliverable(kind=APPEARS.value, fee_off_basis_points=4_000),
    Deliverable(kind=MINUTES.value, fee_off_basis_points=4_000, target=600),
)
LESS = 12_000_00


@pytest.fixture
def house(market: Market) -> House:
    return House(market)


def disputed(*said: tuple[Speaker, DeliveryResult, timedelta], kind: DeliverableKind = APPEARS) -> Show:
    """A show that is over with what was said of a deliverable, so long after its end; the last says that it is disputed."""
    ended = over()
    assert (ended.state, ended.ended is not None) == (ShowState.ENDED, True)
    at = ended.ended.recorded_at if ended.ended is not None else STARTS
    statements = tuple(
        Said(
            kind=kind,
            result=result,
            statement="",
            evidence=(),
            by=by,
            recorded_by="",
            moment=Moment(occurred_at=at, recorded_at=at + after),
        )
        for by, result, after in said
    )
    return replace(ended, deliveries=statements, links=None, ruling=None, decided=(kind,))


@pytest.mark.parametrize(
    ("said", "kind", "answered", "holds"),
    [
        ([(HOST, DISPUTED, HOUR)], APPEARS, False, MET),
        ([(HOST, DISPUTED, HOUR)], MINUTES, False, NOT_MET),
        ([(BRAND, NOT_MET, HOUR), (HOST, DISPUTED, 2 * HOUR)], APPEARS, False, MET),
        ([(BRAND, NOT_MET, HOUR), (HOST, DISPUTED, 4 * DAY)], APPEARS, False, NOT_MET),
        ([(BRAND, NOT_MET, HOUR), (HOST, NOT_MET, 2 * HOUR), (HOST, DISPUTED, 3 * HOUR)], APPEARS, True, NOT_MET),
        ([(HOST, MET, HOUR), (BRAND, NOT_MET, 2 * HOUR), (HOST, DISPUTED, 3 * HOUR)], APPEARS, False, MET),
        ([(HOST, MET, HOUR), (BRAND, NOT_MET, 2 * HOUR), (BRAND, DISPUTED, 3 * HOUR)], APPEARS, False, MET),
        ([(BRAND, NOT_MET, HOUR), (HOST, MET, 2 * HOUR), (BRAND, DISPUTED, 3 * HOUR)], MINUTES, False, NOT_MET),
        ([(BRAND, NOT_MET, HOUR), (BRAND, DISPUTED, 2 * HOUR)], APPEARS, False, NOT_MET),
        ([(BRAND, NOT_MET, HOUR), (BRAND, DISPUTED, 2 * HOUR)], APPEARS, True, MET),
        ([(BRAND, DISPUTED, HOUR), (BRAND, DISPUTED, 2 * HOUR)], APPEARS, False, MET),
        ([(HOST, MET, HOUR), (OPERATOR, NOT_MET, 2 * HOUR), (HOST, DISPUTED, 3 * HOUR)], APPEARS, False, NOT_MET),
    ],
)
def test_what_holds_where_nobody_decides_is_what_would_have_held_without_the_dispute(
    said: list[tuple[Speaker, DeliveryResult, timedelta]],
    kind: DeliverableKind,
    answered: bool,  # noqa: FBT001  # both cases
    holds: DeliveryResult,
) -> None:
    assert result_before(disputed(*said, kind=kind), kind, OWED, answered=answered) is holds


def state(house: House, who: Principal, booking_id: str, result: DeliveryResult) -> None:
    said = Statement(kind=APPEARS, result=result, words="I watched it.")
    house.console.services.delivery.deliverables.state(who, house.show_id(booking_id), said)


@pytest.mark.parametrize(("waited", "left"), [(HOUR, FEE), (4 * DAY, LESS)])
def test_a_claim_that_the_other_side_disputes_in_time_takes_nothing_off_and_one_that_held_does(
    house: House, waited: timedelta, left: int
) -> None:
    booking_id = house.signed()
    house.held(booking_id)
    house.at(ENDS + HOUR)
    state(house, house.brand, booking_id, NOT_MET)
    house.at(ENDS + HOUR + waited)
    dispute = house.endings.disputes.dispute(house.host, booking_id, about=APPEARS, statement="I was there")
    house.console.work()
    assert (house.stages(), house.problems()) == ({"disputed": FEE}, [])
    house.at(dispute.decide_by)
    assert (house.state_of(booking_id).state, house.stages(), house.problems()) == (State.COMPLETED, {"unfunded": left}, [])


def holds_evening(house: House, booking_id: str, starts: datetime) -> None:
    """A show takes place at its time."""
    found, show_id = house.console.services, house.show_id(booking_id)
    found.shows.edit(house.brand, show_id, Edit(line_up=found.shows.line_up(house.brand, ["22423"])))
    found.shows.request_publishing(house.brand, show_id)
    house.at(starts)
    found.shows.start(house.brand, show_id)
    found.clock.set(starts + HOUR)
    found.shows.end(house.brand, show_id)
    house.console.work()


@pytest.mark.parametrize("about", [None, APPEARS])
def test_of_two_shows_just_the_disputed_ones_share_rests_and_the_other_is_not_rated_anew(
    house: House, about: DeliverableKind | None
) -> None:
    tiers = (Tier(from_value=0, rate_basis_points=400), Tier(from_value=40_00, rate_basis_points=800))
    rule = CommissionRule(rule_id="all", tiers=tiers, mode=TierMode.WHOLE, accumulates_over=Scope.CONTRACT)
    first = house.signed(shows=2, terms=replace(house.terms(), rules=(rule,)))
    second = first[:-2] + "01"
    holds_evening(house, first, STARTS)
    holds_evening(house, second, STARTS + DAY)
    house.market.imported("o-1,1,22423,2011-01-10T19:30:00Z,2,12.75,GBP", "o-2,1,22423,2011-01-11T19:30:00Z,2,12.75,GBP")
    house.at(ENDS + 13 * DAY)
    state(house, house.brand, second, MET)
    dispute = house.endings.disputes.dispute(house.brand, first, about=about, statement="Somebody else was on air")
    house.at(ENDS + 20 * DAY)
    assert (house.stages(), house.problems()) == ({"disputed": FEE + 1_02, "unfunded": FEE + 3_06}, [])
    house.at(dispute.decide_by)
    assert (house.stages(), house.problems()) == ({"unfunded": 2 * FEE + 4_08}, [])


def test_a_contradiction_that_is_disputed_waits_for_the_dispute_and_no_longer_for_its_own_end(house: House) -> None:
    """The contradiction would have ended 30 days after it; the dispute, raised 13 days later, is decided by day 35."""
    booking_id = house.signed()
    house.held(booking_id)
    found, show_id = house.console.services, house.show_id(booking_id)
    found.clock.set(ENDS + HOUR)
    found.delivery.deliverables.state(house.brand, show_id, Statement(kind=APPEARS, result=NOT_MET, words="It was somebody else."))
    found.delivery.deliverables.state(house.host, show_id, Statement(kind=APPEARS, result=MET, words="It was me."))
    house.console.work()
    house.at(ENDS + 14 * DAY - HOUR)
    house.endings.disputes.dispute(house.brand, booking_id, about=APPEARS, statement="It was somebody else.")
    house.console.work()
    for days in (29, 31, 34):
        house.at(ENDS + days * DAY)
        assert (house.state_of(booking_id).state, house.stages(), house.problems()) == (State.DISPUTED, {"disputed": FEE}, [])
    house.at(ENDS + 35 * DAY)
    assert (house.state_of(booking_id).state, house.stages(), house.problems()) == (State.COMPLETED, {"unfunded": FEE}, [])


def test_what_held_before_a_late_dispute_held_and_rests_from_then_on() -> None:
    """A contradiction whose time was over, as of a show called off long before its date; what was said of it then stays said."""
    show = disputed((BRAND, NOT_MET, HOUR), (HOST, MET, 2 * HOUR), (HOST, DISPUTED, 40 * DAY))
    ends = show.ended.recorded_at if show.ended is not None else STARTS
    found = results(show, OWED[:1])
    assert [(each.outcome, each.known_at - ends) for each in found] == [
        (DISPUTED, 2 * HOUR),
        (MET, 2 * HOUR + 30 * DAY),
        (DISPUTED, 40 * DAY),
    ]
