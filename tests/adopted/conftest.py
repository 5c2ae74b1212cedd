"""What the tests in this directory share: pools of the stdlib, adopted, that end whatever happens."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import thread as stdlib
from typing import TYPE_CHECKING, Any

import pytest
from helpers import until

import pausable
from pausable._core.attention import foreign
from pausable._core.derived import validate
from pausable.adopted.crew import by_queue, watched
from pausable.scopes.process import process
from pausable.scopes.timer import timer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RESTS = sys.version_info >= (3, 12)
"""Whether what runs rests between two lines; before 3.12 it goes on, and is named."""

SOON = 20.0


class Counter:
    """A call that counts, in code that has never heard of us, until it is let go."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.began = threading.Event()
        self.go = False
        self.count = 0
        self.cleaned = 0

    def __call__(self) -> int:
        """Count."""
        self.began.set()
        try:
            while not self.go:
                self.count += 1
                self.nap()
        finally:
            self.cleaned += 1
        return self.count

    def nap(self) -> None:
        """Let the others run."""
        moment = threading.Event()
        moment.wait(0.0005)


@pytest.fixture(autouse=True)
def alone(no_other_pools) -> None:
    """Count pools without those of tests before."""


@pytest.fixture
def make() -> Iterator[Callable[..., ThreadPoolExecutor]]:
    """Make pools of the stdlib, which are shut down after the test."""
    made: list[ThreadPoolExecutor] = []

    def make(max_workers: int = 2, cls: Any = ThreadPoolExecutor, **given: Any) -> Any:
        made.append(cls(max_workers, **given))
        return made[-1]

    yield make
    for pool in made:
        pool.shutdown()


@pytest.fixture
def counters(make) -> Iterator[Callable[[], Counter]]:
    """Make calls that count; after the test they are let go."""
    made: list[Counter] = []

    def one() -> Counter:
        made.append(Counter())
        return made[-1]

    yield one
    for each in made:
        each.go = True


@pytest.fixture
def adopted(make, counters) -> Iterator[None]:
    """Have the pools of the stdlib adopted during the test; nothing is left of that afterwards."""
    before = in_the_stdlib()
    assert pausable.adopt()
    yield
    for root in process.roots():
        assert not validate(root.pool)
    pausable.give_back()
    pausable.resume()
    assert in_the_stdlib() == before
    assert not by_queue
    assert not watched


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Wait until no task stands for a call, and nobody is looked for: neither is announced."""
    yield
    until(lambda: not any(seat.task for seat in foreign.values()), what="all tasks are over")
    until(lambda: timer._thread is None, what="the timer's thread ends")


def in_the_stdlib() -> list[object]:
    """List what an adoption replaces."""
    names = ("__init__", "shutdown")
    return [vars(stdlib._WorkItem)["run"], *(vars(ThreadPoolExecutor)[name] for name in names)]


def handle(pool: ThreadPoolExecutor) -> Any:
    """Return the handle of a pool of the stdlib."""
    (found,) = listed(pool._thread_name_prefix)
    return found


def listed(name: str) -> list[Any]:
    """List the pools of that name: the process may have one of the stdlib's from elsewhere."""
    return [each for each in pausable.pools() if each.name == name]
