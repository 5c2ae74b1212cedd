"""asyncio: event loops take our executors and our futures."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from contract.implementations import SOON
from helpers import until

import pausable.futures

variable = contextvars.ContextVar("variable", default="default")


def run(coroutine):
    """Run a coroutine to its end, in bounded time."""
    return asyncio.run(asyncio.wait_for(coroutine, SOON))


def test_run_in_executor(make):
    """Results and exceptions come back into the loop."""
    executor = make(2)

    async def main():
        loop = asyncio.get_running_loop()
        results = [loop.run_in_executor(executor, pow, 2, number) for number in range(20)]
        assert await asyncio.gather(*results) == [2**number for number in range(20)]
        with pytest.raises(ZeroDivisionError):
            await loop.run_in_executor(executor, divmod, 1, 0)
        return await loop.run_in_executor(executor, threading.get_ident)

    assert run(main()) != threading.get_ident()


def test_the_default_executor_and_to_thread(make_pool):
    """A pool that was set is used by to_thread(), and is shut down with the loop."""
    pool = make_pool(2, "default")

    def call(number):
        return threading.current_thread().name.rpartition("_")[0], number, variable.get()

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_default_executor(pool)
        variable.set("in main")
        calls = [asyncio.to_thread(call, number) for number in range(5)]
        assert await asyncio.gather(*calls) == [("default", n, "in main") for n in range(5)]
        assert await loop.run_in_executor(None, abs, -1) == 1

    run(main())
    with pytest.raises(RuntimeError):
        pool.submit(abs, -1)


def test_a_future_is_awaited_through_wrap_future(make_submitter, latch):
    """While the call runs, and when it was over before."""
    executor = make_submitter(1)
    future = executor.submit(latch, 42)

    async def main():
        wrapped = asyncio.wrap_future(future)
        assert asyncio.wrap_future(wrapped) is wrapped
        asyncio.get_running_loop().call_soon(latch.go)
        assert await wrapped == 42
        assert await asyncio.wrap_future(future) == 42
        with pytest.raises(ZeroDivisionError):
            await asyncio.wrap_future(executor.submit(divmod, 1, 0))

    run(main())


def test_cancelling_the_asyncio_future_cancels_a_queued_call(make_submitter, latch):
    """The call never runs."""
    executor, ran = make_submitter(1), []
    executor.submit(latch)
    latch.wait_begun()
    queued = executor.submit(ran.append, 1)

    async def main():
        wrapped = asyncio.wrap_future(queued)
        wrapped.cancel()
        with pytest.raises(asyncio.CancelledError):
            await wrapped

    run(main())
    assert queued.cancelled()
    latch.go()
    assert executor.submit(abs, -1).result(SOON) == 1
    assert ran == []


def test_cancelling_the_asyncio_future_leaves_a_running_call_alone(make_submitter, latch):
    """It ends, and its future has its result; the loop is not disturbed by it."""
    executor = make_submitter(1)
    future = executor.submit(latch, 42)
    latch.wait_begun()

    async def main():
        wrapped = asyncio.wrap_future(future)
        wrapped.cancel()
        with pytest.raises(asyncio.CancelledError):
            await wrapped
        assert future.running()
        latch.go()
        return await asyncio.wrap_future(future)

    assert run(main()) == 42


def test_cancelling_the_future_cancels_the_asyncio_future(make_submitter, latch):
    """Whoever awaits it gets a CancelledError."""
    executor = make_submitter(1)
    executor.submit(latch)
    latch.wait_begun()
    queued = executor.submit(abs, -1)

    async def main():
        wrapped = asyncio.wrap_future(queued)
        threading.Thread(target=queued.cancel).start()
        with pytest.raises(asyncio.CancelledError):
            await wrapped
        assert wrapped.cancelled()

    run(main())


def test_a_timeout_in_the_loop_cancels_a_queued_call(make_submitter, latch):
    """asyncio.wait_for() reaches the executor."""
    executor = make_submitter(1)
    executor.submit(latch)
    latch.wait_begun()
    queued = executor.submit(abs, -1)

    async def main():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.wrap_future(queued), 0.01)

    run(main())
    assert queued.cancelled()


def test_a_loop_that_is_closed_hears_no_more(make_submitter, latch, caplog):
    """A call that ends after its loop has gone disturbs nobody."""
    executor = make_submitter(1)
    future = executor.submit(latch, 42)

    async def main():
        asyncio.wrap_future(future)

    run(main())
    latch.go()
    assert future.result(SOON) == 42
    assert executor.submit(abs, -1).result(SOON) == 1
    assert caplog.records == []


def test_several_loops_may_await_the_same_future(make_submitter, latch):
    """Each in its own thread."""
    future, results = make_submitter(1).submit(latch, 42), []

    async def main():
        results.append(await asyncio.wrap_future(future))

    threads = [threading.Thread(target=run, args=(main(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    latch.go()
    for thread in threads:
        thread.join(SOON)
    assert results == [42] * 3


def test_futures_made_by_hand_are_awaited_as_well():
    """A future of one's own is the concurrent half of an asyncio one."""
    lone = pausable.futures.Future()

    async def main():
        asyncio.get_running_loop().call_soon(lone.set_result, 42)
        return await asyncio.wrap_future(lone)

    assert run(main()) == 42


def test_a_stopped_task_is_cancelled_for_the_loop(make_ours):
    """What a stop is to us, a cancel is to asyncio."""
    executor = make_ours(1)
    began, go = threading.Event(), threading.Event()

    def call():
        began.set()
        assert go.wait(SOON)
        pausable.checkpoint()

    future = executor.submit(call)
    assert began.wait(SOON)

    async def main():
        wrapped = asyncio.wrap_future(future)
        future.stop("not needed")
        go.set()
        with pytest.raises(asyncio.CancelledError):
            await wrapped
        assert wrapped.cancelled()

    run(main())


def test_asyncio_takes_our_classes_for_the_stdlibs(make_pausable):
    """What it asks about them, with isinstance, is true."""
    pool = make_pausable(1)
    assert isinstance(pool, ThreadPoolExecutor)
    assert isinstance(pool.submit(abs, -1), Future)
    loop = asyncio.new_event_loop()
    try:
        loop.set_default_executor(pool)
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()
    until(lambda: not any(thread.is_alive() for thread in pool._threads), what="it was shut down")
