"""What a coroutine is to be resumed with is not lost at rest: a value, an item, an exception."""

from __future__ import annotations

import asyncio
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from aio.loops import run, true, turns

from pausable import aio


def test_a_value_in_hand_comes_after_the_resume():
    """It has come while the task rested; and the other way round."""
    got = []

    async def waits(future):
        got.append(await future)

    async def main():
        async with aio.TaskGroup() as tasks:
            future = asyncio.get_running_loop().create_future()
            tasks.create_task(waits(future))
            await turns()
            tasks.pause("a while")
            assert await tasks.wait_quiescent()
            future.set_result("value")
            await turns()
            assert (got, tasks.status().resting) == ([], 1)
            tasks.resume()
        assert got == ["value"]

    run(main)


@pytest.mark.parametrize("is_marked", [False, True], ids=["before", "after"])
def test_an_item_in_hand_survives_a_cancellation(is_marked):
    """It is sent first, and the task cancelled at its next await; before or after it was at rest."""
    got: list[str] = []

    async def consume(queue):
        while True:
            got.append(await queue.get())
            await asyncio.sleep(0)
            got.append("never")

    async def main():
        queue: asyncio.Queue[str] = asyncio.Queue()
        async with aio.TaskGroup() as tasks:
            task = tasks.create_task(consume(queue))
            await turns()
            if is_marked:
                queue.put_nowait("item")
            tasks.pause("a while")
            if not is_marked:
                assert await tasks.wait_quiescent()
                queue.put_nowait("item")
            await turns()
            assert (got, tasks.status().resting) == ([], 1)
            task.cancel("enough")
            await turns()
            assert (got, queue.qsize(), task.cancelled()) == (["item"], 0, True)
        assert task.cancelling() == 1

    run(main)


def test_a_value_of_a_bare_future_survives_a_cancellation():
    """What `await future` was to return is returned, though plain asyncio would lose it."""
    got: list[Any] = []

    async def waits(future):
        got.append(await future)
        return "to its end"

    async def main():
        async with aio.TaskGroup() as tasks:
            future = asyncio.get_running_loop().create_future()
            task = tasks.create_task(waits(future))
            await turns()
            tasks.pause("a while")
            future.set_result("only copy")
            await turns()
            task.cancel()
            await asyncio.wait([task])
        assert (got, task.result()) == (["only copy"], "to its end")

    run(main)


SLEEPS = {
    "a turn": lambda: asyncio.sleep(0),
    "a checkpoint": aio.checkpoint,
    "a checkpoint of anyio's": anyio.lowlevel.checkpoint,
    "a moment": lambda: asyncio.sleep(0.001),
    "its active time": lambda: aio.sleep(0),
}


@pytest.mark.parametrize("cancel", [asyncio.Task.cancel, lambda task: aio.future_of(task).stop("")])
@pytest.mark.parametrize("sleep", SLEEPS)
def test_a_sleep_is_nothing_in_hand(sleep, cancel):
    """What is at rest where it has slept runs no line more: it is cancelled right there."""
    said = []

    async def works(tasks):
        tasks.pause("by itself")
        try:
            await SLEEPS[sleep]()
            said.append("never")
        except asyncio.CancelledError:
            said.append("cancelled")
            raise

    async def main():
        async with aio.TaskGroup() as tasks:
            task = tasks.create_task(works(tasks))
            await true(lambda: tasks.status().resting)
            await asyncio.sleep(0.01)  # longer than it sleeps
            cancel(task)
            await asyncio.wait([task])
        assert (said, task.cancelled(), task.cancelling()) == (["cancelled"], True, 1)

    run(main)


@pytest.mark.parametrize("is_cancelled", [False, True], ids=["resumed", "cancelled"])
def test_an_exception_in_hand_is_kept(is_cancelled):
    """Asyncio throws that of a future which has failed: it comes with the resume, or the cancel."""
    got: list[Any] = []

    async def waits(future):
        try:
            await future
        except ConnectionError as error:
            got.append(str(error))
        await asyncio.sleep(0)
        got.append("after")

    async def main():
        async with aio.TaskGroup() as tasks:
            future = asyncio.get_running_loop().create_future()
            task = tasks.create_task(waits(future))
            await turns()
            tasks.pause("a while")
            future.set_exception(ConnectionError("refused"))
            await turns()
            assert (got, tasks.status().resting) == ([], 1)
            if is_cancelled:
                task.cancel()
            else:
                tasks.resume()
            await asyncio.wait([task])
        assert got == (["refused"] if is_cancelled else ["refused", "after"])
        assert task.cancelled() == is_cancelled

    run(main)


def test_a_future_that_others_have_cancelled_is_an_exception_in_hand():
    """It is no cancellation of the task, and waits for the resume."""
    got = []

    async def waits(future):
        try:
            await future
        except asyncio.CancelledError:
            got.append("cancelled")

    async def main():
        async with aio.TaskGroup() as tasks:
            future = asyncio.get_running_loop().create_future()
            tasks.create_task(waits(future))
            await turns()
            tasks.pause("a while")
            future.cancel()
            await turns()
            assert got == []
            tasks.resume()
        assert got == ["cancelled"]

    run(main)


def test_no_item_of_many_is_lost():
    """Consumers are cancelled at random moments of pauses: each item is got, or in the queue."""
    got: list[int] = []

    async def consume(queue, done):
        while True:
            item = await queue.get()
            got.append(item)
            await done.wait()

    async def main():
        queue: asyncio.Queue[int] = asyncio.Queue()
        done = asyncio.Event()
        done.set()
        put = 0
        async with aio.TaskGroup() as tasks:
            for round_ in range(60):
                task = tasks.create_task(consume(queue, done))
                for step in range(round_ % 7):
                    queue.put_nowait(put)
                    put += 1
                    if step == round_ % 3:
                        tasks.pause("a while")
                    await asyncio.sleep(0)
                tasks.pause("a while")
                await turns(round_ % 4)
                task.cancel()
                await true(task.done)
                tasks.resume()
        left = [queue.get_nowait() for _ in range(queue.qsize())]
        assert sorted(got + left) == list(range(put))

    run(main)


@pytest.mark.parametrize("kind", ["timeout", "scope"])
def test_a_block_that_is_left_with_what_is_in_hand(kind):
    """It has ended in time, though the pause lasted longer; nobody is cancelled for it later."""
    said: list[Any] = []
    blocks: dict[str, Any] = {}

    async def timeout(future):
        async with asyncio.timeout(None) as blocks["it"]:
            said.append(await future)

    async def scope(future):
        with anyio.CancelScope() as blocks["it"]:
            said.append(await future)

    async def work(future):
        await (timeout if kind == "timeout" else scope)(future)
        await turns()
        said.append("after")
        return asyncio.current_task().cancelling()

    async def main():
        loop = asyncio.get_running_loop()
        async with aio.TaskGroup() as tasks:
            future = loop.create_future()
            task = tasks.create_task(work(future))
            await turns()
            tasks.pause("a while")
            future.set_result("value")
            await turns()
            assert (said, tasks.status().resting) == ([], 1)
            if kind == "timeout":
                blocks["it"].reschedule(loop.time())
            else:
                blocks["it"].cancel()
            await true(lambda: said)
            await turns()
            assert (said, tasks.status().resting) == (["value"], 1)
            tasks.resume()
        assert (said, task.result()) == (["value", "after"], 0)

    run(main)
