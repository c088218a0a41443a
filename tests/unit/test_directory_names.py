"""Hosts are found by what people call them: by beginnings of words, in any case, with or without accents."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.access import Role
from chalicelib.directory import service
from chalicelib.directory.name_store import NameItem
from chalicelib.directory.names import MAX_WORD_CHARACTERS, MAX_WORDS, fits, words_of
from chalicelib.directory.rules import Profile, TenantKind
from chalicelib.directory.store import PersonaItem, ProfileChanged
from tests.fakes.console import OPERATOR, Console, console, market, tenant
from tests.fakes.console import Market as WholeMarket

__all__ = ["console", "market"]


def host(console: Console, name: str, called: str, *, approved: bool = True) -> Profile:
    """A host with a profile; one that nobody has approved where that is said."""
    somebody = tenant(console, TenantKind.CREATOR, Role.CREATOR, name)
    directory = console.services.directory
    if not approved:
        opened = directory.open_tenant(somebody, TenantKind.CREATOR, called)
        somebody = console.member(opened.tenant_id, Role.CREATOR, f"{name}-pending")
    return directory.save_profile(somebody, Profile(creator_id=somebody.tenant_id, name=called, timezone="UTC"))


def names(console: Console, asked: str) -> list[str]:
    return [each.name for each in console.services.directory.hosts_called(asked).hosts]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Zoë O'Hara-Łaska", ("zoe", "o", "hara", "laska")),
        ("  STRASSE  straße ", ("strasse",)),
        ("Æsa Øvergård", ("aesa", "overgard")),
        ("山田 花子", ("山田", "花子")),
        ("\N{BLACK-LETTER CAPITAL H}ana \N{FULLWIDTH LATIN CAPITAL LETTER B}o", ("hana", "bo")),
        ("?!", ()),
    ],
)
def test_a_name_has_plain_words(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


@given(st.text(max_size=300))
def test_any_text_has_few_short_words_and_fits_itself_in_any_case(name: str) -> None:
    words = words_of(name)
    assert len(words) <= MAX_WORDS
    assert all(0 < len(word) <= MAX_WORD_CHARACTERS for word in words)
    assert fits(words, words)
    assert words_of(" ".join(words)) == words


def test_beginnings_of_words_find_a_host_in_any_order_and_case(console: Console) -> None:
    host(console, "one", "Zoë Łaska")
    host(console, "two", "Zora Laine")
    assert names(console, "ZO") == ["Zoë Łaska", "Zora Laine"]
    assert names(console, "laska zoe") == ["Zoë Łaska"]
    assert names(console, "ska") == names(console, "zoe laine") == []


def test_a_host_whom_nobody_has_approved_stays_unseen_until_somebody_does(console: Console) -> None:
    waiting = host(console, "one", "Mara Lind", approved=False)
    assert names(console, "mara") == []
    console.services.directory.approve(OPERATOR, waiting.creator_id)
    assert names(console, "mara") == ["Mara Lind"]


def test_a_new_name_is_found_and_the_old_one_is_not(console: Console) -> None:
    before = host(console, "one", "Mara Lind")
    who = console.member(before.creator_id, Role.CREATOR, "mara")
    console.services.directory.save_profile(who, Profile(creator_id=before.creator_id, name="Mara Voss", timezone="UTC"))
    assert (names(console, "lind"), names(console, "voss")) == ([], ["Mara Voss"])


def test_a_word_that_was_left_behind_finds_nobody(console: Console) -> None:
    left = host(console, "one", "Mara Lind")
    NameItem("name#v", f"voss#{left.creator_id}", creator_id=left.creator_id, words="mara voss").save()
    assert (names(console, "voss"), names(console, "lind")) == ([], ["Mara Lind"])


def test_a_name_that_changed_while_the_profile_was_saved_is_not_written_over(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    before = host(console, "one", "Mara Lind")
    who = console.member(before.creator_id, Role.CREATOR, "mara")
    stale = PersonaItem(f"tenant#{before.creator_id}", "persona", name="Mara Before")
    monkeypatch.setattr(PersonaItem, "find", lambda *_: stale)
    with pytest.raises(ProfileChanged, match="Load it again"):
        console.services.directory.save_profile(who, Profile(creator_id=before.creator_id, name="Mara Voss", timezone="UTC"))
    monkeypatch.undo()
    assert (names(console, "voss"), names(console, "lind")) == ([], ["Mara Lind"])


def test_a_long_list_ends_and_says_so(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        host(console, f"host{number}", f"Anna {number}")
    assert not console.services.directory.hosts_called("anna").more
    monkeypatch.setattr(service, "MAX_HOSTS_FOUND", 3)
    found = console.services.directory.hosts_called("anna")
    assert (len(found.hosts), found.more) == (3, True)


def test_members_of_a_brand_ask_by_the_api(market: WholeMarket) -> None:
    answer = market.console.get("/api/v1/hosts?name=nadia", market.viewer)
    assert [each["creator_id"] for each in json.loads(answer.text)["hosts"]] == [market.host.tenant_id]
    empty = market.console.get("/api/v1/hosts?name=%20", market.viewer)
    assert (empty.status, json.loads(empty.text)["errors"]) == (422, {"name": "is empty"})
    assert market.console.get("/api/v1/hosts?name=nadia", market.host).status == 403
