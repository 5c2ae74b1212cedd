"""The remote call: what a thread of the pool calls in place of the function of a task.

It sends the call to the process of its seat, and answers what that asks, until the outcome comes.
"""

from __future__ import annotations

import pickle
import traceback
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from pausable._core.attention import own_seat
from pausable._core.decision import decide, look
from pausable._core.duty import is_preemptive, is_to_rest
from pausable._core.names import wrappers
from pausable.errors import Stopped, WorkerDied
from pausable.processes.death import forget_death, note_death
from pausable.processes.parlance import ASK, CALL, QUIET, REFUSED, RESULT, message
from pausable.scopes.attendance import attend
from pausable.scopes.quiet import Quiet

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable.processes.process_seat import ProcessSeat
    from pausable.processes.stable import Stable
    from pausable.processes.worker_process import WorkerProcess

__all__ = ["RemoteCall"]

_MISSES = 3  # processes, for one task: somebody has killed them while they started
_FOR_ITS_END = 5.0  # seconds, until the exit code of a process is known that has ended


class RemoteCall:
    """A function that is called in the process of the seat on which its task runs."""

    __slots__ = ("func",)

    def __init__(self, func: Callable[..., Any]) -> None:
        """Call *func* so; a task is called after it, as if this were a partial."""
        self.func: Callable[..., Any] = func

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Have it called; return what it returns, raise what it raises."""
        seat: Any = own_seat()
        task = seat.task
        call = (self.func, args, kwargs, task._p_label, task._p_number, is_preemptive(task))
        error = None
        try:
            word, outcome = _exchange(seat, message(CALL, call))
            if word == RESULT:
                return outcome
            error = outcome
            raise error
        finally:  # or an exception refers to them
            self = args = kwargs = call = seat = task = outcome = error = None  # type: ignore[assignment]  # noqa: PLW0642


wrappers[RemoteCall] = attrgetter("func")


class _Gone(Exception):
    """The process has ended, or whatever else keeps us from speaking with it."""


def _exchange(seat: ProcessSeat, call: bytes) -> tuple[bytes, Any]:
    """Have a call made by the process of a seat, by a new one if need be; return the outcome."""
    lost = 0
    while True:
        try:
            worker = _engage(seat)
            received = _converse(seat, worker, call)
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
        while True:
            received = worker.receive()
            _hear(seat, worker)
            if received in (ASK, QUIET):
                _answer(seat, worker, received)
            else:
                worker.note_outcome()
                return received
    except (EOFError, OSError) as error:
        raise _Gone from error


def _answer(seat: ProcessSeat, worker: WorkerProcess, received: bytes) -> None:
    """Let the task pass its gate here; on the way out of a quiet block, if it enters one."""
    try:
        if received == QUIET:
            with Quiet():
                worker.receive()
        else:
            attend(seat.task)
    except Stopped as stop:
        worker.board.asked.value = 1
        worker.is_heard = False
        worker.stop(stop.reason)
    else:
        settle(seat, worker)
        worker.is_heard = False
        worker.let_go_on()
    if worker.was_frozen:  # it may be to be frozen again, and nobody has looked since
        seat.crew.stable.look()


def _hear(seat: ProcessSeat, worker: WorkerProcess) -> None:
    """Begin to see to what a process has said, or to its end. The task is not frozen from now on.

    If it was just before, and counts as at rest, its thread parks with what it has heard.
    """
    worker.is_heard = True
    if worker.was_frozen and look(seat.crew.pool, seat.task._p_is_at_rest):
        seat.rest_after_wait(seat.task, _nothing)
        seat.crew.stable.look()


def _nothing() -> None:
    """Do nothing."""


def settle(seat: ProcessSeat, worker: WorkerProcess) -> None:
    """Let the byte of a process be up if its task is to rest or to stop, and else down."""
    look(seat.crew.pool, _settle, seat, worker)


def _settle(seat: ProcessSeat, worker: WorkerProcess) -> None:
    worker.board.asked.value = is_to_rest(seat.task)


def _read(seat: ProcessSeat, worker: WorkerProcess, received: bytes) -> tuple[bytes, Any]:
    """Return the outcome that a message tells, and see to what comes next for its process."""
    crew, word = seat.crew, received[:1]
    seat.worker = None
    if word == REFUSED:
        worker.dismiss()
        worker.buried.wait(_FOR_ITS_END)  # what it has logged may be on its way to us
        raise crew.give_up()
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
    _hear(seat, worker)
    if worker.killed_for is not None and worker.killed_for is seat.task:
        raise Stopped(worker.killed_for._p_stop_reason or "stopped")
    if worker.killed_for is not None:  # for the one before
        return
    if seat.crew.breaks:
        raise seat.crew.give_up()
    if worker.has_begun() or not (worker.is_here or may_miss):
        worker.buried.wait(_FOR_ITS_END)
        decide(seat.crew.pool, forget_death, seat.task)
        raise WorkerDied(seat.task._p_name, worker.pid, worker.process.exitcode)
