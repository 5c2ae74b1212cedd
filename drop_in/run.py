"""One run of a project's tests in one of the modes."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from drop_in.progress import follow
from drop_in.record import Record

if TYPE_CHECKING:
    from drop_in.environment import Environment

__all__ = ["MODES", "Run"]

MODES = ("stdlib", "ours", "preemptive")

_ROOT = Path(__file__).parent.parent
_TEST_SECONDS = 60
_TESTS_FAILED, _NO_TESTS = 1, 5  # exit codes of pytest


@dataclass
class Run:
    """Runs tests, and keeps what came of each."""

    environment: Environment
    mode: str
    seed: int
    seconds: float
    ids: tuple[str, ...] = ()
    """Only these tests."""
    label: str = ""
    """Which repetition this is; the first run has none."""
    cut_short: str = ""
    """How it ended, if not as it should."""

    def __post_init__(self) -> None:
        """Begin a record."""
        stem = f"{self.mode}{self.label}"
        self.log = self.environment.folder / f"{stem}.log"
        self._counts = self.environment.folder / f"{stem}.counts"
        for each in (self.log, self._counts):
            each.unlink(missing_ok=True)
        self.record = Record(self.environment.folder / f"{stem}.record")

    def go(self) -> Run:
        """Run the tests; return this."""
        code = follow(
            self._command(),
            log=self.log,
            seconds=self.seconds,
            tell=self._tell,
            cwd=self.environment.sources,
            env=self._env(),
        )
        if code is None:
            self.cut_short = "hung"
        elif code not in {0, _TESTS_FAILED, _NO_TESTS}:
            self.cut_short = "crashed"
        self.record.end(self.cut_short)
        return self

    @property
    def outcomes(self) -> dict[str, str]:
        """What came of each test, by its id."""
        return self.record.outcomes

    @property
    def pools(self) -> Counter[str]:
        """How many pools were made, paused, and seen at rest, in all processes that have ended."""
        total: Counter[str] = Counter()
        if self._counts.exists():
            for line in self._counts.read_text().splitlines():
                total.update(json.loads(line))
        return total

    def _tell(self) -> str:
        self.record.read()
        record, counts = self.record, self.record.counts
        done = f"{len(record.outcomes)} of {record.collected}"
        name = f"{self.environment.project.name} {self.mode}{self.label}"
        return f"{name}: {done}, {counts['failed']} failed; {record.current or '...'}"

    def _command(self) -> list[object]:
        project = self.environment.project
        return [
            self.environment.python,
            *("-m", "pytest", "-p", "drop_in_record", "-p", "no:cacheprovider", "-q", "-rN"),
            *(f"--timeout={_TEST_SECONDS}", "-o", f"faulthandler_timeout={_TEST_SECONDS - 10}"),
            f"--rootdir={self.environment.sources}",
            *project.arguments,
            *(f"--deselect={each}" for each in project.left_out),
            *(self.ids or project.tests),
        ]

    def _env(self) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, (_ROOT / "drop_in" / "swap", _ROOT / "src"))),
            "PYTHONFAULTHANDLER": "1",
            "DROP_IN_MODE": self.mode,
            "DROP_IN_SEED": str(self.seed),
            "DROP_IN_RECORD": str(self.record.path),
            "DROP_IN_COUNTS": str(self._counts),
        }
