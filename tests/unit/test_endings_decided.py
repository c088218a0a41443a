"""What the marketplace has decided about a deliverable stands, whoever says what later, and silence changes nothing of what was found."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.contracts.terms import Deliverable
from tests.fakes.api import Api, Told
from tests.fakes.console import OPERATOR, Market, console, market
from tests.unit.endings_kit import ENDS, FEE, House

__all__ = ["console", "market"]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Hearing:
    """A show that took place, and the API for those who speak about it."""

    def __init__(self, market: Market, *promised: Deliverable) -> None:
        self.house = House(market)
        terms = self.house.terms()
        self.booking_id = self.house.signed(terms=replace(terms, deliverables=promised or terms.deliverables))
        self.house.held(self.booking_id)
        self.brand, self.host, self.operator = (Api(market.console, who) for who in (market.brand, market.host, OPERATOR))
        self.disputes = f"/api/v1/bookings/{self.booking_id}/disputes"
        self.delivery = f"/api/v1/shows/{self.house.show_id(self.booking_id)}/delivery"

    def raised(self, **what: str) -> None:
        """The host disputes, and the brand says its part."""
        self.host.post(self.disputes, {"statement": "I was there", **what})
        self.brand.post(f"{self.disputes}/statements", {"statement": "It was somebody else"})

    def says(self, who: Api, result: str, kind: str = "host_appears") -> None:
        who.post(self.delivery, {"kind": kind, "result": result, "statement": "Seen."})

    def decision(self, **results: str) -> Told:
        listed = [{"kind": kind, "result": result} for kind, result in results.items()]
        body = {"verdict": "overturned", "finding": "took_place", "reasons": "The recording shows it.", "results": listed}
        return self.operator.ask("POST", f"{self.disputes}/decision", body)

    def earned(self) -> int:
        self.house.console.work()
        assert self.house.problems() == []
        return sum(self.house.stages().values())


def test_what_a_dispute_about_a_deliverable_has_decided_is_not_decided_again_with_the_whole_show(market: Market) -> None:
    hearing = Hearing(market)
    hearing.raised(about="host_appears")
    assert hearing.decision(host_appears="not_met").status == 200
    hearing.raised()
    again = hearing.decision(host_appears="met")
    assert (again.status, again.detail) == (422, "What was decided about host_appears stands. Leave it out.")
    assert hearing.decision(links_live="not_met").status == 200
    assert hearing.earned() == FEE * 20 // 100


def test_what_the_marketplace_has_said_without_a_dispute_cannot_be_disputed(market: Market) -> None:
    hearing = Hearing(market)
    hearing.says(hearing.operator, "not_met")
    refused = hearing.host.ask("POST", hearing.disputes, {"statement": "I was there", "about": "host_appears"})
    assert (refused.status, "marketplace has decided" in refused.detail) == (409, True)
    timeline = hearing.host.get(f"/api/v1/bookings/{hearing.booking_id}/timeline")
    assert (timeline[-1]["act"], timeline[-1]["refused"]) == ("dispute", refused.detail)
    assert hearing.earned() == FEE * 60 // 100


def lapses(hearing: Hearing) -> int:
    """Nobody decides."""
    hearing.house.at(ENDS + 30 * DAY)
    return hearing.earned()


def test_a_measurement_that_is_disputed_holds_where_nobody_decides(market: Market) -> None:
    hearing = Hearing(market, Deliverable(kind="minutes_on_air", target=120, fee_off_basis_points=4_000))
    hearing.house.at(ENDS + 80 * HOUR)
    hearing.raised(about="minutes_on_air")
    assert lapses(hearing) == FEE * 60 // 100


@pytest.mark.parametrize("order", [("brand", "host"), ("host", "brand")])
def test_of_two_words_against_each_other_the_later_one_does_not_win_by_a_dispute_that_nobody_decides(
    market: Market, order: tuple[str, str]
) -> None:
    hearing = Hearing(market)
    words = {"brand": (hearing.brand, "not_met"), "host": (hearing.host, "met")}
    for side in order:
        hearing.says(*words[side])
    hearing.raised(about="host_appears")
    assert lapses(hearing) == FEE
