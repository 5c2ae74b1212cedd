"""Initializers do not run while their pool is paused; one that does when it is, is waited for."""

from __future__ import annotations

import threading

import pytest
from helpers import until
from scripts import run
from workloads import background

from pausable import NotQuiescent
from pausable.guards import Guard
from pausable.threads import worker


class Initializer:
    """An initializer that counts its calls, and may be kept in them."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.began, self.go = threading.Event(), threading.Event()

    def __call__(self, *, waits: bool = False) -> None:
        self.calls.append(threading.current_thread().name)
        self.began.set()
        if waits:
            assert self.go.wait(20)


@pytest.fixture
def late(monkeypatch):
    """Keep new threads from coming to their initializers until `go` is set; `came` counts them."""
    came, go = [], threading.Event()

    def get_ready(crew, seat, get_ready=worker.get_ready) -> bool:
        came.append(None)
        assert go.wait(20)
        return get_ready(crew, seat)

    monkeypatch.setattr(worker, "get_ready", get_ready)
    go.came = came
    yield go
    go.set()


def paused_in_between(pool, late, scope=None) -> list:
    """Submit a task, pause the pool when its thread has started, and let that come."""
    futures = [(scope or pool).submit(int)]
    until(lambda: late.came)
    pool.pause("x")
    late.set()
    until(lambda: len(pool._p_node.pool.seats.idle) == 1, what="the worker sits idle")
    return futures


def test_a_thread_that_comes_too_late_waits(make_pool, late) -> None:
    """Its initializer runs after the resume, before its first task, on the same thread."""
    initializer = Initializer()
    pool = make_pool(2, initializer=initializer)
    (future,) = paused_in_between(pool, late)
    assert initializer.calls == []
    assert pool.is_quiescent()
    assert not future.running()
    pool.resume()
    assert future.result(10) == 0
    assert initializer.calls == [pool.submit(lambda: threading.current_thread().name).result(10)]
    assert len(pool._threads) == 1


def test_the_hold_expires(make_pool, late) -> None:
    """Any end of the pause is as good."""
    initializer = Initializer()
    pool = make_pool(1, initializer=initializer)
    future = pool.submit(int)
    until(lambda: late.came)
    pool.pause("x", duration=0.05)
    late.set()
    assert future.result(10) == 0
    assert len(initializer.calls) == 1


def test_there_is_nothing_left_to_do_after_the_resume(make_pool, late) -> None:
    """The worker stays idle without it, and is not handed a task before: the next submit calls it."""
    initializer = Initializer()
    pool = make_pool(1, initializer=initializer)
    (future,) = paused_in_between(pool, late)
    assert future.cancel()
    pool.resume()
    assert initializer.calls == []
    for _ in range(3):
        assert pool.submit(lambda: len(initializer.calls)).result(10) == 1


def test_a_paused_group_keeps_no_thread_from_starting(make_pool, late) -> None:
    """The initializer is the pool's: it runs unless that is paused."""
    initializer = Initializer()
    pool = make_pool(1, initializer=initializer)
    group = pool.group("g")
    group.submit(int)
    until(lambda: late.came)
    group.pause("x")
    late.set()
    assert initializer.began.wait(10)
    assert group.is_quiescent()
    group.resume()


def test_fewer_workers(make_pool, late) -> None:
    """A worker that waits for its initializer leaves if it is one too many."""
    initializer = Initializer()
    pool = make_pool(1, initializer=initializer)
    pool.max_workers = 2
    futures = [pool.submit(int), pool.submit(int)]
    until(lambda: len(late.came) == 2)
    pool.pause("x")
    late.set()
    state = pool._p_node.pool
    until(lambda: len(state.seats.idle) == 2)
    pool.max_workers = 1
    until(lambda: len(state.seats) == 1)
    assert initializer.calls == []
    pool.resume()
    assert [future.result(10) for future in futures] == [0, 0]
    assert len(initializer.calls) == 1


@pytest.mark.parametrize("cancels", [True, False])
def test_a_shutdown(make_pool, late, cancels) -> None:
    """With its tasks cancelled the worker leaves; else it waits for the resume, as the shutdown."""
    initializer = Initializer()
    pool = make_pool(1, initializer=initializer)
    (future,) = paused_in_between(pool, late)
    ends = background(pool.shutdown, cancel_futures=cancels)
    if not cancels:
        until(lambda: pool._p_node.waiters.shutdowns)
        pool.resume()
    assert ends.result(10)
    assert future.cancelled() == cancels
    assert len(initializer.calls) == (not cancels)


def test_one_that_runs_is_waited_for(make_pool) -> None:
    """It is a straggler of its pool until it has returned; its task does not start."""
    initializer = Initializer()
    pool = make_pool(1, initializer=lambda: initializer(waits=True))
    group = pool.group("g")
    future = group.submit(int)
    assert initializer.began.wait(10)
    hold = pool.pause("x")
    assert not pool.is_quiescent()
    assert not pool.status().is_quiescent
    assert group.is_quiescent()
    assert hold.wait(0) is False
    (straggler,) = pool.stragglers()
    assert straggler.task == "an initializer"
    assert straggler.why == "has not returned"
    assert group.stragglers() == []
    said = pytest.raises(NotQuiescent, match=r"an initializer at .* has not returned")
    with said, pool.pause("y", timeout=0.01):
        pass
    waiting = background(hold.wait, 10)
    until(lambda: pool._p_node.waiters.listed)
    initializer.go.set()
    assert waiting.result(10) is True
    assert not future.running()
    pool.resume()
    assert future.result(10) == 0


def test_one_that_waits_for_its_own_pool(make_pool) -> None:
    """It would wait for itself: RuntimeError; to pause it is no problem."""
    seen, pools = [], []

    def initializer() -> None:
        hold = pools[0].pause("x")
        for wait in (hold.wait, pools[0].wait_quiescent, hold.__enter__):
            try:
                wait()
            except RuntimeError as error:
                seen.append(str(error))

    pools.append(make_pool(1, initializer=initializer))
    future = pools[0].submit(int)
    assert future.result(10) == 0  # the failed `with` has released the hold
    assert len(seen) == 3
    assert all("an initializer of" in each for each in seen)


def test_a_task_that_is_let_go_has_a_worker(make_pool) -> None:
    """A guard's trial in a pool that it holds, which has no thread yet: its initializer runs."""
    initializer, is_up = Initializer(), threading.Event()
    guard = Guard("db", is_up.is_set, trip_on=ConnectionError, every=0.01)
    with pytest.raises(ConnectionError), guard:
        raise ConnectionError
    pool = make_pool(1, initializer=initializer, guards=[guard])
    assert pool.is_paused()
    futures = [pool.submit(int) for _ in range(3)]
    assert initializer.calls == []
    is_up.set()
    assert [future.result(10) for future in futures] == [0, 0, 0]
    assert len(initializer.calls) == 1


def test_nothing_of_the_pool_runs(make_pool) -> None:
    """Paused at any moment of its first threads: in the block no initializer begins or goes on."""
    pools = [make_pool(3) for _ in range(60)]
    inside: list[str] = []
    for number, pool in enumerate(pools):
        steps: list[int] = []

        def initializer(steps=steps) -> None:
            for step in range(50):
                steps.append(step)

        pool._p_crew.initializer = initializer
        futures = [pool.submit(int) for _ in range(number % 4 + 1)]
        with pool.pause("x", timeout=10):
            before = len(steps)
            pool.status()
            threading.Event().wait(0.001)  # in which they would run if they could
            if len(steps) != before:
                inside.append(pool.name)
        assert [future.result(10) for future in futures] == [0] * len(futures)
        assert len(steps) % 50 == 0
    assert inside == []


def test_the_interpreter_exits() -> None:
    """While a worker waits for its initializer: that never runs, and nothing hangs."""
    lines = run(
        """
        from pausable.threads import worker

        go, get_ready = threading.Event(), worker.get_ready

        def late(crew, seat):
            go.wait(20)
            return get_ready(crew, seat)

        worker.get_ready = late
        pool = ThreadPoolExecutor(1, initializer=say, initargs=("initialized",))
        pool.submit(say, "the task")
        pool.pause("x")
        go.set()
        until(lambda: pool._p_node.pool.seats.idle)
        say("exits")
        """
    )
    assert "exits" in lines
    assert not {"initialized", "the task"} & set(lines)
