"""A drop-in for `concurrent.futures`: every name of it, with pools that can be paused.

from pausable.futures import ThreadPoolExecutor, as_completed
"""

from __future__ import annotations

import concurrent.futures as _stdlib
from concurrent.futures import (
    ALL_COMPLETED,
    FIRST_COMPLETED,
    FIRST_EXCEPTION,
    BrokenExecutor,
    CancelledError,
    Executor,
    InvalidStateError,
)
from concurrent.futures import TimeoutError as TimeoutError  # noqa: A004, PLC0414 - the stdlib's name
from importlib import import_module
from typing import TYPE_CHECKING

from pausable.scopes.arrivals import as_completed, wait
from pausable.scopes.future import Future
from pausable.threads.executor import ThreadPoolExecutor

if TYPE_CHECKING:
    import sys

    if sys.version_info >= (3, 14):
        from pausable.interpreters.interpreter_pool import (
            InterpreterPoolExecutor as InterpreterPoolExecutor,  # noqa: PLC0414 - so it is exported
        )
    from pausable.processes.process_pool import ProcessPoolExecutor

__all__ = [
    "ALL_COMPLETED",
    "FIRST_COMPLETED",
    "FIRST_EXCEPTION",
    "BrokenExecutor",
    "CancelledError",
    "Executor",
    "Future",
    "InvalidStateError",
    "ProcessPoolExecutor",
    "ThreadPoolExecutor",
    "TimeoutError",
    "as_completed",
    "wait",
]
# What newer Pythons have added; a star import finds it through `__getattr__`.
__all__ += [name for name in _stdlib.__all__ if name not in __all__]

_SELDOM = {
    "ProcessPoolExecutor": "pausable.processes.process_pool",  # brings multiprocessing and sockets
    "InterpreterPoolExecutor": "pausable.interpreters.interpreter_pool",  # is not on each Python
}


def __getattr__(name: str) -> object:
    """Find what is not imported at once, and in the stdlib what newer Pythons have added."""
    if name in _SELDOM and name in _stdlib.__all__:
        found: object = getattr(import_module(_SELDOM[name]), name)
        globals()[name] = found
        return found
    return getattr(_stdlib, name)


def __dir__() -> list[str]:
    """List our names and the stdlib's."""
    return sorted({*__all__, *dir(_stdlib)})
