"""The exchange with a process: a call is sent to that of a seat, by a new one if need be."""

from __future__ import annotations

import pickle
import traceback
from concurrent.futures import process as stdlib
from typing import TYPE_CHECKING, Any

from pausable._core.decision import decide
from pausable.errors import Stopped, WorkerDied
from pausable.processes.death import forget_death, note_death
from pausable.processes.parcel import message
from pausable.remote.conversation import converse, settle
from pausable.remote.parlance import CALL
from pausable.scopes.quiet import Quiet

if TYPE_CHECKING:
    from pausable.processes.process_seat import ProcessSeat
    from pausable.processes.stable import Stable
    from pausable.processes.worker_process import WorkerProcess

__all__ = ["exchange"]

_MISSES = 3  # processes, for one task: somebody has killed them while they started
_FOR_ITS_END = 5.0  # seconds, until the exit code of a process is known that has ended


class _Gone(Exception):
    """The process has ended, or whatever else keeps us from speaking with it."""


def exchange(seat: ProcessSeat, call: tuple[Any, ...]) -> tuple[bytes, Any]:
    """Have a call made by the process of a seat, by a new one if need be; return the outcome."""
    sent, lost = _packed(call), 0
    del call  # or an exception refers to it
    while True:
        try:
            worker = _engage(seat)
            received = _converse(seat, worker, sent)
        except _Gone:
            _lose(seat, may_miss=lost < _MISSES)
            lost += 1
        except Stopped:  # before it was sent
            raise
        except BaseException:  # it was sent to this thread: nobody waits for the answer any more
            _abandon(seat)
            raise
        else:
            return _read(seat, worker, received)


def _packed(call: tuple[Any, ...]) -> bytes:
    """Return the message of a call; what it cannot be pickled for is told as in the stdlib."""
    try:
        return message(CALL, call)
    except Exception as error:
        text: Any = f'\n"""\n{"".join(traceback.format_exception(error))}"""'
        error.__cause__ = stdlib._RemoteTraceback(text)
        raise
    finally:
        del call  # or an exception refers to it


def _engage(seat: ProcessSeat) -> WorkerProcess:
    """Give a seat a process. While that starts the task counts as at rest: not a line of it runs.

    Raises:
        Stopped: the task is to stop.
    """
    stable: Stable = seat.crew.stable
    seat.worker = worker = stable.spare()
    if worker is not None and worker.is_here:
        return worker
    try:
        with Quiet():
            if worker is None:
                seat.worker = worker = stable.start()
            try:
                worker.await_here()
                stable.novices.release(worker)
            except (EOFError, OSError) as error:
                raise _Gone from error
    except Stopped:  # it may be there for others
        seat.worker = None
        if worker is not None:
            stable.give_back(worker)
        raise
    return worker


def _converse(seat: ProcessSeat, worker: WorkerProcess, call: bytes) -> bytes:
    """Send a call, and answer what the process asks until it says what has come out."""
    try:
        settle(seat, worker)  # whoever has closed its gate before did not know of this process
        worker.call(seat.task, call)
        received = converse(seat, worker)
    except (EOFError, OSError) as error:
        raise _Gone from error
    worker.note_outcome()
    return received


def _read(seat: ProcessSeat, worker: WorkerProcess, received: bytes) -> tuple[bytes, Any]:
    """Return the outcome that a message tells, and see to what comes next for its process."""
    crew, word = seat.crew, received[:1]
    seat.worker = None
    if worker.is_finished():
        worker.dismiss()
    else:
        crew.stable.give_back(worker)
    try:
        return word, pickle.loads(memoryview(received)[1:])  # noqa: S301 - a process of ours
    except BaseException as error:  # noqa: BLE001 - as in the stdlib, it breaks the pool
        broken = crew.give_up("".join(traceback.format_exception(error)))
        raise broken from broken.__cause__  # which tells why, as text


def _abandon(seat: ProcessSeat) -> None:
    worker, seat.worker = seat.worker, None
    if worker is not None:
        worker.is_expected = True
        worker.end()
        worker.close()


def _lose(seat: ProcessSeat, *, may_miss: bool) -> None:
    """See to a process that has ended under a task; return if that has not begun there.

    If it has not come to be there at all, only where it *may_miss*: others may not, either.

    Raises:
        BrokenProcessPool: the pool is given up for that.
        Stopped: the process was killed because the task did not end.
        WorkerDied: it has ended by itself, and the pool goes on.
    """
    worker, seat.worker = seat.worker, None
    if worker is None:
        return
    worker.end()  # if it has only closed its pipe
    worker.close()
    decide(seat.crew.pool, note_death, worker)  # so that it does not wait for a resume
    seat.hear(worker)
    if worker.killed_for is not None and worker.killed_for is seat.task:
        raise Stopped(worker.killed_for._p_stop_reason or "stopped")
    if worker.killed_for is not None:  # for the one before
        return
    if worker.is_refused():
        worker.buried.wait(_FOR_ITS_END)  # what it has logged may be on its way to us
        raise seat.crew.give_up()
    if seat.crew.breaks:
        raise seat.crew.give_up()
    if worker.has_begun() or not (worker.is_here or may_miss):
        worker.buried.wait(_FOR_ITS_END)
        decide(seat.crew.pool, forget_death, seat.task)
        raise WorkerDied(seat.task._p_name, worker.pid, worker.process.exitcode)
