"""A brand that sells: sales on moto with queues worked off by hand, and stores that break on demand."""

import functools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from chalicelib.adapters import dynamo
from chalicelib.adapters.dynamo import outbox_left_over
from chalicelib.adapters.objects import S3Bucket
from chalicelib.core.access import Principal, Role
from chalicelib.sales.attribution import ShowWindow
from chalicelib.sales.files import SalesFiles
from chalicelib.sales.imports import FeedSummary, State, Tally
from chalicelib.sales.intake import Intake
from chalicelib.sales.ports import ShowDirectory
from chalicelib.sales.service import Announced, Sales, sha256_of
from chalicelib.sales.store import ImportStore, LineStore
from chalicelib.sales.store import lines as line_store
from tests.conftest import REGION, StandingClock


@dataclass(frozen=True, slots=True)
class OneShow:
    """The brand has one show, which sold mugs on the evening of 10 January."""

    show_id: str = "shw_1"
    skus: tuple[str, ...] = ("85123A",)
    currency: str = "GBP"

    def windows(self, brand_id: str, from_: datetime, to: datetime) -> Sequence[ShowWindow]:
        """The show, for whoever asks."""
        assert brand_id
        assert from_ <= to
        opens, closes = datetime(2011, 1, 10, 19, tzinfo=UTC), datetime(2011, 1, 10, 21, tzinfo=UTC)
        return [
            ShowWindow(
                show_id=self.show_id, skus=frozenset(self.skus), codes=frozenset(), room_ids=frozenset(),
                opens_at=opens, closes_at=closes, currency=self.currency,
            )
        ]  # fmt: skip


@functools.cache
def _s3() -> Any:
    """One client: making one takes longer than what most tests do with it."""
    return boto3.client("s3", region_name=REGION)


class Shop:
    """A brand with everything that sales need, and queues that are worked off by hand."""

    def __init__(self, clock: StandingClock, shows: ShowDirectory, brand_id: str = "brd_1") -> None:
        """All on the tables and the bucket of the test."""
        self.principal = Principal(user_id="usr_1", email="owner@example.com", tenant_id=brand_id, role=Role.BRAND_OWNER)
        self.client = _s3()
        bucket = S3Bucket(self.client, "sales")
        self.imports, self.lines, self.files = ImportStore(), LineStore(), SalesFiles(uploads=bucket, records=bucket)
        self.sales = Sales(imports=self.imports, lines=self.lines, files=self.files, clock=clock)
        self.intake = Intake(imports=self.imports, lines=self.lines, files=self.files, shows=shows, clock=clock)
        self.folded: list[str] = []
        self.work: dict[str, Callable[[str], None]] = {
            "sales.part": lambda key: self.intake.store_part(key),  # noqa: PLW0108  # a test may replace it
            "sales.link": lambda key: self.intake.link(key),  # noqa: PLW0108  # likewise
            "sales.fold": self.folded.append,
            "notices.look": lambda _: None,
        }
        """By topic; a test may add its own."""

    def announce(self, text: str, *, filename: str = "sales.csv", profile: str = "online_retail", currency: str = "GBP") -> str:
        """Start an import."""
        raw = text.encode()
        announced = Announced(filename=filename, profile=profile, currency=currency, sha256=sha256_of(raw), size_bytes=len(raw))
        return self.sales.start_import(self.principal, announced).import_id

    def upload(self, import_id: str, text: str) -> str:
        """Put the bytes where they were announced; answers the object's key."""
        key = f"uploads/{self.principal.tenant_id}/{import_id}"
        self.client.put_object(Bucket="sales", Key=key, Body=text.encode())
        return key

    def work_off(self) -> None:
        """Do what the outbox asks until nothing is left."""
        while messages := list(outbox_left_over("9999")):
            for message in messages:
                self.work[message.topic](message.key)
                message.delete()

    def bring(self, text: str, **options: str) -> str:
        """A file from its announcement to its last link."""
        import_id = self.announce(text, **options)
        self.intake.receive(self.upload(import_id, text))
        self.work_off()
        return import_id

    def tally(self, import_id: str) -> Tally:
        """What became of an import's rows."""
        return self.sales.status(self.principal, import_id).record.tally

    def state(self, import_id: str) -> State:
        """Where an import stands."""
        return self.sales.status(self.principal, import_id).record.state

    def reason(self, import_id: str) -> str:
        """Why an import was refused."""
        record = self.sales.status(self.principal, import_id).record
        assert record.state is State.REFUSED
        return record.reason

    def summary(self) -> FeedSummary | None:
        """Where the feed stands."""
        (totals,) = self.sales.totals(self.principal)
        return totals.summary

    def returned(self, show_id: str = "shw_1") -> tuple[int, int]:
        """Units and money that came back of a show's sales."""
        refunds = self.sales.facts_of(show_id).refunds
        return sum(each.units for each in refunds), sum(each.amount_minor for each in refunds)


def sales_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bucket of sales, and one shard each: moto takes its time for every query."""
    monkeypatch.setattr(dynamo, "OUTBOX_SHARDS", 1)
    monkeypatch.setattr(line_store, "SHOW_SHARDS", 1)
    boto3.client("s3", region_name=REGION).create_bucket(Bucket="sales", CreateBucketConfiguration={"LocationConstraint": REGION})


class Broken(Exception):
    """The connection was lost."""


class Fragile:
    """Stands before a store or a bucket; its k-th call never happens, or happens and its answer is lost."""

    def __init__(self, real: object, calls: Counter[str], at: int, *, after: bool) -> None:
        """`calls` is shared by all that stand in one run."""
        self._real, self._calls, self._at, self._after = real, calls, at, after

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """The real method with the fault in it."""
        method = getattr(self._real, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            self._calls["all"] += 1
            breaks = self._calls["all"] == self._at
            if breaks and not self._after:
                raise Broken(name)
            answer = method(*args, **kwargs)
            if breaks:
                raise Broken(name)
            return answer

        return call


def empty_the_tables() -> None:
    """Moto copies whole tables for every transaction: what a run leaves behind slows down the next."""
    client = boto3.client("dynamodb", region_name=REGION)
    for table in ("imports", "outbox", "sale_lines", "show_sales"):
        for item in client.scan(TableName=f"test-{table}")["Items"]:
            client.delete_item(TableName=f"test-{table}", Key={"pk": item["pk"], "sk": item["sk"]})


def until_done(work: Callable[[], None]) -> None:
    """Bring work again when it breaks, as a queue does."""
    for _ in range(3):
        try:
            work()
        except Broken:
            continue
        return
    pytest.fail("the work never got done")
