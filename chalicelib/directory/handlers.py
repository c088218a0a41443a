"""Routes of the directory: tenants, members, products and hosts' profiles."""

from typing import Annotated

import msgspec

from chalicelib.core.access import Action, Role
from chalicelib.directory.rules import (
    MAX_PRODUCTS_PER_CALL,
    Membership,
    PlatformAudience,
    Product,
    Profile,
    Tenant,
    TenantKind,
    host_named,
)
from chalicelib.directory.service import Account, HostsCalled
from chalicelib.web.routes import Call, Routes
from chalicelib.wiring import services

routes = Routes(__name__)

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Words = Annotated[tuple[Word, ...], msgspec.Meta(max_length=30)]
Minor = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
CurrencyCode = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
TenantId = Annotated[str, msgspec.Meta(max_length=64)]
Link = Annotated[str, msgspec.Meta(max_length=2000)]


class NewTenant(msgspec.Struct, forbid_unknown_fields=True):
    """Opens a brand, creator or agency."""

    name: Name


class NewMember(msgspec.Struct, forbid_unknown_fields=True):
    """Gives a person a role in the caller's tenant."""

    email: Annotated[str, msgspec.Meta(max_length=254)]
    role: Role
    tenant: TenantId | None = None


class NewProduct(msgspec.Struct, forbid_unknown_fields=True):
    """One product of a line-up."""

    sku: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    price_minor: Minor
    currency: CurrencyCode
    category: Word
    picture: Link | None = None
    link: Link | None = None


class NewProducts(msgspec.Struct, forbid_unknown_fields=True):
    """Up to 100 products, inserted or replaced by SKU."""

    products: Annotated[tuple[NewProduct, ...], msgspec.Meta(min_length=1, max_length=MAX_PRODUCTS_PER_CALL)]


class NewPlatform(msgspec.Struct, forbid_unknown_fields=True):
    """The audience on one platform."""

    platform: Word
    audience: Annotated[int, msgspec.Meta(ge=0, le=10**10)]


class NewProfile(msgspec.Struct, forbid_unknown_fields=True):
    """A host's profile; an agency's manager names the host in `creator_id`."""

    name: Name
    timezone: Word
    categories: Words
    languages: Words
    markets: Words
    platforms: Annotated[tuple[NewPlatform, ...], msgspec.Meta(max_length=20)]
    rate_card_minor: Minor
    currency: CurrencyCode
    minimum_commission_basis_points: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    refused_categories: Words = ()
    agency_id: TenantId | None = None
    shows_per_week: Annotated[int, msgspec.Meta(ge=0, le=50)] | None = None
    creator_id: TenantId | None = None


@routes.api("POST", "/api/v1/brands", action=Action.CREATE_TENANT, body=NewTenant, status=201)
def open_brand(call: Call[NewTenant]) -> Tenant:
    """Open a brand; the caller becomes its owner."""
    return services().directory.open_tenant(call.principal, TenantKind.BRAND, call.body.name)


@routes.api("POST", "/api/v1/creators", action=Action.CREATE_TENANT, body=NewTenant, status=201)
def open_creator(call: Call[NewTenant]) -> Tenant:
    """Open a creator's account."""
    return services().directory.open_tenant(call.principal, TenantKind.CREATOR, call.body.name)


@routes.api("POST", "/api/v1/agencies", action=Action.CREATE_TENANT, body=NewTenant, status=201)
def open_agency(call: Call[NewTenant]) -> Tenant:
    """Open an agency; the caller becomes its manager."""
    return services().directory.open_tenant(call.principal, TenantKind.AGENCY, call.body.name)


@routes.api("GET", "/api/v1/me", action=Action.SEE_OWN_ACCOUNT)
def see_account(call: Call[None]) -> Account:
    """The caller's own account and memberships."""
    return services().directory.account(call.principal)


@routes.api("POST", "/api/v1/members", action=Action.ADD_MEMBERS, body=NewMember, status=201)
def add_member(call: Call[NewMember]) -> Membership:
    """Give a person a role in the caller's tenant."""
    body = call.body
    return services().directory.add_member(call.principal, email=body.email, role=body.role, tenant_id=body.tenant)


@routes.api("POST", "/api/v1/tenants/{tenant_id}/approve", action=Action.APPROVE_TENANTS)
def approve_tenant(call: Call[None], tenant_id: str) -> Tenant:
    """Let a tenant work with others."""
    return services().directory.approve(call.principal, tenant_id)


@routes.api("POST", "/api/v1/products", action=Action.EDIT_PRODUCTS, body=NewProducts)
def save_products(call: Call[NewProducts]) -> tuple[Product, ...]:
    """Insert or replace products by SKU."""
    products = [
        Product(
            product_id="",
            sku=new.sku,
            title=new.title,
            price_minor=new.price_minor,
            currency=new.currency,
            category=new.category,
            picture=new.picture,
            link=new.link,
        )
        for new in call.body.products
    ]
    return services().directory.save_products(call.principal, products)


@routes.api("GET", "/api/v1/products", action=Action.SEE_PRODUCTS)
def list_products(call: Call[None]) -> tuple[Product, ...]:
    """The products of the caller's brand."""
    return services().directory.products(call.principal)


@routes.api("PUT", "/api/v1/profile", action=Action.EDIT_PROFILE, body=NewProfile)
def save_profile(call: Call[NewProfile]) -> Profile:
    """Keep a host's profile."""
    body = call.body
    profile = Profile(
        creator_id=host_named(call.principal, body.creator_id),
        name=body.name.strip(),
        timezone=body.timezone,
        categories=body.categories,
        languages=body.languages,
        markets=body.markets,
        platforms=tuple(PlatformAudience(platform=new.platform, audience=new.audience) for new in body.platforms),
        rate_card_minor=body.rate_card_minor,
        currency=body.currency,
        minimum_commission_basis_points=body.minimum_commission_basis_points,
        refused_categories=body.refused_categories,
        agency_id=body.agency_id,
        shows_per_week=body.shows_per_week,
    )
    return services().directory.save_profile(call.principal, profile)


@routes.api("GET", "/api/v1/creators/{creator_id}", action=Action.SEE_SLOTS)
def see_host(call: Call[None], creator_id: str) -> Profile:
    """A host's profile as others see it."""
    return services().directory.host(call.principal, creator_id)


@routes.api("GET", "/api/v1/hosts", action=Action.SEE_MATCHES)
def find_hosts(call: Call[None]) -> HostsCalled:
    """Approved hosts by `name`: beginnings of its words, whatever case and accents."""
    return services().directory.hosts_called(call.query.get("name", ""))
