"""Threads: how many there are, when they start, what they are called."""

from __future__ import annotations

import re
import threading

import pytest
from contract.implementations import SOON
from helpers import until

import pausable


def names_of(prefix: str) -> list[str]:
    """List the names of the living threads of a pool."""
    return sorted(each.name for each in threading.enumerate() if each.name.startswith(prefix))


def current_name() -> str:
    """Return the name of the thread that calls."""
    return threading.current_thread().name


def settle(pool) -> None:
    """Wait until the stdlib's pool knows that its worker is idle; ours knows it with the result."""
    if not isinstance(pool, pausable.ThreadPoolExecutor):
        until(lambda: pool._idle_semaphore._value, what="the worker is idle")


def test_no_thread_is_started_before_it_is_needed(make):
    """Making an executor starts no thread; the first call starts one."""
    executor = make(4, "lazy")
    assert names_of("lazy") == []
    executor.submit(abs, -1).result(SOON)
    assert names_of("lazy") == ["lazy_0"]


def test_an_idle_thread_is_used_again(make_pool):
    """Calls that come one after the other all run on one thread."""
    pool = make_pool(4, "reuse")
    for _ in range(20):
        assert pool.submit(current_name).result(SOON) == "reuse_0"
        settle(pool)
    assert names_of("reuse") == ["reuse_0"]
    assert len(pool._threads) == 1


def test_threads_are_started_as_calls_need_them(make, latch):
    """One more for each call that finds no idle thread, up to max_workers."""
    executor = make(3, "need")
    for count in (1, 2, 3):
        executor.submit(latch)
        latch.wait_begun()
        assert names_of("need") == [f"need_{number}" for number in range(count)]
    queued = executor.submit(latch, "queued")
    assert len(names_of("need")) == 3
    latch.go()
    assert queued.result(SOON) == "queued"
    assert len(names_of("need")) == 3


def test_many_calls_start_no_more_threads_than_there_are_workers(make):
    """max_workers is the limit, however many calls wait."""
    executor = make(3, "limit")
    names = set(executor.map(lambda _: current_name(), range(300)))
    assert names <= {"limit_0", "limit_1", "limit_2"}
    assert len(names_of("limit")) <= 3


def test_threads_have_the_prefix_that_was_given(make_submitter):
    """``<prefix>_<number>``, as in the stdlib."""
    assert make_submitter(1, "given").submit(current_name).result(SOON) == "given_0"
    executor = make_submitter(1, thread_name_prefix="keyword")
    assert executor.submit(current_name).result(SOON) == "keyword_0"


def test_threads_have_a_name_without_a_prefix_too(make_submitter):
    """``ThreadPoolExecutor-<number>_<number>``, with a number of its own for each pool."""
    names = [make_submitter(1).submit(current_name).result(SOON) for _ in range(2)]
    assert all(re.fullmatch(r"ThreadPoolExecutor-\d+_0", name) for name in names)
    assert names[0] != names[1]


def test_threads_are_not_daemons(make_submitter):
    """The interpreter waits for what they do."""

    def is_daemon():
        return threading.current_thread().daemon

    assert make_submitter(1).submit(is_daemon).result(SOON) is False


def test_the_default_number_of_workers_is_that_of_the_stdlib(make_pool, monkeypatch):
    """A few more than there are processors, and 32 at most."""
    for count, workers in ((1, 5), (4, 8), (64, 32), (None, 5)):
        monkeypatch.setattr("os.cpu_count", lambda count=count: count)
        monkeypatch.setattr("os.process_cpu_count", lambda count=count: count, raising=False)
        assert make_pool()._max_workers == workers
        assert make_pool(None)._max_workers == workers


@pytest.mark.parametrize("workers", [1, 7, True])
def test_the_number_of_workers_is_kept(make_pool, workers):
    """Programs look at `_max_workers`; asyncio's documentation tells them to."""
    assert make_pool(workers)._max_workers == workers
    assert make_pool(max_workers=workers)._max_workers == workers


def test_queued_calls_can_be_counted(make_pool, latch):
    """Programs look at ``_work_queue.qsize()``: there is no other way in the stdlib."""
    pool = make_pool(1)
    assert pool._work_queue.qsize() == 0
    pool.submit(latch)
    latch.wait_begun()
    for _ in range(3):
        pool.submit(latch)
    assert pool._work_queue.qsize() == 3


def test_a_thread_that_cannot_be_started_is_an_error_of_submit(make, monkeypatch):
    """The first thread fails to start: submit() raises, and with the next submit all is well."""
    executor, start = make(1), threading.Thread.start

    def fail(_):
        monkeypatch.setattr(threading.Thread, "start", start)
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", fail)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        executor.submit(abs, -1)
    assert executor.submit(abs, -2).result(SOON) == 2
