"""The client: it never waits for longer than it is given, whatever is at the other end."""

from __future__ import annotations

import pickle
import socket
import threading

import pytest

from pausable.control.client import Client, ControlError, Refused, Unreachable
from pausable.control.programs import processes


@pytest.fixture
def fake(folder):
    """Listen without a server; return the path, and what gives the connection."""
    path = folder / "77.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        yield str(path), listening
    path.unlink()


def test_nobody_answers(fake):
    """It gives up after its time, and says what may be the matter."""
    with (
        Client(fake[0], timeout=0.02) as client,
        pytest.raises(Unreachable, match="no answer within"),
    ):
        client.hello()


def test_a_full_queue(fake):
    """One that cannot be connected to for all the others is tried again until its time is up."""
    path, listening = fake
    listening.listen(0)
    waiting = []
    with pytest.raises(Unreachable, match="too many clients are waiting there"):
        while True:
            waiting.append(Client(path, timeout=0.05))
    for each in waiting:
        each.close()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"", "the program has ended, or serves no more"),
        (b'{"reply":"wel', "the program has ended, or serves no more"),
        (b"HTTP/1.1 200 OK\r\n", "it does not speak our protocol"),
        (b"[1]\n", "it does not speak our protocol"),
        (b"\xff\n", "it does not speak our protocol"),
    ],
)
def test_something_else_is_there(fake, said, why):
    """What ends, or speaks something else, is told apart from what does not answer."""
    path, listening = fake

    def answer():
        connected, _ = listening.accept()
        with connected:
            connected.recv(1000)
            connected.sendall(said)

    thread = threading.Thread(target=answer)
    thread.start()
    with Client(path, timeout=60) as client, pytest.raises(Unreachable, match=why):
        client.hello()
    thread.join()


def test_programs_that_do_not_answer_are_left_out(fake, server):
    """A list of programs has those that do."""
    found = processes(timeout=1.0)
    assert [each.name for each in found] == ["test"]
    assert "test" in repr(found[0])


def test_no_socket_at_all(folder):
    """What is no socket, or not there, is unreachable."""
    for path in (folder / "1.sock", folder):
        with pytest.raises(Unreachable, match=str(path)):
            Client(str(path))


@pytest.mark.parametrize("error", [Refused("full", "come again"), Unreachable("/a", "why")])
def test_errors_survive_pickling(error):
    """With their facts; both are errors of clients, and the stdlib's nearest."""
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))
    assert isinstance(error, ControlError)
    assert isinstance(error, (RuntimeError, ConnectionError))
