"""What a notice says to one reader: words filled in, times in the reader's own zone and in UTC, one page to go to. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from chalicelib.notices.rules import Notice

ACCOUNT_PATH = "/account"
MAX_SUBJECT_CHARACTERS = 150
WHY = "You get this because you are a member of {tenant} at Primetime."
REQUIRED = "It is about a deadline, a contract or money, so it comes whatever your settings."
OPTIONAL = "You can do without such mail: say so on your account page, {account}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail before it is made: what the templates show."""

    subject: str
    lines: tuple[str, ...]
    link_label: str
    link: str
    footer: tuple[str, ...]

    @property
    def text(self) -> str:
        """As plain text."""
        paragraphs = (*self.lines, f"{self.link_label}: {self.link}", "-- \n" + "\n".join(self.footer))
        return "\n\n".join(paragraphs) + "\n"


def letter(notice: Notice, *, names: Mapping[str, str], tenant: str, zone: str, site_url: str) -> Letter:
    """What this reader gets. `names` are what the tenants of the notice are called, `tenant` the reader's own, `zone` the reader's."""
    times = notice.about.times.items()
    filled = {**notice.about.facts, **names, **{name: both_times(instant, zone) for name, instant in times}}
    in_short = {**filled, **{name: local_time(instant, zone) for name, instant in times}}
    why = WHY.format(tenant=tenant)
    account = site_url + ACCOUNT_PATH
    return Letter(
        subject=_one_line(notice.kind.subject.format_map(in_short))[:MAX_SUBJECT_CHARACTERS],
        lines=tuple(line.format_map(filled) for line in notice.kind.lines),
        link_label=notice.kind.link_label,
        link=site_url + notice.about.path,
        footer=(why, REQUIRED if notice.kind.required else OPTIONAL.format(account=account)),
    )


def both_times(instant: datetime, zone: str) -> str:
    """``Mon 10 Jan 2011, 20:00 Europe/Berlin (Mon 10 Jan 2011, 19:00 UTC)``; once where the zone is UTC."""
    utc = local_time(instant, "UTC")
    if zone == "UTC":
        return utc
    return f"{local_time(instant, zone)} ({utc})"


def local_time(instant: datetime, zone: str) -> str:
    """``Mon 10 Jan 2011, 20:00 Europe/Berlin``: what a subject has room for."""
    return f"{instant.astimezone(ZoneInfo(zone)):%a %-d %b %Y, %H:%M} {zone.replace('_', ' ')}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
