"""Matching twice on the same tables, once with a snapshot and once without, over hosts that are kept as records."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from chalicelib.adapters.dynamo import OutboxItem
from chalicelib.core.access import Principal, Role
from chalicelib.directory.rules import PlatformAudience, Profile, Tenant, TenantKind, TenantState
from chalicelib.directory.service import Directory
from chalicelib.directory.store import DirectoryStore, KindItem, PersonaItem, ProfileItem, TenantItem
from chalicelib.matching.candidates import Candidates
from chalicelib.matching.rules import Brief, BriefWindow, PastShow
from chalicelib.matching.service import AskedFor, Matches, Matching
from chalicelib.matching.snapshot.records import Bond, HostRecord, Hours
from chalicelib.matching.store import BriefStore
from tests.conftest import StandingClock
from tests.fakes.objects import FakeBucket
from tests.property import matching_hosts
from tests.property.matching_hosts import NOW

BRAND = Principal(user_id="usr_b", email="b@example.com", tenant_id="brd_1", role=Role.BRAND_OWNER)


@dataclass
class Later:
    """What later features know of hosts: the ports of matching, on records instead of tables."""

    records: dict[str, HostRecord] = field(default_factory=dict)

    def is_free(self, creator_id: str, starts_at: datetime, minutes: int) -> bool:
        window = BriefWindow(starts_at=starts_at, minutes=minutes)
        return matching_hosts.is_free(self.records[creator_id].hours, window)

    def past_shows(self, creator_id: str) -> tuple[PastShow, ...]:
        return self.records[creator_id].past_shows

    def can_be_paid(self, creator_id: str) -> bool:
        return self.records[creator_id].can_be_paid

    def bonds(self, creator_id: str) -> tuple[Bond, ...]:
        return self.records[creator_id].bonds

    def bound_to_competitor(self, creator_id: str, brand_id: str, category: str, at: list[datetime]) -> bool:
        bonds = [bond for bond in self.bonds(creator_id) if bond.brand_id != brand_id and bond.category.casefold() == category.casefold()]
        return any(bond.from_ <= instant < bond.until for bond in bonds for instant in at)

    def hours(self, creator_id: str) -> Hours:
        return self.records[creator_id].hours


@dataclass
class House:
    """Matching twice on the same tables: once with a snapshot, once without."""

    directory: Directory
    later: Later
    clock: StandingClock
    files: FakeBucket
    reading: Matching
    searching: Matching

    def keep(self, host: HostRecord, *, approved: bool = True) -> None:
        """A host's profile in the tables, the rest at the ports. `host.changed` is announced where the product announces it."""
        self.later.records[host.creator_id] = host
        tenant = Tenant(
            tenant_id=host.creator_id,
            kind=TenantKind.CREATOR,
            name="",
            state=TenantState.APPROVED if approved else TenantState.PENDING,
            created_at=NOW,
        )
        profile = Profile(
            creator_id=host.creator_id,
            name="",
            timezone=host.hours.timezone,
            categories=host.categories,
            languages=host.languages,
            markets=host.markets,
            platforms=tuple(PlatformAudience(platform=name, audience=count) for name, count in host.audiences.items()),
            rate_card_minor=host.rate_card_minor,
            currency=host.currency,
            minimum_commission_basis_points=host.minimum_commission_basis_points,
            refused_categories=host.refused_categories,
        )
        key = f"tenant#{host.creator_id}"
        KindItem("kind#creator", host.creator_id, tenant_id=host.creator_id).save()
        TenantItem(key, "tenant", state=tenant.state.value, tenant=tenant).save()
        PersonaItem(key, "persona", name=f"Host {host.creator_id}").save()
        ProfileItem(key, "profile", profile=profile).save()

    def index(self) -> None:
        """All steps of making a snapshot, as the queue would take them."""
        indexing = self.searching.indexing
        self.clock.advance(timedelta(hours=1))
        assert indexing.ask()
        steps = {"hosts.index": indexing.begin, "hosts.gather": indexing.gather, "hosts.pack": indexing.pack}
        while messages := [each for each in OutboxItem.scan() if each.topic in steps]:
            for message in messages:
                message.delete()
                steps[message.topic](message.key)

    def both(self, brief: Brief) -> tuple[Matches, Matches]:
        """The two answers."""
        return self.reading.matches(BRAND, brief.brief_id, places_shown=7), self.searching.matches(BRAND, brief.brief_id, places_shown=7)

    def asked(self, brief: Brief, creator_id: str) -> tuple[AskedFor, AskedFor]:
        """The two answers about one host."""
        return self.reading.ask_for(BRAND, brief.brief_id, creator_id), self.searching.ask_for(BRAND, brief.brief_id, creator_id)


def house(disk: Path, files: FakeBucket | None = None) -> House:
    """On the tables that are bound, with an empty bucket unless one is given."""
    clock = StandingClock(NOW)
    directory = Directory(store=DirectoryStore(), clock=clock)
    later, files = Later(), files or FakeBucket()
    ports = {"free_time": later, "history": later, "payouts": later, "commitments": later, "hours": later}
    candidates = Candidates(directory=directory, **ports)  # type: ignore[arg-type]  # one object stands for five ports
    reading = Matching(store=BriefStore(), candidates=candidates, clock=clock)
    searching = Matching(store=BriefStore(), candidates=candidates, clock=clock, files=files, disk=disk)
    return House(directory, later, clock, files, reading, searching)
