"""Waiving: one task of a held scope goes on, and no other; without threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from core.fakes import QuietSeat, hold, new_task

from pausable._core.closure import place, release
from pausable._core.decision import decide
from pausable._core.end import end_holds
from pausable._core.pool import Pool
from pausable._core.rest import rest
from pausable._core.run import take
from pausable._core.tree import Node
from pausable._core.turns import take_part
from pausable._core.waiver import fitness, unwaive, waiting, waive

if TYPE_CHECKING:
    from collections.abc import Iterator


class Scene:
    """A pool of two workers with a group that is held, and three tasks in its queue."""

    def __init__(self) -> None:
        self.pool = Pool("pool", 2)
        self.pool.adapter = self
        self.hired = []
        self.group = Node("group", self.pool, self.pool.root)
        self.pool.root.children["group"] = self.group
        self.tasks = [new_task(self.group, number) for number in range(3)]
        for task in self.tasks:
            self.group.queue.append(task)
            take_part(self.pool, self.group)
        self.hold = hold()

    def new_seat(self) -> QuietSeat:
        """Make the seat of a worker that is called for."""
        seat = QuietSeat()
        seat.is_new = True
        return seat

    def hire(self, seat) -> None:
        """Note that a worker was called."""
        self.hired.append(seat)
        self.pool.seats.called.pop(seat)

    def decide(self, decision, *args):
        """Make a decision."""
        return decide(self.pool, decision, *args)

    def place(self, other=None, held=None) -> None:
        """Hold the group, or something else."""
        self.decide(place, held or self.group, other or self.hold)

    def release(self, other=None, held=None) -> None:
        """End a hold."""
        self.decide(release, held or self.group, other or self.hold)

    def waive(self, task, holds=None) -> None:
        """Let a task go."""
        self.decide(waive, self.group, task, holds or [self.hold])

    def unwaive(self, task) -> None:
        """Hold a task again."""
        self.decide(unwaive, self.group, task, [self.hold])

    def take(self):
        """Let a worker look for a task; return it, if it finds one."""
        seat = QuietSeat()
        self.pool.seats.add(seat)
        return self.decide(take, seat)

    def rest(self, task) -> None:
        """Let a started task come to its closed gate."""
        self.decide(rest, self.group, task, None)


@pytest.fixture
def scene() -> Iterator[Scene]:
    """Set the scene; at the end let go of what it holds."""
    made = Scene()
    yield made
    made.decide(end_holds, made.pool.root)


def test_one_that_has_not_started_starts_alone(scene):
    """It takes the slot that is free; the others stay in the queue, also for further workers."""
    scene.place()
    assert scene.take() is None
    scene.hired.clear()
    scene.waive(scene.tasks[0])
    assert len(scene.hired) == 1
    assert scene.take() is scene.tasks[0]
    assert scene.take() is None
    assert (scene.group.queue.pending, scene.group.slots.active) == (2, 1)


def test_one_at_rest_goes_on_alone(scene):
    """It is given a slot and woken; the other one at rest stays there."""
    first, second = scene.take(), scene.take()
    scene.place()
    scene.rest(first)
    scene.rest(second)
    scene.waive(second)
    assert not second._p_is_at_rest()
    assert second._p_seat.rung
    assert first._p_is_at_rest()
    assert (scene.group.slots.active, scene.group.resters.count) == (1, 1)


def test_it_rests_again_when_that_is_over(scene):
    """Its gate is that of the scope again, and closed."""
    first = scene.take()
    scene.place()
    scene.rest(first)
    scene.waive(first)
    assert not first._p_gate.closed_to_running
    scene.unwaive(first)
    assert first._p_gate is scene.group.gate
    assert first._p_gate.closed_to_running


def test_one_that_did_not_get_to_start_goes_back_to_the_head_of_the_queue(scene):
    """As if nothing had been: the order is that of submission."""
    scene.place()
    scene.waive(scene.tasks[0])
    scene.unwaive(scene.tasks[0])
    assert scene.take() is None
    assert list(scene.group.queue) == scene.tasks
    scene.release()
    assert scene.take() is scene.tasks[0]


def test_other_holds_still_count(scene):
    """Of a hold that came before or comes after, on the scope, above or on the task itself."""
    above, own = hold(), hold()
    scene.place()
    scene.place(above, scene.pool.root)
    scene.waive(scene.tasks[0])
    assert scene.take() is None
    scene.release(above, scene.pool.root)
    scene.place(own, scene.tasks[0])
    assert scene.take() is None
    scene.release(own, scene.tasks[0])
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
    scene.release(other)


def test_a_cancelled_one_is_passed_over(scene):
    """What was cancelled in the queue is no candidate."""
    scene.place()
    scene.tasks[0]._state = "CANCELLED"
    scene.group.queue.tombstones += 1
    assert list(waiting(scene.group)) == [scene.tasks[1]]
