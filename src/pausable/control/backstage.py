"""The thread of the server: one that the program does not meet.

It is none of `threading`: who counts his threads counts on finding his own. No signal comes to it
while it waits: one that the program waits for itself (`sigwait`), and so has blocked, would end the
process if any thread took it. And while the process forks it is not there: the child is the copy of
a program of one thread, if that is what it was, and Python has nothing to warn of.
"""

from __future__ import annotations

import os
import sys
import threading
from _thread import get_ident, get_native_id
from contextlib import suppress
from typing import TYPE_CHECKING

from pausable._core.parker import start_new_thread
from pausable._core.times import clock

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Backstage"]

_PATIENCE = 2.0  # seconds for which a fork waits; it may come from under a lock that is waited for

_CAN_MASK = sys.platform != "win32"
if _CAN_MASK:
    from signal import SIG_BLOCK, SIG_SETMASK, pthread_sigmask, valid_signals


class Backstage:
    """Runs *work* on such a thread, until that returns. Daemonic: nobody waits for it at the exit.

    *leave* has the work return soon; it is called at a fork, and the work is begun again after it.
    """

    def __init__(self, work: Callable[[], object], leave: Callable[[], object]) -> None:
        """Start nothing yet."""
        self._work = work
        self._leave = leave
        self._ident = self._native = 0
        self._mask: set[int] = set()
        self._begun = threading.Event()
        self._over = threading.Event()
        self._over.set()
        self._turn = threading.Lock()  # of those who fork
        self._forks = 0
        self.is_aside: bool = False
        """Whether the work is to return, and will be begun again."""

    def start(self) -> None:
        """Begin the work; return when it has begun.

        Raises:
            RuntimeError: no thread can be started.
        """
        self._over.clear()
        self._begun.clear()
        self._mask = pthread_sigmask(SIG_BLOCK, valid_signals()) if _CAN_MASK else set()
        try:
            start_new_thread(self._run, ())
        except BaseException:
            self._over.set()
            raise
        finally:
            if _CAN_MASK:
                pthread_sigmask(SIG_SETMASK, self._mask)
        self._begun.wait()

    def _run(self) -> None:
        self._ident, self._native = get_ident(), get_native_id()
        self._begun.set()
        try:
            self._work()
        finally:
            self._over.set()

    def on_stage(self) -> None:
        """Be reached by signals: the threads that are started now are the program's."""
        if _CAN_MASK:
            pthread_sigmask(SIG_SETMASK, self._mask)

    def off_stage(self) -> None:
        """Be reached by no signal any more."""
        if _CAN_MASK:
            pthread_sigmask(SIG_BLOCK, valid_signals())

    def is_this(self) -> bool:
        """Say whether it is the calling thread."""
        return self._ident == get_ident()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the work has returned; say whether it has."""
        return self._over.wait(timeout)

    def leave_behind(self) -> None:
        """Count the work as returned: it never will, and nobody is to wait for that."""
        self._over.set()

    # Around a fork.

    def stand_aside(self) -> None:
        """Have no thread, from here to `come_back`. Before a fork, on the thread that forks."""
        with self._turn:
            self._forks += 1
            if self._forks == 1 and not self._over.is_set() and not self.is_this():
                self.is_aside = True
                self._leave()
                if self.join(_PATIENCE):
                    self._await_the_systems()

    def _await_the_systems(self) -> None:
        """Wait until the thread is gone for the system, too, which is a moment later."""
        task, deadline = f"/proc/self/task/{self._native}", clock() + _PATIENCE
        while os.path.exists(task) and clock() < deadline:  # nobody tells of it
            os.sched_yield()

    def come_back(self) -> None:
        """Go on, after a fork, in the parent."""
        with self._turn:
            self._forks = max(self._forks - 1, 0)  # it may have been made since
            if self._forks == 0 and self.is_aside:
                self.join(_PATIENCE)
                self.is_aside = False
                with suppress(RuntimeError):  # no thread: it is not reached any more
                    self.start()
