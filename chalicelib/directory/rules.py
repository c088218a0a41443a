"""Who takes part: brands, creators (the hosts), agencies, their members and products, and what may be said about them.

Pure: nothing here knows where things are stored.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chalicelib.core.access import PLATFORM_TENANT, Principal, Role
from chalicelib.core.errors import Forbidden, Invalid
from chalicelib.core.ids import fingerprint
from chalicelib.core.money import LARGEST_MINOR, BadAmount, exponent_of

HOST_CHANGED = "host.changed"
"""Topic, with the id of a host about whom something has changed that matching goes by: profile, hours, promises, record, payouts."""
TENANT_CHANGED = "tenant.changed"
"""Topic, with the id of a tenant that was opened or approved, or has lapsed."""
APPROVED_WITHIN = timedelta(days=14)
"""What nobody has approved by then lapses; a week is a long answer, and the operators are reminded before."""
MAX_PRODUCTS_PER_CALL = 100
MAX_EMAIL_CHARACTERS = 254
DERIVED_ID_CHARACTERS = 26
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_SKU = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class TenantKind(StrEnum):
    """What a tenant is."""

    BRAND = "brand"
    CREATOR = "creator"
    AGENCY = "agency"


class TenantState(StrEnum):
    """A tenant works with others once an operator has approved it. One that nobody approved in time has lapsed; it still can be."""

    PENDING = "pending"
    APPROVED = "approved"
    LAPSED = "lapsed"


class BadEmail(Invalid):
    """The text is no e-mail address."""


class BadProduct(Invalid):
    """A product's SKU, currency, price or link cannot be used."""


class BadProfile(Invalid):
    """A profile's zone, currency or audience cannot be used."""


class RoleNotGrantable(Forbidden):
    """The caller may not give this role."""


class NotApproved(Forbidden):
    """The tenant waits for the operator's approval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A brand, creator or agency. `name` is what others see."""

    tenant_id: str
    kind: TenantKind
    name: str
    state: TenantState
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """One role of one person in one tenant."""

    tenant_id: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of a tenant with the address for mail. Whoever prints it sees the pseudonym only."""

    person_id: str
    role: Role
    email: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What a brand sells; `sku` is its own and unique within the brand, compared in upper case."""

    product_id: str
    sku: str
    title: str
    price_minor: int
    currency: str
    category: str
    picture: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformAudience:
    """How many people follow a host on one platform."""

    platform: str
    audience: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a host offers. The rate card is the price of one show in minor units of `currency`."""

    creator_id: str
    name: str
    timezone: str
    categories: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    markets: tuple[str, ...] = ()
    platforms: tuple[PlatformAudience, ...] = ()
    rate_card_minor: int = 0
    currency: str = "GBP"
    minimum_commission_basis_points: int = 0
    refused_categories: tuple[str, ...] = ()
    agency_id: str | None = None
    shows_per_week: int | None = None
    """At most so many shows that start in one week; None where the host has not said."""


GRANTABLE: Mapping[Role, frozenset[Role]] = {
    Role.BRAND_OWNER: frozenset({Role.BRAND_OWNER, Role.BRAND_BOOKER, Role.BRAND_VIEWER}),
    Role.CREATOR: frozenset({Role.CREATOR}),
    Role.AGENCY_MANAGER: frozenset({Role.AGENCY_MANAGER}),
    Role.OPERATOR: frozenset({Role.FINANCE_ANALYST, Role.FINANCE_PREPARER, Role.FINANCE_APPROVER, Role.OPERATOR}),
}
"""Which roles a member may give to others, always within the own tenant."""

FIRST_ROLE: Mapping[TenantKind, Role] = {
    TenantKind.BRAND: Role.BRAND_OWNER,
    TenantKind.CREATOR: Role.CREATOR,
    TenantKind.AGENCY: Role.AGENCY_MANAGER,
}
"""What the person becomes who opens a tenant."""

ID_PREFIX: Mapping[TenantKind, str] = {TenantKind.BRAND: "brd", TenantKind.CREATOR: "crt", TenantKind.AGENCY: "agy"}


def is_agency(tenant_id: str) -> bool:
    """Whether an id is an agency's."""
    return tenant_id.partition("_")[0] == ID_PREFIX[TenantKind.AGENCY]


def normal_email(text: str) -> str:
    """The lower-cased address by which a membership is kept. Raises `BadEmail`."""
    email = text.strip().lower()
    if len(email) > MAX_EMAIL_CHARACTERS or not _EMAIL.fullmatch(email):
        raise BadEmail("This is no e-mail address. Write it like name@example.com.", fields={"email": "not an e-mail address"})
    return email


def person_id(email: str) -> str:
    """The pseudonym of a person: all items but the person's own refer to it instead of the address."""
    return "prs_" + fingerprint("person", normal_email(email))[:DERIVED_ID_CHARACTERS]


def product_id(brand_id: str, sku: str) -> str:
    """Derived from brand and SKU, so that an upsert always meets the same product."""
    return "prd_" + fingerprint("product", brand_id, sku)[:DERIVED_ID_CHARACTERS]


def check_grant(principal: Principal, role: Role) -> None:
    """Raise `RoleNotGrantable` unless the caller's role may give this one."""
    if role not in GRANTABLE.get(principal.role, frozenset()):
        raise RoleNotGrantable(f"A {principal.role.value} cannot make somebody a {role.value}. Ask an owner of the tenant or an operator.")


def check_approved(tenant: Tenant) -> None:
    """Raise `NotApproved` while the tenant waits, and where it has lapsed."""
    if tenant.state is TenantState.LAPSED:
        raise NotApproved(f"Nobody has approved {tenant.name} in time. Write to the marketplace; an operator still can.")
    if tenant.state is not TenantState.APPROVED:
        raise NotApproved(f"{tenant.name} is waiting for the operator's approval. This works as soon as it has been given.")


def check_product(product: Product) -> None:
    """Raise `BadProduct` (or `UnknownCurrency`) for what cannot be sold."""
    exponent_of(product.currency)
    if not _SKU.fullmatch(product.sku):
        raise BadProduct(
            f"{product.sku!r} is no SKU: use up to 64 letters, digits, dots, dashes and underscores.", fields={"sku": "not a SKU"}
        )
    if not 0 <= product.price_minor <= LARGEST_MINOR:
        raise BadProduct(f"The price of {product.sku} must not be negative.", fields={"price_minor": "out of range"})
    for link in (product.link, product.picture):
        if link is not None and not _is_https(link):
            raise BadProduct(f"{link!r} is no https address. Product links and pictures begin with https://.", fields={"link": "not https"})


def same_sku_twice(products: Sequence[Product]) -> str | None:
    """The first SKU that occurs twice in one call, or None."""
    seen: set[str] = set()
    for product in products:
        if product.sku in seen:
            return product.sku
        seen.add(product.sku)
    return None


def check_profile(profile: Profile) -> None:
    """Raise `BadProfile`, `BadAmount` or `UnknownCurrency` for what cannot be matched or booked."""
    exponent_of(profile.currency)
    check_zone(profile.timezone)
    if not 0 <= profile.rate_card_minor <= LARGEST_MINOR:
        raise BadAmount("The rate card must not be negative.", fields={"rate_card_minor": "out of range"})
    if any(platform.audience < 0 for platform in profile.platforms):
        raise BadProfile("An audience cannot be negative.", fields={"platforms": "negative audience"})
    names = [platform.platform for platform in profile.platforms]
    if len(set(names)) != len(names):
        raise BadProfile("State each platform once.", fields={"platforms": "stated twice"})


def check_zone(timezone: str) -> None:
    """Raise `BadProfile` unless this names an IANA time zone."""
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"{timezone!r} is no time zone. Use an IANA name such as Europe/London."
        raise BadProfile(message, fields={"timezone": "unknown zone"}) from error


def acts_for(principal: Principal, creator_id: str, agency_id: str | None) -> bool:
    """Whether the caller speaks for a host: the host, or a manager of the host's agency."""
    if principal.role is Role.CREATOR:
        return principal.tenant_id == creator_id
    return principal.role is Role.AGENCY_MANAGER and agency_id is not None and principal.tenant_id == agency_id


def host_named(principal: Principal, creator_id: str | None) -> str:
    """The host a request is about: a creator speaks for itself, an agency's manager names one. Raises `Invalid`."""
    if principal.role is Role.CREATOR and creator_id is None:
        return principal.tenant_id
    if creator_id is None:
        raise Invalid("Say for which host: send creator_id.", fields={"creator_id": "is missing"})
    return creator_id


def is_platform(principal: Principal) -> bool:
    """Whether the caller belongs to the marketplace itself."""
    return principal.tenant_id == PLATFORM_TENANT


def _is_https(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname)
