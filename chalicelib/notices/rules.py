"""What waits and what has happened, as values; and which notices are due of it. Pure.

A feature says of a subject (a deal, a payee, a tenant) what waits and what has happened, each with the words for it. Everything here is
computed from that anew at each look, so that a look may come twice, late or out of order: a notice has an id made of what it is about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.core.access import BRAND_WRITERS, FINANCE, OPERATORS, PLATFORM_TENANT, Role
from chalicelib.core.clock import iso
from chalicelib.core.errors import Conflict
from chalicelib.core.ids import fingerprint

LOOK = "notices.look"
"""Topic: look at a subject anew. Whoever changes something that waits, or makes something wait, announces it in the same transaction."""
SEND = "notices.send"
"""Topic: send the mail of a notice."""
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
STALE_AFTER = 3 * DAY
"""What happened longer ago is told by the pages only: a mail about it would come out of nowhere."""
AGAIN_AFTER = timedelta(minutes=10)
"""When a wait that has ended and still stands is looked at again."""
MAX_NOTICES_PER_LOOK = 20
ID_DIGITS = 26


class LookedAtMeanwhile(Conflict):
    """Another worker looked at the same subject at the same moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of notice: its words, and whether people may do without it.

    Words are ours, with names in braces for what differs: a fact, an instant, a tenant's name. What people wrote is filled in and never
    read as words.
    """

    name: str
    subject: str
    lines: tuple[str, ...]
    link_label: str
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """The members of a tenant in some roles."""

    tenant_id: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEntry:
    """A date that belongs in a calendar. The same booking with a higher `sequence` replaces what was sent before."""

    booking_id: str
    sequence: int
    title: str
    starts_at: datetime
    minutes: int
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the words of a notice are filled with. `path` is the page that it leads to, `zone` that of the deal.

    `names` are tenants by the word that stands for them: a notice is kept without anybody's name.
    """

    path: str
    zone: str = "UTC"
    facts: Mapping[str, str] = field(default_factory=dict)
    times: Mapping[str, datetime] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    calendar: tuple[CalendarEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Something that waits for somebody until `ends_at`, when `state` says what happens: see docs/timers.md.

    `key` tells it from others of the same state, such as an offer's versions. Those `asked` are reminded so long `before` the end.
    """

    state: str
    key: str
    ends_at: datetime
    began_at: datetime
    asked: tuple[Audience, ...] = ()
    reminder: Kind | None = None
    before: tuple[timedelta, ...] = ()
    about: About


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that has happened, and who is told. `at` is None where nobody knows the business time: it is told once, whenever."""

    kind: Kind
    key: str
    at: datetime | None
    told: tuple[Audience, ...]
    about: About


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a subject looks like now."""

    waits: tuple[Wait, ...] = ()
    happenings: tuple[Happening, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice as it is kept: whom it is for, its words, and what they are filled with. `useless_from` is when it has come too late."""

    notice_id: str
    subject: str
    kind: Kind
    told: tuple[Audience, ...]
    about: About
    made_at: datetime
    useless_from: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What a person has said about mail: the zone to tell times in (empty: the one that fits), and whether optional mail may come."""

    timezone: str = ""
    optional_mail: bool = True


def brand_people(brand_id: str) -> Audience:
    """Those who act for a brand."""
    return Audience(tenant_id=brand_id, roles=BRAND_WRITERS)


def host_people(creator_id: str, agency_id: str | None) -> tuple[Audience, ...]:
    """The host, and the managers of the host's agency."""
    host = Audience(tenant_id=creator_id, roles=frozenset({Role.CREATOR}))
    return (host,) if agency_id is None else (host, Audience(tenant_id=agency_id, roles=frozenset({Role.AGENCY_MANAGER})))


def payee_people(payee_id: str) -> Audience:
    """Those who are paid: a host, or the managers of an agency."""
    return Audience(tenant_id=payee_id, roles=frozenset({Role.CREATOR, Role.AGENCY_MANAGER}))


OPERATORS_TOLD = Audience(tenant_id=PLATFORM_TENANT, roles=OPERATORS)
FINANCE_TOLD = Audience(tenant_id=PLATFORM_TENANT, roles=FINANCE)


def deal_subject(contract_id: str) -> str:
    """The subject of everything about a deal, from its first offer on."""
    return f"deal#{contract_id}"


def brief_subject(brief_id: str) -> str:
    """The subject of everything about a brief before there is an offer."""
    return f"brief#{brief_id}"


def exception_subject(exception_id: str) -> str:
    """The subject of an exception of reconciliation."""
    return f"exception#{exception_id}"


FINANCE_DESK = "desk#finance"
"""The subject of what waits for finance as a whole."""


def payee_subject(payee_id: str) -> str:
    """The subject of what is sent to a payee."""
    return f"payee#{payee_id}"


def due_notices(subject: str, seen: Seen, now: datetime) -> tuple[Notice, ...]:
    """The notices that a subject calls for now, those that were made before included."""
    happened = (_of_happening(subject, each, now) for each in seen.happenings if _is_fresh(each, now))
    reminded = (_of_wait(subject, wait, before, now) for wait in seen.waits if (before := due_reminder(wait, now)) is not None)
    return (*happened, *reminded)


def due_reminder(wait: Wait, now: datetime) -> timedelta | None:
    """The reminder (how long before the end) that has to be there now; None before the first and from the end on.

    The latest counts: what was missed while nobody looked is not sent as well. None is due of a time before the wait began.
    """
    if now >= wait.ends_at or wait.reminder is None:
        return None
    return min((before for before in wait.before if wait.began_at < wait.ends_at - before <= now), default=None)


def ended(seen: Seen, now: datetime) -> tuple[Wait, ...]:
    """The waits whose time has come."""
    return tuple(wait for wait in seen.waits if wait.ends_at <= now)


def next_look_at(seen: Seen, now: datetime) -> datetime | None:
    """When time alone may change something of a subject: at the next reminder or end. None: never."""
    instants = [wait.ends_at for wait in seen.waits]
    instants += [wait.ends_at - before for wait in seen.waits for before in wait.before]
    coming = [instant for instant in instants if instant > now]
    if ended(seen, now):
        coming.append(now + AGAIN_AFTER)
    return min(coming, default=None)


def _is_fresh(happening: Happening, now: datetime) -> bool:
    return happening.at is None or now - happening.at <= STALE_AFTER


def _of_happening(subject: str, happening: Happening, now: datetime) -> Notice:
    return Notice(
        notice_id=_id(subject, happening.kind.name, happening.key),
        subject=subject,
        kind=happening.kind,
        told=happening.told,
        about=happening.about,
        made_at=now,
    )


def _of_wait(subject: str, wait: Wait, before: timedelta, now: datetime) -> Notice:
    assert wait.reminder is not None  # noqa: S101  # a due reminder has words
    return Notice(
        notice_id=_id(subject, wait.reminder.name, f"{wait.key} {iso(wait.ends_at)} {before.total_seconds():.0f}"),
        subject=subject,
        kind=wait.reminder,
        told=wait.asked,
        about=wait.about,
        made_at=now,
        useless_from=wait.ends_at,
    )


def _id(subject: str, kind: str, key: str) -> str:
    return "ntc_" + fingerprint("notice", subject, kind, key)[:ID_DIGITS]


def of_all(parts: Sequence[Seen]) -> Seen:
    """What several features say of the same subject."""
    return Seen(
        waits=tuple(wait for part in parts for wait in part.waits),
        happenings=tuple(happening for part in parts for happening in part.happenings),
    )
