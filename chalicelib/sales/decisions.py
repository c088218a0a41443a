"""A decision about links: pure. It is numbered and written down before anything obeys it, so a crash between can be repeated."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.sales.facts import ShowRefund
from chalicelib.sales.imports import Entry, FeedSummary, Import, Manifest, Parked
from chalicelib.sales.lines import TAKES_BACK, Kind
from chalicelib.sales.links import RefundChange, changes, groups_touched, link


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be done after the imports named here: refund facts to add, shows to fold, where the feed stands then."""

    number: int
    feed_id: str
    import_ids: tuple[str, ...]
    refunds: tuple[ShowRefund, ...]
    show_ids: tuple[str, ...]
    summary: FeedSummary
    decided_at: datetime


def relinked(before: Manifest, new: Sequence[Entry]) -> Manifest:
    """The manifest with new entries, the links of the groups they touch recomputed from all known lines."""
    by_id = {each.line.line_id: each for each in (*new, *before.entries) if _can_be_linked(each)}
    touched: set[str | None] = {None, *groups_touched(each.line for each in new)}
    result = link(each.line for each in by_id.values() if each.line.group in touched)
    links = [each for each in before.links if by_id[each.refund_id].line.group not in touched]
    orphans = [each for each in before.orphans if by_id[each.line_id].line.group not in touched]
    return Manifest(
        entries=tuple(sorted(by_id.values(), key=lambda each: (each.line.group or "", each.line.line_id))),
        links=tuple(sorted([*links, *result.links], key=lambda each: (each.refund_id, each.sale_id))),
        orphans=tuple(sorted([*orphans, *result.orphans], key=lambda each: each.line_id)),
    )


def refund_facts(before: Manifest, after: Manifest, number: int, decided_at: datetime) -> tuple[ShowRefund, ...]:
    """The differences of links as facts of the shows whose sales they touch."""
    shows = {each.line.line_id: each.show_id for each in after.entries}
    found = ((change, shows[change.sale_id]) for change in changes(before.links, after.links))
    return tuple(_fact(change, show_id, number, decided_at) for change, show_id in found if show_id is not None)


def touched_shows(new: Iterable[Entry], refunds: Iterable[ShowRefund]) -> tuple[str, ...]:
    """The shows that must be folded again, sorted."""
    return tuple(sorted({each.show_id for each in new if each.show_id is not None} | {each.show_id for each in refunds}))


def summary_of(manifest: Manifest, which: Import, number: int, manifest_key: str) -> FeedSummary:
    """Where the feed of an import stands with these links."""
    shows = {each.line.line_id: each.show_id for each in manifest.entries}
    return FeedSummary(
        feed_id=which.feed_id,
        brand_id=which.brand_id,
        currency=which.currency,
        decision=number,
        manifest_key=manifest_key,
        links=len(manifest.links),
        links_to_shows=sum(shows[each.sale_id] is not None for each in manifest.links),
        orphans=len(manifest.orphans),
        orphan_units=sum(each.quantity for each in manifest.orphans),
        orphans_minor=sum(each.amount_minor for each in manifest.orphans),
        parked=tuple(_parked(manifest)),
    )


def _parked(manifest: Manifest) -> Iterator[Parked]:
    """By day, so that the summary stays small."""
    by_day: dict[date, list[int]] = {}
    for each in manifest.orphans:
        if each.parked_until is not None:
            by_day.setdefault(each.parked_until, []).append(each.amount_minor)
    for day, amounts in sorted(by_day.items()):
        yield Parked(until=day, count=len(amounts), minor=sum(amounts))


def _can_be_linked(each: Entry) -> bool:
    line = each.line
    return line.kind in TAKES_BACK or line.kind is Kind.REINSTATEMENT or (line.kind is Kind.SALE and line.group is not None)


def _fact(change: RefundChange, show_id: str, number: int, decided_at: datetime) -> ShowRefund:
    return ShowRefund(
        refund_id=f"{number:08}#{change.refund_id}#{change.sale_id}",
        line_id=change.sale_id,
        taken_by=change.refund_id,
        show_id=show_id,
        units=change.quantity,
        amount_minor=change.amount_minor,
        occurred_at=change.occurred_at,
        recorded_at=decided_at,
    )
