"""The seat of a thread of the pool that has an interpreter: its task runs there, and rests here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pausable.errors import Stopped
from pausable.remote.conversation import converse, settle
from pausable.remote.proxy_seat import ProxySeat

if TYPE_CHECKING:
    from pausable.interpreters.worker_interpreter import WorkerInterpreter

__all__ = ["InterpreterSeat", "exchange"]

_ABANDONED = "the thread that has waited for it was interrupted"


class InterpreterSeat(ProxySeat):
    """Where a thread waits for its interpreter; that is started before its first task."""

    __slots__ = ()

    elsewhere = "other interpreters"
    worker: WorkerInterpreter | None


def exchange(seat: InterpreterSeat, call: tuple[Any, ...]) -> tuple[bytes, Any]:
    """Have a call made by the interpreter of a seat; return the word for what came out, and it.

    Raises:
        NotShareableError: it cannot be sent there, and was not.
        Stopped: the task is to stop, and was not sent, or is not there any more.
    """
    worker = seat.worker or seat.crew.engage(seat)
    settle(seat, worker)  # whoever has closed its gate may not have known of this interpreter
    worker.put(call)
    del call  # or an exception refers to it
    try:
        worker.call(seat.task)
        word = converse(seat, worker)
    except (EOFError, OSError):  # as if it had raised what has ended all of its interpreter
        seat.worker = None
        worker.dismiss()
        raise worker.why_it_ended() from None
    except Stopped:
        raise
    except BaseException:  # it was sent to this thread: nobody waits for the answer any more
        seat.worker = None
        worker.abandon(_ABANDONED)
        raise
    return worker.take(word)
