"""The thread of a worker, which begins at once; if it does not, the next is not waited for.

`threading.Thread.start` returns when the new thread has begun. For that it needs the interpreter
for a moment, and then its starter does: where threads compute, each of them has its turn before,
twice. To start 32 threads for tasks that compute takes seconds so, with the stdlib's pool. Programs
rely on it, though: what was submitted to an idle pool has started when `submit()` returns. So it is
waited for here until one has taken long, and the others that follow then begin by themselves.
"""

from __future__ import annotations

import threading
from typing import Any

from pausable._core.times import clock

__all__ = ["FOR_NOW", "LONG", "WorkerThread"]


LONG = 0.05  # seconds: some ten turns of others
FOR_NOW = 1.0  # seconds


class _Begin(threading.Event):
    """Set when the thread has begun; `Thread.start` is the only one that waits, and does not."""

    def wait(self, timeout: float | None = None) -> bool:  # noqa: ARG002
        """Do not wait; say whether it is set."""
        return self.is_set()

    def come(self, timeout: float | None) -> bool:
        """Wait until it is set, for *timeout* seconds at most; say whether it is."""
        return super().wait(timeout)


class WorkerThread(threading.Thread):
    """A thread like any other, but for its start, which does not wait: see `await_begin`.

    Whoever asks it for what there is only when it has begun waits then.
    """

    def __init__(self, **options: Any) -> None:
        """Make a thread, with the arguments of `threading.Thread`, by name."""
        super().__init__(**options)
        self._started = _Begin()

    def is_starting(self) -> bool:
        """Say whether it was started, and has not begun yet."""
        return not self._started.is_set() and self in threading._limbo  # type: ignore[attr-defined]

    def has_started(self) -> bool:
        """Say whether it was started, at whatever time."""
        return self.is_starting() or self._started.is_set()

    def await_begin(self) -> bool:
        """Wait until it has begun; say whether that has taken long."""
        since = clock()
        self._started.come(None)
        return clock() - since > LONG

    def is_alive(self) -> bool:
        """Say whether it was started and has not ended."""
        return self.is_starting() or super().is_alive()

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has ended."""
        if timeout is not None:
            deadline = clock() + timeout
        if self.is_starting() and not self._started.come(timeout):
            return
        super().join(None if timeout is None else max(deadline - clock(), 0.0))

    @property
    def ident(self) -> int | None:
        """What identifies it; None if it was not started."""
        self._come()
        return super().ident

    @property
    def native_id(self) -> int | None:
        """What the system calls it; None if it was not started."""
        self._come()
        return super().native_id

    def _come(self) -> None:
        if self.is_starting():
            self._started.come(None)
