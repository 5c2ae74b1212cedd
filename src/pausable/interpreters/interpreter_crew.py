"""The interpreter crew: the threads of a pool, each of which has an interpreter."""

from __future__ import annotations

from concurrent.futures.interpreter import BrokenInterpreterPool
from typing import TYPE_CHECKING, Any

from pausable._core.attention import own_seat
from pausable._core.times import clock
from pausable.interpreters.interpreter_seat import InterpreterSeat, exchange
from pausable.interpreters.worker_interpreter import WorkerInterpreter
from pausable.remote.proxy_crew import ProxyCrew

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.pool import Pool
    from pausable._core.ports import Seat
    from pausable.remote.remote_call import RemoteCall

__all__ = ["InterpreterCrew"]


class InterpreterCrew(ProxyCrew):
    """The threads of a pool, made when they are called for, and their interpreters.

    What initializes a thread makes its interpreter, and has that initialized as the user wants it.
    """

    def __init__(
        self,
        pool: Pool,
        prefix: str,
        initializer: Callable[..., object] | None,
        initargs: tuple[Any, ...],
    ) -> None:
        """Make a crew without threads."""
        super().__init__(pool, prefix, exchange, _engage_here)
        self._initializes = initializer
        self._initargs = initargs
        self._workers: set[WorkerInterpreter] = set()

    def ship(self, function: Callable[..., Any]) -> RemoteCall:
        """Return what calls *function* in an interpreter.

        Raises:
            TypeError: it is a script.
        """
        if isinstance(function, str):
            msg = "scripts not supported"
            raise TypeError(msg)
        return super().ship(function)

    def engage(self, seat: InterpreterSeat) -> WorkerInterpreter:
        """Give a seat an interpreter, which is initialized then. On its thread.

        Raises:
            BaseException: what the initializer raises, or whatever keeps it from starting.
        """
        name = f"{self.prefix}_interpreter"
        worker = seat.worker = WorkerInterpreter(name, self._workers)
        try:
            worker.await_here()
            if self._initializes is not None:
                worker.initialize(self._initializes, self._initargs)
        except BaseException:
            seat.worker = None
            worker.dismiss()
            raise
        return worker

    # What the core asks.

    def new_seat(self) -> InterpreterSeat:
        """Make a seat without a thread, and without an interpreter."""
        return InterpreterSeat(self)

    def left(self, seat: Seat) -> None:
        """Let the interpreter of a seat end."""
        worker, seat.worker = seat.worker, None  # type: ignore[attr-defined]
        if worker is not None:
            worker.dismiss()
        super().left(seat)

    def broken(self, why: str) -> BrokenInterpreterPool:
        """Return the error of a pool whose interpreters cannot be initialized."""
        return BrokenInterpreterPool(why)

    # What those ask who wait for its end.

    def join(self, deadline: float | None) -> bool:
        """Wait until all threads and interpreters have ended, to *deadline* at most."""
        if not super().join(deadline):
            return False
        for worker in tuple(self._workers):
            worker.thread.join(None if deadline is None else max(deadline - clock(), 0.0))
            if worker.thread.is_alive():
                return False
        return True


def _engage_here() -> None:
    seat: Any = own_seat()
    seat.crew.engage(seat)
