"""Sessions: the browser holds one opaque cookie, the store holds its SHA-256 and who it stands for.

Expiry is checked here, in real time; the table's TTL only cleans up. A sign-in that is under way is an item of its own,
found by a second short-lived cookie, and is used up by the callback.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pynamodb.attributes import UnicodeAttribute

from chalicelib.adapters.dynamo import Item, Record, WholeNumber, update_if
from chalicelib.core.clock import Clock
from chalicelib.core.errors import Unauthenticated
from chalicelib.core.ids import new_secret

SESSION_COOKIE = "__Host-primetime"
SIGN_IN_COOKIE = "__Host-primetime-sign-in"
IDLE = timedelta(hours=8)
ABSOLUTE = timedelta(days=7)
SIGN_IN_WITHIN = timedelta(minutes=10)
TOUCH_EVERY = timedelta(minutes=5)


class SignInAgain(Unauthenticated):
    """There is no live session behind the cookie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who is signed in. `tenant_id` and `role` are what they act as now; None until they choose or belong somewhere."""

    user_id: str
    email: str
    name: str
    started_at: datetime
    tenant_id: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A sign-in that was started and waits for its callback."""

    state: str
    nonce: str
    verifier: str
    next_path: str
    started_at: datetime


class SessionItem(Item):
    """A session under the hash of its cookie."""

    TABLE = "sessions"
    session = Record(Session)
    seen_at = WholeNumber()
    expires_at = WholeNumber()
    user = UnicodeAttribute()


class SignInItem(Item):
    """A started sign-in under the hash of its cookie."""

    TABLE = "sessions"
    sign_in = Record(SignIn)
    expires_at = WholeNumber()


class SessionStore:
    """All sessions. Cookies are never stored, only their hash."""

    def __init__(self, clock: Clock) -> None:
        """Goes by `clock.real_now()`."""
        self._clock = clock

    def open(self, session: Session) -> str:
        """Store a session and return its cookie's value, which is told only once."""
        secret = new_secret()
        now = int(self._clock.real_now().timestamp())
        expires_at = now + int(ABSOLUTE.total_seconds())
        SessionItem(_key("session", secret), "session", session=session, seen_at=now, expires_at=expires_at, user=session.user_id).save()
        return secret

    def find(self, secret: str) -> Session:
        """The live session of a cookie, touched now and then. Raises `SignInAgain`."""
        item = SessionItem.find(_key("session", secret), "session")
        now = self._clock.real_now()
        if item is None or now >= item.session.started_at + ABSOLUTE or now >= datetime.fromtimestamp(item.seen_at, UTC) + IDLE:
            raise SignInAgain("Your session has ended. Please sign in again.")
        if now >= datetime.fromtimestamp(item.seen_at, UTC) + TOUCH_EVERY:
            update_if(item, [SessionItem.seen_at.set(int(now.timestamp()))], SessionItem.pk.exists())
        return item.session

    def close(self, secret: str) -> None:
        """End a session; one that is not there is closed already."""
        item = SessionItem.find(_key("session", secret), "session")
        if item is not None:
            item.delete()

    def start_sign_in(self, next_path: str) -> tuple[str, SignIn]:
        """Begin a sign-in: the cookie's value, and state, nonce and verifier for it."""
        secret = new_secret()
        now = self._clock.real_now()
        sign_in = SignIn(state=new_secret(), nonce=new_secret(), verifier=new_secret(), next_path=next_path, started_at=now)
        SignInItem(_key("sign-in", secret), "sign-in", sign_in=sign_in, expires_at=int((now + SIGN_IN_WITHIN).timestamp())).save()
        return secret, sign_in

    def finish_sign_in(self, secret: str, state: str) -> SignIn:
        """The started sign-in of a cookie, used up. Raises `SignInAgain` when it is unknown, late, or of another state."""
        item = SignInItem.find(_key("sign-in", secret), "sign-in")
        if item is None or self._clock.real_now() >= item.sign_in.started_at + SIGN_IN_WITHIN or item.sign_in.state != state:
            raise SignInAgain("That sign-in is too old or was begun in another window. Please sign in again.")
        item.delete()
        return item.sign_in


def cookie(name: str, value: str, *, max_age_seconds: int) -> str:
    """A Set-Cookie header for one of our two cookies."""
    return f"{name}={value}; Path=/; Max-Age={max_age_seconds}; Secure; HttpOnly; SameSite=Lax"


def cookies_of(header: str) -> dict[str, str]:
    """Names and values of a Cookie header."""
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return {name: value for name, separator, value in pairs if separator}


def _key(kind: str, secret: str) -> str:
    return f"{kind}#{hashlib.sha256(secret.encode()).hexdigest()}"
