"""Failures in the shape of Stripe's own error object (docs: API reference, Errors; Error codes)."""

from typing import Any

Obj = dict[str, Any]


class StripeFailure(Exception):
    """An answer other than 200; `executed` says whether the endpoint had begun, which decides if the answer is remembered."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        kind: str = "invalid_request_error",
        executed: bool = True,
    ) -> None:
        """`kind` is the member `type` of Stripe's error object."""
        super().__init__(message)
        self.status = status
        self.executed = executed
        members = {"code": code, "message": message, "param": param, "type": kind}
        if code is not None:
            members["doc_url"] = "https://stripe.com/docs/error-codes/" + code.replace("_", "-")
        self.body: Obj = {"error": {name: value for name, value in members.items() if value is not None}}


def invalid(message: str, *, code: str | None = None, param: str | None = None) -> StripeFailure:
    """A parameter that fails validation, found before execution: not remembered under the idempotency key."""
    return StripeFailure(400, message, code=code, param=param, executed=False)


def refused(message: str, *, code: str | None = None, param: str | None = None) -> StripeFailure:
    """A refusal found during execution: remembered under the idempotency key."""
    return StripeFailure(400, message, code=code, param=param)


def missing(kind: str, identifier: str, *, param: str = "id") -> StripeFailure:
    """No such object: 404 for the object of the address, 400 for one that a parameter names."""
    status = 404 if param == "id" else 400
    return StripeFailure(status, f"No such {kind}: '{identifier}'", code="resource_missing", param=param)
