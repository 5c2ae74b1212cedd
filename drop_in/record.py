"""The record of a run: what came of each test, as far as it has got."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["BAD", "Record"]

BAD = ("failed", "hung", "crashed")
"""The outcomes of a test that are failures."""


class Record:
    """Reads what the plugin of pytest writes down, as it grows."""

    def __init__(self, path: Path) -> None:
        """Begin a new one there."""
        path.unlink(missing_ok=True)
        path.touch()
        self.path = path
        self.collected = 0
        self.outcomes: dict[str, str] = {}
        self.current: str | None = None
        self._read_to = 0

    def read(self) -> None:
        """Read what was added."""
        with self.path.open("rb") as file:
            file.seek(self._read_to)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._read_to += len(line)
                self._note(*json.loads(line))

    def _note(self, word: str, what: str | int) -> None:
        if word == "collected":
            self.collected = int(what)
        elif word == "began":
            self.current = str(what)
        elif word == "ended":
            self.current = None
        elif self.outcomes.get(str(what)) not in BAD:
            # Of a test that passes, and fails as it is torn down, the failure is what counts.
            self.outcomes[str(what)] = word

    def end(self, outcome: str) -> None:
        """Note how the whole run ended, if not as it should, at the test that was under way."""
        self.read()
        if outcome:
            self.outcomes[self.current or "(the end of the run)"] = outcome

    @property
    def counts(self) -> Counter[str]:
        """How many tests have which outcome, failures of all kinds as one."""
        return Counter("failed" if each in BAD else each for each in self.outcomes.values())
