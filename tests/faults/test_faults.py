"""Faults: a task that raises waits for a decision, and its scope with it."""

from __future__ import annotations

import gc
import queue
import threading
import weakref

import pytest
from helpers import until
from scripts import run
from workloads import Loop, background

from pausable import TaskFaulted, TaskStopped, ThreadPoolExecutor
from pausable.futures import CancelledError, as_completed, wait

BAD = {17: "first", 170: "x", 171: "x", 404: "x", 500: "x", 777: "x", 998: "last"}


def halve(number: int) -> int:
    """Fail on some items."""
    half = number // 2
    if number in BAD:
        raise ValueError(f"bad item {number}")
    return half


def the_fault(scope):
    """Wait for a fault, and return it."""
    until(scope.faults, what=f"{scope.name} has a fault")
    return scope.faults()[0]


def test_1000_items_7_faults_4_decisions(make_pool):
    """The others wait while a fault is undecided; in the end every item is accounted for."""
    pool = make_pool(4)
    group = pool.group("batch", on_fault="hold", faults=(ValueError,))
    news: queue.Queue[TaskFaulted] = queue.Queue()
    group.observe(lambda event: isinstance(event, TaskFaulted) and news.put(event))
    futures = [group.submit(halve, number) for number in range(1_000)]
    decisions = [
        lambda fault: fault.retry(fault.args[0] + 1_000),
        lambda fault: fault.fail(),
        lambda fault: fault.resolve(-1),
        lambda fault: fault.skip(),
        lambda fault: fault.fail(),
        lambda fault: fault.resolve(-1),
        lambda fault: fault.retry(number=2_000),
    ]
    decided = {}
    for number, decide in enumerate(decisions):
        news.get(timeout=20)
        assert group.wait_quiescent(20)
        fault = the_fault(group)
        assert group.is_paused()
        assert group.submit(threading.Event().set).status().state == "queued"
        waiting = group.status().queued
        assert waiting > 0
        decided[fault.args[0]] = (number, fault.task)
        assert decide(fault)
    done, not_done = wait(futures, timeout=20)
    assert (len(done), len(not_done)) == (1_000, 0)
    assert set(decided) == set(BAD)
    outcomes = {"result": 0, "exception": 0, "cancelled": 0}
    for number, future in enumerate(futures):
        if future.cancelled():
            outcomes["cancelled"] += 1
        elif future.exception() is not None:
            assert str(future.exception()) == f"bad item {number}"
            outcomes["exception"] += 1
        else:
            outcomes["result"] += 1
            assert future.result() in (number // 2, -1, (number + 1_000) // 2, 1_000)
    assert outcomes == {"result": 997, "exception": 2, "cancelled": 1}
    until(lambda: group.status().done == 1_007)
    assert not group.faults()
    assert not group.holds()


def test_what_a_fault_knows(pool):
    """The task, its arguments, the traceback, and the locals where it was raised."""
    group = pool.group("g", on_fault="hold", faults=ValueError)
    future = group.submit(halve, number=17)
    fault = the_fault(group)
    assert fault.task is future
    assert (fault.args, fault.kwargs) == ((), {"number": 17})
    assert fault.locals == {"number": 17, "half": 8}
    assert 'raise ValueError(f"bad item {number}")' in fault.traceback
    assert fault.traceback.count('File "') == 1  # nothing of ours
    assert str(fault.exception) == "bad item 17"
    assert fault.reason == f"{future.name}: ValueError: bad item 17"
    assert repr(fault) == f"<Fault undecided: {fault.reason}>"
    (hold,) = group.holds()
    assert (hold.reason, hold.owner, hold.kind) == (
        fault.reason,
        f"fault of {future.name}",
        "fault",
    )
    assert (future.done(), future.running(), future.status().state) == (False, False, "faulted")
    assert fault.fail()
    assert (fault.args, fault.kwargs, fault.locals, fault.traceback) == ((), {}, {}, "")
    assert fault.is_decided()
    assert "decided" in repr(fault)


def test_a_decision_is_made_once(pool):
    """Whoever comes second is told so."""
    group = pool.group("g", on_fault="hold")
    group.submit(halve, 17)
    fault = the_fault(group)
    assert fault.resolve(1)
    assert not any((fault.retry(), fault.fail(), fault.resolve(2), fault.skip()))
    assert fault.task.result() == 1


def test_a_retry_with_the_same_arguments(pool):
    """Whatever was wrong has been repaired; the task runs with its context and its number."""
    group = pool.group("g", on_fault="hold", faults=KeyError)
    prices = {}
    first, second = group.submit(prices.__getitem__, "fig"), group.submit(str, 2)
    fault = the_fault(group)
    prices["fig"] = 5
    name = first.name
    assert fault.retry()
    assert (first.result(10), second.result(10), first.name) == (5, "2", name)


def test_a_retry_may_be_a_fault_again(pool):
    """As often as it likes."""
    group = pool.group("g", on_fault="hold")
    future = group.submit(halve, 17)
    for _ in range(5):
        assert the_fault(group).retry()
        until(lambda: group.faults() and not group.faults()[0].is_decided())
    assert the_fault(group).retry(4)
    assert future.result(10) == 2


def test_other_errors_fail_as_usual(pool):
    """What is not of `faults` is no fault."""
    group = pool.group("g", on_fault="hold", faults=(KeyError,))
    assert isinstance(group.submit(halve, 17).exception(10), ValueError)
    assert not group.is_paused()


def test_so_many_in_a_row(make_pool):
    """With ``after=3`` two fail as usual; a result in between begins a new row."""
    pool = make_pool(1)
    group = pool.group("g", on_fault="hold", faults=ValueError, after=3)
    items = [17, 17, 1, 17, 17, 1, 17, 17, 17]
    futures = [group.submit(halve, item) for item in items]
    fault = the_fault(group)
    assert fault.task is futures[-1]
    failed = [future.exception() is not None for future in futures[:-1]]
    assert failed == [item == 17 for item in items[:-1]]
    assert fault.skip()


def test_a_whole_pool_and_its_groups(make_pool):
    """What the pool was told counts for its groups; what they were told themselves comes first."""
    pool = make_pool(2, on_fault="hold", faults=ValueError)
    group, own = pool.group("g"), pool.group("own", on_fault="hold", faults=ValueError)
    first, second = pool.submit(halve, 17), None
    fault = the_fault(pool)
    assert [hold.kind for hold in pool.holds()] == ["fault"]
    assert fault.skip()
    second = group.submit(halve, 17)
    assert the_fault(group).task is second
    assert [hold.kind for hold in pool.holds()] == ["fault"]
    assert group.faults() == pool.faults()
    assert the_fault(group).skip()
    third = own.submit(halve, 17)
    assert the_fault(own).task is third
    assert not pool.is_paused()
    assert own.faults()[0].fail()
    assert first.cancelled()


def test_the_rest_of_the_pool_goes_on(make_pool):
    """With all of its slots: a fault takes up no thread."""
    pool = make_pool(1)
    group = pool.group("g", on_fault="hold")
    futures = [group.submit(halve, 17) for _ in range(3)]
    fault = the_fault(group)
    assert pool.submit(str, 1).result(10) == "1"
    assert fault.skip()
    for _ in range(2):
        assert the_fault(group).skip()
        until(lambda: not group.is_paused() or group.faults())
    assert all(future.cancelled() for future in futures)


def test_several_at_once_have_a_hold_each(make_pool):
    """The scope opens when the last one is decided."""
    pool = make_pool(3)
    group = pool.group("g", on_fault="hold")
    together = threading.Barrier(3)

    def task():
        together.wait(10)
        raise ValueError("together")

    for _ in range(3):
        group.submit(task)
    until(lambda: len(group.faults()) == 3)
    for left, fault in enumerate(group.faults()):
        assert len(group.holds()) == 3 - left
        assert fault.fail()
    assert not group.is_paused()


def test_a_users_resume_does_not_decide(pool):
    """Nor does a decision release the user's hold."""
    group = pool.group("g", on_fault="hold")
    group.submit(halve, 17)
    fault = the_fault(group)
    hold = group.pause("the user asked")
    assert group.resume() == 1
    assert hold.is_released()
    assert group.is_paused()
    hold = group.pause("the user asked")
    assert fault.skip()
    assert [each.kind for each in group.holds()] == ["pause"]
    hold.release()


@pytest.mark.parametrize("how", ["cancel", "stop", "set_result"])
def test_a_decision_from_elsewhere_ends_the_fault(pool, how):
    """A cancel, a stop of the task, a result set by hand: the hold is released with it."""
    group = pool.group("g", on_fault="hold")
    future = group.submit(halve, 17)
    fault = the_fault(group)
    assert getattr(future, how)(*["x"] * (how != "cancel")) is not False
    assert fault.is_decided()
    assert not group.is_paused()
    assert not group.faults()
    if how == "stop":
        with pytest.raises(TaskStopped):
            future.result(0)
    elif how == "cancel":
        with pytest.raises(CancelledError):
            future.result(0)
    else:
        assert future.result(0) == "x"


def test_a_pause_of_a_faulted_task_does_not_start_it(pool):
    """To pause and resume it is no decision; a retry under a hold waits for the resume."""
    group = pool.group("g", on_fault="hold")
    future = group.submit(halve, 17)
    fault = the_fault(group)
    future.pause("x")
    future.resume()
    assert future.status().state == "faulted"
    future.pause("x")
    assert fault.retry(4)
    assert not group.is_paused()
    assert group.submit(str, 1).result(10) == "1"
    assert not future.done()
    future.resume()
    assert future.result(10) == 2


def test_a_stopped_task_is_no_fault(pool):
    """What a task raises on its way out of a stop fails it as usual."""
    group = pool.group("g", on_fault="hold", faults=BaseException)
    loop = Loop()
    future = group.submit(loop)
    assert loop.began.wait(10)
    assert future.stop("not needed")
    until(future.cancelled)
    assert not group.faults()


def test_those_who_wait_are_told_at_the_decision(pool):
    """`result`, `as_completed` and callbacks wait through the fault."""
    group = pool.group("g", on_fault="hold")
    future = group.submit(halve, 17)
    called = []
    future.add_done_callback(called.append)
    waiting = background(future.result, 20)
    completed = background(lambda: next(as_completed([future], 20)))
    fault = the_fault(group)
    assert not called
    assert fault.resolve(3)
    assert (waiting.result(10), completed.result(10), called) == (3, future, [future])


def test_a_chunk_goes_on_after_its_bad_item(pool):
    """A retry of a chunk of `map` runs the items that have no result yet."""
    group = pool.group("g", on_fault="hold")
    calls = []

    def once_bad(item):
        calls.append(item)
        if calls.count(3) == 1 and item == 3:
            raise ValueError("once")
        return item

    results = group.map(once_bad, range(6), chunksize=6)
    assert the_fault(group).retry()
    assert list(results) == list(range(6))
    assert calls == [0, 1, 2, 3, 3, 4, 5]


@pytest.mark.parametrize("scope", ["pool", "group"])
def test_a_shutdown_fails_what_is_undecided(make_pool, scope):
    """With its own exception; what is queued behind it still runs, and later faults fail."""
    pool = make_pool(1)
    group = pool.group("g", on_fault="hold")
    futures = [group.submit(halve, item) for item in (17, 2, 17)]
    fault = the_fault(group)
    assert (pool if scope == "pool" else group).shutdown(timeout=20)
    assert fault.is_decided()
    assert str(futures[0].exception(0)) == "bad item 17"
    assert futures[1].result(0) == 1
    assert isinstance(futures[2].exception(0), ValueError)


def test_a_with_block_ends_with_all_decided():
    """Leaving ``with pool:`` shuts down, and so fails the fault."""
    with ThreadPoolExecutor(1, on_fault="hold") as pool:
        future = pool.submit(halve, 17)
        the_fault(pool)
    assert isinstance(future.exception(0), ValueError)


def test_at_the_exit_of_the_interpreter_it_fails():
    """A program that ends with an undecided fault ends, and the future has its exception."""
    lines = run(
        """
        pool = ThreadPoolExecutor(1, on_fault="hold")
        future = pool.submit(int, "x")
        future.add_done_callback(lambda future: say(type(future.exception()).__name__))
        until(pool.faults)
        """
    )
    assert "ValueError" in lines
    assert any("held by a fault" in line for line in lines)


class Bad(ValueError):
    """An error that can be referred to weakly."""


class Thing:
    """Something that can be referred to weakly."""


@pytest.mark.parametrize("decision", ["retry", "fail", "resolve", "skip", "cancel", "shutdown"])
def test_nothing_is_kept_longer_than_the_fault(make_pool, decision):
    """Arguments, locals and the exception are let go of with the decision and the future."""
    pool = make_pool(1)
    group = pool.group("g", on_fault="hold")
    again = []

    def task(argument):
        local = Thing()
        references.extend(map(weakref.ref, (argument, local)))
        if not again:
            error = Bad("x")
            references.append(weakref.ref(error))
            raise error
        del local

    references: list[weakref.ref] = []
    future = group.submit(task, Thing())
    fault = the_fault(group)
    assert isinstance(fault.exception, Bad)
    references.append(weakref.ref(fault))
    again.append(True)
    assert all(reference() is not None for reference in references)
    if decision == "resolve":
        fault.resolve(None)
    elif decision == "cancel":
        future.cancel()
    elif decision == "shutdown":
        group.shutdown()
    else:
        getattr(fault, decision)()
    until(future.done)
    del fault, future
    pool.submit(str).result(10)  # the worker has let go, too
    until(lambda: gc.collect() is not None and not any(each() for each in references))


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"on_fault": "pause"}, ValueError),
        ({"faults": 3}, TypeError),
        ({"faults": ()}, TypeError),
        ({"faults": (3,)}, TypeError),
        ({"after": 0}, ValueError),
        ({"after": "x"}, TypeError),
    ],
)
def test_bad_input_is_refused(pool, options, error):
    """At the call, with the name of what is wrong."""
    with pytest.raises(error, match=next(iter(options))):
        pool.group("g", **options)
    with pytest.raises(error, match=next(iter(options))):
        ThreadPoolExecutor(1, **options)
