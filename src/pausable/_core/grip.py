"""The grip on a lock: whatever exception comes between, it is let go.

With `with lock:` a C lock is let go however the block ends, but from Python 3.14 on an exception of
a signal handler may come between having the lock and being in the block (python/cpython#148874),
and it is never let go then. So whoever can be interrupted asks here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["let_go", "under"]

T = TypeVar("T")


def under(lock: Any, call: Callable[..., T], *args: Any) -> T:
    """Make a call under a re-entrant lock; also one of this thread's own."""
    if lock._is_owned():
        return call(*args)
    try:
        try:
            with lock:
                return call(*args)
        finally:
            if lock._is_owned():
                let_go(lock)
    finally:
        if lock._is_owned():
            let_go(lock)


def let_go(lock: Any) -> None:
    """Let a re-entrant lock go, if this thread has it."""
    while lock._is_owned():
        lock.release()
