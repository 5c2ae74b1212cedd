"""A closed group does not hold up its pool: it gives its slots to the others."""

from __future__ import annotations

import pytest
from helpers import until
from workloads import Loop


def running(loops: list[Loop]) -> list[bool]:
    """Say which of the loops have begun."""
    return [loop.began.is_set() for loop in loops]


def test_all_workers_run_for_the_others(make_pool) -> None:
    """A paused group's tasks rest; as many others as max_workers run beside them."""
    pool = make_pool(3)
    group = pool.group("g")
    held, others = [Loop() for _ in range(3)], [Loop() for _ in range(5)]
    for loop in held:
        group.submit(loop)
        assert loop.began.wait(10)
    for loop in others:
        pool.submit(loop)
    assert not any(running(others))
    group.pause("x")
    until(lambda: sum(running(others)) == 3)
    until(lambda: pool.status().resting == 3)
    assert pool.status().running == 3
    assert pool.status().queued == 2


def test_queued_tasks_of_a_closed_group_take_no_worker(make_pool) -> None:
    """A thousand of them, submitted first, and the pool's own task starts at once."""
    pool = make_pool(2)
    group = pool.group("g")
    group.pause("x")
    futures = [group.submit(int) for _ in range(1000)]
    assert pool.submit(int).result(10) == 0
    assert not any(future.done() for future in futures)
    group.resume()
    assert sum(future.result(10) for future in futures) == 0


def test_a_task_on_its_own_gives_its_slot_back_too(make_pool) -> None:
    """With one worker, another task runs while the first is paused alone."""
    pool = make_pool(1)
    first, second = Loop(), Loop()
    future = pool.submit(first)
    pool.submit(second)
    assert first.began.wait(10)
    future.pause("x")
    assert second.began.wait(10)
    assert future.is_quiescent()
    future.resume()
    assert future.status().state == "resting"  # the slot is taken
    second.go.set()
    rounds = first.rounds
    until(lambda: first.rounds > rounds)


def test_returning_tasks_come_before_new_ones(make_pool) -> None:
    """On resume the group's tasks take the next slots, before what was queued earlier."""
    pool = make_pool(2)
    group = pool.group("g")
    held = [Loop(), Loop()]
    for loop in held:
        group.submit(loop)
        assert loop.began.wait(10)
    group.pause("x")
    others = [Loop() for _ in range(6)]
    for loop in others:
        pool.submit(loop)
    until(lambda: sum(running(others)) == 2)
    assert group.wait_quiescent(10)
    group.resume()
    rounds = [loop.rounds for loop in held]
    for loop in others[:2]:
        loop.go.set()
    until(lambda: all(loop.rounds > n for loop, n in zip(held, rounds, strict=True)))
    assert sum(running(others)) == 2
    assert pool.status().queued == 4
    for loop in held:
        loop.go.set()
    until(lambda: sum(running(others)) == 4)


def test_returning_tasks_come_in_the_order_of_their_rest(make_pool) -> None:
    """Three tasks at rest and one slot: they go on one after the other, none is left behind."""
    pool = make_pool(3)
    group = pool.group("g")
    held = [Loop() for _ in range(3)]
    for loop in held:
        group.submit(loop)
        assert loop.began.wait(10)
    group.pause("x")
    blockers = [Loop() for _ in range(3)]
    for loop in blockers:
        pool.submit(loop)
    until(lambda: all(running(blockers)) and pool.status().resting == 3)
    group.resume()
    for number, loop in enumerate(blockers, start=1):
        loop.go.set()
        until(lambda number=number: pool.status().resting == 3 - number)
    rounds = [loop.rounds for loop in held]
    until(lambda: all(loop.rounds > n for loop, n in zip(held, rounds, strict=True)))


def test_two_groups_in_turns(make_pool) -> None:
    """Pausing one group and then the other lets each have all slots in its turn."""
    pool = make_pool(2)
    groups = [pool.group("a"), pool.group("b")]
    loops = [[Loop() for _ in range(2)] for _ in groups]
    for loop in loops[0]:
        groups[0].submit(loop)
        assert loop.began.wait(10)
    for loop in loops[1]:
        groups[1].submit(loop)
    for turn in range(20):
        closed, opened = turn % 2, 1 - turn % 2
        groups[closed].pause("x")
        groups[opened].resume()
        before = [loop.rounds for loop in loops[opened]]
        until(
            lambda opened=opened, before=before: all(
                loop.rounds > n for loop, n in zip(loops[opened], before, strict=True)
            )
        )
        until(groups[closed].is_quiescent)
        assert pool.status().running <= 2


@pytest.mark.parametrize("others", [0, 1, 2])
def test_a_pause_of_the_pool_in_between(make_pool, others) -> None:
    """The group is resumed while the pool is paused: nobody runs until the pool is resumed, too."""
    pool = make_pool(2)
    group = pool.group("g")
    held = [Loop(), Loop()]
    for loop in held:
        group.submit(loop)
        assert loop.began.wait(10)
    group.pause("x")
    own = [Loop() for _ in range(others)]
    for loop in own:
        pool.submit(loop)
    until(lambda: all(running(own)) and group.is_quiescent())
    pool.pause("y")
    assert pool.wait_quiescent(10)
    group.resume()
    assert pool.is_quiescent()
    assert pool.status().resting == 2 + others
    pool.resume()
    until(lambda: pool.status().running == 2)
    assert pool.status().resting == others
    for loop in held + own:
        loop.go.set()
    until(lambda: pool.status().done == 2 + others)


def test_turns_are_fair_between_scopes(make_pool) -> None:
    """With one worker, a long queue of one scope does not keep another scope's task from starting."""
    pool = make_pool(1)
    group = pool.group("g")
    order: list[str] = []
    pool.pause("x")
    for _ in range(50):
        pool.submit(order.append, "pool")
    group.submit(order.append, "group")
    pool.resume()
    until(lambda: len(order) == 51)
    assert "group" in order[:3]
