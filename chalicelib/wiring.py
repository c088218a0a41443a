"""The composition root: every service is built here, once and when it is first needed, and given what it stands on."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
import msgspec
from botocore.config import Config

from chalicelib import workers
from chalicelib.adapters.business_clock import BusinessClock, RealClock
from chalicelib.adapters.dynamo import bind_tables
from chalicelib.adapters.identity import CognitoIdentity
from chalicelib.adapters.objects import S3Bucket
from chalicelib.adapters.queues import SqsQueues
from chalicelib.adapters.secrets import Secrets
from chalicelib.adapters.stripe_gateway import StripeApi
from chalicelib.bookings.service import Bookings
from chalicelib.bookings.states import Move, State
from chalicelib.bookings.store import BookingStore
from chalicelib.bridges import features as bridges
from chalicelib.bridges import hosts
from chalicelib.contracts.offers import Offers
from chalicelib.contracts.service import Contracts
from chalicelib.contracts.store import ContractStore
from chalicelib.directory.service import Directory
from chalicelib.directory.store import DirectoryStore
from chalicelib.ledger.service import LedgerService
from chalicelib.ledger.store import LedgerStore
from chalicelib.matching.service import Matching
from chalicelib.matching.store import BriefStore
from chalicelib.payouts.service import Payouts
from chalicelib.payouts.store import PayoutsStore
from chalicelib.reconciliation.periods import Periods
from chalicelib.reconciliation.service import Reconciliation
from chalicelib.reconciliation.store import ReconciliationStore
from chalicelib.reconciliation.stripe_reports import of_upload
from chalicelib.sales.evidence import SalesEvidence
from chalicelib.sales.files import SalesFiles
from chalicelib.sales.follow_up import FollowUp
from chalicelib.sales.intake import Intake
from chalicelib.sales.service import Sales
from chalicelib.sales.store import ImportStore, LineStore
from chalicelib.settings import Settings, settings
from chalicelib.shows.publishing import Publisher
from chalicelib.shows.service import Shows
from chalicelib.shows.store import ShowStore
from chalicelib.web.assets import asset
from chalicelib.web.endpoint import Endpoint
from chalicelib.web.idempotency import Idempotency
from chalicelib.web.render import Renderer
from chalicelib.web.routes import Declared
from chalicelib.web.sessions import SessionStore
from chalicelib.web.views.common import chrome

_declared: list[Declared] = []


def declare(routes: Sequence[Declared]) -> None:
    """Tell which routes there are; app.py does."""
    _declared[:] = routes


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """What the web layer's own views use."""

    endpoint: Endpoint
    sessions: SessionStore
    identity: CognitoIdentity
    clock: BusinessClock
    site_url: str

    def declared(self) -> Sequence[Declared]:
        """All routes of the app."""
        return tuple(_declared)


class Services:
    """Everything, each built when first asked for: a worker does not pay for what it does not use."""

    def __init__(self, configured: Settings) -> None:
        """Binds the tables; nothing else happens yet."""
        self.settings = configured
        bind_tables(configured.prefix, configured.region)

    @functools.cached_property
    def clock(self) -> BusinessClock:
        """Business time, which a local stage may move."""
        return BusinessClock() if self.settings.is_local else RealClock()

    @functools.cached_property
    def secrets(self) -> Secrets:
        """Read once a process, by the functions that may."""
        client = self._client("secretsmanager")
        return msgspec.json.decode(client.get_secret_value(SecretId=self.settings.secrets_name)["SecretString"], type=Secrets)

    @functools.cached_property
    def queues(self) -> SqsQueues:
        """Our queues."""
        return SqsQueues(self._client("sqs"), self.settings.queue_urls)

    @functools.cached_property
    def directory(self) -> Directory:
        """Tenants, members, hosts, products."""
        return Directory(store=DirectoryStore(), clock=self.clock)

    @functools.cached_property
    def bookings(self) -> Bookings:
        """Host time."""
        return Bookings(store=BookingStore(), directory=self.directory, clock=self.clock)

    @functools.cached_property
    def matching(self) -> Matching:
        """Briefs and matches."""
        return hosts.matching(self, functools.partial(Matching, store=BriefStore()))

    @functools.cached_property
    def contracts(self) -> Contracts:
        """Offers and contracts."""
        store = ContractStore()
        offers = Offers(
            store=store,
            directory=self.directory,
            matching=self.matching,
            bookings=self.bookings,
            clock=self.clock,
            demand_paid=lambda brand_id: self.payouts.demand_invoices_paid(brand_id),  # noqa: PLW0108  # built on contracts
        )
        return Contracts(
            store=store,
            offers=offers,
            directory=self.directory,
            bookings=self.bookings,
            records=self._records,
            renderer=self._renderer,
            clock=self.clock,
        )

    @functools.cached_property
    def shows(self) -> Shows:
        """Shows and their pages."""
        store = ShowStore()
        pages = S3Bucket(self._client("s3"), self.settings.pages_bucket)
        publisher = Publisher(store=store, pages=pages, renderer=self._renderer, clock=self.clock, site_url=self.settings.site_url)
        return Shows(
            store=store,
            contracts=self.contracts,
            directory=self.directory,
            bookings=bridges.MovedBookings(self.bookings),
            publisher=publisher,
            clock=self.clock,
        )

    @functools.cached_property
    def sales(self) -> Sales:
        """Imports and feeds, as people see them."""
        return Sales(imports=ImportStore(), lines=LineStore(), files=self._sales_files, clock=self.clock)

    @functools.cached_property
    def intake(self) -> Intake:
        """Imports, as workers do them."""
        windows = bridges.ShowWindows(self.shows, self.contracts)
        return Intake(imports=ImportStore(), lines=LineStore(), files=self._sales_files, shows=windows, clock=self.clock)

    @functools.cached_property
    def imports_follow_up(self) -> FollowUp:
        """Imports that stand still."""
        return FollowUp(imports=ImportStore(), files=self._sales_files, clock=self.clock)

    @functools.cached_property
    def ledger(self) -> LedgerService:
        """The books."""
        return LedgerService(store=LedgerStore(), clock=self.clock, periods=Periods(ReconciliationStore()))

    @functools.cached_property
    def payouts(self) -> Payouts:
        """Earnings, funding, settlements, transfers."""
        return Payouts(
            store=PayoutsStore(),
            ledger=self.ledger,
            records=self._records,
            contracts=bridges.MoneyOfContracts(self.contracts),
            shows=bridges.FactsOfShows(self.shows, self.contracts),
            sales=bridges.SalesOfShows(self.sales, self.shows, self.directory),
            gateway=self.stripe,
            clock=self.clock,
            base_url=self.settings.site_url,
            webhook_secrets=bridges.LazyTexts(lambda: self.secrets.webhook_secrets),
            livemode=self.settings.stripe_live,
        )

    @functools.cached_property
    def stripe(self) -> Any:  # noqa: ANN401  # it stands for a `StripeGateway` that is not there yet
        """Stripe, reached only when called, and only by the function that may read its key."""
        return bridges.LazyObject(lambda: StripeApi(self.secrets.stripe_api_key, base_address=self.settings.stripe_base))

    @functools.cached_property
    def reconciliation(self) -> Reconciliation:
        """Reports, periods, exports."""
        evidence = SalesEvidence(imports=ImportStore(), lines=LineStore(), files=self._sales_files, clock=self.clock)
        return Reconciliation(
            store=ReconciliationStore(),
            ledger=self.ledger,
            payouts=self.payouts,
            sales=evidence,
            stripe=self.stripe,
            uploads=self._uploads,
            records=self._records,
            directory=self.directory,
            clock=self.clock,
        )

    @functools.cached_property
    def web(self) -> Web:
        """Sign-in, sessions, endpoint."""
        sessions = SessionStore(self.clock)
        endpoint = Endpoint(
            sessions=sessions,
            memberships=self.directory,
            idempotency=Idempotency(self.clock),
            renderer=self._renderer,
            site_url=self.settings.site_url,
            upload_origin=self._uploads.origin(),
        )
        return Web(endpoint=endpoint, sessions=sessions, identity=self._identity, clock=self.clock, site_url=self.settings.site_url)

    def import_work(self, body: str) -> None:
        """A message of the imports queue: a bucket notification, of a sales file or of one of Stripe's reports."""
        for key in workers.uploaded_keys(body):
            report_id = of_upload(key)
            if report_id is None:
                self.intake.receive(key)
            else:
                self.reconciliation.reports.arrived(report_id)

    @property
    def part_work(self) -> workers.Work:
        """The parts queue."""
        return workers.by_topic({"sales.part": self.intake.store_part})

    @property
    def general_work(self) -> workers.Work:
        """The work queue."""
        table: Mapping[str, workers.Work] = {
            "sales.link": self.intake.link,
            "sales.attribute": lambda key: self.intake.attribute_anew(*self.shows.span(key)),
            "sales.fold": self._fold,
            "earnings.accrue": lambda key: _ignored(self.payouts.accruals.accrue(key)),
            "offer.accepted": lambda key: _ignored(self.contracts.draft(key)),
            "contract.signed": self._contract_signed,
            "contract.amended": lambda key: _ignored(self.payouts.accruals.accrue(key)),
            "contract.funded": self._contract_funded,
            "show.publish": lambda key: self.shows.publish(key),  # noqa: PLW0108  # built for its own topic only
            "clock.advanced": lambda _: self.release(),
            "matching.learn": lambda _: _ignored(self.matching.learn()),
            "tax_invoices.issue": lambda key: self.payouts.tax_invoices.issue(key),  # noqa: PLW0108  # built for its own topic only
            "tax_invoices.make_out": lambda key: self.payouts.tax_invoices.make_out(key),  # noqa: PLW0108  # likewise
            "stripe_report.take_in": lambda key: self.reconciliation.reports.take_in(key),  # noqa: PLW0108  # likewise
            "reconciliation.compare": lambda key: self.reconciliation.compare(key),  # noqa: PLW0108  # likewise
        }
        return workers.by_topic(table)

    @property
    def payout_work(self) -> workers.Work:
        """The payouts queue: all that reaches Stripe."""
        payouts = self.payouts
        table: Mapping[str, workers.Work] = {
            "payee.connect": lambda key: _ignored(payouts.accounts.open_account(key)),
            "deposit.checkout": lambda key: _ignored(payouts.fundings.create_checkout(key)),
            "deposit.look_up": lambda key: _ignored(payouts.fundings.look_up(key)),
            "settlement.send": lambda key: _ignored(payouts.transfers.send(key)),
            "prepaid.refund": lambda key: _ignored(payouts.refunds.send(key)),
            "stripe.event": lambda key: _ignored(self.reconciliation.payee_payouts.observe(payouts.webhooks.process(key))),
            "reconciliation.snapshot": self.reconciliation.snapshot,
        }
        return workers.by_topic(table)

    def release(self) -> None:
        """What time itself changes: returns that closed, offers that expired, contracts nobody signed."""
        self.payouts.accruals.release()
        self.contracts.end_silence()
        self.payouts.invoices.remind()

    def tick(self) -> None:
        """Each minute: the same, and what was left behind."""
        workers.each_step(
            lambda: workers.redrive_outbox(self.queues, self.clock),
            self.imports_follow_up.pick_up,
            self.release,
            lambda: self.payouts.transfers.follow_up(),  # noqa: PLW0108  # what fails to be built fails as a step
            lambda: self.payouts.fundings.follow_up(),  # noqa: PLW0108  # likewise
            lambda: self.matching.ask_to_learn(),  # noqa: PLW0108  # likewise
            lambda: self.reconciliation.nightly(),  # noqa: PLW0108  # likewise
            lambda: self.payouts.refunds.follow_up(),  # noqa: PLW0108  # likewise
        )

    def _fold(self, show_id: str) -> None:
        """A show's sales changed: its contract is accrued anew from all facts, buckets included."""
        self.payouts.accruals.accrue(self.shows.show(show_id).contract_id)

    def _contract_signed(self, contract_id: str) -> None:
        self.shows.open_for(contract_id)
        self.payouts.accruals.accrue(contract_id)

    def _contract_funded(self, contract_id: str) -> None:
        """The deposit came; a show that has begun without it stays as it is."""
        for booked in self.contracts.contract(contract_id).bookings:
            if self.bookings.booking(booked.booking_id).state is State.CONTRACTED:
                self.bookings.move(booked.booking_id, Move.FUND)

    @functools.cached_property
    def _renderer(self) -> Renderer:
        return Renderer({"asset": asset, "site_url": self.settings.site_url, "stage": self.settings.stage, "chrome": chrome})

    @functools.cached_property
    def _records(self) -> S3Bucket:
        return S3Bucket(self._s3, self.settings.records_bucket)

    @functools.cached_property
    def _sales_files(self) -> SalesFiles:
        return SalesFiles(uploads=self._uploads, records=self._records)

    @functools.cached_property
    def _uploads(self) -> S3Bucket:
        return S3Bucket(self._s3, self.settings.imports_bucket)

    @functools.cached_property
    def _s3(self) -> Any:  # noqa: ANN401  # boto3 has no types
        """Browsers are sent to its buckets, so by the bucket's regional name: the global one redirects while a bucket is new."""
        style = None if self.settings.is_local else Config(s3={"addressing_style": "virtual"})
        return boto3.client("s3", region_name=self.settings.region, config=style)

    @functools.cached_property
    def _identity(self) -> CognitoIdentity:
        configured = self.settings
        issuer = f"https://cognito-idp.{configured.region}.amazonaws.com/{configured.user_pool_id}"
        keys_base = f"{configured.auth_url}/{configured.user_pool_id}" if configured.is_local else issuer
        return CognitoIdentity(
            auth_url=configured.auth_url,
            client_id=configured.client_id,
            callback_url=f"{configured.site_url}/auth/callback",
            issuer=issuer,
            keys_url=f"{keys_base}/.well-known/jwks.json",
        )

    def _client(self, name: str) -> Any:  # noqa: ANN401  # boto3 has no types
        return boto3.client(name, region_name=self.settings.region)


@functools.cache
def services() -> Services:
    """The services of this process."""
    return Services(settings())


def _ignored(_: object) -> None:
    """A worker's answer goes nowhere."""
