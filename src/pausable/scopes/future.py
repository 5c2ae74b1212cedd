"""The future: the result of a task, and the handle to pause, resume and stop it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pausable._core.decision import decide
from pausable._core.facts import fact
from pausable._core.interruption import is_owned
from pausable._core.locations import where
from pausable._core.path import id_of_task, path_of_task
from pausable._core.postponement import postpone
from pausable._core.states import DONE, PENDING, RUNNING
from pausable._core.stop import request_stop
from pausable._core.times import clock
from pausable.scopes.force import checked_patience, kill_later
from pausable.scopes.inspection import locals_of, stack_of, step
from pausable.scopes.moments import duration_to
from pausable.scopes.numbers import optional_seconds
from pausable.scopes.public import public
from pausable.scopes.reprs import plain_spoken
from pausable.scopes.request import check_reason, pause, resume
from pausable.scopes.result import TaskResult
from pausable.scopes.status import task_line, task_status
from pausable.scopes.switch import Switch

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context
    from datetime import datetime
    from traceback import StackSummary

    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.scopes.hold import Hold
    from pausable.snapshots import Location, Running, TaskStatus

__all__ = ["Future", "new_future"]

_new = object.__new__

T = TypeVar("T")


def new_future(
    node: Node,
    fn: Callable[..., object],
    args: tuple[Any, ...],
    kwargs: dict[str, Any] | None,
    context: Context | None,
) -> Any:
    """Make the future of a call that is being submitted; what `Future()` sets, and the call.

    Written out, and without `__init__`, because it is a third of what a submit takes.
    """
    task: Any = _new(Future)
    task._state = PENDING
    task._p_waiting = None
    task._p_node = node
    task._p_gate = node.gate
    task._p_fn = fn
    task._p_args = args
    task._p_kwargs = kwargs
    task._p_context = context
    task._p_number = task._p_id = 0
    task._p_label = None
    task._p_seat = None
    task._p_started_at = None
    task._p_ended_at = None
    task._p_rest = None
    task._p_stop_reason = None
    return task


@public
class Future(TaskResult[T]):
    """The result of a task to be, and the handle to pause, resume and stop it.

    A `concurrent.futures.Future` in all respects. All methods may be called from any thread.
    """

    __slots__ = ()

    # Pause, resume, stop.

    def pause(
        self,
        reason: str = "paused",
        *,
        running: Running = "rest",
        duration: float | None = None,
        until: datetime | None = None,
        timeout: float | None = None,
        owner: str | None = None,
    ) -> Hold:
        """Place a hold on this task alone, as `pause` on a pool does; others may use its slot.

        Of a task that has not started: it will not start. Of one that is over: nothing happens, and
        the hold that comes back is released already.
        """
        return pause(
            self,
            self._p_node_of("pause"),
            self,
            reason,
            running,
            duration if until is None else duration_to(until, duration),
            timeout,
            owner,
        )

    def resume(self, hold: Hold | None = None, /) -> int:
        """Release the holds that `pause` placed on this task, or just *hold*; return how many."""
        return resume(self._p_node_of("resume"), self, hold, None)

    def switch(
        self, reason: str = "paused", *, running: Running = "rest", owner: str | None = None
    ) -> Switch:
        """Return a new switch for this task alone, as `switch` of a pool does."""
        self._p_node_of("switch")
        return Switch(self, self, reason, running, owner)

    def stop(self, reason: str = "stopped", *, kill_after: float | None = None) -> bool:
        """End the task: one that has not started is cancelled, one that has is asked to end.

        At its next checkpoint `Stopped` is raised into it; a task that rests or sleeps gets it at
        once. Returns at once; False if the task was over. Idempotent: the first reason counts.

        In a pool of processes, one that has not ended *kill_after* seconds later is killed with its
        process: none of its `finally` blocks runs. No other task is lost.

        Raises:
            NotSupported: *kill_after* is given, and the task runs in a thread.
        """
        if type(reason) is not str or not reason.isascii():
            reason = check_reason(reason)
        pool = self._p_node_of("stop").pool
        if kill_after is not None:
            patience = checked_patience(pool, kill_after)
            stopped = self.stop(reason)
            kill_later(pool, [self], patience)
            return stopped
        if is_owned(pool.lock):  # a signal handler or a finalizer has interrupted a visit
            postpone(pool, partial(self._p_stop_in, reason=reason))
            return self._state not in DONE
        return self._p_stop_now(reason)

    def _p_stop_now(self, reason: str) -> bool:
        """Cancel the task, or ask it to stop."""
        pool = cast("Node", self._p_node).pool
        if self._state == PENDING and self._p_withdraw_now(reason):
            return True
        return bool(decide(pool, request_stop, self, reason))

    def _p_stop_in(self, visit: Visit, reason: str) -> bool:
        """Do as `_p_stop_now`, in a visit."""
        if self._state == PENDING:
            self._p_withdraw_in(visit, reason)
            return True
        return request_stop(visit, self, reason)

    def is_paused(self) -> bool:
        """Say whether the gate of this task is closed: by a hold on it, its group or its pool."""
        return self._p_node is not None and self._p_gate.closed and self._state not in DONE

    def is_quiescent(self) -> bool:
        """Say whether no line of the task runs: it has not started, rests, or is over."""
        return self._state != RUNNING or self._p_is_at_rest()

    @fact
    def name(self) -> str:
        """The name that was given with `options(name=...)`, or the function's with a number."""
        return self._p_name

    @fact
    def path(self) -> str:
        """Where it is, as text that no other scope of its process ever has; "" without a pool."""
        return path_of_task(self)

    @fact
    def id(self) -> int:
        """A number that no other task or scope of its process ever has."""
        return id_of_task(self)

    @fact
    def active_time(self) -> float:
        """For how long the task has run and not rested, in seconds."""
        return self._p_times()[0]

    @fact
    def paused_time(self) -> float:
        """For how long the task has rested because its gate was closed, in seconds."""
        return self._p_times()[1]

    def status(self) -> TaskStatus:
        """Take a frozen snapshot of the task."""
        return task_status(self, clock())

    def where(self) -> Location | None:
        """Return the line at which the task rests or runs; None before it starts and after."""
        return where(self)

    def stack(self) -> StackSummary:
        """Return the frames of the task, its function's first, with the lines where they are.

        Empty before it starts and after its end, and, in a free-threaded build, while it runs.
        """
        return stack_of(self)

    def locals(self) -> dict[str, str]:
        """Return the names and short representations of the variables at the line where it rests.

        Values of built-in types are shown, cut short, all others by their type: no code of the
        program runs for it, which could wait for what the task has.

        Raises:
            RuntimeError: the task does not rest.
        """
        return locals_of(self)

    def step(self, timeout: float | None = None) -> Location | None:
        """Let the task, which rests, run to its next line, and wait until it rests there.

        Returns where that is; None if the task has ended. It steps over calls of code that is not
        on its stack, and over lines at which it may not rest. A task that is not preemptive goes on
        to its next checkpoint. If it is resumed meanwhile, this returns where it is then.

        Raises:
            RuntimeError: the task does not rest at a closed gate.
            TimeoutError: it has not come there in *timeout* seconds; it rests there when it does.
        """
        return step(self._p_node_of("step"), self, optional_seconds("timeout", timeout))

    def holds(self) -> tuple[Any, ...]:
        """List the holds on this task itself, oldest first."""
        return task_status(self, clock()).holds

    def __repr__(self) -> str:
        """Say what the stdlib's says, and the task's name, whether it rests, and for whom."""
        said, node = super().__repr__(), self._p_node
        if node is None or node.pool in plain_spoken:
            return said
        return f"{said[:-1]} {task_line(self)}>"

    # What `Hold` asks of a scope.

    def _p_node_of(self, wanted: str) -> Node:
        node: Node | None = self._p_node
        if node is None:
            msg = f"cannot {wanted} a future that belongs to no pool of pausable"
            raise RuntimeError(msg)
        return node
