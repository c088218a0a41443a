"""Where a show can be watched: an address of a known platform, parsed by one pattern per host; markup is never taken from people.

Pure. YouTube and Twitch can be framed in the page after a click; everything else is a link out.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.shows.errors import BadVideo

MAX_ADDRESS_CHARACTERS = 300


class Platform(StrEnum):
    """Platforms whose addresses we know."""

    YOUTUBE = "youtube"
    TWITCH = "twitch"
    TIKTOK = "tiktok"
    INSTAGRAM = "instagram"


_PATTERNS: tuple[tuple[Platform, re.Pattern[str]], ...] = (
    (Platform.YOUTUBE, re.compile(r"https://(?:www\.|m\.)?youtube\.com/(?:watch\?v=|live/)([A-Za-z0-9_-]{11})(?:[&?].*)?")),
    (Platform.YOUTUBE, re.compile(r"https://youtu\.be/([A-Za-z0-9_-]{11})(?:\?.*)?")),
    (Platform.TWITCH, re.compile(r"https://(?:www\.)?twitch\.tv/([A-Za-z0-9_]{3,25})/?")),
    (Platform.TIKTOK, re.compile(r"https://(?:www\.)?tiktok\.com/@([A-Za-z0-9_.]{2,24})(?:/live)?/?")),
    (Platform.INSTAGRAM, re.compile(r"https://(?:www\.)?instagram\.com/([A-Za-z0-9_.]{1,30})(?:/live)?/?")),
)
_WATCH = {
    Platform.YOUTUBE: "https://www.youtube.com/watch?v={id}",
    Platform.TWITCH: "https://www.twitch.tv/{id}",
    Platform.TIKTOK: "https://www.tiktok.com/@{id}/live",
    Platform.INSTAGRAM: "https://www.instagram.com/{id}/live",
}
_NAMES = {Platform.YOUTUBE: "YouTube", Platform.TWITCH: "Twitch", Platform.TIKTOK: "TikTok", Platform.INSTAGRAM: "Instagram"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """A video or channel of a platform by its id there."""

    platform: Platform
    video_id: str

    @property
    def platform_name(self) -> str:
        """As the platform writes itself."""
        return _NAMES[self.platform]

    @property
    def watch_url(self) -> str:
        """Where people watch it on the platform."""
        return _WATCH[self.platform].format(id=self.video_id)

    def frame_url(self, our_host: str) -> str | None:
        """What a frame in our page loads, or None where the platform allows no frame. Twitch wants to know our host."""
        match self.platform:
            case Platform.YOUTUBE:
                return f"https://www.youtube-nocookie.com/embed/{self.video_id}?autoplay=1"
            case Platform.TWITCH:
                return f"https://player.twitch.tv/?channel={self.video_id}&parent={our_host}"
            case _:
                return None


def parse_video(address: str) -> Video:
    """The video behind an address. Raises `BadVideo`."""
    text = address.strip()
    for platform, pattern in _PATTERNS if len(text) <= MAX_ADDRESS_CHARACTERS else ():
        if found := pattern.fullmatch(text):
            return Video(platform=platform, video_id=found.group(1))
    names = ", ".join(_NAMES.values())
    raise BadVideo(f"This is no video or channel on {names}. Copy the address from the browser.", fields={"video_url": "unknown address"})
