"""What the threads of a pool have cost so far, as the system counts it (Linux)."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from helpers import until

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable

__all__ = ["HAS_PROC", "settled_usage", "spin", "usage"]

TASKS = Path("/proc/self/task")
HAS_PROC = TASKS.is_dir()


def usage(threads: Iterable[threading.Thread]) -> dict[str, tuple[int, int]]:
    """Return the voluntary context switches and the CPU time (clock ticks) of each thread."""
    found = {}
    for thread in threads:
        place = TASKS / str(thread.native_id)
        status = (place / "status").read_text(encoding="utf-8")
        switches = re.search(r"^voluntary_ctxt_switches:\s+(\d+)$", status, re.MULTILINE)
        assert switches is not None, status
        # After the name, which is in parentheses: utime and stime are the 14th and 15th of all.
        fields = (place / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        found[thread.name] = int(switches[1]), int(fields[11]) + int(fields[12])
    return found


def settled_usage(threads: Iterable[threading.Thread]) -> dict[str, tuple[int, int]]:
    """Return the usage of threads that are about to wait, once all of them do wait.

    A task counts as at rest from the moment in which nothing but our own lines run in its thread;
    the thread needs another moment to come to its park.
    """
    threads = list(threads)
    last = [usage(threads)]

    def stands_still() -> bool:
        time.sleep(0.02)
        last.append(usage(threads))
        return last[-1] == last[-2]

    until(stands_still, what="the threads wait")
    return last[-1]


def spin(seconds: float) -> int:
    """Keep this thread busy until it has used so many seconds of CPU time."""
    rounds = 0
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        rounds += 1
    return rounds
