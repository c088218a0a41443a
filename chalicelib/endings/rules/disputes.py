"""A dispute: what it is about, what both sides say with which evidence, until when, and how it ends. Pure.

One dispute of a booking is open at a time. A show as a whole is disputed once, and so is each of its deliverables.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.bookings.states import Move, State
from chalicelib.core.clock import in_words
from chalicelib.endings.errors import BadDecision, BadStatement, NotOpen, TooEarly, TooLate
from chalicelib.endings.rules.times import DECIDED_WITHIN, STATED_WITHIN
from chalicelib.shows.rules import DeliverableKind, DeliveryResult, Happened, Side

MAX_STATEMENTS_PER_SIDE = 20
MAX_STATEMENT_CHARACTERS = 4_000
MAX_EVIDENCE = 20
DECIDED = frozenset({DeliveryResult.MET, DeliveryResult.NOT_MET})


class Verdict(StrEnum):
    """What became of the claim of who raised it."""

    UPHELD = "upheld"
    PARTLY = "partly"
    OVERTURNED = "overturned"
    LAPSED = "lapsed"
    """Nobody decided in time: what had been recorded stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a side says, with what it rests on: addresses, or ids of things that both can look at."""

    side: Side
    user_id: str
    at: datetime
    text: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """How it ended and why. `finding` is what became of the show, `results` what of its deliverables.

    `called_off_at` is when a side gave notice, where the finding is that it called the show off; None counts as at its start.
    """

    verdict: Verdict
    finding: Happened
    reasons: str
    by: str
    at: datetime
    results: tuple[tuple[DeliverableKind, DeliveryResult], ...] = ()
    called_off_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A dispute of a booking; `about` names a deliverable, None where it is about the whole show. `before` is the state it interrupted."""

    booking_id: str
    number: int
    contract_id: str
    show_id: str
    about: DeliverableKind | None
    raised_by: Side
    raised_at: datetime
    before: State
    state_by: datetime
    decide_by: datetime
    statements: tuple[Statement, ...] = ()
    decision: Decision | None = None
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Whether it waits for statements or a decision."""
        return self.decision is None


MOVES: Mapping[Happened, Move] = {
    Happened.TOOK_PLACE: Move.UPHOLD,
    Happened.HOST_ABSENT: Move.MISS,
    Happened.HOST_CANCELLED: Move.OVERTURN,
    Happened.BRAND_CANCELLED: Move.OVERTURN,
}
"""The move of the booking that a finding is."""


def raised(  # noqa: PLR0913  # what a dispute begins with
    earlier: Iterable[Dispute],
    *,
    booking_id: str,
    contract_id: str,
    show_id: str,
    about: DeliverableKind | None,
    before: State,
    first: Statement,
    kinds: frozenset[str],
) -> Dispute:
    """A new dispute. `kinds` are the deliverables that the contract names. Raises `NotOpen`, `BadStatement` or `TooEarly`."""
    known = list(earlier)
    if any(each.about is None or each.about is about for each in known):
        raise NotOpen("This has been disputed before. What was decided about it stands.")
    if about is not None and about.value not in kinds:
        raise BadStatement(f"The contract does not promise {about.value}.", fields={"about": "not in the contract"})
    if about is not None and before is not State.COMPLETED:
        raise TooEarly("What was delivered can be disputed when the show has ended. Before that, dispute the show as a whole.")
    dispute = Dispute(
        booking_id=booking_id,
        number=len(known) + 1,
        contract_id=contract_id,
        show_id=show_id,
        about=about,
        raised_by=first.side,
        raised_at=first.at,
        before=before,
        state_by=first.at + STATED_WITHIN,
        decide_by=first.at + DECIDED_WITHIN,
    )
    return replace(_with(dispute, first), version=1)


def stated(dispute: Dispute, statement: Statement) -> Dispute:
    """The dispute with one more statement. Raises `NotOpen`, `TooLate` or `BadStatement`."""
    if not dispute.is_open:
        raise NotOpen("This dispute is decided. Nothing can be added to it.")
    if statement.at >= dispute.state_by:
        raise TooLate(
            f"Both sides could say their part until {in_words(dispute.state_by)}. The operator decides by {in_words(dispute.decide_by)}."
        )
    return _with(dispute, statement)


def decided(dispute: Dispute, decision: Decision, recorded: Happened | None) -> Dispute:
    """The dispute after the operator's decision; `recorded` is what had been recorded of the show. Raises what does not fit."""
    if not dispute.is_open:
        raise NotOpen("This dispute is decided already.")
    if decision.at < dispute.state_by and {statement.side for statement in dispute.statements} != set(Side):
        raise TooEarly(
            f"Both sides may say their part until {in_words(dispute.state_by)}, and one has not yet. It can be decided after that."
        )
    if not decision.reasons.strip():
        raise BadDecision("Give the reasons for the decision: both sides will read them.", fields={"reasons": "needed"})
    _check(dispute, decision, recorded)
    return replace(dispute, decision=decision, version=dispute.version + 1)


def lapsed(dispute: Dispute, recorded: Happened | None, result_before: DeliveryResult, now: datetime) -> Dispute:
    """Nobody decided in time: it ends as if nobody had disputed. A show that nobody had started then counts as missed by its host."""
    decision = Decision(
        verdict=Verdict.LAPSED,
        finding=recorded or Happened.HOST_ABSENT,
        reasons=f"Nobody decided by {in_words(dispute.decide_by)}: what had been recorded before stands.",
        by="",
        at=now,
        results=() if dispute.about is None else ((dispute.about, result_before),),
    )
    return replace(dispute, decision=decision, version=dispute.version + 1)


def _check(dispute: Dispute, decision: Decision, recorded: Happened | None) -> None:
    kinds = [kind for kind, _ in decision.results]
    if len(set(kinds)) != len(kinds) or not {result for _, result in decision.results} <= DECIDED:
        raise BadDecision("Say of each deliverable once whether it was met or not.", fields={"results": "met or not_met, once each"})
    if dispute.about is not None and (kinds != [dispute.about] or decision.finding is not recorded):
        raise BadDecision(
            f"This dispute is about {dispute.about.value} alone. Say whether it was met; the show took place.", fields={"results": "needed"}
        )
    if decision.finding is not Happened.TOOK_PLACE and kinds:
        raise BadDecision(
            "Deliverables of a show that did not take place are neither met nor not met.", fields={"results": "must be empty"}
        )
    by_a_side = decision.finding in {Happened.HOST_CANCELLED, Happened.BRAND_CANCELLED}
    if decision.called_off_at is not None and (not by_a_side or decision.called_off_at > decision.at):
        raise BadDecision(
            "Only where a side called the show off it can be said when, and that lies in the past.", fields={"called_off_at": "?"}
        )
    if decision.verdict is Verdict.LAPSED:
        raise BadDecision("A dispute lapses by itself.", fields={"verdict": "upheld, partly or overturned"})


def _with(dispute: Dispute, statement: Statement) -> Dispute:
    if not 0 < len(statement.text.strip()) <= MAX_STATEMENT_CHARACTERS:
        raise BadStatement(f"Say in up to {MAX_STATEMENT_CHARACTERS:,} characters what happened.", fields={"statement": "needed"})
    if len(statement.evidence) > MAX_EVIDENCE:
        raise BadStatement(f"Name at most {MAX_EVIDENCE} pieces of evidence.", fields={"evidence": "too many"})
    said = sum(each.side is statement.side for each in dispute.statements)
    if said >= MAX_STATEMENTS_PER_SIDE:
        raise BadStatement(f"Each side makes at most {MAX_STATEMENTS_PER_SIDE} statements.")
    return replace(dispute, statements=(*dispute.statements, statement), version=dispute.version + 1)
