"""The hand on `sys.monitoring`: a tool id while it is needed, and events on single code objects.

Held only during a chase, so that debuggers, profilers and coverage find their ids free, and so that
nothing at all is instrumented while nothing is paused. Whatever is set here is cleared here:
`free_tool_id` leaves local events on before 3.14 (gh-111963).

Code objects are kept by identity: they compare equal by value, and an equal one that is not the
same has events of its own.

Not thread-safe: the engine calls it from one thread at a time.
"""

from __future__ import annotations

import sys
from functools import partial
from types import CodeType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DISABLE", "HAS_MONITORING", "Monitor", "free_ids"]

HAS_MONITORING: bool = sys.version_info >= (3, 12)

_monitoring: Any = getattr(sys, "monitoring", None)
DISABLE: object = getattr(_monitoring, "DISABLE", None)

NAME = "pausable"
_IDS = (4, 3, 5)  # by preference; 0 to 2 are for debuggers, coverage and profilers
_RESTING = ("LINE", "JUMP", "PY_START", "PY_RESUME", "PY_RETURN", "PY_YIELD")
_INSTRUCTION = "INSTRUCTION"


def free_ids() -> list[int]:
    """List the tool ids that could be had now."""
    return [number for number in _IDS if _monitoring.get_tool(number) in (None, NAME)]


class Monitor:
    """Six events, on the code that it is told of, that lead to one callback."""

    def __init__(self, callback: Callable[..., object]) -> None:
        """Have *callback* called with the name of the event, the code, and what else there is."""
        self._callback = callback
        self._id: int | None = None
        self._codes: dict[int, CodeType] = {}
        self.watched: CodeType | None = None  #: what has events until all is turned off

    @property
    def is_on(self) -> bool:
        """Say whether it has a tool id."""
        return self._id is not None

    def turn_on(self) -> bool:
        """Take a tool id, unless it has one; False if all are taken by others."""
        if self._id is not None:
            return True
        for number in _IDS:
            if _monitoring.get_tool(number) is not None:
                continue
            try:
                _monitoring.use_tool_id(number, NAME)
            except ValueError:  # somebody was faster
                continue
            self._id = number
            for name in (*_RESTING, _INSTRUCTION):
                _monitoring.register_callback(number, _event(name), partial(self._callback, name))
            return True
        return False

    def clear(self) -> None:
        """Clear all events but those of the code that is watched."""
        if self._id is None:
            return
        _monitoring.set_events(self._id, 0)
        while self._codes:
            _, code = self._codes.popitem()
            _monitoring.set_local_events(self._id, code, 0)

    def turn_off(self) -> None:
        """Clear all events and give the tool id back."""
        number = self._id
        if number is None:
            return
        self.clear()
        if self.watched is not None:
            _monitoring.set_local_events(number, self.watched, 0)
            self.watched = None
        for name in (*_RESTING, _INSTRUCTION):
            _monitoring.register_callback(number, _event(name), None)
        self._id = None
        _monitoring.free_tool_id(number)

    def watch(self, code: CodeType) -> None:
        """Have it called at each line of *code*, without a gap, until all is turned off."""
        if self._id is not None and self.watched is not code:
            _monitoring.set_local_events(self._id, code, _event("LINE"))
            self.watched = code

    def arm(self, code: CodeType) -> None:
        """Have the callback called at the safe points of *code*, disabled ones included.

        And at those of what is defined in it, such as lambdas: it may be called from there soon.
        """
        self._arm(code)
        for each in code.co_consts:
            if isinstance(each, CodeType):
                self._arm(each)

    def _arm(self, code: CodeType) -> None:
        if self._id is None or code is self.watched:
            return
        if id(code) in self._codes:
            _monitoring.set_local_events(self._id, code, 0)  # or what is disabled stays so
        self._codes[id(code)] = code
        _monitoring.set_local_events(self._id, code, _events(_RESTING))

    def arm_instructions(self, code: CodeType) -> None:
        """Have it called at each instruction of *code*, too: there an exception may be raised."""
        if self._id is not None and code is not self.watched:
            self._codes[id(code)] = code
            _monitoring.set_local_events(self._id, code, _events((*_RESTING, _INSTRUCTION)))

    def arm_everything(self) -> None:
        """Have the callback called at the safe points of all code of the process."""
        if self._id is not None:
            _monitoring.set_events(self._id, _events(_RESTING))


def _event(name: str) -> int:
    return int(getattr(_monitoring.events, name))


def _events(names: tuple[str, ...]) -> int:
    return sum(_event(name) for name in names)
