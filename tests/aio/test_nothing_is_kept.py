"""What a coroutine had goes with it, as with asyncio alone: nothing waits for the collector of cycles."""

from __future__ import annotations

import asyncio
import gc
import weakref
from contextlib import suppress

import anyio
import anyio.lowlevel
import pytest
from aio.loops import run

import pausable
from pausable import aio
from pausable.aio.anyio_group import AnyioGroup


class Thing:
    """What a coroutine has: as a local variable, as its result, in its exception."""


async def returns(thing: Thing) -> Thing:
    """Have it as a result, after an await."""
    await asyncio.sleep(0)
    return thing


async def fails(thing: Thing) -> None:
    """Have it in the frame of an exception, after an await."""
    await asyncio.sleep(0)
    raise ValueError(thing)


async def fails_at_once(thing: Thing) -> None:
    """Have it in the frame of an exception of the first turn."""
    raise ValueError(thing)


async def catches(thing: Thing) -> Thing:
    """Have it in the frame of an exception that was thrown in, and caught."""
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), 0.001)
    return thing


async def is_cancelled(thing: Thing) -> Thing:
    """Have it in the frame of a cancellation."""
    asyncio.current_task().cancel()
    await asyncio.Event().wait()
    return thing


async def sets_a_timer(thing: Thing) -> Thing:
    """Leave a copy of its context with the loop."""
    asyncio.get_running_loop().call_later(3600, int)
    await asyncio.sleep(0)
    return thing


async def has_a_timeout(thing: Thing) -> Thing:
    """Leave one with a timer that is cancelled, which the loop has until its time comes."""
    async with asyncio.timeout(3600):
        await asyncio.sleep(0)
    return thing


async def makes_a_task(thing: Thing) -> Thing:
    """Leave one with a task that goes on."""
    task = asyncio.create_task(asyncio.sleep(3600))
    asyncio.get_running_loop().call_later(3600, int, task)
    return thing


WAYS = [returns, fails, fails_at_once, catches, is_cancelled]
WAYS += [sets_a_timer, has_a_timeout, makes_a_task]


@pytest.fixture(autouse=True)
def _no_collector():
    """Keep the collector from hiding what is left in cycles."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def outcome_of(coro) -> tuple[bool, bool]:
    """Run it as a task; say whether it has ended well, and let it go."""
    task = asyncio.create_task(coro)
    await asyncio.wait([task])
    return task.cancelled(), not task.cancelled() and task.exception() is not None


@pytest.mark.parametrize("is_paused", [False, True], ids=["running", "paused meanwhile"])
@pytest.mark.parametrize("way", WAYS)
def test_what_it_had_goes_at_once(way, is_paused):
    """However it has ended, and also if it has rested."""

    async def outcome(scope) -> tuple[bool, bool, bool]:
        thing = Thing()
        gone = weakref.ref(thing)
        coro = way(thing) if scope is None else scope.drive(way(thing))
        del thing
        if scope is not None and is_paused:
            hold = scope.pause("a while")
            asyncio.get_running_loop().call_later(0.005, hold.release)
        ended = await outcome_of(coro)
        del coro
        await asyncio.sleep(0)
        return *ended, gone() is None

    async def main():
        async with aio.TaskGroup() as tasks:
            expected = await outcome(None)
            assert expected[2]
            assert await outcome(tasks) == expected

    run(main)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_what_a_task_of_an_anyio_group_had_goes_at_once(backend):
    """With its future, though a part of it goes on in a copy of its context."""

    async def makes_a_part(thing, group):
        group.start_soon(anyio.sleep_forever)
        await anyio.lowlevel.checkpoint()
        return thing

    async def main():
        async with anyio.create_task_group() as parts, AnyioGroup() as tasks:
            thing = Thing()
            gone = weakref.ref(thing)
            future = tasks.start_soon(makes_a_part, thing, parts)
            del thing
            while not future.done():
                await anyio.lowlevel.checkpoint()
            await anyio.wait_all_tasks_blocked()
            assert future.result() is gone()
            del future
            assert gone() is None
            parts.cancel_scope.cancel()

    anyio.run(main, backend=backend)


def test_the_handle_outlives_its_coroutine():
    """The future of a task says what has come of it, and takes all verbs."""

    async def main():
        async with aio.TaskGroup() as tasks:
            task = tasks.create_task(returns(Thing()))
            await task
            future = aio.future_of(task)
            assert future.result() is task.result()
            assert not future.stop("too late")
            future.pause("too late").release()
            assert future.where() is None
            assert future.status().state == "done"

    run(main)


def test_ours_in_the_place_of_asyncios(monkeypatch):
    """A program may put the group, and the timeout, under asyncio's own names."""
    monkeypatch.setattr(asyncio, "TaskGroup", aio.TaskGroup)
    monkeypatch.setattr(asyncio, "timeout", aio.timeout)

    async def main():
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(asyncio.sleep(0, "slept"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await asyncio.sleep(3600)
        assert isinstance(tasks, aio.TaskGroup)
        return task.result()

    assert asyncio.run(main()) == "slept"


def test_who_awaits_a_driven_coroutine_is_current_after_it():
    """In one context: what runs on when that is over is the task that has awaited it."""
    seen = []

    async def inner():
        seen.append(pausable.current_task().name)
        await asyncio.sleep(0)

    async def outer(others):
        await others.drive(inner(), name="inner")
        task = pausable.current_task()
        seen.append(None if task is None else task.name)

    async def main():
        async with aio.TaskGroup() as tasks, aio.TaskGroup() as others:
            await tasks.create_task(outer(others), name="outer")
            await asyncio.create_task(outer(others))

    run(main)
    assert seen == ["inner", "outer", "inner", None]
