"""What Stripe says of the platform's account, as a chain of words: each goes on from what was kept before. Pure.

Stripe's movements never change, so what was kept of them stays true; a transfer changes in one way, by being reversed, and each reversal
is a movement of its own with its own date. So it is enough to ask for what came since, and anew for transfers that such a movement names.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from chalicelib.payouts.stripe_port import BalanceTransaction, ReversalState, TransferState

TRANSFER_TYPES = frozenset({"transfer", "transfer_refund", "transfer_cancel"})
"""Types of Stripe's balance transactions that move money to connected accounts or back."""
OVERLAP_SECONDS = 3 * 24 * 60 * 60
"""So much of the newest that was listed is listed again each time: what appears late, with an earlier date, is still found."""
KEPT_AT = 5_000
"""As many movements and transfers older than that are kept for good, so that they need not be listed again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StripesWord:
    """What Stripe says at one moment: every change of the platform's balance, every transfer, and by transfer what came back of it.

    With `before` (the SHA-256 of what was kept last, see `Checkpoint`) it goes on from there, and is whole only together with that.
    """

    transactions: tuple[BalanceTransaction, ...]
    transfers: tuple[TransferState, ...]
    reversals: Mapping[str, tuple[ReversalState, ...]] = field(default_factory=dict)
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """All that Stripe dates before `until` (seconds since the epoch) is kept in the word with this hash and in those before it."""

    sha256: str
    until: int


def joined(words: Iterable[StripesWord]) -> StripesWord:
    """A chain of words as one, the oldest first: of a transfer, what was said last."""
    transactions: dict[str, BalanceTransaction] = {}
    transfers: dict[str, TransferState] = {}
    reversals: dict[str, tuple[ReversalState, ...]] = {}
    for word in words:
        transactions |= {each.id: each for each in word.transactions}
        transfers |= {each.id: each for each in word.transfers}
        reversals |= word.reversals
    return StripesWord(transactions=tuple(transactions.values()), transfers=tuple(transfers.values()), reversals=reversals)


def unexplained_returns(word: StripesWord) -> Iterator[str]:
    """Movements that took a transfer back, of which none of the word's own transfers says that it was."""
    known = {reversal.balance_transaction for reversals in word.reversals.values() for reversal in reversals}
    for each in word.transactions:
        if each.type in TRANSFER_TYPES and each.amount_minor > 0 and each.id not in known:
            yield each.id


def to_keep(word: StripesWord, since: int) -> tuple[StripesWord, int] | None:
    """What of a word that was listed from `since` on is old enough to be kept for good, and until when that reaches; None: too little.

    Transfers from before `since` are in the word because they were taken back since: they are kept with that.
    """
    newest = max((each.created for each in word.transactions), default=0)
    until = newest - OVERLAP_SECONDS
    transactions = tuple(sorted((each for each in word.transactions if each.created < until), key=_by_time))
    transfers = tuple(sorted((each for each in word.transfers if each.created < until), key=_by_time))
    if until <= since or len(transactions) + len(transfers) < KEPT_AT:
        return None
    reversals = {each.id: word.reversals[each.id] for each in transfers if each.id in word.reversals}
    return StripesWord(transactions=transactions, transfers=transfers, reversals=reversals, before=word.before), until


def _by_time(each: BalanceTransaction | TransferState) -> tuple[int, str]:
    return each.created, each.id
