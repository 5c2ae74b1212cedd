"""The joiners: who waits, in code of the stdlib, for the end of an adopted pool.

They join its threads there: whoever shuts the pool down or leaves its `with` block, and the
interpreter at its exit. While the pool is held they would wait in silence. So for as long as
somebody is seen to, on the stacks, the timer's thread says what waits for what, as whoever waits
for one of our own pools says it himself.

It looks when somebody comes (`come`, which `adoption` has put before the stdlib's `shutdown`), and
when the pool is held or stopped (`wake`), for those who have come before. So nothing wakes up while
nobody waits.
"""

from __future__ import annotations

import sys
from concurrent.futures import thread as stdlib
from functools import partial
from typing import TYPE_CHECKING, Any

from pausable._core.frames import frames_of_threads, locals_of
from pausable.scopes.patience import for_end, plights
from pausable.scopes.shutdown import say_if_paused
from pausable.scopes.timer import timer

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from pausable.scopes.patience import Patience
    from pausable.scopes.timer import Alarm

__all__ = ["Joiners"]


def _code_of(function: Any) -> CodeType:
    """Return the code of a function of the stdlib, over which others may have put theirs."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    code: CodeType = function.__code__
    return code


_SHUTDOWN = _code_of(stdlib.ThreadPoolExecutor.shutdown)
_EXIT = _code_of(stdlib._python_exit)


_STARTS_THREADS_AT_EXIT = sys.version_info[:2] != (3, 12)


class Joiners:
    """Speaks for those who wait for the end of one pool. From any thread, outside all locks."""

    __slots__ = ("_alarm", "_crew", "_patience")

    def __init__(self, crew: Any) -> None:
        """Speak for nobody yet; *crew* is that of the pool, which has this."""
        self._crew: Any = crew
        self._patience: Patience | None = None
        self._alarm: Alarm | None = None

    def come(self) -> None:
        """Say for what somebody waits who is just about to, if the pool is held."""
        root = self._crew.root()
        if root is not None and (root.gate.closed or plights(root)):
            say_if_paused(root)
            self._begin(None)

    def wake(self) -> None:
        """Speak for those who wait already, if there are any: somebody is to rest, or to stop."""
        if self._patience is None and self._crew.is_shut_down():
            code = self._waits_in()
            if code is _EXIT and not _STARTS_THREADS_AT_EXIT:  # so there may be no timer
                say_if_paused(self._crew.pool.root)
            elif code is not None:
                self._begin(code)

    def leave(self) -> None:
        """Speak for nobody any more."""
        self._patience = None
        if self._alarm is not None:
            self._alarm.cancel()

    def _begin(self, code: CodeType | None) -> None:
        what = "at the interpreter's exit, the end" if code is _EXIT else "the shutdown"
        self._patience = patience = for_end(what, self._crew.pool.root)
        self._set_alarm(patience)

    def _set_alarm(self, patience: Patience) -> None:
        call = partial(self._speak, patience)
        self._alarm = timer.call_at(patience.until(None), call, instead_of=self._alarm)

    def _speak(self, patience: Patience) -> None:
        """Say what is waited for, unless nobody waits or nothing is held: `wake` is called then."""
        if patience is not self._patience:  # somebody has come since
            return
        if self._waits_in() is None or not plights(self._crew.pool.root):
            self._patience = None
            return
        patience.speak()
        self._set_alarm(patience)

    def _waits_in(self) -> CodeType | None:
        """Find what waits for the end of the pool: its shutdown, or the exit; None if nothing."""
        executor = self._crew.executor()
        # The dict has no name: see `_core.frames`.
        found = {_wait_on(frame, executor) for frame in frames_of_threads().values()} - {None}
        return found.pop() if found else None


def _wait_on(frame: FrameType | None, executor: object) -> CodeType | None:
    while frame is not None:
        if frame.f_code is _EXIT:
            return _EXIT
        if frame.f_code is _SHUTDOWN and executor is not None:
            given = locals_of(frame)
            if given.get("self") is executor and given.get("wait"):
                return _SHUTDOWN
        frame = frame.f_back
    return None
