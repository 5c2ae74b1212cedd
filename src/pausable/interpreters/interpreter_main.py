"""What a sub-interpreter of a pool does from its start to its end: it serves calls.

It ends when it is told to, or when whoever has made it is not there any more. It imports little:
each interpreter has modules of its own, and each of a pool waits for these.
"""

from __future__ import annotations

import os
import threading
import traceback
from concurrent.interpreters import NotShareableError
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pausable._core.frames import innermost
from pausable.errors import Stopped
from pausable.interpreters.foreign_error import complain, described
from pausable.interpreters.pipe import Pipe
from pausable.remote.board import Board
from pausable.remote.parlance import CALL, ERROR, HERE, INITIALIZE, RESULT
from pausable.remote.remote_seat import RemoteSeat
from pausable.scopes.foreign import is_of
from pausable.scopes.timer import timers

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.interpreters import Queue

__all__ = ["drain", "serve"]

_OURS = 3  # frames, between here and the code of a task
_MOST = 4096


def serve(
    name: str,
    memory: memoryview,
    calls: Queue,
    outcomes: Queue,
    reads: int,
    writes: int,
    rung: int,
) -> None:
    """Serve calls until there will be no more. On the one thread that runs the tasks."""
    pipe = Pipe(reads, writes)
    board = Board(memory)
    seat = RemoteSeat(pipe, board, name)
    threading.Thread(target=_listen, args=(rung, seat), name="pausable-bell").start()
    try:
        pipe.send_bytes(HERE)
        while (word := pipe.recv_bytes()) in (CALL, INITIALIZE):
            board.begun.value = 1
            drain(outcomes)
            run = seat.run if word == CALL else _initialize
            pipe.send_bytes(_outcome(run, calls, outcomes))
    except (EOFError, ConnectionError):  # nobody is there who would want to know
        pass


def _listen(rung: int, seat: RemoteSeat) -> None:
    """Have the seat look whenever the bell rings, until there is no bell any more.

    There are no signals here, so that this is a thread. It waits in the system, and for the
    interpreter's lock then, for 5 milliseconds at most.
    """
    while os.read(rung, _MOST):
        seat.hear_ring(innermost(seat.ident))


def _initialize(call: tuple[Any, ...]) -> None:
    fn, args = call
    fn(*args)


def _outcome(run: Callable[[Any], object], calls: Queue, outcomes: Queue) -> bytes:
    """Run a call, and send what has come out; return the word for it."""
    try:
        call = calls.get_nowait()
    except BaseException as error:  # noqa: BLE001 - as in the stdlib, it is the future's
        return _refuse(outcomes, "args not shareable", error)
    try:
        result = run(call)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is the future's
        _tell(outcomes, error)
        return ERROR
    finally:
        del call
    try:
        outcomes.put_nowait(result)
    except BaseException as error:  # noqa: BLE001 - it cannot be sent
        return _refuse(outcomes, "object does not support cross-interpreter data", error)
    return RESULT


def _tell(outcomes: Queue, error: BaseException) -> None:
    """Send an exception, and what is known of it; of one that cannot be sent just that."""
    if is_of(error, (Stopped,)):  # nothing of what the task had is kept
        outcomes.put_nowait((Stopped(error.reason), None))  # type: ignore[attr-defined]
        return
    trace = error.__traceback__
    for _ in range(_OURS):
        trace = trace and trace.tb_next
    facts = described(error, trace or error.__traceback__)
    try:
        outcomes.put_nowait((error, facts))
    except BaseException:  # noqa: BLE001 - it cannot be copied
        complain(facts)
        outcomes.put_nowait((None, facts))


def _refuse(outcomes: Queue, why: str, error: BaseException) -> bytes:
    """Say that a call, or what has come out, cannot be sent; with the cause as text."""
    refusal = NotShareableError(why)
    text = "".join(traceback.format_exception(error))
    outcomes.put_nowait((refusal, text))
    return ERROR


def _end_timers() -> None:
    for each in timers:
        each.end()


# Their threads are waited for, since no thread is a daemon here. It is registered first, and so
# called last: pools that a task has made may need them until they have ended.
threading._register_atexit(_end_timers)  # type: ignore[attr-defined]


def drain(queue: Queue) -> None:
    """Take out what an exception has kept somebody from telling of, or from taking."""
    while queue.qsize():
        with suppress(Exception):
            queue.get_nowait()
