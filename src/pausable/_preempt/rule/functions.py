"""What can be told of functions and classes before they are called."""

from __future__ import annotations

from functools import partial
from types import FunctionType, MethodType

from pausable._preempt.rule import objects
from pausable._preempt.rule.objects import StandIn, is_a

__all__ = [
    "enter_of",
    "function_of",
    "initializer_of",
    "iter_of",
    "kind_of",
    "managed_by",
    "runs_later",
    "starts_suspended",
]

_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200  # co_flags

Bound = tuple[FunctionType, tuple[object, ...]]


def function_of(value: object) -> Bound | None:
    """Return the Python function that calling a value runs, and the arguments it is given first."""
    if type(value) is FunctionType:
        return value, ()
    if type(value) is MethodType:
        inner = function_of(value.__func__)
        return None if inner is None else (inner[0], (value.__self__, *inner[1]))
    if type(value) is partial:
        inner = function_of(value.func)
        return None if inner is None else (inner[0], (*inner[1], *value.args))
    call = objects.attribute(type(value), "__call__")
    return (call, (value,)) if is_a(call, FunctionType) else None


def initializer_of(cls: type) -> Bound | None:
    """Return the `__init__` that making an instance runs, and what stands in for the instance."""
    found = objects.attribute(cls, "__init__")
    return (found, (StandIn(cls),)) if is_a(found, FunctionType) else None


def enter_of(cls: type) -> FunctionType | None:
    """Return `__enter__` or `__aenter__` of a class, if it is written in Python."""
    for name in ("__enter__", "__aenter__"):
        found = objects.attribute(cls, name)
        if is_a(found, FunctionType):
            return found
    return None


def iter_of(cls: type) -> FunctionType | None:
    """Return `__iter__` or `__aiter__` of a class, if it is a generator function."""
    for name in ("__iter__", "__aiter__"):
        found = objects.attribute(cls, name)
        if is_a(found, FunctionType) and starts_suspended(found):
            return found
    return None


def managed_by(function: FunctionType) -> FunctionType | None:
    """Return the generator function that `contextlib.contextmanager` has wrapped."""
    module = dict.get(function.__globals__, "__name__")  # they may have a `get` of their own
    if module != "contextlib" or function.__name__ == "inner":
        return None
    wrapped = function.__dict__.get("__wrapped__")
    return wrapped if is_a(wrapped, FunctionType) else None


def starts_suspended(function: FunctionType) -> bool:
    """Tell whether calling a function makes a generator or a coroutine and runs nothing."""
    return bool(function.__code__.co_flags & (_GENERATOR | _COROUTINE | _ASYNC_GENERATOR))


def runs_later(function: FunctionType) -> bool:
    """Tell whether calling a function makes a generator: a coroutine is awaited at once, mostly."""
    return bool(function.__code__.co_flags & (_GENERATOR | _ASYNC_GENERATOR))


def kind_of(arguments: tuple[object, ...]) -> type:
    """Return the class of the first argument, which is that of `self` in a method."""
    first = arguments[0] if arguments else None
    return first.cls if is_a(first, StandIn) else type(first)
