"""Faults on command: the next matching calls are cut, lost, slowed or answered with an error, and every call is on record."""

from dataclasses import dataclass, field

from tests.stripe_standin.errors import Obj, StripeFailure

KINDS = frozenset({"cut", "lost", "slow", "conflict", "rate_limit", "error", "error_kept", "error_after"})
"""cut: the connection ends before execution. lost: it ends after. slow: the call waits, holding its key, and is then executed.
conflict: 409. rate_limit: 429. error: 500, nothing executed, nothing remembered. error_kept: the same, and remembered under the key.
error_after: executed, then 500, and the 500 is remembered under the key (docs: Idempotent requests, "whether it succeeds or fails")."""
LARGEST_LOG = 10_000


@dataclass(slots=True, kw_only=True)
class Fault:
    """One armed fault: which calls it fits, how many it lets pass first, and how many it hits."""

    kind: str
    method: str = "POST"
    path: str = "/v1/"
    skip: int = 0
    times: int = 1
    seconds: int = 1

    def hits(self, method: str, path: str) -> bool:
        """Counts a call; true when this one is hit."""
        if method != self.method or not path.startswith(self.path) or not self.times:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


@dataclass(slots=True)
class Faults:
    """The armed faults and the record of calls. Not kept over a restart."""

    armed: list[Fault] = field(default_factory=list)
    calls: list[Obj] = field(default_factory=list)

    def next_for(self, method: str, path: str) -> Fault | None:
        """The fault that hits this call, if any."""
        return next((fault for fault in self.armed if fault.hits(method, path)), None)

    def record(self, call: Obj) -> None:
        """Adds a call to the record, which forgets its oldest half when it is full."""
        if len(self.calls) >= LARGEST_LOG:
            del self.calls[: LARGEST_LOG // 2]
        self.calls.append(call)


def refused_at_the_door(fault: Fault | None) -> None:
    """Raises the error of a fault that comes before the key is looked at: nothing is executed, replayed or remembered."""
    match fault.kind if fault else None:
        case "conflict":
            raise key_in_use()
        case "rate_limit":
            raise StripeFailure(429, "Request rate limit exceeded.", code="rate_limit", executed=False)
        case "error":
            raise server_error(executed=False)
        case _:
            return


def key_in_use() -> StripeFailure:
    """Another call with this key is being executed (docs: Error codes, `idempotency_key_in_use`)."""
    message = "There is currently another in-progress request using this Idempotent Key. Please try again later."
    return StripeFailure(409, message, code="idempotency_key_in_use", kind="idempotency_error", executed=False)


def server_error(*, executed: bool) -> StripeFailure:
    """Stripe's own failure (docs: Errors, `api_error`)."""
    return StripeFailure(500, "An unknown error occurred", kind="api_error", executed=executed)
