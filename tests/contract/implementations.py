"""The implementations of the contract: the stdlib's pool, which is the oracle, and pausable's."""

from __future__ import annotations

import concurrent.futures
import sys
import threading
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import pausable

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

__all__ = [
    "BUFFERED",
    "EXECUTORS",
    "GROUP",
    "OURS",
    "POOL",
    "POOLS",
    "SOON",
    "STDLIB",
    "SUBMITTERS",
    "VIEW",
    "Implementation",
    "Latch",
    "Maker",
]

SOON = 20.0  #: seconds in which what must happen has happened, on a machine however busy


@dataclass(frozen=True)
class Implementation:
    """One that the contract is checked against: how a pool is made, and what of it is used."""

    name: str
    make_pool: Callable[..., Any]
    take: Callable[[Any], Any] = lambda pool: pool

    @property
    def is_oracle(self) -> bool:
        """Say whether this is the stdlib's."""
        return self is STDLIB


STDLIB = Implementation("stdlib", concurrent.futures.ThreadPoolExecutor)
POOL = Implementation("pool", pausable.ThreadPoolExecutor)
GROUP = Implementation("group", pausable.ThreadPoolExecutor, lambda pool: pool.group("part"))
VIEW = Implementation("view", pausable.ThreadPoolExecutor, lambda pool: pool.options(name="named"))

POOLS = (STDLIB, POOL)
OURS = (POOL, GROUP)
EXECUTORS = (STDLIB, POOL, GROUP)
SUBMITTERS = (*EXECUTORS, VIEW)  #: those that can submit and map; a view can do nothing else

# The stdlib has map(buffersize=) from 3.14 on; ours has it on every Python.
BUFFERED = SUBMITTERS if sys.version_info >= (3, 14) else (POOL, GROUP, VIEW)


@dataclass
class Maker:
    """Makes executors of one implementation, and ends them, whatever the test has left of them."""

    implementation: Implementation
    made: list[weakref.ref[Executor]] = field(default_factory=list)

    @property
    def is_oracle(self) -> bool:
        """Say whether this makes the stdlib's."""
        return self.implementation.is_oracle

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Make one, with the arguments of the pool. It is referred to by the caller alone."""
        pool = self.implementation.make_pool(*args, **options)
        self.made.append(weakref.ref(pool))
        return self.implementation.take(pool)

    def end(self) -> None:
        """Let all tasks go, and wait for the threads."""
        Latch.let_all_go()
        for reference in self.made:
            pool = reference()
            if isinstance(pool, pausable.ThreadPoolExecutor):
                assert pool.shutdown(timeout=SOON), pool.status()
            elif pool is not None:
                pool.shutdown(wait=True)


class Latch:
    """A task that says that it has begun, goes on when it is let go, and returns its argument."""

    _all: ClassVar[weakref.WeakSet[Latch]] = weakref.WeakSet()

    def __init__(self) -> None:
        """Make one that is closed."""
        self._began = threading.Semaphore(0)
        self._go = threading.Event()
        self._all.add(self)

    def __call__(self, value: object = None) -> object:
        """Run as the task."""
        self._began.release()
        assert self._go.wait(SOON), "nobody let this task go"
        return value

    def wait_begun(self, count: int = 1) -> None:
        """Wait until *count* more of the tasks have begun."""
        for _ in range(count):
            assert self._began.acquire(timeout=SOON), "the task has not begun"

    def go(self) -> None:
        """Let the tasks go, those that will come included."""
        self._go.set()

    @classmethod
    def let_all_go(cls) -> None:
        """Let the tasks of all latches go, at the end of a test."""
        for latch in tuple(cls._all):
            latch.go()
