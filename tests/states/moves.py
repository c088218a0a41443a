"""How each move is made through the API, and the ways into each state."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from chalicelib.core.clock import iso
from tests.fakes.api import Told
from tests.fakes.console import STARTS
from tests.states.deals import ENDS_AT, FEE_MINOR, Deal, must
from tests.states.law import BOOKERS

TOMORROW = timedelta(days=1)
A_WEEK = timedelta(days=7)
DONE = range(200, 300)
AFTER_STATEMENTS = timedelta(days=8)
"""Beyond the time in which both sides may say their part."""


def _offer(act: str, body: Callable[[Deal], dict[str, Any]]) -> Callable[[Deal, str], Told]:
    def move(deal: Deal, role: str) -> Told:
        return deal.api(role).ask("POST", f"/api/v1/offers/{deal.offer_id}/{act}", {"version": deal.versions} | body(deal))

    return move


def _counter(deal: Deal, role: str) -> Told:
    body = {"version": deal.versions, "terms": deal.terms(FEE_MINOR - deal.versions)}
    told = deal.api(role).ask("POST", f"/api/v1/offers/{deal.offer_id}/counter", body)
    deal.versions += told.status == 200
    return told


def sign(deal: Deal, role: str) -> Told:
    """A signature under the document as it is now."""
    api, path = deal.api(role), f"/api/v1/contracts/{deal.contract_id}"
    document = api.ask("GET", f"{path}/document")
    digest = hashlib.sha256(document.body.encode()).hexdigest() if isinstance(document.body, str) else "0" * 64
    return api.ask("POST", f"{path}/sign", {"document_sha256": digest, "typed_name": "Somebody Real", "consent": True})


def _sign_unseen(deal: Deal, role: str) -> Told:
    """A signature by somebody who knows the right hash, and has not opened the document."""
    path = f"/api/v1/contracts/{deal.contract_id}"
    contract = deal.api("owner").ask("GET", path).body
    digest = contract.get("document_sha256", "0" * 64) if isinstance(contract, dict) else "0" * 64
    return deal.api(role).ask("POST", f"{path}/sign", {"document_sha256": digest, "typed_name": "Somebody Real", "consent": True})


def _sign_second(deal: Deal, role: str) -> Told:
    """The other side signs before, so that this signature is the second; what refuses the one refuses the other."""
    first = "creator" if role in {"owner", "booker"} else "owner"
    if deal.state() == "accepted" and role in {"owner", "booker", "creator"}:
        before = sign(deal, first)
        if before.status not in DONE:
            return before
    told = sign(deal, role)
    deal.work()
    return told


def _refuse_to_sign(deal: Deal, role: str) -> Told:
    return deal.api(role).ask("POST", f"/api/v1/contracts/{deal.contract_id}/decline", {"reason": "The fee is too low after all."})


def _reschedule(deal: Deal, role: str) -> Told:
    """Another time is proposed, and the other side agrees to it."""
    path = f"/api/v1/bookings/{deal.booking_id}"
    body = {"starts_at": iso(STARTS + A_WEEK), "reason": "The studio is being painted."}
    proposed = deal.api(role).ask("POST", f"{path}/reschedules", body)
    if proposed.status not in DONE:
        return proposed
    other = "creator" if role in BOOKERS else "owner"
    return deal.api(other).ask("POST", f"{path}/proposals/{proposed.body['proposal_id']}/accept", {})


def _cancel(deal: Deal, role: str) -> Told:
    path = f"/api/v1/bookings/{deal.booking_id}/cancellation"
    quote = deal.api(role).ask("GET", path).body
    confirmed = quote.get("confirmed_minor", 0) if isinstance(quote, dict) else 0
    return deal.api(role).ask("POST", path, {"confirmed_minor": confirmed, "reason": "Somebody is ill."})


def _miss(deal: Deal, role: str) -> Told:
    path = f"/api/v1/bookings/{deal.booking_id}/no-show"
    quote = deal.api(role).ask("GET", path).body
    confirmed = quote.get("confirmed_minor", 0) if isinstance(quote, dict) else 0
    return deal.api(role).ask("POST", path, {"confirmed_minor": confirmed, "statement": "The room stayed empty."})


def _start_early(deal: Deal, role: str) -> Told:
    """The page is there, the time is not."""
    deal.publish()
    return _start(deal, role)


def _start(deal: Deal, role: str) -> Told:
    return deal.api(role).ask("POST", f"/api/v1/shows/{deal.show_id}/start", {})


def _complete(deal: Deal, role: str) -> Told:
    return deal.api(role).ask("POST", f"/api/v1/shows/{deal.show_id}/end", {})


def _dispute(deal: Deal, role: str) -> Told:
    body = {"statement": "It was not as it is written down.", "evidence": ["recording-1"]}
    return deal.api(role).ask("POST", f"/api/v1/bookings/{deal.booking_id}/disputes", body)


def _decide(finding: str, verdict: str) -> Callable[[Deal, str], Told]:
    def move(deal: Deal, role: str) -> Told:
        body: dict[str, Any] = {"verdict": verdict, "finding": finding, "reasons": "The recording shows it."}
        return deal.api(role).ask("POST", f"/api/v1/bookings/{deal.booking_id}/disputes/decision", body)

    return move


HOW: Mapping[str, Callable[[Deal, str], Told]] = {
    "counter": _counter,
    "accept": _offer("accept", lambda _: {}),
    "decline": _offer("decline", lambda _: {"reason": "Not this month."}),
    "withdraw": _offer("withdraw", lambda _: {"reason": "Not this month."}),
    "sign_unseen": _sign_unseen,
    "sign": _sign_second,
    "refuse_to_sign": _refuse_to_sign,
    "reschedule": _reschedule,
    "cancel": _cancel,
    "start_early": _start_early,
    "start": _start,
    "complete": _complete,
    "miss": _miss,
    "dispute": _dispute,
    "uphold": _decide("took_place", "overturned"),
    "overturn": _decide("host_cancelled", "upheld"),
    "find_no_show": _decide("host_absent", "upheld"),
}
"""How somebody in a role makes a move, or tries to."""


def _published(deal: Deal) -> None:
    deal.publish()
    deal.at(STARTS)


SCENE: Mapping[str, Callable[[Deal], None]] = {
    "start": _published,
    "complete": lambda deal: deal.at(ENDS_AT),
    "miss": lambda deal: deal.at(ENDS_AT),
    "dispute": lambda deal: deal.at(ENDS_AT),
    **dict.fromkeys(("uphold", "overturn", "find_no_show"), lambda deal: deal.at(deal.now() + AFTER_STATEMENTS)),
}
"""When a move is open at all: for the others any time before the show will do."""


def set_scene(deal: Deal, move: str) -> None:
    """Make it the time at which a move is open at all."""
    if move in SCENE:
        SCENE[move](deal)


def offered(deal: Deal) -> None:
    """The brand offers."""
    deal.offer_id = must(deal.api("owner").ask("POST", "/api/v1/offers", deal.offer_body()))["offer_id"]


def accepted(deal: Deal) -> None:
    """The host accepts, and the contract is drawn up."""
    offered(deal)
    must(HOW["accept"](deal, "creator"))
    deal.work()


def contracted(deal: Deal) -> None:
    """Both sign."""
    accepted(deal)
    must(HOW["sign"](deal, "creator"))


def funded(deal: Deal) -> None:
    """The brand pays the deposit on Stripe's page, which tells us."""
    contracted(deal)
    funding = must(deal.api("owner").ask("POST", f"/api/v1/contracts/{deal.contract_id}/fundings", {"kind": "deposit"}))
    deal.work()
    stripe, fundings = deal.market.console.stripe, deal.market.console.services.payouts.fundings
    stripe.pay(f"cs_{funding['funding_id']}")
    fundings.observe(stripe.checkout(f"cs_{funding['funding_id']}"))
    deal.work()


def then(before: Callable[[Deal], None], move: str, role: str) -> Callable[[Deal], None]:
    """A state that a move leads to from another."""

    def way(deal: Deal) -> None:
        before(deal)
        set_scene(deal, move)
        must(HOW[move](deal, role))
        deal.work()

    return way


def expired(deal: Deal) -> None:
    """Nobody answers."""
    offered(deal)
    deal.passed(deal.now() + timedelta(hours=73))


live = then(funded, "start", "owner")
completed = then(live, "complete", "owner")


def settled(deal: Deal) -> None:
    """Nobody complains, returns close, the brand has paid."""
    completed(deal)
    for _ in range(60):
        deal.passed(deal.now() + TOMORROW)
        if deal.state() == "settled":
            return


WAYS: Mapping[str, Callable[[Deal], None]] = {
    "offered": offered,
    "countered": then(offered, "counter", "creator"),
    "accepted": accepted,
    "contracted": contracted,
    "funded": funded,
    "live": live,
    "completed": completed,
    "settled": settled,
    "declined": then(offered, "decline", "creator"),
    "withdrawn": then(offered, "withdraw", "owner"),
    "expired": expired,
    "rescheduled": then(funded, "reschedule", "booker"),
    "cancelled": then(funded, "cancel", "creator"),
    "no_show": then(funded, "miss", "owner"),
    "disputed": then(completed, "dispute", "creator"),
}
"""How a deal comes into each state."""
