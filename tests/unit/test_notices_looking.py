"""A look ends what has ended and makes what is due, whatever else goes wrong, and a bounded number of notices at a time."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.dynamo import OutboxItem
from chalicelib.core.errors import Conflict, Invalid, PrimetimeError
from chalicelib.notices.rules import AGAIN_AFTER, MAX_NOTICES_PER_LOOK, SEND, About, Happening, Kind, Seen, Wait, brand_people
from chalicelib.notices.service import Notices
from chalicelib.notices.store import NoticeStore
from tests.conftest import StandingClock

UNUSED: Any = None
KIND = Kind(name="news", subject="News", lines=("There is news.",), link_label="Read it")
TOLD = (brand_people("brd_1"),)
SUBJECT = "deal#ctr_1"


def happenings(count: int) -> tuple[Happening, ...]:
    return tuple(Happening(kind=KIND, key=str(number), at=None, told=TOLD, about=About(path="/")) for number in range(count))


def sent() -> int:
    return len(list(OutboxItem.scan(OutboxItem.topic == SEND)))


@pytest.fixture
def store(tables: None) -> NoticeStore:  # noqa: ARG001  # the tables must be there
    return NoticeStore()


@pytest.mark.parametrize("refusal", [Conflict("It is over."), Invalid("It cannot be.")])
def test_what_refuses_to_end_holds_no_notice_up_and_is_tried_again(
    store: NoticeStore, clock: StandingClock, refusal: PrimetimeError
) -> None:
    tried: list[str] = []

    def end(wait: Wait) -> None:
        tried.append(wait.key)
        raise refusal

    wait = Wait(state="reply", key="1", began_at=clock.now() - timedelta(days=1), ends_at=clock.now(), about=About(path="/"))
    seen = Seen(waits=(wait,), happenings=happenings(1))
    notices = Notices(store=store, looks={"deal": lambda _, __: seen}, ends={"reply": end}, clock=clock, sends=True, sending=UNUSED)
    notices.look(SUBJECT)
    assert (tried, sent()) == (["1"], 1)
    assert store.watch(SUBJECT).next_look_at == clock.now() + AGAIN_AFTER
    clock.advance(AGAIN_AFTER)
    assert store.due(clock.now(), 10) == [SUBJECT]
    notices.look(SUBJECT)
    assert (tried, sent()) == (["1", "1"], 1)


def test_a_wait_of_another_feature_takes_a_look_and_an_end(store: NoticeStore, clock: StandingClock) -> None:
    waiting = [
        Wait(
            state="reply",
            key="1",
            began_at=clock.now(),
            ends_at=clock.now() + timedelta(days=2),
            asked=TOLD,
            reminder=KIND,
            before=(timedelta(days=1),),
            about=About(path="/"),
        )
    ]
    notices = Notices(
        store=store,
        looks={"deal": lambda _, __: Seen(waits=tuple(waiting))},
        ends={"reply": waiting.remove},
        clock=clock,
        sends=True,
        sending=UNUSED,
    )
    notices.look(SUBJECT)
    assert sent() == 0
    for expected in (1, 1):
        clock.advance(timedelta(days=1))
        assert store.due(clock.now(), 10) == [SUBJECT]
        notices.look(SUBJECT)
        assert sent() == expected
    assert waiting == []
    assert store.watch(SUBJECT).next_look_at is None
    assert store.due(clock.now() + timedelta(days=999), 10) == []


def test_more_notices_than_one_transaction_holds_are_made_in_the_next_looks(store: NoticeStore, clock: StandingClock) -> None:
    seen = Seen(happenings=happenings(MAX_NOTICES_PER_LOOK + 5))
    notices = Notices(store=store, looks={"deal": lambda _, __: seen}, ends={}, clock=clock, sends=True, sending=UNUSED)
    notices.look(SUBJECT)
    assert (sent(), store.due(clock.now(), 10)) == (MAX_NOTICES_PER_LOOK, [SUBJECT])
    for _ in range(2):
        notices.look(SUBJECT)
    assert (sent(), store.due(clock.now(), 10)) == (MAX_NOTICES_PER_LOOK + 5, [])
