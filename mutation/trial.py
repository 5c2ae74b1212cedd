"""Run the tests, and end them if they hang or do not come to an end: `python -m mutation.trial`.

Neither is told by the clock, which says little on a busy machine, but by the time that the
processors have spent on them: far more than usual, or none at all for a while.
"""

from __future__ import annotations

import subprocess
import sys
import time

import psutil

_MOST = 240.0  # seconds of the processors: several times what all of these tests need
_STILL = 60.0  # seconds without any
_LOOK = 0.5


def main(command: list[str]) -> int:
    """Return the exit code of the tests, or 1 if they were ended."""
    process = subprocess.Popen(command)
    spent, since = 0.0, time.monotonic()
    while True:
        try:
            return process.wait(_LOOK)
        except subprocess.TimeoutExpired:
            now = _spent(process.pid)
        if now > spent:
            spent, since = now, time.monotonic()
        if spent > _MOST or time.monotonic() - since > _STILL:
            print("they hang" if spent <= _MOST else "they do not end")
            _end(process.pid)
            process.wait()
            return 1


def _family(pid: int) -> list[psutil.Process]:
    try:
        it = psutil.Process(pid)
        return [it, *it.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _spent(pid: int) -> float:
    """Return the seconds that the processors have spent on a process and those below it."""
    spent = 0.0
    for each in _family(pid):
        try:
            times = each.cpu_times()
        except psutil.NoSuchProcess:
            continue
        spent += times.user + times.system + times.children_user + times.children_system
    return spent


def _end(pid: int) -> None:
    for each in _family(pid):
        try:
            each.kill()
        except psutil.NoSuchProcess:
            continue


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
