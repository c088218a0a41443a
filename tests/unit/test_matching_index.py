"""How a snapshot is made and found: in parts, twice, at once, broken off; and when another one is due."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.matching import indexing, pools
from chalicelib.matching.change_store import Change, ChangeStore
from chalicelib.matching.index import HostIndex
from chalicelib.matching.index_store import IndexStore, NoSuchBuild
from chalicelib.matching.indexing import NoVersionYet
from chalicelib.matching.pools import HostsNotIndexed
from chalicelib.matching.priors import START_PRIORS, learn
from chalicelib.matching.rules import PastShow
from chalicelib.matching.snapshot.manifest import MANIFEST
from chalicelib.matching.store import PriorsStore
from tests.property.matching_house import House
from tests.unit.matching_index_kit import ALL, ANYWHERE, HOST, bucket, ranked, six

__all__ = ["six"]


def test_with_too_many_hosts_and_no_snapshot_the_answer_says_so(six: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(HostsNotIndexed, match=r"being put in order to be searched\. Try again in a few minutes"):
        ranked(six)
    monkeypatch.setattr(pools, "MOST_READ", 7)
    assert ranked(six) == ALL
    assert bucket(six).fetched == []


def test_few_hosts_are_read_although_there_is_a_snapshot(six: House, monkeypatch: pytest.MonkeyPatch) -> None:
    six.index()
    bucket(six).fetched.clear()
    monkeypatch.setattr(pools, "READ_AT_ONCE", 7)
    assert ranked(six) == ALL
    assert bucket(six).fetched == []


def test_files_are_brought_once_and_kept_over_requests(six: House) -> None:
    six.index()
    assert ranked(six) == ALL
    bucket(six).fetched.clear()
    assert ranked(six) == ALL
    six.clock.advance(timedelta(minutes=2))
    assert (ranked(six), ranked(six, ANYWHERE)) == (ALL, [*ALL[:5], "crt_00", "crt_de"])
    assert bucket(six).fetched == []


def test_changes_are_put_beside_the_snapshot_only_when_there_are_new_ones(six: House, tmp_path: Path) -> None:
    six.index()
    index = HostIndex(store=IndexStore(), changes=ChangeStore(), files=six.files, clock=six.clock, directory=tmp_path)
    found = [index.hosts()]
    for change in (False, True, False):
        if change:
            six.searching.indexing.note("crt_00")
        found.append(index.hosts())
    first, second, third, fourth = (each[0] for each in found if each is not None)
    assert first is second
    assert second is not third
    assert third is fourth


def test_the_pointer_comes_last_and_a_broken_attempt_leaves_the_version_before(six: House) -> None:
    six.index()
    before = IndexStore().pointer()
    bucket(six).refuses = lambda key: key.endswith(MANIFEST)
    with pytest.raises(OSError, match=MANIFEST):
        six.index()
    assert IndexStore().pointer() == before
    assert ranked(six) == ALL


def test_steps_that_are_done_twice_and_versions_that_are_made_at_once_leave_one(six: House) -> None:
    work, store = six.searching.indexing, IndexStore()
    for build in ("20110320T000000Z-a", "20110320T000001Z-b"):
        six.clock.advance(timedelta(seconds=1))
        work.begin(build)
        work.begin(build)
        assert [(part.first, part.last) for part in store.parts(build)] == [
            ("crt_00", "crt_01"),
            ("crt_02", "crt_03"),
            ("crt_04", "crt_05"),
            ("crt_de", "crt_de"),
        ]
        for number in (3, 0, 0, 1, 2):
            work.gather(f"{build}/{number}")
    assert work.pack("20110320T000001Z-b")
    newest = store.pointer()
    assert newest is not None
    assert newest.hosts == 7
    assert not work.pack("20110320T000001Z-b")
    assert not work.pack("20110320T000000Z-a")
    assert store.pointer() == newest
    with pytest.raises(NoSuchBuild):
        work.gather("20110320T000001Z-b/4")
    with pytest.raises(NoSuchBuild):
        work.pack("never")


def test_of_two_that_write_the_pointer_at_once_the_later_version_stays(six: House) -> None:
    six.index()
    store, first = IndexStore(), IndexStore().pointer()
    assert first is not None
    later = replace(first, version="later", started_at=first.started_at + timedelta(seconds=1))
    assert store.point(later)
    assert not store.point(first)
    assert not store.point(replace(later, version="as late"))
    assert store.pointer() == later


def test_who_there_is_goes_on_where_it_was_broken_off(six: House, monkeypatch: pytest.MonkeyPatch) -> None:
    work, store = six.searching.indexing, IndexStore()
    add = IndexStore.add_part

    def breaks(self: IndexStore, part: object, now: object) -> None:
        if store.build("b").parts is None and len(list(store.parts("b"))) == 2:
            raise OSError("gone")
        add(self, part, now)  # type: ignore[arg-type]  # as it comes

    monkeypatch.setattr(IndexStore, "add_part", breaks)
    with pytest.raises(OSError, match="gone"):
        work.begin("b")
    monkeypatch.setattr(IndexStore, "add_part", add)
    six.keep(replace(HOST, creator_id="crt_01a"))
    work.begin("b")
    assert [part.first for part in store.parts("b")] == ["crt_00", "crt_02", "crt_04", "crt_de"]
    for number in range(4):
        work.gather(f"b/{number}")
    assert work.pack("b")
    assert "crt_01a" not in ranked(six)


def test_a_version_is_asked_for_once_in_a_while_and_when_it_is_due(six: House, monkeypatch: pytest.MonkeyPatch) -> None:
    work = six.searching.indexing
    assert [work.ask_if_due() for _ in range(2)] == [True, False]
    six.clock.advance(timedelta(minutes=31))
    six.index()
    assert not work.ask_if_due()
    six.clock.advance(timedelta(hours=23))
    assert not work.ask_if_due()
    six.clock.advance(timedelta(hours=1))
    assert work.ask_if_due()
    six.index()
    PriorsStore().add(replace(START_PRIORS, version=1))
    six.clock.advance(timedelta(minutes=31))
    assert work.ask_if_due()
    six.index()
    six.clock.advance(timedelta(minutes=31))
    monkeypatch.setattr(indexing, "MOST_CHANGES", 2)
    work.note("crt_00")
    assert not work.ask_if_due()
    six.clock.advance(timedelta(seconds=1))
    work.note("crt_00")
    assert not work.ask_if_due()
    work.note("crt_01")
    assert work.ask_if_due()
    six.index()
    monkeypatch.setattr(indexing, "FORMAT", 99)
    six.clock.advance(timedelta(minutes=31))
    assert work.ask_if_due()


def test_a_host_has_one_change_at_a_time_the_one_that_was_read_last(six: House) -> None:
    store, first = ChangeStore(), six.clock.real_now()
    for seconds, minor in ((5, 2_00), (9, 3_00), (9, 4_00), (7, 5_00)):
        store.note(Change(creator_id="crt_00", read_at=first + timedelta(seconds=seconds), record=replace(HOST, rate_card_minor=minor)))
    (kept,) = store.changes(first)
    assert kept.read_at == first + timedelta(seconds=9)
    assert kept.record is not None
    assert kept.record.rate_card_minor == 4_00
    assert store.count_changes(first, 10) == 1


def test_another_version_is_found_within_a_minute_and_the_one_before_leaves_the_disk(six: House, tmp_path: Path) -> None:
    six.index()
    assert ranked(six) == ALL
    six.index()
    pointer = IndexStore().pointer()
    assert pointer is not None
    assert ranked(six) == ALL
    assert [path.name for path in tmp_path.iterdir()] == [pointer.version]


def test_of_many_hosts_is_learned_as_they_were_read_for_the_snapshot_and_noted_since(six: House) -> None:
    day = six.clock.now().date().isoformat()
    with pytest.raises(NoVersionYet):
        six.searching.learn(day)
    past = PastShow(category="home", currency="GBP", net_sales_minor=900_00, minutes=60, units_sold=9, units_returned=1, delivered=True)
    for number in range(4):
        six.keep(replace(HOST, creator_id=f"crt_{number:02}", past_shows=(past,) * (number + 1)))
    six.index()
    six.keep(replace(HOST, creator_id="crt_00", past_shows=(past,) * 7))
    six.keep(HOST, approved=False)
    six.keep(replace(HOST, creator_id="crt_01", past_shows=(past,) * 5))
    for creator_id in ("crt_00", "crt_01"):
        six.searching.indexing.note(creator_id)
    learned = six.searching.learn(day)
    assert learned.shows == 5 + 3 + 4
    read = learn([six.later.records[each.creator_id] for each in six.directory.hosts()], before=START_PRIORS, as_of=six.clock.now())
    assert learned == read
