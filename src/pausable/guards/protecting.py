"""Protecting: a function whose every call is a piece of work with attempts."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable.guards.attempts import Attempts

__all__ = ["protected"]


def protected(attempts: Callable[[], Attempts], fn: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap *fn*, or the coroutine function *fn*, so that each call goes through *attempts*.

    Raises:
        TypeError: *fn* is not callable, or its calls do nothing but make a generator.
    """
    if not callable(fn):
        msg = f"protect decorates functions, not {fn!r}"
        raise TypeError(msg)
    if inspect.isgeneratorfunction(fn) or inspect.isasyncgenfunction(fn):
        msg = f"a call of {fn.__qualname__} only makes a generator: protect what takes its items"
        raise TypeError(msg)
    if inspect.iscoroutinefunction(fn):
        return _protected_coroutine(attempts, fn)

    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        for attempt in attempts():
            with attempt:
                return fn(*args, **kwargs)
        raise AssertionError  # attempts end by a return, or raise

    return call


def _protected_coroutine(
    attempts: Callable[[], Attempts], fn: Callable[..., Any]
) -> Callable[..., Any]:
    @functools.wraps(fn)
    async def call(*args: Any, **kwargs: Any) -> Any:
        async for attempt in attempts():
            with attempt:
                return await fn(*args, **kwargs)
        raise AssertionError  # attempts end by a return, or raise

    return call
