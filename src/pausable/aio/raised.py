"""What is raised: by asyncio into a coroutine, and out of one, and what each side makes of it."""

from __future__ import annotations

from asyncio import CancelledError
from typing import Any

from pausable.errors import Stopped

__all__ = ["as_shown", "failure_of", "thrown"]


def thrown(kind: Any, value: Any, trace: Any) -> BaseException:
    """Return the exception that `throw` was called with, in one of its two ways."""
    error: BaseException
    if isinstance(kind, BaseException):
        error = kind
    elif isinstance(value, BaseException):
        error = value
    else:
        error = kind() if value is None else kind(value)
    return error if trace is None else error.with_traceback(trace)


def failure_of(error: BaseException, reason: str | None) -> BaseException | None:
    """Return what a task has failed with whose coroutine has raised *error*.

    A cancellation is a stop: for the *reason* of the stop that was asked for, or its own message.
    """
    if isinstance(error, StopIteration):
        return None
    if isinstance(error, GeneratorExit):
        return Stopped(reason or "closed")
    if isinstance(error, CancelledError):
        given = error.args[0] if error.args else None
        return Stopped(reason or (given if type(given) is str and given else "cancelled"))
    return error


def as_shown(error: BaseException, failure: BaseException | None) -> BaseException:
    """Return what asyncio is to see of *error*, which is *failure* to us."""
    if isinstance(error, Stopped):  # raised by a checkpoint below the coroutine
        error = CancelledError(*error.args)
    if failure is None or failure is error or isinstance(failure, Stopped):
        return error
    return failure  # a time limit was used up
