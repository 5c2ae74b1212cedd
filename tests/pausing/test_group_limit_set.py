"""The limit of a group can be set, as `max_workers` of a pool can."""

from __future__ import annotations

import math

import pytest
from helpers import until
from workloads import Loop


def submit(scope, number: int) -> list[Loop]:
    """Submit so many loops."""
    loops = [Loop() for _ in range(number)]
    for loop in loops:
        scope.submit(loop)
    return loops


def test_raised_while_running(make_pool) -> None:
    """More of its tasks start at once, without a submit; `None` is as many as the pool lets."""
    pool = make_pool(5)
    group = pool.group("g", limit=1)
    submit(group, 9)
    until(lambda: group.status().running == 1)
    group.limit = 3
    until(lambda: group.status().running == 3)
    assert group.limit == group.status().max_workers == 3
    group.limit = None
    until(lambda: group.status().running == 5)
    assert group.limit is None


def test_lowered_while_running(make_pool) -> None:
    """What runs goes on; no new task starts until fewer than the new limit run."""
    pool = make_pool(4)
    group = pool.group("g", limit=4)
    loops = submit(group, 6)
    until(lambda: group.status().running == 4)
    group.limit = 2
    for loop in loops[:2]:
        loop.go.set()
    until(lambda: group.status().done == 2)
    assert (group.status().running, group.status().queued) == (2, 2)
    loops[2].go.set()
    until(lambda: group.status().queued == 1)
    assert group.status().running == 2


def test_lowered_while_paused(make_pool) -> None:
    """After the resume no more go on than the new limit; the others wait, at rest, for a slot."""
    pool = make_pool(4)
    group = pool.group("g")
    loops = submit(group, 4)
    until(lambda: group.status().running == 4)
    with group.pause("x", timeout=10):
        group.limit = 1
    until(lambda: group.status().running == 1)
    assert group.status().resting == 3
    group.limit = 4
    until(lambda: group.status().running == 4)
    for loop in loops:
        loop.go.set()
    until(lambda: group.status().done == 4)


def test_a_limit_above_is_kept(make_pool) -> None:
    """A group below one with a limit gets no more than that has left."""
    pool = make_pool(4)
    outer = pool.group("outer", limit=2)
    inner = outer.group("inner", limit=1)
    submit(inner, 4)
    until(lambda: inner.status().running == 1)
    inner.limit = 4
    until(lambda: inner.status().running == 2)
    outer.limit = 3
    until(lambda: inner.status().running == 3)


def test_set_where_the_pool_is_interrupted(make_pool) -> None:
    """A signal handler's takes effect as soon as the call that it has interrupted goes on."""
    pool = make_pool(4)
    group = pool.group("g", limit=1)
    submit(group, 4)
    until(lambda: group.status().running == 1)
    with pool._p_node.pool.lock:
        group.limit = 3
        assert group.limit == 1
    until(lambda: group.status().running == 3)
    assert group.limit == 3


@pytest.mark.parametrize("value", [0, -1, math.inf, 1.5, "2"])
def test_bad_limits(pool, value) -> None:
    """They are refused as those of `group()` are, and change nothing."""
    group = pool.group("g", limit=2)
    with pytest.raises((TypeError, ValueError), match="limit"):
        group.limit = value
    assert group.limit == 2
