"""The conversation of a thread of the pool with its worker, while that has a task.

The thread answers what the worker asks on behalf of the task, as if the task came to its gate here,
until the worker says what has come out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.decision import look
from pausable._core.duty import is_to_rest
from pausable.errors import Stopped
from pausable.remote.parlance import ASK, QUIET
from pausable.scopes.attendance import attend
from pausable.scopes.quiet import Quiet

if TYPE_CHECKING:
    from pausable.remote.proxy_seat import ProxySeat, Worker

__all__ = ["converse", "settle"]


def converse(seat: ProxySeat, worker: Worker) -> bytes:
    """Answer what the worker of a seat asks; return what it says of the outcome of its task.

    Raises:
        EOFError: it has ended, or OSError.
    """
    while True:
        received = worker.receive()
        seat.hear(worker)
        if received not in (ASK, QUIET):
            return received
        _answer(seat, worker, received)


def _answer(seat: ProxySeat, worker: Worker, received: bytes) -> None:
    """Let the task pass its gate here; on the way out of a quiet block, if it enters one."""
    try:
        if received == QUIET:
            with Quiet():
                worker.receive()
        else:
            attend(seat.task)
    except Stopped as stop:
        worker.board.asked.value = 1
        worker.stop(stop.reason)
    else:
        settle(seat, worker)
        worker.let_go_on()
    seat.note_answer(worker)


def settle(seat: ProxySeat, worker: Worker) -> None:
    """Let the byte of a worker be up if its task is to rest or to stop, and else down."""
    look(seat.crew.pool, _settle, seat, worker)


def _settle(seat: ProxySeat, worker: Worker) -> None:
    worker.board.asked.value = is_to_rest(seat.task)
