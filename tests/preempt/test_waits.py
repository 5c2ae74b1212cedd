"""A task in a wait of the standard library counts as at rest, and goes on after the resume only."""

from __future__ import annotations

import concurrent.futures
import queue
import random
import sys
import threading

import pytest
from helpers import until
from preempt.form import PATIENCE
from preempt.freethreaded import needs_frames
from preempt.spin import spinning
from workloads import background

from pausable._core import dormancy
from pausable._preempt.engine import stdlib_wait as waits_module
from pausable._preempt.engine.monitor import Monitor

pytestmark = needs_frames  # of threads that run: without them nobody knows that a task waits


class Waits:
    """Ways to wait, what ends the wait, and how many lines have run after it."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.flag, self.condition = threading.Event(), threading.Condition()
        self.queue: queue.Queue[int] = queue.Queue()
        self.full: queue.Queue[int] = queue.Queue(1)
        self.full.put(0)
        self.future: concurrent.futures.Future[int] = concurrent.futures.Future()
        self.is_over = False
        self.after = 0

    def run(self, way: str) -> str:
        self.began.set()
        getattr(self, way)()
        self.after += 1
        return "over"

    def event(self) -> None:
        self.flag.wait()

    def event_in_time(self) -> None:
        self.flag.wait(PATIENCE)

    def get(self) -> None:
        self.queue.get()

    def put(self) -> None:
        self.full.put(1)

    def join(self) -> None:
        self.full.join()

    def wait(self) -> None:
        with self.condition:
            self.condition.wait()

    def wait_for(self) -> None:
        with self.condition:
            self.condition.wait_for(lambda: self.is_over)

    def result(self) -> None:
        self.future.result()

    def end(self) -> None:
        """End all of the waits."""
        self.is_over = True
        self.flag.set()
        self.queue.put(1)
        self.full.get()
        self.full.task_done()
        self.future.set_result(1)
        with self.condition:
            self.condition.notify_all()

    def waiters(self) -> int:
        """Count all that wait in a line."""
        conditions = [self.condition, self.flag._cond, self.future._condition]
        conditions += [self.queue.not_empty, self.full.not_full, self.full.all_tasks_done]
        return sum(len(each._waiters) for each in conditions)


WAYS = ["event", "event_in_time", "get", "put", "join", "wait", "wait_for", "result"]


def waiting(pool, way):
    """Submit a task that waits; return what it waits for, and its future, once it does."""
    waits = Waits()
    future = pool.submit(waits.run, way)
    until(lambda: waits.waiters() == 1)
    return waits, future


@pytest.mark.parametrize("way", WAYS)
def test_it_rests_in_its_wait(pool, way) -> None:
    """The pool is quiescent; the wait ends, and no line after it runs before the resume."""
    waits, future = waiting(pool, way)
    spinning(pool)
    with pool.pause("look", timeout=PATIENCE):
        assert pool.stragglers() == []
        assert future.status().state == "resting"
        assert "Waits" in future.where().function or future.where().function.startswith("Queue")
        waits.end()
        until(lambda: not waits.waiters(), what="it is woken")
        until(lambda: sys.monitoring.get_tool(4) is None, what="it is parked")
        assert future.status().state == "resting"
        assert not waits.after
        assert waits.queue.qsize() == 1
        assert waits.full.qsize() == 0
    assert future.result(PATIENCE) == "over"


@pytest.mark.parametrize("way", WAYS)
def test_it_waits_on_after_a_resume(pool, way) -> None:
    """Paused and resumed again and again while it waits, it misses nothing."""
    waits, future = waiting(pool, way)
    for _ in range(20):
        with pool.pause("look", timeout=PATIENCE):
            assert future.status().state == "resting"
        assert future.status().state == "running"
    waits.end()
    assert future.result(PATIENCE) == "over"
    assert waits.after == 1


def test_a_wait_that_is_the_task(pool) -> None:
    """The bound method itself may have been submitted."""
    items: queue.Queue[int] = queue.Queue()
    future = pool.submit(items.get)
    until(lambda: items.not_empty._waiters)
    with pool.pause("look", timeout=PATIENCE):
        items.put(5)
        until(lambda: sys.monitoring.get_tool(4) is None, what="it is parked")
        assert items.qsize() == 1
    assert future.result(PATIENCE) == 5


@pytest.mark.parametrize("way", ["get", "wait_for"])
def test_a_notification_is_passed_on(pool, way) -> None:
    """Who waits beside it is woken in its stead: a task at rest keeps nothing from anybody."""
    waits, future = waiting(pool, way)
    with pool.pause("look", timeout=PATIENCE):
        other = background(getattr(waits, way))
        until(lambda: waits.waiters() == 2)
        if way == "get":
            waits.queue.put(1)
        else:
            waits.is_over = True
            with waits.condition:
                waits.condition.notify()
        other.result(PATIENCE)
        assert not waits.after
    waits.queue.put(2)
    assert future.result(PATIENCE) == "over"


def test_an_event_misleads_nobody(pool, monkeypatch) -> None:
    """What wakes all is not passed on: whoever waits for a flag that is cleared waits on."""
    waits, future = waiting(pool, "event")
    leave, left = waits_module.leave_line, threading.Event()

    def late(frame) -> None:
        until(waits.waiters, what="somebody else waits for the flag, which is down again")
        leave(frame)
        left.set()

    monkeypatch.setattr("pausable._preempt.engine.lookout.leave_line", late)
    with pool.pause("look", timeout=PATIENCE):
        waits.flag.set()
        waits.flag.clear()
        other = background(waits.flag.wait)
        assert left.wait(PATIENCE)
        assert waits.waiters() == 1
        assert not other.done()
    assert future.result(PATIENCE) == "over"
    waits.flag.set()
    assert other.result(PATIENCE)


def test_a_wait_that_is_over_in_time_leaves_the_line(pool) -> None:
    """Its time runs on; a notification that comes later is not lost on it."""
    items: queue.Queue[int] = queue.Queue()
    began = threading.Event()

    def task() -> int:
        began.set()
        return items.get(timeout=0.2)

    future = pool.submit(task)
    assert began.wait(PATIENCE)
    until(lambda: items.not_empty._waiters)
    with pool.pause("look", timeout=PATIENCE):
        until(lambda: not items.not_empty._waiters, what="its time is up")
        other = background(items.get)
        until(lambda: items.not_empty._waiters)
        items.put(5)
        assert other.result(PATIENCE) == 5
    with pytest.raises(queue.Empty):
        future.result(PATIENCE)


def test_with_a_lock_it_does_not_count(pool) -> None:
    """It may hold what others wait for: it is a straggler, and rests when it has let go."""
    waits, lock = Waits(), threading.Lock()

    def task() -> None:
        with lock:
            waits.flag.wait()
        while not waits.is_over:
            pass

    pool.submit(task)
    until(lambda: waits.waiters() == 1)
    hold = pool.pause("look")
    assert not hold.wait(0.05)
    (straggler,) = pool.stragglers()
    assert straggler.why.startswith("holds lock")
    waits.flag.set()
    assert hold.wait(PATIENCE)
    assert not lock.locked()
    hold.release()
    waits.is_over = True


class Own(threading.Condition):
    """A condition of which nothing is known."""


def in_a_semaphore(semaphore) -> None:
    semaphore.acquire()


def in_its_own_condition(condition) -> None:
    with condition:
        condition.wait()


@pytest.mark.parametrize(
    ("task", "value", "end"),
    [
        (in_a_semaphore, threading.Semaphore(0), threading.Semaphore.release),
        (in_its_own_condition, Own(), lambda own: notify(own)),
    ],
)
def test_where_it_is_not_certain(pool, task, value, end) -> None:
    """It does not count, and its text says something."""
    future = pool.submit(task, value)
    until(lambda: future.where() is not None)
    hold = pool.pause("look")
    assert not hold.wait(0.05)
    assert pool.stragglers()[0].why
    hold.release()
    until(lambda: end(value) or future.done())


def notify(condition) -> None:
    with condition:
        condition.notify()


def test_what_helps_is_said(pool) -> None:
    """A call in C might be a wait: `resting()` is named; code of others: `always_safe_in()`."""
    items: queue.SimpleQueue[int] = queue.SimpleQueue()

    def task() -> int:
        return items.get()

    future = pool.submit(task)
    until(lambda: future.where() is not None)
    hold = pool.pause("look")
    until(lambda: pool.stragglers() and "resting()" in pool.stragglers()[0].why)
    hold.release()
    items.put(5)
    assert future.result(PATIENCE) == 5


@pytest.mark.parametrize("way", WAYS)
def test_a_stop(pool, way) -> None:
    """A task that was stopped in its wait ends when that is over; no line after it runs."""
    waits, future = waiting(pool, way)
    with pool.pause("look", timeout=PATIENCE):
        assert future.stop("enough")
        until(lambda: future.status().state == "stopping")
    assert not future.done()
    waits.end()
    until(future.done)
    assert future.cancelled()
    assert not waits.after


def test_a_step(pool) -> None:
    """There is no next line as long as it waits; then it rests there."""
    waits, future = waiting(pool, "event")
    with pool.pause("look", timeout=PATIENCE):
        with pytest.raises(TimeoutError):
            future.step(timeout=0.05)
        waits.end()
        until(lambda: future.status().state == "resting")
        assert not waits.after
    assert future.result(PATIENCE) == "over"


def test_a_wait_that_ends_as_it_is_counted(pool, monkeypatch) -> None:
    """It does not count, and rests at a line of its own, or counts, and rests at its end.

    1. The look L has seen the task T in its wait, and has set the event.
    2. T is woken, and comes to the event before L has the lock.
    3. L has the lock, and sees T inside the call no longer.
    """
    waits, future = waiting(pool, "event")
    count = dormancy.count_as_resting
    counted = []

    def late(task, place, is_certain):
        waits.flag.set()
        until(lambda: not waits.waiters())
        until(lambda: not is_certain(), what="it has come out")
        counted.append(count(task, place, is_certain))
        return counted[-1]

    monkeypatch.setattr("pausable._preempt.engine.look.count_as_resting", late)
    hold = pool.pause("look")
    assert counted == [None]
    until(lambda: future.done() or hold.wait(0))
    hold.release()
    assert future.result(PATIENCE) == "over"


def test_many_at_once(make_pool) -> None:
    """Hundreds of tasks that wait all count, also where two threads look in turns."""
    pool, others = make_pool(100), make_pool(100)
    flag = threading.Event()

    def task() -> int:
        flag.wait()
        return 1

    futures = [each.submit(task) for each in (pool, others) for _ in range(100)]
    until(lambda: len(flag._cond._waiters) == 200)

    def pauses(scope) -> None:
        for _ in range(10):
            with scope.pause("look", timeout=PATIENCE):
                assert scope.status().resting == 100

    try:
        for each in [background(pauses, pool), background(pauses, others)]:
            each.result(3 * PATIENCE)
    finally:
        flag.set()
    assert sum(each.result(PATIENCE) for each in futures) == 200


def test_other_threads_wait_as_ever(pool) -> None:
    """Events in the wait are nobody else's business."""
    waits, future = waiting(pool, "event")
    with pool.pause("look", timeout=PATIENCE):
        assert sys.monitoring.get_tool(4) == "pausable"
        items: queue.Queue[int] = queue.Queue()
        numbers = background(lambda: [items.get() for _ in range(1000)])
        for number in range(1000):
            items.put(number)
        assert numbers.result(PATIENCE) == list(range(1000))
        assert future.status().state == "resting"
    waits.end()


def test_a_slot_is_free_while_it_rests(make_pool) -> None:
    """A task of a group at rest in a wait keeps no slot from the others."""
    pool = make_pool(1)
    waits, _ = waiting(pool.group("waits"), "event")
    with pool.group("waits").pause("look", timeout=PATIENCE):
        assert pool.submit(int).result(PATIENCE) == 0
    waits.end()


def test_no_item_is_lost_or_taken_twice(make_pool) -> None:
    """Consumers are paused at random, beside others that are not: each item is taken once."""
    pool, dice = make_pool(3), random.Random(7)
    items: queue.Queue[int | None] = queue.Queue(2)
    taken: list[int] = []

    def consume() -> None:
        while (item := items.get()) is not None:
            taken.append(item)

    def produce() -> None:
        for number in range(2000):
            items.put(number)
        for _ in range(4):
            items.put(None)

    futures = [pool.submit(consume) for _ in range(3)]
    others = [background(consume), background(produce)]
    # Once the other consumer has its None, only those that are paused again and again could go on.
    while not any(each.done() for each in others):
        hold = pool.pause("look")
        if dice.random() < 0.7:
            assert hold.wait(PATIENCE)
        if dice.random() < 0.1 and len(taken) < 1900:
            before = len(taken)
            until(lambda before=before: len(taken) > before or others[0].done())  # by the other
        hold.release()
    for each in (*futures, *others):
        each.result(PATIENCE)
    assert sorted(taken) == list(range(2000))


def test_the_watched_code_is_not_cleared(pool, monkeypatch) -> None:
    """There is no moment without its event, though all else is cleared and armed meanwhile."""
    waits, future = waiting(pool, "event")
    hold = pool.pause("look")
    assert hold.wait(PATIENCE)
    monitor = pool._p_node.pool.others.engine._monitor
    seen = []
    monkeypatch.setattr(Monitor, "watch", lambda *_: seen.append("again"))
    monitor.clear()
    monitor.arm(threading.Condition.wait.__code__)
    waits.end()
    until(lambda: not waits.waiters())
    assert future.status().state == "resting"
    assert not waits.after
    hold.release()
    assert future.result(PATIENCE) == "over"
