"""The channel: an end of the pipe between a worker process and its parent; it keeps messages apart.

It has what `multiprocessing.connection.Connection` has, for one thread at each end, and receives
with one system call what that receives with two. Each of these lets go of the GIL, which the thread
then waits for again among all others of the pool: with eight processes a task takes three quarters
of the time.
"""

from __future__ import annotations

import os
import struct
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = ["Channel", "channel_of"]

_HEAD = struct.Struct("!Q")  # the length of what follows
_PIECE = 65536  # bytes that are read at once


def channel_of(connection: Connection[Any, Any]) -> Channel | Connection[Any, Any]:
    """Return what to speak through; on Windows a pipe itself keeps messages apart."""
    return connection if sys.platform == "win32" else Channel(connection)


class Channel:
    """One end."""

    def __init__(self, connection: Connection[Any, Any]) -> None:
        """Take over a connection of which nobody has read anything."""
        self._connection = connection
        self._received = b""  # and not returned yet

    @property
    def closed(self) -> bool:
        """Whether this end was closed."""
        return self._connection.closed

    def fileno(self) -> int:
        """Return its descriptor."""
        return self._connection.fileno()

    def close(self) -> None:
        """Close this end."""
        self._connection.close()

    def send_bytes(self, message: bytes) -> None:
        """Send a message.

        Raises:
            OSError: nobody is at the other end.
        """
        data = _HEAD.pack(len(message)) + message
        sent = os.write(self.fileno(), data)
        if sent < len(data):
            rest = memoryview(data)[sent:]
            while rest:
                rest = rest[os.write(self.fileno(), rest) :]

    def recv_bytes(self) -> bytes:
        """Wait for a message.

        Raises:
            EOFError: nobody is at the other end any more, or OSError.
        """
        received = self._received or self._read()
        while len(received) < _HEAD.size:
            received += self._read()
        end = _HEAD.size + _HEAD.unpack_from(received)[0]
        if len(received) < end:
            pieces = [received]
            missing = end - len(received)
            while missing > 0:
                pieces.append(self._read())
                missing -= len(pieces[-1])
            received = b"".join(pieces)
        self._received = received[end:]
        return received[_HEAD.size : end]

    def _read(self) -> bytes:
        found = os.read(self.fileno(), _PIECE)
        if not found:
            raise EOFError
        return found
