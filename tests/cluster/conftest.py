"""The clusters of the tests in this directory: real ones, of processes on this machine."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
from helpers import until

import pausable
from pausable._core.attention import attention

if find_spec("distributed"):  # else all tests are skipped, and say so
    import distributed
    from cluster.errands import FREE, Signs, faults_of

    from pausable.dask import DaskExecutor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOON = 30.0
# What would silence Dask's logs would silence all handlers of this process, those of tests among them.
QUIET = {"dashboard_address": ":0", "silence_logs": False}
logging.getLogger("distributed").setLevel(logging.CRITICAL)


@contextmanager
def clustered(workers: int, threads: int = 2, **options: Any) -> Iterator[Any]:
    """Have a cluster of so many processes."""
    options = {**QUIET, **options, "n_workers": workers, "threads_per_worker": threads}
    with distributed.LocalCluster(**options) as cluster:
        yield cluster


@contextmanager
def scheduling(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Have a scheduler in a process of its own, without workers; give that, and its address."""
    file = folder / "scheduler.json"
    module = ["-m", "distributed.cli.dask_scheduler"]
    options = [
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--no-dashboard",
        "--no-show",
        "--scheduler-file",
        str(file),
    ]
    with subprocess.Popen(
        [sys.executable, *module, *options], stderr=subprocess.DEVNULL
    ) as process:
        try:
            until(lambda: file.exists() and file.read_text().endswith("}"), SOON)
            yield process, json.loads(file.read_text())["address"]
        finally:
            process.kill()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Give a cluster of two processes with two threads each, for all tests of a module."""
    with clustered(2) as cluster:
        yield cluster


@pytest.fixture(autouse=True)
def nothing_leaks() -> Iterator[None]:
    """Fail if a thread or a request of ours is left: sockets and threads of Dask are a cluster's."""
    before = {*threading.enumerate(), *attention}
    yield
    until(lambda: not {each for each in threading.enumerate() if is_ours(each)} - before, SOON)
    assert not attention - before


def is_ours(thread: threading.Thread) -> bool:
    """Say whether a thread is the one of an executor on which callbacks run."""
    return thread.name.startswith("pausable-dask")


@pytest.fixture
def nothing_is_held() -> Iterator[None]:
    """Release what a test has left on the process."""
    yield
    pausable.resume()


@pytest.fixture
def client(cluster) -> Iterator[Any]:
    """Give a client, whose holds go with it."""
    with distributed.Client(cluster) as client:
        client.wait_for_workers(2, timeout=SOON)
        yield client


@pytest.fixture
def executor(client) -> Iterator[DaskExecutor]:
    """Give an executor; after the test nothing of it is left on any worker."""
    executor = DaskExecutor(client)
    yield executor
    executor.resume()
    executor.stop("the test is over")
    assert executor.shutdown(timeout=SOON)
    left = {}
    until(lambda: not any(left.update(client.run(faults_of)) or left.values()), SOON, left)


@pytest.fixture
def signs(tmp_path: Path) -> Iterator[Signs]:
    """Give signs; tasks that wait are let go after the test."""
    signs = Signs(tmp_path)
    yield signs
    signs.leave(FREE)
