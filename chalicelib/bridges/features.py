"""How one feature's words become another's: small translations that the composition root puts between services.

Nothing is decided here.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from chalicelib.adapters.dynamo import Transaction
from chalicelib.bookings.service import Bookings
from chalicelib.bookings.states import Move, Party
from chalicelib.contracts.rebooking import start_at
from chalicelib.contracts.rules import Contract, version_at
from chalicelib.contracts.service import ContractNotFound, Contracts
from chalicelib.core.access import Principal, Role
from chalicelib.core.clock import iso
from chalicelib.directory.service import Directory
from chalicelib.history.rules import PLATFORM, actor_of
from chalicelib.history.service import History
from chalicelib.payouts.earnings import Cancellation, DeliverableResult, Fact, Outcome, RefundFact, Ruling, SaleAmounts, SaleFact, ShowFacts
from chalicelib.payouts.earnings.facts import Party as EarningsParty
from chalicelib.payouts.ports import ContractParties, NoSuchContract
from chalicelib.sales.attribution import ShowWindow
from chalicelib.sales.service import Sales
from chalicelib.shows.ports import MovedShow
from chalicelib.shows.rules import Cancelled, Moment, Result, Show, ShowFact, Side, results
from chalicelib.shows.rules import fact as fact_of_show
from chalicelib.shows.service import Shows


class MovedBookings:
    """The booking moves that shows make, in the name of whoever runs the show."""

    def __init__(self, bookings: Bookings, history: History) -> None:
        """`bookings` owns the states, `history` is told of each."""
        self._bookings = bookings
        self._history = history

    def live(self, transaction: Transaction, booking_id: str, *, by: Principal, now: datetime) -> None:  # noqa: ARG002  # bookings date it themselves
        """The show starts."""
        self._move(transaction, booking_id, Move.START, by, "Went on air.")

    def completed(self, transaction: Transaction, booking_id: str, *, by: Principal, now: datetime) -> None:  # noqa: ARG002
        """The show ends."""
        self._move(transaction, booking_id, Move.COMPLETE, by, "Went off air; the show is completed.")

    def ended_by_itself(self, transaction: Transaction, booking_id: str, *, since: datetime) -> None:
        """Time ends the show."""
        sentence = f"Nobody ended the show, so it ended by itself; it counts as over since {iso(since)}."
        booking = self._bookings.move_in(transaction, booking_id, Move.COMPLETE, Party.PLATFORM)
        self._history.note(transaction, booking.contract_id, actor=PLATFORM, act=Move.COMPLETE, sentence=sentence, booking_id=booking_id)

    def attempts(self, show: MovedShow, act: str, *, by: Principal) -> AbstractContextManager[None]:
        """What is refused stands in the history."""
        return self._history.attempts(show.contract_id, actor=actor_of(by, _party(by)), act=act, booking_id=show.booking_id)

    def _move(self, transaction: Transaction, booking_id: str, move: Move, by: Principal, sentence: str) -> None:
        booking = self._bookings.move_in(transaction, booking_id, move, _party(by))
        actor = actor_of(by, _party(by))
        self._history.note(transaction, booking.contract_id, actor=actor, act=move, sentence=sentence, booking_id=booking_id)


class ShowWindows:
    """The windows that attribution goes by."""

    def __init__(self, shows: Shows, contracts: Contracts) -> None:
        """A window's currency is its contract's."""
        self._shows = shows
        self._contracts = contracts

    def windows(self, brand_id: str, from_: datetime, to: datetime) -> Sequence[ShowWindow]:
        """Windows that touch [from_, to], and all that have tracking codes or rooms."""
        return [
            ShowWindow(
                show_id=times.show_id,
                skus=times.skus,
                codes=times.codes,
                room_ids=times.room_ids,
                opens_at=times.opens_at,
                closes_at=times.closes_at,
                currency=self._contracts.contract(times.contract_id).terms.currency,
            )
            for times in self._shows.windows(brand_id)
            if times.codes or times.room_ids or (times.opens_at <= to and from_ < times.closes_at)
        ]


class MoneyOfContracts:
    """Contracts as payouts see them."""

    def __init__(self, contracts: Contracts) -> None:
        """Read by the system."""
        self._contracts = contracts

    def parties(self, contract_id: str) -> ContractParties:
        """Who owes whom. Raises `NoSuchContract`."""
        try:
            contract = self._contracts.contract(contract_id)
        except ContractNotFound as error:
            raise NoSuchContract(error.message) from error
        return ContractParties(
            contract_id=contract.contract_id,
            brand_id=contract.brand_id,
            creator_id=contract.creator_id,
            agency_ids=tuple(dict.fromkeys(split.payee_id for version in contract.versions for split in version.terms.splits)),
            title=" / ".join(booked.title for booked in contract.bookings),
            terms=contract.terms,
        )


class FactsOfShows:
    """Shows as earnings see them."""

    def __init__(self, shows: Shows, contracts: Contracts) -> None:
        """The contract tells when it was signed and on which terms."""
        self._shows = shows
        self._contracts = contracts

    def show_facts(self, contract_id: str, as_of: datetime | None = None) -> tuple[ShowFacts, ...]:
        """One per booking, with the terms in force at its scheduled start; `as_of` an instant: both as agreed by then."""
        contract = self._contracts.contract(contract_id)
        return tuple(_show_facts(contract, show, as_of) for show in self._shows.of_contract(contract_id))

    def facts_of(self, show: Show, as_of: datetime | None = None) -> ShowFacts:
        """The same of one show, be it only what might become of it."""
        return _show_facts(self._contracts.contract(show.contract_id), show, as_of)

    def title_of(self, show_id: str) -> str:
        """The show's title."""
        return self._shows.show(show_id).title


class SalesOfShows:
    """Sales as earnings see them: with the category that the product had in the show's line-up, else the one that the brand gives it.

    A line-up stands when its show is over, so that no later edit of a product can change what was earned.
    """

    def __init__(self, sales: Sales, shows: Shows, directory: Directory) -> None:
        """Products belong to the brand of the show."""
        self._sales = sales
        self._shows = shows
        self._directory = directory

    def show_sales(self, show_id: str, as_of: datetime | None = None) -> tuple[tuple[SaleFact, ...], tuple[RefundFact, ...]]:
        """All facts known of the show; `as_of` an instant, with the sales that were attributed to it by then."""
        show = self._shows.show(show_id)
        products = self._directory.products_of(show.brand_id)
        categories = {product.sku.upper(): product.category for product in products}
        categories |= {item.sku: item.category for item in show.line_up if item.category is not None}
        known = self._sales.facts_of(show_id, as_of)
        sales = tuple(
            SaleFact(
                line_id=sale.line_id,
                show_id=sale.show_id,
                sku=sale.sku,
                category=categories.get(sale.sku),
                ordered_at=sale.ordered_at,
                recorded_at=sale.recorded_at,
                units=sale.units,
                amounts=SaleAmounts(
                    price_minor=sale.price_minor,
                    seller_discount_minor=sale.seller_discount_minor,
                    platform_discount_minor=sale.platform_discount_minor,
                    tax_minor=sale.tax_minor,
                    shipping_minor=sale.shipping_minor,
                ),
            )
            for sale in known.sales
        )
        refunds = tuple(
            RefundFact(
                refund_id=refund.refund_id,
                line_id=refund.line_id,
                units=refund.units,
                amount_minor=refund.amount_minor,
                occurred_at=refund.occurred_at,
                recorded_at=refund.recorded_at,
            )
            for refund in known.refunds
        )
        return sales, refunds


class LazyTexts:
    """Texts that are fetched when somebody goes through them."""

    def __init__(self, fetch: Callable[[], Iterable[str]]) -> None:
        """`fetch` is called each time."""
        self._fetch = fetch

    def __iter__(self) -> Iterator[str]:
        """Fetch them."""
        return iter(self._fetch())


class LazyObject:
    """Stands for an object that is made when it is first used."""

    def __init__(self, make: Callable[[], Any]) -> None:
        """`make` is called at most once."""
        self._make = make
        self._made: Any = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever the object has
        """An attribute of the object."""
        if self._made is None:
            self._made = self._make()
        return getattr(self._made, name)


def _party(principal: Principal) -> Party:
    return Party.BRAND if principal.role in {Role.BRAND_OWNER, Role.BRAND_BOOKER} else Party.HOST


def _fact(moment: Moment | None) -> Fact | None:
    return None if moment is None else Fact(occurred_at=moment.occurred_at, recorded_at=moment.recorded_at)


def _show_facts(contract: Contract, show: Show, as_of: datetime | None) -> ShowFacts:
    booked = next(each for each in contract.bookings if each.show_id == show.show_id)
    starts_at = show.starts_at if as_of is None else start_at(booked, as_of)
    fact, version = fact_of_show(show), version_at(contract, starts_at, as_of)
    joined_at = booked.agreed_at or contract.signed_at
    return ShowFacts(
        show_id=fact.show_id,
        scheduled_start=starts_at,
        terms=version.terms,
        terms_version=version.version,
        attribution_after=fact.after,
        signed=None if joined_at is None else Fact(occurred_at=joined_at, recorded_at=joined_at),
        is_make_up=booked.is_make_up,
        makes_up_for=booked.makes_up_for,
        completed=_fact(fact.completed),
        actual_end=fact.actual_end,
        cancelled=_cancellation(fact.cancelled),
        deliverables=tuple(_deliverable(show, each) for each in results(show, version.terms.deliverables)),
        disputed=_fact(fact.disputed),
        dispute_settled=_fact(fact.dispute_settled),
        ruling=_ruling(fact),
    )


def _ruling(fact: ShowFact) -> Ruling | None:
    if fact.ruling is None:
        return None
    completed = fact.completed_ruled
    return Ruling(
        occurred_at=fact.ruling.occurred_at,
        recorded_at=fact.ruling.recorded_at,
        completed=_fact(completed),
        cancelled=_cancellation(fact.cancelled_ruled),
        actual_end=None if completed is None else completed.occurred_at,
    )


def _cancellation(cancelled: Cancelled | None) -> Cancellation | None:
    if cancelled is None:
        return None
    by = EarningsParty.BRAND if cancelled.by is Side.BRAND else EarningsParty.HOST
    return Cancellation(by=by, occurred_at=cancelled.moment.occurred_at, recorded_at=cancelled.moment.recorded_at)


def _deliverable(show: Show, result: Result) -> DeliverableResult:
    return DeliverableResult(
        kind=result.kind.value,
        outcome=Outcome(result.outcome.value),
        occurred_at=show.ended.occurred_at if show.ended else result.known_at,
        recorded_at=result.known_at,
    )
