"""What holds for every test: it leaves nothing behind."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import helpers
import hypothesis
import pytest

import pausable
from pausable._core.attention import attention
from pausable.scopes.process import process
from pausable.scopes.timer import timer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GRACE = 5.0  # seconds in which what a test has ended must be gone

# Nothing asserts a duration, the examples of a property included: machines are busy. And what fails
# is to fail for everybody: `make stress` looks for other examples, with a seed of its own.
hypothesis.settings.register_profile(
    "untimed", deadline=None, derandomize="PAUSABLE_SEED" not in os.environ
)
hypothesis.settings.load_profile("untimed")


def threads() -> set[Any]:
    """Return the threads that can be joined: not those that C code or `_thread` started.

    Nor those of a Dask cluster that tests share: its workers, and the loop of its client, which is
    on a daemon thread, as its errands are then, have new ones when they want.
    """
    found = [each for each in threading.enumerate() if not _is_of_dask(each)]
    return {
        each for each in found if not isinstance(each, threading._DummyThread) and _is_there(each)
    }


def _is_of_dask(thread: threading.Thread) -> bool:
    is_errand = thread.name.startswith("asyncio_") and thread.daemon
    return "Dask" in thread.name or (is_errand and "distributed" in sys.modules)


def _is_there(thread: threading.Thread) -> bool:
    """Say whether a thread runs, or is about to: one that was hit at its very end is listed still."""
    return thread.ident is None or thread.is_alive()


def processes() -> set[Any]:
    """Return the children that `multiprocessing` started."""
    return set(multiprocessing.active_children())


def sockets() -> set[Any]:
    """Return the open sockets by inode, where the system tells."""
    found = set()
    for descriptor in Path("/proc/self/fd").glob("*"):
        with contextlib.suppress(FileNotFoundError):  # closed since it was listed
            found.add(str(descriptor.readlink()))
    return {target for target in found if target.startswith("socket:")}


def monitoring_tools() -> set[Any]:
    """Return the tools of `sys.monitoring`, which Python 3.11 does not have."""
    if sys.version_info < (3, 12):
        return set()
    return {(number, sys.monitoring.get_tool(number)) for number in range(6)}


def requests() -> set[Any]:
    """Return the gates that are held and the tasks that were asked to stop."""
    return set(attention)


def holds_of_the_process() -> set[Any]:
    """Return what holds all pools, and which pools are kept for that."""
    return {*process.holds, *process.kept}


def observers_of_the_process() -> set[Any]:
    """Return who observes all pools, and would be seen on those of other tests."""
    return set(process.observers)


KINDS: tuple[Callable[[], set[Any]], ...] = (
    threads,
    processes,
    sockets,
    monitoring_tools,
    requests,
    holds_of_the_process,
    observers_of_the_process,
)


def leaks(before: dict[Any, set[Any]]) -> dict[str, set[Any]]:
    """Return what is there now and was not before, by kind."""
    return {kind.__name__: found for kind in KINDS if (found := kind() - before[kind])}


def wait_for_end(each: Any, deadline: float) -> None:
    """Wait for a thread or a process to end; also for a thread that is just being started."""
    if each.ident is None:
        threading.Event().wait(0.001)
    else:
        each.join(max(0.0, deadline - time.monotonic()))


def pytest_collection_finish() -> None:
    """Leave the modules that were imported out of all collections to come: they stay.

    Many tests collect garbage, and each would look through some hundred thousand objects of the
    libraries that others use. Not on 3.14, where Hypothesis asks the collector who refers to a
    generator of random numbers, and warns if it finds nobody.
    """
    if sys.version_info >= (3, 14):
        return
    gc.collect()
    helpers.settled[:] = helpers.functions()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def no_lingering() -> None:
    """Let the timer's thread end when there is nothing to do, so that what keeps it there is found."""
    timer.linger = 0.0


@pytest.fixture
def no_other_pools() -> None:
    """Let the pools of tests before be gone: some are in cycles, and wait for the collector."""
    vars(pausable.Thread)[
        "threads"
    ]._pool = None  # the scope of threads, which stays where it is used
    deadline = time.monotonic() + GRACE
    while pausable.pools() and time.monotonic() < deadline:
        gc.collect()
    assert not pausable.pools()


@pytest.fixture(autouse=True)
def no_threads() -> Iterator[None]:
    """Let the scope of all threads, which stays as long as the process, be another test's anew."""
    yield
    if "pausable.threads.thread" in sys.modules:
        vars(pausable.Thread)["threads"]._pool = None


@pytest.fixture(autouse=True)
def nothing_leaks() -> Iterator[None]:
    """Fail if the test leaves behind anything that was not there before."""
    before = {kind: kind() for kind in KINDS}
    yield
    leaked = leaks(before)
    if leaked:
        gc.collect()  # what was dropped in a reference cycle ends only now
    deadline = time.monotonic() + GRACE
    while leaked and time.monotonic() < deadline:
        for each in {*leaked.get("threads", ()), *leaked.get("processes", ())}:
            wait_for_end(each, deadline)
        leaked = leaks(before)
        if leaked:  # a thread that was there before may be about to let go of it
            threading.Event().wait(0.005)
    if process.holds:
        pausable.resume()
    attention.intersection_update(before[requests])  # or the tests that follow fail for this one
    assert not leaked
