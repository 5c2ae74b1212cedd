"""The panel: binds to the loopback, says where, and serves till Ctrl-C."""

from __future__ import annotations

import secrets
import socket
from typing import TYPE_CHECKING

import uvicorn

from pausable.web.application import application
from pausable.web.doorkeeper import ENTRANCE, Doorkeeper

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pausable.control.link import Link

__all__ = ["WebPanel"]

_GRACE = 3  # seconds, for a page that does not read


class WebPanel:
    """A web panel that is bound to a port, and not yet serving."""

    def __init__(self, links: Sequence[Link], *, port: int = 0, read_only: bool = False) -> None:
        """Bind to *port* of the loopback, or to a free one.

        Raises:
            OSError: the port is taken.
        """
        self._links = links
        self._socket = socket.socket(socket.AF_INET)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind(("127.0.0.1", port))
            self._socket.listen()
        except BaseException:
            self._socket.close()
            raise
        self.port: int = self._socket.getsockname()[1]
        self._token = secrets.token_urlsafe(32)
        shown = application(links, read_only=read_only, is_ending=lambda: self._server.should_exit)
        app = Doorkeeper(shown, token=self._token, port=self.port)
        config = uvicorn.Config(
            app,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=_GRACE,
        )
        self._server = uvicorn.Server(config)

    @property
    def address(self) -> str:
        """The address to open, with the token. It is answered already: whoever comes waits."""
        return f"http://127.0.0.1:{self.port}{ENTRANCE}?token={self._token}"

    def serve(self, ready: Callable[[], object] = lambda: None) -> None:
        """Watch the programs and serve, until Ctrl-C or `end`; calls *ready* first."""
        for link in self._links:
            link.start()
        try:
            ready()
            self._server.run(sockets=[self._socket])
        finally:
            self._socket.close()
            for link in self._links:
                link.close()

    def end(self) -> None:
        """Let `serve` end. From any thread."""
        self._server.should_exit = True
