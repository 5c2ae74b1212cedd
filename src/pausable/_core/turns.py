"""How workers take the pool's lock: in turns, without queueing for it.

With the GIL a thread that is interrupted while it holds the lock makes the others block on it. Each
of them is then handed the lock while another thread has the GIL, so that the next one blocks, too:
from then on every visit costs two context switches (measured: 7 µs a visit instead of 1.5 with 8
threads). Who does not block but lets the others run breaks the chain at its first link.
"""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _thread import RLock

__all__ = ["enter"]

_TRIES = 50


def enter(lock: RLock) -> None:
    """Take *lock*: at once, or after letting others run, or, if it is held for long, blocking.

    For threads that get no KeyboardInterrupt: others use `with`, which cannot be torn apart by one.
    """
    if lock.acquire(blocking=False):
        return
    for _ in range(_TRIES):
        sleep(0)
        if lock.acquire(blocking=False):
            return
    lock.acquire()
