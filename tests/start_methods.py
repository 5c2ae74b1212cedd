"""The start methods of `multiprocessing`, for tests of processes, and what these keep running."""

from __future__ import annotations

import multiprocessing
from multiprocessing import forkserver, resource_tracker

import pytest

__all__ = ["METHODS", "servers_of_multiprocessing"]

# From CPython 3.14 on those of joblib are among the ones that there are, once that was imported.
METHODS = [
    each
    for each in ("fork", "spawn", "forkserver")
    if each in multiprocessing.get_all_start_methods()
]


@pytest.fixture(autouse=True, scope="session")
def servers_of_multiprocessing() -> None:
    """Start what `multiprocessing` keeps once it was needed: no test leaves it behind then."""
    resource_tracker.ensure_running()
    if "forkserver" in METHODS:
        forkserver.ensure_running()
