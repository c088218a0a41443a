"""Shows by chance: moved, held, called off, missed, forgotten, disputed and decided, under terms that are amended in between."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from chalicelib.contracts.rebooking import next_booking_id
from chalicelib.contracts.rules import ContractVersion
from chalicelib.contracts.terms import (
    CancellationRow,
    CommissionRule,
    Deliverable,
    Due,
    FeeMode,
    FeePart,
    FlatFee,
    PayFloor,
    PlatformFee,
    SalesGuarantee,
    Scope,
    Split,
    Terms,
    Tier,
)
from chalicelib.shows import rules
from chalicelib.shows.rules import DeliverableKind, DeliveryResult, Happened, LineUpItem, Show, ShowState, Side

SIGNED = datetime(2011, 1, 3, 12, tzinfo=UTC)
FIRST = datetime(2011, 2, 1, 19, tzinfo=UTC)
LENGTH = timedelta(minutes=60)
KINDS = (DeliverableKind.HOST_APPEARS, DeliverableKind.LINKS_LIVE)

Step = tuple[datetime, int, Show]
"""When, which show, and what it is from then on."""
Versions = tuple[ContractVersion, ...]
"""The terms, and what an amendment makes of them."""


@st.composite
def contracts(draw: st.DrawFn) -> Terms:
    """Terms with all that a cancelled show changes: fee in parts, guarantee or floor, agency, platform's fee, a table with holes."""
    whole = draw(st.booleans())
    scope = draw(st.sampled_from(Scope))
    parts: tuple[FeePart, ...] = (FeePart(due=Due.SHOW_COMPLETED, share_basis_points=10_000),)
    if not whole:
        parts = tuple(FeePart(due=due, share_basis_points=share) for due, share in zip(Due, (3_000, 5_000, 2_000), strict=True))
    hours = draw(st.sets(st.sampled_from((0, 24, 48, 72)), max_size=4))
    return Terms(
        currency="GBP",
        timezone="Europe/London",
        return_window_days=14,
        flat_fee=FlatFee(amount_minor=draw(st.integers(0, 30_000_01)), scope=scope, parts=parts),
        rules=(CommissionRule(rule_id="all", tiers=(Tier(from_value=0, rate_basis_points=1_000),)),),
        sales_guarantee=SalesGuarantee(net_sales_minor=900_00, scope=scope) if draw(st.booleans()) else None,
        pay_floor=None if whole else PayFloor(amount_minor=500_00, scope=Scope.SHOW if scope is Scope.CONTRACT else Scope.CONTRACT),
        splits=(Split(payee_id="agy_1", share_basis_points=1_999),),
        platform_fee=PlatformFee(rate_basis_points=777, mode=draw(st.sampled_from(FeeMode))),
        cancellation=tuple(CancellationRow(hours_before=each, share_basis_points=draw(st.integers(0, 10_000))) for each in sorted(hours)),
        deliverables=tuple(Deliverable(kind=kind, fee_off_basis_points=3_000) for kind in KINDS),
    )


@st.composite
def versions(draw: st.DrawFn) -> Versions:
    """Terms, mostly amended for the later shows: another fee, another rate, another table."""
    terms, other = draw(contracts()), draw(contracts())
    first = ContractVersion(version=1, terms=terms, document_sha256="1")
    if draw(st.integers(0, 3)) == 3:
        return (first,)
    amended = replace(other, rules=(replace(other.rules[0], tiers=(Tier(from_value=0, rate_basis_points=1_333),)),))
    agreed_at, from_ = SIGNED + timedelta(minutes=draw(st.integers(1, 20_000))), FIRST + timedelta(days=draw(st.integers(0, 4)))
    return first, ContractVersion(version=2, terms=amended, document_sha256="2", in_force_from=from_, agreed_at=agreed_at)


def show_number(place: int) -> Show:
    """A published show, a day after the one before."""
    return Show(
        show_id=f"shw_{place}",
        booking_id=f"bkg_{place}",
        contract_id="ctr_1",
        brand_id="brd_1",
        brand_name="Kettle Cove",
        creator_id="crt_1",
        host_name="Mara",
        agency_id="agy_1",
        slug=f"show-{place}",
        title="Show",
        description="",
        timezone="Europe/London",
        currency="GBP",
        starts_at=FIRST + timedelta(days=place),
        minutes=60,
        state=ShowState.PUBLISHED,
        line_up=(LineUpItem(sku="MUG", title="Mug", price_minor=500, currency="GBP"),),
    )


@st.composite
def moves(draw: st.DrawFn, place: int) -> list[Step]:
    """The times at which a show moves, before any show begins."""
    show, now, steps = show_number(place), SIGNED, []
    for _ in range(draw(st.integers(0, 2))):
        now += timedelta(minutes=draw(st.integers(1, 10_000)))
        show = rules.rescheduled(show, next_booking_id(show.booking_id), FIRST + timedelta(hours=draw(st.integers(0, 100))))
        steps.append((now, place, show))
    return steps


@st.composite
def lives(draw: st.DrawFn, place: int) -> list[Step]:
    """What becomes of a show, step by step: it moves, is held, called off, missed or forgotten; perhaps it is disputed, then decided."""
    steps = draw(moves(place))
    show = steps[-1][2] if steps else show_number(place)
    now = show.starts_at - timedelta(hours=draw(st.integers(1, 100)))

    def then(after: Show) -> Show:
        steps.append((now, place, after))
        return after

    begins = draw(st.sampled_from(("held", "called off", "missed", "forgotten")))
    if begins == "called off":
        then(rules.called_off(show, draw(st.sampled_from(Side)), now))
        return steps
    if begins == "held":
        now = show.starts_at
        show = then(rules.started(show, now))
        now += LENGTH
        show = then(rules.ended(show, now))
    elif begins == "missed":
        now = show.starts_at + LENGTH
        show = then(rules.host_absent(show, now))
    now = show.starts_at + LENGTH + timedelta(minutes=draw(st.integers(1, 10_000)))
    about = draw(st.sampled_from((None, *KINDS) if begins == "held" else (None,)))
    if not draw(st.booleans()):
        return steps
    if about is None:
        show = then(rules.disputed(show, now))
    else:
        show = then(rules.delivery_disputed(show, about, statement="no", evidence=(), side=Side.BRAND, by="usr_1", now=now))
    now += timedelta(minutes=draw(st.integers(1, 30_000)))
    if not draw(st.booleans()):
        return steps
    finding = draw(st.sampled_from(Happened)) if about is None else Happened.TOOK_PLACE
    by_a_side = finding in {Happened.HOST_CANCELLED, Happened.BRAND_CANCELLED}
    called_off_at = show.starts_at - timedelta(hours=draw(st.integers(0, 100))) if by_a_side and draw(st.booleans()) else None
    decided = rules.ruled(show, finding, now, called_off_at)
    kinds = (about,) if about is not None else (KINDS if finding is Happened.TOOK_PLACE else ())
    results = [(kind, draw(st.sampled_from((DeliveryResult.MET, DeliveryResult.NOT_MET)))) for kind in kinds]
    decided = rules.with_results(decided, results, reasons="so", by="usr_op", now=now)
    then(rules.settled(decided, now) if about is None else decided)
    return steps


@st.composite
def histories(draw: st.DrawFn) -> tuple[Versions, int, list[Step], list[Step]]:
    """A contract, its number of shows, and all steps by time; twice, with those of the same instant in another order."""
    count = draw(st.integers(1, 3))
    steps = [step for place in range(count) for step in draw(lives(place))]
    other = draw(st.permutations(steps))
    return draw(versions()), count, sorted(steps, key=lambda step: step[0]), list(other)
