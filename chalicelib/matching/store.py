"""Where briefs are kept; the only place that knows the keys of the matching table."""

from chalicelib.adapters.dynamo import Item, Record
from chalicelib.core.access import Principal
from chalicelib.core.errors import NotFound
from chalicelib.matching.rules import Brief

MAX_BRIEFS_LISTED = 200


class BriefNotFound(NotFound):
    """There is no such brief for this caller."""


class BriefItem(Item):
    """A brief, under its brand: ids sort by time."""

    TABLE = "matching"
    brief = Record(Brief)


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

    def of(self, principal: Principal) -> tuple[Brief, ...]:
        """The newest briefs of the caller's brand, at most `MAX_BRIEFS_LISTED`."""
        found: list[Brief] = []
        for item in BriefItem.under(_brand(principal.tenant_id), "brief#", newest_first=True):
            if len(found) == MAX_BRIEFS_LISTED:
                break
            found.append(item.brief)
        return tuple(found)


def _brand(brand_id: str) -> str:
    return f"tenant#{brand_id}"


def _brief(brief_id: str) -> str:
    return f"brief#{brief_id}"
