"""The drivers of pools whose tasks run elsewhere: what differs between processes and interpreters."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers import until
from processes import errands
from start_methods import METHODS

from pausable import futures

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["DRIVERS", "Elsewhere"]

TESTS = str(Path(__file__).parents[1])


class Elsewhere:
    """A kind of pools, each of whose tasks runs in a worker: a process, or an interpreter."""

    refusal = ""  #: why there are none here
    cannot_preempt = ""  #: why tasks in them do not rest between two lines here
    last_resort: Mapping[str, float] = {}  #: how a stop ends tasks that do not listen
    long_call: Callable[[Path], object]  #: is in C code with its last line, for as long as wanted
    flags: tuple[str, ...] = ()  #: of a program that has one

    def __init__(self, name: str) -> None:
        """Say what it is called."""
        self.name = name

    @property
    def making(self) -> str:
        """Write down how a program makes a pool of one worker."""
        raise NotImplementedError

    def make(self, workers: int, **options: Any) -> Any:
        """Make a pool."""
        raise NotImplementedError

    def workers(self, pool: Any) -> int:
        """Count the workers that a pool has."""
        raise NotImplementedError

    def settle(self, pool: Any) -> None:
        """Wait until as many workers are there as tasks can run."""
        raise NotImplementedError

    def end_long_call(self, future: Any, folder: Path) -> None:
        """Have a task end that is in C code."""
        raise NotImplementedError


class Processes(Elsewhere):
    """Pools of processes, by one way to start them."""

    long_call = staticmethod(errands.one_long_call)
    last_resort = {"kill_after": 3}  # noqa: RUF012 - it is not written to
    cannot_preempt = "" if sys.version_info >= (3, 12) else "sys.monitoring is there since 3.12"

    @property
    def making(self) -> str:
        """Write down how a program makes a pool of one worker."""
        return f"futures.ProcessPoolExecutor(1, multiprocessing.get_context({self.name!r}))"

    def make(self, workers: int, **options: Any) -> Any:
        """Make a pool."""
        context = multiprocessing.get_context(self.name)
        return futures.ProcessPoolExecutor(workers, context, **options)

    def workers(self, pool: Any) -> int:
        """Count the processes that a pool has."""
        return len(pool._processes)

    def settle(self, pool: Any) -> None:
        """Have as many started as tasks can run."""
        for future in [pool.submit(errands.pid_of) for _ in range(pool.max_workers)]:
            future.result()

    def end_long_call(self, future: Any, folder: Path) -> None:
        """Kill its process."""
        del folder
        assert future.stop("enough", kill_after=0)


class Interpreters(Elsewhere):
    """Pools of interpreters, which find the modules of the tests."""

    long_call = staticmethod(errands.wait_in_one_call)
    flags = ("-W", "error")
    making = "futures.InterpreterPoolExecutor(1)"
    if not hasattr(concurrent.futures, "InterpreterPoolExecutor"):
        refusal = "InterpreterPoolExecutor is there since Python 3.14"

    def make(self, workers: int, **options: Any) -> Any:
        """Make a pool."""
        options.setdefault("initializer", find_tests)
        options.setdefault("initargs", (TESTS,))
        return futures.InterpreterPoolExecutor(workers, **options)

    def workers(self, pool: Any) -> int:
        """Count the threads of a pool, each of which has an interpreter."""
        return len(pool._threads)

    def settle(self, pool: Any) -> None:
        """Have as many started as tasks can run; each is made, and initialized, by a thread."""
        for future in [pool.submit(errands.wait_a_moment) for _ in range(pool.max_workers)]:
            future.result()
        until(lambda: not pool._p_node.pool.seats.initializing)

    def end_long_call(self, future: Any, folder: Path) -> None:
        """Give it what it waits for; nobody can kill it."""
        assert not future.done()
        with (folder / "pipe").open("w"):
            pass


def find_tests(path: str) -> None:
    """Have an interpreter find what pytest has found."""
    import sys  # noqa: PLC0415 - it is sent without its module

    sys.path.insert(0, path)


DRIVERS: dict[str, Callable[[str], Elsewhere]] = {
    **dict.fromkeys(METHODS, Processes),
    "interpreters": Interpreters,
}
"""By what they are called."""
