"""Shows moved, called off, missed, disputed, decided at random: the books follow, and tell each past instant as it was told then."""

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings

from chalicelib.bridges.features import FactsOfShows
from chalicelib.contracts.rebooking import with_other_time
from chalicelib.contracts.rules import BookedShow, Contract, ContractState
from chalicelib.endings.rules.costs import Known, cost
from chalicelib.payouts.earnings import SaleAmounts, SaleFact, Statement, earnings, fold
from chalicelib.payouts.ports import ContractParties
from chalicelib.payouts.rules.booked import as_booked
from chalicelib.payouts.rules.positions import Funds, differences, positions
from chalicelib.shows.rules import DeliveryResult, Show
from tests.property.endings_histories import FIRST, SIGNED, Step, Versions, histories, show_number

END = FIRST + timedelta(days=90)
NOTHING_PAID = Funds(received_minor=0, locked_minor={})


class Books:
    """A contract's shows, and what its accruals have posted."""

    def __init__(self, versions: Versions, count: int) -> None:
        """All shows are published, nothing has happened."""
        first, *self.to_come = versions
        self.shows = [show_number(place) for place in range(count)]
        booked = [
            BookedShow(booking_id=show.booking_id, show_id=show.show_id, starts_at=show.starts_at, minutes=60, title=show.title)
            for show in self.shows
        ]
        self.contract = Contract(
            contract_id="ctr_1",
            offer_id="ofr_1",
            brief_id="brf_1",
            brand_id="brd_1",
            creator_id="crt_1",
            agency_id="agy_1",
            terms=first.terms,
            versions=(first,),
            bookings=tuple(booked),
            state=ContractState.SIGNED,
            document_sha256=first.document_sha256,
            sign_by=FIRST,
            recorded_at=SIGNED,
            signed_at=SIGNED,
        )
        contracts: Any = SimpleNamespace(contract=lambda _: self.contract)
        self.facts_of = FactsOfShows(contracts, contracts).facts_of
        self.posted: dict[Any, Any] = {}

    def passes(self, now: datetime) -> None:
        """An amendment that is agreed on by now joins the contract."""
        if self.to_come and (agreed_at := self.to_come[0].agreed_at) and agreed_at <= now:
            self.contract = replace(self.contract, versions=(*self.contract.versions, self.to_come.pop()))

    def becomes(self, now: datetime, place: int, show: Show) -> None:
        """A show is something else from now on, perhaps at another time."""
        self.passes(now)
        before, self.shows[place] = self.shows[place], show
        if show.booking_id != before.booking_id:
            self.contract = with_other_time(self.contract, before.booking_id, show.booking_id, show.starts_at, now)

    def known(self, as_of: datetime) -> Known:
        facts = tuple(self.facts_of(show, as_of) for show in self.shows)
        terms = {fact.show_id: fact.terms for fact in facts}
        buckets = fold("ctr_1", terms, self._sales(), [], as_of)
        return Known(contract_id="ctr_1", host_id="crt_1", terms=self.contract.terms, shows=facts, buckets=buckets, as_of=as_of)

    def statement(self, as_of: datetime) -> Statement:
        known = self.known(as_of)
        return earnings("ctr_1", known.terms, known.shows, known.buckets, as_of, host_id="crt_1")

    def accrue(self, as_of: datetime) -> None:
        """Post what is earned beyond what was posted."""
        parties = ContractParties(
            contract_id="ctr_1", brand_id="brd_1", creator_id="crt_1", agency_ids=("agy_1",), title="", terms=self.contract.terms
        )
        earned = as_booked(parties, self.known(as_of).shows, self.statement(as_of))
        moves = differences(positions(earned, NOTHING_PAID), self.posted, "GBP")
        assert sum(moves.values()) == 0
        self.posted = dict(positions(earned, NOTHING_PAID))

    def _sales(self) -> list[SaleFact]:
        """Each show has sold for 400.00 as it was to start, whatever became of it."""
        return [
            SaleFact(
                line_id=show.show_id,
                show_id=show.show_id,
                sku="MUG",
                category=None,
                ordered_at=show.starts_at,
                recorded_at=show.starts_at,
                units=4,
                amounts=SaleAmounts(price_minor=400_00),
            )
            for show in self.shows
        ]


@given(histories())
@settings(deadline=None)
def test_whatever_order_things_become_known_in_the_cents_are_the_same(history: tuple[Versions, int, list[Step], list[Step]]) -> None:
    agreed, count, by_time, other = history
    one, two = Books(agreed, count), Books(agreed, count)
    last = {place: step for _, place, step in by_time}
    for at, place, show in by_time:
        one.becomes(at, place, show)
        one.accrue(at)
    for _, place, _ in other:
        two.becomes(END, place, last.get(place, two.shows[place]))
        two.accrue(END)
    one.passes(END)
    two.passes(END)
    one.accrue(END)
    two.accrue(END)
    assert one.statement(END) == two.statement(END)
    assert one.posted == two.posted


@given(histories())
@settings(deadline=None)
def test_every_past_statement_can_be_made_again_after_all_decisions(history: tuple[Versions, int, list[Step], list[Step]]) -> None:
    agreed, count, by_time, _ = history
    books, seen = Books(agreed, count), {}
    for at, place, show in by_time:
        books.becomes(at, place, show)
        seen[at] = books.statement(at)
    assert {at: books.statement(at) for at in seen} == seen


@given(histories())
@settings(deadline=None)
def test_what_a_step_costs_before_is_what_is_booked_after(history: tuple[Versions, int, list[Step], list[Step]]) -> None:
    agreed, count, by_time, _ = history
    books = Books(agreed, count)
    for at, place, show in by_time:
        books.passes(at)
        before = books.statement(at)
        shown = cost(books.known(at), books.facts_of(show))
        books.becomes(at, place, show)
        after = books.statement(at)
        booked = {payee: after.payee(payee).earned_minor - before.payee(payee).earned_minor for payee in ("crt_1", "agy_1")}
        assert {change.payee_id: change.minor for change in shown.changes} == {payee: minor for payee, minor in booked.items() if minor}
        rows = [row.amount_minor for row in after.rows if row.component == "cancellation" and row.show_id == show.show_id]
        assert shown.confirmed_minor == sum(rows)


@given(histories())
@settings(deadline=None)
def test_money_rests_from_a_dispute_to_its_decision_and_no_longer(history: tuple[Versions, int, list[Step], list[Step]]) -> None:
    agreed, count, by_time, _ = history
    books = Books(agreed, count)
    for at, place, show in by_time:
        books.becomes(at, place, show)
        rests = show.disputed is not None and show.dispute_settled is None
        rests |= any(each.result is DeliveryResult.DISPUTED for each in show.deliveries[-1:])
        (found,) = (each for each in books.statement(at).shows if each.show_id == show.show_id)
        assert found.disputed == rests
