"""The composition root: every service is built here, once and when it is first needed, and given what it stands on."""

import functools
import tempfile
from pathlib import Path
from typing import Any

import boto3
import msgspec
from botocore.config import Config

from chalicelib import jobs, workers
from chalicelib.adapters.business_clock import BusinessClock, RealClock
from chalicelib.adapters.dynamo import bind_tables
from chalicelib.adapters.identity import identity_of
from chalicelib.adapters.objects import S3Bucket
from chalicelib.adapters.queues import SqsQueues
from chalicelib.adapters.secrets import Secrets
from chalicelib.adapters.stripe_gateway import StripeApi
from chalicelib.bookings.service import Bookings
from chalicelib.bookings.store import BookingStore
from chalicelib.bridges import deals, endings, hosts, plans, seals, waits
from chalicelib.bridges import features as bridges
from chalicelib.bridges.delivery import DeliveryOfShows
from chalicelib.contracts.offers import Offers
from chalicelib.contracts.service import Contracts
from chalicelib.contracts.store import ContractStore
from chalicelib.directory.service import Directory
from chalicelib.directory.store import DirectoryStore
from chalicelib.endings.service import Endings
from chalicelib.history.service import History
from chalicelib.history.store import HistoryStore
from chalicelib.ledger.service import LedgerService
from chalicelib.ledger.store import LedgerStore
from chalicelib.matching.service import Matching
from chalicelib.matching.store import BriefStore
from chalicelib.notices.service import Notices
from chalicelib.payouts.service import Payouts
from chalicelib.payouts.store import PayoutsStore
from chalicelib.planning.service import Planning
from chalicelib.reconciliation.periods import Periods
from chalicelib.reconciliation.service import Reconciliation
from chalicelib.reconciliation.store import ReconciliationStore
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
from chalicelib.web.kit import Web
from chalicelib.web.render import Renderer
from chalicelib.web.sessions import SessionStore
from chalicelib.web.views.common import chrome


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
    def history(self) -> History:
        """What happened to deals."""
        speaks = lambda *who: self.contracts.offers.demand_spoken_for(*who)  # noqa: E731, PLW0108  # contracts are built on history
        return History(store=HistoryStore(), clock=self.clock, may_speak=speaks)

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
        disk = Path(tempfile.gettempdir(), f"{self.settings.prefix}hosts")
        return hosts.matching(self, functools.partial(Matching, store=BriefStore(), disk=disk), lambda: self._uploads)

    @functools.cached_property
    def contracts(self) -> Contracts:
        """Offers and contracts."""
        store = ContractStore()
        offers = Offers(
            store=store,
            directory=self.directory,
            matching=self.matching,
            bookings=self.bookings,
            history=self.history,
            category_of=lambda brief_id: BriefStore().find(brief_id).category,
            clock=self.clock,
            demand_paid=lambda brand_id: self.payouts.demand_invoices_paid(brand_id),  # noqa: PLW0108  # built on contracts
        )
        return Contracts(
            store=store,
            offers=offers,
            directory=self.directory,
            bookings=self.bookings,
            history=self.history,
            records=self._records,
            renderer=self._renderer,
            seal=lambda: seals.seal(self.secrets.seal_key),
            site=self.settings.site_url,
            clock=self.clock,
        )

    @functools.cached_property
    def deals(self) -> deals.Deals:
        """What comes before an offer, and what helps to make one."""
        return deals.Deals(self)

    @functools.cached_property
    def planning(self) -> Planning:
        """Plans of months and seasons."""
        return plans.planning(self, self._records)

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
            bookings=bridges.MovedBookings(self.bookings, self.history),
            publisher=publisher,
            clock=self.clock,
        )

    @functools.cached_property
    def delivery(self) -> DeliveryOfShows:
        """What was delivered at shows, and when they are."""
        return DeliveryOfShows(self, self._records)

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
            names=lambda tenant_id: self.directory.tenant(tenant_id).name,
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
    def endings(self) -> Endings:
        """How shows end otherwise than as planned."""
        return endings.endings(self)

    @functools.cached_property
    def notices(self) -> Notices:
        """What waits, and who is told."""
        return waits.notices(self, self._renderer, self.settings)

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
        return Web(
            endpoint=endpoint, sessions=sessions, identity=identity_of(self.settings), clock=self.clock, site_url=self.settings.site_url
        )

    def import_work(self, body: str) -> None:
        """A message of the imports queue."""
        jobs.import_work(self, body)

    @property
    def part_work(self) -> workers.Work:
        """The parts queue."""
        return jobs.part_work(self)

    @property
    def general_work(self) -> workers.Work:
        """The work queue."""
        return jobs.general_work(self)

    @property
    def payout_work(self) -> workers.Work:
        """The payouts queue: all that reaches Stripe."""
        return jobs.payout_work(self)

    def release(self) -> None:
        """What time itself changes."""
        jobs.release(self)

    def tick(self) -> None:
        """Each minute: the same, and what was left behind."""
        jobs.tick(self)

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

    def _client(self, name: str) -> Any:  # noqa: ANN401  # boto3 has no types
        return boto3.client(name, region_name=self.settings.region)


@functools.cache
def services() -> Services:
    """The services of this process."""
    return Services(settings())
