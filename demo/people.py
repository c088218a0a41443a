"""Everybody in the scenario: an account at the sign-in, a session, a tenant, a profile, a payout account."""

import hashlib
import hmac
import re
import urllib.parse
from collections.abc import Callable
from typing import Any

from demo.client import DemoFailed, Person, fetch
from demo.scenario import Entry, Scenario
from infra.place import Place

OK = 200


class Cast:
    """The people of the scenario, signed in when they are first needed."""

    def __init__(self, place: Place, scenario: Scenario) -> None:
        """`place` is the running local stack."""
        self.scenario = scenario
        self.site_url = place.site_url
        self._facts = place.facts()
        self._pool = place.client("cognito-idp")
        self._people: dict[str, Person] = {}
        self.tenants: dict[str, str] = {}
        """Slug to tenant id."""

    def password(self) -> str:
        """The one password of everybody, the same in every run on this machine's data."""
        digest = hmac.new(b"primetime demo", str(self._facts["user_pool_id"]).encode(), hashlib.sha256).hexdigest()
        return f"Show-{digest[:10]}-7"

    def person(self, email: str, slug: str | None = None) -> Person:
        """Somebody signed in, acting for a tenant."""
        if email not in self._people:
            self._account(email)
            self._people[email] = Person(self.site_url, email, self.password()).sign_in()
        person = self._people[email]
        person.tenant = self.tenants[slug] if slug else None
        return person

    def staff(self, role: str) -> Person:
        """The first of the marketplace's own people in a role."""
        person = self.person(next(entry["email"] for entry in self.scenario.all("staff") if entry["role"] == role))
        person.tenant = "platform"
        return person

    def brand(self, slug: str) -> Person:
        """The owner of a brand."""
        return self.person(self.scenario.one("brands", slug)["contact_email"], slug)

    def booker(self, slug: str) -> Person:
        """The booker of a brand, or its owner where it has none."""
        members = self.scenario.one("brands", slug)["members"]
        email = next((member["email"] for member in members if member["role"] == "brand_booker"), members[0]["email"])
        return self.person(email, slug)

    def host(self, slug: str) -> Person:
        """A host."""
        return self.person(self.scenario.one("hosts", slug)["email"], slug)

    def assemble(self, tell: Callable[[str], None]) -> None:
        """Open and approve every tenant, describe hosts and products, connect payouts."""
        operator = self.staff("operator")
        for entry in self.scenario.all("staff"):
            if entry["role"] != "operator":
                operator.post("/api/v1/members", {"email": entry["email"], "role": entry["role"]})
        kinds = (("brands", "contact_email"), ("agencies", "contact_email"), ("hosts", "email"))
        paths = {"brands": "/api/v1/brands", "agencies": "/api/v1/agencies", "hosts": "/api/v1/creators"}
        for kind, email in kinds:
            for entry in self.scenario.all(kind):
                self._open(paths[kind], entry, entry[email], operator)
        tell(f"{len(self.tenants)} brands, agencies and hosts opened and approved")
        for brand in self.scenario.all("brands"):
            self._staff_and_products(brand)
        for host in self.scenario.all("hosts"):
            self._describe(host)
        tell(f"{len(self.scenario.all('products'))} products of the real shop, {len(self.scenario.all('hosts'))} hosts with their hours")

    def connect_payouts(self, tell: Callable[[str], None]) -> None:
        """Every host (nobody else is ranked) and every agency of a contract opens its account at Stripe and is onboarded there."""
        payees = {entry["slug"]: self.host(entry["slug"]) for entry in self.scenario.all("hosts")}
        for contract in self.scenario.all("contracts"):
            if "agency" in contract:
                agency = self.scenario.one("agencies", contract["agency"])
                payees[contract["agency"]] = self.person(agency["contact_email"], contract["agency"])
        for slug, person in payees.items():
            person.tenant = self.tenants[slug]
            person.post("/api/v1/payout-account", {"country": "GB"})
            account = person.wait(
                "/api/v1/payout-account", lambda seen: seen["transfers_active"] or seen["onboarding_url"], f"The payout account of {slug}"
            )
            if not account["transfers_active"]:
                press_the_button(account["onboarding_url"])
                person.wait("/api/v1/payout-account", lambda seen: seen["transfers_active"], f"Stripe's word that {slug} can be paid")
        tell(f"{len(payees)} payees connected at Stripe")

    def _account(self, email: str) -> None:
        """An account with a verified address at the sign-in, as an operator of the user pool makes one."""
        pool = self._facts["user_pool_id"]
        try:
            attributes = [
                {"Name": "email", "Value": email},
                {"Name": "email_verified", "Value": "true"},
                {"Name": "name", "Value": email.split("@", maxsplit=1)[0].title()},
            ]
            self._pool.admin_create_user(UserPoolId=pool, Username=email, UserAttributes=attributes, MessageAction="SUPPRESS")
        except self._pool.exceptions.UsernameExistsException:
            pass
        self._pool.admin_set_user_password(UserPoolId=pool, Username=email, Password=self.password(), Permanent=True)

    def _open(self, path: str, entry: Entry, email: str, operator: Person) -> None:
        person = self.person(email)
        tenant: dict[str, Any] = person.post(path, {"name": entry["name"]})
        self.tenants[entry["slug"]] = tenant["tenant_id"]
        operator.post(f"/api/v1/tenants/{tenant['tenant_id']}/approve")

    def _staff_and_products(self, brand: Entry) -> None:
        owner = self.brand(brand["slug"])
        for member in brand["members"]:
            if member["email"] != owner.email:
                owner.post("/api/v1/members", {"email": member["email"], "role": member["role"]})
        names = ("sku", "title", "price_minor", "category")
        products = [
            {**{name: product[name] for name in names}, "currency": self.scenario.content["currency"]}
            for product in self.scenario.all("products")
            if product["brand"] == brand["slug"]
        ]
        if products:
            owner.post("/api/v1/products", {"products": products})

    def _describe(self, host: Entry) -> None:
        person = self.host(host["slug"])
        names = (
            "name",
            "timezone",
            "categories",
            "languages",
            "markets",
            "platforms",
            "rate_card_minor",
            "minimum_commission_basis_points",
            "refused_categories",
        )
        profile = {name: host[name] for name in names} | {"currency": self.scenario.content["currency"]}
        if "agency" in host:
            profile["agency_id"] = self.tenants[host["agency"]]
        person.put("/api/v1/profile", profile)
        person.put("/api/v1/availability", {"timezone": host["timezone"], "weekly": host["availability"]})


def press_the_button(url: str) -> None:
    """What a person does on a hosted page of Stripe (here the stand-in's): send its form."""
    page = fetch("GET", url)
    form = re.search(r"<form[^>]*>", page.text)
    if page.status != OK or form is None:
        message = f"Stripe's page {url} has no form to send (status {page.status})."
        raise DemoFailed(message)
    action = re.search(r'action="([^"]*)"', form.group())
    target = urllib.parse.urljoin(url, action.group(1)) if action else url
    fetch("POST", target, b"", {"Content-Type": "application/x-www-form-urlencoded"})
