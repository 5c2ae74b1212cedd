"""`wait` and `as_completed`: the stdlib's; a task that is in them counts as at rest."""

from __future__ import annotations

# The functions themselves, since programs put ours in their places.
from concurrent.futures._base import ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION
from concurrent.futures._base import Future as StdlibFuture
from concurrent.futures._base import as_completed as stdlib_as_completed
from concurrent.futures._base import wait as stdlib_wait
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, cast

from pausable._core.attention import own_task
from pausable._core.times import clock
from pausable.scopes.future import Future
from pausable.scopes.patience import for_tasks
from pausable.scopes.quiet import Quiet
from pausable.scopes.standpoint import check_is_no_circle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["DoneAndNotDone", "as_completed", "wait", "wait_for_all"]

F = TypeVar("F", bound=StdlibFuture[Any])


class DoneAndNotDone(NamedTuple, Generic[F]):
    """What `wait` returns, as type checkers see it; the stdlib's `DoneAndNotDoneFutures`."""

    done: set[F]
    not_done: set[F]


def wait(
    fs: Iterable[F], timeout: float | None = None, return_when: str = ALL_COMPLETED
) -> DoneAndNotDone[F]:
    """Wait for futures, as `concurrent.futures.wait`."""
    waited = set(fs)
    if timeout is None and return_when == ALL_COMPLETED:
        _check_is_not_among(waited)
    with _quiet_for(waited):
        return cast("DoneAndNotDone[F]", wait_for_all(waited, timeout, return_when))


def wait_for_all(waited: set[F], timeout: float | None, return_when: str) -> Any:
    """Wait as the stdlib does, and say for what if that takes long."""
    patience = for_tasks("wait()", waited, own_task())
    deadline = None if timeout is None else clock() + timeout
    while True:
        left = max(patience.until(deadline) - clock(), 0.0)
        found = stdlib_wait(waited, left, return_when)
        if _is_enough(found, return_when) or (deadline is not None and deadline <= clock()):
            return found
        patience.speak()


def _is_enough(found: Any, return_when: str) -> bool:
    """Say whether a wait was over before its time was up."""
    if not found.not_done or return_when == FIRST_COMPLETED:
        return not found.not_done or bool(found.done)
    return return_when == FIRST_EXCEPTION and any(
        not each.cancelled() and each.exception() is not None for each in found.done
    )


def as_completed(fs: Iterable[F], timeout: float | None = None) -> Iterator[F]:
    """Yield futures as they complete, as `concurrent.futures.as_completed`."""
    waited = set(fs)
    del fs  # nothing may stay here of those that have been given
    count = len(waited)
    patience = for_tasks("as_completed()", waited, own_task())
    deadline = None if timeout is None else clock() + timeout
    while waited:
        until = patience.until(deadline)
        yield from _each_until(waited, until, is_endless=timeout is None)
        if waited and deadline is not None and deadline <= clock():
            msg = f"{len(waited)} (of {count}) futures unfinished"
            raise TimeoutError(msg)
        patience.speak()


def _each_until(waited: set[F], until: float, *, is_endless: bool) -> Iterator[F]:
    """Yield futures as they complete, and take them out of *waited*, as long as time is not up."""
    completed = stdlib_as_completed(waited, until - clock())
    while True:
        if len(waited) == 1 and is_endless:  # all others have been yielded
            _check_is_not_among(waited)
        try:
            found = [_next(completed, waited)]
        except TimeoutError as error:
            if not _is_the_end_of_time(error):  # that was a signal handler's
                raise
            return
        if found[0] is None:
            return
        waited.discard(found[0])
        yield found.pop()  # nothing stays here while somebody else has it


def _is_the_end_of_time(error: TimeoutError) -> bool:
    """Say whether it was the stdlib's function itself that has raised it, and not what came there.

    The clock does not tell: the handler of a signal may take long, or run late.
    """
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return at is not None and at.tb_frame.f_code is stdlib_as_completed.__code__


def _next(completed: Iterator[Any], waited: set[F]) -> Any:
    if own_task() is None:
        return next(completed, None)
    with _quiet_for(waited):
        return next(completed, None)


def _check_is_not_among(waited: set[F]) -> None:
    """Raise if the calling task waits for itself, among others, and for ever."""
    me: Any = own_task()
    if me is not None and me in waited:
        check_is_no_circle(me, me)


def _quiet_for(waited: set[F]) -> Quiet:
    """Count as at rest; give the slot back if one of the tasks waited for may need it."""
    me = own_task()
    if me is None or me._p_node is None:
        return Quiet()
    pool = me._p_node.pool
    same = any(
        isinstance(each, Future) and each._p_node is not None and each._p_node.pool is pool
        for each in waited
    )
    return Quiet(slot_of=pool if same else None)
