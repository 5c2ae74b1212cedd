"""What a pool of processes costs: many tasks, round trips, a checkpoint, and a pause of eight."""

from __future__ import annotations

import mmap
import multiprocessing
import sys
import tempfile
import time
from contextlib import contextmanager
from functools import partial
from statistics import median
from threading import Event
from typing import TYPE_CHECKING

from benchmarks.checkpoint import checkpoints, our_side, timed
from benchmarks.contest import Against, Contest
from benchmarks.process_peers import METHOD, against, through, trip
from benchmarks.process_peers import our_side as our_processes
from pausable import ProcessPoolExecutor, checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pausable.snapshots import Running

__all__ = ["contests"]

_TASKS = 8


def contests(*, quick: bool) -> Iterator[Contest]:
    """List what there is to measure."""
    tasks, trips, loops, pauses = (40, 10, 20, 2) if quick else (2_000, 500, 5_000, 20)
    for workers in (1, 8):
        processes = "1 process" if workers == 1 else f"{workers} processes"
        yield Contest(
            f"processes-throughput-{workers}",
            f"{tasks:,} no-op tasks, submit to all results, {processes}",
            our_processes(workers, through, tasks),
            against(workers, through, tasks),
        )
        yield Contest(
            f"processes-roundtrip-{workers}",
            f"submit(...).result(), {processes}",
            our_processes(workers, trip, trips),
            against(workers, trip, trips),
        )
    yield Contest(
        "processes-checkpoint",
        "checkpoint() in a worker process while nothing is paused",
        partial(checkpoint_side, loops),
        (Against("in a thread", partial(our_side, loops), 1.1),),
        sense="cost",
        runs=15,
    )
    yield _pauses(pauses)


def _pauses(pauses: int) -> Contest:
    others = []
    if sys.version_info >= (3, 12):
        side = partial(pausing, preemptive, counts, "rest", pauses)
        others.append(Against("unmodified loops, preemptive", side))
    if sys.platform == "linux":
        side = partial(pausing, processes, counts, "freeze", pauses)
        others.append(Against("unmodified loops, frozen", side))
    return Contest(
        "processes-pausing",
        f"pause to quiescent, {_TASKS} processes checking in a loop",
        partial(pausing, processes, asks, "rest", pauses),
        tuple(others),
        sense="cost",
    )


@contextmanager
def checkpoint_side(loops: int) -> Iterator[Callable[[], float]]:
    """Call checkpoint() in a task of our pool of processes."""
    with ProcessPoolExecutor(1, multiprocessing.get_context(METHOD)) as pool:
        yield lambda: pool.submit(in_process, loops).result()


def in_process(loops: int) -> float:
    """Return the seconds of one check, there."""
    return timed(checkpoints, Event(), loops)


# A pause.


def processes() -> ProcessPoolExecutor:
    """Make a pool for eight."""
    return ProcessPoolExecutor(_TASKS, multiprocessing.get_context(METHOD))


def preemptive() -> ProcessPoolExecutor:
    """Make one that rests what never asks."""
    return ProcessPoolExecutor(_TASKS, multiprocessing.get_context(METHOD), preemptive=True)


@contextmanager
def pausing(
    make: Callable[[], ProcessPoolExecutor],
    work: Callable[[str, int], None],
    running: Running,
    pauses: int,
) -> Iterator[Callable[[], float]]:
    """Pause tasks that run, again and again; the median of the seconds until all of them rest."""
    with tempfile.NamedTemporaryFile() as file, make() as pool:
        file.truncate(_TASKS + 1)
        with mmap.mmap(file.fileno(), _TASKS + 1) as marks:
            for index in range(_TASKS):
                pool.submit(work, file.name, index)
            while marks[:_TASKS] != b"\1" * _TASKS:
                time.sleep(0.001)
            pause_once(pool, running)  # the guardian is there, and all has been imported
            yield lambda: median(pause_once(pool, running) for _ in range(pauses))
            marks[_TASKS] = 1


def pause_once(pool: ProcessPoolExecutor, running: Running) -> float:
    """Pause, wait, resume; return the seconds of the first two."""
    began = time.perf_counter()
    hold = pool.pause("the benchmark", running=running)
    if not hold.wait(60):
        raise TimeoutError
    lasted = time.perf_counter() - began
    hold.release()
    time.sleep(0.005)  # they run
    return lasted


def asks(path: str, index: int) -> None:
    """Compute, with a checkpoint in each round."""
    with open_marks(path) as marks:
        marks[index] = 1
        while not marks[_TASKS]:
            checkpoint()


def counts(path: str, index: int) -> None:
    """Compute, and never ask."""
    number = 0
    with open_marks(path) as marks:
        marks[index] = 1
        while not marks[_TASKS]:
            number += 1


def open_marks(path: str) -> mmap.mmap:
    """Open the memory in which tasks say that they run, and see that they are to end."""
    with open(path, "r+b") as file:  # noqa: PTH123 - it is mapped
        return mmap.mmap(file.fileno(), _TASKS + 1)
