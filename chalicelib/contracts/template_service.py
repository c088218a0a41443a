"""What people do with templates of terms: look at the library, keep own ones, fill one in; and see what terms would have paid."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from chalicelib.contracts import templates
from chalicelib.contracts.template_store import TemplateNotFound, TemplateStore
from chalicelib.contracts.templates import MAX_OWN_TEMPLATES, MAX_PURPOSE_CHARACTERS, BadTemplate, OwnTemplate, Setting, Template
from chalicelib.contracts.terms import Terms
from chalicelib.contracts.terms_check import require_sound
from chalicelib.core.access import BRAND, Principal
from chalicelib.core.clock import Clock
from chalicelib.core.ids import new_id
from chalicelib.directory.service import Directory

__all__ = ["Example", "ExampleRow", "TemplateNotFound", "Templates"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleRow:
    """A component with the formula that a person can recompute; what the brand pays on top is no part of the earnings."""

    component: str
    title: str
    formula: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What terms would have paid: on shows that took place, or on stated round figures. Amounts in minor units of `currency`."""

    basis: str
    """In a sentence: which shows, or which figures."""
    is_real: bool
    currency: str
    net_sales_minor: int
    rows: tuple[ExampleRow, ...]
    host_minor: int
    agency_minor: int
    brand_minor: int
    """All that the brand would have paid: earnings, and the marketplace's fee where that comes on top."""


class WouldHavePaid(Protocol):
    """Earnings of the past under other terms; a later feature knows them."""

    def on_shows(self, terms: Terms, creator_id: str, brand_id: str | None, shows: int) -> Example | None:
        """On the host's last shows that are over, at most so many; with `brand_id` on that brand's only. None where there are none."""
        ...

    def on_figures(self, terms: Terms, net_sales_minor: Sequence[int]) -> tuple[Example, ...]:
        """On one show with each of these net sales."""
        ...


EXAMPLE_SALES = (10_000, 100_000)
"""In whole units of the currency."""
MAX_EXAMPLE_SHOWS = 5


class Templates:
    """Use cases of templates and examples."""

    def __init__(self, *, store: TemplateStore, directory: Directory, would_have_paid: WouldHavePaid, clock: Clock) -> None:
        """`would_have_paid` computes earnings."""
        self._store = store
        self._directory = directory
        self._would_have_paid = would_have_paid
        self._clock = clock

    def listed(self, principal: Principal, setting: Setting) -> tuple[Template, ...]:
        """The library, then the brand's own templates that are in this currency."""
        own = self._store.of(principal) if principal.role in BRAND else ()
        return (*templates.library(setting), *(templates.filled(each, setting) for each in own if each.terms.currency == setting.currency))

    def filled(self, principal: Principal, template_id: str, setting: Setting) -> Template:
        """One of them. Raises `TemplateNotFound`."""
        found = next((each for each in self.listed(principal, setting) if each.template_id == template_id), None)
        if found is None:
            raise TemplateNotFound(f"There is no such template in {setting.currency}.")
        return found

    def own(self, principal: Principal) -> tuple[OwnTemplate, ...]:
        """The brand's own templates, in whatever currency."""
        return self._store.of(principal)

    def save(self, principal: Principal, name: str, when_to_use: str, terms: Terms, template_id: str) -> OwnTemplate:
        """Keep terms under a name. Raises `BadTerms` with the reason for terms that could never be offered, `BadTemplate`."""
        require_sound(terms)
        if len(self._store.of(principal)) >= MAX_OWN_TEMPLATES:
            raise BadTemplate(f"A brand keeps {MAX_OWN_TEMPLATES} templates at most. Remove one first.")
        if len(when_to_use) > MAX_PURPOSE_CHARACTERS:
            message = f"Say it in {MAX_PURPOSE_CHARACTERS} characters."
            raise BadTemplate(message, fields={"when_to_use": message})
        template = OwnTemplate(
            template_id=template_id or new_id("tpl"),
            brand_id=principal.tenant_id,
            name=templates.name_of_template(name),
            when_to_use=when_to_use.strip(),
            terms=templates.kept(terms),
            saved_at=self._clock.now(),
        )
        self._store.add(template)
        return template

    def rename(self, principal: Principal, template_id: str, name: str) -> OwnTemplate:
        """Give an own template another name. Raises `TemplateNotFound`, `BadTemplate`."""
        before = self._store.get(principal, template_id)
        after = replace(before, name=templates.name_of_template(name))
        self._store.rename(before, after)
        return after

    def remove(self, principal: Principal, template_id: str) -> None:
        """Forget an own template. Raises `TemplateNotFound`."""
        self._store.remove(self._store.get(principal, template_id))

    def examples(self, principal: Principal, terms: Terms, creator_id: str, shows: int) -> tuple[Example, ...]:
        """What terms would have paid on the host's last shows: a brand is told of its own with this host, the host's side of all.

        Where there are none, or they sold nothing, it is told on round figures as well.

        Raises `BadTerms`, and `HostNotFound` to who does not speak for the host.
        """
        require_sound(terms)
        of_brand = principal.tenant_id if principal.role in BRAND else None
        if of_brand is None:
            self._directory.host_acted_for(principal, creator_id)
        real = self._would_have_paid.on_shows(terms, creator_id, of_brand, min(shows, MAX_EXAMPLE_SHOWS))
        if real is not None and real.net_sales_minor:
            return (real,)
        one = templates.one_unit(terms.currency)
        figures = self._would_have_paid.on_figures(terms, [units * one for units in EXAMPLE_SALES])
        return figures if real is None else (real, *figures)
