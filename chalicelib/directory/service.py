"""What people do with the directory: open tenants, add members, describe hosts and products.

Everything that another feature asks about a tenant or a host goes through `Directory`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from chalicelib.core.access import PLATFORM_TENANT, Principal, Role
from chalicelib.core.clock import Clock
from chalicelib.core.errors import Invalid
from chalicelib.core.ids import new_id
from chalicelib.directory import name_store
from chalicelib.directory.names import fits, words_of
from chalicelib.directory.rules import (
    APPROVED_WITHIN,
    FIRST_ROLE,
    ID_PREFIX,
    MAX_PRODUCTS_PER_CALL,
    BadProduct,
    BadProfile,
    Member,
    Membership,
    Product,
    Profile,
    Tenant,
    TenantKind,
    TenantState,
    acts_for,
    check_approved,
    check_grant,
    check_product,
    check_profile,
    is_agency,
    is_platform,
    normal_email,
    product_id,
    same_sku_twice,
)
from chalicelib.directory.store import DirectoryStore, TenantNotFound

__all__ = ["Account", "Directory", "HostNotFound", "TenantNotFound"]

NOT_SPOKEN_FOR = "There is no such host, or your agency does not speak for this host any more."
MAX_HOSTS_FOUND = 20
MAX_HOSTS_LOOKED_AT = 60
"""Of those called so: hosts whom nobody has approved may be among them."""


class HostNotFound(TenantNotFound):
    """There is no such host for this caller: unknown, not approved yet, or of another agency."""


class WrongAgency(Invalid):
    """A profile names an agency that does not exist, or an agency changes whom a host belongs to."""


class NoName(Invalid):
    """Somebody asked for a host without a word of its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostsCalled:
    """Approved hosts with such a name, at most `MAX_HOSTS_FOUND`; `more` says that there may be others."""

    hosts: tuple[Profile, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What somebody sees about the own account: the tenant acted for and all memberships."""

    user_id: str
    email: str
    tenant_id: str
    role: Role
    tenant: Tenant | None
    memberships: tuple[Membership, ...]


class Directory:
    """Use cases of brands, creators, agencies, members and products."""

    def __init__(self, *, store: DirectoryStore, clock: Clock) -> None:
        """`clock` tells when a tenant was opened."""
        self._store = store
        self._clock = clock

    def open_tenant(self, principal: Principal, kind: TenantKind, name: str) -> Tenant:
        """Open a brand, creator or agency whose first member is the caller. It waits for approval."""
        tenant = Tenant(
            tenant_id=new_id(ID_PREFIX[kind]), kind=kind, name=name.strip(), state=TenantState.PENDING, created_at=self._clock.now()
        )
        if not tenant.name:
            raise Invalid("Give it a name.", fields={"name": "is empty"})
        self._store.open_tenant(tenant, normal_email(principal.email), FIRST_ROLE[kind], self._clock.real_now())
        return tenant

    def account(self, principal: Principal) -> Account:
        """The caller's own account."""
        known = principal.tenant_id not in {"", PLATFORM_TENANT}
        return Account(
            user_id=principal.user_id,
            email=principal.email,
            tenant_id=principal.tenant_id,
            role=principal.role,
            tenant=self._store.tenant(principal.tenant_id) if known else None,
            memberships=self._store.memberships(principal.email),
        )

    def memberships(self, user_email: str) -> tuple[tuple[str, Role], ...]:
        """Every (tenant id, role) of the person with this verified address, in the order of tenant ids."""
        return tuple((membership.tenant_id, membership.role) for membership in self._store.memberships(normal_email(user_email)))

    def ensure_operator(self, email: str) -> None:
        """Make somebody an operator of the marketplace: the first one is made from the operator's own machine."""
        self._store.add_member(normal_email(email), PLATFORM_TENANT, Role.OPERATOR)

    def add_member(self, principal: Principal, *, email: str, role: Role, tenant_id: str | None = None) -> Membership:
        """Give a person a role in the caller's tenant. Raises `RoleNotGrantable`; another tenant's id is not found."""
        if tenant_id is not None and tenant_id != principal.tenant_id:
            raise TenantNotFound("There is no such brand, creator or agency.")
        check_grant(principal, role)
        self._store.add_member(normal_email(email), principal.tenant_id, role)
        return Membership(tenant_id=principal.tenant_id, role=role)

    def approve(self, principal: Principal, tenant_id: str) -> Tenant:
        """Let a tenant work with others; an operator's decision."""
        if principal.role is not Role.OPERATOR:
            raise TenantNotFound("There is no such brand, creator or agency.")
        return self._store.approve(self._store.tenant(tenant_id), self._clock.real_now())

    def lapse(self, tenant_id: str) -> None:
        """End the waiting of a tenant that nobody has approved in time; one that has been approved stays so."""
        tenant = self._store.tenant(tenant_id)
        if tenant.state is TenantState.PENDING and self._clock.now() >= tenant.created_at + APPROVED_WITHIN:
            self._store.lapse(tenant, self._clock.real_now())

    def members_of(self, tenant_id: str) -> tuple[Member, ...]:
        """Who belongs to a tenant, with their addresses: for mail alone."""
        return self._store.members(tenant_id)

    def tenant(self, tenant_id: str) -> Tenant:
        """A tenant, read by the system. Raises `TenantNotFound`."""
        return self._store.tenant(tenant_id)

    def brand(self, brand_id: str) -> Tenant:
        """A brand, read by the system. Raises `TenantNotFound` for whoever is none."""
        found = self._store.tenant(brand_id)
        if found.kind is not TenantKind.BRAND:
            raise TenantNotFound("There is no such brand.")
        return found

    def waiting(self) -> tuple[Tenant, ...]:
        """Tenants that wait for an operator's approval, and those that did so for too long."""
        everybody = (tenant for kind in TenantKind for tenant in self._store.tenants(kind))
        return tuple(tenant for tenant in everybody if tenant.state is not TenantState.APPROVED)

    def brands(self) -> tuple[Tenant, ...]:
        """All approved brands, oldest first; for finance."""
        return tuple(tenant for tenant in self._store.tenants(TenantKind.BRAND) if tenant.state is TenantState.APPROVED)

    def approved(self, tenant_id: str) -> Tenant:
        """The tenant, when it may work with others. Raises `NotApproved`."""
        tenant = self._store.tenant(tenant_id)
        check_approved(tenant)
        return tenant

    def save_products(self, principal: Principal, products: Sequence[Product]) -> tuple[Product, ...]:
        """Insert or replace up to 100 products of the caller's brand by SKU, all or none."""
        if not 1 <= len(products) <= MAX_PRODUCTS_PER_CALL:
            raise BadProduct(f"Send between 1 and {MAX_PRODUCTS_PER_CALL} products at a time.", fields={"products": "too few or too many"})
        kept = [replace(product, sku=product.sku.strip().upper()) for product in products]
        kept = [replace(product, product_id=product_id(principal.tenant_id, product.sku)) for product in kept]
        for product in kept:
            check_product(product)
        if twice := same_sku_twice(kept):
            raise BadProduct(f"{twice} occurs twice. Send each SKU once.", fields={"sku": f"{twice} occurs twice"})
        self._store.save_products(principal.tenant_id, kept)
        return tuple(kept)

    def products(self, principal: Principal) -> tuple[Product, ...]:
        """The products of the caller's brand, by SKU."""
        return self._store.products(principal.tenant_id)

    def products_of(self, brand_id: str) -> tuple[Product, ...]:
        """The products of a brand, read by the system."""
        return self._store.products(brand_id)

    def save_profile(self, principal: Principal, profile: Profile) -> Profile:
        """Keep a host's profile. A manager of the host's agency may do so too, but only the host picks the agency."""
        current = self.host_acted_for(principal, profile.creator_id)
        check_profile(profile)
        if principal.role is not Role.CREATOR and profile.agency_id != current.agency_id:
            raise WrongAgency("Only the host decides which agency speaks for them.", fields={"agency_id": "only the host changes this"})
        if profile.agency_id is not None:
            self._check_agency(profile.agency_id)
        if not profile.name.strip():
            raise BadProfile("Give the name that viewers know.", fields={"name": "is empty"})
        self._store.save_profile(profile, current.agency_id, self._clock.real_now())
        return profile

    def host_acted_for(self, principal: Principal, creator_id: str) -> Profile:
        """The profile of a host that the caller speaks for (an empty one at first). Raises `HostNotFound`."""
        profile = self._store.profile(creator_id)
        if not acts_for(principal, creator_id, profile.agency_id if profile else None):
            raise HostNotFound(NOT_SPOKEN_FOR if is_agency(principal.tenant_id) else "There is no such host.")
        return profile or Profile(creator_id=creator_id, name=self._store.tenant(creator_id).name, timezone="UTC")

    def host(self, principal: Principal, creator_id: str) -> Profile:
        """A host as others see it: approved ones are seen by all, others by those who speak for them and the marketplace."""
        profile = self._store.profile(creator_id)
        if profile is None:
            raise HostNotFound("There is no such host.")
        if is_platform(principal) or acts_for(principal, creator_id, profile.agency_id):
            return profile
        if self._store.tenant(creator_id).state is not TenantState.APPROVED:
            raise HostNotFound("There is no such host.")
        return profile

    def profile(self, creator_id: str) -> Profile:
        """A host's profile, read by the system. Raises `HostNotFound`."""
        profile = self._store.profile(creator_id)
        if profile is None:
            raise HostNotFound("There is no such host, or the host has no profile yet.")
        return profile

    def hosts_called(self, name: str) -> HostsCalled:
        """Approved hosts whose names have words that begin like these, whatever case and accents. Raises `NoName`."""
        words = words_of(name)
        if not words:
            raise NoName("Write at least the first letters of the host's name.", fields={"name": "is empty"})
        ids = tuple(islice(name_store.called(words), MAX_HOSTS_LOOKED_AT + 1))
        approved = (self.approved_host(creator_id) for creator_id in ids[:MAX_HOSTS_LOOKED_AT])
        found = tuple(islice((host for host in approved if host is not None and fits(words, words_of(host.name))), MAX_HOSTS_FOUND + 1))
        by_name = sorted(found[:MAX_HOSTS_FOUND], key=lambda host: (words_of(host.name), host.creator_id))
        return HostsCalled(hosts=tuple(by_name), more=len(found) > MAX_HOSTS_FOUND or len(ids) > MAX_HOSTS_LOOKED_AT)

    def hosts(self) -> Iterator[Profile]:
        """The profiles of all approved hosts, oldest first."""
        found = (self.approved_host(creator_id) for creator_id in self.host_ids())
        return (profile for profile in found if profile is not None)

    def host_ids(self, first: str = "", last: str = "") -> Iterator[str]:
        """The ids of all hosts, those that nobody has approved included, ascending; or only those from `first` to `last`."""
        return self._store.ids(TenantKind.CREATOR, first, last)

    def has_more_hosts_than(self, count: int) -> bool:
        """Whether there are, those that nobody has approved included."""
        return self._store.has_more_than(TenantKind.CREATOR, count)

    def approved_host(self, creator_id: str) -> Profile | None:
        """The profile of an approved host; None for any other id."""
        profile = self._store.profile(creator_id)
        try:
            approved = profile is not None and self._store.tenant(creator_id).state is TenantState.APPROVED
        except TenantNotFound:
            approved = False
        return profile if approved else None

    def hosts_of(self, agency_id: str) -> tuple[str, ...]:
        """The creator ids that an agency speaks for."""
        return self._store.hosts_of(agency_id)

    def _check_agency(self, agency_id: str) -> None:
        try:
            agency = self._store.tenant(agency_id)
        except TenantNotFound:
            agency = None
        if agency is None or agency.kind is not TenantKind.AGENCY:
            raise WrongAgency("There is no such agency.", fields={"agency_id": "unknown agency"})
