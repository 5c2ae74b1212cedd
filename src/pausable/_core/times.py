"""Time: the clock that all durations are measured with, and a sleep of any length."""

from __future__ import annotations

import time
from time import time as wall_clock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["clock", "plain_sleep", "wall_clock"]

_DAY = 86_400.0


def _own_clock() -> Callable[[], float]:
    """Return a monotonic clock that is nobody else's.

    Programs stop and turn back time in tests: freezegun replaces each function of `time`, wherever
    a module has it, time-machine what `monotonic()` does in C. A deadline would never come. So it
    is a function from a module of its own, and the one that neither replaces there.
    """
    spec = time.__spec__
    loader = None if spec is None else spec.loader
    if spec is None or loader is None:
        return time.perf_counter
    own = loader.create_module(spec)
    if own is None:
        return time.perf_counter
    loader.exec_module(own)
    return own.perf_counter  # type: ignore[no-any-return]  # a module has any attribute


clock: Callable[[], float] = _own_clock()


def plain_sleep(duration: float) -> None:
    """Sleep like `time.sleep`, also for longer than that can take at once."""
    while duration > _DAY:
        time.sleep(_DAY)
        duration -= _DAY
    time.sleep(duration)
