"""`pause(running="finish")`: what runs goes on to its end, and nothing new starts."""

from __future__ import annotations

import threading

import pytest
from helpers import until
from workloads import Loop, Stuck, background

from pausable import checkpoint, resting, sleep


def test_running_tasks_go_on_and_queued_ones_do_not_start(pool) -> None:
    """Loops pass their checkpoints under the hold; what is queued waits for the resume."""
    loops = [Loop(), Loop()]
    futures = [pool.submit(loop) for loop in loops]
    for loop in loops:
        assert loop.began.wait(10)
    queued = pool.submit(int)
    pool.pause("drain", running="finish")
    rounds = [loop.rounds for loop in loops]
    until(lambda: all(loop.rounds > n + 20 for loop, n in zip(loops, rounds, strict=True)))
    assert pool.is_paused()
    for loop in loops:
        loop.go.set()
    for future in futures:
        assert future.result(10) > 0
    assert pool.wait_quiescent(10)
    assert pool.status().queued == 1
    assert not queued.done()
    pool.resume()
    assert queued.result(10) == 0


def test_quiescent_means_ended(pool) -> None:
    """The block is entered once the last running task has ended."""
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)

    def enter() -> bool:
        with pool.pause("drain", running="finish", timeout=20):
            return future.done()

    entering = background(enter)
    until(lambda: loop.rounds > 20)
    assert not entering.done()
    loop.go.set()
    assert entering.result(10) is True


def test_tasks_submitted_by_a_finishing_task_do_not_start(pool) -> None:
    """Nothing new starts, whoever submits it."""
    stuck = threading.Event()
    inner = []

    def task() -> None:
        assert stuck.wait(20)
        inner.append(pool.submit(int))
        checkpoint()

    future = pool.submit(task)
    until(future.running)
    pool.pause("drain", running="finish")
    stuck.set()
    future.result(10)
    assert pool.wait_quiescent(10)
    assert not inner[0].running()
    assert not inner[0].done()
    pool.resume()
    assert inner[0].result(10) == 0


def test_a_hold_that_lets_finish_does_not_weaken_one_that_does_not(pool) -> None:
    """Under both, tasks rest; when the stricter one goes, they finish under the other."""
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    finish = pool.pause("drain", running="finish")
    strict = pool.pause("freeze")
    assert strict.wait(10)
    assert pool.status().resting == 1
    queued = pool.submit(int)
    strict.release()
    rounds = loop.rounds
    until(lambda: loop.rounds > rounds)
    assert pool.is_paused()
    loop.go.set()
    future.result(10)
    assert not queued.done()
    finish.release()
    assert queued.result(10) == 0


def test_releasing_the_finish_hold_first(pool) -> None:
    """In the other order of release the tasks rest until the stricter one goes."""
    loop = Loop()
    pool.submit(loop)
    assert loop.began.wait(10)
    strict = pool.pause("freeze")
    finish = pool.pause("drain", running="finish")
    assert strict.wait(10)
    finish.release()
    assert pool.status().resting == 1
    strict.release()
    rounds = loop.rounds
    until(lambda: loop.rounds > rounds)


def test_a_group_and_a_task_may_finish(pool) -> None:
    """The same on a group and on a task: started ones go on, those that have not do not start."""
    loop = Loop()
    group = pool.group("g")
    future = group.submit(loop)
    assert loop.began.wait(10)
    group.pause("drain", running="finish")
    future.pause("drain", running="finish")
    rounds = loop.rounds
    until(lambda: loop.rounds > rounds)
    queued = group.submit(int)
    with pool.pause("x", timeout=10):
        held = pool.submit(Stuck())
        held.pause("not yet", running="finish")
    assert pool.submit(int).result(10) == 0
    assert not queued.done()
    group.resume()
    assert queued.result(10) == 0


def test_a_sleeping_task_goes_on_sleeping(pool) -> None:
    """A sleep under such a hold is no rest: the scope is quiescent when the task has ended."""
    began = threading.Event()

    def task() -> str:
        began.set()
        sleep(0.1)
        return "slept"

    future = pool.submit(task)
    assert began.wait(10)
    hold = pool.pause("drain", running="finish")
    assert hold.wait(10)
    assert future.done()
    assert future.result(0) == "slept"
    assert future.paused_time == 0


@pytest.mark.parametrize("running", ["Rest", "", None, True, "stop"])
def test_other_words_are_refused(pool, running) -> None:
    """Any other word is a clear error, and the pool stays open."""
    with pytest.raises((ValueError, TypeError), match="running"):
        pool.pause("x", running=running)
    assert not pool.is_paused()
    assert pool.submit(int).result(10) == 0


def test_one_task_that_is_waited_for_gives_its_slot_to_others(make_pool) -> None:
    """A task in `resting()` that is held to finish, and relied on as at rest, needs no slot."""
    pool = make_pool(1)
    inside, go = threading.Event(), threading.Event()

    def quiet() -> None:
        with resting():
            inside.set()
            assert go.wait(10)

    future = pool.submit(quiet)
    assert inside.wait(10)
    hold = future.pause("x", running="finish")
    assert hold.wait(10)
    assert pool.submit(int).result(10) == 0
    hold.release()
    go.set()
    assert future.result(10) is None
