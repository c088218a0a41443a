"""The books as files: a journal as CSV and as beancount text. Equal books give equal bytes, whenever they are written.

A period's files hold the transactions booked in its month (UTC), ordered by booking instant, then key; the beancount text is
whole by itself, with an opening entry for what was booked before.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from chalicelib.core.clock import iso
from chalicelib.core.csv_text import Amount, csv_text
from chalicelib.core.money import to_major
from chalicelib.ledger.rules import Booked, fold

JOURNAL_COLUMNS = ("booked_at", "occurred_at", "transaction", "kind", "contract", "account", "amount", "currency", "reason", "reverses")
CLASSES: Mapping[str, str] = {
    "receivable": "Assets",
    "stripe_balance": "Assets",
    "paid_out": "Assets",
    "fees": "Income",
    "stripe_fees": "Expenses",
    "write_off": "Expenses",
    "suspense": "Equity",
}
"""What kind of account beancount takes each for; all others are owed to somebody: Liabilities."""
OPENING = "Equity:Opening-Balances"


def in_order(transactions: Sequence[Booked]) -> list[Booked]:
    """The one order of a journal."""
    return sorted(transactions, key=lambda booked: (booked.booked_at, booked.key))


def journal_csv(transactions: Sequence[Booked]) -> str:
    """A row for each posting."""
    return csv_text(
        JOURNAL_COLUMNS,
        (
            (
                iso(booked.booked_at),
                iso(booked.occurred_at),
                booked.key,
                booked.kind,
                booked.contract_id or "",
                posting.account,
                Amount(to_major(posting.amount_minor, posting.currency)),
                posting.currency,
                booked.reason,
                booked.reverses or "",
            )
            for booked in in_order(transactions)
            for posting in booked.postings
        ),
    )


def beancount_account(account: str) -> str:
    """Our account's name in beancount's grammar: ``payee:crt_x:payable`` is ``Liabilities:Payee:Crt-x:Payable``."""
    parts = account.split(":")
    words = [re.sub(r"[^A-Za-z0-9]", "-", part) for part in parts]
    return ":".join([CLASSES.get(parts[-1], "Liabilities"), *(word[0].upper() + word[1:] for word in words)])


def beancount(transactions: Sequence[Booked], *, opening: Mapping[tuple[str, str], int], opens_on: date, title: str) -> str:
    """Beancount text. `opening` holds the balances (by account and currency) from before; `opens_on` is the day they stand on.

    Closing balances are asserted without tolerance: beancount's own would let one minor unit pass.
    """
    ordered = in_order(transactions)
    touched = {(posting.account, posting.currency) for booked in ordered for posting in booked.postings}
    accounts: dict[str, set[str]] = {}
    for account, currency in touched | {key for key, minor in opening.items() if minor}:
        accounts.setdefault(beancount_account(account), set()).add(currency)
    lines = [f'option "title" "{_text(title)}"', ""]
    lines += [f"{opens_on} open {name} {','.join(sorted(currencies))}" for name, currencies in sorted(accounts.items())]
    lines += [f"{opens_on} open {OPENING}", ""]
    lines += _opening(opening, opens_on)
    for booked in ordered:
        lines.append(f'{booked.booked_at:%Y-%m-%d} * "{_text(booked.kind)}" "{_text(booked.reason)}"')
        lines.append(f'  transaction: "{_text(booked.key)}"')
        lines += [_posting(posting.account, posting.amount_minor, posting.currency) for posting in booked.postings]
        lines.append("")
    closing = {key: opening.get(key, 0) + minor for key, minor in fold(ordered).items()}
    if ordered:
        day = date.fromordinal(ordered[-1].booked_at.date().toordinal() + 1)
        lines += [
            f"{day} balance {beancount_account(account)} {to_major(minor, currency)} ~ 0 {currency}"
            for (account, currency), minor in sorted(closing.items())
        ]
    return "\n".join(lines) + "\n"


def balances_before(transactions: Sequence[Booked], instant: datetime) -> Mapping[tuple[str, str], int]:
    """What every account stood at before an instant."""
    return {
        (str(account), currency): minor for (account, currency), minor in fold([b for b in transactions if b.booked_at < instant]).items()
    }


def digest(*files: str) -> str:
    """SHA-256 over files in this order, each with its length before it."""
    total = hashlib.sha256()
    for file in files:
        encoded = file.encode()
        total.update(f"{len(encoded)}:".encode())
        total.update(encoded)
    return total.hexdigest()


def _opening(opening: Mapping[tuple[str, str], int], opens_on: date) -> list[str]:
    standing = {key: minor for key, minor in opening.items() if minor}
    if not standing:
        return []
    lines = [f'{opens_on} * "opening" "Balances brought forward"']
    lines += [_posting(account, minor, currency) for (account, currency), minor in sorted(standing.items())]
    lines += [
        _line(OPENING, -sum(minor for (_, c), minor in standing.items() if c == currency), currency)
        for currency in sorted({c for _, c in standing})
    ]
    return [*lines, ""]


def _posting(account: str, minor: int, currency: str) -> str:
    return _line(beancount_account(account), minor, currency)


def _line(name: str, minor: int, currency: str) -> str:
    return f"  {name}  {to_major(minor, currency)} {currency}"


def _text(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
