"""Every hold that there is, on tasks without a checkpoint: of parts, for a while, by themselves."""

from __future__ import annotations

import threading

import pytest
from helpers import until
from preempt.form import PATIENCE
from preempt.in_c import FlagInC
from preempt.spin import Spin, spinning
from workloads import background

import pausable
from pausable import NotQuiescent, TaskStopped


def test_nothing_of_the_pool_runs_in_the_block(make_pool) -> None:
    """`with pool.pause()`: the counters of eight tasks stand still in it, and go on after it."""
    pool = make_pool(8)
    spins = [spinning(pool)[0] for _ in range(8)]
    for _ in range(10):
        with pool.pause("backup", timeout=PATIENCE):
            before = [spin.rounds for spin in spins]
            background(sum, range(100_000)).result(PATIENCE)
            assert [spin.rounds for spin in spins] == before
            assert pool.status().resting == 8
        for spin in spins:
            spin.wait_moved()


def test_all_pools(make_pool) -> None:
    """`with pausable.pause()`: so do the counters of tasks of several pools, also of a task's own."""
    pools = [make_pool(2), make_pool(2)]
    spins = [spinning(pool)[0] for pool in pools]

    def alone() -> bool:
        with pausable.pause("from a task", timeout=PATIENCE):
            before = [spin.rounds for spin in spins]
            background(sum, range(100_000)).result(PATIENCE)
            return [spin.rounds for spin in spins] == before

    with pausable.pause("backup", timeout=PATIENCE):
        before = [spin.rounds for spin in spins]
        background(sum, range(100_000)).result(PATIENCE)
        assert [spin.rounds for spin in spins] == before
        future = pools[0].submit(alone)
    assert future.result(PATIENCE) is True
    for spin in spins:
        spin.wait_moved()


def test_a_group_alone(make_pool) -> None:
    """While a group rests, its slots are others'; the rest of the pool goes on."""
    pool = make_pool(2)
    group = pool.group("g")
    held, free = spinning(group), spinning(pool)
    with group.pause("look", timeout=PATIENCE):
        before = held[0].rounds
        assert held[1].status().state == "resting"
        assert pool.submit(int).result(PATIENCE) == 0
        free[0].wait_moved()
        assert held[0].rounds == before
    held[0].wait_moved()


def test_a_task_alone(make_pool) -> None:
    """Two tasks that run the same code: one rests, the other goes on."""
    pool = make_pool(2)
    held, free = spinning(pool), spinning(pool)
    with held[1].pause("look", timeout=PATIENCE):
        before = held[0].rounds
        free[0].wait_moved()
        assert held[0].rounds == before
        assert free[1].status().state == "running"
    held[0].wait_moved()


def test_code_that_a_task_shares_with_other_threads(pool) -> None:
    """Another thread that runs the code of a resting task is not held up."""
    spinning(pool)
    mine = Spin()
    with pool.pause("look", timeout=PATIENCE):
        outcome = background(mine)
        mine.wait_moved()
        mine.is_over = True
        assert outcome.result(PATIENCE) == mine.rounds


def test_two_pools_that_run_the_same_code(make_pool) -> None:
    """A pause of one does not touch the other, preemptive or not."""
    pool, other, plain = make_pool(1), make_pool(1), make_pool(1, preemptive=False)
    held, free, cooperative = (spinning(each) for each in (pool, other, plain))
    with pool.pause("look", timeout=PATIENCE):
        before = held[0].rounds
        free[0].wait_moved()
        cooperative[0].wait_moved()
        assert held[0].rounds == before
    cooperative[0].is_over = True


def test_finish(pool) -> None:
    """Under `running="finish"` what runs goes on to its end; nothing new starts."""
    spin, future = spinning(pool)
    hold = pool.pause("drain", running="finish")
    queued = pool.submit(int)
    spin.wait_moved()
    assert future.status().state != "resting"
    spin.is_over = True
    assert hold.wait(PATIENCE)
    assert future.done()
    assert not queued.done()


def test_finish_and_rest_together(pool) -> None:
    """A hold to rest makes a task rest that another hold lets finish, for as long as it lasts."""
    spin, future = spinning(pool)
    pool.pause("drain", running="finish")
    with pool.pause("look", timeout=PATIENCE):
        assert future.status().state == "resting"
    spin.wait_moved()


def test_a_task_that_pauses_its_own_pool(make_pool) -> None:
    """In its block the others rest and it does not, though it runs the same code."""
    pool = make_pool(3)
    spins = [spinning(pool)[0] for _ in range(2)]

    def maintain() -> bool:
        with pool.pause("maintenance", timeout=PATIENCE):
            before = [spin.rounds for spin in spins]
            for _ in range(10_000):
                pass
            return before == [spin.rounds for spin in spins]

    for _ in range(10):
        assert pool.submit(maintain).result(PATIENCE)
    for spin in spins:
        spin.wait_moved()


def test_a_task_that_pauses_itself(pool) -> None:
    """A plain `pause()` of its own pool makes a task rest before its next line."""
    after = []

    def task() -> str:
        pool.pause("myself")
        after.append("the line after")
        return "resumed"

    future = pool.submit(task)
    until(lambda: future.status().state == "resting")
    assert not after
    pool.resume()
    assert future.result(PATIENCE) == "resumed"


def test_a_hold_with_a_duration(pool) -> None:
    """When it is over the task goes on by itself."""
    spin, _ = spinning(pool)
    hold = pool.pause("a moment", duration=0.05)
    hold.wait(PATIENCE)
    until(lambda: hold.is_released())
    spin.wait_moved()


def test_several_holds(pool) -> None:
    """The task goes on when the last one is released."""
    spin, future = spinning(pool)
    holds = [pool.pause("one"), future.pause("two"), pool.pause("three")]
    for hold in holds:
        assert hold.wait(PATIENCE)
        assert future.status().state == "resting"
        before = spin.rounds
        hold.release()
        if hold is not holds[-1]:
            assert future.is_quiescent()
            assert spin.rounds == before
    spin.wait_moved()


def test_again_and_again(make_pool) -> None:
    """Hundreds of pauses and resumes in a row: in each all rest, and in the end all go on."""
    pool = make_pool(4)
    spins = [spinning(pool)[0] for _ in range(4)]
    for _ in range(300):
        with pool.pause("look", timeout=PATIENCE):
            assert pool.status().resting == 4
    for spin in spins:
        spin.wait_moved()


def test_a_wait_that_is_over_in_time(pool) -> None:
    """A task in a C call is in time for nobody: `with` raises, and the pool is open again."""
    began, go = threading.Event(), FlagInC()

    def task() -> None:
        began.set()
        go.wait(timeout=PATIENCE)

    future = pool.submit(task)
    assert began.wait(PATIENCE)
    with pytest.raises(NotQuiescent), pool.pause("look", timeout=0.01):
        pytest.fail("it rests in a C call")
    assert not pool.is_paused()
    go.set()
    assert future.result(PATIENCE) is None


def test_new_tasks_start_after_the_resume(pool) -> None:
    """What was submitted under the pause runs no line before its end, and all of them after it."""
    began = []

    def task(number: int) -> int:
        began.append(number)
        return number

    with pool.pause("look", timeout=PATIENCE):
        futures = [pool.submit(task, number) for number in range(20)]
        background(int).result(PATIENCE)
        assert not began
    assert [future.result(PATIENCE) for future in futures] == list(range(20))


def test_a_slot_is_given_back_at_rest(make_pool) -> None:
    """With one worker: while a task rests on its own account another runs, and is waited for."""
    pool = make_pool(1)
    spin, future = spinning(pool)
    future.pause("make way")
    other, others = spinning(pool)
    future.resume()
    before = spin.rounds
    other.wait_moved()
    assert spin.rounds == before
    other.is_over = True
    assert others.result(PATIENCE)
    spin.wait_moved()


def test_active_time_does_not_count_the_rest(pool) -> None:
    """At rest `active_time` stands still and `paused_time` grows."""
    _, future = spinning(pool)
    with pool.pause("look", timeout=PATIENCE):
        active, paused = future.active_time, future.paused_time
        background(sum, range(100_000)).result(PATIENCE)
        assert future.active_time == active
        assert future.paused_time > paused
    assert future.stop("enough")
    with pytest.raises(TaskStopped):
        future.result(PATIENCE)
