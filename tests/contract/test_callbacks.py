"""`add_done_callback`: called once, with the future, when it is over."""

from __future__ import annotations

import logging
import threading

import pytest
from contract.implementations import SOON

FAILED = "exception calling callback for"


def test_callbacks_run_in_the_order_in_which_they_were_added(make_submitter, latch):
    """Each is called with the future, which is done by then."""
    told, all_told = [], threading.Event()
    future = make_submitter(1).submit(latch, 42)
    for number in range(5):
        future.add_done_callback(lambda each, n=number: told.append((n, each.result(0))))
    future.add_done_callback(lambda _: all_told.set())
    latch.go()
    assert all_told.wait(SOON)
    assert told == [(number, 42) for number in range(5)]


def test_callbacks_run_on_the_thread_that_ran_the_call(make_submitter):
    """As in the stdlib: the worker calls back."""
    told, all_told, go = [], threading.Event(), threading.Event()

    def call():
        assert go.wait(SOON)
        return threading.get_ident()

    future = make_submitter(1).submit(call)
    future.add_done_callback(lambda _: (told.append(threading.get_ident()), all_told.set()))
    go.set()
    assert all_told.wait(SOON)
    assert told == [future.result(0)]


def test_a_callback_that_comes_too_late_is_called_at_once(make_submitter):
    """On a future that is done it runs in the thread that adds it."""
    told = []
    executor = make_submitter(1)
    for call in ((abs, -1), (divmod, 1, 0)):
        future = executor.submit(*call)
        future.exception(SOON)
        future.add_done_callback(lambda each: told.append((each, threading.get_ident())))
        assert told.pop() == (future, threading.get_ident())


def test_a_callback_of_a_cancelled_future_is_called_at_once(make_submitter, latch):
    """A cancelled future is over."""
    executor, told = make_submitter(1), []
    executor.submit(latch)
    latch.wait_begun()
    future = executor.submit(abs, -1)
    future.cancel()
    future.add_done_callback(told.append)
    assert told == [future]


def test_the_same_callback_added_twice_is_called_twice(make_submitter, latch):
    """Callbacks are a list, not a set."""
    told, all_told = [], threading.Event()
    future = make_submitter(1).submit(latch)
    for callback in (told.append, told.append, lambda _: all_told.set()):
        future.add_done_callback(callback)
    latch.go()
    assert all_told.wait(SOON)
    assert told == [future, future]


def test_an_exception_in_a_callback_is_logged_and_disturbs_nobody(make_submitter, latch, caplog):
    """The other callbacks are called, the result is kept, the executor goes on."""
    told, all_told = [], threading.Event()
    executor = make_submitter(1)
    future = executor.submit(latch, 42)
    for callback in (told.append, lambda _: 1 // 0, told.append, lambda _: all_told.set()):
        future.add_done_callback(callback)
    latch.go()
    assert all_told.wait(SOON)
    assert told == [future, future]
    assert future.result(0) == 42
    assert executor.submit(abs, -1).result(SOON) == 1
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("concurrent.futures", logging.ERROR)
    assert record.getMessage().startswith(FAILED)
    assert record.exc_info[0] is ZeroDivisionError


def test_an_exception_in_a_late_callback_is_logged_too(make_submitter, caplog):
    """add_done_callback() itself does not raise it."""
    future = make_submitter(1).submit(abs, -1)
    future.result(SOON)
    future.add_done_callback(lambda _: 1 // 0)
    (record,) = caplog.records
    assert record.getMessage().startswith(FAILED)


def test_a_callback_may_use_its_future(make_submitter, latch):
    """It may ask for the result, and add more callbacks, which are called at once."""
    told, all_told = [], threading.Event()

    def callback(future):
        told.append(future.result())
        future.add_done_callback(lambda each: told.append(each.exception()))
        told.append("after")
        all_told.set()

    future = make_submitter(1).submit(latch, 42)
    future.add_done_callback(callback)
    latch.go()
    assert all_told.wait(SOON)
    assert told == [42, None, "after"]


def test_a_callback_may_submit_to_its_executor(make_submitter, latch):
    """A chain of calls, each submitted by the callback of the one before, runs to its end."""
    executor, ended = make_submitter(1), threading.Event()
    results = []

    def go_on(future):
        results.append(future.result())
        if len(results) == 100:
            ended.set()
        else:
            executor.submit(abs, -len(results)).add_done_callback(go_on)

    executor.submit(latch, 0).add_done_callback(go_on)
    latch.go()
    assert ended.wait(SOON)
    assert results == list(range(100))


def test_a_callback_may_wait_for_another_worker(make_submitter, latch):
    """While it waits its worker is busy, and the others are not."""
    executor, told, all_told = make_submitter(2), [], threading.Event()

    def callback(_):
        told.append(executor.submit(abs, -1).result(SOON))
        all_told.set()

    executor.submit(latch).add_done_callback(callback)
    latch.go()
    assert all_told.wait(SOON)
    assert told == [1]


def test_a_callback_may_cancel_what_is_queued(make_submitter, latch):
    """The next call is cancelled before it starts: callbacks come first on a single worker."""
    executor, told = make_submitter(1), []
    first = executor.submit(latch)
    latch.wait_begun()
    second = executor.submit(abs, -1)
    first.add_done_callback(lambda _: told.append(second.cancel()))
    latch.go()
    assert executor.submit(abs, -1).result(SOON) == 1
    assert told == [True]
    assert second.cancelled()


def test_callbacks_are_called_also_when_nobody_keeps_the_future(make_submitter, latch):
    """A call that was submitted and forgotten calls back."""
    told = threading.Event()
    make_submitter(1).submit(latch).add_done_callback(lambda _: told.set())
    latch.go()
    assert told.wait(SOON)


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_not_even_an_exit_in_a_callback_costs_a_worker(make_ours, latch, caplog, error):
    """The stdlib's pool loses the thread, and with the last one everything that is queued."""

    def callback(_):
        raise error

    executor = make_ours(1)
    future = executor.submit(latch, 42)
    future.add_done_callback(callback)
    latch.wait_begun()
    after = executor.submit(abs, -1)
    latch.go()
    assert future.result(SOON) == 42
    assert after.result(SOON) == 1
    assert executor.submit(abs, -2).result(SOON) == 2
    assert executor.shutdown(timeout=SOON)
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [error]
