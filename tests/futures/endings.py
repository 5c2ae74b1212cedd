"""Endings: the ways in which a future comes to its end, each as one thread of an interleaving."""

from __future__ import annotations

import concurrent.futures
from contextlib import contextmanager
from typing import TYPE_CHECKING

from futures.scripted import scripted_pool

import pausable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from futures.interleaving import Interleaving

__all__ = ["ENDER", "LONE", "POOLED", "STDLIB", "is_cancelled", "returns"]

ENDER = "ender"


@contextmanager
def returns(script: Interleaving) -> Iterator[Future[int]]:
    """The task returns."""

    def task() -> int:
        script.join(ENDER)
        return 42

    with scripted_pool(script) as pool:
        yield pool.submit(task)


@contextmanager
def raises(script: Interleaving) -> Iterator[Future[int]]:
    """The task raises."""

    def task() -> int:
        script.join(ENDER)
        raise LookupError

    with scripted_pool(script) as pool:
        yield pool.submit(task)


@contextmanager
def is_stopped(script: Interleaving) -> Iterator[Future[int]]:
    """The task is stopped while it runs."""

    def task() -> None:
        pausable.current_task().stop("for a test")
        script.join(ENDER)
        pausable.checkpoint()

    with scripted_pool(script) as pool:
        yield pool.submit(task)


@contextmanager
def is_cancelled(script: Interleaving) -> Iterator[Future[int]]:
    """The task is cancelled in a paused pool."""
    with scripted_pool(script) as pool:
        pool.pause()
        future = pool.submit(abs, -42)
        script.run(ENDER, future.cancel)
        yield future


@contextmanager
def is_stopped_before_it_starts(script: Interleaving) -> Iterator[Future[int]]:
    """The task is stopped in a paused pool."""
    with scripted_pool(script) as pool:
        pool.pause()
        future = pool.submit(abs, -42)
        script.run(ENDER, lambda: future.stop("for a test"))
        yield future


@contextmanager
def is_cancelled_by_a_shutdown(script: Interleaving) -> Iterator[Future[int]]:
    """The task is cancelled, since its pool shuts down."""
    with scripted_pool(script) as pool:
        pool.pause()
        future = pool.submit(abs, -42)
        script.run(ENDER, lambda: pool.shutdown(wait=False, cancel_futures=True))
        yield future


@contextmanager
def fails_with_its_pool(script: Interleaving) -> Iterator[Future[int]]:
    """The initializer of the pool fails before the task could start."""

    def initialize() -> None:
        script.join(ENDER)
        raise LookupError

    with scripted_pool(script, initializer=initialize) as pool:
        yield pool.submit(abs, -42)


@contextmanager
def has_ended_but_not_its_callback(script: Interleaving) -> Iterator[Future[int]]:
    """The task returns, and there is a callback and a waiter already."""

    def task() -> int:
        script.join(ENDER)
        return 42

    with scripted_pool(script) as pool:
        hold = pool.pause()
        future = pool.submit(task)
        future.add_done_callback(lambda each: each.result())
        hold.release()
        yield future


def by_hand(make: type[Future], *calls: Callable[[Future], object]) -> Callable[..., object]:
    """Make an ending of a future of one's own."""

    @contextmanager
    def ending(script: Interleaving) -> Iterator[Future[int]]:
        future = make()
        script.run(ENDER, lambda: [call(future) for call in calls])
        yield future

    return ending


def hand_made(make: type[Future]) -> dict[str, Callable[..., object]]:
    """List the endings of a future of one's own, by name."""
    return {
        "set_result": by_hand(
            make, make.set_running_or_notify_cancel, lambda future: future.set_result(42)
        ),
        "set_exception": by_hand(
            make,
            make.set_running_or_notify_cancel,
            lambda future: future.set_exception(LookupError()),
        ),
        "cancel": by_hand(make, make.cancel, make.set_running_or_notify_cancel),
    }


POOLED = {
    each.__name__: each
    for each in (
        returns,
        raises,
        is_stopped,
        is_cancelled,
        is_stopped_before_it_starts,
        is_cancelled_by_a_shutdown,
        fails_with_its_pool,
        has_ended_but_not_its_callback,
    )
}
LONE = hand_made(pausable.Future)
STDLIB = hand_made(concurrent.futures.Future)  # the oracle: it shows that the script is right
