"""Finds hosts by the words of their names: personal data, in items of its own that go with the name.

name#<first letter> / <word>#<host>     one for each word of a host's name
"""

from collections.abc import Iterator, Sequence

from pynamodb.attributes import UnicodeAttribute

from chalicelib.adapters.dynamo import Item, Transaction
from chalicelib.directory.names import fits, words_of

MAX_NAMES_READ = 1_000


class NameItem(Item):
    """A word of a host's name; `words` are all of them."""

    TABLE = "directory"
    creator_id = UnicodeAttribute()
    words = UnicodeAttribute()


def rename(transaction: Transaction, creator_id: str, before: str, after: str) -> None:
    """Let a transaction have a host found by its new name, and by the one before no more."""
    words = words_of(after)
    for word in set(words_of(before)) - set(words):
        transaction.delete(NameItem(*_key(word, creator_id)))
    for word in words:
        transaction.put(NameItem(*_key(word, creator_id), creator_id=creator_id, words=" ".join(words)))


def called(words: Sequence[str]) -> Iterator[str]:
    """The ids of hosts whose names have words that begin so, by the longest of these; the first `MAX_NAMES_READ` names are looked at."""
    longest = max(words, key=len)
    found = NameItem.query(f"name#{longest[0]}", NameItem.sk.startswith(longest), consistent_read=True, limit=MAX_NAMES_READ)
    ids = (item.creator_id for item in found if fits(words, item.words.split()))
    yield from dict.fromkeys(ids)


def _key(word: str, creator_id: str) -> tuple[str, str]:
    return f"name#{word[0]}", f"{word}#{creator_id}"
