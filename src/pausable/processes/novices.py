"""The novices: processes of a pool that are to call the initializer, or do.

As in the stdlib a process calls it when it has started, whether or not there will be a task for it.
But not while the pool is paused: a process that is started then calls it before its first task. It
is told so by its byte, at which it looks just before. One that runs when the pause comes is waited
for, as that of a thread is (`threads.initializer`), until its process says that it is there.

    1. The starter S, which does not have the pool's lock, finds the gate open, and writes a process
    down as a novice. 2. The pauser P closes the gate, and then looks who is to be held back, and
    who is busy. 3. S looks at the gate once more, and starts the process.

If S does not see in 3 that the gate is closed, then P comes after that: it finds the novice, raises
its byte, and waits for it. Were it written down after 3, P could find nothing, and say that nothing
of the pool runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pausable._core.decision import decide, look
from pausable._core.times import clock
from pausable._core.waiters import look_again

if TYPE_CHECKING:
    from pausable._core.pool import Pool
    from pausable._core.visit import Visit
    from pausable.processes.worker_process import WorkerProcess

__all__ = ["Novices"]


class Novices:
    """Those of one pool. They are written down where initializers of threads are."""

    def __init__(self, pool: Pool) -> None:
        """Begin with none."""
        self._pool = pool

    def admit(self, worker: WorkerProcess) -> None:
        """Write a process down that is about to be started, unless it will wait for a task."""
        gate = self._pool.root.gate
        if gate.closed:
            worker.board.asked.value = 1
            return
        self._written()[worker] = clock()
        worker.board.asked.value = gate.closed

    def listed(self) -> list[WorkerProcess]:
        """List those that will say that they are there."""
        written = tuple(self._written())
        return [worker for worker in written if worker.has_started and not worker.is_closed]

    def hold_back(self) -> None:
        """Have those wait for a task that have not begun, if the pool is paused."""
        look(self._pool, self._hold_back)

    def _hold_back(self) -> None:
        if self._pool.root.gate.closed:
            for worker in tuple(self._written()):
                worker.board.asked.value = 1

    def forget(self, worker: WorkerProcess) -> None:
        """Take one back that could not be started."""
        self._written().pop(worker, None)

    def release(self, worker: WorkerProcess) -> None:
        """Note that a process is there, or has ended. Idempotent."""
        if worker in self._written():
            decide(self._pool, self._release, worker)

    def _release(self, visit: Visit, worker: WorkerProcess) -> None:
        self._written().pop(worker, None)
        look_again(visit, visit.pool.root)

    def _written(self) -> dict[Any, float]:
        """Return where they are written down; in a forked child it is another one."""
        return self._pool.seats.initializing
