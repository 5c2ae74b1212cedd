"""The link of a panel to one program: what it shows, and how it ends."""

from __future__ import annotations

import os
import time

import pytest
from helpers import until

from pausable.control.link import Link
from pausable.control.route import Unreachable

BETWEEN = 30.0  # seconds between two samples: nothing comes meanwhile, while nothing changes


@pytest.fixture
def link(server, monkeypatch):
    """Return a link that has been told once, and waits for more."""
    monkeypatch.setattr("pausable.control.subscription.SLOWEST", 1 / BETWEEN)
    link = Link(server.address, os.getpid(), "test", hz=1 / BETWEEN)
    link.start()
    until(lambda: link.mirror.process is not None, what="the first sample")
    yield link
    link.close()
    link.join()


def test_it_ends_while_nothing_comes(link):
    """Whoever waits for the next sample is woken, not left to wait for it."""
    began = time.monotonic()
    link.close()
    link.join()
    assert time.monotonic() - began < BETWEEN / 6


def test_a_command_that_waits_ends_with_it(link):
    """The connection breaks under whoever waits for a reply, and is closed by him."""
    got = []

    def wait(client):
        got.append(client)
        link.close()
        for _ in client.watch():
            pass

    with pytest.raises(Unreachable, match=r"ended|broke|closed"):
        link.ask(wait)
    assert got[0]._socket.fileno() == -1
