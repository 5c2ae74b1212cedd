"""The scheduler in any order of events, checked after each by brute force.

What runs here is the core itself, called as the adapters call it, without any thread: submits,
workers that look, checkpoints, quiet blocks, holds on pools, groups and tasks, staggered resumes,
stops, cancels, changes of `max_workers`, ends with callbacks and without.
"""

from __future__ import annotations

import math

from core.invariants import has_slot, violations
from core.scheduler import Scheduler
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from pausable._core.decision import visit_to
from pausable._core.rest import is_barred

LIMITS = st.sampled_from([1, 2, math.inf])
PRIORITIES = st.sampled_from([0, 0, 0, -1, 1, 2])
DATA = st.data()


class Scheduling(RuleBasedStateMachine):
    """Random events; the tasks and holds that they happen to are drawn from those there are."""

    def __init__(self) -> None:
        """Begin with what `begin` makes."""
        super().__init__()
        self.pool = Scheduler(1)
        self.had_slots: set[object] = set()

    @initialize(
        max_workers=st.integers(1, 3),
        groups=st.lists(st.tuples(LIMITS, PRIORITIES), max_size=4),
        data=DATA,
    )
    def begin(self, max_workers, groups, data):
        """A pool with a random tree of groups."""
        self.pool = Scheduler(max_workers)
        for limit, priority in groups:
            self.pool.group(data.draw(st.sampled_from(self.pool.nodes)), limit, priority)

    def draw(self, data, among):
        """Take one of those there are."""
        return data.draw(st.sampled_from(among))

    @rule(data=DATA, times=st.integers(1, 4))
    def submit(self, data, times):
        """Tasks are submitted to a scope."""
        node = self.draw(data, self.pool.nodes)
        for _ in range(times):
            self.pool.submit(node)

    @precondition(lambda self: self.pool.called())
    @rule(data=DATA)
    def look(self, data):
        """A worker that was called looks for a task."""
        self.pool.look(self.draw(data, self.pool.called()))

    @precondition(lambda self: self.pool.called())
    @rule()
    def all_look(self):
        """All workers that were called look for tasks."""
        for seat in self.pool.called():
            self.pool.look(seat)

    @precondition(lambda self: self.pool.pool.seats.idle)
    @rule()
    def wake_for_nothing(self):
        """A stale wake-up."""
        self.pool.wake_idle()

    @precondition(lambda self: self.pool.running())
    @rule(data=DATA)
    def checkpoint(self, data):
        """A task comes to a checkpoint."""
        self.pool.checkpoint(self.draw(data, self.pool.running()))

    @precondition(lambda self: self.pool.running())
    @rule()
    def all_come_to_checkpoints(self):
        """All tasks come to checkpoints."""
        for task in self.pool.running():
            self.pool.checkpoint(task)

    @precondition(lambda self: self.pool.running())
    @rule(data=DATA, slotless=st.booleans())
    def enter_quiet(self, data, slotless):
        """A task waits for something that is not ours, or for another task of its pool."""
        self.pool.enter_quiet(self.draw(data, self.pool.running()), slotless=slotless)

    @precondition(lambda self: self.pool.quiet())
    @rule(data=DATA)
    def leave_quiet(self, data):
        """That is over."""
        self.pool.leave_quiet(self.draw(data, self.pool.quiet()))

    @precondition(lambda self: self.pool.running())
    @rule(data=DATA, callbacks=st.booleans())
    def end(self, data, callbacks):
        """A task returns."""
        self.pool.end(self.draw(data, self.pool.running()), callbacks=callbacks)

    @precondition(lambda self: self.pool.finishing())
    @rule(data=DATA)
    def finish(self, data):
        """The callbacks of a task have run."""
        self.pool.finish(self.draw(data, self.pool.finishing()))

    @rule(data=DATA, running=st.sampled_from(["rest", "rest", "finish"]))
    def pause(self, data, running):
        """A scope is paused."""
        self.pool.pause(self.draw(data, self.pool.nodes), running)

    @precondition(lambda self: self.pool.queued() or self.pool.running() or self.pool.quiet())
    @rule(data=DATA, running=st.sampled_from(["rest", "rest", "finish"]))
    def pause_task(self, data, running):
        """A task is paused."""
        there = [*self.pool.queued(), *self.pool.running(), *self.pool.quiet()]
        self.pool.pause(self.draw(data, there), running)

    @precondition(lambda self: self.pool.guards())
    @rule(data=DATA)
    def let_go(self, data):
        """A guard lets one task go in spite of its holds."""
        there = self.pool.may_go(self.draw(data, self.pool.nodes))
        if there:
            self.pool.let_go(self.draw(data, there))

    @precondition(lambda self: self.pool.let_go_of())
    @rule(data=DATA)
    def hold_again(self, data):
        """That is over."""
        self.pool.hold_again(self.draw(data, self.pool.let_go_of()))

    @precondition(lambda self: self.pool.to_rely_on())
    @rule(data=DATA)
    def watch(self, data):
        """Somebody waits until all is quiet under a hold, and from then on relies on it."""
        self.pool.watch(self.draw(data, self.pool.to_rely_on()))

    @precondition(lambda self: self.pool.running())
    @rule(data=DATA, running=st.sampled_from(["rest", "finish"]))
    def enter(self, data, running):
        """A task comes to a `with pool.pause():` of its own."""
        task, node = self.draw(data, self.pool.running()), self.draw(data, self.pool.nodes)
        self.pool.enter(task, node, running)

    @precondition(lambda self: self.pool.waiting())
    @rule(data=DATA)
    def go_on_entering(self, data):
        """Such a task looks whether it may go in."""
        self.pool.go_on_entering(self.draw(data, self.pool.waiting()))

    @precondition(lambda self: any(self.pool.inside()))
    @rule(data=DATA)
    def leave(self, data):
        """A task comes to the end of its block."""
        task = self.draw(data, self.pool.inside())
        self.pool.leave(task, task._p_rest.own_holds[-1])

    @precondition(lambda self: self.pool.held)
    @rule(data=DATA)
    def release(self, data):
        """A hold is released, or expires."""
        self.pool.release(self.draw(data, list(self.pool.held)))

    @rule(data=DATA, stagger=st.booleans())
    def resume(self, data, stagger):
        """A scope is resumed, its tasks all at once or one by one."""
        self.pool.resume(self.draw(data, self.pool.nodes), stagger=stagger)

    @precondition(lambda self: self.pool.ticks)
    @rule()
    def tick(self):
        """The next one may go."""
        self.pool.tick()

    @precondition(lambda self: self.pool.started())
    @rule(data=DATA)
    def stop(self, data):
        """A started task is asked to stop."""
        self.pool.stop(self.draw(data, self.pool.started()))

    @precondition(lambda self: self.pool.queued())
    @rule(data=DATA)
    def cancel(self, data):
        """A queued task is cancelled."""
        self.pool.cancel(self.draw(data, self.pool.queued()))

    @rule()
    def tear(self):
        """A visit was torn by an exception: the next visitor makes all that is derived anew."""
        self.pool.pool.visitor = visit_to(self.pool.pool)
        self.pool.resize(int(self.pool.root.slots.limit))

    @rule(limit=st.integers(1, 4))
    def resize(self, limit):
        """The pool gets another number of slots."""
        self.pool.resize(limit)

    @precondition(lambda self: len(self.pool.nodes) > 1)
    @rule(data=DATA, limit=LIMITS)
    def limit(self, data, limit):
        """A group gets another limit."""
        self.pool.limit(self.draw(data, self.pool.nodes[1:]), limit)

    @invariant()
    def nothing_is_wrong(self):
        """Counts are right, no task is lost, no wake-up is lost, nobody waits who need not."""
        wrong = violations(self.pool.pool, self.pool.tasks)
        assert not wrong, "\n".join(wrong)

    @invariant()
    def no_more_slots_than_there_are(self):
        """A slot is taken only where all limits allow it; a group's not by one that is to stop."""
        have = {task for task in self.pool.started() if has_slot(task)}
        for task in have - self.had_slots:
            for node in [self.pool.root] if task._p_stop_reason else task._p_node.path():
                assert node.slots.taken <= node.slots.limit, (
                    f"{task.name} took a slot that is not there"
                )
        self.had_slots = have

    @invariant()
    def nothing_runs_in_a_block_but_its_task(self):
        """Under a hold whose `with` was entered only that task runs, and those that are to stop."""
        for placed, inside in self.pool.blocks.items():
            scope = self.pool.held.get(placed)
            if scope is None:
                continue
            for task in self.pool.running():
                within = scope is task or (task._p_node in set(scope.below()))
                may = task is inside or task._p_stop_reason or is_barred(task)  # it rests at once
                assert may or not within, f"{task.name} runs under a hold of {scope.name}"

    def teardown(self):
        """Once all is released, each task ends: none was lost, none hangs."""
        pool = self.pool
        pool.drain()
        assert not pool.queued()
        assert sum(node.tally.done for node in pool.nodes) == len(pool.tasks)
        assert [node.unfinished() for node in pool.nodes] == [0] * len(pool.nodes)
        self.nothing_is_wrong()


TestScheduling = Scheduling.TestCase
TestScheduling.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
