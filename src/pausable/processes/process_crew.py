"""The process crew: the threads of a pool, each of which has a process while it has a task."""

from __future__ import annotations

from concurrent.futures import process as stdlib
from typing import TYPE_CHECKING, Any

from pausable._core.decision import decide, look
from pausable.processes.death import note_death
from pausable.processes.exchange import exchange
from pausable.processes.frost import CAN_FREEZE, Frost
from pausable.processes.novices import Novices
from pausable.processes.process_seat import ProcessSeat
from pausable.processes.stable import Stable
from pausable.remote.proxy_crew import ProxyCrew
from pausable.scopes.breakage import break_pool

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.pool import Pool
    from pausable._core.ports import Seat
    from pausable.processes.worker_process import ProcessSettings, WorkerProcess
    from pausable.remote.remote_call import RemoteCall

__all__ = ["ProcessCrew"]

_WHY = (
    "A process in the process pool was terminated abruptly while the future was running or pending."
)
_REFUSAL = "A child process terminated abruptly, the process pool is not usable anymore"


class ProcessCrew(ProxyCrew):
    """The threads of a pool and their processes, made when they are called for."""

    def __init__(self, pool: Pool, prefix: str, settings: ProcessSettings, *, breaks: bool) -> None:
        """Make a crew without threads. With *breaks* the pool is given up if a process dies."""
        self.novices: Novices = Novices(pool)
        self.stable: Stable = Stable(
            settings, self._needs_none, self._note_death, Frost(pool), self.novices
        )
        self.breaks = breaks
        self._cause: str | None = None  # of the breakage, if it is not a process that has died
        super().__init__(pool, prefix, exchange)
        pool.end.refusal = _REFUSAL
        pool.warden = self

    def ship(self, function: Callable[..., Any]) -> RemoteCall:
        """Return what calls *function* in a process. At a submit: processes are started here."""
        self.stable.make_ready(int(self.pool.root.slots.limit))
        return super().ship(function)

    # What the core asks.

    def new_seat(self) -> ProcessSeat:
        """Make a seat without a thread, and without a process."""
        return ProcessSeat(self)

    def hire(self, seat: Seat) -> None:
        """Start the thread of a seat; if there is none at all then, give the pool up."""
        try:
            super().hire(seat)
        except RuntimeError:
            self.give_up()

    def left(self, seat: Seat) -> None:
        """Let a process end that is too many now; and all, if that was the last seat."""
        self.stable.trim(int(self.pool.root.slots.limit))
        self.stable.end_if_over()
        super().left(seat)

    def broken(self, why: str) -> stdlib.BrokenProcessPool:
        """Return the error of a pool that has lost a process."""
        error = stdlib.BrokenProcessPool(why)
        if self._cause is not None:
            text: Any = f"\n'''\n{self._cause}'''"
            error.__cause__ = stdlib._RemoteTraceback(text)
        return error

    def wake(self) -> None:
        """Have those processes ask whose tasks are to rest or to stop; freeze, or thaw, others."""
        super().wake()
        self.novices.hold_back()
        self.stable.look()

    def kill(self, task: Any) -> None:
        """Kill the process of a task that was asked to stop, if it still runs there."""
        worker = look(self.pool, _process_of, task)
        if worker is not None:
            worker.kill_for(task)

    def process_of(self, task: Any) -> int | None:
        """Return the number of the process of a task; None before it has one."""
        worker = getattr(task._p_seat, "worker", None)
        return worker.pid if worker is not None and worker.task is task else None

    def all_processes(self) -> tuple[int, ...]:
        """List the numbers of all processes that have not ended."""
        return tuple(self.stable.processes.copy())

    @property
    def freezes(self) -> bool:
        """Whether processes can be frozen here."""
        return CAN_FREEZE

    # What those ask who wait for its end.

    def join(self, deadline: float | None) -> bool:
        """Wait until all threads and processes have ended, to *deadline* at most."""
        return super().join(deadline) and self.stable.join(deadline)

    def forget_threads(self) -> None:
        """Start anew in a forked child, where none of the threads and processes is."""
        super().forget_threads()
        self.stable.forget()

    def dissolve_if_over(self) -> None:
        """Let nothing of a pool that is over and gone refer to itself."""
        self.stable.end_if_over()
        super().dissolve_if_over()
        if self.root() is None:
            self.pool.warden = None

    # When a process dies.

    def give_up(self, cause: str | None = None) -> stdlib.BrokenProcessPool:
        """Break the pool, and end all of its processes; return the error of that. Idempotent."""
        if self.pool.end.broken is None:
            self._cause = cause
        break_pool(self.pool, _WHY, started=True)
        self.stable.end_all()
        return self.broken(_WHY)

    def _needs_none(self) -> bool:
        """Say whether no thread will want a process any more."""
        pool = self.pool
        is_over = pool.is_worked_off() or self.root() is None
        return is_over and not (pool.seats or pool.seats.called)

    def _note_death(self, worker: WorkerProcess) -> None:
        if self.breaks or worker.is_refused():
            self.give_up()
        else:
            decide(self.pool, note_death, worker)


def _process_of(task: Any) -> WorkerProcess | None:
    """Return what a task that is to stop runs in; None if it does not run."""
    seat = task._p_seat
    if task._p_ended_at is not None or task._p_stop_reason is None or seat.task is not task:
        return None
    worker: WorkerProcess | None = seat.worker
    return worker
