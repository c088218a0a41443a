"""A small world on the running stack, set up through the JSON API as people would: for tests that try what must not work.

Two brands, an agency with two hosts, finance people. One contract is signed and paid for, its show is over; another one waits for
its signatures. Everything is in euros, so that it keeps apart from whatever else is played on the same stack.
"""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from demo.client import Answer, Person, fetch
from demo.people import Cast, press_the_button
from demo.scenario import Scenario
from infra.operator import make_operator
from tests.stack import Stack

CURRENCY = "EUR"
DAYS_OF_A_WEEK = 7
FEE_MINOR = 50_000
FIRST_BASE = datetime(2010, 3, 1, 9, tzinfo=UTC)
HEADER = "type,order_id,line_id,refund_id,sku,ordered_at,quantity,unit_price,currency"
MINUTES = 60
QUIET_LOOKS = 2
STAFF = ("operator", "finance_preparer", "finance_approver")
POLL_SECONDS = 0.3
ENDED = frozenset({"done", "refused"})
ALL_DAY = [{"weekday": day, "from_minute": 0, "until_minute": 1440} for day in range(DAYS_OF_A_WEEK)]


class SmallScenario(Scenario):
    """Who takes part, in the form that the demo's cast reads."""

    def __init__(self, edition: str = "") -> None:
        """It is written here instead of in a file. Another `edition` has the same names at other addresses."""
        self.content = {
            "currency": CURRENCY,
            "staff": [{"email": f"{role}@small-world.example", "role": role} for role in STAFF],
            "brands": [_brand("lark", "Lark Ceramics", edition), _brand("rook", "Rook Pottery", edition)],
            "agencies": [{"slug": "desk", "name": "Desk Talent", "contact_email": f"manager@desk{edition}.example"}],
            "contracts": [],
            "hosts": [_host("ada", "Ada Quill", edition), _host("ben", "Ben Marsh", edition)],
            "products": [
                {"brand": brand, "sku": sku, "title": sku.title(), "price_minor": 1_200, "category": "kitchen"}
                for brand in ("lark", "rook")
                for sku in ("MUG", "BOWL")
            ],
        }


def _brand(slug: str, name: str, edition: str) -> dict[str, Any]:
    members = [{"email": f"{role}@{slug}{edition}.example", "role": f"brand_{role}"} for role in ("owner", "booker", "viewer")]
    return {"slug": slug, "name": name, "contact_email": f"owner@{slug}{edition}.example", "members": members}


def _host(slug: str, name: str, edition: str) -> dict[str, Any]:
    return {
        "slug": slug,
        "name": name,
        "email": f"{slug}@hosts{edition}.example",
        "agency": "desk",
        "timezone": "Europe/London",
        "categories": ["kitchen"],
        "languages": ["en"],
        "markets": ["GB"],
        "platforms": [{"platform": "youtube", "audience": 10_000}],
        "rate_card_minor": FEE_MINOR,
        "minimum_commission_basis_points": 0,
        "refused_categories": [],
        "availability": ALL_DAY,
    }


@dataclass
class World:
    """The people, and the ids of what they have made. `show_id` is over and sells; `contract_to_sign` is nobody's yet."""

    stack: Stack
    cast: Cast
    starts_at: datetime
    """Of the show that is over."""
    edition: str
    later: datetime
    """Of the show that the unsigned contract has booked with ben."""
    brief_id: str = ""
    offer_id: str = ""
    contract_id: str = ""
    show_id: str = ""
    funding_id: str = ""
    contract_to_sign: str = ""

    @property
    def deal_paths(self) -> tuple[str, str, str]:
        """Where the offer, the contract and the show of the signed deal are."""
        return f"/api/v1/offers/{self.offer_id}", f"/api/v1/contracts/{self.contract_id}", f"/api/v1/shows/{self.show_id}"

    def person(self, name: str, slug: str) -> Person:
        """A member of a brand by role (``owner``, ``booker``, ``viewer``), such as ``person("viewer", "lark")``."""
        return self.cast.person(f"{name}@{slug}{self.edition}.example", slug)

    @property
    def booker(self) -> Person:
        """Who books and uploads for the brand."""
        return self.cast.booker("lark")

    @property
    def rival(self) -> Person:
        """The owner of the other brand."""
        return self.cast.brand("rook")

    @property
    def manager(self) -> Person:
        """The agency's manager."""
        return self.cast.person(f"manager@desk{self.edition}.example", "desk")

    @property
    def preparer(self) -> Person:
        """Who prepares settlements."""
        return self.cast.staff("finance_preparer")

    @property
    def approver(self) -> Person:
        """Who approves them."""
        return self.cast.staff("finance_approver")

    def brief(self, person: Person, starts_at: datetime, title: str) -> Any:
        """Post a brief for one show."""
        window = {"starts_at": starts_at.isoformat(), "minutes": MINUTES}
        words = {"title": title, "category": "kitchen", "market": "GB", "language": "en", "platform": "youtube"}
        return person.post("/api/v1/briefs", {**words, "windows": [window], "budget_minor": FEE_MINOR, "currency": CURRENCY})

    def offer_body(self, brief_id: str, host: str, starts_at: datetime) -> dict[str, Any]:
        """An offer of one show: the whole fee is due on signing, a tenth of it goes to the agency."""
        rule = {"rule_id": "anything", "tiers": [{"from_value": 0, "rate_basis_points": 1_000}]}
        terms = {
            "currency": CURRENCY,
            "timezone": "Europe/London",
            "return_window_days": 14,
            "flat_fee": {"amount_minor": FEE_MINOR, "parts": [{"due": "signing", "share_basis_points": 10_000}]},
            "rules": [rule],
            "splits": [{"payee_id": self.cast.tenants["desk"], "share_basis_points": 1_000}],
        }
        show = {"starts_at": starts_at.isoformat(), "minutes": MINUTES, "title": "A quiet hour"}
        return {"brief_id": brief_id, "creator_id": self.cast.tenants[host], "shows": [show], "terms": terms, "expires_in_hours": 48}

    def agree(self, host: str, starts_at: datetime, title: str) -> tuple[str, str, Any]:
        """Brief, offer and acceptance; the brief's and the offer's id and the contract that waits for signatures."""
        brief_id = self.brief(self.booker, starts_at, title)["brief_id"]
        offer = self.booker.post("/api/v1/offers", self.offer_body(brief_id, host, starts_at))
        self.cast.host(host).post(f"/api/v1/offers/{offer['offer_id']}/accept", {"version": offer["version"]})
        contract = self.booker.wait(f"/api/v1/contracts/{offer['contract_id']}", lambda seen: seen["document_sha256"], "The contract")
        return brief_id, offer["offer_id"], contract

    def signature(self, contract_id: str, by: Person | None = None) -> dict[str, Any]:
        """What a signature of this contract says, by the booker or whoever else has been shown it."""
        document = (by or self.booker).get(f"/api/v1/contracts/{contract_id}/document")
        return {"document_sha256": hashlib.sha256(document.encode()).hexdigest(), "typed_name": "Somebody", "consent": True}

    def announce(self, person: Person, body: bytes, *, currency: str = CURRENCY, again: str = "", **instead: Any) -> Answer:
        """Say that a sales file is coming; `instead` replaces what would be true of it."""
        digest = hashlib.sha256(body).hexdigest()
        asked = {"filename": "sales.csv", "profile": "generic", "currency": currency, "sha256": digest, "size_bytes": len(body)}
        return person.ask("POST", "/api/v1/imports", asked | instead, time_of=again)

    def put(self, upload: Any, body: bytes) -> Answer:
        """Send bytes to where an announcement said."""
        return fetch("PUT", upload["url"], body, upload["headers"])

    def ended(self, import_id: str) -> Any:
        """The import's record when it is done or refused."""
        path = f"/api/v1/imports/{import_id}"
        return self.booker.wait(path, lambda seen: seen["record"]["state"] in ENDED, "An end of the import")["record"]

    def upload(self, body: bytes, *, currency: str = CURRENCY) -> Any:
        """A file's whole way; the import's record at its end."""
        answer = self.announce(self.booker, body, currency=currency)
        assert answer.status == HTTPStatus.CREATED, answer.text
        assert self.put(answer.json(), body).status == HTTPStatus.OK
        record = self.ended(answer.json()["import_id"])
        self.settle_down()
        return record

    def row(self, order: str, *, refund: str = "", sku: str = "MUG", currency: str = CURRENCY, price: str = "12.00") -> str:
        """A line of a sales file: one piece sold while the show was on air, or given back a day later."""
        at = self.starts_at + (timedelta(days=1) if refund else timedelta(minutes=10))
        return ",".join(["refund" if refund else "sale", order, "1", refund, sku, at.isoformat(), "1", price, currency])

    def seen(self) -> dict[str, Any]:
        """All that bad input could have changed, as the people who may look see it."""
        feeds = [{name: value for name, value in feed.items() if name != "imports"} for feed in self.booker.get("/api/v1/feeds")]
        booker = self.booker
        return {
            "feeds": [feed for feed in feeds if feed["summary"] or any(feed["tally"].values())],
            "show": booker.get(f"/api/v1/shows/{self.show_id}"),
            "sales": booker.get(f"/api/v1/shows/{self.show_id}/sales"),
            "deals": [booker.get(f"/api/v1/{kind}") for kind in ("offers", "contracts", "bookings")] + [self.rival.get("/api/v1/offers")],
            "funding": booker.get(f"/api/v1/fundings/{self.funding_id}"),
            "settlements": self.preparer.get("/api/v1/settlements"),
            "earnings": [person.get("/api/v1/earnings") for person in (self.cast.host("ada"), self.manager)],
        }

    def settle_down(self) -> None:
        """Wait until no message is waiting or being worked on."""
        operator = self.cast.staff("operator")
        for look in range(QUIET_LOOKS):
            time.sleep(POLL_SECONDS * look)
            operator.wait("/api/v1/queues", lambda seen: not any(seen["waiting"].values()), "An end of the work in the queues")

    def given_up(self) -> dict[str, int]:
        """Messages in dead-letter queues."""
        depths: dict[str, int] = self.cast.staff("operator").get("/api/v1/queues")["given_up"]
        return depths

    def audit(self) -> list[str]:
        """Every sentence about books that do not add up."""
        checks = self.preparer.get("/api/v1/ledger/audit")
        return [finding["message"] for check in checks for finding in check["findings"]]


def csv_file(rows: Sequence[str], header: str = HEADER) -> bytes:
    """A sales file of the generic profile."""
    return ("\n".join([header, *rows]) + "\n").encode()


def build_world(stack: Stack, edition: str = "") -> World:
    """Everything up to a show that is over and a deposit that is paid; once for each edition on one stack."""
    scenario = SmallScenario(edition)
    make_operator(stack.place, scenario.all("staff")[0]["email"])
    cast = Cast(stack.place, scenario)
    operator = cast.staff("operator")
    base = FIRST_BASE
    if operator.ask("PUT", "/api/v1/clock", {"now": base.isoformat()}, time_of=edition).status != HTTPStatus.OK:
        base = datetime.fromisoformat(operator.get("/api/v1/clock")["now"])
    cast.assemble(lambda _: None)
    noon = base.replace(hour=12, minute=0, second=0, microsecond=0)
    world = World(stack=stack, cast=cast, edition=edition, starts_at=noon + timedelta(days=2), later=noon + timedelta(days=20))
    _make_the_signed_contract(world)
    world.contract_to_sign = world.agree("ben", world.later, "Not signed")[2]["contract_id"]
    _pay_the_deposit(world)
    _run_the_show(world)
    world.settle_down()
    return world


def _make_the_signed_contract(world: World) -> None:
    world.brief_id, world.offer_id, contract = world.agree("ada", world.starts_at, "Signed")
    world.contract_id = contract["contract_id"]
    world.show_id = contract["bookings"][0]["show_id"]
    for person in (world.booker, world.cast.host("ada")):
        person.post(f"/api/v1/contracts/{world.contract_id}/sign", world.signature(world.contract_id, person))
    world.booker.wait(f"/api/v1/shows/{world.show_id}", bool, "The show of the signed contract")


def _pay_the_deposit(world: World) -> None:
    booker = world.booker
    world.funding_id = booker.post(f"/api/v1/contracts/{world.contract_id}/fundings", {"kind": "deposit"})["funding_id"]
    path = f"/api/v1/fundings/{world.funding_id}"
    press_the_button(booker.wait(path, lambda seen: seen["url"], "Stripe's Checkout page")["url"])
    booker.wait(path, lambda seen: seen["state"] == "paid", "Stripe's word that the payment came")


def _run_the_show(world: World) -> None:
    operator, booker, path = world.cast.staff("operator"), world.booker, f"/api/v1/shows/{world.show_id}"
    booker.put(path, {"line_up": ["MUG", "BOWL"], "attribution": {"before_minutes": 0, "after_minutes": 60}})
    booker.post(f"{path}/publish")
    booker.wait(path, lambda seen: seen["state"] == "published", "The published show")
    operator.put("/api/v1/clock", {"now": world.starts_at.isoformat()})
    booker.post(f"{path}/start")
    operator.put("/api/v1/clock", {"now": (world.starts_at + timedelta(minutes=MINUTES)).isoformat()})
    booker.post(f"{path}/end")
