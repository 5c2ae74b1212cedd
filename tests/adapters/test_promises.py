"""What the stdlib promises, too: results, exceptions, cancel, order, shutdown; it is the oracle."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError, as_completed, wait
from typing import TYPE_CHECKING, Any

import pytest
from adapters.drivers import SOON
from adapters.test_contract import told_of_threads

if TYPE_CHECKING:
    from adapters.drivers import Driver

pytestmark = pytest.mark.oracles


class Latch:
    """Tasks that say that they have begun, and go on when they are let go."""

    def __init__(self, adapter: Driver) -> None:
        self._adapter = adapter
        self.begun: list[str] = []
        self.go = False

    def run(self, name: str) -> Any:
        """Wait: the body of a task."""
        self.begun.append(name)
        while not self.go:
            yield
        return name

    def submit(self, pool: Any, *names: str) -> list[Any]:
        """Submit such tasks."""
        task = self._adapter.task(self.run)
        return [pool.submit(task, name) for name in names]

    def await_begun(self, *names: str) -> None:
        """Wait until they have begun."""
        self._adapter.until(lambda: {*names} <= {*self.begun})


@pytest.fixture
def latch(adapter):
    """Give a latch, which is open after the test."""
    latch = Latch(adapter)
    yield latch
    latch.go = True


def square(number):
    yield
    return number * number


def fail(number):
    yield
    raise KeyError(number, "bad item")


def test_a_result_is_what_was_returned(adapter):
    """Of each task its own; the future is done, not cancelled, and has no exception."""
    pool = adapter.make()
    futures = [pool.submit(adapter.task(square), number) for number in range(8)]
    assert [adapter.result(future) for future in futures] == [n * n for n in range(8)]
    facts = {(each.done(), each.running(), each.cancelled(), each.exception(0)) for each in futures}
    assert facts == {(True, False, False, None)}


@told_of_threads
@pytest.mark.needs("failures")
def test_an_exception_is_what_was_raised(adapter):
    """Of its class, with its arguments; and it is the matter of that future alone."""
    pool = adapter.make()
    bad, good = pool.submit(adapter.task(fail), 3), pool.submit(adapter.task(square), 3)
    with pytest.raises(KeyError) as caught:
        adapter.result(bad)
    assert caught.value.args == (3, "bad item")
    assert type(bad.exception(0)) is KeyError
    assert not bad.cancelled()
    assert adapter.result(good) == 9


def test_what_runs_is_not_cancelled(adapter, latch):
    """`cancel()` says so, and it goes on to its result."""
    pool = adapter.make()
    (future,) = latch.submit(pool, "a")
    latch.await_begun("a")
    assert (future.running(), future.cancel(), future.cancelled()) == (True, False, False)
    latch.go = True
    assert adapter.result(future) == "a"
    assert not future.cancel()


@pytest.mark.needs("slots")
def test_what_has_not_started_is_cancelled(adapter, latch):
    """It never starts, its `result()` raises; a second `cancel()` says the same."""
    pool = adapter.make(1)
    first, *others = latch.submit(pool, *"abcdef")
    latch.await_begun("a")
    assert others[-1].cancel()
    assert others[-1].cancel()
    with pytest.raises(CancelledError):
        adapter.result(others[-1])
    latch.go = True
    assert [adapter.result(each) for each in (first, *others[:-1])] == list("abcde")
    assert others[-1].cancelled()
    assert "f" not in latch.begun


@pytest.mark.needs("slots")
@pytest.mark.needs("order")
def test_tasks_start_in_order(adapter, latch):
    """In that in which they were submitted, as there is room for them."""
    pool = adapter.make(1)
    futures = latch.submit(pool, *"abcdef")
    latch.go = True
    assert [adapter.result(future) for future in futures] == list("abcdef")
    assert latch.begun == list("abcdef")


def test_callbacks_are_called_when_it_is_over(adapter, latch):
    """Each once, with the future, in their order; later ones at once."""
    pool, called = adapter.make(), []
    (future,) = latch.submit(pool, "a")
    latch.await_begun("a")
    for number in range(3):
        future.add_done_callback(lambda future, number=number: called.append((number, future)))
    assert not called
    latch.go = True
    adapter.result(future)
    adapter.until(lambda: len(called) == 3)
    assert called == [(number, future) for number in range(3)]
    future.add_done_callback(lambda future: called.append((3, future)))
    assert called[3:] == [(3, future)]


def test_a_wait_takes_their_futures(adapter, latch):
    """`wait()` tells those that are over from those that are not; `as_completed()` gives both."""
    pool = adapter.make()
    (slow,) = latch.submit(pool, "a")
    latch.await_begun("a")
    quick = pool.submit(adapter.task(square), 3)
    adapter.until(quick.done)
    assert wait([slow, quick], timeout=0) == ({quick}, {slow})
    latch.go = True
    adapter.until(slow.done)
    assert set(as_completed([slow, quick], timeout=SOON)) == {slow, quick}


@pytest.mark.needs("executor")
def test_map_gives_results_in_the_order_of_the_items(adapter):
    """Whichever is done first; and none for no items."""
    pool, done = adapter.make(4), []

    def item(number):
        while number == 0 and len(done) < 2:
            yield
        done.append(number)
        yield
        return number * number

    assert adapter.map(pool, item, range(4)) == [0, 1, 4, 9]
    assert done[0] != 0
    assert adapter.map(pool, item, []) == []


@pytest.mark.needs("executor")
def test_map_raises_what_an_item_has_raised(adapter):
    """To whoever takes the results; the executor goes on."""
    pool = adapter.make()
    with pytest.raises(KeyError, match="bad item"):
        adapter.map(pool, fail, [1])
    assert adapter.map(pool, square, [3]) == [9]


def test_after_a_shutdown_nothing_is_taken(adapter, latch):
    """What was taken before runs to its end."""
    pool = adapter.make()
    futures = latch.submit(pool, "a", "b")
    latch.await_begun("a", "b")
    pool.shutdown(wait=False)
    with pytest.raises(RuntimeError):
        latch.submit(pool, "c")
    latch.go = True
    assert [adapter.result(future) for future in futures] == ["a", "b"]
    assert "c" not in latch.begun


@pytest.mark.needs("executor")
def test_a_shutdown_waits(adapter):
    """When it has returned all futures are over."""
    pool = adapter.make(2)
    futures = [pool.submit(adapter.task(square), number) for number in range(6)]
    pool.shutdown()
    assert all(future.done() for future in futures)
    assert [adapter.result(future) for future in futures] == [n * n for n in range(6)]
    pool.shutdown()


@pytest.mark.needs("executor")
def test_a_shutdown_cancels_if_asked_to(adapter, latch):
    """What has not started never does; what has goes on to its result."""
    pool = adapter.make(1)
    first, *others = latch.submit(pool, *"abcdef")
    latch.await_begun("a")
    pool.shutdown(wait=False, cancel_futures=True)
    adapter.until(others[-1].done)
    assert others[-1].cancelled()
    latch.go = True
    assert adapter.result(first) == "a"
    assert "f" not in latch.begun


def test_tasks_run_side_by_side(adapter):
    """Four that wait for each other come to their ends."""
    pool, here, lock = adapter.make(4), [], threading.Lock()

    def meet(name):
        with lock:
            here.append(name)
        while len(here) < 4:
            yield
        return name

    futures = [pool.submit(adapter.task(meet), name) for name in "abcd"]
    assert [adapter.result(future) for future in futures] == list("abcd")
