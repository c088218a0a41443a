"""Who is shown: how evenly places go to hosts, with the places kept for promising new ones and by score alone, and what that costs.

Exposure is how often a host stands among the first ten for a brief. Its Gini coefficient is over all hosts that fit one of the briefs: 0
where all are shown equally often, 1 where one is shown always. Value is what the score stands for, expected sales less what is risked.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from math import exp
from pathlib import Path

from chalicelib.matching.explanation import places
from chalicelib.matching.rules import Brief
from chalicelib.matching.score import MILLINATS
from chalicelib.matching.snapshot.load import from_directory
from chalicelib.matching.snapshot.query import Found
from chalicelib.matching.snapshot.search import Hosts
from tests.bench.figures import Figure
from tests.bench.hosts import NOW, briefs, hosts
from tests.bench.matching import write
from tests.bench.say import Say
from tests.bench.sizes import Sizes

HOSTS = 100_000
"""So many that each brief fits far more than it shows."""
SHOWN = 10


def measure(sizes: Sizes, say: Say) -> Iterator[Figure]:
    """Both ways, for the same briefs and hosts."""
    count = min(HOSTS, sizes.hosts_of_matching)
    with tempfile.TemporaryDirectory(prefix="primetime-bench-") as root:
        directory = Path(root)
        write(hosts(count, sizes.seed), directory)
        snapshot = Hosts(from_directory(directory), at=NOW)
        asked = briefs(sizes.briefs_of_matching, sizes.seed, any_market=False)
        by_score = [snapshot.search(brief, places=SHOWN).found for brief in asked]
        with_new = [_with_promising(snapshot, brief) for brief in asked]
        fitting = {creator_id for brief in asked for _, creator_id in snapshot.standing(brief)}
    ours, theirs = (gini(_exposure(lists), len(fitting)) for lists in (with_new, by_score))
    lost = 100 * (1 - _value(with_new) / _value(by_score))
    say(f"exposure of {len(fitting):,} hosts: Gini {ours:.4f}, by score alone {theirs:.4f}; value lost {lost:.2f} %")
    yield Figure(name="exposure_gini", value=ours, unit="0 to 1", peer="by score alone", peer_value=theirs)
    yield Figure(name="exposure_value_lost_percent", value=lost, unit="%", peer="by score alone", peer_value=0.0)
    points = 100 * (theirs - ours)
    if points > 0:
        yield Figure(name="exposure_value_lost_per_gini_point", value=lost / points, unit="% / 0.01")


def _with_promising(snapshot: Hosts, brief: Brief) -> Sequence[Found]:
    found = {*snapshot.search(brief, places=SHOWN).found, *snapshot.search(brief, places=SHOWN, only_new=True).found}
    return [each for each, _ in places(sorted(found, key=lambda each: (-each.score_millinats, each.creator_id)), SHOWN)]


def _exposure(lists: Sequence[Sequence[Found]]) -> list[int]:
    return sorted(Counter(each.creator_id for shown in lists for each in shown).values())


def gini(shown: Sequence[int], hosts_in_all: int) -> float:
    """Of sorted counts; the hosts that are left are never shown."""
    never = hosts_in_all - len(shown)
    ranked = sum((never + rank) * count for rank, count in enumerate(shown, start=1))
    return 2 * ranked / (hosts_in_all * sum(shown)) - (hosts_in_all + 1) / hosts_in_all


def _value(lists: Sequence[Sequence[Found]]) -> float:
    return sum(exp(each.score_millinats / MILLINATS) for shown in lists for each in shown)
