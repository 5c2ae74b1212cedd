"""The seat of a thread of the pool that has a process: its task runs there, and rests here."""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING, Any, NoReturn, cast

from pausable._core.interruption import is_owned
from pausable._core.locations import first_line
from pausable._core.times import clock
from pausable.errors import NotSupported
from pausable.threads.seat import ThreadSeat

if TYPE_CHECKING:
    from pausable.processes.worker_process import WorkerProcess
    from pausable.snapshots import Location

__all__ = ["ProcessSeat"]

_PATIENCE = 0.02  # seconds, for the process to say where it is
_MOMENT = 0.0005


class ProcessSeat(ThreadSeat):
    """Where a thread waits for its process; that is started when it is first needed."""

    __slots__ = ("crew", "worker")

    def __init__(self, crew: Any) -> None:
        """Make a seat whose thread has not been started, and which has no process."""
        super().__init__()
        self.crew: Any = crew
        self.worker: WorkerProcess | None = None

    def frame(self) -> NoReturn:
        """Refuse: a frame cannot leave its process.

        Raises:
            NotSupported: always.
        """
        wanted = "the frames of tasks, which run in other processes: where() says their lines"
        raise NotSupported(wanted, self.crew.pool.root.name)

    def place(self) -> Location | None:
        """Return where the task is, as its process has said last.

        It is asked to say so. Not under the lock this waits for the answer, for a moment.
        """
        worker, task = self.worker, cast("Any", self.task)
        if task is None:
            return None
        if worker is None or worker.task is not self.task:
            return first_line(task)
        if not task._p_is_at_rest():
            before = worker.board.version
            worker.nudge()
            if not is_owned(self.crew.pool.lock):
                until = clock() + _PATIENCE
                while worker.board.version == before and clock() < until:
                    sleep(_MOMENT)
        found = worker.board.place() if worker.has_begun() else None
        return first_line(task) if found is None else found
