"""The money's part of the JSON API, and Stripe's webhook."""

from typing import Annotated

import msgspec

from chalicelib.core.access import PLATFORM_TENANT, Action
from chalicelib.core.errors import Invalid
from chalicelib.ledger.audit import Finding
from chalicelib.payouts.payees import EarningsView
from chalicelib.payouts.records import Manifest, PayoutAccount, PayoutsAtStripe
from chalicelib.payouts.rules.chargebacks import Chargeback
from chalicelib.payouts.rules.funding import Funding, FundingKind
from chalicelib.payouts.rules.invoices import Invoice
from chalicelib.payouts.rules.prepaid_refunds import RefundOfPrepaid
from chalicelib.payouts.rules.settlements import Settlement
from chalicelib.payouts.rules.tax_invoices import TaxInvoice
from chalicelib.payouts.settlements import SettlementRun
from chalicelib.payouts.statement import StatementView, to_csv
from chalicelib.payouts.statement_html import STYLE, to_html
from chalicelib.payouts.tax_invoice_documents import to_html as tax_invoice_html
from chalicelib.web.routes import Call, NoBody, Redirect, Routes, TextFile
from chalicelib.wiring import services

routes = Routes(__name__)

Currency = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$")]
Country = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$")]
Period = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}$")]
Reason = Annotated[str, msgspec.Meta(min_length=3, max_length=500)]


class UnknownFormat(Invalid):
    """A statement comes as JSON, CSV, HTML or PDF, an invoice as JSON, HTML or PDF."""


class NewFunding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which payment to ask for; the amount follows from the contract."""

    kind: FundingKind


class NewRefund(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why unused prepaid money goes back; without an amount (minor units) all that is unused."""

    reason: Reason
    amount_minor: Annotated[int, msgspec.Meta(ge=1)] | None = None


class CallOff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a refund, settlement or reversal is not to be made after all."""

    reason: Reason


class NewPayoutAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the payee banks: an ISO 3166 country code."""

    country: Country = "GB"


class NewSettlements(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A run is of one currency."""

    currency: Currency


class NewReversal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a transfer is to be taken back; without an amount (minor units) all that is left of it."""

    reason: Reason
    amount_minor: Annotated[int, msgspec.Meta(ge=1)] | None = None


class NewTaxInvoices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For which month."""

    period: Period


class SettlementDetail(msgspec.Struct, frozen=True):
    """A settlement with the reasons for its amount."""

    settlement: Settlement
    manifest: Manifest


class AuditCheck(msgspec.Struct, frozen=True):
    """One invariant: passed when there are no findings."""

    name: str
    passed: bool
    findings: list[Finding]


@routes.api("GET", "/api/v1/earnings", action=Action.SEE_EARNINGS)
def get_earnings(call: Call[None]) -> EarningsView:
    """Pending, payable, in transit and paid, in all and contract by contract."""
    return services().payouts.payees.earnings(call.principal)


@routes.api("GET", "/api/v1/contracts/{contract_id}/statement", action=Action.SEE_EARNINGS)
def get_statement(call: Call[None], contract_id: str) -> StatementView | TextFile | Redirect:
    """The latest statement; ``?format=csv`` or ``?format=pdf`` to download, ``?format=html`` to read."""
    format_ = call.query.get("format", "json")
    if format_ == "pdf":
        return Redirect(path=services().payouts.statement_pdf(call.principal, contract_id), external=True)
    view = services().payouts.statement(call.principal, contract_id)
    match format_:
        case "json":
            return view
        case "csv":
            return TextFile(content_type="text/csv; charset=utf-8", body=to_csv(view), filename=f"statement-{contract_id}.csv")
        case "html":
            return TextFile(content_type="text/html; charset=utf-8", body=to_html(view), style=STYLE)
        case _:
            raise UnknownFormat("A statement comes as json, csv, html or pdf.")


@routes.api("POST", "/api/v1/contracts/{contract_id}/fundings", action=Action.FUND, body=NewFunding, status=201)
def request_funding(call: Call[NewFunding], contract_id: str) -> Funding:
    """Ask for a deposit or a balance invoice; the page to pay at appears on it shortly after."""
    return services().payouts.fundings.request(call.principal, contract_id, call.body.kind)


@routes.api("GET", "/api/v1/invoices", action=Action.SEE_INVOICES)
def list_invoices(call: Call[None]) -> list[Invoice]:
    """Unpaid invoices with their reminders, the longest due first: all for finance, else one's own."""
    return services().payouts.invoices.listed(call.principal)


@routes.api("GET", "/api/v1/fundings/{funding_id}", action=Action.FUND)
def get_funding(call: Call[None], funding_id: str) -> Funding:
    """A payment with its state and, while it is open, the page to pay at."""
    return services().payouts.fundings.get(call.principal, funding_id)


@routes.api("POST", "/api/v1/contracts/{contract_id}/refunds", action=Action.PREPARE_REFUND, body=NewRefund, status=201)
def prepare_refund(call: Call[NewRefund], contract_id: str) -> RefundOfPrepaid:
    """Reserve unused prepaid money for its way back to the brand; after the last show's close only."""
    refunds, asked = services().payouts.refunds, call.body
    return refunds.prepare(call.principal, contract_id, asked.reason, asked.amount_minor, request_id=call.new_id("ask"))


@routes.api("GET", "/api/v1/contracts/{contract_id}/refunds", action=Action.SEE_REFUNDS)
def list_refunds(call: Call[None], contract_id: str) -> list[RefundOfPrepaid]:
    """A contract's refunds of prepaid money, oldest first."""
    return services().payouts.refunds.of_contract(call.principal, contract_id)


@routes.api("GET", "/api/v1/contracts/{contract_id}/chargebacks", action=Action.SEE_REFUNDS)
def list_chargebacks(call: Call[None], contract_id: str) -> list[Chargeback]:
    """Payments for a contract that the brand's bank took back, with how it ended."""
    return services().payouts.chargebacks.of_contract(call.principal, contract_id)


@routes.api("GET", "/api/v1/refunds/{refund_id}", action=Action.SEE_REFUNDS)
def get_refund(call: Call[None], refund_id: str) -> RefundOfPrepaid:
    """A refund with its parts, one for each charge."""
    return services().payouts.refunds.get(call.principal, refund_id)


@routes.api("POST", "/api/v1/refunds/{refund_id}/approve", action=Action.APPROVE_REFUND, body=NoBody)
def approve_refund(call: Call[NoBody], refund_id: str) -> RefundOfPrepaid:
    """A second person's yes; the worker then refunds the charges."""
    return services().payouts.refunds.approve(call.principal, refund_id)


@routes.api("POST", "/api/v1/refunds/{refund_id}/void", action=Action.APPROVE_REFUND, body=CallOff)
def void_refund(call: Call[CallOff], refund_id: str) -> RefundOfPrepaid:
    """Call a refund off that is not approved yet; the money is the contract's again."""
    return services().payouts.refunds.void(refund_id, call.body.reason)


@routes.api("POST", "/api/v1/payout-account", action=Action.CONNECT_PAYOUTS, body=NewPayoutAccount, status=201)
def connect_payouts(call: Call[NewPayoutAccount]) -> PayoutAccount:
    """Connect payouts with Stripe, or ask for a fresh link to do so."""
    return services().payouts.accounts.connect(call.principal, call.body.country)


@routes.api("GET", "/api/v1/payout-account", action=Action.CONNECT_PAYOUTS)
def get_payout_account(call: Call[None]) -> PayoutAccount:
    """The account as Stripe last described it."""
    return services().payouts.accounts.mine(call.principal)


@routes.api("GET", "/api/v1/payout-account/payouts", action=Action.CONNECT_PAYOUTS)
def list_payouts_at_stripe(call: Call[None]) -> PayoutsAtStripe:
    """What Stripe pays from the caller's account to their bank, newest first, as last seen."""
    return services().payouts.accounts.payouts(call.principal)


@routes.api("POST", "/api/v1/settlements", action=Action.PREPARE_SETTLEMENT, body=NewSettlements, status=201)
def prepare_settlements(call: Call[NewSettlements]) -> SettlementRun:
    """Take what is payable to each payee in a currency; who gets nothing is listed with the reason."""
    return services().payouts.settlements.prepare(call.principal, call.body.currency)


@routes.api("GET", "/api/v1/settlements", action=Action.SEE_SETTLEMENTS)
def list_settlements(call: Call[None]) -> list[Settlement]:
    """The newest settlements: all for finance, one's own for payees."""
    return services().payouts.settlements.listed(call.principal)


@routes.api("GET", "/api/v1/settlements/{settlement_id}", action=Action.SEE_SETTLEMENTS)
def get_settlement(call: Call[None], settlement_id: str) -> SettlementDetail:
    """A settlement with its manifest."""
    payouts = services().payouts
    settlement = payouts.settlements.get(call.principal, settlement_id)
    return SettlementDetail(settlement=settlement, manifest=payouts.manifest(settlement))


@routes.api("POST", "/api/v1/settlements/{settlement_id}/approve", action=Action.APPROVE_SETTLEMENT, body=NoBody)
def approve_settlement(call: Call[NoBody], settlement_id: str) -> Settlement:
    """A second person's yes."""
    return services().payouts.settlements.approve(call.principal, settlement_id)


@routes.api("POST", "/api/v1/settlements/{settlement_id}/void", action=Action.VOID_SETTLEMENT, body=CallOff)
def void_settlement(call: Call[CallOff], settlement_id: str) -> Settlement:
    """Give the money back to payable as long as nothing was sent."""
    return services().payouts.settlements.void(call.principal, settlement_id, call.body.reason)


@routes.api("POST", "/api/v1/settlements/{settlement_id}/reversals", action=Action.PROPOSE_REVERSAL, body=NewReversal, status=201)
def propose_reversal(call: Call[NewReversal], settlement_id: str) -> Settlement:
    """Ask for a transfer, or a part of it, to be taken back: the exception where a debt cannot wait to be netted."""
    return services().payouts.reversals.propose(call.principal, settlement_id, call.body.reason, call.body.amount_minor)


@routes.api("POST", "/api/v1/settlements/{settlement_id}/reversals/approve", action=Action.APPROVE_REVERSAL, body=NoBody)
def approve_reversal(call: Call[NoBody], settlement_id: str) -> Settlement:
    """A second person's yes; the worker then asks Stripe, which takes back only what is on the payee's account."""
    return services().payouts.reversals.approve(call.principal, settlement_id)


@routes.api("POST", "/api/v1/settlements/{settlement_id}/reversals/void", action=Action.PROPOSE_REVERSAL, body=CallOff)
def void_reversal(call: Call[CallOff], settlement_id: str) -> Settlement:
    """Call off a reversal that is not approved yet."""
    return services().payouts.reversals.void(call.principal, settlement_id, call.body.reason)


@routes.api("GET", "/api/v1/ledger/audit", action=Action.SEE_LEDGER)
def get_audit(call: Call[None]) -> list[AuditCheck]:
    """Every invariant of the books with what breaks it; it needs settlements and earnings, so it lives here and not in the ledger."""
    del call
    return [AuditCheck(name, not findings, findings) for name, findings in services().payouts.audit().items()]


@routes.api("POST", "/api/v1/tax-invoices", action=Action.PREPARE_SETTLEMENT, body=NewTaxInvoices, status=202)
def issue_tax_invoices(call: Call[NewTaxInvoices]) -> None:
    """Have all invoices of a month that has ended made out; those there are already stay as they are."""
    services().payouts.tax_invoices.request(call.body.period)


@routes.api("GET", "/api/v1/tax-invoices", action=Action.SEE_TAX_INVOICES)
def list_tax_invoices(call: Call[None]) -> list[TaxInvoice]:
    """The caller's own documents, the newest month first; finance names a month in ``?period``."""
    documents = services().payouts.tax_invoices
    if call.principal.tenant_id == PLATFORM_TENANT and "period" in call.query:
        return documents.of_period(call.query["period"])
    return documents.listed(call.principal)


@routes.api("GET", "/api/v1/tax-invoices/{number}", action=Action.SEE_TAX_INVOICES)
def get_tax_invoice(call: Call[None], number: str) -> TaxInvoice | TextFile | Redirect:
    """One document; ``?format=html`` to read or print, ``?format=pdf`` to file."""
    documents = services().payouts.tax_invoices
    match call.query.get("format", "json"):
        case "json":
            return documents.get(call.principal, number)
        case "html":
            body = tax_invoice_html(documents.wording(call.principal, number))
            return TextFile(content_type="text/html; charset=utf-8", body=body, style=STYLE)
        case "pdf":
            return Redirect(path=documents.pdf(call.principal, number), external=True)
        case _:
            raise UnknownFormat("An invoice comes as json, html or pdf.")


@routes.public("POST", "/webhooks/stripe")
def stripe_webhook(call: Call[None]) -> dict[str, bool]:
    """Take a notice in, once; it is worked off the queue. A forged one is refused and leaves no trace."""
    return {"new": services().payouts.webhooks.receive(call.raw_body, call.headers.get("stripe-signature", ""))}
