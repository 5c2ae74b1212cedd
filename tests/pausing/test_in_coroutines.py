"""The waits of coroutines: they block no event loop, and a cancelled one leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from typing import Self

import pytest
from helpers import until
from workloads import Loop, Stuck

from pausable import NotQuiescent, sleep


class Beats:
    """Counts how often the event loop comes round, to see that it does."""

    async def __aenter__(self) -> Self:
        self.count = 0
        self._task = asyncio.create_task(self._beat())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()

    async def _beat(self) -> None:
        while True:
            self.count += 1
            await asyncio.sleep(0)

    async def several(self) -> None:
        """Wait for the loop to have come round."""
        until = self.count + 3
        while self.count < until:
            await asyncio.sleep(0)


async def running(future) -> None:
    """Wait until a task has started."""
    while not future.running():
        await asyncio.sleep(0.001)


def test_a_pause_as_a_block(pool) -> None:
    """`async with pool.pause()` waits until nothing runs, and lets the loop go round meanwhile."""
    stuck = Stuck()
    future = pool.submit(stuck)

    async def main() -> None:
        await running(future)
        async with Beats() as beats:
            block = asyncio.create_task(paused())
            await beats.several()
            assert not entered
            stuck.go.set()
            await block
        assert not pool.is_paused()

    async def paused() -> None:
        async with pool.pause("x") as hold:
            entered.append(hold)
            assert pool.is_quiescent()
            assert pool.is_paused()
            assert not future.done()

    entered: list[object] = []
    asyncio.run(main())
    assert entered
    assert future.result(10) == "let go"


def test_a_block_that_is_late(pool) -> None:
    """After `timeout` it raises NotQuiescent, and the hold is gone."""
    stuck = Stuck()
    future = pool.submit(stuck)

    async def main() -> None:
        await running(future)
        with pytest.raises(NotQuiescent) as caught:
            async with pool.pause("x", timeout=0.01):
                pass
        assert [straggler.task for straggler in caught.value.stragglers] == [future.name]
        assert pool.holds() == ()

    asyncio.run(main())
    stuck.go.set()


WAITS = {
    "async with pool.pause()": "async with pool.pause('x'): pass",
    "hold.wait_async()": "await hold.wait_async()",
    "pool.wait_quiescent_async()": "await pool.wait_quiescent_async()",
    "pool.shutdown_async()": "await pool.shutdown_async()",
    "group.shutdown_async()": "await group.shutdown_async()",
}


@pytest.mark.parametrize("wait", WAITS)
def test_a_cancelled_wait_leaves_nothing(make_pool, wait) -> None:
    """No hold, no waiter and no thread."""
    pool = make_pool(1)
    group = pool.group("g")
    stuck = Stuck()
    future = group.submit(stuck)
    assert stuck.began.wait(10)
    hold = pool.pause("before")
    names = {"pool": pool, "group": group, "hold": hold}
    code = f"async def waits():\n    {WAITS[wait]}"
    exec(code, names)
    before = set(threading.enumerate())

    async def main() -> None:
        waiting = asyncio.create_task(names["waits"]())
        while not (pool._p_node.waiters.listed or group._p_node.waiters.listed):
            await asyncio.sleep(0.001)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(main())
    assert not pool._p_node.waiters.listed
    assert not group._p_node.waiters.listed
    assert pool._p_node.pool.others.waiting == 0
    assert not pool._p_node.waiters.shutdowns
    assert [each.reason for each in pool.holds()] == ["before"]
    assert set(threading.enumerate()) <= before
    hold.release()
    stuck.go.set()
    assert future.result(10) == "let go"


def test_hold_wait(pool) -> None:
    """True when the scope is quiescent under the hold, false when time is up before."""
    stuck = Stuck()
    future = pool.submit(stuck)

    async def main() -> None:
        await running(future)
        hold = pool.pause("x")
        assert await hold.wait_async(0.01) is False
        stuck.go.set()
        assert await hold.wait_async(10) is True
        assert not future.done()
        hold.release()

    asyncio.run(main())


@pytest.mark.parametrize("scope", ["pool", "group", "task"])
def test_every_scope(pool, scope) -> None:
    """A pool, a group and a task are paused and waited for alike."""
    loop = Loop()
    group = pool.group("g")
    future = group.submit(loop)
    assert loop.began.wait(10)
    chosen = {"pool": pool, "group": group, "task": future}[scope]

    async def main() -> None:
        async with chosen.pause("x", timeout=10):
            assert future.status().state == "resting"
        assert not future.is_paused()

    asyncio.run(main())
    loop.go.set()
    assert future.result(10) == loop.rounds


def test_wait_quiescent(pool) -> None:
    """It is told by the task that rests last."""
    loop = Loop()
    future = pool.submit(loop)

    async def main() -> None:
        await running(future)
        assert await pool.wait_quiescent_async(0.01) is False
        pool.pause("x")
        assert await pool.wait_quiescent_async(10) is True
        pool.resume()

    asyncio.run(main())
    loop.go.set()


def test_a_pool_as_a_block(make_pool) -> None:
    """`async with pool:` waits for the tasks, blocks no loop, and leaves no thread."""
    pool = make_pool(2)
    stuck = Stuck()

    async def main() -> None:
        async with Beats() as beats:
            block = asyncio.create_task(whole())
            await beats.several()
            while not pool.status().is_shut_down:
                await asyncio.sleep(0.001)
            stuck.go.set()
            await block
        assert not any(thread.is_alive() for thread in pool._threads)

    async def whole() -> None:
        async with pool as entered:
            assert entered is pool
            futures.append(pool.submit(stuck))

    futures: list = []
    asyncio.run(main())
    assert futures[0].result(0) == "let go"


def test_a_group_as_a_block(pool) -> None:
    """It ends the group alone."""

    async def main() -> None:
        async with pool.group("g") as group:
            future = group.submit(int)
        assert future.result(0) == 0
        with pytest.raises(RuntimeError, match="shutdown"):
            group.submit(int)
        assert await asyncio.wrap_future(pool.submit(int)) == 0

    asyncio.run(main())


@pytest.mark.parametrize("paused", [False, True])
def test_a_cancelled_block_ends_its_tasks(make_pool, paused) -> None:
    """A cancellation is for all that the block has begun: it is stopped, held or not."""
    pool = make_pool(1)

    async def block() -> None:
        async with pool:
            futures.extend(pool.submit(sleep, 3600) for _ in range(2))
            await running(futures[0])
            if paused:
                await pool.pause("x").wait_async(10)
            began.set()
            await asyncio.sleep(3600)

    async def main() -> None:
        task = asyncio.create_task(block())
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    futures: list = []
    began = asyncio.Event()
    asyncio.run(main())
    assert all(future.cancelled() for future in futures)
    assert not any(thread.is_alive() for thread in pool._threads)


def test_a_block_that_is_cancelled_at_its_end(make_pool) -> None:
    """So is what is still waited for when the cancellation comes."""
    pool = make_pool(1)

    async def block() -> None:
        async with pool:
            futures.append(pool.submit(sleep, 3600))

    async def main() -> None:
        task = asyncio.create_task(block())
        while not pool._p_node.waiters.shutdowns:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    futures: list = []
    asyncio.run(main())
    assert futures[0].cancelled()


def test_a_closed_coroutine(make_pool) -> None:
    """A coroutine that is thrown away in the block ends its tasks, and does not wait for them."""
    pool = make_pool(1)

    async def block() -> None:
        async with pool:
            futures.append(pool.submit(sleep, 3600))
            await asyncio.sleep(3600)

    async def main() -> None:
        coroutine = block()
        coroutine.send(None)
        coroutine.close()

    futures: list = []
    asyncio.run(main())
    until(futures[0].cancelled)


def test_shutdown(make_pool) -> None:
    """False when time is up, true when nothing is left; no task is taken from the call on."""
    pool = make_pool(1)
    stuck = Stuck()
    future = pool.submit(stuck)
    queued = pool.submit(int)

    async def main() -> None:
        await running(future)
        assert await pool.shutdown_async(timeout=0.01) is False
        with pytest.raises(RuntimeError, match="shutdown"):
            pool.submit(int)
        assert await pool.shutdown_async(cancel_futures=True, timeout=0.01) is False
        assert queued.cancelled()
        stuck.go.set()
        assert await pool.shutdown_async(timeout=10) is True
        assert await pool.shutdown_async() is True

    asyncio.run(main())
    assert not any(thread.is_alive() for thread in pool._threads)


def test_while_an_initializer_takes_its_time(make_pool) -> None:
    """The end of the threads is waited for without blocking the loop, too."""
    go, began = threading.Event(), threading.Event()

    def initializer() -> None:
        began.set()
        assert go.wait(20)

    pool = make_pool(1, initializer=initializer)
    pool.submit(int)
    assert began.wait(10)

    async def main() -> None:
        async with Beats() as beats:
            ending = asyncio.create_task(pool.shutdown_async(cancel_futures=True))
            await beats.several()
            assert not ending.done()
            go.set()
            assert await ending is True

    asyncio.run(main())


def test_in_a_task_of_the_scope(pool) -> None:
    """A coroutine in a task cannot wait for that task: an error, and nothing stays held."""

    async def waits() -> list[str]:
        errors = []
        for wait in (pool.wait_quiescent_async, pool.shutdown_async, pool.pause("x").wait_async):
            with pytest.raises(RuntimeError) as caught:
                await wait()
            errors.append(str(caught.value))
        pool.resume()
        with pytest.raises(RuntimeError, match="runs its event loop"):
            async with pool.pause("x"):
                pass
        return errors

    errors = pool.submit(lambda: asyncio.run(waits())).result(10)
    assert len(errors) == 3
    assert pool.holds() == ()


def test_a_loop_that_is_closed_before_the_fact_comes_true(pool) -> None:
    """Whoever makes it true is not disturbed."""
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    events = asyncio.new_event_loop()
    coroutine = pool.wait_quiescent_async()

    async def begin() -> None:
        task = asyncio.ensure_future(coroutine)
        while not pool._p_node.waiters.listed:
            await asyncio.sleep(0.001)
        kept.append(task)

    kept: list = []
    events.run_until_complete(begin())
    events.close()
    loop.go.set()
    assert future.result(10) == loop.rounds
    with contextlib.suppress(RuntimeError):
        coroutine.close()
    kept[0]._log_destroy_pending = False


def test_an_error_in_the_block(make_pool) -> None:
    """What is open runs to its end, and the error goes on."""
    pool = make_pool(1)

    async def main() -> None:
        async with pool:
            futures.extend(pool.submit(time.sleep, 0.01) for _ in range(3))
            raise ZeroDivisionError

    futures: list = []
    with pytest.raises(ZeroDivisionError):
        asyncio.run(main())
    assert [future.result(0) for future in futures] == [None] * 3


def test_importing_pausable_does_not_import_asyncio() -> None:
    """Programs without coroutines do not pay for those."""
    from scripts import run  # noqa: PLC0415

    assert run("say('asyncio' in sys.modules)") == ["False"]
