"""Numbers with their words, and several things in one word, as people read them."""

from collections.abc import Sequence


def plural(number: int, word: str) -> str:
    """``1 day``, ``30 days``, ``1,000 days``."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def first_of(names: Sequence[str]) -> str:
    """``Mugs``, ``Mugs and 2 more``: a thing by the first of its parts, of which there is one at least."""
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
