"""Adopted pools: those that the stdlib made are paused, resumed and stopped, and never notice."""

from __future__ import annotations

import threading
import traceback
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed, wait
from concurrent.futures import thread as stdlib
from queue import SimpleQueue

import pytest
from adopted.conftest import RESTS, SOON, handle, listed
from helpers import until
from workloads import background

import pausable
from pausable._core.decision import decide
from pausable._core.gil import HAS_GIL
from pausable.adopted import crew as crew_module
from pausable.adopted import stock
from pausable.adopted.crew import by_queue, watched
from pausable.adopted.work_item import calls_under_way

pytestmark = pytest.mark.skipif(not HAS_GIL, reason="the stacks of threads are read, under the GIL")

rests = pytest.mark.skipif(not RESTS, reason="before 3.12 what runs does not rest")


def square(number):
    """Do next to nothing."""
    return number * number


# Nothing starts.


@pytest.mark.usefixtures("adopted")
def test_nothing_starts_under_a_pause(make):
    """From the call on; each future is pending until the resume, and then all have their results."""
    pool = make(2)
    pausable.pause("not now")
    futures = [pool.submit(square, number) for number in range(20)]
    until(lambda: handle(pool).status().tasks)
    status = handle(pool).status()
    assert (status.running, status.resting, status.queued, status.is_quiescent) == (0, 0, 20, True)
    assert not any(future.running() or future.done() for future in futures)
    assert pausable.resume() == 1
    assert [future.result(SOON) for future in futures] == [n * n for n in range(20)]


@pytest.mark.usefixtures("adopted")
def test_their_order_stays(make):
    """What waited for the resume starts as it was submitted."""
    pool, order = make(1), []
    with pausable.pause("not now"):
        futures = [pool.submit(order.append, number) for number in range(10)]
        until(lambda: handle(pool).status().tasks)
    wait(futures, SOON)
    assert order == list(range(10))


@pytest.mark.usefixtures("adopted")
def test_a_pool_that_is_made_later_is_born_under_the_hold(make):
    """Also one of a subclass; each is named by its threads' prefix."""

    class Theirs(ThreadPoolExecutor):
        pass

    pausable.pause("all")
    pools = [make(1), make(1, Theirs, thread_name_prefix="theirs")]
    futures = [pool.submit(square, 3) for pool in pools]
    for pool in pools:
        until(lambda pool=pool: handle(pool).status().tasks)
        assert [hold.kind for hold in handle(pool).holds()] == ["process"]
        assert pausable.resume(pausable.pause("more")) == 1  # another hold does not undo it
    assert not any(future.done() for future in futures)
    pausable.resume()
    assert [future.result(SOON) for future in futures] == [9, 9]


def test_pools_that_were_there_before(make):
    """They are adopted, those without a thread so far, too; and only those of the stdlib."""
    busy, idle, own = make(1), make(1), pausable.ThreadPoolExecutor(1)
    busy.submit(square, 2).result(SOON)
    assert pausable.adopt()
    assert not pausable.adopt()
    try:
        pausable.pause("x")
        futures = [pool.submit(square, 2) for pool in (busy, idle, own)]
        for pool in (busy, idle):
            until(lambda pool=pool: handle(pool).status().queued == 1)
        assert not any(future.done() for future in futures)
        assert [pool.is_adopted for pool in pausable.status().pools].count(False) == 1
    finally:
        pausable.resume()
        assert pausable.give_back()
    assert not pausable.give_back()
    assert [future.result(SOON) for future in futures] == [4, 4, 4]
    own.shutdown()


@pytest.mark.usefixtures("adopted")
def test_the_hold_of_one_pool(make):
    """Others go on; the process and the pool have holds that do not undo each other."""
    held, other = make(1), make(1)
    hold = handle(held).pause("only this one")
    future = held.submit(square, 4)
    assert other.submit(square, 5).result(SOON) == 25
    pausable.pause("all")
    pausable.resume()
    until(lambda: handle(held).status().tasks)
    assert not future.done()
    assert hold.release()
    assert future.result(SOON) == 16


@pytest.mark.usefixtures("adopted")
def test_a_hold_with_running_finish(make, counters):
    """What runs goes on to its end, and nothing else starts."""
    pool, counter = make(1), counters()
    first, second = pool.submit(counter), pool.submit(square, 3)
    assert counter.began.wait(SOON)
    handle(pool).pause("let them end", running="finish")
    assert handle(pool).status().running == 1
    counter.go = True
    assert first.result(SOON) == counter.count
    assert handle(pool).wait_quiescent(SOON)
    until(lambda: handle(pool).status().tasks)
    assert not second.done()
    handle(pool).resume()
    assert second.result(SOON) == 9


@pytest.mark.usefixtures("adopted")
def test_one_by_one_after_a_resume(make):
    """`stagger` is kept: the next starts when its time has come, and all in the end."""
    pool, started = make(4), []
    pausable.pause("x")
    futures = [pool.submit(started.append, number) for number in range(4)]
    until(lambda: len(handle(pool).status().tasks) == 4)
    pausable.resume(stagger=3600.0)
    until(lambda: started)
    assert handle(pool).status().queued == 3
    pausable.resume()  # without it: the others go at once
    wait(futures, SOON)
    assert len(started) == 4


# Cancel and stop.


@pytest.mark.usefixtures("adopted")
def test_cancel_keeps_its_meaning(make):
    """What is held has not started: it can be cancelled, and who waits is told while it is held."""
    pool = make(1)
    pausable.pause("x")
    held, queued = pool.submit(square, 1), pool.submit(square, 2)
    until(lambda: handle(pool).status().tasks)
    told = background(lambda: list(as_completed([held], SOON)))
    assert held.cancel()
    assert told.result(SOON) == [held]
    assert queued.cancel()
    until(lambda: handle(pool).status().queued == 0, what="nothing is left in the queue")
    assert pausable.is_paused()
    assert not held.running()
    with pytest.raises(CancelledError):
        held.result(0)
    assert wait([queued], SOON).done == {queued}


@pytest.mark.usefixtures("adopted")
def test_shutdown_with_cancel_futures(make):
    """It cancels what is in the queue; what a worker has taken out is run after the resume."""
    pool = make(1)
    pausable.pause("x")
    futures = [pool.submit(square, number) for number in range(5)]
    until(lambda: handle(pool).status().tasks)
    pool.shutdown(wait=False, cancel_futures=True)
    assert [future.cancelled() for future in futures] == [False, True, True, True, True]
    pausable.resume()
    assert futures[0].result(SOON) == 0
    until(lambda: not listed(pool._thread_name_prefix))


@rests
@pytest.mark.usefixtures("adopted")
def test_stop_ends_what_runs_and_what_waits(make, counters):
    """What runs is cancelled after its `finally`, what waits is; the pool goes on."""
    pool, counter = make(1), counters()
    futures = [pool.submit(counter), *(pool.submit(square, n) for n in range(5))]
    assert counter.began.wait(SOON)
    assert handle(pool).stop("not needed") == 6
    assert wait(futures, SOON).not_done == set()
    assert all(future.cancelled() for future in futures)
    assert counter.cleaned == 1
    with pytest.raises(CancelledError):
        futures[0].result(0)
    assert pool.submit(square, 6).result(SOON) == 36


@rests
@pytest.mark.usefixtures("adopted")
def test_stop_while_all_rest(make, counters):
    """Also of what rests and what is held: nothing of it starts, and the pool stays held."""
    pool, counter = make(1), counters()
    futures = [pool.submit(counter), *(pool.submit(square, n) for n in range(5))]
    assert counter.began.wait(SOON)
    assert pausable.pause("x").wait(SOON)
    assert pausable.stop("not needed") == 6
    assert wait(futures, SOON).not_done == set()
    assert all(future.cancelled() for future in futures)
    later = pool.submit(square, 1)
    until(lambda: handle(pool).status().tasks)
    assert not later.done()


@rests
@pytest.mark.usefixtures("adopted")
def test_one_task_is_held_or_stopped(make, counters):
    """By the futures of ours that stand for them; the others go on."""
    pool, counter, other = make(2), counters(), counters()
    futures = [pool.submit(counter), pool.submit(other)]
    assert counter.began.wait(SOON)
    assert other.began.wait(SOON)
    task = next(each for each in handle(pool).tasks() if each.where() and each._p_fn is counter)
    assert task.pause("this one").wait(SOON)
    before, going = counter.count, other.count
    until(lambda: other.count > going + 5)
    assert counter.count == before
    assert task.status().state == "resting"
    task.resume()
    until(lambda: counter.count > before)
    assert task.stop("enough")
    assert wait(futures[:1], SOON).done
    assert (futures[0].cancelled(), futures[1].done()) == (True, False)


# What runs.


@rests
@pytest.mark.usefixtures("adopted")
def test_what_runs_rests_between_two_lines(make, counters):
    """Nothing moves while it rests; then it goes on where it was, to the result that it would have."""
    pool, counter = make(2), counters()
    future = pool.submit(counter)
    assert counter.began.wait(SOON)
    with pausable.pause("x", timeout=SOON):
        before = counter.count
        status = handle(pool).status()
        (task,) = status.tasks
        assert (task.state, status.resting, status.is_preemptive) == ("resting", 1, True)
        assert str(task.where).startswith(__file__.replace("test_adoption", "conftest"))
        assert future.running()
        assert handle(pool).tasks()[0].stack()
        assert counter.count == before
    until(lambda: counter.count > before)
    counter.go = True
    assert future.result(SOON) == counter.count


@rests
def test_what_ran_before_the_adoption(make, counters):
    """It is found on the stacks, and rests like all others."""
    pool, counter = make(2), counters()
    future = pool.submit(counter)
    assert counter.began.wait(SOON)
    pausable.adopt()
    try:
        assert pausable.pause("x").wait(SOON)
        before = counter.count
        assert handle(pool).status().resting == 1
        assert counter.count == before
    finally:
        pausable.give_back()  # and all holds on it end
        pausable.resume()
    until(lambda: counter.count > before)
    counter.go = True
    assert future.result(SOON) == counter.count


@pytest.mark.usefixtures("adopted")
def test_what_does_not_rest_is_named(make):
    """A call in C, and before 3.12 each that runs: a straggler, until it ends."""
    pool, go, began, ended = make(1), SimpleQueue(), threading.Event(), []

    def blocked():
        began.set()
        go.get(timeout=SOON)
        ended.append("its last line")

    future = pool.submit(blocked)
    assert began.wait(SOON)
    hold = pausable.pause("x")
    (straggler,) = pausable.stragglers()
    assert (straggler.task, straggler.is_preemptive) == ("blocked-1", RESTS)
    assert straggler.where is not None
    assert not hold.wait(0)
    go.put("go")
    assert hold.wait(SOON)
    assert bool(ended) is not RESTS
    hold.release()
    future.result(SOON)
    assert ended


@pytest.mark.usefixtures("adopted")
def test_a_call_that_is_just_telling_its_outcome(make):
    """Its done callbacks are part of it: the pool is quiescent after them, though nobody says so."""
    pool, go, began, called = make(1), threading.Lock(), threading.Event(), threading.Event()
    go.acquire()

    def callback(_):
        called.set()
        go.acquire(timeout=SOON)

    future = pool.submit(began.wait, SOON)
    future.add_done_callback(callback)
    began.set()
    assert called.wait(SOON)
    hold = pausable.pause("x")
    assert future.done()
    assert len(pausable.stragglers()) == 1
    go.release()
    assert hold.wait(SOON)
    if not RESTS:
        assert not handle(pool).status().tasks
    hold.release()


@pytest.mark.usefixtures("adopted")
@pytest.mark.parametrize("is_held", [True, False], ids=["held", "runs"])
def test_the_next_call_of_a_thread_before_the_end_of_the_last_was_noted(
    make, counters, monkeypatch, is_held
):
    """Whoever comes to the next one notes that the last is over: neither is taken for the other."""
    monkeypatch.setattr(
        crew_module.AdoptedCrew, "note_ends", lambda _: False
    )  # nobody looks in time
    pool, counter = make(1), counters()
    began, called, go = threading.Event(), threading.Event(), threading.Lock()
    go.acquire()
    first = pool.submit(began.wait, SOON)
    first.add_done_callback(lambda _: (called.set(), go.acquire(timeout=SOON)))
    began.set()
    assert called.wait(SOON)
    pausable.pause("while the first is telling its outcome")
    crew = by_queue[id(pool._work_queue)]
    assert crew.witnesses
    second = pool.submit(counter)
    if not is_held:
        pausable.resume()
        watched.clear()  # long ago
    go.release()
    if is_held:
        until(lambda: handle(pool).status().queued == 1 and not crew.witnesses)
        assert not counter.began.is_set()
        pausable.resume()
    assert counter.began.wait(SOON)
    hold = pausable.pause("while the second runs")
    assert [task.name for task in handle(pool).tasks()] == ["Counter-2"]
    assert not crew.witnesses
    counter.go = True
    hold.release()
    assert second.result(SOON) == counter.count


@pytest.mark.usefixtures("adopted")
def test_a_call_that_is_cancelled_at_its_beginning(make):
    """It is found when it has not been seen to be cancelled: it ends unseen, and that is found out."""
    pool, go = make(1), threading.Event()
    first, second = pool.submit(go.wait, SOON), pool.submit(square, 1)
    with second._condition:
        go.set()
        until(lambda: any(call.item.future is second for call in calls_under_way()))
        second._state = "CANCELLED"  # as `cancel()` sets it
        hold = pausable.pause("x")
        third = pool.submit(square, 2)
        assert [straggler.task for straggler in pausable.stragglers()] == ["square-1"]
    assert hold.wait(SOON)
    until(lambda: handle(pool).status().tasks)
    assert (first.result(0), second.cancelled(), third.done()) == (True, True, False)
    hold.release()
    assert third.result(SOON) == 4


@pytest.mark.usefixtures("adopted")
def test_a_call_that_is_found_twice(make, counters):
    """Two threads may look at the same time: one task stands for it, and ends with it."""
    pool, counter = make(1), counters()
    future = pool.submit(counter)
    assert counter.began.wait(SOON)
    crew, calls = by_queue[id(pool._work_queue)], calls_under_way() + calls_under_way()
    assert len(calls) == 2
    for call in calls:
        decide(crew.pool, stock._begin, crew, call)
    assert handle(pool).status().running == 1
    counter.go = True
    future.result(SOON)
    until(lambda: handle(pool).is_quiescent())
    assert not crew.pool.seats


@pytest.mark.usefixtures("adopted")
def test_exceptions_are_the_calls_own(make):
    """With the traceback that they have without us, whether the call was held or not."""

    def fails():
        raise ValueError("mine")

    def said(future):
        error = future.exception(SOON)
        return [(frame.name, frame.line) for frame in traceback.extract_tb(error.__traceback__)]

    pool = make(1)
    plain = said(pool.submit(fails))
    with pausable.pause("x"):
        held = pool.submit(fails)
        until(lambda: handle(pool).status().tasks)
    assert said(held) == plain
    assert plain[-1] == ("fails", 'raise ValueError("mine")')
    assert plain[0][0] == "run"
    assert len(plain) == (3 if hasattr(stdlib, "WorkerContext") else 2)


@rests
@pytest.mark.usefixtures("adopted")
def test_a_task_that_pauses_the_process_it_runs_in(make, counters):
    """It is exempt, as a task of a pool of ours: the others rest, it goes on, and nothing hangs."""
    pool, counter = make(2), counters()
    running = pool.submit(counter)
    assert counter.began.wait(SOON)

    def pauses():
        with pausable.pause("from within", timeout=SOON):
            before = counter.count
            return before, counter.count

    before, after = pool.submit(pauses).result(SOON)
    assert before == after
    counter.go = True
    assert running.result(SOON) == counter.count


@pytest.mark.usefixtures("adopted")
def test_a_checkpoint_in_a_call_that_was_held(make):
    """Whoever knows us may call it: it rests there, also before 3.12."""
    pool, began = make(1), threading.Event()
    go = []

    def asks():
        while not go:
            began.set()
            pausable.checkpoint()
            threading.Event().wait(0.0005)
        return "went on"

    with pausable.pause("x"):
        future = pool.submit(asks)
        until(lambda: handle(pool).status().tasks)
    assert began.wait(SOON)
    assert pausable.pause("again").wait(SOON)
    assert handle(pool).status().resting == 1
    go.append(True)
    pausable.resume()
    assert future.result(SOON) == "went on"


# What is not, and how it ends.


@pytest.mark.usefixtures("adopted")
def test_work_goes_to_its_own_executor(make):
    """A handle neither takes tasks nor shuts the pool down: it says who does."""
    pool = make(1, thread_name_prefix="theirs")
    with pytest.raises(RuntimeError, match=r"^'theirs' was adopted: submit to its own executor$"):
        handle(pool).submit(square, 1)
    with pytest.raises(RuntimeError, match="was adopted: shut its own executor down"):
        handle(pool).shutdown()
    assert pool.submit(square, 2).result(SOON) == 4


def test_given_back_while_held(make, counters):
    """All holds end, what rested goes on, what waited starts, and nothing is paused any more."""
    pool, counter = make(1), counters()
    pausable.adopt()
    future, queued = pool.submit(counter), pool.submit(square, 3)
    assert counter.began.wait(SOON)
    found = handle(pool)
    found.pause("its own")
    hold = pausable.pause("all")
    if RESTS:
        assert hold.wait(SOON)
    assert pausable.give_back()
    before = counter.count
    until(lambda: counter.count > before)
    counter.go = True
    assert (future.result(SOON), queued.result(SOON)) == (counter.count, 9)
    assert pausable.is_paused()  # the process is, and has no pool
    assert not pausable.pools()
    with pytest.raises(pausable.ScopeEnded):
        found.pause("too late")
    assert pool.submit(square, 5).result(SOON) == 25
    pausable.resume()


@pytest.mark.usefixtures("adopted")
def test_a_pool_that_has_ended_is_listed_no_more(make):
    """When its executor was shut down, or is gone, and its threads have ended."""
    pool = make(1)
    pool.submit(square, 1).result(SOON)
    name = pool._thread_name_prefix
    assert len(listed(name)) == 1
    pool.shutdown()
    assert not listed(name)
    other = ThreadPoolExecutor(1, "gone")
    other.submit(square, 1).result(SOON)
    assert len(listed("gone")) == 1
    del other
    until(lambda: not listed("gone"))


@pytest.mark.usefixtures("adopted")
def test_an_executor_that_is_dropped_while_held(make):
    """What was submitted to it is done after the resume, as without us."""
    done = []
    pausable.pause("x")
    pool = ThreadPoolExecutor(1, "dropped")
    pool.submit(done.append, 1)
    pool.submit(done.append, 2)
    del pool
    (found,) = listed("dropped")
    until(lambda: found.status().tasks)
    assert not done
    pausable.resume()
    until(lambda: done == [1, 2])
    until(lambda: not listed("dropped"))


def test_refused_without_the_gil(monkeypatch):
    """Nobody's stack could be read there: it says so, and nothing has changed."""
    monkeypatch.setattr("pausable.adopted.custody.HAS_GIL", False)
    with pytest.raises(RuntimeError, match="only where there is a GIL"):
        pausable.adopt()
    assert not pausable.give_back()


def test_refused_where_the_work_of_the_stdlib_was_replaced(monkeypatch):
    """Its place on a stack is not known then."""
    monkeypatch.setattr("pausable.adopted.custody.is_stdlibs", lambda: False)
    with pytest.raises(RuntimeError, match="was replaced before pausable was imported"):
        pausable.adopt()
