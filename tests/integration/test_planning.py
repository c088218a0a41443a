"""A month planned by a deployed worker: on a function of its own, checked, asked why not, offered from, and stopped while it waits."""

from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus

import pytest

from demo.client import Person
from tests.stack import Stack
from tests.world import World, build_world

ENDED = frozenset({"done", "cancelled", "failed"})


@pytest.fixture(scope="module")
def world(stack: Stack) -> Iterator[World]:
    """Two hosts who are free all day and can be paid; no message of it all is given up."""
    made = build_world(stack, "-plans")
    made.cast.connect_payouts(lambda _: None)
    given_up = made.given_up()
    yield made
    made.settle_down()
    assert made.given_up() == given_up


def month(world: World, person: Person, shows: int) -> str:
    """A brief for a show each evening, two hosts' worth of it at once."""
    starts = [world.later + timedelta(days=20 + number // 2, hours=7) for number in range(shows)]
    words = {"title": "A month", "category": "kitchen", "market": "GB", "language": "en", "platform": "youtube"}
    windows = [{"starts_at": each.isoformat(), "minutes": 60} for each in starts]
    brief: str = person.post("/api/v1/briefs", {**words, "windows": windows, "budget_minor": 50_000 * shows, "currency": "EUR"})["brief_id"]
    return brief


def test_a_brands_month_is_planned_by_a_worker_and_asked_about(world: World) -> None:
    booker = world.booker
    brief_id = month(world, booker, 8)
    asked = booker.post("/api/v1/plans", {"brief_ids": [brief_id], "seconds": 20, "shows_per_week": 7})
    path = f"/api/v1/plans/{asked['plan_id']}"
    seen = booker.wait(path, lambda answer: answer["run"]["state"] in ENDED, "The plan")
    assert seen["run"]["state"] == "done", seen["run"]["reason"]
    assert (len(seen["outcome"]["places"]), seen["outcome"]["open"], seen["outcome"]["gap_minor"]) == (8, [], 0)
    place = seen["outcome"]["places"][0]
    (other,) = {each["host_id"] for each in seen["outcome"]["places"]} - {place["host_id"]}
    answer = booker.get(f"{path}/slots/{place['slot_id']}/hosts/{other}")
    assert answer["is_exact"] is True
    assert "Insisting on it would" in answer["sentence"]
    again = booker.post(f"{path}/again", {"without_hosts": [other]})
    moved = booker.wait(f"/api/v1/plans/{again['plan_id']}", lambda each: each["run"]["state"] in ENDED, "The new plan")
    assert moved["outcome"]["kept_places"] == 4
    assert {each["cause"] for each in moved["outcome"]["moved"]} == {"host_out"}
    assert world.rival.ask("GET", path).status == HTTPStatus.NOT_FOUND


def test_the_marketplace_plans_two_brands_together_and_a_stopped_plan_stays_stopped(world: World) -> None:
    operator = world.cast.staff("operator")
    briefs = [month(world, world.booker, 2), month(world, world.rival, 2)]
    asked = operator.post("/api/v1/plans", {"brief_ids": briefs, "seconds": 20})
    seen = operator.wait(f"/api/v1/plans/{asked['plan_id']}", lambda answer: answer["run"]["state"] in ENDED, "The plan")
    assert (len(seen["outcome"]["places"]), len(seen["outcome"]["open"])) == (2, 2)
    assert all("another show then" in each["sentence"] for each in seen["outcome"]["open"])
    second = operator.post("/api/v1/plans", {"brief_ids": briefs, "seconds": 600})
    stopped = operator.ask("POST", f"/api/v1/plans/{second['plan_id']}/cancel", {})
    ended = operator.wait(f"/api/v1/plans/{second['plan_id']}", lambda answer: answer["run"]["state"] in ENDED, "The end of the plan")
    assert stopped.status == HTTPStatus.OK or ended["run"]["state"] == "done"
    assert stopped.status != HTTPStatus.OK or ended["run"]["state"] == "cancelled"
