"""The outcome of a task that ran, for every adapter: kept, published, or held as a fault."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pausable._core.conclusion import FINAL, conclude, finish
from pausable._core.decision import decide, give_way
from pausable._core.entrance import depart
from pausable._core.log import CRITICAL, log, stdlib_logger
from pausable._core.names import plain_text
from pausable._core.states import PENDING, RUNNING
from pausable._core.times import clock
from pausable.errors import Stopped
from pausable.scopes.fault import is_held, set_aside
from pausable.scopes.foreign import is_of
from pausable.scopes.reprs import short_repr

if TYPE_CHECKING:
    from contextvars import Context

    from pausable._core.pool import Pool
    from pausable._core.ports import Seat
    from pausable.events import Outcome
    from pausable.scopes.future import Future

__all__ = ["come_out", "outcome_of", "publish", "take_leave", "tell_outcome"]

_RUNNING_ONLY = frozenset({RUNNING})


def come_out(pool: Pool, seat: Seat, task: Any, result: object, error: BaseException | None) -> Any:
    """Let it be known what a task has returned, or raised; return the next one for its seat.

    None if there is none: the seat then looks for one. Done callbacks run in here. Called by
    whoever ran the task, outside all locks.
    """
    if error is not None and task._p_node.rules.fault is not None and is_held(pool, task, error):
        return set_aside(pool, seat, task, error)
    context = task._p_context  # if it has one of its own; that refers to the task: a cycle
    task._p_forget_call()
    return tell_outcome(pool, seat, task, result, error, clock(), context)


def tell_outcome(
    pool: Pool,
    seat: Seat,
    task: Any,
    result: object,
    error: BaseException | None,
    now: float,
    context: Context | None,
) -> Any:
    """Do as `come_out` for a task that is no fault, and has let go of its call; it ended at *now*.

    Its callbacks run in *context*, if it has one of its own.
    """
    outcome, error = _told(pool, task, error)
    give_way(pool.lock)
    following, waiting, is_written = decide(  # type: ignore[misc]  # this is in no visit
        pool, conclude, seat, task, outcome, result, error, now
    )
    result = error = None  # whoever waits may have let go of them by now
    if waiting is not None:
        tell = partial(publish, task, outcome, is_written=is_written)
        if context is None:
            tell()
        else:  # callbacks see the context variables of the task
            context.run(tell)
        if seat.task is task:
            give_way(pool.lock)
            decide(pool, finish, seat, task._p_node)
    return following


def _told(
    pool: Pool, task: Future[Any], error: BaseException | None
) -> tuple[Outcome, BaseException | None]:
    """Return what a task has come to, and its error; that of a pool whose break has ended it."""
    outcome: Outcome = "result" if error is None else outcome_of(task, error)
    broken = pool.end.broken
    if outcome == "stopped" and broken is not None and task._p_stop_reason == broken:
        return "exception", pool.adapter.broken(broken)
    return outcome, error


def is_silent(task: Future[Any], error: BaseException) -> bool:
    """Say whether what a task has raised is its stop, of which nobody else is told."""
    return outcome_of(task, error) == "stopped"


def take_leave(task: Future[Any], seat: Seat, error: BaseException | None) -> None:
    """Let it be known what a task has come to whose seat goes with it. Harmless if called again.

    Called by whoever ran it, outside all locks. Its done callbacks run in here.
    """
    pool: Pool = task._p_node.pool
    if task._state == PENDING:  # it has not come to its beginning
        task.cancel()
    if task._state != RUNNING:
        return
    outcome, told = _told(pool, task, error)
    decide(pool, depart, seat, task, outcome)
    task._p_forget_call()
    task._p_keep(None, told if outcome == "exception" else None)
    publish(task, outcome, is_written=False)


def publish(task: Future[Any], outcome: Outcome, *, is_written: bool) -> None:
    """Tell those who wait for a task that it is over, and call back. Outside the lock."""
    try:
        if is_written:
            task._p_wake_and_call_back()
        else:  # it has a condition, under which its state is to be written
            task._p_conclude(_RUNNING_ONLY, FINAL[outcome])
    except BaseException as error:  # noqa: BLE001 - the stdlib's worker would end, with its slot
        log(CRITICAL, "Exception in a callback of %r", task, error=error, to=stdlib_logger)
        if not task._p_has_called_back():  # no callback has raised it: it was sent to this thread
            task._p_tell_again(_RUNNING_ONLY, FINAL[outcome])


def outcome_of(task: Future[Any], error: BaseException) -> Outcome:
    """Say what a task has come to that has raised *error*; note why, if it has stopped itself."""
    if type(error) is not Stopped:
        if is_of(error, (BaseExceptionGroup,)):  # of an asyncio.TaskGroup: a part was stopped
            is_stop = task._p_stop_reason is not None and _is_all_stops(error)
            return "stopped" if is_stop else "exception"
        if not is_of(error, (Stopped,)):
            return "exception"
    if task._p_stop_reason is None:  # the task has stopped itself
        task._p_stop_reason = _reason_of(error)
    return "stopped"


def _is_all_stops(error: BaseException) -> bool:
    """Say whether a group holds nothing else. Its methods may be the task's own."""
    if not is_of(error, (BaseExceptionGroup,)):
        return is_of(error, (Stopped,))
    return all(map(_is_all_stops, _parts_of_group(error)))


_parts_of_group = BaseExceptionGroup.__dict__["exceptions"].__get__


def _reason_of(stopped: BaseException) -> str:
    """Return why a task has stopped itself: whatever it has made of `Stopped`, as text."""
    try:
        reason: object = stopped.reason  # type: ignore[attr-defined]
    except BaseException:  # noqa: BLE001 - a class of the task's own
        return "stopped"
    is_text = issubclass(type(reason), str)
    return plain_text(reason) if is_text else short_repr(reason)  # type: ignore[arg-type]
