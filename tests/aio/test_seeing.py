"""What is seen of driven coroutines: by asyncio, by debuggers, and by us."""

from __future__ import annotations

import asyncio
import inspect
import sys
from typing import Any

import pytest
from aio.loops import run, true, turns

import pausable
from pausable import aio
from pausable.scopes.handle import handles


async def inner(event: asyncio.Event) -> None:
    """Wait."""
    await event.wait()


async def outer(event: asyncio.Event) -> None:
    """Wait for who waits."""
    await inner(event)


async def paused(tasks: aio.TaskGroup, event: asyncio.Event) -> asyncio.Task[None]:
    """Make a task, and bring it to rest with something in hand."""
    task = tasks.create_task(outer(event))
    await turns()
    tasks.pause("a while")
    assert await tasks.wait_quiescent()
    return task


@pytest.mark.parametrize("has_come", [False, True], ids=["awaits", "parked"])
@pytest.mark.parametrize("debug", [False, True])
def test_asyncio_shows_the_frames_of_the_user(has_come, debug):
    """`get_stack()`, `repr()` and the call graph are those of the coroutine itself, at rest too."""

    async def main():
        event = asyncio.Event()
        async with aio.TaskGroup() as tasks:
            task = await paused(tasks, event)
            if has_come:
                event.set()
                await turns()
            assert [frame.f_code.co_name for frame in task.get_stack()] == ["outer"]
            assert "coro=<outer() running at" in repr(task)
            assert __file__ in repr(task)
            code = task.get_coro()
            assert asyncio.iscoroutine(code)
            assert inspect.getcoroutinestate(code) == "CORO_SUSPENDED"
            if sys.version_info >= (3, 14):
                graph = asyncio.capture_call_graph(task)
                names = [entry.frame.f_code.co_name for entry in graph.call_stack]
                assert names[-2:] == ["inner", "outer"]
            tasks.resume()
            event.set()

    run(main, debug=debug)


def test_our_stack_is_that_of_the_awaits():
    """From the task's coroutine to the innermost that is the user's; the place is its line."""

    async def main():
        event = asyncio.Event()
        async with aio.TaskGroup() as tasks:
            task = await paused(tasks, event)
            future = aio.future_of(task)
            assert [frame.name for frame in future.stack()] == ["outer", "inner"]
            place = future.where()
            assert place is not None
            assert (place.file, place.function) == (__file__, "inner")
            assert set(future.locals()) == {"event"}
            assert "resting" in repr(future)
            tasks.resume()
            event.set()
        assert (future.where(), list(future.stack())) == (None, [])

    run(main)


def test_where_one_runs():
    """Asked by its own code, it is at that line; the current task is its future."""

    async def main():
        found: list[Any] = []

        async def asks():
            future = pausable.current_task()
            assert future is not None
            found.append(future.where())
            found.append([frame.name for frame in future.stack()])
            await asyncio.sleep(0)

        async with aio.TaskGroup() as tasks:
            task = tasks.create_task(asks())
        assert aio.future_of(task).done()
        place, names = found
        assert place.function.endswith("asks")
        assert names == ["asks"]

    run(main)


def test_what_is_not_ours_has_no_future():
    """A task of asyncio alone is refused, with a sentence."""

    async def main():
        task = asyncio.create_task(asyncio.sleep(0))
        with pytest.raises(ValueError, match="is no task of a scope"):
            aio.future_of(task)
        await task
        with pytest.raises(TypeError, match="takes a task of asyncio, not 5"):
            aio.future_of(5)

    run(main)


def test_the_name_of_a_task_may_be_anything():
    """As in asyncio: it is what is said of it as text."""

    async def main():
        async with aio.TaskGroup() as tasks:
            task = tasks.create_task(asyncio.sleep(0), name=5)
            assert (task.get_name(), aio.future_of(task).name) == ("5", "5")

    run(main)


def test_a_group_that_ends_under_a_pause_says_so(caplog):
    """Its block waits for the resume, and after a second names who rests and for whom."""

    async def main():
        async with aio.TaskGroup("crawler") as tasks:
            task = tasks.create_task(asyncio.sleep(0.01), name="page")
            await turns()
            tasks.pause("for long")
            asyncio.get_running_loop().call_later(1.3, tasks.resume)
        assert task.done()

    run(main)
    (record,) = caplog.records
    said = record.getMessage()
    assert said.startswith("the end of 'crawler' has waited for 1")
    assert "page" in said
    assert "for long" in said


def test_it_is_seen_and_held_from_outside():
    """The tree that control servers show has it, and resizes it."""

    async def main():
        async with aio.TaskGroup("crawler", limit=1) as tasks:
            made = [tasks.create_task(asyncio.sleep(3600)) for _ in range(2)]
            (handle,) = [each for each in handles() if each.name == "crawler"]
            assert handle.status().queued == 1
            assert handle.resize(2)
            assert not handle.resize(2)
            await true(lambda: tasks.status().running == 2)
            hold = await asyncio.to_thread(handle.pause, "from outside")
            assert await tasks.wait_quiescent()
            hold.release()
            assert handle.stop("over") == 2
        assert all(task.cancelled() for task in made)

    run(main)
