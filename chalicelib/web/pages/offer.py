"""An offer: its terms with what changed, and the answer that the reader may give now."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Annotated, Any

import msgspec

from chalicelib.bookings.states import Party, State
from chalicelib.contracts.differences import Line, lines
from chalicelib.contracts.negotiation import OPEN, Offer
from chalicelib.contracts.rules import party_of
from chalicelib.contracts.terms import FlatFee, Scope
from chalicelib.core.access import Action, Principal
from chalicelib.core.money import from_major, to_major
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.refused_forms import NOTHING_TRIED, Tried, attempt
from chalicelib.web.pages.words import allowed, cell, fee_of, name_of, not_spoken_for, status, table
from chalicelib.web.routes import Call, Page, Redirect
from chalicelib.web.views.common import Button, Cell, Link, Notice, when
from chalicelib.web.views.deals import CounterForm, EndForm, OfferPage, TermRow
from chalicelib.wiring import services


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which version is answered."""

    version: Annotated[int, msgspec.Meta(ge=1, le=1000)]


class End(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which version is declined or withdrawn, and why."""

    version: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


class Counter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which version is answered, and the fee instead of its own: ``350.00``."""

    version: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    fee: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]


@routes.page("GET", "/offers/{offer_id}", action=Action.SEE_DEAL)
def offer_page(call: Call[None], offer_id: str) -> Page:
    """An offer with all its versions."""
    return _page(call.principal, offer_id, NOTHING_TRIED)


@routes.form("POST", "/offers/{offer_id}/accept", action=Action.NEGOTIATE, body=Answer)
def accept_offer(call: Call[Answer], offer_id: str) -> Page | Redirect:
    """Agree, and book; the contract is drawn up by a worker."""
    offers = services().contracts.offers
    return _attempt(
        call, offer_id, "accept", lambda: f"/contracts/{offers.accept(call.principal, offer_id, call.body.version).contract_id}"
    )


@routes.form("POST", "/offers/{offer_id}/counter", action=Action.NEGOTIATE, body=Counter)
def counter_offer(call: Call[Counter], offer_id: str) -> Page | Redirect:
    """Ask for another fee under otherwise the same terms."""

    def counter() -> None:
        offers = services().contracts.offers
        terms = offers.get(call.principal, offer_id).terms
        amount_minor = from_major(call.body.fee.replace(",", ""), terms.currency)
        fee = FlatFee(amount_minor=amount_minor) if terms.flat_fee is None else replace(terms.flat_fee, amount_minor=amount_minor)
        offers.counter(call.principal, offer_id, call.body.version, replace(terms, flat_fee=fee))

    return _attempt(call, offer_id, "counter", counter)


@routes.form("POST", "/offers/{offer_id}/decline", action=Action.NEGOTIATE, body=End)
def decline_offer(call: Call[End], offer_id: str) -> Page | Redirect:
    """Say no."""

    def decline() -> None:
        services().contracts.offers.decline(call.principal, offer_id, call.body.version, call.body.reason.strip() or None)

    return _attempt(call, offer_id, "decline", decline)


@routes.form("POST", "/offers/{offer_id}/withdraw", action=Action.NEGOTIATE, body=End)
def withdraw_offer(call: Call[End], offer_id: str) -> Page | Redirect:
    """Take back what the own side put on the table."""

    def withdraw() -> None:
        services().contracts.offers.withdraw(call.principal, offer_id, call.body.version, call.body.reason.strip() or None)

    return _attempt(call, offer_id, "withdraw", withdraw)


def _attempt(call: Call[Any], offer_id: str, action: str, what: Callable[[], str | None]) -> Page | Redirect:
    """Do it and go to where it leads, else to the offer; refused, the offer as it is now comes with the reason and what was typed."""
    here = f"/offers/{offer_id}"
    return attempt(call, f"{here}/{action}", lambda: what() or here, lambda tried: _page(call.principal, offer_id, tried))


def _page(principal: Principal, offer_id: str, tried: Tried) -> Page:
    offer = services().contracts.offers.get(principal, offer_id)
    side, left = party_of(principal, offer), not_spoken_for(principal, offer.contract_id)
    speaks = side if left is None else None
    host = name_of(offer.creator_id)
    other = name_of(offer.brand_id) if side is Party.HOST else host
    zone = offer.terms.timezone
    view = OfferPage(
        title=f"Offer for {offer.shows[0].title}",
        other_side=other,
        status=status(offer.state),
        version=f"Version {offer.version}",
        expires=_ends(offer),
        held=_held(offer),
        shows=table(
            "Shows",
            "Show,Starts,Minutes",
            [(cell(show.title), cell(when(show.starts_at, zone)), cell(str(show.minutes))) for show in offer.shows],
            "No shows.",
            numbers=(2,),
        ),
        terms=tuple(_terms(offer)),
        history=table("History", "Version,By,When,What changed", _history(offer), "No versions."),
        buttons=_buttons(principal, offer, speaks),
        notice=left if tried.error is None else Notice(text=tried.error.message, tone="bad"),
        counter=_counter(offer, tried) if _answers(principal, offer, speaks) else None,
        end=_end(principal, offer, speaks, tried),
        reason=offer.reason or "",
        next_step=_next_step(principal, offer, side),
    )
    return Page(template="deal/offer.html", view=view, status=tried.status)


def _ends(offer: Offer) -> str:
    word, at = ("expires", offer.expires_at) if offer.state in OPEN else ("closed", offer.closed_at or offer.expires_at)
    return f"{word} {when(at, offer.terms.timezone)}"


def _held(offer: Offer) -> str:
    """Until when nobody else can book the host's time, in the host's zone and the contract's; empty once that matters no more."""
    if offer.state not in OPEN:
        return ""
    host = services().directory.profile(offer.creator_id)
    if offer.held_until is None:
        return f"{host.name}'s time is not held for this offer: until it is accepted, somebody else may book it."
    zones = dict.fromkeys((host.timezone, offer.terms.timezone))
    until = ", which is ".join(when(offer.held_until, zone) for zone in zones)
    if offer.held_until <= services().clock.now():
        return f"{host.name}'s time was held for this offer until {until}. Now somebody else may book it before the offer is accepted."
    return f"{host.name}'s time is held for this offer until {until}. Until then nobody else can book it."


def _terms(offer: Offer) -> Iterator[TermRow]:
    """The terms on the table; what differs from the version before says what it was, what is gone stands at the end."""
    now = {line.key: line for line in lines(offer.terms)}
    before = {line.key: line for line in lines(offer.versions[-2].terms)} if len(offer.versions) > 1 else now
    for key, line in now.items():
        old = before.get(key)
        same = old is not None and _text(old) == _text(line)
        yield TermRow(label=line.subject.capitalize(), text=_text(line), before=None if same else _text(old))
    for key, line in before.items():
        if key not in now:
            yield TermRow(label=line.subject.capitalize(), text="removed", before=_text(line))


def _text(line: Line | None) -> str:
    if line is None:
        return "not agreed"
    _, _, payee = line.key.partition("split.")
    return f"{line.value} to {name_of(payee)}" if payee else f"{line.value}{line.extent}"


def _history(offer: Offer) -> Iterator[tuple[Cell, ...]]:
    sides = {Party.BRAND: offer.brand_id, Party.HOST: offer.creator_id}
    for version in reversed(offer.versions):
        changed = "; ".join(version.differences) or "first offer"
        made = when(version.made_at, offer.terms.timezone)
        yield cell(str(version.version)), cell(name_of(sides.get(version.by))), cell(made), cell(changed)


def _next_step(principal: Principal, offer: Offer, side: Party | None) -> Link | None:
    """Where a reader goes on from an offer that is over."""
    if offer.state is State.ACCEPTED:
        return Link(label="The contract", href=f"/contracts/{offer.contract_id}")
    if offer.state in OPEN or side is not Party.BRAND or not allowed(principal, Action.MAKE_OFFER):
        return None
    href = f"/brand/briefs/{offer.brief_id}/hosts/{offer.creator_id}/offer"
    return Link(label=f"Make {name_of(offer.creator_id)} another offer", href=href)


def _answers(principal: Principal, offer: Offer, side: Party | None) -> bool:
    """Whether it is the reader's turn."""
    return offer.state in OPEN and side not in {None, offer.versions[-1].by} and allowed(principal, Action.NEGOTIATE)


def _counter(offer: Offer, tried: Tried) -> CounterForm:
    fee, currency = offer.terms.flat_fee, offer.terms.currency
    scope = "over the whole contract" if fee is not None and fee.scope is Scope.CONTRACT else "a show"
    return CounterForm(
        action=f"/offers/{offer.offer_id}/counter",
        version=offer.version,
        label=f"Or ask for another flat fee {scope}, in {currency}; all other terms stay",
        fee=tried.typed.get("fee") or to_major(fee.amount_minor if fee is not None else 0, currency),
        error=tried.error.message if tried.error is not None and "fee" in tried.typed else "",
        other_terms=Link(label="Counter with any other terms, from a template or these", href=f"/offers/{offer.offer_id}/terms"),
    )


def _buttons(principal: Principal, offer: Offer, side: Party | None) -> tuple[Button, ...]:
    if offer.state not in OPEN or side is None or not allowed(principal, Action.NEGOTIATE):
        return ()
    hidden = (("version", str(offer.version)),)
    if offer.versions[-1].by is side:
        return ()
    label = f"Accept: {fee_of(offer.terms)} to {name_of(offer.creator_id)}"
    return (Button(label=label, action=f"/offers/{offer.offer_id}/accept", hidden=hidden),)


def _end(principal: Principal, offer: Offer, side: Party | None, tried: Tried) -> EndForm | None:
    """How the reader may end it now: what the own side made is withdrawn, what the other side made is declined."""
    if offer.state not in OPEN or side is None or not allowed(principal, Action.NEGOTIATE):
        return None
    is_own = offer.versions[-1].by is side
    return EndForm(
        action=f"/offers/{offer.offer_id}/{'withdraw' if is_own else 'decline'}",
        version=offer.version,
        label="Withdraw this version" if is_own else "Decline",
        tone="danger" if is_own else "secondary",
        reason=tried.typed.get("reason", ""),
    )
