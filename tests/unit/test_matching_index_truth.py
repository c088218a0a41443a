"""What is said where a snapshot is damaged, missing or out of date, and who is shown from one that is behind the tables."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.matching import pools
from chalicelib.matching.change_store import Change, ChangeStore
from chalicelib.matching.pools import HostsNotIndexed
from chalicelib.matching.priors import START_PRIORS
from chalicelib.matching.rules import BadBrief, BriefWindow, PastShow
from chalicelib.matching.snapshot.manifest import MANIFEST
from chalicelib.matching.store import BriefStore, PriorsStore
from tests.property.matching_house import BRAND, House, house
from tests.unit.matching_index_kit import ALL, ANYWHERE, AT, BRIEF, GERMAN, HOST, file_of, ranked, six

__all__ = ["six"]


def damaged(six: House, key: str) -> None:
    body = six.files.objects[key]
    six.files.objects[key] = body[:-1] + bytes([body[-1] ^ 1])


def lost(six: House, key: str) -> None:
    del six.files.objects[key]


@pytest.mark.parametrize("harm", [damaged, lost])
def test_a_market_whose_file_is_harmed_is_named_and_never_passed_over(
    six: House, harm: Callable[[House, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    six.index()
    key = file_of("de")
    whole = six.files.objects[key]
    harm(six, key)
    told = "Hosts of de cannot be searched at the moment: nobody there is ranked or counted here."
    for brief in (BRIEF, ANYWHERE):
        answer = six.searching.matches(BRAND, brief.brief_id)
        assert (answer.notice, [each.creator_id for each in answer.ranked]) == (told, ALL)
    with pytest.raises(HostsNotIndexed, match="The hosts of de cannot be searched at the moment"):
        ranked(six, GERMAN)
    monkeypatch.setattr(pools, "MOST_READ", 7)
    assert ranked(six, GERMAN) == ["crt_de"]
    monkeypatch.setattr(pools, "MOST_READ", 5)
    six.files.objects[key] = whole
    six.clock.advance(timedelta(minutes=1))
    assert (ranked(six, GERMAN), six.searching.matches(BRAND, ANYWHERE.brief_id).notice) == (["crt_de"], "")


@pytest.mark.parametrize("name", [MANIFEST, "common.hosts"])
@pytest.mark.parametrize("harm", [damaged, lost])
def test_a_version_that_cannot_be_trusted_is_not_searched(six: House, harm: Callable[[House, str], None], name: str) -> None:
    six.index()
    harm(six, file_of(name))
    with pytest.raises(HostsNotIndexed, match="being put in order"):
        ranked(six)
    six.index()
    six.clock.advance(timedelta(minutes=1))
    assert ranked(six) == ALL


def test_a_file_that_breaks_on_the_disk_is_brought_anew(six: House, tmp_path: Path) -> None:
    six.index()
    assert ranked(six) == ALL
    (path,) = tmp_path.glob("*/market-0000.hosts")
    path.write_bytes(b"broken")
    other = house(tmp_path, six.files)
    other.later.records = six.later.records
    with pytest.raises(HostsNotIndexed, match="hosts of GB cannot"):
        ranked(other)
    other.clock.advance(timedelta(minutes=1))
    assert ranked(other) == ALL


def test_an_answer_by_an_old_version_says_as_of_when(six: House) -> None:
    six.index()
    built = six.clock.now()
    six.clock.advance(timedelta(days=3))
    answer = six.searching.matches(BRAND, BRIEF.brief_id)
    assert f"what is expected of hosts is as of {built:%Y-%m-%d %H:%M} UTC" in answer.notice
    assert [each.creator_id for each in answer.ranked] == ALL


def test_until_the_next_version_hosts_are_ranked_by_the_priors_of_this_one(six: House) -> None:
    six.index()
    PriorsStore().add(replace(START_PRIORS, version=1))
    assert six.searching.matches(BRAND, BRIEF.brief_id).priors_version == 0
    six.index()
    assert six.searching.matches(BRAND, BRIEF.brief_id).priors_version == 1


def test_who_does_not_fit_any_more_is_never_shown_and_the_next_moves_up(six: House) -> None:
    six.index()
    six.keep(replace(six.later.records["crt_05"], can_be_paid=False))
    six.keep(six.later.records["crt_04"], approved=False)
    shown = six.searching.matches(BRAND, BRIEF.brief_id, places_shown=2)
    assert [each.creator_id for each in shown.ranked] == ["crt_03", "crt_02"]
    assert (shown.hosts, shown.fitting, shown.alone_counts) == (6, 4, {"market": 1, "payable": 1})
    assert [each.creator_id for each in shown.rejected] == ["crt_05", "crt_de"]


def test_who_scores_otherwise_by_now_takes_the_place_of_the_new_score(six: House) -> None:
    six.index()
    six.keep(replace(six.later.records["crt_05"], audiences={"youtube": 2_500}))
    read, searched = six.both(BRIEF)
    assert searched == read
    assert [each.creator_id for each in searched.ranked] == ["crt_04", "crt_03", "crt_02", "crt_05", "crt_01", "crt_00"]
    assert six.asked(BRIEF, "crt_05")[0] == six.asked(BRIEF, "crt_05")[1]


def test_a_change_that_is_kept_late_or_twice_counts_by_when_the_host_was_read(six: House) -> None:
    six.index()
    assert ranked(six) == ALL
    read_at = six.clock.real_now()
    six.clock.advance(timedelta(minutes=2))
    new = replace(HOST, creator_id="crt_05", audiences={"youtube": 1})
    six.keep(new)
    six.searching.indexing.note("crt_05")
    assert ranked(six)[-1] == "crt_05"
    six.clock.advance(timedelta(seconds=1))
    ChangeStore().note(Change(creator_id="crt_05", read_at=read_at, record=HOST))
    ChangeStore().note(Change(creator_id="crt_00", read_at=read_at, record=None))
    assert ranked(six) == ["crt_04", "crt_03", "crt_02", "crt_01", "crt_05"]


def test_a_brief_off_the_quarter_hour_that_was_kept_before_is_told_of(six: House) -> None:
    off = replace(BRIEF, brief_id="brf_9", windows=(BriefWindow(starts_at=AT + timedelta(minutes=5), minutes=60),))
    BriefStore().add(off)
    for way in (six.reading, six.searching):
        with pytest.raises(BadBrief, match="not in quarter hours"):
            way.matches(BRAND, "brf_9")


def test_places_are_kept_for_new_hosts_from_far_below_those_that_were_searched_for(six: House) -> None:
    past = PastShow(category="home", currency="GBP", net_sales_minor=10_000_00, minutes=60, units_sold=10, units_returned=0, delivered=True)
    for number in range(16):
        six.keep(replace(HOST, creator_id=f"crt_{number:02}", audiences={"youtube": 1_000 * (number + 1)}, past_shows=(past,) * 9))
    for number in range(2):
        six.keep(replace(HOST, creator_id=f"crt_new{number}", audiences={"youtube": 5 + number}))
    six.index()
    read, searched = (way.matches(BRAND, BRIEF.brief_id, places_shown=5) for way in (six.reading, six.searching))
    assert searched == read
    assert [each.creator_id for each in searched.ranked] == ["crt_15", "crt_14", "crt_13", "crt_12", "crt_new1"]
    assert (searched.promising_places, searched.fitting) == (1, 18)
    six.keep(replace(HOST, creator_id="crt_new1", can_be_paid=False))
    again = six.searching.matches(BRAND, BRIEF.brief_id, places_shown=5)
    assert [each.creator_id for each in again.ranked][-1] == "crt_new0"
