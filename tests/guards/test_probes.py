"""Probes: what they ask, and what they say when the answer is bad."""

from __future__ import annotations

import socket
import sqlite3
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from pausable.guards import probes
from pausable.guards.probes import failure_of


def test_any_callable_is_a_probe():
    """It is bad if it raises, or returns False; None is good."""
    assert failure_of(lambda: None) is None
    assert failure_of(lambda: 0) is None
    assert failure_of(lambda: False) == "<lambda> returned False"
    assert failure_of(lambda: {}["x"]) == "KeyError: 'x'"
    assert failure_of(lambda: (_ for _ in ()).throw(SystemExit)) == "SystemExit"


def test_tcp():
    """Somebody accepts connections, or nobody does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        probe = probes.tcp("127.0.0.1", port)
        assert failure_of(probe) is None
    assert failure_of(probe).startswith("ConnectionRefusedError")
    assert probe.__name__ == f"tcp 127.0.0.1:{port}"


class Answers(BaseHTTPRequestHandler):
    """Answers with the status in the path."""

    def do_GET(self):
        self.send_response(int(self.path.strip("/")))
        self.end_headers()

    def log_message(self, *_args):
        """Say nothing."""


def test_http():
    """The status is one that is wanted, or not."""
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        url = f"http://127.0.0.1:{server.server_port}"
        try:
            assert failure_of(probes.http(f"{url}/200")) is None
            assert failure_of(probes.http(f"{url}/302")) is None
            assert "answered 503" in failure_of(probes.http(f"{url}/503"))
            assert failure_of(probes.http(f"{url}/503", status={503})) is None
        finally:
            server.shutdown()
    assert "ConnectError" in failure_of(probes.http(f"{url}/200"))


def test_disk(tmp_path):
    """So many bytes are free, or not; the used part is a number for a level."""
    assert failure_of(probes.disk_free(tmp_path, at_least=1)) is None
    assert "bytes are free" in failure_of(probes.disk_free(tmp_path, at_least=1e30))
    assert 0.0 <= probes.disk_used(tmp_path)() <= 1.0


def test_memory_and_load():
    """Readings for a level."""
    assert 0.0 < probes.memory_used()() <= 1.0
    assert probes.load()() >= 0.0


def test_dbapi(tmp_path):
    """A database answers a query over a new connection, which is closed again."""
    probe = probes.dbapi(lambda: sqlite3.connect(tmp_path / "x.db"))
    assert failure_of(probe) is None
    bad = probes.dbapi(lambda: sqlite3.connect(tmp_path / "x.db"), query="SELECT * FROM nowhere")
    assert "no such table" in failure_of(bad)


def test_a_probe_that_wants_a_library_says_so(monkeypatch):
    """Where it is made, not when it is first asked."""
    monkeypatch.setitem(__import__("sys").modules, "httpx", None)
    with pytest.raises(ImportError, match="httpx"):
        probes.http("http://127.0.0.1")
