"""Waiting for facts, for tests."""

from __future__ import annotations

import gc
import re
import signal
import threading
import time
from types import FunctionType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


settled: list[FunctionType] = []
"""The functions that were there before any test: they are left out of collections, see conftest."""


def functions() -> list[FunctionType]:
    """List all functions that are alive."""
    return [*settled, *(each for each in gc.get_objects() if isinstance(each, FunctionType))]


def put_back(number: int, handler: object) -> None:
    """Give a signal the handler that it had before; one that is still on its way finds one, too.

    The system may have given it to another thread, which is about to note it. If there is no
    handler by then, Python says that it was "ignored due to race condition", in whatever test runs.
    """
    signal.signal(number, _let_pass if handler == signal.SIG_DFL else handler)  # type: ignore[arg-type]


def _let_pass(_number: int, _frame: object) -> None:
    """Do nothing about a signal that comes late."""


def until(predicate: Callable[[], object], timeout: float = 30.0, what: str = "") -> None:
    """Wait until *predicate* is true, for at most *timeout* seconds.

    For facts that nobody announces; where there is an event or a `wait_...()`, wait for that.
    Raises AssertionError, naming the fact (*what*), when it has not come true by then.
    """
    never = threading.Event()
    deadline = time.monotonic() + timeout
    while not predicate():
        if time.monotonic() > deadline:
            message = f"not true within {timeout} s: {what or predicate}"
            raise AssertionError(message)
        never.wait(0.001)


def call_at_once(call: Callable[[], object], count: int, timeout: float = 30.0) -> None:
    """Call on so many threads side by side, and wait for their ends, *timeout* for each at most."""
    threads = [threading.Thread(target=call) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout)


def without_waits(printed: str) -> list[str]:
    """Return the lines that were printed, but those on waits: on a busy machine these take long."""
    return [
        line for line in printed.splitlines() if not re.search(r" has waited for [\d.]+ s: ", line)
    ]
