"""A brand's money in one place: what it has prepaid, what is to be paid, what came back, its tax invoices."""

from collections.abc import Iterator

from chalicelib.core.access import Action, Principal
from chalicelib.ledger import accounts
from chalicelib.payouts.rules.invoices import Invoice, is_blocking, sentence
from chalicelib.web.pages import money_tables, steps
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import allowed, amounts
from chalicelib.web.routes import Call, Page
from chalicelib.web.views.common import Figure, Link, Status, money
from chalicelib.wiring import services

MAX_CONTRACTS = 100
"""The newest; older ones have their own pages."""
SIDES = {
    accounts.stage_of(accounts.brand_prepaid("")): ("Prepaid", "paid in, not earned by anybody yet", -1),
    accounts.stage_of(accounts.brand_receivable("")): ("To pay", "earned, not paid for yet", 1),
    accounts.stage_of(accounts.brand_recoverable("")): (
        "To come back",
        "taken back from hosts after they were paid; yours as it is netted",
        -1,
    ),
}


@routes.page("GET", "/brand/money", action=Action.SEE_OWN_FUNDS)
def brand_money(call: Call[None]) -> Page:
    """What is to be paid, and all that was paid and came back."""
    payouts, principal = services().payouts, call.principal
    contracts = [each.contract_id for each in services().contracts.list(principal)[:MAX_CONTRACTS]]
    unpaid = payouts.invoices.listed(principal)
    view = steps.Steps(
        title="Money",
        lead="You pay for what hosts have earned, from what you have prepaid first. Payments go through Stripe.",
        heading="To pay",
        nothing="Everything that has matured is paid for.",
        decisions=tuple(_to_pay(principal, unpaid)),
        figures=tuple(_figures(principal)),
        tables=(
            money_tables.invoices(unpaid, for_finance=False),
            money_tables.payments(each for contract in contracts for each in payouts.fundings.of_contract(principal, contract)),
            money_tables.refunds(
                (each for contract in contracts for each in payouts.refunds.of_contract(principal, contract)), for_finance=False
            ),
            money_tables.chargebacks(each for contract in contracts for each in payouts.chargebacks.of_contract(principal, contract)),
            money_tables.tax_invoices(payouts.tax_invoices.listed(principal)),
        ),
        links=(Link(label="Back to your home", href="/brand"),),
    )
    return Page(template=steps.TEMPLATE, view=view)


def _figures(principal: Principal) -> Iterator[Figure]:
    sums: dict[str, dict[str, int]] = {side: {} for side in SIDES}
    for balance in services().ledger.balances(f"{accounts.BRAND_PREFIX}{principal.tenant_id}:"):
        side = accounts.stage_of(balance.account)
        if side in SIDES and balance.minor:
            sums[side][balance.currency] = balance.minor * SIDES[side][2]
    for side, (label, hint, _) in SIDES.items():
        yield Figure(label=label, value=amounts(sums[side]), hint=hint)


def _to_pay(principal: Principal, unpaid: list[Invoice]) -> Iterator[steps.Decision]:
    """Each unpaid invoice with the way to pay it, or with who can."""
    now = services().clock.now()
    for each in unpaid:
        words = sentence(each)
        amount = money(each.amount_minor, each.currency)
        link = Link(label=f"Pay {amount} for {each.title}", href=f"/contracts/{each.contract_id}/payment")
        yield steps.Decision(
            title=words[0].upper() + words[1:],
            detail="No new offers can be made until it is paid." if is_blocking(each, now) else "",
            status=Status(word="Overdue", tone="bad") if now > each.due_at else Status(word="Open", tone="waiting"),
            link=link if allowed(principal, Action.FUND) else None,
        )
