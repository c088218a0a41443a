"""Every state that waits ends by itself at its time, once, with a warning before: a minute before the end nothing has happened.

The clock stands until it is set; then the schedule runs and the queues are worked off, as they are deployed. docs/timers.md is the table.
"""

from dataclasses import replace

import pytest

from chalicelib.bookings.states import Move, Party, State
from chalicelib.bookings.waits import of_bookings
from chalicelib.contracts.offers import WantedShow
from chalicelib.contracts.rules import ContractState
from chalicelib.core.access import PLATFORM_TENANT, Principal, Role
from chalicelib.directory.rules import TenantKind, TenantState
from chalicelib.shows.rules import OVERRUN, ShowState
from tests.fakes.console import BEGIN, OPERATOR, STARTS, console, market
from tests.unit.endings_kit import House
from tests.unit.timers_kit import AGENCY, BRAND, DAY, HOST, HOUR, MINUTE, Play, both, context, drafted, play, signed

__all__ = ["console", "market", "play"]


def test_an_offer_expires_when_nobody_answers_with_warnings_before(play: Play) -> None:
    offer_id = play.market.offer()
    play.console.work()
    assert play.news() == [(HOST, "offer_made"), (AGENCY, "offer_made")]
    ends = BEGIN + 48 * HOUR
    warned = [(HOST, "offer_expires"), (AGENCY, "offer_expires")]
    assert play.at(ends - DAY - MINUTE) == []
    assert play.at(ends - DAY) == warned
    assert play.at(ends - 2 * HOUR) == warned
    assert play.at(ends - MINUTE) == []
    assert play.console.services.contracts.offers.offer(offer_id).state is State.OFFERED
    assert play.at(ends) == both("offer_expired")
    assert play.console.services.contracts.offers.offer(offer_id).state is State.EXPIRED
    assert play.at(ends + DAY) == []


def test_a_counter_offer_asks_the_other_side_and_has_a_time_of_its_own(play: Play) -> None:
    offer_id = play.market.offer()
    play.quiet()
    play.at(BEGIN + 10 * HOUR)
    play.console.services.contracts.offers.counter(play.market.host, offer_id, 1, play.market.terms(400_00))
    play.console.work()
    assert play.news() == [(BRAND, "offer_countered")]
    ends = BEGIN + 58 * HOUR
    assert play.at(ends - DAY) == [(BRAND, "offer_expires")]
    assert play.at(ends - MINUTE) == [(BRAND, "offer_expires")]
    assert play.at(ends) == both("offer_expired")
    assert play.console.services.contracts.offers.offer(offer_id).state is State.EXPIRED


def test_time_that_is_held_is_free_again_at_the_end_of_the_hold_and_the_offer_stays(play: Play) -> None:
    found = play.console.services
    offer = found.contracts.offers.make(
        play.market.brand,
        brief_id=play.market.brief_id,
        creator_id=play.market.host.tenant_id,
        shows=[WantedShow(starts_at=STARTS, minutes=60, title="Held")],
        terms=play.market.terms(),
        expires_in_hours=72,
        hold_hours=10,
    )
    play.quiet()
    ends = BEGIN + 10 * HOUR
    assert play.at(ends - 2 * HOUR) == both("hold_ends")
    assert play.at(ends - MINUTE) == []
    assert not found.bookings.is_free(play.market.host.tenant_id, STARTS, 60)
    assert play.at(ends) == []
    assert found.bookings.is_free(play.market.host.tenant_id, STARTS, 60)
    assert found.contracts.offers.offer(offer.offer_id).state is State.OFFERED


def test_a_contract_lapses_when_a_side_does_not_sign_and_only_that_side_is_warned(play: Play) -> None:
    contract = drafted(play)
    found = play.console.services
    found.contracts.document(play.market.brand, contract.contract_id, context(play))
    found.contracts.sign(
        play.market.brand,
        contract.contract_id,
        document_sha256=contract.document_sha256,
        typed_name="Somebody Real",
        consent=True,
        context=context(play),
    )
    play.console.work()
    assert play.news() == [(HOST, "other_side_signed"), (AGENCY, "other_side_signed")]
    ends = contract.sign_by
    for before in (2 * DAY, DAY, 2 * HOUR):
        assert play.at(ends - before - MINUTE) == []
        assert play.at(ends - before) == [(HOST, "signature_awaited")]
    assert play.at(ends - MINUTE) == []
    assert found.contracts.contract(contract.contract_id).state is ContractState.TO_SIGN
    assert play.at(ends) == both("contract_lapsed")
    assert found.contracts.contract(contract.contract_id).state is ContractState.LAPSED
    assert found.bookings.booking(contract.bookings[0].booking_id).state is State.EXPIRED
    assert play.at(ends + HOUR) == []


@pytest.mark.parametrize("by", [BRAND, HOST])
def test_the_other_side_and_it_alone_is_told_when_a_side_declines_to_sign(play: Play, by: str) -> None:
    contract, found = drafted(play), play.console.services
    who = play.market.brand if by == BRAND else play.market.host
    found.contracts.decline(who, contract.contract_id, "I fell ill.", context(play))
    play.console.work()
    others = [HOST, AGENCY] if by == BRAND else [BRAND]
    assert play.news() == [(other, "contract_declined") for other in others]
    letter = play.console.mailer.sent[-1]
    assert letter.subject == "Not signed: Winter <table>"
    assert "The other side does not sign the contract of Kettles with Nadia Hart for Winter <table>" in letter.text
    assert f"/contracts/{contract.contract_id}" in letter.text
    assert play.at(contract.sign_by) == []


def test_an_amendment_that_is_not_signed_lapses_and_the_terms_stay(play: Play) -> None:
    contract, found = signed(play), play.console.services
    proposed = found.contracts.amendments.propose(
        play.market.brand,
        contract.contract_id,
        play.market.terms(500_00),
        in_force_from=STARTS,
        reset_totals=False,
        context=context(play),
    )
    play.console.work()
    assert play.news() == [(HOST, "amendment_proposed"), (AGENCY, "amendment_proposed")]
    assert proposed.amendment is not None
    ends = proposed.amendment.sign_by
    warned = [mail for mail in play.at(ends - 2 * HOUR) if mail[1] == "amendment_awaited"]
    assert warned == [(BRAND, "amendment_awaited"), (HOST, "amendment_awaited")]
    assert [mail for mail in play.at(ends - MINUTE) if mail[1].startswith("amendment")] == []
    assert found.contracts.contract(contract.contract_id).amendment is not None
    assert [mail for mail in play.at(ends) if mail[1].startswith("amendment")] == both("amendment_ended")
    assert found.contracts.contract(contract.contract_id).amendment is None
    assert found.contracts.contract(contract.contract_id).terms == contract.terms


def test_both_sides_are_told_a_day_and_an_hour_before_a_show_with_the_date(play: Play) -> None:
    signed(play)
    for before in (DAY, HOUR):
        assert "show_soon" not in dict(play.at(STARTS - before - MINUTE)).values()
        assert [mail for mail in play.at(STARTS - before) if mail[1] == "show_soon"] == both("show_soon")
    assert play.console.mailer.sent[-1].calendar is not None
    assert "show_soon" not in dict(play.at(STARTS)).values()


def test_a_show_that_nobody_ends_ends_by_itself_and_counts_until_its_planned_end(play: Play) -> None:
    contract = signed(play)
    show_id, booking_id = contract.bookings[0].show_id, contract.bookings[0].booking_id
    play.market.on_air(show_id)
    play.quiet()
    planned, found = STARTS + HOUR, play.console.services
    ends = planned + OVERRUN
    assert play.at(ends - HOUR - MINUTE) == []
    assert play.at(ends - HOUR) == [(BRAND, "still_on_air")]
    assert play.at(ends - MINUTE) == []
    assert found.shows.show(show_id).state is ShowState.LIVE
    assert [mail for mail in play.at(ends) if mail[1] == "show_ended_by_itself"] == both("show_ended_by_itself")
    show = found.shows.show(show_id)
    assert show.ended is not None
    assert (show.state, show.ended.occurred_at, show.ended.recorded_at) == (ShowState.ENDED, planned, ends)
    assert found.bookings.booking(booking_id).state is State.COMPLETED
    (entry,) = [each for each in found.history.of_booking(contract.contract_id, booking_id) if each.act == "complete"]
    assert (entry.actor.tenant_id, entry.at) == (PLATFORM_TENANT, ends)
    assert "show_ended_by_itself" not in dict(play.at(ends + DAY)).values()


def test_a_product_on_stage_gives_a_show_more_time(play: Play) -> None:
    contract = signed(play)
    show_id, found = contract.bookings[0].show_id, play.console.services
    play.market.on_air(show_id)
    late = STARTS + 2 * HOUR
    play.at(late)
    found.shows.pin(play.market.brand, show_id, "22423")
    play.quiet()
    play.at(late + OVERRUN - MINUTE)
    assert found.shows.show(show_id).state is ShowState.LIVE
    play.at(late + OVERRUN)
    ended = found.shows.show(show_id).ended
    assert ended is not None
    assert ended.occurred_at == late


def test_a_tenant_that_nobody_approves_lapses_after_two_weeks_and_can_still_be_approved(play: Play) -> None:
    somebody = Principal(user_id="usr_late", email="late@example.com", tenant_id="", role=Role.BRAND_OWNER)
    found = play.console.services
    tenant_id = found.directory.open_tenant(somebody, TenantKind.BRAND, "Late").tenant_id
    play.console.work()
    assert play.news() == [(OPERATOR.email, "approval_asked")]
    ends = BEGIN + 14 * DAY
    for before in (12 * DAY, 7 * DAY, DAY):
        assert play.at(ends - before - MINUTE) == []
        assert play.at(ends - before) == [(OPERATOR.email, "approval_awaited")]
    assert play.at(ends - MINUTE) == []
    assert found.directory.tenant(tenant_id).state is TenantState.PENDING
    assert play.at(ends) == [("late@example.com", "approval_lapsed")]
    assert found.directory.tenant(tenant_id).state is TenantState.LAPSED
    found.directory.approve(OPERATOR, tenant_id)
    play.console.work()
    assert play.news() == [("late@example.com", "tenant_approved")]


def test_a_jump_of_the_clock_over_a_whole_wait_ends_it_without_a_late_warning(play: Play) -> None:
    play.market.offer()
    play.quiet()
    assert play.at(BEGIN + 49 * HOUR) == both("offer_expired")


def test_who_has_no_page_yet_is_told_a_day_before_the_show(play: Play) -> None:
    contract = signed(play)
    assert (BRAND, "page_missing") not in play.at(STARTS - DAY - MINUTE)
    assert (BRAND, "page_missing") in play.at(STARTS - DAY)
    play.market.on_air(contract.bookings[0].show_id)
    assert "page_missing" not in dict(play.at(STARTS)).values()


def test_a_contract_drawn_up_anew_without_a_show_is_signed_anew_and_everybody_is_told(play: Play) -> None:
    house = House(play.market)
    contract = house.drafted(shows=2)
    path, page_of = f"/contracts/{contract.contract_id}", play.console.get
    play.quiet()
    house.sign(contract, house.brand)
    assert play.news() == [(HOST, "other_side_signed"), (AGENCY, "other_side_signed")]
    assert "Kettles, by Somebody Real" in page_of(path, house.host).text
    house.cancel(house.host, contract.bookings[1].booking_id)
    assert play.news() == sorted(both("show_cancelled") + both("contract_to_sign_anew"))
    for who in (house.brand, house.host):
        page = page_of(path, who).text
        assert ("by Somebody Real" in page, 'name="typed_name"' in page) == (False, True)
    house.sign(contract, house.brand)
    assert play.news() == [(HOST, "other_side_signed"), (AGENCY, "other_side_signed")]
    assert "by Somebody Real" in page_of(path, house.host).text
    house.sign(contract, house.host)
    assert {kind for _, kind in play.news()} == {"contract_signed", "deposit_due", "connect_payouts"}


def test_a_show_that_is_cancelled_or_not_held_is_told_to_both_with_its_date_taken_out(play: Play) -> None:
    booking_id = signed(play).bookings[0].booking_id
    play.console.services.bookings.move(booking_id, Move.CANCEL, Party.HOST)
    play.console.work()
    assert play.news() == both("show_cancelled")
    calendar = play.console.mailer.sent[-1].calendar
    assert calendar is not None
    assert b"STATUS:CANCELLED" in calendar
    assert play.at(STARTS - HOUR) == []
    booking = play.console.services.bookings.booking(booking_id)
    told = {
        state: [each.kind.name for each in of_bookings([replace(booking, state=state)], BEGIN).happenings]
        for state in (State.RESCHEDULED, State.NO_SHOW, State.FUNDED)
    }
    assert told == {State.RESCHEDULED: [], State.NO_SHOW: ["show_missed"], State.FUNDED: []}
