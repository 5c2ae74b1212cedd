"""The fact: what an object says of itself, as a property does, unless the program writes over it.

Programs keep their own things on futures and pools (``future.name = ...``), as the stdlib's classes
let them. What they write is then what they read, and nothing of ours: our own code never asks for
these names, but for those that begin with `_p_`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["fact"]

T = TypeVar("T")


class fact(Generic[T]):  # noqa: N801 - used as `property` is
    """A property that may be written over, on one object or in a subclass."""

    def __init__(self, get: Callable[[Any], T]) -> None:
        """Say what *get* says."""
        self._get = get
        self.__doc__ = get.__doc__

    @overload
    def __get__(self, instance: None, owner: type[object]) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type[object]) -> T: ...
    def __get__(self, instance: object, owner: type[object]) -> Self | T:
        """Say it of *instance*: asked only if that has nothing of its own under this name."""
        return self if instance is None else self._get(instance)

    if TYPE_CHECKING:

        def __set__(self, instance: object, value: object) -> None:
            """Let it be written over: checkers want to see this, which works by its absence."""
