"""A process is known again by what the kernel says of it, whatever happens to the machine's clock."""

import os
from pathlib import Path

import pytest

from infra.processes import Service

LATER_EACH_TIME = """#!/bin/sh
echo x >> "$0.asked"
echo "S Mon Nov 23 02:00:$(wc -l < "$0.asked") 2026"
"""


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service("engine", tmp_path, 1, "ENGINE_PORT")


def test_a_running_process_is_known_again_after_the_clock_of_the_machine_was_set(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ps = tmp_path / "bin" / "ps"
    ps.parent.mkdir()
    ps.write_text(LATER_EACH_TIME)
    ps.chmod(0o755)
    monkeypatch.setenv("PATH", f"{ps.parent}:{os.environ['PATH']}")
    monkeypatch.setattr("infra.processes.listens", lambda _: service.log.exists())
    service.start(["sleep", "60"], dict(os.environ), tmp_path)

    assert [service.pid() for _ in range(3)] == [service.pid()] * 3 != [None] * 3
    assert service.stop() is True


def test_a_later_process_with_the_same_id_is_another(service: Service) -> None:
    (service.state / "engine.pid").write_text(f"{os.getpid()} 1")

    assert service.pid() is None


def test_a_process_that_is_gone_does_not_run(service: Service) -> None:
    gone = os.fork()
    if gone == 0:
        os._exit(0)
    os.waitpid(gone, 0)
    (service.state / "engine.pid").write_text(f"{gone} 1")

    assert service.pid() is None
