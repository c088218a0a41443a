"""What has ended is not amended: a contract whose shows are over, or of which no show to come would follow the new terms."""

from typing import Any

import pytest

from chalicelib.bookings.states import State
from chalicelib.contracts.amendment_rules import NotAmendable
from chalicelib.contracts.amendments import Amendments
from chalicelib.contracts.store import ContractStore
from tests.unit.test_contracts_amendments import (
    CONTRACT,
    HOST,
    TERMS,
    Booked,
    amendments,
    booked,
    context,
    propose_it,
    sign_it,
    store,
)

__all__ = ["amendments", "booked", "store"]


@pytest.mark.parametrize("ended", [State.SETTLED, State.CANCELLED, State.COMPLETED])
def test_a_contract_whose_shows_are_all_over_is_not_amended(
    amendments: Amendments, store: ContractStore, booked: Booked, clock: Any, ended: State
) -> None:
    booked.states = dict.fromkeys((show.booking_id for show in CONTRACT.bookings), ended)
    with pytest.raises(NotAmendable, match="This contract has ended"):
        propose_it(amendments, clock)
    assert store.contract("ctr_1").amendment is None


def test_an_amendment_that_no_show_to_come_would_follow_is_refused_when_it_is_proposed_and_when_it_is_signed(
    amendments: Amendments, store: ContractStore, booked: Booked, clock: Any
) -> None:
    waiting = propose_it(amendments, clock)
    booked.states = dict.fromkeys(("bkg_1", "bkg_2"), State.CANCELLED)
    with pytest.raises(NotAmendable, match="nothing would change"):
        sign_it(amendments, clock, HOST, waiting)
    amendments.decline(HOST, "ctr_1", 2, "It would change nothing", context(clock))
    with pytest.raises(NotAmendable, match="nothing would change"):
        propose_it(amendments, clock)
    assert store.contract("ctr_1").terms == TERMS
