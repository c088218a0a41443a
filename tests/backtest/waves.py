"""The figures of creators by platform and wave, as the files have them: CSV with a line for each creator, platform and wave."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

MEASURES: Mapping[str, str] = {"instagram": "authentic_engagement", "youtube": "avg_likes", "tiktok": "avg_views"}
"""Platform -> the column whose value is to be captured."""


class BadFile(Exception):
    """A file that is not what it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One creator in one wave. `value` is what the platform is measured by; None where it was not measured (an empty cell or a 0)."""

    creator: str
    category: str
    country: str
    followers: int
    value: int | None


Wave = Mapping[str, Figures]
"""Creator -> figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """The waves of one platform: earlier ones by date, and the one that is to be predicted."""

    name: str
    earlier: tuple[tuple[str, Wave], ...]
    test: Wave

    def last(self, creator: str) -> Figures | None:
        """What was known last before the wave that is predicted."""
        return next((wave[creator] for _, wave in reversed(self.earlier) if creator in wave), None)

    def measured(self, creator: str) -> list[tuple[str, Figures, int]]:
        """The creator's own earlier values, oldest first."""
        found = [(date, wave[creator]) for date, wave in self.earlier if creator in wave]
        return [(date, figures, figures.value) for date, figures in found if figures.value is not None]

    @property
    def known_creators(self) -> list[str]:
        """Those of the predicted wave that were in an earlier one: who they are must be known, whatever was measured of them."""
        return sorted(creator for creator in self.test if self.last(creator) is not None)


def read(paths: Iterable[Path], *, test: str | None = None, train: Iterable[str] = ()) -> list[Platform]:
    """Platforms with all waves of the files.

    `test` names the wave that is predicted, the latest unless told; `train` those that may be used, all earlier ones unless told. Raises
    `BadFile`.
    """
    waves: dict[str, dict[str, dict[str, Figures]]] = defaultdict(lambda: defaultdict(dict))
    for path in paths:
        _read(path, waves)
    dates = sorted({date for by_date in waves.values() for date in by_date})
    if len(dates) < 2:  # one to learn from, one to predict
        message = f"two waves at least are needed; there are {dates}"
        raise BadFile(message)
    predicted = test or dates[-1]
    allowed = set(train) or set(dates)
    if not {predicted, *allowed} <= set(dates):
        message = f"the files have the waves {dates}"
        raise BadFile(message)
    return [
        Platform(
            name=name,
            earlier=tuple((date, waves[name][date]) for date in sorted(waves[name]) if date < predicted and date in allowed),
            test=waves[name][predicted],
        )
        for name in MEASURES
        if any(figures.value is not None for figures in waves[name][predicted].values())
    ]


def _read(path: Path, waves: Mapping[str, Mapping[str, dict[str, Figures]]]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.DictReader(file)
        if not {"creator", "platform", "wave", "category", "country", "followers"} <= set(lines.fieldnames or ()):
            message = f"{path.name} is no file of waves: {lines.fieldnames}"
            raise BadFile(message)
        for line in lines:
            if line["platform"] not in MEASURES:
                continue
            figures = Figures(
                creator=line["creator"],
                category=line["category"],
                country=line["country"],
                followers=_number(line["followers"]) or 0,
                value=_number(line.get(MEASURES[line["platform"]], "")),
            )
            waves[line["platform"]][line["wave"]].setdefault(figures.creator, figures)  # the list's first place of two counts


def _number(text: str | None) -> int | None:
    return int(float(text)) or None if text else None
