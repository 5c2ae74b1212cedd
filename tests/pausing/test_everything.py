"""The process as a scope: `pausable.pause()` and its family act on all pools, and on later ones."""

from __future__ import annotations

import asyncio
import pickle
import threading
from datetime import UTC, datetime, timedelta

import pytest
from clocks import HOUR, clock
from helpers import until
from workloads import Loop, Stuck, background

import pausable
from pausable import (
    HoldEvent,
    HoldPlaced,
    HoldReleased,
    NotQuiescent,
    Stopped,
    TaskStopped,
    checkpoint,
    resting,
)
from pausable._core import closure
from pausable.scopes import inheritance, process_switch
from pausable.scopes.process import HoldEnd, process

__all__ = ["clock"]


def looping(*pools) -> list[Loop]:
    """Start a task in each pool that goes round over a checkpoint."""
    loops = [Loop() for _ in pools]
    for pool, loop in zip(pools, loops, strict=True):
        pool.submit(loop)
        assert loop.began.wait(10)
    return loops


def test_all_pools_and_those_that_are_made_later(make_pool) -> None:
    """From the call on no task starts, in no pool; a resume lets all of them go."""
    old = make_pool()
    pausable.pause("low battery")
    new = make_pool()
    futures = [pool.submit(int) for pool in (old, new)]
    assert pausable.is_paused()
    assert old.is_paused()
    assert new.is_paused()
    assert [pool.status().queued for pool in (old, new)] == [1, 1]
    assert pausable.resume() == 1
    assert [future.result(10) for future in futures] == [0, 0]
    assert not pausable.is_paused()
    assert not old.is_paused()


def test_running_tasks_rest(make_pool) -> None:
    """They rest at their checkpoints, groups' tasks included, and go on after the resume."""
    pools = [make_pool(), make_pool().group("g")]
    loops = looping(*pools)
    hold = pausable.pause("x")
    assert hold.wait(10)
    assert pausable.is_quiescent()
    assert pausable.wait_quiescent(0)
    assert pausable.stragglers() == []
    rounds = [loop.rounds for loop in loops]
    assert pausable.status().resting == 2
    assert [loop.rounds for loop in loops] == rounds
    assert hold.release()
    until(lambda: all(loop.rounds > n for loop, n in zip(loops, rounds, strict=True)))


def test_holds_of_the_process_and_of_a_pool_never_undo_each_other(make_pool) -> None:
    """Each resume releases what was placed there, and the pool opens when the last one is gone."""
    pool, other = make_pool(), make_pool()
    own = pool.pause("mine")
    hold = pausable.pause("all")
    assert pool.resume() == 1
    assert own.is_released()
    assert pool.is_paused()
    own = pool.pause("mine")
    assert pausable.resume() == 1
    assert hold.is_released()
    assert not hold.release()
    assert pool.is_paused()
    assert not other.is_paused()
    assert not own.is_released()
    assert pool.resume() == 1
    assert not pool.is_paused()


def test_several_holds_of_the_process(make_pool) -> None:
    """The pools open when all have been released; a resume of one hold releases that one."""
    pool = make_pool()
    first, second = pausable.pause("first"), pausable.pause("second")
    assert [each.reason for each in pausable.holds()] == ["first", "second"]
    assert pausable.resume(first) == 1
    assert pausable.resume(first) == 0
    assert pool.is_paused()
    assert not second.is_released()
    assert second.release()
    assert not pool.is_paused()
    assert pausable.resume() == 0


def test_what_a_pool_says_of_it(make_pool) -> None:
    """A pool's holds, and what is said in its log, name the process as what is held."""
    pool = make_pool()
    hold = pausable.pause("low battery", owner="me")
    [seen] = pool.status().holds
    assert (seen.scope, seen.kind, seen.reason, seen.owner) == (
        "process",
        "process",
        "low battery",
        "me",
    )
    assert "'low battery' by me on 'process'" in str(seen)
    assert seen.placed_at == hold.placed_at
    assert seen.place == hold.place
    assert hold.place.file == __file__
    assert [each.reason for each in pool.holds()] == ["low battery"]
    assert (hold.scope, hold.reason, hold.owner, hold.duration) == (
        "process",
        "low battery",
        "me",
        None,
    )
    assert hold.status().kind == "pause"
    assert "'process' held" in repr(hold)
    pausable.resume()
    assert "released" in repr(hold)
    assert pool.holds() == ()


def test_with_waits_for_all_pools(make_pool) -> None:
    """Nothing runs in the block, not in pools that are made in it either; after it all goes on."""
    pools = [make_pool(), make_pool()]
    loops = looping(*pools)
    with pausable.pause("backup", timeout=10) as hold:
        rounds = [loop.rounds for loop in loops]
        future = make_pool().submit(int)
        assert pausable.status().running == 0
        assert not future.running()
        assert [loop.rounds for loop in loops] == rounds
    assert hold.is_released()
    assert future.result(10) == 0
    until(lambda: all(loop.rounds > n for loop, n in zip(loops, rounds, strict=True)))


def test_with_is_too_late(make_pool) -> None:
    """`NotQuiescent` names the stragglers of all pools, and the hold is released."""
    stuck = [Stuck(), Stuck()]
    futures = [make_pool().submit(each) for each in stuck]
    other = make_pool()
    looping(other)
    assert all(each.began.wait(10) for each in stuck)
    assert other.pause("so that it rests by then").wait(10)
    with pytest.raises(NotQuiescent) as caught, pausable.pause("backup", timeout=0.05):
        pytest.fail("it is not quiescent")
    assert {each.task for each in caught.value.stragglers} == {each.name for each in futures}
    assert caught.value.scope == "process"
    assert not pausable.is_paused()
    other.resume()
    for each in stuck:
        each.go.set()
    assert [future.result(10) for future in futures] == ["let go"] * 2


def test_a_hold_that_ends_while_with_waits(make_pool) -> None:
    """The block is not entered, and the error says why."""
    stuck = Stuck()
    make_pool().submit(stuck)
    assert stuck.began.wait(10)

    def enter() -> None:
        with pausable.pause("backup"):
            pytest.fail("it is not quiescent")

    entering = background(enter)
    until(pausable.is_paused)
    pausable.resume()
    with pytest.raises(NotQuiescent) as caught:
        entering.result(10)
    assert caught.value.hold_ended


def test_let_running_tasks_finish(make_pool) -> None:
    """With `running="finish"` what has started goes on to its end, and nothing else starts."""
    pool = make_pool()
    [loop] = looping(pool)
    hold = pausable.pause("x", running="finish")
    queued = pool.submit(int)
    rounds = loop.rounds
    until(lambda: loop.rounds > rounds)
    loop.go.set()
    assert hold.wait(10)
    assert not queued.done()
    pausable.resume()
    assert queued.result(10) == 0


def test_a_duration(make_pool, clock) -> None:
    """It ends by itself, on all pools at once, those included that were made meanwhile."""
    pool = make_pool()
    until_then = datetime.now(UTC) + timedelta(seconds=HOUR)
    hold = pausable.pause("429", until=until_then)
    assert 0 < hold.duration <= HOUR
    new = make_pool()
    clock.move(HOUR)
    assert [each.submit(int).result(10) for each in (pool, new)] == [0, 0]
    until(hold.is_released)
    assert pausable.holds() == ()
    assert pool.holds() == new.holds() == ()


def test_a_resume_before_its_duration_is_over(make_pool) -> None:
    """Nothing is left that could end a later hold."""
    pool = make_pool()
    pausable.pause("429", duration=3600)
    assert pausable.resume() == 1
    pausable.pause("again")
    assert pool.is_paused()
    pausable.resume()


def test_a_staggered_resume(make_pool) -> None:
    """In each pool tasks go one by one; a resume without it lets the others go at once."""
    pool = make_pool(3)
    pausable.pause("x")
    futures = [pool.submit(int) for _ in range(3)]
    assert pausable.resume(stagger=3600) == 1
    until(lambda: sum(future.done() for future in futures) == 1)
    assert pool.status().queued == 2
    assert pausable.resume() == 0
    assert [future.result(10) for future in futures] == [0, 0, 0]


def test_a_stagger_of_a_pool_is_its_own(make_pool) -> None:
    """What `pool.resume(stagger=...)` has begun no resume of the process ends."""
    pool = make_pool(3)
    pool.pause("x")
    futures = [pool.submit(int) for _ in range(3)]
    pool.resume(stagger=3600)
    until(lambda: sum(future.done() for future in futures) == 1)
    pausable.resume()
    assert pool.status().queued == 2
    pool.resume()
    assert [future.result(10) for future in futures] == [0, 0, 0]


def test_a_hold_that_expires_with_a_stagger(make_pool, clock) -> None:
    """Tasks go one by one when the hold ends by itself."""
    pool = make_pool(3)
    pausable.pause("429", duration=HOUR, stagger=3 * HOUR)
    futures = [pool.submit(int) for _ in range(3)]
    clock.move(HOUR)
    until(lambda: sum(future.done() for future in futures) == 1)
    assert pool.status().queued == 2
    pausable.resume()
    assert [future.result(10) for future in futures] == [0, 0, 0]


def test_a_switch(make_pool) -> None:
    """One party has one hold at most; two switches are two parties."""
    pool = make_pool()
    switch, other = pausable.switch("the user asked", owner="button"), pausable.switch()
    assert not switch.is_on()
    assert switch.off() is False
    assert switch.status() is None
    assert [switch.on(), switch.on()] == [True, False]
    assert pool.is_paused()
    assert switch.status().owner == switch.owner == "button"
    assert (switch.scope, switch.reason) == ("process", "the user asked")
    assert other.toggle() is True
    assert len(pausable.holds()) == 2
    assert switch.off() is True
    assert pool.is_paused()
    assert other.toggle() is False
    assert not pool.is_paused()
    switch.on()
    assert "on" in repr(switch)
    assert pausable.resume() == 1
    assert not switch.is_on()
    assert switch.off() is False
    assert switch.toggle() is True
    switch.off()


def test_a_switch_of_many_threads(make_pool) -> None:
    """However many toggle it at once: each has turned it once, and there is one hold at most."""
    pool = make_pool()
    switch = pausable.switch()
    most: list[int] = []

    def toggle() -> int:
        on = 0
        for _ in range(200):
            on += 1 if switch.toggle() else -1
            most.append(len(pausable.holds()))
        return on

    ons = [background(toggle) for _ in range(4)]
    assert sum(each.result(60) for each in ons) == 0
    assert max(most) == 1
    assert not switch.is_on()
    assert not pool.is_paused()


def test_stop(make_pool) -> None:
    """All tasks of all pools end, paused or not; the pools stay usable, and stay paused."""
    pools = [make_pool(), make_pool()]
    looping(*pools)
    pausable.pause("x")
    for pool in pools:
        pool.submit(int)
    tasks = [task for pool in pools for task in pool.tasks()]
    assert pausable.stop("not needed") == 4
    for task in tasks:
        with pytest.raises(TaskStopped, match="not needed"):
            task.result(10)
    assert pausable.is_paused()
    pausable.resume()
    assert [pool.submit(int).result(10) for pool in pools] == [0, 0]


def test_a_task_that_pauses_the_process(make_pool) -> None:
    """It is not made to rest by its own hold, and is not waited for; all others rest."""
    pool, other = make_pool(), make_pool()
    loops = looping(pool, other)

    def work() -> list[int]:
        with pausable.pause("backup", timeout=10):
            checkpoint()
            before = [loop.rounds for loop in loops]
            checkpoint()
            assert before == [loop.rounds for loop in loops]
            return before

    assert len(pool.submit(work).result(20)) == 2
    assert not pausable.is_paused()


def test_tasks_of_two_pools_that_pause_the_process(make_pool) -> None:
    """They are in their blocks one after the other, in whatever order they came."""
    pools = [make_pool(), make_pool()]
    inside, most = [0], [0]
    together = threading.Barrier(2)

    def work() -> None:
        for _ in range(20):
            with resting():
                together.wait(20)
            with pausable.pause("backup", timeout=20):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                checkpoint()
                inside[0] -= 1

    for future in [pool.submit(work) for pool in pools]:
        future.result(60)
    assert most == [1]


def test_a_task_that_is_stopped_while_it_waits_for_another_pool(make_pool) -> None:
    """It sees the stop at once, whatever pool keeps it waiting; its hold is released."""
    stuck = Stuck()
    make_pool().submit(stuck)
    assert stuck.began.wait(10)
    seen = []

    def work() -> None:
        try:
            with pausable.pause("backup"):
                pytest.fail("it is not quiescent")
        except Stopped:
            seen.append(True)
            raise

    pool = make_pool()
    future = pool.submit(work)
    until(lambda: pausable.is_paused() and pool._p_node.pool.others.waiting)
    future.stop("not needed")
    with pytest.raises(TaskStopped):
        future.result(10)
    assert seen == [True]
    assert not pausable.is_paused()


def test_a_task_that_waits_for_quiescence_counts_as_at_rest(make_pool) -> None:
    """So that it does not wait for itself; then it rests until the resume."""
    pool, other = make_pool(), make_pool()
    looping(other)
    waiting = pool.submit(pausable.wait_quiescent)
    until(lambda: pool.status().resting == 1)
    pausable.pause("x")
    assert pausable.wait_quiescent(10)
    assert not waiting.done()
    pausable.resume()
    assert waiting.result(10) is True


def test_wait_quiescent_gives_up(make_pool) -> None:
    """It is false when time is up, and the stragglers are known."""
    stuck = Stuck()
    future = make_pool().submit(stuck)
    assert stuck.began.wait(10)
    assert not pausable.wait_quiescent(0.01)
    assert not pausable.is_quiescent()
    assert [each.task for each in pausable.stragglers()] == [future.name]


def test_in_a_coroutine(make_pool) -> None:
    """`async with`, and the wait, let the loop go on meanwhile."""
    loops = looping(make_pool(), make_pool())

    async def main() -> int:
        async with pausable.pause("backup", timeout=10):
            assert await pausable.wait_quiescent_async(10)
            return sum(loop.rounds for loop in loops)

    assert asyncio.run(main()) > 0
    assert not pausable.is_paused()


def test_where_it_would_wait_for_itself(make_pool) -> None:
    """In a done callback, and in an observer, a wait for all pools is refused at once."""
    pool = make_pool()
    errors: list[object] = []
    told = threading.Event()

    def wait(_: object) -> None:
        try:
            pausable.wait_quiescent()
        except RuntimeError as error:
            errors.append(error)
        told.set()

    stuck = Stuck()
    future = pool.submit(stuck)
    future.add_done_callback(wait)
    stuck.go.set()
    assert told.wait(10)
    assert "callback" in str(errors.pop())
    told.clear()
    end = pausable.observe(wait)
    pausable.pause("x").release()
    assert told.wait(10)
    end()
    assert "observer" in str(errors[0])


def test_bad_input(make_pool) -> None:
    """It is refused at the call, and then nothing is held."""
    pool = make_pool()
    for wrong in (
        {"reason": 1},
        {"owner": 1},
        {"running": "on"},
        {"duration": -1},
        {"stagger": 1},
        {"timeout": "soon"},
        {"duration": 1, "until": datetime.now(UTC)},
    ):
        with pytest.raises((TypeError, ValueError)):
            pausable.pause(**wrong)
    with pytest.raises(TypeError):
        pausable.resume("x")
    with pytest.raises(ValueError, match="process"):
        pausable.resume(pool.pause("x"))
    hold = pausable.pause("all")
    with pytest.raises(ValueError, match="'process'"):
        pool.resume(hold)
    with pytest.raises(ValueError, match="stagger"):
        pausable.resume(stagger=-1)
    for wrong in (pausable.stop, pausable.switch):
        with pytest.raises(TypeError):
            wrong(1)
    with pytest.raises(TypeError):
        pausable.observe(1)
    assert pausable.resume() == 1


def test_a_status(make_pool) -> None:
    """It is that of all pools, is frozen, and can be pickled; pools that are over are left out."""
    pool, gone = make_pool(), make_pool()
    gone.submit(int).result(10)
    gone.shutdown()
    stuck = Stuck()
    pool.submit(stuck)
    assert stuck.began.wait(10)
    pausable.pause("x")
    pool.submit(int)
    status = pausable.status()
    assert (status.name, status.is_paused, status.is_quiescent) == ("process", True, False)
    assert [each.reason for each in status.holds] == ["x"]
    assert [each.name for each in status.pools] == [pool.name]
    assert (status.running, status.resting, status.queued, status.done) == (1, 0, 1, 0)
    again = pickle.loads(pickle.dumps(status))
    assert (again.name, again.running) == ("process", 1)
    pausable.resume()


def test_a_pool_that_has_shut_down(make_pool) -> None:
    """What is left of it is paused with all others; of one that is over, nothing is held."""
    pool, over = make_pool(), make_pool()
    over.shutdown()
    [loop] = looping(pool)
    pool.shutdown(wait=False)
    hold = pausable.pause("x")
    assert hold.wait(10)
    assert pool.is_paused()
    assert not over.is_paused()
    loop.go.set()
    assert hold.release()
    assert pool.shutdown(timeout=10)


def test_a_pool_that_ends_while_it_is_paused(make_pool) -> None:
    """Its holds are let go with it; the process is paused as before."""
    pool = make_pool()
    pausable.pause("x")
    future = pool.submit(int)
    pool.shutdown(wait=False)
    assert future.cancel()
    assert pool.shutdown(timeout=10)
    assert pool.holds() == ()
    assert pausable.is_paused()
    pausable.resume()


@pytest.mark.parametrize("how", ["it expires", "somebody resumes"])
def test_a_hold_of_a_task_that_ends_in_its_block_leaves_it_like_any_other(
    make_pool, clock, how
) -> None:
    """Once its block is over, the task rests for the holds of others, as before."""
    pool, loop, held = make_pool(), Loop(), threading.Event()

    def task() -> None:
        with pausable.pause("x", duration=HOUR) as hold:
            held.set()
            until(hold.is_released)
        loop()

    pool.submit(task)
    assert held.wait(10)
    if how == "it expires":
        clock.move(HOUR)
    else:
        pausable.resume()
    assert loop.began.wait(10)
    hold = pool.pause("later")
    assert hold.wait(10)
    hold.release()


def test_a_hold_of_one_handle_is_resumed_by_another(make_pool) -> None:
    """Handles of one pool are the same to it, and so is the pool."""
    pool = make_pool()
    one, other = pausable.pools()[0], pausable.pools()[0]
    assert other.resume(one.pause("x")) == 1
    assert pool.resume(one.pause("y")) == 1
    with pytest.raises(ValueError, match=r"belongs to 'process'"):
        pool.resume(pausable.pause("z"))
    assert pausable.resume() == 1


def test_a_hold_that_ends_before_it_is_placed_once_more_has_been_told_of(
    make_pool, monkeypatch
) -> None:
    """An exception hits its placing on a pool, and it ends at that moment: both are told."""
    pool, told = make_pool(), []
    pool.observe(lambda event: told.append(type(event)), kinds=HoldEvent)
    usual = closure._place_on_scope

    def strike(_visit, _node, hold) -> None:
        monkeypatch.setattr(closure, "_place_on_scope", usual)
        process.end(hold.above, HoldEnd(expired=True))  # as the timer, on another thread
        raise KeyboardInterrupt

    monkeypatch.setattr(closure, "_place_on_scope", strike)
    with pytest.raises(KeyboardInterrupt):
        pausable.pause("x")
    until(lambda: len(told) == 2)
    assert told == [HoldPlaced, HoldReleased]
    assert not pool.is_paused()
    assert pool.submit(int).result(10) == 0


def test_a_second_on_of_a_switch_returns_when_the_process_is_paused(make_pool, monkeypatch) -> None:
    """Also if the first one, on another thread, has only said so, and has not come to the pools."""
    pool, switch = make_pool(), pausable.switch("x")
    first, said, go = threading.main_thread(), threading.Event(), threading.Event()

    def put_in_force(hold, usual=process_switch.put_in_force) -> None:
        if threading.current_thread() is not first:
            said.set()
            assert go.wait(10)
        usual(hold)

    monkeypatch.setattr(process_switch, "put_in_force", put_in_force)
    slow = background(switch.on)
    assert said.wait(10)
    assert not switch.on()
    assert pausable.is_paused()
    assert pool.is_paused()
    go.set()
    assert slow.result(10)
    assert switch.off()
    assert not pool.is_paused()


def test_who_has_waited_for_a_paused_process_finds_no_pool_open(make_pool, monkeypatch) -> None:
    """Also if who pauses it, on another thread, has noted the hold and not come to the pools."""
    pool = make_pool()
    first, noted, go = threading.main_thread(), threading.Event(), threading.Event()

    def decide_in_all(decision, usual=inheritance.decide_in_all):
        if threading.current_thread() is not first:
            noted.set()
            assert go.wait(10)
        return usual(decision)

    monkeypatch.setattr(inheritance, "decide_in_all", decide_in_all)
    slow = background(pausable.pause, "x")
    assert noted.wait(10)
    assert pausable.is_paused()
    assert pausable.wait_quiescent(10)
    assert pool.is_paused()
    assert pool.submit(int).status().state == "queued"
    go.set()
    assert slow.result(10).release()
