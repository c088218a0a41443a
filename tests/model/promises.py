"""What facts make due, and the promises in both directions: flat fee, sales guarantee, pay floor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from tests.model.commission import ALL_BP, rounded, shared
from tests.model.history import Fact, History, Kept, Show, epoch_of, in_order, known, version_of, window_ends
from tests.model.terms import Guarantee, Terms


@dataclass(frozen=True)
class Scene:
    """What is known of a contract at an instant."""

    history: History
    as_of: datetime
    lines: tuple[Kept, ...]

    def facts(self, show: Show, kind: str) -> list[Fact]:
        """Those of a show, in the order in which they happened."""
        return [fact for fact in known(self.history.facts, self.as_of) if fact.show == show.id and fact.kind == kind]

    def terms(self, show: Show) -> Terms:
        """The show's version."""
        return version_of(self.history.versions, show)

    def shows(self) -> list[Show]:
        """Those signed for, in order."""
        return [show for show in in_order(self.history.shows) if self.facts(show, "signed")]

    def together(self, show: Show) -> list[Show]:
        """The shows whose contract-wide totals carry on into each other, in order."""
        mine = epoch_of(self.history.versions, show)
        return [other for other in self.shows() if epoch_of(self.history.versions, other) == mine]

    def upto(self, show: Show) -> list[Show]:
        """The shows 1 to k of those together, the last of which is this one."""
        whole = self.together(show)
        return whole[: whole.index(show) + 1]

    def of(self, shows: Sequence[Show], rule: str | None = None) -> list[Kept]:
        """The lines of these shows, of one rule or of any."""
        ids = {show.id for show in shows}
        return [line for line in self.lines if line.show in ids and rule in (None, line.rule)]

    def cancelled(self, show: Show) -> bool:
        """Whether it was called off."""
        return bool(self.facts(show, "cancelled"))

    def completed(self, show: Show) -> bool:
        """Whether it was held."""
        return bool(self.facts(show, "completed"))

    def closes(self, show: Show) -> datetime | None:
        """When its returns close; nothing before it was held."""
        held = self.facts(show, "completed")
        return window_ends(held[0].until, self.terms(show)) if held and held[0].until else None

    def closed(self, show: Show) -> bool:
        """Whether its returns are."""
        closes = self.closes(show)
        return closes is not None and closes <= self.as_of


def fee_of(scene: Scene, show: Show) -> int:
    """The show's slot fee before anything is taken off; a make-up show has the fee agreed for it."""
    terms = scene.terms(show)
    if show.makes_up:
        return terms.guarantee.make_ups.fee if terms.guarantee and terms.guarantee.make_ups else 0
    if terms.flat_fee is None:
        return 0
    if terms.flat_fee.over == "show":
        return terms.flat_fee.amount
    spread = [other for other in scene.shows() if not other.makes_up]
    return shared(terms.flat_fee.amount, [1] * len(spread))[spread.index(show)]


def _owed_on_cancellation(scene: Scene, show: Show) -> int:
    cancelled = scene.facts(show, "cancelled")[0]
    left = show.starts - cancelled.occurred
    rows = [(hours, share) for hours, share in scene.terms(show).cancellation if timedelta(hours=hours) <= left]
    share = max(rows)[1] if rows else 0
    owed = rounded(Fraction(fee_of(scene, show) * share, ALL_BP))
    return -owed if cancelled.by == "host" else owed


def flat_due(scene: Scene, show: Show) -> int:
    """What of the slot fee the facts have made due, less what was not delivered."""
    if scene.cancelled(show):
        return _owed_on_cancellation(scene, show)
    terms = scene.terms(show)
    missed = {fact.deliverable for fact in scene.facts(show, "not_met")}
    off = min(ALL_BP, sum(bp for deliverable, bp in terms.takes_off if deliverable in missed))
    fee = fee_of(scene, show)
    fee -= rounded(Fraction(fee * off, ALL_BP))
    parts = terms.flat_fee.parts if terms.flat_fee else ((ALL_BP, "show_completed"),)
    amounts = shared(fee, [share for share, _ in parts])
    reached = {
        "signing": bool(scene.facts(show, "signed")),
        "show_completed": scene.completed(show),
        "returns_closed": scene.closed(show),
    }
    return sum(amount for amount, (_, due) in zip(amounts, parts, strict=True) if reached[due])


def scope_of(scene: Scene, show: Show, over: str) -> list[Show]:
    """The shows over which a promise is measured: all, or one with those that make up for it."""
    whole = scene.together(show)
    if over == "contract":
        return whole
    first = show.makes_up or show.id
    return [other for other in whole if first in (other.id, other.makes_up)]


def _is_tested(scene: Scene, scope: Sequence[Show], guarantee: Guarantee) -> bool:
    held = [show for show in scope if not scene.cancelled(show)]
    all_closed = bool(held) and all(scene.closed(show) for show in held)
    if guarantee.make_ups is None or _made_up(scene, scope, guarantee):
        return all_closed
    return scene.as_of >= guarantee.make_ups.deadline


def _made_up(scene: Scene, scope: Sequence[Show], guarantee: Guarantee) -> bool:
    """Whether all make-ups agreed were performed in time."""
    agreed = guarantee.make_ups
    if agreed is None:
        return False
    performed = [
        show for show in scope if show.makes_up and any(fact.occurred <= agreed.deadline for fact in scene.facts(show, "completed"))
    ]
    return len(performed) >= agreed.number


def _back(scene: Scene, scope: Sequence[Show], guarantee: Guarantee, fee: int, lines: Sequence[Kept]) -> int:
    """What of the fee goes back, once the guarantee is tested."""
    net = sum(line.kept for line in lines)
    sold, returned = sum(line.units_sold for line in lines), sum(line.units_returned for line in lines)
    over = guarantee.ceiling_bp is not None and returned * ALL_BP > guarantee.ceiling_bp * sold
    if over and guarantee.over_ceiling == "void_fee":
        return fee
    if net >= guarantee.amount:
        return 0
    if guarantee.make_ups is not None and not _made_up(scene, scope, guarantee):
        return fee
    return min(fee, max(0, rounded(fee * (1 - Fraction(net, guarantee.amount)))))


def give_back(scene: Scene, show: Show, lines: Sequence[Kept]) -> int:
    """The show's part of the give-back, at or below zero, with its scope's lines counted among `lines` only."""
    guarantee = scene.terms(show).guarantee
    if guarantee is None or scene.cancelled(show):
        return 0
    scope = scope_of(scene, show, guarantee.over)
    if not _is_tested(scene, scope, guarantee):
        return 0
    paid_for = [other for other in scope if not scene.cancelled(other)]
    dues = [flat_due(scene, other) for other in paid_for]
    ids = {other.id for other in scope}
    back = _back(scene, scope, guarantee, sum(dues), [line for line in lines if line.show in ids])
    return -shared(back, dues)[paid_for.index(show)]


def top_up(scene: Scene, show: Show, commission: dict[str, int]) -> int:
    """The pay floor's top-up, if it belongs to this show; `commission` is each show's, after the cap."""
    floor = scene.terms(show).floor
    if floor is None:
        return 0
    scope = scene.together(show) if floor.over == "contract" else [show]
    held = [other for other in scope if not scene.cancelled(other)]
    if not held or show != held[-1] or not all(scene.completed(other) for other in held):
        return 0
    return max(0, floor.amount - sum(flat_due(scene, other) + commission[other.id] for other in scope))
