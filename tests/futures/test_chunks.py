"""`map` with a chunksize: many items as one task, that can be paused and stopped between any two."""

from __future__ import annotations

import gc
import math
import pickle
import threading
import weakref

import pytest
from helpers import until
from workloads import make_pool

from pausable import TaskStopped, current_task

__all__ = ["make_pool"]

SOON = 20.0


def test_a_chunk_is_one_task(make_pool) -> None:
    """It is counted as one, and named after the function."""
    pool = make_pool(1)
    hold = pool.pause("x")
    results = pool.map(abs, range(10), chunksize=4)
    assert [task.name for task in pool.tasks()] == ["abs-1", "abs-2", "abs-3"]
    hold.release()
    assert list(results) == list(range(10))
    assert pool.status().done == 3


def test_it_rests_between_two_items(make_pool) -> None:
    """After a wait for quiescence no further item begins."""
    pool = make_pool(1)
    begun, ran = threading.Event(), []

    def call(item: int) -> int:
        begun.set()
        ran.append(item)
        until(lambda: pool.is_paused() or item)
        return item

    results = pool.map(call, range(5), chunksize=5)
    assert begun.wait(SOON)
    hold = pool.pause("x")
    assert hold.wait(SOON)
    assert ran == [0]
    hold.release()
    assert list(results) == list(range(5))
    assert ran == list(range(5))


def test_stopped_between_two_items(make_pool) -> None:
    """The results before the stop come first; then TaskStopped, and the rest is cancelled."""
    pool = make_pool(1)

    def call(item: int) -> int:
        if item == 2:
            current_task().stop("enough")
        return item

    results = pool.map(call, range(10), chunksize=5)
    assert [next(results), next(results), next(results)] == [0, 1, 2]
    with pytest.raises(TaskStopped, match="enough"):
        next(results)
    assert next(results, "ended") == "ended"


def test_a_timeout_leaves_the_results_that_there_are(make_pool) -> None:
    """They come before the TimeoutError, as they do where each item is a task."""
    pool = make_pool(1)
    go, there = threading.Event(), threading.Event()

    def call(item: int) -> int:
        if item == 2:
            there.set()
            assert go.wait(SOON)
        return item

    results = pool.map(call, range(4), chunksize=4, timeout=0.2)
    assert there.wait(SOON)
    try:
        assert [next(results), next(results)] == [0, 1]
        with pytest.raises(TimeoutError):
            next(results)
    finally:
        go.set()


def test_the_buffersize_counts_chunks(make_pool) -> None:
    """No more of the items are taken than fit in so many chunks; all results come."""
    pool = make_pool(2)
    taken: list[int] = []

    def items():
        for number in range(20):
            taken.append(number)
            yield number

    results = pool.map(abs, items(), chunksize=3, buffersize=2)
    assert taken == list(range(6))
    assert next(results) == 0
    assert taken == list(range(9))
    assert list(results) == list(range(1, 20))


def test_who_stops_taking_results_cancels_the_rest(make_pool) -> None:
    """When the iterator is dropped, chunks that have not started never do."""
    pool = make_pool(1)
    begun, go, ran = threading.Event(), threading.Event(), []

    def call(item: int) -> None:
        ran.append(item)
        if item == 2:
            begun.set()
            assert go.wait(SOON)

    results = pool.map(call, range(100), chunksize=2)
    assert next(results) is None
    assert begun.wait(SOON)
    del results
    gc.collect()
    go.set()
    assert pool.shutdown(timeout=SOON)
    assert ran == [0, 1, 2, 3]


class Thing:
    """Something that can be weakly referred to."""


def test_items_and_results_are_let_go(make_pool) -> None:
    """Those of a chunk are once the next one is taken from, or all have been."""
    pool = make_pool(1)
    items = [Thing() for _ in range(4)]
    references = [weakref.ref(each) for each in items]
    results = pool.map(lambda thing: thing, items, chunksize=2)
    del items
    for _ in results:
        pass
    del _
    until(lambda: all(reference() is None for reference in references))


@pytest.mark.parametrize("buffersize", [None, 1])
def test_a_result_that_was_taken_is_let_go(make_pool, buffersize) -> None:
    """At once, and not with the last of its chunk; without the collector."""
    pool = make_pool(1)
    taken = []
    gc.disable()
    try:
        results = pool.map(lambda _: Thing(), range(50), chunksize=10, buffersize=buffersize)
        for result in results:
            taken.append(weakref.ref(result))
            del result
            assert sum(each() is not None for each in taken) == 0
    finally:
        gc.enable()
    assert len(taken) == 50


@pytest.mark.parametrize("how", ["fails", "is stopped"])
def test_results_before_the_end_of_a_chunk_are_let_go_too(make_pool, how) -> None:
    """Also of a chunk that has failed or was stopped: its error keeps none of them."""
    pool = make_pool(1)

    def call(item: int) -> Thing:
        if item == 5 and how == "fails":
            raise LookupError
        if item == 4 and how == "is stopped":
            current_task().stop("enough")
        return Thing()

    results = pool.map(call, range(10), chunksize=10)
    references = [weakref.ref(next(results)) for _ in range(5)]
    assert [each() for each in references] == [None] * 5
    with pytest.raises((LookupError, TaskStopped)):
        next(results)


def test_a_chunk_that_was_stopped_keeps_no_item(make_pool) -> None:
    """Its results can still be taken; the items that it has not come to are gone."""
    pool = make_pool(1)
    begun, go = threading.Event(), threading.Event()

    def call(item: Thing) -> None:
        begun.set()
        assert go.wait(SOON)

    items = [Thing() for _ in range(4)]
    references = [weakref.ref(each) for each in items]
    results = pool.map(call, items, chunksize=4)
    del items
    assert begun.wait(SOON)
    pool.stop("memory is short")
    go.set()
    until(lambda: not any(each() for each in references), what="the items were let go")
    assert next(results) is None
    with pytest.raises(TaskStopped):
        next(results)


@pytest.mark.parametrize("size", [0, -1, None, 2.0, 1.5, 0.0, True, 10**30, math.inf, math.nan])
def test_a_chunksize_of_which_the_stdlib_takes_no_notice(make_pool, size) -> None:
    """Its pools of threads take anything; what is no number above 1 is as good as 1."""
    assert list(make_pool(1).map(abs, [-1, -2, -3], chunksize=size)) == [1, 2, 3]


def test_a_chunksize_that_is_no_number(make_pool) -> None:
    """Nobody means that."""
    with pytest.raises(TypeError, match="chunksize must be a whole number"):
        make_pool(1).map(abs, [1], chunksize="2")


def test_a_view_has_chunks_too(make_pool) -> None:
    """The name is that of the view."""
    pool = make_pool(1)
    hold = pool.pause("x")
    results = pool.options(name="nightly").map(abs, range(6), chunksize=3)
    assert [task.name for task in pool.tasks()] == ["nightly", "nightly"]
    hold.release()
    assert list(results) == list(range(6))


def test_a_chunk_that_is_called_again_goes_on(make_pool) -> None:
    """With the item that failed: a submit that tries again, of a subclass, loses nothing."""
    failing = iter([True, False])

    def flaky(item: int) -> int:
        if item == 2 and next(failing):
            raise LookupError
        return item

    class Trying(type(make_pool(1))):
        def submit(self, fn, /, *args, **kwargs):
            def again():
                try:
                    return fn(*args, **kwargs)
                except LookupError:
                    return fn(*args, **kwargs)

            return super().submit(again)

    with Trying(1) as pool:
        assert list(pool.map(flaky, range(6), chunksize=3)) == list(range(6))


@pytest.mark.parametrize("size", [1, 3])
def test_the_iterator_can_be_closed(make_pool, size) -> None:
    """As a generator: what has not started is cancelled, and there is no more to take."""
    pool = make_pool(1)
    results = pool.map(abs, range(6), chunksize=size)
    assert next(results) == 0
    assert next(iter(results)) == 1
    results.close()
    assert next(results, "closed") == "closed"


def test_a_chunk_returns_its_results(make_pool) -> None:
    """They are what came of its task, and do not need the chunk itself to be here."""
    pool = make_pool(1)
    hold = pool.pause("x")
    results = pool.map(abs, range(4), chunksize=4)
    (task,) = pool.tasks()
    hold.release()
    assert task.result(SOON) == [0, 1, 2, 3]
    assert list(results) == [0, 1, 2, 3]


@pytest.mark.parametrize("iterables", [1, 2])
def test_a_chunk_can_be_sent_elsewhere(make_pool, iterables) -> None:
    """With its function and its items alone; what it returns there are the results here."""
    pool = make_pool(1)
    hold = pool.pause("x")
    results = pool.map(max if iterables == 2 else abs, *[range(4)] * iterables, chunksize=4)
    (task,) = pool.tasks()
    task._p_fn = pickle.loads(pickle.dumps(task._p_fn))
    hold.release()
    assert list(results) == [0, 1, 2, 3]
    until(lambda: pool.status().items_done == 4)
