"""A real guard over real pools without threads, in any order: its holds are where they are due."""

from __future__ import annotations

import heapq
from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pausable import ThreadPoolExecutor
from pausable.guards import Backoff, Guard, sentry

EPOCHS = st.integers(0, 3)


class Scripted:
    """The watcher and the clock, moved by the test."""

    def __init__(self) -> None:
        self.now = 100.0
        self.heap: list[Any] = []
        self._order = count()

    def clock(self) -> float:
        """Return the time."""
        return self.now

    def call_at(self, when, call, instead_of=None):
        """Keep a call for later."""
        if instead_of is not None:
            instead_of.cancel()
        alarm = ScriptedAlarm(when, call)
        heapq.heappush(self.heap, (when, next(self._order), alarm))
        return alarm

    def next(self) -> None:
        """Let time pass until the next call is due, and make it."""
        while self.heap:
            when, _, alarm = heapq.heappop(self.heap)
            if alarm.call is not None:
                call, alarm.call = alarm.call, None
                self.now = max(self.now, when)
                call()
                return


class ScriptedAlarm:
    """One call for later."""

    def __init__(self, when, call) -> None:
        self.when = when
        self.call = call

    def cancel(self) -> None:
        """Forget it."""
        self.call = None


class Guarded(RuleBasedStateMachine):
    """Two pools, three scopes, tasks that wait in their queues; no worker ever comes."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.script = Scripted()
        self.patch.setattr(sentry, "clock", self.script.clock)
        self.patch.setattr(sentry, "watcher", self.script)
        self.patch.setattr(sentry, "call_aside", lambda _, call: call())
        self.patch.setattr("pausable.guards.reprieve.clock", self.script.clock)
        self.patch.setattr("pausable.guards.guard.clock", self.script.clock)
        self.is_up = True
        self.guard = Guard(
            "db", lambda: self.is_up, trip_on=OSError, backoff=Backoff(jitter=0.0), watch=True
        )
        self.pools = [ThreadPoolExecutor(2) for _ in range(2)]
        for pool in self.pools:
            pool._p_node.pool.adapter.hire = lambda seat: None
        self.scopes = [self.pools[0], self.pools[1].group("a"), self.pools[1].group("b")]
        self.taken_on: list[Any] = []
        self.tasks: list[Any] = []
        self.epochs = [0]

    @rule(number=st.integers(0, 2))
    def take_on(self, number):
        """A scope comes to depend on it."""
        self.guard.take_on(self.scopes[number])
        if self.scopes[number] not in self.taken_on:
            self.taken_on.append(self.scopes[number])

    @rule(number=st.integers(0, 2))
    def submit(self, number):
        """A task waits in a scope."""
        self.tasks.append(self.scopes[number].submit(str))

    @precondition(lambda self: self.tasks)
    @rule(data=st.data())
    def cancel(self, data):
        """A task is cancelled, perhaps the one that is to try."""
        self.tasks.pop(data.draw(st.integers(0, len(self.tasks) - 1))).cancel()

    @rule(up=st.booleans())
    def change(self, up):
        """The resource goes away, or comes back."""
        self.is_up = up

    @rule(number=EPOCHS)
    def work_fails(self, number):
        """Work fails that has begun now, or a while ago."""
        self.guard._sentry.work_ended(
            self.epochs[-1 - min(number, len(self.epochs) - 1)], OSError("refused")
        )

    @rule(number=EPOCHS)
    def work_succeeds(self, number):
        """Work succeeds that has begun now, or a while ago."""
        self.guard._sentry.work_ended(self.epochs[-1 - min(number, len(self.epochs) - 1)], None)

    @rule()
    def time_passes(self):
        """The next look is due."""
        self.script.next()

    @rule()
    def override(self):
        """Somebody opens it by hand."""
        self.guard.override()

    @rule(number=st.integers(0, 2), begin=st.booleans())
    def users_pause(self, number, begin):
        """The user pauses a scope, or resumes it."""
        if begin:
            self.scopes[number].pause("the user asked")
        else:
            self.scopes[number].resume()

    @invariant()
    def its_holds_are_where_they_are_due(self):
        """On all that depends on it while it is not healthy; nowhere else, and never afterwards."""
        is_healthy = self.guard.status().state == "healthy"
        for scope in self.scopes:
            held = [hold for hold in scope.holds() if hold.kind == "guard"]
            assert len(held) == (scope in self.taken_on and not is_healthy)
        if self.guard._sentry.machine.epoch != self.epochs[-1]:
            self.epochs.append(self.guard._sentry.machine.epoch)

    @invariant()
    def one_task_tries(self):
        """And only during a trial; it waits for nothing but what others hold."""
        trying = [task for task in self.tasks if task._p_gate.waived]
        assert len(trying) <= (self.guard.status().state == "trial")
        for task in trying:
            assert task.name == self.guard.status().trial

    @invariant()
    def something_leads_out(self):
        """While it is not healthy, and somebody depends on it, there is a next look."""
        if self.guard.status().state != "healthy" and self.taken_on:
            assert any(alarm.call is not None for _, _, alarm in self.script.heap)

    def teardown(self):
        """When the resource is back for good it recovers, and nothing of it is left."""
        self.is_up = True
        self.take_on(0)  # while nothing depends on it, it does not look
        for _ in range(100):
            if self.guard.status().state == "healthy":
                break
            self.script.next()
            self.guard._sentry.work_ended(self.guard._sentry.machine.epoch, None)
        assert self.guard.status().state == "healthy"
        self.its_holds_are_where_they_are_due()
        for scope in self.scopes:
            scope.resume()
        for pool in self.pools:
            pool.stop("the test is over")
            assert pool.shutdown(timeout=10)
        self.patch.undo()


TestGuarded = Guarded.TestCase
TestGuarded.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
