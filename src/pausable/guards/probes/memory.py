"""Memory: how much of the machine's is in use. Needs psutil: the extra `guards`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["memory_used"]


def memory_used() -> Callable[[], float]:
    """Make a reading for `Guard.level`: the part of the memory that is not available, 0 to 1.

    Raises:
        ImportError: psutil is not installed.
    """
    import psutil  # noqa: PLC0415

    def read() -> float:
        return float(psutil.virtual_memory().percent) / 100.0

    read.__name__ = "memory used"
    return read
