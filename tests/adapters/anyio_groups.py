"""The driver of anyio's task groups, on asyncio: their tasks rest at checkpoints of ours."""

from __future__ import annotations

import asyncio
from functools import partial, wraps
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from adapters.drivers import NO_PROCESSES, Coroutines, Submitting

from pausable import TaskTimeout, aio

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

__all__ = ["DRIVERS", "AnyioGroups"]


class AnyioGroups(Coroutines):
    """The task groups of anyio."""

    lacks = {  # noqa: RUF012 - it is not written to
        **NO_PROCESSES,
        "step": Coroutines.lacks["step"],
    }
    spared = {  # noqa: RUF012 - it is not written to
        **Coroutines.spared,
        "failures": "what a task raises ends its group",
        "faults": "what a task raises ends its group, as ever with anyio",
        "preemption": "tasks rest at `await aio.checkpoint()` and in `aio.sleep()`",
    }

    def _make(self, limit: int, **terms: Any) -> Started:
        return Started(self._loop, limit, **terms)

    def task(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Return what comes to a checkpoint at each of its yields."""
        return wraps(fn)(partial(_walk, fn))


async def _walk(fn: Callable[..., Generator[None, None, Any]], *args: Any) -> Any:
    code = fn(*args)
    step: Callable[[], object] = partial(next, code)
    while True:
        try:
            step()
        except StopIteration as end:
            return end.value
        try:
            await asyncio.sleep(0)
            await aio.checkpoint()
        except BaseException as error:  # noqa: BLE001 - it is the generator's
            step = partial(code.throw, error)
        else:
            step = partial(next, code)


class Calling(Submitting):
    """A scope of anyio's as an executor."""

    def options(self, name: str | None = None, timeout: float | None = None) -> Submitting:
        """Return one with a name for tasks, or, as there is no limit for one alone, a group."""
        scope = self._scope if timeout is None else self._scope.group("limited", timeout=timeout)
        return Calling(self._loop, scope, name)

    def group(self, name: str, **terms: Any) -> Submitting:
        """Make a group."""
        return Calling(self._loop, self._scope.group(name, **terms))

    def submit(self, fn: Callable[..., Any], *args: Any) -> Any:
        """Make a task; return its future."""

        async def start() -> Any:
            return self._scope.start_soon(fn, *args, name=self._name)

        return self._loop.run_until_complete(start())


class Started(Calling):
    """A group of anyio's as an executor: a task of asyncio's is in its block."""

    def __init__(self, loop: asyncio.AbstractEventLoop, limit: int, **terms: Any) -> None:
        """Begin its block."""
        from pausable.aio.anyio_group import AnyioGroup  # noqa: PLC0415 - an extra

        super().__init__(loop, AnyioGroup("anyio", limit=limit, **terms))
        self._over = asyncio.Event()
        begun = asyncio.Event()
        self._block = loop.create_task(self._stay(begun))
        loop.run_until_complete(begun.wait())

    async def _stay(self, begun: asyncio.Event) -> None:
        async with self._scope:
            begun.set()
            await self._over.wait()

    def shutdown(self, wait: bool = True) -> bool:
        """Take no more; with *wait*, end the block."""
        if wait and not self._block.done():
            self._over.set()
            try:
                self._loop.run_until_complete(self._block)
            except* TaskTimeout:  # it ends its group, as all that a task raises
                pass
        return super().shutdown(wait)


DRIVERS = (AnyioGroups,) if find_spec("anyio") else ()
