"""Time limits: a task that has run for too long is stopped, and fails with `TaskTimeout`.

A limited task is a call of a `Limited`, which sets the process's timer when it begins; tasks
without a limit do not know of any of this. When the timer goes off and the task has rested
meanwhile, it is set again for what is left; while the task rests it is not set at all: the end of
the rest does it.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from operator import attrgetter
from traceback import clear_frames
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from pausable._core.attention import own_task
from pausable._core.decision import decide
from pausable._core.frames import entries
from pausable._core.names import context_of, wrappers
from pausable._core.rest import node_of
from pausable._core.stop import request_stop
from pausable._core.task import rest_of
from pausable._core.times import clock
from pausable.errors import Stopped, TaskTimeout
from pausable.scopes.common_log import WARNING, say
from pausable.scopes.numbers import optional_seconds
from pausable.scopes.patience import for_stop
from pausable.scopes.timer import timer

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.task import Task
    from pausable._core.visit import Visit
    from pausable.scopes.patience import Patience
    from pausable.scopes.timer import Alarm

__all__ = ["NONE", "Limits", "Watches", "limited", "unlimited", "within_limits"]


Measure = Literal["active time", "wall time"]


class Limits(NamedTuple):
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
    limit = optional_seconds(name, value)
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
        watches = Watches(task, self.limits)
        try:
            result = self.func(*args, **kwargs)
        except BaseException as error:
            failure = watches.judge(error)
            if failure is None or failure is error:
                raise
            raise failure from error
        else:
            watches.judge(None)
            return result
        finally:
            watches.end()
            # Or an exception refers to them.
            self = args = kwargs = task = watches = failure = None  # type: ignore[assignment]  # noqa: PLW0642


def within_limits(
    fn: Callable[..., Any], change: Callable[[Callable[..., Any]], Callable[..., Any]]
) -> Callable[..., Any]:
    """Return what *change* makes of a function, with the limits of that."""
    return Limited(change(fn.func), fn.limits) if type(fn) is Limited else change(fn)


def unlimited(fn: Callable[..., Any]) -> tuple[Callable[..., Any], Limits]:
    """Return what *fn* calls, and within which limits: for whoever runs a task not in one call."""
    return (fn.func, fn.limits) if type(fn) is Limited else (fn, NONE)


class Watches:
    """The limits of one task that runs, from now on. Used where the task runs."""

    __slots__ = ("_each", "_task")

    def __init__(self, task: Task, limits: Limits) -> None:
        """Watch *task*, which has just begun."""
        self._task = task
        measures = ((limits.timeout, _ACTIVE), (limits.deadline, _WALL))
        self._each = [
            TimeWatch(task, limit, measure) for limit, measure in measures if limit is not None
        ]

    def judge(self, error: BaseException | None) -> BaseException | None:
        """Return what a task fails with that has raised *error*, if any: that, or a `TaskTimeout`.

        Of a limit that was used up without effect it is said that it was.
        """
        if error is None or not issubclass(type(error), Stopped):
            for missed in self._note_missed():
                with suppress(Exception):  # it is the user's own
                    cast("BaseException", error).add_note(missed)
            return error
        for watch in self._each:
            if watch.stopped_it:
                _forget_locals(error)
                return watch.error(self._task)
        return error

    def end(self) -> None:
        """Watch no longer."""
        for watch in self._each:
            watch.end()
        self._each = []

    def _note_missed(self) -> list[str]:
        """Say of the limits that were used up, without the task having looked, that they were."""
        missed = [watch.missed(self._task) for watch in self._each if watch.stopped_it]
        for each in missed:
            self._task._p_stop_reason = each  # what `status()` of the future shows
            say(WARNING, "%s", each)
        return missed


def _forget_locals(error: BaseException | None) -> None:
    """Keep of an exception where it was raised, and not what the task had there.

    The task was stopped, and nobody retries it: its future is to keep what a message needs.
    """
    while error is not None:
        clear_frames(error.__traceback__)
        error = context_of(error)


entries.append(Limited.__call__.__code__)
wrappers[Limited] = attrgetter("func")

_ACTIVE: Measure = "active time"
_WALL: Measure = "wall time"


class TimeWatch:
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
        return TaskTimeout(task._p_name, self._limit, self._used(task), self._measure)

    def missed(self, task: Task) -> str:
        """Say that the task has gone beyond the limit: it came to its end without a checkpoint."""
        return (
            f"{task._p_name} has used {self._used(task):.3g} s of {self._measure}; its limit of "
            f"{self._limit:g} s could not be kept: it came to no checkpoint, or went on after that"
        )

    def _used(self, task: Task) -> float:
        now = clock()
        return (
            task._p_times(now)[0] if self._measure == _ACTIVE else now - (task._p_started_at or now)
        )

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
        if decide(node_of(task).pool, self._judge, task):
            self._set()

    def _judge(self, visit: Visit, task: Task) -> bool:
        """Stop the task if its limit is used up; say whether to look again later."""
        is_late = self._used(task) >= self._limit
        rests = self._measure == _ACTIVE and task._p_is_at_rest()
        if is_late and not self._is_over and task._p_stop_reason is None:
            reason = f"its time limit of {self._limit:g} s of {self._measure} is used up"
            self.stopped_it = request_stop(visit, task, reason)
            visit.chores.append(partial(self._insist, for_stop(task, self._limit, self._measure)))
        elif rests and not is_late:
            rest_of(task).afterwards = self._set
        return not (is_late or rests)

    def _insist(self, patience: Patience) -> None:
        """Say in the log that the task goes on beyond its limit, as long as it does."""
        if self._task is None:
            return
        patience.speak()  # not before it has waited for long enough
        self._alarm = timer.call_at(patience.until(None), partial(self._insist, patience))
        if self._is_over:  # the function has returned meanwhile
            self._alarm.cancel()
