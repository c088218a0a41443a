"""What brands, hosts and agencies do around a brief before there is an offer: invite, answer, apply, ask, and close the brief.

Whoever speaks for a host is looked up in the directory each time: an agency that a host has left finds nothing of the host's any more.
A closed brief takes nothing more, whatever is under way at that moment: each write is on condition that the brief is open.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from chalicelib.adapters.dynamo import Transaction
from chalicelib.core.access import AGENCIES, Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.core.errors import NotFound
from chalicelib.core.ids import new_id
from chalicelib.directory.rules import Profile
from chalicelib.directory.service import Directory, HostNotFound
from chalicelib.matching import approaches as rules
from chalicelib.matching.approach_store import Applied, ApproachStore, Invited
from chalicelib.matching.approaches import Application, ApplicationState, BriefForOneHost, Invitation, InvitationState, Question
from chalicelib.matching.for_hosts import is_open
from chalicelib.matching.inbox import InboxEntry
from chalicelib.matching.lapsing import application_at, invitation_at
from chalicelib.matching.rules import Brief, Visibility
from chalicelib.matching.service import Matching
from chalicelib.matching.store import CLOSED, BriefClosed, BriefNotFound, BriefStore
from chalicelib.matching.waits import Around
from chalicelib.notices.rules import LOOK, brief_subject

MAX_INBOX = 200
MAX_INBOX_HOSTS = 50
CheckTerms = Callable[[Mapping[str, Any], str, str], Mapping[str, Any]]
"""Terms as they came, a brief's currency and a host -> the terms in full; raises what is wrong with them."""


class InvitationNotFound(NotFound):
    """The host is not invited to the brief."""


class ApplicationNotFound(NotFound):
    """The host has not applied to the brief."""


class Approaches:
    """Use cases of invitations, applications and questions."""

    def __init__(
        self, *, store: ApproachStore, briefs: BriefStore, matching: Matching, directory: Directory, check_terms: CheckTerms, clock: Clock
    ) -> None:
        """`check_terms` is how a later feature reads terms."""
        self._store = store
        self._briefs = briefs
        self._matching = matching
        self._directory = directory
        self._check_terms = check_terms
        self._clock = clock

    def close(self, principal: Principal, brief_id: str) -> Brief:
        """Close a brief of the caller's for good. Raises `BriefNotFound`, `BriefClosed`."""
        return self._briefs.close(self._looked_at(Transaction(), brief_id), self._matching.brief(principal, brief_id), self._clock.now())

    def show_to(self, principal: Principal, brief_id: str, visibility: Visibility) -> Brief:
        """Make a brief of the caller's private, or open again. Raises `BriefNotFound`, `BriefClosed`."""
        return self._briefs.show_to(self._matching.brief(principal, brief_id), visibility)

    def invite(self, principal: Principal, brief_id: str, creator_id: str, message: str) -> Invitation:
        """Invite an approved host to a brief of the caller's brand."""
        self._directory.approved(principal.tenant_id)
        brief, transaction = self._of_brand(principal, brief_id)
        if self._directory.approved_host(creator_id) is None:
            raise HostNotFound("There is no such host.")
        before = self._store.invitation(brief_id, creator_id)
        if before is None and len(list(islice(self._store.invitations(brief_id), rules.MAX_INVITATIONS_PER_BRIEF))) == (
            rules.MAX_INVITATIONS_PER_BRIEF
        ):
            raise rules.TooMany(f"A brief has {rules.MAX_INVITATIONS_PER_BRIEF} invitations at most.")
        after = rules.invite(before, brief, creator_id, message, principal.user_id, self._clock.now())
        return self._keep_invitation(transaction, before, after)

    def withdraw_invitation(self, principal: Principal, brief_id: str, creator_id: str) -> Invitation:
        """Take an invitation back. Raises `InvitationNotFound`, `NotNow`."""
        _, transaction = self._of_brand(principal, brief_id)
        before = self._invitation(brief_id, creator_id)
        return self._keep_invitation(transaction, before, rules.withdraw_invitation(before, self._clock.now()))

    def invitations(self, principal: Principal, brief_id: str) -> tuple[Invitation, ...]:
        """Whom the caller's brand has invited to a brief."""
        brief, now = self._matching.brief(principal, brief_id), self._clock.now()
        return tuple(invitation_at(each, brief, now) for each in self._store.invitations(brief_id))

    def applications(self, principal: Principal, brief_id: str) -> tuple[Application, ...]:
        """Who has applied to a brief of the caller's brand."""
        brief, now = self._matching.brief(principal, brief_id), self._clock.now()
        return tuple(application_at(each, brief, now) for each in self._store.applications(brief_id))

    def application(self, principal: Principal, brief_id: str, creator_id: str) -> Application:
        """One of them. Raises `ApplicationNotFound`."""
        brief = self._matching.brief(principal, brief_id)
        return application_at(self._application(brief_id, creator_id), brief, self._clock.now())

    def decline_application(self, principal: Principal, brief_id: str, creator_id: str, reason: str) -> Application:
        """Say no to a host who has applied; the host reads why."""
        _, transaction = self._of_brand(principal, brief_id)
        before = self._application(brief_id, creator_id)
        after = rules.end_application(before, ApplicationState.DECLINED, reason, self._clock.now())
        return self._keep_application(transaction, before, after)

    def take_up(self, transaction: Transaction, application: Application, offer_id: str) -> None:
        """Let the transaction that makes an offer say that it has come of an application."""
        after = rules.taken_up(application, offer_id, self._clock.now())
        self._store.put_application(self._looked_at(transaction, application.brief_id), application, after)

    def questions(self, principal: Principal, brief_id: str) -> tuple[Question, ...]:
        """What hosts have asked about a brief of the caller's brand, and what was answered."""
        self._matching.brief(principal, brief_id)
        return tuple(self._store.questions(brief_id))

    def answer_question(self, principal: Principal, brief_id: str, question_id: str, text: str) -> Question:
        """Answer in the open: everybody who may see the brief sees question and answer."""
        _, transaction = self._of_brand(principal, brief_id)
        after = rules.answer_question(self._store.question(brief_id, question_id), text, self._clock.now())
        self._store.put_answer(transaction, after)
        self._looked_at(transaction, brief_id).commit()
        return after

    def around(self, brief_id: str) -> Around:
        """A brief with all that is around it, read by the system. Raises `BriefNotFound`."""
        return self._store.around(self._briefs.find(brief_id))

    def seen(self, principal: Principal, creator_id: str, brief_id: str) -> BriefForOneHost:
        """A brief as a host that the caller speaks for sees it. Raises `HostNotFound`, `BriefNotFound`."""
        brief, invitation = self._of_host(principal, creator_id, brief_id)
        seen = self._matching.seen_by(brief, creator_id)
        if seen is None:
            raise BriefNotFound("There is no such brief.")
        return BriefForOneHost(
            creator_id=creator_id,
            brief=seen,
            currency=brief.currency,
            takes_more=is_open(brief, self._clock.now()),
            pay=rules.pay_told(brief, invitation),
            invitation=invitation,
            application=application_at(self._store.application(brief_id, creator_id), brief, self._clock.now()),
            questions=rules.for_hosts(self._store.questions(brief_id), creator_id),
        )

    def inbox(self, principal: Principal, creator_id: str | None = None) -> tuple[InboxEntry, ...]:
        """Briefs to which the host was invited or has applied, newest first; an agency names a host or sees its first `MAX_INBOX_HOSTS`."""
        own = self._directory.hosts_of(principal.tenant_id)[:MAX_INBOX_HOSTS] if principal.role in AGENCIES else (principal.tenant_id,)
        hosts = own if creator_id is None else (self._spoken_for(principal, creator_id).creator_id,)
        found = [entry for creator_id in hosts for entry in self._entries(principal, creator_id)]
        return tuple(sorted(found, key=lambda entry: entry.brief_id, reverse=True)[:MAX_INBOX])

    def answer(self, principal: Principal, creator_id: str, brief_id: str, state: InvitationState, reason: str = "") -> Invitation:
        """Say for an invited host that it is interested or not. Raises `InvitationNotFound`, `NotNow`, `BriefClosed`."""
        transaction = Transaction()
        self._taking(transaction, principal, creator_id, brief_id)
        before = self._invitation(brief_id, creator_id)
        after = rules.answer(before, state, principal.tenant_id, reason, self._clock.now())
        return self._keep_invitation(transaction, before, after)

    def apply(
        self, principal: Principal, creator_id: str, brief_id: str, message: str, terms: Mapping[str, Any] | None = None
    ) -> Application:
        """Apply for a host to a brief, on own terms or without. Raises `DoesNotFit`, `NotNow`, `TooMany`, and what is wrong with terms."""
        transaction = Transaction()
        brief = self._taking(transaction, principal, creator_id, brief_id)
        seen = self._matching.seen_by(brief, creator_id)
        if seen is None:
            raise BriefNotFound("There is no such brief.")
        before = self._store.application(brief_id, creator_id)
        if before is None and len(list(islice(self._store.applications(brief_id), rules.MAX_APPLICATIONS_PER_BRIEF))) == (
            rules.MAX_APPLICATIONS_PER_BRIEF
        ):
            raise rules.TooMany("So many hosts have applied to this brief that it takes no more applications.")
        full = None if terms is None else self._check_terms(terms, brief.currency, creator_id)
        now = self._clock.now()
        after = rules.apply(before, brief, seen, principal.tenant_id, message, full, now, creator_id=creator_id)
        return self._keep_application(transaction, before, after)

    def withdraw_application(self, principal: Principal, creator_id: str, brief_id: str) -> Application:
        """Take an application back. Raises `ApplicationNotFound`, `NotNow`."""
        transaction = Transaction()
        self._taking(transaction, principal, creator_id, brief_id)
        before = self._application(brief_id, creator_id)
        return self._keep_application(transaction, before, rules.end_application(before, ApplicationState.WITHDRAWN, "", self._clock.now()))

    def ask(self, principal: Principal, creator_id: str, brief_id: str, text: str) -> Question:
        """Ask the brand something, for everybody who may see the brief to read. Raises `TooMany`, `BadApproach`."""
        transaction = Transaction()
        self._taking(transaction, principal, creator_id, brief_id)
        known = self._store.questions(brief_id)
        own = sum(each.creator_id == creator_id for each in known)
        if own >= rules.MAX_QUESTIONS_PER_HOST or len(known) >= rules.MAX_QUESTIONS_PER_BRIEF:
            raise rules.TooMany(
                f"A host asks {rules.MAX_QUESTIONS_PER_HOST} questions about a brief at most, all hosts together "
                f"{rules.MAX_QUESTIONS_PER_BRIEF}. Apply, and ask the rest when you negotiate."
            )
        question = Question(
            question_id=new_id("qst"),
            brief_id=brief_id,
            creator_id=creator_id,
            text=rules.text_of("text", text, rules.MAX_QUESTION_CHARACTERS),
            asked_at=self._clock.now(),
        )
        self._store.add_question(transaction, question, own + 1)
        self._looked_at(transaction, brief_id).commit()
        return question

    def _of_brand(self, principal: Principal, brief_id: str) -> tuple[Brief, Transaction]:
        """A brief of the caller's brand, and a transaction that fails where the brief is closed before it."""
        brief, transaction = self._matching.brief(principal, brief_id), Transaction()
        self._demand_taking(transaction, brief)
        return brief, transaction

    def _of_host(self, principal: Principal, creator_id: str, brief_id: str) -> tuple[Brief, Invitation | None]:
        self._spoken_for(principal, creator_id)
        brief = self._briefs.find(brief_id)
        invitation = invitation_at(self._store.invitation(brief_id, creator_id), brief, self._clock.now())
        if not rules.is_visible(brief, creator_id, invitation, self._store.application(brief_id, creator_id)):
            raise BriefNotFound("There is no such brief.")
        return brief, invitation

    def _taking(self, transaction: Transaction, principal: Principal, creator_id: str, brief_id: str) -> Brief:
        """A brief that takes something of this host's now, and still does when the transaction is sent."""
        brief, _ = self._of_host(principal, creator_id, brief_id)
        self._demand_taking(transaction, brief)
        return brief

    def _demand_taking(self, transaction: Transaction, brief: Brief) -> None:
        self._matching.demand_open(transaction, brief)
        if not is_open(brief, self._clock.now()):
            raise BriefClosed(f"{CLOSED} Its first show has begun.")

    def _looked_at(self, transaction: Transaction, brief_id: str) -> Transaction:
        """The transaction, after which notices look at the brief anew."""
        return transaction.announce(LOOK, brief_subject(brief_id), iso(self._clock.real_now()))

    def _spoken_for(self, principal: Principal, creator_id: str) -> Profile:
        """The profile of an approved host that the caller speaks for. Raises `HostNotFound`, `NotApproved`."""
        self._directory.host_acted_for(principal, creator_id)
        return self._directory.profile(self._directory.approved(creator_id).tenant_id)

    def _entries(self, principal: Principal, creator_id: str) -> Iterator[InboxEntry]:
        try:
            name = self._spoken_for(principal, creator_id).name
        except NotFound:
            return
        ids = dict.fromkeys(self._store.briefs_of(creator_id, Invited) + self._store.briefs_of(creator_id, Applied))
        for brief_id in ids:
            brief, now = self._briefs.find(brief_id), self._clock.now()
            invitation = invitation_at(self._store.invitation(brief_id, creator_id), brief, now)
            application = application_at(self._store.application(brief_id, creator_id), brief, now)
            if rules.is_visible(brief, creator_id, invitation, application):
                yield InboxEntry(
                    brief_id=brief_id,
                    creator_id=creator_id,
                    host_name=name,
                    category=brief.category,
                    market=brief.market,
                    first_show_at=min(window.starts_at for window in brief.windows),
                    pay=rules.pay_told(brief, invitation),
                    invitation=invitation,
                    application=application,
                    takes_more=is_open(brief, now),
                )

    def _invitation(self, brief_id: str, creator_id: str) -> Invitation:
        found = self._store.invitation(brief_id, creator_id)
        if found is None:
            raise InvitationNotFound("This host is not invited to this brief.")
        return found

    def _application(self, brief_id: str, creator_id: str) -> Application:
        found = self._store.application(brief_id, creator_id)
        if found is None:
            raise ApplicationNotFound("This host has not applied to this brief.")
        return found

    def _keep_invitation(self, transaction: Transaction, before: Invitation | None, after: Invitation) -> Invitation:
        self._store.put_invitation(transaction, before, after)
        self._looked_at(transaction, after.brief_id).commit()
        return after

    def _keep_application(self, transaction: Transaction, before: Application | None, after: Application) -> Application:
        self._store.put_application(transaction, before, after)
        self._looked_at(transaction, after.brief_id).commit()
        return after
