"""How hosts are found by what people call them: by the beginnings of words, whatever their case and accents.

Pure. ``"Zoë O'Hara-Łaska"`` has the words ``zoe``, ``o``, ``hara`` and ``laska``, and is found by ``laska zo``.
"""

import unicodedata
from collections.abc import Iterable, Sequence

MAX_WORDS = 8
MAX_WORD_CHARACTERS = 40
_WITHOUT_A_PLAIN_PART = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "\N{LATIN SMALL LETTER DOTLESS I}": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that Unicode does not take apart into a plain one and its mark."""


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name, plain and small, each once and in order; at most `MAX_WORDS`, each cut at `MAX_WORD_CHARACTERS`."""
    small = unicodedata.normalize("NFKD", name).casefold()
    apart = unicodedata.normalize("NFKD", small).translate(_WITHOUT_A_PLAIN_PART)
    kept = "".join(letter if letter.isalnum() else " " for letter in apart if not unicodedata.combining(letter))
    return tuple(dict.fromkeys(word[:MAX_WORD_CHARACTERS] for word in kept.split()))[:MAX_WORDS]


def fits(asked: Sequence[str], words: Iterable[str]) -> bool:
    """Whether each word that is asked for begins a word of the name."""
    known = tuple(words)
    return all(any(word.startswith(beginning) for word in known) for beginning in asked)
