"""Paying out, put together: what HTTP views, workers and later features call."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable

import msgspec

from chalicelib.adapters.objects import ObjectStore
from chalicelib.core.access import PLATFORM_TENANT, Principal
from chalicelib.core.clock import Clock
from chalicelib.ledger.audit import ContractPosition, Finding, TakenBySettlement
from chalicelib.ledger.service import LedgerService
from chalicelib.payouts.account_store import AccountStore
from chalicelib.payouts.accrual import Accruals, Computed
from chalicelib.payouts.chargebacks import Chargebacks
from chalicelib.payouts.earnings import Bucket
from chalicelib.payouts.fundings import Fundings
from chalicelib.payouts.invoice_store import InvoiceStore
from chalicelib.payouts.invoices import Invoices
from chalicelib.payouts.lapses import Lapses
from chalicelib.payouts.money_of_deals import MoneyOfDeals
from chalicelib.payouts.payees import Payees
from chalicelib.payouts.payout_accounts import PayoutAccounts
from chalicelib.payouts.ports import ContractFacts, SalesFacts, ShowFactsSource
from chalicelib.payouts.prepaid_refunds import RefundsOfPrepaid
from chalicelib.payouts.records import Accrual, Manifest, NoStatement, StatementRecord
from chalicelib.payouts.refund_store import ChargebackStore, RefundStore
from chalicelib.payouts.reversals import Reversals
from chalicelib.payouts.rules.manifests import contract_drifts
from chalicelib.payouts.rules.positions import ContractEarnings, Funds, matured_by_payee, positions
from chalicelib.payouts.rules.prepaid_refunds import RefundOfPrepaid
from chalicelib.payouts.rules.settlements import LIVE, Settlement
from chalicelib.payouts.settlements import Settlements
from chalicelib.payouts.statement import StatementView, view_of
from chalicelib.payouts.store import PayoutsStore
from chalicelib.payouts.stripe_port import StripeGateway
from chalicelib.payouts.tax_invoice_store import TaxInvoiceStore
from chalicelib.payouts.tax_invoices import TaxInvoices
from chalicelib.payouts.transfers import Transfers
from chalicelib.payouts.webhooks import Webhooks

DOWNLOAD_SECONDS = 300


class Payouts:
    """The parts, each with its own use cases, and what looks across them."""

    def __init__(  # noqa: PLR0913  # the ports of the feature, each once
        self,
        *,
        store: PayoutsStore,
        ledger: LedgerService,
        records: ObjectStore,
        contracts: ContractFacts,
        shows: ShowFactsSource,
        sales: SalesFacts,
        gateway: StripeGateway,
        clock: Clock,
        base_url: str,
        webhook_secrets: Iterable[str],
        livemode: bool,
        names: Callable[[str], str],
    ) -> None:
        """`gateway` is used by workers only; views of the web never call Stripe. `names` says what others see of a tenant."""
        self._store = store
        self._ledger = ledger
        self._records = records
        self.payees = Payees(store=store, ledger=ledger, contracts=contracts)
        self.invoices = Invoices(store=InvoiceStore(), clock=clock)
        self.accruals = Accruals(
            store=store,
            ledger=ledger,
            records=records,
            contracts=contracts,
            shows=shows,
            sales=sales,
            clock=clock,
            invoices=self.invoices,
        )
        self.fundings = Fundings(
            store=store,
            ledger=ledger,
            accruals=self.accruals,
            contracts=contracts,
            shows=shows,
            gateway=gateway,
            clock=clock,
            base_url=base_url,
        )
        self.tax_invoices = TaxInvoices(
            store=TaxInvoiceStore(), accruals=self.accruals, records=records, contracts=self.booked_contracts, names=names, clock=clock
        )
        self.refunds = RefundsOfPrepaid(
            store=store,
            refunds=RefundStore(),
            ledger=ledger,
            accruals=self.accruals,
            contracts=contracts,
            gateway=gateway,
            clock=clock,
        )
        self.chargebacks = Chargebacks(
            store=store, chargebacks=ChargebackStore(), ledger=ledger, contracts=contracts, gateway=gateway, clock=clock
        )
        payees = AccountStore()
        self.money_of_deals = MoneyOfDeals(store=store, accounts=payees, invoices=InvoiceStore(), refunds=RefundStore(), shows=shows)
        self.accounts = PayoutAccounts(store=payees, gateway=gateway, clock=clock, base_url=base_url)
        self.settlements = Settlements(store=store, accounts_=payees, ledger=ledger, records=records, clock=clock)
        self.reversals = Reversals(store=store, ledger=ledger, gateway=gateway, clock=clock)
        self.lapses = Lapses(store=store, settlements=self.settlements, refunds=self.refunds, clock=clock)
        self.transfers = Transfers(
            store=store,
            accounts_=payees,
            ledger=ledger,
            settlements=self.settlements,
            reversals=self.reversals,
            gateway=gateway,
            clock=clock,
        )
        self.webhooks = Webhooks(
            store=store,
            gateway=gateway,
            fundings=self.fundings,
            refunds=self.refunds,
            chargebacks=self.chargebacks,
            accounts=self.accounts,
            transfers=self.transfers,
            clock=clock,
            secrets=webhook_secrets,
            livemode=livemode,
        )

    def demand_invoices_paid(self, brand_id: str) -> None:
        """Raises `InvoiceOverdue` while the brand has an invoice that is unpaid for too long."""
        self.invoices.demand_paid(brand_id, self.fundings.unfunded)

    def refunds_to_approve(self) -> list[RefundOfPrepaid]:
        """Refunds of prepaid money that wait for a second person, oldest first; for finance."""
        return RefundStore().to_approve()

    def statement(self, principal: Principal, contract_id: str) -> StatementView:
        """The latest statement that was booked; payees see their own shares only. Raises `NoStatement` to others."""
        accrual = self._store.accrual(contract_id)
        if accrual is None or principal.tenant_id not in {PLATFORM_TENANT, accrual.brand_id, *accrual.payees}:
            raise NoStatement("There is no statement yet: nothing has been earned under this contract.")
        payee = principal.tenant_id if principal.tenant_id in accrual.payees else None
        return view_of(self.statement_record(accrual), accrual, payee_id=payee)

    def statement_pdf(self, principal: Principal, contract_id: str) -> str:
        """The address to download the same statement from as a PDF, for five minutes. Raises `NoStatement` to others."""
        from chalicelib.payouts.statement_pdf import to_pdf  # noqa: PLC0415  # slow to import: only where a PDF is made

        view = self.statement(principal, contract_id)
        body = to_pdf(view)
        key = f"statements/{contract_id}/{view.sequence:08}-{hashlib.sha256(body).hexdigest()}.pdf"
        self._records.put(key, body, "application/pdf")
        return self._records.download_url(key, f"statement-{contract_id}-{view.sequence}.pdf", DOWNLOAD_SECONDS)

    def statement_record(self, accrual: Accrual) -> StatementRecord:
        """The statement that an accrual booked, with its buckets."""
        return msgspec.json.decode(self._records.get(accrual.statement_key).body, type=StatementRecord)

    def manifest(self, settlement: Settlement) -> Manifest:
        """Why a settlement is as large as it is."""
        return msgspec.json.decode(self._records.get(settlement.manifest_key).body, type=Manifest)

    def booked_contracts(self) -> list[Accrual]:
        """Every contract that has booked anything, by id."""
        return sorted(self._store.every_accrual(), key=lambda accrual: accrual.contract_id)

    def every_settlement(self) -> list[Settlement]:
        """Every settlement, by id; for reconciliation."""
        return sorted(self._store.every_settlement(), key=lambda settlement: settlement.settlement_id)

    def positions(self) -> list[ContractPosition]:
        """Where each contract's money should stand, recomputed from lines and facts as of its last accrual, as if nothing were funded."""
        return positions_of(self._recomputed())

    def audit(self) -> dict[str, list[Finding]]:
        """All invariants of the ledger, with settlements and with earnings recomputed from lines and facts."""
        settlements = self.every_settlement()
        taken = [
            TakenBySettlement(settlement_id=s.settlement_id, payee_id=s.payee_id, currency=s.currency, amount_minor=s.amount_minor)
            for s in settlements
            if s.state in LIVE
        ]
        matured: defaultdict[tuple[str, str], int] = defaultdict(int)
        computed = self._computed()
        recomputed = [each.earned for each in computed.values()]
        for earned in recomputed:
            for payee, minor in matured_by_payee(earned).items():
                matured[payee, earned.currency] += minor
        findings = self._ledger.audit(settlements=taken, matured=dict(matured), positions=positions_of(recomputed))
        findings["2 buckets are the fold of their lines"] = [
            finding for contract_id, each in computed.items() for finding in self._bucket_findings(contract_id, each)
        ]
        findings["4 settlements are what their manifests say"] = [f for s in settlements for f in manifest_findings(s, self.manifest(s))]
        return dict(sorted(findings.items()))

    def _recomputed(self) -> list[ContractEarnings]:
        """The earnings of each contract as of its last accrual."""
        return [each.earned for each in self._computed().values()]

    def _computed(self) -> dict[str, Computed]:
        """Each contract computed anew from its lines and facts as of its last accrual."""
        return {booked.contract_id: self.accruals.computed(booked.contract_id, booked.as_of) for booked in self.booked_contracts()}

    def _bucket_findings(self, contract_id: str, computed: Computed) -> list[Finding]:
        """2: the buckets that were kept with the statement are what its lines fold to."""
        accrual = self._store.accrual(contract_id)
        kept = {_bucket_key(each): each for each in self.statement_record(accrual).buckets} if accrual else {}
        folded = {_bucket_key(each): each for each in computed.buckets}
        return [
            Finding(
                invariant="2",
                subject=" ".join((contract_id, *key)),
                currency=computed.earned.currency,
                drift_minor=_kept_minor(kept.get(key)) - _kept_minor(folded.get(key)),
                message="a bucket is not the fold of its lines",
            )
            for key in sorted(kept.keys() | folded.keys())
            if kept.get(key) != folded.get(key)
        ]


def _bucket_key(bucket: Bucket) -> tuple[str, str, str]:
    return bucket.show_id, bucket.rule_id or "", bucket.order_day.isoformat()


def _kept_minor(bucket: Bucket | None) -> int:
    return bucket.base_kept_minor if bucket else 0


def manifest_findings(settlement: Settlement, manifest: Manifest) -> list[Finding]:
    """4: opening + lines = amount + carried, and the amount is the settlement's."""
    drifts = (
        manifest.opening_minor + sum(line.amount_minor for line in manifest.lines) - manifest.amount_minor - manifest.carried_minor,
        settlement.amount_minor - manifest.amount_minor,
        *contract_drifts(manifest),
    )
    return [
        Finding(
            invariant="4",
            subject=settlement.settlement_id,
            currency=settlement.currency,
            drift_minor=drift,
            message=f"{settlement.settlement_id}: its manifest does not add up to it ({drift:+d} minor units of {settlement.currency}).",
        )
        for drift in drifts
        if drift
    ]


def positions_of(contracts: Iterable[ContractEarnings]) -> list[ContractPosition]:
    """Where each contract's money should stand, as if nothing were funded."""
    return [
        ContractPosition(contract_id=earned.contract_id, account=account, currency=earned.currency, minor=money.minor)
        for earned in contracts
        for account, money in positions(earned, Funds(received_minor=0, locked_minor={})).items()
    ]
