"""The gate of one Dask worker: it holds what is held in the cluster, and answers the scheduler.

A worker has a pool of the core, into which its tasks come with their seats. What the scheduler
says is placed there as holds. A hold of the cluster also sets the worker itself paused, as Dask
does when memory is short: then nothing starts, whoever has submitted it, prefetched or not. Dask's
memory manager owns that status, and would set the worker running at its next look; so for the time
of the hold its limit is set aside.

    1. The worker's loop L has a task run on a thread T, which is about to arrive. 2. L hears of a
    hold of that task alone, which it does not know, and notes it. 3. T arrives. Both are visits to
    the pool, so that T finds the hold noted, or L the task there.
"""

from __future__ import annotations

import math
import pickle
from functools import partial
from typing import TYPE_CHECKING, Any

from pausable._core.closure import place, release
from pausable._core.decision import decide
from pausable._core.entrance import arrive
from pausable._core.gate import HoldRecord
from pausable._core.pool import Pool
from pausable._core.states import PENDING
from pausable._core.times import clock, wall_clock
from pausable._core.waiters import Waiter, enlist
from pausable.dask.cluster_terms import PLUGIN, Outlook
from pausable.dask.dask_names import Status, WorkerPlugin
from pausable.scopes.gated import stop_tasks
from pausable.scopes.remote_task import RemoteTask
from pausable.scopes.status import scope_status, stragglers
from pausable.scopes.timer import timer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pausable._core.ports import Seat
    from pausable._core.visit import Visit
    from pausable.dask.cluster_terms import HoldTerms
    from pausable.dask.dask_names import Worker
    from pausable.scopes.timer import Alarm

__all__ = ["WorkerGate"]


class _Host:
    """The adapter of a pool whose tasks come with their seats, on threads that are Dask's."""

    def __init__(self, pool: Pool) -> None:
        """Be that of *pool*."""
        self._pool = pool

    def left(self, _seat: object) -> None:
        """Do nothing: a seat owns nothing."""

    def decide_later(self, delay: float, decision: Callable[..., object], *args: object) -> Alarm:
        """Have a decision made on the pool in *delay* seconds."""
        return timer.call_at(clock() + delay, partial(decide, self._pool, decision, *args))


class WorkerGate(WorkerPlugin):
    """Keeps the cluster's holds in one worker. On its event loop, but where it is said."""

    name = PLUGIN
    idempotent = True

    async def setup(self, worker: Worker) -> None:
        """Hold what is held already. A worker that joins handles no task before this is done."""
        self.worker: Worker = worker
        self.pool: Pool = Pool(str(worker.name), math.inf)
        self.pool.adapter = _Host(self.pool)  # type: ignore[assignment]  # it has no seats
        self.is_closing: bool = False
        self._version = 0  # of what the scheduler has said last
        # Under the pool's lock:
        self._holds: dict[int, HoldTerms] = {}
        self._placed: dict[tuple[int, Any], HoldRecord] = {}  # by the hold, and what it is on
        self._tasks: dict[str, RemoteTask] = {}  # that have arrived
        self._stops: dict[str, str] = {}  # why those are not to begin that have not arrived
        # Those of the worker, while it is held:
        self._fraction: list[Any] = []  # what the memory manager had
        self._was_running = False
        decide(self.pool, enlist, self.pool.root, Waiter(self._look, self))  # type: ignore[arg-type]
        worker.stream_handlers[PLUGIN] = self.hear
        self.hear(**await worker.scheduler.pausable(do="join"))

    async def teardown(self, worker: Worker) -> None:
        """Let what rests here end with the worker: Dask runs it again elsewhere."""
        self.is_closing = True
        decide(self.pool, stop_tasks, self.pool.root, "its worker closes")
        worker.stream_handlers.pop(PLUGIN, None)

    # What the scheduler says.

    def hear(
        self,
        version: int,
        holds: Sequence[HoldTerms],
        keys: Sequence[str] = (),
        ends: str = "",
        reason: str = "",
        looks: bool = False,
    ) -> None:
        """Hold what is held from now on, and answer.

        Say which of the tasks *keys* have begun here. What *ends* is nothing of them, those that
        have not begun ("queued"), or all. With *looks*, say how everything is.
        """
        self._version = version
        decide(self.pool, self._follow, {hold["id"]: hold for hold in holds})
        if self.pool.root.gate.closed:
            self._pause()
        elif self._fraction:
            self._unpause()
        begun = [key for key in keys if self._has_begun(key, ends, reason)]
        seen = None
        if looks:
            outlook = Outlook(scope_status(self.pool.root), stragglers(self.pool.root))
            seen = pickle.dumps(outlook)  # here, so that the scheduler need not read it
        self.answer(begun=begun, seen=seen)

    def answer(self, **more: Any) -> None:
        """Tell the scheduler what has been heard, and how many tasks run."""
        held = {hold["key"] for hold in self._holds.values() if hold["key"] is not None}
        tasks = [(key, self._tasks.get(key)) for key in held]
        alone = [key for key, task in tasks if task is not None and not task.is_quiescent()]
        active = self.pool.root.busy()
        self.worker.batched_send(
            {"op": PLUGIN, "version": self._version, "active": active, "alone": alone, **more}
        )

    def _follow(self, visit: Visit, holds: dict[int, HoldTerms]) -> None:
        visit.again = partial(self._follow, holds=holds)
        self._holds = holds
        for (number, held), record in tuple(self._placed.items()):
            if number not in holds:
                release(visit, held, record)
                del self._placed[number, held]
        for hold in holds.values():
            key = hold["key"]
            held = self.pool.root if key is None else self._tasks.get(key)
            if held is not None:
                self._place(visit, hold, held)
        # Who rests alone from now on leaves the slot: see `DaskSeat`.
        visit.wakes.extend(task._p_seat for _, task in self._placed if isinstance(task, RemoteTask))

    def _place(self, visit: Visit, hold: HoldTerms, held: Any) -> None:
        record = self._placed.get((hold["id"], held))
        if record is None:
            placed_at = hold["placed_at"]
            since = clock() - max(wall_clock() - placed_at, 0.0)
            reason, owner, running = hold["reason"], hold["owner"], hold["running"]
            record = HoldRecord(reason, owner, running, "pause", since, placed_at)
            self._placed[hold["id"], held] = record
            place(visit, held, record)

    def _pause(self) -> None:
        memory = self.worker.memory_manager
        if not self._fraction:
            self._fraction = [memory.memory_pause_fraction]
            memory.memory_pause_fraction = False
            self._was_running = False
        if self.worker.status == Status.running:
            self._was_running = True
            self.worker.status = Status.paused

    def _unpause(self) -> None:
        self.worker.memory_manager.memory_pause_fraction = self._fraction.pop()
        if self._was_running and self.worker.status == Status.paused:
            self.worker.status = Status.running

    def _has_begun(self, key: str, ends: str, reason: str) -> bool:
        task = decide(self.pool, self._find, key, reason if ends else None)
        if task is None:
            return False
        has_begun = task._state != PENDING
        if ends == "all" or (ends and not has_begun):
            task.stop(reason)
            has_begun = has_begun or task._state != PENDING
        return has_begun and task._p_seat is not None and task._p_started_at is not None

    def _find(self, _visit: Visit, key: str, reason: str | None) -> RemoteTask | None:
        task = self._tasks.get(key)
        if task is None and reason is not None:
            known = self.worker.state.tasks
            self._stops = {each: why for each, why in self._stops.items() if each in known}
            self._stops[key] = reason
        return task

    # What its tasks do. On their threads.

    def new_task(self, key: str, function: Callable[..., Any]) -> RemoteTask:
        """Make the task of a call that is about to arrive."""
        task, root = RemoteTask(), self.pool.root
        task._p_node, task._p_gate, task._p_fn, task._p_args = root, root.gate, function, ()
        task._p_label, task._p_number = key, -1
        return task

    def receive(self, visit: Visit, key: str, task: RemoteTask, seat: Seat) -> None:
        """Let a task arrive, and begin if it may."""
        self.pool.root.queue.outside[task] = None  # so that it can be withdrawn, and held
        reason = self._stops.pop(key, None)
        if reason is not None:
            task._p_stop_reason = reason
            return
        self._tasks[key] = task
        for hold in self._holds.values():
            if hold["key"] == key:
                self._place(visit, hold, task)
        arrive(visit, task, seat)

    def forget(self, _visit: Visit, key: str, task: RemoteTask) -> None:
        """Forget a task that is over."""
        if self._tasks.get(key) is task:
            del self._tasks[key]
        for number, held in tuple(self._placed):
            if held is task:
                del self._placed[number, held]

    def _look(self, visit: Visit) -> bool:
        """Have the scheduler told, whenever a task comes to rest or ends, if it waits for that."""
        root = self.pool.root
        is_last = root.gate.closed and not root.busy()
        if is_last or any(hold["key"] in self._tasks for hold in self._holds.values()):
            visit.chores.append(self._tell)
        return False

    def _tell(self) -> None:
        self.worker.loop.add_callback(self.answer)
