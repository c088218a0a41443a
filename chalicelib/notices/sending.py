"""Sending notices: to each member whom it is for, at most once, by the one function that may send mail.

What is to be sent is kept before it is sent. An answer of SES that is lost, or a function that dies in between, leaves it unknown for
ever: it is never sent again, since SES cannot be asked whether it was. Only what SES has definitely not taken comes again.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

from chalicelib.adapters.mail import Mail, MailBusy, Mailer, MailRefused, MailUnknown
from chalicelib.core.access import PLATFORM_TENANT
from chalicelib.core.clock import Clock
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.directory.rules import Member, TenantKind
from chalicelib.directory.service import Directory
from chalicelib.notices.calendar_files import calendar_file
from chalicelib.notices.letters import ACCOUNT_PATH, letter
from chalicelib.notices.rules import Audience, Notice, Preferences
from chalicelib.notices.store import Delivery, NoticeStore, Outcome

MAX_ATTEMPTS = 5
MAX_PEOPLE_PER_NOTICE = 50
GOOD_ENDS = frozenset({Outcome.SENT, Outcome.UNWANTED})
TEMPLATE = "mail/notice.html"
PLATFORM_NAME = "the marketplace"
log = logging.getLogger("primetime.mail")


class NotSentYet(Conflict):
    """SES does not take mail at the moment; the message comes again."""


class MailRenderer(Protocol):
    """Makes the HTML part; the web layer's renderer is one."""

    def render(self, template: str, **values: object) -> str:
        """The text of a template with these values."""
        ...


class Sending:
    """What the function that may send mail does."""

    def __init__(  # where addresses and words come from, and where mail goes
        self, *, store: NoticeStore, directory: Directory, renderer: MailRenderer, mailer: Mailer, clock: Clock, site_url: str
    ) -> None:
        """`site_url` is what every link begins with."""
        self.store = store
        self._directory = directory
        self._renderer = renderer
        self.mailer = mailer
        self._clock = clock
        self._site_url = site_url.rstrip("/")

    def send(self, notice_id: str) -> None:
        """Send a notice to everybody whom it is for and who has not got it yet; safe to repeat. Raises `NotSentYet`."""
        notice = self.store.notice(notice_id)
        if notice.useless_from is not None and self._clock.now() >= notice.useless_from:
            log.info({"notice": notice_id, "kind": notice.kind.name, "outcome": "too late"})
            return
        outcomes = [self._to(notice, audience, member) for audience, member in self._people(notice)]
        if Outcome.BUSY in outcomes:
            raise NotSentYet("SES does not take mail at the moment; what is left is sent later.")

    def _people(self, notice: Notice) -> Iterator[tuple[Audience, Member]]:
        """Members in a role that may see it, as they are now; a person who belongs to two of the tenants once."""
        known: set[str] = set()
        for audience in notice.told:
            for member in self._directory.members_of(audience.tenant_id):
                if member.role in audience.roles and member.person_id not in known and len(known) < MAX_PEOPLE_PER_NOTICE:
                    known.add(member.person_id)
                    yield audience, member

    def _to(self, notice: Notice, audience: Audience, member: Member) -> Outcome:
        before = self.store.delivery(notice.notice_id, member.person_id)
        if before is not None and (before.outcome is not Outcome.BUSY or before.attempts >= MAX_ATTEMPTS):
            return Outcome.SENT
        wishes = self.store.preferences(member.person_id)
        mail = self._mail(notice, audience, member, wishes) if notice.kind.required or wishes.optional_mail else None
        attempt = Delivery(
            outcome=Outcome.SENDING, changed_at=self._clock.real_now(), attempts=1 if before is None else before.attempts + 1
        )
        if not self.store.claim(notice.notice_id, member.person_id, before, attempt):
            return Outcome.SENDING
        done = replace(attempt, outcome=Outcome.UNWANTED) if mail is None else self._attempted(mail, attempt)
        self.store.conclude(notice.notice_id, member.person_id, replace(done, changed_at=self._clock.real_now()))
        told = {"notice": notice.notice_id, "kind": notice.kind.name, "person": member.person_id, "outcome": done.outcome.value}
        log.log(logging.INFO if done.outcome in GOOD_ENDS else logging.WARNING, {**told, "note": done.note})
        return done.outcome

    def _attempted(self, mail: Mail, attempt: Delivery) -> Delivery:
        try:
            message_id = self.mailer.send(mail)
        except MailRefused as refused:
            return replace(attempt, outcome=Outcome.FAILED, note=str(refused))
        except MailBusy as busy:
            is_last = attempt.attempts >= MAX_ATTEMPTS
            return replace(attempt, outcome=Outcome.FAILED if is_last else Outcome.BUSY, note=str(busy))
        except MailUnknown as unknown:
            return replace(attempt, outcome=Outcome.UNKNOWN, note=str(unknown))
        return replace(attempt, outcome=Outcome.SENT, message_id=message_id)

    def _mail(self, notice: Notice, audience: Audience, member: Member, wishes: Preferences) -> Mail:
        names = {word: self._name(tenant_id) for word, tenant_id in notice.about.names.items()}
        zone = wishes.timezone or self._zone_of(audience.tenant_id) or notice.about.zone
        written = letter(notice, names=names, tenant=self._name(audience.tenant_id), zone=zone, site_url=self._site_url)
        dates = notice.about.calendar
        return Mail(
            to=member.email,
            subject=written.subject,
            text=written.text,
            html=self._renderer.render(TEMPLATE, letter=written),
            notice_id=notice.notice_id,
            unsubscribe_at=None if notice.kind.required else self._site_url + ACCOUNT_PATH,
            written_at=self._clock.real_now(),
            calendar=calendar_file(dates, site_url=self._site_url, path=notice.about.path, made_at=notice.made_at) if dates else None,
        )

    def _name(self, tenant_id: str) -> str:
        return PLATFORM_NAME if tenant_id == PLATFORM_TENANT else self._directory.tenant(tenant_id).name

    def _zone_of(self, tenant_id: str) -> str:
        """A host's own zone; others have none."""
        if tenant_id == PLATFORM_TENANT or self._directory.tenant(tenant_id).kind is not TenantKind.CREATOR:
            return ""
        try:
            return self._directory.profile(tenant_id).timezone
        except NotFound:
            return ""
