"""Waiving: one task of a held scope goes on, and no other; without threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from core.fakes import hold, new_seat, new_task

from pausable._core.holding import (
    end_holds,
    place_on_node,
    place_on_task,
    release_from_node,
    release_from_task,
)
from pausable._core.nodes import Node
from pausable._core.resting import rest
from pausable._core.starting import call_workers, enqueue, take
from pausable._core.state import PoolState
from pausable._core.waiving import fitness, unwaive, waiting, waive

if TYPE_CHECKING:
    from collections.abc import Iterator


class Scene:
    """A pool of two workers with a group that is held, and three tasks in its queue."""

    def __init__(self) -> None:
        self.state = PoolState("pool", 2)
        self.state.call_all = lambda: None
        self.group = Node("group", self.state, self.state.root)
        self.tasks = [new_task(self.group, number) for number in range(3)]
        for task in self.tasks:
            enqueue(self.state, self.group, task)
        self.hold = hold()
        self.wakes = []

    def place(self, other=None) -> None:
        """Hold the group."""
        place_on_node(self.state, self.group, other or self.hold, self.wakes)

    def waive(self, task, holds=None) -> None:
        """Let a task go."""
        waive(self.state, self.group, task, holds or [self.hold], self.wakes)

    def take(self):
        """Let a worker look for a task; return it, if it finds one."""
        seat = new_seat()
        self.state.seats.add(seat)
        return take(self.state, seat)

    def rest(self, task) -> None:
        """Let a started task come to its closed gate."""
        rest(self.state, self.group, task, None, self.wakes)


@pytest.fixture
def scene() -> Iterator[Scene]:
    """Set the scene; at the end let go of what it holds."""
    made = Scene()
    yield made
    end_holds(made.state, made.state.root)


def test_one_that_has_not_started_starts_alone(scene):
    """It takes the slot that is free; the others stay in the queue, also for further workers."""
    scene.place()
    assert scene.take() is None
    scene.waive(scene.tasks[0])
    assert len(call_workers(scene.state)) == 1
    assert scene.take() is scene.tasks[0]
    assert scene.take() is None
    assert (scene.group.queued, scene.group.active) == (2, 1)


def test_one_at_rest_goes_on_alone(scene):
    """It is given a slot and woken; the other one at rest stays there."""
    first, second = scene.take(), scene.take()
    scene.place()
    scene.rest(first)
    scene.rest(second)
    scene.waive(second)
    assert not second.is_at_rest()
    assert scene.wakes[-1] is second.seat.parker
    assert first.is_at_rest()
    assert (scene.group.active, scene.group.at_rest) == (1, 1)


def test_it_rests_again_when_that_is_over(scene):
    """Its gate is that of the scope again, and closed."""
    first = scene.take()
    scene.place()
    scene.rest(first)
    scene.waive(first)
    assert not first.gate.closed_to_running
    unwaive(scene.state, scene.group, first, [scene.hold], scene.wakes)
    assert first.gate is scene.group.gate
    assert first.gate.closed_to_running


def test_one_that_did_not_get_to_start_goes_back_to_the_head_of_the_queue(scene):
    """As if nothing had been: the order is that of submission."""
    scene.place()
    scene.waive(scene.tasks[0])
    unwaive(scene.state, scene.group, scene.tasks[0], [scene.hold], scene.wakes)
    assert scene.take() is None
    assert list(scene.group.queue) == scene.tasks
    release_from_node(scene.state, scene.group, scene.hold, scene.wakes)
    assert scene.take() is scene.tasks[0]


def test_other_holds_still_count(scene):
    """Of a hold that came before or comes after, on the scope, above or on the task itself."""
    above, own = hold(), hold()
    scene.place()
    place_on_node(scene.state, scene.state.root, above, scene.wakes)
    scene.waive(scene.tasks[0])
    assert scene.take() is None
    release_from_node(scene.state, scene.state.root, above, scene.wakes)
    place_on_task(scene.state, scene.group, scene.tasks[0], own, scene.wakes)
    assert scene.take() is None
    release_from_task(scene.state, scene.group, scene.tasks[0], own, scene.wakes)
    assert scene.take() is scene.tasks[0]


def test_who_could_be_let_go(scene):
    """Those at rest first, then the first of the queue; the fittest is let go already."""
    first = scene.take()
    scene.place()
    scene.rest(first)
    assert list(waiting(scene.group)) == [first, scene.tasks[1]]
    assert [fitness(task, [scene.hold]) for task in waiting(scene.group)] == [1, 1]
    other = hold()
    scene.place(other)
    assert fitness(first, [scene.hold]) == 2
    scene.waive(first)
    assert fitness(first, [other]) == 0
    release_from_node(scene.state, scene.group, other, scene.wakes)


def test_a_cancelled_one_is_passed_over(scene):
    """What was cancelled in the queue is no candidate."""
    scene.place()
    scene.tasks[0]._state = "CANCELLED"
    scene.group.tombstones += 1
    assert list(waiting(scene.group)) == [scene.tasks[1]]
