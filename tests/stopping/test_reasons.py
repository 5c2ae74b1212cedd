"""The reason of a stop: the first one counts, and everybody gets it."""

from __future__ import annotations

import pickle
import threading

import pytest
from helpers import until
from workloads import Stuck, background

from pausable import Stopped, TaskStopped, checkpoint, sleep


def test_a_stop_is_idempotent_and_the_first_reason_counts(pool) -> None:
    """Stopped again and again, by anybody, with other reasons: the task gets the first."""
    stuck = Stuck()
    future = pool.submit(stuck)
    assert stuck.began.wait(10)
    assert future.stop("first") is True
    for number in range(5):
        assert future.stop(f"later {number}") is True
    pool.stop("all")
    assert future.status().stop_reason == "first"
    assert future.status().state == "stopping"
    stuck.go.set()
    with pytest.raises(TaskStopped, match="first") as caught:
        future.result(10)
    assert caught.value.reason == "first"
    assert future.stop("after all") is False


def test_the_task_sees_the_reason(pool) -> None:
    """`Stopped` in the task carries it, and so does the error of whoever waits."""
    seen: list[str] = []

    def task() -> None:
        try:
            sleep(3600)
        except Stopped as stopped:
            seen.append(stopped.reason)
            raise

    future = pool.submit(task)
    until(lambda: pool._p_node.resters.sleepers, what="it sleeps")
    future.stop("quota «used up»\n")
    with pytest.raises(TaskStopped) as caught:
        future.result(10)
    assert seen == [caught.value.reason] == ["quota «used up»\n"]
    assert future.name in str(caught.value)


def test_a_stop_without_a_reason_has_one(pool) -> None:
    """The default says something, and says it once."""
    future = pool.submit(sleep, 3600)
    until(future.running)
    future.stop()
    with pytest.raises(TaskStopped) as caught:
        future.result(10)
    assert caught.value.reason == "stopped"
    assert str(caught.value) == f"{future.name} was stopped"


@pytest.mark.parametrize("started", [True, False], ids=["started", "queued"])
def test_the_holds_it_was_under(make_pool, started) -> None:
    """The error names them: the task's own, its group's and its pool's, as they were then."""
    pool = make_pool(1)
    group = pool.group("g")
    other = None if started else pool.submit(sleep, 3600)
    future = group.submit(sleep, 3600)
    until(future.running if started else other.running)
    pool.pause("the pool", owner="one")
    group.pause("the group", owner="two")
    future.pause("the task", owner="three")
    released = pool.pause("before")
    released.release()
    future.stop("enough")
    if started:
        pool.resume(), group.resume(), future.resume()
    with pytest.raises(TaskStopped, match="enough") as caught:
        future.result(10)
    pool.resume()
    holds = caught.value.holds
    assert [(hold.scope, hold.reason, hold.owner) for hold in holds] == [
        (future.name, "the task", "three"),
        ("g", "the group", "two"),
        (pool.name, "the pool", "one"),
    ]
    assert pickle.loads(pickle.dumps(caught.value)).holds == holds
    if other is not None:
        other.stop()
        group.resume()


def test_without_a_hold_there_are_none(pool) -> None:
    """A stop of what nobody has paused names no hold; nor does one that was waived or released."""
    future = pool.submit(sleep, 3600)
    until(future.running)
    pool.pause("x").release()
    future.stop("enough")
    with pytest.raises(TaskStopped) as caught:
        future.result(10)
    assert caught.value.holds == ()


def test_the_reason_of_one_that_had_not_started(pool) -> None:
    """It is in the error and in the status, too."""
    pool.pause("x")
    future = pool.submit(int)
    future.stop("not needed")
    with pytest.raises(TaskStopped, match="not needed"):
        future.result(0)
    assert future.status().stop_reason == "not needed"
    assert future.status().state == "stopped"


def test_of_many_stops_at_once_one_counts(pool) -> None:
    """Ten threads stop one task: the task gets one reason, the same as everybody else."""
    for _ in range(30):
        seen: list[str] = []
        began = threading.Event()

        def task(seen=seen, began=began) -> None:
            try:
                began.set()
                while True:
                    checkpoint()
            except Stopped as stopped:
                seen.append(stopped.reason)
                raise

        future = pool.submit(task)
        assert began.wait(10)
        outcomes = [background(future.stop, str(number)) for number in range(10)]
        with pytest.raises(TaskStopped) as caught:
            future.result(10)
        assert any(outcome.result(10) for outcome in outcomes)
        assert seen == [caught.value.reason]


def test_a_stopped_task_in_the_status(pool) -> None:
    """Started and stopped, its status says so, and not only that it is cancelled."""
    future = pool.submit(sleep, 3600)
    until(future.running)
    future.stop("enough")
    with pytest.raises(TaskStopped):
        future.result(10)
    status = future.status()
    assert status.state == "stopped"
    assert status.stop_reason == "enough"
    assert not status.is_paused
