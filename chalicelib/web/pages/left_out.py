"""Who is not in the list of hosts for a brief, in words."""

from chalicelib.core.words import plural
from chalicelib.matching.service import Matches
from chalicelib.web.views.deals import HostLeftOut, LeftOut

NOBODY_THERE = "No host has been approved yet, so nobody can fit."
FILTER_WORDS = {
    "market": "Sells in another market",
    "language": "Speaks another language",
    "platform": "Is not on the platform",
    "category": "Shows other categories",
    "audience": "Too small an audience",
    "budget": "Over the budget",
    "availability": "Not free at that time",
    "excluded": "Excluded by the brief",
    "brand_safety": "Does not work for this category",
    "exclusivity": "Bound to a competitor",
    "minimum_terms": "Asks for more commission",
    "payable": "Has not connected payouts",
}


def counts(matches: Matches) -> tuple[LeftOut, ...]:
    """By reason, how many have it, and how many have it alone."""
    return tuple(
        LeftOut(reason=FILTER_WORDS[name], hosts=f"{count:,}", alone=f"{matches.alone_counts.get(name, 0):,}")
        for name, count in matches.failed_counts.items()
    )


def nearest(matches: Matches) -> tuple[HostLeftOut, ...]:
    """Those that are missed by least, with every reason."""
    return tuple(HostLeftOut(name=each.name, failed=tuple(failed.sentence for failed in each.failed)) for each in matches.rejected)


def nobody(matches: Matches) -> str:
    """Which filters leave nobody over, and whether a single change would help."""
    if not matches.hosts:
        return NOBODY_THERE
    everybody = [FILTER_WORDS[name] for name, count in matches.failed_counts.items() if count == matches.hosts]
    told = [f"Of {plural(matches.hosts, 'host')} none fits this brief."]
    if everybody:
        told.append(f"What keeps every single one out: {', '.join(everybody)}.")
    told.append("Below is what would let somebody in." if matches.relaxations else "No single change of the brief would let anybody in.")
    return " ".join(told)
