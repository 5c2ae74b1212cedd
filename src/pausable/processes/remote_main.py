"""What a worker process does from its start to its end: it serves calls, one after the other.

It ends when it is told to, when its parent is not there any more, or after so many calls. What
cannot be unpickled here ends it, too, as it ends the stdlib's.

The parent has it look at its byte by a signal, SIGURG, which nobody else uses, and which interrupts
nothing for good. Its handler runs on the thread of the tasks between two bytecodes. A program that
has a handler of SIGURG keeps it: its tasks rest at their checkpoints.
"""

from __future__ import annotations

import os
import pickle
import signal
from concurrent.futures.process import _ExceptionWithTraceback
from multiprocessing import current_process
from typing import TYPE_CHECKING, Any

from pausable._core.attention import attention
from pausable._core.log import CRITICAL, log, stdlib_logger
from pausable.errors import Stopped
from pausable.processes.channel import channel_of
from pausable.processes.parcel import message
from pausable.remote.board import Board
from pausable.remote.parlance import CALL, ERROR, HERE, RESULT
from pausable.remote.remote_seat import RemoteSeat
from pausable.scopes import attendance
from pausable.scopes.foreign import is_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from types import FrameType, TracebackType

__all__ = ["serve"]


def serve(
    connection: Connection[Any, Any],
    memory: Any,
    initializer: Callable[..., object] | None,
    initargs: tuple[Any, ...],
    most: int | None,
) -> None:
    """Serve calls until there will be no more: *most* of them, if that is given."""
    board = Board(memory.buffer)
    channel = channel_of(connection)
    seat = RemoteSeat(channel, board, current_process().name)
    _listen(seat)
    served = 0
    is_ready = initializer is None
    try:
        if not (is_ready or board.asked):  # else the pool is paused: before the first task
            is_ready = _initialize(board, initializer, initargs)
            if not is_ready:
                return
        channel.send_bytes(HERE)
        while (received := channel.recv_bytes())[:1] == CALL:
            board.begun.value = 1
            if not (is_ready or _initialize(board, initializer, initargs)):
                return
            is_ready = True
            served += 1
            outcome = _outcome(seat, pickle.loads(memoryview(received)[1:]))  # noqa: S301 - ours
            del received
            board.leaving.value = served == most  # not before: it may be killed
            channel.send_bytes(outcome)
            del outcome
            if served == most:
                return
    except (EOFError, ConnectionError):  # the parent has ended
        return


def _initialize(board: Board, initializer: Any, initargs: tuple[Any, ...]) -> bool:
    """Call the initializer; if that fails, say so, and return false: the process ends."""
    try:
        initializer(*initargs)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it breaks the pool
        log(CRITICAL, "Exception in initializer:", error=error, to=stdlib_logger)
        board.refused.value = 1
        return False
    return True


def _outcome(seat: RemoteSeat, call: tuple[Any, ...]) -> bytes:
    """Run a call; return the message of what has come out."""
    try:
        try:
            result = seat.run(call)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is the future's
            return message(ERROR, _sent(error))
        else:
            return message(RESULT, result)
    except BaseException as error:  # noqa: BLE001 - it cannot be pickled
        return message(ERROR, _with_text(error, error.__traceback__))


def _sent(error: BaseException) -> Any:
    """Return what is sent of an exception: with its traceback as text, as the stdlib does it."""
    if is_of(error, (Stopped,)):  # nothing of what the task had is kept
        return error
    trace = error.__traceback__
    for _ in range(3):  # ours
        trace = trace and trace.tb_next
    return _with_text(error, trace or error.__traceback__)


def _with_text(error: BaseException, trace: TracebackType | None) -> Any:
    return _ExceptionWithTraceback(error, trace)  # type: ignore[arg-type]  # none is as good


def _listen(seat: RemoteSeat) -> None:
    """Have the seat look at each signal of the parent, if nobody else wants that signal."""

    def hear(_number: int, frame: FrameType | None) -> None:
        seat.hear_ring(frame)

    number = getattr(signal, "SIGURG", None)
    if number is not None and signal.getsignal(number) in (signal.SIG_DFL, signal.SIG_IGN):
        signal.signal(number, hear)
        signal.siginterrupt(number, False)  # noqa: FBT003 - it has no name


def _forget_board() -> None:
    """Let a child that a task has forked ask what is its own: the board is of this process."""
    attendance.flag = attention
    attention.hide()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_board)
