"""What facts make due, and the promises in both directions: flat fee, sales guarantee, pay floor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from tests.model.history import Fact, History, Kept, Show, epoch_of, in_order, version_of, window_ends
from tests.model.rounding import ALL_BP, rounded, shared
from tests.model.terms import Guarantee, Terms

ENDS = ("completed", "cancelled")


@dataclass(frozen=True)
class Scene:
    """What is known of a contract at an instant."""

    history: History
    as_of: datetime
    happened: tuple[Fact, ...]
    lines: tuple[Kept, ...]

    def facts(self, show: Show, kind: str) -> list[Fact]:
        """Those of a show, in the order in which they happened; how it ended is what was found in a dispute, once that is known."""
        mine = [fact for fact in self.happened if fact.show == show.id]
        if kind in ENDS and any(fact.ruled for fact in mine):
            mine = [fact for fact in mine if fact.ruled]
        return [fact for fact in mine if fact.kind == kind]

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

    def promised_together(self, show: Show) -> list[Show]:
        """The shows of one promise over the contract: those whose totals carry on, and whichever make up for them, whenever they are."""
        held = {other.id: other for other in self.shows()}

        def epoch(each: Show) -> int:
            return epoch_of(self.history.versions, held.get(each.makes_up, each))

        return [other for other in self.shows() if epoch(other) == epoch(show)]

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
        """Whether it was held, and not called off."""
        return bool(self.facts(show, "completed")) and not self.cancelled(show)

    def ended(self, show: Show) -> date | None:
        """The day on which it ended; nothing before it was held."""
        held = self.facts(show, "completed")
        return held[0].ended.astimezone(self.terms(show).zone).date() if held and held[0].ended and self.completed(show) else None

    def missed(self, show: Show) -> set[str]:
        """The deliverables that were not met by what was recorded last about each."""
        found = [fact for fact in self.happened if fact.show == show.id and fact.deliverable]
        last = {fact.deliverable: fact.kind for fact in sorted(found, key=lambda fact: (fact.recorded, fact.occurred))}
        return {deliverable for deliverable, kind in last.items() if kind == "not_met"}

    def disputed(self, show: Show) -> bool:
        """Whether its end is in dispute, or what was recorded last about one of its deliverables is that the sides do not agree."""
        found = [fact for fact in self.happened if fact.show == show.id and fact.deliverable]
        last = {fact.deliverable: fact.kind for fact in sorted(found, key=lambda fact: (fact.recorded, fact.occurred))}
        about_the_show = bool(self.facts(show, "show_disputed")) and not self.facts(show, "dispute_settled")
        return about_the_show or "disputed" in last.values()

    def closes(self, show: Show) -> datetime | None:
        """When its returns close; nothing before it was held."""
        held = self.facts(show, "completed")
        return window_ends(held[0].until, self.terms(show)) if held and held[0].until else None

    def closed(self, show: Show) -> bool:
        """Whether its returns are."""
        closes = self.closes(show)
        return closes is not None and closes <= self.as_of and self.completed(show)


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


def owed_on_cancellation(scene: Scene, show: Show) -> int:
    """What the host has of a cancellation, below zero where the host owes it."""
    if not scene.cancelled(show):
        return 0
    cancelled = scene.facts(show, "cancelled")[0]
    left = show.starts - cancelled.occurred
    rows = [(hours, share) for hours, share in scene.terms(show).cancellation if timedelta(hours=hours) <= left]
    share = max(rows)[1] if rows else 0
    owed = rounded(Fraction(fee_of(scene, show) * share, ALL_BP))
    return -owed if cancelled.by == "host" else owed


def flat_due(scene: Scene, show: Show) -> int:
    """What of the slot fee the facts have made due, less what was not delivered."""
    if scene.cancelled(show):
        return 0
    terms = scene.terms(show)
    off = min(ALL_BP, sum(bp for deliverable, bp in terms.takes_off if deliverable in scene.missed(show)))
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


@dataclass(frozen=True)
class Promise:
    """A guarantee with the shows that pay for it, those that make up for them, and all whose sales count."""

    agreed: Guarantee
    payers: tuple[Show, ...]
    scope: tuple[Show, ...]

    def in_time(self, scene: Scene) -> list[Show]:
        """The make-up shows performed by the deadline."""
        deadline = self.deadline(scene)
        shows = [(show, scene.ended(show)) for show in self.scope if show.makes_up]
        return [show for show, ended in shows if deadline is not None and ended is not None and ended <= deadline]

    def deadline(self, scene: Scene) -> date | None:
        """The last day for make-ups, once all shows that are made up for were held."""
        ends = [ended for show in self.payers if (ended := scene.ended(show))]
        if self.agreed.make_ups is None or len(ends) < len(self.payers):
            return None
        return max(ends) + timedelta(days=self.agreed.make_ups.within_days)

    def unperformed(self, scene: Scene) -> int:
        """How many make-ups agreed were not performed in time."""
        return max(0, self.agreed.make_ups.number - len(self.in_time(scene))) if self.agreed.make_ups else 0

    def missing(self, scene: Scene) -> bool:
        """Whether some of them are the host's to answer for: not those that the brand called off and whose places stayed empty."""
        if self.agreed.make_ups is None:
            return False
        make_ups = [show for show in self.scope if show.makes_up]
        off = [scene.facts(show, "cancelled")[0] for show in make_ups if scene.cancelled(show)]
        empty = max(0, self.agreed.make_ups.number - (len(make_ups) - len(off)))
        by_brand = [fact for fact in off if fact.by == "brand"]
        return self.unperformed(scene) > min(len(by_brand), empty)

    def tested(self, scene: Scene) -> bool:
        """Whether the time of the test has come."""
        if not self.unperformed(scene):
            return all(scene.closed(show) for show in (*self.payers, *self.in_time(scene)))
        deadline = self.deadline(scene)
        return deadline is not None and scene.as_of.astimezone(scene.terms(self.payers[-1]).zone).date() > deadline

    def back(self, scene: Scene, fee: int) -> int:
        """What of the fee goes back, once tested."""
        lines = scene.of(self.scope)
        net = max(0, sum(line.kept for line in lines))
        sold, returned = sum(line.units_sold for line in lines), sum(line.units_returned for line in lines)
        over = self.agreed.ceiling_bp is not None and returned * ALL_BP > self.agreed.ceiling_bp * sold
        short = net < self.agreed.amount
        if over and self.agreed.over_ceiling == "void_fee":
            return fee
        if self.missing(scene) and (short or (over and self.agreed.over_ceiling == "make_up")):
            return fee
        return rounded(fee * (1 - Fraction(net, self.agreed.amount))) if short else 0


def promise_of(scene: Scene, show: Show) -> Promise | None:
    """What the show's fee stands for: over the contract as the last show's version has it, else over itself and its make-ups."""
    whole = scene.promised_together(show)
    held = [other for other in whole if not other.makes_up and not scene.cancelled(other)]
    if show not in held:
        return None
    of_last = scene.terms(held[-1]).guarantee
    if of_last is not None and of_last.over == "contract":
        return Promise(of_last, tuple(held), tuple(whole))
    own = scene.terms(show).guarantee
    if own is None or own.over == "contract":
        return None
    return Promise(own, (show,), tuple(other for other in whole if show.id in (other.id, other.makes_up)))


def give_back(scene: Scene, show: Show) -> int:
    """The show's part of the give-back, at or below zero."""
    promise = promise_of(scene, show)
    if promise is None or not promise.tested(scene):
        return 0
    dues = [flat_due(scene, other) for other in promise.payers]
    return -shared(promise.back(scene, sum(dues)), dues)[promise.payers.index(show)]


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
