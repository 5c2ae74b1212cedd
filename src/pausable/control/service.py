"""The service: whether this process can be reached from outside, and by which server."""

from __future__ import annotations

import atexit
import os
import sys
from _thread import RLock
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from pausable.control.server import Server

__all__ = ["ControlServer", "serve", "serves"]


class ControlServer:
    """What `pausable.serve()` returns: this process can be reached from outside, until `close`.

    There is one for each process. All methods may be called from any thread.
    """

    __slots__ = ("_server",)

    def __init__(self, server: Server) -> None:
        """Use `pausable.serve()`."""
        self._server = server

    @property
    def address(self) -> str:
        """The path of the socket, or of the file that says where it is."""
        return self._server.address

    @property
    def name(self) -> str:
        """What clients see as the program's name."""
        return self._server.name

    def is_serving(self) -> bool:
        """Say whether clients are answered: not after `close`, nor in a forked child."""
        return self._server.is_up()

    def close(self) -> None:
        """Serve no more. Idempotent; waits until the socket is gone.

        The holds that clients have placed end, since none of them could release them any more.
        """
        self._server.close()

    def __enter__(self) -> Self:
        """Serve for the time of the block."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Serve no more."""
        self.close()

    def __repr__(self) -> str:
        """Say where."""
        state = "" if self.is_serving() else ", closed"
        return f"<ControlServer {self.name!r} at {self.address!r}{state}>"


# Protects the one below, so that no two threads both begin to serve.
_lock = RLock()
_current: list[ControlServer] = []


def serve(name: str | None = None) -> ControlServer:
    """Let this process be reached from outside: from another terminal, by a panel, by a script.

    Any program of the same user can then pause, resume, stop and look at all pools, and nobody
    else's can. It takes a daemon thread that sleeps until somebody comes. If the process serves
    already, that server is returned, with the name that it has.

    While it serves somebody can resume: the interpreter's exit waits for what is paused, and says
    so in the log, and a pool that nobody refers to stays held.

    Args:
        name: What clients see; by default what the program was started as.

    Raises:
        ImportError: msgspec is not installed: ``pip install 'pausable[control]'``.
        OSError: there is no folder that is this user's alone, to listen in.
        RuntimeError: no thread can be started.
        TypeError: *name* is not text.
    """
    if name is not None and not isinstance(name, str):
        msg = f"a name must be text, not {name!r}"
        raise TypeError(msg)
    from pausable.control import protocol  # noqa: F401, PLC0415 - says what to install
    from pausable.control.server import Server  # noqa: PLC0415

    with _lock:
        if _current and _current[0].is_serving():
            return _current[0]
        for each in _current:
            each.close()  # it may be up no more, and not closed
        server = Server(name or _own_name())
        server.start()
        _current[:] = [ControlServer(server)]
        return _current[0]


def serves() -> bool:
    """Say whether this process can be reached from outside."""
    return bool(_current) and _current[0].is_serving()


def _own_name() -> str:
    """Name the program as people do: by its file, or its package."""
    path = sys.argv[0] if sys.argv else ""
    if path in ("", "-c", "-"):
        return "python"
    folder, _, file = path.replace(os.sep, "/").rpartition("/")
    if file == "__main__.py":
        file = folder.rpartition("/")[2]
    return file.removesuffix(".py") or "python"


@atexit.register
def _close() -> None:
    """Remove the socket: pools have come to their end by now."""
    for each in _current:
        each.close()


def _after_fork() -> None:
    _lock._at_fork_reinit()  # type: ignore[attr-defined]  # as `threading` does
    for each in _current:
        each._server.abandon()
    _current.clear()


def _before_fork() -> None:
    for each in tuple(_current):
        each._server.stand_aside()


def _after_fork_in_parent() -> None:
    for each in tuple(_current):
        each._server.come_back()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork
    )
