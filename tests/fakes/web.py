"""Other people's pages, as a probe finds them."""

import hashlib
from dataclasses import dataclass, field

from chalicelib.adapters.public_web import Fetched, Hop

ADDRESS = "93.184.216.34"


@dataclass
class FakeWeb:
    """Answers 200 unless a URL is given another status, or none; remembers what it was asked."""

    statuses: dict[str, int | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def fetch(self, url: str) -> Fetched:
        """What `PublicWeb` would say."""
        self.asked.append(url)
        status = self.statuses.get(url, 200)
        if status is None:
            return Fetched(url=url, hops=(Hop(url=url, address=ADDRESS),), error="it takes no connections")
        body = f"page of {url}".encode()
        hops = (Hop(url=url, address=ADDRESS, status=status),)
        return Fetched(url=url, hops=hops, status=status, bytes_read=len(body), sha256=hashlib.sha256(body).hexdigest())
