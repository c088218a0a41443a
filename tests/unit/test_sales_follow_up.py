"""Imports whose messages were lost on the way are found by the schedule and brought to their end; others are left alone."""

from datetime import timedelta

import pytest

from chalicelib.adapters.dynamo import OutboxItem, outbox_left_over
from chalicelib.sales import intake as sales_intake
from chalicelib.sales.follow_up import FollowUp
from chalicelib.sales.imports import MAX_PICKED_UP, State, UnderWay
from chalicelib.workers import uploaded_keys
from tests.conftest import StandingClock
from tests.unit.sales_kit import OneShow, Shop
from tests.unit.test_sales_service import FIRST, MUGS, bucket

__all__ = ["bucket"]
MINUTES = timedelta(minutes=1)


@pytest.fixture
def shop(bucket: None, clock: StandingClock, monkeypatch: pytest.MonkeyPatch) -> Shop:  # noqa: ARG001  # moto is set up by then
    """A brand whose files have a part for each line."""
    monkeypatch.setattr(sales_intake, "LINES_PER_PART", 1)
    return Shop(clock, OneShow())


@pytest.fixture
def schedule(shop: Shop, clock: StandingClock) -> FollowUp:
    return FollowUp(imports=shop.imports, files=shop.files, clock=clock)


def lose_messages() -> None:
    for message in OutboxItem.scan(OutboxItem.pk.startswith("outbox#")):
        message.delete()


def work_off(shop: Shop) -> None:
    """What the queues do, the imports queue included."""
    for message in list(outbox_left_over("9999")):
        if message.topic == "sales.upload":
            message.delete()
            (key,) = uploaded_keys(f'{{"topic": "sales.upload", "key": "{message.key}"}}')
            shop.intake.receive(key)
    shop.work_off()


def after(clock: StandingClock, minutes: int, schedule: FollowUp) -> int:
    clock.advance(minutes * MINUTES)
    return schedule.pick_up()


def test_a_lost_notification_of_the_bucket_is_made_good(shop: Shop, schedule: FollowUp, clock: StandingClock) -> None:
    import_id = shop.announce(FIRST)
    shop.upload(import_id, FIRST)
    assert after(clock, 2, schedule) == 0, "it may still be on its way"
    assert after(clock, 2, schedule) == 1
    work_off(shop)
    assert (shop.state(import_id), shop.tally(import_id).new) == (State.DONE, 4)


def test_a_file_whose_reading_was_broken_off_is_read_again(shop: Shop, schedule: FollowUp, clock: StandingClock) -> None:
    import_id = shop.announce(FIRST)
    shop.upload(import_id, FIRST)
    shop.imports.begin_parsing(shop.imports.find("brd_1", import_id))
    assert after(clock, 4, schedule) == 0, "it has moved on since it was announced"
    assert after(clock, 4, schedule) == 0, "reading may take five minutes"
    assert after(clock, 3, schedule) == 1
    work_off(shop)
    assert shop.state(import_id) is State.DONE


def test_parts_whose_messages_were_lost_are_handed_out_again_and_each_line_is_there_once(
    shop: Shop, schedule: FollowUp, clock: StandingClock
) -> None:
    import_id = shop.announce(FIRST)
    shop.intake.receive(shop.upload(import_id, FIRST))
    shop.intake.store_part(f"brd_1/{import_id}/2")
    lose_messages()
    assert [after(clock, minutes, schedule) for minutes in (4, 2, 2)] == [0, 0, 1]
    work_off(shop)
    status = shop.sales.status(shop.principal, import_id)
    assert (status.record.state, status.parts_done, status.record.tally.new) == (State.DONE, 4, 4)
    assert len(list(shop.lines.every_line())) == 4


def test_a_decision_that_nobody_was_asked_for_is_asked_for_again(shop: Shop, schedule: FollowUp, clock: StandingClock) -> None:
    import_id = shop.announce(MUGS_FILE)
    shop.intake.receive(shop.upload(import_id, MUGS_FILE))
    shop.intake.store_part(f"brd_1/{import_id}/1")
    lose_messages()
    assert shop.state(import_id) is State.LINKING
    assert [after(clock, 4, schedule), after(clock, 4, schedule)] == [0, 1]
    work_off(shop)
    assert shop.state(import_id) is State.DONE


MUGS_FILE = FIRST.partition("\n")[0] + "\n" + MUGS


def test_an_import_that_moves_is_left_alone(shop: Shop, schedule: FollowUp, clock: StandingClock) -> None:
    import_id = shop.announce(FIRST)
    shop.intake.receive(shop.upload(import_id, FIRST))
    for number in range(1, 4):
        shop.intake.store_part(f"brd_1/{import_id}/{number}")
        assert after(clock, 4, schedule) == 0


def test_what_has_ended_is_not_looked_at_any_more(shop: Shop, schedule: FollowUp, clock: StandingClock) -> None:
    shop.bring(FIRST)
    assert len(list(shop.imports.under_way())) == 1
    assert after(clock, 4, schedule) == 0
    assert list(shop.imports.under_way()) == []


def test_each_time_it_does_not_help_the_schedule_waits_twice_as_long_and_gives_up_in_the_end(
    shop: Shop, schedule: FollowUp, clock: StandingClock
) -> None:
    import_id = shop.announce(FIRST)
    shop.upload(import_id, FIRST)
    minutes = 0
    picked_up_at = []
    while minutes < 4 * 3 * 2**MAX_PICKED_UP:
        minutes += 3
        picked_up_at += [minutes] * after(clock, 3, schedule)
    assert picked_up_at == [3 * (2**times - 1) for times in range(1, MAX_PICKED_UP + 1)]
    assert [each.import_id for each in shop.imports.under_way()] == [import_id], "it can still be found"


def test_an_announcement_without_a_file_is_forgotten(shop: Shop, schedule: FollowUp, clock: StandingClock) -> None:
    shop.announce(FIRST)
    assert [after(clock, 3 * 2**times, schedule) for times in range(MAX_PICKED_UP)] == [0] * MAX_PICKED_UP
    assert list(shop.imports.under_way()) == []


def test_patience_doubles(clock: StandingClock) -> None:
    seen = UnderWay(brand_id="brd_1", import_id="imp_1", since=clock.now(), state=State.STORING, picked_up=2)
    assert seen.is_patient_at(clock.now() + 11 * MINUTES)
    assert not seen.is_patient_at(clock.now() + 12 * MINUTES)
