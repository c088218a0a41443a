"""Shows that are promised already: offered to a host who may still say yes, or booked. A plan leaves them alone and pays for them first."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.bookings.rules import Availability, BadSlot, Claim, claimed_slots
from chalicelib.bookings.states import State
from chalicelib.contracts.negotiation import Offer
from chalicelib.contracts.terms import Scope, Terms
from chalicelib.planning.asked import Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """A show of a brief that an offer is about."""

    slot_id: str
    brand_id: str
    host_id: str
    starts_at: datetime
    minutes: int
    fee_minor: int
    offer_id: str
    is_booked: bool


def promised_by(offers: Iterable[Offer], is_held: Callable[[str], bool], wanted: Sequence[Wanted]) -> tuple[Promised, ...]:
    """Which of the wanted shows these offers are about. `is_held` says whether a booking still has its host's time."""
    left: dict[tuple[str, datetime], list[str]] = {}
    for each in wanted:
        left.setdefault((each.brief.brief_id, each.window.starts_at), []).append(each.slot_id)
    found = []
    for offer in offers:
        for show in offer.shows:
            slots = left.get((offer.brief_id, show.starts_at))
            is_booked = offer.state is State.ACCEPTED
            if slots and (not is_booked or is_held(show.booking_id)):
                promised = Promised(
                    slot_id=slots.pop(0),
                    brand_id=offer.brand_id,
                    host_id=offer.creator_id,
                    starts_at=show.starts_at,
                    minutes=show.minutes,
                    fee_minor=_fee(offer.terms, len(offer.shows)),
                    offer_id=offer.offer_id,
                    is_booked=is_booked,
                )
                found.append(promised)
    return tuple(found)


def spent_on(promised: Iterable[Promised]) -> Counter[str]:
    """By brand, what is promised in fees."""
    spent: Counter[str] = Counter()
    for each in promised:
        spent[each.brand_id] += each.fee_minor
    return spent


def time_of(availability: Availability, promised: Iterable[Promised]) -> tuple[Claim, ...]:
    """What one host's open offers would claim, as if they had been accepted; what is booked is claimed already."""
    made = []
    for each in promised:
        if not each.is_booked:
            ends_at = each.starts_at + timedelta(minutes=each.minutes)
            try:
                slots = claimed_slots(availability, each.starts_at, each.minutes)
            except BadSlot:
                continue
            claim = Claim(slot=each.starts_at, booking_id=f"{each.offer_id}-{each.slot_id}", starts_at=each.starts_at, ends_at=ends_at)
            made += [replace(claim, slot=slot) for slot in slots]
    return tuple(made)


def _fee(terms: Terms, shows: int) -> int:
    """The appearance fee of one show, rounded up where it is for several together."""
    fee = terms.flat_fee
    if fee is None:
        return 0
    return fee.amount_minor if fee.scope is Scope.SHOW else -(-fee.amount_minor // shows)
