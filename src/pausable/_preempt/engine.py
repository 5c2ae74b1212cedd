"""The engine: it lets tasks rest, and stop, between two lines of code that never asks.

The goal: a task of a preemptive scope comes to rest as one that calls `checkpoint()` would, at the
same place, in the same state; and while nothing is to rest, nothing costs anything.

How: when a gate has closed or a stop was requested, the core wakes the engine, on the thread of
whoever paused. It looks at the stacks of the tasks that are chased (`_core.chasing`) and sets local
events of `sys.monitoring` on the code objects in which they may rest. The next of these events
happens on the task's own thread, in our callback, which asks the rule (`safety`) and lets the task
rest there and then, with its frames below it. Code that was not on the stack is found by looking
again: after a millisecond, then in growing intervals. When nobody is chased any more, all events
are cleared and the tool id is given back.

The invariant: whoever is chased is looked at again, or an event will happen in its code; a chase
ends only when a look, which began after the last change, finds nobody.

    1. The pauser P closes the gate, and is about to look. The timer's thread T looks, and finds
       nobody: it is about to clear all events.
    2. P wants to look, but T is at it: P leaves word (`_is_wanted`) and goes.
    3. T clears the events, sees the word, and looks once more: it finds the tasks of P's scope.

It does not work to look at the frames of other threads without the GIL: they are gone while one
walks them. There each thread finds itself, from events on all code of the process.

What still fails: one long C call, and what `safety` lists. `Straggler.why` names them.
"""

from __future__ import annotations

import logging
import sys
import weakref
from _thread import RLock
from contextlib import contextmanager, suppress
from types import CodeType
from typing import TYPE_CHECKING

from pausable._core.chasing import chased, is_preemptive
from pausable._core.gil import HAS_GIL
from pausable._core.locations import entries
from pausable._core.parking import own_task
from pausable._core.state import is_owned
from pausable._core.times import clock
from pausable._preempt.loops import wake_loop, wake_loops_of
from pausable._preempt.monitor import Monitor
from pausable._preempt.safe_points import is_cleaning_up, reach
from pausable._preempt.territory import may_rest_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import FrameType

    from pausable._core.gates import Cancellable
    from pausable._core.state import PoolState
    from pausable._core.tasks import Task

__all__ = ["Engine"]

logger = logging.getLogger("pausable")

_SHORTEST, _LONGEST = 0.001, 0.02  # seconds between two looks
_SELDOM = 10  # looks


class Engine:
    """One for the whole process. All methods may be called from any thread; none of them waits."""

    def __init__(self, call_at: Callable[[float, Callable[[], object]], Cancellable]) -> None:
        """Look again by way of *call_at*, which calls a function at a time."""
        self._call_at = call_at
        # Not a WeakSet: it cannot be listed while another thread adds to it.
        self._pools: set[weakref.ref[PoolState]] = set()
        self._begin()

    def _begin(self) -> None:
        self._monitor = Monitor(self._at_event)
        # Held while somebody looks. Taken before the locks of pools; re-entrant, since finalizers
        # may run in between, and rest.
        self._looking = RLock()
        self._is_wanted = False
        self._alarm: Cancellable | None = None
        self._interval = _SHORTEST
        self._looks = 0  # since somebody asked for one
        self._has_complained = False

    def enlist(self, state: PoolState) -> None:
        """Be told of the pauses and stops of a pool from here on."""
        self._pools.add(weakref.ref(state, self._pools.discard))
        with state.lock:
            state.engine = self

    def forget_all(self) -> None:
        """Start anew in a forked child, where none of the tasks runs."""
        with suppress(ValueError):
            self._monitor.turn_off()
        self._begin()

    # Who is looked for.

    def wake(self) -> None:
        """Look who is to rest or to stop, at once; whoever is at it already looks once more."""
        self._interval, self._looks = _SHORTEST, 0
        self._look_or_have_looked()

    def _look_or_have_looked(self) -> None:
        self._is_wanted = True
        self._look_if_wanted()

    def _look_if_wanted(self) -> None:
        """Do what others have left word of."""
        while (
            self._is_wanted
            and not is_owned(self._looking)
            and self._looking.acquire(blocking=False)
        ):
            try:
                while self._is_wanted:
                    self._is_wanted = False
                    self._look()
            finally:
                self._looking.release()

    @contextmanager
    def _at_it(self) -> Iterator[None]:
        """Hold `_looking`, waiting for it, and look afterwards for whoever wanted to meanwhile."""
        try:
            with self._looking:
                yield
        finally:
            self._look_if_wanted()

    def _look(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        try:
            tasks = [task for pool in tuple(self._pools) for task in _chased(pool())]
            if not tasks:
                self._monitor.turn_off()
                return
            if self._monitor.turn_on():
                self._look_at(tasks)
            elif not self._has_complained:
                self._has_complained = True
                logger.warning(
                    "no tool id of sys.monitoring is free: tasks rest at checkpoints only"
                )
        except BaseException:  # Ctrl-C: the chase must go on
            self._look_later()
            raise
        self._look_later()

    def _look_later(self) -> None:
        self._alarm = self._call_at(clock() + self._interval, self._look_again)

    def _look_again(self) -> None:
        self._interval = min(2 * self._interval, _LONGEST)
        self._looks += 1
        self._look_or_have_looked()

    def _look_at(self, tasks: list[Task]) -> None:
        if not HAS_GIL:
            self._monitor.arm_everything()
            if self._looks % _SELDOM == _SELDOM // 2:  # it takes long
                wake_loops_of({task.seat.ident for task in tasks if task.seat is not None})
            return
        now = clock()
        frames = sys._current_frames()
        self._arm(
            frames.get(task.seat.ident)
            for task in tasks
            if task.seat is not None and not is_cleaning_up(task, now)
        )

    def _arm(self, stacks: Iterable[FrameType | None]) -> None:
        """Set events on all code, on some stacks, in which a task may rest."""
        seen: set[int] = set()  # many tasks run the same code
        for innermost in stacks:
            frame = innermost
            wake_loop(frame)
            while frame is not None and frame.f_code not in entries:
                code = frame.f_code
                if id(code) not in seen and may_rest_in(frame):
                    seen.add(id(code))
                    self._monitor.arm(code)
                    for inner in _inner(code):
                        self._monitor.arm(inner)
                frame = frame.f_back

    def follow(self, frame: FrameType) -> None:
        """Have the calling thread seen at its next line. May wait, as `at_next_instruction`."""
        with self._at_it():
            if self._monitor.turn_on():
                if HAS_GIL:
                    self._arm([frame])
                else:
                    self._monitor.arm_everything()
            self.wake()  # leaves word, since this thread is at it

    def at_next_instruction(self, code: CodeType) -> None:
        """Have the calling thread, which runs *code*, seen at its next instruction.

        May wait for somebody who looks, and for the locks of pools with that: not under any lock.
        """
        with self._at_it():
            self._monitor.arm_instructions(code)

    def _at_event(self, name: str, code: CodeType, *_: object) -> object:
        """See whether a task runs here that is chased; nothing happens on other threads."""
        task = own_task()
        if task is None or not is_preemptive(task):
            return None
        is_stepping = task.rest is not None and task.rest.is_stepping
        if task.stop_reason is None and not task.gate.closed_to_running and not is_stepping:
            return None
        return reach(name, code, sys._getframe(1), task, self)


def _inner(code: CodeType) -> Iterator[CodeType]:
    """List what is defined in some code, such as lambdas: it may be called from there soon."""
    return (each for each in code.co_consts if isinstance(each, CodeType))


def _chased(state: PoolState | None) -> list[Task]:
    if state is None:  # it has been collected
        return []
    with state.lock:
        return chased(state)
