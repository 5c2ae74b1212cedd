"""`map` with a chunksize: many items as one task, that can be paused and stopped between any two."""

from __future__ import annotations

import gc
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


@pytest.mark.parametrize("size", [0, -1])
def test_no_chunks_of_nothing(make_pool, size) -> None:
    """As with the stdlib's processes."""
    with pytest.raises(ValueError, match="chunksize must be > 0"):
        make_pool(1).map(abs, [1], chunksize=size)
    with pytest.raises(TypeError, match="chunksize must be an integer"):
        make_pool(1).map(abs, [1], chunksize=1.5)


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
