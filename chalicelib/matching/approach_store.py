"""Where invitations, applications and questions are kept, each under its brief.

brief#<brief id> / invitation#<host>               an invitation
brief#<brief id> / application#<host>              an application
brief#<brief id> / question#<question id>          a question
brief#<brief id> / asked#<host>#<number>           the host's question of that number, so that two at once do not pass the limit
host#<host>      / invited#<brief id>              finds the briefs to which a host was invited
host#<host>      / applied#<brief id>              finds those to which a host has applied
"""

from collections.abc import Iterator
from itertools import islice

from chalicelib.adapters.dynamo import Item, Record, Transaction, WholeNumber
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.matching.approaches import Application, Invitation, Question
from chalicelib.matching.rules import Brief
from chalicelib.matching.waits import Around

MAX_LISTED = 200
TABLE = "matching"
Invited, Applied = "invited#", "applied#"


class ApproachChanged(Conflict):
    """Somebody else changed it first."""


class QuestionNotFound(NotFound):
    """There is no such question."""


class InvitationItem(Item):
    """An invitation; writes are conditioned on its version."""

    TABLE = TABLE
    version = WholeNumber()
    invitation = Record(Invitation)


class ApplicationItem(Item):
    """An application; likewise."""

    TABLE = TABLE
    version = WholeNumber()
    application = Record(Application)


class QuestionItem(Item):
    """A question; `version` 2 is an answered one."""

    TABLE = TABLE
    version = WholeNumber()
    question = Record(Question)


class AskedItem(Item):
    """The host has asked so many questions."""

    TABLE = TABLE


class HostPointer(Item):
    """Finds a host's briefs."""

    TABLE = TABLE


class ApproachStore:
    """Invitations, applications and questions in DynamoDB."""

    def invitation(self, brief_id: str, creator_id: str) -> Invitation | None:
        """A host's invitation to a brief."""
        item = InvitationItem.find(_brief(brief_id), f"invitation#{creator_id}")
        return None if item is None else item.invitation

    def invitations(self, brief_id: str) -> Iterator[Invitation]:
        """All invitations to a brief, by host."""
        return (item.invitation for item in InvitationItem.under(_brief(brief_id), "invitation#"))

    def put_invitation(self, transaction: Transaction, before: Invitation | None, after: Invitation) -> None:
        """Put a new or changed invitation into a transaction, on condition that nobody changed it since."""
        item = InvitationItem(_brief(after.brief_id), f"invitation#{after.creator_id}", version=after.version, invitation=after)
        condition = InvitationItem.pk.does_not_exist() if before is None else InvitationItem.version == before.version
        transaction.put(item, condition, _changed("invitation"))
        if before is None:
            transaction.put(HostPointer(_host(after.creator_id), Invited + after.brief_id))

    def application(self, brief_id: str, creator_id: str) -> Application | None:
        """A host's application to a brief."""
        item = ApplicationItem.find(_brief(brief_id), f"application#{creator_id}")
        return None if item is None else item.application

    def applications(self, brief_id: str) -> Iterator[Application]:
        """All applications to a brief, by host."""
        return (item.application for item in ApplicationItem.under(_brief(brief_id), "application#"))

    def put_application(self, transaction: Transaction, before: Application | None, after: Application) -> None:
        """Put a new or changed application into a transaction, on condition that nobody changed it since."""
        item = ApplicationItem(_brief(after.brief_id), f"application#{after.creator_id}", version=after.version, application=after)
        condition = ApplicationItem.pk.does_not_exist() if before is None else ApplicationItem.version == before.version
        transaction.put(item, condition, _changed("application"))
        if before is None:
            transaction.put(HostPointer(_host(after.creator_id), Applied + after.brief_id))

    def around(self, brief: Brief) -> Around:
        """Everything of a brief's, for notices."""
        invitations, applications = tuple(self.invitations(brief.brief_id)), tuple(self.applications(brief.brief_id))
        return Around(brief=brief, invitations=invitations, applications=applications, questions=self.questions(brief.brief_id))

    def briefs_of(self, creator_id: str, kind: str) -> list[str]:
        """The ids of the newest briefs to which a host was invited or has applied, at most `MAX_LISTED`."""
        pointers = HostPointer.under(_host(creator_id), kind, newest_first=True)
        return [pointer.sk.removeprefix(kind) for pointer in islice(pointers, MAX_LISTED)]

    def question(self, brief_id: str, question_id: str) -> Question:
        """A question to a brief. Raises `QuestionNotFound`."""
        item = QuestionItem.find(_brief(brief_id), f"question#{question_id}")
        if item is None:
            raise QuestionNotFound("There is no such question.")
        return item.question

    def questions(self, brief_id: str) -> list[Question]:
        """All questions to a brief, in the order in which they were asked."""
        return [item.question for item in QuestionItem.under(_brief(brief_id), "question#")]

    def add_question(self, transaction: Transaction, question: Question, number: int) -> None:
        """Put a question into a transaction as the host's question of this number to the brief."""
        transaction.put_new(QuestionItem(_brief(question.brief_id), f"question#{question.question_id}", version=1, question=question))
        transaction.put_new(AskedItem(_brief(question.brief_id), f"asked#{question.creator_id}#{number}"), _changed("list of questions"))

    def put_answer(self, transaction: Transaction, question: Question) -> None:
        """Put an answered question into a transaction, on condition that it had no answer."""
        item = QuestionItem(_brief(question.brief_id), f"question#{question.question_id}", version=2, question=question)
        transaction.put(item, QuestionItem.version == 1, _changed("question"))


def _changed(what: str) -> ApproachChanged:
    return ApproachChanged(f"The {what} has changed in the meantime. Load it again.")


def _brief(brief_id: str) -> str:
    return f"brief#{brief_id}"


def _host(creator_id: str) -> str:
    return f"host#{creator_id}"
