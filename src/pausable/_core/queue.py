"""The queue of a scope: its tasks that have not started, in the order of their submission.

A submit appends to it before it looks whether a worker must be called, and it looks without the
lock. Whoever takes something away that its look relies on (a scope from the ring, a slot, a worker
that is coming, the acceptance) does so first and looks at the queue afterwards:

    1. The submitter S appends. 2. S sees the scope in the ring and all slots taken: it is done.
    3. The worker W gives its slot back, under the lock. 4. W looks at the queue, finds the task.

Were 3 before 2, S would see a free slot, and call a worker under the lock; were 4 before 1, also 3
were before 2. In a free-threaded build, where loads and stores may pass each other, S always takes
the lock.

An entry leaves the queue only after its task was written down elsewhere, so that an exception in
between loses none: see `derived`.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING, Any

from pausable._core.seats import dismiss
from pausable._core.states import PENDING
from pausable._core.waiters import tell_waiters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pausable._core.ports import Ends
    from pausable._core.task import Task

__all__ = [
    "Queue",
    "clear_tombstones",
    "drop_first",
    "mend_queue",
    "put_back",
    "put_back_sifted",
    "take_aside",
    "take_out",
    "withdraw",
    "wrong_with_queue",
]

_FEW_TOMBSTONES = 1000


class Queue(deque["Task"]):
    """The tasks of one scope that have not started. Appended to without the lock.

    Where a task waits is primary: here, in `aside`, in `arrived`, or in `outside`. Some that are
    set aside are in one of three more dicts, which say what for. Derived is `tombstones`.
    """

    __slots__ = (
        "arrived",
        "aside",
        "faults",
        "is_accepting",
        "leaving",
        "let_in",
        "outside",
        "sifted",
        "tombstones",
    )

    def __init__(self, tasks: Iterable[Task] = ()) -> None:
        """Make one that takes tasks, and has these."""
        super().__init__()
        self.is_accepting: bool = True
        self.forget_all()
        self.extend(tasks)

    def forget_all(self) -> None:
        """Start anew, also in a forked child: no task."""
        self.clear()
        self.tombstones: int = 0  # entries whose task will not start
        self.sifted: list[Task] = []  # taken out while it is cleared of tombstones
        self.aside: dict[Task, None] = {}  # held on their own, taken out of the queue's way
        self.let_in: dict[Task, None] = {}  # of these, those that may start in spite of a hold
        self.leaving: dict[Task, None] = {}  # of these, those that another thread is about to end
        self.faults: dict[Task, Ends] = {}  # of these, those that wait for a decision
        self.arrived: dict[Task, None] = {}  # each has a seat of its own, where somebody waits
        self.outside: dict[Task, None] = {}  # taken out by a program, see `threads.work_queue`

    @property
    def pending(self) -> int:
        """How many tasks have not started."""
        return len(self) - self.tombstones + len(self.aside) + len(self.arrived)

    def everyone(self) -> list[Task]:
        """List all that wait to start; some entries are of tasks that are over.

        In one step: others append without the lock.
        """
        return [*self.aside, *self.arrived, *self]


def drop_first(visit: Any, queue: Queue) -> None:
    """Take the first entry out: its task will not start."""
    visit.chores.append(queue.popleft()._p_let_go)
    queue.tombstones -= 1


def withdraw(visit: Any, task: Task) -> None:
    """Take a task that will not start out of the counts; its queue entry becomes a tombstone."""
    node: Any = task._p_node
    pool = visit.pool
    if node is None:
        return
    queue = node.queue
    if task in queue.aside:
        del queue.aside[task]
        queue.let_in.pop(task, None)
        queue.leaving.pop(task, None)
    elif task in queue.arrived:
        del queue.arrived[task]
    elif task in queue.outside:
        del queue.outside[task]
    else:
        queue.tombstones += 1
    if task._p_seat is not None:  # somebody waits there
        visit.wakes.append(task._p_seat)
    if pool.room is not None:
        pool.room.rouse(visit)
    if pool.end.is_closing and not queue.pending and pool.is_worked_off():
        dismiss(visit)
    tell_waiters(visit, node)


def take_aside(task: Task) -> None:
    """Take a task out of its queue that another thread is about to end: it will not start."""
    node: Any = task._p_node
    queue = node.queue
    if task._state != PENDING or task in queue.outside:
        return
    node.pool.is_plain = False
    queue.leaving[task] = None
    queue.let_in.pop(task, None)
    if task in queue.arrived:
        queue.aside[task] = None
        del queue.arrived[task]
    elif task not in queue.aside:
        queue.aside[task] = None
        queue.remove(task)


def put_back(queue: Queue, task: Task) -> None:
    """Let a task that was set aside start before those in the queue."""
    del queue.aside[task]
    queue.let_in.pop(task, None)
    queue.appendleft(task)


def take_out(queue: Queue) -> Task | None:
    """Take the first task out that has not started, for a program; None if there is none."""
    for task in queue.aside:
        if task not in queue.faults and task not in queue.leaving:
            del queue.aside[task]
            queue.let_in.pop(task, None)
            queue.outside[task] = None
            return task
    while queue:
        task = queue.popleft()
        if task._state == PENDING:
            queue.outside[task] = None
            return task
        queue.tombstones -= 1
    return None


def clear_tombstones(visit: Any, queue: Queue) -> None:
    """Clear a queue of what will not start, if that is the larger part. Others may append."""
    if 2 * queue.tombstones <= len(queue) + _FEW_TOMBSTONES:
        return
    for _ in range(len(queue)):
        task = queue[0]
        if task._state == PENDING:
            queue.sifted.append(task)
            queue.popleft()
        else:
            drop_first(visit, queue)
    put_back_sifted(queue)


def put_back_sifted(queue: Queue) -> None:
    """Put back what was taken out of a queue to be looked through; before what has come since."""
    queue.extendleft(reversed(queue.sifted))
    queue.sifted.clear()


def mend_queue(node: Any) -> None:
    """Make anew what follows from the states of tasks, and from who is held on its own."""
    queue = node.queue
    put_back_sifted(queue)
    for task in [task for task in queue.aside if task._state != PENDING]:
        del queue.aside[task]
    for task in [task for task in queue.arrived if task._state != PENDING or task in queue.aside]:
        del queue.arrived[task]
    for some in (queue.let_in, queue.leaving):
        for task in [task for task in some if task not in queue.aside]:
            del some[task]
    for task in [task for task in queue.aside if task not in {**queue.faults, **queue.leaving}]:
        if task._p_gate is node.gate or not (task._p_gate.holds or task._p_gate.waived):
            put_back(queue, task)  # nobody holds it on its own any more
    elsewhere = {*queue.aside, *queue.arrived, *queue.outside}
    for _ in range(len(queue)):  # others append meanwhile
        task = queue[0]
        if task not in elsewhere and task._state == PENDING:
            queue.sifted.append(task)
            elsewhere.add(task)
        queue.popleft()
    put_back_sifted(queue)
    queue.tombstones = 0


def wrong_with_queue(node: Any) -> Iterator[str]:
    """Say what is not as it follows: each task waits in one place, and is counted once."""
    queue = node.queue
    least = queue.pending
    waiting = Counter(task for task in queue.everyone() if task._state == PENDING)
    for task, times in waiting.items():
        if times > 1:
            yield f"{task._p_name} is queued {times} times"
    most = queue.pending  # others append meanwhile, and only that
    if not least <= len(waiting) <= most:
        yield f"{most} tasks of {node.name!r} are pending, counted {len(waiting)}"
    for task in queue.aside:
        if task._state != PENDING:
            yield f"{task._p_name} is set aside, but {task._state}"
        elif task in queue.faults or task in queue.let_in or task in queue.leaving:
            continue
        elif task._p_gate is node.gate or not task._p_gate.holds:
            yield f"{task._p_name} is set aside, but nobody holds it"
