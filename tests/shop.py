"""A shop, for tests of what shows pools: a pool with two tasks that run, and one in the queue."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from helpers import until

import pausable
from pausable.futures import ThreadPoolExecutor

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["pool"]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Return a pool with two tasks that come to checkpoints, and one in the queue."""
    is_over = threading.Event()

    def work():
        while not is_over.is_set():
            pausable.checkpoint()
            is_over.wait(0.001)

    with ThreadPoolExecutor(2, thread_name_prefix="shop") as pool:
        for _ in range(2):
            pool.submit(work)
        pool.submit(int)
        until(lambda: pool.status().running == 2)
        yield pool
        is_over.set()
        pausable.resume()
        pool.resume()
