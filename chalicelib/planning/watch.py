"""A worker's sign of life: what it tells the run every few seconds is also how it hears that it is to stop, or that it is not its run."""

from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.core.clock import Clock
from chalicelib.planning import runs
from chalicelib.planning.planner import Progress
from chalicelib.planning.runs import PlanRun
from chalicelib.planning.store import PlanChanged, PlanStore

TELL_EVERY = timedelta(seconds=2)


class Stopped(Exception):
    """The run is not this worker's any more."""


class Watch:
    """Tells that the worker lives and how far it is; knows whether to go on."""

    def __init__(self, store: PlanStore, run: PlanRun, clock: Clock) -> None:
        """The run as this worker has begun it."""
        self.run, self._store, self._clock, self._told = run, store, clock, clock.real_now()

    def tell(self, progress: Progress | None = None) -> bool:
        """Told about twice a second; says whether to go on. Raises `Stopped`."""
        now = self._clock.real_now()
        if now - self._told < TELL_EVERY:
            return not self.run.cancel_asked
        self._told = now
        done = self.run.progress if progress is None else _kept(progress)
        self.change(lambda run: runs.advanced(run, done, now))
        return not self.run.cancel_asked

    def change(self, step: Callable[[PlanRun], PlanRun], *, wake_at: datetime | None = None) -> None:
        """Change the run, whatever its owner did meanwhile; only one worker has it. Raises `Stopped`."""
        while True:
            after = step(self.run)
            try:
                self._store.change(self.run, after, wake_at=wake_at)
            except PlanChanged:
                self.run = self._mine()
            else:
                self.run = after
                return

    def hand_on(self, split: runs.Split, progress: Progress) -> None:
        """Leave the run to the next message: the part is done. Raises `Stopped`."""
        now = self._clock.real_now()
        self.change(lambda run: runs.handed_on(run, split, _kept(progress), now), wake_at=now)

    def _mine(self) -> PlanRun:
        now = self._store.run(self.run.plan_id)
        if now.state is not runs.PlanState.RUNNING or now.attempt != self.run.attempt or now.is_handed_on:
            raise Stopped
        return now


def _kept(progress: Progress) -> runs.Progress:
    return runs.Progress(value_minor=progress.value_minor, bound_minor=progress.bound_minor)
