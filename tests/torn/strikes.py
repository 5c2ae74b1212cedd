"""Strikes: one asynchronous exception, on one thread, at one place.

Python 3.12 and later show each instruction by `sys.monitoring`, which leaves the trace functions of
coverage and debuggers alone; on 3.11 it is a trace function, and those that were there come back.

The exception is left for CPython by an attribute that calls C, in the last line of the callback:
between that and the instruction there is no look, so it is CPython that chooses the place.
"""

from __future__ import annotations

import _thread
import ctypes
import signal
import sys
import threading
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from helpers import put_back

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import CodeType

    from torn.places import Place, Step

MONITORS = sys.version_info >= (3, 12)
NUDGE = 0.005  # seconds after which a main thread that waits in C is shown that there is a signal


class Struck(BaseException):
    """What strikes threads other than the main one, of which the code under test knows nothing."""


class Hung(BaseException):
    """The main thread has waited for longer than all should take."""


class Whom:
    """Whose steps count: the main thread's, or those of the others that have such *names*.

    What earlier trials have left behind is neither. A thread without a name, in the midst of its
    start, is one of them.
    """

    def __init__(self, *, on_main: bool, names: tuple[str, ...] = ("",)) -> None:
        """Begin with all."""
        self._on_main = on_main
        self.names = names

    def has(self, ident: int) -> bool:
        """Say whether a thread is one of them."""
        if self._on_main or ident == MAIN:
            return self._on_main and ident == MAIN
        thread = threading._active.get(ident)  # not `current_thread()`, which would make one
        return thread is None or thread.name.startswith(self.names)


class Strike:
    """An exception to come; on the main thread a real Ctrl-C."""

    def __init__(self, place: Place, whom: Whom) -> None:
        """Aim it at *place*, on whichever of these threads comes there."""
        self.place = place
        self.fired = False
        self.whom = whom
        self._left = place.nth
        self._token = _thread.allocate_lock()

    def reached(self, code: CodeType, offset: int) -> Any:
        """Return what strikes when its `fire` is read, if this thread is at the place."""
        if offset != self.place.offset or code is not self.place.code or self.fired:
            return None
        ident = _thread.get_ident()
        if not self.whom.has(ident):
            return None
        self._left -= 1
        if self._left > 0 or not self._token.acquire(blocking=False):
            return None
        self.fired = True
        if self.place.by_line:
            raise KeyboardInterrupt if ident == MAIN else Struck
        return ctrl_c() if ident == MAIN else asynchronous(ident)


MAIN = threading.main_thread().ident


def ctrl_c() -> Any:
    """Return an object whose `fire` trips SIGINT; what waits in C is woken for it after a moment."""
    signal.setitimer(signal.ITIMER_REAL, NUDGE, NUDGE)
    return _CTRL_C


class _CtrlC(int):
    fire = property(_thread.interrupt_main)  # calls it with the number that this is


_CTRL_C = _CtrlC(signal.SIGINT)


def asynchronous(ident: int) -> Any:
    """Return an object whose `fire` leaves an exception for a thread."""
    leave = partial(
        ctypes.pythonapi.PyThreadState_SetAsyncExc, ctypes.c_ulong(ident), ctypes.py_object(Struck)
    )
    return type("_Async", (int,), {"fire": property(leave)})(0)


class Recorder:
    """Writes down what each thread does."""

    def __init__(self, whom: Whom) -> None:
        """Look at these."""
        self.whom = whom
        self.threads: dict[int, list[Step]] = {}

    def reached(self, code: CodeType, offset: int) -> None:
        """Write down an instruction."""
        ident = _thread.get_ident()
        if self.whom.has(ident):
            self.threads.setdefault(ident, []).append((code, offset))


class Watch:
    """Shows instructions (or lines) of some code to a function, on all threads, while it is on."""

    def __init__(self, codes: Iterable[CodeType], reached: Any, *, by_line: bool = False) -> None:
        """Show those of *codes* to *reached*; what that returns is to fire."""
        self.codes = frozenset(codes)
        self.reached = reached
        self.by_line = by_line
        self.is_on = False


class Traced(Watch):
    """By a trace function, on this thread and on those that are started in the block."""

    @contextmanager
    def prepared(self) -> Iterator[None]:
        """Trace."""
        before, of_threads = sys.gettrace(), threading.gettrace()
        threading.settrace(self._enter)
        sys.settrace(self._enter)
        try:
            yield
        finally:
            sys.settrace(before)
            threading.settrace(of_threads)  # type: ignore[arg-type]  # None, as it was

    def begin(self) -> None:
        """Show what comes."""
        self.is_on = True

    def end(self) -> None:
        """Show no more."""
        self.is_on = False

    def _enter(self, frame: Any, event: str, arg: object) -> Any:
        if frame.f_code not in self.codes:
            return None
        frame.f_trace_opcodes = not self.by_line
        frame.f_trace_lines = self.by_line
        return self._step

    def _step(self, frame: Any, event: str, arg: object) -> Any:
        if not self.is_on or event != ("line" if self.by_line else "opcode"):
            return self._step
        where = frame.f_lineno if self.by_line else frame.f_lasti
        strike = self.reached(frame.f_code, where)
        if strike is None:
            return self._step
        sys.settrace(None)  # a further call of this function would be where it is delivered
        return strike.fire


class Monitored(Watch):
    """By `sys.monitoring`."""

    @contextmanager
    def prepared(self) -> Iterator[None]:
        """Take a tool's number."""
        monitoring = sys.monitoring
        self._tool = next(n for n in (4, 3, 2, 1, 0) if monitoring.get_tool(n) is None)
        kinds = monitoring.events
        self._event = kinds.LINE if self.by_line else kinds.INSTRUCTION
        monitoring.use_tool_id(self._tool, "torn")
        try:
            yield
        finally:
            self.end()
            monitoring.free_tool_id(self._tool)

    def begin(self) -> None:
        """Show what comes."""
        sys.monitoring.register_callback(self._tool, self._event, self._step)
        for code in self.codes:
            sys.monitoring.set_local_events(self._tool, code, self._event)
        self.is_on = True

    def end(self) -> None:
        """Show no more."""
        sys.monitoring.register_callback(self._tool, self._event, None)
        if self.is_on:
            for code in self.codes:
                sys.monitoring.set_local_events(self._tool, code, 0)
        self.is_on = False

    def _step(self, code: CodeType, where: int) -> Any:
        strike = self.reached(code, where)
        if strike is None:
            return None
        sys.monitoring.register_callback(self._tool, self._event, None)  # as in `Traced._step`
        return strike.fire


watch = Monitored if MONITORS else Traced


def record(codes: set[CodeType], whom: Whom, *, by_line: bool = False) -> tuple[Recorder, Watch]:
    """Return a recorder of what happens in *codes*, and the watch that shows it."""
    recorder = Recorder(whom)
    return recorder, watch(codes, recorder.reached, by_line=by_line)


def aim(place: Place, whom: Whom) -> tuple[Strike, Watch]:
    """Return a strike at a place, and the watch that shows it."""
    strike = Strike(place, whom)
    return strike, watch({place.code}, strike.reached, by_line=place.by_line)


@contextmanager
def interruptible(seconds: float) -> Iterator[None]:
    """Let Ctrl-C be one, and raise Hung in a main thread that stays in this block for so long."""
    until = time.monotonic() + seconds

    def look(number: int, frame: object) -> None:
        nonlocal until
        if time.monotonic() > until:
            until = time.monotonic() + 1.0  # what cleans up after it may hang, too
            raise Hung

    handlers = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.default_int_handler),
        signal.SIGALRM: signal.signal(signal.SIGALRM, look),
    }
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in handlers.items():
            put_back(number, handler)
