"""The private attributes of the stdlib's pool that programs are known to read and set."""

from __future__ import annotations

import concurrent.futures.thread
import queue
import sys
import threading
import warnings
from concurrent.futures import Future as StdlibFuture

import pytest
from contract.implementations import SOON
from helpers import until

from pausable import ThreadPoolExecutor

NAMES = [
    "_max_workers",
    "_work_queue",
    "_threads",
    "_broken",
    "_shutdown",
    "_shutdown_lock",
    "_idle_semaphore",
    "_thread_name_prefix",
]
if sys.version_info < (3, 14):
    NAMES += ["_initializer", "_initargs"]


@pytest.mark.parametrize("name", NAMES)
def test_each_can_be_read_and_set(make_pool, name):
    """To set what it says changes nothing."""
    executor = make_pool(2, "prefix", abs, (1,))
    setattr(executor, name, getattr(executor, name))
    assert executor.submit(abs, -1).result(SOON) == 1


@pytest.mark.parametrize("name", NAMES)
def test_what_is_set_before_the_constructor_is_forgotten(make_pool, name):
    """As in the stdlib, whose constructor sets them."""

    class Early(make_pool.implementation.make_pool):
        def __init__(self) -> None:
            setattr(self, name, 7)
            super().__init__(1)

    with Early() as executor:
        assert getattr(executor, name) != 7
        assert executor.submit(abs, -1).result(SOON) == 1


def test_the_number_of_workers_can_be_set(make_pool, latch):
    """More run from then on."""
    executor = make_pool(1)
    executor.submit(latch)
    latch.wait_begun()
    executor._max_workers = 3
    for _ in range(2):
        executor.submit(latch)
    latch.wait_begun(2)
    assert executor._max_workers == 3


def test_names_of_threads_to_come(make_pool):
    """The prefix can be set."""
    executor = make_pool(1, "early")
    assert executor._thread_name_prefix == "early"
    executor._thread_name_prefix = "late"
    name = executor.submit(lambda: threading.current_thread().name).result(SOON)
    assert name == "late_0"


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="the stdlib has no such attributes")
def test_an_initializer_for_threads_to_come(make_pool):
    """Both can be set."""
    said = []
    executor = make_pool(1)
    executor._initializer, executor._initargs = said.append, ("hello",)
    executor.submit(abs, -1).result(SOON)
    assert said == ["hello"]


def test_a_pool_that_is_said_to_be_shut_down(make_pool):
    """It takes no more tasks."""
    executor = make_pool(1)
    assert executor._shutdown is False
    executor._shutdown = True
    with pytest.raises(RuntimeError, match="cannot schedule new futures after shutdown"):
        executor.submit(abs, -1)
    assert executor._shutdown is True


def test_a_pool_that_is_said_to_be_broken(make_pool):
    """It takes no more tasks, and says why."""
    executor = make_pool(1)
    assert executor._broken is False
    executor._broken = "for a test"
    with pytest.raises(concurrent.futures.thread.BrokenThreadPool, match="for a test"):
        executor.submit(abs, -1)
    executor._broken = False
    assert executor.submit(abs, -1).result(SOON) == 1


def test_the_lock_can_be_held_by_somebody(make_pool):
    """For as long as nobody submits, in the stdlib; here, also if somebody does."""
    executor = make_pool(1)
    with executor._shutdown_lock:
        assert not executor._shutdown
    assert executor.submit(abs, -1).result(SOON) == 1


def test_the_idle_workers_can_be_counted(make_pool):
    """As many can be taken as there are."""
    executor = make_pool(2)
    assert not executor._idle_semaphore.acquire(timeout=0)
    executor.submit(abs, -1).result(SOON)
    until(lambda: executor._idle_semaphore._value == 1)


# The queue.


def test_a_queue_is_drained(make_pool, latch):
    """Before `cancel_futures` there was no other way to cancel what is queued."""
    executor = make_pool(1)
    running = executor.submit(latch, 1)
    latch.wait_begun()
    queued = [executor.submit(divmod, 7, number) for number in (1, 2, 3)]
    assert executor._work_queue.qsize() == 3
    assert not executor._work_queue.empty()
    taken = [executor._work_queue.get_nowait() for _ in range(3)]
    with pytest.raises(queue.Empty):
        executor._work_queue.get_nowait()
    with pytest.raises(queue.Empty):
        executor._work_queue.get(timeout=0.001)
    assert executor._work_queue.empty()
    assert [item.future for item in taken] == queued
    assert all(item.future.cancel() for item in taken)
    latch.go()
    executor.shutdown()
    assert running.result(SOON) == 1
    assert all(future.cancelled() for future in queued)


def test_what_was_taken_out_says_what_it_is(make_pool, latch):
    """The call, under the names of this Python."""
    executor = make_pool(1)
    executor.submit(latch)
    latch.wait_begun()
    executor.submit(divmod, 7, 2)
    item = executor._work_queue.get(block=False)
    if sys.version_info >= (3, 14):
        assert item.task == (divmod, (7, 2), {})
    else:
        assert (item.fn, item.args, item.kwargs) == (divmod, (7, 2), {})
    latch.go()


def test_what_was_taken_out_and_forgotten_is_waited_for_by_no_shutdown(make_pool, latch):
    """It never starts, and keeps nobody."""
    executor = make_pool(1)
    executor.submit(latch)
    latch.wait_begun()
    future = executor.submit(abs, -1)
    executor._work_queue.get_nowait()
    latch.go()
    executor.shutdown(wait=True)
    assert not future.done()


def test_what_was_taken_out_can_be_put_back(make_pool, latch):
    """Behind what was queued meanwhile."""
    ran = []
    executor = make_pool(1)
    executor.submit(latch)
    latch.wait_begun()
    first, second = executor.submit(ran.append, 1), executor.submit(ran.append, 2)
    executor._work_queue.put(executor._work_queue.get())
    latch.go()
    first.result(SOON)
    second.result(SOON)
    assert ran == [2, 1]


def test_what_was_taken_out_can_be_run(make_pausable, latch):
    """By whoever has it, as the stdlib's workers do."""
    pool = make_pausable(1)
    pool.submit(latch)
    latch.wait_begun()
    future, fails = pool.submit(abs, -1), pool.submit(abs, None)
    late = pool.submit(abs, -2)
    for _ in range(2):
        pool._work_queue.get_nowait().run()
    assert future.result(0) == 1
    assert isinstance(fails.exception(0), TypeError)
    assert late.cancel()
    latch.go()
    assert pool.shutdown(timeout=SOON)


def test_an_item_of_ones_own(make_pool):
    """A subclass with a submit() of its own: it makes a future, and puts an item into the queue."""

    class Item:
        def __init__(self) -> None:
            self.future = StdlibFuture()

        def run(self, *_: object) -> None:
            if self.future.set_running_or_notify_cancel():
                self.future.set_result("ran")

    class Own(make_pool.implementation.make_pool):
        def submit_item(self) -> StdlibFuture[str]:
            with self._shutdown_lock:
                item = Item()
                self._work_queue.put(item)
                self._adjust_thread_count()
                return item.future

    with Own(1) as executor:
        assert executor.submit_item().result(SOON) == "ran"


def test_what_a_program_puts_to_wake_the_workers(make_pool):
    """None is no task."""
    executor = make_pool(1)
    executor._work_queue.put(None)
    assert executor.submit(abs, -1).result(SOON) == 1


def test_a_paused_pool_is_drained():
    """Those that are held on their own come along; a fault that waits for a decision does not."""

    def fail() -> None:
        raise ValueError

    with ThreadPoolExecutor(1, on_fault="hold") as pool:
        pool.submit(fail)
        until(pool.faults)
        queued = [pool.submit(abs, -1) for _ in range(3)]
        queued[1].pause("alone")
        group = pool.group("part").submit(abs, -1)
        taken = [pool._work_queue.get_nowait().future for _ in range(4)]
        assert set(taken) == {*queued, group}
        with pytest.raises(queue.Empty):
            pool._work_queue.get_nowait()
        assert all(each.cancel() for each in taken)
        pool.faults()[0].skip()


def test_who_waits_for_what_was_taken_out_is_told(make_pausable, latch):
    """Its end comes from elsewhere, and nothing else changes."""
    pool = make_pausable(1)
    pool.submit(latch)
    latch.wait_begun()
    future = pool.submit(abs, -1)
    said = []
    waiter = threading.Thread(
        target=lambda: said.append(future.cancelled() or future.exception(SOON))
    )
    waiter.start()
    until(lambda: future._p_waiting is not None)
    pool._work_queue.get_nowait().future.set_exception(KeyError("drained"))
    waiter.join(SOON)
    assert [type(each) for each in said] == [KeyError]
    latch.go()


# A queue of a subclass's own.


def test_a_subclass_may_bound_its_queue(make_pool, latch):
    """The well-known recipe: submit() waits for room."""

    class Bounded(make_pool.implementation.make_pool):
        def __init__(self) -> None:
            super().__init__(1)
            self._work_queue = queue.Queue(2)

    with Bounded() as executor:
        executor.submit(latch)
        latch.wait_begun()
        for _ in range(2):
            executor.submit(abs, -1)
        came = threading.Event()
        late = threading.Thread(target=lambda: (executor.submit(abs, -1), came.set()))
        late.start()
        assert not came.is_set()
        assert executor._work_queue.qsize() == executor._work_queue.maxsize == 2
        assert executor._work_queue.full()
        latch.go()
        late.join(SOON)
        assert came.is_set()
        assert sorted(executor.map(abs, range(9))) == list(range(9))


@pytest.mark.parametrize("make", [queue.Queue, queue.SimpleQueue])
def test_an_unbounded_queue_is_as_good_as_ours(make):
    """No warning, and no bound."""
    with warnings.catch_warnings(), ThreadPoolExecutor(1) as pool:
        warnings.simplefilter("error")
        pool._work_queue = make()
        assert list(pool.map(abs, range(30))) == list(range(30))


@pytest.mark.parametrize("make", [queue.LifoQueue, queue.PriorityQueue, list])
def test_a_queue_with_an_order_of_its_own_is_not_used(make):
    """A warning says so, and what to use."""
    with ThreadPoolExecutor(1) as pool:
        with pytest.warns(RuntimeWarning, match="keeps its own queue.*queue_size=") as caught:
            pool._work_queue = make()
        assert caught[0].filename == __file__
        assert pool.submit(abs, -1).result(SOON) == 1


def test_a_subclass_that_starts_its_threads_itself_is_told():
    """The recipe of the daemon pool: its method is not called, `daemon=True` is what it wants."""

    class Daemonic(ThreadPoolExecutor):
        def _adjust_thread_count(self) -> None:
            raise AssertionError

    with pytest.warns(
        RuntimeWarning, match="Daemonic overrides _adjust_thread_count.*daemon=True"
    ) as w:
        pool = Daemonic(1)
    assert w[0].filename == __file__
    with pool:
        assert pool.submit(abs, -1).result(SOON) == 1


def test_the_functions_of_the_stdlib_may_be_ours(monkeypatch):
    """A program that puts ours into their places finds no circle."""
    import concurrent.futures as stdlib  # noqa: PLC0415

    from pausable import futures as ours  # noqa: PLC0415

    for name in ("wait", "as_completed", "ThreadPoolExecutor", "Future"):
        monkeypatch.setattr(stdlib, name, getattr(ours, name))
    with stdlib.ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(abs, -number) for number in range(3)]
        assert stdlib.wait(futures, SOON).done == set(futures)
        assert set(stdlib.as_completed(futures, SOON)) == set(futures)
        waited = pool.submit(lambda: stdlib.wait(futures).done)
        assert waited.result(SOON) == set(futures)
