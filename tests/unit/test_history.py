"""What happened to a deal is written down with it, what was refused as well, and is read in the order in which it happened."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.dynamo import Transaction
from chalicelib.core.access import Principal, Role
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.history.rules import MAX_SENTENCE_CHARACTERS, PLATFORM, Actor, Side, actor_of
from chalicelib.history.service import History
from chalicelib.history.store import HistoryStore

OLIVE = Principal(user_id="usr_olive", email="olive@example.com", tenant_id="brd_1", role=Role.BRAND_OWNER)
BRAND = Actor(side=Side.BRAND, user_id="usr_olive", tenant_id="brd_1")


@pytest.fixture
def history(tables: None, clock: Any) -> History:  # noqa: ARG001  # the tables must be there
    return History(store=HistoryStore(), clock=clock)


def noted(history: History, act: str, booking_id: str | None = None, **said: Any) -> None:
    transaction = Transaction()
    history.note(transaction, "ctr_1", actor=said.pop("actor", BRAND), act=act, sentence=act, booking_id=booking_id, **said)
    transaction.commit()


def test_a_deal_tells_what_happened_in_order_and_a_booking_what_was_about_it(history: History, clock: Any) -> None:
    noted(history, "offer")
    clock.advance(timedelta(hours=1))
    noted(history, "start", "bkg_1", actor=PLATFORM, evidence=("shw_1",))
    clock.advance(timedelta(hours=1))
    noted(history, "start", "bkg_2")
    assert [(entry.act, entry.actor, entry.booking_id, entry.evidence) for entry in history.of_deal("ctr_1")] == [
        ("offer", BRAND, None, ()),
        ("start", PLATFORM, "bkg_1", ("shw_1",)),
        ("start", BRAND, "bkg_2", ()),
    ]
    assert [entry.booking_id for entry in history.of_booking("ctr_1", "bkg_1")] == [None, "bkg_1"]
    assert history.of_deal("ctr_2") == ()


def test_what_does_not_happen_is_not_written_down(history: History) -> None:
    transaction = Transaction()
    history.note(transaction, "ctr_1", actor=BRAND, act="offer", sentence="Offered.")
    assert (len(transaction), history.of_deal("ctr_1")) == (1, ())


def test_a_refused_attempt_is_written_down_with_its_reason_and_stays_refused(history: History) -> None:
    with pytest.raises(Conflict, match="too late"), history.attempts("ctr_1", actor=BRAND, act="call_off", booking_id="bkg_1"):
        raise Conflict("It is too late.")
    (entry,) = history.of_deal("ctr_1")
    assert (entry.sentence, entry.refused, entry.booking_id) == ("Tried to call off.", "It is too late.", "bkg_1")


def test_what_is_nobodys_deal_leaves_nothing_and_what_succeeds_leaves_no_attempt(history: History) -> None:
    with pytest.raises(NotFound), history.attempts("ctr_1", actor=BRAND, act="sign"):
        raise NotFound("There is no such contract.")
    with history.attempts("ctr_1", actor=BRAND, act="sign"):
        noted(history, "sign")
    assert [entry.act for entry in history.of_deal("ctr_1")] == ["sign"]


def test_an_actor_has_the_words_of_any_enumeration_of_sides_and_long_sentences_are_cut(history: History) -> None:
    assert actor_of(OLIVE, "brand") == BRAND
    with pytest.raises(ValueError, match="seller"):
        actor_of(OLIVE, "seller")
    with pytest.raises(Conflict), history.attempts("ctr_1", actor=BRAND, act="sign"):
        raise Conflict("x" * 5_000)
    assert history.of_deal("ctr_1")[0].refused == "x" * MAX_SENTENCE_CHARACTERS
