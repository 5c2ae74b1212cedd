"""The teller: a thread on which the futures of one executor end, and their callbacks run.

It is no pool: one of the stdlib's may be made ours, as by `pausable run`, and would be held.
"""

from __future__ import annotations

import threading
import weakref
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING

from pausable._core.parker import HAS_DAEMONS
from pausable.scopes.common_log import ERROR, say

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Teller"]

_Calls = SimpleQueue["Callable[[], object] | None"]


class Teller:
    """Calls one after the other, on a thread that is there from the first one to the end."""

    def __init__(self) -> None:
        """Begin without a thread."""
        self._calls: _Calls = SimpleQueue()
        self._thread: threading.Thread | None = None
        weakref.finalize(self, self._calls.put, None).atexit = False

    def call(self, function: Callable[..., object], *args: object) -> None:
        """Have it called there. From one thread: the client's loop."""
        self._calls.put(partial(function, *args))
        if self._thread is None:
            self._thread = threading.Thread(
                target=_tell, args=(self._calls,), name="pausable-dask", daemon=HAS_DAEMONS
            )
            self._thread.start()

    def end(self) -> None:
        """Let the thread end, after what there is to be called."""
        self._calls.put(None)


def _tell(calls: _Calls) -> None:
    while (call := calls.get()) is not None:
        try:
            call()
        except BaseException as error:  # noqa: BLE001 - a callback's: the others' come all the same
            say(ERROR, "a future of a cluster could not be told", error=error)
        del call  # it keeps a future, and its executor
