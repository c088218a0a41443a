"""Synthetic business, the same for the same seed: contracts with tiers and a cap, shows that are over, files of their sales."""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chalicelib.adapters.dynamo import Transaction
from chalicelib.bookings.rules import SlotTaken
from chalicelib.bookings.states import Booking, Party, State
from chalicelib.bookings.store import BookingStore
from chalicelib.contracts.negotiation import Offer, OfferedShow, OfferVersion
from chalicelib.contracts.rules import BookedShow, Contract, ContractState, ContractVersion, offer_id_of
from chalicelib.contracts.store import ContractStore
from chalicelib.contracts.terms import (
    Bonus,
    Cap,
    CommissionRule,
    FeeMode,
    FlatFee,
    PlatformFee,
    Scope,
    Split,
    Tax,
    Terms,
    Tier,
)
from chalicelib.core.access import Principal, Role
from chalicelib.shows.rules import LineUpItem, Moment, Show, ShowState
from chalicelib.shows.store import ShowStore

BRAND, HOST, AGENCY = "brd_bench", "crt_bench", "agy_bench"
FIRST_SHOW = datetime(2025, 3, 3, 19, tzinfo=UTC)
NOW = datetime(2025, 9, 1, 9, tzinfo=UTC)
"""Business time: all shows are over, every return window has ended."""
SHOW_MINUTES = 180
PRODUCTS_PER_SHOW = 20
SKUS_OF_FIRST_RULE = 5
REFUNDED_OF_A_HUNDRED = 3
COLUMNS = (
    "type,order_id,line_id,refund_id,sku,description,ordered_at,quantity,unit_price,currency,customer_id,"
    "seller_discount,platform_discount,tax,shipping"
)
TERMS = Terms(
    currency="GBP",
    timezone="Europe/London",
    return_window_days=14,
    flat_fee=FlatFee(amount_minor=500_00),
    rules=(
        CommissionRule(
            rule_id="stars",
            skus=tuple(f"SKU-{number:04}" for number in range(SKUS_OF_FIRST_RULE)),
            tiers=(Tier(from_value=0, rate_basis_points=1_200),),
            max_per_line_minor=20_00,
        ),
        CommissionRule(
            rule_id="all",
            tiers=tuple(Tier(from_value=bound, rate_basis_points=rate) for bound, rate in ((0, 400), (2_000_00, 600), (8_000_00, 800))),
            accumulates_over=Scope.CONTRACT,
        ),
    ),
    cap=Cap(amount_minor=50_000_00, scope=Scope.CONTRACT),
    bonuses=(Bonus(bonus_id="ten-thousand", net_sales_minor=10_000_00, amount_minor=250_00, scope=Scope.CONTRACT),),
    splits=(Split(payee_id=AGENCY, share_basis_points=2_000),),
    platform_fee=PlatformFee(rate_basis_points=1_000, mode=FeeMode.ON_TOP),
    tax=Tax(platform_fee_basis_points=2_000, host_invoice_basis_points=2_000),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Airing:
    """A show that is over, whose line-up is its own, so that a product tells the show."""

    contract_id: str
    show_id: str
    starts_at: datetime
    skus: tuple[str, ...]


def booker_of(brand_id: str) -> Principal:
    """Who announces a brand's files."""
    return Principal(user_id="usr_bench", email="booker@bench.example", tenant_id=brand_id, role=Role.BRAND_BOOKER)


def agree(name: str, shows: int, brand_id: str = BRAND) -> tuple[Airing, ...]:
    """A signed contract of a brand in the store, with shows a week apart that have taken place."""
    contract_id = f"ctr_{name}"
    airings = tuple(
        Airing(
            contract_id=contract_id,
            show_id=f"shw_{name}_{number:02}",
            starts_at=FIRST_SHOW + timedelta(days=7 * number),
            skus=tuple(f"{name.upper()}-{number:02}-{place:04}" for place in range(PRODUCTS_PER_SHOW)),
        )
        for number in range(shows)
    )
    contract = _contract(contract_id, airings, brand_id)
    offered = Transaction()
    ContractStore().add_offer(offered, _offer(contract))
    offered.commit()
    ContractStore().add_contract(Transaction(), contract, ())
    for booked in contract.bookings:
        transaction = Transaction()
        BookingStore().add(transaction, _booking(contract, booked), SlotTaken("This is booked already."))
        transaction.commit()
    for airing in airings:
        ShowStore().open(_show(airing, brand_id))
    return airings


def sales_rows(name: str, airings: Sequence[Airing], lines: int, seed: int) -> list[str]:
    """CSV rows of the generic profile: every sale belongs to one of the shows, and some come back."""
    chance = random.Random(f"{seed} {name}")
    refunds = lines * REFUNDED_OF_A_HUNDRED // 100
    sales = [_sale_row(chance, name, number, airings[number % len(airings)]) for number in range(lines - refunds)]
    return [",".join(row) for row in sales] + [",".join(_refund_row(row)) for row in chance.sample(sales, refunds)]


def csv_file(rows: Sequence[str]) -> bytes:
    """A file of these rows."""
    return ("\n".join([COLUMNS, *rows]) + "\n").encode()


def line_id_of(seed: int, number: int) -> str:
    """An identity as sale lines have it: 64 hexadecimal digits."""
    return hashlib.sha256(f"{seed} {number}".encode()).hexdigest()


def _sale_row(chance: random.Random, name: str, number: int, airing: Airing) -> list[str]:
    sku = chance.choice(airing.skus)
    ordered_at = airing.starts_at + timedelta(seconds=chance.randrange(SHOW_MINUTES * 60))
    quantity, price = chance.randrange(1, 5), chance.randrange(2_00, 80_00)
    discount = price * quantity // 10 if chance.randrange(4) == 0 else 0
    tax = (price * quantity - discount) // 6
    shipping = chance.choice((0, 2_95, 4_95))
    amounts = [_major(discount), "0.00", _major(tax), _major(shipping)]
    order = f"{name}-{number:08}"
    words = [f"Stoneware piece of the {airing.starts_at:%B} table {sku[-2:]}", ordered_at.isoformat(), str(quantity), _major(price)]
    return ["sale", order, "1", "", sku, *words, "GBP", f"customer-{chance.randrange(number // 3 + 1)}", *amounts]


def _refund_row(sale: Sequence[str]) -> list[str]:
    """The whole sale comes back two days later."""
    _, order, line, _, sku, description, ordered_at, quantity, price, currency, customer, *_ = sale
    back_at = (datetime.fromisoformat(ordered_at) + timedelta(days=2)).isoformat()
    return [
        "refund",
        order,
        line,
        f"back-{order}",
        sku,
        description,
        back_at,
        quantity,
        price,
        currency,
        customer,
        "0.00",
        "0.00",
        "0.00",
        "",
    ]


def _major(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"


def _contract(contract_id: str, airings: Sequence[Airing], brand_id: str) -> Contract:
    signed_at = FIRST_SHOW - timedelta(days=30)
    return Contract(
        contract_id=contract_id,
        offer_id=offer_id_of(contract_id),
        brief_id=f"brf_{contract_id}",
        brand_id=brand_id,
        creator_id=HOST,
        agency_id=AGENCY,
        terms=TERMS,
        versions=(ContractVersion(version=1, terms=TERMS, document_sha256="0" * 64),),
        bookings=tuple(
            BookedShow(
                booking_id=f"bkg_{airing.show_id}", show_id=airing.show_id, starts_at=airing.starts_at, minutes=SHOW_MINUTES, title="Table"
            )
            for airing in airings
        ),
        state=ContractState.SIGNED,
        document_sha256="0" * 64,
        sign_by=signed_at,
        recorded_at=signed_at,
        signed_at=signed_at,
    )


def _offer(contract: Contract) -> Offer:
    """What the contract came of: the brand's terms, accepted as they were."""
    made_at = contract.recorded_at
    return Offer(
        offer_id=contract.offer_id,
        contract_id=contract.contract_id,
        brief_id=contract.brief_id,
        brand_id=contract.brand_id,
        creator_id=HOST,
        agency_id=AGENCY,
        shows=tuple(
            OfferedShow(booking_id=booked.booking_id, starts_at=booked.starts_at, minutes=booked.minutes, title=booked.title)
            for booked in contract.bookings
        ),
        state=State.ACCEPTED,
        version=1,
        versions=(OfferVersion(version=1, by=Party.BRAND, terms=TERMS, made_at=made_at, differences=()),),
        answer_hours=24,
        expires_at=made_at + timedelta(hours=24),
        created_at=made_at,
        closed_at=made_at,
    )


def _booking(contract: Contract, booked: BookedShow) -> Booking:
    """A show that has taken place holds no time any more."""
    return Booking(
        booking_id=booked.booking_id,
        contract_id=contract.contract_id,
        offer_id=contract.offer_id,
        brand_id=contract.brand_id,
        creator_id=HOST,
        agency_id=AGENCY,
        starts_at=booked.starts_at,
        minutes=booked.minutes,
        title=booked.title,
        timezone=TERMS.timezone,
        state=State.COMPLETED,
        version=5,
        changed_at=booked.starts_at + timedelta(minutes=booked.minutes),
        slots=(),
    )


def _show(airing: Airing, brand_id: str) -> Show:
    ends_at = airing.starts_at + timedelta(minutes=SHOW_MINUTES)
    return Show(
        show_id=airing.show_id,
        booking_id=f"bkg_{airing.show_id}",
        contract_id=airing.contract_id,
        brand_id=brand_id,
        brand_name="Bench Pottery",
        creator_id=HOST,
        host_name="Bea Bench",
        agency_id=AGENCY,
        slug=airing.show_id.replace("_", "-"),
        title="Table",
        description="",
        timezone=TERMS.timezone,
        currency=TERMS.currency,
        starts_at=airing.starts_at,
        minutes=SHOW_MINUTES,
        state=ShowState.ENDED,
        line_up=tuple(LineUpItem(sku=sku, title=sku, price_minor=10_00, currency=TERMS.currency) for sku in airing.skus),
        started=Moment(occurred_at=airing.starts_at, recorded_at=airing.starts_at),
        ended=Moment(occurred_at=ends_at, recorded_at=ends_at),
    )
