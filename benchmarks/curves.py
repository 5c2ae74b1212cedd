"""The curves: how times grow with what is queued, with what rests, and with the workers."""

from __future__ import annotations

import gc
import random
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import resuming, throughput
from benchmarks.clock import now
from benchmarks.pools import StdlibPool, ThreadPoolExecutor
from benchmarks.scaling import crowded, medians

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from benchmarks.contest import Side

__all__ = ["Curve", "Points", "curves", "draw_points"]

_GROUPS = 100
_TASKS = 20_000

Points = dict[str, list[tuple[int, float]]]  # by series: the x, and the median of the seconds


@dataclass(frozen=True)
class Curve:
    """What is measured at each x, all series of it in one go."""

    name: str
    title: str
    x: str
    xs: tuple[int, ...]
    take: Callable[[int], dict[str, float]]
    runs: int = 5


def curves(*, quick: bool = False) -> Iterator[Curve]:
    """List the curves."""
    yield Curve(
        "queued",
        f"A pool with {_GROUPS} groups",
        "queued tasks",
        (100, 1_000) if quick else (100, 1_000, 10_000, 100_000, 1_000_000),
        take_queued,
        runs=3,
    )
    yield Curve(
        "resting",
        "From a resume until the last of the tasks has moved",
        "resting tasks",
        (1, 8) if quick else (1, 8, 64, 256, 1_000, 2_000),
        partial(
            take_sides,
            {
                "pausable": lambda x: partial(resuming.our_side, x),
                "Event.set()": lambda x: partial(resuming.their_side, x),
            },
        ),
    )
    tasks = 100 if quick else _TASKS
    yield Curve(
        "workers",
        f"{tasks:,} no-op tasks, from the first submit to the last result",
        "workers",
        (1, 2) if quick else (1, 2, 4, 8, 16, 32, 64),
        partial(
            take_sides,
            {
                "pausable": lambda x: partial(throughput.side, ThreadPoolExecutor, x, tasks),
                "stdlib": lambda x: partial(throughput.side, StdlibPool, x, tasks),
            },
        ),
    )


def draw_points(curve: Curve, runs: int | None = None) -> Points:
    """Measure at each x several times, in random order, and give the medians."""
    turns = list(curve.xs) * (runs or curve.runs)
    random.shuffle(turns)
    taken: dict[str, dict[int, list[float]]] = {}
    for x in turns:
        gc.collect()
        for series, value in curve.take(x).items():
            taken.setdefault(series, {}).setdefault(x, []).append(value)
    return {
        series: sorted((x, median(values)) for x, values in by_x.items())
        for series, by_x in taken.items()
    }


def take_sides(sides: Mapping[str, Callable[[int], Side]], x: int) -> dict[str, float]:
    """Let the sides take turns."""
    found = {}
    for series in random.sample(list(sides), len(sides)):
        with sides[series](x)() as measure:
            gc.collect()
            found[series] = measure()
    return {series: found[series] for series in sides}


def take_queued(x: int) -> dict[str, float]:
    """Measure all that could depend on how many are queued."""
    began = now()
    with crowded(x, _GROUPS) as pool:
        found = {"submit, each": (now() - began) / x}
        gc.collect()
        found |= medians(pool)
        half = pool.tasks()[-(x // 2) :]
        began = now()
        for future in half:
            future.cancel()
        found["cancel, each"] = (now() - began) / len(half)
        del half, future
        began = now()
        pool.shutdown(wait=False, cancel_futures=True)
        found["shutdown, each"] = (now() - began) / (x - x // 2)
    return found
