"""The page on which terms are put together, whoever does it and for what: fields, text, differences and example side by side."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from chalicelib.contracts.clauses import AgreedShow, Parties, sections
from chalicelib.contracts.differences import differences
from chalicelib.contracts.template_service import MAX_EXAMPLE_SHOWS, Example
from chalicelib.contracts.templates import BadTemplate, Setting
from chalicelib.contracts.terms import Terms
from chalicelib.core.access import Action, Principal
from chalicelib.core.clock import day_in
from chalicelib.core.errors import Conflict, Invalid, PrimetimeError
from chalicelib.core.words import plural
from chalicelib.directory.rules import Profile
from chalicelib.web.errors import status_of
from chalicelib.web.pages.terms_fields import Read, read, typed_of
from chalicelib.web.pages.terms_groups import groups
from chalicelib.web.pages.words import allowed, cell, name_of, table
from chalicelib.web.routes import Page, Redirect
from chalicelib.web.views.common import Link, Notice, money
from chalicelib.web.views.deals import Clause
from chalicelib.web.views.terms import ExampleTable, FieldGroup, Preview, TemplateChoice, TermField, TermsForm
from chalicelib.wiring import services

TEMPLATE = "deal/terms.html"
KEEP = "template_name"
OWN_TEMPLATES = Link(label="Rename or remove own templates", href="/brand/templates")
UNSEEN = ("rule_id", "bonus_id", "payee_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsSubject:
    """What the terms are for: `base` says currency, zone and what no field asks for."""

    title: str
    lead: str
    back: Link
    path: str
    """Where the form is; it is sent to the same path, and looked at below it."""
    button: str
    base: Terms
    host: Profile
    brand_id: str
    shows: tuple[AgreedShow, ...]
    about: tuple[TermField, ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()
    on_the_table: Terms | None = None
    category: str = ""
    keep_as: str = ""
    """The name that was typed for an own template."""

    @property
    def setting(self) -> Setting:
        """For what templates are filled in."""
        first = min((show.starts_at for show in self.shows), default=datetime(2000, 1, 1, tzinfo=UTC))
        return Setting(
            currency=self.base.currency,
            timezone=self.base.timezone,
            first_day=day_in(self.base.timezone, first),
            category=self.category or "all goods",
        )


def begun(principal: Principal, subject: TermsSubject, template_id: str | None) -> Page:
    """The form with the terms that it begins with, or those of a template. Raises `TemplateNotFound`."""
    if not template_id:
        return _page(principal, subject, Read(typed=typed_of(subject.base), terms=subject.base, errors={}))
    filled = services().deals.templates.filled(principal, template_id, subject.setting).terms
    terms = replace(filled, splits=subject.base.splits, platform_fee=subject.base.platform_fee, tax=subject.base.tax)
    return _page(principal, subject, Read(typed=typed_of(terms), terms=terms, errors={}), chosen=template_id)


def looked_at(principal: Principal, subject: TermsSubject, form: Mapping[str, str]) -> Page:
    """The form as it was typed, with one more row everywhere, and what it says and pays; never refused."""
    return _page(principal, _typed_about(subject, form), read(form, subject.base))


def sent(principal: Principal, subject: TermsSubject, form: Mapping[str, str], send: Callable[[Terms], str]) -> Page | Redirect:
    """Send what was typed, and go where `send` says; what stands against it comes back beside the fields."""
    said = read(form, subject.base)
    if said.terms is None:
        return _incomplete(principal, subject, form, said)
    try:
        return Redirect(path=send(said.terms))
    except (Invalid, Conflict) as error:
        return _refused(principal, subject, form, error)


def _refused(principal: Principal, subject: TermsSubject, form: Mapping[str, str], error: PrimetimeError) -> Page:
    """The form as it was typed, with what stands against it beside its fields, or above where it is about none of them."""
    found = read(form, subject.base)
    wrong = {**found.errors, **{name.removeprefix("terms."): words for name, words in error.fields.items()}}
    about = replace(_with_errors(_typed_about(subject, form), wrong), keep_as=form.get(KEEP, ""))
    return _page(principal, about, replace(found, errors=wrong), notice=Notice(text=error.message, tone="bad"), status=status_of(error))


def _incomplete(principal: Principal, subject: TermsSubject, form: Mapping[str, str], found: Read) -> Page:
    """The form as it was typed, with what is to be corrected. 422."""
    text = f"{plural(len(found.errors), 'thing')} to correct. Nothing was sent, and nothing you typed is lost."
    return _page(principal, _typed_about(subject, form), found, notice=Notice(text=text, tone="bad"), status=422)


def kept(principal: Principal, subject: TermsSubject, form: Mapping[str, str]) -> Page:
    """Keep what was typed as an own template, and go on with the form."""
    found = read(form, subject.base)
    if found.terms is None:
        return _incomplete(principal, subject, form, found)
    try:
        saved = services().deals.templates.save(principal, form.get(KEEP, ""), "", found.terms, "")
    except BadTemplate as error:
        renamed = BadTemplate(error.message, fields={KEEP: error.message})
        return _refused(principal, subject, form, renamed)
    notice = Notice(text=f"Kept as your template \u201c{saved.name}\u201d.", tone="good")
    return _page(principal, _typed_about(subject, form), found, notice=notice)


def _page(  # what a page consists of
    principal: Principal, subject: TermsSubject, found: Read, *, chosen: str = "", notice: Notice | None = None, status: int = 200
) -> Page:
    agency = subject.host.agency_id
    made = groups(found.typed, found.errors, agency=name_of(agency) if agency else "")
    unseen = tuple(
        (name, text) for name, text in found.typed.items() if name.rpartition(".")[2] in UNSEEN and not name.startswith("splits")
    )
    share = (("splits.0.payee_id", agency),) if agency else ()
    view = TermsForm(
        title=subject.title,
        lead=subject.lead,
        back=subject.back,
        action=subject.path,
        button=subject.button,
        templates=tuple(
            TemplateChoice(template_id=each.template_id, name=each.name, when_to_use=each.when_to_use, chosen=each.template_id == chosen)
            for each in services().deals.templates.listed(principal, subject.setting)
        ),
        about=subject.about,
        hidden=(*subject.hidden, *unseen, *share),
        groups=made,
        preview=_preview(principal, subject, found),
        corrections=tuple(_corrections(made, subject.about, found.errors)),
        notice=notice,
        own_templates=OWN_TEMPLATES if allowed(principal, Action.EDIT_TEMPLATES) else None,
        keep=_keep(subject.keep_as, found.errors) if allowed(principal, Action.EDIT_TEMPLATES) else None,
    )
    return Page(template=TEMPLATE, view=view, status=status)


def _keep(name: str, errors: Mapping[str, str]) -> TermField:
    return TermField(name=KEEP, label="Keep these terms as an own template named", value=name, most=60, error=errors.get(KEEP, ""))


def _typed_about(subject: TermsSubject, form: Mapping[str, str]) -> TermsSubject:
    return replace(subject, about=tuple(replace(field, value=form.get(field.name, field.value)) for field in subject.about))


def _with_errors(subject: TermsSubject, errors: Mapping[str, str]) -> TermsSubject:
    return replace(subject, about=tuple(replace(field, error=errors.get(field.name, "")) for field in subject.about))


def _corrections(made: Sequence[FieldGroup], about: Sequence[TermField], errors: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Where to go for each thing that is wrong; what is about no field of the form leads to the first of its group."""
    fields = [field for group in made for row in group.rows for field in row.fields] + list(about)
    by_name = {field.name: field for field in fields}
    for path, words in errors.items():
        field = by_name.get(path) or next((each for each in fields if each.name.startswith(path)), None)
        if field is not None:
            yield f"f{field.field_id}", f"{field.label}: {words}"
        else:
            yield "content", words


def _preview(principal: Principal, subject: TermsSubject, found: Read) -> Preview:
    look_at = f"{subject.path}/look"
    if found.terms is None or found.errors:
        return Preview(look_at=look_at, problems=tuple(dict.fromkeys(found.errors.values())))
    terms, host, agency = found.terms, subject.host, subject.host.agency_id
    parties = Parties(
        brand_id=subject.brand_id or "named once it has invited you",
        brand_name=name_of(subject.brand_id) if subject.brand_id else "the brand",
        creator_id=host.creator_id,
        creator_name=host.name,
        agency_id=agency,
        agency_name=name_of(agency) if agency else None,
    )
    examples = services().deals.templates.examples(principal, terms, host.creator_id, min(len(subject.shows), MAX_EXAMPLE_SHOWS) or 1)
    return Preview(
        look_at=look_at,
        differences=None if subject.on_the_table is None else differences(subject.on_the_table, terms),
        clauses=tuple(
            Clause(number=str(each.number), heading=each.heading, sentences=tuple((clause.number, clause.text) for clause in each.clauses))
            for each in sections(terms, parties, subject.shows)
        ),
        examples=tuple(_example(each, bool(terms.splits)) for each in examples),
    )


def _example(example: Example, is_shared: bool) -> ExampleTable:  # noqa: FBT001  # whether there is an agency's share
    def amount(minor: int) -> str:
        return money(minor, example.currency)

    rows = [(cell(row.title), cell(row.formula), cell(amount(row.amount_minor))) for row in example.rows]
    totals = [("The host has", example.host_minor), *([("The agency has", example.agency_minor)] if is_shared else [])]
    rows += [(cell(words), cell(""), cell(amount(minor))) for words, minor in [*totals, ("The brand pays", example.brand_minor)]]
    caption = f"Net sales of {amount(example.net_sales_minor)}"
    return ExampleTable(basis=example.basis, rows=table(caption, "Component,Formula,Amount", rows, "Nothing.", numbers=(2,)))
