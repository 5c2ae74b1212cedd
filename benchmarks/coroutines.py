"""What it costs that a coroutine is driven, and how long a loop is busy when many go on at once.

A switch is measured by hand, without a loop, and through one. Then ten thousand tasks that rest go
on: against the way to do that with asyncio alone, an event that all of them await. What is measured
is the largest gap between two beats of a task on the same loop, which wants to run each
millisecond. The collector of garbage is left out on both sides: with so many objects a collection
is a gap of its own, whoever has made them.
"""

from __future__ import annotations

import asyncio
import gc
from contextlib import contextmanager
from functools import partial
from types import coroutine
from typing import TYPE_CHECKING, Any

from benchmarks.clock import now
from benchmarks.contest import Against, Contest
from pausable import aio

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator, Iterator

__all__ = ["contests"]


def contests(*, quick: bool) -> Iterator[Contest]:
    """List what there is to measure."""
    hops = 100 if quick else 100_000
    tasks = 300 if quick else 10_000
    yield Contest(
        "coroutines-switch",
        "a switch of a driven coroutine, by hand",
        partial(switches, hops, driven=True),
        (Against("a bare one", partial(switches, hops, driven=False), 1.6),),
        sense="cost",
        runs=15,
    )
    yield Contest(
        "coroutines-loop",
        "`await asyncio.sleep(0)` in a task group",
        partial(turns, hops // 10, aio.TaskGroup),
        (Against("in asyncio's", partial(turns, hops // 10, asyncio.TaskGroup), 1.2),),
        sense="cost",
        runs=9,
    )
    yield Contest(
        "coroutines-resume",
        f"the loop's largest gap when {tasks:,} coroutines go on",
        partial(gap, partial(resumed, tasks)),
        (Against("an asyncio.Event that all await", partial(gap, partial(set_, tasks)), 1.0),),
        sense="cost",
    )


@coroutine
def hop() -> Generator[None, None, None]:
    """Let go of the thread once."""
    yield


async def hops(number: int) -> None:
    """Switch so many times."""
    for _ in range(number):
        await hop()


@contextmanager
def switches(number: int, *, driven: bool) -> Iterator[Callable[[], float]]:
    """Send a coroutine so many times what asyncio sends."""

    async def measure() -> float:
        async with aio.TaskGroup() as tasks:
            return min(
                _sent(tasks.drive(hops(number)) if driven else hops(number)) / number
                for _ in range(5)
            )

    yield lambda: asyncio.run(measure())


def _sent(code: Coroutine[Any, Any, None]) -> float:
    send = code.send
    began = now()
    try:
        while True:
            send(None)
    except StopIteration:
        return now() - began


@contextmanager
def turns(number: int, group: type[asyncio.TaskGroup]) -> Iterator[Callable[[], float]]:
    """Let one task give way to others so many times."""

    async def give_way() -> float:
        began = now()
        for _ in range(number):
            await asyncio.sleep(0)
        return (now() - began) / number

    async def measure() -> float:
        async with group() as tasks:
            return await tasks.create_task(give_way())

    yield lambda: asyncio.run(measure())


@contextmanager
def gap(go_on: Callable[[list[float]], Coroutine[Any, Any, None]]) -> Iterator[Callable[[], float]]:
    """Measure the largest gap between two beats while *go_on* lets tasks go."""

    async def measure() -> float:
        gaps: list[float] = []
        beats = asyncio.create_task(beat(gaps))
        await go_on(gaps)
        beats.cancel()
        return max(gaps)

    def run() -> float:
        gc.collect()
        gc.disable()
        try:
            return asyncio.run(measure())
        finally:
            gc.enable()

    yield run


async def beat(gaps: list[float]) -> None:
    """Note the time between each two turns, which are to be a millisecond apart."""
    last = now()
    while True:
        await asyncio.sleep(0.001)
        last, before = now(), last
        gaps.append(last - before)


async def resumed(number: int, gaps: list[float]) -> None:
    """Pause and resume a task group."""
    async with aio.TaskGroup() as tasks:
        made = [tasks.create_task(asyncio.sleep(0.05)) for _ in range(number)]
        await asyncio.sleep(0)
        tasks.pause("the benchmark")
        await tasks.wait_quiescent()
        await asyncio.sleep(0.3)  # all timers have gone off
        await asyncio.sleep(0.01)
        gaps.clear()
        tasks.resume()
        await asyncio.wait(made)
        await asyncio.sleep(0.01)


async def set_(number: int, gaps: list[float]) -> None:
    """Set an event that all tasks await."""
    event = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        made = [tasks.create_task(event.wait()) for _ in range(number)]
        await asyncio.sleep(0.3)
        await asyncio.sleep(0.01)
        gaps.clear()
        event.set()
        await asyncio.wait(made)
        await asyncio.sleep(0.01)
