"""Other users: they cannot connect, prepare nothing, and are not spoken to."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import until

try:
    import resource
except ImportError:  # Windows has no limits
    resource = None

from pausable.control.client import Client, Unreachable
from pausable.control.owner import owner_of, user_name
from pausable.control.peers import Peer, peer_of, terminal_of

AS_ROOT = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root becomes somebody else"
)
SOMEBODY = 12345


def as_somebody(act):
    """Call *act* in a child of another user, who owns nothing; return what finds out what it said."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(SOMEBODY)
            os.setuid(SOMEBODY)
            act(writing)
        except BaseException as error:  # noqa: BLE001 - it is what the child has to say
            os.write(writing, type(error).__name__.encode())
        finally:
            os._exit(0)
    os.close(writing)
    return child, open(reading, "rb")  # noqa: PTH123 - a pipe, closed by who reads it


def said_by(child, pipe):
    """Wait for the end of a child; return what it has said."""
    with pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


def connect(address):
    """Return what connects, and says what it was answered."""

    def act(writing):
        with socket.socket(socket.AF_UNIX) as wire:
            wire.settimeout(60)
            wire.connect(address)
            wire.sendall(b'{"do":"pause"}\n')
            os.write(writing, b"got " + wire.recv(1000))

    return act


@AS_ROOT
def test_another_user_cannot_connect(server, pool):
    """The folder keeps him out."""
    assert said_by(*as_somebody(connect(server.address))) == b"PermissionError"
    assert not pool.is_paused()


@AS_ROOT
def test_another_user_who_comes_to_the_socket(server, folder, pool):
    """If the modes were spoilt, the server still asks the kernel who it is, and says nothing to him."""
    folder.chmod(0o755)
    Path(server.address).chmod(0o666)
    said = said_by(*as_somebody(connect(server.address)))
    assert said in (b"got ", b"ConnectionResetError", b"BrokenPipeError")
    assert not pool.is_paused()
    with Client(server.address, timeout=60) as client:
        assert client.hello()["name"] == "test"


@AS_ROOT
def test_another_user_who_listens_in_our_place(folder):
    """The client asks, too: it says nothing to what another user has put there."""
    folder.chmod(0o777)
    path = folder / "1.sock"

    def act(writing):
        os.umask(0)
        with socket.socket(socket.AF_UNIX) as wire:
            wire.bind(str(path))
            wire.listen()
            os.write(writing, b"up\n")
            peer, _ = wire.accept()
            os.write(writing, b"was told: " + peer.recv(1000))

    child, pipe = as_somebody(act)
    assert pipe.readline() == b"up\n"
    with pytest.raises(Unreachable, match=rf"the uid {SOMEBODY} listens there, and not you"):
        Client(str(path))
    assert said_by(child, pipe) == b"was told: "
    path.unlink()


def test_who_is_trusted(monkeypatch):
    """One's own user, and root; and who connects where the kernel does not say who it is."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert [Peer(1, uid).is_trusted() for uid in (0, 1000, 1001, None)] == [True, True, False, True]


def test_the_kernel_says_who_it_is():
    """The pid and the uid of the other end; nothing of a connection by a port."""
    one, other = socket.socketpair()
    with one, other:
        assert (peer_of(one).pid, peer_of(one).uid) == (os.getpid(), os.geteuid())
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.create_connection(listening.getsockname()) as connected,
    ):
        assert (peer_of(connected).pid, peer_of(connected).uid) == (None, None)


def test_the_terminal_of_a_process():
    """It is named as `ps` does; a process without one has none."""
    master, slave = os.openpty()
    name = os.ttyname(slave).removeprefix("/dev/")
    program = "import sys; print('up', flush=True); sys.stdin.read()"
    with_one = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import fcntl, termios; fcntl.ioctl({slave}, termios.TIOCSCTTY, 0); {program}",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=[slave],
        start_new_session=True,
    )
    without = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    for each in (with_one, without):
        assert each.stdout.readline() == b"up\n"
    assert terminal_of(with_one.pid) == name
    assert terminal_of(without.pid) is None
    assert owner_of(Peer(with_one.pid, os.geteuid()), user_name()).endswith(f" on {name}")
    for each in (with_one, without):
        each.communicate()
    os.close(master)
    os.close(slave)
    assert terminal_of(with_one.pid) is None


def test_owners():
    """They name root as such, and say as much as there is to say."""
    me = owner_of(Peer(os.getpid(), 1234), "anna")
    assert me.startswith("anna by ")
    assert f"(pid {os.getpid()})" in me
    assert owner_of(Peer(os.getpid(), 0), "anna").startswith("root by ")
    assert owner_of(Peer(None, None), "anna") == "anna from outside"
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert owner_of(Peer(gone.pid, 1234), "anna") == f"anna by a program (pid {gone.pid})"


def test_five_hundred_clients(server, pool):
    """Sixty-four are served; each of the others is told so and may come again; the pool works on."""
    futures = [pool.submit(int) for _ in range(500)]
    connected = []
    for _ in range(500):
        wire = socket.socket(socket.AF_UNIX)
        wire.settimeout(60)
        until(lambda wire=wire: wire.connect_ex(server.address) == 0)  # the queue may be full
        connected.append(wire)
    for each in connected:
        try:
            each.sendall(b'{"do":"hello"}\n')
        except BrokenPipeError:
            continue
    answers = [each.recv(10_000) for each in connected]
    assert sum(b'"welcome"' in each for each in answers) == 64
    assert sum(b'"full"' in each for each in answers) == 500 - 64
    for each in connected:
        each.close()
    assert [each.result(60) for each in futures] == [0] * 500
    until(lambda: not server._server._reception._connections)
    with Client(server.address, timeout=60) as client:
        assert client.hello()["name"] == "test"


@pytest.mark.skipif(resource is None, reason="needs limits of files")
def test_no_more_files(server, pool, caplog):
    """A process that has too many open lets nobody in until it can, and says so once."""
    turns, turn = [], server._server._turn
    server._server._turn = lambda: (turns.append(1), turn())
    with Client(server.address, timeout=60) as before, socket.socket(socket.AF_UNIX) as waiting:
        assert before.hello()["name"] == "test"
        waiting.settimeout(60)
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        # None can be opened, also where another has just been closed.
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
        try:
            waiting.connect(server.address)
            waiting.sendall(b'{"do":"hello"}\n')
            until(lambda: "can let nobody in for now" in caplog.text)
            turns.clear()
            until(lambda: len(turns) >= 6)  # it looks again and again, and says it no more
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert b'"welcome"' in waiting.recv(10_000)
        assert before.pause({"path": pool.path})["changed"] == 1
        pool.resume()
    assert caplog.text.count("can let nobody in for now") == 1
    del server._server._turn
