"""Load: how many processes of the machine want to run. Needs psutil: the extra `guards`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["load"]


def load() -> Callable[[], float]:
    """Make a reading for `Guard.level`: the load of the last minute, for each processor.

    1.0 means that as many processes want to run as there are processors.

    Raises:
        ImportError: psutil is not installed.
    """
    import psutil  # noqa: PLC0415

    def read() -> float:
        return float(psutil.getloadavg()[0]) / (psutil.cpu_count() or 1)

    read.__name__ = "load"
    return read
