"""Amending a signed contract: on real tables, and what may not be amended."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.adapters.dynamo import OutboxItem, Transaction
from chalicelib.bookings.states import Party, State
from chalicelib.contracts.amendment_rules import AmendmentNotFound, BadAmendment, NotAmendable, propose
from chalicelib.contracts.amendments import Amendments
from chalicelib.contracts.documents import Documents
from chalicelib.contracts.errors import ConsentMissing, ContractLapsed, FreshSignInNeeded, SignatoryNeeded, WrongDocument
from chalicelib.contracts.evidence import EventKind, append, is_intact
from chalicelib.contracts.rules import BookedShow, Contract, ContractState, ContractVersion, party_of, version_at
from chalicelib.contracts.signing import SigningContext, act_of
from chalicelib.contracts.store import ContractNotFound, ContractStore
from chalicelib.contracts.terms import CommissionRule, FeeMode, FlatFee, PlatformFee, Split, Terms, Tier
from chalicelib.contracts.terms_check import BadTerms
from chalicelib.core.access import Principal, Role
from chalicelib.history.service import History
from chalicelib.history.store import HistoryStore
from chalicelib.notices.rules import LOOK
from tests.fakes.deals import NothingElse
from tests.fakes.objects import FakeBucket

START = datetime(2011, 1, 10, 19, tzinfo=UTC)
WEEK = timedelta(days=7)
TERMS = Terms(
    currency="GBP",
    timezone="Europe/London",
    return_window_days=14,
    flat_fee=FlatFee(amount_minor=300_00),
    rules=(CommissionRule(rule_id="all", tiers=(Tier(from_value=0, rate_basis_points=1200),)),),
)
BETTER = replace(TERMS, rules=(CommissionRule(rule_id="all", tiers=(Tier(from_value=0, rate_basis_points=1500),)),))
BRAND = Principal(user_id="u-brand", email="b@example.com", tenant_id="brd_1", role=Role.BRAND_OWNER)
HOST = Principal(user_id="u-host", email="h@example.com", tenant_id="crt_1", role=Role.CREATOR)
STRANGER = Principal(user_id="u-x", email="x@example.com", tenant_id="brd_2", role=Role.BRAND_OWNER)


def contract_of(*starts: datetime, state: ContractState = ContractState.SIGNED) -> Contract:
    return Contract(
        contract_id="ctr_1",
        offer_id="ofr_1",
        brief_id="brf_1",
        brand_id="brd_1",
        creator_id="crt_1",
        agency_id="agy_1",
        terms=TERMS,
        versions=(ContractVersion(version=1, terms=TERMS, document_sha256="0" * 64),),
        bookings=tuple(
            BookedShow(booking_id=f"bkg_{n}", show_id=f"shw_{n}", starts_at=start, minutes=60, title="Mugs")
            for n, start in enumerate(starts)
        ),
        state=state,
        document_sha256="0" * 64,
        sign_by=START,
        recorded_at=START - WEEK,
        signed_at=START - WEEK,
    )


CONTRACT = contract_of(START, START + WEEK, START + 2 * WEEK)
NOW = START + timedelta(days=1)
LATER = START + timedelta(days=3)


def proposed(contract: Contract = CONTRACT, terms: Terms = BETTER, **changes: Any) -> Any:
    given: dict[str, Any] = {"in_force_from": LATER, "reset_totals": False, "now": NOW}
    return propose(contract, Party.BRAND, terms, **{**given, **changes})


def test_an_amendment_says_what_it_changes_and_when_it_lapses() -> None:
    amendment = proposed()
    assert (amendment.version, amendment.differences) == (2, ("commission 12 % -> 15 %",))
    assert amendment.sign_by == LATER


def test_totals_carry_on_unless_the_amendment_resets_them() -> None:
    assert proposed().terms.totals_from_version == 1
    reset = proposed(reset_totals=True)
    assert reset.terms.totals_from_version == 2
    assert reset.differences[-1] == "totals of the contract start again at 0"
    assert proposed(terms=replace(BETTER, totals_from_version=7)).terms.totals_from_version == 1


@pytest.mark.parametrize(
    ("moment", "why"),
    [(NOW, "reach into the past"), (START, "reach into the past"), (START + 3 * WEEK, "No show of this contract starts from then on")],
)
def test_an_amendment_binds_later_shows_only(moment: datetime, why: str) -> None:
    with pytest.raises(BadAmendment, match=why) as refused:
        proposed(in_force_from=moment)
    assert "in_force_from" in (refused.value.fields or {})


def test_versions_come_into_force_one_after_the_other() -> None:
    second = ContractVersion(version=2, terms=BETTER, document_sha256="1" * 64, in_force_from=LATER)
    contract = replace(CONTRACT, versions=(*CONTRACT.versions, second))
    with pytest.raises(BadAmendment, match="comes into force on 2011-01-13 19:00 UTC"):
        proposed(contract, TERMS, in_force_from=LATER)
    assert proposed(contract, TERMS, in_force_from=LATER + WEEK).version == 3


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (replace(BETTER, currency="EUR"), "currency"),
        (replace(BETTER, timezone="Europe/Berlin"), "timezone"),
        (replace(BETTER, platform_fee=PlatformFee(rate_basis_points=1, mode=FeeMode.TAKEN)), "platform_fee"),
        (replace(BETTER, splits=(Split(payee_id="agy_2", share_basis_points=100),)), "splits"),
        (replace(BETTER, rules=(CommissionRule(rule_id="all", tiers=(Tier(from_value=0, rate_basis_points=10_001),)),)), "rules.0.tiers.0"),
    ],
)
def test_terms_that_two_sides_cannot_agree_on_are_refused(terms: Terms, field: str) -> None:
    with pytest.raises(BadTerms) as refused:
        proposed(terms=terms)
    assert any(name.startswith(field) for name in refused.value.fields or {})


def test_the_hosts_agency_may_get_a_share() -> None:
    assert proposed(terms=replace(TERMS, splits=(Split(payee_id="agy_1", share_basis_points=100),))).version == 2


def test_only_a_signed_contract_with_no_open_amendment_can_be_amended_and_something_must_change() -> None:
    with pytest.raises(NotAmendable, match="both sides have signed"):
        proposed(contract_of(START + WEEK, state=ContractState.TO_SIGN))
    with pytest.raises(NotAmendable, match="Version 2 is waiting"):
        proposed(replace(CONTRACT, amendment=proposed()))
    with pytest.raises(BadAmendment, match="Change something"):
        proposed(terms=TERMS)


def test_a_show_belongs_to_the_version_in_force_at_its_scheduled_start() -> None:
    second = ContractVersion(version=2, terms=BETTER, document_sha256="1" * 64, in_force_from=LATER)
    contract = replace(CONTRACT, versions=(*CONTRACT.versions, second))
    assert [version_at(contract, moment).version for moment in (START, LATER - timedelta(seconds=1), LATER, START + WEEK)] == [1, 1, 2, 2]


class Names:
    """A directory that knows everybody by id."""

    def tenant(self, tenant_id: str) -> Any:
        return type("Tenant", (), {"name": tenant_id})

    def profile(self, creator_id: str) -> Any:
        return type("Profile", (), {"name": creator_id})


@dataclass
class Booked:
    """What has become of the bookings: by their ids, where that is not contracted."""

    states: dict[str, State] = field(default_factory=dict)

    def booking(self, booking_id: str) -> Any:
        show = next(show for show in CONTRACT.bookings if show.booking_id == booking_id)
        return type("Booking", (), {"state": self.states.get(booking_id, State.CONTRACTED), "starts_at": show.starts_at})


class Page:
    """A template that says the figures of the amendment."""

    def render(self, template: str, **values: Any) -> str:
        return f"{template} {values['contract_id']} {values['in_force_from']} {values['amendment'].differences}"


@pytest.fixture
def store(tables: None) -> ContractStore:  # noqa: ARG001  # the tables must be there
    store = ContractStore()
    assert store.add_contract(Transaction(), replace(CONTRACT, state=ContractState.TO_SIGN), ())
    signed = store.contract("ctr_1")
    transaction = Transaction()
    store.change_contract(transaction, signed, replace(signed, state=ContractState.SIGNED), ())
    transaction.commit()
    return store


@pytest.fixture
def booked() -> Booked:
    return Booked()


@pytest.fixture
def amendments(store: ContractStore, booked: Booked, clock: Any) -> Amendments:
    clock.advance(NOW - clock.now())
    documents = Documents(directory=Names(), records=FakeBucket(), renderer=Page())  # type: ignore[arg-type]
    history = History(store=HistoryStore(), clock=clock)
    return Amendments(store=store, documents=documents, bookings=booked, history=history, exclusivities=NothingElse(), clock=clock)


def context(clock: Any, **changes: Any) -> SigningContext:
    given: dict[str, Any] = {"authenticated_at": clock.real_now(), "address": "192.0.2.1", "user_agent": "Browser/1"}
    return SigningContext(**{**given, **changes})


def propose_it(amendments: Amendments, clock: Any, by: Principal = BRAND) -> Contract:
    return amendments.propose(by, "ctr_1", BETTER, in_force_from=LATER, reset_totals=False, context=context(clock))


def sign_it(amendments: Amendments, clock: Any, by: Principal, contract: Contract, **changes: Any) -> Contract:
    assert contract.amendment is not None
    given: dict[str, Any] = {
        "document_sha256": contract.amendment.document_sha256,
        "typed_name": "Somebody Real",
        "consent": True,
        "context": context(clock),
    }
    show_it(by, contract, clock)
    return amendments.sign(by, "ctr_1", 2, **{**given, **changes})


def show_it(by: Principal, contract: Contract, clock: Any) -> None:
    """Somebody of a side is shown the amendment's document, as the use case of documents records it."""
    side, kept = party_of(by, contract), ContractStore()
    amendment, before = contract.amendment, kept.contract(contract.contract_id)
    if side is None or amendment is None:
        return
    document = (amendment.version, amendment.document_sha256)
    after, events = append(before, [act_of(EventKind.VIEWED, side, by, context(clock))], clock.real_now(), document=document)
    transaction = Transaction()
    kept.change_contract(transaction, before, after, events)
    transaction.commit()


def without_views(contract: Contract) -> Contract:
    """The contract whatever its chain of evidence tells of who has looked at it."""
    return replace(contract, events=0, last_event_sha256="", revision=0)


def topics() -> list[str]:
    return sorted(item.topic for item in OutboxItem.scan() if item.topic != LOOK)


def test_an_amendment_binds_once_both_have_signed_and_earnings_are_computed_anew(
    amendments: Amendments, store: ContractStore, clock: Any
) -> None:
    waiting = propose_it(amendments, clock)
    first = sign_it(amendments, clock, HOST, waiting)
    assert (first.terms, len(first.versions), topics()) == (TERMS, 1, [])
    both = sign_it(amendments, clock, BRAND, first)
    assert (both.terms, both.amendment, both.versions[-1].in_force_from) == (BETTER, None, LATER)
    assert topics() == ["contract.amended", "host.changed"]
    assert store.contract("ctr_1") == both
    events = store.events("ctr_1")
    kinds = [entry.event.kind for entry in events if entry.event.kind is not EventKind.VIEWED]
    signed = [EventKind.CONSENTED, EventKind.SIGNED]
    assert kinds == [EventKind.PROPOSED, EventKind.SENT, EventKind.SENT, *signed, *signed, EventKind.COMPLETED]
    assert {entry.event.document_version for entry in events} == {2}
    assert is_intact(both, events)


def test_either_side_says_no_and_the_terms_in_force_stay(amendments: Amendments, clock: Any) -> None:
    for by in (HOST, BRAND):
        propose_it(amendments, clock)
        after = amendments.decline(by, "ctr_1", 2, " The season is over. ", context(clock))
        assert (after.amendment, after.terms, len(after.versions)) == (None, TERMS, 1)
    with pytest.raises(AmendmentNotFound):
        amendments.decline(HOST, "ctr_1", 2, "No", context(clock))


def test_silence_ends_an_amendment_and_the_clock_finds_it(amendments: Amendments, store: ContractStore, clock: Any) -> None:
    waiting = propose_it(amendments, clock)
    amendments.lapse(waiting)
    assert store.contract("ctr_1").amendment is not None
    clock.advance(LATER - clock.now())
    assert store.waiting_until(clock.now(), 10) == ["ctr_1"]
    with pytest.raises(ContractLapsed):
        sign_it(amendments, clock, HOST, waiting)
    amendments.lapse(store.contract("ctr_1"))
    assert store.contract("ctr_1").amendment is None
    assert store.waiting_until(clock.now(), 10) == []
    assert store.events("ctr_1")[-1].event.kind is EventKind.LAPSED


def test_signing_takes_the_right_person_document_consent_and_a_fresh_sign_in(
    amendments: Amendments, store: ContractStore, clock: Any
) -> None:
    waiting = propose_it(amendments, clock)
    with pytest.raises(ContractNotFound):
        sign_it(amendments, clock, STRANGER, waiting)
    with pytest.raises(SignatoryNeeded):
        sign_it(amendments, clock, replace(BRAND, role=Role.BRAND_VIEWER), waiting)
    with pytest.raises(WrongDocument):
        sign_it(amendments, clock, HOST, waiting, document_sha256="0" * 64)
    with pytest.raises(ConsentMissing):
        sign_it(amendments, clock, HOST, waiting, consent=False)
    with pytest.raises(FreshSignInNeeded):
        sign_it(amendments, clock, HOST, waiting, context=context(clock, authenticated_at=clock.real_now() - timedelta(hours=1)))
    assert without_views(store.contract("ctr_1")) == without_views(waiting)
