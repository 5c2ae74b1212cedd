"""The files of our own: they are out of the program's way, and may be lost.

What a program opens has the number that it has without us: some count on that. And a program may
close all descriptors that it finds, as one does that becomes a daemon. Their numbers are then free,
and soon those of files of its own: nothing may be written there, nor may they be closed by us.
"""

from __future__ import annotations

import os
import socket
import sys

__all__ = ["OwnFiles", "moved_up", "out_of_the_way"]

_HIGH = 200  # below the least limit that systems have for one process, which is 256

_CAN_TELL = sys.platform != "win32"  # there a socket has no descriptor
if _CAN_TELL:
    from fcntl import F_DUPFD_CLOEXEC, fcntl


def moved_up(descriptor: int) -> int:
    """Return a high descriptor of the same file, which is the only one then; or the same."""
    try:
        high = fcntl(descriptor, F_DUPFD_CLOEXEC, _HIGH)
    except OSError:  # so many are not allowed
        return descriptor
    os.close(descriptor)
    return high


def out_of_the_way(made: socket.socket) -> socket.socket:
    """Return the same socket with a high descriptor, if there is one, that does not block."""
    if _CAN_TELL:
        made = socket.socket(fileno=moved_up(made.detach()))
    made.setblocking(False)  # noqa: FBT003 - as the stdlib has it
    return made


class OwnFiles:
    """Some sockets or descriptors that are open, and what each is."""

    __slots__ = ("_known",)

    def __init__(self, *files: socket.socket | int) -> None:
        """Look at what they are."""
        self._known = [(each, _identity(each)) for each in files] if _CAN_TELL else []

    def are_lost(self) -> bool:
        """Say whether one is closed, or is another file, though nobody has closed its socket."""
        return any(
            _number(each) >= 0 and _identity(each) != known for each, known in tuple(self._known)
        )

    def forget(self) -> None:
        """Note that they were closed by us."""
        self._known = []


def _number(of: socket.socket | int) -> int:
    return of if isinstance(of, int) else of.fileno()


def _identity(of: socket.socket | int) -> tuple[int, int] | None:
    try:
        found = os.fstat(_number(of))
    except OSError:
        return None
    return found.st_dev, found.st_ino
