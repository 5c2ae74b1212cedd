"""The call: what a task of a `DaskExecutor` is to Dask, and how a worker runs it as a task of ours.

It has one beginning and one end in the pool of its worker, as a `Thread` has in its scope: it comes
with its seat. What Dask has prefetched, and a hold has caught, waits there and has not begun.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

from pausable._core.attention import Maker, current
from pausable._core.decision import decide
from pausable._core.entrance import enter
from pausable._core.frames import entries
from pausable._core.names import wrappers
from pausable._core.states import PENDING
from pausable.dask.cluster_terms import PLUGIN
from pausable.dask.dask_names import Reschedule, get_worker, task_state
from pausable.dask.dask_seat import DaskSeat
from pausable.scopes import attendance
from pausable.scopes.outcome import is_silent, take_leave

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable.dask.worker_gate import WorkerGate
    from pausable.scopes.remote_task import RemoteTask

__all__ = ["DaskCall", "Halt"]


class Halt:
    """What a task returns to Dask that was stopped. An exception would be tried again."""

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        """Keep why."""
        self.reason: str = reason

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the fact."""
        return Halt, (self.reason,)


class DaskCall:
    """A function as Dask is given it: the last of its arguments are those with *names*."""

    __slots__ = ("function", "names")

    def __init__(self, function: Callable[..., Any], names: tuple[str, ...] = ()) -> None:
        """Stand for *function*."""
        self.function: Callable[..., Any] = function
        self.names: tuple[str, ...] = names

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the facts."""
        return DaskCall, (self.function, self.names)

    def __call__(self, *args: Any) -> Any:
        """Run it as a task of its worker; return what it returns, or a `Halt`."""
        at = len(args) - len(self.names)
        kwargs = dict(zip(self.names, args[at:], strict=True))
        gate = cast("WorkerGate", get_worker().plugins[PLUGIN])
        return _run(gate, task_state.key, self.function, args[:at], kwargs)


wrappers[DaskCall] = attrgetter("function")


def _run(
    gate: WorkerGate,
    key: str,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    task = gate.new_task(key, function)
    seat = DaskSeat(task)
    error: BaseException | None = None
    maker: Maker | None = None
    try:
        maker = Maker(task)
        decide(gate.pool, gate.receive, key, task, seat)
        if _has_turn(task, seat):
            return _call(maker, seat, function, args, kwargs)
    except BaseException as raised:
        error = raised
        if not is_silent(task, error):
            raise
    finally:
        try:
            take_leave(task, seat, error)
        finally:
            decide(gate.pool, gate.forget, key, task)
            if maker is not None:
                maker.task = None  # copies of its context may be kept for long
            current.set(None)
            seat.get_up()
            error = None  # its frames refer to this one
    if gate.is_closing:
        raise Reschedule
    return Halt(task._p_stop_reason or "stopped")


def _has_turn(task: RemoteTask, seat: DaskSeat) -> bool:
    """Wait until the task has begun; false if it never will."""
    while task._state == PENDING and task._p_stop_reason is None:
        if not decide(task._p_node.pool, enter, task, seat):
            seat.park()
    return seat.task is task


def _call(
    maker: Maker,
    seat: DaskSeat,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    current.set(maker)
    seat.take_slot()
    attendance.checkpoint()  # paused or stopped since it has begun: not a line of it runs
    return function(*args, **kwargs)


entries.append(_call.__code__)
