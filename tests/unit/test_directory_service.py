"""Tenants, members, products and profiles: who may do what, and where personal data lies."""

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from chalicelib.core.access import PLATFORM_TENANT, Principal, Role
from chalicelib.core.clock import Clock
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.directory.rules import (
    BadEmail,
    NotApproved,
    PlatformAudience,
    Product,
    Profile,
    RoleNotGrantable,
    TenantKind,
    TenantState,
    acts_for,
    check_profile,
    host_named,
    normal_email,
    person_id,
)
from chalicelib.directory.service import Directory, HostNotFound, WrongAgency
from chalicelib.directory.store import DirectoryStore, KindItem, TenantNotFound

OPERATOR = Principal(user_id="u-op", email="op@example.com", tenant_id=PLATFORM_TENANT, role=Role.OPERATOR)


@pytest.fixture
def directory(tables: None, clock: Clock) -> Directory:  # noqa: ARG001  # the tables must be there
    return Directory(store=DirectoryStore(), clock=clock)


def member(role: Role, tenant_id: str = "", name: str = "ann") -> Principal:
    return Principal(user_id=f"u-{name}", email=f"{name}@example.com", tenant_id=tenant_id, role=role)


def product(**changes: Any) -> Product:
    usual: dict[str, Any] = {
        "product_id": "",
        "sku": "85123a",
        "title": "Heart holder",
        "price_minor": 2_55,
        "currency": "GBP",
        "category": "home",
    }
    return Product(**{**usual, **changes})


def profile(creator_id: str, **changes: Any) -> Profile:
    return Profile(**{"creator_id": creator_id, "name": "Nadia Hart", "timezone": "Europe/London", **changes})


def test_who_opens_a_brand_owns_it_and_it_waits_for_approval(directory: Directory) -> None:
    brand = directory.open_tenant(member(Role.BRAND_OWNER), TenantKind.BRAND, " Mugs ")
    assert (brand.name, brand.state, brand.created_at) == ("Mugs", TenantState.PENDING, datetime(2011, 1, 3, 12, tzinfo=UTC))
    assert directory.memberships("Ann@Example.com ") == ((brand.tenant_id, Role.BRAND_OWNER),)
    assert directory.waiting() == (brand,)
    with pytest.raises(NotApproved):
        directory.approved(brand.tenant_id)
    directory.approve(OPERATOR, brand.tenant_id)
    assert directory.approved(brand.tenant_id).state is TenantState.APPROVED


def test_only_an_operator_approves_and_others_do_not_learn_what_there_is(directory: Directory) -> None:
    brand = directory.open_tenant(member(Role.BRAND_OWNER), TenantKind.BRAND, "Mugs")
    with pytest.raises(TenantNotFound):
        directory.approve(member(Role.BRAND_OWNER, brand.tenant_id), brand.tenant_id)
    with pytest.raises(TenantNotFound):
        directory.approve(OPERATOR, "brd_unknown")


def test_the_first_operator_can_make_finance_people(directory: Directory) -> None:
    directory.ensure_operator("Op@Example.com")
    directory.ensure_operator("op@example.com")
    assert directory.memberships("op@example.com") == ((PLATFORM_TENANT, Role.OPERATOR),)
    directory.add_member(OPERATOR, email="fin@example.com", role=Role.FINANCE_PREPARER)
    assert directory.memberships("fin@example.com") == ((PLATFORM_TENANT, Role.FINANCE_PREPARER),)
    assert directory.account(OPERATOR).tenant is None


def test_roles_are_given_within_the_own_tenant_only(directory: Directory) -> None:
    owner = member(Role.BRAND_OWNER, "brd_1")
    with pytest.raises(TenantNotFound):
        directory.add_member(owner, email="x@example.com", role=Role.BRAND_VIEWER, tenant_id="brd_2")
    with pytest.raises(RoleNotGrantable):
        directory.add_member(owner, email="x@example.com", role=Role.OPERATOR)
    with pytest.raises(BadEmail):
        directory.add_member(owner, email="nobody", role=Role.BRAND_VIEWER)
    assert directory.memberships("x@example.com") == ()


def test_products_are_upserted_by_sku(directory: Directory) -> None:
    owner = member(Role.BRAND_OWNER, "brd_1")
    first = directory.save_products(owner, [product()])
    second = directory.save_products(owner, [product(sku="85123A", price_minor=2_95), product(sku="22423")])
    assert [(each.sku, each.price_minor) for each in directory.products(owner)] == [("22423", 2_55), ("85123A", 2_95)]
    assert first[0].product_id == second[0].product_id
    assert directory.products(member(Role.BRAND_OWNER, "brd_2")) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        [product(sku="has space")],
        [product(price_minor=-1)],
        [product(link="http://example.com")],
        [product(picture="javascript:alert(1)")],
        [product(sku="a"), product(sku="A")],
        [product(currency="XXX")],
        [product(sku=f"S{place}") for place in range(101)],
    ],
)
def test_products_that_cannot_be_sold_are_refused_and_none_is_kept(directory: Directory, wrong: list[Product]) -> None:
    owner = member(Role.BRAND_OWNER, "brd_1")
    with pytest.raises(Invalid):
        directory.save_products(owner, [*wrong, product(sku="FINE")] if 0 < len(wrong) < 100 else wrong)
    assert directory.products(owner) == ()


def test_an_agency_speaks_for_the_hosts_that_chose_it(directory: Directory) -> None:
    agency = directory.open_tenant(member(Role.AGENCY_MANAGER, name="bob"), TenantKind.AGENCY, "Stars")
    host = directory.open_tenant(member(Role.CREATOR), TenantKind.CREATOR, "Nadia")
    manager, nadia = member(Role.AGENCY_MANAGER, agency.tenant_id), member(Role.CREATOR, host.tenant_id)
    with pytest.raises(HostNotFound):
        directory.save_profile(manager, profile(host.tenant_id))
    directory.save_profile(nadia, profile(host.tenant_id, agency_id=agency.tenant_id))
    assert directory.hosts_of(agency.tenant_id) == (host.tenant_id,)
    directory.save_profile(manager, profile(host.tenant_id, agency_id=agency.tenant_id, rate_card_minor=500_00))
    with pytest.raises(WrongAgency):
        directory.save_profile(manager, profile(host.tenant_id, agency_id=None))
    with pytest.raises(WrongAgency):
        directory.save_profile(nadia, profile(host.tenant_id, agency_id="brd_1"))
    directory.save_profile(nadia, profile(host.tenant_id))
    assert directory.hosts_of(agency.tenant_id) == ()
    with pytest.raises(HostNotFound):
        directory.host_acted_for(manager, host.tenant_id)


def test_a_host_is_seen_by_others_after_approval(directory: Directory) -> None:
    host = directory.open_tenant(member(Role.CREATOR), TenantKind.CREATOR, "Nadia")
    nadia, brand = member(Role.CREATOR, host.tenant_id), member(Role.BRAND_OWNER, "brd_1")
    directory.save_profile(nadia, profile(host.tenant_id))
    with pytest.raises(HostNotFound):
        directory.host(brand, host.tenant_id)
    assert list(directory.hosts()) == []
    assert directory.host(nadia, host.tenant_id) == profile(host.tenant_id)
    directory.approve(OPERATOR, host.tenant_id)
    assert directory.host(brand, host.tenant_id) == profile(host.tenant_id)
    assert list(directory.hosts()) == [profile(host.tenant_id)]
    with pytest.raises(NotFound):
        directory.host(brand, "crt_unknown")


def test_hosts_are_read_page_after_page_to_the_last(directory: Directory) -> None:
    hosts = [directory.open_tenant(member(Role.CREATOR), TenantKind.CREATOR, f"Host {number}") for number in range(2)]
    for host in hosts:
        directory.save_profile(member(Role.CREATOR, host.tenant_id), profile(host.tenant_id))
        directory.approve(OPERATOR, host.tenant_id)
    waiting = [f"crt_0{number:05}" + "x" * 900 for number in range(1_500)]
    with KindItem.batch_write() as batch:
        for tenant_id in waiting:
            batch.save(KindItem("kind#creator", tenant_id, tenant_id=tenant_id))
    assert list(directory.host_ids()) == [*waiting, *sorted(host.tenant_id for host in hosts)]
    assert {host.creator_id for host in directory.hosts()} == {host.tenant_id for host in hosts}
    assert [directory.has_more_hosts_than(count) for count in (0, 1_501, 1_502, 9_999)] == [True, True, False, False]


def test_names_and_addresses_lie_in_items_of_their_own(directory: Directory) -> None:
    host = directory.open_tenant(member(Role.CREATOR), TenantKind.CREATOR, "Nadia Hart")
    directory.save_profile(member(Role.CREATOR, host.tenant_id), profile(host.tenant_id))
    directory.approve(OPERATOR, host.tenant_id)
    assert directory.tenant(host.tenant_id).name == "Nadia Hart"
    items = boto3.client("dynamodb", region_name="eu-west-2").scan(TableName="test-directory")["Items"]
    holders = {item["sk"]["S"] for item in items if "Nadia" in str(item) or "ann@example.com" in str(item)}
    assert holders == {"persona", "person"}


def test_addresses_are_compared_without_case() -> None:
    assert normal_email(" Ann@Example.COM ") == "ann@example.com"
    assert person_id("ANN@example.com") == person_id("ann@example.com") != person_id("bob@example.com")


@pytest.mark.parametrize(
    "changes",
    [
        {"timezone": "Mars/Base"},
        {"currency": "XXX"},
        {"rate_card_minor": -1},
        {"platforms": (PlatformAudience(platform="x", audience=-1),)},
        {"platforms": (PlatformAudience(platform="x", audience=1), PlatformAudience(platform="x", audience=2))},
    ],
)
def test_profiles_that_could_not_be_matched_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        check_profile(profile("crt_1", **changes))


def test_a_host_needs_no_id_for_itself_and_an_agency_names_the_host() -> None:
    assert host_named(member(Role.CREATOR, "crt_1"), None) == "crt_1"
    assert host_named(member(Role.AGENCY_MANAGER, "agy_1"), "crt_1") == "crt_1"
    with pytest.raises(Invalid):
        host_named(member(Role.AGENCY_MANAGER, "agy_1"), None)
    assert not acts_for(member(Role.BRAND_OWNER, "crt_1"), "crt_1", None)


def test_a_brand_is_not_any_tenant(directory: Directory) -> None:
    brand = directory.open_tenant(member(Role.BRAND_OWNER), TenantKind.BRAND, "Mugs")
    host = directory.open_tenant(member(Role.CREATOR, name="nadia"), TenantKind.CREATOR, "Nadia")
    assert directory.brand(brand.tenant_id) == brand
    for nobody in (host.tenant_id, "brd_nobody"):
        with pytest.raises(TenantNotFound):
            directory.brand(nobody)
