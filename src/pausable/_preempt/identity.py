"""What is known of code objects, by identity: two that are equal need not be the same one.

Code that is executed again, or a lambda that is made again, compares equal to what it was before.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from types import CodeType

__all__ = ["ByCode"]

T = TypeVar("T")


class ByCode(Generic[T]):
    """Values for code objects, each kept for as long as its code lives.

    Any thread may read and write; of two that write at once the later wins.
    """

    __slots__ = ("_known",)

    def __init__(self) -> None:
        """Know nothing."""
        self._known: dict[int, tuple[weakref.ref[CodeType], T]] = {}

    def get(self, code: CodeType) -> T | None:
        """Return what is known of a code object."""
        found = self._known.get(id(code))
        return None if found is None else found[1]

    def put(self, code: CodeType, value: T) -> T:
        """Keep what is known of a code object, and return it."""
        key = id(code)
        self._known[key] = weakref.ref(code, lambda _: self._known.pop(key, None)), value
        return value

    def clear(self) -> None:
        """Forget all."""
        self._known.clear()
