"""The door: where clients come in, one at a time, if they are of the same user."""

from __future__ import annotations

import selectors
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from pausable.control.peers import peer_of
from pausable.control.protocol import encode
from pausable.scopes.common_log import WARNING, say

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from pausable.control.listener import Listener
    from pausable.control.peers import Peer
    from pausable.control.replies import Error

__all__ = ["Door"]

_CLOSED = 0.2  # seconds


class Door:
    """Accepts connections, and hands them to *welcome*, which may return why not.

    While the process has no more files it is closed for a moment, again and again: whoever waits
    there would otherwise keep the server's thread turning.
    """

    def __init__(
        self,
        selector: selectors.BaseSelector,
        listener: Listener,
        welcome: Callable[[socket.socket, Peer], Error | None],
    ) -> None:
        """Be closed."""
        self._selector = selector
        self._listener = listener
        self._welcome = welcome
        self._is_told = False  # that there are no more files; once
        self.opens_at: float | None = None  # when it is to be opened again

    def open(self) -> None:
        """Let clients come."""
        self.opens_at = None
        self._selector.register(self._listener.socket, selectors.EVENT_READ, self._accept)

    def look(self, now: float) -> None:
        """Open it again, if it is time to."""
        if self.opens_at is not None and now >= self.opens_at:
            self.open()

    def _accept(self, _mask: int) -> None:
        try:
            accepted, _ = self._listener.socket.accept()
        except (BlockingIOError, InterruptedError, ConnectionError):  # it has gone again
            return
        except OSError as error:
            self._close_for_a_moment(error)
            return
        self._is_told = False
        accepted.setblocking(False)  # noqa: FBT003 - as the stdlib has it
        peer = peer_of(accepted)
        refusal = self._welcome(accepted, peer) if peer.is_trusted() else None
        if refusal is not None:
            with suppress(OSError):
                accepted.send(encode(refusal))
        if refusal is not None or not peer.is_trusted():
            accepted.close()

    def _close_for_a_moment(self, error: OSError) -> None:
        self._selector.unregister(self._listener.socket)
        self.opens_at = time.monotonic() + _CLOSED
        if not self._is_told:
            self._is_told = True
            say(WARNING, "the control server can let nobody in for now: %s", error)
