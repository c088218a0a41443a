"""Where briefs are kept; the only place that knows the keys of the matching table."""

from dataclasses import replace
from datetime import datetime
from itertools import islice

from pynamodb.attributes import UnicodeAttribute

from chalicelib.adapters.dynamo import Item, Record, Transaction
from chalicelib.core.access import Principal
from chalicelib.core.clock import iso
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.matching.priors import START_PRIORS, Priors
from chalicelib.matching.rules import Brief, Visibility

MAX_BRIEFS_LISTED = 200
PRIORS, LEARNING = "priors", "learning"
LEARN_TOPIC = "matching.learn"


class BriefNotFound(NotFound):
    """There is no such brief for this caller."""


class BriefClosed(Conflict):
    """The brief takes nothing more."""


CLOSED = "This brief is closed and takes nothing more."


class BriefItem(Item):
    """A brief, under its brand: ids sort by time. `closed` is there once it takes nothing more."""

    TABLE = "matching"
    brief = Record(Brief)
    closed = UnicodeAttribute(null=True)


class BriefPlace(Item):
    """Finds a brief's brand by the brief's id: hosts do not know it."""

    TABLE = "matching"
    brand_id = UnicodeAttribute()


class PriorsItem(Item):
    """One version of what is believed of hosts, under its number."""

    TABLE = "matching"
    priors = Record(Priors)


class LearningItem(Item):
    """The day has its learning."""

    TABLE = "matching"


class DayTaken(Conflict):
    """Learning was asked for on this day already."""


class PriorsStore:
    """Versions of what is believed; none is ever changed or lost."""

    def current(self) -> Priors:
        """The latest version; the start values before there is one."""
        return next((item.priors for item in PriorsItem.under(PRIORS, "version#", newest_first=True)), START_PRIORS)

    def add(self, priors: Priors) -> bool:
        """Keep a new version; False when somebody else has made that version."""
        return PriorsItem.put_new(PriorsItem(PRIORS, f"version#{priors.version:08}", priors=priors))

    def ask(self, day: str, now: datetime) -> bool:
        """Announce `LEARN_TOPIC` once a day; False when that was done."""
        if LearningItem.find(LEARNING, day) is not None:
            return False
        try:
            Transaction().put_new(LearningItem(LEARNING, day), DayTaken("This day has its learning.")).announce(
                LEARN_TOPIC, day, iso(now)
            ).commit()
        except DayTaken:
            return False
        return True


class BriefStore:
    """Briefs in DynamoDB."""

    def add(self, brief: Brief) -> None:
        """Keep a new brief."""
        item = BriefItem(_brand(brief.brand_id), _brief(brief.brief_id), brief=brief)
        place = BriefPlace(_brief(brief.brief_id), "brief", brand_id=brief.brand_id)
        Transaction().put_new(item).put(place).commit()

    def find(self, brief_id: str) -> Brief:
        """A brief of any brand, for the system, which asks who may see it. Raises `BriefNotFound`."""
        place = BriefPlace.find(_brief(brief_id), "brief")
        item = None if place is None else BriefItem.find(_brand(place.brand_id), _brief(brief_id))
        if item is None:
            raise BriefNotFound("There is no such brief.")
        return item.brief

    def demand_open(self, transaction: Transaction, brief: Brief) -> None:
        """Let a transaction fail with `BriefClosed` when the brief is closed before it."""
        transaction.check(
            BriefItem, (_brand(brief.brand_id), _brief(brief.brief_id)), BriefItem.closed.does_not_exist(), BriefClosed(CLOSED)
        )

    def close(self, transaction: Transaction, brief: Brief, now: datetime) -> Brief:
        """Close a brief for good, with all else of a transaction. Raises `BriefClosed` where it is."""
        after = replace(brief, closed_at=now)
        item = BriefItem(_brand(brief.brand_id), _brief(brief.brief_id), brief=after, closed=iso(now))
        transaction.put(item, BriefItem.closed.does_not_exist(), BriefClosed(CLOSED)).commit()
        return after

    def show_to(self, before: Brief, visibility: Visibility) -> Brief:
        """Let other hosts see a brief. Raises `BriefClosed` where it is closed."""
        after = replace(before, visibility=visibility)
        item = BriefItem(_brand(before.brand_id), _brief(before.brief_id), brief=after)
        Transaction().put(item, BriefItem.closed.does_not_exist(), BriefClosed(CLOSED)).commit()
        return after

    def get(self, principal: Principal, brief_id: str) -> Brief:
        """A brief of the caller's brand. Raises `BriefNotFound`."""
        item = BriefItem.find(_brand(principal.tenant_id), _brief(brief_id))
        if item is None:
            raise BriefNotFound("There is no such brief.")
        return item.brief

    def of_brand(self, brand_id: str) -> tuple[Brief, ...]:
        """The newest briefs of a brand, at most `MAX_BRIEFS_LISTED`; read for hosts, who see of them what concerns them."""
        return tuple(item.brief for item in islice(BriefItem.under(_brand(brand_id), "brief#", newest_first=True), MAX_BRIEFS_LISTED))

    def of(self, principal: Principal) -> tuple[Brief, ...]:
        """The newest briefs of the caller's brand, at most `MAX_BRIEFS_LISTED`."""
        return self.of_brand(principal.tenant_id)


def _brand(brand_id: str) -> str:
    return f"tenant#{brand_id}"


def _brief(brief_id: str) -> str:
    return f"brief#{brief_id}"
