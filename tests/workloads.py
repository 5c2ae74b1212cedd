"""Workloads for tests: tasks whose progress can be seen, and pools that end whatever happens."""

from __future__ import annotations

import threading
import time
import weakref
from concurrent.futures import Future as StdlibFuture
from typing import TYPE_CHECKING, Any

import pytest

from pausable import Group, ThreadPoolExecutor, checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Loop", "Stuck", "background", "end", "make_pool", "pool"]

_everything: weakref.WeakSet[Loop | Stuck] = weakref.WeakSet()


class Loop:
    """A task that goes round over a checkpoint, and counts, until it is let go."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.go = threading.Event()
        self.rounds = 0
        _everything.add(self)

    def __call__(self) -> int:
        self.began.set()
        while not self.go.is_set():
            checkpoint()
            self.rounds += 1
            time.sleep(0.0005)
        return self.rounds


class Stuck:
    """A task that comes to no checkpoint until it is let go, and then to one."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.go = threading.Event()
        _everything.add(self)

    def __call__(self) -> str:
        self.began.set()
        assert self.go.wait(30), "nobody let this task go"
        checkpoint()
        return "let go"


def background(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> StdlibFuture[Any]:
    """Call *fn* on a thread of its own; return a plain future of its outcome."""
    outcome: StdlibFuture[Any] = StdlibFuture()

    def call() -> None:
        try:
            result = fn(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - whoever takes the result gets it
            outcome.set_exception(error)
        else:
            outcome.set_result(result)

    threading.Thread(target=call, name="background", daemon=True).start()
    return outcome


def end(pool: ThreadPoolExecutor) -> None:
    """End a pool, in whatever state the test has left it."""
    for workload in tuple(_everything):
        workload.go.set()
    pool.stop("the test is over")
    pool.resume()
    for node in list(pool._p_node.below())[1:]:
        Group(pool, node).resume()
    assert pool.shutdown(timeout=20), pool.status()


@pytest.fixture
def make_pool() -> Iterator[Callable[..., ThreadPoolExecutor]]:
    """Make pools that are ended after the test, paused or not."""
    made = []

    def make(max_workers: int = 2, **options: Any) -> ThreadPoolExecutor:
        pool = ThreadPoolExecutor(max_workers, **options)
        made.append(pool)
        return pool

    yield make
    for pool in made:
        end(pool)


@pytest.fixture
def pool(make_pool: Callable[..., ThreadPoolExecutor]) -> ThreadPoolExecutor:
    """Give a pool of two workers that is ended after the test, paused or not."""
    return make_pool(2)
