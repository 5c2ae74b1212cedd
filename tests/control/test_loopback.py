"""Where there are no Unix sockets: a port of the loopback, and a token that only the user can read."""

from __future__ import annotations

import functools
import json
import os
import socket
import stat
from pathlib import Path

import pytest
from helpers import until

import pausable
from pausable.control import reception
from pausable.control.client import Client, Refused, Unreachable
from pausable.control.programs import find, processes


@pytest.fixture
def by_port(folder, monkeypatch):
    """Serve without Unix sockets."""
    pair = functools.partial(socket.socketpair, socket.AF_UNIX)
    monkeypatch.setattr(socket, "socketpair", pair)  # it is there on all systems
    monkeypatch.delattr(socket, "AF_UNIX")
    with pausable.serve("port") as serving:
        yield serving


def said_by(serving):
    """Return what stands in the file of a program."""
    return json.loads(Path(serving.address).read_text())


@pytest.fixture
def wire(by_port):
    """Connect to the port, and say nothing yet."""
    with socket.create_connection(("127.0.0.1", said_by(by_port)["port"]), 60) as connected:
        yield connected


def answer(wire, line):
    """Say something; return what is answered until the connection is closed, or for one line."""
    wire.sendall(line)
    with wire.makefile("rb") as lines:
        return json.loads(lines.readline())


def test_a_client(by_port, pool):
    """It finds the program, says the token, and does all that it does elsewhere."""
    assert find(os.getpid()) == by_port.address == find("port")
    assert [each.pid for each in processes(timeout=60)] == [os.getpid()]
    with Client(by_port.address, timeout=60) as client:
        assert client.pause({"path": pool.path}, wait=60)["is_quiescent"]
        [hold] = pool.holds()
        assert "from outside" in hold.owner
        client.resume({"path": pool.path})


def test_the_file(by_port, folder):
    """It is the user's alone, and gone afterwards."""
    assert stat.S_IMODE(Path(by_port.address).stat().st_mode) == 0o600
    by_port.close()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "line",
    [
        b'{"do":"pause","id":7}\n',
        b'{"do":"hello","id":7}\n',
        b'{"do":"hello","id":7,"token":"wrong"}\n',
        b'{"do":"hello","id":7,"token":""}\n',
        '{"do":"hello","id":7,"token":"ä"}\n'.encode(),
        b"GET / HTTP/1.1\r\n",
    ],
)
def test_without_the_token(wire, pool, line):
    """Nothing is done, and the connection is closed: also to who speaks HTTP, as a browser would."""
    error = answer(wire, line)
    assert (error["reply"], error["code"]) == ("error", "locked")
    assert wire.recv(100) == b""
    assert not pool.is_paused()


def test_who_says_nothing(by_port, monkeypatch):
    """A connection without the token is closed after a while: it takes up one of sixty-four places."""
    monkeypatch.setattr(reception, "_LOCKED", 0.01)
    with socket.create_connection(("127.0.0.1", said_by(by_port)["port"]), 60) as silent:
        until(lambda: by_port._server._reception._connections or True)
        assert silent.recv(100) == b""


def test_a_token_that_is_not_the_programs(by_port):
    """The client is told."""
    path = Path(by_port.address)
    known = said_by(by_port)
    wrong = path.with_name("1.tcp")
    wrong.write_text(json.dumps({**known, "token": "x"}))
    with pytest.raises(Refused, match="say hello first"):
        Client(str(wrong))
    wrong.write_text("{")
    with pytest.raises(Unreachable, match="it cannot be read"):
        Client(str(wrong))
    wrong.unlink()


def test_what_a_dead_program_has_left(by_port):
    """It is removed by whoever finds it."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    stale = Path(by_port.address).with_name("1.tcp")
    stale.write_text(json.dumps({"port": port, "token": "x"}))
    with pytest.raises(Unreachable, match="nobody listens there any more"):
        Client(str(stale))
    assert not stale.exists()
