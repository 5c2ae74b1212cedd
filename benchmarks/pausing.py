"""How long it takes from a pause until everything rests, with tasks that check in a loop."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from statistics import median
from threading import Barrier
from time import perf_counter, sleep
from typing import TYPE_CHECKING

from benchmarks.contest import Against, Contest
from benchmarks.pools import StdlibPool, ThreadPoolExecutor
from benchmarks.recipe import Recipe
from pausable import checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["contests", "our_side", "their_side"]


def contests(*, quick: bool) -> Iterator[Contest]:
    """List what there is to measure."""
    for tasks in (1, 8) if quick else (1, 8, 64):
        # 64 tasks that want the interpreter take a third of a second to come round.
        pauses = 1 if quick or tasks > 8 else 7
        yield Contest(
            f"pausing-{tasks}",
            f"pause to quiescent, {tasks} task{'s' * (tasks > 1)} checking in a loop",
            partial(our_side, tasks, pauses),
            (
                Against(
                    "the recipe with a counter",
                    partial(their_side, tasks, pauses),
                    1.0 if tasks > 1 else None,
                ),
            ),
            sense="cost",
            runs=9 if tasks > 8 else 15,
        )


class Loops:
    """Tasks that count and check until they are told to end."""

    def __init__(self, tasks: int) -> None:
        """Begin at zero; the tasks wait until all of them have their threads."""
        self.counts = [0] * tasks
        self.go_on = True
        self.start = Barrier(tasks + 1)

    def checkpoints(self, index: int) -> None:
        """Count, with our checkpoint."""
        self.start.wait()
        while self.go_on:
            checkpoint()
            self.counts[index] += 1

    def checks(self, index: int, recipe: Recipe) -> None:
        """Count, with the recipe's."""
        self.start.wait()
        while self.go_on:
            recipe.check()
            self.counts[index] += 1

    def wait_moved(self) -> None:
        """Wait until each of them has counted on."""
        before = self.counts[:]
        sleep(0.01)
        while any(now == then for now, then in zip(self.counts, before, strict=True)):
            sleep(0.01)

    def time(self, pause: Callable[[], object], resume: Callable[[], object]) -> float:
        """Return the seconds of a pause."""
        self.wait_moved()
        began = perf_counter()
        pause()
        took = perf_counter() - began
        resume()
        return took


@contextmanager
def our_side(tasks: int, pauses: int) -> Iterator[Callable[[], float]]:
    """Pause our pool."""
    loops = Loops(tasks)
    with ThreadPoolExecutor(tasks) as pool:
        for index in range(tasks):
            pool.submit(loops.checkpoints, index)
        loops.start.wait()
        pause = partial(_pause, pool)
        yield lambda: median(loops.time(pause, pool.resume) for _ in range(pauses))
        loops.go_on = False


def _pause(pool: ThreadPoolExecutor) -> None:
    pool.pause("the benchmark").wait()


@contextmanager
def their_side(tasks: int, pauses: int) -> Iterator[Callable[[], float]]:
    """Pause tasks of the stdlib's pool that follow the recipe."""
    loops = Loops(tasks)
    recipe = Recipe(tasks)
    with StdlibPool(tasks) as pool:
        for index in range(tasks):
            pool.submit(loops.checks, index, recipe)
        loops.start.wait()
        yield lambda: median(loops.time(recipe.pause, recipe.resume) for _ in range(pauses))
        loops.go_on = False
