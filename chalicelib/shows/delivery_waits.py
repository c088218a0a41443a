"""What waits about what was delivered at a show, in words for mail. Pure; `rules.deliverables` says what silence makes of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.contracts.terms import Deliverable
from chalicelib.notices.rules import DAY, OPERATORS_TOLD, About, Audience, Happening, Kind, Seen, Wait, brand_people, host_people
from chalicelib.shows.rules.deliverables import ANSWER_WITHIN, STATE_WITHIN, Result, held, in_words, results, spoken_of_from
from chalicelib.shows.rules.records import DeliverableKind, Delivery, DeliveryResult, Show, ShowState, Speaker, Why

MEASURED = Kind(
    name="delivery_measured",
    subject="Measured as not met: {title}",
    lines=(
        "What was measured at {title} ({brand} with {host}): {what}.",
        "That holds from {ends_at} on unless one side states something else before.",
    ),
    link_label="See what was delivered",
    required=True,
)
MEASURED_STANDS_SOON = Kind(
    name="delivery_measured_stands_soon",
    subject="Holds from {ends_at} on: {what}",
    lines=("What was measured at {title} ({brand} with {host}) holds from {ends_at} on, if neither side states something else: {what}.",),
    link_label="See what was delivered",
    required=True,
)
STATED = Kind(
    name="delivery_stated",
    subject="Stated by the other side: {what}",
    lines=(
        "The other side states about {title} ({brand} with {host}): {what}.",
        "If you see it otherwise, say so until {ends_at}. After that it holds.",
    ),
    link_label="Read and answer the statement",
    required=True,
)
ANSWER_AWAITED = Kind(
    name="delivery_answer_awaited",
    subject="Holds from {ends_at} on: {what}",
    lines=("What the other side states about {title} ({brand} with {host}) holds from {ends_at} on, if you do not contradict it: {what}.",),
    link_label="Read and answer the statement",
    required=True,
)
CONTRADICTED = Kind(
    name="delivery_contradicted",
    subject="The sides contradict each other: {title}",
    lines=(
        "Both sides have stated what was delivered at {title} ({brand} with {host}), and contradict each other: {what}.",
        "The show's money rests until one side gives in or the marketplace decides.",
        "Undecided at {ends_at}, it counts as measured, or as met where nothing is measured.",
    ),
    link_label="See both statements",
    required=True,
)
WORD_AWAITED = Kind(
    name="delivery_word_awaited",
    subject="To be decided until {ends_at}: {title}",
    lines=(
        "The sides contradict each other about what was delivered at {title} ({brand} with {host}): {what}.",
        "Undecided at {ends_at}, it counts as measured, or as met where nothing is measured.",
    ),
    link_label="Decide",
)
STANDS = Kind(
    name="delivery_stands",
    subject="Holds: {what}",
    lines=("This holds about {title} ({brand} with {host}) from now on: {what}. {why}",),
    link_label="See what was delivered",
    required=True,
)
NOTHING_SAID = Kind(
    name="delivery_unspoken",
    subject="To be stated until {ends_at}: what was delivered at {title}",
    lines=(
        "Nobody has stated yet what was delivered at {title} ({brand} with {host}): {what}.",
        "That can be done until {ends_at}. From then on it counts as measured, or as met where nothing is measured.",
    ),
    link_label="State what was delivered",
)
MEASURED_REMINDERS = (DAY,)
ANSWER_REMINDERS = (DAY,)
WORD_REMINDERS = (7 * DAY, DAY)
UNSPOKEN_REMINDERS = (3 * DAY,)
BECAUSE = {
    Why.MEASURED: "It was measured, and nobody contradicted it in time.",
    Why.UNANSWERED: "One side stated it, and the other did not contradict it in time.",
    Why.AGREED: "Both sides say so.",
    Why.DECIDED: "The marketplace has decided it.",
    Why.UNDECIDED: "The sides contradicted each other, and it was not decided in time.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Matter:
    """A deliverable that was spoken of: all results, those ahead included, and who said what."""

    show: Show
    kind: DeliverableKind
    found: tuple[Result, ...]
    said: tuple[Delivery, ...]

    @property
    def key(self) -> str:
        return f"{self.show.show_id} {self.kind.value} {len(self.said)}"

    def ahead(self, now: datetime) -> Result | None:
        return next((result for result in self.found if result.known_at > now), None)


def of_deliveries(show: Show, owed: Sequence[Deliverable], now: datetime) -> Seen:
    """What waits about a show's deliverables; `owed` are those of the terms at its start. What is disputed at the desk waits there."""
    ended_at = spoken_of_from(show)
    if ended_at is None:
        return Seen()
    found = results(show, owed)
    kinds = dict.fromkeys([*(DeliverableKind(each.kind) for each in owed), *(each.kind for each in show.deliveries)])
    matters = [
        _Matter(
            show=show,
            kind=kind,
            found=tuple(result for result in found if result.kind is kind),
            said=tuple(each for each in show.deliveries if each.kind is kind),
        )
        for kind in kinds
        if kind not in show.decided
    ]
    spoken = [matter for matter in matters if matter.said]
    parts = [*(_spoken(matter, now) for matter in spoken), *_silent(show, [each for each in matters if not each.said], ended_at, now)]
    return Seen(
        waits=tuple(wait for part in parts for wait in part.waits),
        happenings=tuple(each for part in parts for each in part.happenings),
    )


def _spoken(matter: _Matter, now: datetime) -> Seen:
    return Seen(waits=tuple(_spoken_waits(matter, now)), happenings=tuple(_spoken_happenings(matter, now)))


def _spoken_waits(matter: _Matter, now: datetime) -> Iterator[Wait]:
    ahead, last = matter.ahead(now), matter.said[-1]
    if ahead is None:
        return
    is_contradicted = ahead.why is Why.UNDECIDED
    yield Wait(
        state="delivery_dispute" if is_contradicted else "delivery_answer",
        key=matter.key,
        ends_at=ahead.known_at,
        began_at=last.moment.recorded_at,
        asked=(OPERATORS_TOLD,) if is_contradicted else _side(matter.show, _other(last.by)),
        reminder=WORD_AWAITED if is_contradicted else ANSWER_AWAITED,
        before=WORD_REMINDERS if is_contradicted else ANSWER_REMINDERS,
        about=_about(matter.show, what=_what(matter, now), ends_at=ahead.known_at),
    )


def _spoken_happenings(matter: _Matter, now: datetime) -> Iterator[Happening]:
    ahead, last = matter.ahead(now), matter.said[-1]
    holds = held(matter.found, matter.kind, now)
    if ahead is not None and ahead.why is Why.UNANSWERED:
        about = _about(matter.show, what=in_words(matter.kind, last.result), ends_at=ahead.known_at)
        told = _side(matter.show, _other(last.by))
        yield Happening(kind=STATED, key=matter.key, at=last.moment.recorded_at, told=told, about=about)
    if holds is None:
        return
    key = f"{matter.show.show_id} {matter.kind.value} {holds.why.value}"
    if holds.why is Why.CONTRADICTED and ahead is not None:
        about = _about(matter.show, what=_what(matter, now), ends_at=ahead.known_at)
        yield Happening(kind=CONTRADICTED, key=key, at=holds.known_at, told=(*_both(matter.show), OPERATORS_TOLD), about=about)
    elif holds.why in BECAUSE:
        yield _stands(matter.show, key, [holds])


def _silent(show: Show, matters: Sequence[_Matter], ended_at: datetime, now: datetime) -> Iterator[Seen]:
    """What nobody has spoken of: measured, or to be stated."""
    failed = [result for matter in matters for result in matter.found if result.outcome is DeliveryResult.NOT_MET]
    stands_at, last_word_at = ended_at + ANSWER_WITHIN, ended_at + STATE_WITHIN
    if failed:
        about = _about(show, what=_list(failed), ends_at=stands_at)
        wait = Wait(
            state="measurement",
            key=show.show_id,
            ends_at=stands_at,
            began_at=ended_at,
            asked=_both(show),
            reminder=MEASURED_STANDS_SOON,
            before=MEASURED_REMINDERS,
            about=about,
        )
        if now < stands_at:
            told = Happening(kind=MEASURED, key=show.show_id, at=ended_at, told=_both(show), about=about)
            yield Seen(waits=(wait,), happenings=(told,))
        else:
            yield Seen(happenings=(_stands(show, f"{show.show_id} {Why.MEASURED.value}", failed),))
    if matters and show.state is ShowState.ENDED and now < last_word_at:
        what = ", ".join(_name(matter.kind) for matter in matters)
        yield Seen(
            waits=(
                Wait(
                    state="delivery_word",
                    key=show.show_id,
                    ends_at=last_word_at,
                    began_at=ended_at,
                    asked=_both(show),
                    reminder=NOTHING_SAID,
                    before=UNSPOKEN_REMINDERS,
                    about=_about(show, what=what, ends_at=last_word_at),
                ),
            )
        )


def _stands(show: Show, key: str, holding: Sequence[Result]) -> Happening:
    about = _about(show, what=_list(holding), why=BECAUSE[holding[0].why], ends_at=holding[0].known_at)
    return Happening(kind=STANDS, key=key, at=holding[0].known_at, told=_both(show), about=about)


def _what(matter: _Matter, now: datetime) -> str:
    """What is stated: by the last word, or where it is contradicted the deliverable's name alone."""
    holds = held(matter.found, matter.kind, now)
    is_contradicted = holds is not None and holds.why is Why.CONTRADICTED
    return _name(matter.kind) if is_contradicted else in_words(matter.kind, matter.said[-1].result)


def _list(found: Sequence[Result]) -> str:
    return "; ".join(in_words(each.kind, each.outcome) for each in found)


def _name(kind: DeliverableKind) -> str:
    return kind.value.replace("_", " ")


def _other(speaker: Speaker) -> Speaker:
    return Speaker.HOST if speaker is Speaker.BRAND else Speaker.BRAND


def _side(show: Show, speaker: Speaker) -> tuple[Audience, ...]:
    return (brand_people(show.brand_id),) if speaker is Speaker.BRAND else host_people(show.creator_id, show.agency_id)


def _both(show: Show) -> tuple[Audience, ...]:
    return (*_side(show, Speaker.BRAND), *_side(show, Speaker.HOST))


def _about(show: Show, *, what: str, why: str = "", **times: datetime) -> About:
    return About(
        path=f"/console/bookings/{show.booking_id}",
        zone=show.timezone,
        facts={"title": show.title, "what": what, "why": why},
        times=times,
        names={"brand": show.brand_id, "host": show.creator_id},
    )
