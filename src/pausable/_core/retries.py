"""What could not be done for want of a thread: whoever comes by tries it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["retries", "retry"]

retries: dict[Callable[[], object], None] = {}
"""Empty while threads can be started. Each tries to start one, and comes back here if it cannot.

Each is here once, however often it has failed: what it is to do, it does for all.
"""


def retry() -> None:
    """Try again what is waiting, once. Outside all locks."""
    for call in list(retries):
        if retries.pop(call, call) is None:  # else another thread was faster
            call()
