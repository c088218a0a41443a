"""Sessions end in time, a sign-in is used up once, cookies are safe."""

from datetime import timedelta

import pytest

from chalicelib.core.errors import Unauthenticated
from chalicelib.web.sessions import ABSOLUTE, IDLE, SESSION_COOKIE, Session, SessionStore, SignInAgain, cookie, cookies_of
from tests.conftest import StandingClock

pytestmark = pytest.mark.usefixtures("tables")


@pytest.fixture
def sessions(clock: StandingClock) -> SessionStore:
    """Sessions by the standing clock."""
    return SessionStore(clock)


def test_a_session_ends_by_idleness_by_age_and_on_closing(sessions: SessionStore, clock: StandingClock) -> None:
    session = Session(user_id="usr_1", email="a@example.test", name="A", started_at=clock.now())
    idle, old, closed = (sessions.open(session) for _ in range(3))
    sessions.close(closed)
    with pytest.raises(SignInAgain):
        sessions.find(closed)
    clock.advance(IDLE - timedelta(minutes=1))
    assert sessions.find(old) == session
    clock.advance(timedelta(minutes=1))
    with pytest.raises(SignInAgain):
        sessions.find(idle)
    while clock.now() < session.started_at + ABSOLUTE - IDLE:
        clock.advance(IDLE / 2)
        sessions.find(old)
    clock.advance(IDLE)
    with pytest.raises(SignInAgain):
        sessions.find(old)


def test_a_sign_in_is_used_up_and_bound_to_its_window_and_time(sessions: SessionStore, clock: StandingClock) -> None:
    secret, started = sessions.start_sign_in("/brand")
    with pytest.raises(SignInAgain):
        sessions.finish_sign_in(secret, "another state")
    assert sessions.finish_sign_in(secret, started.state) == started
    with pytest.raises(SignInAgain):
        sessions.finish_sign_in(secret, started.state)
    late, started = sessions.start_sign_in("/brand")
    clock.advance(timedelta(minutes=10))
    with pytest.raises(SignInAgain):
        sessions.finish_sign_in(late, started.state)


def test_cookies_are_host_only_secure_and_read_back() -> None:
    made_cookie = cookie(SESSION_COOKIE, "abc=def", max_age_seconds=5)
    assert made_cookie == f"{SESSION_COOKIE}=abc=def; Path=/; Max-Age=5; Secure; HttpOnly; SameSite=Lax"
    assert cookies_of(f"a=1; {SESSION_COOKIE}=abc=def; broken") == {"a": "1", SESSION_COOKIE: "abc=def"}


def test_unauthenticated_is_the_root_of_every_failed_sign_in() -> None:
    assert issubclass(SignInAgain, Unauthenticated)
