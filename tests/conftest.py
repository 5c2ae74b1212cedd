"""What holds for every test: it leaves nothing behind."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from pausable._core.attention import attention
from pausable.threads.timer import timer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GRACE = 5.0  # seconds in which what a test has ended must be gone

# Nothing asserts a duration, the examples of a property included: machines are busy.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def threads() -> set[Any]:
    """Return the threads that can be joined: not those that C code or `_thread` started."""
    found = threading.enumerate()
    return {each for each in found if not isinstance(each, threading._DummyThread)}


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


KINDS: tuple[Callable[[], set[Any]], ...] = (
    threads,
    processes,
    sockets,
    monitoring_tools,
    requests,
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


@pytest.fixture(autouse=True, scope="session")
def no_lingering() -> None:
    """Let the timer's thread end when there is nothing to do, so that what keeps it there is found."""
    timer.linger = 0.0


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
        ending = {*leaked.get("threads", ()), *leaked.get("processes", ())}
        for each in ending:
            wait_for_end(each, deadline)
        leaked = leaks(before)
        if not ending:
            break
    attention.intersection_update(before[requests])  # or the tests that follow fail for this one
    assert not leaked
