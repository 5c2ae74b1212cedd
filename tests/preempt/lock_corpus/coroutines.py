"""Locks that coroutines hold over an await."""

# As people write it, not as they should.
# ruff: noqa: D101

import asyncio
import threading
from contextlib import AsyncExitStack, asynccontextmanager

from preempt.witness import case, known


def work(count=3):
    total = 0
    for number in range(count):
        total += number
    return total


@asynccontextmanager
async def holding(lock):
    with lock:
        yield lock


class AsyncLocked:
    def __init__(self):
        self.lock = known(threading.Lock())

    async def __aenter__(self):
        self.lock.acquire()
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *exc):
        await asyncio.sleep(0)
        self.lock.release()
        await asyncio.sleep(0)
        work()


@case
def coroutine_holds_over_await():
    lock = known(threading.Lock())

    async def main():
        with lock:
            work()
            await asyncio.sleep(0)
            work()
        await asyncio.sleep(0)
        work()

    asyncio.run(main())


@case
def coroutine_beside_another():
    lock = known(threading.Lock())

    async def holder():
        with lock:
            for _ in range(3):
                await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def other():
        for _ in range(5):
            work()
            await asyncio.sleep(0)

    async def main():
        await asyncio.gather(holder(), other())
        work()

    asyncio.run(main())


@case
def coroutine_beside_one_that_awaits_the_holder():
    lock = known(threading.Lock())

    async def inner():
        lock.acquire()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        lock.release()

    async def outer():
        await inner()
        await asyncio.sleep(0)

    async def other():
        for _ in range(5):
            work()
            await asyncio.sleep(0)

    async def main():
        await asyncio.gather(outer(), other())

    asyncio.run(main())


@case
def coroutine_async_with():
    async def main():
        async with AsyncLocked():
            work()
            await asyncio.sleep(0)
        work()
        async with AsyncLocked() as same:
            assert same
        work()

    asyncio.run(main())


@case
def coroutine_async_manager():
    lock = known(threading.Lock())

    async def main():
        async with holding(lock):
            work()
            await asyncio.sleep(0)
            work()
        work()

    asyncio.run(main())


@case
def coroutine_async_stack():
    lock, other = known(threading.Lock()), known(threading.Lock())

    async def main():
        async with AsyncExitStack() as stack:
            stack.enter_context(lock)
            work()
            await stack.enter_async_context(holding(other))
            await asyncio.sleep(0)
            work()
        work()

    asyncio.run(main())


@case
def coroutine_asyncio_locks():
    async def main():
        lock, semaphore, condition = asyncio.Lock(), asyncio.Semaphore(2), asyncio.Condition()
        async with lock:
            work()
        async with semaphore, condition:
            work()
        async with asyncio.timeout(5):
            await asyncio.sleep(0)
            work()
        await lock.acquire()
        work()
        lock.release()

    asyncio.run(main())


@case
def coroutine_async_generator():
    lock = known(threading.Lock())

    async def items():
        with lock:
            for number in range(3):
                yield number
                await asyncio.sleep(0)

    async def main():
        async for number in items():
            work(number)
        work()
        assert [n async for n in items()]
        work()

    asyncio.run(main())


@case
def coroutine_driven_by_hand():
    lock = known(threading.Lock())

    class Suspend:
        def __await__(self):
            yield

    async def inner():
        with lock:
            await Suspend()

    made = inner()
    made.send(None)
    work()
    try:
        made.send(None)
    except StopIteration:
        work()


@case
def coroutine_callback_of_loop():
    lock = known(threading.Lock())

    async def holder():
        with lock:
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    async def main():
        asyncio.get_running_loop().call_soon(work)
        task = asyncio.create_task(holder())
        asyncio.get_running_loop().call_soon(work)
        await task
        work()

    asyncio.run(main())


@case
def coroutine_task_group():
    lock = known(threading.Lock())

    async def child(number):
        await asyncio.sleep(0)
        with lock:
            work(number)
        await asyncio.sleep(0)

    async def main():
        async with asyncio.TaskGroup() as group:
            for number in range(3):
                group.create_task(child(number))
        work()

    asyncio.run(main())
