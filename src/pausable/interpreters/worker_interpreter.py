"""One worker interpreter, as its parent has it: the interpreter, its thread, the pipe, the board.

Its thread does nothing but be in there: it serves calls (`interpreter_main`), and ends with it. The
thread of the pool that has it speaks with it. Others may raise its byte, and ring.
"""

from __future__ import annotations

import threading
from concurrent import interpreters
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pausable.interpreters.foreign_error import failure
from pausable.interpreters.interpreter_main import drain, serve
from pausable.interpreters.pipe import Doorbell, pair
from pausable.remote.board import SIZE, Board
from pausable.remote.parlance import BYE, CALL, GO, HERE, INITIALIZE, RESULT, STOP
from pausable.scopes.resumers import attendants

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.task import Task

__all__ = ["WorkerInterpreter"]

_HOME = str(Path(__file__).parents[2])


class WorkerInterpreter:
    """An interpreter that serves calls."""

    def __init__(self, name: str, others: set[WorkerInterpreter]) -> None:
        """Start it, on a thread of this *name*; it is one of *others* until it has ended.

        Does not wait for it: see `await_here`.
        """
        memory = bytearray(SIZE)
        self.board: Board = Board(memory)
        self.task: Task | None = None  # which it runs, or is about to
        self._memory = memoryview(memory)
        self._calls = interpreters.create_queue()
        self._outcomes = interpreters.create_queue()
        self._pipe, self._their_pipe = pair()
        self._bell = Doorbell()
        self._others = others
        self._error: BaseException | None = None  # with which it has ended
        self.thread: threading.Thread = threading.Thread(target=self._live, name=name)
        attendants.add(self.thread)
        others.add(self)
        try:
            self.thread.start()
        except BaseException:
            self._end()
            self._close()
            raise

    # By its own thread.

    def _live(self) -> None:
        try:
            _serve(
                self.thread.name,
                self._memory,
                self._calls,
                self._outcomes,
                self._their_pipe.reads,
                self._their_pipe.writes,
                self._bell.reads,
            )
        except BaseException as error:  # noqa: BLE001 - it is told to whoever waits
            self._error = error
        finally:
            self._end()

    def _end(self) -> None:
        self._their_pipe.close()
        self._bell.close_reads()
        self._others.discard(self)

    # By the thread that speaks with it.

    def await_here(self) -> None:
        """Wait until it has started.

        Raises:
            BaseException: what has kept it from that.
        """
        try:
            if self.receive() == HERE:
                return
        except (EOFError, OSError):
            pass
        raise self.why_it_ended()

    def why_it_ended(self) -> BaseException:
        """Return the error with which it has ended; waits for that."""
        self.thread.join()
        return self._error or RuntimeError(f"{self.thread.name} has ended")

    def initialize(self, function: Callable[..., object], args: tuple[Any, ...]) -> None:
        """Have it call a function that is no task.

        Raises:
            BaseException: what that raises.
        """
        self.put((function, args))
        self._pipe.send_bytes(INITIALIZE)
        word, outcome = self.take(self.receive())
        if word != RESULT:
            raise outcome

    def put(self, call: tuple[Any, ...]) -> None:
        """Put down what is to be called next.

        Raises:
            NotShareableError: it cannot be sent to another interpreter.
        """
        drain(self._calls)
        self._calls.put_nowait(call)

    def call(self, task: Task) -> None:
        """Have it call what was put down, which is *task* here.

        Raises:
            OSError: it has ended.
        """
        self.board.begun.value = 0
        self.task = task
        self._pipe.send_bytes(CALL)

    def receive(self) -> bytes:
        """Wait for what it says.

        Raises:
            EOFError: it has ended, or OSError.
        """
        return self._pipe.recv_bytes()

    def take(self, word: bytes) -> tuple[bytes, Any]:
        """Take what has come out of a call, of which it has said the *word*."""
        self.task = None
        if word == RESULT:
            return word, self._outcomes.get_nowait()
        told: Any = self._outcomes.get_nowait()
        error, facts = told
        cause: BaseException | None = None
        if isinstance(facts, str):
            cause = Exception(facts)
        elif facts is not None:
            cause = failure(facts)
        if error is None:
            return word, cause
        error.__cause__ = error.__context__ = cause  # as `raise ... from` does it
        return word, error

    def let_go_on(self) -> None:
        """Answer what it has asked."""
        self._pipe.send_bytes(GO)

    def stop(self, reason: str) -> None:
        """Answer that its task is to stop."""
        self._pipe.send_bytes(STOP + reason.encode())

    def has_begun(self) -> bool:
        """Say whether it has got the call that was sent last: that may have had effects."""
        return bool(self.board.begun)

    def dismiss(self) -> None:
        """Let it end, now that it has nothing to do. Does not wait for that. Idempotent."""
        with suppress(OSError):
            self._pipe.send_bytes(BYE)
        self._close()

    def abandon(self, reason: str) -> None:
        """Leave it to itself: if its task asks, that stops; when it is over, it ends."""
        self.ring()
        with suppress(OSError):
            self._pipe.send_bytes(STOP + reason.encode())
        self.dismiss()

    def _close(self) -> None:
        self._pipe.close()
        self._bell.close()

    # By any thread.

    def ring(self) -> None:
        """Raise its byte, and have it look: its task is to ask."""
        self.board.asked.value = 1
        self._bell.ring()

    def nudge(self) -> None:
        """Have it look at its byte, and say where it is, wherever it waits."""
        self._bell.ring()


def _serve(*args: Any) -> None:
    """Make an interpreter, serve calls there until there will be no more, and end it."""
    interpreter = interpreters.create()
    try:
        interpreter.call(_find_us, _HOME)
        interpreter.call(serve, *args)
    finally:
        interpreter.close()


def _find_us(home: str) -> None:
    # In there, where nothing of this module is; that may have been found by way of a path that only
    # the program has.
    import sys  # noqa: PLC0415
    from importlib.machinery import PathFinder  # noqa: PLC0415

    if PathFinder.find_spec("pausable") is None:
        sys.path.append(home)
