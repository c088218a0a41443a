"""What follows from what both sides state about a deliverable, and from what the platform measured. Pure.

Neither side can overwrite the other. What both say stands at once; what one says stands when the other has let `ANSWER_WITHIN` pass; what
they contradict each other about is disputed until one gives in, the marketplace decides, or `DECIDE_WITHIN` is over. The platform's own
measurement is evidence, and what holds where nobody says anything. So each matter ends by itself.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.contracts import periods
from chalicelib.contracts.terms import Deliverable
from chalicelib.shows.errors import AlreadyStands, ShowMoved, TooManyStatements
from chalicelib.shows.rules.moves import delivered
from chalicelib.shows.rules.records import DeliverableKind, Delivery, DeliveryResult, Show, ShowState, Speaker, Why

ANSWER_WITHIN = periods.DELIVERY_ANSWERED_WITHIN
STATE_WITHIN = periods.DELIVERY_STATED_WITHIN
DECIDE_WITHIN = periods.DELIVERY_DECIDED_WITHIN
MAX_STATEMENTS = 5
"""Of one speaker on one deliverable: enough to correct oneself, too few to crowd the other out."""
FINAL = frozenset({Why.AGREED, Why.UNANSWERED, Why.DECIDED, Why.UNDECIDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What holds about a deliverable from `known_at` on, which may lie ahead, until a later result; `why` it does."""

    kind: DeliverableKind
    outcome: DeliveryResult
    known_at: datetime
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Where a deliverable stands: what was owed, what was measured, what each side says, what holds and by when somebody may answer."""

    kind: DeliverableKind
    target: int | None
    fee_off_basis_points: int
    measured: int | None
    measured_result: DeliveryResult | None
    statements: tuple[Delivery, ...]
    outcome: DeliveryResult | None
    why: Why | None
    since: datetime | None
    answer_by: datetime | None
    is_open: bool
    """Whether a side may still say something."""


def measured(show: Show) -> Mapping[DeliverableKind, int]:
    """What the platform knows of a show that is over: whole minutes and sessions on air, products shown, links that could be followed."""
    if show.started is None or show.ended is None or show.ruling is not None:
        return {}
    on_air = show.ended.occurred_at - show.started.occurred_at
    shown = {entry.sku for entry in show.log if timedelta(seconds=entry.offset_seconds) <= on_air}
    known = {
        DeliverableKind.MINUTES_ON_AIR: on_air // timedelta(minutes=1),
        DeliverableKind.SESSIONS: 1,
        DeliverableKind.LINE_UP_SHOWN: len(shown),
    }
    return known if show.links is None else known | {DeliverableKind.LINKS_LIVE: show.links.links - show.links.down}


def results(show: Show, owed: Iterable[Deliverable]) -> tuple[Result, ...]:
    """Every result of every deliverable that was owed or spoken of, those ahead of now included, by kind and time."""
    over_at = spoken_of_from(show)
    if over_at is None:
        return ()
    defaults = _defaults(show, owed)
    kinds = dict.fromkeys([*defaults, *(each.kind for each in show.deliveries)])
    return tuple(result for kind in kinds for result in _results(show, kind, defaults.get(kind), over_at))


def held(found: Iterable[Result], kind: DeliverableKind, now: datetime) -> Result | None:
    """The result that holds about a deliverable at an instant, None while nothing does."""
    known = [result for result in found if result.kind is kind and result.known_at <= now]
    return known[-1] if known else None


def missed(show: Show, now: datetime) -> frozenset[DeliverableKind]:
    """What was not met by what both sides say, or by what one says and the other let stand; measurements alone say nothing here."""
    found = results(show, ())
    holding = (held(found, kind, now) for kind in {each.kind for each in show.deliveries})
    return frozenset(each.kind for each in holding if each is not None and each.outcome is DeliveryResult.NOT_MET)


def result_before(show: Show, kind: DeliverableKind, owed: Iterable[Deliverable], *, answered: bool) -> DeliveryResult:
    """What holds of a disputed deliverable as if nobody had disputed it, where nobody has decided.

    What held when it was disputed holds. Else what only who disputes had stated, unless the other side answered it (`answered`). Else, as
    for everything that is not settled between the sides, what was measured, or that it was met where nothing is measured.
    """
    said = _said(show, kind)
    disputed = max((place for place, each in enumerate(said) if each.result is DeliveryResult.DISPUTED), default=None)
    if disputed is not None:
        before, raised = said[:disputed], said[disputed]
        earlier = replace(show, deliveries=tuple(each for each in show.deliveries if each.kind is not kind) + before)
        holding = held(results(earlier, owed), kind, raised.moment.recorded_at)
        settled = holding.outcome if holding is not None else DeliveryResult.DISPUTED
        if settled is DeliveryResult.DISPUTED and not answered and {each.by for each in before} == {raised.by}:
            settled = before[-1].result
        if settled is not DeliveryResult.DISPUTED:
            return settled
    return _defaults(show, owed).get(kind, DeliveryResult.MET)


def findings(show: Show, owed: Sequence[Deliverable], now: datetime) -> tuple[Finding, ...]:
    """Where each deliverable stands, in the order of the terms, then others that were spoken of."""
    found, values, defaults = results(show, owed), measured(show), _defaults(show, owed)
    terms = {DeliverableKind(each.kind): each for each in owed}
    kinds = dict.fromkeys([*terms, *(each.kind for each in show.deliveries)])
    return tuple(_finding(show, kind, terms.get(kind), values.get(kind), defaults.get(kind), found, now) for kind in kinds)


def stated(show: Show, new: Delivery, owed: Iterable[Deliverable]) -> Show:
    """The show with one more statement. Raises `ShowMoved` before its end, `AlreadyStands` when it is too late, `TooManyStatements`."""
    over_at = spoken_of_from(show)
    if over_at is None:
        raise ShowMoved("What was delivered is recorded after the show. End it first.")
    if new.kind in show.decided:
        raise ShowMoved("What was delivered here was disputed and has been decided. The decision stands.")
    now, before = new.moment.recorded_at, _said(show, new.kind)
    now_held = held(results(show, owed), new.kind, now)
    if now_held is not None and now_held.why in FINAL:
        since = f"{now_held.known_at:%Y-%m-%d %H:%M} UTC ({now_held.why.value})"
        raise AlreadyStands(f"This stands as {now_held.outcome.value.replace('_', ' ')} since {since}.")
    if not before and now > over_at + STATE_WITHIN:
        raise AlreadyStands(f"What was delivered could be stated until {over_at + STATE_WITHIN:%Y-%m-%d %H:%M} UTC.")
    if sum(each.by is new.by for each in before) >= MAX_STATEMENTS:
        raise TooManyStatements(f"Your side has said {MAX_STATEMENTS} things about this. The other side or the marketplace comes next.")
    return delivered(show, new)


def due_at(show: Show) -> frozenset[datetime]:
    """The instants at which somebody has to look whether something begins to hold: the end of the time to answer a measurement included."""
    over_at = spoken_of_from(show)
    return frozenset() if over_at is None else frozenset({over_at + ANSWER_WITHIN, *(each.known_at for each in results(show, ()))})


def spoken_of_from(show: Show) -> datetime | None:
    """When a show's end or cancellation was recorded, from which on what was delivered can be stated; None before."""
    if show.state is ShowState.ENDED and show.ended is not None:
        return show.ended.recorded_at
    return show.cancelled.moment.recorded_at if show.state is ShowState.CANCELLED and show.cancelled is not None else None


def in_words(kind: DeliverableKind, outcome: DeliveryResult) -> str:
    """A result for people: ``Host appears: not met``."""
    return f"{kind.value.replace('_', ' ').capitalize()}: {outcome.value.replace('_', ' ')}"


def _finding(  # noqa: PLR0913, PLR0917  # what is known about it
    show: Show,
    kind: DeliverableKind,
    owed: Deliverable | None,
    value: int | None,
    default: DeliveryResult | None,
    found: Iterable[Result],
    now: datetime,
) -> Finding:
    of_kind = [result for result in found if result.kind is kind]
    now_held = held(of_kind, kind, now)
    ahead = next((result for result in of_kind if result.known_at > now), None)
    over_at = spoken_of_from(show)
    is_final = now_held is not None and now_held.why in FINAL
    in_time = over_at is not None and (bool(_said(show, kind)) or now <= over_at + STATE_WITHIN)
    return Finding(
        kind=kind,
        target=None if owed is None else owed.target,
        fee_off_basis_points=0 if owed is None else owed.fee_off_basis_points,
        measured=value,
        measured_result=default,
        statements=_said(show, kind),
        outcome=None if now_held is None else now_held.outcome,
        why=None if now_held is None else now_held.why,
        since=None if now_held is None else now_held.known_at,
        answer_by=None if ahead is None else ahead.known_at,
        is_open=in_time and not is_final,
    )


def _said(show: Show, kind: DeliverableKind) -> tuple[Delivery, ...]:
    return tuple(each for each in show.deliveries if each.kind is kind)


def _defaults(show: Show, owed: Iterable[Deliverable]) -> Mapping[DeliverableKind, DeliveryResult]:
    values = measured(show)
    terms = {DeliverableKind(each.kind): each.target for each in owed}
    return {
        kind: DeliveryResult.MET if values[kind] >= target else DeliveryResult.NOT_MET for kind, target in terms.items() if kind in values
    }


def _results(show: Show, kind: DeliverableKind, default: DeliveryResult | None, over_at: datetime) -> Iterator[Result]:
    said = _said(show, kind)
    yield from _by_default(kind, said, default, over_at + ANSWER_WITHIN)
    sides: dict[Speaker, DeliveryResult] = {}
    disputed_since: datetime | None = None
    for place, each in enumerate(said):
        at = each.moment.recorded_at
        following = said[place + 1].moment.recorded_at if place + 1 < len(said) else None
        if each.by is Speaker.OPERATOR:
            yield Result(kind=kind, outcome=each.result, known_at=at, why=Why.DECIDED)
            return
        sides[each.by] = each.result
        if not _contradict(sides):
            disputed_since = None
            agreed = len(sides) > 1
            ends = at if agreed else at + ANSWER_WITHIN
            if agreed or following is None or following >= ends:
                yield Result(kind=kind, outcome=each.result, known_at=ends, why=Why.AGREED if agreed else Why.UNANSWERED)
            continue
        is_at_the_desk = each.result is DeliveryResult.DISPUTED and kind in show.decided
        if disputed_since is None or (is_at_the_desk and at >= disputed_since + DECIDE_WITHIN):
            disputed_since = at
            yield Result(kind=kind, outcome=DeliveryResult.DISPUTED, known_at=at, why=Why.CONTRADICTED)
        if is_at_the_desk:  # a dispute has a time of its own, at whose end the marketplace has its word
            continue
        if following is None or following >= disputed_since + DECIDE_WITHIN:
            yield Result(kind=kind, outcome=default or DeliveryResult.MET, known_at=disputed_since + DECIDE_WITHIN, why=Why.UNDECIDED)


def _by_default(kind: DeliverableKind, said: Sequence[Delivery], default: DeliveryResult | None, at: datetime) -> Iterator[Result]:
    """What was measured holds where nobody has said anything until then."""
    if default is not None and (not said or said[0].moment.recorded_at > at):
        yield Result(kind=kind, outcome=default, known_at=at, why=Why.MEASURED)


def _contradict(sides: Mapping[Speaker, DeliveryResult]) -> bool:
    return DeliveryResult.DISPUTED in sides.values() or len(set(sides.values())) > 1
