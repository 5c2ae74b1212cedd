"""Messages between a worker process and its parent: whole, in order, of any length, or an end."""

from __future__ import annotations

import multiprocessing
import os
import threading

import pytest

from pausable.processes.channel import Channel, channel_of

pytestmark = pytest.mark.skipif(os.name != "posix", reason="is used on POSIX")


@pytest.fixture
def ends():
    ends = [channel_of(each) for each in multiprocessing.Pipe()]
    yield ends
    for end in ends:
        end.close()


def test_messages_are_kept_apart(ends):
    """However many wait at once, and however they fall on what is read."""
    here, there = ends
    lengths = [0, 1, 7, 0, 8, 9, 4000, 3, 20_000, 1]
    messages = [bytes([number]) * length for number, length in enumerate(lengths)]
    for message in messages:
        here.send_bytes(message)
    assert [there.recv_bytes() for _ in messages] == messages


def test_messages_of_any_length(ends):
    """More than a pipe holds, both ways, in between short ones."""
    here, there = ends

    def echo():
        for _ in range(6):
            there.send_bytes(there.recv_bytes())

    echoing = threading.Thread(target=echo)
    echoing.start()
    for length in (65_528, 65_536, 65_537, 10, 3_000_000, 1):
        message = os.urandom(length)
        here.send_bytes(message)
        assert here.recv_bytes() == message
    echoing.join()


def test_what_comes_in_pieces(monkeypatch, ends):
    """Byte by byte it is the same."""
    here, there = ends
    monkeypatch.setattr("pausable.processes.channel._PIECE", 1)
    for message in (b"", b"abc"):
        here.send_bytes(message)
        assert there.recv_bytes() == message


def test_what_is_written_in_pieces(monkeypatch, ends):
    """As the system takes it."""
    here, there = ends
    write = os.write
    monkeypatch.setattr(os, "write", lambda number, data: write(number, bytes(data[:3])))
    here.send_bytes(b"abcdefgh")
    assert there.recv_bytes() == b"abcdefgh"


def test_the_end_is_seen(ends):
    """By who reads, in the midst of a message too, and by who writes."""
    here, there = ends
    os.write(here.fileno(), b"\0" * 7)
    here.close()
    assert here.closed
    with pytest.raises(EOFError):
        there.recv_bytes()
    with pytest.raises(OSError, match="pipe"):
        there.send_bytes(b"anybody?")
    assert isinstance(there, Channel)
