"""`cancel`: a call that has not started never will."""

from __future__ import annotations

import concurrent.futures
import threading
from concurrent.futures import CancelledError

import pytest
from contract.implementations import SOON
from helpers import until


def test_a_queued_call_is_cancelled(make_submitter, latch):
    """cancel() says so, the future says so, and the call never runs."""
    executor = make_submitter(1)
    running = executor.submit(latch, 1)
    latch.wait_begun()
    ran = []
    queued = executor.submit(ran.append, 1)
    assert queued.cancel()
    assert (queued.cancelled(), queued.done(), queued.running()) == (True, True, False)
    assert "state=cancelled" in repr(queued)
    latch.go()
    assert running.result(SOON) == 1
    assert executor.submit(abs, -1).result(SOON) == 1
    assert ran == []


def test_the_result_of_a_cancelled_call_is_a_cancelled_error(make_submitter, latch):
    """result() and exception() raise it, without waiting."""
    executor = make_submitter(1)
    executor.submit(latch)
    latch.wait_begun()
    queued = executor.submit(abs, -1)
    queued.cancel()
    for _ in range(2):
        with pytest.raises(CancelledError):
            queued.result(0)
        with pytest.raises(CancelledError):
            queued.exception(0)


def test_a_running_call_is_not_cancelled(make_submitter, latch):
    """cancel() returns False, and changes nothing."""
    future = make_submitter(1).submit(latch, 1)
    latch.wait_begun()
    assert not future.cancel()
    assert (future.cancelled(), future.running()) == (False, True)
    latch.go()
    assert future.result(SOON) == 1


@pytest.mark.parametrize("call", [(abs, -1), (divmod, 1, 0)])
def test_a_call_that_is_over_is_not_cancelled(make_submitter, call):
    """Neither a result nor an exception can be cancelled."""
    future = make_submitter(1).submit(*call)
    future.exception(SOON)
    assert not future.cancel()
    assert (future.cancelled(), future.done()) == (False, True)


def test_a_second_cancel_is_true_as_well(make_submitter, latch):
    """cancel() answers whether the call is cancelled, not whether it was this very cancel."""
    executor = make_submitter(1)
    executor.submit(latch)
    latch.wait_begun()
    queued, told = executor.submit(abs, -1), []
    queued.add_done_callback(told.append)
    assert [queued.cancel() for _ in range(3)] == [True] * 3
    assert told == [queued]


def test_whoever_waits_for_the_result_is_told_of_the_cancel(make_submitter, latch):
    """A thread in result() gets its CancelledError at once, not when a worker comes by."""
    executor = make_submitter(1)
    executor.submit(latch)
    latch.wait_begun()
    queued, caught = executor.submit(abs, -1), []

    def wait():
        try:
            queued.result(SOON)
        except CancelledError as error:
            caught.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    queued.cancel()
    thread.join(SOON)
    assert len(caught) == 1


def test_the_callbacks_of_a_cancelled_call_run_in_the_thread_that_cancels(make_submitter, latch):
    """They have run when cancel() returns."""
    executor = make_submitter(1)
    executor.submit(latch)
    latch.wait_begun()
    queued, told = executor.submit(abs, -1), []
    queued.add_done_callback(lambda future: told.append((future, threading.get_ident())))
    queued.cancel()
    assert told == [(queued, threading.get_ident())]


def test_cancelled_calls_do_not_hold_up_the_others(make_submitter, latch):
    """Every second call is cancelled; each of the others runs once, in order."""
    executor, order = make_submitter(1), []
    executor.submit(latch)
    latch.wait_begun()
    futures = [executor.submit(order.append, number) for number in range(20)]
    assert all(future.cancel() for future in futures[::2])
    latch.go()
    done, not_done = concurrent.futures.wait(futures, SOON)
    assert (len(done), not_done) == (20, set())
    assert order == list(range(1, 20, 2))


def test_an_executor_whose_calls_were_all_cancelled_goes_on_and_ends(make, latch):
    """Many cancelled calls leave nothing behind that a shutdown would wait for."""
    executor = make(1)
    running = executor.submit(latch, 1)
    latch.wait_begun()
    futures = [executor.submit(abs, -1) for _ in range(3000)]
    assert all(future.cancel() for future in futures)
    last = executor.submit(abs, -2)
    latch.go()
    executor.shutdown()
    assert (running.result(0), last.result(0)) == (1, 2)


def test_a_call_can_cancel_another_one(make_submitter, latch):
    """A call may cancel its successor."""
    executor = make_submitter(1)
    futures = []

    def call():
        latch()
        return futures[0].cancel()

    first = executor.submit(call)
    latch.wait_begun()
    futures.append(executor.submit(abs, -1))
    latch.go()
    assert first.result(SOON)
    assert futures[0].cancelled()


def test_each_call_is_either_cancelled_or_run(make_submitter):
    """Whatever cancel() meets, it tells the truth about whether the call runs."""
    executor, ran = make_submitter(2), set()
    futures = [executor.submit(ran.add, number) for number in range(2000)]
    cancelled = {number for number, future in enumerate(futures) if future.cancel()}
    until(lambda: all(future.done() for future in futures), what="all are over")
    assert cancelled == {number for number, future in enumerate(futures) if future.cancelled()}
    assert ran | cancelled == set(range(2000))
    assert not ran & cancelled
