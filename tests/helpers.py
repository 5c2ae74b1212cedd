"""Waiting for facts, for tests."""

from __future__ import annotations

import gc
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
