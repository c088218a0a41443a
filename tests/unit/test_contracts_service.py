"""The way of a deal on real tables: offer, counter, accept, draw up, sign, and everything that may go wrong on it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chalicelib.adapters.dynamo import OutboxItem, Transaction
from chalicelib.bookings.rules import Availability, SlotTaken, WeeklyWindow
from chalicelib.bookings.service import Bookings
from chalicelib.bookings.states import Move, NotAllowedNow, Party, State
from chalicelib.bookings.store import BookingNotFound, BookingStore
from chalicelib.contracts.errors import AlreadySigned, ConsentMissing, ContractLapsed, FreshSignInNeeded, SignatoryNeeded, WrongDocument
from chalicelib.contracts.evidence import EventKind, is_intact
from chalicelib.contracts.negotiation import BadOffer, NotYourTurn, Offer, OfferExpired, OfferSuperseded
from chalicelib.contracts.offers import CannotNegotiate, Offers, WantedShow
from chalicelib.contracts.rules import Contract, ContractState, party_of
from chalicelib.contracts.seal import Seal
from chalicelib.contracts.service import Contracts, SigningContext
from chalicelib.contracts.store import ContractNotFound, ContractStore, OfferNotFound
from chalicelib.contracts.terms import CommissionRule, FeeMode, FlatFee, PlatformFee, Split, Terms, Tier
from chalicelib.contracts.terms_check import BadTerms
from chalicelib.contracts.terms_input import read_terms
from chalicelib.core.access import PLATFORM_TENANT, Action, Principal, Role, may
from chalicelib.core.clock import Clock
from chalicelib.directory.rules import HOST_CHANGED, TENANT_CHANGED, NotApproved, PlatformAudience, Profile, TenantKind
from chalicelib.directory.service import Directory
from chalicelib.directory.store import DirectoryStore
from chalicelib.history.service import History
from chalicelib.history.store import HistoryStore
from chalicelib.matching.candidates import Candidates
from chalicelib.matching.rules import BriefWindow
from chalicelib.matching.service import Matching, NewBrief
from chalicelib.matching.store import BriefNotFound, BriefStore
from chalicelib.notices.rules import LOOK
from tests.fakes.objects import FakeBucket

MONDAY_19H = datetime(2011, 1, 10, 19, tzinfo=UTC)
WEDNESDAY_19H = datetime(2011, 1, 12, 19, tzinfo=UTC)
SITE = "https://primetime.example"
OPERATOR = Principal(user_id="u-op", email="op@example.com", tenant_id=PLATFORM_TENANT, role=Role.OPERATOR)


class MovableClock(Clock, Protocol):
    """The fixture `clock`."""

    def advance(self, by: timedelta) -> None:
        """Move on."""


class Templates:
    """The real templates without the web layer."""

    def __init__(self) -> None:
        self.environment = Environment(loader=FileSystemLoader("templates"), autoescape=True, undefined=StrictUndefined)

    def render(self, template: str, **values: Any) -> str:
        return self.environment.get_template(template).render(**values)


@dataclass
class World:
    """Two brands, a host with an agency, and the features between them."""

    clock: MovableClock
    directory: Directory
    bookings: Bookings
    matching: Matching
    contracts: Contracts
    history: History
    shelf: FakeBucket
    brand: Principal
    rival: Principal
    host: Principal
    agency: Principal
    brief_id: str
    rival_brief_id: str

    def context(self) -> SigningContext:
        return SigningContext(authenticated_at=self.clock.real_now(), address="192.0.2.1", user_agent="Browser/1")

    def offer(self, *starts: datetime, by: Principal | None = None, **changes: Any) -> Offer:
        by = by or self.brand
        return self.contracts.offers.make(
            by,
            brief_id=self.brief_id if by == self.brand else self.rival_brief_id,
            creator_id=self.host.tenant_id,
            shows=changes.pop("shows", None)
            or [WantedShow(starts_at=start, minutes=60, title="New year, new mugs") for start in starts or (MONDAY_19H,)],
            terms=changes.pop("terms", TERMS),
            expires_in_hours=changes.pop("expires_in_hours", 48),
            hold_hours=changes.pop("hold_hours", 0),
        )

    def agreed(self, *starts: datetime) -> Contract:
        offer = self.offer(*starts)
        self.contracts.offers.accept(self.host, offer.offer_id, 1)
        return self.contracts.draft(offer.offer_id)

    def sign(self, principal: Principal, contract: Contract, **changes: Any) -> Contract:
        given: dict[str, Any] = {
            "document_sha256": contract.document_sha256,
            "typed_name": "Somebody Real",
            "consent": True,
            "context": self.context(),
        }
        if may(principal.role, Action.SIGN) and party_of(principal, contract) is not None:
            self.contracts.document(principal, contract.contract_id, self.context())
        return self.contracts.sign(principal, contract.contract_id, **{**given, **changes})

    def free(self) -> list[datetime]:
        start = MONDAY_19H.replace(hour=18)
        found = self.bookings.slots(self.brand, self.host.tenant_id, start, start + timedelta(hours=4), 60)
        return [slot.starts_at for slot in found]

    def topics(self) -> list[tuple[str, str]]:
        """What is to be done about deals; what matching is told is apart (test_matching_changes.py)."""
        return sorted((item.topic, item.key) for item in OutboxItem.scan() if item.topic not in {HOST_CHANGED, LOOK, TENANT_CHANGED})


TERMS = Terms(
    currency="GBP",
    timezone="Europe/London",
    return_window_days=14,
    flat_fee=FlatFee(amount_minor=300_00),
    rules=(CommissionRule(rule_id="all", tiers=(Tier(from_value=0, rate_basis_points=1200),)),),
)


def _member(tenant_id: str, role: Role, name: str) -> Principal:
    return Principal(user_id=f"u-{name}", email=f"{name}@example.com", tenant_id=tenant_id, role=role)


def _tenant(directory: Directory, kind: TenantKind, role: Role, name: str) -> Principal:
    tenant = directory.open_tenant(_member("", role, name), kind, name.title())
    directory.approve(OPERATOR, tenant.tenant_id)
    return _member(tenant.tenant_id, role, name)


def _brief(matching: Matching, brand: Principal) -> str:
    new = NewBrief(
        title="January",
        category="home",
        market="GB",
        language="en",
        platform="youtube",
        minimum_audience=1000,
        skus=(),
        windows=(BriefWindow(starts_at=MONDAY_19H, minutes=60),),
        budget_minor=1_000_00,
        currency="GBP",
        flat_fee_minor=300_00,
        commission_basis_points=1200,
    )
    return matching.post_brief(brand, new).brief_id


def home(brief_id: str) -> str:
    """Every brief is about it."""
    del brief_id
    return "home"


@pytest.fixture
def world(tables: None, clock: MovableClock) -> World:  # noqa: ARG001  # the tables must be there
    directory = Directory(store=DirectoryStore(), clock=clock)
    bookings = Bookings(store=BookingStore(), directory=directory, clock=clock)
    matching = Matching(store=BriefStore(), candidates=Candidates(directory=directory, free_time=bookings), clock=clock)
    store, shelf, history = ContractStore(), FakeBucket(), History(store=HistoryStore(), clock=clock)
    offers = Offers(store=store, directory=directory, matching=matching, bookings=bookings, history=history, category_of=home, clock=clock)
    kept: dict[str, Any] = {"records": shelf, "renderer": Templates(), "history": history, "clock": clock, "site": SITE}
    contracts = Contracts(store=store, offers=offers, directory=directory, bookings=bookings, seal=lambda: Seal("tests"), **kept)
    brand = _tenant(directory, TenantKind.BRAND, Role.BRAND_OWNER, "mugs")
    rival = _tenant(directory, TenantKind.BRAND, Role.BRAND_OWNER, "kettles")
    agency = _tenant(directory, TenantKind.AGENCY, Role.AGENCY_MANAGER, "stars")
    host = _tenant(directory, TenantKind.CREATOR, Role.CREATOR, "nadia")
    directory.save_profile(
        host,
        Profile(
            creator_id=host.tenant_id,
            name="Nadia Hart",
            timezone="Europe/London",
            categories=("home",),
            languages=("en",),
            markets=("GB",),
            platforms=(PlatformAudience(platform="youtube", audience=50_000),),
            rate_card_minor=300_00,
            agency_id=agency.tenant_id,
        ),
    )
    evenings = tuple(WeeklyWindow(weekday=day, from_minute=18 * 60, until_minute=22 * 60) for day in range(7))
    bookings.save_availability(
        host, host.tenant_id, Availability(timezone="Europe/London", weekly=evenings, buffer_before_minutes=30, buffer_after_minutes=15)
    )
    return World(
        clock=clock,
        directory=directory,
        bookings=bookings,
        matching=matching,
        contracts=contracts,
        history=history,
        shelf=shelf,
        brand=brand,
        rival=rival,
        host=host,
        agency=agency,
        brief_id=_brief(matching, brand),
        rival_brief_id=_brief(matching, rival),
    )


def test_a_deal_goes_from_offer_over_counter_offer_to_a_contract_that_both_have_signed(world: World) -> None:
    offer = world.offer()
    better = replace(TERMS, rules=(CommissionRule(rule_id="all", tiers=(Tier(from_value=0, rate_basis_points=1500),)),))
    countered = world.contracts.offers.counter(world.agency, offer.offer_id, 1, better)
    assert (countered.state, countered.version, countered.versions[-1].differences) == (State.COUNTERED, 2, ("commission 12 % -> 15 %",))

    accepted = world.contracts.offers.accept(world.brand, offer.offer_id, 2)
    assert accepted.state is State.ACCEPTED
    assert world.topics() == [("offer.accepted", offer.offer_id)]

    contract = world.contracts.draft(offer.offer_id)
    assert contract.terms == better
    assert contract.state is ContractState.TO_SIGN
    assert world.sign(world.host, contract).state is ContractState.TO_SIGN
    signed = world.sign(world.brand, contract)
    assert (signed.state, signed.signed_at) == (ContractState.SIGNED, world.clock.now())
    assert [booking.state for booking in world.bookings.list(world.host)] == [State.CONTRACTED]
    assert world.topics() == [("contract.signed", contract.contract_id), ("offer.accepted", offer.offer_id)]


def test_an_offer_on_a_taken_slot_says_who_and_when_and_not_for_whom(world: World) -> None:
    offer = world.offer()
    world.contracts.offers.accept(world.host, offer.offer_id, 1)
    with pytest.raises(SlotTaken) as refused:
        world.offer(MONDAY_19H + timedelta(minutes=30), by=world.rival)
    assert refused.value.message == (
        "Nadia Hart is already booked for Mon 10 January 2011, 19:00-20:00 (Europe/London), "
        "so Mon 10 January 2011, 19:30-20:30 (Europe/London) cannot be booked. Pick one of the free slots."
    )


def test_of_two_offers_for_the_same_evening_only_the_first_one_accepted_gets_it(world: World) -> None:
    mine, theirs = world.offer(), world.offer(by=world.rival)
    world.contracts.offers.accept(world.host, mine.offer_id, 1)
    with pytest.raises(SlotTaken):
        world.contracts.offers.accept(world.host, theirs.offer_id, 1)
    assert world.contracts.offers.get(world.rival, theirs.offer_id).state is State.OFFERED
    assert world.bookings.list(world.rival) == ()
    assert world.topics() == [("offer.accepted", mine.offer_id)]


def test_a_claim_that_was_free_when_looked_at_is_refused_by_the_transaction_when_somebody_was_faster(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = world.offer(), world.offer(by=world.rival)
    send = Transaction.commit
    committed: list[str] = []

    def somebody_first(transaction: Transaction) -> None:
        monkeypatch.setattr(Transaction, "commit", send)
        world.contracts.offers.accept(world.host, theirs.offer_id, 1)
        committed.append(theirs.offer_id)
        send(transaction)

    monkeypatch.setattr(Transaction, "commit", somebody_first)
    with pytest.raises(SlotTaken, match=r"Nadia Hart has just been booked"):
        world.contracts.offers.accept(world.host, mine.offer_id, 1)
    assert committed == [theirs.offer_id]
    assert [booking.offer_id for booking in world.bookings.list(world.host)] == [theirs.offer_id]


def test_two_acceptances_of_one_offer_at_once_book_it_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    offer = world.offer()
    send = Transaction.commit

    def somebody_first(transaction: Transaction) -> None:
        monkeypatch.setattr(Transaction, "commit", send)
        world.contracts.offers.accept(world.agency, offer.offer_id, 1)
        send(transaction)

    monkeypatch.setattr(Transaction, "commit", somebody_first)
    with pytest.raises(OfferSuperseded):
        world.contracts.offers.accept(world.host, offer.offer_id, 1)
    assert len(world.bookings.list(world.host)) == 1
    with pytest.raises(NotAllowedNow):
        world.contracts.offers.accept(world.host, offer.offer_id, 1)
    assert world.topics() == [("offer.accepted", offer.offer_id)]


def test_two_shows_are_claimed_together_or_not_at_all(world: World) -> None:
    both = world.offer(MONDAY_19H, WEDNESDAY_19H)
    other = world.offer(WEDNESDAY_19H, by=world.rival)
    world.contracts.offers.accept(world.host, other.offer_id, 1)
    before = world.free()
    with pytest.raises(SlotTaken, match="Wed 12 January 2011"):
        world.contracts.offers.accept(world.host, both.offer_id, 1)
    assert world.free() == before
    assert world.bookings.list(world.brand) == ()


def test_a_contract_of_two_shows_has_two_bookings_with_shows_of_their_own(world: World) -> None:
    contract = world.agreed(WEDNESDAY_19H, MONDAY_19H)
    tail = contract.contract_id.removeprefix("ctr_")
    assert [(show.booking_id, show.show_id, show.starts_at) for show in contract.bookings] == [
        (f"bkg_{tail}00", f"shw_{tail}00", MONDAY_19H),
        (f"bkg_{tail}01", f"shw_{tail}01", WEDNESDAY_19H),
    ]


def test_two_shows_of_one_offer_need_the_hosts_rest_between_them(world: World) -> None:
    with pytest.raises(BadOffer, match="no rest between them"):
        world.offer(MONDAY_19H, MONDAY_19H + timedelta(minutes=75))


@pytest.mark.parametrize("longest", [45, 60, 75, 90, 105])
def test_what_can_be_offered_can_be_accepted_to_the_last_write(world: World, longest: int) -> None:
    lengths = [75] * 7 + [longest]
    wanted = [WantedShow(starts_at=MONDAY_19H + timedelta(days=day), minutes=minutes, title="") for day, minutes in enumerate(lengths)]
    world.contracts.offers.accept(world.host, world.offer(shows=wanted).offer_id, 1)
    assert len(world.bookings.list(world.host)) == len(wanted)


def test_buffers_keep_the_next_show_away_and_the_list_of_free_slots_knows(world: World) -> None:
    world.agreed(MONDAY_19H)
    assert world.free() == [MONDAY_19H.replace(hour=20, minute=45), MONDAY_19H.replace(hour=21)]


def test_an_offer_expires_by_itself_and_cannot_be_accepted_then(world: World) -> None:
    offer = world.offer(expires_in_hours=24)
    world.clock.advance(timedelta(hours=24))
    with pytest.raises(OfferExpired, match="2011-01-04 12:00 UTC"):
        world.contracts.offers.accept(world.host, offer.offer_id, 1)
    assert world.contracts.offers.get(world.host, offer.offer_id).state is State.EXPIRED
    assert world.contracts.end_silence() == 1
    assert world.contracts.offers.offer(offer.offer_id).state is State.EXPIRED
    assert world.contracts.end_silence() == 0


def test_silence_does_not_end_an_offer_that_was_prolonged_by_a_counter_offer(world: World) -> None:
    offer = world.offer(expires_in_hours=24)
    world.clock.advance(timedelta(hours=20))
    world.contracts.offers.counter(world.host, offer.offer_id, 1, replace(TERMS, return_window_days=7))
    world.clock.advance(timedelta(hours=10))
    assert world.contracts.end_silence() == 0
    assert world.contracts.offers.accept(world.brand, offer.offer_id, 2).state is State.ACCEPTED


def test_a_superseded_version_cannot_be_accepted(world: World) -> None:
    offer = world.offer()
    world.contracts.offers.counter(world.host, offer.offer_id, 1, replace(TERMS, return_window_days=7))
    with pytest.raises(OfferSuperseded, match="Version 1 is not the last one any more: that is version 2"):
        world.contracts.offers.accept(world.brand, offer.offer_id, 1)


def test_nobody_answers_the_own_version_and_nobody_withdraws_the_others(world: World) -> None:
    offer = world.offer()
    with pytest.raises(NotYourTurn):
        world.contracts.offers.accept(world.brand, offer.offer_id, 1)
    with pytest.raises(NotYourTurn):
        world.contracts.offers.withdraw(world.host, offer.offer_id, 1)
    assert world.contracts.offers.withdraw(world.brand, offer.offer_id, 1).state is State.WITHDRAWN


def test_a_declined_offer_keeps_its_reason_and_is_over(world: World) -> None:
    offer = world.offer()
    declined = world.contracts.offers.decline(world.host, offer.offer_id, 1, "On holiday")
    assert (declined.state, declined.reason) == (State.DECLINED, "On holiday")
    with pytest.raises(NotAllowedNow):
        world.contracts.offers.accept(world.host, offer.offer_id, 1)


def test_another_tenant_finds_neither_offer_nor_booking_nor_contract_nor_brief(world: World) -> None:
    contract = world.agreed()
    with pytest.raises(OfferNotFound):
        world.contracts.offers.get(world.rival, contract.offer_id)
    with pytest.raises(OfferNotFound):
        world.contracts.offers.accept(world.rival, contract.offer_id, 1)
    with pytest.raises(BookingNotFound):
        world.bookings.get(world.rival, contract.bookings[0].booking_id)
    with pytest.raises(BriefNotFound):
        world.matching.matches(world.rival, world.brief_id)
    for look in (world.contracts.get, world.contracts.evidence):
        with pytest.raises(ContractNotFound):
            look(world.rival, contract.contract_id)
    with pytest.raises(ContractNotFound):
        world.contracts.document(world.rival, contract.contract_id, world.context())
    assert (world.contracts.list(world.rival), world.contracts.offers.list(world.rival)) == ((), ())
    assert world.contracts.list(world.agency) == world.contracts.list(world.host) == (contract,)


def test_a_stranger_cannot_sign_and_does_not_learn_that_there_is_a_contract(world: World) -> None:
    with pytest.raises(ContractNotFound):
        world.sign(world.rival, world.agreed())


@pytest.mark.parametrize("role", [Role.BRAND_VIEWER, Role.AGENCY_MANAGER, Role.OPERATOR])
def test_who_may_read_a_contract_but_is_no_signatory_is_told_so(world: World, role: Role) -> None:
    tenants = {Role.BRAND_VIEWER: world.brand.tenant_id, Role.AGENCY_MANAGER: world.agency.tenant_id, Role.OPERATOR: PLATFORM_TENANT}
    contract = world.agreed()
    with pytest.raises(SignatoryNeeded):
        world.sign(_member(tenants[role], role, "looker"), contract)
    assert world.contracts.contract(contract.contract_id) == contract


def test_a_side_signs_once(world: World) -> None:
    contract = world.agreed()
    world.sign(world.brand, contract)
    with pytest.raises(AlreadySigned, match="brand has signed"):
        world.sign(_member(world.brand.tenant_id, Role.BRAND_BOOKER, "colleague"), contract)
    assert len(world.contracts.contract(contract.contract_id).signatures) == 1


def test_one_person_does_not_sign_for_both_sides(world: World) -> None:
    contract = world.agreed()
    world.sign(world.brand, contract)
    with pytest.raises(SignatoryNeeded, match="other side"):
        world.sign(replace(world.host, user_id=world.brand.user_id), contract)


def test_a_signature_under_another_document_is_refused(world: World) -> None:
    contract = world.agreed()
    with pytest.raises(WrongDocument):
        world.sign(world.brand, contract, document_sha256="0" * 64)


@pytest.mark.parametrize("changes", [{"consent": False}, {"typed_name": "  "}])
def test_a_signature_needs_consent_and_a_name(world: World, changes: dict[str, Any]) -> None:
    with pytest.raises(ConsentMissing):
        world.sign(world.brand, world.agreed(), **changes)


def test_signing_needs_a_fresh_sign_in(world: World) -> None:
    old = replace(world.context(), authenticated_at=world.clock.real_now() - timedelta(minutes=11))
    with pytest.raises(FreshSignInNeeded):
        world.sign(world.brand, world.agreed(), context=old)


def test_an_unsigned_contract_lapses_and_frees_its_slots(world: World) -> None:
    contract = world.agreed()
    world.sign(world.brand, contract)
    assert world.free() == [MONDAY_19H.replace(hour=20, minute=45), MONDAY_19H.replace(hour=21)]
    world.clock.advance(timedelta(days=6, hours=23))
    assert world.contracts.end_silence() == 0
    world.clock.advance(timedelta(hours=1))
    with pytest.raises(ContractLapsed):
        world.sign(world.host, contract)
    assert world.contracts.end_silence() == 1
    assert world.contracts.contract(contract.contract_id).state is ContractState.LAPSED
    assert [booking.state for booking in world.bookings.list(world.host)] == [State.EXPIRED]
    assert MONDAY_19H in world.free()


def test_the_document_is_kept_under_its_hash_and_states_the_figures(world: World) -> None:
    contract = world.agreed()
    text = world.contracts.document(world.brand, contract.contract_id, world.context())
    assert sha256(text.encode()).hexdigest() == contract.document_sha256
    for figure in ("300.00 GBP", "12 %", "14 days", "Nadia Hart", "Mugs", "Mon 10 January 2011, 19:00-20:00 (Europe/London)"):
        assert figure in text


def test_drawing_up_twice_makes_one_contract(world: World) -> None:
    contract = world.agreed()
    assert world.contracts.draft(contract.offer_id) == contract
    assert len(world.shelf.objects) == 1
    events = world.contracts.evidence(world.brand, contract.contract_id).events
    assert [entry.event.kind for entry in events] == [EventKind.CREATED, EventKind.SENT, EventKind.SENT]


def test_an_offer_that_was_not_accepted_has_no_contract(world: World) -> None:
    with pytest.raises(ContractNotFound):
        world.contracts.draft(world.offer().offer_id)


def test_the_evidence_tells_who_did_what_in_a_chain_that_shows_every_change(world: World) -> None:
    contract = world.agreed()
    for principal in (world.host, world.host, world.brand):
        world.contracts.document(principal, contract.contract_id, world.context())
    world.sign(world.host, contract)
    world.sign(world.brand, contract)
    evidence = world.contracts.evidence(world.host, contract.contract_id)
    told = [(entry.event.kind, entry.event.party) for entry in evidence.events]
    assert told == [
        (EventKind.CREATED, Party.PLATFORM),
        (EventKind.SENT, Party.BRAND),
        (EventKind.SENT, Party.HOST),
        (EventKind.VIEWED, Party.HOST),
        (EventKind.VIEWED, Party.BRAND),
        (EventKind.CONSENTED, Party.HOST),
        (EventKind.SIGNED, Party.HOST),
        (EventKind.CONSENTED, Party.BRAND),
        (EventKind.SIGNED, Party.BRAND),
        (EventKind.COMPLETED, Party.PLATFORM),
    ]
    assert evidence.intact
    signer = evidence.events[6].signer
    assert signer is not None
    assert (signer.email, signer.typed_name, signer.address, signer.user_agent) == (
        world.host.email,
        "Somebody Real",
        "192.0.2.1",
        "Browser/1",
    )
    signed = world.contracts.contract(contract.contract_id)
    events = list(evidence.events)
    forged = replace(events[6], event=replace(events[6].event, at="2011-01-01T00:00:00.000Z"))
    other_name = replace(events[6], signer=replace(signer, typed_name="Somebody Else"))
    assert not is_intact(signed, [*events[:6], forged, *events[7:]])
    assert not is_intact(signed, [*events[:6], other_name, *events[7:]])
    assert not is_intact(signed, [*events[:6], *events[7:]])
    assert not is_intact(signed, events[:-1])
    erased = replace(events[6], signer=None)
    assert is_intact(signed, [*events[:6], erased, *events[7:]])


def test_a_document_that_was_changed_in_the_bucket_is_seen(world: World) -> None:
    contract = world.agreed()
    key = next(iter(world.shelf.objects))
    world.shelf.objects[key] += b" "
    assert not world.contracts.evidence(world.brand, contract.contract_id).intact


def test_terms_with_problems_are_not_offered() -> None:
    with pytest.raises(BadTerms):
        read_terms({"currency": "GBP", "timezone": "Europe/London", "return_window_days": -1})


def test_a_misspelt_term_is_named_instead_of_being_left_out() -> None:
    raw = {"currency": "GBP", "timezone": "Europe/London", "return_window_days": 14, "flat_fee": {"amount_minor": 1, "amount": 2}}
    with pytest.raises(BadTerms) as refused:
        read_terms(raw)
    assert refused.value.fields == {"terms.flat_fee.amount": "is no field of terms"}


@pytest.mark.parametrize(
    "terms",
    [
        replace(TERMS, currency="EUR"),
        replace(TERMS, splits=(Split(payee_id="agy_stranger", share_basis_points=2000),)),
    ],
)
def test_terms_that_do_not_fit_brief_or_host_are_refused(world: World, terms: Terms) -> None:
    with pytest.raises(BadTerms):
        world.offer(terms=terms)


def test_members_do_not_set_the_marketplaces_fee(world: World) -> None:
    fee = PlatformFee(rate_basis_points=1000, mode=FeeMode.TAKEN)
    strict = Offers(
        store=ContractStore(),
        directory=world.directory,
        matching=world.matching,
        bookings=world.bookings,
        history=world.history,
        category_of=home,
        clock=world.clock,
        platform_fee=fee,
    )
    asked = {
        "brief_id": world.brief_id,
        "creator_id": world.host.tenant_id,
        "shows": [WantedShow(starts_at=MONDAY_19H, minutes=60, title="Mugs")],
        "expires_in_hours": 48,
    }
    with pytest.raises(BadTerms, match="sets its fee"):
        strict.make(world.brand, terms=TERMS, **asked)  # type: ignore[arg-type]
    assert strict.make(world.brand, terms=replace(TERMS, platform_fee=fee), **asked).version == 1  # type: ignore[arg-type]


def test_a_viewer_makes_no_offer_and_a_pending_brand_neither(world: World) -> None:
    with pytest.raises(CannotNegotiate):
        world.offer(by=replace(world.brand, role=Role.BRAND_VIEWER))
    fresh = world.directory.open_tenant(_member("", Role.BRAND_OWNER, "fresh"), TenantKind.BRAND, "Fresh")
    with pytest.raises(NotApproved):
        world.offer(by=_member(fresh.tenant_id, Role.BRAND_OWNER, "fresh"))


def test_an_accepted_show_goes_its_way_and_a_worker_may_say_so_twice(world: World) -> None:
    contract = world.agreed()
    world.sign(world.host, contract)
    world.sign(world.brand, contract)
    booking_id = contract.bookings[0].booking_id

    for move, state in (
        (Move.FUND, State.FUNDED),
        (Move.START, State.LIVE),
        (Move.COMPLETE, State.COMPLETED),
        (Move.SETTLE, State.SETTLED),
    ):
        assert world.bookings.move(booking_id, move).state is state
        assert world.bookings.move(booking_id, move).version == world.bookings.booking(booking_id).version
    with pytest.raises(NotAllowedNow):
        world.bookings.move(booking_id, Move.CANCEL, Party.BRAND)


def test_a_brief_ranks_the_host_with_reasons_and_says_why_not_once_the_evening_is_taken(world: World) -> None:
    found = world.matching.matches(world.brand, world.brief_id)
    assert [(match.creator_id, match.name) for match in found.ranked] == [(world.host.tenant_id, "Nadia Hart")]
    assert found.ranked[0].score_millinats == sum(reason.millinats for reason in found.ranked[0].reasons)
    assert (found.rejected, found.failed_counts) == ((), {})
    world.agreed(MONDAY_19H)
    after = world.matching.matches(world.brand, world.brief_id)
    assert (after.ranked, after.failed_counts) == ((), {"availability": 1})
    assert [failed.sentence for failed in after.rejected[0].failed] == ["Cannot be booked at 2011-01-10 19:00 UTC."]
    assert [brief.brief_id for brief in world.matching.briefs(world.brand)] == [world.brief_id]


def test_a_counter_offer_changes_something_and_there_are_only_so_many(world: World) -> None:
    offer = world.offer()
    with pytest.raises(BadOffer, match="accept them"):
        world.contracts.offers.counter(world.host, offer.offer_id, 1, TERMS)
    for version in range(1, 20):
        by = world.host if version % 2 else world.brand
        world.contracts.offers.counter(by, offer.offer_id, version, replace(TERMS, return_window_days=14 + version))
    with pytest.raises(BadOffer, match="20 versions"):
        world.contracts.offers.counter(world.brand, offer.offer_id, 20, TERMS)


@pytest.mark.parametrize("changes", [{"expires_in_hours": 0}, {"expires_in_hours": 721}])
def test_time_to_answer_has_limits(world: World, changes: dict[str, Any]) -> None:
    with pytest.raises(BadOffer, match="hours to answer"):
        world.offer(**changes)


def test_an_offer_has_shows(world: World) -> None:
    with pytest.raises(BadOffer, match="between 1 and"):
        world.contracts.offers.make(
            world.brand, brief_id=world.brief_id, creator_id=world.host.tenant_id, shows=[], terms=TERMS, expires_in_hours=48
        )


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"currency": "GBP", "timezone": "Europe/London", "return_window_days": "14"}, "terms"),
        ({"currency": "GBP", "timezone": "Europe/London", "return_window_days": 14, "splits": [{"payee_id": "a", "share": 1}]}, "terms"),
        (
            {"currency": "GBP", "timezone": "Europe/London", "return_window_days": 14, "pay_flor": {}},
            "terms.pay_flor",
        ),
    ],
)
def test_terms_are_read_strictly(raw: dict[str, Any], field: str) -> None:
    with pytest.raises(BadTerms) as refused:
        read_terms(raw)
    assert list(refused.value.fields) == [field]
