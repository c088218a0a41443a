"""An offer: its terms with what changed, and the answer that the reader may give now."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

import msgspec

from chalicelib.bookings.states import Party
from chalicelib.contracts.differences import Line, lines
from chalicelib.contracts.negotiation import OPEN, Offer
from chalicelib.contracts.rules import party_of
from chalicelib.contracts.terms import FlatFee, Scope
from chalicelib.core.access import Action, Principal
from chalicelib.core.money import from_major, to_major
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import allowed, cell, fee_of, name_of, status, table
from chalicelib.web.routes import Call, Page, Redirect
from chalicelib.web.views.common import Button, Cell, when
from chalicelib.web.views.deals import CounterForm, OfferPage, TermRow
from chalicelib.wiring import services


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which version is answered."""

    version: Annotated[int, msgspec.Meta(ge=1, le=1000)]


class Counter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which version is answered, and the fee instead of its own: ``350.00``."""

    version: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    fee: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]


@routes.page("GET", "/offers/{offer_id}", action=Action.SEE_DEAL)
def offer_page(call: Call[None], offer_id: str) -> Page:
    """An offer with all its versions."""
    offer = services().contracts.offers.get(call.principal, offer_id)
    side = party_of(call.principal, offer)
    host = name_of(offer.creator_id)
    other = name_of(offer.brand_id) if side is Party.HOST else host
    zone = offer.terms.timezone
    view = OfferPage(
        title=f"Offer for {offer.shows[0].title}",
        other_side=other,
        status=status(offer.state),
        version=f"Version {offer.version}",
        expires=_ends(offer),
        shows=table(
            "Shows",
            "Show,Starts,Minutes",
            [(cell(show.title), cell(when(show.starts_at, zone)), cell(str(show.minutes))) for show in offer.shows],
            "No shows.",
            numbers=(2,),
        ),
        terms=tuple(_terms(offer)),
        history=table("History", "Version,By,When,What changed", _history(offer), "No versions."),
        buttons=_buttons(call.principal, offer, side),
        counter=_counter(offer) if _answers(call.principal, offer, side) else None,
    )
    return Page(template="deal/offer.html", view=view)


@routes.form("POST", "/offers/{offer_id}/accept", action=Action.NEGOTIATE, body=Answer)
def accept_offer(call: Call[Answer], offer_id: str) -> Redirect:
    """Agree, and book; the contract is drawn up by a worker."""
    offer = services().contracts.offers.accept(call.principal, offer_id, call.body.version)
    return Redirect(path=f"/contracts/{offer.contract_id}")


@routes.form("POST", "/offers/{offer_id}/counter", action=Action.NEGOTIATE, body=Counter)
def counter_offer(call: Call[Counter], offer_id: str) -> Redirect:
    """Ask for another fee under otherwise the same terms."""
    offers = services().contracts.offers
    terms = offers.get(call.principal, offer_id).terms
    amount_minor = from_major(call.body.fee.replace(",", ""), terms.currency)
    fee = FlatFee(amount_minor=amount_minor) if terms.flat_fee is None else replace(terms.flat_fee, amount_minor=amount_minor)
    offers.counter(call.principal, offer_id, call.body.version, replace(terms, flat_fee=fee))
    return Redirect(path=f"/offers/{offer_id}")


@routes.form("POST", "/offers/{offer_id}/decline", action=Action.NEGOTIATE, body=Answer)
def decline_offer(call: Call[Answer], offer_id: str) -> Redirect:
    """Say no."""
    services().contracts.offers.decline(call.principal, offer_id, call.body.version, None)
    return Redirect(path=f"/offers/{offer_id}")


@routes.form("POST", "/offers/{offer_id}/withdraw", action=Action.NEGOTIATE, body=Answer)
def withdraw_offer(call: Call[Answer], offer_id: str) -> Redirect:
    """Take back what the own side put on the table."""
    services().contracts.offers.withdraw(call.principal, offer_id, call.body.version)
    return Redirect(path=f"/offers/{offer_id}")


def _ends(offer: Offer) -> str:
    word, at = ("expires", offer.expires_at) if offer.state in OPEN else ("closed", offer.closed_at or offer.expires_at)
    return f"{word} {when(at, offer.terms.timezone)}"


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


def _answers(principal: Principal, offer: Offer, side: Party | None) -> bool:
    """Whether it is the reader's turn."""
    return offer.state in OPEN and side not in {None, offer.versions[-1].by} and allowed(principal, Action.NEGOTIATE)


def _counter(offer: Offer) -> CounterForm:
    fee, currency = offer.terms.flat_fee, offer.terms.currency
    scope = "over the whole contract" if fee is not None and fee.scope is Scope.CONTRACT else "a show"
    return CounterForm(
        action=f"/offers/{offer.offer_id}/counter",
        version=offer.version,
        label=f"Or ask for another flat fee {scope}, in {currency}; all other terms stay",
        fee=to_major(fee.amount_minor if fee is not None else 0, currency),
    )


def _buttons(principal: Principal, offer: Offer, side: Party | None) -> tuple[Button, ...]:
    if offer.state not in OPEN or side is None or not allowed(principal, Action.NEGOTIATE):
        return ()
    hidden = (("version", str(offer.version)),)
    if offer.versions[-1].by is side:
        return (Button(label="Withdraw this version", action=f"/offers/{offer.offer_id}/withdraw", tone="danger", hidden=hidden),)
    label = f"Accept: {fee_of(offer.terms)} to {name_of(offer.creator_id)}"
    return (
        Button(label=label, action=f"/offers/{offer.offer_id}/accept", hidden=hidden),
        Button(label="Decline", action=f"/offers/{offer.offer_id}/decline", tone="secondary", hidden=hidden),
    )
