"""The pools of the tests in this directory, and a resource that goes away and comes back."""

from __future__ import annotations

import threading

import pytest
from workloads import make_pool, pool

__all__ = ["Resource", "make_pool", "pool", "resource"]


class Resource:
    """Stands for a server: it answers while it is up, and counts what it refuses."""

    def __init__(self) -> None:
        self.up = threading.Event()
        self.up.set()
        self.refused = 0
        self.probed = threading.Event()
        self.probes = 0
        self._lock = threading.Lock()

    def ask(self) -> str:
        """Answer, or refuse."""
        if self.up.is_set():
            return "answer"
        with self._lock:
            self.refused += 1
        raise ConnectionError("refused")

    def probe(self) -> None:
        """Do as `ask`, and note that somebody has probed."""
        with self._lock:
            self.probes += 1
        self.probed.set()
        if not self.up.is_set():
            raise ConnectionError("still refused")


@pytest.fixture
def resource() -> Resource:
    """Give a resource that is up."""
    return Resource()
