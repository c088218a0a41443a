"""Feed profiles by name: every kind of sales file that can be taken."""

from collections.abc import Mapping

from chalicelib.core.errors import Invalid
from chalicelib.sales.feeds.generic import GENERIC_CSV, GENERIC_JSON_LINES
from chalicelib.sales.feeds.online_retail import ONLINE_RETAIL
from chalicelib.sales.feeds.profile import FeedProfile

PROFILES: Mapping[str, FeedProfile] = {profile.name: profile for profile in (GENERIC_CSV, GENERIC_JSON_LINES, ONLINE_RETAIL)}


class UnknownProfile(Invalid):
    """No feed profile has this name."""


def profile_named(name: str) -> FeedProfile:
    """The profile of that name. Raises `UnknownProfile` with the names there are."""
    profile = PROFILES.get(name)
    if profile is None:
        raise UnknownProfile(f"There is no feed profile {name!r}. Choose one of: {', '.join(PROFILES)}.")
    return profile
