"""With more hosts than are read one by one, the deployed functions make a snapshot, search it, and note what changes."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.core.access import PLATFORM_TENANT, Principal, Role
from chalicelib.directory.rules import PlatformAudience, Profile, TenantKind
from chalicelib.matching.index_store import IndexStore
from chalicelib.wiring import Services
from tests.stack import Stack
from tests.stress.bookers import services_at
from tests.world import World, build_world

pytestmark = pytest.mark.engine
HOSTS = 55
OPERATOR = Principal(user_id="usr_operator", email="operator@example.com", tenant_id=PLATFORM_TENANT, role=Role.OPERATOR)


@pytest.fixture(scope="module")
def world(stack: Stack) -> World:
    """A brand, and hosts of whom ada fits its briefs."""
    return build_world(stack, "searched")


def profile_of(creator_id: str) -> Profile:
    """Somebody who fits the world's briefs but for payouts."""
    return Profile(
        creator_id=creator_id,
        name=f"Host {creator_id[-4:]}",
        timezone="Europe/London",
        categories=("kitchen",),
        languages=("en",),
        markets=("GB",),
        platforms=(PlatformAudience(platform="youtube", audience=1_000),),
    )


def add_host(services: Services, number: int) -> Principal:
    """An approved host."""
    somebody = Principal(user_id=f"usr_{number}", email=f"many{number}@example.com", tenant_id="", role=Role.CREATOR)
    opened = services.directory.open_tenant(somebody, TenantKind.CREATOR, f"Many {number}")
    services.directory.approve(OPERATOR, opened.tenant_id)
    host = replace(somebody, tenant_id=opened.tenant_id)
    services.directory.save_profile(host, profile_of(opened.tenant_id))
    return host


def test_a_brief_is_answered_from_the_snapshot_that_the_functions_made(stack: Stack, world: World) -> None:
    services = services_at(stack.place)
    hosts = [add_host(services, number) for number in range(HOSTS)]
    asked = world.brief(world.booker, world.later, "Searched")
    path = f"/api/v1/briefs/{asked['brief_id']}/matches"
    world.settle_down()
    services.matching.indexing.begin("20110101T000000000Z-asked-by-hand")
    booker = world.booker

    def all_are_in(_: Any) -> bool:
        pointer = IndexStore().pointer()
        return pointer is not None and pointer.hosts >= HOSTS

    if not all_are_in(None):
        booker.wait("/api/v1/briefs", all_are_in, "A snapshot with all hosts")
    answer = booker.get(path)
    assert answer["notice"] == ""
    assert answer["hosts"] >= HOSTS
    assert answer["hosts"] - answer["fitting"] >= HOSTS
    assert answer["failed_counts"]["payable"] >= HOSTS
    before = answer["failed_counts"].get("category", 0)
    services.directory.save_profile(hosts[0], replace(profile_of(hosts[0].tenant_id), categories=("cars",)))
    changed = booker.wait(path, lambda seen: seen["failed_counts"].get("category", 0) == before + 1, "The note of a changed host")
    assert changed["hosts"] == answer["hosts"]
    assert world.given_up() == dict.fromkeys(world.given_up(), 0)
