"""Attempts: one piece of protected work, tried again after each recovery of its guard.

    for attempt in db.attempts():
        with attempt:
            store(row)

The form is that of tenacity and stamina. What differs is what happens between two attempts: nobody
sleeps for a guessed time; the task rests until the guard is healthy, or lets it try.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

from pausable._core.times import clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from types import TracebackType

__all__ = ["Attempt", "Attempts", "Protector"]


class Protector(Protocol):
    """What attempts ask of a guard."""

    def _begin(self) -> int: ...
    def _ended(self, epoch: int, error: BaseException | None) -> bool: ...
    def _stand_back(self, timeout: float | None) -> bool: ...
    async def _stand_back_async(self, limit: float | None) -> bool: ...


class Attempts:
    """The attempts at one piece of work: iterate, with ``for`` or ``async for``, once."""

    __slots__ = ("_attempt", "_guard", "_left", "_timeout")

    def __init__(self, guard: Protector, tries: int | None, timeout: float | None) -> None:
        """Use `Guard.attempts`."""
        self._guard = guard
        self._left = tries
        self._timeout = timeout
        self._attempt: Attempt | None = None

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
            if error is not None:
                began = clock()
                if not self._guard._stand_back(self._timeout):
                    raise error
                self._count(began)
        finally:
            error = None  # breaks a cycle with its traceback
        self._attempt = Attempt(self)
        return self._attempt

    async def __anext__(self) -> Attempt:
        """Do as `__next__`; outside any task, without blocking the event loop."""
        try:
            error = self._last_error()
        except StopIteration:
            raise StopAsyncIteration from None
        try:
            if error is not None:
                began = clock()
                if not await self._guard._stand_back_async(self._timeout):
                    raise error
                self._count(began)
        finally:
            error = None
        self._attempt = Attempt(self)
        return self._attempt

    def _last_error(self) -> Exception | None:
        """Return what the last attempt met; None if this is the first."""
        if self._attempt is None:
            return None
        error, self._attempt._error = self._attempt._error, None
        if error is None:
            raise StopIteration
        return error

    def _count(self, began: float) -> None:
        if self._timeout is not None:
            self._timeout = max(self._timeout - (clock() - began), 0.0)

    def _may_try_again(self) -> bool:
        """Count a failed attempt; say whether the limit lets there be another."""
        if self._left is None:
            return True
        self._left -= 1
        return self._left > 0


class Attempt:
    """One attempt, to be entered with ``with``: a protected block."""

    __slots__ = ("_attempts", "_epoch", "_error")

    def __init__(self, attempts: Attempts) -> None:
        """Get it from `Guard.attempts`."""
        self._attempts = attempts
        self._epoch = -1
        self._error: Exception | None = None

    def __enter__(self) -> Self:
        """Rest while the guard is tripped, if this is a task; from here on failures count."""
        self._epoch = self._attempts._guard._begin()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> bool:
        """Note how it went; swallow the failure if there may be another attempt."""
        is_failure = self._attempts._guard._ended(self._epoch, exc)
        if is_failure and isinstance(exc, Exception) and self._attempts._may_try_again():
            self._error = exc
            return True
        return False
