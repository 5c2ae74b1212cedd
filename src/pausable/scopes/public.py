"""What users see of a class whose methods are those of internal ones: its own name.

Python says `Scope.pause() got an unexpected keyword argument`, after the class in which a function
was written. Users know `ThreadPoolExecutor.pause()` and `Group.pause()`.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any, TypeVar

__all__ = ["public"]

C = TypeVar("C", bound=type[Any])


def public(cls: C) -> C:
    """Let the public methods of *cls* that it has from classes of ours bear its name."""
    for name in dir(cls):
        found = getattr(cls, name)
        if name.startswith("_") or not isinstance(found, FunctionType):
            continue
        if found.__module__.startswith("pausable.") and name not in vars(cls):
            setattr(cls, name, _renamed(found, f"{cls.__qualname__}.{name}"))
    return cls


def _renamed(function: FunctionType, name: str) -> FunctionType:
    """Copy a function, which is called at the same speed, under another name."""
    copy = FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    copy.__annotations__ = function.__annotations__
    copy.__doc__ = function.__doc__
    copy.__module__ = function.__module__
    copy.__dict__.update(function.__dict__)
    copy.__qualname__ = name
    return copy
