"""A market of contracts, shows and sales in memory, with payouts on top: what the service tests of money act on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from chalicelib.adapters.dynamo import OutboxItem, Transaction
from chalicelib.contracts.rules import Amendment, Contract
from chalicelib.contracts.terms import CommissionRule, FeeMode, FlatFee, PlatformFee, Split, Terms, Tier
from chalicelib.core.access import PLATFORM_TENANT, Principal, Role
from chalicelib.core.clock import Clock
from chalicelib.ledger.service import LedgerService
from chalicelib.ledger.store import LedgerStore
from chalicelib.notices.rules import LOOK
from chalicelib.payouts.earnings import Fact, RefundFact, SaleAmounts, SaleFact, ShowFacts
from chalicelib.payouts.ports import ContractParties, NoSuchContract
from chalicelib.payouts.service import Payouts
from chalicelib.payouts.store import PayoutsStore
from tests.fakes.objects import FakeBucket
from tests.fakes.stripe import FakeStripe

BRAND, HOST, AGENCY = "brd_1", "crt_1", "agy_1"
SECRET = "whsec_test"
SIGNED = datetime(2011, 1, 1, 9, tzinfo=UTC)
SHOW_STARTS = datetime(2011, 1, 3, 19, tzinfo=UTC)
TERMS = Terms(
    currency="GBP",
    timezone="Europe/London",
    return_window_days=14,
    flat_fee=FlatFee(amount_minor=100_00),
    rules=(CommissionRule(rule_id="all", tiers=(Tier(from_value=0, rate_basis_points=1_000),)),),
    splits=(Split(payee_id=AGENCY, share_basis_points=2_000),),
    platform_fee=PlatformFee(rate_basis_points=1_000, mode=FeeMode.ON_TOP),
)


def person(tenant: str, role: Role, user: str = "usr_1") -> Principal:
    """Somebody who acts."""
    return Principal(user_id=user, email=f"{user}@example.com", tenant_id=tenant, role=role)


OWNER = person(BRAND, Role.BRAND_OWNER, "usr_owner")
CREATOR = person(HOST, Role.CREATOR, "usr_host")
MANAGER = person(AGENCY, Role.AGENCY_MANAGER, "usr_agency")
PREPARER = person(PLATFORM_TENANT, Role.FINANCE_PREPARER, "usr_preparer")
APPROVER = person(PLATFORM_TENANT, Role.FINANCE_APPROVER, "usr_approver")


def show(show_id: str = "shw_1", *, starts: datetime = SHOW_STARTS, terms: Terms = TERMS, completed: bool = True) -> ShowFacts:
    """A show that took place for two hours."""
    ends = starts + timedelta(hours=2)
    return ShowFacts(
        show_id=show_id,
        scheduled_start=starts,
        terms=terms,
        signed=Fact(occurred_at=SIGNED, recorded_at=SIGNED),
        completed=Fact(occurred_at=ends, recorded_at=ends) if completed else None,
        actual_end=ends if completed else None,
    )


def sale(line_id: str, minor: int, show_id: str = "shw_1", at: datetime = SHOW_STARTS) -> SaleFact:
    """A sale of one unit during the show."""
    return SaleFact(
        line_id=line_id, show_id=show_id, sku="22423", ordered_at=at, recorded_at=at, units=1, amounts=SaleAmounts(price_minor=minor)
    )


def refund(line_id: str, minor: int, at: datetime) -> RefundFact:
    """A refund of one unit."""
    return RefundFact(refund_id=f"r-{line_id}", line_id=line_id, units=1, amount_minor=minor, occurred_at=at, recorded_at=at)


class NothingElse:
    """The host is bound to nobody else."""

    def amending(self, transaction: Transaction, contract: Contract, amendment: Amendment) -> None:
        """Never raises."""


@dataclass
class Market:
    """Contracts with their shows, sales and refunds: all three sources of facts at once."""

    contracts: dict[str, ContractParties] = field(default_factory=dict)
    shows: dict[str, tuple[ShowFacts, ...]] = field(default_factory=dict)
    sales: list[SaleFact] = field(default_factory=list)
    refunds: list[RefundFact] = field(default_factory=list)

    def add(self, contract_id: str = "ctr_1", *shows: ShowFacts, terms: Terms = TERMS, brand: str = BRAND) -> None:
        """A signed contract."""
        agencies = tuple(split.payee_id for split in terms.splits)
        self.contracts[contract_id] = ContractParties(
            contract_id=contract_id, brand_id=brand, creator_id=HOST, agency_ids=agencies, title=f"Contract {contract_id}", terms=terms
        )
        self.shows[contract_id] = shows

    def parties(self, contract_id: str) -> ContractParties:
        if contract_id not in self.contracts:
            raise NoSuchContract("There is no such contract.")
        return self.contracts[contract_id]

    def show_facts(self, contract_id: str, as_of: datetime | None = None) -> tuple[ShowFacts, ...]:
        del as_of
        return self.shows[contract_id]

    def title_of(self, show_id: str) -> str:
        return f"=Show {show_id}"

    def show_sales(self, show_id: str, as_of: datetime | None = None) -> tuple[tuple[SaleFact, ...], tuple[RefundFact, ...]]:
        del as_of
        lines = tuple(fact for fact in self.sales if fact.show_id == show_id)
        ids = {fact.line_id for fact in lines}
        return lines, tuple(fact for fact in self.refunds if fact.line_id in ids)


@dataclass
class House:
    """Everything that moves money, on real tables."""

    market: Market
    stripe: FakeStripe
    bucket: FakeBucket
    ledger: LedgerService
    payouts: Payouts
    funded: list[str] = field(default_factory=list)
    """Contracts whose deposit was announced as paid."""
    changed: list[str] = field(default_factory=list)
    """Hosts whose payouts began or ended."""
    looked: list[str] = field(default_factory=list)
    """Deals and payees that notices are to look at."""

    def work(self) -> int:
        """Do what the outbox asks for until nothing is left, as the queues would. Returns how many messages there were about money."""
        done = 0
        while messages := list(OutboxItem.scan(OutboxItem.pk.startswith("outbox#"))):
            for message in messages:
                message.delete()
                self.do(message.topic, message.key)
                done += message.topic != LOOK
        return done

    def do(self, topic: str, key: str) -> None:
        """One message."""
        work = {
            "earnings.accrue": self.payouts.accruals.accrue,
            "deposit.checkout": self.payouts.fundings.create_checkout,
            "deposit.look_up": self.payouts.fundings.look_up,
            "payee.connect": self.payouts.accounts.open_account,
            "settlement.send": self.payouts.transfers.send,
            "prepaid.refund": self.payouts.refunds.send,
            "stripe.event": self.payouts.webhooks.process,
            "contract.funded": self.funded.append,
            "host.changed": self.changed.append,
            LOOK: self.looked.append,
        }
        work[topic](key)

    def stages(self, payee: str) -> Mapping[str, int]:
        """Where a payee's pounds are; stages at 0 are left out."""
        balances = self.ledger.balances(f"payee:{payee}:")
        return {b.account.rsplit(":", 1)[1]: -b.minor for b in balances if b.minor}

    def of_brand(self, brand: str = BRAND) -> Mapping[str, int]:
        """The brand's pounds, debits positive."""
        return {b.account.rsplit(":", 1)[1]: b.minor for b in self.ledger.balances(f"brand:{brand}:") if b.minor}

    def problems(self) -> list[str]:
        """What the audit finds."""
        return [finding.message for findings in self.payouts.audit().values() for finding in findings]


def build_house(clock: Clock, shows: Iterable[ShowFacts] = ()) -> House:
    """One contract with its shows (or one), nothing booked yet."""
    market, stripe, bucket = Market(), FakeStripe(), FakeBucket()
    market.add("ctr_1", *(tuple(shows) or (show(),)))
    ledger = LedgerService(store=LedgerStore(), clock=clock)
    payouts = Payouts(
        store=PayoutsStore(),
        ledger=ledger,
        records=bucket,
        contracts=market,
        shows=market,
        sales=market,
        gateway=stripe,
        clock=clock,
        base_url="https://primetime.example/",
        webhook_secrets=(SECRET,),
        livemode=False,
        names=lambda tenant_id: f"The {tenant_id}",
    )
    return House(market=market, stripe=stripe, bucket=bucket, ledger=ledger, payouts=payouts)
