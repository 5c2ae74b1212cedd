"""The state of a future moves along the table in `_core/states.py`, and in no other way.

Random sequences of all public methods that could change it, on futures made by hand; those of pools
are in `test_pooled_states`. Each single move is recorded, on whichever thread it happens.
"""

from __future__ import annotations

import threading
from typing import Any

import pytest
from futures.recording import RecordingFuture, attempt, check_moves
from helpers import until
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import pausable
from pausable._core.states import (
    CANCELLED,
    CANCELLED_AND_NOTIFIED,
    DONE,
    FINISHED,
    MOVES,
    PENDING,
    RUNNING,
)

SOON = 20.0
STATES = {PENDING, RUNNING, CANCELLED, CANCELLED_AND_NOTIFIED, FINISHED}


class LoneFuture(RuleBasedStateMachine):
    """A future of one's own, and all that can be done to it."""

    @initialize()
    def make(self) -> None:
        """Make it."""
        self.future, self.told = RecordingFuture(), 0

    @rule()
    def cancel(self) -> None:
        """Cancel it."""
        assert self.future.cancel() == self.future.cancelled()

    @rule()
    def begin(self) -> None:
        """Begin to run it."""
        attempt(self.future.set_running_or_notify_cancel)

    @rule()
    def set_result(self) -> None:
        """Set a result."""
        attempt(self.future.set_result, 42)

    @rule()
    def set_exception(self) -> None:
        """Set an exception."""
        attempt(self.future.set_exception, LookupError())

    @rule()
    def reach_for_a_pool(self) -> None:
        """Pause, resume and stop need a pool: they are refused, and change nothing."""
        for call in (self.future.pause, self.future.resume, self.future.stop):
            assert isinstance(attempt(call), RuntimeError)

    @rule()
    def call_back(self) -> None:
        """Add a callback."""
        self.future.add_done_callback(self.count)

    def count(self, future: RecordingFuture) -> None:
        """Be called back: the future is done."""
        assert future.done()
        self.told += 1

    @invariant()
    def moves_are_in_the_table(self) -> None:
        """Each move was one of MOVES."""
        future, state = self.future, self.future._state
        check_moves(future)
        assert future.done() == (state in DONE)
        assert future.running() == (state == RUNNING)
        assert future.cancelled() == (state in (CANCELLED, CANCELLED_AND_NOTIFIED))


TestLoneFuture = LoneFuture.TestCase
TestLoneFuture.settings = settings(max_examples=200, stateful_step_count=12, deadline=None)


def test_the_table_names_the_states_of_the_stdlib():
    """Nothing but the stdlib's literal states is in it, and what is over stays over."""
    assert {state for move in MOVES for state in move} == STATES
    assert {old for old, _ in MOVES} & DONE == {CANCELLED}
    assert {new for old, new in MOVES if old == CANCELLED} == {CANCELLED_AND_NOTIFIED}


def lone(*calls: str) -> RecordingFuture:
    """Call methods of a future of one's own."""
    future = RecordingFuture()
    for name in calls:
        getattr(future, name)(*((42,) if name == "set_result" else ()))
    return future


def pooled(*calls: str, paused: bool = False) -> Any:
    """Call methods of a future whose task runs, or cannot start, and wait for its end."""
    began, go = threading.Event(), threading.Event()

    def task() -> None:
        began.set()
        assert go.wait(SOON)
        pausable.checkpoint()

    with pytest.MonkeyPatch.context() as patch, pausable.ThreadPoolExecutor(1) as pool:
        patch.setattr("pausable.scopes.future.Future", RecordingFuture)
        if paused:
            pool.pause("for a test")
        future = pool.submit(task)
        assert paused or began.wait(SOON)
        for name in calls:
            getattr(future, name)()
        go.set()
        pool.resume()
    return future


def faulted() -> Any:
    """Let a task raise where that is a fault, and decide it."""
    with pytest.MonkeyPatch.context() as patch, pausable.ThreadPoolExecutor(1) as pool:
        patch.setattr("pausable.scopes.future.Future", RecordingFuture)
        group = pool.group("g", on_fault="hold", faults=ValueError)
        future = group.submit(int, "x")
        until(group.faults)
        assert group.faults()[0].fail()
    return future


MADE = {
    (PENDING, RUNNING): pooled,
    (RUNNING, FINISHED): pooled,
    (RUNNING, PENDING): faulted,
    (RUNNING, CANCELLED_AND_NOTIFIED): lambda: pooled("stop"),
    (PENDING, CANCELLED_AND_NOTIFIED): lambda: pooled("cancel", paused=True),
    (PENDING, CANCELLED): lambda: lone("cancel"),
    (CANCELLED, CANCELLED_AND_NOTIFIED): lambda: lone("cancel", "set_running_or_notify_cancel"),
    (PENDING, FINISHED): lambda: lone("set_result"),
}


@pytest.mark.parametrize("move", sorted(MOVES), ids="-".join)
def test_each_move_of_the_table_is_made(move):
    """No edge is there for nothing."""
    future = MADE[move]()
    check_moves(future)
    assert move in future.moves
