"""What preemption costs: while nothing is paused, in a pause, and those who are not meant.

Unmodified loops in a preemptive pool, against the same work in the stdlib's pool, and against loops
with a checkpoint in a pool that is not preemptive.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import partial
from statistics import median, quantiles
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING

from benchmarks.clock import now
from benchmarks.contest import Against, Contest
from benchmarks.pausing import Loops
from benchmarks.pools import StdlibPool, ThreadPoolExecutor
from pausable import checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["contests"]

_WITHIN = {50: 2.0, 99: 2.0}  # times what cooperative checkpoints take, by percentile


def contests(*, quick: bool) -> Iterator[Contest]:
    """List what there is to measure."""
    if sys.version_info < (3, 12):
        return
    size = 200 if quick else 200_000
    for name, work in (("loop", loop), ("objects", objects), ("calls", calls)):
        for pauses in (0, 10 if quick else 1_000):
            after = f"after {pauses:,} pauses" if pauses else "before any pause"
            yield Contest(
                f"preempting-{name}{'-after' if pauses else ''}",
                f"running ({name}) in a preemptive pool, {after}",
                partial(running, preemptive, work, size, pauses),
                (Against("stdlib's pool", partial(running, StdlibPool, work, size, 0), 1.0),),
                sense="cost",
                runs=15,
            )
    for kind in ("CPU", "I/O"):
        for tasks in (1, 8) if quick else (1, 8, 64):
            for percentile in (50, 99):
                yield _pausing(kind, tasks, percentile, quick=quick)
    yield Contest(
        "preempting-others",
        "unrelated code of another thread, while a preemptive pool is paused",
        partial(beside, size, paused=True),
        (Against("while it is not", partial(beside, size, paused=False), 1.0),),
        sense="cost",
        runs=15,
    )


def _pausing(kind: str, tasks: int, percentile: int, *, quick: bool) -> Contest:
    # 64 tasks that want the interpreter take a third of a second to come round.
    pauses = 2 if quick else 6 if tasks > 8 and kind == "CPU" else 40
    return Contest(
        f"preempting-{kind.replace('/', '').lower()}-{tasks}-p{percentile}",
        f"pause to quiescent, {tasks} unmodified {kind} task{'s' * (tasks > 1)}, p{percentile}",
        partial(pausing, preemptive, kind, tasks, pauses, percentile),
        (
            Against(
                "tasks with checkpoints",
                partial(pausing, ThreadPoolExecutor, kind, tasks, pauses, percentile),
                _WITHIN[percentile],
            ),
        ),
        sense="cost",
        runs=3 if tasks > 8 else 5,
    )


def preemptive(workers: int) -> ThreadPoolExecutor:
    """Make a preemptive pool."""
    return ThreadPoolExecutor(workers, preemptive=True)


def loop(size: int) -> int:
    """Count."""
    total = 0
    for number in range(size):
        total += number & 3
    return total


def objects(size: int) -> int:
    """Make and forget small objects."""
    kept: dict[int, list[int]] = {}
    for number in range(size // 4):
        kept[number & 255] = [number, number + 1]
    return len(kept)


def calls(size: int) -> int:
    """Call a function of two lines."""
    return sum(_called(number) for number in range(size // 4))


def _called(number: int) -> int:
    half = number // 2
    return half + 1


def timed(work: Callable[[int], int], size: int) -> float:
    """Return the seconds of the quickest of some turns."""
    times = []
    for _ in range(10):
        began = now()
        work(size)
        times.append(now() - began)
    return min(times)


@contextmanager
def running(
    make: Callable[[int], StdlibPool], work: Callable[[int], int], size: int, pauses: int
) -> Iterator[Callable[[], float]]:
    """Run in a task; after so many pauses in the middle of the same functions."""
    with make(1) as pool:
        if isinstance(pool, ThreadPoolExecutor) and pauses:
            task = pool.submit(_for_ever, work, size)
            for _ in range(pauses):
                with pool.pause("the benchmark"):
                    pass
            task.stop("measured next")
        yield lambda: pool.submit(timed, work, size).result()


def _for_ever(work: Callable[[int], int], size: int) -> None:
    while True:
        work(size)


class Unmodified(Loops):
    """Tasks that count, some with a checkpoint, and some that have never heard of it."""

    def cpu(self, index: int) -> None:
        """Count."""
        self.start.wait()
        while self.go_on:
            self.counts[index] += 1

    def io(self, index: int) -> None:
        """Sleep 2 ms at a time."""
        self.start.wait()
        while self.go_on:
            sleep(0.002)
            self.counts[index] += 1

    def io_with_checkpoints(self, index: int) -> None:
        """Sleep 2 ms at a time, and check."""
        self.start.wait()
        while self.go_on:
            checkpoint()
            sleep(0.002)
            self.counts[index] += 1


@contextmanager
def pausing(
    make: Callable[[int], ThreadPoolExecutor], kind: str, tasks: int, pauses: int, percentile: int
) -> Iterator[Callable[[], float]]:
    """Pause again and again, and give a percentile of what it took."""
    loops = Unmodified(tasks)
    is_preemptive = make is preemptive
    if kind == "CPU":
        task = loops.cpu if is_preemptive else loops.checkpoints
    else:
        task = loops.io if is_preemptive else loops.io_with_checkpoints
    with make(tasks) as pool:
        for index in range(tasks):
            pool.submit(task, index)
        loops.start.wait()

        def pause() -> None:
            pool.pause("the benchmark").wait()

        def measure() -> float:
            times = [loops.time(pause, pool.resume) for _ in range(pauses)]
            return median(times) if percentile == 50 else quantiles(times, n=100)[98]

        yield measure
        loops.go_on = False


@contextmanager
def beside(size: int, *, paused: bool) -> Iterator[Callable[[], float]]:
    """Run in a thread of its own, beside a pool whose tasks rest, or wait for something else."""
    loops = Unmodified(8)
    found: list[float] = []
    with preemptive(8) as pool:
        for index in range(8):
            pool.submit(loops.cpu, index)
        loops.start.wait()
        hold = pool.pause("the benchmark")
        hold.wait()
        if not paused:
            loops.go_on = False
            hold.release()
            pool.wait_quiescent()

        def measure() -> float:
            thread = Thread(target=lambda: found.append(timed(loop, size)))
            thread.start()
            thread.join()
            return found.pop()

        yield measure
        loops.go_on = False
        pool.resume()
