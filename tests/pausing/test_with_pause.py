"""`with pool.pause()`: in the block nothing of the scope runs; after it everything goes on."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import pytest
from helpers import until
from workloads import Loop, Stuck, background

from pausable import NotQuiescent, PausableError


def test_nothing_runs_in_the_block(make_pool) -> None:
    """Counters of eight tasks stand still in the block, however long it takes, and go on after."""
    pool = make_pool(8)
    loops = [Loop() for _ in range(8)]
    futures = [pool.submit(loop) for loop in loops]
    for loop in loops:
        assert loop.began.wait(10)
    with pool.pause("backup", timeout=10):
        assert pool.is_quiescent()
        before = [loop.rounds for loop in loops]
        used = time.process_time()
        while time.process_time() < used + 0.2:
            pass
        assert [loop.rounds for loop in loops] == before
    until(lambda: all(loop.rounds > n for loop, n in zip(loops, before, strict=True)))
    for loop in loops:
        loop.go.set()
    assert [future.result(10) for future in futures] == [loop.rounds for loop in loops]


def test_nothing_starts_in_the_block(pool) -> None:
    """Tasks submitted in the block are queued, and run after it."""
    with pool.pause("backup", timeout=10):
        futures = [pool.submit(threading.get_ident) for _ in range(20)]
        assert pool.status().queued == 20
        assert pool.status().running == 0
    assert all(future.result(10) for future in futures)


def test_a_plain_call_does_not_wait(pool) -> None:
    """`pause()` returns while a task still runs; the hold stays until it is released."""
    stuck = Stuck()
    future = pool.submit(stuck)
    assert stuck.began.wait(10)
    hold = pool.pause("x", timeout=10)
    assert not pool.is_quiescent()
    assert pool.is_paused()
    stuck.go.set()
    assert hold.wait(10)
    assert not future.done()
    assert pool.is_paused()


def test_a_dropped_hold_stays(pool) -> None:
    """A hold whose object nobody keeps goes on holding."""
    pool.pause("x")
    future = pool.submit(int)
    assert pool.is_paused()
    assert not future.done()
    pool.resume()
    assert future.result(10) == 0


def test_a_plain_hold_can_be_entered_later(pool) -> None:
    """A hold placed by a plain call waits, and is released, when it is used with `with`."""
    loop = Loop()
    pool.submit(loop)
    hold = pool.pause("x")
    with hold as entered:
        assert entered is hold
        assert pool.is_quiescent()
    assert hold.is_released()
    assert not pool.is_paused()


def test_stragglers_are_named(pool) -> None:
    """The error has the scope, the seconds, and each straggler with its file, line and time."""
    stuck = Stuck()
    future = pool.options(name="slow import").submit(stuck)
    assert stuck.began.wait(10)
    with pytest.raises(NotQuiescent) as caught, pool.pause("x", timeout=0.05):
        pytest.fail("the block was entered")
    error = caught.value
    assert isinstance(error, TimeoutError)
    assert isinstance(error, PausableError)
    assert error.scope == pool.name
    assert error.seconds >= 0.05
    (straggler,) = error.stragglers
    assert straggler.task == future.name == "slow import"
    assert straggler.seconds >= 0.05
    assert straggler.where is not None
    assert straggler.where.function.endswith("__call__")
    for word in (pool.name, "slow import", f"{straggler.where.file}:{straggler.where.line}"):
        assert word in str(error)


def test_the_line_of_a_straggler_is_the_one_it_executes(pool) -> None:
    """The line is that of the call that lasts, in the task's own code."""
    began, go = threading.Event(), threading.Event()

    def spin() -> None:
        while not go.is_set():
            began.set()

    pool.submit(spin)
    assert began.wait(10)
    with pytest.raises(NotQuiescent) as caught, pool.pause("x", timeout=0.05):
        pass
    (straggler,) = caught.value.stragglers
    go.set()
    assert straggler.where is not None
    assert Path(straggler.where.file) == Path(__file__)
    assert straggler.where.function.endswith("spin")
    first = spin.__code__.co_firstlineno
    assert first + 1 <= straggler.where.line <= first + 2


def test_all_stragglers_are_kept_and_those_at_rest_are_not(make_pool) -> None:
    """Of 6 running and 2 looping tasks the 6 are named; the message lists some and counts all."""
    pool = make_pool(8)
    stuck = [Stuck() for _ in range(6)]
    futures = [pool.submit(each) for each in stuck]
    loops = [Loop() for _ in range(2)]
    for loop in loops:
        pool.submit(loop)
    for each in [*stuck, *loops]:
        assert each.began.wait(10)
    hold = pool.pause("x", timeout=0.05)
    until(lambda: pool.status().resting == 2)
    with pytest.raises(NotQuiescent) as caught, hold:
        pytest.fail("the block was entered")
    assert {each.task for each in caught.value.stragglers} == {each.name for each in futures}
    assert "1 more" in str(caught.value)


def test_the_hold_is_released_when_entering_failed(pool) -> None:
    """After NotQuiescent the pool is as before: open, without the hold, its tasks go on."""
    stuck, loop = Stuck(), Loop()
    pool.submit(stuck)
    pool.submit(loop)
    assert stuck.began.wait(10)
    with pytest.raises(NotQuiescent), pool.pause("x", timeout=0.05):
        pass
    assert pool.holds() == ()
    assert not pool.is_paused()
    rounds = loop.rounds
    until(lambda: loop.rounds > rounds)


def test_entering_failed_under_another_hold(pool) -> None:
    """The failed hold goes, the other stays, and the pool stays paused."""
    stuck = Stuck()
    pool.submit(stuck)
    assert stuck.began.wait(10)
    other = pool.pause("other")
    with pytest.raises(NotQuiescent), pool.pause("x", timeout=0.01):
        pass
    assert [each.reason for each in pool.holds()] == ["other"]
    assert not other.is_released()


def test_no_time_at_all_is_enough_for_what_rests(pool) -> None:
    """A timeout of 0 looks once: it enters an idle pool, and fails on a running one."""
    with pool.pause("x", timeout=0):
        pass
    stuck = Stuck()
    pool.submit(stuck)
    assert stuck.began.wait(10)
    with pytest.raises(NotQuiescent), pool.pause("x", timeout=0):
        pass
    assert not pool.is_paused()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_the_hold_is_released_when_the_block_raises(pool, error) -> None:
    """What the block raises comes out as it is, and the pool is open again."""
    raised = error("from the block")
    with pytest.raises(error) as caught, pool.pause("x", timeout=10):
        raise raised
    assert caught.value is raised
    assert not pool.is_paused()
    assert pool.submit(int).result(10) == 0


def test_the_block_ends_only_its_own_hold(pool) -> None:
    """A hold placed during the block, by anybody, outlives it."""
    with pool.pause("backup", timeout=10):
        guard = background(pool.pause, "disk full").result(10)
    assert pool.is_paused()
    assert not guard.is_released()
    guard.release()


def test_blocks_may_be_nested(pool) -> None:
    """A block in a block: the scope opens at the end of the outer one."""
    pool.submit(Loop())
    with pool.pause("outer", timeout=10):
        with pool.pause("inner", timeout=10), pool.group("g").pause("group", timeout=10):
            assert pool.status().running == 0
        assert pool.is_paused()
        assert pool.is_quiescent()
    assert not pool.is_paused()


def test_the_block_may_release_its_hold_itself(pool) -> None:
    """A release, or a resume, in the block is no error; the end of the block then has nothing to do."""
    with pool.pause("x", timeout=10) as hold:
        assert hold.release()
        assert not pool.is_paused()
    with pool.pause("y", timeout=10):
        assert pool.resume() == 1
        other = pool.pause("z")
    assert pool.is_paused()
    other.release()


@pytest.mark.parametrize("level", ["group", "task"])
def test_other_tasks_go_on_while_a_group_or_a_task_is_paused(make_pool, level) -> None:
    """A block on a group or a task waits for that scope alone; the others move in it."""
    pool = make_pool(4)
    held, free, stuck = Loop(), Loop(), Stuck()
    group = pool.group("g")
    future = group.submit(held)
    pool.submit(free)
    pool.submit(stuck)
    for each in (held, free, stuck):
        assert each.began.wait(10)
    scope = group if level == "group" else future
    with scope.pause("x", timeout=10):
        rounds, others = held.rounds, free.rounds
        until(lambda: free.rounds > others + 20)
        assert held.rounds == rounds
    until(lambda: held.rounds > rounds)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="needs signals to threads")
def test_ctrl_c_while_waiting_releases_the_hold(pool) -> None:
    """What interrupts the wait for quiescence passes, and the pool is open again."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    stuck = Stuck()
    pool.submit(stuck)
    assert stuck.began.wait(10)
    main = threading.main_thread().ident

    def interrupt() -> None:
        until(lambda: pool._p_node.waiters.listed, what="it waits")
        signal.pthread_kill(main, signal.SIGINT)

    hold = pool.pause("x", timeout=20)
    interrupting = background(interrupt)
    try:
        with pytest.raises(KeyboardInterrupt), hold:
            pytest.fail("the block was entered")
    finally:
        signal.signal(signal.SIGINT, before)
    interrupting.result(10)
    assert hold.is_released()
    assert not pool.is_paused()
