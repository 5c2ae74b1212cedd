"""What the stdlib's pool and ours make of the same tests, and where that differs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drop_in.record import BAD

if TYPE_CHECKING:
    from collections.abc import Callable

    from drop_in.run import Run

__all__ = ["Difference", "differences", "run_again"]


@dataclass
class Difference:
    """A test of which something else came than with the stdlib's pool."""

    test: str
    mode: str
    theirs: str
    ours: str
    again: dict[str, list[str]] = field(default_factory=dict)
    """What came of it when it was run again, by mode."""

    @property
    def is_flaky(self) -> bool:
        """Whether it also fails with the stdlib's pool, now and then."""
        return any(each in BAD for each in self.again.get("stdlib", ()))

    @property
    def is_failure(self) -> bool:
        """Whether it is one that counts: ours fails, and theirs never does."""
        return self.ours in BAD and self.theirs not in BAD and not self.is_flaky


def differences(theirs: Run, ours: Run) -> list[Difference]:
    """Compare two runs of the same tests."""
    tests = {**theirs.outcomes, **ours.outcomes}
    pairs = ((test, theirs.outcomes.get(test, "-"), ours.outcomes.get(test, "-")) for test in tests)
    return [
        Difference(test, ours.mode, before, after)
        for test, before, after in pairs
        if before != after
    ]


def run_again(
    found: list[Difference], mode: str, run: Callable[[str, tuple[str, ...]], Run]
) -> None:
    """Run what differs once more, with the stdlib's pool and in *mode*."""
    ids = tuple(each.test for each in found if "::" in each.test)
    if not ids:
        return
    for side in ("stdlib", mode):
        outcomes = run(side, ids).outcomes
        for each in found:
            each.again.setdefault(side, []).append(outcomes.get(each.test, "-"))
