"""Rounding and sharing out, in whole minor units."""

from collections.abc import Sequence
from fractions import Fraction

ALL_BP = 10_000


def rounded(amount: Fraction) -> int:
    """To the minor unit, half away from zero."""
    size = int(abs(amount) + Fraction(1, 2))
    return size if amount >= 0 else -size


def shared(total: int, weights: Sequence[int]) -> list[int]:
    """Largest remainder: whole parts, then one more to those that lost most, the first of equals first; nothing lost."""
    if not any(weights):
        return [0 for _ in weights]
    sign = -1 if total < 0 else 1
    exact = [Fraction(abs(total) * weight, sum(weights)) for weight in weights]
    parts = [int(amount) for amount in exact]
    by_loss = sorted(range(len(parts)), key=lambda index: (parts[index] - exact[index], index))
    for index in by_loss[: abs(total) - sum(parts)]:
        parts[index] += 1
    return [sign * part for part in parts]
