"""Whether it takes longer where more is queued: a million tasks against ten, all else the same."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from statistics import median
from threading import Event
from typing import TYPE_CHECKING

from benchmarks.clock import now
from benchmarks.contest import Against, Contest
from benchmarks.pools import ThreadPoolExecutor, noop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pausable.scopes.scope import Scope

__all__ = ["contests", "crowded", "medians"]

_PAUSES = 101


def contests(*, quick: bool) -> Iterator[Contest]:
    """List what there is to measure."""
    many = 1_000 if quick else 1_000_000
    yield Contest(
        "scaling-pause",
        f"pause() with {many:,} queued tasks",
        partial(side, many, "pause"),
        (Against("pause() with 10 queued", partial(side, 10, "pause"), 1.5),),
        sense="cost",
        runs=5,
    )
    yield Contest(
        "scaling-resume",
        f"resume() with {many:,} queued tasks",
        partial(side, many, "resume"),
        (Against("resume() with 10 queued", partial(side, 10, "resume"), 1.5),),
        sense="cost",
        runs=5,
    )


@contextmanager
def side(queued: int, what: str) -> Iterator[Callable[[], float]]:
    """Measure one of the things that `medians` measures."""
    with crowded(queued, 0) as pool:
        yield lambda: medians(pool)[what]


@contextmanager
def crowded(queued: int, groups: int) -> Iterator[ThreadPoolExecutor]:
    """Make a pool whose one worker is busy, with so many queued tasks, in so many groups if any."""
    began, go = Event(), Event()

    def wait() -> None:
        began.set()
        go.wait()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(wait)
        began.wait()
        scopes: list[Scope] = [pool.group(f"group-{index}") for index in range(groups)]
        scopes = scopes or [pool]
        for index in range(queued):
            scopes[index % len(scopes)].submit(noop)
        try:
            yield pool
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            go.set()


def medians(pool: ThreadPoolExecutor) -> dict[str, float]:
    """Return the seconds of a pause, a resume and a status, of one in the middle of many."""
    taken: dict[str, list[float]] = {"pause": [], "resume": [], "status": []}
    for _ in range(_PAUSES):
        began = now()
        pool.pause("the benchmark")
        paused = now()
        pool.status()
        seen = now()
        pool.resume()
        taken["resume"].append(now() - seen)
        taken["pause"].append(paused - began)
        taken["status"].append(seen - paused)
    return {name: median(times) for name, times in taken.items()}
