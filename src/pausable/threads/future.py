"""The future: the result of a task, and the handle to pause, resume and stop it."""

from __future__ import annotations

from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pausable._core import times
from pausable._core.chasing import call_engine
from pausable._core.holding import place_on_task, release_from_task
from pausable._core.locations import where
from pausable._core.state import act
from pausable._core.states import DONE, PENDING, RUNNING
from pausable._core.stopping import request_stop
from pausable._core.times import clock
from pausable.threads.holds import Hold, check_reason, pause, release_all
from pausable.threads.looking import locals_of, stack_of, step
from pausable.threads.moments import duration_to
from pausable.threads.results import TaskResult
from pausable.threads.seeing import task_status

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from traceback import StackSummary

    from pausable._core.gates import Gate, HoldRecord
    from pausable._core.nodes import Node
    from pausable._core.parker import Wakeable
    from pausable._core.state import PoolState
    from pausable._core.tasks import Task
    from pausable.snapshots import Location, Running, TaskStatus

__all__ = ["Future", "new_future"]

_new = object.__new__

T = TypeVar("T")


def new_future(
    node: Node, fn: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any] | None
) -> Any:
    """Make the future of a call that is being submitted; what `Future()` sets, and the call.

    Written out, and without `__init__`, because it is a third of what a submit takes.
    """
    task: Any = _new(Future)
    task._state = PENDING
    task._waiting = None
    task.node = node
    task.gate = node.gate
    task.fn = fn
    task.args = args
    task.kwargs = kwargs
    task.context = copy_context()
    task.number = 0
    task.label = None
    task.seat = None
    task.started_at = None
    task.ended_at = None
    task.rest = None
    task.stop_reason = None
    return task


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
        self._pool_of("pause")
        return pause(self, reason, running, duration_to(until, duration), timeout, owner)

    def resume(self, hold: Hold | None = None, /) -> int:
        """Release the holds that `pause` placed on this task, or just *hold*; return how many."""
        self._pool_of("resume")
        return release_all(self, hold)

    def stop(self, reason: str = "stopped") -> bool:
        """End the task: one that has not started is cancelled, one that has is asked to end.

        At its next checkpoint `Stopped` is raised into it; a task that rests or sleeps gets it at
        once. Returns at once; False if the task was over. Idempotent: the first reason counts.
        """
        check_reason(reason)
        state = self._pool_of("stop")
        if state.defers(partial(self._stop_now, reason)):
            return self._state not in DONE
        return self._stop_now(reason)

    def _stop_now(self, reason: str) -> bool:
        state = cast("Node", self.node).state
        wakes: list[Wakeable] = []
        asked = self._ask_to_stop(reason, wakes)
        with state.lock:
            call_engine(state, wakes)
        act(state, wakes)
        return asked

    def _ask_to_stop(self, reason: str, wakes: list[Wakeable]) -> bool:
        """Cancel the task, or ask it to stop; who is to be woken is the caller's to do."""
        node = cast("Node", self.node)
        if self._withdraw_now(reason):
            return True
        with node.state.lock:
            return request_stop(node.state, node, self, reason, wakes)

    def is_paused(self) -> bool:
        """Say whether the gate of this task is closed: by a hold on it, its group or its pool."""
        return self.node is not None and self.gate.closed and self._state not in DONE

    def is_quiescent(self) -> bool:
        """Say whether no line of the task runs: it has not started, rests, or is over."""
        return self._state != RUNNING or self.is_at_rest()

    @property
    def active_time(self) -> float:
        """For how long the task has run and not rested, in seconds."""
        return self.times()[0]

    @property
    def paused_time(self) -> float:
        """For how long the task has rested because its gate was closed, in seconds."""
        return self.times()[1]

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
        self._pool_of("step")
        return step(self._own_node, self, times.optional_seconds("timeout", timeout))

    def holds(self) -> tuple[Any, ...]:
        """List the holds on this task itself, oldest first."""
        return self.status().holds

    # What `Hold` asks of a scope.

    def _pool_of(self, wanted: str) -> PoolState:
        if self.node is None:
            msg = f"cannot {wanted} a future that belongs to no pool of pausable"
            raise RuntimeError(msg)
        return self.node.state

    @property
    def _pool_state(self) -> PoolState:
        return self._pool_of("reach")

    @property
    def _own_node(self) -> Node:
        return cast("Node", self.node)

    @property
    def _own_gate(self) -> Gate:
        return self.gate

    def _may_be_held(self) -> bool:
        is_ours = self._state == PENDING or self.seat is not None  # else it is concluded by hand
        return is_ours and self._state not in DONE and self.ended_at is None

    def _place(self, hold: HoldRecord, wakes: list[Wakeable]) -> None:
        place_on_task(self._pool_state, self._own_node, self, hold, wakes)

    def _release(self, hold: HoldRecord, wakes: list[Wakeable]) -> None:
        release_from_task(self._pool_state, self._own_node, self, hold, wakes)

    def _own_holds(self) -> list[HoldRecord]:
        return [] if self.node is None or self.gate is self.node.gate else list(self.gate.holds)

    def _has_within(self, task: Task) -> bool:
        return task is self

    def _is_over(self) -> bool:
        return self._state in DONE or self.ended_at is not None

    def _active(self) -> int:
        return 0 if self.is_quiescent() or self.ended_at is not None else 1

    def _stragglers(self) -> list[Task]:
        return [self] if self._active() else []
