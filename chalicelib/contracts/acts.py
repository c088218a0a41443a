"""What a deal's history says of offers, contracts and their versions: one sentence for each act, for both sides to read."""

from collections.abc import Mapping

from chalicelib.adapters.dynamo import Transaction
from chalicelib.bookings.states import Party, State
from chalicelib.contracts.negotiation import Offer
from chalicelib.contracts.rules import Amendment, Contract, is_signed_by_both, party_of
from chalicelib.core.access import Principal
from chalicelib.core.clock import in_words
from chalicelib.core.words import plural
from chalicelib.history.rules import PLATFORM, Actor, Side, actor_of
from chalicelib.history.service import History

ACTS: Mapping[State, str] = {
    State.COUNTERED: "counter",
    State.ACCEPTED: "accept",
    State.DECLINED: "decline",
    State.WITHDRAWN: "withdraw",
    State.EXPIRED: "expire",
}


def offered(history: History, transaction: Transaction, offer: Offer, principal: Principal) -> None:
    """The brand makes an offer, or takes up the terms with which the host has applied."""
    terms = ", on the terms with which the host applied" if offer.versions[0].by is Party.HOST else ""
    shows = plural(len(offer.shows), "show")
    sentence = f"Offered {shows} from {in_words(offer.shows[0].starts_at)} on{terms}; to be answered by {in_words(offer.expires_at)}."
    actor = actor_of(principal, Side.BRAND)
    history.note(transaction, offer.contract_id, actor=actor, act="offer", sentence=sentence, evidence=(offer.offer_id,))


def answered(history: History, transaction: Transaction, after: Offer, actor: Actor) -> None:
    """An offer is countered or ends, as its state after that says."""
    history.note(
        transaction,
        after.contract_id,
        actor=actor,
        act=ACTS[after.state],
        sentence=_answer(after),
        evidence=(f"{after.offer_id} version {after.version}",),
    )


def _answer(offer: Offer) -> str:
    match offer.state:
        case State.COUNTERED:
            changes = "; ".join(offer.versions[-1].differences)
            return f"Put version {offer.version} on the table: {changes}. To be answered by {in_words(offer.expires_at)}."
        case State.EXPIRED:
            return f"Nobody answered version {offer.version} by {in_words(offer.expires_at)}; the offer expired."
        case State.ACCEPTED:
            return f"Accepted version {offer.version}; the host's time is booked."
        case _:
            ended = "Declined" if offer.state is State.DECLINED else "Withdrew"
            return f"{ended} version {offer.version}{f': {offer.reason}' if offer.reason else '.'}"


def drawn_up(history: History, transaction: Transaction, contract: Contract) -> None:
    """The document of an accepted offer is there."""
    sentence = f"The contract was drawn up; both sides sign by {in_words(contract.sign_by)}."
    _contract(history, transaction, contract, PLATFORM, "draw_up", sentence)


def signed(history: History, transaction: Transaction, after: Contract, principal: Principal) -> None:
    """A side signs a contract."""
    sentence = "Signed; with both signatures the contract binds." if is_signed_by_both(after.signatures) else "Signed."
    _contract(history, transaction, after, actor_in(after, principal), "sign", sentence)


def refused(history: History, transaction: Transaction, after: Contract, principal: Principal) -> None:
    """A side declines to sign a contract."""
    why = after.ending.reason if after.ending is not None else ""
    sentence = f"Declined to sign, so the contract is over and the host's time is free: {why}"
    _contract(history, transaction, after, actor_in(after, principal), "decline_to_sign", sentence)


def lapsed(history: History, transaction: Transaction, contract: Contract) -> None:
    """Nobody signed in time."""
    sentence = f"Not both sides had signed by {in_words(contract.sign_by)}: the contract lapsed, and the host's time is free."
    _contract(history, transaction, contract, PLATFORM, "lapse", sentence)


def amended(  # noqa: PLR0913, PLR0917  # an amendment, what became of it, through whom and why
    history: History, transaction: Transaction, contract: Contract, amendment: Amendment, principal: Principal | None, act: str, why: str
) -> None:
    """An amendment is proposed, signed, completed, declined or lapses."""
    version, from_ = amendment.version, in_words(amendment.in_force_from)
    sentence = {
        "propose_amendment": f"Proposed version {version} for shows from {from_} on: {'; '.join(amendment.differences)}.",
        "sign_amendment": f"Signed version {version}.",
        "complete_amendment": f"Signed version {version}: it is in force for shows from {from_} on.",
        "decline_amendment": f"Declined version {version}, so the terms in force stay: {why}",
        "withdraw_amendment": f"Took version {version} back, so the terms in force stay: {why}",
        "lapse_amendment": f"Version {version} was not signed by {in_words(amendment.sign_by)}; the terms in force stay.",
    }[act]
    actor = PLATFORM if principal is None else actor_in(contract, principal)
    evidence = (f"SHA-256 {amendment.document_sha256}",)
    history.note(transaction, contract.contract_id, actor=actor, act=act, sentence=sentence, evidence=evidence)


def _contract(  # what an entry about a contract says
    history: History, transaction: Transaction, contract: Contract, actor: Actor, act: str, sentence: str
) -> None:
    evidence = (f"SHA-256 {contract.document_sha256}",)
    history.note(transaction, contract.contract_id, actor=actor, act=act, sentence=sentence, evidence=evidence)


def actor_in(contract: Contract, principal: Principal) -> Actor:
    """Who acts on a contract: on a side of it, or as the operator."""
    return actor_of(principal, party_of(principal, contract) or Side.OPERATOR)
