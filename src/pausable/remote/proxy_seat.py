"""The seat of a thread of the pool that has a worker: its task runs there, and rests here."""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, cast

from pausable._core.interruption import is_owned
from pausable._core.locations import first_line
from pausable._core.times import clock
from pausable.errors import NotSupported
from pausable.threads.seat import ThreadSeat

if TYPE_CHECKING:
    from pausable._core.task import Task
    from pausable.remote.board import Board
    from pausable.snapshots import Location

__all__ = ["ProxySeat", "Worker"]

_PATIENCE = 0.02  # seconds, for the worker to say where it is
_MOMENT = 0.0005


class Worker(Protocol):
    """What runs tasks elsewhere, as its parent has it."""

    board: Board
    task: Task | None  #: which it runs, or is about to

    def receive(self) -> bytes:
        """Wait for what it says.

        Raises:
            EOFError: it has ended, or OSError.
        """

    def let_go_on(self) -> None:
        """Answer that its task may go on."""

    def stop(self, reason: str) -> None:
        """Answer that its task is to stop."""

    def has_begun(self) -> bool:
        """Say whether it has got the call that was sent last: that may have had effects."""

    # By any thread.

    def ring(self) -> None:
        """Raise its byte, and have it look: its task is to ask."""

    def nudge(self) -> None:
        """Have it look at its byte, and say where it is, wherever it waits."""


class ProxySeat(ThreadSeat):
    """Where a thread waits for its worker."""

    __slots__ = ("crew", "worker")

    elsewhere: str  #: where tasks run

    def __init__(self, crew: Any) -> None:
        """Make a seat whose thread has not been started, and which has no worker."""
        super().__init__()
        self.crew: Any = crew
        self.worker: Any = None  # a `Worker`

    def hear(self, worker: Any) -> None:
        """Note that the worker has said something, or has ended: that is seen to from now on."""

    def note_answer(self, worker: Any) -> None:
        """Note that it was answered what it has asked."""

    def frame(self) -> NoReturn:
        """Refuse: a frame cannot leave the place where it runs.

        Raises:
            NotSupported: always.
        """
        wanted = f"the frames of tasks, which run in {self.elsewhere}: where() says their lines"
        raise NotSupported(wanted, self.crew.pool.root.name)

    def place(self) -> Location | None:
        """Return where the task is, as its worker has said last.

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
        found: Location | None = worker.board.place() if worker.has_begun() else None
        return first_line(task) if found is None else found
