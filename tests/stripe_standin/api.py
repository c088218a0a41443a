"""From a request to its answer: key, address, parameters, idempotency, execution, commit."""

import base64
import binascii
import hashlib
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.stripe_standin import balance, charges, checkout
from tests.stripe_standin.accounts import account_of
from tests.stripe_standin.call import Call, expanded
from tests.stripe_standin.errors import Obj, StripeFailure, invalid
from tests.stripe_standin.faults import Fault, Faults, key_in_use, refused_at_the_door, server_error
from tests.stripe_standin.params import decode
from tests.stripe_standin.routes import ROUTES, Route
from tests.stripe_standin.world import PLATFORM, World

KEY_SECONDS = 86_400
LONGEST_KEY = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What arrived. Header names are in lower case."""

    method: str
    path: str
    encoded: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is sent back; without a body the connection is cut instead."""

    status: int
    body: Obj | None
    replayed: bool = False


@dataclass(slots=True)
class Api:
    """One pretended Stripe behind one lock."""

    world: World
    faults: Faults = field(default_factory=Faults)
    lock: threading.RLock = field(default_factory=threading.RLock)
    in_flight: set[str] = field(default_factory=set)

    def answer(self, request: Request) -> Answer:
        """Never raises: every failure is an answer in Stripe's shape."""
        with self.lock:
            fault = self.faults.next_for(request.method, request.path)
        if fault and fault.kind == "cut":
            return self._recorded(request, Answer(status=0, body=None))
        try:
            answer = self._authorised(request, fault)
        except StripeFailure as failure:
            answer = Answer(status=failure.status, body=failure.body)
        if fault and fault.kind == "lost":
            answer = Answer(status=0, body=None)
        return self._recorded(request, answer)

    def _recorded(self, request: Request, answer: Answer) -> Answer:
        key = request.headers.get("idempotency-key")
        with self.lock:
            self.faults.record(
                {"method": request.method, "path": request.path, "key": key, "status": answer.status, "replayed": answer.replayed}
            )
        return answer

    def _authorised(self, request: Request, fault: Fault | None) -> Answer:
        self._check_key(request)
        route, ids = _route_of(request)
        account = self._account(request, route)
        refused_at_the_door(fault)
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        if key is None:
            return self._executed(request, route, ids, account, fault, None)
        if len(key) > LONGEST_KEY:
            raise invalid(f"Idempotency keys are at most {LONGEST_KEY} characters.")
        scoped = f"{account}|{key}"
        replay = self._claimed(scoped, _print_of(request))
        if replay is not None:
            return replay
        try:
            return self._executed(request, route, ids, account, fault, scoped)
        finally:
            with self.lock:
                self.in_flight.discard(scoped)

    def _check_key(self, request: Request) -> None:
        """A wrong key is 401 (docs: Authentication)."""
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                credentials = base64.b64decode(credentials).decode().partition(":")[0]
            except (binascii.Error, UnicodeDecodeError):
                credentials = ""
        if credentials != self.world.options.api_key:
            message = f"Invalid API Key provided: {credentials[:8]}****" if credentials else "You did not provide an API key."
            raise StripeFailure(401, message, executed=False)

    def _account(self, request: Request, route: Route) -> str:
        """The header Stripe-Account makes the call on behalf of a connected account (docs: Connect, Making API calls)."""
        account = request.headers.get("stripe-account", PLATFORM)
        if account:
            with self.lock:
                account_of(self.world, account)
            if not route.connect:
                raise invalid("The stand-in does not serve this address on behalf of a connected account.")
        return account

    def _claimed(self, scoped: str, fingerprint: str) -> Answer | None:
        """The remembered answer, or None when the key is now ours (docs: Idempotent requests; keys may be pruned after 24 hours)."""
        with self.lock:
            if scoped in self.in_flight:
                raise key_in_use()
            known = self.world.store.get("idempotency", scoped)
            if known is None or known["created"] + KEY_SECONDS <= self.world.now():
                self.in_flight.add(scoped)
                return None
        if known["fingerprint"] != fingerprint:
            message = (
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                "Try using a key other than the one given if you meant to execute a different request."
            )
            raise StripeFailure(400, message, kind="idempotency_error", executed=False)
        return Answer(status=known["status"], body=known["body"], replayed=True)

    def _executed(
        self, request: Request, route: Route, ids: tuple[str, ...], account: str, fault: Fault | None, scoped: str | None
    ) -> Answer:
        if fault and fault.kind == "slow":
            time.sleep(fault.seconds)
        with self.lock:
            world = self.world
            self.advance()
            world.request_key = request.headers.get("idempotency-key")
            try:
                answer = self._run(request, route, ids, account, fault)
            except StripeFailure as failure:
                world.store.rollback()
                world.emitted.clear()
                answer = Answer(status=failure.status, body=failure.body)
                if not failure.executed:
                    return answer
            finally:
                world.request_key = None
            if fault and fault.kind == "error_after":
                answer = Answer(status=500, body=server_error(executed=True).body)
            if scoped is not None:
                self._remember(scoped, request, answer)
            self.commit()
            return answer

    def _run(self, request: Request, route: Route, ids: tuple[str, ...], account: str, fault: Fault | None) -> Answer:
        if fault and fault.kind == "error_kept":
            raise server_error(executed=True)
        params = decode(request.encoded, route.declared)
        call = Call(world=self.world, account=account, path=request.path, ids=ids, params=params)
        return Answer(status=200, body=expanded(call, self.world.present(route.endpoint(call))))

    def _remember(self, scoped: str, request: Request, answer: Answer) -> None:
        row = {"fingerprint": _print_of(request), "status": answer.status, "body": answer.body, "created": self.world.now()}
        self.world.store.put("idempotency", scoped, row)

    def advance(self) -> None:
        """What the passing of time does, before anything else is looked at."""
        with self.lock:
            checkout.expire_overdue(self.world)
            balance.finish_topups(self.world)
            balance.finish_payouts(self.world)
            charges.settle_pending_refunds(self.world)
            self.commit()

    def commit(self) -> None:
        """Keeps all changes and lines up the deliveries of their events in the same transaction."""
        with self.lock:
            for identifier in self.world.emitted:
                event = self.world.store.get("event", identifier) or {}
                for target in self.world.targets_for(event["_account"]):
                    row = {"event": identifier, "url": target.url, "attempts": 0, "due": 0, "done": False}
                    self.world.store.put("delivery", f"{identifier}|{target.url}", row)
            self.world.emitted.clear()
            self.world.store.commit()


def _route_of(request: Request) -> tuple[Route, tuple[str, ...]]:
    for route in ROUTES:
        found = route.expression.match(request.path) if route.method == request.method else None
        if found:
            return route, found.groups()
    raise StripeFailure(404, f"Unrecognized request URL ({request.method}: {request.path}).", executed=False)


def _print_of(request: Request) -> str:
    """One key belongs to one address and one set of parameters."""
    parts = json.dumps([request.method, request.path, sorted(request.encoded.split("&"))])
    return hashlib.sha256(parts.encode()).hexdigest()
