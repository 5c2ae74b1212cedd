"""`wait` and `as_completed`: the stdlib's; a task that is in them counts as at rest."""

from __future__ import annotations

from concurrent import futures
from typing import TYPE_CHECKING, Any, TypeVar

from pausable._core.parking import Quiet, own_task
from pausable.threads.future import Future

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["as_completed", "wait"]

T = TypeVar("T")


def wait(
    fs: Iterable[futures.Future[T]],
    timeout: float | None = None,
    return_when: str = futures.ALL_COMPLETED,
) -> futures._base.DoneAndNotDoneFutures[T]:
    """Wait for futures, as `concurrent.futures.wait`."""
    waited = set(fs)
    with _quiet_for(waited):
        return futures.wait(waited, timeout, return_when)


def as_completed(
    fs: Iterable[futures.Future[T]], timeout: float | None = None
) -> Iterator[futures.Future[T]]:
    """Yield futures as they complete, as `concurrent.futures.as_completed`."""
    if own_task() is None:
        return futures.as_completed(fs, timeout)
    waited = set(fs)
    return _each_quietly(futures.as_completed(waited, timeout), waited)


def _each_quietly(
    completed: Iterator[futures.Future[T]], waited: set[futures.Future[T]]
) -> Iterator[futures.Future[T]]:
    while True:
        with _quiet_for(waited):
            future = next(completed, None)
        if future is None:
            return
        waited.discard(future)
        yield future
        del future


def _quiet_for(waited: set[futures.Future[Any]]) -> Quiet:
    """Count as at rest; give the slot back if one of the tasks waited for may need it."""
    me = own_task()
    if me is None or me.node is None:
        return Quiet()
    state = me.node.state
    same = any(
        isinstance(each, Future) and each.node is not None and each.node.state is state
        for each in waited
    )
    return Quiet(slot_of=state if same else None)
