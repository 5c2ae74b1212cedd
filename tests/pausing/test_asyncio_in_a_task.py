"""An event loop in a task: its coroutines rest, sleep and stop with the task."""

from __future__ import annotations

import asyncio
import threading

import pytest
from helpers import until

from pausable import TaskStopped, checkpoint, sleep


def test_coroutines_rest_with_their_task(pool) -> None:
    """A checkpoint in a coroutine rests the whole task: no other coroutine of the loop runs."""
    rounds = [0, 0]
    go = threading.Event()

    async def spin(number: int) -> None:
        while not go.is_set():
            checkpoint()
            rounds[number] += 1
            await asyncio.sleep(0)

    async def main() -> None:
        await asyncio.gather(spin(0), spin(1))

    future = pool.submit(asyncio.run, main())
    until(lambda: min(rounds) > 3)
    for _ in range(10):
        with pool.pause("x", timeout=10):
            assert future.status().state == "resting"
            before = list(rounds)
            assert pool.is_quiescent()
            assert rounds == before
    before = list(rounds)
    until(lambda: min(rounds) > max(before))
    go.set()
    future.result(10)


def test_a_thread_of_the_loop_rests_too(pool) -> None:
    """`asyncio.to_thread` carries the context: what runs there rests at its checkpoints."""
    began, go = threading.Event(), threading.Event()
    rounds = [0]

    def on_a_thread() -> int:
        began.set()
        while not go.is_set():
            checkpoint()
            rounds[0] += 1
        return rounds[0]

    async def main() -> int:
        return await asyncio.to_thread(on_a_thread)

    future = pool.submit(asyncio.run, main())
    assert began.wait(10)
    pool.pause("x")
    until(lambda: pool._p_node.pool.others.guests)
    pool.resume()
    before = rounds[0]
    until(lambda: rounds[0] > before)
    go.set()
    assert future.result(10) == rounds[0]


def test_a_stop_comes_out_of_the_loop(pool) -> None:
    """`Stopped` is raised in the coroutine and passes `asyncio.run`; `finally` blocks run."""
    log: list[str] = []
    began = threading.Event()

    async def main() -> None:
        try:
            began.set()
            while True:
                checkpoint()
                await asyncio.sleep(0)
        finally:
            log.append("cleaned")

    future = pool.submit(asyncio.run, main())
    assert began.wait(10)
    future.stop("enough")
    with pytest.raises(TaskStopped, match="enough"):
        future.result(10)
    assert log == ["cleaned"]


def test_a_sleep_in_a_coroutine(pool) -> None:
    """`pausable.sleep` in a coroutine is woken by a stop, though it blocks its loop."""
    began = threading.Event()

    async def main() -> None:
        began.set()
        sleep(3600)

    future = pool.submit(asyncio.run, main())
    assert began.wait(10)
    with pool.pause("x", timeout=10):
        assert future.status().state == "resting"
    future.stop("enough")
    with pytest.raises(TaskStopped):
        future.result(10)


def test_a_loop_outside_awaits_a_paused_task(pool) -> None:
    """`run_in_executor` and `wrap_future` on a paused pool: awaited, timed out, and resumed."""

    async def main() -> list[object]:
        loop = asyncio.get_running_loop()
        hold = pool.pause("x")
        futures = [loop.run_in_executor(pool, int), asyncio.wrap_future(pool.submit(str))]
        done, _ = await asyncio.wait(futures, timeout=0.05)
        assert not done
        hold.release()
        return list(await asyncio.wait_for(asyncio.gather(*futures), 10))

    assert asyncio.run(main()) == [0, ""]


def test_cancelling_the_wait_cancels_the_queued_task(pool) -> None:
    """An awaited task of a paused pool that is cancelled through asyncio never runs."""
    ran: list[int] = []

    async def main() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.wrap_future(pool.submit(ran.append, 1)), 0.05)

    pool.pause("x")
    asyncio.run(main())
    pool.resume()
    assert pool.submit(int).result(10) == 0
    assert pool.wait_quiescent(10)
    assert not ran
