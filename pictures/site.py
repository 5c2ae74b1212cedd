"""A web site to be crawled: a proxy of this machine answers for whatever site is asked for."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["site"]

_SECONDS = 0.05  # that an answer takes


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        time.sleep(_SECONDS)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'<a href="1">one</a> <a href="2">two</a> <a href="3">three</a>')

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def site() -> Iterator[str]:
    """Serve; give the address that `http_proxy` is to have."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
