"""Whether the calling thread has been interrupted: it runs a signal handler, or a finalizer.

Both run between any two lines of a thread, also while those hold a lock that is not re-entrant, of
a queue, of a log handler's. Whatever takes that lock there waits for itself. So nobody's code but
our own may be called on such a thread (`outbox`), and somebody has to tell that it is one.

Python does not say so. What can be seen, on the thread's own stack:

- A signal handler is called with the frame that it has interrupted: the one below its own. (Its own
  code is looked for, too, in case it has dropped its arguments; and that of all handlers that were
  seen before, since a handler may have put another in its place.)
- `__del__` has that name. A callback of a weak reference is called with one that is dead.
- What runs on top of an instruction that calls nothing was called by the interpreter itself.
- A generator that is closed, as one is that goes away, handles a GeneratorExit.

Where that is not certain, the answer is yes: what is said too late is better than a deadlock.
Python code that C code drops from inside a call, and that is none of these, is not seen.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` makes enums of all, which takes long
import gc
import sys
import weakref
from _thread import get_ident
from opcode import opmap
from operator import methodcaller
from threading import main_thread
from typing import TYPE_CHECKING, Any

from pausable._core.frames import OURS, locals_of
from pausable._core.names import context_of, function_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType, FrameType

__all__ = ["FINALIZE", "QUIET", "called_by_collector", "is_interrupted", "is_owned"]

QUIET = frozenset(
    """
    POP_TOP POP_ITER POP_EXCEPT STORE_FAST STORE_FAST_STORE_FAST STORE_FAST_LOAD_FAST STORE_DEREF
    STORE_GLOBAL DELETE_FAST DELETE_DEREF DELETE_GLOBAL RETURN_VALUE RETURN_CONST END_FOR END_SEND
    SWAP LOAD_FAST_AND_CLEAR RESUME JUMP_BACKWARD JUMP_FORWARD JUMP_BACKWARD_NO_INTERRUPT NOP
    """.split()  # noqa: SIM905 - a list of names reads better as words
)
"""Instructions that call nothing, but may let an object go, or let signal handlers run."""

FINALIZE: CodeType = weakref.finalize.__call__.__code__

_QUIET = frozenset(opmap[name] for name in QUIET if name in opmap)
_ref: Any = weakref.ref
_SIGNALS = tuple(sorted(_signal.valid_signals()))
_MANY = 64

_VARARGS, _OPTIMIZED = 0x04, 0x01

_handlers: list[CodeType] = []
"""The code of all signal handlers that were seen. A list: there are few, and to hash is slow."""


is_owned: Callable[[Any], bool] = methodcaller("_is_owned")
"""Says whether this thread has an RLock: if our own, it is in a visit, and was interrupted.

All RLocks can tell: `threading.Condition` relies on it.
"""


def is_interrupted() -> bool:
    """Say whether this thread runs a signal handler or a finalizer, as far as can be told."""
    error = sys.exception()
    while error is not None:
        if type(error) is GeneratorExit:
            return True
        error = context_of(error)
    known = called_by_collector()
    if get_ident() == main_thread().ident:
        known += _signal_handlers()
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:  # written out: this is done for each event that somebody observes
        below, code = frame.f_back, frame.f_code
        if code.co_name == "__del__" or code in known:
            return True
        if below is not None and (
            (below.f_lasti >= 0 and below.f_code.co_code[below.f_lasti] in _QUIET)
            or (not code.co_filename.startswith(OURS) and _is_called_on_top(frame, code, below))
        ):
            return True
        frame = below
    return False


def _is_called_on_top(frame: FrameType, code: CodeType, below: FrameType) -> bool:
    """Say whether a function was called as signal handlers are, or as callbacks of weakrefs."""
    for value in _arguments(frame, code):
        if value is below:
            return True
        if issubclass(type(value), _ref) and _ref.__call__(value) is None:
            return True
    return False


def _arguments(frame: FrameType, code: CodeType) -> tuple[object, ...]:
    """List what a function was called with by position, if it has it still."""
    count, has_more = code.co_argcount, code.co_flags & _VARARGS
    if not (count or has_more) or not code.co_flags & _OPTIMIZED:
        return ()
    found: Mapping[str, Any] = locals_of(frame)
    values = tuple(map(found.get, code.co_varnames[:count]))
    if has_more:
        values += found.get(code.co_varnames[count + code.co_kwonlyargcount], ())
    return values


def called_by_collector() -> list[CodeType]:
    """List the code that the collector of garbage calls, or that calls for it."""
    found = [FINALIZE]
    for callback in gc.callbacks:
        function = function_of(callback)
        if function is not None:
            found.append(function.__code__)
    return found


def _signal_handlers() -> list[CodeType]:
    """List the code of the signal handlers there are, and of those that there were."""
    for handler in map(_signal.getsignal, _SIGNALS):
        if handler is None or type(handler) is int:
            continue
        code = _code_of(handler)
        if code is not None and code not in _handlers:
            _handlers.append(code)
            del _handlers[:-_MANY]
    return _handlers


def _code_of(handler: object) -> CodeType | None:
    """Find the Python code of a handler: a function, a method, a partial, an object with a call."""
    function = function_of(handler) or function_of(vars(type(handler)).get("__call__"))
    return None if function is None else function.__code__
