"""A pool without threads: the core's functions, called as the adapters call them.

Each method is one critical section of an adapter, in the order in which that makes its calls, and
what it does after it. Nothing parks: `parked` keeps the tasks whose threads would.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.fakes import Bell, QuietSeat, hold, new_task
from core.invariants import first_to_start, priorities

from pausable._core.closure import confirm, place, release
from pausable._core.conclusion import end_task, forget
from pausable._core.decision import decide, visit_to
from pausable._core.pace import set_pace
from pausable._core.pool import Pool
from pausable._core.queue import withdraw
from pausable._core.quiet_rest import enter_quiet, leave_quiet
from pausable._core.rest import is_barred, rest
from pausable._core.run import find_task, follow, let_others_go, rise_or_stay, take_over
from pausable._core.slots import free_slot, set_limit
from pausable._core.states import CANCELLED_AND_NOTIFIED, FINISHED, PENDING, RUNNING
from pausable._core.stop import request_stop
from pausable._core.task import rest_of
from pausable._core.times import clock
from pausable._core.tree import Node
from pausable._core.turns import call_worker, take_part
from pausable._core.waiver import unwaive, waiting, waive

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.gate import HoldRecord
    from pausable._core.task import Task
    from pausable.threads.seat import ThreadSeat

__all__ = ["Scheduler"]

MANY_ROUNDS = 20  # in which no task ends: enough for each to come out of its rests and blocks


class Scheduler:
    """One pool, its workers and its tasks, all of them in one thread."""

    def __init__(self, max_workers: int) -> None:
        """Make a pool without tasks."""
        self.pool = Pool("pool", max_workers)
        self.pool.adapter = self
        self.nodes = [self.pool.root]
        self.tasks: list[Task] = []
        self.held: dict[HoldRecord, Node | Task] = {}
        self.ticks: list[Callable[[], object]] = []
        self.parked: set[Task] = set()
        self.entering: dict[Task, HoldRecord] = {}  # who waits at the head of which `with`
        self.blocks: dict[HoldRecord, Task | None] = {}  # who is in which; None: no task

    # What there is.

    @property
    def root(self) -> Node:
        return self.pool.root

    def queued(self) -> list[Task]:
        return [task for task in self.tasks if task._state == PENDING]

    def started(self) -> list[Task]:
        return [task for task in self.tasks if task._state == RUNNING]

    def running(self) -> list[Task]:
        """List the tasks whose own code runs."""
        started = [task for task in self.started() if task._p_ended_at is None]
        return [task for task in started if not task._p_is_at_rest() and task not in self.entering]

    def waiting(self) -> list[Task]:
        """List the tasks that wait, not at rest, at the head of a `with` of their own."""
        return [task for task in self.entering if not task._p_is_at_rest()]

    def quiet(self) -> list[Task]:
        return [task for task in self.started() if task._p_rest is not None and task._p_rest.quiet]

    def inside(self) -> list[Task]:
        """List the tasks that run in a block of their own."""
        return [
            task for task in self.running() if task._p_rest is not None and task._p_rest.own_holds
        ]

    def finishing(self) -> list[Task]:
        """List the tasks that have ended, and whose callbacks run."""
        return [task for task in self.started() if task._p_ended_at is not None]

    def called(self) -> list[ThreadSeat]:
        return sorted(self.pool.seats.called, key=id)

    # What happens: in each, what an adapter does under the lock, then what it does outside.

    def _decide(self, decision: Callable[..., Any], *args: Any) -> Any:
        answer = decide(self.pool, decision, *args)
        for task in [each for each in self.parked if not each._p_is_at_rest()]:
            bell = task._p_seat
            assert bell.rung, f"{task._p_name} runs, and its thread was not woken"
            bell.rung = False
            self.parked.discard(task)
        return answer

    def new_seat(self) -> QuietSeat:
        """Make the seat of a worker that is called for."""
        seat = QuietSeat()
        seat.is_new = True
        return seat

    def hire(self, seat: ThreadSeat) -> None:
        """Have a seat taken: as the crew does, by a worker that has not looked yet."""
        seat.is_new, seat.is_ready, seat.visit = False, True, visit_to(self.pool)
        self.pool.seats.add(seat)

    def left(self, seat: ThreadSeat) -> None:
        """Take note of nothing: a seat without a thread owns nothing."""

    def decide_later(self, delay: float, decision: Callable[..., Any], *args: Any) -> Alarm:
        """Keep the tick of a pace."""
        alarm = Alarm(self.ticks, lambda: self._decide(decision, *args))
        self.ticks.append(alarm.call)
        return alarm

    def group(self, parent: Node, limit: float, priority: int = 0) -> Node:
        node = Node(f"group-{len(self.nodes)}", self.pool, parent, limit, priority)
        parent.children[node.name] = node
        self.nodes.append(node)
        return node

    def submit(self, node: Node) -> Task:
        task = new_task(node, len(self.tasks) + 1)
        self.tasks.append(task)
        self.enqueue(task)
        return task

    def enqueue(self, task: Task) -> None:
        self._decide(_enqueue, task)

    def cancel(self, task: Task) -> None:
        self._decide(_cancel, task)

    def look(self, seat: ThreadSeat) -> Task | None:
        """Let a worker look for a task: the body of the loop of `_next_task`."""
        first = first_to_start(self.pool)
        task = self._decide(_look, seat)
        if task is not None:
            assert priorities(task._p_node) == first, f"{task._p_name} was not first"
        return task

    def wake_idle(self) -> None:
        """Wake an idle worker for nothing."""
        self.look(self.pool.seats.idle[0])

    def checkpoint(self, task: Task) -> None:
        """Let a task come to a checkpoint: the body of the loop of `attend`."""
        if task._p_stop_reason is not None:
            self.leave_blocks(task)
            self.end(task, "stopped")
        elif is_barred(task):
            self._decide(rest, task._p_node, task, None)
            self.parked.add(task)

    def enter_quiet(self, task: Task, *, slotless: bool) -> None:
        self._decide(
            lambda visit: enter_quiet(visit, task._p_node, task, Bell(), None, slotless=slotless)
        )

    def leave_quiet(self, task: Task) -> None:
        force = task._p_stop_reason is not None
        self._decide(lambda visit: self._leave_quiet(visit, task, force=force))

    def _leave_quiet(self, visit: Any, task: Task, *, force: bool) -> bool:
        runs = leave_quiet(visit, task._p_node, task, force=force)
        if not runs:
            self.parked.add(task)
        return runs

    def end(self, task: Task, outcome: str = "result", *, callbacks: bool = False) -> None:
        """Let a task end: the critical sections of `_run`."""
        self.leave_blocks(task)
        seat = task._p_seat
        following = self._decide(_end, task, outcome, callbacks)
        if not callbacks and following is None and seat.task is None:
            self.look(seat)

    def finish(self, task: Task) -> None:
        """Let a task that has ended be done with its callbacks."""
        seat = task._p_seat
        self._decide(_finish, task)
        self.look(seat)

    def pause(self, scope: Node | Task, running: str = "rest") -> HoldRecord:
        placed = hold(running)
        self.held[placed] = scope
        self._decide(place, scope, placed)
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
            each
            for each in self.held
            if not any(each in task._p_gate.waived for task in self.tasks)
        ]

    def let_go(self, task: Task) -> None:
        """Let a task go in spite of all holds that may be waived."""
        self._decide(waive, task._p_node, task, self.guards())

    def let_go_of(self) -> list[Task]:
        """List the tasks that are let go."""
        return [task for task in self.tasks if task._p_gate.waived]

    def hold_again(self, task: Task) -> None:
        """Let a task rest like all others again."""
        self._decide(unwaive, task._p_node, task, list(task._p_gate.waived))

    def release(self, placed: HoldRecord) -> None:
        scope = self.held.pop(placed)
        if self.blocks.get(placed) is None:
            self.blocks.pop(placed, None)
        self._decide(release, scope, placed)

    def watch(self, placed: HoldRecord) -> None:
        """Let somebody who is no task look whether all is quiet under a hold of a scope."""
        node = self.held[placed]
        if isinstance(node, Node) and not node.slots.active:
            self.blocks.setdefault(placed, None)
            self._decide(confirm, node, placed, node.gate)

    def enter(self, task: Task, node: Node, running: str) -> None:
        """Let a task come to a `with` of its own: what `Hold.__enter__` does first."""
        placed = self.pause(node, running)
        rest_of(task).own_holds += (placed,)
        placed.holder = task
        rest_of(task).is_entering = True
        self.entering[task] = placed
        self.checkpoint(task)

    def go_on_entering(self, task: Task) -> None:
        """Let it go through older holds, then wait for the others, then enter; or give up."""
        placed, record = self.entering[task], rest_of(task)
        if record.is_entering and (task._p_stop_reason is not None or is_barred(task)):
            self.checkpoint(task)
            return
        record.is_entering = False
        node = self.held.get(placed)
        if node is None:  # somebody has released it
            del self.entering[task]
            self.leave(task, placed)
        elif node.slots.active <= int(task._p_node.is_within(node)):
            del self.entering[task]
            self.blocks[placed] = task
            self._decide(confirm, node, placed, node.gate)

    def leave(self, task: Task, placed: HoldRecord) -> None:
        """Let a task come to the end of a block of its own."""
        record = rest_of(task)
        record.own_holds = tuple(each for each in record.own_holds if each is not placed)
        placed.holder = None
        self.blocks.pop(placed, None)
        if placed in self.held:
            self.release(placed)

    def leave_blocks(self, task: Task) -> None:
        """Let a task come out of all its blocks, the innermost first."""
        self.entering.pop(task, None)
        for placed in [] if task._p_rest is None else reversed(tuple(task._p_rest.own_holds)):
            self.leave(task, placed)

    def resume(self, node: Node, *, stagger: bool) -> None:
        """Release the holds of a scope, as `Scope.resume` does."""
        its = [each for each, scope in self.held.items() if scope is node]
        if stagger and its:
            self._decide(set_pace, node, 1.0, 0.0)
        for placed in its:
            self.release(placed)

    def tick(self) -> None:
        self.ticks.pop(0)()

    def stop(self, task: Task) -> None:
        self._decide(request_stop, task, "stopped")

    def resize(self, limit: int) -> None:
        self._decide(set_limit, self.root, limit)

    def limit(self, node: Node, limit: float) -> None:
        self._decide(set_limit, node, limit)

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
            "at rest": task._p_is_at_rest(),
            "barred": is_barred(task),
            "own": [self.held.get(each) for each in record.own_holds],
            "quiet": record.quiet,
            "returning": record.returning,
            "is_entering": record.is_entering,
        }
        return f"{task._p_name} of {task._p_node.name}: {facts}"


class Alarm:
    """A tick of a pace that may be cancelled."""

    def __init__(self, ticks: list[Callable[[], object]], call: Callable[[], object]) -> None:
        self.ticks = ticks
        self.call = call

    def cancel(self) -> None:
        if self.call in self.ticks:
            self.ticks.remove(self.call)


def _enqueue(visit: Any, task: Task) -> None:
    task._p_node.queue.append(task)
    take_part(visit.pool, task._p_node)
    call_worker(visit)


def _cancel(visit: Any, task: Task) -> None:
    task._state = CANCELLED_AND_NOTIFIED
    withdraw(visit, task)
    task._p_node.tally.done += 1
    forget(visit, task._p_node, task)


def _look(visit: Any, seat: ThreadSeat) -> Task | None:
    task = find_task(visit, seat)
    if task is None:
        rise_or_stay(visit, seat)
    return task


def _end(visit: Any, task: Task, outcome: str, callbacks: bool) -> Task | None:
    pool, node, seat = visit.pool, task._p_node, task._p_seat
    end_task(visit, node, task, outcome, clock())
    if callbacks:
        node.tally.finishing += 1
        return None
    task._state = FINISHED
    seat.task = None
    following = None
    if pool.is_plain and node.parent is None:
        following = follow(visit, node, seat, clock())
    return take_over(visit, node, seat) if following is None else following


def _finish(visit: Any, task: Task) -> None:
    task._state = FINISHED
    task._p_node.tally.finishing -= 1
    task._p_seat.task = None
    free_slot(visit, task._p_node)
    let_others_go(visit, task._p_node)
