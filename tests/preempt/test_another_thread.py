"""The rule asked about a thread by another one, while it does not run."""

from __future__ import annotations

import threading

import pytest

from pausable._core.frames import frames_of_threads
from pausable._preempt.rule.safety import obstacle


class Waiting:
    """A thread that waits inside or outside a lock of its own until the test is over."""

    def __init__(self, lock, *, inside):
        self.lock, self.inside = lock, inside
        self.is_there, self.may_go = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.entry)

    def entry(self):
        if self.inside:
            with self.lock:
                self.wait()
        else:
            self.wait()

    def wait(self):
        self.is_there.set()
        self.may_go.wait()

    def __enter__(self):
        self.thread.start()
        self.is_there.wait()
        return self

    def __exit__(self, *exc):
        self.may_go.set()
        self.thread.join()

    def found(self):
        """Return what keeps it, asked about the innermost frame that is its own."""
        frame = frames_of_threads()[self.thread.ident]
        while frame.f_code is not Waiting.wait.__code__:
            frame = frame.f_back
        return obstacle(frame, {threading.Thread.run.__code__}, self.thread.ident)


@pytest.mark.parametrize("make", [threading.Lock, threading.RLock, threading.Condition])
def test_a_lock_of_that_thread(make):
    """What another thread holds keeps it, and the obstacle names the line where it was taken."""
    with Waiting(make(), inside=True) as waiting:
        found = waiting.found()
    assert found is not None
    assert found.kind == "lock"
    assert found.what.startswith("self.lock")
    assert found.where.function == "Waiting.entry"


@pytest.mark.parametrize("make", [threading.RLock, threading.Condition])
def test_a_lock_that_somebody_else_holds(make):
    """An RLock tells whose it is: it does not keep a thread that does not own it."""
    lock = make()
    with lock, Waiting(lock, inside=False) as waiting:
        assert waiting.found() is None
