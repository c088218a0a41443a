"""What it takes to sign an amendment, and to decline one: to have been shown it, and to say why not."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.contracts.amendments import Amendments
from chalicelib.contracts.errors import NotShown, ReasonMissing
from chalicelib.contracts.evidence import EventKind
from chalicelib.contracts.store import ContractStore
from chalicelib.history.service import History
from chalicelib.history.store import HistoryStore
from tests.unit.test_contracts_amendments import (
    BETTER,
    BRAND,
    HOST,
    LATER,
    amendments,
    booked,
    context,
    propose_it,
    show_it,
    sign_it,
    store,
)

__all__ = ["amendments", "booked", "store"]


def test_who_declines_an_amendment_or_takes_it_back_says_why_in_the_chain_and_the_history(
    amendments: Amendments, store: ContractStore, clock: Any
) -> None:
    for by in (HOST, BRAND):
        propose_it(amendments, clock)
        for nothing in ("", "  ", "x" * 501):
            with pytest.raises(ReasonMissing, match="why you do not sign"):
                amendments.decline(by, "ctr_1", 2, nothing, context(clock))
        amendments.decline(by, "ctr_1", 2, " The season is over. ", context(clock))
    told = History(store=HistoryStore(), clock=clock).of_deal("ctr_1")
    assert [(entry.act, entry.sentence) for entry in told if entry.refused is None and entry.act != "propose_amendment"] == [
        ("decline_amendment", "Declined version 2, so the terms in force stay: The season is over."),
        ("withdraw_amendment", "Took version 2 back, so the terms in force stay: The season is over."),
    ]
    assert sum(entry.refused is not None for entry in told) == 6
    declined = [entry.signer for entry in store.events("ctr_1") if entry.event.kind is EventKind.DECLINED]
    assert [signer.reason for signer in declined if signer is not None] == ["The season is over."] * 2


def test_an_amendment_is_signed_by_who_was_shown_exactly_that_document(amendments: Amendments, store: ContractStore, clock: Any) -> None:
    first = propose_it(amendments, clock)
    show_it(HOST, first, clock)
    amendments.decline(BRAND, "ctr_1", 2, "A slip", context(clock))
    other = amendments.propose(
        BRAND, "ctr_1", replace(BETTER, return_window_days=3), in_force_from=LATER, reset_totals=False, context=context(clock)
    )
    assert other.amendment is not None
    given: dict[str, Any] = {"document_sha256": other.amendment.document_sha256, "typed_name": "A name", "consent": True}
    with pytest.raises(NotShown, match="Open version 2 of the contract's document, read it, and sign it then"):
        amendments.sign(HOST, "ctr_1", 2, context=context(clock), **given)
    assert store.contract("ctr_1") == other
    assert sign_it(amendments, clock, HOST, other).amendment is not None
