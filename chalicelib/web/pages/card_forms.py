"""Forms of cards that were refused come back as they were typed, with the reason beside the field it is about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from chalicelib.core.errors import Conflict, Invalid, PrimetimeError
from chalicelib.web.errors import status_of
from chalicelib.web.routes import Page, Redirect
from chalicelib.web.views.cards import CardForm, CardsPage
from chalicelib.web.views.common import Notice
from chalicelib.web.views.terms import TermField

TEMPLATE = "matching/cards.html"
Typed = dict[str, str]
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What was sent by which form, and what stood against it; nothing where a page is just opened."""

    form_id: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    error: PrimetimeError | None = None

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


def act(
    form_id: str, typed: Mapping[str, str], then: str, what: Callable[[], object], page: Callable[[Tried], CardsPage]
) -> Page | Redirect:
    """Do it and go on to `then`, or show the page again with what was typed and why it was refused."""
    return make(form_id, typed, what, lambda _: then, page)


def make(
    form_id: str, typed: Mapping[str, str], what: Callable[[], Made], then: Callable[[Made], str], page: Callable[[Tried], CardsPage]
) -> Page | Redirect:
    """The same, where the way on depends on what was made."""
    try:
        made = what()
    except (Invalid, Conflict) as error:
        view = page(Tried(form_id=form_id, typed=typed, error=error))
        return Page(template=TEMPLATE, view=replace(view, notice=Notice(text=error.message, tone="bad")), status=status_of(error))
    return Redirect(path=then(made))
