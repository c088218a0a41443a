"""A write sent twice under one Idempotency-Key happens once, and is answered the same both times.

Where our side failed, nobody knows what has happened: the write is carried out again, with the same ids for what it makes.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pynamodb.attributes import UnicodeAttribute

from chalicelib.adapters.dynamo import Item, Record, WholeNumber
from chalicelib.core.clock import Clock
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.core.ids import new_seed

REMEMBERED_FOR = timedelta(days=30)
UNFINISHED_AFTER = timedelta(seconds=60)
MAX_KEY_CHARACTERS = 200


class KeyUsedForSomethingElse(Invalid):
    """The Idempotency-Key came with another request before."""


class StillRunning(Conflict):
    """The first request under this key has not been answered yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The request that a key stands for and, once there is one, its answer."""

    request_sha256: str
    begun_at: datetime
    status: int | None = None
    body: str = ""
    seed: str = ""
    """What ids of things made by the request end with."""


class KeptItem(Item):
    """A remembered answer, by caller and key."""

    TABLE = "sessions"
    kept = Record(Kept)
    expires_at = WholeNumber()
    caller = UnicodeAttribute()


class Idempotency:
    """Remembers answers for thirty days, by real time."""

    def __init__(self, clock: Clock) -> None:
        """Goes by `clock.real_now()`."""
        self._clock = clock

    def begin(self, caller: str, key: str, request: bytes) -> Kept:
        """The answer given before, or one without a status when the request is to be carried out now. Raises the two failures above."""
        if len(key) > MAX_KEY_CHARACTERS:
            raise Invalid(f"An Idempotency-Key has at most {MAX_KEY_CHARACTERS} characters.")
        digest = hashlib.sha256(request).hexdigest()
        now = self._clock.real_now()
        new = Kept(request_sha256=digest, begun_at=now, seed=new_seed())
        if KeptItem.put_new(self._item(caller, key, new)):
            return new
        item = KeptItem.find(*_keys(caller, key))
        known = new if item is None else item.kept
        if known.request_sha256 != digest:
            raise KeyUsedForSomethingElse("This Idempotency-Key was used for another request. Take a new key for a new request.")
        if item is not None and known.status is not None:
            return known
        if item is not None and now < known.begun_at + UNFINISHED_AFTER:
            raise StillRunning("The first request with this Idempotency-Key is still running. Ask again in a moment.")
        again = replace(known, begun_at=now)
        self._item(caller, key, again).save()
        return again

    def finish(self, caller: str, key: str, kept: Kept, status: int, body: str) -> None:
        """Remember the answer of what `begin` gave."""
        self._item(caller, key, replace(kept, begun_at=self._clock.real_now(), status=status, body=body)).save()

    def lose_track(self, caller: str, key: str, kept: Kept) -> None:
        """Our side failed, and what the request did is not known: it may come again at once, and is then the same request."""
        self._item(caller, key, replace(kept, begun_at=kept.begun_at - UNFINISHED_AFTER)).save()

    def forget(self, caller: str, key: str) -> None:
        """The request was refused and changed nothing: the key may be used again."""
        item = KeptItem.find(*_keys(caller, key))
        if item is not None:
            item.delete()

    def _item(self, caller: str, key: str, kept: Kept) -> KeptItem:
        expires_at = int((self._clock.real_now() + REMEMBERED_FOR).timestamp())
        return KeptItem(*_keys(caller, key), kept=kept, expires_at=expires_at, caller=caller)


def _keys(caller: str, key: str) -> tuple[str, str]:
    return f"idempotency#{caller}", hashlib.sha256(key.encode()).hexdigest()
