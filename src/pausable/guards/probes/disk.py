"""Disk space: what is free where a path is, in bytes or as a fraction."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from pausable.guards.question import ProbeFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    from pausable.guards.question import Probe

__all__ = ["disk_free", "disk_used"]


def disk_free(path: str | PathLike[str], *, at_least: float) -> Probe:
    """Make a probe that wants *at_least* so many bytes free on the file system of *path*."""

    def probe() -> None:
        free = shutil.disk_usage(path).free
        if free < at_least:
            msg = f"{free:,} bytes are free at {path}, and {at_least:,.0f} are wanted"
            raise ProbeFailed(msg)

    probe.__name__ = f"disk {path}"
    return probe


def disk_used(path: str | PathLike[str]) -> Callable[[], float]:
    """Make a reading for `Guard.level`: the used part of the file system of *path*, 0 to 1."""

    def read() -> float:
        usage = shutil.disk_usage(path)
        return usage.used / (usage.used + usage.free)

    read.__name__ = f"disk used at {path}"
    return read
