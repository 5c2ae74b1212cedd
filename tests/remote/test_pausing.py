"""Pauses, resumes and stops of tasks in processes and interpreters, at their checkpoints."""

from __future__ import annotations

import threading
import time
from functools import partial
from pathlib import Path

import pytest
from helpers import until
from processes import errands
from processes.signs import Ticking, is_there

import pausable
from pausable import NotQuiescent, NotSupported, TaskStopped, TaskTimeout
from pausable.events import TaskRested, TaskResumed, TaskStarted


def test_nothing_runs_while_it_is_quiescent(pool, tmp_path):
    """Tasks elsewhere rest at their checkpoints, and go on where they were."""
    tasks = [Ticking(pool, tmp_path, name) for name in "ab"]
    with pool.pause("to look", timeout=30):
        status, before = pool.status(), [task.count for task in tasks]
        assert (status.running, status.resting) == (0, 2)
        assert all(task.future.running() for task in tasks)
        assert {task.future.where().function for task in tasks} == {"tick"}
        assert [task.count for task in tasks] == before
    for task in tasks:
        task.goes_on()
    for task in tasks:
        task.ends()


def test_nothing_starts_under_a_hold(pool, tmp_path):
    """What is submitted to a pool that is held waits, and is nowhere near a worker."""
    pool.pause("to look")
    future = pool.submit(errands.touch, tmp_path, "started")
    assert pool.wait_quiescent(30)
    assert future.cancel()  # it was not prefetched
    later = pool.submit(errands.touch, tmp_path, "later")
    assert pool.status().queued == 1
    pool.resume()
    assert later.result() == "later"
    assert not Path(tmp_path, "started").exists()


def test_a_hold_that_lets_tasks_finish(pool, tmp_path):
    """With running="finish" what runs goes on to its end, and nothing new starts."""
    task = Ticking(pool, tmp_path)
    pool.pause("the last ones", running="finish")
    queued = pool.submit(errands.add, 1)
    task.goes_on()
    task.ends()
    assert queued.status().state == "queued"
    assert pool.wait_quiescent(30)


def test_a_task_is_held_on_its_own(pool, tmp_path):
    """A future is paused and resumed alone, and others use its slot: in a worker of their own."""
    held, other = (Ticking(pool, tmp_path, name) for name in "ab")
    with held.future.pause("this one", timeout=30):
        before = held.count
        assert pool.status().resting == 1
        assert pool.submit(errands.add, 1).result() == 2
        other.goes_on()
        assert held.count == before
    held.goes_on()
    held.ends()
    other.ends()


def test_a_group_is_held_on_its_own(pool, tmp_path):
    """The tasks of a group rest; the pool goes on with all of its slots."""
    group = pool.group("some", limit=2)
    tasks = [Ticking(group, tmp_path, name) for name in "ab"]
    with group.pause("disk full", timeout=30):
        before = [task.count for task in tasks]
        assert list(pool.map(errands.add, range(10))) == list(range(1, 11))
        assert group.status().resting == 2
        assert [task.count for task in tasks] == before
    for task in tasks:
        task.goes_on()
    for task in tasks:
        task.ends()


def test_two_holds_do_not_undo_each_other(pool, tmp_path):
    """The task goes on when the last hold on its way is gone."""
    task = Ticking(pool, tmp_path)
    first, second = pool.pause("one"), task.future.pause("other")
    assert pool.wait_quiescent(30)
    before = task.count
    first.release()
    assert (pool.status().resting, task.count) == (1, before)
    second.release()
    task.goes_on()
    task.ends()


def test_the_process_is_a_scope_over_it(pool, tmp_path):
    """A pause of everything in this process holds tasks elsewhere, too."""
    task = Ticking(pool, tmp_path)
    with pausable.pause("low battery", timeout=30):
        before = task.count
        assert pool.status().resting == 1
        assert task.count == before
    task.goes_on()
    task.ends()


def test_stragglers_are_named(pool, tmp_path):
    """One that never asks is named, with the line at which it is."""
    future = pool.submit(errands.begin_and_wait_for, tmp_path, "end")
    until(is_there(tmp_path, "begun"))
    until(lambda: future.where().function == "wait_for")  # and does not just make that file
    with pytest.raises(NotQuiescent) as caught, pool.pause("to look", timeout=0.2):
        pass
    (straggler,) = caught.value.stragglers
    assert straggler.task.startswith("begin_and_wait_for")
    assert straggler.where.function == "wait_for"
    assert future.where().function == "wait_for"
    errands.touch(tmp_path, "end")
    assert future.result() == "end"
    assert future.where() is None


def test_a_sleep_does_not_outlast_a_pause(pool, tmp_path):
    """A task that sleeps rests at once, and sleeps on afterwards: what it has rested is no sleep."""
    future = pool.submit(errands.sleep_briefly, tmp_path, 1)
    until(is_there(tmp_path, "begun"))
    with pool.pause("to look", timeout=30):
        began = time.monotonic()
        assert (pool.status().resting, future.done()) == (1, False)
        until(lambda: time.monotonic() - began > 0.3)
        rested = time.monotonic() - began
    assert future.result(30) >= 1 + rested


def test_a_stop_at_a_checkpoint(remote, pool, tmp_path):
    """The task's finally blocks run, its future says why, and its worker goes on."""
    future = pool.submit(errands.clean_up_when_stopped, tmp_path)
    until(is_there(tmp_path, "begun"))
    assert future.stop("enough")
    with pytest.raises(TaskStopped, match="enough"):
        future.result(30)
    assert future.cancelled()
    assert Path(tmp_path, "cleaned").exists()
    assert pool.submit(errands.add, 1).result() == 2
    assert remote.workers(pool) == 2


@pytest.mark.parametrize("errand", [errands.ask_forever, errands.sleep_long])
def test_a_stop_while_paused(pool, tmp_path, errand):
    """A task that rests is stopped where it rests, and the hold stays."""
    future = pool.submit(errand, tmp_path)
    until(is_there(tmp_path, "begun"))
    pool.pause("to look", timeout=30)
    assert pool.wait_quiescent(30)
    future.stop("enough")
    with pytest.raises(TaskStopped, match="enough"):
        future.result(30)
    assert pool.is_paused()


def test_a_stop_may_be_swallowed(pool, tmp_path):
    """As on a thread, a task that catches it and returns has returned."""
    future = pool.submit(errands.swallow_a_stop, tmp_path)
    until(is_there(tmp_path, "begun"))
    future.stop("enough")
    assert future.result(30) == "enough"


def test_a_stop_of_the_pool(pool, tmp_path):
    """All tasks end, and the pool stays usable."""
    futures = [pool.submit(errands.ask_forever, tmp_path) for _ in range(5)]
    until(is_there(tmp_path, "begun"))
    assert pool.stop("all of it") == 5
    for future in futures:
        with pytest.raises(pausable.futures.CancelledError):
            future.result(30)
    assert pool.submit(errands.add, 1).result() == 2


def test_a_task_stops_itself(pool):
    """Its own worker knows what its task is called, and may stop it; not pause it."""
    assert pool.submit(errands.name_of_me).result().startswith("name_of_me-")
    with pytest.raises(TaskStopped, match="enough of myself"):
        pool.submit(errands.stop_me).result()
    with pytest.raises(NotSupported, match=r"pause\(\)"):
        pool.submit(errands.pause_me).result()


def test_a_quiet_block_counts_as_rest(pool, tmp_path):
    """In resting() a task is at rest for its pool, and passes the gate on its way out."""
    future = pool.submit(errands.wait_in_quiet, tmp_path)
    until(is_there(tmp_path, "begun"))
    until(lambda: pool.status().resting == 1)
    hold = pool.pause("to look")
    assert pool.is_quiescent()
    errands.touch(tmp_path, "go")
    before = pool.status().resting
    assert before == 1
    assert not Path(tmp_path, "out").exists()
    hold.release()
    assert future.result(30) == "out"


def test_a_stop_in_a_quiet_block(pool, tmp_path):
    """It comes on the way out."""
    future = pool.submit(errands.wait_in_quiet, tmp_path)
    until(lambda: pool.status().resting == 1)
    future.stop("enough")
    errands.touch(tmp_path, "go")
    with pytest.raises(TaskStopped):
        future.result(30)
    assert not Path(tmp_path, "out").exists()


def test_a_shield_is_waited_for(pool, tmp_path):
    """In shield() a task does not rest: a pause waits for its end."""
    future = pool.submit(errands.wait_in_shield, tmp_path)
    until(is_there(tmp_path, "begun"))
    pool.pause("to look")
    assert not pool.is_quiescent()
    errands.touch(tmp_path, "go")
    assert pool.wait_quiescent(30)
    assert pool.status().resting == 1
    pool.resume()
    assert future.result(30) == "out"


def test_a_pool_of_threads_in_a_task(pool, tmp_path):
    """What a task pauses and stops in its own worker works there, whatever the parent does."""
    assert pool.submit(errands.pool_of_threads, tmp_path).result(30) == (1, True, 32)


def test_a_task_that_waits_for_a_pool_of_its_own(pool, tmp_path):
    """It runs until that is over: what runs there is not held with it, and is not said to rest."""
    ticking = Ticking(pool, tmp_path, errand=errands.tick_in_a_pool)
    pool.pause("to look")
    ticking.goes_on()
    assert not pool.wait_quiescent(0.1)
    assert [each.task for each in pool.stragglers()] == [ticking.future.name]
    assert pool.status().running == 1
    ticking.ends()
    assert pool.wait_quiescent(30)


def test_a_thread_of_a_task_is_not_kept_waiting(pool, tmp_path):
    """A thread that a task has started does not rest: nobody would wake it with the task."""
    future = pool.submit(errands.guest_of_mine, tmp_path)
    until(is_there(tmp_path, "begun"))
    pool.pause("to look")
    errands.touch(tmp_path, "go")
    assert future.result(30) == ["went on"]


def test_limits_of_time(pool, tmp_path):
    """A task that has run for too long is stopped in its worker, and fails with TaskTimeout."""
    future = pool.options(timeout=0.2).submit(errands.ask_forever, tmp_path)
    with pytest.raises(TaskTimeout):
        future.result(30)
    assert pool.options(timeout=60, name="quick").submit(errands.name_of_me).result() == "quick"


def test_what_cannot_be_had_is_refused(pool, tmp_path):
    """Frames stay where they are, and context variables do not travel: it is said at the call."""
    future = pool.submit(errands.ask_forever, tmp_path)
    until(is_there(tmp_path, "begun"))
    pool.pause("to look")
    assert pool.wait_quiescent(30)
    for call in (future.stack, future.locals, future.step):
        with pytest.raises(NotSupported, match="frames"):
            call()
    for scope in (pool, pool.group("part", context="worker")):
        with pytest.raises(NotSupported, match="context"):
            scope.options(context="submitter")
        with pytest.raises(NotSupported, match="context"):
            scope.group("other", context="submitter")
        assert not scope.options(context="worker").submit(errands.add, 1).cancelled()
    assert list(pool.status().groups) == ["part"]
    future.stop()


def test_events_tell_of_rests(make_pool, tmp_path):
    """Who observes the pool is told when tasks elsewhere start, rest and go on."""
    pool, seen = make_pool(1), []
    pool.submit(errands.add, 1).result()
    end = pool.observe(seen.append, kinds=(TaskStarted, TaskRested, TaskResumed))
    task = Ticking(pool, tmp_path)
    with pool.pause("to look", timeout=30):
        pass
    task.goes_on()
    task.ends()
    until(lambda: len(seen) == 3)
    assert [type(event) for event in seen] == [TaskStarted, TaskRested, TaskResumed]
    end()


def test_what_is_around_a_task_is_here(make_pool):
    """A hook is called here, before the call is sent and after its outcome has come."""
    said = []

    class Around:
        def __init__(self, future):
            self.name = future._p_title

        def __enter__(self):
            said.append(f"before {self.name}")

        def __exit__(self, *_):
            said.append(f"after {self.name}")

    assert make_pool(around=Around).submit(errands.add, 1).result() == 2
    assert said == ["before add", "after add"]


def test_a_fault_is_held_and_tried_again(make_pool, tmp_path):
    """A task that fails waits for a decision, and its next try is elsewhere, too."""
    pool = make_pool(on_fault="hold")
    future = pool.submit(errands.fail, "at first")
    until(pool.faults)
    (fault,) = pool.faults()
    assert "at first" in str(fault.exception)
    assert not fault.locals
    assert "# here" in fault.traceback
    assert fault.retry("again")
    until(pool.faults)
    pool.faults()[0].resolve("by hand")
    assert future.result(30) == "by hand"


def test_map_in_chunks_rests_between_items(make_pool, tmp_path):
    """A chunk is one task, with a checkpoint before each item."""
    pool = make_pool(1)
    results = pool.map(partial(errands.item, tmp_path), range(2000), chunksize=2000)
    until(is_there(tmp_path, "item-1"))
    with pool.pause("to look", timeout=30):
        count = len(list(tmp_path.iterdir()))
        assert len(list(tmp_path.iterdir())) == count
    assert list(results) == list(range(2000))


def test_pauses_and_resumes_in_any_number(pool, tmp_path):
    """However often and quickly: each pause comes to rest, and no result is lost."""
    numbers = range(300)
    task = Ticking(pool, tmp_path)
    results = pool.map(errands.add, numbers)
    for _ in range(60):
        with pool.pause("again", timeout=60):
            before = task.count
            assert pool.is_quiescent()
            assert task.count == before
    task.goes_on()
    assert list(results) == [number + 1 for number in numbers]
    task.ends(60)


def test_holds_from_many_threads(pool, tmp_path):
    """Parties on several threads hold and release: in the end everything goes on."""
    tasks = [Ticking(pool, tmp_path, name) for name in "ab"]

    def hold():
        for _ in range(30):
            with pool.pause(threading.current_thread().name, timeout=60):
                pass

    parties = [threading.Thread(target=hold) for _ in range(3)]
    for party in parties:
        party.start()
    for party in parties:
        party.join()
    for task in tasks:
        task.goes_on()
    for task in tasks:
        task.ends(60)
