"""Payees' accounts at Stripe: made once, lost and made anew, and never paid into another one than was approved."""

from datetime import timedelta

import pytest

from chalicelib.adapters.dynamo import Transaction
from chalicelib.payouts.payout_accounts import ENDED
from chalicelib.payouts.records import EventState, PayoutAccount, PayoutsAtStripe
from chalicelib.payouts.rules.settlements import SettlementState
from chalicelib.payouts.store import Superseded
from chalicelib.payouts.stripe_accounts import PayoutState
from chalicelib.payouts.stripe_port import StripeUnknown
from tests.conftest import StandingClock
from tests.fakes.deals import APPROVER, CREATOR, HOST, MANAGER, House, build_house
from tests.unit.settlement_kit import approved, house, notice, prepared, signed, state_of

__all__ = ["house"]
PAGE = "https://primetime.example/creator/payouts"
PAYOUT = PayoutState(id="po_1", amount_minor=160_00, currency="GBP", status="paid", automatic=True, arrives_on=1, failure=None)


@pytest.fixture
def empty(tables: None, clock: StandingClock) -> House:  # noqa: ARG001  # the tables must be there
    """Nobody has connected anything."""
    return build_house(clock)


def mine(house: House) -> PayoutAccount:
    return house.payouts.accounts.mine(CREATOR)


def account_of(house: House) -> str:
    """The host's account at Stripe; which of the two was made first is chance."""
    return str(mine(house).stripe_account)


def told(house: House, clock: StandingClock, kind: str, account: str, object_id: str = "ca_1") -> EventState:
    """Stripe's Connect endpoint says something about an account, and it is worked off."""
    event_id = f"evt_{kind}_{account}_{len(house.stripe.keys)}"
    house.payouts.webhooks.receive(*signed(notice(kind, object_id, event_id) | {"account": account}, clock.now()))
    house.work()
    return house.payouts.webhooks.process(event_id).state


def gone(house: House, clock: StandingClock) -> None:
    """The host ends the connection at Stripe."""
    account = account_of(house)
    del house.stripe.accounts[account]
    assert told(house, clock, "account.application.deauthorized", account) is EventState.DONE


def test_stripe_sends_people_back_to_the_page_that_says_what_is_missing(empty: House) -> None:
    empty.payouts.accounts.connect(CREATOR, "GB")
    empty.work()
    assert mine(empty).onboarding_url == f"https://connect.example/acct_1?{PAGE}{PAGE}"


def test_a_country_that_stripe_refuses_can_be_changed_and_is_asked_for_under_another_key(empty: House) -> None:
    empty.stripe.refuse_account = "country_unsupported"
    empty.payouts.accounts.connect(CREATOR, "XK")
    empty.work()
    assert (mine(empty).stripe_account, mine(empty).note) == (None, "Stripe refused: refused on command")
    empty.stripe.refuse_account = None
    empty.payouts.accounts.connect(CREATOR, "FR")
    empty.work()
    assert (mine(empty).stripe_account, mine(empty).country, mine(empty).note) == ("acct_1", "FR", None)
    assert [key for key in empty.stripe.keys if "link" not in key] == ["account-crt_1-1", "account-crt_1-2"]


def test_the_country_stays_while_an_account_is_being_made_or_there(empty: House) -> None:
    empty.payouts.accounts.connect(CREATOR, "GB")
    empty.payouts.accounts.connect(CREATOR, "FR")
    assert mine(empty).country == "GB"
    empty.work()
    empty.payouts.accounts.connect(CREATOR, "FR")
    empty.work()
    assert (mine(empty).country, list(empty.stripe.accounts)) == ("GB", ["acct_1"])


def test_asking_for_a_link_while_the_account_is_made_loses_neither(empty: House, monkeypatch: pytest.MonkeyPatch) -> None:
    empty.payouts.accounts.connect(CREATOR, "GB")
    create = empty.stripe.create_account

    def slowly(*, email: str, country: str, idempotency_key: str) -> object:
        made = create(email=email, country=country, idempotency_key=idempotency_key)
        empty.payouts.accounts.connect(CREATOR, "GB")
        return made

    monkeypatch.setattr(empty.stripe, "create_account", slowly)
    empty.payouts.accounts.open_account(HOST)
    monkeypatch.setattr(empty.stripe, "create_account", create)
    assert (mine(empty).stripe_account, mine(empty).onboarding_url is None) == ("acct_1", False)
    empty.work()
    assert list(empty.stripe.accounts) == ["acct_1"]
    assert mine(empty).links_made == 2


def test_a_stale_write_of_an_account_is_refused(empty: House) -> None:
    before = empty.payouts.accounts.connect(CREATOR, "GB")
    empty.work()
    writes = Transaction()
    empty.payouts.accounts._store.write(writes, before, before)
    with pytest.raises(Superseded):
        writes.commit()
    assert mine(empty).stripe_account == "acct_1"


def test_a_connection_that_was_ended_is_said_so_and_can_be_made_anew(house: House, clock: StandingClock) -> None:
    old = account_of(house)
    gone(house, clock)
    assert (mine(house).stripe_account, mine(house).transfers_active, mine(house).note) == (None, False, ENDED)
    house.payouts.accounts.connect(CREATOR, "GB")
    house.work()
    assert (mine(house).stripe_account, mine(house).transfers_active) == ("acct_3", True)
    assert told(house, clock, "account.updated", old) is EventState.IGNORED, "what is said of the old one is not believed of the new"


def test_an_approved_settlement_waits_for_a_new_connection_and_is_never_paid_into_another_account(
    house: House, clock: StandingClock
) -> None:
    settlement = approved(house)
    gone(house, clock)
    house.payouts.transfers.send(settlement.settlement_id)
    house.payouts.accounts.connect(CREATOR, "GB")
    house.payouts.transfers.follow_up()
    house.work()
    waiting = house.payouts.settlements.get(CREATOR, settlement.settlement_id)
    assert waiting.state is SettlementState.APPROVED
    assert "another one than when this was approved" in str(waiting.note)
    assert (house.stripe.made, house.stages(HOST)) == ({}, {"in_transit": 160_00})
    house.payouts.settlements.void(APPROVER, settlement.settlement_id, "their account is another one")
    house.payouts.settlements.approve(APPROVER, prepared(house).settlement_id)
    house.work()
    assert [each.destination for each in house.stripe.made.values()] == ["acct_3"]
    assert house.problems() == []


def test_what_was_tried_once_is_tried_again_into_the_same_account(house: House, clock: StandingClock) -> None:
    settlement = approved(house)
    old = account_of(house)
    house.stripe.lose = 1
    house.work()
    gone(house, clock)
    house.payouts.accounts.connect(CREATOR, "GB")
    house.work()
    house.payouts.transfers.send(settlement.settlement_id)
    assert state_of(house, settlement) is SettlementState.SENT
    assert [each.destination for each in house.stripe.made.values()] == [old]


def test_what_was_approved_before_there_was_an_account_goes_into_the_first_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    settlement = prepared(house)
    with monkeypatch.context() as before_connecting:
        before_connecting.setattr(house.payouts.settlements._accounts, "find", lambda _: None)
        house.payouts.settlements.approve(APPROVER, settlement.settlement_id)
    house.work()
    assert [each.destination for each in house.stripe.made.values()] == [account_of(house)]


def test_an_account_that_cannot_be_reached_holds_the_money_back_with_the_reason(house: House) -> None:
    settlement = approved(house)
    del house.stripe.accounts[account_of(house)]
    house.work()
    waiting = house.payouts.settlements.get(CREATOR, settlement.settlement_id)
    assert (waiting.state, waiting.attempts) == (SettlementState.APPROVED, ())
    assert "cannot be reached any more" in str(waiting.note)


def test_before_another_attempt_everything_is_checked_anew(house: House, clock: StandingClock) -> None:
    settlement = approved(house)
    house.stripe.cut = 1
    house.work()
    assert state_of(house, settlement) is SettlementState.UNKNOWN
    house.stripe.active = False
    clock.advance(timedelta(hours=25))
    held = house.payouts.transfers.send(settlement.settlement_id)
    assert (held.state, [each.outcome for each in held.attempts]) == (SettlementState.APPROVED, ["not made"])
    assert "does not let" in str(held.note)
    house.payouts.settlements.void(APPROVER, settlement.settlement_id, "the account was closed")
    assert house.stages(HOST) == {"payable": 160_00}
    assert house.problems() == []


def test_a_transfer_that_came_back_before_it_was_looked_up_is_booked_both_ways(house: House, clock: StandingClock) -> None:
    settlement = approved(house)
    house.stripe.lose = 1
    house.work()
    house.stripe.reverse_transfer("tr_1", amount_minor=60_00, currency="GBP", idempotency_key="by hand")
    clock.advance(timedelta(hours=25))
    house.payouts.transfers.send(settlement.settlement_id)
    assert house.stages(HOST) == {"paid": 100_00, "payable": 60_00}


def test_what_stripe_pays_to_the_bank_is_kept_for_its_payee(house: House, clock: StandingClock) -> None:
    assert house.payouts.accounts.payouts(CREATOR) == PayoutsAtStripe()
    house.stripe.payouts[account_of(house)] = (PAYOUT,)
    assert told(house, clock, "payout.paid", account_of(house), "po_1") is EventState.DONE
    assert house.payouts.accounts.payouts(CREATOR).payouts == (PAYOUT,)
    assert house.payouts.accounts.payouts(MANAGER).payouts == ()
    assert told(house, clock, "payout.paid", "acct_of_others", "po_1") is EventState.IGNORED


def test_a_payout_of_the_platform_itself_is_no_payees(house: House, clock: StandingClock) -> None:
    house.payouts.webhooks.receive(*signed(notice("payout.paid", "po_1"), clock.now()))
    house.work()
    assert house.payouts.webhooks.process("evt_1").state is EventState.IGNORED


def test_an_unknown_answer_about_a_new_account_is_asked_for_again_with_the_same_key(empty: House) -> None:
    empty.payouts.accounts.connect(CREATOR, "GB")
    empty.stripe.cut = 1
    with pytest.raises(StripeUnknown):
        empty.payouts.accounts.open_account(HOST)
    empty.payouts.accounts.open_account(HOST)
    assert [key for key in empty.stripe.keys if "link" not in key] == ["account-crt_1-1"] * 2
