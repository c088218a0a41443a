"""What the demo says when the local engine was killed under it: which step, and what to do."""

import http.client
import urllib.error
from typing import Any

import pytest

from demo import client
from demo.client import Answer, DemoFailed, Person

PERSON = Person("http://127.0.0.1:1", "ada@example.com", "secret")


def answering(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise failure

    monkeypatch.setattr(client._opener, "open", fail)


@pytest.mark.parametrize(
    "failure",
    [
        urllib.error.URLError(ConnectionRefusedError(111, "Connection refused")),
        http.client.RemoteDisconnected("Remote end closed connection without response"),
        http.client.IncompleteRead(b"half"),
        TimeoutError("timed out"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_dead_front_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    answering(monkeypatch, failure)
    with pytest.raises(DemoFailed, match=r"127\.0\.0\.1:1 does not answer .*`make demo` again, which adds nothing twice"):
        PERSON.get("/api/v1/clock")


def test_a_front_without_an_engine_is_told_at_the_step_it_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    no_engine = Answer(502, http.client.HTTPMessage(), "The local engine does not answer.")
    monkeypatch.setattr(client, "fetch", lambda *_: no_engine)
    with pytest.raises(DemoFailed, match=r"POST /api/v1/briefs: the local engine does not answer any more\. .*make clean-data"):
        PERSON.post("/api/v1/briefs", {})


def test_waiting_ends_soon_when_the_engine_is_gone_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    no_engine = Answer(502, http.client.HTTPMessage(), "The local engine does not answer.")
    monkeypatch.setattr(client, "fetch", lambda *_: no_engine)
    monkeypatch.setattr(client, "GONE_SECONDS", 0.01)
    monkeypatch.setattr(client, "POLL_SECONDS", 0.02)
    with pytest.raises(DemoFailed, match="The deposit did not happen: the local engine does not answer any more"):
        PERSON.wait("/api/v1/fundings/fnd_1", bool, "The deposit")


def test_waiting_survives_an_engine_that_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [Answer(502, http.client.HTTPMessage(), ""), Answer(200, http.client.HTTPMessage(), '{"state": "paid"}')]
    monkeypatch.setattr(client, "fetch", lambda *_: answers.pop(0))
    monkeypatch.setattr(client, "POLL_SECONDS", 0)
    assert PERSON.wait("/api/v1/fundings/fnd_1", bool, "The deposit") == {"state": "paid"}
