"""What courts have decided about sales guarantees, from the brief to the brand's refund, through the API alone.

Each show sells less than its host had promised. The brand has paid the whole fee as a deposit; what of it is not earned goes back to the
card it came from, by two people, and the books are whole (money.md, the worked cases of the sales guarantee).
"""

import hashlib
from datetime import timedelta
from typing import Any

import boto3
import pytest

from chalicelib.core.access import Principal
from chalicelib.core.clock import iso
from tests.fakes.api import Api
from tests.fakes.console import STARTS, Market, after, console, market

__all__ = ["console", "market"]

WINDOW_DAYS = 14
PRO_RATA = {"net_sales_minor": 60_000_00, "scope": "contract"}
WITH_MAKE_UPS = PRO_RATA | {"make_up": {"shows": 2, "within_days": 30, "fee_minor": 0}}
CASES = {
    "guarantee 60,000 pro rata": (PRO_RATA, 20_000_00, (10, 135_79), 19_547_37),
    "the same with make-up shows agreed and not performed": (WITH_MAKE_UPS, 20_000_00, (10, 135_79), 20_000_00),
    "guarantee 4,000,000": ({"net_sales_minor": 4_000_000_00, "scope": "contract"}, 800_000_00, (100, 2_900_00), 742_000_00),
}


class Court:
    """The people of a case, each at the API."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.brand, self.host = Api(market.console, market.brand), Api(market.console, market.host)
        self.preparer, self.approver = Api(market.console, market.preparer), Api(market.console, market.approver)

    def agreed(self, guarantee: dict[str, Any], fee_minor: int) -> dict[str, Any]:
        """Brief, offer, acceptance, both signatures, deposit paid: the contract."""
        window = {"starts_at": iso(STARTS), "minutes": 60}
        brief = self.brand.post(
            "/api/v1/briefs",
            {
                "title": "Winter table",
                "category": "home",
                "market": "GB",
                "language": "en",
                "platform": "youtube",
                "minimum_audience": 1_000,
                "skus": ["22423"],
                "windows": [window],
                "budget_minor": fee_minor,
                "currency": "GBP",
                "flat_fee_minor": fee_minor,
                "commission_basis_points": 0,
            },
        )
        terms = {
            "currency": "GBP",
            "timezone": "Europe/London",
            "return_window_days": WINDOW_DAYS,
            "flat_fee": {"amount_minor": fee_minor, "parts": [{"due": "signing", "share_basis_points": 10_000}]},
            "sales_guarantee": guarantee,
        }
        offer = self.brand.post(
            "/api/v1/offers",
            {
                "brief_id": brief["brief_id"],
                "creator_id": self.market.host.tenant_id,
                "terms": terms,
                "shows": [window | {"title": "The winter table"}],
            },
        )
        self.host.post(f"/api/v1/offers/{offer['offer_id']}/accept", {"version": 1})
        self.market.console.work()
        path = f"/api/v1/contracts/{offer['contract_id']}"
        for side in (self.brand, self.host):
            digest = hashlib.sha256(side.get(f"{path}/document").encode()).hexdigest()
            side.post(f"{path}/sign", {"document_sha256": digest, "typed_name": "Somebody Real", "consent": True})
        self.market.console.work()
        self.paid(path, fee_minor)
        return dict(self.brand.get(path))

    def paid(self, path: str, fee_minor: int) -> None:
        """The brand pays the deposit on Stripe's page, which tells us."""
        funding = self.brand.post(f"{path}/fundings", {"kind": "deposit"})
        assert funding["amount_minor"] == fee_minor
        self.market.console.work()
        stripe, fundings = self.market.console.stripe, self.market.console.services.payouts.fundings
        stripe.pay(f"cs_{funding['funding_id']}")
        fundings.observe(stripe.checkout(f"cs_{funding['funding_id']}"))
        self.market.console.work()

    def took_place(self, contract: dict[str, Any], units: int, price_minor: int) -> None:
        """The show, with one sale of so many units."""
        path = f"/api/v1/shows/{contract['bookings'][0]['show_id']}"
        self.brand.put(path, {"line_up": ["22423"]})
        self.brand.post(f"{path}/publish")
        self.time(STARTS)
        self.brand.post(f"{path}/start")
        self.time(STARTS + timedelta(hours=1))
        self.brand.post(f"{path}/end")
        price = f"{price_minor // 100}.{price_minor % 100:02}"
        rows = (
            f"order_id,line_id,sku,ordered_at,quantity,unit_price,currency\no-1,1,22423,2011-01-10T19:30:00Z,{units},{price},GBP\n".encode()
        )
        digest = hashlib.sha256(rows).hexdigest()
        announced = {"filename": "show.csv", "profile": "generic", "currency": "GBP", "sha256": digest, "size_bytes": len(rows)}
        upload = self.brand.post("/api/v1/imports", announced)
        key = f"uploads/{self.market.brand.tenant_id}/{upload['import_id']}"
        boto3.client("s3").put_object(Bucket="test-imports", Key=key, Body=rows)
        self.market.console.services.intake.receive(key)
        self.market.console.work()

    def time(self, instant: Any) -> None:
        """The clock is moved; the schedule and the workers do the rest."""
        self.market.console.services.clock.set(instant)
        self.market.console.services.release()
        self.market.console.work()

    def earned_minor(self, contract_id: str) -> int:
        """What the host's statement adds up to."""
        (total,) = self.host.get(f"/api/v1/contracts/{contract_id}/statement")["totals"]
        return int(total["earned_minor"])

    def refunded(self, contract_id: str) -> dict[str, Any]:
        """What is unused goes back, prepared by one and approved by another."""
        refund = self.preparer.post(f"/api/v1/contracts/{contract_id}/refunds", {"reason": "The guarantee was not reached."})
        assert self.preparer.ask("POST", f"/api/v1/refunds/{refund['refund_id']}/approve").status == 403
        self.approver.post(f"/api/v1/refunds/{refund['refund_id']}/approve")
        self.market.console.work()
        return dict(self.preparer.get(f"/api/v1/refunds/{refund['refund_id']}"))


@pytest.mark.parametrize("case", CASES)
def test_what_a_court_decided_is_what_the_brand_gets_back(market: Market, case: str) -> None:
    guarantee, fee_minor, (units, price_minor), back_minor = CASES[case]
    court = Court(market)
    contract = court.agreed(guarantee, fee_minor)
    court.took_place(contract, units, price_minor)
    court.time(after(WINDOW_DAYS + 32))
    assert court.earned_minor(contract["contract_id"]) == fee_minor - back_minor
    refund = court.refunded(contract["contract_id"])
    assert (refund["state"], refund["amount_minor"]) == ("sent", back_minor)
    assert sum(each.amount_minor for each in market.console.stripe.refunds.values()) == back_minor
    assert [check for check in court.preparer.get("/api/v1/ledger/audit") if not check["passed"]] == []


def test_nothing_is_given_back_before_the_returns_of_the_last_show_have_closed(market: Market) -> None:
    court = Court(market)
    contract = court.agreed(PRO_RATA, 20_000_00)
    court.took_place(contract, 10, 135_79)
    court.time(after(WINDOW_DAYS - 1))
    assert court.earned_minor(contract["contract_id"]) == 20_000_00
    answer = court.preparer.ask("POST", f"/api/v1/contracts/{contract['contract_id']}/refunds", {"reason": "Too early."})
    assert answer.status == 409


def test_a_stranger_has_no_part_in_a_case(market: Market) -> None:
    court = Court(market)
    contract = court.agreed(PRO_RATA, 20_000_00)
    stranger: Principal = market.rival
    path = f"/api/v1/contracts/{contract['contract_id']}"
    assert {court.brand.as_(stranger).ask("GET", f"{path}{end}").status for end in ("", "/timeline", "/statement")} == {404}
