"""What is seen can be sent: snapshots and events are frozen, hold nothing alive, and become JSON."""

from __future__ import annotations

import dataclasses
import gc
import json
import pickle
import threading
import weakref

import pytest
from helpers import until
from workloads import Loop

from pausable import Future, NotQuiescent, TaskEnded, TaskSubmitted, ThreadPoolExecutor, sleep


class Text(str):
    """Text of a class that nobody else has, which may not be asked for anything."""

    __slots__ = ()

    def __str__(self) -> str:
        raise AssertionError("it was asked")

    def __reduce__(self):
        raise AssertionError("it cannot be pickled")


ODD = [Text("mine"), "lone \udc80", Text("both \ud800"), "", "a/b\n\0", "日本"]


def check(seen) -> None:
    """Send it by pickle and as JSON, and find no text in it that is not plain."""
    assert pickle.loads(pickle.dumps(seen)) == seen
    plain = dataclasses.asdict(seen)
    text = json.dumps(plain, ensure_ascii=False)
    assert json.loads(text.encode()) == json.loads(json.dumps(plain))

    def walk(value) -> None:
        assert type(value) in {str, int, float, bool, type(None), dict, list, tuple}, value
        if isinstance(value, dict):
            for key, each in value.items():
                assert type(key) is str
                walk(each)
        elif isinstance(value, list | tuple):
            for each in value:
                walk(each)

    walk(plain)


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_whatever_texts_are_given(odd) -> None:
    """Names, reasons and owners of a class of one's own, or with half a character, do not break it."""
    events: list[object] = []

    def task() -> None:
        sleep(60)

    task.__name__ = task.__qualname__ = str.__str__(odd).replace("\0", "") or "x"
    pool = ThreadPoolExecutor(2, str.__str__(odd))
    try:
        pool.observe(events.append)
        group = pool.group(odd or "g")
        futures = [pool.submit(task), group.options(name=odd).submit(task), pool.submit(task)]
        until(lambda: pool.status().running == 2)
        futures[2].pause(odd, owner=odd)
        pool.pause(odd, owner=odd, duration=60)
        assert pool.wait_quiescent(10)
        for seen in (pool, group, *futures):
            check(seen.status())
        for straggler in pool.stragglers():
            check(straggler)
        futures[0].stop(odd)
    finally:
        pool.stop(odd)
        pool.resume()
        pool.shutdown()
    until(lambda: sum(isinstance(each, TaskEnded) for each in events) == 3)
    for event in tuple(events):
        check(event)


def test_a_fault_and_its_text(make_pool) -> None:
    """An exception's text that is no plain text, either."""
    events: list[object] = []
    pool = make_pool(1, on_fault="hold")
    pool.observe(events.append)

    def fail() -> None:
        raise ValueError(Text("half \udcff"))

    future = pool.submit(fail)
    until(pool.faults)
    until(lambda: len(events) > 3)
    for seen in (pool.status(), future.status(), *tuple(events)):
        check(seen)
    (fault,) = pool.faults()
    fault.skip()


def test_stragglers_in_an_error(make_pool) -> None:
    """What `NotQuiescent` lists is the same kind of data."""
    pool, stuck = make_pool(1), threading.Event()
    pool.submit(stuck.wait, 60)
    until(lambda: pool.status().running == 1)
    with pytest.raises(NotQuiescent) as caught, pool.pause("x", timeout=0):
        pass
    stuck.set()
    for straggler in caught.value.stragglers:
        check(straggler)
        assert straggler.path


def test_nothing_is_kept_alive() -> None:
    """A status and events, kept, keep neither the pool nor a task, its function or its result."""

    class Thing:
        pass

    events: list[object] = []
    thing, pool = Thing(), ThreadPoolExecutor(1)
    pool.observe(events.append)
    future = pool.submit(lambda it: it, thing)
    assert future.result(10) is thing
    until(lambda: len(events) == 3)
    kept = (pool.status(), future.status(), pool.group("g").status(), events)
    gone = [weakref.ref(each) for each in (thing, pool, future)]
    pool.shutdown()
    del thing, pool, future
    until(lambda: gc.collect() is not None and not any(ref() for ref in gone))
    assert len(kept) == 4


def test_events_wait_without_their_tasks(make_pool) -> None:
    """While an observer blocks, what has not been delivered keeps no result of a task."""

    class Thing:
        pass

    go, entered = threading.Event(), threading.Event()

    def block(_: object) -> None:
        entered.set()
        go.wait(20)

    pool = make_pool(1)
    pool.observe(block)
    thread = threading.Thread(target=pool.submit, args=(int,))
    thread.start()
    assert entered.wait(10)
    future = pool.submit(Thing)
    gone = weakref.ref(future.result(10))
    del future
    pool.submit(int).result(10)  # the worker has let go of the one before
    until(lambda: gc.collect() is not None and gone() is None)
    go.set()
    thread.join(10)


def test_when_and_where(make_pool) -> None:
    """Each event has a time on a clock that nobody sets, and those of a task its thread."""
    pool, events, seats = make_pool(1), [], []
    pool.observe(events.append)
    future: Future[None] = pool.submit(lambda: seats.append(threading.get_ident()))
    future.result(10)
    queued = pool.submit(int)
    until(lambda: len(events) >= 3)
    told = [each for each in events if each.task_id == future.id]
    assert [each.seat for each in told] == [None, *seats, *seats]
    times = [each.monotonic for each in told]
    assert times == sorted(times)
    assert all(each.monotonic > 0 < each.at for each in told)
    assert isinstance(told[0], TaskSubmitted)
    queued.result(10)


def test_a_long_queue_is_not_listed(make_pool) -> None:
    """A snapshot lists a hundred queued tasks at most, also of groups, and counts the others."""
    pool, loop = make_pool(1), Loop()
    pool.submit(loop)
    assert loop.began.wait(10)
    groups = [pool.group(name) for name in "abc"]
    for scope in (pool, *groups):
        for _ in range(70):
            scope.submit(int)
    status = pool.status()
    assert len(status.tasks) == 101
    assert status.tasks[0].state == "running"
    assert status.unlisted == 180
    assert [len(each.tasks) for each in status.groups.values()] == [30, 0, 0]
    assert [each.unlisted for each in status.groups.values()] == [40, 70, 70]
    assert groups[2].status().unlisted == 0
    assert len(groups[2].status().tasks) == 70
    loop.go.set()


def test_what_was_cancelled_is_not_listed(make_pool) -> None:
    """Cancelled tasks at the front of a queue do not stand in the list."""
    pool = make_pool(1)
    pool.pause("x")
    futures = [pool.submit(int) for _ in range(300)]
    for future in futures[:250]:
        future.cancel()
    status = pool.status()
    assert [task.name for task in status.tasks] == [future.name for future in futures[250:]]
    assert status.unlisted == 0
