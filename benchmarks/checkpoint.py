"""What a checkpoint costs while the task is not paused, against the ways of the recipe.

Each check is written ten times in the loop, so that the loop itself is next to nothing, and runs in
a task of a pool of its own: the event is a local name there, as in the recipe, where it is passed
in, and `checkpoint` is a global one, as after an import.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from itertools import repeat
from threading import Event
from typing import TYPE_CHECKING

from benchmarks.clock import now
from benchmarks.contest import Against, Contest
from benchmarks.pools import StdlibPool, ThreadPoolExecutor
from pausable import checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["contests"]


def contests(*, quick: bool) -> Iterator[Contest]:
    """List what there is to measure."""
    loops = 20 if quick else 5_000
    ours = partial(our_side, loops)
    inline = partial(their_side, inlined, loops)
    yield Contest(
        "checkpoint",
        "checkpoint() while nothing is paused",
        ours,
        (
            Against("inline `if not event.is_set()`", inline, 1.1),
            Against("the same in a function", partial(their_side, called, loops), 1.1),
            Against("event.wait()", partial(their_side, waited, loops), 1.1),
        ),
        sense="cost",
        runs=15,
    )
    yield Contest(
        "checkpoint-elsewhere",
        "checkpoint() while another pool is paused",
        partial(our_side_elsewhere, loops),
        (Against("inline `if not event.is_set()`", inline, 3.0),),
        sense="cost",
        runs=15,
    )


@contextmanager
def our_side(loops: int) -> Iterator[Callable[[], float]]:
    """Call checkpoint() in a task of our pool."""
    with ThreadPoolExecutor(1) as pool:
        yield lambda: pool.submit(timed, checkpoints, Event(), loops).result()


@contextmanager
def our_side_elsewhere(loops: int) -> Iterator[Callable[[], float]]:
    """Call checkpoint() in a task of our pool, while another one is paused."""
    with ThreadPoolExecutor(1) as other, our_side(loops) as measure:
        other.pause("the benchmark")
        yield measure
        other.resume()


@contextmanager
def their_side(loop: Callable[[Event, int], None], loops: int) -> Iterator[Callable[[], float]]:
    """Check an event in a task of the stdlib's pool."""
    event = Event()
    event.set()
    with StdlibPool(1) as pool:
        yield lambda: pool.submit(timed, loop, event, loops).result()


def timed(loop: Callable[[Event, int], None], event: Event, loops: int) -> float:
    """Return the seconds of one check, in the quickest of many short loops."""
    times = []
    for _ in range(20):
        began = now()
        loop(event, loops)
        times.append(now() - began)
    return min(times) / (loops * 10)


def checkpoints(event: Event, loops: int) -> None:  # noqa: ARG001 - as the others
    """Call checkpoint() ten times a loop."""
    for _ in repeat(None, loops):
        checkpoint()
        checkpoint()
        checkpoint()
        checkpoint()
        checkpoint()
        checkpoint()
        checkpoint()
        checkpoint()
        checkpoint()
        checkpoint()


def inlined(event: Event, loops: int) -> None:  # noqa: C901 - ten times the same
    """Look at the event, and wait only if it is not set: the recipe at its fastest."""
    for _ in repeat(None, loops):
        if not event.is_set():
            event.wait()
        if not event.is_set():
            event.wait()
        if not event.is_set():
            event.wait()
        if not event.is_set():
            event.wait()
        if not event.is_set():
            event.wait()
        if not event.is_set():
            event.wait()
        if not event.is_set():
            event.wait()
        if not event.is_set():
            event.wait()
        if not event.is_set():
            event.wait()
        if not event.is_set():
            event.wait()


def check(event: Event) -> None:
    """Do what `inlined` does, in one place."""
    if not event.is_set():
        event.wait()


def called(event: Event, loops: int) -> None:
    """Call a function that looks at the event."""
    for _ in repeat(None, loops):
        check(event)
        check(event)
        check(event)
        check(event)
        check(event)
        check(event)
        check(event)
        check(event)
        check(event)
        check(event)


def waited(event: Event, loops: int) -> None:
    """Call event.wait() each time: the recipe as it is written."""
    for _ in repeat(None, loops):
        event.wait()
        event.wait()
        event.wait()
        event.wait()
        event.wait()
        event.wait()
        event.wait()
        event.wait()
        event.wait()
        event.wait()
