"""Forms: an event loop in a task, by `asyncio.run`: it rests between two callbacks."""

from __future__ import annotations

import asyncio
import contextlib
from itertools import count

from preempt.form import form

SHORT = 0.002  # seconds


def in_a_loop(**facts):
    """Make a form of a coroutine function."""

    def enter(main):
        def body(run):
            asyncio.run(main(run))

        body.__name__ = f"asyncio_{main.__name__}"
        return form(**facts)(body)

    return enter


@in_a_loop()
async def hops(run):
    while True:
        await asyncio.sleep(0)
        run.seen += 1


@in_a_loop()
async def timers(run):
    while True:
        await asyncio.sleep(SHORT)
        run.seen += 1


@in_a_loop()
async def cpu_loop(run):
    while True:
        run.seen += 1


@in_a_loop(counts=False)
async def long_sleep(run):
    await asyncio.sleep(3600)


@in_a_loop(counts=False)
async def waits_for_ever(run):
    await asyncio.Event().wait()


@in_a_loop()
async def gathered(run):
    async def one():
        while True:
            run.seen += 1
            await asyncio.sleep(0)

    await asyncio.gather(*(one() for _ in range(5)), asyncio.sleep(3600))


@in_a_loop()
async def task_group(run):
    async def short():
        await asyncio.sleep(0)
        run.seen += 1

    while True:
        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(short())


@in_a_loop()
async def async_generator(run):
    async def numbers():
        for n in count():
            yield n
            await asyncio.sleep(0)

    async for n in numbers():
        run.seen = n


@in_a_loop()
async def async_comprehension(run):
    async def numbers():
        for n in range(50):
            yield n

    while True:
        run.seen += len([n async for n in numbers()])


@in_a_loop()
async def awaits_without_a_hop(run):
    async def deep(depth):
        if depth:
            await deep(depth - 1)
        run.seen += 1

    while True:
        await deep(20)


@in_a_loop()
async def callbacks(run):
    loop = asyncio.get_running_loop()

    def again():
        run.seen += 1
        loop.call_soon(again)

    def later():
        run.seen += 1
        loop.call_later(SHORT, later)

    again()
    later()
    await asyncio.sleep(3600)


@in_a_loop()
async def queue_between_tasks(run):
    items = asyncio.Queue(3)

    async def produce():
        for n in count():
            await items.put(n)

    producer = asyncio.create_task(produce())
    try:
        while True:
            run.seen = await items.get()
    finally:
        producer.cancel()


@in_a_loop()
async def timeouts(run):
    while True:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.sleep(3600), SHORT)
        run.seen += 1


@in_a_loop()
async def async_context_managers(run):
    @contextlib.asynccontextmanager
    async def entered():
        await asyncio.sleep(0)
        yield
        run.seen += 1

    while True:
        async with entered():
            run.seen += 1


@in_a_loop()
async def on_another_thread(run):
    while True:
        run.seen += await asyncio.to_thread(len, "1")
        await asyncio.get_running_loop().run_in_executor(None, len, "1")
