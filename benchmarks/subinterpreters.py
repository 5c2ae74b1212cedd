"""What a pool of sub-interpreters costs, against the stdlib's: a round trip, a checkpoint."""

from __future__ import annotations

import concurrent.futures
from contextlib import contextmanager
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

from benchmarks.checkpoint import checkpoints, our_side, timed
from benchmarks.contest import Against, Contest
from benchmarks.roundtrip import there_and_back
from benchmarks.throughput import submit_to_results
from pausable import futures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

__all__ = ["contests"]


def contests(*, quick: bool) -> Iterator[Contest]:
    """List what there is to measure, where the stdlib has such a pool."""
    if not hasattr(concurrent.futures, "InterpreterPoolExecutor"):
        return
    tasks, trips, loops = (40, 10, 20) if quick else (2_000, 500, 5_000)
    for name, text, measure, number, least in (
        (
            "throughput",
            f"{tasks:,} no-op tasks, submit to all results, 1 interpreter",
            submit_to_results,
            tasks,
            0.8,
        ),
        # One more thread is woken than by the stdlib's, which cannot pause.
        ("roundtrip", "submit(...).result(), 1 interpreter", there_and_back, trips, 0.5),
    ):
        yield Contest(
            f"interpreters-{name}",
            text,
            partial(side, futures, measure, number),
            (Against("stdlib's pool", partial(side, concurrent.futures, measure, number), least),),
        )
    yield Contest(
        "interpreters-checkpoint",
        "checkpoint() in a sub-interpreter while nothing is paused",
        partial(checkpoint_side, loops),
        (Against("in a thread", partial(our_side, loops), 1.1),),
        sense="cost",
        runs=15,
    )


@contextmanager
def side(
    module: ModuleType, measure: Callable[[Any, int], float], number: int
) -> Iterator[Callable[[], float]]:
    """Measure on a pool that has its interpreter."""
    with module.InterpreterPoolExecutor(1) as pool:
        submit_to_results(pool, 20)
        yield partial(measure, pool, number)


@contextmanager
def checkpoint_side(loops: int) -> Iterator[Callable[[], float]]:
    """Call checkpoint() in a task of our pool of interpreters."""
    with futures.InterpreterPoolExecutor(1) as pool:  # type: ignore[attr-defined]
        yield lambda: pool.submit(in_interpreter, loops).result()


def in_interpreter(loops: int) -> float:
    """Return the seconds of one check, there."""
    return timed(checkpoints, Event(), loops)
