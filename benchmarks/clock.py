"""The clock of the measurements: time as on the wall or, on a busy machine, the CPU's time."""

from __future__ import annotations

import time

__all__ = ["now", "use_cpu_time"]

_read = time.perf_counter


def now() -> float:
    """Return the time in seconds, from some beginning."""
    return _read()


def use_cpu_time() -> None:
    """Count only the seconds in which this process was at work.

    Steadier where other programs want the same processors, but leaves out the waiting: for
    comparing two versions, not for the published table.
    """
    global _read  # noqa: PLW0603 - one clock for the process
    _read = time.process_time
