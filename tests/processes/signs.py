"""Files that tasks in processes make, as signs of how far they are."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers import until
from processes import errands

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Ticking", "is_there"]


def is_there(folder: Path, name: str) -> Callable[[], bool]:
    """Return what says whether a task has made the file of that name."""
    return partial(Path(folder, name).exists)


class Ticking:
    """A task that counts, where others see it, until the file `end` is there."""

    def __init__(
        self, scope: Any, folder: Path, name: str = "ticks", errand: Any = errands.tick
    ) -> None:
        """Submit it to a scope; wait until it counts."""
        self._path = Path(folder, name)
        self._folder = folder
        self.future = scope.submit(errand, folder, name)
        until(self._path.exists)
        self.goes_on()

    @property
    def count(self) -> int:
        """How far it has come."""
        return self._path.read_text().count("\n")

    def goes_on(self) -> None:
        """Wait until it has counted on from where it is now."""
        before = self.count
        until(lambda: self.count > before, what=f"{self._path.name} counts on from {before}")

    def ends(self, timeout: float = 30) -> None:
        """Let it end: it has counted no less and no more than what was seen."""
        errands.touch(self._folder, "end")
        assert self.future.result(timeout) == self.count
