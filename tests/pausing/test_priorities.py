"""Priorities: which of the groups that want a slot comes first."""

from __future__ import annotations

import threading

import pytest
from helpers import until
from workloads import Loop


class Order:
    """Which tasks ran, in their order, on a pool of one slot; the first one holds it till `go`."""

    def __init__(self, pool) -> None:
        self.ran: list[str] = []
        self.pool = pool
        self.block = Loop()
        pool.submit(self.block)
        assert self.block.began.wait(10)

    def submit(self, scope, *names: str) -> None:
        for name in names:
            scope.submit(self.ran.append, name)

    def go(self) -> list[str]:
        self.block.go.set()
        until(lambda: not self.pool.tasks())
        return self.ran


def test_the_highest_first(make_pool) -> None:
    """Whatever was submitted first; the pool's own tasks count as 0."""
    pool = make_pool(1)
    order = Order(pool)
    for name, priority in (("low", -1), ("default", 0), ("high", 2), ("higher", 3)):
        order.submit(pool.group(name, priority=priority), name, name)
    order.submit(pool, "pool", "pool")
    ran = order.go()
    assert ran[:4] == ["higher", "higher", "high", "high"]
    assert sorted(ran[4:6]) == sorted(ran[6:8]) == ["default", "pool"]
    assert ran[8:] == ["low", "low"]


def test_the_same_take_turns(make_pool) -> None:
    """As all do that have no priority."""
    pool = make_pool(1)
    order = Order(pool)
    for name in "abc":
        order.submit(pool.group(name, priority=1), name, name)
    order.submit(pool.group("d"), "d", "d")
    assert order.go() == ["a", "b", "c"] * 2 + ["d"] * 2


def test_a_group_below_competes_within_its_parent(make_pool) -> None:
    """All of a group come before all of a lower one, however high what is below that."""
    pool = make_pool(1)
    order = Order(pool)
    high, low = pool.group("high", priority=1), pool.group("low", priority=-1)
    order.submit(low.group("urgent", priority=99), "low/urgent")
    order.submit(low, "low")
    order.submit(pool.group("plain").group("late", priority=-5), "plain/late")
    order.submit(pool, "pool")
    order.submit(high.group("late", priority=-5), "high/late")
    order.submit(high, "high")
    order.submit(high.group("urgent", priority=5), "high/urgent")
    assert order.go() == [
        "high/urgent",
        "high",
        "high/late",
        "pool",
        "plain/late",
        "low/urgent",
        "low",
    ]


def test_one_that_is_held_or_full_keeps_nobody_waiting(make_pool) -> None:
    """A lower one goes meanwhile; and the higher first again, once it can."""
    pool = make_pool(2)
    high, low = pool.group("high", priority=1, limit=1), pool.group("low")
    first, second, other = Loop(), Loop(), Loop()
    high.submit(first)
    assert first.began.wait(10)
    high.submit(second)
    low.submit(other)
    assert other.began.wait(10)
    assert not second.began.is_set()
    late = [Loop() for _ in range(3)]
    for loop in late:
        low.submit(loop)
    first.go.set()
    assert second.began.wait(10)
    assert not any(loop.began.is_set() for loop in late)
    high.pause("x")
    until(lambda: late[0].began.is_set(), what="the slot of the one that rests is used")


def test_those_at_rest_come_back_in_the_same_order(make_pool) -> None:
    """Before new tasks, and the highest first of them."""
    pool = make_pool(3)
    groups = {name: pool.group(name, priority=n) for n, name in enumerate(["low", "mid", "high"])}
    loops = {name: Loop() for name in groups}
    for name, group in groups.items():
        group.submit(loops[name])
        assert loops[name].began.wait(10)
    assert pool.pause("x").wait(10)
    new = Loop()
    pool.group("highest", priority=9).submit(new)
    pool.max_workers = 1
    pool.resume()
    for name in ("high", "mid", "low"):
        assert [each for each in groups if groups[each].status().running] == [name]
        assert not new.began.is_set()
        loops[name].go.set()
        until(lambda name=name: groups[name].status().done == 1)
        until(lambda: pool.status().running == 1)
    assert new.began.wait(10)


def test_one_that_is_submitted_to_while_lower_ones_wait(make_pool) -> None:
    """It is next, before all that has been queued for long."""
    pool = make_pool(1)
    order = Order(pool)
    gate = threading.Event()
    low = pool.group("low", priority=-1)
    low.submit(gate.wait, 10)
    order.submit(low, *"lll")
    order.block.go.set()
    until(lambda: low.status().running == 1)
    order.submit(pool.group("high", priority=1), "high")
    order.submit(pool, "pool")
    gate.set()
    assert order.go() == ["high", "pool", *"lll"]


@pytest.mark.parametrize("workers", [1, 3])
def test_all_run(make_pool, workers) -> None:
    """With priorities of all kinds, each task runs once."""
    pool = make_pool(workers)
    ran: list[int] = []
    groups = [pool.group(str(n), priority=n % 3 - 1) for n in range(6)]
    groups += [group.group("below", priority=n % 2) for n, group in enumerate(groups)]
    futures = [groups[n % 12].submit(ran.append, n) for n in range(600)]
    for future in futures:
        future.result(20)
    assert sorted(ran) == list(range(600))
