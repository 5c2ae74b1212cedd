"""The driver of anyio's task groups, on asyncio: their tasks rest at checkpoints of ours."""

from __future__ import annotations

import asyncio
from functools import partial, wraps
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from adapters.drivers import NO_PROCESSES, Coroutines, Submitting

from pausable import aio

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

__all__ = ["DRIVERS", "AnyioGroups"]


class AnyioGroups(Coroutines):
    """The task groups of anyio."""

    lacks = {  # noqa: RUF012 - it is not written to
        **NO_PROCESSES,
        "groups": "make another AnyioGroup",
        "step": Coroutines.lacks["step"],
    }
    spared = {  # noqa: RUF012 - it is not written to
        **Coroutines.spared,
        "failures": "what a task raises ends its group",
        "faults": "what a task raises ends its group, as ever with anyio",
        "preemption": "tasks rest at `await aio.checkpoint()` and in `aio.sleep()`",
        "time limits": "anyio has some: `anyio.fail_after()`, in wall time",
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


class Started(Submitting):
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

    def options(self, name: str | None = None) -> Submitting:
        """Return one with a name for tasks."""
        other = Submitting(self._loop, self._scope, name)
        other.submit = partial(self._submit, name)  # type: ignore[method-assign]
        return other

    def submit(self, fn: Callable[..., Any], *args: Any) -> Any:
        """Make a task; return its future."""
        return self._submit(None, fn, *args)

    def _submit(self, name: str | None, fn: Callable[..., Any], *args: Any) -> Any:
        async def start() -> Any:
            return self._scope.start_soon(fn, *args, name=name)

        return self._loop.run_until_complete(start())

    def shutdown(self, wait: bool = True) -> bool:
        """Take no more; with *wait*, end the block."""
        if wait and not self._block.done():
            self._over.set()
            self._loop.run_until_complete(self._block)
        return super().shutdown(wait)


DRIVERS = (AnyioGroups,) if find_spec("anyio") else ()
