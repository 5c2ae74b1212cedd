"""The chunk: many calls of a function as one task of a cluster, for `map(chunksize=...)`."""

from __future__ import annotations

import itertools
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from pausable._core.names import wrappers
from pausable.scopes import attendance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["DaskChunk", "chunks"]


def chunks(items: Iterator[Any], size: int) -> Iterator[tuple[Any, ...]]:
    """Cut *items* into tuples of so many; the last one may be shorter."""
    return iter(lambda: tuple(itertools.islice(items, size)), ())


class DaskChunk:
    """A function for a tuple of arguments of many calls, with a checkpoint before each call."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        """Stand for many calls of *function*."""
        self.function: Callable[..., Any] = function

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the fact."""
        return DaskChunk, (self.function,)

    def __call__(self, items: tuple[tuple[Any, ...], ...]) -> list[Any]:
        """Call it with each, and return what it has returned."""
        results = []
        for args in items:
            attendance.checkpoint()
            results.append(self.function(*args))
        return results


wrappers[DaskChunk] = attrgetter("function")
