"""What was free when a contract was signed need not be so later: shows that move, make-up shows and amendments are looked at as well."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.bookings.rules import Availability, WeeklyWindow
from chalicelib.contracts.exclusivity import BoundToAnother, moments_of
from chalicelib.contracts.rules import Contract
from chalicelib.contracts.terms import Exclusivity
from chalicelib.core.errors import Conflict
from chalicelib.shows.rearranging import OtherTime
from chalicelib.shows.rules.proposals import Answer, Proposal
from tests.fakes.console import STARTS, Market, console, market
from tests.unit.rearranging_kit import answers, at, between, new_id, now_of
from tests.unit.test_contracts_exclusivity import ALONE, NEXT_DAY, briefed, context, drafted, offered, sign, signed_alone

__all__ = ["console", "market"]

WEEK = timedelta(days=7)


def of_rival(market: Market, starts_at: datetime) -> Contract:
    """Another brand's contract in the same category, signed by both."""
    contract = drafted(market, offered(market, market.rival, briefed(market, market.rival), starts_at))
    sign(market, contract, market.rival, market.host)
    market.console.work()
    return now_of(market, contract)


def to_next_day(market: Market, contract: Contract) -> Proposal:
    """The other brand asks for a day that may be promised away."""
    booking_id = contract.bookings[0].booking_id
    return at(market).propose_time(market.rival, booking_id, OtherTime(starts_at=NEXT_DAY), new_id())


def test_a_show_does_not_move_to_a_day_that_is_promised_to_another_brand_and_the_history_says_so(market: Market) -> None:
    contract = of_rival(market, STARTS + WEEK)
    proposal = to_next_day(market, contract)
    signed_alone(market)
    with pytest.raises(BoundToAnother, match="2011-01-11"):
        answers(market, proposal, market.host)
    assert now_of(market, contract).bookings == contract.bookings
    last = market.console.services.history.of_deal(contract.contract_id)[-1]
    assert (last.act, last.refused is not None) == ("accept_proposal", True)


def test_of_a_promise_and_a_move_against_it_at_the_same_moment_one_binds(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = of_rival(market, STARTS + WEEK)
    proposal = to_next_day(market, contract)
    alone = drafted(market, offered(market, market.brand, market.brief_id, STARTS, ALONE))
    sign(market, alone, market.brand)
    between(monkeypatch, lambda: sign(market, alone, market.host))
    with pytest.raises(Conflict, match="at the same moment"):
        at(market).answer(market.host, proposal.booking_id, proposal.proposal_id, Answer.ACCEPT)
    assert now_of(market, alone).signed_at is not None
    assert now_of(market, contract).bookings == contract.bookings


def amends(market: Market, contract: Contract, promise: Exclusivity, in_force_from: datetime) -> Contract:
    """The brand proposes to have the host alone from an instant on."""
    return market.console.services.contracts.amendments.propose(
        market.brand,
        contract.contract_id,
        replace(contract.terms, exclusivity=promise),
        in_force_from=in_force_from,
        reset_totals=False,
        context=context(market),
    )


def signs(market: Market, contract: Contract) -> Contract:
    """Both sign the amendment."""
    for who in (market.brand, market.host):
        amendment = now_of(market, contract).amendment
        assert amendment is not None
        market.console.services.contracts.document(who, contract.contract_id, context(market), amendment.version)
        market.console.services.contracts.amendments.sign(
            who,
            contract.contract_id,
            amendment.version,
            document_sha256=amendment.document_sha256,
            typed_name="Somebody Real",
            consent=True,
            context=context(market),
        )
    return now_of(market, contract)


def plain(market: Market) -> Contract:
    """The first brand's contract, without a promise."""
    contract = drafted(market, offered(market, market.brand, market.brief_id, STARTS + timedelta(hours=1)))
    sign(market, contract, market.brand, market.host)
    return now_of(market, contract)


def test_an_amendment_does_not_promise_what_a_show_of_another_brand_breaks_already(market: Market) -> None:
    contract = plain(market)
    of_rival(market, NEXT_DAY)
    with pytest.raises(BoundToAnother, match="does so already on 2011-01-11"):
        amends(market, contract, ALONE, STARTS)
    assert now_of(market, contract).amendment is None


def test_an_amendment_that_the_host_has_made_impossible_meanwhile_is_not_signed(market: Market) -> None:
    contract = plain(market)
    amends(market, contract, ALONE, STARTS)
    of_rival(market, NEXT_DAY)
    with pytest.raises(BoundToAnother, match="2011-01-11"):
        signs(market, contract)
    assert len(now_of(market, contract).versions) == 1


def test_an_amendment_promises_nothing_for_the_time_before_it_is_in_force(market: Market) -> None:
    contract = plain(market)
    of_rival(market, STARTS - timedelta(days=1))
    amends(market, contract, ALONE, STARTS)
    assert len(signs(market, contract).versions) == 2


def test_a_show_moves_within_a_version_whatever_its_host_did_before_that_was_in_force(market: Market) -> None:
    contract = plain(market)
    of_rival(market, STARTS - timedelta(days=1))
    amends(market, contract, ALONE, STARTS)
    signs(market, contract)
    market.console.work()
    later = STARTS + timedelta(days=2)
    moved = at(market).propose_time(market.brand, now_of(market, contract).bookings[0].booking_id, OtherTime(starts_at=later), new_id())
    answers(market, moved, market.host)
    assert [booked.starts_at for booked in now_of(market, contract).bookings] == [later]


def test_a_show_that_runs_into_a_promised_day_or_out_of_it_breaks_the_promise(market: Market) -> None:
    evenings = (WeeklyWindow(weekday=0, from_minute=22 * 60, until_minute=24 * 60), WeeklyWindow(weekday=1, from_minute=0, until_minute=60))
    hours = Availability(timezone="Europe/London", weekly=evenings)
    market.console.services.bookings.save_availability(market.host, market.host.tenant_id, hours)
    tuesday = replace(ALONE, from_day="2011-01-11", until_day="2011-01-11")
    late = STARTS + timedelta(hours=4, minutes=30)
    of_rival(market, late)
    with pytest.raises(BoundToAnother, match="does so already on 2011-01-11"):
        offered(market, market.brand, market.brief_id, late + WEEK, tuesday)
    offered(market, market.brand, market.brief_id, late + WEEK, replace(ALONE, from_day="2011-01-12", until_day="2011-01-12"))


def test_the_last_minute_of_a_show_is_before_its_end() -> None:
    midnight = STARTS.replace(hour=0) + timedelta(days=1)
    assert moments_of(midnight - timedelta(hours=1), 60) == (midnight - timedelta(hours=1), midnight - timedelta(minutes=1))
