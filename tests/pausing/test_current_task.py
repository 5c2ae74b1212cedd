"""`current_task()`: the future of the task that runs this code, wherever that is."""

from __future__ import annotations

import asyncio
import contextvars
import threading

from workloads import background

from pausable import Future, current_task


def test_in_a_task_it_is_its_future(pool) -> None:
    """The very object that `submit` returned, with its name, in a pool and in a group."""
    for scope in (pool, pool.group("g")):
        future = scope.options(name="me").submit(lambda: (current_task(), current_task().name))
        assert future.result(10) == (future, "me")
        assert isinstance(future, Future)


def test_outside_any_task_it_is_none(pool) -> None:
    """On the main thread, on another one, in a done callback and after the task there is none."""
    assert current_task() is None
    assert background(current_task).result(10) is None
    seen: list[object] = []
    called = threading.Event()

    def callback(_: object) -> None:
        seen.append(current_task())
        called.set()

    future = pool.submit(int)
    future.add_done_callback(callback)
    assert called.wait(10)
    assert seen == [None]
    assert current_task() is None


def test_a_thread_in_the_tasks_context_sees_it(pool) -> None:
    """A thread that a task starts in its context has the task as current; a plain one has not."""

    def task() -> tuple[object, object]:
        context = contextvars.copy_context()
        inherited = background(context.run, current_task).result(10)
        return inherited, background(contextvars.Context().run, current_task).result(10)

    future = pool.submit(task)
    assert future.result(10) == (future, None)


def test_in_coroutines_of_a_task(pool) -> None:
    """In an event loop inside a task, in its asyncio tasks and in `to_thread`, it is the same."""

    async def main() -> list[object]:
        async def inner() -> object:
            return current_task()

        return [
            current_task(),
            await inner(),
            *await asyncio.gather(inner(), asyncio.to_thread(current_task)),
        ]

    future = pool.submit(lambda: asyncio.run(main()))
    assert future.result(10) == [future] * 4


def test_tasks_submitted_by_a_task_are_their_own(make_pool) -> None:
    """A task of the same or of another pool sees itself, not the one that submitted it."""
    pool, other = make_pool(2), make_pool(1)

    def task() -> list[bool]:
        inner = [pool.submit(current_task), other.submit(current_task)]
        return [each.result(10) is each for each in inner]

    assert pool.submit(task).result(10) == [True, True]


def test_a_task_may_stop_itself(pool) -> None:
    """Through its own future: the stop is raised at its next checkpoint."""

    def task() -> None:
        current_task().stop("from inside")

    future = pool.submit(task)
    future.exception(10)
    assert not future.cancelled()  # it came to no checkpoint: it simply ended
