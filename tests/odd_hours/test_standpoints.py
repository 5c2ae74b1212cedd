"""A wait that would wait for its own caller is an error at once, wherever it is called.

In a task, a done callback, an observer, an initializer, a probe and a finalizer; by each method
that waits.
"""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest
from helpers import until
from workloads import Stuck

from pausable import ThreadPoolExecutor, sleep
from pausable.futures import as_completed, wait
from pausable.guards import Guard


def kept(call, said) -> None:
    """Call, and keep how it went."""
    try:
        said.append(call())
    except RuntimeError as error:
        said.append(error)


def refused(said) -> bool:
    """Say whether what was kept is that the wait was refused."""
    until(lambda: said)
    return isinstance(said[0], RuntimeError) and "cannot" in str(said[0])


async def entered(block) -> None:
    """Enter and leave a block."""
    async with block:
        pass


def held(scope) -> None:
    """Pause a scope for the time of a block."""
    with scope.pause("x"):
        pass


WAITS = {
    "shutdown": lambda scope: scope.shutdown(),
    "shutdown with a timeout": lambda scope: scope.shutdown(timeout=3600),
    "wait_quiescent": lambda scope: scope.wait_quiescent(),
    "hold.wait": lambda scope: scope.pause("x").wait(),
    "with pause": held,
    "shutdown_async": lambda scope: asyncio.run(scope.shutdown_async()),
    "wait_quiescent_async": lambda scope: asyncio.run(scope.wait_quiescent_async()),
    "hold.wait_async": lambda scope: asyncio.run(scope.pause("x").wait_async()),
    "async with pause": lambda scope: asyncio.run(entered(scope.pause("x"))),
}


@pytest.mark.parametrize("name", WAITS)
@pytest.mark.parametrize("level", ["pool", "group"])
def test_in_a_done_callback_of_its_own_task(pool, level, name) -> None:
    """The callbacks of a task are part of it, and of its scopes."""
    group = pool.group("g")
    scope = {"pool": pool, "group": group}[level]
    said: list = []
    stuck = Stuck()
    future = group.submit(stuck)
    future.add_done_callback(lambda _: kept(lambda: WAITS[name](scope), said))
    stuck.go.set()
    assert refused(said)
    scope.resume()


@pytest.mark.parametrize("name", WAITS)
def test_in_an_observer(pool, name) -> None:
    """The events wait for the observer, and so may the thread of the task that is waited for."""
    said: list = []
    stuck = Stuck()  # else it may be quiescent before anybody has to wait
    future = pool.submit(stuck)
    assert stuck.began.wait(10)

    def observer(_event: object) -> None:
        if not said:
            kept(lambda: WAITS[name](pool), said)

    pool.observe(observer)
    pool.submit(int)
    assert refused(said)
    pool.resume()
    stuck.go.set()
    assert future.result(10) == "let go"


@pytest.mark.parametrize("name", ["shutdown", "shutdown with a timeout", "shutdown_async"])
@pytest.mark.parametrize("level", ["pool", "group"])
def test_the_shutdown_in_a_task_of_the_scope(pool, level, name) -> None:
    """A task cannot wait for its own end."""
    group = pool.group("g")
    scope = {"pool": pool, "group": group}[level]
    with pytest.raises(RuntimeError, match="wait=False"):
        group.submit(lambda: WAITS[name](scope)).result(10)


@pytest.mark.parametrize("name", ["shutdown", "shutdown with a timeout"])
def test_the_shutdown_in_an_initializer(make_pool, name) -> None:
    """The thread that is to end is the one that waits."""
    said: list = []
    pool = make_pool(1, initializer=lambda: kept(lambda: WAITS[name](pools[0]), said))
    pools = [pool]
    future = pool.submit(int)
    assert refused(said)
    assert future.result(10) == 0


@pytest.mark.parametrize("name", ["shutdown", "wait_quiescent", "hold.wait", "with pause"])
def test_in_a_probe(make_pool, name) -> None:
    """Guards that recover wait for their one thread: a probe may wait for a time, not for ever."""
    said: list = []
    stuck = Stuck()

    def probe() -> None:
        if not said and stuck.began.is_set():
            kept(lambda: WAITS[name](pools[0]), said)

    pool = make_pool(1, guards=[Guard("db", probe, every=0.01, watch=True)])
    pools = [pool]
    pool.submit(stuck)
    assert refused(said)
    stuck.go.set()
    pool.resume()


def test_a_guard_in_its_own_probe(make_pool) -> None:
    """It would wait for the probe to say that it may go on."""
    said: list = []
    looks: list = []
    guards: list[Guard] = []

    def probe() -> bool:
        looks.append(guards[0].is_tripped())
        if looks[-1] and not said:
            kept(guards[0].wait_healthy, said)
        return len(looks) > 1  # it trips at its first look

    guards.append(Guard("db", probe, every=0.01, watch=True, trial=False))
    make_pool(1, guards=guards)
    assert refused(said)
    assert guards[0].wait_healthy(10)


def test_a_finalizer_on_the_thread_of_a_task(pool) -> None:
    """A finalizer that runs in a task is as the task itself."""
    said: list = []

    class Ring:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            kept(pool.shutdown, said)

    def task() -> None:
        Ring()
        gc.collect()

    pool.submit(task).result(10)
    assert refused(said)


# Futures.


def test_a_task_that_waits_for_itself(pool) -> None:
    """`result()`, `exception()`, `wait` and `as_completed`: without a time limit they never end."""
    futures: list = []
    went = threading.Event()
    calls = {
        "result": lambda: futures[0].result(),
        "exception": lambda: futures[0].exception(),
        "wait": lambda: wait(futures),
        "as_completed": lambda: list(as_completed(futures)),
    }

    def task() -> list[object]:
        assert went.wait(10)
        said: list[object] = []
        for call in calls.values():
            kept(call, said)
        return said

    futures.append(pool.submit(task))
    went.set()
    said = futures[0].result(10)
    assert all(isinstance(each, RuntimeError) and "itself" in str(each) for each in said)


def test_a_task_that_waits_for_itself_for_a_time(pool) -> None:
    """That ends, as in the stdlib."""
    futures: list = []
    went = threading.Event()

    def task() -> bool:
        assert went.wait(10)
        with pytest.raises(TimeoutError):
            futures[0].result(0.01)
        return wait(futures, 0.01).not_done == set(futures)

    futures.append(pool.submit(task))
    went.set()
    assert futures[0].result(10) is True


@pytest.mark.parametrize("count", [2, 5])
@pytest.mark.parametrize("pools", [1, 2])
def test_tasks_that_wait_for_each_other(make_pool, count, pools) -> None:
    """In a circle, of one pool or of two: the one that closes it gets an error, and the rest ends."""
    crews = [make_pool(count) for _ in range(pools)]
    futures: list = []
    went = threading.Event()

    def task(number: int) -> int:
        assert went.wait(10)
        return futures[(number + 1) % count].result() + 1

    futures += [crews[number % pools].submit(task, number) for number in range(count)]
    went.set()
    errors = [future.exception(10) for future in futures]
    assert all(isinstance(error, RuntimeError) for error in errors)
    assert any("waits for it" in str(error) for error in errors)


def test_a_chain_is_no_circle(make_pool) -> None:
    """Tasks may wait for each other in a row, however long."""
    pool = make_pool(2)
    futures = [pool.submit(int)]
    for _ in range(50):
        futures.append(pool.submit(lambda before=futures[-1]: before.result() + 1))
    assert futures[-1].result(10) == 50


def test_a_result_in_an_observer(pool) -> None:
    """An observer cannot wait for a task of its pool; for one that is over it need not."""
    stuck = Stuck()
    future = pool.submit(stuck)
    assert stuck.began.wait(10)
    said: list = []

    def observer(_event: object) -> None:
        if not said:
            kept(future.result, said)

    pool.observe(observer)
    pool.submit(int)
    assert refused(said)
    stuck.go.set()


def test_another_group_is_waited_for_without_a_slot(make_pool) -> None:
    """A task that shuts another group of its pool down lets that one have its slot."""
    pool = make_pool(1)
    other = pool.group("other")

    def task() -> bool:
        future = other.submit(int)
        return other.shutdown(timeout=10) and future.done()

    assert pool.submit(task).result(20) is True


def test_a_scope_of_another_pool(make_pool) -> None:
    """A done callback may wait for what it is no part of."""
    said: list = []
    other = ThreadPoolExecutor(1)
    future = make_pool(1).submit(sleep, 0)
    other.submit(int)
    future.add_done_callback(lambda _: kept(other.shutdown, said))
    until(lambda: said)
    assert said == [True]
