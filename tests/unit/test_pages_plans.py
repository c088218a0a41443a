"""Plans in the console: a booker ticks briefs, sees the plan come, asks why not, offers places, plans anew; an operator plans markets."""

import gzip
import json
import re

import boto3
import pytest

from chalicelib.matching.rules import BriefWindow
from chalicelib.planning import handlers
from tests.fakes.console import OPERATOR, SITE, Answer, Market, console, market
from tests.unit.planning_kit import add_host, connect, evening, id_of, planned, post_brief

__all__ = ["console", "market"]
NUMBERS = {"seconds": "5", "minimum_hosts": "1", "shows_per_week": "5"}


@pytest.fixture
def evenings(market: Market) -> Market:
    """Nadia, whom everybody wants, and Mia."""
    connect(market, market.host)
    add_host(market, "mia", 20_000)
    return market


def went_to(answer: Answer) -> str:
    assert answer.status == 303, answer.text
    return str(answer.headers["Location"]).removeprefix(SITE)


def test_a_booker_ticks_briefs_and_watches_the_plan_come(evenings: Market) -> None:
    console, booker = evenings.console, evenings.brand
    brief = post_brief(evenings, booker, "Twice", evening(), evening())
    page = console.get("/plans", booker).text
    assert f'name="brief.{brief}"' in page
    path = went_to(console.post("/plans", booker, **{f"brief.{brief}": "on"}, **NUMBERS))
    waiting = console.get(path, booker).text
    assert f'hx-get="{path}"' in waiting
    assert "Stop, and keep the best plan so far" in waiting
    console.work()
    done = console.get(path, booker).text
    assert "hx-get" not in done
    for words in ("Nadia Hart", "Mia", "proven best", "Other code than the planner", "Also wanted: Twice", "2 shows"):
        assert words in done
    assert path in console.get("/plans", booker).text


def test_the_api_tells_the_first_places_and_where_the_whole_plan_can_be_fetched(evenings: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    brief = post_brief(evenings, evenings.brand, "Twice", evening(), evening(days=1))
    planned(evenings, evenings.brand, brief)
    whole = json.loads(evenings.console.get("/api/v1/plans/pln_1", evenings.brand).text)["outcome"]
    monkeypatch.setattr(handlers, "MAX_ANSWERED", 1)
    first = json.loads(evenings.console.get("/api/v1/plans/pln_1", evenings.brand).text)["outcome"]
    assert first["places"] == whole["places"][:1]
    assert (len(whole["places"]), first["value_minor"]) == (2, whole["value_minor"])
    download = evenings.console.get("/api/v1/plans/pln_1/download", evenings.brand)
    assert download.status == 303
    key = re.search(r"plans/pln_1/outcome-1\.json\.gz", str(download.headers["Location"]))
    assert key is not None
    fetched = boto3.client("s3").get_object(Bucket="test-records", Key=key[0])["Body"].read()
    assert json.loads(gzip.decompress(fetched))["places"] == whole["places"]


def test_nothing_ticked_and_numbers_that_are_none_are_said_so(evenings: Market) -> None:
    nothing = evenings.console.post("/plans", evenings.brand, **NUMBERS)
    assert (nothing.status, "Choose at least one brief" in nothing.text) == (422, True)
    words = evenings.console.post("/plans", evenings.brand, **{f"brief.{evenings.brief_id}": "on"}, **{**NUMBERS, "seconds": "soon"})
    assert (words.status, "Write a whole number from 5 to 600." in words.text) == (422, True)


def test_a_viewer_reads_plans_and_asks_for_none(evenings: Market) -> None:
    planned(evenings, evenings.brand, evenings.brief_id)
    assert "Plan these" not in evenings.console.get("/plans", evenings.viewer).text
    page = evenings.console.get("/plans/pln_1", evenings.viewer).text
    assert "Nadia Hart" in page
    assert "Offer it to" not in page
    assert "Plan anew" not in page
    assert evenings.console.post("/plans/pln_1/cancel", evenings.viewer).status == 403


def test_a_place_becomes_an_offer_at_the_plans_fee_and_shows_it(evenings: Market) -> None:
    console, booker = evenings.console, evenings.brand
    seen = planned(evenings, booker, evenings.brief_id)
    (place,) = seen.outcome.places  # type: ignore[union-attr]
    assert "Offer it to Nadia Hart for £300.00" in console.get("/plans/pln_1", booker).text
    path = went_to(console.post("/plans/pln_1/offers", booker, slot_id=place.slot_id))
    offer = console.services.contracts.offers.get(booker, path.rpartition("/")[2])
    assert (offer.creator_id, offer.brief_id) == (evenings.host.tenant_id, evenings.brief_id)
    assert offer.terms.flat_fee is not None
    assert offer.terms.flat_fee.amount_minor == place.fee_minor == 300_00
    assert [BriefWindow(starts_at=show.starts_at, minutes=show.minutes) for show in offer.shows] == [
        BriefWindow(starts_at=place.starts_at, minutes=place.minutes)
    ]
    page = console.get("/plans/pln_1", booker).text
    assert "Offer it to" not in page
    assert f'href="{path}"' in page
    assert console.post("/plans/pln_1/offers", booker, slot_id="brf_x.1").status == 404


def test_why_not_is_asked_by_a_link_and_answered_above_the_list(evenings: Market) -> None:
    console, booker = evenings.console, evenings.brand
    brief = post_brief(evenings, booker, "Once", evening())
    planned(evenings, booker, brief)
    page = console.get(f"/plans/pln_1/slots/{brief}.1", booker).text
    mia = f"/plans/pln_1/slots/{brief}.1/hosts/{id_of(evenings, 'Mia')}"
    assert re.findall(r'href="(/plans/pln_1/slots/[^"]+/hosts/[^"]+)"', page) == [mia]
    assert "Has it in this plan." in page
    assert "Insisting on it would lose exactly" in console.get(mia, booker).text


def test_without_a_host_the_plan_is_made_anew_and_tells_what_changed(evenings: Market) -> None:
    console, booker = evenings.console, evenings.brand
    planned(evenings, booker, evenings.brief_id)
    path = went_to(console.post("/plans/pln_1/again", booker, creator_id=evenings.host.tenant_id))
    console.work()
    page = console.get(path, booker).text
    assert "What changed; 0 places stayed" in page
    assert "The host was taken out of the plan." in page


def test_a_plan_that_failed_says_why_and_one_that_was_stopped_that_it_was(evenings: Market) -> None:
    console, booker = evenings.console, evenings.brand
    planned(evenings, booker, post_brief(evenings, booker, "Night", evening(hours=6)))
    assert "No host is possible for any of the shows." in console.get("/plans/pln_1", booker).text
    path = went_to(console.post("/plans", booker, **{f"brief.{evenings.brief_id}": "on"}, **NUMBERS))
    assert went_to(console.post(f"{path}/cancel", booker)) == path
    assert "It was stopped; no plan had been found yet." in console.get(path, booker).text


def test_an_operator_plans_a_market_and_category_of_all_brands(evenings: Market) -> None:
    console = evenings.console
    post_brief(evenings, evenings.rival, "Theirs", evening(days=1))
    page = console.get("/plans", OPERATOR).text
    assert "2 briefs of 2 brands, 2 shows" in page
    path = went_to(console.post("/plans", OPERATOR, **{"group.GBP.GB.home": "on"}, **NUMBERS))
    console.work()
    done = console.get(path, OPERATOR).text
    assert "Theirs, Tue 11 Jan 2011 19:00 UTC" in done
    assert "Mugs, 60 minutes. Expected to sell" in done
    assert "Offer it to" not in done
    assert console.get(path, evenings.brand).status == 404
