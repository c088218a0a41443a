"""Lines a second from a file's parts to posted money, beside a textbook double entry on the same engine, in turns.

Ours begins when a file has been cut into parts of lines: each line is put, then the shows' sales, links are decided, the contract's sales
folded and what it earns posted. The textbook begins with sales in memory and posts each by itself, a header, two entries and two balances
in one transaction; as many at once as we have writers, though on AWS transactions that touch the same balance would stop each other.
"""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from chalicelib.payouts.store import PayoutsStore
from chalicelib.sales.store.lines import WRITERS
from tests.bench.figures import Figure, Target, median
from tests.bench.house import House
from tests.bench.sale_lines import Unfinished, arrived
from tests.bench.say import Say
from tests.bench.sizes import Sizes
from tests.bench.synthetic import BOOKER, agree, csv_file, sales_rows

TARGET = Target(">=", 5, of="ratio")
TEXTBOOK = "textbook"


def measure(house: House, sizes: Sizes, say: Say) -> Iterator[Figure]:
    """Medians over the repetitions; one of each before them is not counted."""
    book = Textbook(house)
    ours(house, "warm", sizes)
    book.post("warm", sizes)
    mine, theirs = [], []
    for turn in range(sizes.repetitions):
        mine.append(ours(house, f"turn{turn}", sizes))
        theirs.append(book.post(f"turn{turn}", sizes))
        say(f"posting, turn {turn + 1} of {sizes.repetitions}: {mine[-1]:,.0f} lines/s, textbook {theirs[-1]:,.0f} lines/s")
    peer = f"textbook double entry, {WRITERS} at once"
    yield Figure(name="posting_rate_vs_textbook", value=median(mine), unit="lines/s", peer=peer, peer_value=median(theirs), target=TARGET)


def ours(house: House, name: str, sizes: Sizes) -> float:
    """Lines a second of one file, from its parts to the posted accrual. Raises `Unfinished`."""
    (airing,) = agree(f"posting-{name}", 1)
    rows = sales_rows(name, [airing], sizes.lines_of_posting, sizes.seed)
    notification, import_id = arrived(house, csv_file(rows))
    house.services.import_work(notification)
    began = time.perf_counter()
    house.work_off()
    seconds = time.perf_counter() - began
    tally = house.services.sales.status(BOOKER, import_id).record.tally
    if tally.new != len(rows) or PayoutsStore().accrual(airing.contract_id) is None:
        message = f"{tally.new} of {len(rows)} lines came in, or their contract was not accrued"
        raise Unfinished(message)
    return len(rows) / seconds


class Textbook:
    """Double entry as a textbook has it: every sale is a transaction of its own."""

    def __init__(self, house: House) -> None:
        """Makes its table."""
        self._client = house.tables
        self._client.create_table(
            TableName=TEXTBOOK,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        )

    def post(self, name: str, sizes: Sizes) -> float:
        """Sales a second."""
        chance = random.Random(f"{sizes.seed} {name}")
        sales = [(f"{name}-{number:08}", chance.randrange(2_00, 80_00)) for number in range(sizes.sales_of_textbook)]
        with ThreadPoolExecutor(WRITERS) as writers:
            list(writers.map(lambda _: self._client.meta, range(WRITERS)))
            began = time.perf_counter()
            for _ in writers.map(lambda sale: self._post(name, *sale), sales):
                pass
            seconds = time.perf_counter() - began
        return len(sales) / seconds

    def _post(self, contract: str, sale: str, minor: int) -> None:
        header = {"pk": {"S": f"transaction#{sale}"}, "sk": {"S": "transaction"}, "reason": {"S": "sale"}, "contract": {"S": contract}}
        sides = ((f"brand:{contract}:receivable", minor), (f"payee:{contract}:pending", -minor))
        actions = [{"Put": {"TableName": TEXTBOOK, "Item": header, "ConditionExpression": "attribute_not_exists(pk)"}}]
        actions += [self._entry(account, sale, amount) for account, amount in sides]
        actions += [self._balance(account, amount) for account, amount in sides]
        self._client.transact_write_items(TransactItems=actions)

    def _entry(self, account: str, sale: str, minor: int) -> dict[str, Any]:
        item = {"pk": {"S": f"account#{account}"}, "sk": {"S": f"entry#{sale}"}, "minor": {"N": str(minor)}, "currency": {"S": "GBP"}}
        return {"Put": {"TableName": TEXTBOOK, "Item": item}}

    def _balance(self, account: str, minor: int) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": TEXTBOOK,
                "Key": {"pk": {"S": f"balance#{account}"}, "sk": {"S": "GBP"}},
                "UpdateExpression": "ADD minor :minor, version :one",
                "ExpressionAttributeValues": {":minor": {"N": str(minor)}, ":one": {"N": "1"}},
            }
        }
