"""The errors that pausable raises: one small tree, each also the nearest error of the stdlib.

Every message is built from facts, says what to do, and keeps the facts as attributes. All of them
survive pickling.
"""

from __future__ import annotations

from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pausable.snapshots import HoldStatus, Straggler

__all__ = [
    "NotQuiescent",
    "NotSupported",
    "PausableError",
    "PreemptionUnavailable",
    "ScopeEnded",
    "Stopped",
    "TaskStopped",
    "TaskTimeout",
    "WorkerDied",
    "WorkersSilent",
]

_NO_REASON = "stopped"  # what `stop()` gives by default; the text says that already
_LISTED = 5  # stragglers named one by one in a message; the attribute has them all


class PausableError(Exception):
    """The base of all errors of pausable, but for `Stopped`."""


class ScopeEnded(PausableError, RuntimeError):
    """Raised when a scope that has shut down is asked to do something that needs it alive."""

    def __init__(self, scope: str, wanted: str) -> None:
        """Keep the facts: the scope's name and what was wanted of it."""
        super().__init__(f"cannot {wanted}: {scope!r} has shut down and nothing of it is left")
        self.scope = scope
        self.wanted = wanted

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the facts, notes included."""
        return type(self), (self.scope, self.wanted), self.__dict__


class NotQuiescent(PausableError, TimeoutError):
    """Raised when a scope did not become quiescent in time; `stragglers` are the tasks that ran.

    The hold that was waited for has been released again: the scope is as it was before.
    """

    def __init__(
        self,
        scope: str,
        seconds: float,
        stragglers: Sequence[Straggler] = (),
        hold_ended: bool = False,
    ) -> None:
        """Keep the facts.

        Args:
            scope: The name of the pool, group or task.
            seconds: How long was waited.
            stragglers: The tasks that neither rested nor had ended.
            hold_ended: Whether the hold was released, or expired, before the scope was quiescent.
        """
        named = "; ".join(str(straggler) for straggler in stragglers[:_LISTED])
        more = f"; and {len(stragglers) - _LISTED} more" if len(stragglers) > _LISTED else ""
        if hold_ended:
            advice = "The hold was released or expired before that: hold it for longer"
        elif stragglers and all(straggler.is_preemptive for straggler in stragglers):
            advice = "Wait longer, or let these tasks come out of what they are in sooner"
        else:
            advice = (
                "Let these tasks call pausable.checkpoint() more often (coroutines: await "
                "pausable.aio.checkpoint()), or wait longer"
            )
        nobody = "the hold has ended" if hold_ended else "its last task came to rest just now"
        super().__init__(
            f"{scope!r} was not quiescent after {seconds:.3g} s: {named or nobody}{more}. {advice}"
        )
        self.scope = scope
        self.seconds = seconds
        self.stragglers: tuple[Straggler, ...] = tuple(stragglers)
        self.hold_ended = hold_ended

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the facts, notes included."""
        return (
            type(self),
            (self.scope, self.seconds, self.stragglers, self.hold_ended),
            self.__dict__,
        )


class PreemptionUnavailable(PausableError, RuntimeError):
    """Raised when tasks are to rest at safe points, and this Python or program does not let them.

    `reason` says why.
    """

    def __init__(self, reason: str) -> None:
        """Keep the fact."""
        super().__init__(
            f"preemptive=True is not available: {reason}. Use preemptive='auto' to let tasks rest "
            "at their checkpoints where it is not"
        )
        self.reason = reason

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the fact, notes included."""
        return type(self), (self.reason,), self.__dict__


class NotSupported(PausableError, NotImplementedError):
    """Raised when a pool is asked for what pools of its kind, or this system, do not have.

    `wanted` says what that is, `scope` of what.
    """

    def __init__(self, wanted: str, scope: str) -> None:
        """Keep the facts."""
        super().__init__(f"{scope!r} does not have {wanted}")
        self.wanted = wanted
        self.scope = scope

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the facts, notes included."""
        return type(self), (self.wanted, self.scope), self.__dict__


class WorkerDied(PausableError, RuntimeError):
    """Raised by `result()` when the process of a task has ended under it; its pool goes on.

    Of a `ProcessPoolExecutor` with `on_death="fail"`.
    """

    def __init__(self, task: str, pid: int | None, exitcode: int | None) -> None:
        """Keep the facts: the task's name, the process, and how it ended, as far as known.

        The *exitcode* is as that of `multiprocessing.Process`: below zero for a signal.
        """
        how = ""
        if exitcode is not None:
            how = f" by signal {-exitcode}" if exitcode < 0 else f" with exit code {exitcode}"
        super().__init__(f"the process {pid}, which ran {task}, has ended{how}")
        self.task = task
        self.pid = pid
        self.exitcode = exitcode

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the facts, notes included."""
        return type(self), (self.task, self.pid, self.exitcode), self.__dict__


class WorkersSilent(PausableError, TimeoutError):
    """Raised when workers of a cluster have not answered a pause in time: `workers`, by address.

    What was to be placed has been released again: nobody knows whether tasks start there.
    """

    def __init__(self, scope: str, seconds: float, workers: Sequence[str]) -> None:
        """Keep the facts: the name of the executor, how long was waited, and who was silent."""
        named = ", ".join(workers[:_LISTED])
        more = f", and {len(workers) - _LISTED} more" if len(workers) > _LISTED else ""
        super().__init__(
            f"workers of {scope!r} have not answered after {seconds:.3g} s: {named}{more}. Their "
            "event loops may be blocked by a task that keeps the GIL: raise answer_timeout, or "
            "retire them"
        )
        self.scope = scope
        self.seconds = seconds
        self.workers: tuple[str, ...] = tuple(workers)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the facts, notes included."""
        return type(self), (self.scope, self.seconds, self.workers), self.__dict__


class TaskStopped(PausableError, CancelledError):
    """Raised by `result()` and `exception()` when the task was stopped; `reason` says why."""

    def __init__(self, task: str, reason: str, holds: Sequence[HoldStatus] = ()) -> None:
        """Keep the facts: the task's name, the reason, and the holds it was under when stopped."""
        super().__init__(f"{task} was stopped" + ("" if reason == _NO_REASON else f": {reason}"))
        self.task = task
        self.reason = reason
        self.holds: tuple[HoldStatus, ...] = tuple(holds)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the facts, notes included."""
        return type(self), (self.task, self.reason, self.holds), self.__dict__


class TaskTimeout(PausableError, TimeoutError):
    """Raised by `result()` when a task used up its time limit."""

    def __init__(self, task: str, limit: float, used: float, measure: str = "active time") -> None:
        """Keep the facts: the task's name, its limit and what it used, both in seconds.

        They are of *measure*: "active time", of a `timeout`, or "wall time", of a `deadline`.
        """
        super().__init__(
            f"{task} was stopped after {used:.3g} s of {measure}; its limit is {limit:g} s"
        )
        self.task = task
        self.limit = limit
        self.used = used
        self.measure = measure

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the facts, notes included."""
        return type(self), (self.task, self.limit, self.used, self.measure), self.__dict__


class Stopped(BaseException):
    """Raised inside a task that is to stop, by `checkpoint()`, `sleep()` and safe points.

    It is a `BaseException`, so that a task's ``except Exception: retry`` does not eat it. Let it
    pass: the task's `finally` blocks run, and its future then reports `cancelled()`.
    """

    def __init__(self, reason: str = _NO_REASON) -> None:
        """Keep the reason that was given to `stop()`."""
        super().__init__(reason)
        self.reason = reason
