"""`resting()`: a block that counts as rest, with the gate on its way out."""

from __future__ import annotations

import queue
import threading

import pytest
from helpers import until
from workloads import Loop

from pausable import TaskStopped, resting, shield, sleep


class Receiver:
    """A task that waits in a `resting()` block for items, and notes those that it got."""

    def __init__(self) -> None:
        self.items: queue.Queue[int] = queue.Queue()
        self.got: list[int] = []

    def __call__(self) -> str:
        while True:
            with resting():
                item = self.items.get(timeout=30)
            if item < 0:
                return "over"
            self.got.append(item)


def test_it_counts_as_at_rest_open_or_paused(pool) -> None:
    """In the block the task rests, in an open pool too; a pause need not wait for it."""
    receiver = Receiver()
    future = pool.submit(receiver)
    until(lambda: pool.status().resting == 1)
    assert pool.is_quiescent()
    assert future.status().state == "resting"
    assert not future.is_paused()
    with pool.pause("x", timeout=10):
        assert future.is_paused()
        assert pool.status().resting == 1
    receiver.items.put(-1)
    assert future.result(10) == "over"


def test_the_gate_is_on_the_way_out(pool) -> None:
    """What ends the block while the pool is paused does not let a line after it run."""
    receiver = Receiver()
    future = pool.submit(receiver)
    until(lambda: pool.status().resting == 1)
    with pool.pause("x", timeout=10):
        receiver.items.put(1)
        until(receiver.items.empty)
        assert receiver.got == []
        assert pool.is_quiescent()
    until(lambda: receiver.got == [1])
    receiver.items.put(-1)
    assert future.result(10) == "over"


@pytest.mark.parametrize("level", ["pool", "group", "task"])
def test_paused_and_resumed_while_in_the_block(pool, level) -> None:
    """Pauses that come and go during the block leave no trace but the paused time."""
    receiver = Receiver()
    group = pool.group("g")
    future = group.submit(receiver)
    scope = {"pool": pool, "group": group, "task": future}[level]
    until(lambda: pool.status().resting == 1)
    for _ in range(50):
        with scope.pause("x", timeout=10):
            assert future.is_quiescent()
        assert not future.is_paused()
    receiver.items.put(7)
    until(lambda: receiver.got == [7])
    receiver.items.put(-1)
    assert future.result(10) == "over"
    assert future.paused_time > 0
    status = pool.status()
    assert (status.running, status.resting, status.done) == (0, 0, 1)


def test_its_slot_is_kept_while_open_and_given_back_while_paused(make_pool) -> None:
    """With one worker: nobody else runs during the block, unless its own group is paused."""
    pool = make_pool(1)
    group = pool.group("g")
    receiver = Receiver()
    future = group.submit(receiver)
    until(lambda: pool.status().resting == 1)
    other = pool.submit(int)
    assert not other.done()
    group.pause("x")
    assert other.result(10) == 0
    group.resume()
    receiver.items.put(-1)
    assert future.result(10) == "over"
    assert pool.submit(int).result(10) == 0


def test_it_waits_for_a_slot_on_the_way_out(make_pool) -> None:
    """A task whose slot was taken while its group was paused does not run beside the other one."""
    pool = make_pool(1)
    group = pool.group("g")
    receiver, loop = Receiver(), Loop()
    future = group.submit(receiver)
    until(lambda: pool.status().resting == 1)
    group.pause("x")
    pool.submit(loop)
    assert loop.began.wait(10)
    group.resume()
    receiver.items.put(1)
    until(receiver.items.empty)
    assert receiver.got == []
    loop.go.set()
    until(lambda: receiver.got == [1])
    receiver.items.put(-1)
    assert future.result(10) == "over"


def test_blocks_may_be_nested(pool) -> None:
    """An inner block changes nothing; the task runs again after the outer one."""
    inner, outer = threading.Event(), threading.Event()

    def task() -> str:
        with resting():
            with resting():
                assert inner.wait(20)
            assert outer.wait(20)
        return "over"

    future = pool.submit(task)
    until(lambda: pool.status().resting == 1)
    inner.set()
    with pool.pause("x", timeout=10):
        outer.set()
        assert pool.status().resting == 1
        assert not future.done()
    assert future.result(10) == "over"
    assert pool.status().resting == 0


def test_an_error_in_the_block_passes_the_gate(pool) -> None:
    """An exception leaves the block at rest; it goes on its way after the resume."""
    go = threading.Event()
    handled = []

    def task() -> None:
        try:
            with resting():
                assert go.wait(20)
                raise OSError("unplugged")
        except OSError as error:
            handled.append(str(error))
            raise

    future = pool.submit(task)
    until(lambda: pool.status().resting == 1)
    with pool.pause("x", timeout=10):
        go.set()
        assert handled == []
    with pytest.raises(OSError, match="unplugged"):
        future.result(10)
    assert handled == ["unplugged"]


@pytest.mark.parametrize("paused", [False, True])
def test_a_stop_is_seen_on_the_way_out(pool, paused) -> None:
    """A stop during the block is raised at its end, paused or not; nothing after it runs."""
    receiver = Receiver()
    future = pool.submit(receiver)
    until(lambda: pool.status().resting == 1)
    if paused:
        pool.pause("x")
    assert future.stop("enough")
    assert not future.done()
    receiver.items.put(1)
    with pytest.raises(TaskStopped, match="enough"):
        future.result(10)
    assert receiver.got == []


def test_the_time_in_the_block_is_not_active(pool) -> None:
    """The block counts neither as active time nor, in an open pool, as paused time."""
    receiver = Receiver()
    future = pool.submit(receiver)
    until(lambda: pool.status().resting == 1)
    used = future.active_time
    other = pool.submit(sleep, 0.1)
    other.result(10)
    assert future.active_time == used
    assert future.paused_time == 0
    receiver.items.put(-1)
    future.result(10)


def test_a_sleep_in_the_block(pool) -> None:
    """A checkpoint or a sleep inside the block neither breaks the count nor passes a closed gate."""
    go = threading.Event()

    def task() -> str:
        with resting():
            while not go.is_set():
                sleep(0.001)
        return "over"

    future = pool.submit(task)
    until(lambda: pool.status().resting == 1)
    for _ in range(20):
        with pool.pause("x", timeout=10):
            status = pool.status()
            assert (status.running, status.resting) == (0, 1)
    assert pool.status().resting == 1
    assert not future.stop("x") or True
    go.set()
    until(future.done)
    status = pool.status()
    assert (status.running, status.resting, status.done) == (0, 0, 1)


def test_a_block_in_a_shield_is_no_rest(pool) -> None:
    """A shielded task does not rest, in such a block either."""
    began, go = threading.Event(), threading.Event()

    def task() -> None:
        with shield(), resting():
            began.set()
            assert go.wait(20)

    future = pool.submit(task)
    assert began.wait(10)
    assert pool.status().resting == 0
    hold = pool.pause("x")
    assert not hold.wait(0.01)
    go.set()
    assert hold.wait(10)
    assert future.done()


def test_outside_any_task_it_is_nothing(pool) -> None:
    """The main thread may use it, and lets an error pass."""
    pool.pause("x")
    with resting():
        pass
    with pytest.raises(KeyError), resting():
        raise KeyError
