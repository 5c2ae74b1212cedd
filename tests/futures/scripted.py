"""Scripted locks, conditions and events: the stdlib's, which take turns as an interleaving says."""

from __future__ import annotations

import concurrent.futures._base as stdlib_base
import threading
from _thread import get_ident
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pausable.scopes.announced as our_future
import pausable.scopes.awaited as our_waits
import pausable.scopes.outcome as our_outcome
import pausable.threads.worker as our_worker
from pausable import ThreadPoolExecutor
from pausable._core.attention import here
from pausable._core.parker import Parker

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest
    from futures.interleaving import Interleaving

__all__ = ["scripted_pool", "use_script"]


class Lock:
    """A re-entrant lock: each operation is a step, and waiting for it gives the turn away."""

    def __init__(self, script: Interleaving) -> None:
        """Take turns as *script* says."""
        self._script = script
        self._real = threading.RLock()
        self._holder = 0  # nobody, or a thread that takes no part and has not yet come to say so
        self._depth = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Acquire it, when it is this thread's turn."""
        script = self._script
        if script.actor() is None or not blocking:
            acquired = self._real.acquire(blocking, timeout)
        else:
            script.step()
            acquired = self._real.acquire(blocking=False)
            while not acquired:
                if not script.takes_part(self._holder):  # it goes on without being given a turn
                    acquired = self._real.acquire(timeout=0.01)
                else:
                    script.wait()
                    acquired = self._real.acquire(blocking=False)
        if acquired:
            self._holder = get_ident()
            self._depth += 1
        return acquired

    def release(self) -> None:
        """Release it."""
        self._depth -= 1
        if not self._depth:
            self._holder = 0
        self._real.release()
        self._script.note_progress()
        self._script.step()

    def _is_owned(self) -> bool:
        return self._real._is_owned()

    def __enter__(self) -> bool:
        """Acquire it."""
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        """Release it."""
        self.release()


class Condition(Lock):
    """A condition without timeouts: it ends when somebody notifies, or in `LostWakeUp`."""

    def __init__(self, script: Interleaving) -> None:
        """Begin with nobody waiting."""
        super().__init__(script)
        self._tickets: list[list[bool]] = []

    def wait(self, timeout: float | None = None) -> bool:
        """Wait to be notified, the lock released."""
        ticket = [False]
        self._tickets.append(ticket)
        self.release()
        try:
            while not ticket[0]:
                self._script.wait()
        finally:
            self.acquire()
        return True

    def notify(self, n: int = 1) -> None:
        """Wake those who waited first."""
        for ticket in self._tickets[:n]:
            ticket[0] = True
        del self._tickets[:n]
        self._script.note_progress()

    def notify_all(self) -> None:
        """Wake all."""
        self.notify(len(self._tickets))


class Event:
    """An event without timeouts."""

    def __init__(self, script: Interleaving) -> None:
        """Begin unset."""
        self._script = script
        self._is_set = False

    def is_set(self) -> bool:
        """Say whether it is set."""
        return self._is_set

    def set(self) -> None:
        """Set it."""
        self._script.step()
        self._is_set = True
        self._script.note_progress()

    def clear(self) -> None:
        """Reset it."""
        self._is_set = False

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set."""
        self._script.step()
        while not self._is_set:
            self._script.wait()
        return True


def use_script(patch: pytest.MonkeyPatch, script: Interleaving) -> None:
    """Let futures, and the stdlib's wait() and as_completed(), use scripted things."""

    def in_turn(kind: type) -> Any:
        return lambda *_: kind(script)

    replaced = {
        **vars(threading),
        "Lock": in_turn(Lock),
        "RLock": in_turn(Lock),
        "Condition": in_turn(Condition),
        "Event": in_turn(Event),
    }
    patch.setattr(our_future, "threading", SimpleNamespace(**replaced))
    patch.setattr(stdlib_base, "threading", SimpleNamespace(**replaced))
    patch.setattr(our_future, "lone_lock", Lock(script))
    patch.setattr(
        our_waits, "_let_others_run", None
    )  # for a moment, by the clock: no two runs alike
    _script_workers(patch, script)


def _script_workers(patch: pytest.MonkeyPatch, script: Interleaving) -> None:
    """Let workers that have joined park in turn, and leave when their thread ends."""
    park, wake, run = Parker.park, Parker.wake, threading.Thread.run

    def park_in_turn(parker: Parker, timeout: float | None = None) -> bool:
        while script.actor() is not None:
            if park(parker, 0):
                return True
            script.wait(idle=getattr(here, "seat", None) is not None)
        return park(parker, timeout)

    def wake_in_turn(parker: Parker) -> None:
        wake(parker)
        script.note_progress()

    def run_and_leave(thread: threading.Thread) -> None:
        try:
            run(thread)
        finally:
            script.leave()

    for module in (our_worker, our_outcome):
        patch.setattr(module, "give_way", lambda _: None)
    patch.setattr(Parker, "park", park_in_turn)
    patch.setattr(Parker, "wake", wake_in_turn)
    patch.setattr(threading.Thread, "run", run_and_leave)


@contextmanager
def scripted_pool(script: Interleaving, **options: Any) -> Iterator[ThreadPoolExecutor]:
    """Give a pool with one worker whose lock is scripted."""
    pool = ThreadPoolExecutor(1, **options)
    pool._p_node.pool.lock = Lock(script)
    try:
        yield pool
    finally:
        pool.resume()
        assert pool.shutdown(timeout=20), pool.status()
        status = pool.status()
        assert (status.queued, status.running, status.resting) == (0, 0, 0)
