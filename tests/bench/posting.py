"""Lines a second from a file's parts to posted money, beside a textbook double entry on the same engine, in turns.

Ours begins when some brands' files have been cut into parts of lines: each line is put, then the shows' sales, links are decided, the
contracts' sales folded and what they earn posted. The textbook begins with sales in memory and posts each by itself, a header, two
entries and two balances in one transaction. The same processes do the work of both, each with as many writers, though on AWS
transactions that touch the same balance would stop each other.
"""

import functools
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

from chalicelib.payouts.store import PayoutsStore
from chalicelib.sales.store.lines import WRITERS
from infra.place import Place
from tests.bench.figures import Figure, Target, median
from tests.bench.house import FUNCTIONS_AT_ONCE, House
from tests.bench.sale_lines import Unfinished, arrived
from tests.bench.say import Say
from tests.bench.sizes import Sizes
from tests.bench.synthetic import agree, booker_of, csv_file, sales_rows

TARGET = Target(">=", 5, of="ratio")
TEXTBOOK = "textbook"
Sale = tuple[str, int]
"""Its id, and minor units."""


def measure(house: House, sizes: Sizes, say: Say) -> Iterator[Figure]:
    """Medians over the repetitions; one of each before them is not counted."""
    with house.functions() as functions:
        book = Textbook(house, functions)
        ours(house, "warm", sizes)
        book.post("warm", sizes)
        mine, theirs = [], []
        for turn in range(sizes.repetitions):
            mine.append(ours(house, f"turn{turn}", sizes))
            theirs.append(book.post(f"turn{turn}", sizes))
            say(f"posting, turn {turn + 1} of {sizes.repetitions}: {mine[-1]:,.0f} lines/s, textbook {theirs[-1]:,.0f} lines/s")
    peer = f"textbook double entry, {FUNCTIONS_AT_ONCE * WRITERS} at once"
    yield Figure(name="posting_rate_vs_textbook", value=median(mine), unit="lines/s", peer=peer, peer_value=median(theirs), target=TARGET)


def ours(house: House, name: str, sizes: Sizes) -> float:
    """Lines a second of the first files of some brands, from their parts to the posted accruals. Raises `Unfinished`."""
    files = [arrive(house, f"{name}-{number}", sizes) for number in range(sizes.files_of_posting)]
    began = time.perf_counter()
    house.work_off()
    seconds = time.perf_counter() - began
    for brand_id, contract_id, import_id in files:
        tally = house.services.sales.status(booker_of(brand_id), import_id).record.tally
        if tally.new != sizes.lines_of_posting or PayoutsStore().accrual(contract_id) is None:
            message = f"{tally.new} of {sizes.lines_of_posting} lines came in, or their contract was not accrued"
            raise Unfinished(message)
    return sizes.files_of_posting * sizes.lines_of_posting / seconds


def arrive(house: House, name: str, sizes: Sizes) -> tuple[str, str, str]:
    """A brand's file, cut into parts that wait; answers brand, contract and import."""
    brand_id = f"brd_posting-{name}"
    (airing,) = agree(f"posting-{name}", 1, brand_id)
    notification, import_id = arrived(house, brand_id, csv_file(sales_rows(name, [airing], sizes.lines_of_posting, sizes.seed)))
    house.services.import_work(notification)
    return brand_id, airing.contract_id, import_id


class Textbook:
    """Double entry as a textbook has it: every sale is a transaction of its own."""

    def __init__(self, house: House, functions: Executor) -> None:
        """Makes its table."""
        self._place = house.place
        self._functions = functions
        house.tables.create_table(
            TableName=TEXTBOOK,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        )

    def post(self, name: str, sizes: Sizes) -> float:
        """Sales a second."""
        chance = random.Random(f"{sizes.seed} {name}")
        sales = [(f"{name}-{number:08}", chance.randrange(2_00, 80_00)) for number in range(sizes.sales_of_textbook)]
        began = time.perf_counter()
        shares = [self._functions.submit(_post_all, self._place, name, sales[each::FUNCTIONS_AT_ONCE]) for each in range(FUNCTIONS_AT_ONCE)]
        for share in shares:
            share.result()
        return len(sales) / (time.perf_counter() - began)


def _post_all(place: Place, contract: str, sales: Sequence[Sale]) -> None:
    """Post sales, `WRITERS` at a time, each in its own transaction."""
    client = _client(place)
    for _ in _writers().map(lambda sale: client.transact_write_items(TransactItems=_transaction(contract, *sale)), sales):
        pass


@functools.cache
def _client(place: Place) -> Any:
    return place.client("dynamodb")


@functools.cache
def _writers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(WRITERS)


def _transaction(contract: str, sale: str, minor: int) -> list[dict[str, Any]]:
    header = {"pk": {"S": f"transaction#{sale}"}, "sk": {"S": "transaction"}, "reason": {"S": "sale"}, "contract": {"S": contract}}
    sides = ((f"brand:{contract}:receivable", minor), (f"payee:{contract}:pending", -minor))
    actions = [{"Put": {"TableName": TEXTBOOK, "Item": header, "ConditionExpression": "attribute_not_exists(pk)"}}]
    actions += [_entry(account, sale, amount) for account, amount in sides]
    actions += [_balance(account, amount) for account, amount in sides]
    return actions


def _entry(account: str, sale: str, minor: int) -> dict[str, Any]:
    item = {"pk": {"S": f"account#{account}"}, "sk": {"S": f"entry#{sale}"}, "minor": {"N": str(minor)}, "currency": {"S": "GBP"}}
    return {"Put": {"TableName": TEXTBOOK, "Item": item}}


def _balance(account: str, minor: int) -> dict[str, Any]:
    return {
        "Update": {
            "TableName": TEXTBOOK,
            "Key": {"pk": {"S": f"balance#{account}"}, "sk": {"S": "GBP"}},
            "UpdateExpression": "ADD minor :minor, version :one",
            "ExpressionAttributeValues": {":minor": {"N": str(minor)}, ":one": {"N": "1"}},
        }
    }
