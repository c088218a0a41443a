"""Where notices are kept; the only place that knows the keys of the notices table.

subject#<subject> / watch                    when time may change something of a subject
due / <instant>#<subject>                    the same by instant, so that the schedule reads what is due and nothing else
notice#<id> / notice                         a notice, without anybody's name or address
notice#<id> / person#<pseudonym>             what became of it for one person
person#<pseudonym> / preferences             what that person has said about mail
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.adapters.dynamo import Item, Record, Transaction, WholeNumber
from chalicelib.core.clock import iso
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.notices.rules import LookedAtMeanwhile, Notice, Preferences

TABLE = "notices"
DUE = "due"


class NoSuchNotice(NotFound):
    """There is no such notice."""


class BegunElsewhere(Conflict):
    """Another worker has begun the same attempt."""


class Outcome(StrEnum):
    """What became of a notice for one person. `SENDING` that stays so means that nobody knows: it is not sent again."""

    SENDING = "sending"
    SENT = "sent"
    BUSY = "busy"
    FAILED = "failed"
    UNKNOWN = "unknown"
    UNWANTED = "unwanted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """When a subject is looked at again."""

    subject: str
    next_look_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A notice for one person. `message_id` is SES's, `note` its word for why not; neither has the address in it."""

    outcome: Outcome
    changed_at: datetime
    attempts: int
    message_id: str = ""
    note: str = ""


class WatchItem(Item):
    """A subject that something waits for; `version` counts its looks that changed something."""

    TABLE = TABLE
    watch = Record(Watch)
    version = WholeNumber()


class DueItem(Item):
    """Finds subjects by when they are looked at again."""

    TABLE = TABLE


class NoticeItem(Item):
    """A notice."""

    TABLE = TABLE
    notice = Record(Notice)


class DeliveryItem(Item):
    """A notice for one person; `attempts` is what writes are conditioned on."""

    TABLE = TABLE
    delivery = Record(Delivery)
    attempts = WholeNumber()


class PreferencesItem(Item):
    """What a person has said about mail."""

    TABLE = TABLE
    preferences = Record(Preferences)


class NoticeStore:
    """Watches, notices, what became of them, and preferences in DynamoDB."""

    def watch(self, subject: str) -> Watch:
        """When a subject is looked at again; one that nobody has looked at yet has version 0."""
        item = WatchItem.find(f"subject#{subject}", "watch")
        return Watch(subject=subject, next_look_at=None, version=0) if item is None else item.watch

    def move(self, transaction: Transaction, before: Watch, next_look_at: datetime | None) -> None:
        """Put into a transaction when a subject is looked at next, unless another worker has looked at it since."""
        after = Watch(subject=before.subject, next_look_at=next_look_at, version=before.version + 1)
        unchanged = WatchItem.version == before.version if before.version else WatchItem.pk.does_not_exist()
        item = WatchItem(f"subject#{before.subject}", "watch", watch=after, version=after.version)
        transaction.put(item, unchanged, LookedAtMeanwhile("Another worker looks at this just now; the message comes again."))
        if before.next_look_at == next_look_at:
            return
        if before.next_look_at is not None:
            transaction.delete(_due(before.next_look_at, before.subject))
        if next_look_at is not None:
            transaction.put(_due(next_look_at, before.subject))

    def due(self, now: datetime, limit: int) -> list[str]:
        """Subjects to look at, the longest due first; nothing else is read."""
        found = DueItem.query(DUE, DueItem.sk <= iso(now) + "~", consistent_read=True, limit=limit)
        return [item.sk.partition("#")[2] for item in found]

    def unknown(self, notices: Sequence[Notice]) -> list[Notice]:
        """Those among these notices that have not been made yet."""
        known = {item.pk for item in NoticeItem.many([_key(notice.notice_id) for notice in notices])}
        return [notice for notice in notices if _key(notice.notice_id)[0] not in known]

    def add(self, transaction: Transaction, notice: Notice) -> None:
        """Put a new notice into a transaction."""
        transaction.put_new(NoticeItem(*_key(notice.notice_id), notice=notice), LookedAtMeanwhile("This notice has been made already."))

    def notice(self, notice_id: str) -> Notice:
        """A notice. Raises `NoSuchNotice`."""
        item = NoticeItem.find(*_key(notice_id))
        if item is None:
            raise NoSuchNotice("There is no such notice.")
        return item.notice

    def delivery(self, notice_id: str, person_id: str) -> Delivery | None:
        """What became of a notice for a person; None while nobody has begun."""
        item = DeliveryItem.find(_key(notice_id)[0], _person(person_id))
        return None if item is None else item.delivery

    def deliveries(self, notice_id: str) -> dict[str, Delivery]:
        """What became of a notice, by person."""
        return {item.sk.partition("#")[2]: item.delivery for item in DeliveryItem.under(_key(notice_id)[0], "person#")}

    def claim(self, notice_id: str, person_id: str, before: Delivery | None, after: Delivery) -> bool:
        """Begin an attempt, before anything is sent. False where another worker was faster."""
        item = DeliveryItem(_key(notice_id)[0], _person(person_id), delivery=after, attempts=after.attempts)
        condition = DeliveryItem.attempts == before.attempts if before else DeliveryItem.pk.does_not_exist()
        try:
            Transaction().put(item, condition, BegunElsewhere("Another worker sends this just now.")).commit()
        except BegunElsewhere:
            return False
        return True

    def conclude(self, notice_id: str, person_id: str, after: Delivery) -> None:
        """Keep what became of an attempt."""
        DeliveryItem(_key(notice_id)[0], _person(person_id), delivery=after, attempts=after.attempts).save()

    def preferences(self, person_id: str) -> Preferences:
        """What a person has said, or what holds while nobody has."""
        item = PreferencesItem.find(_person(person_id), "preferences")
        return Preferences() if item is None else item.preferences

    def save_preferences(self, person_id: str, preferences: Preferences) -> None:
        """Replace it."""
        PreferencesItem(_person(person_id), "preferences", preferences=preferences).save()


def _key(notice_id: str) -> tuple[str, str]:
    return f"notice#{notice_id}", "notice"


def _person(person_id: str) -> str:
    return f"person#{person_id}"


def _due(instant: datetime, subject: str) -> DueItem:
    return DueItem(DUE, f"{iso(instant)}#{subject}")
