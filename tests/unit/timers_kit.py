"""A market whose clock stands until it is set, and the mail that comes of setting it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from chalicelib.contracts.rules import Contract
from chalicelib.contracts.service import SigningContext
from tests.fakes.console import Console, Market

BRAND, HOST, AGENCY = "kettles@example.com", "nadia@example.com", "stars@example.com"
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass
class Play:
    """A market whose clock is moved, and the mail that comes of it."""

    market: Market
    read: int = 0

    @property
    def console(self) -> Console:
        """Everything."""
        return self.market.console

    def at(self, instant: datetime) -> list[tuple[str, str]]:
        """Set the clock, let the schedule run twice and the queues be worked off; who got mail of it, and of which kind."""
        self.console.services.clock.set(instant)
        for _ in range(2):
            self.console.services.tick()
            self.console.work()
        return self.news()

    def news(self) -> list[tuple[str, str]]:
        """Who got which kind of mail since this was last asked."""
        store = self.console.services.notices.sending.store
        new = self.console.mailer.sent[self.read :]
        self.read += len(new)
        return sorted((mail.to, store.notice(mail.notice_id).kind.name) for mail in new)

    def quiet(self) -> None:
        """Work everything off, and forget the mail so far."""
        self.console.work()
        self.news()


@pytest.fixture
def play(market: Market) -> Play:
    """Everybody approved, nothing agreed."""
    played = Play(market)
    played.quiet()
    return played


def both(kind: str) -> list[tuple[str, str]]:
    """Mail of a kind to both sides."""
    return sorted([(BRAND, kind), (HOST, kind), (AGENCY, kind)])


def kinds(news: list[tuple[str, str]], *wanted: str) -> list[tuple[str, str]]:
    """Mail of some kinds only."""
    return [mail for mail in news if mail[1] in wanted]


def context(play: Play) -> SigningContext:
    """Somebody who has just signed in."""
    return SigningContext(authenticated_at=play.console.services.clock.real_now(), address="192.0.2.1", user_agent="Browser/1")


def drafted(play: Play) -> Contract:
    """A contract that waits for signatures."""
    contract = play.market.drafted()
    play.quiet()
    return contract


def signed(play: Play) -> Contract:
    """A contract signed by both."""
    contract = play.market.signed()
    play.quiet()
    return contract
