"""Kinds: an observer that asks for some events gets these, and makes nobody pay for the others."""

from __future__ import annotations

import threading
from typing import Union

import pytest
from helpers import until
from workloads import Loop

from pausable import (
    Event,
    HoldEvent,
    HoldPlaced,
    HoldReleased,
    ScopeQuiescent,
    ScopeShutDown,
    StopRequested,
    TaskEnded,
    TaskEvent,
    TaskRested,
    TaskStarted,
    TaskSubmitted,
)

SELDOM = (HoldEvent, ScopeQuiescent, ScopeShutDown, StopRequested)


def play(pool) -> None:
    """Let there be at least one event of nearly each kind."""
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    with pool.pause("x", timeout=10):
        pass
    future.stop()
    pool.shutdown()


def kinds_seen(events) -> set[type]:
    """Return of which classes they are."""
    return {type(event) for event in events}


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (HoldEvent, {HoldPlaced, HoldReleased}),
        (TaskEnded, {TaskEnded}),
        ((TaskSubmitted, ScopeShutDown), {TaskSubmitted, ScopeShutDown}),
        ((TaskRested, (HoldPlaced, (ScopeQuiescent,))), {TaskRested, HoldPlaced, ScopeQuiescent}),
        (HoldPlaced | StopRequested, {HoldPlaced, StopRequested}),
        ((HoldPlaced | StopRequested, TaskStarted), {HoldPlaced, StopRequested, TaskStarted}),
    ],
)
def test_an_observer_gets_what_it_has_asked_for(pool, kinds, expected) -> None:
    """Classes of events, tuples and unions, as `isinstance` takes them; in the order of all events."""
    every, some = [], []
    pool.observe(every.append)
    pool.observe(some.append, kinds=kinds)
    play(pool)
    until(lambda: kinds_seen(every) >= {TaskEnded, ScopeShutDown})
    until(lambda: some == [event for event in every if type(event) in expected])
    assert kinds_seen(some) == expected


def test_by_default_it_gets_all(pool) -> None:
    """`Event` is the kind of all kinds."""
    every, all_of_it, also_all = [], [], []
    pool.observe(every.append)
    pool.observe(all_of_it.append, kinds=Event)
    pool.observe(also_all.append, kinds=None)
    play(pool)
    until(lambda: kinds_seen(every) >= {TaskEnded, ScopeShutDown})
    until(lambda: every == all_of_it == also_all)
    assert kinds_seen(every) >= {TaskSubmitted, TaskEnded, HoldPlaced, ScopeShutDown}


class Other(Event):
    """An event that never happens."""


@pytest.mark.parametrize(
    "kinds",
    [
        "HoldEvent",
        int,
        object,
        (),
        ((), ()),
        [HoldEvent],
        {HoldEvent},
        (HoldEvent, int),
        (HoldEvent, "TaskEvent"),
        HoldEvent | int,
        HoldEvent | None,
        Other,
        (TaskEvent, Other),
        callable,
    ],
    ids=repr,
)
def test_kinds_that_are_none(pool, kinds) -> None:
    """What is no class of our events is refused at the call, with what was given; nobody observes."""
    with pytest.raises(TypeError, match="kinds must be a class of pausable's events"):
        pool.observe(print, kinds=kinds)
    assert not pool._p_node.audience.observers


def test_groups_and_kinds(pool) -> None:
    """Observers above and below each get what they have asked for, of their own scopes."""
    group, beside = pool.group("g"), pool.group("beside")
    seen: dict[str, list] = {"pool": [], "g": [], "beside": []}
    pool.observe(seen["pool"].append, kinds=HoldPlaced)
    group.observe(seen["g"].append, kinds=TaskEnded)
    beside.observe(seen["beside"].append, kinds=(HoldPlaced, TaskEnded))
    group.submit(int).result(10)
    group.pause("x")
    until(lambda: len(seen["g"]) == 1)
    assert kinds_seen(seen["g"]) == {TaskEnded}
    assert kinds_seen(seen["pool"]) == {HoldPlaced}
    assert seen["beside"] == []


def test_observers_come_and_go(pool) -> None:
    """Who ends its observation takes nothing from others, also of the same kinds and callback."""
    seen: list = []
    ends = [pool.observe(seen.append, kinds=kinds) for kinds in (TaskEnded, TaskEnded, HoldEvent)]
    pool.submit(int).result(10)
    until(lambda: len(seen) == 2)
    ends[0]()
    ends[0]()
    pool.submit(int).result(10)
    until(lambda: len(seen) == 3)
    ends[1]()
    pool.submit(int).result(10)
    pool.pause("x")
    until(lambda: kinds_seen(seen[3:]) == {HoldPlaced})
    ends[2]()
    assert not pool._p_node.pool.demand.observed


def is_plain(pool) -> bool:
    """Say whether a pool goes its shortest way after some tasks."""
    for _ in range(3):
        pool.submit(int).result(10)
    return pool._p_node.pool.is_plain and not pool._p_node.pool.demand.is_followed


def test_what_seldom_happens_costs_nothing(pool) -> None:
    """With observers of holds and the like a pool goes the same short way as with none."""
    seen: list = []
    assert is_plain(pool)
    end = pool.observe(seen.append, kinds=SELDOM)
    assert is_plain(pool)
    assert seen == []
    also = pool.observe(seen.append, kinds=TaskEnded)
    assert not is_plain(pool)
    also()
    assert is_plain(pool)
    with pool.pause("x", timeout=10):
        pass
    until(lambda: kinds_seen(seen) >= {HoldPlaced, HoldReleased, ScopeQuiescent})
    end()


@pytest.mark.parametrize("workers", [1, 4])
def test_each_task_is_told_of_in_order(make_pool, workers) -> None:
    """Thousands of tasks on the short ways: submitted, started, ended, each once, in this order."""
    pool, events = make_pool(workers), []
    number, threads = 500, []
    pool.observe(events.append, kinds=TaskEvent)

    def send() -> None:
        for future in [pool.submit(int) for _ in range(number)]:
            future.result(20)

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    until(lambda: len(events) == 9 * number)
    story: dict[int, list[type]] = {}
    for event in events:
        story.setdefault(event.task_id, []).append(type(event))
    assert len(story) == 3 * number
    assert all(each == [TaskSubmitted, TaskStarted, TaskEnded] for each in story.values())


def test_a_submit_that_is_refused_leaves_no_open_story(make_pool, monkeypatch) -> None:
    """A shutdown between the look and the queue: what was told as submitted is told as ended."""
    pool, events = make_pool(1), []
    pool.observe(events.append, kinds=(TaskEvent, ScopeShutDown))
    go = threading.Event()
    pool.submit(go.wait, 20)
    until(lambda: pool.status().running == 1)
    node = pool._p_node

    class Late(type(node.queue)):  # the queue: a shutdown comes when something is appended
        def append(self, task) -> None:
            super().append(task)
            pool.shutdown(wait=False)

    node.queue = Late(node.queue)
    node.turn.in_ring = False
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(int)
    go.set()
    until(lambda: sum(type(each) is TaskEnded for each in events) == 2)
    ids = [each.task_id for each in events if isinstance(each, TaskSubmitted)]
    ended = [each.task_id for each in events if isinstance(each, TaskEnded)]
    assert sorted(ids) == sorted(ended)


def test_unions_of_typing(pool) -> None:
    """A union of `typing` is one from Python 3.14 on, where both are the same; else it is refused."""
    union = Union[HoldPlaced, TaskEnded]  # noqa: UP007
    if type(union) is type(HoldPlaced | TaskEnded):
        pool.observe(print, kinds=union)
    else:
        with pytest.raises(TypeError, match="kinds must be"):
            pool.observe(print, kinds=union)


def test_a_group_that_is_replaced_takes_its_observers_along(pool) -> None:
    """Who observed a group that is over costs its pool nothing any more."""
    group = pool.group("g")
    group.observe(print, kinds=TaskEnded)
    group.shutdown()
    assert pool._p_node.pool.demand.is_followed
    pool.group("g")
    assert not pool._p_node.pool.demand.is_followed
    assert not pool._p_node.pool.demand.observed


def test_a_task_that_a_program_runs_itself(pool) -> None:
    """It is told of as ended when it is counted."""
    events: list[TaskEvent] = []
    pool.observe(events.append, kinds=TaskEnded)
    pool.pause("x")
    pool.submit(int)
    pool._work_queue.get_nowait().run()
    until(lambda: len(events) == 1)
    assert pool.status().succeeded == 1
