"""A show's life: what may follow what, what viewers see when, and what attribution and earnings learn of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chalicelib.shows.errors import BadLineUp, BadSettings, BadTiming, BadVideo, NotOnAir, NotOnTheStage, NotYet, ShowHasEnded, ShowMoved
from chalicelib.shows.pages import clock_offset, price, show_page, sitemap, slugs, state_document
from chalicelib.shows.rules import (
    MAX_LINE_UP,
    MOVES,
    STARTS_AHEAD_AT_MOST,
    Attribution,
    Cancelled,
    Deal,
    Edit,
    LogEntry,
    Moment,
    PlannedPin,
    Show,
    ShowState,
    ShowTimes,
    Side,
    called_off,
    edited,
    ended,
    fact,
    moved,
    next_poll_seconds,
    on_stage,
    pinned,
    plan,
    published,
    started,
    times,
    with_products,
)
from chalicelib.shows.video import Platform, Video, parse_video
from tests.unit.template_samples import SITE, STARTS, live_show, over, show

LATE = STARTS + timedelta(minutes=4)
"""The show really starts four minutes late."""
SECOND = timedelta(seconds=1)


def draft() -> Show:
    return replace(show(), state=ShowState.DRAFT, version=1)


def on_air() -> Show:
    return started(show(), LATE)


@pytest.mark.parametrize("state", ShowState)
@pytest.mark.parametrize("to", ShowState)
def test_a_show_moves_only_as_the_table_says(state: ShowState, to: ShowState) -> None:
    before = replace(show(), state=state)
    if to in MOVES[state]:
        assert moved(before, to) == replace(before, state=to, version=before.version + 1)
    else:
        with pytest.raises(ShowMoved):
            moved(before, to)


def test_an_unpublished_show_cannot_start() -> None:
    with pytest.raises(ShowMoved, match="Publish the show page first"):
        started(draft(), STARTS)


def test_a_show_goes_on_air_an_hour_before_its_time_at_the_earliest() -> None:
    early = STARTS - STARTS_AHEAD_AT_MOST
    assert started(show(), early).state is ShowState.LIVE
    with pytest.raises(NotYet, match=r"starts at Mon 10 Jan 2011, 19:00 UTC\. It can go on air from Mon 10 Jan 2011, 18:00 UTC on"):
        started(show(), early - timedelta(milliseconds=1))


def test_a_show_without_products_cannot_be_published() -> None:
    with pytest.raises(BadLineUp):
        published(replace(draft(), line_up=()))


def test_publishing_again_on_air_makes_the_page_again_and_changes_nothing_else() -> None:
    assert published(on_air()) == replace(on_air(), version=on_air().version + 1)


def test_an_edit_changes_only_what_it_names() -> None:
    assert edited(show(), Edit(expected_viewers=800_000)) == replace(show(), expected_viewers=800_000, version=show().version + 1)


def test_an_edit_that_says_what_is_so_already_changes_nothing_however_often_it_comes() -> None:
    once = edited(show(), Edit(title="Twice", attribution=Attribution(before_minutes=60)))
    assert edited(once, Edit(title="Twice ", attribution=Attribution(before_minutes=60))) == once


def test_a_new_title_is_a_new_sequence_of_the_calendar_entry_and_a_new_line_up_is_not() -> None:
    assert edited(show(), Edit(title=" A new title ")).page_sequence == 1
    assert edited(show(), Edit(line_up=show().line_up[:2])).page_sequence == 0


def test_an_edit_of_an_older_version_is_refused() -> None:
    with pytest.raises(ShowMoved, match="Somebody else"):
        edited(show(), Edit(version=show().version - 1, title="Late"))


@pytest.mark.parametrize(
    ("edit", "failure"),
    [
        (Edit(title="  "), BadSettings),
        (Edit(line_up=(show().line_up[0], show().line_up[0])), BadLineUp),
        (Edit(line_up=(replace(show().line_up[0], currency="EUR"),)), BadLineUp),
        (Edit(line_up=tuple(replace(show().line_up[0], sku=str(n)) for n in range(MAX_LINE_UP + 1))), BadLineUp),
        (Edit(attribution=Attribution(before_minutes=-1)), BadSettings),
        (Edit(attribution=Attribution(after_minutes=7 * 24 * 60 + 1)), BadSettings),
    ],
)
def test_an_edit_that_cannot_be_is_refused(edit: Edit, failure: type[Exception]) -> None:
    with pytest.raises(failure):
        edited(show(), edit)


def test_a_product_that_was_on_stage_stays_in_the_line_up() -> None:
    with pytest.raises(BadLineUp, match="85123A was already shown"):
        edited(live_show(), Edit(line_up=show().line_up[1:]))


@pytest.mark.parametrize("finished", [over(), called_off(show(), Side.BRAND, STARTS)])
def test_what_sales_are_attributed_by_is_frozen_when_the_show_is_over(finished: Show) -> None:
    with pytest.raises(ShowHasEnded):
        edited(finished, Edit(attribution=Attribution(after_minutes=600)))


def test_a_line_up_takes_the_brands_products_in_order_with_their_prices() -> None:
    products = {item.sku: item for item in show().line_up}
    assert with_products([" 22423 ", "85123a"], products) == (products["22423"], products["85123A"])
    with pytest.raises(BadLineUp, match="NOPE, NADA"):
        with_products(["22423", "nope", "nada"], products)


def test_pins_are_kept_with_offsets_from_the_actual_start() -> None:
    deal = Deal(price_minor=995, seconds=600)
    first = pinned(on_air(), "22423", now=LATE + 90 * SECOND, ahead_seconds=30, deal=deal)
    both = pinned(first, "85123a", now=LATE + 100 * SECOND)
    assert both.log == (
        LogEntry(sku="85123A", offset_seconds=100, recorded_at=LATE + 100 * SECOND),
        LogEntry(sku="22423", offset_seconds=120, recorded_at=LATE + 90 * SECOND, deal=deal),
    )
    assert plan(both) == (
        PlannedPin(sku="85123A", at=LATE + 100 * SECOND),
        PlannedPin(sku="22423", at=LATE + 120 * SECOND, deal_price_minor=995, deal_until=LATE + 720 * SECOND),
    )


def test_a_show_that_has_not_started_has_no_plan() -> None:
    assert plan(show()) == ()


def test_a_pin_needs_a_live_show_a_product_of_the_line_up_and_a_time_that_can_be() -> None:
    with pytest.raises(NotOnAir):
        pinned(show(), "22423", now=STARTS)
    with pytest.raises(NotOnTheStage):
        pinned(on_air(), "NOPE", now=LATE)
    with pytest.raises(BadTiming):
        pinned(on_air(), "22423", now=LATE, ahead_seconds=-1)
    with pytest.raises(BadTiming, match="cheaper"):
        pinned(on_air(), "22423", now=LATE, deal=Deal(price_minor=1275, seconds=60))


def test_the_stage_shows_the_last_pin_whose_time_has_come() -> None:
    live = pinned(pinned(on_air(), "22423", now=LATE), "85123A", now=LATE, ahead_seconds=60)
    staged = [on_stage(live, LATE + seconds * SECOND) for seconds in (-1, 0, 59, 60)]
    assert [pin.sku if pin else None for pin in staged] == [None, "22423", "22423", "85123A"]
    assert on_stage(ended(live, LATE + 90 * SECOND), LATE + 91 * SECOND) is None


def test_viewers_ask_slowly_before_faster_on_air_fastest_in_a_deal_and_never_after() -> None:
    deal = pinned(on_air(), "22423", now=LATE, deal=Deal(price_minor=1, seconds=60))
    asked = [
        next_poll_seconds(show(), LATE),
        next_poll_seconds(on_air(), LATE),
        next_poll_seconds(deal, LATE),
        next_poll_seconds(deal, LATE + 60 * SECOND),
        next_poll_seconds(replace(deal, expected_viewers=400_001), LATE),
        next_poll_seconds(over(), LATE),
    ]
    assert asked == [30, 5, 2, 5, 5, 0]


def test_a_show_cannot_end_before_it_started_nor_twice() -> None:
    with pytest.raises(BadTiming):
        ended(on_air(), LATE - SECOND)
    with pytest.raises(ShowMoved):
        ended(over(), LATE)


def test_the_window_runs_from_before_the_actual_start_to_after_the_actual_end() -> None:
    wide = edited(on_air(), Edit(attribution=Attribution(before_minutes=10, after_minutes=60, codes=("MARA10",), room_ids=("r1",))))
    finished = ended(wide, LATE + timedelta(minutes=130))
    assert times(finished) == ShowTimes(
        show_id="shw_1",
        contract_id="ctr_1",
        brand_id="brd_1",
        skus=frozenset({"85123A", "22423", "47566", "84879", "20725"}),
        codes=frozenset({"MARA10"}),
        room_ids=frozenset({"r1"}),
        opens_at=LATE - timedelta(minutes=10),
        closes_at=LATE + timedelta(minutes=190),
        final=True,
    )


def test_a_show_on_air_has_a_provisional_window_and_one_that_never_started_an_empty_one() -> None:
    provisional, none = times(on_air()), times(show())
    assert (provisional.opens_at, provisional.closes_at, provisional.final) == (LATE, LATE + timedelta(minutes=180), False)
    assert (none.opens_at, none.closes_at, none.final) == (STARTS, STARTS, False)


def test_the_fact_of_a_cancelled_show_says_who_and_when_and_that_it_never_completed() -> None:
    cancelled = fact(called_off(show(), Side.HOST, LATE))
    assert cancelled.cancelled == Cancelled(by=Side.HOST, moment=Moment(occurred_at=LATE, recorded_at=LATE))
    assert (cancelled.completed, cancelled.actual_start, cancelled.actual_end) == (None, None, None)


def test_the_fact_of_a_show_has_its_scheduled_and_actual_times() -> None:
    known = fact(over())
    end = STARTS + timedelta(hours=2)
    assert (known.scheduled_start, known.actual_start, known.actual_end) == (STARTS, STARTS, end)
    assert known.completed == Moment(occurred_at=end, recorded_at=end)
    assert (known.before, known.after) == (timedelta(0), timedelta(hours=1))


def test_addresses_are_made_of_title_and_local_day_and_end_with_one_that_is_always_free() -> None:
    late = datetime(2011, 1, 10, 23, 30, tzinfo=UTC)
    assert slugs("Crème & Größe: LIVE!", late, "Europe/Berlin", "shw_ABC") == (
        "creme-groe-live-2011-01-11",
        "creme-groe-live-2011-01-11-2",
        "creme-groe-live-2011-01-11-3",
        "creme-groe-live-2011-01-11-abc",
    )
    assert slugs("直播", late, "UTC", "shw_1")[0] == "show-2011-01-10"


def test_the_state_that_viewers_poll_is_small_and_has_only_what_is_on_stage_and_comes() -> None:
    live = pinned(live_show(), "47566", now=STARTS + 200 * SECOND, ahead_seconds=60)
    body = state_document(live, STARTS + 210 * SECOND)
    state = msgspec.json.decode(body)
    assert state["plan"] == [
        {"sku": "22423", "at": "2011-01-10T19:01:40.000Z", "deal_price": "£9.95", "deal_until": "2011-01-10T19:11:40.000Z"},
        {"sku": "47566", "at": "2011-01-10T19:04:20.000Z"},
    ]
    assert (state["version"], state["state"], state["poll_seconds"]) == (live.version, "live", 2)
    assert len(body) <= 512
    assert msgspec.json.decode(state_document(over(), STARTS))["plan"] == []


def test_a_page_formats_everything_for_people() -> None:
    page = show_page(live_show(), site_url=SITE, now=STARTS + timedelta(minutes=2))
    assert page.starts_for_people == "Monday 10 January 2011, 19:00 (Europe/London)"
    assert page.stage is not None
    assert (page.stage.price, page.stage.deal_price) == ("£12.75", "£9.95")
    assert page.canonical == "https://primetime.example/shows/winter-table-2011-01-10/"
    assert [price(1250, "CHF"), clock_offset(3723), clock_offset(59)] == ["12.50 CHF", "1:02:03", "0:59"]


def test_a_cancelled_event_says_so_to_search_engines() -> None:
    page = show_page(replace(called_off(show(), Side.BRAND, STARTS), video=None), site_url=SITE, now=STARTS)
    assert page.structured[0]["eventStatus"] == "https://schema.org/EventCancelled"
    assert page.structured[0]["location"]["url"] == page.canonical
    assert page.video is None


def test_the_sitemap_lists_each_page() -> None:
    text = sitemap(SITE, ["a-2011-01-10", "b-2011-01-11"])
    assert text.count("<loc>") == 2
    assert "<loc>https://primetime.example/shows/a-2011-01-10/</loc>" in text


@pytest.mark.parametrize(
    ("address", "platform", "video_id"),
    [
        ("https://www.youtube.com/watch?v=abcdefghijk&t=3", Platform.YOUTUBE, "abcdefghijk"),
        ("https://youtu.be/abcdefghijk", Platform.YOUTUBE, "abcdefghijk"),
        (" https://www.twitch.tv/mara_live ", Platform.TWITCH, "mara_live"),
        ("https://www.tiktok.com/@mara.live/live", Platform.TIKTOK, "mara.live"),
        ("https://www.instagram.com/mara.live/", Platform.INSTAGRAM, "mara.live"),
    ],
)
def test_an_address_of_a_known_platform_becomes_an_id(address: str, platform: Platform, video_id: str) -> None:
    assert parse_video(address) == Video(platform=platform, video_id=video_id)


@pytest.mark.parametrize(
    "address",
    [
        "http://youtu.be/abcdefghijk",
        "https://youtu.be.evil.example/abcdefghijk",
        "https://evil.example/?https://youtu.be/abcdefghijk",
        '<iframe src="https://youtu.be/abcdefghijk">',
        "javascript:alert(1)",
        "https://youtu.be/abcdefghijk?" + "a" * 300,
    ],
)
def test_any_other_address_or_markup_is_refused(address: str) -> None:
    with pytest.raises(BadVideo):
        parse_video(address)


def test_only_platforms_that_allow_it_are_framed() -> None:
    frames = [Video(platform=platform, video_id="abc").frame_url("primetime.example") for platform in Platform]
    assert frames == [
        "https://www.youtube-nocookie.com/embed/abc?autoplay=1",
        "https://player.twitch.tv/?channel=abc&parent=primetime.example",
        None,
        None,
    ]
    assert Video(platform=Platform.TIKTOK, video_id="mara").watch_url == "https://www.tiktok.com/@mara/live"
