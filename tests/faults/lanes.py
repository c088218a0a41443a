"""Several lanes side by side, and what they find put together."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.place import ROOT

WAYS = 3


class LaneBroke(RuntimeError):
    """A lane ended before it was done: the harness is broken, or the program is without any fault."""


@dataclass(slots=True)
class Findings:
    """What was tried and what came of it."""

    calls: dict[str, int] = field(default_factory=dict)
    """By workflow, how many outside calls the proxy counted in the undisturbed run."""
    workflows: dict[str, int] = field(default_factory=dict)
    """By workflow, how many points were tried."""
    failures: list[dict[str, Any]] = field(default_factory=list)
    mistakes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def points(self) -> int:
        """All points that were tried."""
        return sum(self.workflows.values())

    @property
    def calls_seen(self) -> int:
        """The calls of those workflows whose points were tried."""
        return sum(calls for name, calls in self.calls.items() if name in self.workflows)

    def add(self, line: dict[str, Any]) -> None:
        """Take in what a lane says."""
        if line["kind"] == "workflow" and self.calls.setdefault(line["name"], line["calls"]) != line["calls"]:
            message = f"lanes disagree about the calls of {line['name']}: {self.calls[line['name']]} and {line['calls']}"
            raise LaneBroke(message)
        if line["kind"] == "point":
            self.workflows[line["workflow"]] = self.workflows.get(line["workflow"], 0) + 1
            self.failures += [line] if line["problems"] else []
        if line["kind"] == "mistake":
            self.mistakes.append(line)

    def report(self) -> dict[str, Any]:
        """What `build/faults.json` holds."""
        return {
            "points": self.points,
            "failed": len(self.failures),
            "calls_seen": self.calls_seen,
            "mutations_caught": sum(each["caught"] for each in self.mistakes),
            "mutations": len(self.mistakes),
            "workflows": {name: self.workflows[name] for name in self.calls if name in self.workflows},
        }

    def hold(self, *, each_way: bool) -> bool:
        """Nothing failed and nothing was overlooked; `each_way` also demands three points for each call."""
        enough = not each_way or self.points >= WAYS * self.calls_seen
        return enough and self.points > 0 and not self.failures and all(each["caught"] for each in self.mistakes)


@dataclass(slots=True)
class Listener:
    """Hears all lanes. `told` hears after each point, `failed` of each failure."""

    told: Callable[[Findings], None]
    failed: Callable[[str], None]
    findings: Findings = field(default_factory=Findings)
    broken: list[LaneBroke] = field(default_factory=list)
    ended: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def follow(self, process: subprocess.Popen[str]) -> None:
        """Hear a lane to its end."""
        assert process.stdout is not None
        for text in process.stdout:
            with self._lock:
                try:
                    self._hear(json.loads(text))
                except LaneBroke as failure:
                    self.broken.append(failure)

    def _hear(self, line: dict[str, Any]) -> None:
        self.ended += line["kind"] == "end"
        self.findings.add(line)
        if line["kind"] == "point":
            self.told(self.findings)
            if line["problems"]:
                self.failed(words_of(line))


def tried(listener: Listener, *, lanes: int, short: bool = False, only: Sequence[str] = (), mistakes: int | None = None) -> Findings:
    """Try everything in so many lanes. Raises `LaneBroke`."""
    options = [*(["--short"] if short else []), *(part for name in only for part in ("--only", name))]
    options += [] if mistakes is None else ["--mistakes", str(mistakes)]
    processes = [_started(lane, lanes, options) for lane in range(lanes)]
    threads = [threading.Thread(target=listener.follow, args=(process,)) for process in processes]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        for process in processes:
            _stopped(process)
    if listener.ended < lanes:
        listener.broken.append(LaneBroke("a lane ended too early; its own words are above"))
    if listener.broken:
        raise listener.broken[0]
    return listener.findings


def words_of(failure: dict[str, Any]) -> str:
    """A point that failed, with all that helps to understand it."""
    lines = [f"FAILED {failure['workflow']}, {failure['what']}", *(f"    {problem}" for problem in failure["problems"])]
    return "\n".join([*lines, *(f"    log: {text}" for text in failure["words"])])


def _started(lane: int, lanes: int, options: Sequence[str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.faults.lane", "--lane", str(lane), "--lanes", str(lanes), *options]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603  # our own module


def _stopped(process: subprocess.Popen[str]) -> None:
    """A lane that still runs when this ends (Ctrl-C) is told so, and stops what it has started."""
    if process.poll() is None:
        process.terminate()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
