"""The whole console on moto: every table and bucket, real services, the app behind Chalice's local gateway, people to act as."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import boto3
import msgspec
import pytest
from chalice.config import Config
from chalice.local import LocalGateway

from app import app
from chalicelib.adapters.dynamo import OutboxItem
from chalicelib.adapters.queues import TOPIC_QUEUES, Message
from chalicelib.adapters.secrets import Secrets
from chalicelib.bookings.rules import Availability, WeeklyWindow
from chalicelib.contracts.offers import WantedShow
from chalicelib.contracts.rules import Contract
from chalicelib.contracts.service import SigningContext
from chalicelib.contracts.terms import CommissionRule, FlatFee, Split, Terms, Tier
from chalicelib.core.access import PLATFORM_TENANT, Principal, Role
from chalicelib.directory.rules import PlatformAudience, Product, Profile, TenantKind
from chalicelib.directory.store import DirectoryStore
from chalicelib.jobs import probe_work
from chalicelib.matching.rules import BriefWindow
from chalicelib.matching.service import NewBrief
from chalicelib.payouts.rules.funding import FundingKind
from chalicelib.sales.service import Announced
from chalicelib.settings import settings
from chalicelib.shows.rules import Edit
from chalicelib.web.routes import answer_with
from chalicelib.web.sessions import SESSION_COOKIE, Session
from chalicelib.wiring import Services, services
from chalicelib.workers import by_topic
from tests.conftest import REGION
from tests.fakes.mail import FakeMailer
from tests.fakes.stripe import FakeStripe
from tests.fakes.web import FakeWeb

SITE = "https://primetime.example"
FORM = "application/x-www-form-urlencoded"
BUCKETS = ("imports", "pages", "records")
QUEUES = ("imports", "parts", "work", "payouts", "plans", "mail", "probes")
BEGIN = datetime(2011, 1, 3, 12, tzinfo=UTC)
STARTS = datetime(2011, 1, 10, 19, tzinfo=UTC)
OPERATOR = Principal(user_id="usr_operator", email="operator@primetime.example", tenant_id=PLATFORM_TENANT, role=Role.OPERATOR)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, Any]
    text: str


@dataclass
class Console:
    """Acts as people in a browser."""

    services: Services
    gateway: LocalGateway
    stripe: FakeStripe
    mailer: FakeMailer = field(default_factory=FakeMailer)
    cookies: dict[str, str] = field(default_factory=dict)
    web: FakeWeb = field(default_factory=FakeWeb)

    def get(self, path: str, who: Principal | None = None) -> Answer:
        """Open a page."""
        return self._ask("GET", path, who, b"", {})

    def post(self, path: str, who: Principal, **fields: Any) -> Answer:
        """Send a form from our own page."""
        headers = {"content-type": FORM, "sec-fetch-site": "same-origin"}
        return self._ask("POST", path, who, urlencode(fields, doseq=True).encode(), headers)

    def work(self, *, but: str | None = None) -> None:
        """Do what the outbox asks for until nothing is left, as the queues would; messages of the topic `but` are thrown away."""
        found = self.services
        by_queue = {
            "parts": found.part_work,
            "work": found.general_work,
            "payouts": found.payout_work,
            "plans": by_topic({"planning.plan": found.planning.work}),
            "mail": by_topic({"notices.send": found.notices.sending.send}),
            "probes": probe_work(found),
        }
        while messages := list(OutboxItem.scan(OutboxItem.pk.startswith("outbox#"))):
            for message in messages:
                message.delete()
                if message.topic == but:
                    continue
                by_queue[TOPIC_QUEUES[message.topic]](msgspec.json.encode(Message(topic=message.topic, key=message.key)).decode())

    def member(self, tenant_id: str, role: Role, name: str) -> Principal:
        """Somebody with a role in a tenant."""
        DirectoryStore().add_member(f"{name}@example.com", tenant_id, role)
        return Principal(user_id=f"usr_{name}", email=f"{name}@example.com", tenant_id=tenant_id, role=role)

    def _ask(self, method: str, path: str, who: Principal | None, body: bytes, headers: dict[str, str]) -> Answer:
        if who is not None:
            headers = {**headers, "cookie": f"{SESSION_COOKIE}={self.cookie(who)}"}
        answer = self.gateway.handle_request(method=method, path=path, headers=headers, body=body)
        text = answer["body"].decode() if isinstance(answer["body"], bytes) else answer["body"]
        return Answer(answer["statusCode"], answer["headers"], text)

    def cookie(self, who: Principal) -> str:
        """The session of somebody who has just signed in."""
        if who.email not in self.cookies:
            now = self.services.clock.real_now()
            session = Session(user_id=who.user_id, email=who.email, name=who.user_id, started_at=now)
            self.cookies[who.email] = self.services.web.sessions.open(session)
        return self.cookies[who.email]


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """A brand, its host with an agency, the marketplace's people, and a deal between them as far as it got."""

    console: Console
    brand: Principal
    viewer: Principal
    rival: Principal
    host: Principal
    agency: Principal
    analyst: Principal
    preparer: Principal
    approver: Principal
    brief_id: str

    def terms(self, fee_minor: int = 300_00) -> Terms:
        """A fee, 10 % commission, a fifth of it all for the agency."""
        return Terms(
            currency="GBP",
            timezone="Europe/London",
            return_window_days=14,
            flat_fee=FlatFee(amount_minor=fee_minor),
            rules=(CommissionRule(rule_id="all", tiers=(Tier(from_value=0, rate_basis_points=1_000),)),),
            splits=(Split(payee_id=self.agency.tenant_id, share_basis_points=2_000),),
        )

    def payable(self) -> str:
        """The host has connected payouts; the brief's page, on which it can only then be ranked."""
        accounts = self.console.services.payouts.accounts
        accounts.connect(self.host, "GB")
        self.console.work()
        accounts.observe(str(accounts.mine(self.host).stripe_account))
        return f"/brand/briefs/{self.brief_id}"

    def offer(self, fee_minor: int = 300_00) -> str:
        """An offer for one show."""
        made = self.console.services.contracts.offers.make(
            self.brand,
            brief_id=self.brief_id,
            creator_id=self.host.tenant_id,
            shows=[WantedShow(starts_at=STARTS, minutes=60, title="Winter <table>")],
            terms=self.terms(fee_minor),
            expires_in_hours=48,
        )
        return made.offer_id

    def drafted(self) -> Contract:
        """An accepted offer whose contract waits for signatures."""
        offer_id = self.offer()
        self.console.services.contracts.offers.accept(self.host, offer_id, 1)
        return self.console.services.contracts.draft(offer_id)

    def signed(self) -> Contract:
        """A contract signed by both, with its show open."""
        contract = self.drafted()
        found = self.console.services
        context = SigningContext(authenticated_at=found.clock.real_now(), address="192.0.2.1", user_agent="Browser/1")
        for who in (self.brand, self.host):
            found.contracts.document(who, contract.contract_id, context)
            digest = contract.document_sha256
            found.contracts.sign(
                who, contract.contract_id, document_sha256=digest, typed_name="Somebody Real", consent=True, context=context
            )
        self.console.work()
        return found.contracts.contract(contract.contract_id)

    def sold(self) -> Contract:
        """The show took place and sold two cakestands; a third line has no show, a fourth cannot be read. Returns have closed."""
        contract = self.signed()
        found, show_id = self.console.services, contract.bookings[0].show_id
        self.on_air(show_id)
        found.clock.set(STARTS + timedelta(hours=1))
        found.shows.end(self.brand, show_id)
        self.imported(
            "o-1,1,22423,2011-01-10T19:30:00Z,2,12.75,GBP",
            "o-2,1,22423,2011-01-01T19:30:00Z,1,12.75,GBP",
            "o-3,1,22423,2011-01-10T19:30:00Z,many,12.75,GBP",
        )
        found.clock.set(after(30))
        found.release()
        self.console.work()
        return contract

    def on_air(self, show_id: str) -> None:
        """The show, published with both products and started in time."""
        found = self.console.services
        found.shows.edit(self.brand, show_id, Edit(line_up=found.shows.line_up(self.brand, ["22423", "47566"])))
        found.shows.request_publishing(self.brand, show_id)
        found.clock.set(STARTS)
        found.shows.start(self.brand, show_id)
        self.console.work()

    def imported(self, *rows: str) -> str:
        """A file of the brand's, taken in to the end."""
        found = self.console.services
        body = "\n".join(("order_id,line_id,sku,ordered_at,quantity,unit_price,currency", *rows, "")).encode()
        announced = Announced(
            filename="january.csv", profile="generic", currency="GBP", sha256=hashlib.sha256(body).hexdigest(), size_bytes=len(body)
        )
        upload = found.sales.start_import(self.brand, announced)
        key = f"uploads/{self.brand.tenant_id}/{upload.import_id}"
        boto3.client("s3").put_object(Bucket="test-imports", Key=key, Body=body)
        found.intake.receive(key)
        self.console.work()
        return upload.import_id

    def funded(self) -> Contract:
        """The same, with all that has matured paid for by the brand."""
        contract = self.sold()
        fundings, stripe = self.console.services.payouts.fundings, self.console.stripe
        asked = fundings.request(self.brand, contract.contract_id, FundingKind.BALANCE)
        self.console.work()
        stripe.pay(f"cs_{asked.funding_id}")
        fundings.observe(stripe.checkout(f"cs_{asked.funding_id}"))
        self.console.work()
        return contract


@pytest.fixture
def console(tables: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:  # noqa: ARG001  # the tables must be there
    """Nothing but the operator, on Monday 3 January 2011."""
    with opened(monkeypatch) as nothing_yet:
        yield nothing_yet


@contextmanager
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    """The same for whoever opens more than one; the tables must be there."""
    values = {
        "STAGE": "local",
        "PREFIX": "test-",
        "SITE_URL": SITE,
        **{f"{name.upper()}_BUCKET": f"test-{name}" for name in BUCKETS},
        "USER_POOL_ID": f"{REGION}_test",
        "CLIENT_ID": "client",
        "AUTH_URL": "https://auth.example",
        "SECRETS": "test",
        "MAIL_FROM": "primetime.example",
        "STRIPE_BASE": "http://127.0.0.1:1",
    }
    sqs, s3 = boto3.client("sqs", region_name=REGION), boto3.client("s3", region_name=REGION)
    for name in QUEUES:
        values[f"QUEUE_{name.upper()}"] = sqs.create_queue(QueueName=f"test-{name}")["QueueUrl"]
        sqs.create_queue(QueueName=f"test-{name}-dead")
    for name in BUCKETS:
        s3.create_bucket(Bucket=f"test-{name}", CreateBucketConfiguration={"LocationConstraint": REGION})
    for name, value in values.items():
        monkeypatch.setenv(f"PRIMETIME_{name}", value)
    monkeypatch.setenv("AWS_REGION", REGION)
    settings.cache_clear()
    services.cache_clear()
    found = services()
    stripe = FakeStripe()
    found.__dict__["stripe"] = stripe
    found.__dict__["secrets"] = Secrets(seal_key="seal of the console's tests")
    found.clock.set(BEGIN)
    found.directory.ensure_operator(OPERATOR.email)
    answer_with(found.web.endpoint)
    made = Console(found, LocalGateway(app, Config()), stripe)
    found.notices.sending.mailer = made.mailer
    found.delivery.__dict__["web"] = made.web
    yield made
    settings.cache_clear()
    services.cache_clear()


def tenant(console: Console, kind: TenantKind, role: Role, name: str) -> Principal:
    """An approved tenant with its first member."""
    somebody = Principal(user_id=f"usr_{name}", email=f"{name}@example.com", tenant_id="", role=role)
    opened = console.services.directory.open_tenant(somebody, kind, name.title())
    console.services.directory.approve(OPERATOR, opened.tenant_id)
    return Principal(user_id=somebody.user_id, email=somebody.email, tenant_id=opened.tenant_id, role=role)


@pytest.fixture
def market(console: Console) -> Market:
    """A brand with products and a brief, a host who is free in the evenings, nothing agreed yet."""
    return open_market(console)


def open_market(console: Console) -> Market:
    """The same, wherever the console's services stand."""
    found = console.services
    brand = tenant(console, TenantKind.BRAND, Role.BRAND_OWNER, "kettles")
    agency = tenant(console, TenantKind.AGENCY, Role.AGENCY_MANAGER, "stars")
    host = tenant(console, TenantKind.CREATOR, Role.CREATOR, "nadia")
    profile = Profile(
        creator_id=host.tenant_id,
        name="Nadia Hart",
        timezone="Europe/London",
        categories=("home",),
        languages=("en",),
        markets=("GB",),
        platforms=(PlatformAudience(platform="youtube", audience=50_000),),
        rate_card_minor=300_00,
        agency_id=agency.tenant_id,
    )
    found.directory.save_profile(host, profile)
    evenings = tuple(WeeklyWindow(weekday=day, from_minute=18 * 60, until_minute=22 * 60) for day in range(7))
    found.bookings.save_availability(host, host.tenant_id, Availability(timezone="Europe/London", weekly=evenings))
    goods = (("22423", "Regency cakestand", 12_75), ("47566", "Party bunting", 4_95))
    found.directory.save_products(
        brand,
        [Product(product_id="", sku=sku, title=title, price_minor=minor, currency="GBP", category="home") for sku, title, minor in goods],
    )
    new = NewBrief(
        title="January",
        category="home",
        market="GB",
        language="en",
        platform="youtube",
        minimum_audience=1_000,
        skus=(),
        windows=(BriefWindow(starts_at=STARTS, minutes=60),),
        budget_minor=1_000_00,
        currency="GBP",
        flat_fee_minor=300_00,
        commission_basis_points=1_200,
    )
    return Market(
        console=console,
        brand=brand,
        viewer=console.member(brand.tenant_id, Role.BRAND_VIEWER, "viewer"),
        rival=tenant(console, TenantKind.BRAND, Role.BRAND_OWNER, "mugs"),
        host=host,
        agency=agency,
        analyst=console.member(PLATFORM_TENANT, Role.FINANCE_ANALYST, "analyst"),
        preparer=console.member(PLATFORM_TENANT, Role.FINANCE_PREPARER, "preparer"),
        approver=console.member(PLATFORM_TENANT, Role.FINANCE_APPROVER, "approver"),
        brief_id=found.matching.post_brief(brand, new).brief_id,
    )


def after(days: int) -> datetime:
    """So many days after the show's start."""
    return STARTS + timedelta(days=days)
