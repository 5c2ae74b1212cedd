"""`preemptive=`: of a pool, a group, a call; beside tasks that have checkpoints; with every hold."""

from __future__ import annotations

import sys
import threading

import pytest
from helpers import until
from preempt.form import PATIENCE
from preempt.spin import Spin, spinning
from workloads import Loop, Stuck

import pausable
from pausable import (
    NotQuiescent,
    PreemptionUnavailable,
    TaskStopped,
    ThreadPoolExecutor,
    checkpoint,
    resting,
    shield,
    sleep,
)


def see_it_does_not_rest(spin, future) -> None:
    """See that a task goes on under its pause."""
    assert future.is_paused()
    spin.wait_moved()
    assert future.status().state == "pausing"
    spin.is_over = True
    future.result(PATIENCE)


# Where it is said.


@pytest.mark.parametrize(
    ("of_pool", "of_group", "of_call", "rests"),
    [
        (True, None, None, True),
        (False, None, None, False),
        ("auto", None, None, True),
        (True, False, None, False),
        (False, True, None, True),
        (False, "auto", None, True),
        (True, None, False, False),
        (False, None, True, True),
        (False, None, "auto", True),
        (True, False, True, True),
        (False, True, False, False),
        (True, True, None, True),
    ],
)
def test_of_a_pool_a_group_and_a_call(make_pool, of_pool, of_group, of_call, rests) -> None:
    """The call says it, else the group, else the pool."""
    pool = make_pool(2, preemptive=of_pool)
    group = pool.group("g") if of_group is None else pool.group("g", preemptive=of_group)
    options = {} if of_call is None else {"preemptive": of_call}
    spin, future = spinning(group, **options)
    hold = pool.pause("look")
    assert future.status().is_preemptive is rests
    if rests:
        assert hold.wait(PATIENCE), pool.stragglers()
        assert future.status().state == "resting"
    else:
        see_it_does_not_rest(spin, future)
        assert hold.wait(PATIENCE)


def test_a_group_of_a_group(make_pool) -> None:
    """A group takes it from the scope above, at any depth."""
    pool = make_pool(2, preemptive=False)
    outer = pool.group("outer", preemptive=True)
    inner = outer.group("inner")
    assert [each.status().is_preemptive for each in (pool, outer, inner)] == [False, True, True]
    _, future = spinning(inner)
    with pool.pause("look", timeout=PATIENCE):
        assert future.status().state == "resting"


def test_a_group_is_asked_for_again(pool) -> None:
    """With what it was made with, or with nothing said, it is the same; with another, an error."""
    pool.group("g", preemptive=False)
    assert pool.group("g").status().is_preemptive is False
    assert pool.group("g", preemptive=False).status().is_preemptive is False
    with pytest.raises(ValueError, match="preemptive"):
        pool.group("g", preemptive=True)


def test_map_with_options(make_pool) -> None:
    """`options(preemptive=True).map()` makes tasks that rest anywhere, in chunks too."""
    pool = make_pool(2, preemptive=False)
    spins = [Spin() for _ in range(2)]
    results = pool.options(preemptive=True).map(lambda spin: spin(), spins)
    for spin in spins:
        spin.wait_moved()
    with pool.pause("look", timeout=PATIENCE):
        assert pool.status().resting == 2
        spins[0].is_over = spins[1].is_over = True
    assert all(results)
    assert list(pool.options(preemptive=True).map(abs, range(-9, 0), chunksize=4))


@pytest.mark.parametrize("value", [None, 1, 0, "yes", "", 1.5, [], "AUTO"])
def test_bad_values(make_pool, value) -> None:
    """Anything but `True`, `False` and `"auto"` is refused at the call."""
    with pytest.raises((TypeError, ValueError), match="preemptive"):
        ThreadPoolExecutor(2, preemptive=value)
    pool = make_pool(2)
    if value is not None:  # which means: as the scope
        with pytest.raises((TypeError, ValueError), match="preemptive"):
            pool.group("g", preemptive=value)
        with pytest.raises((TypeError, ValueError), match="preemptive"):
            pool.options(preemptive=value)
    assert pool.submit(int).result(PATIENCE) == 0


@pytest.mark.usefixtures("on_every_python")
def test_where_there_is_no_preemption(make_pool) -> None:
    """On CPython 3.11 `True` is refused with what to do, and `"auto"` is cooperative."""
    pool = make_pool(2, preemptive="auto")
    assert pool.status().is_preemptive is (sys.version_info >= (3, 12))
    if sys.version_info < (3, 12):
        with pytest.raises(PreemptionUnavailable, match=r"3\.12") as caught:
            ThreadPoolExecutor(2, preemptive=True)
        assert isinstance(caught.value, pausable.PausableError)
        assert isinstance(caught.value, RuntimeError)
        assert "auto" in str(caught.value)
        for refused in (pool.group, pool.options):
            with pytest.raises(PreemptionUnavailable):
                refused(*(["g"] if refused == pool.group else []), preemptive=True)
    loop = Loop()
    pool.submit(loop)
    assert loop.began.wait(PATIENCE)
    with pool.pause("look", timeout=PATIENCE):
        assert pool.status().resting == 1


@pytest.mark.usefixtures("on_every_python")
def test_by_default_it_is_off(make_pool) -> None:
    """A pool of which nothing is said rests its tasks at checkpoints only."""
    pool = make_pool(2, preemptive=False)
    assert ThreadPoolExecutor(1).status().is_preemptive is False
    spin, future = spinning(pool)
    pool.pause("look")
    see_it_does_not_rest(spin, future)


def test_what_the_status_says(pool) -> None:
    """Of the pool, of a group, of a task: whether it rests anywhere."""
    group = pool.group("slow", preemptive=False)
    quick, slow = spinning(pool), spinning(group)
    status = pool.status()
    assert status.is_preemptive
    assert not status.groups["slow"].is_preemptive
    assert {each.name: each.is_preemptive for each in status.tasks} == {
        quick[1].name: True,
        slow[1].name: False,
    }
    slow[0].is_over = True


# With checkpoints, and the rest of the family.


def test_cooperative_tasks_beside_preemptive_ones(make_pool) -> None:
    """All rest; a cooperative one without a checkpoint is the only straggler."""
    pool = make_pool(4)
    loop, stuck = Loop(), Stuck()
    futures = [pool.options(preemptive=False).submit(each) for each in (loop, stuck)]
    _, spun = spinning(pool)
    assert stuck.began.wait(PATIENCE)
    hold = pool.pause("look")
    for each in (futures[0], spun):
        assert each.pause("look").wait(PATIENCE)
        assert each.status().state == "resting"
    assert [each.task for each in pool.stragglers()] == [futures[1].name]
    stuck.go.set()
    assert hold.wait(PATIENCE)


def test_a_checkpoint_in_a_preemptive_pool(pool) -> None:
    """A task that has checkpoints rests, at one or between two lines: the state is the same."""
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(PATIENCE)
    states = []
    forget = pool.observe(states.append)
    for _ in range(50):
        with pool.pause("look", timeout=PATIENCE):
            rounds = loop.rounds
            assert future.status().state == "resting"
            assert loop.rounds == rounds
    forget()
    kinds = [type(each).__name__ for each in states]
    assert kinds.count("TaskRested") == kinds.count("TaskResumed") == 50
    assert all(each.where for each in states if type(each).__name__ == "TaskRested")


def test_a_sleep_in_a_preemptive_pool(pool) -> None:
    """`pausable.sleep()` rests at once, and a stop ends it."""
    future = pool.submit(sleep, 3600)
    until(future.running)
    with pool.pause("look", timeout=PATIENCE):
        assert future.status().state == "resting"
    future.stop("enough")
    with pytest.raises(TaskStopped):
        future.result(PATIENCE)


def test_a_resting_block_in_a_preemptive_pool(pool) -> None:
    """In the block the task counts as at rest; its code after the block waits for the resume."""
    go, after = threading.Event(), []

    def task() -> None:
        with resting():
            go.wait(PATIENCE)
        after.append(True)

    future = pool.submit(task)
    until(lambda: pool.status().resting == 1)
    with pool.pause("look", timeout=PATIENCE):
        go.set()
        assert future.status().state == "resting"
        assert not after
    future.result(PATIENCE)
    assert after


def test_code_in_a_resting_block_does_not_rest(pool) -> None:
    """A block that works on, though it counts as at rest, is not made to rest in its middle."""
    over, rounds = threading.Event(), [0]

    def task() -> str:
        with resting():
            while not over.is_set():
                rounds[0] += 1
        return "over"

    future = pool.submit(task)
    until(lambda: rounds[0] > 0)
    with pool.pause("look", timeout=PATIENCE):
        before = rounds[0]
        until(lambda: rounds[0] > before)
        over.set()
    assert future.result(PATIENCE) == "over"


def test_a_shield_in_a_preemptive_pool(pool) -> None:
    """In the block the task goes on, named as shielded; it rests, and stops, right after it."""
    over, began, after, rounds = threading.Event(), threading.Event(), [], [0]

    def task() -> None:
        with shield():
            began.set()
            while not over.is_set():
                rounds[0] += 1
        while True:
            after.append(True)

    future = pool.submit(task)
    assert began.wait(PATIENCE)
    with pytest.raises(NotQuiescent, match="shield"), pool.pause("look", timeout=0.01):
        pytest.fail("it rests in its shield")
    hold = pool.pause("look")
    before = rounds[0]
    until(lambda: rounds[0] > before + 1000)
    over.set()
    assert hold.wait(PATIENCE)
    rested = len(after)
    assert future.stop("enough")
    with pytest.raises(TaskStopped):
        future.result(PATIENCE)
    assert len(after) == rested


def test_a_stop_waits_for_the_end_of_a_shield(pool) -> None:
    """A task stopped in a shield completes the block, and none of its lines after that."""
    over, began, done = threading.Event(), threading.Event(), []

    def task() -> None:
        with shield():
            began.set()
            while not over.is_set():
                pass
            done.append("block")
        for _ in range(10**9):
            done.append("after")
            checkpoint()

    future = pool.submit(task)
    assert began.wait(PATIENCE)
    future.stop("enough")
    over.set()
    with pytest.raises(TaskStopped):
        future.result(PATIENCE)
    assert done[0] == "block"
    assert len(done) <= 2
