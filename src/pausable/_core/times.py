"""Time: the clock that all durations are measured with, and the check of those that users give."""

from __future__ import annotations

import math
import threading
import time
from time import monotonic as clock
from time import time as wall_clock

__all__ = ["clock", "optional_seconds", "plain_sleep", "seconds", "wall_clock"]

_DAY = 86_400.0


def seconds(name: str, value: float) -> float:
    """Return *value* as a float of seconds; raise if it is no number, NaN or negative."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        msg = f"{name} must be a number of seconds, not {value!r}"
        raise TypeError(msg)
    try:
        number = float(value)
    except OverflowError:  # a huge int
        number = math.copysign(math.inf, value > 0 or -1)
    if math.isnan(number) or number < 0:
        msg = f"{name} must be zero or more seconds, not {value!r}"
        raise ValueError(msg)
    return number


def optional_seconds(name: str, value: float | None) -> float | None:
    """Return *value* checked like `seconds`; None and what no lock can wait for mean "for ever"."""
    if value is None:
        return None
    checked = seconds(name, value)
    return checked if checked < threading.TIMEOUT_MAX else None


def plain_sleep(duration: float) -> None:
    """Sleep like `time.sleep`, also for longer than that can take at once."""
    while duration > _DAY:
        time.sleep(_DAY)
        duration -= _DAY
    time.sleep(duration)
