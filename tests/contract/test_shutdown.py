"""`shutdown`: nothing more is accepted, what was accepted is finished, the threads end."""

from __future__ import annotations

import concurrent.futures
import threading

import pytest
from contract.implementations import SOON, Latch
from helpers import until

NO_MORE = "cannot schedule new futures after shutdown"


def threads_of(prefix: str) -> list[threading.Thread]:
    """List the living threads of the pools whose name begins so."""
    return [each for each in threading.enumerate() if each.name.startswith(prefix)]


def test_leaving_the_with_block_waits_for_all_calls(make, latch):
    """What was submitted in the block is done after it."""
    with make(1) as executor:
        futures = [executor.submit(latch, number) for number in range(3)]
        latch.wait_begun()
        threading.Thread(target=latch.go).start()
    assert [future.done() for future in futures] == [True] * 3


def test_the_with_block_gives_the_executor_itself(make):
    """As in the stdlib."""
    executor = make(1)
    with executor as same:
        assert same is executor


def test_an_exception_leaves_the_with_block_after_all_calls(make):
    """An ordinary exception is not swallowed, and cancels nothing."""
    with pytest.raises(LookupError), make(1) as executor:
        futures = [executor.submit(abs, number) for number in range(3)]
        raise LookupError
    assert [future.result(0) for future in futures] == [0, 1, 2]


def test_shutdown_waits_for_running_and_queued_calls(make, latch):
    """shutdown() returns when all is done, not earlier."""
    executor = make(1)
    futures = [executor.submit(latch, number) for number in range(3)]
    latch.wait_begun()
    returned = threading.Event()
    thread = threading.Thread(target=lambda: (executor.shutdown(), returned.set()))
    thread.start()
    until(lambda: is_shut_down(executor), what="shutdown has begun")
    assert not returned.is_set()
    latch.go()
    thread.join(SOON)
    assert returned.is_set()
    assert [future.result(0) for future in futures] == [0, 1, 2]


def is_shut_down(executor: concurrent.futures.Executor) -> bool:
    """Say whether an executor accepts no more."""
    try:
        executor.submit(int).cancel()
    except RuntimeError:
        return True
    return False


def test_shutdown_without_waiting_returns_at_once(make, latch):
    """The calls are finished nevertheless, and then the threads end."""
    executor = make(1, thread_name_prefix="no-wait")
    futures = [executor.submit(latch, number) for number in range(3)]
    latch.wait_begun()
    executor.shutdown(wait=False)
    assert not any(future.done() for future in futures)
    latch.go()
    assert [future.result(SOON) for future in futures] == [0, 1, 2]


def test_the_threads_of_a_pool_end_with_it(make_pool, latch):
    """After a shutdown that waits there is no thread; after one that does not, in the end."""
    waited, not_waited = make_pool(3, "waited"), make_pool(3, "not-waited")
    futures = [pool.submit(latch) for pool in (waited, not_waited) for _ in range(3)]
    latch.wait_begun(6)
    not_waited.shutdown(wait=False)
    assert len(threads_of("not-waited")) == 3
    latch.go()
    waited.shutdown()
    assert threads_of("waited") == []
    concurrent.futures.wait(futures, SOON)
    until(lambda: not threads_of("not-waited"), what="its threads have ended")


def test_idle_threads_end_with_the_pool(make_pool):
    """Threads that wait for work are told."""
    pool = make_pool(2, "idle")
    barrier = threading.Barrier(2)
    for future in [pool.submit(barrier.wait, SOON) for _ in range(2)]:
        future.result(SOON)
    assert len(threads_of("idle")) == 2
    pool.shutdown(wait=False)
    until(lambda: not threads_of("idle"), what="its threads have ended")


def test_a_pool_that_was_not_used_shuts_down(make):
    """There is nothing to wait for."""
    make(1).shutdown()
    make(1).shutdown(wait=False, cancel_futures=True)


@pytest.mark.parametrize("wait", [True, False])
def test_submit_after_shutdown_is_refused(make_submitter, wait):
    """submit() and map() raise the stdlib's RuntimeError."""
    executor = make_submitter(1)
    assert executor.submit(abs, -1).result(SOON) == 1
    getattr(executor, "_scope", executor).shutdown(wait=wait)  # a view has its scope's end
    with pytest.raises(RuntimeError, match=NO_MORE):
        executor.submit(abs, -1)
    with pytest.raises(RuntimeError, match=NO_MORE):
        executor.map(abs, [-1])


def test_a_call_that_submits_after_the_shutdown_is_refused(make):
    """What runs while the executor shuts down cannot add to it."""
    executor = make(1)
    began, go = threading.Event(), threading.Event()

    def call():
        began.set()
        assert go.wait(SOON)
        return executor.submit(abs, -1)

    future = executor.submit(call)
    assert began.wait(SOON)
    executor.shutdown(wait=False)
    go.set()
    with pytest.raises(RuntimeError, match=NO_MORE):
        future.result(SOON)


@pytest.mark.parametrize("wait", [True, False])
def test_a_second_shutdown_is_harmless(make, latch, wait):
    """shutdown() is idempotent, whoever called it before."""
    with make(1) as executor:
        future = executor.submit(latch, 1)
        latch.wait_begun()
        executor.shutdown(wait=False)
        executor.shutdown(wait=False, cancel_futures=True)
        latch.go()
        executor.shutdown(wait=wait)
        executor.shutdown(wait)
    assert future.result(0) == 1


def test_several_threads_may_shut_down_at_once(make, latch):
    """Each shutdown that waits returns when all is done."""
    executor = make(2)
    futures = [executor.submit(latch, number) for number in range(4)]
    latch.wait_begun(2)
    done = []

    def shut_down():
        executor.shutdown()
        done.append([future.done() for future in futures])

    threads = [threading.Thread(target=shut_down) for _ in range(3)]
    for thread in threads:
        thread.start()
    until(lambda: is_shut_down(executor), what="shutdown has begun")
    latch.go()
    for thread in threads:
        thread.join(SOON)
    assert done == [[True] * 4] * 3


@pytest.mark.parametrize("wait", [True, False])
def test_cancel_futures_cancels_what_has_not_started(make, latch, wait):
    """What runs is finished; what is queued never runs, and its waiters are told."""
    executor = make(2)
    running = [executor.submit(latch, number) for number in range(2)]
    latch.wait_begun(2)
    queued = [executor.submit(latch, number) for number in range(5)]
    told = []
    for future in queued:
        future.add_done_callback(told.append)
    releaser = threading.Thread(
        target=lambda: (until(lambda: len(told) == 5, what="all were cancelled"), latch.go())
    )
    releaser.start()
    executor.shutdown(wait=wait, cancel_futures=True)
    releaser.join(SOON)
    assert all(future.cancelled() for future in queued)
    assert told == queued
    assert [future.result(SOON) for future in running] == [0, 1]


def test_cancel_futures_is_a_keyword(make):
    """As in the stdlib: a second positional argument is a TypeError, and nothing is shut down."""
    executor = make(1)
    with pytest.raises(TypeError):
        executor.shutdown(False, True)  # noqa: FBT003 - the subject
    assert executor.submit(abs, -1).result(SOON) == 1


def test_a_done_callback_may_shut_its_executor_down(make):
    """A shutdown that does not wait can be called from anywhere."""
    executor, done = make(1), threading.Event()
    latch = Latch()
    future = executor.submit(latch, 1)
    future.add_done_callback(lambda _: (executor.shutdown(wait=False), done.set()))
    latch.go()
    assert done.wait(SOON)
    with pytest.raises(RuntimeError, match=NO_MORE):
        executor.submit(abs, -1)


def test_futures_outlive_their_executor(make):
    """What a future knows, it knows after the end, too."""
    with make(1) as executor:
        good, bad = executor.submit(abs, -1), executor.submit(divmod, 1, 0)
    del executor
    assert good.result(0) == 1
    assert isinstance(bad.exception(0), ZeroDivisionError)
    assert not good.cancel()
