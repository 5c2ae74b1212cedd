"""The frost: processes of a pool that the system has stopped, so that whatever runs there rests.

A hold that freezes asks as any other does, and stops the processes of the tasks that it is for, as
well: by SIGSTOP, which nobody can refuse. A task counts as at rest once all threads of its process
stand still. From then on it is like one that waits in the stdlib (`_core.dormancy`): at rest,
though its thread here is not parked by us, but waits for what the process says. If that has said
something just before, the thread parks with it in hand.

The thread that hears what a process says, and the watch, which counts its task, agree so:

    1. The watch W stops the process, and notes that it was frozen. 2. The thread T, which has just
    been told something, notes that this is heard, and looks whether it was frozen. 3. W looks,
    under the pool's lock, whether something was heard, and counts the task if not. If 3 comes
    before the note in 2, then so does 1: T looks under the lock, and parks, since the task counts.

All is done by the watch's thread, one thing after the other, after a look at what is wanted:

    1. The resumer R opens the gate, writes down that the task runs, and has the watch look. 2. The
    pauser P closes it again. 3. The watch looks: the process is stopped, its task is to rest and
    does not: it is counted again, and was not woken in between. Were R to wake it, that might
    come after 3.

A process that is frozen does not see its parent die. So there is a guardian (`guardian`), before
the first one is frozen, which kills them then.
"""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pausable._core.decision import look
from pausable._core.dormancy import count_as_resting
from pausable._core.duty import is_to_rest
from pausable._core.rest import is_barred
from pausable.processes.guardian import Guardian
from pausable.scopes.common_log import WARNING, leave_word

if TYPE_CHECKING:
    from pausable._core.pool import Pool
    from pausable._core.task import Task
    from pausable.processes.worker_process import WorkerProcess

__all__ = ["CAN_FREEZE", "Frost"]

CAN_FREEZE: bool = sys.platform == "linux"
"""Whether the system says of each thread of a process that it stands still."""

_MOMENT = 0.0005  # seconds between two looks whether a process stands still


class Frost:
    """The processes of one pool that are frozen. All by the thread of the watch."""

    def __init__(self, pool: Pool) -> None:
        """Begin with none."""
        self._pool = pool
        self._stopped: dict[WorkerProcess, Task] = {}  # and for which task
        self._guardian: Guardian | None = None
        self._cannot = False

    def tend(self) -> float | None:
        """Freeze who is to be frozen, thaw who is not; say when to look again, None for no need."""
        wanted: dict[WorkerProcess, Task] = look(self._pool, _wanted, self._pool)
        if not wanted and not self._stopped:
            return None
        for worker in [each for each in self._stopped if each not in wanted or each.is_dead]:
            self._thaw(worker)
        for worker, task in wanted.items():
            if worker not in self._stopped and self._has_guardian():
                self._stop(worker)
            self._stopped[worker] = task
        pending = [each for each in wanted.items() if not self._has_settled(*each)]
        return _MOMENT if pending and not self._cannot else None

    def end(self) -> None:
        """Let go of the guardian: there is no process any more."""
        if self._guardian is not None:
            self._guardian.end()
            self._guardian = None

    def _has_guardian(self) -> bool:
        if self._guardian is None and not self._cannot:
            try:
                self._guardian = Guardian()
            except OSError as error:
                self._cannot = True
                text = "no process of %r can be frozen: tasks rest at their checkpoints only"
                leave_word(WARNING, text, self._pool.root.name, error=error)
        return self._guardian is not None

    def _stop(self, worker: WorkerProcess) -> None:
        if self._guardian is not None:
            worker.was_frozen = True
            self._guardian.note(worker.pid, frozen=True)
            worker.send_signal(signal.SIGSTOP)

    def _thaw(self, worker: WorkerProcess) -> None:
        task = self._stopped.pop(worker)
        if look(self._pool, _has_to_ask, worker, task):
            worker.ring()
        worker.send_signal(signal.SIGCONT)
        if self._guardian is not None:
            self._guardian.note(worker.pid, frozen=False)

    def _has_settled(self, worker: WorkerProcess, task: Task) -> bool:
        """Count the task of a process that stands still as at rest; say whether it counts so.

        If not, it has come to rest by itself, or to its end, with what it had said before: then its
        process is thawed at the next look.
        """
        if not stands_still(worker.pid):
            return False
        if not task._p_is_at_rest():
            is_certain = partial(_is_still_wanted, worker, task)
            afterwards = count_as_resting(task, worker.board.place(), is_certain)
            if afterwards is not None:
                afterwards()
        record = task._p_rest
        return record is not None and record.since is not None and record.is_dormant


def stands_still(pid: int) -> bool:
    """Say whether all threads of a process are stopped."""
    states = []
    with suppress(FileNotFoundError, ProcessLookupError):  # it has ended, or one of them has
        for each in Path(f"/proc/{pid}/task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):
                text = (each / "stat").read_text(encoding="utf-8", errors="replace")
                states.append(text.rpartition(")")[2].split()[0])
    return bool(states) and all(state in "Tt" for state in states)


def _wanted(pool: Pool) -> dict[WorkerProcess, Task]:
    """List the processes that are to stand still: whose tasks are at rest for it, or are to be."""
    return {
        seat.worker: seat.task  # type: ignore[attr-defined]
        for seat in pool.seats
        if seat.task is not None and _is_for_frost(seat.worker, seat.task)  # type: ignore[attr-defined]
    }


def _is_for_frost(worker: WorkerProcess | None, task: Task) -> bool:
    if worker is None or worker.is_dead or worker.task is not task or not worker.has_begun():
        return False
    record = task._p_rest
    if record is not None and record.since is not None:
        return record.is_dormant  # else it rests by itself, or has said that it does
    return _is_to_freeze(task)


def _is_to_freeze(task: Task) -> bool:
    holds = task._p_gate.all_holds() if task._p_gate.closed_to_running else ()
    return (
        task._p_ended_at is None
        and task._p_stop_reason is None
        and any(hold.running == "freeze" for hold in holds)
        and is_barred(task)
    )


def _is_still_wanted(worker: WorkerProcess, task: Task) -> bool:
    is_ours = worker.task is task and not (worker.is_dead or worker.is_heard)
    return is_ours and _is_to_freeze(task)


def _has_to_ask(worker: WorkerProcess, task: Task) -> bool:
    return worker.task is task and task._p_ended_at is None and is_to_rest(task)
