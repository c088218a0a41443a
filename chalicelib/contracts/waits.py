"""What waits in a negotiation and for signatures, when silence ends it, and what has happened, in words for mail. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from chalicelib.bookings.states import Party, State
from chalicelib.contracts import mail_words as words
from chalicelib.contracts.evidence import EventKind, RecordedEvent
from chalicelib.contracts.negotiation import OPEN, Offer
from chalicelib.contracts.rules import Amendment, Contract, ContractState, Signature, awaited
from chalicelib.core.access import BRAND_WRITERS, Role
from chalicelib.core.words import first_of
from chalicelib.notices.rules import DAY, HOUR, About, Audience, CalendarEntry, Happening, Kind, Seen, Wait, brand_people, host_people

ANSWER_REMINDERS = (DAY, 2 * HOUR)
HOLD_REMINDERS = (2 * HOUR,)
SIGNATURE_REMINDERS = (2 * DAY, DAY, 2 * HOUR)
ENDED_HOW = {EventKind.LAPSED: "was not signed in time", EventKind.DECLINED: "was declined or taken back"}


def of_offer(offer: Offer, now: datetime) -> Seen:
    """What waits in a negotiation, and what has happened in it."""
    waits = tuple(_offer_waits(offer, now)) if offer.state in OPEN and offer.accepting is None else ()
    return Seen(waits=waits, happenings=(*_on_the_table(offer), *_end_of(offer)))


def of_contract(contract: Contract, events: Sequence[RecordedEvent]) -> Seen:
    """What waits for signatures, and what was signed; `events` are the chain of evidence."""
    waits = (*_signatures_awaited(contract), *_amendment_awaited(contract))
    return Seen(waits=waits, happenings=(*_contract_happenings(contract, events), *_amendment_happenings(contract, events)))


def sides_of(deal: Offer | Contract) -> dict[Party, tuple[Audience, ...]]:
    """Who is told on each side."""
    return {Party.BRAND: (brand_people(deal.brand_id),), Party.HOST: host_people(deal.creator_id, deal.agency_id)}


def names_of(deal: Offer | Contract) -> dict[str, str]:
    """The words that stand for the parties."""
    return {"brand": deal.brand_id, "host": deal.creator_id}


def _about_offer(offer: Offer, *, changes: Sequence[str] = ()) -> About:
    times = {"starts_at": offer.shows[0].starts_at, "ends_at": offer.expires_at}
    return About(
        path=f"/offers/{offer.offer_id}",
        zone=offer.terms.timezone,
        facts={"title": first_of([show.title for show in offer.shows]), "shows": _shows(len(offer.shows)), "changes": "; ".join(changes)},
        times=times if offer.held_until is None else {**times, "held_until": offer.held_until},
        names=names_of(offer),
    )


def _offer_waits(offer: Offer, now: datetime) -> Iterator[Wait]:
    last = offer.versions[-1]
    yield Wait(
        state="offer",
        key=f"{offer.offer_id} {last.version}",
        ends_at=offer.expires_at,
        began_at=last.made_at,
        asked=_other(offer, last.by),
        reminder=words.OFFER_EXPIRES,
        before=ANSWER_REMINDERS,
        about=_about_offer(offer),
    )
    if offer.held_until is not None and now < offer.held_until < offer.expires_at:
        yield Wait(
            state="hold",
            key=offer.offer_id,
            ends_at=offer.held_until,
            began_at=offer.created_at,
            asked=(*sides_of(offer)[Party.BRAND], *sides_of(offer)[Party.HOST]),
            reminder=words.HOLD_ENDS,
            before=HOLD_REMINDERS,
            about=_about_offer(offer),
        )


def _on_the_table(offer: Offer) -> Iterator[Happening]:
    """The last version, while it can be answered: news of an earlier one would mislead."""
    last = offer.versions[-1]
    if offer.state in OPEN:
        yield Happening(
            kind=words.OFFER_MADE if last.version == 1 else words.OFFER_COUNTERED,
            key=f"{offer.offer_id} {last.version}",
            at=last.made_at,
            told=_other(offer, last.by),
            about=_about_offer(offer, changes=last.differences),
        )


def _end_of(offer: Offer) -> Iterator[Happening]:
    last, sides = offer.versions[-1], sides_of(offer)
    told: dict[State, tuple[Kind, tuple[Audience, ...]]] = {
        State.ACCEPTED: (words.OFFER_ACCEPTED, sides[last.by]),
        State.DECLINED: (words.OFFER_DECLINED, sides[last.by]),
        State.WITHDRAWN: (words.OFFER_WITHDRAWN, _other(offer, last.by)),
        State.EXPIRED: (words.OFFER_EXPIRED, (*sides[Party.BRAND], *sides[Party.HOST])),
    }
    if offer.state in told:
        kind, audience = told[offer.state]
        yield Happening(kind=kind, key=offer.offer_id, at=offer.closed_at, told=audience, about=_about_offer(offer))


def _other(deal: Offer | Contract, side: Party) -> tuple[Audience, ...]:
    return sides_of(deal)[Party.HOST if side is Party.BRAND else Party.BRAND]


def _about_contract(contract: Contract, ends_at: datetime, **facts: str) -> About:
    titles = [booked.title for booked in contract.bookings]
    return About(
        path=f"/contracts/{contract.contract_id}",
        zone=contract.terms.timezone,
        facts={"title": first_of(titles), "shows": _shows(len(titles)), **facts},
        times={"starts_at": min(booked.starts_at for booked in contract.bookings), "ends_at": ends_at},
        names=names_of(contract),
    )


def _signatories_missing(contract: Contract, signatures: Sequence[Signature]) -> tuple[Audience, ...]:
    """Those who can sign now for a side that has not, in the order that the terms say: an agency may look, but not sign."""
    waited_for = awaited(tuple(signatures), contract.terms.signing_order)
    able = {
        Party.BRAND: Audience(tenant_id=contract.brand_id, roles=BRAND_WRITERS),
        Party.HOST: Audience(tenant_id=contract.creator_id, roles=frozenset({Role.CREATOR})),
    }
    return tuple(audience for party, audience in able.items() if party in waited_for)


def _signatures_awaited(contract: Contract) -> Iterator[Wait]:
    if contract.state is ContractState.TO_SIGN:
        yield Wait(
            state="signature",
            key=contract.contract_id,
            ends_at=contract.sign_by,
            began_at=contract.recorded_at,
            asked=_signatories_missing(contract, contract.signatures),
            reminder=words.SIGNATURE_AWAITED,
            before=SIGNATURE_REMINDERS,
            about=_about_contract(contract, contract.sign_by),
        )


def _amendment_awaited(contract: Contract) -> Iterator[Wait]:
    amendment = contract.amendment
    if amendment is not None:
        yield Wait(
            state="amendment",
            key=f"{contract.contract_id} {_amendment_key(amendment)}",
            ends_at=amendment.sign_by,
            began_at=amendment.proposed_at,
            asked=_signatories_missing(contract, amendment.signatures),
            reminder=words.AMENDMENT_AWAITED,
            before=SIGNATURE_REMINDERS,
            about=_about_contract(contract, amendment.sign_by),
        )


def _contract_happenings(contract: Contract, events: Sequence[RecordedEvent]) -> Iterator[Happening]:
    about, sides = _about_contract(contract, contract.sign_by), sides_of(contract)
    both, key = (*sides[Party.BRAND], *sides[Party.HOST]), contract.contract_id
    if contract.state is ContractState.TO_SIGN:
        if sum(entry.event.kind is EventKind.CREATED for entry in events) > 1:
            yield Happening(kind=words.TO_SIGN_ANEW, key=contract.document_sha256, at=None, told=both, about=about)
        else:
            yield Happening(kind=words.TO_SIGN, key=key, at=contract.recorded_at, told=both, about=about)
        for signature in contract.signatures:
            told, by = _other(contract, signature.party), f"{signature.party.value} {contract.document_sha256}"
            yield Happening(kind=words.OTHER_SIDE_SIGNED, key=by, at=signature.signed_at, told=told, about=about)
    if contract.state is ContractState.LAPSED:
        yield Happening(kind=words.LAPSED, key=key, at=contract.sign_by, told=both, about=about)
    if contract.ending is not None and contract.state is ContractState.DECLINED:
        told = _other(contract, contract.ending.by)
        yield Happening(kind=words.NOT_SIGNED, key=key, at=contract.ending.at, told=told, about=about)


def signed(contract: Contract, dates: tuple[CalendarEntry, ...]) -> Seen:
    """That a contract is signed, with the dates of its shows."""
    if contract.signed_at is None:
        return Seen()
    about, sides = _about_contract(contract, contract.sign_by), sides_of(contract)
    about = About(path=about.path, zone=about.zone, facts=about.facts, times=about.times, names=about.names, calendar=dates)
    told = (*sides[Party.BRAND], *sides[Party.HOST])
    return Seen(happenings=(Happening(kind=words.SIGNED, key=contract.contract_id, at=contract.signed_at, told=told, about=about),))


def _amendment_happenings(contract: Contract, events: Sequence[RecordedEvent]) -> Iterator[Happening]:
    amendment, sides = contract.amendment, sides_of(contract)
    both = (*sides[Party.BRAND], *sides[Party.HOST])
    if amendment is not None:
        about = _about_contract(contract, amendment.sign_by, changes="; ".join(amendment.differences))
        told = _other(contract, amendment.proposed_by)
        yield Happening(kind=words.AMENDMENT_PROPOSED, key=_amendment_key(amendment), at=amendment.proposed_at, told=told, about=about)
    for version in contract.versions[1:]:
        in_force = "the first show" if version.in_force_from is None else f"{version.in_force_from:%Y-%m-%d %H:%M} UTC"
        about = _about_contract(contract, contract.sign_by, version=str(version.version), in_force=in_force)
        yield Happening(kind=words.AMENDED, key=str(version.version), at=None, told=both, about=about)
    for entry in events:
        if entry.event.kind in ENDED_HOW and entry.event.document_version > 1:
            facts = {"version": str(entry.event.document_version), "how": ENDED_HOW[entry.event.kind]}
            about = _about_contract(contract, contract.sign_by, **facts)
            yield Happening(kind=words.AMENDMENT_ENDED, key=str(entry.event.number), at=None, told=both, about=about)


def _amendment_key(amendment: Amendment) -> str:
    """Another proposal of the same version is another one."""
    return f"{amendment.version} {amendment.document_sha256}"


def _shows(count: int) -> str:
    return "a show" if count == 1 else f"{count} shows"
