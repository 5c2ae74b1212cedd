"""The pools of a process: how many there were, and their pauses at random moments."""

from __future__ import annotations

import json
import logging
import os
import threading
from functools import wraps
from pathlib import Path
from random import Random
from typing import Any
from weakref import WeakSet

from pausable.errors import ScopeEnded
from pausable.threads.executor import ThreadPoolExecutor

__all__ = ["watch"]

_APART = (0.005, 0.05)
_LONG = (0.001, 0.02)


class Pools:
    """Counts the pools of this process as they are made, and may pause those that are alive."""

    def __init__(self, seed: int | None) -> None:
        """Begin with none; pause only with a *seed*."""
        self._seed = seed
        self._begin()
        # What a fork copies are the pools and counts of another process.
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._alive: WeakSet[ThreadPoolExecutor] = WeakSet()
        self._counts = {"pools": 0, "pauses": 0, "rested": 0}
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, pool: ThreadPoolExecutor) -> None:
        """Count a pool that was made just now."""
        with self._lock:
            self._alive.add(pool)
            self._counts["pools"] += 1
        self.begin_to_pause()

    def begin_to_pause(self) -> None:
        """Start the thread that pauses, if there is to be one and is not yet."""
        with self._lock:
            if self._seed is None or self._thread is not None:
                return
            self._random = Random(self._seed)
            target = self._pause_again_and_again
            self._thread = threading.Thread(target=target, name="drop-in-pauses", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Let all go, before the process waits for its pools, and write down the counts."""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join()
        path = os.environ.get("DROP_IN_COUNTS")
        if path and self._counts["pools"]:
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(json.dumps(self._counts) + "\n")

    def _pause_again_and_again(self) -> None:
        while not self._is_over.wait(self._random.uniform(*_APART)):
            self._pause_once()

    def _pause_once(self) -> None:
        with self._lock:
            pools = list(self._alive)
        holds = []
        for pool in pools:
            try:
                holds.append((pool, pool.pause("at a random moment")))
            except ScopeEnded:
                with self._lock:
                    self._alive.discard(pool)
        self._is_over.wait(self._random.uniform(*_LONG))
        for pool, hold in holds:
            self._counts["pauses"] += 1
            self._counts["rested"] += pool.is_quiescent()
            hold.release()


def watch(*, preemptive: bool) -> None:
    """Count the pools that are made from now on; on request make them preemptive and pause them."""
    pools = Pools(int(os.environ["DROP_IN_SEED"]) if preemptive else None)
    make = ThreadPoolExecutor.__init__

    @wraps(make)
    def __init__(self: ThreadPoolExecutor, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401, N807
        make(self, *args, **{"preemptive": preemptive, **kwargs})
        pools.add(self)

    ThreadPoolExecutor.__init__ = __init__  # type: ignore[method-assign]
    # After the pools' own, and thus called before it.
    threading._register_atexit(pools.end)  # type: ignore[attr-defined]
    if preemptive:
        # Some tests fail on any line in the log, and the pauses are nothing of theirs. The level is
        # what helps: pytest puts its handler on loggers that do not propagate, too.
        logging.getLogger("pausable").setLevel(logging.CRITICAL + 1)
        pools.begin_to_pause()
