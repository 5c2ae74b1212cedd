"""The lookout: who looks when, so that no task that is to rest or to stop is overlooked.

The goal of the engine: a task of a preemptive scope comes to rest as one that calls `checkpoint()`
would, at the same place, in the same state; and while nothing is to rest, nothing costs anything.

How: when a gate has closed or a stop was requested, the core wakes the engine, on the thread of
whoever paused. It looks at the stacks of the tasks that are chased (`_core.duty`) and sets local
events of `sys.monitoring` on the code objects in which they may rest (`look`, `monitor`). The next
of these events happens on the task's own thread, in our callback, which asks the rule and lets the
task rest there and then, with its frames below it (`safe_point`). Code that was not on the stack is
found by looking again: after a millisecond, then in growing intervals. When nobody is chased any
more, all events are cleared and the tool id is given back.

The invariant: whoever is chased is looked at again, or an event will happen in its code; a chase
ends only when a look, which began after the last change, finds nobody.

    1. The pauser P closes the gate, and is about to look. The timer's thread T looks, and finds
       nobody: it is about to clear all events.
    2. P wants to look, but T is at it: P leaves word (`_is_wanted`) and goes.
    3. T clears the events, sees the word, and looks once more: it finds the tasks of P's scope.

What still fails: one long C call, and what the rule lists. `Straggler.why` names them.
"""

from __future__ import annotations

import os
import sys
import weakref
from _thread import RLock
from collections import deque
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from pausable._core.attention import own_task
from pausable._core.dormancy import has_dormant
from pausable._core.duty import chased, is_preemptive
from pausable._core.grip import under
from pausable._core.times import clock
from pausable._preempt.engine import look
from pausable._preempt.engine.monitor import Monitor
from pausable._preempt.engine.safe_point import arrive
from pausable._preempt.engine.stdlib_wait import WAIT, leave_line
from pausable._preempt.rule.reasons import why_it_runs
from pausable.errors import Stopped
from pausable.scopes.common_log import WARNING, leave_word
from pausable.scopes.timer import timer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType

    from pausable._core.pool import Pool
    from pausable._core.ports import Cancellable
    from pausable._core.task import Task
    from pausable.snapshots import Location

__all__ = ["Engine"]

_SHORTEST, _LONGEST = 0.001, 0.02  # seconds between two looks
_SELDOM = 10  # looks


class Engine:
    """One for the whole process. All methods may be called from any thread; none of them waits."""

    def __init__(self, call_at: Callable[[float, Callable[[], object], Any], Cancellable]) -> None:
        """Look again by way of *call_at*, which calls a function at a time, instead of another."""
        self._call_at = call_at
        # Not a WeakSet: it cannot be listed while another thread adds to it.
        self._pools: set[weakref.ref[Pool]] = set()
        self._begin()

    def _begin(self) -> None:
        self._monitor = Monitor(self._at_event)
        # Held while somebody looks. Taken before the locks of pools; re-entrant, since finalizers
        # may run in between, and rest. RLocks can tell whose they are: `Condition` relies on it.
        self._looking = RLock()
        self._is_wanted = False
        self._afterwards: deque[Callable[[], object]] = deque()
        self._alarm: Cancellable | None = None
        self._interval = _SHORTEST
        self._looks = 0  # since somebody asked for one
        self._has_complained = False

    def why_it_runs(self, task: Task) -> tuple[str, Location | None]:
        """Say why a task that is to rest or to stop runs on, and where. Also under a lock."""
        return why_it_runs(task)

    def enlist(self, state: Pool) -> None:
        """Be told of the pauses and stops of a pool from here on."""
        self._pools.add(weakref.ref(state, self._pools.discard))
        state.others.engine = self
        if self not in state.others.chasers:
            state.others.chasers = (*state.others.chasers, self)

    def forget_all(self) -> None:
        """Start anew in a forked child, where none of the tasks runs."""
        with suppress(ValueError):
            self._monitor.turn_off()
        self._begin()

    def wake(self) -> None:
        """Look who is to rest or to stop, at once; whoever is at it already looks once more."""
        self._interval, self._looks = _SHORTEST, 0
        self._is_wanted = True
        self._look_if_wanted()

    def _look_if_wanted(self) -> None:
        """Do what others have left word of."""
        while self._is_wanted and not self._is_at_it():
            try:
                if not self._looking.acquire(blocking=False):
                    return  # whoever has it will find the word
                while self._is_wanted:
                    self._look()
            finally:
                # Not what a local name says: Ctrl-C may come between taking it and saying so.
                if self._looking._is_owned():  # type: ignore[attr-defined]
                    self._looking.release()
                if self._afterwards:
                    self._act()

    def _act(self) -> None:
        """Do what looks have decided. Users' code may run in it: not while somebody looks."""
        while not self._is_at_it():
            try:
                then = self._afterwards.popleft()
            except IndexError:  # there is none, or another thread does it
                return
            then()

    def _is_at_it(self) -> bool:
        """Say whether this thread looks just now; mend what an interrupt has torn apart."""
        if not self._looking._is_owned():  # type: ignore[attr-defined]
            return False
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            if any(frame.f_code is each for each in _LOOKERS):
                return True
            frame = frame.f_back
        while self._looking._is_owned():  # type: ignore[attr-defined]
            self._looking.release()
        return False

    @contextmanager
    def _held_up(self) -> Iterator[None]:
        """Hold `_looking`, waiting for it, and look afterwards for whoever wanted to meanwhile."""
        try:
            with self._looking:
                yield
        finally:
            self._look_if_wanted()

    def _look(self) -> None:
        goes_on = True  # whatever comes in between: an interrupt does not end the chase
        try:
            self._is_wanted = False
            goes_on = self._chase()
        finally:
            alarm = self._alarm
            if goes_on:
                then = clock() + self._interval
                self._alarm = self._call_at(then, self._look_again, alarm)
            elif alarm is not None:
                self._alarm = None
                alarm.cancel()

    def _chase(self) -> bool:
        """Look at all who are chased; if there is nobody any more, clear all events: False."""
        tasks: list[Task] = []
        pools = [state for each in tuple(self._pools) if (state := each()) is not None]
        for state in pools:
            tasks += under(state.lock, chased, state)
        if not tasks:
            if self._monitor.watched is None or not any(map(_has_dormant, pools)):
                self._monitor.turn_off()
            else:  # but those that are to catch dormant tasks when their waits are over
                self._monitor.clear()
        elif self._monitor.turn_on():
            is_rare = self._looks % _SELDOM == _SELDOM // 2
            self._afterwards += look.at(tasks, self._monitor, is_rare=is_rare)
        elif not self._has_complained:
            self._has_complained = True
            text = "no tool id of sys.monitoring is free: tasks rest at checkpoints only"
            leave_word(WARNING, text)
        return bool(tasks)

    def _look_again(self) -> None:
        self._alarm = None  # it has gone off; of two at once one is called for nothing
        self._interval = min(2 * self._interval, _LONGEST)
        self._looks += 1
        self._is_wanted = True
        self._look_if_wanted()

    def follow(self, frame: FrameType) -> None:
        """Have the calling thread seen at its next line. May wait, as `at_next_instruction`."""
        with self._held_up():
            if self._monitor.turn_on():
                look.arm(frame, self._monitor)
            self.wake()  # leaves word, since this thread is at it

    def at_next_instruction(self, code: CodeType) -> None:
        """Have the calling thread, which runs *code*, seen at its next instruction.

        May wait for somebody who looks, and for the locks of pools with that: not under any lock.
        """
        with self._held_up():
            self._monitor.arm_instructions(code)

    def _at_event(self, name: str, code: CodeType, *_: object) -> object:
        """See whether a task runs here that is chased; nothing happens on other threads."""
        task = own_task()
        if task is None or not is_preemptive(task):
            return None
        if code is WAIT:
            self._come_out(task, sys._getframe(1))
            return None  # nothing is disabled: other threads come here, too
        is_stepping = task._p_rest is not None and task._p_rest.is_stepping
        if task._p_stop_reason is None and not task._p_gate.closed_to_running and not is_stepping:
            return None
        found = arrive(name, code, sys._getframe(1), task, self)
        if not isinstance(found, Stopped):
            return found
        try:
            raise found
        finally:  # its traceback refers to this frame
            found = task = None

    def _come_out(self, task: Task, frame: FrameType) -> None:
        """Let a task that counted as at rest in a wait park, now that it comes out of it."""
        if task._p_rest is not None and (task._p_rest.is_dormant or task._p_gate.closed_to_running):
            task._p_seat.rest_after_wait(task, partial(self._leave_line, frame))

    def _leave_line(self, frame: FrameType) -> None:
        leave_line(frame)
        self.wake()  # there may be nobody left to catch


def _has_dormant(state: Pool) -> bool:
    return under(state.lock, has_dormant, state)


_LOOKERS: tuple[CodeType, ...] = (
    Engine._look_if_wanted.__code__,
    Engine.follow.__code__,
    Engine.at_next_instruction.__code__,
)
"""What has `_looking` while it is on the stack of a thread, and nothing else has."""


engine: Engine = Engine(timer.call_at)
"""The one of the process."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=engine.forget_all)
