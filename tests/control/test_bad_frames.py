"""What is no command is answered by an error, and disturbs nothing: not the client's others, not the pool."""

from __future__ import annotations

import json
import random
import socket
from pathlib import Path

import pytest
from helpers import until

from pausable import checkpoint
from pausable.control.client import Client
from pausable.control.protocol import LONGEST

KEPT = Path(__file__).parent / "frames" / "1" / "commands.jsonl"
GOOD = KEPT.read_bytes().splitlines()
STATUS = b'{"do":"hello","id":"last"}\n'


@pytest.fixture
def wire(server):
    """Connect without a client: whatever is said."""
    with socket.socket(socket.AF_UNIX) as connected:
        connected.settimeout(60)
        connected.connect(server.address)
        yield connected


def answers(wire, said):
    """Say something and `hello`; return the answers to the first."""
    wire.sendall(said + STATUS)
    found = []
    with wire.makefile("rb") as lines:
        for line in lines:
            found.append(json.loads(line))
            if found[-1].get("id") == "last":
                return found[:-1]
    raise AssertionError(found)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"nonsense\n", "malformed"),
        (b'{"do":"pause","reason":7}\n', "malformed"),
        (b"\xff\xfe\n", "malformed"),
        (b'{"do":"hello","id":"\xff"}\n', "malformed"),
        (b"[" * 60_000 + b"\n", "malformed"),
        (b'{"do":"pause"' + b" " * LONGEST + b"}\n", "too-large"),
        (b"x" * 10 * LONGEST + b"\n", "too-large"),
        (b'{"do":"pause","v":99}\n', "too-new"),
        (b'{"do":"shutdown"}\n', "unknown-command"),
        (b'{"do":"pause","on":{"path":"none"}}\n', "nothing-selected"),
        (b'{"do":"stop","on":{}}\n', "bad-value"),
        (b'{"do":"watch","hz":-1}\n', "bad-value"),
        (b'{"do":"resize","on":{"all":true},"limit":3}\n', "not-possible"),
        (b'{"do":"decide","on":{"all":true},"how":"fail"}\n', "not-possible"),
        (b'{"do":"status","on":{"path":"a","id":3}}\n', "bad-value"),
    ],
)
def test_a_bad_line(wire, pool, said, code):
    """It has its code and a sentence; nothing is held; and the connection goes on."""
    [error] = answers(wire, said)
    assert (error["reply"], error["code"]) == ("error", code)
    assert len(error["says"]) > 20
    assert not pool.is_paused()


def test_the_longest_line(wire):
    """A line of just the size that is allowed is a command."""
    line = b'{"do":"hello","more":"%s"}' % (b"x" * (LONGEST - len('{"do":"hello","more":""}')))
    assert len(line) == LONGEST
    assert [each["reply"] for each in answers(wire, line + b"\n")] == ["welcome"]
    assert [each["code"] for each in answers(wire, line.replace(b"x", b"xx", 1) + b"\n")] == [
        "too-large"
    ]


def test_blank_lines(wire):
    """They are no commands, and no errors."""
    assert answers(wire, b"\n\r\n  \n") == []


def test_piece_by_piece(wire, pool):
    """A command may come in any pieces; nothing is done before its end is there."""
    line = b'{"do":"pause","on":{"path":"%s"}}\n' % pool.path.encode()
    for each in line[:-1]:
        wire.sendall(bytes([each]))
    assert not pool.is_paused()
    assert [each["reply"] for each in answers(wire, b"\n")] == ["paused"]
    pool.resume()


def test_many_at_once(wire):
    """Commands that come together are answered in their order."""
    said = b"".join(b'{"do":"hello","id":%d}\n' % number for number in range(500))
    assert [each["id"] for each in answers(wire, said)] == list(range(500))


def test_half_a_frame(wire, pool):
    """If the connection ends in a line, that was no command; what came before it is answered."""
    wire.sendall(b'{"do":"hello"}\n{"do":"pause","reason":"half')
    wire.shutdown(socket.SHUT_WR)
    with wire.makefile("rb") as lines:
        first, second = map(json.loads, lines)
    assert first["reply"] == "welcome"
    assert second["code"] == "malformed"
    assert "in the midst of a line" in second["says"]
    assert not pool.is_paused()


def test_the_last_reply_is_waited_for(wire, pool):
    """As with `echo ... | nc -N`: who says no more, and reads on, gets all replies."""
    wire.sendall(
        b'{"do":"where","id":1}\n{"do":"pause","wait":60,"id":2}\n{"do":"resume","id":3}\n'
    )
    wire.shutdown(socket.SHUT_WR)
    with wire.makefile("rb") as lines:
        said = [json.loads(line) for line in lines]
    assert sorted((each["id"], each["reply"]) for each in said) == [
        (1, "stacks"),
        (2, "paused"),
        (3, "resumed"),
    ]
    assert not pool.is_paused()


def damaged(chance):
    """Make a line that is random, or a command with some bytes changed. It pauses and stops nothing."""
    if chance.random() < 0.3:
        return bytes(chance.randrange(256) for _ in range(chance.randrange(80)))
    line = bytearray(chance.choice(GOOD))
    for _ in range(chance.randrange(1, 4)):
        where = chance.randrange(len(line))
        line[where : where + chance.randrange(3)] = bytes(
            chance.randrange(256) for _ in range(chance.randrange(3))
        )
    return bytes(line)


HARMLESS = (b"shop", b'"path"', b'"id"')


def storm(server, pool, count):
    """Say so many damaged frames while a pool works; return how many tasks it has done meanwhile."""
    chance = random.Random(count)
    futures = [pool.submit(work) for _ in range(200)]
    with Client(server.address, timeout=60) as client:
        left = count
        while left:
            piece = min(left, 100)
            said = b"\n".join(damaged(chance) for _ in range(piece))
            said = said.replace(b'"all":true', b'"path":"none"')
            client._socket.sendall(said + b'\n{"do":"resume"}\n{"do":"hello","id":"last"}\n')
            while client._receive(60).get("id") != "last":
                pass
            left -= piece
            futures += [pool.submit(work) for _ in range(20)]
        client.resume(below=True)
    assert [future.result(60) for future in futures] == [7] * len(futures)
    with Client(server.address, timeout=60) as client:
        assert client.status()["process"]["done"] >= len(futures)
    return len(futures)


def work():
    checkpoint()
    return 7


def test_damaged_frames(server, pool):
    """However they are damaged: every task is done, once, and commands are answered afterwards."""
    assert storm(server, pool, 3000) == 200 + 30 * 20


@pytest.mark.stress
@pytest.mark.timeout(1200)
def test_a_hundred_thousand_damaged_frames(server, pool):
    """The same at length."""
    assert storm(server, pool, 100_000) == 200 + 1000 * 20


def test_a_client_that_goes_in_the_midst(server, pool):
    """Whatever it had begun to say: the others are served."""
    for said in (b"", b'{"do":', b'{"do":"watch"}\n', b'{"do":"where"}\n' * 50, b"x" * 70_000):
        with socket.socket(socket.AF_UNIX) as gone:
            gone.connect(server.address)
            gone.sendall(said)
    with Client(server.address, timeout=60) as client:
        assert client.hello()["name"] == "test"
    until(lambda: not server._server._reception._connections)
