"""Seasons too large for one run, one message for each part: what is known of hosts is read and kept once, then planned part after part.

    cut: hosts, season, greedy plan -> a part, as often as there are parts -> the whole, checked and kept

Each step keeps all places so far under its own attempt before the run says so; only the worker that has the run can say so. So a message
that comes twice, or a worker that died, does a step once more from the places before it, and what was kept of it is not looked at.
"""

import time
from collections.abc import Mapping
from dataclasses import replace

from chalicelib.planning.cuts import Group, cut, told
from chalicelib.planning.model import Plan
from chalicelib.planning.rules import BadSeason, check, of_a_part, of_all
from chalicelib.planning.runs import Split
from chalicelib.planning.seasons import Built
from chalicelib.planning.stepwise import Piece, filled, first, improved, tightened
from chalicelib.planning.store import PlanStore
from chalicelib.planning.watch import Watch
from chalicelib.planning.wording import named

MOST_SECONDS_FOR_BOUND = 120
"""Telling of a season's places takes minutes, too."""


class PartRuns:
    """The steps. All raise `Stopped` where the run is not this worker's any more."""

    def __init__(self, store: PlanStore) -> None:
        """Parts and places are kept in the store."""
        self._store = store

    def begin(self, watch: Watch, built: Built, groups: Mapping[str, Group]) -> None:
        """Cut the season into parts and hand on. Raises `BadSeason` for one that cannot be planned."""
        season, run = built.season, watch.run
        try:
            check(season, of_all())
        except BadSeason as error:
            raise BadSeason(named(error.message, built.names)) from error
        made = cut(season, groups, of_a_part())
        booked = [slot.slot_id for slot in season.slots if slot.slot_id not in groups]
        stage, parts = first(season, [part.slot_ids for part in made.parts], booked)
        fixed = set(booked)
        beside = tuple(match for match in season.matches if match.slot_id in fixed)
        self._store.keep_cut(run, replace(built, season=replace(season, matches=beside)), parts)
        self._store.keep_stage(run, stage)
        words = told(made)
        split = Split(parts=len(parts), done=0, cut_by=run.attempt, kept_by=run.attempt, seconds=0, words=words)
        watch.hand_on(split, stage.progress)

    def plan_next(self, watch: Watch, split: Split, seconds: int) -> None:
        """Plan the next part within these seconds and hand on."""
        stage = self._store.stage(watch.run, split)
        number = stage.order[split.done]
        piece = Piece(number=number, part=self._store.part(watch.run, split, number), season=self._store.cut(watch.run, split).season)
        after = improved(stage, piece, seconds=seconds, clock=time.monotonic, tell=watch.tell)
        self._store.keep_stage(watch.run, after)
        watch.hand_on(replace(split, done=split.done + 1, kept_by=watch.run.attempt), after.progress)

    def gathered(self, watch: Watch, split: Split) -> tuple[Built, Plan]:
        """The whole season and its plan, as far as its parts have been planned."""
        built, stage = self._store.cut(watch.run, split), self._store.stage(watch.run, split)
        fixed = {match.slot_id for match in built.season.matches}
        matches, own = list(built.season.matches), []
        for number in range(split.parts):
            part = self._store.part(watch.run, split, number)
            matches += (match for match in part.matches if match.slot_id not in fixed)
            own.append([slot.slot_id for slot in part.slots if slot.slot_id not in fixed])
            watch.tell()
        season = replace(built.season, matches=tuple(matches))
        seconds = min(watch.run.seconds, MOST_SECONDS_FOR_BOUND)
        bound = tightened(season, stage, own, seconds=seconds, clock=time.monotonic, tell=watch.tell)
        return replace(built, season=season), filled(season, stage, bound)
