"""A panel that serves in this process, and shows this process."""

from __future__ import annotations

import os
import threading

import pytest
from serving import folder, served
from shop import pool

from pausable.control.link import Link
from pausable.web.panel import WebPanel

__all__ = ["folder", "panel", "pool", "served", "start"]


@pytest.fixture
def start(served):
    """Return a function that starts a panel on a thread, and returns it."""
    started = []

    def run(*, read_only=False):
        link = Link(served.address, os.getpid(), "crawler", hz=20)
        panel = WebPanel([link], read_only=read_only)
        ready = threading.Event()
        thread = threading.Thread(target=panel.serve, args=(ready.set,))
        thread.start()
        ready.wait()
        started.append((panel, thread, link))
        return panel

    yield run
    for panel, thread, link in started:
        panel.end()
        thread.join()
        link.join()


@pytest.fixture
def panel(start):
    """Return a panel that serves."""
    return start()
