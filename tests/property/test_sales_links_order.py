"""Links do not depend on the order in which files come: the differences add up to the links of all lines at once."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.sales.feeds.online_retail import ONLINE_RETAIL
from chalicelib.sales.feeds.profile import FeedContext
from chalicelib.sales.feeds.read import read_all
from chalicelib.sales.lines import Kind, SaleLine, amount_of
from chalicelib.sales.links import changes, groups_touched, link

SAMPLE = Path(__file__).parents[2] / "demo" / "data" / "online_retail_sample.csv"
NOON = datetime(2011, 1, 10, 12, tzinfo=UTC)
GBP = FeedContext(feed_id="fed_1", currency="GBP")


def _line(fact: tuple[str, int, str, int], occurrence: int) -> SaleLine:
    group, minute, invoice, quantity = fact
    return SaleLine(
        line_id=f"{fact}{occurrence}",
        kind=Kind.SALE if quantity > 0 else Kind.CANCELLATION,
        order_ref=invoice,
        sku="1",
        quantity=quantity,
        unit_price="0.335",
        amount_minor=amount_of(quantity, "0.335", "GBP"),
        currency="GBP",
        ordered_at=NOON + timedelta(minutes=minute),
        occurrence=occurrence,
        row_number=1,
        group=group,
    )


@st.composite
def some_lines(draw: st.DrawFn) -> list[SaleLine]:
    """Few groups, few minutes and few invoices, so that ties and scarcity are common."""
    fact_of = st.tuples(st.sampled_from("gh"), st.integers(0, 4), st.sampled_from("12"), st.integers(-4, 4).filter(bool))
    facts = draw(st.lists(fact_of, max_size=25))
    times: Counter[tuple[str, int, str, int]] = Counter()
    lines = []
    for fact in facts:
        times[fact] += 1
        lines.append(_line(fact, times[fact]))
    return lines


@st.composite
def one_sale_and_what_came_back(draw: st.DrawFn) -> list[SaleLine]:
    """A sale with refunds and chargebacks of it, and reinstatements of those and of refunds that nobody knows."""
    sale = replace(_line(("s", 0, "1", 4), 1), line_id="s", group="s", amount_minor=40)
    lines = [sale]
    for place, (kind, units, money, minute, of) in enumerate(
        draw(
            st.lists(
                st.tuples(
                    st.sampled_from([Kind.REFUND, Kind.CHARGEBACK, Kind.REINSTATEMENT]),
                    st.integers(0, 4),
                    st.integers(1, 40),
                    st.integers(1, 5),
                    st.integers(0, 8),
                ),
                max_size=8,
            )
        )
    ):
        undoes = kind is Kind.REINSTATEMENT
        sign = 1 if undoes else -1
        lines.append(
            replace(
                sale,
                line_id=f"t{place}",
                kind=kind,
                quantity=sign * units,
                amount_minor=sign * money,
                ordered_at=NOON + timedelta(minutes=minute),
                reinstates=f"t{of}" if undoes else None,
            )
        )
    return lines


Totals = dict[tuple[str, str], tuple[int, int]]


def imported(parts: list[list[SaleLine]]) -> Totals:
    """Each part is an import: only the groups it touches are linked again, from all lines known then, and only differences are kept."""
    known: dict[str, SaleLine] = {}
    totals: Totals = {}
    for part in parts:
        touched = groups_touched(part)
        before = link(line for line in known.values() if line.group in touched).links
        known |= {line.line_id: line for line in part}
        after = link(line for line in known.values() if line.group in touched).links
        for change in changes(before, after):
            units, money = totals.get((change.refund_id, change.sale_id), (0, 0))
            totals[change.refund_id, change.sale_id] = (units + change.quantity, money + change.amount_minor)
    return {pair: total for pair, total in totals.items() if total != (0, 0)}


def at_once(lines: list[SaleLine]) -> Totals:
    return {(each.refund_id, each.sale_id): (each.quantity, each.amount_minor) for each in link(lines).links}


@settings(max_examples=300)
@given(lines=some_lines(), shuffle=st.randoms(use_true_random=False), parts=st.integers(1, 5))
def test_any_parts_in_any_order_with_repetitions_add_up_to_all_links(lines: list[SaleLine], shuffle: random.Random, parts: int) -> None:
    pile: list[list[SaleLine]] = [[] for _ in range(parts)]
    for line in shuffle.sample(lines, len(lines)):
        pile[shuffle.randrange(parts)].append(line)
    repeated = [part + shuffle.sample(lines, min(2, len(lines))) for part in pile]
    assert imported(repeated) == at_once(lines)


@given(lines=some_lines())
def test_no_sale_gives_back_more_than_it_is_and_nothing_taken_back_is_lost(lines: list[SaleLine]) -> None:
    result = link(lines)
    units_of, money_of = Counter[str](), Counter[str]()
    for each in result.links:
        units_of[each.sale_id] += each.quantity
        money_of[each.sale_id] += each.amount_minor
    by_id = {line.line_id: line for line in lines}
    assert all(units_of[sale_id] <= by_id[sale_id].quantity and money_of[sale_id] <= by_id[sale_id].amount_minor for sale_id in units_of)
    taken_back = sum(-line.quantity for line in lines if line.kind is Kind.CANCELLATION)
    assert sum(units_of.values()) + sum(orphan.quantity for orphan in result.orphans) == taken_back


@settings(max_examples=300)
@given(lines=one_sale_and_what_came_back(), shuffle=st.randoms(use_true_random=False), parts=st.integers(1, 4))
def test_refunds_chargebacks_and_reinstatements_add_up_whatever_came_first(
    lines: list[SaleLine], shuffle: random.Random, parts: int
) -> None:
    pile: list[list[SaleLine]] = [[] for _ in range(parts)]
    for line in shuffle.sample(lines, len(lines)):
        pile[shuffle.randrange(parts)].append(line)
    assert imported(pile) == at_once(lines)


@given(lines=one_sale_and_what_came_back())
def test_what_stays_taken_back_is_what_was_asked_for_less_what_was_reinstated_and_never_beyond_the_sale(lines: list[SaleLine]) -> None:
    sale, *others = lines
    asked = {each.line_id: -each.amount_minor for each in others if each.kind is not Kind.REINSTATEMENT}
    reinstated = Counter[str]()
    for each in others:
        if each.kind is Kind.REINSTATEMENT and each.reinstates in asked:
            reinstated[each.reinstates] += each.amount_minor
    standing = sum(max(0, minor - reinstated[line_id]) for line_id, minor in asked.items())
    assert sum(each.amount_minor for each in link(lines).links) == min(standing, sale.amount_minor)


@cache
def sample_rows() -> tuple[str, list[str]]:
    header, *rows = SAMPLE.read_text(encoding="utf-8").splitlines(keepends=True)
    return header, rows


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_real_sample_cut_into_files_in_any_order_gives_the_same_links(seed: int) -> None:
    """Rows equal in every column stay in one file, as they would in an export by invoice."""
    shuffle = random.Random(seed)
    header, rows = sample_rows()
    file_of = {row: shuffle.randrange(4) for row in sorted(set(rows))}
    files: list[list[str]] = [[row for row in rows if file_of[row] == number] for number in range(4)]
    for file in files:
        shuffle.shuffle(file)
    shuffle.shuffle(files)
    parts = [list(read_all([(header + "".join(file)).encode()], ONLINE_RETAIL, GBP).lines) for file in files]
    whole = list(read_all([(header + "".join(rows)).encode()], ONLINE_RETAIL, GBP).lines)
    assert imported(parts) == at_once(whole)
