"""One worker process, as its parent has it: the process, the pipe, the board.

One thread at a time speaks with it: whose seat has it, or who has just started it. Others may raise
its byte, see it die, or kill it.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from mmap import PAGESIZE
from multiprocessing import heap
from typing import TYPE_CHECKING, Any

from pausable.processes.channel import channel_of
from pausable.processes.remote_main import serve
from pausable.remote.board import Board
from pausable.remote.parlance import BYE, GO, HERE, STOP

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

    from pausable._core.task import Task
    from pausable.processes.channel import Channel

__all__ = ["ProcessSettings", "WorkerProcess"]

_SIGNAL = getattr(signal, "SIGURG", None)

_ends: set[Channel | Connection[Any, Any]] = set()
"""The parent's ends of all pipes to worker processes, of all pools. A forked child closes them: as
long as anybody has one, the worker at the other end does not see that its parent has ended."""

_starting = threading.Lock()
"""Held while a process is started: one that is forked meanwhile would have the other's ends."""


class _Page(heap.Arena):
    """Memory that is sent to a process which is being started, by whatever pickler.

    How to send the stdlib's own is known to the stdlib's pickler alone; loky has another one. On
    Windows that of the stdlib says it itself.
    """

    if sys.platform != "win32":

        def __reduce__(self) -> Any:
            return heap.reduce_arena(self)


class ProcessSettings:
    """How the processes of one pool are started."""

    def __init__(
        self, context: BaseContext, initializer: Any, initargs: tuple[Any, ...], most: int | None
    ) -> None:
        """Start them by *context*; each ends after *most* tasks, if that is given."""
        self.context = context
        self.initializer = initializer
        self.initargs = initargs
        self.most = most

    @property
    def forks(self) -> bool:
        """Whether the processes are copies of this one."""
        return self.context.get_start_method(allow_none=False) == "fork"


class WorkerProcess:
    """A process that serves calls."""

    def __init__(self, settings: ProcessSettings) -> None:
        """Make it; it is not started."""
        self._settings = settings
        # An array of `multiprocessing` would be a part of memory that it keeps for good.
        self._memory = _Page(PAGESIZE)
        self.board: Board = Board(self._memory.buffer)
        self.task: Task | None = None  # which it runs, or is about to
        self.killed_for: Task | None = None
        self._taking = threading.Lock()  # over these two: it is killed for the task that it has
        self.is_here: bool = False  # it has said so
        self.is_expected: bool = False  # to end
        self.is_dead = False
        self.was_frozen = False  # ever
        self.is_heard: bool = False  # what it has said is being seen to: see `frost`
        self.buried: threading.Event = threading.Event()  # once its exit code is known
        self._closing = threading.Lock()  # over the end of the pipe, which others may cut
        self.has_started: bool = False  # from then on it has what follows
        self.process: BaseProcess
        self._connection: Channel | Connection[Any, Any]

    def start(self) -> None:
        """Start it. Does not wait for it: see `await_here`."""
        settings = self._settings
        context: Any = settings.context
        with _starting:
            ours, theirs = context.Pipe()
            self._connection = channel_of(ours)
            _ends.add(self._connection)
            call = (theirs, self._memory, settings.initializer, settings.initargs, settings.most)
            self.process = context.Process(target=serve, args=call)
            try:
                self.process.start()
            except BaseException:
                self.close()
                raise
            finally:
                theirs.close()
        self.has_started = True

    @property
    def pid(self) -> int:
        """Its number."""
        return self.process.pid or 0

    # By the thread that speaks with it.

    def await_here(self) -> None:
        """Wait until it has started, and has called the initializer, if it does so at once.

        Raises:
            EOFError: it has ended before.
        """
        if not self.is_here:
            if self._connection.recv_bytes() != HERE:
                raise EOFError
            self.is_here = True

    def call(self, task: Task, call: bytes) -> None:
        """Have it run a call, which is *task* here.

        Raises:
            EOFError: it is being killed, or OSError: it has ended.
        """
        self.board.begun.value = 0
        with self._taking:
            if self.killed_for is not None:
                raise EOFError
            self.task = task
        self.is_heard = False
        self._connection.send_bytes(call)

    def note_outcome(self) -> None:
        """Note that it has said what has come out of its task, and has none now."""
        with self._taking:
            self.task = None

    def is_finished(self) -> bool:
        """Say whether it takes no more calls, now that it has no task."""
        return bool(self.board.leaving) or self.killed_for is not None

    def receive(self) -> bytes:
        """Wait for what it says.

        Raises:
            EOFError: it has ended, or OSError.
        """
        received: bytes = self._connection.recv_bytes()
        return received

    def let_go_on(self) -> None:
        """Answer what it has asked."""
        self.is_heard = False
        self._connection.send_bytes(GO)

    def stop(self, reason: str) -> None:
        """Answer that its task is to stop."""
        self.is_heard = False
        self._connection.send_bytes(STOP + reason.encode())

    def is_refused(self) -> bool:
        """Say whether its initializer has failed: it ends."""
        return bool(self.board.refused)

    def has_begun(self) -> bool:
        """Say whether it has got the call that was sent last: that may have had effects."""
        return bool(self.board.begun)

    def dismiss(self) -> None:
        """Let it end, now that it has nothing to do."""
        self.is_expected = True
        with suppress(OSError):
            self._connection.send_bytes(BYE)
        self.close()

    def close(self) -> None:
        """Let go of the pipe."""
        with self._closing:
            _ends.discard(self._connection)
            self._connection.close()

    # By any thread.

    @property
    def is_closed(self) -> bool:
        """Whether its pipe was let go of."""
        return self._connection.closed

    @property
    def ear(self) -> Any:
        """What can be waited for until it has said something."""
        return self._connection

    def place(self) -> None:
        """Return None: nobody knows where in its initializer it is."""

    def ring(self) -> None:
        """Raise its byte, and send it the signal: its task is to ask."""
        self.board.asked.value = 1
        self.nudge()

    def nudge(self) -> None:
        """Have it look at its byte, and say where it is, wherever it waits."""
        if _SIGNAL is not None and self.is_here:  # before that it has no handler, and may be ended
            self.send_signal(_SIGNAL)

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it is there."""
        if not self.is_dead:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def thaw(self) -> None:
        """Let it go on, if it was stopped by the system."""
        number = getattr(signal, "SIGCONT", None)
        if number is not None:
            self.send_signal(number)

    def kill_for(self, task: Task) -> None:
        """Kill it, if it runs *task*, or none yet: it has been started for that one."""
        with self._taking:
            if self.task is task or (self.task is None and not self.is_here):
                self.killed_for = task
                self.end()

    def end(self) -> None:
        """Kill it."""
        with suppress(OSError):
            try:
                self.process.kill()
            except AttributeError:  # those of loky have no way to be killed
                self.send_signal(signal.SIGKILL)

    def cut(self) -> None:
        """Let whoever waits for what it says see that it has ended, whoever has its end now."""
        with self._closing:
            if self._connection.closed or not hasattr(socket, "AF_UNIX"):
                return
            with suppress(OSError), socket.socket(fileno=os.dup(self._connection.fileno())) as end:
                end.shutdown(socket.SHUT_RDWR)


def _forget_ends() -> None:
    _starting._at_fork_reinit()  # type: ignore[attr-defined]
    for end in _ends:
        with suppress(OSError):
            end.close()
    _ends.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_ends)
