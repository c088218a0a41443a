"""The pages Stripe hosts: paying a checkout session, and onboarding an account (docs: Checkout; Hosted onboarding)."""

import html
from dataclasses import dataclass
from decimal import Decimal

from tests.stripe_standin import accounts, checkout
from tests.stripe_standin.api import Api
from tests.stripe_standin.errors import Obj, StripeFailure
from tests.stripe_standin.params import THREE_DECIMALS

WITHOUT_DECIMALS = frozenset({"jpy", "krw", "vnd", "clp"})
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<body style="font: 1rem/1.5 system-ui; max-width: 30rem; margin: 4rem auto; padding: 0 1rem">
<p>Stripe stand-in, test mode</p><h1>{title}</h1>{body}</body></html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page, or with `location` a redirect that follows a post (303)."""

    status: int
    text: str = ""
    location: str | None = None


def serve(api: Api, method: str, path: str) -> Page | None:
    """The page at an address, or None when there is none."""
    parts = path.strip("/").split("/")
    try:
        match method, parts:
            case "GET", ["c", "pay", identifier]:
                return _pay_page(api, identifier)
            case "POST", ["c", "pay", identifier]:
                return _pay(api, identifier)
            case "GET", ["setup", "e", _, token]:
                return _setup_page(api, token)
            case "POST", ["setup", "e", account, token]:
                return _finish_setup(api, account, token)
            case _:
                return None
    except StripeFailure:
        return Page(status=404, text=PAGE.format(title="Not found", body="<p>There is no such page.</p>"))


def _pay_page(api: Api, identifier: str) -> Page:
    api.advance()
    with api.lock:
        session = api.world.find("checkout.session", identifier)
    if session["status"] != "open":
        return Page(status=200, text=PAGE.format(title="You're all done here", body=f"<p>This session is {session['status']}.</p>"))
    cancel = f'<p><a href="{html.escape(session["cancel_url"])}">Back</a></p>' if session["cancel_url"] else ""
    form = '<form method="post"><button type="submit">Pay</button></form>'
    return Page(status=200, text=PAGE.format(title=f"Pay {_amount(session)}", body=form + cancel))


def _amount(session: Obj) -> str:
    currency = session["currency"]
    digits = 0 if currency in WITHOUT_DECIMALS else 3 if currency in THREE_DECIMALS else 2
    return f"{Decimal(session['amount_total']).scaleb(-digits):,.{digits}f} {currency.upper()}"


def _pay(api: Api, identifier: str) -> Page:
    """Paying twice leads to the same place and charges once; an expired session cannot be paid."""
    api.advance()
    with api.lock:
        session = checkout.pay(api.world, identifier)
        api.commit()
    if session["status"] != "complete":
        return Page(status=410, text=PAGE.format(title="Too late", body="<p>This session has expired.</p>"))
    return Page(status=303, location=session["success_url"].replace("{CHECKOUT_SESSION_ID}", identifier))


def _setup_page(api: Api, token: str) -> Page:
    """A used or expired link leads to the refresh address (docs: Account Links, `refresh_url`)."""
    with api.lock:
        link = api.world.find("_account_link", token)
    if link["used"] or link["expires_at"] <= api.world.now():
        return Page(status=303, location=link["refresh_url"])
    form = '<form method="post"><button type="submit">Finish</button></form>'
    return Page(status=200, text=PAGE.format(title="Set up payouts", body=form))


def _finish_setup(api: Api, account: str, token: str) -> Page:
    with api.lock:
        link = api.world.find("_account_link", token)
        if link["account"] != account or link["used"] or link["expires_at"] <= api.world.now():
            return Page(status=303, location=link["refresh_url"])
        accounts.finish_onboarding(api.world, account)
        api.world.save({**link, "used": True})
        api.commit()
    return Page(status=303, location=link["return_url"])
