"""A thread that a task starts in its own context rests and stops with the task."""

from __future__ import annotations

import contextvars
import threading

import pytest
from helpers import until
from workloads import Loop, background

from pausable import Stopped, TaskStopped, checkpoint, shield, sleep


class Helper:
    """What runs on a thread that a task has started: a loop that counts, and how it ended."""

    def __init__(self, step=checkpoint) -> None:
        self.step = step
        self.began, self.go = threading.Event(), threading.Event()
        self.rounds = 0
        self.outcome = None

    def __call__(self) -> None:
        try:
            self.began.set()
            while not self.go.is_set():
                self.step()
                self.rounds += 1
            self.outcome = "let go"
        except Stopped as stopped:
            self.outcome = stopped.reason


def started_by_a_task(pool, helper, loop):
    """Run *loop* as a task that has started *helper* on a thread, and joins it in the end."""

    def task() -> str:
        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(helper,))
        thread.start()
        try:
            loop()
        finally:
            thread.join(20)
        return "over"

    future = pool.submit(task)
    assert helper.began.wait(10)
    assert loop.began.wait(10)
    return future


def stands_still(helper: Helper) -> bool:
    """Say whether a helper whose gate is closed has come to its park, and stays there."""
    rounds = helper.rounds
    settled = threading.Event()
    settled.wait(0.01)
    return helper.rounds == rounds


@pytest.mark.parametrize("step", [checkpoint, lambda: sleep(0.0005), lambda: sleep(3600)])
@pytest.mark.parametrize("level", ["pool", "group", "task"])
def test_it_rests_with_the_task(pool, level, step) -> None:
    """Under a pause of the pool, the group or the task it stands still, and goes on after."""
    helper, loop = Helper(step), Loop()
    group = pool.group("g")
    future = started_by_a_task(group, helper, loop)
    scope = {"pool": pool, "group": group, "task": future}[level]
    hold = scope.pause("x", timeout=10)
    with hold:
        until(lambda: pool._p_node.pool.others.guests, what="the thread rests")
        rounds = helper.rounds
        assert stands_still(helper)
        assert helper.rounds == rounds
    loop.go.set()
    helper.go.set()
    if not helper.rounds:
        future.stop("it sleeps for an hour")
    until(future.done)


def test_quiescence_does_not_wait_for_it(pool) -> None:
    """A thread that comes to no checkpoint does not make its task a straggler."""
    helper, loop = Helper(threading.Event().wait), Loop()
    helper.step = lambda: helper.go.wait(20)
    future = started_by_a_task(pool, helper, loop)
    with pool.pause("x", timeout=10):
        assert pool.status().resting == 1
    loop.go.set()
    helper.go.set()
    assert future.result(10) == "over"


@pytest.mark.parametrize("paused", [False, True])
@pytest.mark.parametrize("step", [checkpoint, lambda: sleep(3600)])
def test_it_stops_with_the_task(pool, step, paused) -> None:
    """A stop is raised into the thread, too, with the same reason, while it rests or sleeps."""
    helper, loop = Helper(step), Loop()
    future = started_by_a_task(pool, helper, loop)
    if paused:
        assert pool.pause("x").wait(10)
        until(lambda: pool._p_node.pool.others.guests)
    future.stop("enough")
    with pytest.raises(TaskStopped):
        future.result(10)
    assert helper.outcome == "enough"


def test_a_shielded_task_may_wait_for_its_thread(pool) -> None:
    """While the task is in a shield, its threads do not rest either: it may be waiting for them."""
    helper = Helper()

    def task() -> str:
        with shield():
            thread = threading.Thread(target=contextvars.copy_context().run, args=(helper,))
            thread.start()
            thread.join(20)
        checkpoint()
        return "over"

    future = pool.submit(task)
    assert helper.began.wait(10)
    hold = pool.pause("x")
    rounds = helper.rounds
    until(lambda: helper.rounds > rounds + 5)
    helper.go.set()
    assert hold.wait(10)
    pool.resume()
    assert future.result(10) == "over"


def test_a_shield_of_the_thread(pool) -> None:
    """In a shield of its own the thread goes on while the task rests; after it, it rests."""
    inside, out = threading.Event(), threading.Event()

    def helps() -> None:
        with shield():
            inside.set()
            assert out.wait(20)
            checkpoint()
        helper()

    helper, loop = Helper(), Loop()

    def task() -> None:
        helping = background(contextvars.copy_context().run, helps)
        loop()
        helping.result(20)

    future = pool.submit(task)
    assert inside.wait(10)
    with pool.pause("x", timeout=10):
        out.set()
        until(lambda: pool._p_node.pool.others.guests, what="the thread rests")
    helper.go.set()
    loop.go.set()
    future.result(10)


def test_many_threads_of_one_task(pool) -> None:
    """Ten threads of a task rest and go on together, again and again."""
    helpers = [Helper() for _ in range(10)]

    def task() -> None:
        outcomes = [background(contextvars.copy_context().run, helper) for helper in helpers]
        for outcome in outcomes:
            outcome.result(20)

    future = pool.submit(task)
    for helper in helpers:
        assert helper.began.wait(10)
    for _ in range(20):
        pool.pause("x")
        until(lambda: len(pool._p_node.pool.others.guests) == 10)
        pool.resume()
        rounds = [helper.rounds for helper in helpers]
        until(lambda rounds=rounds: all(h.rounds > n for h, n in zip(helpers, rounds, strict=True)))
    for helper in helpers:
        helper.go.set()
    future.result(10)
