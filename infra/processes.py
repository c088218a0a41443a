"""Background processes of the local stack: each has a pid file and a log in the state directory, and is ended by its process id alone."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LOOPBACK: Final = "127.0.0.1"
STOP_SECONDS: Final = 240
"""A busy machine takes long to save all that the engine holds."""
START_SECONDS: Final = 60
POLL_SECONDS: Final = 0.05
PROC: Final = Path("/proc")
STARTTIME: Final = 22
"""The field of /proc/PID/stat, counted from 1 (proc_pid_stat(5))."""
AFTER_NAME: Final = 4
"""The first field after the state, which follows the name in brackets."""
_CHILDREN: Final[list[subprocess.Popen[bytes]]] = []
"""What this process started, so that it can see them end."""


class LocalStackFailed(Exception):  # says what happened
    """The local stack cannot do what was asked; the message says what to do about it."""


@dataclass(frozen=True, slots=True)
class Service:
    """One background process: its name, where its pid file and log are, the port it listens on and the setting of that port."""

    name: str
    state: Path
    port: int
    setting: str

    @property
    def _pid_file(self) -> Path:
        return self.state / f"{self.name}.pid"

    @property
    def log(self) -> Path:
        """Where the process writes."""
        return self.state / f"{self.name}.log"

    def pid(self) -> int | None:
        """The process id while it runs. A pid that meanwhile belongs to another program does not count."""
        try:
            pid, started = self._pid_file.read_text().split()
        except FileNotFoundError:
            return None
        return int(pid) if _started_at(int(pid)) == started else None

    def start(self, command: Sequence[str], environment: Mapping[str, str], directory: Path) -> None:
        """Start it, unless it runs, and wait until it listens. Raises `LocalStackFailed`."""
        if self.pid() is not None:
            return
        if listens(self.port):
            message = (
                f"Port {self.port} is taken by another program. Free it, or choose another port for the {self.name}: {self.setting}=..."
            )
            raise LocalStackFailed(message)
        self.state.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            started = subprocess.Popen(  # our own command
                command, cwd=directory, env=dict(environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        _CHILDREN.append(started)
        self._pid_file.write_text(f"{started.pid} {_started_at(started.pid)}")
        deadline = time.monotonic() + START_SECONDS
        while not listens(self.port):
            if started.poll() is not None or time.monotonic() > deadline:
                message = f"The {self.name} did not start. The end of {self.log}:\n{self.last_words()}"
                raise LocalStackFailed(message)
            time.sleep(POLL_SECONDS)

    def stop(self) -> bool:
        """End it with SIGTERM and wait until it is gone; whether it ran. Raises `LocalStackFailed` when it does not end."""
        pid = self.pid()
        if pid is None:
            self._pid_file.unlink(missing_ok=True)
            return False
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while self.pid() is not None:
            if time.monotonic() > deadline:
                message = f"The {self.name} (process {pid}) did not end within {STOP_SECONDS} seconds."
                raise LocalStackFailed(message)
            time.sleep(POLL_SECONDS)
        self._pid_file.unlink(missing_ok=True)
        return True

    def last_words(self, lines: int = 15) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""


def listens(port: int) -> bool:
    """Whether anything listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def _started_at(pid: int) -> str | None:
    """What tells this process from a later one with the same id; None when it is gone (a zombie is gone).

    Where the kernel says it, the start is counted in ticks since boot. The time of day that `ps` makes of it moves whenever the
    machine's clock is set, and a process that moved would be taken for another.
    """
    for child in _CHILDREN:
        child.poll()
    if PROC.exists():
        try:
            state, *fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if state == "Z" else fields[STARTTIME - AFTER_NAME]
    done = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S607  # ps of the system
    state, _, started = done.stdout.strip().partition(" ")
    return "_".join(started.split()) if state and not state.startswith("Z") else None
