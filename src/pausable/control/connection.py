"""The connection: one client as the server's thread has it. It never waits for the client.

What the client does not read stays here, up to a bound; beyond that nothing more is read from it,
so that one which asks and does not listen costs a megabyte and no more.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from pausable.control.line_buffer import LineBuffer
from pausable.control.protocol import LONGEST, encode

if TYPE_CHECKING:
    import socket

    from pausable.control.outside import Party
    from pausable.control.quiescence_wait import AnswerWait, QuiescenceWait
    from pausable.control.replies import Reply
    from pausable.control.subscription import Subscription

__all__ = ["Connection"]

_PIECE = 1 << 16
_FULL = 1 << 20  # bytes that the client has not read
_MANY = 100  # lines that are not answered


class Connection:
    """A socket of a client, what has come from it, and what is to go to it."""

    __slots__ = (
        "_lines",
        "_out",
        "has_ended",
        "is_busy",
        "is_closing",
        "is_known",
        "lock_by",
        "party",
        "socket",
        "todo",
        "waits",
        "watch",
    )

    def __init__(self, accepted: socket.socket, party: Party, *, is_known: bool) -> None:
        """Take a socket that does not block; its commands are for *party*."""
        self.socket: socket.socket = accepted
        self.party: Party = party
        self.is_known: bool = is_known  # whether it may give commands: it has said the token
        self.lock_by: float = 0.0  # when it is closed if it has not
        self._lines = LineBuffer(LONGEST)
        self._out = bytearray()
        self.todo: deque[bytes | None] = deque()  # lines to be answered; None for one too long
        self.has_ended: bool = False  # nothing more will come
        self.is_closing: bool = False  # it is to be closed when all is sent
        self.is_busy: bool = False  # a command is being done aside
        self.watch: Subscription | None = None
        self.waits: list[QuiescenceWait | AnswerWait] = []

    def receive(self) -> None:
        """Take what has come; note if that was the end.

        Raises:
            OSError: the connection is broken.
        """
        try:
            data = self.socket.recv(_PIECE)
        except (BlockingIOError, InterruptedError):
            return
        self.has_ended = not data
        self.todo.extend(self._lines.feed(data))

    def ends_in_a_line(self) -> bool:
        """Say, once, whether it has ended in the midst of a line."""
        return self.has_ended and self._lines.forget_rest()

    def send(self, reply: Reply) -> None:
        """Send a reply, as soon as the client reads.

        Raises:
            OSError: the connection is broken.
        """
        self._out += encode(reply)
        self.flush()

    def flush(self) -> None:
        """Send what the client takes.

        Raises:
            OSError: the connection is broken.
        """
        try:
            while self._out:
                del self._out[: self.socket.send(self._out)]
        except (BlockingIOError, InterruptedError):
            pass

    def is_slow(self) -> bool:
        """Say whether there is something that the client has not read."""
        return bool(self._out)

    def is_full(self) -> bool:
        """Say whether there is so much of it that there should be no more."""
        return len(self._out) > _FULL

    def can_go_on(self) -> bool:
        """Say whether there is a command that can be answered now."""
        return bool(self.todo) and not (self.is_busy or self.is_closing or self.is_full())

    def wants_to_read(self) -> bool:
        """Say whether more commands are wanted of it."""
        # Also while it is busy: that it has ended is to be seen at once.
        return not (self.has_ended or self.is_closing or len(self.todo) > _MANY or self.is_full())

    def is_over(self) -> bool:
        """Say whether there is nothing left to do for it."""
        if self._out:
            return False
        is_done = not (self.todo or self.waits or self.is_busy or self.watch)
        return self.is_closing or (self.has_ended and is_done)
