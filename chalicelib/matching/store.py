"""Where briefs are kept; the only place that knows the keys of the matching table."""

from datetime import datetime
from itertools import islice

from chalicelib.adapters.dynamo import Item, Record, Transaction
from chalicelib.core.access import Principal
from chalicelib.core.clock import iso
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.matching.priors import START_PRIORS, Priors
from chalicelib.matching.rules import Brief

MAX_BRIEFS_LISTED = 200
PRIORS, LEARNING = "priors", "learning"
LEARN_TOPIC = "matching.learn"


class BriefNotFound(NotFound):
    """There is no such brief for this caller."""


class BriefItem(Item):
    """A brief, under its brand: ids sort by time."""

    TABLE = "matching"
    brief = Record(Brief)


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
        BriefItem.put_new(BriefItem(_brand(brief.brand_id), _brief(brief.brief_id), brief=brief))

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
