"""A task that pauses its own scope: not stopped by its own hold, and never two at once."""

from __future__ import annotations

import threading

import pytest
from helpers import until
from workloads import Loop, Stuck

from pausable import NotQuiescent, checkpoint, current_task, shield, sleep


def test_a_task_is_not_made_to_rest_by_its_own_block(make_pool) -> None:
    """In `with pool.pause()` the task passes its checkpoints and sleeps; all others rest."""
    pool = make_pool(3)
    loops = [Loop(), Loop()]
    for loop in loops:
        pool.submit(loop)
        assert loop.began.wait(10)

    def alone() -> bool:
        with pool.pause("alone", timeout=20):
            before = [loop.rounds for loop in loops]
            for _ in range(100):
                checkpoint()
            sleep(0.05)
            return before == [loop.rounds for loop in loops]

    assert pool.submit(alone).result(20) is True
    assert not pool.is_paused()
    rounds = [loop.rounds for loop in loops]
    until(lambda: all(loop.rounds > n for loop, n in zip(loops, rounds, strict=True)))


@pytest.mark.parametrize("level", ["pool", "group", "nested", "task"])
def test_a_block_on_any_scope_that_holds_the_task(pool, level) -> None:
    """The task's own pool, group, nested group or itself: it enters, and it goes on after."""
    group = pool.group("g")
    nested = group.group("n")

    def task() -> str:
        own = current_task()
        scope = {"pool": pool, "group": group, "nested": nested, "task": own}[level]
        with scope.pause("alone", timeout=20):
            checkpoint()
            assert scope.is_paused()
        checkpoint()
        return "went on"

    assert nested.submit(task).result(20) == "went on"


def test_after_the_block_the_task_rests_like_any_other(pool) -> None:
    """The exemption ends with the block: a hold placed meanwhile by somebody else counts then."""
    inside, go = threading.Event(), threading.Event()
    after = []

    def task() -> None:
        with pool.pause("mine", timeout=20):
            inside.set()
            assert go.wait(20)
            checkpoint()
        checkpoint()
        after.append(1)

    future = pool.submit(task)
    assert inside.wait(10)
    hold = pool.pause("yours")
    go.set()
    assert hold.wait(10)
    assert future.status().state == "resting"
    assert not after
    hold.release()
    future.result(10)
    assert after


def test_an_older_hold_comes_first(pool) -> None:
    """A task that pauses a pool that somebody pauses already rests until that one resumes."""
    go, entered = threading.Event(), threading.Event()

    def task() -> None:
        assert go.wait(20)
        with pool.pause("mine", timeout=20):
            entered.set()

    future = pool.submit(task)
    until(future.running)
    hold = pool.pause("older")
    go.set()
    assert hold.wait(10)
    assert not entered.is_set()
    hold.release()
    future.result(10)
    assert entered.is_set()
    assert not pool.is_paused()


@pytest.mark.parametrize("running", ["rest", "finish"])
@pytest.mark.parametrize("tasks", [2, 5])
def test_tasks_that_do_so_at_once_never_meet_inside(make_pool, tasks, running) -> None:
    """Many tasks with such blocks, again and again: one inside at a time, and all get through."""
    pool = make_pool(tasks)
    inside: list[int] = []
    met: list[int] = []
    barrier = threading.Barrier(tasks)

    def task(number: int) -> int:
        barrier.wait(20)
        for _ in range(3 if running == "rest" else 1):
            with pool.pause(f"alone {number}", running=running, timeout=20):
                inside.append(number)
                for _ in range(5):
                    checkpoint()
                    sleep(0.0005)
                if len(inside) > 1:
                    met.extend(inside)
                inside.remove(number)
            checkpoint()
        return number

    futures = [pool.submit(task, number) for number in range(tasks)]
    assert [future.result(40) for future in futures] == list(range(tasks))
    assert not met
    assert not pool.is_paused()


def test_tasks_of_a_group_and_of_its_pool_never_meet_inside(make_pool) -> None:
    """The same where one pauses the pool and the other its group."""
    pool = make_pool(2)
    group = pool.group("g")
    barrier = threading.Barrier(2)
    inside: list[str] = []
    met: list[str] = []

    def task(scope) -> str:
        for _ in range(20):
            barrier.wait(20)
            with scope.pause("alone", timeout=20):
                inside.append(scope.name)
                checkpoint()
                sleep(0.0005)
                met.extend(inside[1:])
                inside.remove(scope.name)
            checkpoint()
        return scope.name

    futures = [group.submit(task, group), group.submit(task, pool)]
    assert [future.result(40) for future in futures] == ["g", pool.name]
    assert not met


def test_a_task_that_holds_its_group_may_pause_the_pool(make_pool) -> None:
    """Holding the group, waiting for the pool, while another task waits for the pool: both go in."""
    pool = make_pool(2)
    group = pool.group("g")
    has_group, has_pool = threading.Event(), threading.Event()
    inside: list[str] = []
    met: list[str] = []

    def visit(name: str) -> None:
        inside.append(name)
        sleep(0.005)
        met.extend(inside[1:])
        inside.remove(name)

    def upwards() -> None:
        with group.pause("group", timeout=20):
            has_group.set()
            assert has_pool.wait(20)
            with pool.pause("pool", timeout=20):
                visit("upwards")

    def straight() -> None:
        assert has_group.wait(20)
        hold = pool.pause("pool too", timeout=20)
        has_pool.set()
        with hold:
            visit("straight")

    futures = [group.submit(upwards), pool.submit(straight)]
    for future in futures:
        future.result(30)
    assert not met


def test_blocks_of_one_task_may_be_nested(make_pool) -> None:
    """A task may pause its pool twice, and its group within that."""
    pool = make_pool(2)
    group = pool.group("g")
    loop = Loop()
    pool.submit(loop)

    def task() -> bool:
        with pool.pause("outer", timeout=20):
            with group.pause("group", timeout=20), pool.pause("inner", timeout=20):
                checkpoint()
            checkpoint()
            rounds = loop.rounds
            sleep(0.02)
            return rounds == loop.rounds

    assert group.submit(task).result(20) is True
    assert not pool.is_paused()
    assert not group.is_paused()


def test_a_block_that_fails_ends_the_exemption(make_pool) -> None:
    """After NotQuiescent, and after an error in the block, the task rests at others' holds again."""
    pool = make_pool(2)
    stuck, go = Stuck(), threading.Event()
    pool.submit(stuck)
    assert stuck.began.wait(10)

    def task() -> str:
        with pytest.raises(NotQuiescent), pool.pause("mine", timeout=0.02):
            pass
        stuck.go.set()
        with pytest.raises(ZeroDivisionError), pool.pause("mine", timeout=20):
            raise ZeroDivisionError
        go.set()
        while go.is_set():
            checkpoint()
        return "went on"

    future = pool.submit(task)
    assert go.wait(10)
    hold = pool.pause("yours")
    assert hold.wait(10)
    assert future.status().state == "resting"
    go.clear()
    hold.release()
    assert future.result(10) == "went on"


def test_a_plain_pause_by_a_task_holds_it_too(pool) -> None:
    """Without `with` it is a pause like any other: the task rests at its next checkpoint."""
    after = threading.Event()

    def task() -> None:
        pool.pause("mine")
        checkpoint()
        after.set()

    future = pool.submit(task)
    until(lambda: pool.status().resting == 1)
    assert not after.is_set()
    assert "task" in pool.holds()[0].owner
    assert pool.resume() == 1
    future.result(10)
    assert after.is_set()


def test_a_task_waits_for_its_own_hold(make_pool) -> None:
    """`hold.wait()` in a task of the held scope waits for all tasks but itself."""
    pool = make_pool(3)
    loops = [Loop(), Loop()]
    for loop in loops:
        pool.submit(loop)
        assert loop.began.wait(10)

    def task() -> bool:
        hold = pool.pause("mine")
        quiet = hold.wait(20)
        before = [loop.rounds for loop in loops]
        resting = pool.status().resting
        hold.release()
        return quiet and resting == 2 and before == [loop.rounds for loop in loops]

    future = pool.submit(task)
    until(future.done)
    rounds = [loop.rounds for loop in loops]
    until(lambda: all(loop.rounds > n for loop, n in zip(loops, rounds, strict=True)))
    assert future.exception(10) is None


def test_waiting_for_its_own_hold_fails_in_time(pool) -> None:
    """It is False after the timeout when another task does not come to rest."""
    stuck = Stuck()
    pool.submit(stuck)
    assert stuck.began.wait(10)

    def task() -> tuple[bool, bool]:
        hold = pool.pause("mine")
        early = hold.wait(0.02)
        stuck.go.set()
        late = hold.wait(20)
        hold.release()
        return early, late

    assert pool.submit(task).result(20) == (False, True)


def test_a_task_may_pause_another_pool(make_pool) -> None:
    """A block on somebody else's pool counts the waiting task as at rest in its own."""
    pool, other = make_pool(1), make_pool(1)
    stuck = Stuck()
    other.submit(stuck)
    assert stuck.began.wait(10)

    def task() -> str:
        with other.pause("maintenance", timeout=20):
            return "inside"

    future = pool.submit(task)
    until(lambda: other.is_paused())
    assert pool.pause("mine").wait(10)
    stuck.go.set()
    assert not future.done()
    pool.resume()
    assert future.result(10) == "inside"


def test_two_pools_whose_tasks_pause_each_other(make_pool) -> None:
    """Crosswise, again and again: both get through, since a task that waits counts as at rest."""
    pools = [make_pool(1), make_pool(1)]

    def task(other) -> str:
        for _ in range(20):
            with other.pause("maintenance", timeout=20):
                pass
            checkpoint()
        return "through"

    futures = [pools[0].submit(task, pools[1]), pools[1].submit(task, pools[0])]
    assert [future.result(40) for future in futures] == ["through"] * 2


def test_a_block_in_a_shield(pool) -> None:
    """A shielded task may pause its pool; the others rest, it goes on."""
    loop = Loop()
    pool.submit(loop)
    assert loop.began.wait(10)

    def task() -> bool:
        with shield(), pool.pause("mine", timeout=20):
            before = loop.rounds
            checkpoint()
            sleep(0.01)
            return before == loop.rounds

    assert pool.submit(task).result(20) is True
