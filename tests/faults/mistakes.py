"""Seeded mistakes: production code spoilt in the ways that such code usually is, to prove that the harness sees it.

Each leaves the program right as long as nothing goes wrong: it has to be found by a fault, by a disorder or by a second worker.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

from chalicelib import wiring, workers
from chalicelib.adapters.dynamo import OutboxItem, Transaction
from chalicelib.adapters.queues import TOPIC_QUEUES, Message
from chalicelib.core.ids import new_id
from chalicelib.payouts import fundings, reversals, transfers
from chalicelib.payouts.records import EventState
from chalicelib.payouts.reversals import Reversals
from chalicelib.payouts.rules.funding import FundingState
from chalicelib.payouts.rules.settlements import Move, Settlement, moved, next_attempt
from chalicelib.payouts.store import FundingItem, PayoutsStore
from chalicelib.payouts.stripe_port import StripeRefused
from chalicelib.payouts.transfers import Transfers
from chalicelib.payouts.webhooks import Webhooks
from chalicelib.reconciliation.rules import PeriodClosed
from chalicelib.reconciliation.service import Reconciliation
from chalicelib.sales.store import ImportStore
from chalicelib.sales.store import imports as import_items

Patch = tuple[Any, str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One spoilt place, and the workflow in which it shows."""

    name: str
    workflow: str
    patches: Callable[[], tuple[Patch, ...]]

    @contextmanager
    def made(self) -> Iterator[None]:
        """The program with the mistake in it."""
        with ExitStack() as stack:
            for owner, name, instead in self.patches():
                stack.enter_context(mock.patch.object(owner, name, instead))
            yield


def _random_key() -> tuple[Patch, ...]:
    call = Transfers._call

    def with_random_key(self: Transfers, settlement: Settlement) -> Settlement:
        gateway = self._gateway

        class Spoilt:
            def create_transfer(self, **asked: Any) -> Any:
                return gateway.create_transfer(**{**asked, "idempotency_key": new_id("key")})

        with mock.patch.object(self, "_gateway", Spoilt()):
            return call(self, settlement)

    return ((Transfers, "_call", with_random_key),)


def _key_only_in_memory() -> tuple[Patch, ...]:
    call = Transfers._call

    def with_remembered_key(self: Transfers, settlement: Settlement) -> Settlement:
        gateway, keys = self._gateway, self.__dict__.setdefault("keys", {})

        class Spoilt:
            def create_transfer(self, **asked: Any) -> Any:
                return gateway.create_transfer(**{**asked, "idempotency_key": keys.setdefault(asked["idempotency_key"], new_id("key"))})

        with mock.patch.object(self, "_gateway", Spoilt()):
            return call(self, settlement)

    return ((Transfers, "_call", with_remembered_key),)


def _unknown_is_failed() -> tuple[Patch, ...]:
    def as_refused(self: Transfers, settlement: Settlement, unknown: Any) -> Settlement:
        return self._refused(settlement, StripeRefused("unknown", unknown.message))

    return ((Transfers, "_lost_track", as_refused),)


def _intent_after_the_call() -> tuple[Patch, ...]:
    def call_first(self: Transfers, settlement: Settlement) -> Settlement:
        destination, obstacle = self._way(settlement)
        if obstacle is not None:
            waiting = replace(settlement, note=obstacle, version=settlement.version + 1)
            return settlement if obstacle == settlement.note else self._write(waiting, settlement)
        attempt = next_attempt(settlement, self._clock.real_now(), destination)
        intent = replace(moved(settlement, Move.SEND), attempts=(*settlement.attempts, attempt), note=None)
        self._gateway.create_transfer(
            amount_minor=settlement.amount_minor,
            currency=settlement.currency,
            destination=destination,
            transfer_group=settlement.settlement_id,
            settlement_id=settlement.settlement_id,
            idempotency_key=attempt.key,
        )
        return self._call(self._write(intent, settlement))

    return ((Transfers, "_first_attempt", call_first),)


def _new_attempt_while_unknown() -> tuple[Patch, ...]:
    def tried_anew(self: Transfers, settlement: Settlement) -> Settlement:
        return self._first_attempt(self._write(moved(settlement, Move.HOLD), settlement))

    return ((transfers, "key_still_known", lambda *_: False), (Transfers, "_look_up", tried_anew))


def _message_beside_the_transaction() -> tuple[Patch, ...]:
    commit = Transaction.commit

    def announce_later(self: Transaction, topic: str, key: str, _: str) -> Transaction:
        self.__dict__.setdefault("beside", []).append(Message(topic=topic, key=key))
        return self

    def commit_then_send(self: Transaction) -> None:
        if len(self):
            commit(self)
        for message in self.__dict__.pop("beside", []):
            wiring.services().queues.send(TOPIC_QUEUES[message.topic], [message])

    return ((Transaction, "announce", announce_later), (Transaction, "commit", commit_then_send))


def _outbox_deleted_first() -> tuple[Patch, ...]:
    forward = workers._forward

    def delete_then_send(items: Any, queues: Any) -> None:
        with OutboxItem.batch_write() as batch:
            for item in items:
                batch.delete(item)
        forward(items, queues)

    return ((workers, "_forward", delete_then_send),)


def _failures_hidden() -> tuple[Patch, ...]:
    each_message = workers.each_message

    def all_is_well(event: Any, work: Any) -> dict[str, list[dict[str, str]]]:
        each_message(event, work)
        return {"batchItemFailures": []}

    return ((workers, "each_message", all_is_well),)


def _booked_as_often_as_told() -> tuple[Patch, ...]:
    received = fundings._received
    book = fundings.Fundings._book

    def under_a_new_key(funding: Any, checkout: Any, now: Any) -> Any:
        booked_before = PayoutsStore().funds(funding.contract_id)[1]
        return replace(received(funding, checkout, now), key=f"funding#{checkout.id}#{booked_before}")

    def again(self: Any, funding: Any, checkout: Any) -> Any:
        return book(self, replace(funding, state=FundingState.OPEN), checkout)

    def observe(self: Any, checkout: Any) -> Any:
        return again(self, self._store.funding(checkout.reference), checkout) if checkout.payment_status == fundings.PAID else None

    def unguarded(_: Any, writes: Transaction, funding: Any, __: Any) -> None:
        writes.put(fundings_item(funding))

    def fundings_item(funding: Any) -> FundingItem:
        return FundingItem(f"funding#{funding.funding_id}", "funding", funding=funding, state=funding.state)

    return (
        (fundings, "_received", under_a_new_key),
        (fundings.Fundings, "observe", observe),
        (PayoutsStore, "write_funding", unguarded),
    )


def _notice_done_before_it_is() -> tuple[Patch, ...]:
    act = Webhooks._act

    def ticked_off_first(self: Webhooks, event: Any) -> bool:
        self._store.write_event(replace(event, state=EventState.DONE))
        return act(self, event)

    return ((Webhooks, "_act", ticked_off_first),)


def _locked_is_closed() -> tuple[Patch, ...]:
    close = Reconciliation.close

    def refused_when_locked(self: Reconciliation, principal: Any, period: str) -> Any:
        if self._store.period(period) is not None:
            raise PeriodClosed(f"{period} was closed.")
        return close(self, principal, period)

    return ((Reconciliation, "close", refused_when_locked),)


def _part_counted_without_guard() -> tuple[Patch, ...]:
    def finish_part(_: ImportStore, which: Any, number: int, tally: Any) -> None:
        part = import_items.PartItem(*import_items._part(which.import_id, number), tally=tally)
        Transaction().put(part).update(import_items._import_item(which), [import_items.ImportItem.parts_done.add(1)]).commit()

    return ((ImportStore, "finish_part", finish_part),)


def _reversal_as_often_as_told() -> tuple[Patch, ...]:
    came_back = reversals._came_back

    def under_a_new_key(settlement: Settlement, state: Any, key: str, now: Any) -> Any:
        return came_back(settlement, state, f"{key}#{len(settlement.came_back)}", now)

    def book_all(self: Reversals, settlement: Settlement) -> Settlement:
        for each in self._gateway.reversals_of(str(settlement.transfer_id)):
            settlement = self._book(settlement, each)
        return settlement

    def observe(self: Transfers, transfer: Any) -> Settlement:
        return self._reversals.observe(self._store.settlement(transfer.settlement_id))

    return ((reversals, "_came_back", under_a_new_key), (Reversals, "observe", book_all), (Transfers, "observe", observe))


MISTAKES: tuple[Mistake, ...] = (
    Mistake(name="the key of a transfer is random", workflow="pay", patches=_random_key),
    Mistake(name="an unknown outcome is taken for a failure", workflow="pay", patches=_unknown_is_failed),
    Mistake(name="the intent is stored after the call", workflow="pay", patches=_intent_after_the_call),
    Mistake(name="an unknown outcome is tried anew under another key", workflow="pay", patches=_new_attempt_while_unknown),
    Mistake(
        name="a message is sent beside the transaction instead of with it", workflow="webhook", patches=_message_beside_the_transaction
    ),
    Mistake(name="an outbox record is deleted before it was sent", workflow="webhook", patches=_outbox_deleted_first),
    Mistake(name="a worker hides its failures", workflow="accrue", patches=_failures_hidden),
    Mistake(name="a payment is booked as often as it is told of", workflow="webhook", patches=_booked_as_often_as_told),
    Mistake(name="a notice is ticked off before it is worked off", workflow="reverse", patches=_notice_done_before_it_is),
    Mistake(name="a period that is only locked counts as closed", workflow="close", patches=_locked_is_closed),
    Mistake(name="a part is counted without its guard", workflow="ingest", patches=_part_counted_without_guard),
    Mistake(name="a reversal is booked as often as it is told of", workflow="reverse", patches=_reversal_as_often_as_told),
    Mistake(name="the key of a transfer is random, and remembered by the process only", workflow="pay", patches=_key_only_in_memory),
)
