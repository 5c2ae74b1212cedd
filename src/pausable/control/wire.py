"""The wire: lines of JSON to and from one program, each within its time."""

from __future__ import annotations

import json
import socket
import time
from contextlib import suppress

from pausable.control.peers import peer_of
from pausable.control.route import ControlError, Refused, Unreachable, connect, connect_by_port

# As `typing` has it, whose import takes long.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

__all__ = ["Wire"]

_PIECE = 1 << 18
_SHORTEST, _LONGEST = 0.001, 86_400.0


class Wire:
    """A connection to a program that is ours, or root's. For one thread at a time.

    Raises:
        Unreachable: nobody answers in time, or somebody else's program would.
    """

    def __init__(self, address: str, timeout: float) -> None:
        """Connect to the socket at *address*, within *timeout* seconds."""
        self.address: str = address
        self.timeout: float = timeout
        self._is_closed = False
        self._got = bytearray()
        self._token: str | None = None  # to be said first, where there are no Unix sockets
        self._socket: socket.socket
        deadline = time.monotonic() + timeout
        if address.endswith(".tcp"):
            self._socket, self._token = connect_by_port(address, deadline)
        else:
            self._socket = connect(address, deadline)
        try:
            self._check_peer()
        except BaseException:
            self.close()
            raise

    def _check_peer(self) -> None:
        peer = peer_of(self._socket)
        if not peer.is_trusted():
            why = f"the uid {peer.uid} listens there, and not you: nothing was said to it"
            raise Unreachable(self.address, why)

    def close(self) -> None:
        """Close the connection: the holds that were to end with it are released. Idempotent."""
        self._is_closed = True
        self._socket.close()

    def interrupt(self) -> None:
        """Break the connection, also for a thread that waits for it, which closes it. From any."""
        with suppress(OSError):  # it is closed
            self._socket.shutdown(socket.SHUT_RDWR)

    def _send(self, line: bytes, deadline: float) -> None:
        self._socket.settimeout(_until(deadline))
        try:
            self._socket.sendall(line)
        except TimeoutError:
            raise self._silence() from None
        except OSError:
            self._raise_last_word(deadline)

    def _raise_last_word(self, deadline: float) -> None:
        """Raise what the program has said before it closed the connection, if it has."""
        while True:
            reply = self._receive(deadline - time.monotonic())
            if reply["reply"] == "error":
                raise self._error(reply)

    def _receive(self, timeout: float) -> dict[str, Any]:
        """Return the next frame."""
        deadline = time.monotonic() + timeout
        searched = 0
        while (end := self._got.find(b"\n", searched)) < 0:
            searched = len(self._got)
            self._socket.settimeout(_until(deadline))
            try:
                piece = self._socket.recv(_PIECE)
            except TimeoutError:
                raise self._silence() from None
            except OSError as error:
                raise Unreachable(self.address, f"the connection broke ({error})") from error
            if not piece:
                raise Unreachable(self.address, "the program has ended, or serves no more")
            self._got += piece
        line = bytes(self._got[:end])
        del self._got[: end + 1]
        try:
            frame: dict[str, Any] = json.loads(line)
        except ValueError as error:
            raise Unreachable(self.address, f"it does not speak our protocol ({error})") from error
        if not isinstance(frame, dict) or not {"reply", "id"} <= frame.keys():
            raise Unreachable(self.address, "it does not speak our protocol")
        return frame

    def _error(self, reply: dict[str, Any]) -> ControlError:
        code, says = reply["code"], reply["says"]
        return Unreachable(self.address, says) if code == "closing" else Refused(code, says)

    def _silence(self) -> Unreachable:
        return Unreachable(
            self.address,
            f"no answer within {self.timeout:g} s: all of its threads are busy in code that does "
            "not let others run, or it is suspended",
        )


def _until(deadline: float) -> float:
    """Return how many seconds are left, as a socket takes them: some, and not for ever."""
    return min(max(deadline - time.monotonic(), _SHORTEST), _LONGEST)
