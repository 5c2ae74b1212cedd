"""Finalizers: `__del__`, and callbacks that run when an object goes away, whatever runs then."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

from pausable._core.frames import locals_of
from pausable._core.interruption import FINALIZE, QUIET, called_by_collector
from pausable._preempt.analysis import analyse

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["finalizer"]


def finalizer(frame: FrameType) -> str | None:
    """Name the finalizer that a frame runs; None if it runs none."""
    code = frame.f_code
    if code.co_name == "__del__":
        return f"{code.co_qualname}()"
    if code is FINALIZE:
        return "a callback of weakref.finalize"
    if gc.callbacks and code in called_by_collector():  # on top of any instruction that allocates
        return f"{code.co_qualname}(), a callback of the collector"
    if _is_weakref_callback(frame):
        return f"{code.co_qualname}(), a weakref callback"
    caller = frame.f_back
    if caller is not None and caller.f_lasti >= 0:
        standing = analyse(caller.f_code).instruction(caller.f_lasti)
        if standing.name in QUIET:
            return f"{code.co_qualname}(), called by no code"
    return None


def _is_weakref_callback(frame: FrameType) -> bool:
    code = frame.f_code
    if not code.co_argcount or code.co_flags & 0x220:  # a generator or a coroutine
        return False
    name = code.co_varnames[min(code.co_argcount, 2) - 1]
    value = locals_of(frame).get(name)
    return type(value) is weakref.ref and value() is None
