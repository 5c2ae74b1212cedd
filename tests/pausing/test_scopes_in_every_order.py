"""Holds on pool, group, nested group and task, placed and released in every order."""

from __future__ import annotations

from itertools import permutations

import pytest
from helpers import until
from workloads import Loop

LEVELS = ("pool", "group", "nested", "task")
ORDERS = list(permutations(range(4)))


@pytest.fixture
def loop() -> Loop:
    """Make the task that is held."""
    return Loop()


@pytest.fixture
def scopes(pool, loop):
    """Give a pool, a group, a group in it and a task in that, which runs."""
    group = pool.group("group")
    nested = group.group("nested")
    task = nested.submit(loop)
    assert loop.began.wait(10)
    return [pool, group, nested, task]


def test_a_task_goes_on_when_the_last_of_the_holds_above_it_goes(scopes, loop) -> None:
    """For all orders of placing and of releasing: closed while any is held, open after the last."""
    task = scopes[-1]
    for placing in ORDERS:
        releasing = ORDERS[(ORDERS.index(placing) * 7 + 5) % len(ORDERS)]
        holds = {}
        for level in placing:
            holds[level] = scopes[level].pause(LEVELS[level])
            assert task.is_paused()
        assert holds[3].wait(10)
        assert task.status().state == "resting"
        for level in releasing[:-1]:
            assert holds[level].release()
            assert task.is_paused()
            assert task.is_quiescent()
        holds[releasing[-1]].release()
        assert not task.is_paused()
        rounds = loop.rounds
        until(lambda rounds=rounds: loop.rounds > rounds, what=f"{placing} {releasing}")


@pytest.mark.parametrize("level", range(4), ids=LEVELS)
def test_a_hold_closes_all_below_and_nothing_above(scopes, level) -> None:
    """The gates below a held one are closed, those above it are open."""
    scopes[level].pause("x")
    assert [scope.is_paused() for scope in scopes] == [each >= level for each in range(4)]
    assert [bool(scope.holds()) for scope in scopes] == [each == level for each in range(4)]
    scopes[level].resume()
    assert not any(scope.is_paused() for scope in scopes)


def test_siblings_do_not_matter(make_pool) -> None:
    """A hold on one of two groups, and of two tasks in a group, leaves the other running."""
    pool = make_pool(4)
    loops = [Loop() for _ in range(4)]
    groups = [pool.group("a"), pool.group("b")]
    futures = [groups[number % 2].submit(loop) for number, loop in enumerate(loops)]
    for loop in loops:
        assert loop.began.wait(10)
    futures[0].pause("task")
    groups[1].pause("group")
    assert groups[1].wait_quiescent(10)
    until(futures[0].is_quiescent)
    rounds = [loop.rounds for loop in loops]
    until(lambda: loops[2].rounds > rounds[2] + 20)
    assert [loops[n].rounds for n in (0, 1, 3)] == [rounds[n] for n in (0, 1, 3)]


@pytest.mark.parametrize("level", range(4), ids=LEVELS)
def test_a_queued_task_starts_when_all_above_it_are_open(pool, level) -> None:
    """A task submitted under a hold at each level starts with the last release."""
    group = pool.group("group")
    nested = group.group("nested")
    pool.pause("p")
    task = nested.submit(int)
    scopes = [pool, group, nested, task]
    for scope in scopes[1:]:
        scope.pause("x")
    order = [*range(level), *range(level + 1, 4), level]
    for each in order[:-1]:
        scopes[each].resume()
        assert not task.running()
        assert not task.done()
    scopes[order[-1]].resume()
    assert task.result(10) == 0


def test_a_group_made_under_a_hold_is_closed(pool) -> None:
    """A new group of a paused pool is paused, and opens with it."""
    pool.pause("p")
    group = pool.group("late").group("nested")
    assert group.is_paused()
    future = group.submit(int)
    pool.resume()
    assert not group.is_paused()
    assert future.result(10) == 0


def test_the_pool_is_resumed_with_a_group_still_held(make_pool) -> None:
    """The pool's tasks go on, the group's rest; the group's tasks take no slot from the others."""
    pool = make_pool(2)
    group = pool.group("g")
    loops = [Loop(), Loop()]
    for loop in loops:
        group.submit(loop)
        assert loop.began.wait(10)
    group.pause("g")
    pool.pause("p")
    assert pool.wait_quiescent(10)
    others = [Loop(), Loop()]
    for loop in others:
        pool.submit(loop)
    pool.resume()
    until(lambda: all(loop.rounds > 5 for loop in others), what="both slots are the pool's")
    status = pool.status()
    assert (status.running, status.resting) == (2, 2)
    assert group.is_quiescent()
    assert not pool.is_quiescent()


def test_quiescence_of_a_group_does_not_wait_for_the_rest(make_pool) -> None:
    """Under a hold of the pool, a group is quiescent as soon as its own tasks rest."""
    pool = make_pool(2)
    group = pool.group("g")
    inside, outside = Loop(), Loop()
    group.submit(inside)
    stuck = pool.submit(outside)
    with stuck.pause("x", timeout=10), group.pause("y", timeout=10):
        assert group.is_quiescent()
        assert pool.is_quiescent()
    assert not pool.is_paused()


def test_a_pause_of_an_empty_nested_group(pool) -> None:
    """A scope without tasks can be paused, waited for and resumed like any other."""
    nested = pool.group("a").group("b").group("c")
    with nested.pause("x", timeout=0):
        assert nested.is_paused()
        assert not pool.is_paused()
    assert not nested.is_paused()
