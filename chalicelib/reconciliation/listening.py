"""Hearing what Stripe says: only what came since the last checkpoint is listed; what was before it is kept in the bucket under its hash.

A run's own word lies under its name and is never written again; it names what it goes on from, so that the same run can be compared
again at any time, with the same bytes for its report.
"""

import hashlib
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

import msgspec

from chalicelib.adapters.dynamo import canonical_json
from chalicelib.adapters.objects import ObjectExists, ObjectStore
from chalicelib.core.errors import Conflict
from chalicelib.payouts.stripe_port import StripeBooks, StripeTransfers
from chalicelib.reconciliation.word import Checkpoint, StripesWord, joined, to_keep, unexplained_returns
from chalicelib.reconciliation.word_store import KeptMeanwhile, WordStore

MAX_KEPT_WORDS = 10_000
JSON = "application/json"


class EvidenceChanged(Conflict):
    """What was kept of Stripe's word is not what its hash says: nothing may be compared with it."""


class StripeToListenTo(StripeBooks, StripeTransfers, Protocol):
    """What of Stripe is asked for."""


class Listening:
    """Keeps and gives back Stripe's word."""

    def __init__(self, *, store: WordStore, records: ObjectStore, stripe: StripeToListenTo) -> None:
        """`stripe` is used by `hear` only, in the worker that may reach it."""
        self._store = store
        self._records = records
        self._stripe = stripe

    def hear(self, report_id: str) -> None:
        """Worker: keep what Stripe says now for a run, once, and for good what of it is old enough."""
        checkpoint = self._store.checkpoint()
        since = checkpoint.until if checkpoint else None
        word = self._listed(since, checkpoint.sha256 if checkpoint else "")
        try:
            self._records.put(run_key(report_id), canonical_json(word), JSON, only_if_new=True)
        except ObjectExists:
            self._records.size(run_key(report_id))  # a conflict is not yet a word: without one the message comes again
        else:
            self._keep(word, since or 0)

    def heard(self, report_id: str) -> StripesWord:
        """All that Stripe had said until a run, from the beginning. Raises `EvidenceChanged`."""
        words = [msgspec.json.decode(self._records.get(run_key(report_id)).body, type=StripesWord)]
        while words[-1].before:
            if len(words) > MAX_KEPT_WORDS:
                raise EvidenceChanged(f"More than {MAX_KEPT_WORDS} kept words of Stripe's follow each other.")
            words.append(self._kept(words[-1].before))
        return joined(reversed(words))

    def _listed(self, since: int | None, before: str) -> StripesWord:
        transfers = {each.id: each for each in self._stripe.transfers(created_from=since)}
        word = StripesWord(
            transactions=tuple(self._stripe.balance_transactions(created_from=since)),
            transfers=tuple(transfers.values()),
            reversals={each.id: self._stripe.reversals_of(each.id) for each in transfers.values() if each.reversed_minor},
            before=before,
        )
        again = {self._stripe.transfer_behind(movement) for movement in unexplained_returns(word)} - {None}
        reversals = dict(word.reversals)
        for transfer_id in sorted(each for each in again if each is not None):
            transfers[transfer_id] = self._stripe.transfer(transfer_id)
            reversals[transfer_id] = self._stripe.reversals_of(transfer_id)
        return replace(word, transfers=tuple(transfers.values()), reversals=reversals)

    def _keep(self, word: StripesWord, since: int) -> None:
        found = to_keep(word, since)
        if found is None:
            return
        kept, until = found
        body = canonical_json(kept)
        sha256 = hashlib.sha256(body).hexdigest()
        self._records.put(_kept_key(sha256), body, JSON)
        with suppress(KeptMeanwhile):
            self._store.move_on(Checkpoint(sha256=sha256, until=until), kept.before)

    def _kept(self, sha256: str) -> StripesWord:
        body = self._records.get(_kept_key(sha256)).body
        if hashlib.sha256(body).hexdigest() != sha256:
            raise EvidenceChanged(f"Stripe's word {sha256} was changed after it was kept. Have an operator restore its first version.")
        return msgspec.json.decode(body, type=StripesWord)


def run_key(report_id: str) -> str:
    """Where a run's own word lies."""
    return f"reconciliation/{report_id}/stripe.json"


def _kept_key(sha256: str) -> str:
    return f"reconciliation/stripe/{sha256}.json"
