"""A clock that the test moves: what is due in an hour is due now, and nothing before the test says so."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pausable._core import times
from pausable.scopes.timer import timers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["HOUR", "Clock", "clock"]

HOUR = 3600.0  # seconds: no machine is so busy that they pass by themselves in a test

_real = times.clock


class Clock:
    """The clock of the library: it goes as always, and makes a leap when the test says so."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def __call__(self) -> float:
        return _real() + self._ahead

    def move(self, seconds: float) -> None:
        """Let time pass at once, and have the timers look at what is due."""
        self._ahead += seconds
        for each in timers:
            each.wake()


def _replace(old: Callable[[], float], new: Callable[[], float]) -> None:
    """Put a clock in the place of another one, wherever a module of the library has that."""
    for name, module in tuple(sys.modules.items()):
        if name.startswith("pausable.") and vars(module).get("clock") is old:
            module.clock = new  # type: ignore[attr-defined]


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Give the library a clock that the test can move, and its own one back afterwards."""
    moved = Clock()
    _replace(_real, moved)
    yield moved
    _replace(moved, _real)
