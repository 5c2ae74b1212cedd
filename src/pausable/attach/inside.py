"""Inside: what is called in a program that was attached to, on a thread of its own there."""

from __future__ import annotations

import sys
import threading

from pausable.adopted.custody import adopt, give_back
from pausable.control.service import ControlServer, serve, serves

__all__ = ["arrive", "leave"]

_turning = threading.Lock()  # held while somebody arrives or leaves
_undoing: list[_Arrival] = []  # one, while it is attached to


class _Arrival:
    """What attaching has changed, which the program may have done before."""

    def __init__(self, name: str | None) -> None:
        had_server = serves()
        self._has_adopted = adopt()
        try:
            server = serve(name)
        except BaseException:
            if self._has_adopted:
                give_back()
            raise
        self.address: str = server.address
        self._server: ControlServer | None = None if had_server else server

    def undo(self) -> None:
        """Undo that, and nothing else."""
        if self._server is not None:
            self._server.close()
        if self._has_adopted:
            give_back()


def arrive(name: str | None) -> str:
    """Adopt the pools of the stdlib, and serve.

    Says whether that is new, how many threads will not be held though they are of pools, and the
    address.

    Raises:
        ImportError: msgspec is not installed.
        OSError: there is no folder to listen in.
        RuntimeError: the pools cannot be adopted, or no thread can be started.
    """
    with _turning:
        if _undoing:
            return f"already {_unheld()} {_undoing[0].address}"
        _undoing.append(_Arrival(name))
        return f"attached {_unheld()} {_undoing[0].address}"


def _unheld() -> int:
    """Count the threads of pools of `multiprocessing.pool`, which `adopt` knows nothing of."""
    dummy = sys.modules.get("multiprocessing.dummy")
    if dummy is None:
        return 0
    return sum(isinstance(each, dummy.DummyProcess) for each in threading.enumerate())


def leave(_name: None) -> str:
    """Undo what `arrive` has done; say whether there was anything to undo."""
    with _turning:
        if not _undoing:
            return "not attached"
        _undoing.pop().undo()
        return "detached"
