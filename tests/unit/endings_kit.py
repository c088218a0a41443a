"""A market whose contract has a cancellation table and deliverables, with what tests of a show's end ask of it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.bookings.states import Booking
from chalicelib.contracts.offers import WantedShow
from chalicelib.contracts.rules import Contract
from chalicelib.contracts.service import SigningContext
from chalicelib.contracts.terms import CancellationRow, Deliverable, Terms
from chalicelib.core.access import Principal
from chalicelib.endings.service import Endings
from chalicelib.payouts.rules.funding import FundingKind
from tests.fakes.console import OPERATOR, STARTS, Console, Market

__all__ = ["OPERATOR", "STARTS", "House"]

TABLE = (
    CancellationRow(hours_before=0, share_basis_points=10_000),
    CancellationRow(hours_before=24, share_basis_points=5_000),
    CancellationRow(hours_before=72, share_basis_points=0),
)
FEE = 20_000_00
ENDS = STARTS + timedelta(minutes=60)


@dataclass
class House:
    """A market with a deal about a fee of 20,000.00."""

    market: Market

    @property
    def console(self) -> Console:
        return self.market.console

    @property
    def endings(self) -> Endings:
        return self.console.services.endings

    @property
    def brand(self) -> Principal:
        return self.market.brand

    @property
    def host(self) -> Principal:
        return self.market.host

    def terms(self, *, only_early_rows: bool = False) -> Terms:
        """The fee with a cancellation table, and two deliverables that take 40 % off it each."""
        promised = tuple(Deliverable(kind=kind, fee_off_basis_points=4_000) for kind in ("host_appears", "links_live"))
        table = TABLE[1:] if only_early_rows else TABLE
        return replace(self.market.terms(FEE), cancellation=table, deliverables=promised)

    def context(self) -> SigningContext:
        """Somebody who has just signed in."""
        return SigningContext(authenticated_at=self.console.services.clock.real_now(), address="192.0.2.1", user_agent="Browser/1")

    def drafted(self, *, shows: int = 1, terms: Terms | None = None) -> Contract:
        """An accepted offer of so many evenings."""
        offers = self.console.services.contracts.offers
        wanted = [WantedShow(starts_at=STARTS + timedelta(days=day), minutes=60, title=f"Evening {day + 1}") for day in range(shows)]
        made = offers.make(
            self.brand,
            brief_id=self.market.brief_id,
            creator_id=self.host.tenant_id,
            shows=wanted,
            terms=terms or self.terms(),
            expires_in_hours=48,
        )
        offers.accept(self.host, made.offer_id, 1)
        return self.console.services.contracts.draft(made.offer_id)

    def sign(self, contract: Contract, *who: Principal) -> Contract:
        """Whoever signs the contract as it is now."""
        found = self.console.services
        digest = found.contracts.contract(contract.contract_id).document_sha256
        for each in who:
            found.contracts.document(each, contract.contract_id, self.context())
            found.contracts.sign(
                each, contract.contract_id, document_sha256=digest, typed_name="Somebody Real", consent=True, context=self.context()
            )
        self.console.work()
        return found.contracts.contract(contract.contract_id)

    def signed(self, *, shows: int = 1, terms: Terms | None = None) -> str:
        """The id of the first booking of a contract signed by both."""
        drafted = self.drafted(shows=shows, terms=terms)
        return self.sign(drafted, self.brand, self.host).bookings[0].booking_id

    def at(self, instant: datetime) -> None:
        """It is then, and the clock has done its part."""
        self.console.services.clock.set(instant)
        self.console.services.release()
        self.console.work()

    def cancel(self, who: Principal, booking_id: str) -> int:
        """Call it off at what it costs; returns that, seen from the host."""
        quote = self.endings.cancellation(who, booking_id)
        self.endings.cancel(who, booking_id, confirmed_minor=quote.confirmed_minor, reason="I am ill")
        self.console.work()
        return quote.confirmed_minor

    def missed(self, who: Principal, booking_id: str) -> int:
        """Say that nobody appeared, at what it costs."""
        quote = self.endings.no_show(who, booking_id)
        self.endings.report_no_show(who, booking_id, confirmed_minor=quote.confirmed_minor, statement="The room stayed empty")
        self.console.work()
        return quote.confirmed_minor

    def held(self, booking_id: str) -> None:
        """The show takes place as planned."""
        self.market.on_air(self.show_id(booking_id))
        self.console.services.clock.set(ENDS)
        self.console.services.shows.end(self.brand, self.show_id(booking_id))
        self.console.work()

    def show_id(self, booking_id: str) -> str:
        return "shw_" + booking_id.partition("_")[2]

    def contract_id(self, booking_id: str) -> str:
        return self.state_of(booking_id).contract_id

    def state_of(self, booking_id: str) -> Booking:
        return self.console.services.bookings.booking(booking_id)

    def stages(self) -> dict[str, int]:
        """What host and agency have, by stage, in the books."""
        found: dict[str, int] = {}
        for balance in self.console.services.ledger.balances():
            if balance.account.startswith("payee:") and balance.minor:
                stage = balance.account.rpartition(":")[2]
                found[stage] = found.get(stage, 0) - balance.minor
        return found

    def problems(self) -> list[str]:
        """What the audit of all books finds."""
        return [finding.message for findings in self.console.services.payouts.audit().values() for finding in findings]

    def funded(self, booking_id: str) -> None:
        """The brand pays for all that has matured."""
        fundings, stripe = self.console.services.payouts.fundings, self.console.stripe
        asked = fundings.request(self.brand, self.contract_id(booking_id), FundingKind.BALANCE)
        self.console.work()
        stripe.pay(f"cs_{asked.funding_id}")
        fundings.observe(stripe.checkout(f"cs_{asked.funding_id}"))
        self.console.work()


def acts(house: House, booking_id: str) -> list[tuple[str, str]]:
    """What history says of the booking: the act, and who."""
    entries = house.console.services.history.of_booking(house.contract_id(booking_id), booking_id)
    return [(entry.act, entry.actor.side.value) for entry in entries if entry.booking_id is not None]


def refusals(house: House, booking_id: str) -> list[tuple[str, str]]:
    """What was tried in vain, and why."""
    entries = house.console.services.history.of_booking(house.contract_id(booking_id), booking_id)
    return [(entry.act, entry.refused) for entry in entries if entry.refused is not None]
