"""The checkpoint and its family: where a task's own code lets itself be paused and stopped.

All of them find their task by themselves, so that there is nothing to pass in, and do nothing
special outside any task, so that a function that calls them can be used anywhere.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar, cast

from pausable._core import attention as core
from pausable._core import times
from pausable._core.attention import attention, current, here, shields
from pausable._core.barring import rest_of
from pausable._core.parking import Quiet, attend, own_task, sleep_in_task

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

    from pausable.threads.future import Future

__all__ = ["checkpoint", "current_task", "each", "resting", "shield", "sleep"]

T = TypeVar("T")


def checkpoint() -> None:
    """Rest here while the task, its group or its pool is paused; raise `Stopped` on a stop.

    While nothing in the process is paused or stopped it costs what ``if not event.is_set()`` costs.
    Outside a task, and in a `shield()` block, it does nothing. May be called from a thread that the
    task has started in its own context (`contextvars.copy_context().run`): that thread rests and
    stops with the task for as long as that lives, but quiescence does not wait for it.

    Raises:
        Stopped: the task is to end; let it pass.
    """
    if attention:
        try:
            task = here.seat.task  # quicker than to ask first
        except AttributeError:  # this is not a worker's thread
            task = current.get()
        if task is not None and (task.gate.closed_to_running or task.stop_reason is not None):
            attend(task)


def sleep(seconds: float) -> None:
    """Sleep for so many seconds in which the task does not rest.

    A pause makes the task rest at once, without a timer; what was left is slept after the resume.
    A stop ends the sleep at once. Outside a task it is `time.sleep`.

    Raises:
        Stopped: the task is to end.
        ValueError: *seconds* is negative or NaN.
    """
    duration = times.seconds("seconds", seconds)
    task = core.current_task()
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
    return Quiet()


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
    return cast("Future[object] | None", core.current_task())
