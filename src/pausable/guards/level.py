"""The level: a reading that is too high above one mark, and well again only below another."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pausable.guards.question import ProbeFailed
from pausable.scopes.foreign import callable_name

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Level"]


class Level:
    """A probe with a memory: it fails from the first reading too high to the first well again.

    Between the marks it says what it said last: a reading that hovers around one of them does not
    flap.
    """

    def __init__(self, read: Callable[[], float], pause_above: float, resume_below: float) -> None:
        """Fail above *pause_above*, until *read* returns less than *resume_below*.

        Raises:
            TypeError: *read* is not callable, or a mark is no number.
            ValueError: a mark is NaN, or *resume_below* is above *pause_above*.
        """
        if not callable(read):
            msg = f"read must be callable, not {read!r}"
            raise TypeError(msg)
        high, low = _mark("pause_above", pause_above), _mark("resume_below", resume_below)
        if low > high:
            msg = f"resume_below ({low:g}) must not be above pause_above ({high:g})"
            raise ValueError(msg)
        self.__name__: str = callable_name(read)
        self._read = read
        self._high = high
        self._low = low
        self._is_high = False

    def __call__(self) -> None:
        """Read.

        Raises:
            ProbeFailed: the level is too high, or was and is not well again.
        """
        reading = self._read()
        if reading > self._high:
            self._is_high = True
        elif reading < self._low:
            self._is_high = False
        if self._is_high:
            mark = self._high if reading > self._high else self._low
            word = "above" if reading > self._high else "not below"
            msg = f"{self.__name__} is {reading:g}, {word} {mark:g}"
            raise ProbeFailed(msg)


def _mark(name: str, value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        msg = f"{name} must be a number, not {value!r}"
        raise TypeError(msg)
    if math.isnan(value):
        msg = f"{name} must be a number, not NaN"
        raise ValueError(msg)
    return float(value)
