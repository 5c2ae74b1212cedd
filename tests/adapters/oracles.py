"""The oracles of the contract: the stdlib's executors, for what they promise as well."""

from __future__ import annotations

import multiprocessing
from concurrent import futures
from functools import cached_property, partial, wraps
from typing import TYPE_CHECKING, Any

from adapters.drivers import Driver
from adapters.puppets import Theatre

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

__all__ = ["ORACLES"]


class Oracle(Driver):
    """One of the stdlib's executors: it has nothing that is ours."""

    def map(self, pool: Any, fn: Callable[..., Any], items: Iterable[Any]) -> list[Any]:
        """Let it do that, and wait."""
        return list(pool.map(self.task(fn), items))

    def end(self) -> None:
        """Wait for all."""
        for executor in self.made:
            executor.shutdown()


class StdlibThreads(Oracle):
    """The stdlib's pool of threads."""

    def _make(self, limit: int, **terms: Any) -> futures.Executor:
        return futures.ThreadPoolExecutor(limit, **terms)

    def task(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Return what runs a generator function to its end, and stands for `fn`."""
        return wraps(fn)(partial(_run, fn))


def _run(fn: Callable[..., Generator[None, None, Any]], *args: Any) -> Any:
    code = fn(*args)
    while True:
        try:
            next(code)
        except StopIteration as end:
            return end.value


class StdlibProcesses(Oracle):
    """The stdlib's pool of processes."""

    @cached_property
    def _theatre(self) -> Theatre:
        return Theatre()

    def _make(self, limit: int, **terms: Any) -> futures.Executor:
        return futures.ProcessPoolExecutor(limit, multiprocessing.get_context(), **terms)

    def task(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Return what has its steps done here."""
        return self._theatre.puppet(fn)

    def end(self) -> None:
        """Wait for all, and end the theatre."""
        super().end()
        self._theatre.close()


ORACLES = (StdlibThreads, StdlibProcesses)
