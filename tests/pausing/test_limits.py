"""Limits of groups: how many of their tasks run at once, in groups within groups, too."""

from __future__ import annotations

import pytest
from helpers import until
from workloads import Loop


def begun(loops: list[Loop]) -> int:
    """Count the loops that have begun."""
    return sum(loop.began.is_set() for loop in loops)


def submit(scope, number: int) -> list[Loop]:
    """Submit so many loops to a scope."""
    loops = [Loop() for _ in range(number)]
    for loop in loops:
        scope.submit(loop)
    return loops


def test_no_more_than_the_limit_run(make_pool) -> None:
    """Of five tasks of a group two run at once, beside those of the pool."""
    pool = make_pool(4)
    group = pool.group("g", limit=2)
    limited, free = submit(group, 5), submit(pool, 2)
    until(lambda: (begun(limited), begun(free)) == (2, 2))
    assert pool.status().running == 4
    limited[0].go.set()
    until(lambda: begun(limited) == 3)
    assert group.status().running == 2
    assert group.status().max_workers == 2


def test_a_limited_group_leaves_the_other_slots_to_the_pool(make_pool) -> None:
    """A long queue of a group at its limit does not keep the pool's tasks from starting."""
    pool = make_pool(3)
    limited = submit(pool.group("g", limit=1), 100)
    free = submit(pool, 2)
    until(lambda: begun(free) == 2)
    assert begun(limited) == 1


def test_limits_of_nested_groups(make_pool) -> None:
    """The limit above counts the tasks of all groups below it."""
    pool = make_pool(10)
    outer = pool.group("outer", limit=3)
    inner, other = outer.group("inner", limit=2), outer.group("other")
    loops = [submit(scope, 4) for scope in (inner, other, outer)]
    until(lambda: sum(begun(each) for each in loops) == 3)
    assert pool.status().running == 3
    assert begun(loops[0]) <= 2
    inner.pause("x")
    until(lambda: inner.is_quiescent() and outer.status().running == 3)
    inner.resume()
    for each in loops:
        for loop in each:
            loop.go.set()
    until(lambda: pool.status().done == 12)


def test_a_limit_above_that_of_the_pool(make_pool) -> None:
    """Such a limit is no more than the pool has; the status says so."""
    pool = make_pool(2)
    group = pool.group("g", limit=50)
    loops = submit(group, 3)
    until(lambda: begun(loops) == 2)
    assert group.limit == 50
    assert group.status().max_workers == 2
    pool.max_workers = 3
    until(lambda: begun(loops) == 3)
    assert group.status().max_workers == 3


def test_resting_tasks_do_not_count(make_pool) -> None:
    """A task of the group that is paused on its own makes room within the limit; it returns first."""
    pool = make_pool(4)
    group = pool.group("g", limit=1)
    first, second, third = Loop(), Loop(), Loop()
    future = group.submit(first)
    group.submit(second)
    group.submit(third)
    assert first.began.wait(10)
    future.pause("x")
    assert second.began.wait(10)
    future.resume()
    assert future.status().state == "resting"
    second.go.set()
    rounds = first.rounds
    until(lambda: first.rounds > rounds)
    assert not third.began.is_set()
    first.go.set()
    assert third.began.wait(10)


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_a_limit_is_kept_by_its_tasks(make_pool, limit) -> None:
    """200 short tasks under a limit: never more than that at once, and all of them run."""
    pool = make_pool(8)
    group = pool.group("g", limit=limit)
    inside: list[int] = []
    most: list[int] = []

    def task(number: int) -> int:
        inside.append(number)
        most.append(len(inside))
        inside.remove(number)
        return number

    assert list(group.map(task, range(200))) == list(range(200))
    assert max(most) <= limit


def test_a_limit_after_a_pause(make_pool) -> None:
    """A group that is resumed with many tasks at rest and queued lets no more go than its limit."""
    pool = make_pool(6)
    group = pool.group("g", limit=3)
    loops = submit(group, 6)
    until(lambda: begun(loops) == 3)
    for _ in range(20):
        with group.pause("x", timeout=10):
            assert group.status().resting == 3
        until(lambda: group.status().running == 3)
        assert begun(loops) == 3
