"""The pipe: what carries the words between two interpreters of a process.

Whoever reads waits in the system, and costs nothing meanwhile. The queues that interpreters have
for each other look again and again instead; they carry objects here, and nobody waits for them.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress

__all__ = ["Doorbell", "Pipe", "pair"]

_MOST = 65536  # bytes that are read at once


class Pipe:
    """One end of a pair, by a descriptor to read from, and one to write to. For one thread.

    It has what `multiprocessing` calls a connection.
    """

    def __init__(self, reads: int, writes: int) -> None:
        """Read from the descriptor *reads*, write to *writes*."""
        self.reads = reads
        self.writes = writes
        self._held = b""  # read, and not asked for yet
        self._is_closed = False

    def send_bytes(self, message: bytes, /) -> None:
        """Send a message.

        Raises:
            OSError: nobody is at the other end, or this one is closed.
        """
        if self._is_closed:  # somebody else may have the descriptor now
            raise BrokenPipeError
        rest = len(message).to_bytes(4, "little") + message
        while rest:
            rest = rest[os.write(self.writes, rest) :]

    def recv_bytes(self) -> bytes:
        """Wait for a message.

        Raises:
            EOFError: nobody is at the other end any more; or OSError.
        """
        size = int.from_bytes(self._take(4), "little")
        return self._take(size)

    def _take(self, size: int) -> bytes:
        while len(self._held) < size:
            received = os.read(self.reads, _MOST)
            if not received:
                raise EOFError
            self._held += received
        taken, self._held = self._held[:size], self._held[size:]
        return taken

    def close(self) -> None:
        """Let go of the descriptors. Idempotent."""
        if not self._is_closed:
            self._is_closed = True
            _close(self.reads)
            _close(self.writes)


def pair() -> tuple[Pipe, Pipe]:
    """Make the two ends."""
    there, here = os.pipe(), os.pipe()
    return Pipe(here[0], there[1]), Pipe(there[0], here[1])


class Doorbell:
    """Wakes a thread of another interpreter. Rings do not add up."""

    def __init__(self) -> None:
        """Make one; `reads` is the descriptor from which that thread reads."""
        reads, self._writes = os.pipe()
        self.reads: int = reads
        os.set_blocking(self._writes, False)
        # Over the descriptor, so that nobody writes to what another has got by that number since.
        # Re-entrant: a signal handler that has interrupted one call may make the other one.
        self._closing = threading.RLock()
        self._is_closed = False

    def ring(self) -> None:
        """Wake the thread, if it is there. Does not wait."""
        with self._closing, suppress(OSError):  # it is to come anyway, or has ended
            if not self._is_closed:
                os.write(self._writes, b".")

    def close(self) -> None:
        """Let the thread end. Idempotent."""
        with self._closing:
            if not self._is_closed:
                self._is_closed = True
                _close(self._writes)

    def close_reads(self) -> None:
        """Let go of its descriptor, when the thread has ended. Once."""
        _close(self.reads)


def _close(descriptor: int) -> None:
    with suppress(OSError):  # somebody has closed it
        os.close(descriptor)
