"""View models of the pages on which deals are put together, as the console fills them."""

from datetime import date
from typing import Any

from chalicelib.contracts.templates import Setting, library
from chalicelib.core.access import Principal, Role
from chalicelib.web.pages.terms_fields import typed_of
from chalicelib.web.pages.terms_groups import groups
from chalicelib.web.views.cards import Card, CardForm, CardSection, CardsPage
from chalicelib.web.views.common import Button, Cell, Empty, Figure, Link, Notice, Status, Table
from chalicelib.web.views.deals import Clause
from chalicelib.web.views.terms import ExampleTable, Preview, TemplateChoice, TermField, TermsForm

BRAND = Principal(user_id="usr_1", email="kit@example.com", tenant_id="brd_1", role=Role.BRAND_OWNER)
TEMPLATES = library(Setting(currency="GBP", timezone="Europe/London", first_day=date(2031, 1, 10), category="home"))
EXAMPLE = Table(
    caption="Net sales of £10,000.00",
    columns=("Component", "Formula", "Amount"),
    rows=((Cell(text="Commission (all)"), Cell(text="round(10% x 10000.00)"), Cell(text="£1,000.00")),),
    empty=Empty(text="Nothing."),
    number_columns=frozenset({2}),
)
MESSAGE = TermField(name="message", label="What the host reads", kind="long", hint="Be kind.", error="Write a message.", needed=True)


def terms(template_id: str, errors: dict[str, str], preview: Preview) -> TermsForm:
    chosen = next(each for each in TEMPLATES if each.template_id == template_id)
    return TermsForm(
        title="Offer to Mara Lind",
        lead="For the winter table, 1 show.",
        back=Link(label="Back", href="/brand"),
        action="/brand/briefs/brf_1/hosts/crt_1/offer",
        button="Send the offer to Mara Lind",
        templates=tuple(
            TemplateChoice(template_id=each.template_id, name=each.name, when_to_use=each.when_to_use, chosen=each is chosen)
            for each in TEMPLATES
        ),
        about=(MESSAGE,),
        hidden=(("version", "2"),),
        groups=groups(typed_of(chosen.terms), errors, agency="Stars"),
        preview=preview,
        corrections=tuple(("f-flat_fee-amount_minor", words) for words in errors.values()),
        notice=Notice(text="1 thing to correct.", tone="bad") if errors else None,
        keep=TermField(name="template_name", label="Keep as"),
    )


SOUND = Preview(
    look_at="/look",
    differences=("commission 12 % -> 15 % above 20,000.00 GBP",),
    clauses=(Clause(number="1", heading="Parties", sentences=(("1.1", "The brand is Kettle Cove."),)),),
    examples=(ExampleTable(basis="An example.", rows=EXAMPLE), ExampleTable(basis="Another one.", rows=EXAMPLE)),
)
CARDS = CardsPage(
    title="Answers to The winter table",
    lead="Every host sees it.",
    back=Link(label="Ranked hosts", href="/brand/briefs/brf_1"),
    figures=(Figure(label="Shows", value="1"),),
    status=Status(word="Open", tone="good"),
    notice=Notice(text="Write a message.", tone="bad"),
    sections=(
        CardSection(
            section_id="applications",
            heading="Applications",
            nothing="Nobody.",
            cards=(
                Card(
                    title="Mara Lind",
                    status=Status(word="Sent", tone="waiting"),
                    lines=("Sent on Monday.",),
                    quote="I sell <kettles>.",
                    points=("flat fee 400.00 GBP per show",),
                    buttons=(Button(label="Take up", action="/x"),),
                    links=(Link(label="Make an offer", href="/y"),),
                    forms=(CardForm(form_id="decline-crt_1", action="/z", fields=(MESSAGE,), button="Decline", tone="secondary"),),
                ),
            ),
        ),
        CardSection(
            section_id="invitations",
            heading="Invitations",
            nothing="Nobody.",
            form=CardForm(
                form_id="invite", action="/i", fields=(MESSAGE,), button="Invite", title="Invite Mara", hidden=(("creator_id", "crt_1"),)
            ),
        ),
    ),
    ends=(Button(label="Close this brief for good", action="/close", tone="danger"),),
)
TERMS_SAMPLES: dict[str, tuple[str, Principal, Any]] = {
    **{f"terms_{template.template_id}": ("deal/terms.html", BRAND, terms(template.template_id, {}, SOUND)) for template in TEMPLATES},
    "terms_to_correct": (
        "deal/terms.html",
        BRAND,
        terms(
            "bonus-ladder",
            {"flat_fee.amount_minor": "'x' is not an amount.", "rules.0.tiers": "The first tier must begin at 0.", "bonuses": "Two."},
            Preview(look_at="/look", problems=("'x' is not an amount.",)),
        ),
    ),
    "cards": ("matching/cards.html", BRAND, CARDS),
    "cards_empty": ("matching/cards.html", BRAND, CardsPage(title="Inbox", lead="Nothing.", sections=CARDS.sections[1:])),
}
