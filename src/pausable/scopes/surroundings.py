"""The surroundings of tasks: what a user has opened around each run of a task, and closed after it.

A hook is called with the task's future where the task runs, on its thread and in its context, and
returns a context manager. So what it sets there, as the span that is current, is so for the task.
It is part of the call, as a time limit is: tasks without one do not know of any of this. A task
that is tried again after a fault is surrounded again.

A hook is foreign code. What it raises is logged, and the task runs all the same; it cannot make an
exception of the task vanish.
"""

from __future__ import annotations

from contextvars import copy_context
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from pausable._core.attention import own_task
from pausable._core.frames import entries
from pausable._core.names import wrappers
from pausable.errors import NotSupported, Stopped
from pausable.scopes.common_log import ERROR, leave_word
from pausable.scopes.time_limits import within_limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from contextvars import Context

    from pausable._core.tree import Node
    from pausable.scopes.future import Future

    Around: TypeAlias = Callable[[Future[Any]], AbstractContextManager[Any]]

__all__ = ["Around", "Surrounded", "check_travels", "checked_around", "prepared"]

_NO_CONTEXT = "the submitter's context variables: a context cannot be sent to where tasks run"


def checked_around(around: Around | None) -> Around | None:
    """Return the hook that a user gave.

    Raises:
        TypeError: it cannot be called.
    """
    if around is not None and not callable(around):
        msg = f"around must be a function that returns a context manager, not {around!r}"
        raise TypeError(msg)
    return around


def check_travels(node: Node, travels: bool | None) -> None:
    """Raise if context variables are to travel to where they cannot.

    Raises:
        NotSupported: the tasks of *node* run in other processes.
    """
    if travels and node.rules.ship is not None:
        raise NotSupported(_NO_CONTEXT, node.name)


def prepared(
    node: Node, fn: Callable[..., Any], travels: bool | None
) -> tuple[Callable[..., Any], Context | None]:
    """Return what is called for *fn* in a scope, and the context of its own, if it has one."""
    rules = node.rules
    context = copy_context() if (rules.travels if travels is None else travels) else None
    if rules.ship is not None:
        fn = within_limits(fn, rules.ship)
    return (fn if rules.around is None else Surrounded(fn, rules.around)), context


class Surrounded:
    """A function that is called as a task, in its surroundings."""

    __slots__ = ("around", "func")

    def __init__(self, func: Callable[..., Any], around: Around) -> None:
        """Call *func* so; a task is called after `func`, as if it were a partial."""
        self.func: Callable[..., Any] = func
        self.around: Around = around

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""
        task: Any = own_task()
        if task is None:
            return self.func(*args, **kwargs)
        opened = _open(self.around, task)
        try:
            result = self.func(*args, **kwargs)
        except BaseException as error:
            _close(opened, error)
            raise
        else:
            _close(opened, None)
            return result
        finally:
            # Or an exception refers to them.
            self = args = kwargs = task = opened = None  # type: ignore[assignment]  # noqa: PLW0642


entries.append(Surrounded.__call__.__code__)
wrappers[Surrounded] = attrgetter("func")


def _open(around: Around, task: Future[Any]) -> Any:
    """Open what is around a task; return what is to be closed, None if there is nothing."""
    try:
        manager = around(task)
        type(manager).__enter__(manager)
    except Stopped:
        raise
    except BaseException as error:  # noqa: BLE001 - it is not the task's
        leave_word(ERROR, "what is to be around the task %r raised", task._p_name, error=error)
        return None
    return manager


def _close(manager: Any, error: BaseException | None) -> None:
    """Close what is around a task that has returned, or raised."""
    if manager is None:
        return
    kind, trace = (None, None) if error is None else (type(error), error.__traceback__)
    try:
        type(manager).__exit__(manager, kind, error, trace)
    except Stopped:
        raise
    except BaseException as raised:  # noqa: BLE001 - it is not the task's
        if raised is not error:
            leave_word(ERROR, "what was around a task raised", error=raised)
