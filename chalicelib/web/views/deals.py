"""Homes of brand and host, and the way of a deal: matches, offer, contract."""

from dataclasses import dataclass

from chalicelib.web.views.common import Button, Empty, Figure, Link, Notice, Status, Table, Todo
from chalicelib.web.views.forms import SearchField
from chalicelib.web.views.money import TextForm


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandHome:
    """What a brand sees first."""

    name: str
    todos: tuple[Todo, ...]
    figures: tuple[Figure, ...]
    shows: Table
    briefs: Table
    contracts: Table
    links: tuple[Link, ...] = ()
    """What the reader may begin."""
    notice: Notice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextGig:
    """The host's next show."""

    title: str
    brand: str
    starts: str
    length: str
    status: Status
    page: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatorHome:
    """What a host (or an agency for its hosts) sees first: next gig, earnings, what waits."""

    name: str
    gig: NextGig | None
    no_gig: Empty
    figures: tuple[Figure, ...]
    todos: tuple[Todo, ...]
    offers: Table
    gigs: Table
    statements: Table
    notice: Notice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One reason for a host's place: a plus or a minus with its words and weight."""

    label: str
    words: str
    weight: str
    helps: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedHost:
    """A host in the order of the ranking."""

    rank: int
    creator_id: str
    name: str
    score: str
    audience: str
    rate: str
    factors: tuple[Factor, ...]
    slots: tuple[str, ...]
    invite: Button | None
    links: tuple[Link, ...] = ()
    """An offer on other terms, an invitation."""
    other_fee: str = ""
    """The fee that would lift the host, in a sentence."""
    kept_place: str = ""
    """Why the host stands higher than its score, in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Why hosts are not in the list, and how many."""

    reason: str
    hosts: str
    alone: str = ""
    """How many have nothing else against them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLeftOut:
    """A host that is not in the list, with every filter that failed."""

    name: str
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Ranked hosts for a brief."""

    brief_title: str
    facts: tuple[Figure, ...]
    hosts: tuple[RankedHost, ...]
    left_out: tuple[LeftOut, ...]
    empty: Empty
    invitation: str = ""
    """What an offer by one of the buttons says, or why there are no buttons."""
    hosts_left_out: tuple[HostLeftOut, ...] = ()
    """Those missed by least first."""
    changes: tuple[str, ...] = ()
    """Where nobody fits: what would let somebody in, each with how many."""
    notice: Notice | None = None
    """What the list cannot say."""
    answers: Link | None = None
    """Where invitations, applications and questions are."""
    fairness: str = ""
    """Which share of the places is kept for new hosts, and how many went to them."""
    ask: SearchField | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hurdle:
    """What keeps a host out of a brief, and what would help."""

    label: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefForHost:
    """An open brief as a host sees it."""

    title: str
    facts: str
    windows: tuple[str, ...]
    status: Status
    hurdles: tuple[Hurdle, ...]
    link: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBriefs:
    """Open briefs for a host."""

    explanation: str
    briefs: tuple[BriefForHost, ...]
    empty: Empty
    hosts: tuple[Link, ...] = ()
    """For an agency: whose briefs to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterForm:
    """Another fee in answer to a version; all other terms stay as they are."""

    action: str
    version: int
    label: str
    fee: str
    error: str = ""
    other_terms: Link | None = None
    """The form in which all terms can be changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndForm:
    """Decline or withdraw a version, with the reason that the other side reads."""

    action: str
    version: int
    label: str
    tone: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermRow:
    """A term in words; `before` is what it was in the version before, when it changed."""

    label: str
    text: str
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferPage:
    """An offer in its latest version, with what changed and what the reader may do now."""

    title: str
    other_side: str
    status: Status
    version: str
    expires: str
    shows: Table
    terms: tuple[TermRow, ...]
    history: Table
    buttons: tuple[Button, ...]
    counter: CounterForm | None = None
    end: EndForm | None = None
    reason: str = ""
    """Why it was declined or withdrawn, if somebody said so."""
    notice: Notice | None = None
    next_step: Link | None = None
    """Where the reader goes on from an offer that is over."""
    held: str = ""
    """Until when the host's time is held, in the zones of both sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A numbered section of the contract's text, with its numbered sentences."""

    number: str
    heading: str
    sentences: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """One side's signature."""

    party: str
    name: str
    status: Status
    signed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignForm:
    """What signing takes: the exact document, the consent to sign electronically, the typed name."""

    action: str
    document_sha256: str
    consent_version: str
    consent_text: str
    typed_name: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentView:
    """A version that waits for signatures: what it changes, from when, who has signed, and what the reader may do."""

    title: str
    in_force: str
    sign_by: str
    differences: tuple[str, ...]
    document: Link
    signatories: tuple[Signatory, ...]
    sign: SignForm | None = None
    decline: TextForm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFile:
    """How to take a contract away and have it checked."""

    explanation: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractPage:
    """A contract: its text, who signed, and the form for whoever has to."""

    title: str
    contract_id: str
    status: Status
    document: Link
    document_sha256: str
    clauses: tuple[Clause, ...]
    signatories: tuple[Signatory, ...]
    events: Table
    versions: Table
    file: ContractFile
    sign: SignForm | None = None
    about_signing: str = ""
    """Whose turn it is, or why the contract ended without both signatures."""
    decline: TextForm | None = None
    amendment: AmendmentView | None = None
    waits: tuple[Notice, ...] = ()
    """What waits for the reader, with where it is on the page."""
    pay_deposit: Link | None = None
    shows: Table | None = None
    make_ups: Table | None = None
    links: tuple[Link, ...] = ()
    """Where the reader goes from here: payments, statement."""
