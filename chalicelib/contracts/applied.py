"""How an application becomes an offer: on the host's own terms by one click of the brand, or on terms that the brand states."""

from chalicelib.adapters.dynamo import Transaction
from chalicelib.bookings.states import Party
from chalicelib.contracts.negotiation import Offer
from chalicelib.contracts.offers import Joins, Offers, WantedShow
from chalicelib.contracts.terms_input import read_terms
from chalicelib.core.access import Principal
from chalicelib.core.errors import Conflict
from chalicelib.directory.service import Directory
from chalicelib.matching.approach_service import ApplicationNotFound, Approaches
from chalicelib.matching.approaches import Application, ApplicationState
from chalicelib.matching.rules import Brief


class NoTermsToTakeUp(Conflict):
    """The application has no terms that bind the host's side; the brand makes an offer instead."""


class Applied:
    """Use cases of applications that become offers."""

    def __init__(self, *, offers: Offers, approaches: Approaches, directory: Directory) -> None:
        """An application belongs to matching, an offer to contracts."""
        self._offers = offers
        self._approaches = approaches
        self._directory = directory

    def take_up(self, principal: Principal, brief: Brief, creator_id: str, expires_in_hours: int) -> Offer:
        """Make an offer for all shows of the brief whose version 1 is the host's, so that the brand can accept or counter it.

        Raises `NoTermsToTakeUp` where the host stated none, or where who stated them speaks for the host no more.
        """
        application = self._approaches.application(principal, brief.brief_id, creator_id)
        if application.terms is None:
            raise NoTermsToTakeUp("This host has applied without terms. Make an offer.")
        if application.applied_by not in {creator_id, self._directory.profile(creator_id).agency_id}:
            raise NoTermsToTakeUp("The agency that stated these terms does not speak for this host any more. Make an offer instead.")
        return self._offers.make(
            principal,
            brief_id=brief.brief_id,
            creator_id=creator_id,
            shows=[WantedShow(starts_at=each.starts_at, minutes=each.minutes, title=brief.title) for each in brief.windows],
            terms=read_terms(application.terms),
            expires_in_hours=expires_in_hours,
            by=Party.HOST,
            joins=self._taking_up(application),
        )

    def answering(self, principal: Principal, brief_id: str, creator_id: str) -> Joins | None:
        """What lets an offer answer the host's application to the brief, if there is one that waits."""
        try:
            application = self._approaches.application(principal, brief_id, creator_id)
        except ApplicationNotFound:
            return None
        return self._taking_up(application) if application.state is ApplicationState.SENT else None

    def _taking_up(self, application: Application) -> Joins:
        def join(transaction: Transaction, offer: Offer) -> None:
            self._approaches.take_up(transaction, application, offer.offer_id)

        return join
