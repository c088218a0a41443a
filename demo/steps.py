"""Plays the scenario's steps in order: each sets the business clock, then somebody does something through the API."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from chalicelib.core.words import plural
from demo.client import DemoFailed, Person, fetch
from demo.people import Cast, press_the_button
from demo.scenario import Entry, Scenario
from demo.uploads import upload_sales

CONFLICT = 409
CREATED = 201
OK = 200
FEW_MATCHES = 3
HOURS_TO_ANSWER = 72


class Play:
    """The demo under way. `seconds` tells how long each kind of step took in all."""

    def __init__(self, scenario: Scenario, cast: Cast, tell: Callable[[str], None]) -> None:
        """`tell` prints a line of progress."""
        self.scenario = scenario
        self.cast = cast
        self.tell = tell
        self.seconds: dict[str, float] = {}
        self.briefs: dict[str, Any] = {}
        self.offers: dict[str, Any] = {}
        self.contracts: dict[str, str] = {}
        """Slug to contract id."""
        self.shows: dict[str, str] = {}
        """Slug to show id."""
        self.imports: list[str] = []
        self.settlements: dict[int, Any] = {}
        self.reports: list[Any] = []

    def perform(self) -> None:
        """All of it."""
        for step in self.scenario.all("steps"):
            self._set_clock(step)
            with self.timed(step["do"]):
                getattr(self, f"_{step['do']}")(step)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Add the time that the block takes to a step's seconds."""
        begun = time.monotonic()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - begun

    def settle_down(self) -> None:
        """Wait until no message is waiting or being worked on, as an operator would look it up."""
        operator = self.cast.staff("operator")
        quiet = 0
        while quiet < 2:  # noqa: PLR2004  # one look could fall between a queue and the next
            operator.wait("/api/v1/queues", lambda seen: not any(seen["waiting"].values()), "An end of the work in the queues")
            quiet += 1
            time.sleep(0.3)
        dead = operator.get("/api/v1/queues")["given_up"]
        if any(dead.values()):
            message = f"Messages ended in dead-letter queues: {dead}. See .local/engine.log."
            raise DemoFailed(message)

    def _set_clock(self, step: Entry) -> None:
        with self.timed("clock"):
            self.cast.staff("operator").put("/api/v1/clock", {"now": step["at"].isoformat()})

    def _clock(self, step: Entry) -> None:
        """Time alone passes: return windows end, and the workers release what has matured."""
        self.settle_down()
        self.tell(f"{step['at']:%d %b %Y}: return windows have ended, what matured is released")

    def _brief(self, step: Entry) -> None:
        entry = self.scenario.one("briefs", step["brief"])
        booker = self.cast.booker(entry["brand"])
        skus = list(dict.fromkeys(sku for show in self.scenario.shows_of(entry["slug"]) for sku in show["lineup"]))
        names = ("title", "category", "market", "language", "platform", "minimum_audience", "budget_minor", "commission_basis_points")
        body = {name: entry[name] for name in names} | {
            "currency": self.scenario.content["currency"],
            "flat_fee_minor": entry["flat_fee_minor"],
            "windows": [{"starts_at": window["starts_at"].isoformat(), "minutes": window["minutes"]} for window in entry["windows"]],
            "skus": skus,
        }
        brief = booker.post("/api/v1/briefs", body)
        self.briefs[entry["slug"]] = brief
        self._rank(booker, entry, brief["brief_id"])

    def _rank(self, booker: Person, entry: Entry, brief_id: str) -> None:
        matches = booker.get(f"/api/v1/briefs/{brief_id}/matches")
        self.tell(
            f"brief {entry['title']!r}: {plural(len(matches['ranked']), 'host')} ranked, {matches['hosts'] - matches['fitting']} left out"
        )
        for match in matches["ranked"][:FEW_MATCHES]:
            self.tell(f"    {match['name']}: {'; '.join(reason['sentence'] for reason in match['reasons'])}")

    def _offer_body(self, brief: Entry, host: str) -> Entry:
        shows = [
            {"starts_at": window["starts_at"].isoformat(), "minutes": window["minutes"], "title": title}
            for window, title in zip(brief["windows"], self._titles(brief), strict=True)
        ]
        return {
            "brief_id": self.briefs[brief["slug"]]["brief_id"],
            "creator_id": self.cast.tenants[host],
            "shows": shows,
            "terms": self._terms(brief, brief["flat_fee_minor"]),
            "expires_in_hours": HOURS_TO_ANSWER,
        }

    def _titles(self, brief: Entry) -> list[str]:
        return [show["title"] for show in self.scenario.shows_of(brief["slug"])] or [brief["title"]] * len(brief["windows"])

    def _terms(self, brief: Entry, flat_fee_minor: int) -> Entry:
        """The terms of the brief's contract with a flat fee put in, or plain ones where no contract will come."""
        if "contract" not in brief:
            rule = {"rule_id": "anything", "tiers": [{"from_value": 0, "rate_basis_points": brief["commission_basis_points"]}]}
            content = self.scenario.content
            return {
                "currency": content["currency"],
                "timezone": content["timezone"],
                "return_window_days": 14,
                "flat_fee": {"amount_minor": flat_fee_minor},
                "rules": [rule],
            }
        terms = dict(self.scenario.one("contracts", brief["contract"])["terms"])
        shows = len(brief["windows"]) if terms["flat_fee"]["scope"] == "contract" else 1
        terms["flat_fee"] = terms["flat_fee"] | {"amount_minor": flat_fee_minor * shows}
        terms["splits"] = [split | {"payee_id": self.cast.tenants[split["payee_id"]]} for split in terms.get("splits", [])]
        return terms

    def _offer(self, step: Entry) -> None:
        brief = self.scenario.one("briefs", step["brief"])
        self.offers[brief["slug"]] = self.cast.booker(brief["brand"]).post("/api/v1/offers", self._offer_body(brief, step["host"]))

    def _offer_refused(self, step: Entry) -> None:
        """A competitor wants an hour that is sold: a clear refusal, and nothing about who has it.

        A refusal is not remembered under its key, so a run over kept data, whose clock is past it, leaves it out.
        """
        brief = self.scenario.one("briefs", step["brief"])
        booker = self.cast.booker(brief["brand"])
        if datetime.fromisoformat(booker.get("/api/v1/clock")["now"]) > step["at"]:
            return
        answer = booker.ask("POST", "/api/v1/offers", self._offer_body(brief, step["host"]))
        if answer.status != CONFLICT:
            message = f"An offer on a taken slot was answered with {answer.status}: {answer.text[:300]}"
            raise DemoFailed(message)
        self.tell(f"an offer on the taken slot is refused: {answer.json()['detail']}")

    def _counter(self, step: Entry) -> None:
        brief = self.scenario.one("briefs", step["brief"])
        offer = self.offers[brief["slug"]]
        body = {"version": offer["version"], "terms": self._terms(brief, brief["counter_flat_fee_minor"])}
        self.offers[brief["slug"]] = self.cast.host(step["host"]).post(f"/api/v1/offers/{offer['offer_id']}/counter", body)

    def _accept(self, step: Entry) -> None:
        brief = self.scenario.one("briefs", step["brief"])
        offer = self.offers[brief["slug"]]
        booker = self.cast.booker(brief["brand"])
        booker.post(f"/api/v1/offers/{offer['offer_id']}/accept", {"version": offer["version"]})
        contract_id = offer["offer_id"].replace("ofr_", "ctr_", 1)
        contract = booker.wait(f"/api/v1/contracts/{contract_id}", lambda seen: seen["document_sha256"], "The contract's document")
        self.contracts[brief["contract"]] = contract_id
        ordered = sorted(contract["bookings"], key=lambda booking: booking["starts_at"])
        for show, booking in zip(self.scenario.shows_of(brief["slug"]), ordered, strict=True):
            self.shows[show["slug"]] = booking["show_id"]
        self.tell(f"{brief['contract']}: countered, accepted, {plural(len(ordered), 'slot')} booked")

    def _sign(self, step: Entry) -> None:
        entry = self.scenario.one("contracts", step["contract"])
        is_brand = step["by"] == "brand"
        person = self.cast.booker(entry["brand"]) if is_brand else self.cast.host(entry["host"])
        name = self.scenario.one("brands", entry["brand"])["name"] if is_brand else self.scenario.one("hosts", entry["host"])["name"]
        path = f"/api/v1/contracts/{self.contracts[entry['slug']]}"
        document = person.get(f"{path}/document")
        digest = hashlib.sha256(document.encode()).hexdigest()
        contract = person.post(f"{path}/sign", {"document_sha256": digest, "typed_name": name, "consent": True})
        if not is_brand:
            person.wait(
                f"/api/v1/shows/{next(booking['show_id'] for booking in contract['bookings'])}", bool, "The show of a signed contract"
            )
            self.tell(f"{entry['slug']}: signed by both, document {digest[:12]}")

    def _deposit(self, step: Entry) -> None:
        self._fund(step["contract"], "deposit")

    def _fund(self, slug: str, kind: str, time_of: str = "") -> None:
        """The brand pays through Stripe's hosted Checkout; the webhook books it."""
        entry = self.scenario.one("contracts", slug)
        booker = self.cast.booker(entry["brand"])
        funding = booker.post(f"/api/v1/contracts/{self.contracts[slug]}/fundings", {"kind": kind}, time_of=time_of)
        path = f"/api/v1/fundings/{funding['funding_id']}"
        funding = booker.wait(path, lambda seen: seen["state"] == "paid" or seen["url"], "Stripe's Checkout page")
        if funding["state"] != "paid":
            press_the_button(funding["url"])
            funding = booker.wait(path, lambda seen: seen["state"] == "paid", "Stripe's word that the payment came")
        self.tell(f"{slug}: {kind} of {funding['amount_minor']:,} pence paid")

    def _publish(self, step: Entry) -> None:
        entry = self.scenario.one("shows", step["show"])
        brand = self.scenario.one("briefs", entry["brief"])["brand"]
        booker, path = self.cast.booker(brand), f"/api/v1/shows/{self.shows[entry['slug']]}"
        attribution = {"before_minutes": entry["attribution_before_minutes"], "after_minutes": entry["attribution_after_minutes"]}
        booker.put(path, {"line_up": entry["lineup"], "attribution": attribution})
        show = booker.post(f"{path}/publish")
        url = f"{self.cast.site_url}/shows/{show['slug']}"
        booker.wait(path, lambda _: fetch("GET", url).status == OK, f"The page {url}")
        self.tell(f"{entry['title']!r} published at {url}")

    def _go_live(self, step: Entry) -> None:
        entry = self.scenario.one("shows", step["show"])
        booker, path = self._booker_of(entry), f"/api/v1/shows/{self.shows[entry['slug']]}"
        booker.post(f"{path}/start")
        for pin in entry["pins"]:
            booker.post(f"{path}/pins", {"sku": pin["sku"], "ahead_seconds": pin["offset_seconds"]})
        self.tell(f"{entry['title']!r} is live, {len(entry['pins'])} pins planned")

    def _complete(self, step: Entry) -> None:
        entry = self.scenario.one("shows", step["show"])
        booker, path = self._booker_of(entry), f"/api/v1/shows/{self.shows[entry['slug']]}"
        booker.post(f"{path}/end")
        body = {
            "kind": "host_appears",
            "result": "met",
            "statement": "The named host was on air from start to end.",
            "evidence": ["recording"],
        }
        booker.post(f"{path}/delivery", body)

    def _booker_of(self, show: Entry) -> Person:
        return self.cast.booker(self.scenario.one("briefs", show["brief"])["brand"])

    def _upload(self, step: Entry) -> None:
        """The brand's sales file goes to the bucket by an upload URL; the functions do the rest."""
        booker = self.cast.booker(self.scenario.content["feed"]["brand"])
        self.imports.append(upload_sales(booker, self.scenario, step, self.tell))
        self.settle_down()

    def _settle(self, step: Entry) -> None:
        number = step["settlement"]
        for slug in self.contracts:
            self._fund_what_is_missing(slug, time_of=str(number))
        self.settle_down()
        preparer = self.cast.staff("finance_preparer")
        run = preparer.post("/api/v1/settlements", {"currency": self.scenario.content["currency"]}, time_of=str(number))
        self.settlements[number] = run
        self.tell(f"settlement run {number}: {len(run['settlements'])} prepared, {len(run['carried_over'])} carried over")

    def _fund_what_is_missing(self, slug: str, time_of: str) -> None:
        """Matured money is payable only as far as the brand has paid: it pays the rest by a second invoice."""
        entry = self.scenario.one("contracts", slug)
        booker = self.cast.booker(entry["brand"])
        answer = booker.ask("POST", f"/api/v1/contracts/{self.contracts[slug]}/fundings", {"kind": "balance"}, time_of=time_of)
        if answer.status == CREATED:
            self._fund(slug, "balance", time_of=time_of)

    def _approve(self, step: Entry) -> None:
        approver = self.cast.staff("finance_approver")
        for settlement in self.settlements[step["settlement"]]["settlements"]:
            approver.post(f"/api/v1/settlements/{settlement['settlement_id']}/approve")

    def _transfer(self, step: Entry) -> None:
        analyst = self.cast.staff("finance_analyst")
        total = 0
        for settlement in self.settlements[step["settlement"]]["settlements"]:
            path = f"/api/v1/settlements/{settlement['settlement_id']}"
            done = analyst.wait(path, lambda seen: seen["settlement"]["state"] in {"sent", "reconciled", "failed"}, "The transfer")
            if done["settlement"]["state"] == "failed":
                message = f"Stripe refused settlement {settlement['settlement_id']}: {done['settlement']}"
                raise DemoFailed(message)
            total += done["settlement"]["amount_minor"]
        self.settle_down()
        self.tell(f"settlement run {step['settlement']}: approved by another person, {total:,} pence transferred")

    def _reconcile(self, step: Entry) -> None:
        analyst = self.cast.staff("finance_analyst")
        started = analyst.post("/api/v1/reconciliations", time_of=step["at"].isoformat())
        report = analyst.wait(
            f"/api/v1/reconciliations/{started['report_id']}", lambda seen: seen["run"]["state"] == "done", "The reconciliation"
        )
        self.reports.append(report["report"])
        legs = ", ".join(f"{leg['kind']} {leg['matched']:,}/{leg['compared']:,}" for leg in report["report"]["legs"])
        self.tell(f"reconciled: {legs}; unexplained {report['report']['unexplained_minor']}")

    def _close(self, step: Entry) -> None:
        approver = self.cast.staff("finance_approver")
        period = approver.post(f"/api/v1/periods/{step['period']}/close")
        self.tell(f"{step['period']} closed, books {period['sha256'][:12]}")
