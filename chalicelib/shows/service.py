"""What people do with shows, and what later features learn from them.

Every change is one conditional transaction: the show at the version that was read, what it moves elsewhere, and its outbox record.
"""

from collections.abc import Sequence
from datetime import datetime

from chalicelib.adapters.dynamo import Transaction
from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.directory.rules import HOST_CHANGED
from chalicelib.shows import rules
from chalicelib.shows.errors import NotSignedYet, ShowNotFound
from chalicelib.shows.pages import slugs
from chalicelib.shows.ports import BookedShow, BookingMoves, ContractSource, DirectorySource, SignedContract
from chalicelib.shows.publishing import Publisher
from chalicelib.shows.rules import Deal, Edit, LineUpItem, Show, ShowFact, ShowState, ShowTimes
from chalicelib.shows.rules.links import links_of
from chalicelib.shows.store import ShowExists, ShowStore, SlugTaken

__all__ = ["ShowNotFound", "Shows"]

PUBLISH = "show.publish"
ACCRUE = "earnings.accrue"
ATTRIBUTE = "sales.attribute"
MEASURE = "links.measure"


class Shows:
    """Use cases of shows."""

    def __init__(  # the ports a show stands on, each once
        self,
        *,
        store: ShowStore,
        contracts: ContractSource,
        directory: DirectorySource,
        bookings: BookingMoves,
        publisher: Publisher,
        clock: Clock,
    ) -> None:
        """`clock` gives business time: starts, pins and ends happen when it says so, never when a caller says so."""
        self._store = store
        self._contracts = contracts
        self._directory = directory
        self._bookings = bookings
        self._publisher = publisher
        self._clock = clock

    def open_for(self, contract_id: str) -> tuple[Show, ...]:
        """One show for each booking of a signed contract; those that are open already stay as they are. Worker of `contract.signed`."""
        contract = self._contracts.contract(contract_id)
        if contract.signed_at is None:
            raise NotSignedYet("Shows open when both sides have signed the contract.")
        return tuple(self._open(contract, booked) for booked in contract.bookings)

    def _open(self, contract: SignedContract, booked: BookedShow) -> Show:
        known = self._store.find(booked.show_id)
        if known is not None:
            return known
        host = self._directory.profile(contract.creator_id)
        brand = self._directory.tenant(contract.brand_id)
        for slug in slugs(booked.title, booked.starts_at, contract.terms.timezone, booked.show_id):
            show = Show(
                show_id=booked.show_id,
                booking_id=booked.booking_id,
                contract_id=contract.contract_id,
                brand_id=contract.brand_id,
                brand_name=brand.name,
                creator_id=contract.creator_id,
                host_name=host.name,
                agency_id=contract.agency_id,
                slug=slug,
                title=booked.title,
                description="",
                timezone=contract.terms.timezone,
                currency=contract.terms.currency,
                starts_at=booked.starts_at,
                minutes=booked.minutes,
            )
            try:
                self._store.open(show)
            except SlugTaken:
                continue
            except ShowExists:
                return self._store.load(booked.show_id)
            return show
        raise SlugTaken(f"No address is free for the show {booked.title!r}. Give it another title.")

    def shows(self, principal: Principal) -> tuple[Show, ...]:
        """The caller's shows, soonest first."""
        return self._store.of_tenant(principal.tenant_id)

    def get(self, principal: Principal, show_id: str) -> Show:
        """One of the caller's shows. Raises `ShowNotFound`."""
        return self._store.get(principal, show_id)

    def preview(self, principal: Principal, show_id: str) -> str:
        """The page as it would be published now; a draft's says that no search engine may keep it."""
        return self._publisher.html(self._store.get(principal, show_id))

    def line_up(self, principal: Principal, skus: Sequence[str]) -> tuple[LineUpItem, ...]:
        """A line-up of the caller's own products with today's prices. Raises `BadLineUp`."""
        products = {
            product.sku: LineUpItem(
                sku=product.sku,
                title=product.title,
                price_minor=product.price_minor,
                currency=product.currency,
                picture=product.picture,
                link=product.link,
                category=product.category,
            )
            for product in self._directory.products_of(principal.tenant_id)
        }
        return rules.with_products(skus, products)

    def edit(self, principal: Principal, show_id: str, edit: Edit) -> Show:
        """Change title, line-up, video or how sales are attributed; a published page follows by itself."""
        show = self._store.get(principal, show_id)
        changed = rules.edited(show, edit)
        return show if changed == show else self._commit(show, changed, Transaction())

    def request_publishing(self, principal: Principal, show_id: str) -> Show:
        """Put the page on the site (a worker does it), or have it made again."""
        show = self._store.get(principal, show_id)
        return self._commit(show, rules.published(show), Transaction())

    def publish(self, show_id: str) -> None:
        """Write the published objects of a show. Worker of `show.publish`."""
        self._publisher.publish(show_id)

    def start(self, principal: Principal, show_id: str) -> Show:
        """Go on air now; the booking becomes live in the same transaction."""
        now = self._clock.now()
        show = self._store.get(principal, show_id)
        with self._bookings.attempts(show, "start", by=principal):
            live = rules.started(show, now)
            transaction = Transaction()
            self._bookings.live(transaction, show.booking_id, by=principal, now=now)
            return self._commit(show, live, transaction)

    def pin(self, principal: Principal, show_id: str, sku: str, *, ahead_seconds: int = 0, deal: Deal | None = None) -> Show:
        """Put a product on stage now, or so many seconds ahead, perhaps with a deal."""
        show = self._store.get(principal, show_id)
        changed = rules.pinned(show, sku, now=self._clock.now(), ahead_seconds=ahead_seconds, deal=deal)
        return self._commit(show, changed, Transaction())

    def end(self, principal: Principal, show_id: str) -> Show:
        """Go off air now; the booking becomes completed and earnings are told, all in the same transaction."""
        now = self._clock.now()
        show = self._store.get(principal, show_id)
        with self._bookings.attempts(show, "complete", by=principal):
            over = rules.ended(show, now)
            transaction = Transaction()
            self._bookings.completed(transaction, show.booking_id, by=principal, now=now)
            if links_of(show):
                transaction.announce(MEASURE, show_id, iso(self._clock.real_now()))
            return self._commit(show, over, transaction, accrue=True)

    def end_by_itself(self, show_id: str) -> None:
        """End a show that nobody has ended in time; one that is over, or has been given more time, stays as it is."""
        now, show = self._clock.now(), self._store.load(show_id)
        if show.state is not ShowState.LIVE or now < rules.ends_by_itself_at(show):
            return
        over = rules.ended_by_itself(show, now)
        transaction = Transaction()
        self._bookings.ended_by_itself(transaction, show.booking_id, since=rules.last_known_on_air(show))
        if links_of(show):
            transaction.announce(MEASURE, show_id, iso(self._clock.real_now()))
        self._commit(show, over, transaction, accrue=True)

    def change_in(self, transaction: Transaction, before: Show, after: Show) -> None:
        """Add to a transaction what became of a show otherwise than on air; its page, its sales and the earnings are told."""
        self._join(before, after, transaction, accrue=True)

    def show(self, show_id: str) -> Show:
        """A show, read by the system. Raises `ShowNotFound`."""
        return self._store.load(show_id)

    def of_contract(self, contract_id: str) -> tuple[Show, ...]:
        """The shows of a contract, read by the system, by scheduled start."""
        return self._store.of_contract(contract_id)

    def of_host(self, creator_id: str) -> tuple[Show, ...]:
        """The latest shows of a host, read by the system, by scheduled start."""
        return self._store.of_tenant(creator_id)

    def missed(self, show: Show) -> frozenset[rules.DeliverableKind]:
        """What was not met at a show by what both sides said, or by what one said and the other let stand."""
        return rules.missed(show, self._clock.now())

    def times(self, show_id: str) -> ShowTimes:
        """One show as attribution sees it."""
        return rules.times(self._store.load(show_id))

    def span(self, show_id: str) -> tuple[str, tuple[datetime, datetime] | None]:
        """Whose show it is, and all order times at which its line-up may ever have taken a sale."""
        show = self._store.load(show_id)
        return show.brand_id, rules.span(show)

    def windows(self, brand_id: str) -> tuple[ShowTimes, ...]:
        """All shows of a brand as attribution sees them, the oldest included, lest a sale lose its show; cancelled ones take none."""
        shows = self._store.every_of(brand_id)
        return tuple(rules.times(show) for show in shows if show.state is not ShowState.CANCELLED)

    def facts(self, contract_id: str) -> tuple[ShowFact, ...]:
        """What earnings need to know about the shows of a contract, by scheduled start."""
        return tuple(rules.fact(show) for show in self._store.of_contract(contract_id))

    def _commit(self, before: Show, after: Show, transaction: Transaction, *, accrue: bool = False) -> Show:
        self._join(before, after, transaction, accrue=accrue)
        transaction.commit()
        return after

    def _join(self, before: Show, after: Show, transaction: Transaction, *, accrue: bool) -> None:
        """Write the change and tell whom it concerns: the page of a show that has one, the earnings when asked, sales if need be."""
        now = iso(self._clock.real_now())
        self._store.change(transaction, before, after)
        if after.state is not ShowState.DRAFT:
            transaction.announce(PUBLISH, after.show_id, now)
        if accrue:
            transaction.announce(ACCRUE, after.contract_id, now)
            transaction.announce(HOST_CHANGED, after.creator_id, now)
        if rules.attribution_changed(before, after):
            transaction.announce(ATTRIBUTE, after.show_id, now)
