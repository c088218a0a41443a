"""What becomes of a contract's list of shows when one of them moves, or a make-up show is agreed on. Pure."""

from dataclasses import replace
from datetime import datetime

from chalicelib.contracts.rules import BookedShow, Contract, FormerStart


def next_booking_id(booking_id: str) -> str:
    """The id of the booking that takes the place of one: ``bkg_1``, ``bkg_1-2``, ``bkg_1-3``."""
    first, _, number = booking_id.partition("-")
    return f"{first}-{int(number or 1) + 1}"


def make_up_booking_id(contract: Contract) -> str:
    """The id of the booking of the contract's next make-up show."""
    place = sum(booked.is_make_up for booked in contract.bookings) + 1
    return f"bkg_{contract.contract_id.partition('_')[2]}m{place:02}"


def with_other_time(contract: Contract, booking_id: str, new_booking_id: str, starts_at: datetime, now: datetime) -> Contract:
    """The contract with one show booked anew, from now on at another time."""
    moved = (_moved(each, new_booking_id, starts_at, now) if each.booking_id == booking_id else each for each in contract.bookings)
    return replace(contract, bookings=tuple(moved))


def start_at(booked: BookedShow, as_of: datetime) -> datetime:
    """The scheduled start that a show had at an instant, whatever was agreed on later."""
    return next((former.starts_at for former in booked.former_starts if as_of < former.until), booked.starts_at)


def with_make_up(contract: Contract, booked: BookedShow) -> Contract:
    """The contract with one more show."""
    return replace(contract, bookings=(*contract.bookings, booked))


def _moved(booked: BookedShow, new_booking_id: str, starts_at: datetime, now: datetime) -> BookedShow:
    former_starts = (*booked.former_starts, FormerStart(starts_at=booked.starts_at, until=now))
    return replace(booked, booking_id=new_booking_id, starts_at=starts_at, former_starts=former_starts)
