"""A statement asked as of an instant of the past is the one of that instant, wherever a show was moved since and whatever was amended."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.contracts.rules import Contract
from chalicelib.contracts.signing import SigningContext
from chalicelib.contracts.terms import Due, FeePart, FlatFee
from chalicelib.payouts.earnings import Statement
from chalicelib.shows.rules.proposals import Answer
from tests.fakes.console import STARTS, Market, console, market
from tests.unit.rearranging_kit import DAY, answers, at, facts, now_of, proposed

__all__ = ["console", "market"]

EARLIER = STARTS - 2 * DAY
PARTS = (FeePart(due=Due.SIGNING, share_basis_points=3_000), FeePart(due=Due.SHOW_COMPLETED, share_basis_points=7_000))


def in_parts(market: Market, monkeypatch: pytest.MonkeyPatch) -> Contract:
    """A signed contract of 300.00, of which 30 % are due on signing."""
    plain = Market.terms
    fee = FlatFee(amount_minor=300_00, parts=PARTS)
    monkeypatch.setattr(Market, "terms", lambda each, fee_minor=300_00: replace(plain(each, fee_minor), flat_fee=fee))
    return market.signed()


def amended(market: Market, contract: Contract, in_force_from: datetime) -> None:
    """Both sign that shows from an instant on are worth 400.00."""
    found = market.console.services
    context = SigningContext(authenticated_at=found.clock.real_now(), address="192.0.2.1", user_agent="Browser/1")
    better = replace(contract.terms, flat_fee=FlatFee(amount_minor=400_00, parts=PARTS))
    waiting = found.contracts.amendments.propose(
        market.brand, contract.contract_id, better, in_force_from=in_force_from, reset_totals=False, context=context
    )
    assert waiting.amendment is not None
    for who in (market.brand, market.host):
        found.contracts.document(who, contract.contract_id, context, 2)
        found.contracts.amendments.sign(
            who,
            contract.contract_id,
            2,
            document_sha256=waiting.amendment.document_sha256,
            typed_name="Somebody Real",
            consent=True,
            context=context,
        )
    market.console.work()


def stated(market: Market, contract: Contract, as_of: datetime) -> Statement:
    return market.console.services.payouts.accruals.computed(contract.contract_id, as_of).statement


def a_day_later(market: Market) -> datetime:
    clock = market.console.services.clock
    clock.set(clock.now() + DAY)
    return clock.now()


def due(statement: Statement) -> tuple[int, int]:
    """The version that the only show belongs to, and what of its fee is due."""
    return statement.shows[0].terms_version, statement.component("flat_fee").earned_minor


def test_an_amendment_counts_in_statements_from_its_second_signature_on(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = in_parts(market, monkeypatch)
    signed_at = market.console.services.clock.now()
    before = stated(market, contract, signed_at)
    agreed_at = a_day_later(market)
    amended(market, contract, STARTS - DAY)
    assert due(before) == (1, 90_00)
    assert stated(market, contract, signed_at) == before
    assert due(stated(market, contract, agreed_at - timedelta(microseconds=1))) == (1, 90_00)
    assert due(stated(market, contract, agreed_at)) == (2, 120_00)
    facts(market, contract)


def test_a_moved_show_stands_at_its_old_start_in_statements_of_before(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = in_parts(market, monkeypatch)
    amended(market, contract, STARTS - DAY)
    seen: list[Statement] = []
    for starts_at, proposer, other in ((EARLIER, market.brand, market.host), (STARTS, market.host, market.brand)):
        seen.append(stated(market, contract, a_day_later(market)))
        moved_at = a_day_later(market)
        answers(market, proposed(market, contract, starts_at, proposer), other)
        seen.append(stated(market, contract, moved_at))
    assert [due(statement) for statement in seen] == [(2, 120_00), (1, 90_00), (1, 90_00), (2, 120_00)]
    assert [stated(market, contract, statement.as_of) for statement in seen] == seen


def test_the_books_are_right_between_a_move_and_its_booking(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = in_parts(market, monkeypatch)
    amended(market, contract, STARTS - DAY)
    a_day_later(market)
    proposal = proposed(market, contract, EARLIER)
    at(market).answer(market.host, proposal.booking_id, proposal.proposal_id, Answer.ACCEPT)
    assert now_of(market, contract).bookings[0].starts_at == EARLIER
    assert facts(market, contract)[0].terms_version == 1
    market.console.work()
    assert facts(market, contract)[0].terms_version == 1
