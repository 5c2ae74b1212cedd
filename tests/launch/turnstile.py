"""A local web server that answers as many requests as the test lets through, and counts them."""

from __future__ import annotations

import threading
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SEGMENTS", "Turnstile", "pages", "segments", "serve"]

SEGMENTS = 60


class Turnstile:
    """In front of an application: requests wait here until they are let through."""

    def __init__(self, application: Callable[..., Any]) -> None:
        self._application = application
        self._changed = threading.Condition()
        self._limit = 0.0
        self.served = 0
        self.waiting = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        with self._changed:
            self.waiting += 1
            self._changed.wait_for(lambda: self.served < self._limit)
            self.waiting -= 1
            self.served += 1
        return self._application(environ, start_response)

    def let_through(self, number: float) -> None:
        """Let so many more through; math.inf for all."""
        with self._changed:
            self._limit = self.served + number
            self._changed.notify_all()


def pages(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer each path with a page of a length of its own."""
    body = environ["PATH_INFO"].encode() * 10
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def segments(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer as a stream of HLS: a playlist, and its segments."""
    path, kind = environ["PATH_INFO"], "video/mp2t"
    body = path.encode() * 100
    if path.endswith(".m3u8"):
        kind = "application/vnd.apple.mpegurl"
        body = _playlist().encode()
    start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]


def _playlist() -> str:
    head = ("#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:2", "#EXT-X-PLAYLIST-TYPE:VOD")
    parts = (f"#EXTINF:2.0,\n{number}.ts" for number in range(SEGMENTS))
    return "\n".join([*head, *parts, "#EXT-X-ENDLIST", ""])


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 100


class _Handler(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def serve(turnstile: Turnstile) -> WSGIServer:
    """Begin to serve on a free port, in a thread; `shutdown` and `server_close` end it."""
    server = make_server("127.0.0.1", 0, turnstile, _Server, _Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server
