"""Threads that take long to begin, as where all others compute: nobody waits for one after the other."""

from __future__ import annotations

import threading

import pytest
from contract.implementations import SOON
from helpers import until
from workloads import background

from pausable import ThreadPoolExecutor
from pausable.threads import crew
from pausable.threads.worker_thread import WorkerThread


class Delay:
    """Threads that are started from now on begin only when they are let go."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.go = threading.Event()
        bootstrap = WorkerThread._bootstrap

        def begin(thread: WorkerThread) -> None:
            self.go.wait(SOON)
            bootstrap(thread)

        patch.setattr(WorkerThread, "_bootstrap", begin)


def starting_threads() -> list[WorkerThread]:
    """List the threads of pools that were started and have not begun."""
    found = [each for each in threading.enumerate() if isinstance(each, WorkerThread)]
    return [each for each in found if each.is_starting()]


@pytest.fixture
def pool():
    """Make a pool of four."""
    with ThreadPoolExecutor(4) as pool:
        yield pool


@pytest.fixture
def all_are_slow(monkeypatch):
    """Take every start for one that has taken long, and the next for one that is soon after."""
    monkeypatch.setattr(crew, "clock", lambda: 0.0)
    monkeypatch.setattr(WorkerThread, "await_begin", lambda thread: thread._started.come(SOON))


@pytest.fixture
def late(pool, all_are_slow, monkeypatch):
    """Submit a task whose thread has not begun, though `submit` has returned."""
    busy = threading.Event()
    pool.submit(busy.wait, SOON)
    delay = Delay(monkeypatch)
    future = pool.submit(threading.get_ident)
    (thread,) = starting_threads()
    yield future, thread, delay.go, busy
    delay.go.set()
    busy.set()


def test_a_submit_waits_for_the_thread_that_it_has_started(pool, monkeypatch):
    """As in the stdlib: where starts are quick, the thread has begun when `submit` returns."""
    delay = Delay(monkeypatch)
    submitted = background(pool.submit, abs, -1)
    until(starting_threads)
    assert not submitted.done()
    delay.go.set()
    assert submitted.result(SOON).result(SOON) == 1


def test_after_a_start_that_took_long_the_next_is_not_waited_for(late):
    """`submit` returns before the thread has begun, which runs the task when it has."""
    future, thread, go, _ = late
    assert not future.running()
    go.set()
    assert future.result(SOON) == thread.ident


def test_a_thread_that_has_not_begun_is_alive(late):
    """Who looks finds the thread as if it had begun: it is alive, and cannot be joined yet."""
    _, thread, _, _ = late
    assert thread.is_alive()
    assert thread in threading.enumerate()
    thread.join(0.01)
    assert thread.is_alive()


@pytest.mark.parametrize("name", ["ident", "native_id"])
def test_who_asks_for_what_is_known_later_waits(late, name):
    """What identifies a thread is there when it has begun; until then whoever asks waits."""
    _, thread, go, _ = late
    asked = background(getattr, thread, name)
    assert not asked.done()
    go.set()
    assert asked.result(SOON) == getattr(thread, name) > 0


def test_a_shutdown_waits_for_a_thread_that_has_not_begun(pool, late):
    """Nothing is lost: the task of the late thread runs, and then the pool ends."""
    future, thread, go, busy = late
    busy.set()
    ended = background(pool.shutdown, timeout=SOON)
    assert not ended.done()
    go.set()
    assert future.result(SOON)
    assert ended.result(SOON)
    assert not thread.is_alive()


def test_it_is_waited_for_again_later(monkeypatch):
    """A start that took long is forgotten after a while."""
    now = [100.0]
    waited = []
    monkeypatch.setattr(crew, "clock", lambda: now[0])
    monkeypatch.setattr(WorkerThread, "await_begin", lambda _: waited.append(now[0]) or True)
    release = threading.Event()
    with ThreadPoolExecutor(4) as pool:
        for now[0] in (100.0, 100.1, 100.0 + crew.FOR_NOW):
            pool.submit(release.wait, SOON)
        release.set()
    assert waited == [100.0, 100.0 + crew.FOR_NOW]
