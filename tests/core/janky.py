"""Primitives that lie in a scripted way, so that a race happens on purpose and each time.

A scripted primitive runs the next step of its script, on the thread of whoever uses it, in the very
moment in which another thread could have come in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Step = Callable[[], object] | None

__all__ = ["JankyLock"]


class JankyLock:
    """A lock before whose taking, or before whose letting go, something else happens first."""

    def __init__(self, lock: Any) -> None:
        """Wrap a lock."""
        self.lock = lock
        self.before_acquire: list[Step] = []  # one for each time, None for "nothing happens"
        self.before_release: list[Step] = []

    def acquire(self, blocking: bool = True) -> bool:
        """Let another thread take the lock first."""
        _next_step(self.before_acquire)
        return self.lock.acquire(blocking)

    def release(self) -> None:
        """Let another thread come while the lock is still held."""
        _next_step(self.before_release)
        self.lock.release()

    def _is_owned(self) -> bool:
        return self.lock._is_owned()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *args: object) -> None:
        self.release()


def _next_step(steps: list[Step]) -> None:
    step = steps.pop(0) if steps else None
    if step is not None:
        step()
