"""The listener: the socket at which a program can be reached, and its place in the file system.

The socket is put into its place in one step, when it listens already and has its mode: who finds it
can connect, and one that a dead process of the same pid has left is replaced. Only one that still
answers stays: two programs in containers with a folder in common may have the same pid.
"""

from __future__ import annotations

import contextlib
import os
import socket
from typing import TYPE_CHECKING

from pausable.control.folders import make_folder
from pausable.scopes.own_files import out_of_the_way

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Listener", "listen"]

_BACKLOG = 128


class Listener:
    """A socket that listens, and the file by which it is found."""

    __slots__ = ("_inode", "address", "socket", "token")

    def __init__(self, listening: socket.socket, address: str, token: str | None = None) -> None:
        """Take a socket that listens; where all may connect, the *token* tells who may speak."""
        self.socket: socket.socket = listening
        self.address: str = address
        self.token: str | None = token
        self._inode = _inode(address)

    def close(self) -> None:
        """Remove the file, and listen no more."""
        self.remove()
        self.socket.close()

    def remove(self) -> None:
        """Remove the file, if it is ours still."""
        if self._inode is not None and _inode(self.address) == self._inode:
            os.unlink(self.address)

    def close_copy(self) -> None:
        """Close what a forked child has inherited; the file is the parent's."""
        self.socket.close()


def listen() -> Listener:
    """Begin to listen in the user's own folder.

    Raises:
        OSError: there is no such folder, or no socket can be made.
    """
    folder = make_folder()
    if hasattr(socket, "AF_UNIX"):
        return _listen_at(folder)
    from pausable.control.loopback import listen_on_loopback  # noqa: PLC0415

    made, token, write = listen_on_loopback()
    address = _placed(folder, ".tcp", write)
    return Listener(made, address, token)


def _listen_at(folder: str) -> Listener:
    made = socket.socket(socket.AF_UNIX)
    try:

        def bind(path: str) -> None:
            made.bind(path)
            os.chmod(path, 0o600)  # no umask: that is the whole process's
            made.listen(_BACKLOG)

        address = _placed(folder, ".sock", bind)
        made = out_of_the_way(made)
        return Listener(made, address)
    except BaseException:
        made.close()
        raise


def _placed(folder: str, ending: str, make: Callable[[str], None]) -> str:
    """Have a file made, and put it into its place; return where that is."""
    pid = os.getpid()
    number = 1
    address = f"{folder}/{pid}{ending}"
    while ending == ".sock" and _answers(address):
        number += 1
        address = f"{folder}/{pid}.{number}{ending}"
    new = f"{address}.new"
    try:
        _unlink(new)
        make(new)
        os.replace(new, address)
    except BaseException:
        _unlink(new)
        raise
    return address


def _answers(address: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)  # noqa: FBT003
        try:
            probe.connect(address)
        except BlockingIOError:  # its queue is full
            return True
        except OSError:
            return False
        return True


def _inode(path: str) -> tuple[int, int] | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _unlink(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
