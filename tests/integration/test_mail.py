"""Mail that the schedule sends: through the deployed functions and SES, to those whom it is for, with its calendar file."""

import json
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar, Event

from infra.place import ACCOUNT
from tests.integration.mail_catcher import Caught, mail_catcher
from tests.integration.test_engine_restart import eventually
from tests.stack import Stack, fresh_stack
from tests.world import World, build_world


@pytest.fixture(scope="module")
def caught() -> Iterator[Caught]:
    with mail_catcher() as catcher:
        yield catcher


@pytest.fixture(scope="module")
def posted(caught: Caught) -> Iterator[Stack]:
    """A stack whose engine passes mail on to the catcher."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMTP_HOST", caught.address)
        with fresh_stack() as stack:
            yield stack


@pytest.fixture(scope="module")
def world(posted: Stack) -> World:
    """A signed contract whose show is over, and one that waits for its signatures."""
    return build_world(posted)


def kept_by_ses(stack: Stack) -> list[dict[str, Any]]:
    """What the engine's SES says it has sent."""
    with urllib.request.urlopen(f"{stack.facts['engine_url']}/_ministack/ses/messages?account={ACCOUNT}", timeout=20) as answer:
        messages: list[dict[str, Any]] = json.load(answer)["messages"].get(ACCOUNT, [])
    return messages


def test_the_schedule_warns_before_a_contract_lapses_and_mail_can_be_read_back(posted: Stack, caught: Caught, world: World) -> None:
    host = "ben@hosts.example"
    operator = world.cast.staff("operator")
    contract = world.booker.get(f"/api/v1/contracts/{world.contract_to_sign}")
    sign_by = datetime.fromisoformat(contract["sign_by"])

    operator.put("/api/v1/clock", {"now": (sign_by - timedelta(days=1, minutes=1)).isoformat()})
    world.settle_down()
    assert [mail for mail in caught.to(host, "To be signed") if "Not signed" in mail["Subject"]] == []

    operator.put("/api/v1/clock", {"now": (sign_by - timedelta(days=1)).isoformat()})
    assert eventually(lambda: bool(caught.to(host, "To be signed"))), "no mail came before the end"
    (warning,) = caught.to(host, "To be signed")
    text = warning.get_body(("plain",))
    html = warning.get_body(("html",))
    assert text is not None
    assert html is not None
    assert f"{posted.site_url}/contracts/{world.contract_to_sign}" in text.get_content()
    assert f'<a href="{posted.site_url}/contracts/{world.contract_to_sign}">' in html.get_content()
    assert eventually(lambda: any(m["To"] == [host] and m["Subject"] == warning["Subject"] for m in kept_by_ses(posted)))

    operator.put("/api/v1/clock", {"now": sign_by.isoformat()})
    assert eventually(lambda: bool(caught.to(host, "Not signed in time"))), "no mail came at the end"
    assert world.booker.get(f"/api/v1/contracts/{world.contract_to_sign}")["state"] == "lapsed"
    assert world.given_up()["mail"] == 0


def test_what_was_booked_comes_with_its_calendar_file(caught: Caught, world: World) -> None:
    contract = world.booker.get(f"/api/v1/contracts/{world.contract_id}")
    (booked,) = caught.to("ada@hosts.example", "Booked and signed")
    (attached,) = booked.iter_attachments()
    assert (attached.get_content_type(), attached.get_param("method"), attached.get_filename()) == ("text/calendar", "PUBLISH", "shows.ics")
    calendar = Calendar.from_ical(attached.get_content())
    (event,) = [each for each in calendar.walk("VEVENT") if isinstance(each, Event)]
    assert calendar["METHOD"] == "PUBLISH"
    assert str(event["UID"]).startswith(contract["bookings"][0]["booking_id"])
    assert event.start == datetime.fromisoformat(contract["bookings"][0]["starts_at"])


def test_nobody_gets_the_same_mail_twice_or_mail_about_what_is_not_theirs(caught: Caught, world: World) -> None:
    seen = [(mail["To"], mail["X-Primetime-Notice"]) for mail in caught.mails]
    assert len(seen) == len(set(seen)) > 10
    rivals = {str(mail["Subject"]) for mail in caught.mails if str(mail["To"]).endswith("@rook.example")}
    assert rivals <= {"Rook Pottery is approved"}
    assert world.given_up()["work"] == 0
