"""Time limits: a task that has run for too long is stopped, and fails with `TaskTimeout`.

A limited task is a call of a `Limited`, which sets the process's timer when it begins; tasks
without a limit do not know of any of this. When the timer goes off and the task has rested
meanwhile, it is set again for what is left; while the task rests it is not set at all: the end of
the rest does it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pausable._core import times
from pausable._core.barring import node_of, rest_of
from pausable._core.chasing import call_engine
from pausable._core.locations import entries
from pausable._core.parking import own_task
from pausable._core.state import act
from pausable._core.stopping import request_stop
from pausable._core.times import clock
from pausable.errors import Stopped, TaskTimeout
from pausable.threads.timer import timer

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.parker import Wakeable
    from pausable._core.tasks import Task
    from pausable.threads.timer import Alarm

__all__ = ["NONE", "Limits", "limited"]

Measure = Literal["active time", "wall time"]


@dataclass(frozen=True, slots=True)
class Limits:
    """For how many seconds a task may run: of active time, and of wall time since its start."""

    timeout: float | None = None
    deadline: float | None = None

    @classmethod
    def checked(cls, timeout: float | None, deadline: float | None) -> Limits:
        """Check the numbers.

        Raises:
            ValueError: one is zero, negative or NaN.
        """
        if timeout is None and deadline is None:
            return NONE
        return cls(_positive("timeout", timeout), _positive("deadline", deadline))

    def over(self, other: Limits) -> Limits:
        """Return these limits, and those of *other* where these have none."""
        if other is NONE or self is NONE:
            return self if other is NONE else other
        return Limits(
            other.timeout if self.timeout is None else self.timeout,
            other.deadline if self.deadline is None else self.deadline,
        )


def _positive(name: str, value: float | None) -> float | None:
    limit = times.optional_seconds(name, value)
    if limit == 0.0:
        msg = f"{name} must be more than zero seconds, not {value!r}"
        raise ValueError(msg)
    return limit


NONE: Limits = Limits()
"""The only one without any limit: what is `NONE` is asked by identity."""


def limited(fn: Callable[..., Any], limits: Limits) -> Callable[..., Any]:
    """Return *fn* with these limits; *fn* itself if there are none, or if it cannot be called."""
    return fn if limits is NONE or not callable(fn) else Limited(fn, limits)


class Limited:
    """A function that is called as a task with time limits."""

    __slots__ = ("func", "limits")

    def __init__(self, func: Callable[..., Any], limits: Limits) -> None:
        """Call *func* within *limits*; a task is called after `func`, as if it were a partial."""
        self.func: Callable[..., Any] = func
        self.limits: Limits = limits

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function.

        Raises:
            TaskTimeout: it was stopped because of a limit.
        """
        task = own_task()
        if task is None:
            return self.func(*args, **kwargs)
        watches = [
            Watch(task, limit, measure)
            for limit, measure in (
                (self.limits.timeout, _ACTIVE),
                (self.limits.deadline, _WALL),
            )
            if limit is not None
        ]
        try:
            return self.func(*args, **kwargs)
        except Stopped as stopped:
            for watch in watches:
                if watch.stopped_it:
                    raise watch.error(task) from stopped
            raise
        finally:
            for watch in watches:
                watch.end()
            task = watches = None  # type: ignore[assignment]  # or an exception refers to them


entries.append(Limited.__call__.__code__)

_ACTIVE: Measure = "active time"
_WALL: Measure = "wall time"


class Watch:
    """One limit of one task that runs. Its fields are written under the pool's lock."""

    __slots__ = ("_alarm", "_is_over", "_limit", "_measure", "_task", "stopped_it")

    def __init__(self, task: Task, limit: float, measure: Measure) -> None:
        """Watch from now on."""
        self._task: Task | None = task
        self._limit = limit
        self._measure: Measure = measure
        self._alarm: Alarm | None = None
        self._is_over = False
        self.stopped_it: bool = False
        self._set()

    def end(self) -> None:
        """Watch no longer: the function has returned."""
        self._is_over = True
        if self._alarm is not None:
            self._alarm.cancel()
        self._task = None

    def error(self, task: Task) -> TaskTimeout:
        """Return what the task is to fail with."""
        return TaskTimeout(task.name, self._limit, self._used(task), self._measure)

    def _used(self, task: Task) -> float:
        now = clock()
        return task.times(now)[0] if self._measure == _ACTIVE else now - (task.started_at or now)

    def _set(self) -> None:
        """Set the timer for what is left."""
        task = self._task
        if task is None:
            return
        self._alarm = timer.call_at(clock() + self._limit - self._used(task), self._look)
        if self._is_over:  # the function has returned meanwhile
            self._alarm.cancel()

    def _look(self) -> None:
        """Stop the task if its limit is used up; else wait, or let the end of its rest do that."""
        task = self._task
        if task is None:
            return
        state, node = node_of(task).state, node_of(task)
        wakes: list[Wakeable] = []
        with state.lock:
            is_late = self._used(task) >= self._limit
            rests = self._measure == _ACTIVE and task.is_at_rest()
            if is_late and not self._is_over and task.stop_reason is None:
                reason = f"its time limit of {self._limit:g} s of {self._measure} is used up"
                self.stopped_it = request_stop(state, node, task, reason, wakes)
                call_engine(state, wakes)
            elif rests and not is_late:
                rest_of(task).afterwards = self._set
        act(state, wakes)
        if not (is_late or rests):
            self._set()
