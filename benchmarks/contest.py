"""The contest: one thing done by us and by others, in turns, and the ratios that come of it.

The sides of a contest take turns in random order within each run, with a garbage collection before
each turn, so that whatever else the machine does falls on all of them alike. The ratio of each run
is of two turns that were close in time; what is reported is the median of these ratios, and how
far apart they were.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

__all__ = ["Against", "Contest", "Measure", "Result", "Side", "hold"]

Measure = Callable[[], float]  # does the thing, and returns seconds or bytes
Side = Callable[[], AbstractContextManager[Measure]]  # makes all ready, and cleans up afterwards
Sense = Literal["faster", "cost"]


@dataclass(frozen=True)
class Against:
    """Whom we are compared with, and the ratio that is to be reached, if one is."""

    name: str
    side: Side
    reach: float | None = None


@dataclass(frozen=True)
class Contest:
    """One thing to measure, of us and of others.

    With ``sense="faster"`` the ratio is theirs by ours, and more is better; with ``sense="cost"``
    it is ours by theirs, and less is better.
    """

    name: str
    title: str
    ours: Side
    against: tuple[Against, ...]
    sense: Sense = "faster"
    unit: Literal["s", "B"] = "s"
    runs: int = 9


@dataclass(frozen=True)
class Result:
    """What came of a contest with one of the others: the measurements of each run, in pairs."""

    name: str
    title: str
    against: str
    sense: Sense
    unit: str
    reach: float | None
    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)
    skipped: str = ""  #: why there are none

    @property
    def ratios(self) -> list[float]:
        """One ratio for each run."""
        pairs = zip(self.ours, self.theirs, strict=True)
        if self.sense == "faster":
            return [theirs / ours for ours, theirs in pairs]
        return [ours / theirs for ours, theirs in pairs]

    @property
    def is_reached(self) -> bool | None:
        """Say whether the median is what was to be reached; None where nothing was."""
        if self.reach is None or self.skipped:
            return None
        ratio = round(median(self.ratios), 2)  # as it is printed
        return ratio >= self.reach if self.sense == "faster" else ratio <= self.reach


def hold(contest: Contest, runs: int | None = None) -> Iterator[Result]:
    """Let the sides of a contest take turns, and give the results."""
    ours: list[float] = []
    theirs: dict[str, list[float]] = {each.name: [] for each in contest.against}
    skipped: dict[str, str] = {}
    for _ in range(runs or contest.runs):
        turns: list[Against] = [Against("", contest.ours), *contest.against]
        random.shuffle(turns)
        for turn in turns:
            if turn.name in skipped:
                continue
            try:
                value = _take_turn(turn)
            except ImportError as error:
                skipped[turn.name] = f"skipped: {error.name} is not installed"
            else:
                theirs.get(turn.name, ours).append(value)
    for each in contest.against:
        facts = (contest.name, contest.title, each.name, contest.sense, contest.unit, each.reach)
        if each.name in skipped:
            yield Result(*facts, skipped=skipped[each.name])
        else:
            yield Result(*facts, ours, theirs[each.name])


def _take_turn(turn: Against) -> float:
    with turn.side() as measure:
        gc.collect()
        return measure()
