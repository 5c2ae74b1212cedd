"""The future of a coroutine's task: the handle of a task that asyncio runs.

asyncio's own task stays what it is, and is what `create_task` returns. This is its other side: what
the core knows of it, to pause, resume and stop it alone, and to see where it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from pausable.aio.driver import Driver
from pausable.errors import NotSupported
from pausable.scopes.future import Future
from pausable.scopes.public import public

if TYPE_CHECKING:
    import asyncio

    from pausable._core.tree import Node

__all__ = ["CoroutineFuture", "future_of", "new_coroutine_future"]

T = TypeVar("T")


@public
class CoroutineFuture(Future[T]):
    """The result of a coroutine to be, and the handle to pause, resume and stop its task.

    All methods may be called from any thread. `result()` waits, and so is refused on the thread of
    the event loop that runs the coroutine: there, await asyncio's task.
    """

    __slots__ = ("_p_driver",)

    _p_driver: Driver | None  # or what stands for one: a `Walker`

    def step(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse.

        Raises:
            NotSupported: always. A coroutine rests at an `await`, and not between two of them.
        """
        raise NotSupported("step(): a coroutine rests at an await; resume() it", self._p_name)

    def _p_forget_call(self) -> None:
        """Let the coroutine go, too, if it will not start."""
        super()._p_forget_call()
        driver = self._p_driver
        if driver is not None and self._p_seat is None:
            driver.withdraw()


def new_coroutine_future(node: Node, driver: Driver, name: str | None) -> CoroutineFuture[Any]:
    """Make the task of a coroutine, which has not started."""
    task: CoroutineFuture[Any] = CoroutineFuture()
    numbers = node.pool.numbers
    task._p_node, task._p_gate = node, node.gate
    task._p_driver, task._p_args = driver, ()
    task._p_label = name or driver.title()
    task._p_number = next(numbers.tasks) if name is None else -next(numbers.marks)
    task._p_id = 0
    return task


def future_of(task: asyncio.Task[T]) -> CoroutineFuture[T]:
    """Return the future of a task of asyncio: the handle by which it is paused and seen alone.

    Raises:
        TypeError: it is no task of asyncio.
        ValueError: it is no task of any scope of ours, or ended before `create_task` returned.
    """
    if not hasattr(task, "get_coro"):
        msg = f"future_of() takes a task of asyncio, not {task!r}"
        raise TypeError(msg)
    coro = task.get_coro()
    if not isinstance(coro, Driver):
        msg = f"{task!r} is no task of a scope of pausable.aio, or was over as soon as it began"
        raise ValueError(msg)  # noqa: TRY004 - the type is right
    found: CoroutineFuture[T] = coro.task
    return found
