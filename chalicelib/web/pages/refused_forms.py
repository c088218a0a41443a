"""Forms that were refused come back as they were typed, with the reason beside the field it is about."""

import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Literal, TypeVar

from chalicelib.core.errors import Conflict, Forbidden, Invalid, PrimetimeError
from chalicelib.web.errors import status_of
from chalicelib.web.routes import Call, Page, Redirect
from chalicelib.web.views.cards import CardForm, CardsPage
from chalicelib.web.views.common import Notice
from chalicelib.web.views.terms import TermField

TEMPLATE = "matching/cards.html"
Typed = dict[str, str]
REFUSALS = (Invalid, Conflict, Forbidden)
"""What is said on the page that the form is on: who is forbidden something may see it."""
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What was sent by which form, and what stood against it; nothing where a page is just opened."""

    form_id: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    error: PrimetimeError | None = None

    @property
    def status(self) -> int:
        """The page's HTTP status."""
        return HTTPStatus.OK if self.error is None else status_of(self.error)

    def form(  # noqa: PLR0913  # what a form consists of
        self,
        form_id: str,
        action: str,
        button: str,
        fields: tuple[TermField, ...],
        *,
        title: str = "",
        tone: Literal["primary", "danger", "secondary"] = "primary",
        hidden: tuple[tuple[str, str], ...] = (),
    ) -> CardForm:
        """A form, with what was typed and what is wrong if it is the one that was sent."""
        if form_id == self.form_id and self.error is not None:
            wrong = self.error.fields
            fields = tuple(replace(each, value=self.typed.get(each.name, ""), error=wrong.get(each.name, "")) for each in fields)
        return CardForm(form_id=form_id, action=action, button=button, fields=fields, title=title, tone=tone, hidden=hidden)


NOTHING_TRIED = Tried()


def attempt(call: Call[Any], form_id: str, what: Callable[[], str], page: Callable[[Tried], Page]) -> Page | Redirect:
    """Do what the form asks and go to where that leads; refused, the page comes back with what was typed and the reason."""
    return _done(form_id, dict(urllib.parse.parse_qsl(call.raw_body.decode(), keep_blank_values=True)), what, page)


def act(
    form_id: str, typed: Mapping[str, str], then: str, what: Callable[[], object], page: Callable[[Tried], CardsPage]
) -> Page | Redirect:
    """The same on a page of cards, where only some of what was sent comes back."""
    return make(form_id, typed, what, lambda _: then, page)


def make(
    form_id: str, typed: Mapping[str, str], what: Callable[[], Made], then: Callable[[Made], str], page: Callable[[Tried], CardsPage]
) -> Page | Redirect:
    """The same, where the way on depends on what was made."""

    def refused(tried: Tried) -> Page:
        notice = None if tried.error is None else Notice(text=tried.error.message, tone="bad")
        return Page(template=TEMPLATE, view=replace(page(tried), notice=notice), status=tried.status)

    return _done(form_id, typed, lambda: then(what()), refused)


def _done(form_id: str, typed: Mapping[str, str], what: Callable[[], str], page: Callable[[Tried], Page]) -> Page | Redirect:
    try:
        return Redirect(path=what())
    except REFUSALS as error:
        return page(Tried(form_id=form_id, typed=typed, error=error))
