"""`pausable.pool.ThreadPool` is that of `multiprocessing.pool`, and rests between its items."""

from __future__ import annotations

import copy
import gc
import multiprocessing.pool
import pickle
import threading
import time
import weakref
from concurrent.futures import CancelledError

import pytest
from helpers import until

import pausable
from pausable import checkpoint
from pausable._core.derived import validate
from pausable.pool import ThreadPool

SOON = 20.0


@pytest.fixture
def pool():
    pool = ThreadPool(2, name="calls")
    yield pool
    pool.resume()
    pool.terminate()
    pool.join()
    assert not validate(pool._p_node.pool)


def square(number):
    return number * number


class Steps:
    """A function of items that counts them, and can be told to go on."""

    def __init__(self):
        self.seen = []
        self.go = threading.Event()

    def __call__(self, item):
        self.seen.append(item)
        if item >= 4:
            assert self.go.wait(SOON)
        return item


def test_it_is_one_of_the_stdlib(pool):
    """All its families of calls give what the stdlib's do."""
    assert isinstance(pool, multiprocessing.pool.ThreadPool)
    assert pool.apply(int, ("11",), {"base": 2}) == 3
    assert pool.apply_async(square, (4,)).get(SOON) == 16
    for size in (None, 1, 7):
        assert pool.map(square, range(20), size) == list(map(square, range(20)))
        assert pool.starmap(pow, [(2, 3), (3, 2)], size) == [8, 9]
    for size in (1, 7):
        assert list(pool.imap(square, range(20), size)) == list(map(square, range(20)))
        assert sorted(pool.imap_unordered(square, range(20), size)) == list(map(square, range(20)))
    called = []
    pool.map_async(square, [1], callback=called.append).wait(SOON)
    pool.starmap_async(divmod, [(1, 0)], error_callback=called.append).wait(SOON)
    assert (called[0], type(called[1])) == ([1], ZeroDivisionError)
    with pytest.raises(ZeroDivisionError):
        pool.apply(divmod, (1, 0))


class Hostile:
    """A callable, all else of which raises."""

    __hash__ = None

    def __eq__(self, other):
        raise RuntimeError("eq")

    def __bool__(self):
        raise RuntimeError("bool")

    def __call__(self, *args):
        return "called"


class HostileError(Exception):
    """An exception whose methods raise others."""

    def __eq__(self, other):
        raise RuntimeError("eq")

    def __hash__(self):
        raise RuntimeError("hash")

    def __bool__(self):
        raise RuntimeError("bool")


def fail(*_):
    raise HostileError


def test_callables_and_errors_are_asked_nothing(pool):
    """They are called, and raised, whatever else their methods do."""
    assert pool.apply(Hostile()) == "called"
    assert pool.map(Hostile(), range(3), 2) == ["called"] * 3
    for call in (lambda: pool.apply(fail), lambda: pool.map(fail, range(3), 2)):
        with pytest.raises(HostileError):
            call()


def test_it_is_not_pickled(pool):
    """Nor copied: with the stdlib's error."""
    for call in (pickle.dumps, copy.copy):
        with pytest.raises(NotImplementedError, match="cannot be passed between processes"):
            call(pool)


@pytest.mark.parametrize("call", ["map_async", "starmap_async"])
def test_map_rests_between_its_items(pool, call):
    """In the midst of a chunk: the rest of it comes after the resume, and none is lost."""
    steps = Steps()
    items = range(40) if call == "map_async" else [(item,) for item in range(40)]
    result = getattr(pool, call)(steps, items, chunksize=20)
    until(lambda: len(steps.seen) == 6, SOON)  # two chunks: 0..4, and 20
    hold = pool.pause("a while")
    steps.go.set()
    assert hold.wait(SOON)
    assert sorted(steps.seen) == [0, 1, 2, 3, 4, 20]
    assert (pool.status().resting, pool.is_paused()) == (2, True)
    assert not result.ready()
    hold.release()
    assert result.get(SOON) == list(range(40))


def test_nothing_starts_while_it_is_paused(pool):
    """Of any family: what is asked for waits, and imap goes on to take items in."""
    pool.pause("not now")
    results = [pool.apply_async(square, (3,)), pool.map_async(square, [4, 5])]
    lazy = pool.imap(square, range(3))
    until(lambda: pool.status().queued == 6, SOON)
    with pytest.raises(multiprocessing.TimeoutError):
        results[0].get(0.001)
    with pytest.raises(multiprocessing.TimeoutError):
        lazy.next(0.001)
    assert "calls" in [each.name for each in pausable.pools()]
    pool.resume()
    assert [each.get(SOON) for each in results] == [9, [16, 25]]
    assert list(lazy) == [0, 1, 4]


def test_it_is_a_scope(pool):
    """With tasks that have names, groups with a limit, futures, and a bound on what runs."""
    group = pool.group("images", limit=1)
    assert group.submit(square, 3).result(SOON) == 9
    assert pool.submit(square, 2).result(SOON) == 4
    assert pool.options(name="named").submit(square, 2).result(SOON) == 4
    group.pause("a part")
    future = group.submit(square, 4)
    assert pool.apply(square, (5,)) == 25
    assert future.status().state == "queued"
    group.resume()
    assert future.result(SOON) == 16
    pool.pause("a look")
    waiting = pool.apply_async(square, (1,))
    until(lambda: pool.status().queued, SOON)
    assert [each.name.rpartition("-")[0] for each in pool.status().tasks] == ["square"]
    pool.resume()
    assert waiting.get(SOON) == 1


def test_a_fault_of_a_group_waits_for_a_decision(pool):
    """As in any group; the thread goes on with the calls of the pool."""
    group = pool.group("images", on_fault="hold")
    future = group.submit(divmod, 1, 0)
    until(group.faults, SOON)
    assert pool.apply(square, (3,)) == 9
    group.faults()[0].resolve("by hand")
    assert future.result(SOON) == "by hand"


def test_a_stop_ends_calls(pool):
    """Those at rest too; who waits for them is told."""
    began = threading.Event()

    def loop():
        began.set()
        while True:
            checkpoint()
            time.sleep(0.0005)

    result = pool.apply_async(loop)
    assert began.wait(SOON)
    pool.pause("a while")
    assert pool.wait_quiescent(SOON)
    assert pool.stop("not needed") == 1
    with pytest.raises(CancelledError, match="not needed"):
        result.get(SOON)


@pytest.mark.parametrize("end", ["terminate", "exit"])
def test_a_terminated_pool_leaves_no_thread_at_rest(end):
    """What has started is stopped, and what has not is dropped, paused or not."""
    before = set(threading.enumerate())
    ended = []

    def loop():
        try:
            while True:
                checkpoint()
                time.sleep(0.0005)
        finally:
            ended.append(1)

    pool = ThreadPool(1)
    with pool:
        pool.apply_async(loop)
        pool.apply_async(ended.append, (2,))
        until(lambda: pool.status().running, SOON)
        pool.pause("a while")
        assert pool.wait_quiescent(SOON)
        if end == "terminate":
            pool.terminate()
    pool.join()
    assert ended == [1]
    until(lambda: not set(threading.enumerate()) - before, SOON)


def test_who_joins_a_paused_pool_waits_for_the_resume(pool, caplog):
    """And says so in the log."""
    with pytest.raises(ValueError, match="still running"):
        pool.join()
    pool.pause("a while")
    result = pool.apply_async(square, (3,))
    pool.close()
    with pytest.raises(ValueError, match="not running"):
        pool.apply(square, (3,))
    until(lambda: pool.status().queued, SOON)
    joiner = threading.Thread(target=pool.join)
    joiner.start()
    until(lambda: "waits for a resume with 1 tasks unfinished" in caplog.text, SOON)
    pool.resume()
    joiner.join()
    assert result.get(0) == 9


def test_shutdown_is_that_of_a_pool(pool):
    """For who uses it as an executor."""
    pool.pause("a while")
    future = pool.submit(square, 3)
    assert not pool.shutdown(wait=False)
    assert not pool.shutdown(timeout=0.001)
    assert pool.shutdown(cancel_futures=True, timeout=SOON)
    assert future.cancelled()


def test_unmodified_calls_rest():
    """Where the pool is preemptive, as far as this Python can."""
    with ThreadPool(1, preemptive="auto") as pool:
        if not pool.status().is_preemptive:
            pytest.skip("this Python has no sys.monitoring")
        rounds = [0]

        def loop():
            while True:
                rounds[0] += 1

        pool.apply_async(loop)
        until(lambda: rounds[0], SOON)
        assert pool.pause("a look").wait(SOON)


def test_bad_input_is_refused():
    """As in the stdlib, and no pool is left of it."""
    for processes, error in ((0, ValueError), ("two", TypeError)):
        with pytest.raises(error):
            ThreadPool(processes)
    with pytest.raises(TypeError, match="name must be text"):
        ThreadPool(1, name=3)
    with pytest.raises(TypeError):
        ThreadPool(1, initializer=3)
    gc.collect()
    assert "ThreadPool" not in [each.name.partition("-")[0] for each in pausable.pools()]


@pytest.mark.filterwarnings("ignore:unclosed running:ResourceWarning")
def test_a_pool_that_nobody_refers_to_ends():
    """As in the stdlib: its threads do."""
    before = set(threading.enumerate())
    pool = ThreadPool(2)
    assert pool.map(square, range(4)) == [0, 1, 4, 9]
    gone = weakref.ref(pool)
    del pool
    gc.collect()
    assert gone() is None
    until(lambda: not set(threading.enumerate()) - before, SOON)
