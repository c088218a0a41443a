"""Where tenants, people, profiles and products are kept; the only place that knows the keys of the directory table.

What identifies a person (e-mail address, a host's name) lives in items of its own: `PersonItem` and `PersonaItem`. All else
refers to people by pseudonym, so erasing somebody means blanking those items.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pynamodb.attributes import UnicodeAttribute

from chalicelib.adapters.dynamo import Item, Record, Transaction
from chalicelib.core.access import Role
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.directory.rules import Membership, Product, Profile, Tenant, TenantKind, TenantState, person_id

MAX_TENANTS_LISTED = 1_000
MAX_MEMBERSHIPS = 100
MAX_PRODUCTS_LISTED = 5_000
TABLE = "directory"
NAME_KEPT_APART = ""


class TenantNotFound(NotFound):
    """There is no such brand, creator or agency for this caller."""


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

    def open_tenant(self, tenant: Tenant, owner_email: str, role: Role) -> None:
        """Tenant and its first member, together. Raises `Conflict` when the id exists."""
        transaction = Transaction()
        kept = _without_name(tenant) if tenant.kind is TenantKind.CREATOR else tenant
        conflict = Conflict("This has been opened already.")
        transaction.put_new(TenantItem(_tenant(tenant.tenant_id), "tenant", state=tenant.state.value, tenant=kept), conflict)
        transaction.put(KindItem(f"kind#{tenant.kind.value}", tenant.tenant_id, tenant_id=tenant.tenant_id))
        if tenant.kind is TenantKind.CREATOR:
            transaction.put(PersonaItem(_tenant(tenant.tenant_id), "persona", name=tenant.name))
        _add_membership(transaction, owner_email, tenant.tenant_id, role)
        transaction.commit()

    def tenant(self, tenant_id: str) -> Tenant:
        """The tenant with its name. Raises `TenantNotFound`."""
        item = TenantItem.find(_tenant(tenant_id), "tenant")
        if item is None:
            raise TenantNotFound("There is no such brand, creator or agency.")
        return replace(item.tenant, name=self._persona(tenant_id)) if item.tenant.kind is TenantKind.CREATOR else item.tenant

    def tenants(self, kind: TenantKind) -> Iterator[Tenant]:
        """All tenants of a kind, oldest first, at most `MAX_TENANTS_LISTED`."""
        for place, item in enumerate(KindItem.under(f"kind#{kind.value}")):
            if place == MAX_TENANTS_LISTED:
                return
            yield self.tenant(item.tenant_id)

    def approve(self, tenant: Tenant) -> Tenant:
        """Keep the tenant as approved; approving twice is the same as once."""
        approved = replace(tenant, state=TenantState.APPROVED)
        kept = _without_name(approved) if tenant.kind is TenantKind.CREATOR else approved
        TenantItem(_tenant(tenant.tenant_id), "tenant", state=approved.state.value, tenant=kept).save(condition=TenantItem.pk.exists())
        return approved

    def add_member(self, email: str, tenant_id: str, role: Role) -> None:
        """Give a person a role; a second role in the same tenant replaces the first."""
        transaction = Transaction()
        _add_membership(transaction, email, tenant_id, role)
        transaction.commit()

    def memberships(self, email: str) -> tuple[Membership, ...]:
        """All roles of a person, by tenant."""
        items = list(MembershipItem.under(_person(email), "member#"))[:MAX_MEMBERSHIPS]
        return tuple(Membership(tenant_id=item.other, role=Role(item.role)) for item in items)

    def save_profile(self, profile: Profile, agency_before: str | None) -> None:
        """Keep a profile, its name apart, and the agency's list of hosts in step."""
        transaction = Transaction()
        transaction.put(ProfileItem(_tenant(profile.creator_id), "profile", profile=replace(profile, name=NAME_KEPT_APART)))
        transaction.put(PersonaItem(_tenant(profile.creator_id), "persona", name=profile.name))
        if agency_before is not None and agency_before != profile.agency_id:
            transaction.delete(HostItem(_tenant(agency_before), f"host#{profile.creator_id}"))
        if profile.agency_id is not None:
            transaction.put(HostItem(_tenant(profile.agency_id), f"host#{profile.creator_id}", creator_id=profile.creator_id))
        transaction.commit()

    def profile(self, creator_id: str) -> Profile | None:
        """The host's profile with the name, or None while there is none."""
        item = ProfileItem.find(_tenant(creator_id), "profile")
        return None if item is None else replace(item.profile, name=self._persona(creator_id))

    def hosts_of(self, agency_id: str) -> tuple[str, ...]:
        """The creator ids that an agency speaks for."""
        return tuple(item.creator_id for item in HostItem.under(_tenant(agency_id), "host#"))[:MAX_TENANTS_LISTED]

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
