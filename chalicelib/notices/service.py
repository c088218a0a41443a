"""Looking at subjects: what waits is looked at again at the instant when time alone changes something, and what is due is made a notice.

A look reads everything anew from the features, so it does not matter what brought it about, how often, or how late.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime

from chalicelib.adapters.dynamo import Transaction
from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.core.errors import Conflict, PrimetimeError
from chalicelib.directory.rules import check_zone, person_id
from chalicelib.notices import rules
from chalicelib.notices.rules import LOOK, SEND, LookedAtMeanwhile, Preferences, Seen, Wait
from chalicelib.notices.sending import Sending
from chalicelib.notices.store import NoticeStore

MAX_SUBJECTS_PER_RUN = 100
"""How many subjects one run of the schedule has looked at; the rest follow a minute later."""
log = logging.getLogger("primetime.notices")
MAX_LOOKS_AT_ONCE = 3
Look = Callable[[str, datetime], Seen]
"""What waits and what has happened of a subject, by its id, at an instant."""
End = Callable[[Wait], None]
"""What the end of a wait brings about: safe to repeat, and nothing where the wait is over already."""


class Notices:
    """Use cases of waits and notices."""

    def __init__(  # what is looked at, and what becomes of it
        self,
        *,
        store: NoticeStore,
        looks: Mapping[str, Look],
        ends: Mapping[str, End],
        clock: Clock,
        sends: bool,
        sending: Sending,
    ) -> None:
        """`looks` are by kind of subject (`deal`), `ends` by the state that waits, where nobody else ends it."""
        self._store = store
        self._looks = looks
        self._ends = ends
        self._clock = clock
        self._sends = sends
        self.sending = sending

    def look(self, subject: str) -> Seen:
        """Worker: end what has ended, make the notices that are due, remember when to look again.

        Raises `LookedAtMeanwhile` when others keep looking at it; then the message comes again.
        """
        for _ in range(MAX_LOOKS_AT_ONCE - 1):
            with suppress(LookedAtMeanwhile):
                return self._look(subject)
        return self._look(subject)

    def _look(self, subject: str) -> Seen:
        now, before = self._clock.now(), self._store.watch(subject)
        seen = self._seen(subject, now)
        if self._end(seen, now):
            seen = self._seen(subject, now)
        new = self._store.unknown(rules.due_notices(subject, seen, now))
        made = new[: rules.MAX_NOTICES_PER_LOOK]
        next_look_at = rules.next_look_at(seen, now) if len(made) == len(new) else now
        if not made and next_look_at == before.next_look_at:
            return seen
        transaction, real_now = Transaction(), iso(self._clock.real_now())
        self._store.move(transaction, before, next_look_at)
        for notice in made:
            self._store.add(transaction, notice)
            if self._sends:
                transaction.announce(SEND, notice.notice_id, real_now)
        transaction.commit()
        return seen

    def follow_up(self) -> int:
        """Have everything looked at whose time has come, run by the schedule and when the clock moves; returns how many there were.

        A subject whose message got lost is due again after a while.
        """
        now = self._clock.now()
        due = self._store.due(now, MAX_SUBJECTS_PER_RUN)
        for subject in due:
            transaction = Transaction().announce(LOOK, subject, iso(self._clock.real_now()))
            self._store.move(transaction, self._store.watch(subject), now + rules.AGAIN_AFTER)
            try:
                transaction.commit()
            except LookedAtMeanwhile:
                continue
        return len(due)

    def preferences(self, principal: Principal) -> Preferences:
        """What the caller has said about mail."""
        return self._store.preferences(person_id(principal.email))

    def prefer(self, principal: Principal, *, timezone: str, optional_mail: bool) -> Preferences:
        """Say it. An empty zone means: the one that fits. Raises `BadProfile` for a zone that there is not."""
        if timezone:
            check_zone(timezone)
        wishes = Preferences(timezone=timezone, optional_mail=optional_mail)
        self._store.save_preferences(person_id(principal.email), wishes)
        return wishes

    def _seen(self, subject: str, now: datetime) -> Seen:
        kind, _, subject_id = subject.partition("#")
        return self._looks[kind](subject_id, now)

    def _end(self, seen: Seen, now: datetime) -> bool:
        """Whether anything was ended here. What refuses to end is logged and tried again: the notices of the rest do not wait for it."""
        due = [wait for wait in rules.ended(seen, now) if wait.state in self._ends]
        for wait in due:
            try:
                self._ends[wait.state](wait)
            except Conflict:
                log.info("%s of %s was ended by somebody else, or cannot be", wait.state, wait.key)
            except PrimetimeError:
                log.exception("%s of %s was not ended and comes again", wait.state, wait.key)
        return bool(due)
