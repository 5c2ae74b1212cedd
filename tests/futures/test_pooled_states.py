"""The state of a pool's future moves along the table in `_core/states.py`, whatever is done to it.

Random sequences of the public methods of futures, groups and pools, with a worker that runs the
tasks meanwhile. At the end each future is done, has called back once, and no task ran twice.
"""

from __future__ import annotations

import threading
from typing import Any

import pytest
from futures.recording import RecordingFuture, attempt, check_moves
from helpers import until
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

import pausable
from pausable._core.states import MOVES, RUNNING

SOON = 20.0


class PooledFutures(RuleBasedStateMachine):
    """Futures of a pool with one worker, whose tasks end when they are told to."""

    futures: Bundle[Any] = Bundle("futures")
    patience = SOON

    @initialize()
    def make(self) -> None:
        """Make the pool; its futures are recording ones."""
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr("pausable.scopes.future.Future", RecordingFuture)
        self.pool = pausable.ThreadPoolExecutor(1)
        self.group = self.pool.group("part")
        self.all: list[Any] = []
        self.told: dict[Any, int] = {}
        self.go: dict[Any, threading.Event] = {}
        self.ran: list[Any] = []

    @rule(target=futures, fails=st.booleans(), in_group=st.booleans())
    def submit(self, fails: bool, in_group: bool) -> Any:
        """Submit a task that runs until it is told to end; when shut down, take an old future."""
        go = threading.Event()

        def task() -> int:
            self.ran.append(go)
            assert go.wait(SOON)
            pausable.checkpoint()
            if fails:
                raise LookupError
            return 42

        try:
            future = (self.group if in_group else self.pool).submit(task)
        except RuntimeError:
            return self.all[-1] if self.all else RecordingFuture()
        self.all.append(future)
        self.go[future] = go
        self.told[future] = 0
        future.add_done_callback(self.count)
        return future

    def count(self, future: Any) -> None:
        """Be called back."""
        assert future.done()
        self.told[future] += 1

    @rule(future=futures)
    def let_end(self, future: Any) -> None:
        """Let a task end, now or when it comes to that."""
        if future in self.go:
            self.go[future].set()

    @rule(future=futures)
    def cancel(self, future: Any) -> None:
        """Cancel a task."""
        if future.cancel():
            assert future.cancelled()

    @rule(future=futures)
    def stop(self, future: Any) -> None:
        """Stop a task."""
        attempt(future.stop, "for a test")

    @rule(future=futures)
    def pause(self, future: Any) -> None:
        """Pause one task."""
        attempt(future.pause)

    @rule(future=futures)
    def resume(self, future: Any) -> None:
        """Resume one task."""
        attempt(future.resume)

    @rule(
        future=futures,
        name=st.sampled_from(["set_result", "set_exception", "set_running_or_notify_cancel"]),
    )
    def meddle(self, future: Any, name: str) -> None:
        """Do what only the pool should; the stdlib does not forbid it either."""
        arguments = {"set_result": (1,), "set_exception": (LookupError(),)}.get(name, ())
        attempt(getattr(future, name), *arguments)

    @rule(in_group=st.booleans(), verb=st.sampled_from(["pause", "resume", "stop"]))
    def tell_all(self, in_group: bool, verb: str) -> None:
        """Pause, resume or stop the pool or the group."""
        attempt(getattr(self.group if in_group else self.pool, verb))

    @rule(cancel=st.booleans())
    def shut_down(self, cancel: bool) -> None:
        """Shut the group down."""
        self.group.shutdown(wait=False, cancel_futures=cancel)

    @invariant()
    def moves_are_in_the_table(self) -> None:
        """Each move was one of MOVES."""
        for future in getattr(self, "all", ()):
            assert set(future.moves) <= MOVES, future.moves

    def teardown(self) -> None:
        """Let everything end: each future does, each callback is called once, no task ran twice."""
        if not hasattr(self, "pool"):
            return
        for go in self.go.values():
            go.set()
        for scope in (self.group, self.pool, *self.all):
            attempt(scope.resume)
        for future in self.all:
            if future._state == RUNNING and self.go[future] not in self.ran:
                attempt(future.set_result, 0)  # somebody meddled: nobody else will end it
        assert self.has_ended(), self.pool.status()
        until(lambda: all(self.told.values()), what="all callbacks were called")
        self.patch.undo()
        for future in self.all:
            check_moves(future)
            assert future.done(), future
            assert self.told[future] == 1
        assert len(self.ran) == len(set(self.ran))
        status = self.pool.status()
        assert (status.queued, status.running, status.resting) == (0, 0, 0)

    def has_ended(self) -> bool:
        """Shut down; once something has hung, shrinking goes on without waiting that long again."""
        ended = self.pool.shutdown(timeout=type(self).patience)
        if not ended:
            type(self).patience = 0.2
        return ended


TestPooledFutures = PooledFutures.TestCase
TestPooledFutures.settings = settings(max_examples=100, stateful_step_count=25, deadline=None)
