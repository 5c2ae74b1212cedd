"""A second adapter, of no threads: it runs tasks one step at a time, on the thread of who asks.

A task is a function. If that returns a generator, each `yield` is a checkpoint: many tasks are
under way at once on one thread, and some of them rest while others go on. All of it is made of the
seams of `_core` and `scopes`, and nothing of `threads`.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any

from pausable import Stopped, checkpoint
from pausable._core.attention import current, here
from pausable._core.decision import decide, look
from pausable._core.frames import entries
from pausable._core.locations import first_line, location_of
from pausable._core.pool import Pool
from pausable._core.rest import come_to_rest
from pausable._core.run import look_for_task
from pausable._core.times import clock
from pausable.scopes.group import GroupedScope
from pausable.scopes.outcome import come_out
from pausable.scopes.shutdown import close, is_over
from pausable.scopes.terms import Terms
from pausable.scopes.time_limits import Watches, unlimited
from pausable.scopes.timer import timer

if TYPE_CHECKING:
    from types import FrameType

    from pausable._core.task import Task
    from pausable.snapshots import Location

__all__ = ["Broken", "StepExecutor"]


class Broken(RuntimeError):
    """Raised by the tasks of an executor that has broken off."""


class StepSeat:
    """Where a task is run by steps: on no thread of its own."""

    has_thread, brings_slot, has_guests = False, False, True

    def __init__(self, executor: StepExecutor) -> None:
        """Make a seat at which nobody works yet."""
        self.task: Any = None
        self.is_new, self.is_idle, self.is_ready = True, False, True
        self._executor = executor
        self._call: Call | None = None  # of the task, once it has begun

    def wake(self) -> None:
        """Have it looked at in the next round. From any thread."""
        self._executor.ready.append(self)

    def attend(self, task: Task) -> None:
        """Raise `Stopped` if the task is to stop: it rests at its `yield`, and not in between."""
        if task._p_stop_reason is not None:
            raise Stopped(task._p_stop_reason)

    def stay(self, task: Task) -> None:
        """Fail: no thread waits here."""
        raise NotImplementedError

    fall_quiet = stir = stay

    def frame(self) -> FrameType | None:
        """Return the frame of the generator, where it stands."""
        return None if self._call is None else self._call.frame()

    def place(self) -> Location | None:
        """Return the line of the `yield` at which the task is."""
        return location_of(self.frame()) or (self.task and first_line(self.task))

    def advance(self) -> bool:
        """Let the task that is here do a step, or look for one; say whether a step was done."""
        pool, task = self._executor.pool, self.task
        if task is None or self.is_idle:
            task, _ = decide(pool, look_for_task, self)
            return task is not None and self.advance()
        if task._p_is_at_rest() or decide(pool, come_to_rest, task, self.frame()):
            return False  # when its rest is over, it is woken
        outer, here.seat = getattr(here, "seat", None), self
        try:
            if self._call is None:
                self._call = Call(task)
            if self._call.step():
                call, self._call = self._call, None
                come_out(pool, self, task, call.result, call.error)
        finally:
            here.seat = outer
        if not self.is_idle:
            self.wake()
        return True


class Call:
    """One task that is under way: from its first step on a generator, if that is what it is."""

    def __init__(self, task: Any) -> None:
        """Begin nothing yet."""
        self.result: Any = None
        self.error: BaseException | None = None
        self._task, self._is_told = task, False
        self._code, limits = unlimited(task._p_fn)
        self._watches = Watches(task, limits)
        self._context = task._p_context or copy_context()

    def frame(self) -> FrameType | None:
        """Return the innermost frame of the generators of the task."""
        code, found = self._code, None
        while isinstance(code, Generator) and code.gi_frame is not None:
            found, code = code.gi_frame, code.gi_yieldfrom
        return found

    def step(self) -> bool:
        """Run to the next `yield`; say whether the task is over."""
        try:
            if not self._context.run(self._step):
                return False
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is the future's
            self.error = self._watches.judge(error)
        self._watches.end()
        return True

    def _step(self) -> bool:
        task, code = self._task, self._code
        current.set(task)
        reason = None if self._is_told else task._p_stop_reason
        self._is_told = reason is not None or self._is_told  # once: cleaning up may have yields
        try:
            if not isinstance(code, Generator):
                checkpoint()  # stopped before its first line
                made = code(*task._p_args, **task._p_kwargs or {})
                if not isinstance(made, Generator):
                    self.result = made
                    return True
                self._code = code = made
            if reason is None:
                next(code)
            else:
                code.throw(Stopped(reason))
        except StopIteration as end:
            self.result = end.value
            return True
        return False


entries.append(Call._step.__code__)


class StepExecutor(GroupedScope):
    """Runs tasks by steps, *limit* of them at most at once; the terms are those of a group."""

    def __init__(self, limit: float = math.inf, **terms: Any) -> None:
        """Make one without tasks."""
        asked, self.pool = Terms.checked(**terms), Pool("steps", limit)
        asked.apply(self.pool.root)
        self._p_set_up(self.pool.root)
        self.pool.adapter = self
        self.ready: deque[StepSeat] = deque()  # seats that were woken, or can go on
        asked.begin(self)

    def step(self) -> bool:
        """Let each task that can go on do one step; say whether there was any."""
        return sum(self.ready.popleft().advance() for _ in range(len(self.ready))) > 0

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> bool:
        """Take no more tasks, and go on with those there are for as long as any can."""
        close(self.pool.root, cancel_futures=cancel_futures)
        while wait and self.step():
            pass
        return is_over(self.pool.root)

    def new_seat(self) -> StepSeat:
        """Make a seat."""
        return StepSeat(self)

    def hire(self, seat: StepSeat) -> None:
        """Have the seat looked at in the next round."""
        seat.is_new = False
        look(self.pool, self.pool.seats.add, seat)
        seat.wake()

    def left(self, seat: StepSeat) -> None:
        """Do nothing: a seat owns nothing."""

    def broken(self, why: str) -> Broken:
        """Return the error of an executor that has broken off."""
        return Broken(why)

    def decide_later(self, delay: float, decision: Any, *args: object) -> Any:
        """Have a decision made by the timer."""
        return timer.call_at(clock() + delay, partial(decide, self.pool, decision, *args))
