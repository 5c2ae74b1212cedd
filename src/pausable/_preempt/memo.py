"""What is known of code objects and classes, by identity: equal ones need not be the same one.

Code that is executed again, or a lambda that is made again, compares equal to what it was before; a
metaclass may have an `__eq__` or a `__hash__` of its own.
"""

from __future__ import annotations

import weakref
from typing import Generic, TypeVar

__all__ = ["Memo"]

K = TypeVar("K")
T = TypeVar("T")


class Memo(dict[int, T], Generic[K, T]):
    """Values for objects by their `id`, each kept for as long as its object lives.

    To be read as any dict; written to by `put`. Any thread may do both; of two that write at once
    the later wins.
    """

    __slots__ = ("_keys",)

    def __init__(self) -> None:
        """Know nothing."""
        super().__init__()
        self._keys: dict[int, weakref.ref[K]] = {}

    def put(self, key: K, value: T) -> T:
        """Keep what is known of an object, and return it."""
        number = id(key)
        # The reference is there first: it calls back before the number may be another object's.
        self._keys[number] = weakref.ref(key, lambda _: self._forget(number))
        self[number] = value
        return value

    def _forget(self, number: int) -> None:
        self.pop(number, None)
        self._keys.pop(number, None)
