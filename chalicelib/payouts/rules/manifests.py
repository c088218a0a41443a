"""What a contract adds to a settlement: its components and the buckets behind them, now and when the last settlement was made."""

from collections.abc import Iterator, Mapping

import msgspec

from chalicelib.core.ids import fingerprint
from chalicelib.ledger.audit import ACCRUAL
from chalicelib.payouts.earnings import Bucket, Statement
from chalicelib.payouts.records import Manifest, ManifestBucket, ManifestComponent, ManifestContract, Reached, StatementRecord

VERSION_DIGITS = 16
BucketKey = tuple[str, str, str]


def contract_section(
    now: StatementRecord,
    before: StatementRecord | None,
    *,
    payee_id: str,
    amount_minor: int,
    statement: Reached,
    since: Reached | None,
) -> ManifestContract:
    """The contract's part of a payee's manifest; `before` is the statement that the last settlement had reached."""
    share = share_minor(now, payee_id) - (share_minor(before, payee_id) if before else 0)
    return ManifestContract(
        contract_id=now.contract_id,
        statement=statement,
        since=since,
        components=tuple(_components(now.statement, before.statement if before else None)),
        share_since_minor=share,
        held_since_minor=share - amount_minor,
        amount_minor=amount_minor,
        buckets=tuple(_buckets(now.buckets, before.buckets if before else ())),
    )


def contract_drifts(manifest: Manifest) -> list[int]:
    """By how much each contract's part differs from its accruals among the lines: 0 for all of them, or the manifest is wrong."""
    booked: dict[str | None, int] = {}
    for line in manifest.lines:
        if line.kind == ACCRUAL:
            booked[line.contract_id] = booked.get(line.contract_id, 0) + line.amount_minor
    return [each.share_since_minor - each.held_since_minor - booked.pop(each.contract_id, 0) for each in manifest.contracts]


def share_minor(record: StatementRecord, payee_id: str) -> int:
    """All that has matured for a payee, tax on the host's own invoice included."""
    tax = sum(line.tax.matured_minor for line in record.statement.tax if line.document == "host_invoice")
    return record.statement.payee(payee_id).matured_minor + (tax if payee_id == record.host_id else 0)


def version_of(bucket: Bucket) -> str:
    """A bucket has no counter, because it is folded anew each time (ADR 1): the hash of what it holds is its version."""
    return fingerprint(msgspec.json.encode(bucket, order="sorted").decode())[:VERSION_DIGITS]


def _components(now: Statement, before: Statement | None) -> Iterator[ManifestComponent]:
    """Every component that has changed; one that is gone has 0 to date."""
    then, to_date = _matured(before), _matured(now)
    for show_id, component in dict.fromkeys([*to_date, *then]):
        minor = to_date.get((show_id, component), 0)
        since = minor - then.get((show_id, component), 0)
        if since:
            yield ManifestComponent(show_id=show_id, component=component, since_minor=since, to_date_minor=minor)


def _matured(statement: Statement | None) -> Mapping[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = {}
    for row in statement.rows if statement else ():
        sums[row.show_id, row.component] = sums.get((row.show_id, row.component), 0) + row.matured_minor
    return sums


def _buckets(now: tuple[Bucket, ...], before: tuple[Bucket, ...]) -> Iterator[ManifestBucket]:
    """Every bucket that has changed; one that is gone keeps nothing."""
    then, current = ({_key(each): each for each in buckets} for buckets in (before, now))
    for key in sorted(then.keys() | current.keys()):
        was, now_ = then.get(key), current.get(key)
        shown = now_ or was
        if was == now_ or shown is None:
            continue
        yield ManifestBucket(
            show_id=shown.show_id,
            rule_id=shown.rule_id,
            order_day=shown.order_day,
            version=version_of(now_) if now_ else "",
            base_kept_before_minor=was.base_kept_minor if was else 0,
            base_kept_minor=now_.base_kept_minor if now_ else 0,
        )


def _key(bucket: Bucket) -> BucketKey:
    return bucket.show_id, bucket.rule_id or "", bucket.order_day.isoformat()
