"""Attempts: one piece of protected work, tried again after each recovery of its guard.

    for attempt in db.attempts():
        with attempt:
            store(row)

The form is that of tenacity and stamina. What differs is what happens between two attempts: nobody
sleeps for a guessed time; the task rests until the guard is healthy, or lets it try. A protected
function is one whose every call is a piece of work with attempts.
"""

from __future__ import annotations

import functools
import inspect
import math
from typing import TYPE_CHECKING, Any, Self

from pausable.scopes.attendance import current_task
from pausable.scopes.timer import clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from types import TracebackType

    from pausable.guards.retreat import Retreat
    from pausable.guards.sentry import Sentry

__all__ = ["Attempt", "Attempts", "protected"]


class Attempts:
    """The attempts at one piece of work: iterate, with ``for`` or ``async for``, once."""

    __slots__ = (
        "__weakref__",
        "_error",
        "_has_begun",
        "_left",
        "_retreat",
        "_row",
        "_sentry",
        "_timeout",
        "_until",
    )

    def __init__(self, retreat: Retreat, tries: int | None, timeout: float | None) -> None:
        """Use `Guard.attempts`."""
        self._retreat = retreat
        self._sentry: Sentry = retreat.sentry
        self._left = tries
        self._timeout = timeout
        self._has_begun = False
        self._error: Exception | None = None  # of the last attempt, if there may be another
        self._row = 0  # of failures that did not trip the guard
        self._until = math.inf  # when the time is up, since the last failure

    def __iter__(self) -> Iterator[Attempt]:
        """Begin."""
        return self

    def __aiter__(self) -> AsyncIterator[Attempt]:
        """Begin."""
        return self

    def __next__(self) -> Attempt:
        """Return the next attempt; after a failure, when the guard lets it try.

        Raises:
            StopIteration: the last attempt went well.
            Exception: that of the last attempt, when the limits are used up.
        """
        error = self._last_error()
        try:
            if error is not None and not self._retreat.stand_back(
                current_task(), self._until, self._row
            ):
                raise error
        finally:
            error = None  # breaks a cycle with its traceback
            self._end_limit()
        return self._another()

    async def __anext__(self) -> Attempt:
        """Do as `__next__`; outside any task, without blocking the event loop."""
        try:
            error = self._last_error()
        except StopIteration:
            raise StopAsyncIteration from None
        try:
            if error is not None and not await self._retreat.stand_back_async(
                current_task(), self._until, self._row
            ):
                raise error
        finally:
            error = None
            self._end_limit()
        return self._another()

    def _another(self) -> Attempt:
        if self._timeout is not None and self._until < math.inf:
            self._timeout = max(min(self._timeout, self._until - clock()), 0.0)
        self._has_begun = True
        return Attempt(self)

    def _last_error(self) -> Exception | None:
        """Return what the last attempt met; None if this is the first."""
        if not self._has_begun:
            return None
        error, self._error = self._error, None
        if error is None:
            raise StopIteration
        self._row = 0 if self._sentry.machine.state.holds else self._row + 1
        return error

    def _end_limit(self) -> None:
        if self._timeout is not None:
            self._retreat.unlimit(self)

    def _begin(self) -> int:
        """Begin an attempt, which may have to wait; return the epoch in which it begins."""
        machine = self._sentry.machine
        if machine.state.holds:
            began = clock()
            self._retreat.enter(self, self._timeout)
            if self._timeout is not None:
                self._timeout = max(self._timeout - (clock() - began), 0.0)
        return machine.epoch

    def _may_try_again(self) -> bool:
        """Count a failed attempt; say whether the limit lets there be another."""
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                return False
        if self._timeout is not None:
            self._until = clock() + self._timeout
            # From here on, since a preemptive task may rest before it comes for its next attempt.
            self._retreat.limit(self, self._until)
        return True


class Attempt:
    """One attempt, to be entered with ``with``: a protected block."""

    __slots__ = ("_attempts", "_epoch")

    def __init__(self, attempts: Attempts) -> None:
        """Get it from `Guard.attempts`."""
        self._attempts = attempts
        self._epoch = -1

    def __enter__(self) -> Self:
        """Rest while the guard is tripped, if this is a task; from here on failures count."""
        self._epoch = self._attempts._begin()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> bool:
        """Note how it went; swallow the failure if there may be another attempt."""
        is_failure = self._attempts._sentry.work_ended(self._epoch, exc)
        if is_failure and isinstance(exc, Exception) and self._attempts._may_try_again():
            self._attempts._error = exc
            return True
        return False


def protected(attempts: Callable[[], Attempts], fn: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap *fn*, or the coroutine function *fn*, so that each call goes through *attempts*.

    Raises:
        TypeError: *fn* is not callable, or its calls do nothing but make a generator.
    """
    if not callable(fn):
        msg = f"protect decorates functions, not {fn!r}"
        raise TypeError(msg)
    if inspect.isgeneratorfunction(fn) or inspect.isasyncgenfunction(fn):
        msg = f"a call of {fn.__qualname__} only makes a generator: protect what takes its items"
        raise TypeError(msg)
    if inspect.iscoroutinefunction(fn):
        return _protected_coroutine(attempts, fn)

    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        for attempt in attempts():
            with attempt:
                return fn(*args, **kwargs)
        raise AssertionError  # attempts end by a return, or raise

    return call


def _protected_coroutine(
    attempts: Callable[[], Attempts], fn: Callable[..., Any]
) -> Callable[..., Any]:
    @functools.wraps(fn)
    async def call(*args: Any, **kwargs: Any) -> Any:
        async for attempt in attempts():
            with attempt:
                return await fn(*args, **kwargs)
        raise AssertionError  # attempts end by a return, or raise

    return call
