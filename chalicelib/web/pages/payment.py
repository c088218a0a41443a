"""What a brand pays for a contract: asked for by a form, paid at Stripe's page, which is a link and never a form's target."""

from collections.abc import Iterator, Sequence

from chalicelib.contracts.rules import Contract, ContractState
from chalicelib.core.access import Action, Principal
from chalicelib.payouts.rules.funding import Funding, FundingKind, FundingState
from chalicelib.payouts.rules.invoices import is_blocking, sentence
from chalicelib.web.pages import money_tables, steps
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import allowed, name_of, status
from chalicelib.web.routes import Call, NoBody, Page, Redirect
from chalicelib.web.views.common import Button, Figure, Link, Todo, money
from chalicelib.wiring import services


def deposit_due(contract: Contract) -> str:
    """What is still to be paid before the shows, for people; empty when nothing is."""
    due = services().payouts.fundings.deposit_due(contract.contract_id)
    return money(due, contract.terms.currency) if due else ""


@routes.page("GET", "/contracts/{contract_id}/payment", action=Action.FUND)
def payment_page(call: Call[None], contract_id: str) -> Page:
    """What was paid, what is asked for, and the way to Stripe's page."""
    contract = services().contracts.get(call.principal, contract_id)
    fundings = _fundings(call.principal, contract)
    host = name_of(contract.creator_id)
    due = deposit_due(contract)
    funds = services().payouts.fundings.standing(call.principal, contract_id)
    waiting = next((each for each in fundings if each.state in {FundingState.REQUESTED, FundingState.OPEN}), None)
    decisions = [_to_pay(waiting)] if waiting else list(_to_ask_for(contract, host, due, funds.unfunded_minor))
    view = steps.Steps(
        title=f"Payments for the contract with {host}",
        lead="You pay at Stripe; we book it when Stripe itself tells us that it is paid.",
        heading="To pay",
        nothing="Nothing is to be paid now.",
        decisions=tuple(decisions),
        figures=(
            Figure(label="Deposit still due", value=due or money(0, funds.currency)),
            Figure(label="Matured, not paid for", value=money(funds.unfunded_minor, funds.currency)),
            Figure(
                label="Paid, not used yet", value=money(funds.unused_minor, funds.currency), hint="goes back after the last show's close"
            ),
        ),
        tables=(
            money_tables.payments(fundings),
            money_tables.refunds(services().payouts.refunds.of_contract(call.principal, contract_id), for_finance=False),
        ),
        links=(Link(label="Back to the contract", href=f"/contracts/{contract_id}"),),
        waits_at=f"/contracts/{contract_id}/payment" if waiting is not None and waiting.url is None else "",
    )
    return Page(template=steps.TEMPLATE, view=view)


@routes.form("POST", "/contracts/{contract_id}/payment/deposit", action=Action.FUND, body=NoBody)
def ask_for_deposit(call: Call[NoBody], contract_id: str) -> Redirect:
    """Have Stripe's page made for the deposit."""
    services().payouts.fundings.request(call.principal, contract_id, FundingKind.DEPOSIT)
    return Redirect(path=f"/contracts/{contract_id}/payment")


@routes.form("POST", "/contracts/{contract_id}/payment/balance", action=Action.FUND, body=NoBody)
def ask_for_balance(call: Call[NoBody], contract_id: str) -> Redirect:
    """Have Stripe's page made for all that has matured and is not paid for."""
    services().payouts.fundings.request(call.principal, contract_id, FundingKind.BALANCE)
    return Redirect(path=f"/contracts/{contract_id}/payment")


def invoice_todos(principal: Principal) -> Iterator[Todo]:
    """Invoices of which the brand was reminded, on its own page and on finance's."""
    for each in services().payouts.invoices.listed(principal):
        if not each.reminders:
            continue
        who = "Pay" if principal.tenant_id == each.brand_id else f"{name_of(each.brand_id)} has not paid"
        blocked = "no new offers until it is paid" if is_blocking(each, services().clock.now()) else ""
        text = f"{who} {sentence(each)}: reminder {len(each.reminders)}, {each.reminders[-1].days} days after it was due"
        pay = Link(label="Pay", href=f"/contracts/{each.contract_id}/payment")
        look = Link(label="Look at the contract", href=f"/contracts/{each.contract_id}")
        yield Todo(text=text, link=pay if allowed(principal, Action.FUND) else look, due=blocked)


def _fundings(principal: Principal, contract: Contract) -> Sequence[Funding]:
    return services().payouts.fundings.of_contract(principal, contract.contract_id)


def _to_pay(funding: Funding) -> steps.Decision:
    amount = money(funding.amount_minor, funding.currency)
    if funding.url is None:
        return steps.Decision(title=f"{amount}: Stripe's page is being made.", status=status(funding.state))
    return steps.Decision(
        title=f"{funding.kind.value.capitalize()} of {amount}",
        status=status(funding.state),
        link=Link(label=f"Pay {amount} at Stripe", href=funding.url, external=True),
    )


def _to_ask_for(contract: Contract, host: str, due: str, unfunded_minor: int) -> Sequence[steps.Decision]:
    if contract.state is not ContractState.SIGNED:
        return ()
    base = f"/contracts/{contract.contract_id}/payment"
    found = []
    if due:
        found.append(
            steps.Decision(title=f"Deposit of {due} for {host}", button=Button(label=f"Pay {due} for {host}", action=f"{base}/deposit"))
        )
    if unfunded_minor:
        amount = money(unfunded_minor, contract.terms.currency)
        button = Button(label=f"Pay {amount} for {host}", action=f"{base}/balance", tone="secondary")
        found.append(steps.Decision(title=f"What has matured for {host} and is not paid for: {amount}", button=button))
    return found
