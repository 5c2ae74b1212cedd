"""The work queue of a pool, for programs that reach for the stdlib's: ``executor._work_queue``.

They ask how long it is, drain it (before `shutdown(cancel_futures=True)` there was no other way),
put items of their own into it, or replace it by one that is bounded.
"""

from __future__ import annotations

import queue
import warnings
from time import sleep
from typing import TYPE_CHECKING, Any, cast

from pausable._core.decision import decide, look
from pausable._core.postponement import let_all_go
from pausable._core.queue import take_out
from pausable._core.times import clock
from pausable._core.turns import rearm
from pausable.scopes.submission import submit

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.task import Task
    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.scopes.future import Future

__all__ = ["WorkItem", "WorkQueue", "size_of"]

_MOMENT = 0.01  # seconds


class WorkItem:
    """A task that a program has taken out of the queue: it will not start, unless put back."""

    __slots__ = ("args", "fn", "future", "kwargs")

    def __init__(self, task: Task) -> None:
        """Show what the stdlib's items show."""
        self.future: Future[Any] = cast("Future[Any]", task)
        self.fn: Callable[..., Any] | None = task._p_fn
        self.args: tuple[Any, ...] = task._p_args
        self.kwargs: dict[str, Any] = task._p_kwargs or {}

    @property
    def task(self) -> tuple[Any, ...]:
        """The call as items have it from 3.14 on."""
        return self.fn, self.args, self.kwargs

    def run(self, _context: object = None) -> None:
        """Make the call here and now, unless its future was cancelled, and set its outcome."""
        fn = self.fn
        if fn is None or not self.future.set_running_or_notify_cancel():
            return
        try:
            result = fn(*self.args, **self.kwargs)
        except BaseException as error:  # noqa: BLE001 - it is the future's now
            self.future.set_exception(error)
        else:
            self.future.set_result(result)


class WorkQueue:
    """The tasks of a pool that have not started, groups' included, as `queue.SimpleQueue`."""

    def __init__(self, root: Node) -> None:
        """Show the queue of the pool of *root*."""
        self._root = root

    def qsize(self) -> int:
        """Count them."""
        return int(look(self._root.pool, lambda: self._root.pool.unstarted))

    def empty(self) -> bool:
        """Say whether there is none."""
        return not self.qsize()

    @property
    def maxsize(self) -> int:
        """How many there is room for; 0 for any number, as `queue.Queue` has it."""
        room = self._root.pool.room
        return 0 if room is None else int(room.size)  # one in force has a bound

    def full(self) -> bool:
        """Say whether a submit would wait for room."""
        return 0 < self.maxsize <= self.qsize()

    def get_nowait(self) -> WorkItem:
        """Take the first out.

        Raises:
            queue.Empty: there is none.
        """
        return self.get(block=False)

    def get(self, block: bool = True, timeout: float | None = None) -> WorkItem:
        """Take the first out; wait for one, for *timeout* seconds at most, if there is none.

        Looks again every 10 ms while it waits: nobody who drains a queue does.

        Raises:
            queue.Empty: there is none in time.
        """
        deadline = None if timeout is None else clock() + timeout
        while (task := self._take_out()) is None:
            if not block or (deadline is not None and clock() >= deadline):
                raise queue.Empty
            sleep(_MOMENT)
        return WorkItem(task)

    def _take_out(self) -> Task | None:
        return decide(self._root.pool, _take_out, self._root)

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: ARG002
        """Put an item back, or one of one's own, to be run in its turn; None wakes the workers."""
        if isinstance(item, WorkItem):
            decide(self._root.pool, _put_back, item.future)
        elif item is not None:
            submit(self._root, None, _run, (item,), {})
        else:
            decide(self._root.pool, let_all_go)

    put_nowait = put


def _take_out(visit: Visit, root: Node) -> Task | None:
    visit.pool.is_plain = False
    for node in root.below():
        if (task := take_out(node.queue)) is not None:
            return task
    return None


def _put_back(visit: Visit, task: Task) -> None:
    node: Node | None = task._p_node
    if node is not None and task in node.queue.outside:
        node.queue.append(task)
        del node.queue.outside[task]
        rearm(visit, node)


def _run(item: Any) -> None:
    """Run an item of a program's own, as the stdlib's workers do."""
    item.run()


def size_of(replacement: object) -> int | None:
    """Say how many tasks the queue that a program wants to use holds; None for any number.

    Its order is not used: warns where it has one of its own.
    """
    if isinstance(replacement, (queue.LifoQueue, queue.PriorityQueue)) or not isinstance(
        replacement, (queue.Queue, queue.SimpleQueue, WorkQueue)
    ):
        kind = type(replacement).__name__
        warnings.warn(
            f"a pool of pausable keeps its own queue, in the order of submission: the {kind} is "
            "not used. For a bound use queue_size=, for an order group(priority=)",
            RuntimeWarning,
            stacklevel=3,
        )
    size = getattr(replacement, "maxsize", 0)
    return size if isinstance(size, int) and size > 0 else None
