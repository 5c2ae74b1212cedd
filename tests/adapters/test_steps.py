"""The adapter of steps: what a seat that is no thread's asks of the seams, beyond the contract."""

from __future__ import annotations

import ctypes
import threading
from contextvars import copy_context

import pytest
from adapters.drivers import Steps
from adapters.steps import StepExecutor
from helpers import until

import pausable
from pausable import ThreadPoolExecutor, checkpoint
from pausable._core.decision import decide
from pausable._core.derived import validate
from pausable._core.waiters import Waiter, delist, enlist
from pausable.scopes import attendance

SOON = 20.0


@pytest.fixture
def steps():
    """Give the driver of the adapter."""
    driver = Steps()
    yield driver
    driver.end()
    assert not any(validate(executor.pool) for executor in driver.made)


class Walk:
    """A task that notes what it does at each step, until it is let go."""

    def __init__(self, do=lambda: None):
        self.count = 0
        self.go = False
        self.do = do

    def __call__(self):
        while not self.go:
            self.do()
            self.count += 1
            yield
        return self.count


def test_tasks_are_under_way_at_once_on_one_thread(steps):
    """Each does a step in turn, and none of them is on a thread of its own."""
    executor, done = steps.make(), []

    def walk(name):
        for number in range(3):
            done.append((name, number, threading.get_ident()))
            yield
        return name

    futures = [executor.submit(walk, name) for name in "ab"]
    while executor.step():
        pass
    me = threading.get_ident()
    assert done == [(name, number, me) for number in range(3) for name in "ab"]
    assert [future.result(0) for future in futures] == ["a", "b"]


def test_a_checkpoint_within_a_step_does_not_park(steps):
    """It lets a pause go by, at which its task rests at its `yield`; the thread goes on."""
    executor, walk = steps.make(), Walk()
    future = executor.submit(walk)
    executor.step()

    def pauses():
        executor.pause("from within")
        checkpoint()

    walk.do = pauses
    assert executor.step()
    assert (walk.count, executor.status().running) == (2, 1)
    assert not executor.step()
    assert future.status().state == "resting"


def test_a_checkpoint_within_a_step_sees_a_stop(steps):
    """`Stopped` is raised there and then."""
    executor, walk = steps.make(), Walk()
    future = executor.submit(walk)
    executor.step()
    seen = []

    def stops():
        future.stop("not needed")
        checkpoint()
        seen.append("went on")

    walk.do = stops
    executor.step()
    assert (future.cancelled(), walk.count, seen) == (True, 1, [])


def test_sleep_within_a_step_is_over_in_spite_of_a_pause(steps):
    """The thread sleeps, which cannot rest there: it does not wait for a resume."""
    executor = steps.make()

    def sleeps():
        executor.pause("from within")
        pausable.sleep(0.001)
        with pausable.resting():
            pass

    walk = Walk(sleeps)
    executor.submit(walk)
    executor.step()
    assert (walk.count, executor.status().resting) == (1, 0)
    assert not executor.step()
    assert executor.status().resting == 1


def test_a_thread_that_such_a_task_starts_rests_with_it(steps):
    """It is a guest: it parks at its checkpoint, and goes on with the task."""
    executor, began, rounds = steps.make(), threading.Event(), []
    walk = Walk()

    def guest():
        while not walk.go:
            checkpoint()
            rounds.append(1)
            began.set()
            threading.Event().wait(0.001)

    def starts():
        walk.do = lambda: None
        thread = threading.Thread(target=copy_context().run, args=[guest])
        thread.start()
        threads.append(thread)

    threads = []
    walk.do = starts
    executor.submit(walk)
    executor.step()
    assert began.wait(SOON)
    executor.pause("a while")
    executor.step()
    until(lambda: executor.pool.others.guests)
    count = len(rounds)
    assert executor.status().resting == 1
    assert len(rounds) == count
    executor.resume()
    until(lambda: len(rounds) > count)
    walk.go = True
    threads[0].join(SOON)
    assert not threads[0].is_alive()


def test_whoever_has_not_come_to_its_yield_is_a_straggler(steps):
    """It is named with the line at which its generator stands, though no thread is in it."""
    executor, walk = steps.make(), Walk()
    future = executor.submit(walk)
    executor.step()
    executor.pause("a while")
    (straggler,) = executor.stragglers()
    assert straggler.task == future.name
    assert straggler.where == future.where()
    assert future.stack()[-1].line == "yield"
    executor.step()
    assert not executor.stragglers()
    assert future.locals()["self"].startswith("<")


def test_it_is_run_by_a_task_of_threads(steps):
    """The steps of the one are in a step of the other: each checkpoint is its own task's."""
    executor = steps.make()
    names = []

    def walk():
        names.append(pausable.current_task().name)
        yield
        names.append(pausable.current_task().name)

    def run():
        while executor.step():
            names.append(pausable.current_task().name)

    executor.options(name="inner").submit(walk)
    with ThreadPoolExecutor(1) as pool:
        pool.options(name="outer").submit(run).result(SOON)
    assert names == ["inner", "outer", "inner", "outer"]


def test_a_seat_that_was_left_is_told_of(monkeypatch):
    """Once for each, by whoever has left it, when nothing of the executor is left."""
    left = []
    monkeypatch.setattr(StepExecutor, "left", lambda _, seat: left.append(seat))
    executor = StepExecutor(2)
    futures = [executor.submit(int) for _ in range(4)]
    assert executor.shutdown()
    assert all(future.done() for future in futures)
    assert len(left) == len(set(left)) == 2
    assert not executor.pool.seats


class Bell:
    """Anything that can be woken."""

    def __init__(self):
        self.rings = 0

    def wake(self):
        self.rings += 1


def test_a_wait_for_a_fact_needs_no_thread(steps):
    """Whatever can be woken is told that it has come true, once."""
    executor, bell = steps.make(), Bell()
    executor.submit(Walk())
    executor.step()
    root = executor.pool.root
    waiter = Waiter(lambda _: not root.busy(), bell)
    decide(executor.pool, enlist, root, waiter)
    executor.pause("a while")
    assert (waiter.was_true, bell.rings) == (False, 0)
    executor.step()
    assert (waiter.was_true, bell.rings) == (True, 1)
    decide(executor.pool, delist, root, waiter)
    assert not executor.pool.others.waiting


@pytest.mark.parametrize("way", ["checkpoint", "map"])
def test_all_ask_one_flag(monkeypatch, way):
    """Bound to shared memory, as in a worker process, it says whether a checkpoint looks further."""
    memory = (ctypes.c_ubyte * 1)()
    monkeypatch.setattr(attendance, "flag", ctypes.c_ubyte.from_buffer(memory))
    began, go, passed = threading.Event(), threading.Event(), []

    def item(number):
        passed.append(number)
        began.set()
        assert go.wait(SOON)
        if way == "checkpoint":
            checkpoint()
            passed.append("went on")
        return number

    with ThreadPoolExecutor(1) as pool:
        results = pool.map(item, [1, 2], chunksize=2) if way == "map" else pool.map(item, [1])
        assert began.wait(SOON)
        pool.pause("a while")
        memory[0] = 1
        go.set()
        assert pool.wait_quiescent(SOON)
        assert passed == [1]
        pool.resume()
        memory[0] = 0
        list(results)
    assert passed == ([1, 2] if way == "map" else [1, "went on"])


def test_a_flag_that_is_down_is_not_looked_behind(monkeypatch):
    """Nothing else is asked: a task passes its checkpoint though its gate is closed."""
    monkeypatch.setattr(attendance, "flag", ctypes.c_ubyte(0))
    with ThreadPoolExecutor(1) as pool:

        def pauses():
            pool.pause("from within")
            checkpoint()
            return "went on"

        assert pool.submit(pauses).result(SOON) == "went on"
        pool.resume()
