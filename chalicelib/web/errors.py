"""The status table: which HTTP answer each kind of business failure becomes, as an RFC 9457 problem document."""

from http import HTTPStatus
from typing import Any

from chalicelib.core.errors import Conflict, Forbidden, Invalid, NotFound, PrimetimeError, Unauthenticated

STATUS: tuple[tuple[type[PrimetimeError], HTTPStatus], ...] = (
    (Unauthenticated, HTTPStatus.UNAUTHORIZED),
    (Forbidden, HTTPStatus.FORBIDDEN),
    (NotFound, HTTPStatus.NOT_FOUND),
    (Conflict, HTTPStatus.CONFLICT),
    (Invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
)
PROBLEM_TYPE = "application/problem+json"
UNEXPECTED = "Something went wrong on our side. Nothing was half done; please try again, and tell us the request id if it stays."


def status_of(error: PrimetimeError) -> HTTPStatus:
    """The status of the nearest of the five roots; a root without a place in the table is a programming error."""
    return next(status for root, status in STATUS if isinstance(error, root))


def kind_of(error: PrimetimeError) -> str:
    """The failure's name for programs: `SlotTaken` becomes `slot_taken`."""
    name = type(error).__name__
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def problem(error: PrimetimeError) -> dict[str, Any]:
    """The problem document of a business failure."""
    status = status_of(error)
    document: dict[str, Any] = {
        "type": f"/problems/{kind_of(error)}",
        "title": status.phrase,
        "status": status.value,
        "detail": error.message,
    }
    if error.fields:
        document["errors"] = error.fields
    return document


def unexpected(request_id: str) -> dict[str, Any]:
    """The problem document of a failure of ours: no word of what it was."""
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return {"type": "/problems/unexpected", "title": status.phrase, "status": status.value, "detail": UNEXPECTED, "request_id": request_id}
