"""Two evenings that sell, by the real rules of shows, while files come in: what happens, in any order, and what remains of it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chalicelib.adapters.dynamo import Transaction
from chalicelib.core.clock import iso
from chalicelib.payouts.earnings import RefundFact, SaleAmounts, SaleFact, fold
from chalicelib.reconciliation.rules import reconcile
from chalicelib.reconciliation.sides import feed_to_store
from chalicelib.sales.attribution import ShowWindow
from chalicelib.sales.evidence import SalesEvidence
from chalicelib.sales.imports import StoredLine
from chalicelib.shows import rules
from chalicelib.shows.rules import Attribution, Edit, LineUpItem, Show, ShowState
from tests.conftest import StandingClock
from tests.unit.earnings_kit import rule, terms
from tests.unit.sales_kit import Shop

EVENING = datetime(2011, 1, 10, 19, tzinfo=UTC)
LONG_AFTER = datetime(2012, 1, 1, tzinfo=UTC)
HEADER = "type,order_id,line_id,refund_id,sku,ordered_at,quantity,unit_price,currency,tracking_code\n"


def at(minutes: int) -> str:
    """Minutes after seven, as a feed writes it."""
    return iso(EVENING + timedelta(minutes=minutes))


def sold(order: str, minutes: int, *, sku: str = "MUG", code: str = "", units: int = 2) -> str:
    """A row of a sale at 5.00 a unit."""
    return f"sale,{order},1,,{sku},{at(minutes)},{units},5.00,GBP,{code}\n"


def back(order: str, minutes: int) -> str:
    """A row that takes one unit of an order back."""
    return f"refund,{order},1,r-{order},,{at(minutes)},1,5.00,GBP,\n"


FILES: Mapping[str, str] = {
    "early.csv": HEADER + sold("before", -15) + sold("first", 15) + sold("both", 50) + sold("far", -500),
    "late.csv": HEADER + sold("overrun", 85) + sold("second", 150) + sold("too-late", 500) + sold("lamp", 40, sku="LAMP"),
    "coded.csv": HEADER + sold("code", 20, code="B10") + sold("call-off", 30, code="C10") + sold("nobody", 0, sku="BOOK", code="X"),
    "back.csv": HEADER + "".join(back(order, 2_000) for order in ("before", "both", "overrun", "code", "call-off", "lamp")),
}
"""Sales around the two evenings: before the start, in both windows, in the planned but not the actual window, by codes; and refunds."""


class MovingShows:
    """Shows a, b (with a code from some time on) and c (called off), as attribution sees them at any moment."""

    def __init__(self, prefix: str) -> None:
        """`prefix` tells the ids of one run from those of another."""
        self.shows = {name: _show(f"{prefix}-{name}", minutes) for name, minutes in (("a", 0), ("b", 60), ("c", 10_000))}
        self.shows["c"] = replace(self.shows["c"], attribution=Attribution(codes=("C10",)))

    def windows(self, brand_id: str, from_: datetime, to: datetime) -> Sequence[ShowWindow]:
        """As `bridges.features.ShowWindows` has them."""
        assert brand_id
        seen = [rules.times(show) for show in self.shows.values() if show.state is not ShowState.CANCELLED]
        return [
            ShowWindow(
                show_id=each.show_id, skus=each.skus, codes=each.codes, room_ids=each.room_ids,
                opens_at=each.opens_at, closes_at=each.closes_at, currency="GBP",
            )
            for each in seen
            if each.codes or each.room_ids or (each.opens_at <= to and from_ < each.closes_at)
        ]  # fmt: skip

    def change(self, name: str, how: Callable[[Show], Show]) -> None:
        """As `shows.service` does it: the change, and its message if it is one for attribution."""
        before = self.shows[name]
        self.shows[name] = how(before)
        if rules.attribution_changed(before, self.shows[name]):
            Transaction().announce("sales.attribute", name, iso(EVENING)).commit()


class World:
    """A shop with moving shows, and all that can happen there by name."""

    def __init__(self, clock: StandingClock, run: str) -> None:
        """`run` tells brands and shows apart."""
        self.run, self.clock = run, clock
        self.shows = MovingShows(run)
        self.shop = Shop(clock, self.shows, f"brd_{run}")
        self.shop.work["sales.attribute"] = self.attribute
        self.imports: dict[str, str] = {}
        self.happens: dict[str, Callable[[], None]] = {
            "a starts": lambda: self.shows.change("a", lambda show: rules.started(show, EVENING + timedelta(minutes=10))),
            "a ends early": lambda: self.shows.change("a", lambda show: rules.ended(show, EVENING + timedelta(minutes=40))),
            "b gets a code and a lamp": lambda: self.shows.change("b", _with_code_and_lamp),
            "b starts": lambda: self.shows.change("b", lambda show: rules.started(show, EVENING + timedelta(minutes=65))),
            "b ends late": lambda: self.shows.change("b", lambda show: rules.ended(show, EVENING + timedelta(minutes=160))),
            "c is called off": lambda: self.shows.change("c", lambda show: rules.called_off(show, rules.Side.BRAND, EVENING)),
            **{name: lambda name=name: self.receive(name) for name in FILES},  # type: ignore[misc]
        }

    def attribute(self, name: str) -> None:
        """Worker of `sales.attribute`."""
        self.shop.intake.attribute_anew(self.shop.principal.tenant_id, rules.span(self.shows.shows[name]))

    def receive(self, name: str) -> None:
        """A file arrives, and is parsed."""
        self.imports.setdefault(name, self.shop.announce(FILES[name], filename=name, profile="generic"))
        self.shop.intake.receive(self.shop.upload(self.imports[name], FILES[name]))

    def remains(self) -> object:
        """All that must not depend on the order of things; the sides of reconciliation agree on it."""
        lines, files = self.shop.lines, self.shop.files
        evidence = SalesEvidence(imports=self.shop.imports, lines=lines, files=files, clock=self.clock)
        report = reconcile(feed_to_store(evidence), as_of=LONG_AFTER, reported_apart={})
        assert (report.exceptions, report.unexplained_minor) == ((), {"GBP": 0})
        orders = {each.line.line_id: each.line.order_ref for each in lines.every_line()}
        records = {name: self.shop.imports.find(self.shop.principal.tenant_id, import_id) for name, import_id in self.imports.items()}
        kept = [entry for record in records.values() for part in files.stored(record) for entry in part.entries]
        verdicts = {each.line.line_id: each for each in lines.every_line()}
        assert {entry.line.line_id: entry.show_id for entry in kept} == {line_id: each.show_id for line_id, each in verdicts.items()}
        summary = self.shop.summary()
        assert summary is not None
        for entry in files.manifest(summary.manifest_key).entries:
            assert entry.show_id == verdicts[entry.line.line_id].show_id
        return (
            {each.line.order_ref + each.line.kind: self._verdict(each) for each in verdicts.values()},
            {name: (record.state, record.tally) for name, record in sorted(records.items())},
            {name: self._facts(name, orders) for name in self.shows.shows},
            (summary.links, summary.links_to_shows, summary.orphans, summary.orphans_minor),
            self.earned(),
        )  # fmt: skip

    def earned(self) -> object:
        """The buckets of one contract over all shows."""
        sales, refunds = self.facts()
        named = [replace(sale, show_id=sale.show_id.removeprefix(self.run)) for sale in sales]
        by_show = dict.fromkeys((f"-{name}" for name in self.shows.shows), terms(rules=(rule(),)))
        return fold("ctr_1", by_show, named, refunds, LONG_AFTER)

    def facts(self) -> tuple[list[SaleFact], list[RefundFact]]:
        """What all shows have sold and what came back, as earnings see it."""
        known = [self.shop.sales.facts_of(show.show_id) for show in self.shows.shows.values()]
        sales = [
            SaleFact(
                line_id=sale.line_id, show_id=sale.show_id, sku=sale.sku, ordered_at=sale.ordered_at, recorded_at=sale.recorded_at,
                units=sale.units, amounts=SaleAmounts(price_minor=sale.price_minor),
            )
            for of_show in known
            for sale in of_show.sales
        ]  # fmt: skip
        refunds = [
            RefundFact(
                refund_id=each.refund_id, line_id=each.line_id, units=each.units, amount_minor=each.amount_minor,
                occurred_at=each.occurred_at, recorded_at=each.recorded_at,
            )
            for of_show in known
            for each in of_show.refunds
        ]  # fmt: skip
        return sales, refunds

    def _facts(self, name: str, orders: Mapping[str, str]) -> object:
        facts = self.shop.sales.facts_of(self.shows.shows[name].show_id)
        units, money = Counter[str](), Counter[str]()
        for each in facts.refunds:
            units[orders[each.line_id]] += each.units
            money[orders[each.line_id]] += each.amount_minor
        sales = sorted((each.order_ref, each.units, each.price_minor, each.attributed_by) for each in facts.sales)
        return sales, {order: (units[order], money[order]) for order in sorted(units) if units[order] or money[order]}

    def _verdict(self, each: StoredLine) -> object:
        return [(show_id or "").removeprefix(self.run) for show_id in (each.show_id, *each.tied_show_ids)], each.by


def _with_code_and_lamp(show: Show) -> Show:
    attribution = replace(show.attribution, codes=("B10",))
    return rules.edited(show, Edit(attribution=attribution, line_up=(*show.line_up, _item("LAMP"))))


def _item(sku: str) -> LineUpItem:
    return LineUpItem(sku=sku, title=sku.title(), price_minor=5_00, currency="GBP")


def _show(show_id: str, minutes: int) -> Show:
    return Show(
        show_id=show_id, booking_id="bkg", contract_id="ctr_1", brand_id="brd", brand_name="Olive", creator_id="crt", host_name="Mara",
        agency_id=None, slug=show_id, title="Evening", description="", timezone="Europe/London", currency="GBP",
        starts_at=EVENING + timedelta(minutes=minutes), minutes=60, state=ShowState.PUBLISHED, line_up=(_item("MUG"),),
        attribution=Attribution(before_minutes=30, after_minutes=30),
    )  # fmt: skip
