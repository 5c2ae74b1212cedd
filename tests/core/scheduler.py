"""A pool without threads: the core's functions, called as the adapters call them.

Each method is one critical section of an adapter, in the order in which that makes its calls, and
what it does after it. Nothing parks: `parked` keeps the tasks whose threads would.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.fakes import Bell, hold, new_task

from pausable._core.barring import is_barred, rest_of
from pausable._core.ending import end, forget, free_slot
from pausable._core.holding import (
    confirm,
    place_on_node,
    place_on_task,
    release_from_node,
    release_from_task,
)
from pausable._core.nodes import Node
from pausable._core.resting import enter_quiet, grant, leave_quiet, rest
from pausable._core.starting import (
    call_worker,
    call_workers,
    enqueue,
    may_leave,
    sit_idle,
    take,
    withdraw,
)
from pausable._core.state import PoolState, act
from pausable._core.states import CANCELLED_AND_NOTIFIED, FINISHED, PENDING, RUNNING
from pausable._core.stopping import request_stop
from pausable._core.succession import follow, take_over
from pausable._core.times import clock
from pausable._core.waiving import unwaive, waiting, waive
from pausable.threads.staggering import set_pace, tick

if TYPE_CHECKING:
    from pausable._core.gates import HoldRecord
    from pausable._core.pacing import Pace
    from pausable._core.parker import Seat, Wakeable
    from pausable._core.tasks import Task

__all__ = ["Scheduler"]

MANY_ROUNDS = 20  # in which no task ends: enough for each to come out of its rests and blocks


class Scheduler:
    """One pool, its workers and its tasks, all of them in one thread."""

    def __init__(self, max_workers: int) -> None:
        """Make a pool without tasks."""
        self.state = PoolState("pool", max_workers)
        self.state.hire = self._hire
        self.state.call_all = lambda: self._act([], call_workers(self.state))
        self.state.schedule_pace = lambda node, pace, delay: self.ticks.append((node, pace))
        self.nodes = [self.state.root]
        self.tasks: list[Task] = []
        self.held: dict[HoldRecord, Node | Task] = {}
        self.ticks: list[tuple[Node, Pace]] = []
        self.parked: set[Task] = set()
        self.entering: dict[Task, HoldRecord] = {}  # who waits at the head of which `with`
        self.blocks: dict[HoldRecord, Task | None] = {}  # who is in which; None: no task

    # What there is.

    @property
    def root(self) -> Node:
        return self.state.root

    def queued(self) -> list[Task]:
        return [task for task in self.tasks if task._state == PENDING]

    def started(self) -> list[Task]:
        return [task for task in self.tasks if task._state == RUNNING]

    def running(self) -> list[Task]:
        """List the tasks whose own code runs."""
        started = [task for task in self.started() if task.ended_at is None]
        return [task for task in started if not task.is_at_rest() and task not in self.entering]

    def waiting(self) -> list[Task]:
        """List the tasks that wait, not at rest, at the head of a `with` of their own."""
        return [task for task in self.entering if not task.is_at_rest()]

    def quiet(self) -> list[Task]:
        return [task for task in self.started() if task.rest is not None and task.rest.quiet]

    def inside(self) -> list[Task]:
        """List the tasks that run in a block of their own."""
        return [task for task in self.running() if task.rest is not None and task.rest.own]

    def finishing(self) -> list[Task]:
        """List the tasks that have ended, and whose callbacks run."""
        return [task for task in self.started() if task.ended_at is not None]

    def called(self) -> list[Seat]:
        return sorted((seat for seat in self.state.seats if seat.called), key=id)

    # What happens: in each, what an adapter does under the lock, then what it does outside.

    def _act(self, wakes: list[Wakeable], seats: list[Seat]) -> None:
        act(self.state, wakes, seats)
        for task in [each for each in self.parked if not each.is_at_rest()]:
            bell = task.seat.parker
            assert bell.rung, f"{task.name} runs, and its thread was not woken"
            bell.rung = False
            self.parked.discard(task)

    def _hire(self, seat: Seat) -> None:
        seat.parker = Bell()
        seat.is_new = False
        self.state.seats.add(seat)

    def group(self, parent: Node, limit: float) -> Node:
        node = Node(f"group-{len(self.nodes)}", self.state, parent, limit)
        self.nodes.append(node)
        return node

    def submit(self, node: Node) -> Task:
        task = new_task(node, len(self.tasks) + 1)
        self.tasks.append(task)
        self.enqueue(task)
        return task

    def enqueue(self, task: Task) -> None:
        enqueue(self.state, task.node, task)
        seat = call_worker(self.state)
        self._act([], [] if seat is None else [seat])

    def cancel(self, task: Task) -> None:
        wakes: list[Wakeable] = []
        task._state = CANCELLED_AND_NOTIFIED
        withdraw(self.state, task, wakes)
        task.node.done += 1
        forget_all(self.state, task, wakes)
        self._act(wakes, [])

    def look(self, seat: Seat) -> Task | None:
        """Let a worker look for a task: the body of the loop of `_next_task`."""
        state = self.state
        if seat.called:
            seat.called = False
            state.coming -= 1
        elif seat in state.idle:
            state.idle.remove(seat)
        task = take(state, seat)
        if task is None and may_leave(state):
            state.seats.discard(seat)
        elif task is None:
            sit_idle(state, seat)
        self._act([], [])
        return task

    def wake_idle(self) -> None:
        """Wake an idle worker for nothing."""
        self.look(self.state.idle[0])

    def checkpoint(self, task: Task) -> None:
        """Let a task come to a checkpoint: the body of the loop of `attend`."""
        wakes: list[Wakeable] = []
        if task.stop_reason is not None:
            self.leave_blocks(task)
            self.end(task, "stopped")
        elif is_barred(task):
            rest(self.state, task.node, task, None, wakes)
            self.parked.add(task)
            self._act(wakes, call_workers(self.state))

    def enter_quiet(self, task: Task, *, slotless: bool) -> None:
        wakes: list[Wakeable] = []
        enter_quiet(self.state, task.node, task, Bell(), None, wakes, slotless=slotless)
        self._act(wakes, call_workers(self.state))

    def leave_quiet(self, task: Task) -> None:
        wakes: list[Wakeable] = []
        force = task.stop_reason is not None
        if not leave_quiet(self.state, task.node, task, wakes, force=force):
            self.parked.add(task)
        self._act(wakes, [])

    def end(self, task: Task, outcome: str = "result", *, callbacks: bool = False) -> None:
        """Let a task end: the critical sections of `_run`."""
        self.leave_blocks(task)
        state, node, seat = self.state, task.node, task.seat
        wakes: list[Wakeable] = []
        end_all(state, node, task, outcome, wakes)
        if callbacks:
            node.finishing += 1
            self._act(wakes, [])
            return
        task._state = FINISHED
        seat.task = None
        following = None
        if state.is_plain and node.parent is None:
            following = follow(node, seat, clock())
        if following is None:
            following = take_over(state, node, seat, wakes)
        self._act(wakes, [])
        if following is None:
            self.look(seat)

    def finish(self, task: Task) -> None:
        """Let a task that has ended be done with its callbacks."""
        node, seat = task.node, task.seat
        wakes: list[Wakeable] = []
        task._state = FINISHED
        node.finishing -= 1
        seat.task = None
        free_slot(self.state, node, wakes)
        self._act(wakes, [])
        self.look(seat)

    def pause(self, scope: Node | Task, running: str = "rest") -> HoldRecord:
        wakes: list[Wakeable] = []
        placed = hold(running)
        if isinstance(scope, Node):
            place_on_node(self.state, scope, placed, wakes)
        else:
            place_on_task(self.state, scope.node, scope, placed, wakes)
        self.held[placed] = scope
        self._act(wakes, call_workers(self.state))
        return placed

    def may_go(self, node: Node) -> list[Task]:
        """List the tasks of a scope that could be let go in spite of a hold of a guard."""
        return list(waiting(node))

    def guards(self) -> list[HoldRecord]:
        """List the holds that nobody is in the `with` of, or about to be."""
        return [each for each in self.held if each not in self.blocks and each.holder is None]

    def to_rely_on(self) -> list[HoldRecord]:
        """List the holds in spite of which nobody is let go."""
        return [
            each for each in self.held if not any(each in task.gate.waived for task in self.tasks)
        ]

    def let_go(self, task: Task) -> None:
        """Let a task go in spite of all holds that may be waived."""
        wakes: list[Wakeable] = []
        waive(self.state, task.node, task, self.guards(), wakes)
        self._act(wakes, call_workers(self.state))

    def let_go_of(self) -> list[Task]:
        """List the tasks that are let go."""
        return [task for task in self.tasks if task.gate.waived]

    def hold_again(self, task: Task) -> None:
        """Let a task rest like all others again."""
        wakes: list[Wakeable] = []
        unwaive(self.state, task.node, task, list(task.gate.waived), wakes)
        self._act(wakes, call_workers(self.state))

    def release(self, placed: HoldRecord) -> None:
        wakes: list[Wakeable] = []
        scope = self.held.pop(placed)
        if self.blocks.get(placed) is None:
            self.blocks.pop(placed, None)
        if isinstance(scope, Node):
            release_from_node(self.state, scope, placed, wakes)
        else:
            release_from_task(self.state, scope.node, scope, placed, wakes)
        self._act(wakes, call_workers(self.state))

    def watch(self, placed: HoldRecord) -> None:
        """Let somebody who is no task look whether all is quiet under a hold of a scope."""
        node = self.held[placed]
        if isinstance(node, Node) and not node.active:
            confirm(self.state, node, placed, node.gate)
            self.blocks.setdefault(placed, None)
            self._act([], [])

    def enter(self, task: Task, node: Node, running: str) -> None:
        """Let a task come to a `with` of its own: what `Hold.__enter__` does first."""
        placed = self.pause(node, running)
        rest_of(task).own.append(placed)
        placed.holder = task
        rest_of(task).is_entering = True
        self.entering[task] = placed
        self.checkpoint(task)

    def go_on_entering(self, task: Task) -> None:
        """Let it go through older holds, then wait for the others, then enter; or give up."""
        placed, record = self.entering[task], rest_of(task)
        if record.is_entering and (task.stop_reason is not None or is_barred(task)):
            self.checkpoint(task)
            return
        record.is_entering = False
        node = self.held.get(placed)
        if node is None:  # somebody has released it
            del self.entering[task]
            self.leave(task, placed)
        elif node.active <= int(task.node.is_within(node)):
            confirm(self.state, node, placed, node.gate)
            del self.entering[task]
            self.blocks[placed] = task
            self._act([], [])

    def leave(self, task: Task, placed: HoldRecord) -> None:
        """Let a task come to the end of a block of its own."""
        rest_of(task).own.remove(placed)
        placed.holder = None
        self.blocks.pop(placed, None)
        if placed in self.held:
            self.release(placed)

    def leave_blocks(self, task: Task) -> None:
        """Let a task come out of all its blocks, the innermost first."""
        self.entering.pop(task, None)
        for placed in [] if task.rest is None else reversed(tuple(task.rest.own)):
            self.leave(task, placed)

    def resume(self, node: Node, *, stagger: bool) -> None:
        """Release the holds of a scope, as `Scope.resume` does."""
        its = [each for each, scope in self.held.items() if scope is node]
        if stagger and its:
            set_pace(node, 1.0, 0.0)
        for placed in its:
            self.release(placed)

    def tick(self) -> None:
        node, pace = self.ticks.pop(0)
        tick(self.state, node, pace)
        self._act([], [])

    def stop(self, task: Task) -> None:
        wakes: list[Wakeable] = []
        request_stop(self.state, task.node, task, "stopped", wakes)
        self._act(wakes, [])

    def resize(self, limit: int) -> None:
        wakes: list[Wakeable] = []
        self.state.is_plain = False
        self.state.root.limit = limit
        grant(self.state, wakes)
        self._act(wakes, call_workers(self.state))

    def drain(self) -> None:
        """Release all holds and let all tasks end; raise if some do not."""
        for placed in list(self.held):
            self.release(placed)
        rounds = 0
        while self.ticks or self.called() or self.started():
            before, rounds = self.started(), rounds + 1
            for _ in range(len(self.ticks)):
                self.tick()
            for seat in self.called():
                self.look(seat)
            for task in self.quiet():
                self.leave_quiet(task)
            for task in self.waiting():
                self.go_on_entering(task)
            for task in self.finishing():
                self.finish(task)
            for task in self.running():
                self.end(task)
            if self.started() != before:
                rounds = 0
            said = [self.describe(task) for task in before]
            assert rounds < MANY_ROUNDS, f"they never end: {said}"

    def describe(self, task: Task) -> str:
        """Say where a task is, for messages."""
        record = rest_of(task)
        facts = {
            "entering": task in self.entering,
            "at rest": task.is_at_rest(),
            "barred": is_barred(task),
            "own": [self.held.get(each) for each in record.own],
            **{name: getattr(record, name) for name in ("quiet", "returning", "is_entering")},
        }
        return f"{task.name} of {task.node.name}: {facts}"


def end_all(state: PoolState, node: Node, task: Task, outcome: str, wakes: list[Wakeable]) -> None:
    """Call `end` as `_run` does."""
    end(state, node, task, outcome, clock())


def forget_all(state: PoolState, task: Task, wakes: list[Wakeable]) -> None:
    """Call `forget` as a future that is withdrawn does."""
    forget(task.node, task)
