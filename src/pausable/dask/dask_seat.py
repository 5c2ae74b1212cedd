"""The seat of a thread of a Dask worker: it parks as others do, and lets Dask have its slot.

Dask counts threads: a slot is one of its pool of threads, and is given back by leaving that pool
(`secede`). That is for a task that rests alone. Under a hold of the cluster nobody could use the
slot, since nothing starts; and Dask never counts a task that has left among the running ones again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable.dask.dask_names import pool_state, rejoin, secede
from pausable.scopes.quiet import Quiet
from pausable.threads.seat import ThreadSeat

if TYPE_CHECKING:
    from pausable._core.gate import Gate
    from pausable._core.task import Task

__all__ = ["DaskSeat"]


class DaskSeat(ThreadSeat):
    """Where one task of a Dask worker runs: it comes with its task, and goes with that."""

    __slots__ = ("for_task", "has_left")

    brings_slot = True

    def __init__(self, task: Task) -> None:
        """Make the seat of *task*, on the calling thread."""
        super().__init__()
        self.for_task: Task = task  # also before it has begun
        self.has_left: bool = False
        self.sit_down()

    def park(self, timeout: float | None = None) -> bool:
        """Wait until woken; in no slot, if others may go on."""
        gate: Gate = self.for_task._p_gate
        cluster = gate.parent  # of the pool; None while the task has no gate of its own
        if gate.closed and cluster is not None and not cluster.closed and not self.has_left:
            self._leave_slot()
        return super().park(timeout)

    def attend(self, task: Task) -> None:
        """Rest while the gate is closed, and until there is a slot; raise `Stopped` on a stop."""
        super().attend(task)
        self.take_slot()

    def take_slot(self) -> None:
        """Wait for a slot if it has left its own. Meanwhile it counts as at rest."""
        if self.has_left:
            self.has_left = False
            with Quiet():
                rejoin()

    def _leave_slot(self) -> None:
        if pool_state.proceed:  # else the task's own code has done so
            self.has_left = True
            secede()
