"""The exported books are accepted by bean-check, safe in a spreadsheet, and the same bytes every time."""

import random
from datetime import UTC, date, datetime
from pathlib import Path

from beancount import loader
from beancount.core.data import Open
from beancount.core.data import Transaction as BookedEntry

from chalicelib.core.csv_text import Amount, csv_text
from chalicelib.ledger.accounts import Account
from chalicelib.ledger.rules import Booked, Posting
from chalicelib.reconciliation.exports import (
    balances_before,
    beancount,
    beancount_account,
    digest,
    journal_csv,
)


def _booked(key: str, day: int, *amounts: tuple[str, int], currency: str = "GBP", reason: str = "because") -> Booked:
    at = datetime(2011, 1, day, 12, tzinfo=UTC)
    postings = tuple(Posting(Account(account), minor, currency) for account, minor in amounts)
    return Booked(
        key=key,
        kind="accrual",
        occurred_at=at,
        booked_at=at,
        recorded_at=at,
        reason=reason,
        postings=postings,
        places=(),
        contract_id="ctr_1",
    )


BOOKS = [
    _booked("a", 3, ("brand:brd_1:receivable", 11_000), ("payee:crt_1:pending", -10_000), ("platform:fees", -1_000)),
    _booked(
        "b",
        4,
        ("platform:stripe_balance", 10_900),
        ("platform:stripe_fees", 100),
        ("brand:brd_1:prepaid", -11_000),
        reason='a "quoted" word',
    ),
    _booked("c", 4, ("payee:crt_1:pending", 500), ("payee:crt_1:payable", -500), currency="JPY"),
]


def test_beancount_accepts_the_journal_and_agrees_with_its_balances(tmp_path: Path) -> None:
    file = tmp_path / "journal.beancount"
    file.write_text(beancount(BOOKS, opening={}, opens_on=date(2011, 1, 1), title="Primetime"))
    entries, errors, _ = loader.load_file(str(file))
    assert errors == []
    assert len([entry for entry in entries if type(entry).__name__ == "Transaction"]) == 3


def test_a_later_period_opens_with_what_was_booked_before(tmp_path: Path) -> None:
    start = datetime(2011, 1, 4, tzinfo=UTC)
    opening = balances_before(BOOKS, start)
    assert opening[("brand:brd_1:receivable", "GBP")] == 11_000
    file = tmp_path / "journal.beancount"
    paid = _booked("d", 5, ("brand:brd_1:receivable", -11_000), ("brand:brd_1:prepaid", 11_000))
    text = beancount([*BOOKS[1:], paid], opening=opening, opens_on=start.date(), title="Primetime")
    file.write_text(text)
    assert loader.load_file(str(file))[1] == []
    assert "balance Assets:Brand:Brd-1:Receivable 0.00 ~ 0 GBP" in text


def test_one_minor_unit_too_many_makes_beancount_refuse(tmp_path: Path) -> None:
    wrong = _booked("a", 3, ("brand:brd_1:receivable", 11_001), ("payee:crt_1:pending", -11_000))
    file = tmp_path / "journal.beancount"
    file.write_text(beancount([wrong], opening={}, opens_on=date(2011, 1, 1), title="Primetime"))
    assert loader.load_file(str(file))[1] != []


def test_a_closing_balance_that_is_one_minor_unit_off_makes_beancount_refuse(tmp_path: Path) -> None:
    file = tmp_path / "journal.beancount"
    text = beancount(BOOKS, opening={}, opens_on=date(2011, 1, 1), title="Primetime")
    for right, wrong in (("109.00 ~", "109.01 ~"), ("-500 ~", "-501 ~")):
        assert right in text
        file.write_text(text.replace(right, wrong))
        assert len(loader.load_file(str(file))[1]) == 1


def test_an_opening_is_brought_forward_in_each_currency_by_itself(tmp_path: Path) -> None:
    start = datetime(2011, 1, 5, tzinfo=UTC)
    text = beancount([], opening=balances_before(BOOKS[:2] + BOOKS[2:], start), opens_on=start.date(), title="Primetime")
    file = tmp_path / "journal.beancount"
    file.write_text(text)
    assert loader.load_file(str(file))[1] == []
    assert "Equity:Opening-Balances  0.00 GBP" in text
    assert "Equity:Opening-Balances  0 JPY" in text
    one_sided = {("brand:brd_1:receivable", "GBP"): 5, ("payee:crt_1:payable", "JPY"): -7}
    text = beancount([], opening=one_sided, opens_on=start.date(), title="Primetime")
    assert "Equity:Opening-Balances  -0.05 GBP" in text
    assert "Equity:Opening-Balances  7 JPY" in text
    assert balances_before(BOOKS, BOOKS[1].booked_at) == balances_before(BOOKS[:1], start), "an instant's own bookings are not before it"


def test_words_of_people_cannot_break_out_of_their_text(tmp_path: Path) -> None:
    file = tmp_path / "journal.beancount"
    words = 'a \\ "quote"\n2011-01-01 open Assets:Mine'
    entry = _booked("a", 3, ("brand:brd_1:receivable", 11_000), ("payee:crt_1:pending", -11_000), reason=words)
    file.write_text(beancount([entry], opening={}, opens_on=date(2011, 1, 1), title=words))
    entries, errors, options = loader.load_file(str(file))
    assert errors == []
    (found,) = [each for each in entries if isinstance(each, BookedEntry)]
    assert found.narration == options["title"] == 'a \\ "quote" 2011-01-01 open Assets:Mine'
    assert len([each for each in entries if isinstance(each, Open)]) == 3


def test_files_do_not_depend_on_the_order_in_which_the_books_were_read() -> None:
    shuffled = random.Random(7).sample(BOOKS, len(BOOKS))  # an order, no secret
    assert journal_csv(shuffled) == journal_csv(BOOKS[::-1]) == journal_csv(BOOKS)
    assert digest(journal_csv(BOOKS), "x") != digest(journal_csv(BOOKS) + "x", "")
    assert (
        journal_csv(BOOKS).splitlines()[1]
        == "2011-01-03T12:00:00.000Z,2011-01-03T12:00:00.000Z,a,accrual,ctr_1,brand:brd_1:receivable,110.00,GBP,because,"
    )


def test_account_names_fit_beancounts_grammar() -> None:
    assert beancount_account("payee:crt_1x:in_transit") == "Liabilities:Payee:Crt-1x:In-transit"
    assert beancount_account("platform:stripe_fees") == "Expenses:Platform:Stripe-fees"


def test_cells_that_look_like_formulas_become_text_and_numbers_stay_numbers() -> None:
    text = csv_text(("a", "b"), [("=1+1", Amount("-0.05")), ("@x", -5), ("\tx", "plain")])
    assert text == "a,b\r\n'=1+1,-0.05\r\n'@x,-5\r\n'\tx,plain\r\n"
