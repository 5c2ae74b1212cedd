"""What a thread that is a task costs: started and joined, one after the other."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import partial
from itertools import repeat
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.clock import now
from benchmarks.contest import Against, Contest
from benchmarks.pools import noop
from pausable import Thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["contests"]


def contests(*, quick: bool) -> Iterator[Contest]:
    """List what there is to measure."""
    times = 20 if quick else 1_000
    yield Contest(
        "thread",
        "a Thread, start() and join()",
        partial(side, Thread, times),
        (Against("threading.Thread", partial(side, threading.Thread, times), 0.5),),
    )


@contextmanager
def side(make: type[threading.Thread], times: int) -> Iterator[Callable[[], float]]:
    """Start and join threads of a class."""
    started_and_joined(make, times)
    yield lambda: median(started_and_joined(make, times) for _ in range(5))


def started_and_joined(make: type[threading.Thread], times: int) -> float:
    """Return the seconds for one of them."""
    began = now()
    for _ in repeat(None, times):
        thread = make(target=noop)
        thread.start()
        thread.join()
    return (now() - began) / times
