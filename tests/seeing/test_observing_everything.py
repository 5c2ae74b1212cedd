"""`pausable.observe()`: the events of all pools, and of those that are made later, one at a time."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import wait

from helpers import until

import pausable
from pausable import HoldPlaced, HoldReleased, TaskEnded, TaskSubmitted


def test_all_pools_and_later_ones(make_pool) -> None:
    """Each event comes with the name of its pool; after the end none does, and no pool is slower."""
    events: list[pausable.Event] = []
    old = make_pool()
    end = pausable.observe(events.append)
    new = make_pool()
    for pool in (old, new):
        assert pool.submit(int).result(10) == 0
    until(lambda: sum(isinstance(each, TaskEnded) for each in events) == 2)
    for pool in (old, new):
        mine = [type(each) for each in events if each.scope == pool.name]
        assert mine[0] is TaskSubmitted
        assert mine[-1] is TaskEnded
    assert old._p_node.pool.demand.observed
    end()
    end()
    assert not old._p_node.pool.demand.observed
    seen = len(events)
    assert old.submit(int).result(10) == 0
    assert len(events) == seen


def test_holds_of_the_process(make_pool) -> None:
    """One event is of the process, and one of each pool: all name the process as what is held."""
    pool = make_pool()
    events: list[pausable.Event] = []
    end = pausable.observe(events.append)
    pausable.pause("x", owner="me")
    pausable.resume()
    end()
    assert [(type(each), each.scope) for each in events] == [
        (HoldPlaced, "process"),
        (HoldPlaced, pool.name),
        (pausable.ScopeQuiescent, pool.name),
        (HoldReleased, "process"),
        (HoldReleased, pool.name),
    ] or sorted(each.scope for each in events) == sorted(["process"] * 2 + [pool.name] * 3)
    holds = [each.hold for each in events if isinstance(each, pausable.HoldEvent)]
    assert {(each.scope, each.reason, each.owner) for each in holds} == {("process", "x", "me")}


def test_a_hold_that_has_expired() -> None:
    """The event says so."""
    events: list[pausable.Event] = []
    end = pausable.observe(events.append)
    pausable.pause("429", duration=0.01)
    until(lambda: any(isinstance(each, HoldReleased) for each in events))
    end()
    assert events[-1].expired


def test_they_come_one_at_a_time(make_pool) -> None:
    """However many pools have something to tell: an observer need not be prepared for two at once."""
    pools = [make_pool() for _ in range(4)]
    inside, most, seen = [0], [0], [0]

    def observer(_: object) -> None:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        seen[0] += 1
        inside[0] -= 1

    end = pausable.observe(observer)
    wait([pool.submit(int) for _ in range(50) for pool in pools], 20)
    until(lambda: seen[0] >= 4 * 50 * 3)
    end()
    assert most == [1]


def test_one_that_raises(make_pool, caplog) -> None:
    """It is logged, and disturbs nobody."""
    pool = make_pool()
    seen = threading.Event()

    def observer(_: object) -> None:
        seen.set()
        raise ValueError("mine")

    end = pausable.observe(observer)
    with caplog.at_level(logging.ERROR):
        assert pool.submit(int).result(10) == 0
        assert seen.wait(10)
        until(lambda: "an observer of 'process' raised" in caplog.text)
    end()


def test_the_log(make_pool, caplog) -> None:
    """A pause of the process, and its end, are lines that name it."""
    make_pool()
    with caplog.at_level(logging.INFO, logger="pausable"):
        pausable.pause("low battery", owner="me")
        pausable.resume()
    assert "'process' is paused: low battery (by me)" in caplog.text
    assert "'process': hold was released after" in caplog.text


def test_who_observes_gets_what_has_happened_meanwhile_and_nothing_else(make_pool) -> None:
    """While a slow observer keeps events back: those of the time between begin and end, all of them."""
    pool = make_pool(1)
    inside, go = threading.Event(), threading.Event()

    def slow(_event) -> None:
        inside.set()
        assert go.wait(10)

    end_slow = pool.observe(slow)
    pool.submit(int)
    assert inside.wait(10)
    early: list[pausable.Event] = []
    late: list[pausable.Event] = []
    end_early = pausable.observe(early.append, kinds=TaskEnded)
    assert pool.submit(int).result(10) == 0
    assert pool.wait_quiescent(10)
    end_early()
    end_late = pausable.observe(late.append, kinds=TaskEnded)
    assert (early, late) == ([], [])
    go.set()
    until(lambda: len(early) == 1)
    pool.shutdown()
    end_slow()
    end_late()
    assert late == []
