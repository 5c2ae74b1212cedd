"""The initializer: called on each thread before its first call; if it fails, the pool is broken."""

from __future__ import annotations

import threading
from concurrent.futures import BrokenExecutor, wait
from concurrent.futures.thread import BrokenThreadPool

import pytest
from contract.implementations import SOON
from helpers import until

BROKEN = "A thread initializer failed, the thread pool is not usable anymore"


def test_it_is_called_once_on_each_thread_before_its_calls(make_submitter):
    """With its arguments, and never again."""
    local, calls = threading.local(), []
    barrier = threading.Barrier(3)

    def initialize(*arguments):
        calls.append(threading.get_ident())
        local.arguments = arguments

    def call():
        barrier.wait(SOON)
        return threading.get_ident(), local.arguments

    executor = make_submitter(3, initializer=initialize, initargs=(1, "two"))
    for _ in range(3):
        results = [future.result(SOON) for future in [executor.submit(call) for _ in range(3)]]
        assert {arguments for _, arguments in results} == {(1, "two")}
        assert {thread for thread, _ in results} == set(calls)
    assert len(calls) == 3


def test_it_takes_no_arguments_by_default(make_submitter):
    """`initargs` is empty."""
    calls = []
    executor = make_submitter(1, initializer=lambda *arguments: calls.append(arguments))
    executor.submit(abs, -1).result(SOON)
    assert calls == [()]


def test_it_is_not_called_before_the_first_submit(make_submitter):
    """No thread, no initializer."""
    calls = []
    make_submitter(1, initializer=calls.append, initargs=(1,))
    assert calls == []


class Broken:
    """An initializer that fails when it is told to."""

    def __init__(self, error: BaseException) -> None:
        """Keep the error."""
        self.error = error
        self.go = threading.Event()

    def __call__(self) -> None:
        """Wait, and raise."""
        assert self.go.wait(SOON)
        raise self.error


@pytest.mark.parametrize("error", [LookupError("why"), SystemExit(3), KeyboardInterrupt()])
def test_when_it_fails_all_that_is_queued_fails(make_submitter, caplog, error):
    """The futures raise BrokenThreadPool, submit() does, too, and the log says why."""
    broken = Broken(error)
    executor = make_submitter(1, initializer=broken)
    futures = [executor.submit(abs, -number) for number in range(4)]
    told = []
    for future in futures:
        future.add_done_callback(told.append)
    broken.go.set()
    for future in futures:
        with pytest.raises(BrokenThreadPool, match=BROKEN):
            future.result(SOON)
    until(lambda: told == futures, what="all callbacks were called")
    with pytest.raises(BrokenExecutor, match=BROKEN):
        executor.submit(abs, -1)
    with pytest.raises(BrokenThreadPool, match=BROKEN):
        executor.map(abs, [-1])
    messages = {(record.name, record.levelname, record.message) for record in caplog.records}
    assert messages == {("concurrent.futures", "CRITICAL", "Exception in initializer:")}
    assert caplog.records[0].exc_info[1] is error


def test_a_broken_executor_can_be_shut_down(make, caplog):
    """With and without waiting, and as often as one likes."""
    broken = Broken(LookupError())
    executor = make(2, initializer=broken)
    futures = [executor.submit(abs, -number) for number in range(4)]
    broken.go.set()
    wait(futures, SOON)
    executor.shutdown(wait=False)
    executor.shutdown(wait=True, cancel_futures=True)


def test_whoever_waits_for_a_queued_call_is_told(make, caplog):
    """A wait for futures ends when the executor breaks."""
    broken = Broken(LookupError())
    executor = make(1, initializer=broken)
    futures = [executor.submit(abs, -number) for number in range(3)]
    releaser = threading.Thread(target=broken.go.set)
    releaser.start()
    assert wait(futures, SOON) == (set(futures), set())
    releaser.join(SOON)


def test_a_cancelled_call_stays_cancelled_when_the_executor_breaks(make_ours, caplog):
    """What is over does not change; the stdlib's thread dies of it, and the rest stays queued."""
    broken = Broken(LookupError())
    executor = make_ours(1, initializer=broken)
    cancelled, queued = executor.submit(abs, -1), executor.submit(abs, -1)
    assert cancelled.cancel()
    broken.go.set()
    assert isinstance(queued.exception(SOON), BrokenThreadPool)
    assert cancelled.cancelled()


def test_a_call_that_runs_ends_well_though_another_thread_breaks_the_pool(make, latch, caplog):
    """What has started is not affected."""
    fails, go = threading.Event(), threading.Event()

    def initialize():
        if fails.is_set():
            assert go.wait(SOON)
            raise LookupError

    executor = make(2, initializer=initialize)
    running = executor.submit(latch, 42)
    latch.wait_begun()
    fails.set()
    queued = executor.submit(abs, -1)
    go.set()
    assert isinstance(queued.exception(SOON), BrokenThreadPool)
    assert running.running()
    latch.go()
    assert running.result(SOON) == 42
    executor.shutdown()
