"""The checkpoint and its family: where a task's own code lets itself be paused and stopped.

All of them find their task by themselves, so that there is nothing to pass in, and do nothing
special outside any task, so that a function that calls them can be used anywhere.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar, cast

from pausable._core import times
from pausable._core.attention import own_task, shields
from pausable._core.task import rest_of
from pausable.scopes import attendance, numbers
from pausable.scopes.attendance import checkpoint
from pausable.scopes.quiet import Quiet
from pausable.scopes.sleep import sleep_in_task

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

    from pausable.scopes.future import Future

__all__ = ["checkpoint", "current_task", "each", "resting", "shield", "sleep"]

T = TypeVar("T")

checkpoint.__module__ = __name__  # where it is at home: what is pickled names that


def sleep(seconds: float) -> None:
    """Sleep for so many seconds in which the task does not rest.

    A pause makes the task rest at once, without a timer; what was left is slept after the resume.
    A stop ends the sleep at once. Outside a task it is `time.sleep`.

    Raises:
        Stopped: the task is to end.
        ValueError: *seconds* is negative or NaN.
    """
    duration = numbers.seconds("seconds", seconds)
    task = attendance.current_task()
    if task is None:
        times.plain_sleep(duration)
    else:
        sleep_in_task(task, duration)


def each(iterable: Iterable[T]) -> Iterator[T]:
    """Yield the items of *iterable*, with a checkpoint before each is fetched.

    No item is fetched and then lost to a stop. The iterator that this makes, and any generator, is
    closed when the loop is left by a `break`, an exception or a stop; an iterator with a `close()`
    that was passed in itself, such as an open file, stays its owner's.
    """
    iterator = iter(iterable)
    try:
        while True:
            checkpoint()
            try:
                item = next(iterator)
            except StopIteration:
                return
            yield item
            del item
    finally:
        close = getattr(iterator, "close", None)
        if close is not None and (iterator is not iterable or isinstance(iterator, Generator)):
            close()


def resting() -> AbstractContextManager[object]:
    """Count as at rest in a block that has no effect anybody cares about.

    For a long ``recv()``, a ``queue.get()``: a pause need not wait for it. On the way out the task
    passes its gate: it rests there if that is closed. A stop cannot interrupt what the block
    waits for; it is raised on the way out. While its gate is closed the task gives its slot back.
    """
    return Quiet(waits_for_tasks=False)


@contextmanager
def shield() -> Generator[None, None, None]:
    """Neither rest nor stop in this block; a pause waits for its end, a stop comes after it.

    May be nested. On a thread that a task has started, it shields that thread. A task that waits
    for another of its pool in here keeps its slot: in a pool of one, that is for ever.
    """
    task = own_task()
    if task is None:
        shields.set(shields.get() + 1)
    else:
        rest_of(task).shields += 1
    try:
        yield
    finally:
        if task is None:
            shields.set(shields.get() - 1)
        else:
            rest_of(task).shields -= 1


def current_task() -> Future[object] | None:
    """Return the future of the task that runs this code; None outside any task."""
    return cast("Future[object] | None", attendance.current_task())
