"""A pool that is over and let go leaves nothing for the collector: no cycle, nothing that it was given."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
from contract.implementations import SOON
from helpers import until

from pausable import ThreadPoolExecutor


class Thing:
    """What is given to a pool."""


@pytest.fixture
def no_collector():
    """Keep the collector from hiding what is left in cycles."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def shut_down(pool):
    """Wait for its end."""
    pool.submit(int).result(SOON)
    pool.shutdown()


def let_go(pool):
    """Let its threads find out that nobody has it any more."""
    pool.submit(int).result(SOON)


def never_used(pool):
    """Do nothing with it."""


def cancelled(pool):
    """Leave a cancelled task in its queue, and one that was taken out and run."""
    go = threading.Event()
    pool.submit(go.wait, SOON)
    pool.submit(int)
    pool._work_queue.get_nowait().future.cancel()
    assert pool.submit(int).cancel()
    go.set()
    pool.shutdown()


@pytest.mark.parametrize("use", [shut_down, let_go, never_used, cancelled])
@pytest.mark.usefixtures("no_collector")
def test_it_goes_at_once(make_pool, use):
    """With its initializer and the arguments of that."""
    thing = Thing()
    gone = weakref.ref(thing)
    pool = make_pool.implementation.make_pool(1, initializer=lambda _: None, initargs=(thing,))
    use(pool)
    del pool, thing
    until(lambda: gone() is None)


def with_groups(pool):
    """Make groups, in one another."""
    group = pool.group("outer").group("inner", limit=1)
    group.submit(int).result(SOON)
    group.pause("for a test")
    group.resume()


def with_pauses(pool):
    """Pause, watch, stop."""
    pool.observe(print)()
    with pool.pause("for a test", timeout=SOON):
        pool.status()
    future = pool.submit(threading.Event().wait, 0.01)
    future.pause("alone")
    future.resume()
    pool.stop()


@pytest.mark.parametrize("use", [shut_down, cancelled, with_groups, with_pauses])
@pytest.mark.usefixtures("no_collector")
def test_nothing_of_ours_is_garbage(use):
    """The core's own records go, too: the collector finds none of them."""
    pool = ThreadPoolExecutor(1, on_fault="hold")
    use(pool)
    pool.shutdown()
    state = weakref.ref(pool._p_node.pool)
    del pool
    until(lambda: state() is None)


@pytest.mark.usefixtures("no_collector")
def test_a_future_that_is_kept_can_be_asked_everything():
    """It outlives its pool, and says what it has always said."""
    with ThreadPoolExecutor(1) as pool:
        kept, failed, stopped = pool.submit(abs, -1), pool.submit(abs, None), pool.submit(int)
        stopped.stop("for a test")
        state = weakref.ref(pool._p_node.pool)
    del pool
    said = []
    for future in (kept, failed, stopped):
        future.add_done_callback(said.append)
        assert not future.cancel() or future is stopped
        assert not future.stop("late")
        assert not future.pause("late").release()
        assert future.resume() == 0
        assert not future.is_paused()
        assert future.is_quiescent()
        assert (future.where(), future.holds(), list(future.stack())) == (None, (), [])
        assert future.status().name == future.name
        assert repr(future)
        switch = future.switch("late")
        switch.toggle()
        assert not switch.is_on()
    assert said == [kept, failed, stopped]
    assert kept.result() == 1
    assert isinstance(failed.exception(), TypeError)
    del kept, failed, stopped, future, switch
    said.clear()
    assert state() is None
