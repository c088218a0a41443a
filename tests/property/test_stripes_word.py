"""However Stripe's account grows, and whenever it is listened to: what was kept and what came since is all that Stripe says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from chalicelib.payouts.stripe_port import BalanceTransaction, ReversalState, TransferState
from chalicelib.reconciliation import word
from chalicelib.reconciliation.listening import Listening
from chalicelib.reconciliation.word import Checkpoint, StripesWord
from chalicelib.reconciliation.word_store import KeptMeanwhile, WordStore
from tests.fakes.objects import FakeBucket
from tests.fakes.stripe import FakeStripe

OVERLAP = 10
steps = st.lists(
    st.one_of(
        st.tuples(st.just("moved"), st.integers(0, 8), st.integers(0, OVERLAP - 1)),
        st.tuples(st.just("sent"), st.integers(0, 8), st.integers(0, OVERLAP - 1)),
        st.tuples(st.just("reversed"), st.integers(0, 40), st.integers(0, 5)),
        st.tuples(st.just("listened"), st.integers(0, 8), st.just(0)),
    ),
    min_size=1,
    max_size=30,
)


class KeptInMemory(WordStore):
    """The checkpoint without a table."""

    def __init__(self) -> None:
        self.newest: Checkpoint | None = None

    @override
    def checkpoint(self) -> Checkpoint | None:
        return self.newest

    @override
    def move_on(self, after: Checkpoint, before: str) -> None:
        if (self.newest.sha256 if self.newest else "") != before:
            raise KeptMeanwhile("somebody else was faster")
        self.newest = after


class Account(FakeStripe):
    """Stripe's side, as it grows; `asked` says from when on it was listed."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int | None] = []
        self.now = 1_000_000

    @override
    def balance_transactions(
        self, *, created_from: int | None = None, created_to: int | None = None, type_: str | None = None
    ) -> Iterator[BalanceTransaction]:
        self.asked.append(created_from)
        return super().balance_transactions(created_from=created_from, created_to=created_to, type_=type_)

    def moved(self, kind: str, minor: int, source: str | None, late: int) -> BalanceTransaction:
        made = BalanceTransaction(
            id=f"txn_{len(self.movements)}", type=kind, amount_minor=minor, fee_minor=0, net_minor=minor, currency="GBP", source=source,
            created=self.now - late, available_on=self.now,
        )  # fmt: skip
        self.movements.append(made)
        return made

    def sent(self, late: int) -> None:
        name = f"tr_{len(self.made)}"
        entry = self.moved("transfer", -100, name, late)
        self.made[name] = TransferState(
            id=name, amount_minor=100, currency="GBP", destination="acct_1", group="", settlement_id="", reversed_minor=0,
            balance_transaction=entry.id, created=entry.created,
        )  # fmt: skip

    def taken_back(self, place: int) -> None:
        if not self.made:
            return
        name = f"tr_{place % len(self.made)}"
        known = self.reversals.setdefault(name, [])
        entry = self.moved("transfer_refund", 1, f"trr_{name}_{len(known)}", 0)
        known.append(
            ReversalState(
                id=f"trr_{name}_{len(known)}", amount_minor=1, currency="GBP", balance_transaction=entry.id, reference="", created=self.now
            )
        )
        self.made[name] = replace(self.made[name], reversed_minor=len(known))

    def everything(self) -> StripesWord:
        reversals = {name: tuple(made) for name, made in self.reversals.items() if made}
        return StripesWord(transactions=tuple(self.movements), transfers=tuple(self.made.values()), reversals=reversals)


def by_id(said: StripesWord) -> tuple[object, ...]:
    return (
        {each.id: each for each in said.transactions},
        len(said.transactions),
        {each.id: each for each in said.transfers},
        len(said.transfers),
        dict(said.reversals),
    )


@dataclass
class Nights:
    """An account that is listened to, with what each run must have heard."""

    account: Account = field(default_factory=Account)
    store: KeptInMemory = field(default_factory=KeptInMemory)
    records: FakeBucket = field(default_factory=FakeBucket)
    heard: dict[str, tuple[object, ...]] = field(default_factory=dict)

    @property
    def listening(self) -> Listening:
        return Listening(store=self.store, records=self.records, stripe=self.account)

    def step(self, what: str, first: int, late: int) -> None:
        self.account.now += late if what == "reversed" else first
        acts: dict[str, Callable[[], object]] = {
            "moved": lambda: self.account.moved("charge", 5, None, late),
            "sent": lambda: self.account.sent(late),
            "reversed": lambda: self.account.taken_back(first),
            "listened": self.listen,
        }
        acts[what]()

    def listen(self) -> None:
        name = f"rec_{len(self.heard)}"
        checkpoint = self.store.newest
        self.listening.hear(name)
        assert self.account.asked[-1] == (checkpoint.until if checkpoint else None)
        self.heard[name] = by_id(self.account.everything())


@given(steps)
def test_each_run_has_heard_all_that_stripe_said_and_listed_only_what_came_since(taken: list[tuple[str, int, int]]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(word, "OVERLAP_SECONDS", OVERLAP)
        patched.setattr(word, "KEPT_AT", 2)
        nights = Nights()
        for what, first, late in [*taken, ("listened", 1, 0)]:
            nights.step(what, first, late)
        for name, said in nights.heard.items():
            assert by_id(nights.listening.heard(name)) == said


def test_what_is_kept_is_listed_no_more_and_a_transfer_that_is_taken_back_long_after_is_seen() -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(word, "OVERLAP_SECONDS", OVERLAP)
        patched.setattr(word, "KEPT_AT", 2)
        nights = Nights()
        for _ in range(3):
            nights.step("sent", 5, 0)
        nights.step("moved", 20, 0)
        nights.listen()
        assert nights.store.newest is not None
        assert nights.store.newest.until == nights.account.now - OVERLAP
        nights.step("reversed", 0, 5)
        nights.listen()
        own = nights.records.objects["reconciliation/rec_1/stripe.json"]
        assert own.count(b'"type":"transfer"') == 0, "the transfers themselves were not listed again"
        again = nights.listening.heard("rec_1")
        assert {each.id: each.reversed_minor for each in again.transfers} == {"tr_0": 1, "tr_1": 0, "tr_2": 0}
        assert [each.id for each in again.reversals["tr_0"]] == ["trr_tr_0_0"]
