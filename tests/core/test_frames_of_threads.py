"""Frames of other threads are looked at while threads start and end, and objects are collected."""

from __future__ import annotations

import gc
import subprocess
import sys

from pausable._core.frames import frames_of_threads

PROGRAM = """
import gc, sys, threading
from pausable._core.frames import frames_of_threads

class Cycle:
    def __init__(self):
        self.me, self.local = self, threading.local()
        self.local.value = 1

gc.set_threshold(1)
over = threading.Event()

def look():
    while not over.is_set():
        Cycle()
        frames_of_threads()

lookers = [threading.Thread(target=look, daemon=True) for _ in range(2)]
for each in lookers:
    each.start()
for _ in range(300):
    each = threading.Thread(target=Cycle)
    each.start()
    each.join()
over.set()
for each in lookers:
    each.join()
print("done", gc.isenabled())
"""


def test_no_collection_comes_between() -> None:
    """Up to CPython 3.11 one that begins inside waits for ever for a thread that just starts."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=100, check=False
    )
    assert ran.stdout.split() == ["done", "True"], ran.stderr


def test_a_collector_that_is_off_stays_off() -> None:
    """Whoever has switched it off has his reasons."""
    gc.disable()
    try:
        frames_of_threads()
        assert not gc.isenabled()
    finally:
        gc.enable()
