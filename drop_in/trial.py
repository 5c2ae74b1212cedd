"""A trial of one project: its tests in all modes, and once more where something differs."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from drop_in import report
from drop_in.comparison import Difference, differences, run_again
from drop_in.progress import say
from drop_in.run import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drop_in.environment import Environment

__all__ = ["Trial"]


@dataclass
class Trial:
    """Runs the tests with the stdlib's pool first, then with ours, and compares."""

    environment: Environment
    modes: Sequence[str]
    """Those beside "stdlib"."""
    seed: int
    seconds: float
    again: int = 0
    """How often what differs is run again."""
    only: tuple[str, ...] = ()

    runs: list[Run] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    reason: str = ""
    """Why there was nothing to compare."""

    def go(self) -> None:
        """Run and compare, and say what comes of it."""
        theirs = self._run("", "stdlib", self.only)
        self.runs.append(theirs)
        say("  ".join(report.row(theirs)))
        if theirs.cut_short or not theirs.record.counts["passed"]:
            name = self.environment.project.name
            self.reason = f"{name}: {theirs.cut_short or 'no test passed'}, see {theirs.log}"
            say(self.reason)
            return
        for mode in self.modes:
            self._compare(theirs, mode)

    @property
    def is_bad(self) -> bool:
        """Whether a test fails with ours that does not with the stdlib's, or nothing is known."""
        return bool(self.reason) or any(each.is_failure for each in self.differences)

    def _compare(self, theirs: Run, mode: str) -> None:
        ours = self._run("", mode, self.only)
        self.runs.append(ours)
        say("  ".join(report.row(ours)))
        found = differences(theirs, ours)
        for number in range(1, self.again + 1):
            run_again(found, mode, partial(self._run, f"-again-{number}"))
        self.differences += found
        if not ours.pools["pools"]:
            self.reason = f"{ours.environment.project.name} {mode}: no pool was made in these tests"
        say("\n".join(map(report.difference, found)) or "    no test differs")

    def _run(self, label: str, mode: str, ids: tuple[str, ...]) -> Run:
        return Run(self.environment, mode, self.seed, self.seconds, ids, label).go()
