"""The seat of a thread of the pool that has a process: its task runs there, and rests here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.decision import look
from pausable.remote.proxy_seat import ProxySeat

if TYPE_CHECKING:
    from pausable.processes.worker_process import WorkerProcess

__all__ = ["ProcessSeat"]


class ProcessSeat(ProxySeat):
    """Where a thread waits for its process; that is started when it is first needed."""

    __slots__ = ()

    elsewhere = "other processes"
    worker: WorkerProcess | None

    def hear(self, worker: WorkerProcess) -> None:
        """Begin to see to what a process has said, or to its end. The task is not frozen any more.

        If it was just before, and counts as at rest, its thread parks with what it has heard.
        """
        worker.is_heard = True
        if worker.was_frozen and look(self.crew.pool, self.task._p_is_at_rest):
            self.rest_after_wait(self.task, _nothing)
            self.crew.stable.look()

    def note_answer(self, worker: WorkerProcess) -> None:
        """Have the watch look: the task may be to be frozen again, and nobody has since."""
        if worker.was_frozen:
            self.crew.stable.look()


def _nothing() -> None:
    """Do nothing."""
