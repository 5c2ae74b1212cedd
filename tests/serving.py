"""Serving, for tests: a folder for the sockets of each test, and a server in the tests' own process."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pausable
from pausable.control.client import Client
from pausable.control.folders import VARIABLE

__all__ = ["client", "folder", "served", "server"]

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def folder(monkeypatch) -> Iterator[Path]:
    """Have programs listen in a folder of the test's own: pytest's have too long a path."""
    made = Path(tempfile.mkdtemp(prefix="pausable-", dir="/tmp"))
    monkeypatch.setenv(VARIABLE, str(made))
    yield made
    left = list(made.iterdir())
    shutil.rmtree(made)
    assert not left, "a socket was left"


@pytest.fixture
def server(folder) -> Iterator[pausable.ControlServer]:
    """Serve in the tests' own process."""
    with pausable.serve("test") as serving:
        yield serving


@pytest.fixture
def client(server) -> Iterator[Client]:
    """Connect to that, with a time limit that no busy machine reaches."""
    with Client(server.address, timeout=60.0) as connected:
        yield connected


@pytest.fixture
def served(folder) -> Iterator[pausable.ControlServer]:
    """Serve as "crawler"; no other program is in sight."""
    with pausable.serve("crawler") as serving:
        yield serving
