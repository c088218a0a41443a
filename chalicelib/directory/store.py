"""Where tenants, people, profiles and products are kept; the only place that knows the keys of the directory table.

What identifies a person (e-mail address, a host's name) lives in items of its own: `PersonItem` and `PersonaItem`. All else
refers to people by pseudonym, so erasing somebody means blanking those items.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute

from chalicelib.adapters.dynamo import Item, Record, Transaction
from chalicelib.core.access import Role
from chalicelib.core.clock import iso
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.directory import name_store
from chalicelib.directory.rules import (
    HOST_CHANGED,
    TENANT_CHANGED,
    Member,
    Membership,
    Product,
    Profile,
    Tenant,
    TenantKind,
    TenantState,
    person_id,
)

MAX_HOSTS_OF_AN_AGENCY = 1_000
MAX_MEMBERSHIPS = 100
MAX_PRODUCTS_LISTED = 5_000
TABLE = "directory"
NAME_KEPT_APART = ""


class TenantNotFound(NotFound):
    """There is no such brand, creator or agency for this caller."""


class ProfileChanged(Conflict):
    """Two people saved one profile at once."""


class TenantItem(Item):
    """A tenant; a creator's name is not here but in its `PersonaItem`."""

    TABLE = TABLE
    state = UnicodeAttribute()
    tenant = Record(Tenant)


class PersonaItem(Item):
    """The name of a host: personal data, apart."""

    TABLE = TABLE
    name = UnicodeAttribute()


class KindItem(Item):
    """Finds all tenants of a kind."""

    TABLE = TABLE
    tenant_id = UnicodeAttribute()


class PersonItem(Item):
    """The e-mail address of a person: personal data, apart."""

    TABLE = TABLE
    email = UnicodeAttribute()


class MembershipItem(Item):
    """A role of a person in a tenant, found from the person and, turned round, from the tenant."""

    TABLE = TABLE
    other = UnicodeAttribute()
    role = UnicodeAttribute()


class ProfileItem(Item):
    """What a host offers, without the name."""

    TABLE = TABLE
    profile = Record(Profile)


class HostItem(Item):
    """Finds the hosts of an agency."""

    TABLE = TABLE
    creator_id = UnicodeAttribute()


class ProductItem(Item):
    """A product of a brand."""

    TABLE = TABLE
    product = Record(Product)


class DirectoryStore:
    """Tenants, members, profiles and products in DynamoDB."""

    def open_tenant(self, tenant: Tenant, owner_email: str, role: Role, now: datetime) -> None:
        """Tenant and its first member, together; `now` is real time. Raises `Conflict` when the id exists."""
        transaction = Transaction()
        kept = _without_name(tenant) if tenant.kind is TenantKind.CREATOR else tenant
        conflict = Conflict("This has been opened already.")
        transaction.put_new(TenantItem(_tenant(tenant.tenant_id), "tenant", state=tenant.state.value, tenant=kept), conflict)
        transaction.put(KindItem(f"kind#{tenant.kind.value}", tenant.tenant_id, tenant_id=tenant.tenant_id))
        if tenant.kind is TenantKind.CREATOR:
            transaction.put(PersonaItem(_tenant(tenant.tenant_id), "persona", name=tenant.name))
        _add_membership(transaction, owner_email, tenant.tenant_id, role)
        transaction.announce(TENANT_CHANGED, tenant.tenant_id, iso(now)).commit()

    def tenant(self, tenant_id: str) -> Tenant:
        """The tenant with its name. Raises `TenantNotFound`."""
        item = TenantItem.find(_tenant(tenant_id), "tenant")
        if item is None:
            raise TenantNotFound("There is no such brand, creator or agency.")
        return replace(item.tenant, name=self._persona(tenant_id)) if item.tenant.kind is TenantKind.CREATOR else item.tenant

    def tenants(self, kind: TenantKind) -> Iterator[Tenant]:
        """All tenants of a kind, oldest first."""
        return (self.tenant(tenant_id) for tenant_id in self.ids(kind))

    def has_more_than(self, kind: TenantKind, count: int) -> bool:
        """Whether there are more tenants of a kind; reads no more of them than that takes."""
        return KindItem.count(f"kind#{kind.value}", consistent_read=True, limit=count + 1) > count

    def ids(self, kind: TenantKind, first: str = "", last: str = "") -> Iterator[str]:
        """The ids of all tenants of a kind, ascending, which is oldest first; read page after page as they are taken.

        With `last` only those from `first` to `last`, both included.
        """
        between = KindItem.sk.between(first, last) if last else None
        return (item.tenant_id for item in KindItem.query(f"kind#{kind.value}", between, consistent_read=True))

    def approve(self, tenant: Tenant, now: datetime) -> Tenant:
        """Keep the tenant as approved; approving twice is the same as once."""
        approved = replace(tenant, state=TenantState.APPROVED)
        transaction = Transaction()
        kept = _without_name(approved) if tenant.kind is TenantKind.CREATOR else approved
        item = TenantItem(_tenant(tenant.tenant_id), "tenant", state=approved.state.value, tenant=kept)
        transaction.put(item, TenantItem.pk.exists(), TenantNotFound("There is no such brand, creator or agency."))
        if tenant.kind is TenantKind.CREATOR:
            transaction.announce(HOST_CHANGED, tenant.tenant_id, iso(now))
        transaction.announce(TENANT_CHANGED, tenant.tenant_id, iso(now)).commit()
        return approved

    def lapse(self, tenant: Tenant, now: datetime) -> None:
        """Keep the tenant as lapsed, unless somebody approved it at the same moment: then it stays approved."""
        lapsed = replace(tenant, state=TenantState.LAPSED)
        kept = _without_name(lapsed) if tenant.kind is TenantKind.CREATOR else lapsed
        item = TenantItem(_tenant(tenant.tenant_id), "tenant", state=lapsed.state.value, tenant=kept)
        conflict = Conflict("This has been approved, or has lapsed already.")
        transaction = Transaction().put(item, TenantItem.state == TenantState.PENDING.value, conflict)
        transaction.announce(TENANT_CHANGED, tenant.tenant_id, iso(now)).commit()

    def add_member(self, email: str, tenant_id: str, role: Role) -> None:
        """Give a person a role; a second role in the same tenant replaces the first."""
        transaction = Transaction()
        _add_membership(transaction, email, tenant_id, role)
        transaction.commit()

    def memberships(self, email: str) -> tuple[Membership, ...]:
        """All roles of a person, by tenant."""
        items = list(MembershipItem.under(_person(email), "member#"))[:MAX_MEMBERSHIPS]
        return tuple(Membership(tenant_id=item.other, role=Role(item.role)) for item in items)

    def members(self, tenant_id: str) -> tuple[Member, ...]:
        """The members of a tenant with their addresses; an erased person has none and is left out."""
        items = {item.other: item for item in MembershipItem.under(_tenant(tenant_id), "member#")}
        people = PersonItem.many([(f"person#{person}", "person") for person in items])
        emails = {item.pk.partition("#")[2]: item.email for item in people if item.email}
        return tuple(Member(person_id=person, role=Role(items[person].role), email=emails[person]) for person in items if person in emails)

    def save_profile(self, profile: Profile, agency_before: str | None, now: datetime) -> None:
        """Keep a profile, its name apart with what finds it, and the agency's list of hosts in step. Raises `ProfileChanged`."""
        persona = PersonaItem.find(_tenant(profile.creator_id), "persona")
        transaction = Transaction()
        transaction.put(ProfileItem(_tenant(profile.creator_id), "profile", profile=replace(profile, name=NAME_KEPT_APART)))
        as_before = PersonaItem.pk.does_not_exist() if persona is None else PersonaItem.name == persona.name
        changed = ProfileChanged("Somebody else saved this profile at the same moment. Load it again.")
        transaction.put(PersonaItem(_tenant(profile.creator_id), "persona", name=profile.name), as_before, changed)
        name_store.rename(transaction, profile.creator_id, "" if persona is None else persona.name, profile.name)
        if agency_before is not None and agency_before != profile.agency_id:
            transaction.delete(HostItem(_tenant(agency_before), f"host#{profile.creator_id}"))
        if profile.agency_id is not None:
            transaction.put(HostItem(_tenant(profile.agency_id), f"host#{profile.creator_id}", creator_id=profile.creator_id))
        transaction.announce(HOST_CHANGED, profile.creator_id, iso(now)).commit()

    def profile(self, creator_id: str) -> Profile | None:
        """The host's profile with the name, or None while there is none."""
        item = ProfileItem.find(_tenant(creator_id), "profile")
        return None if item is None else replace(item.profile, name=self._persona(creator_id))

    def hosts_of(self, agency_id: str) -> tuple[str, ...]:
        """The creator ids that an agency speaks for."""
        return tuple(item.creator_id for item in HostItem.under(_tenant(agency_id), "host#"))[:MAX_HOSTS_OF_AN_AGENCY]

    def save_products(self, brand_id: str, products: Sequence[Product]) -> None:
        """Insert or replace up to 100 products by SKU, all or none."""
        transaction = Transaction()
        for product in products:
            transaction.put(ProductItem(_tenant(brand_id), f"product#{product.sku}", product=product))
        transaction.commit()

    def products(self, brand_id: str) -> tuple[Product, ...]:
        """All products of a brand by SKU, at most `MAX_PRODUCTS_LISTED`."""
        found: list[Product] = []
        for item in ProductItem.under(_tenant(brand_id), "product#"):
            if len(found) == MAX_PRODUCTS_LISTED:
                break
            found.append(item.product)
        return tuple(found)

    def _persona(self, creator_id: str) -> str:
        item = PersonaItem.find(_tenant(creator_id), "persona")
        return creator_id if item is None or not item.name else item.name


def _tenant(tenant_id: str) -> str:
    return f"tenant#{tenant_id}"


def _person(email: str) -> str:
    return f"person#{person_id(email)}"


def _add_membership(transaction: Transaction, email: str, tenant_id: str, role: Role) -> None:
    person = person_id(email)
    transaction.put(PersonItem(_person(email), "person", email=email))
    transaction.put(MembershipItem(_person(email), f"member#{tenant_id}", other=tenant_id, role=role.value))
    transaction.put(MembershipItem(_tenant(tenant_id), f"member#{person}", other=person, role=role.value))


def _without_name(tenant: Tenant) -> Tenant:
    return replace(tenant, name=NAME_KEPT_APART)
