"""Finalizers: `__del__`, and callbacks that run when an object goes away, whatever runs then."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from pausable._preempt.analysis import analyse
from pausable._preempt.scopes import locals_of

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["finalizer"]

# These call nothing: Python code that runs on top of one was called since an object went away.
_QUIET = frozenset(
    """
    POP_TOP POP_ITER POP_EXCEPT STORE_FAST STORE_FAST_STORE_FAST STORE_FAST_LOAD_FAST STORE_DEREF
    STORE_GLOBAL DELETE_FAST DELETE_DEREF DELETE_GLOBAL RETURN_VALUE RETURN_CONST END_FOR END_SEND
    SWAP LOAD_FAST_AND_CLEAR RESUME JUMP_BACKWARD JUMP_FORWARD JUMP_BACKWARD_NO_INTERRUPT NOP
    """.split()  # noqa: SIM905 - a list of names reads better as words
)
_FINALIZE = weakref.finalize.__call__.__code__


def finalizer(frame: FrameType) -> str | None:
    """Name the finalizer that a frame runs; None if it runs none."""
    code = frame.f_code
    if code.co_name == "__del__":
        return f"{code.co_qualname}()"
    if code is _FINALIZE:
        return "a callback of weakref.finalize"
    if _is_weakref_callback(frame):
        return f"{code.co_qualname}(), a weakref callback"
    caller = frame.f_back
    if caller is not None and caller.f_lasti >= 0:
        standing = analyse(caller.f_code).instruction(caller.f_lasti)
        if standing.name in _QUIET:
            return f"{code.co_qualname}(), called by no code"
    return None


def _is_weakref_callback(frame: FrameType) -> bool:
    code = frame.f_code
    if not code.co_argcount or code.co_flags & 0x220:  # a generator or a coroutine
        return False
    name = code.co_varnames[min(code.co_argcount, 2) - 1]
    value = locals_of(frame).get(name)
    return type(value) is weakref.ref and value() is None
