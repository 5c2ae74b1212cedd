"""Everything of the stdlib that waits for a future sees a stop as a cancellation."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading

import pytest
from helpers import until
from workloads import Stuck, background

from pausable import TaskStopped, sleep
from pausable import futures as ours


@pytest.fixture(params=["queued", "running", "at rest", "paused and queued"])
def future(request, pool):
    """Give a task in one of the places where a stop can find it."""
    if "queued" in request.param:
        for _ in range(2):
            pool.submit(sleep, 3600)
    future = pool.submit(sleep, 3600)
    if "queued" not in request.param:
        until(future.running)
    if request.param in ("at rest", "paused and queued"):
        assert pool.pause("x").wait(10)
    return future


@pytest.mark.parametrize("module", [concurrent.futures, ours])
@pytest.mark.parametrize("when", ["ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION"])
def test_wait(future, module, when) -> None:
    """`wait` is told at once, and counts it as done, however it waits."""
    waiting = background(module.wait, [future], 20, getattr(module, when))
    until(lambda: future._waiters, what="it waits")
    future.stop("enough")
    done, not_done = waiting.result(10)
    assert done == {future}
    assert not not_done


@pytest.mark.parametrize("module", [concurrent.futures, ours])
def test_as_completed(future, module) -> None:
    """`as_completed` yields it."""
    waiting = background(lambda: list(module.as_completed([future], 20)))
    until(lambda: future._waiters, what="it waits")
    future.stop("enough")
    assert waiting.result(10) == [future]


def test_many_who_wait_for_the_result(future) -> None:
    """All threads in `result()` and `exception()` get the error with its reason."""
    waits = [future.result, future.exception] * 5
    waiting = [background(wait, 20) for wait in waits]
    until(
        lambda: future._p_waiting and len(future._p_waiting.parkers) == 10, what="all of them wait"
    )
    future.stop("enough")
    for outcome in waiting:
        with pytest.raises(TaskStopped, match="enough"):
            outcome.result(10)


def test_done_callbacks(future) -> None:
    """They are called once, with the future, which is cancelled then."""
    called: list[bool] = []
    event = threading.Event()

    def callback(done) -> None:
        called.append(done is future and done.cancelled())
        event.set()

    future.add_done_callback(callback)
    future.stop("enough")
    assert event.wait(10)
    until(lambda: future.done())
    future.add_done_callback(callback)
    assert called == [True, True]


def test_asyncio(future) -> None:
    """A wrapped future is cancelled in the event loop."""

    async def main() -> bool:
        wrapped = asyncio.wrap_future(future)
        asyncio.get_running_loop().call_soon(future.stop, "enough")
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(asyncio.shield(wrapped), 20)
        return wrapped.cancelled()

    assert asyncio.run(main()) is True


def test_asyncio_run_in_executor(pool) -> None:
    """So is what `run_in_executor` returned, and others of the loop go on."""

    async def main() -> list[object]:
        loop = asyncio.get_running_loop()
        awaited = loop.run_in_executor(pool, sleep, 3600)
        while not pool.tasks():
            await asyncio.sleep(0.001)
        pool.tasks()[0].stop("enough")
        outcome = await asyncio.gather(awaited, asyncio.sleep(0, "other"), return_exceptions=True)
        return list(outcome)

    cancelled, other = asyncio.run(main())
    assert isinstance(cancelled, asyncio.CancelledError)
    assert other == "other"


def test_map_raises_it(pool) -> None:
    """The iterator of `map` raises the error at the stopped call's turn."""
    stuck = Stuck()
    results = pool.map(lambda number: stuck() if number == 1 else number, range(3))
    assert next(results) == 0
    assert stuck.began.wait(10)
    (task,) = [task for task in pool.tasks() if task.running()]
    task.stop("enough")
    stuck.go.set()
    with pytest.raises(TaskStopped, match="enough"):
        next(results)
