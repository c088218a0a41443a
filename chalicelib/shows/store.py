"""Shows in their table: one item a show, one for its slug, small pointers for the lists of both parties and of the contract."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute

from chalicelib.adapters.dynamo import Item, Record, Transaction, WholeNumber
from chalicelib.core.access import FINANCE, OPERATORS, PLATFORM_TENANT, Principal
from chalicelib.core.clock import iso
from chalicelib.core.errors import Conflict
from chalicelib.shows.errors import ShowMoved, ShowNotFound
from chalicelib.shows.rules import Show, ShowState
from chalicelib.shows.rules.deliverables import due_at

MAX_SHOWS_PER_LIST = 500
MAX_PUBLISHED_PAGES = 50_000
DUE = "delivery-due"
NOT_FOUND = "There is no such show."


class SlugTaken(Conflict):
    """Another show has this address."""


class ShowExists(Conflict):
    """The show was opened before."""


class ShowItem(Item):
    """A show."""

    TABLE = "shows"

    version = WholeNumber()
    show = Record(Show)


class ShowPointer(Item):
    """A show in somebody's list, or under its address."""

    TABLE = "shows"

    show_id = UnicodeAttribute()


class ProbePointer(Item):
    """A show whose links are to be looked at until it is over, by its scheduled start; `asked` is the last round that was asked for."""

    TABLE = "shows"

    show_id = UnicodeAttribute()
    asked = UnicodeAttribute(null=True)


class DuePointer(Item):
    """Finds by instant the shows of which something that was delivered begins to hold."""

    TABLE = "shows"

    show_id = UnicodeAttribute()
    due_at = UnicodeAttribute()


def _show_key(show_id: str) -> tuple[str, str]:
    return f"show#{show_id}", "show"


def _sortable(show: Show) -> str:
    return f"{iso(show.starts_at)}#{show.show_id}"


def _slug_pointer(show: Show) -> ShowPointer:
    return ShowPointer(f"slug#{show.slug}", "slug", show_id=show.show_id)


def _page_pointer(show: Show) -> ShowPointer:
    return ShowPointer("pages", show.slug, show_id=show.show_id)


def _probe_pointer(show: Show) -> ProbePointer | None:
    awaited = show.state in {ShowState.PUBLISHED, ShowState.LIVE}
    return ProbePointer("to-probe", _sortable(show), show_id=show.show_id) if awaited else None


def _list_pointers(show: Show) -> tuple[ShowPointer, ...]:
    owners = [f"tenant#{tenant}" for tenant in (show.brand_id, show.creator_id, show.agency_id) if tenant is not None]
    return tuple(ShowPointer(owner, _sortable(show), show_id=show.show_id) for owner in (*owners, f"contract#{show.contract_id}"))


def may_see(principal: Principal, show: Show) -> bool:
    """Whether the show is this caller's: a party's member, or the marketplace's finance and operators."""
    if principal.tenant_id == PLATFORM_TENANT:
        return principal.role in FINANCE | OPERATORS
    return principal.tenant_id in {show.brand_id, show.creator_id, show.agency_id} - {None}


class ShowStore:
    """All that reads and writes shows."""

    def find(self, show_id: str) -> Show | None:
        """A show, read by the system, or None."""
        item = ShowItem.find(*_show_key(show_id))
        return item.show if item else None

    def load(self, show_id: str) -> Show:
        """A show, read by the system. Raises `ShowNotFound`."""
        show = self.find(show_id)
        if show is None:
            raise ShowNotFound(NOT_FOUND)
        return show

    def get(self, principal: Principal, show_id: str) -> Show:
        """A show of the caller's. Raises `ShowNotFound` for others' shows too."""
        show = self.find(show_id)
        if show is None or not may_see(principal, show):
            raise ShowNotFound(NOT_FOUND)
        return show

    def of_tenant(self, tenant_id: str) -> tuple[Show, ...]:
        """The latest shows of a brand, creator or agency, soonest last."""
        return self._listed(f"tenant#{tenant_id}", MAX_SHOWS_PER_LIST)

    def every_of(self, brand_id: str) -> tuple[Show, ...]:
        """All shows of a brand, however many."""
        return self._listed(f"tenant#{brand_id}", None)

    def of_contract(self, contract_id: str) -> tuple[Show, ...]:
        """The shows of a contract by scheduled start, then id."""
        return self._listed(f"contract#{contract_id}", MAX_SHOWS_PER_LIST)

    def _listed(self, owner: str, limit: int | None) -> tuple[Show, ...]:
        pointers = ShowPointer.query(owner, consistent_read=True, scan_index_forward=False, limit=limit)
        ids = [pointer.show_id for pointer in pointers]
        shows = (item.show for item in ShowItem.many([_show_key(show_id) for show_id in ids]))
        return tuple(sorted(shows, key=lambda show: (show.starts_at, show.show_id)))

    def published_slugs(self) -> Iterable[str]:
        """Addresses of all pages that search engines may list."""
        return (pointer.sk for pointer in ShowPointer.query("pages", consistent_read=True, limit=MAX_PUBLISHED_PAGES))

    def open(self, show: Show) -> None:
        """Put a new show with its address and pointers. Raises `ShowExists` or `SlugTaken`; then nothing is written."""
        transaction = Transaction()
        transaction.put_new(ShowItem(*_show_key(show.show_id), version=show.version, show=show), ShowExists("This show is open already."))
        transaction.put_new(_slug_pointer(show), SlugTaken(f"The address {show.slug} is taken."))
        for pointer in _list_pointers(show):
            transaction.put(pointer)
        transaction.commit()

    def change(self, transaction: Transaction, before: Show, after: Show) -> Transaction:
        """Add the change of a show to a transaction, on the condition that nobody changed it since it was read."""
        conflict = ShowMoved("Somebody else changed this show at the same moment. Load it again and repeat your change.")
        item = ShowItem(*_show_key(after.show_id), version=after.version, show=after)
        transaction.put(item, ShowItem.version == before.version, conflict)
        if before.state is ShowState.DRAFT and after.state is ShowState.PUBLISHED:
            transaction.put(_page_pointer(after))
        if _sortable(before) != _sortable(after):
            for was, is_now in zip(_list_pointers(before), _list_pointers(after), strict=True):
                transaction.delete(was)
                transaction.put(is_now)
        _move(transaction, _probe_pointer(before), _probe_pointer(after))
        for at in sorted(due_at(after) - due_at(before)):
            transaction.put(DuePointer(DUE, f"{iso(at)}#{after.show_id}", show_id=after.show_id, due_at=iso(at)))
        return transaction

    def due(self, now: datetime, limit: int) -> Iterator[DuePointer]:
        """Shows of which something begins to hold about now, oldest first."""
        yield from DuePointer.query(DUE, DuePointer.sk <= iso(now) + "~", consistent_read=True, limit=limit)

    def done(self, transaction: Transaction, pointer: DuePointer) -> None:
        """Put into a transaction that what was due has been seen to, once."""
        transaction.delete(pointer, DuePointer.pk.exists(), ShowMoved("Somebody else has seen to this."))

    def to_probe(self, since: datetime, until: datetime, limit: int) -> Iterator[ProbePointer]:
        """Shows that are not over and were to start between these instants, soonest first."""
        between = ProbePointer.sk.between(iso(since), iso(until) + "~")
        yield from ProbePointer.query("to-probe", between, consistent_read=True, limit=limit)

    def asked_to_probe(self, transaction: Transaction, pointer: ProbePointer, began: str) -> None:
        """Put into a transaction that a round has been asked for, once."""
        unasked = ProbePointer.asked.does_not_exist() | (ProbePointer.asked < began)
        asked = ProbePointer(pointer.pk, pointer.sk, show_id=pointer.show_id, asked=began)
        transaction.put(asked, ProbePointer.pk.exists() & unasked, ShowMoved("This round has been asked for already."))


def _move(transaction: Transaction, before: ProbePointer | None, after: ProbePointer | None) -> None:
    """Let a pointer follow its show; one that stays where it is keeps what it knows."""
    was, is_now = None if before is None else before.sk, None if after is None else after.sk
    if was == is_now:
        return
    if before is not None:
        transaction.delete(before)
    if after is not None:
        transaction.put(after)
