"""The observer: whom to tell, and of which kinds of events; a recorder reads them when it likes."""

from __future__ import annotations

from collections import deque
from types import UnionType
from typing import TYPE_CHECKING, Any

from pausable.events import (
    Event,
    HoldPlaced,
    HoldReleased,
    ScopeQuiescent,
    ScopeShutDown,
    StopRequested,
    TaskEnded,
    TaskFaulted,
    TaskRested,
    TaskResumed,
    TaskStarted,
    TaskSubmitted,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextvars import Context

__all__ = ["KINDS", "Kind", "Observer", "Recorder", "kinds_of"]

Kind = type[Event]

KINDS: tuple[Kind, ...] = (
    TaskSubmitted,
    TaskStarted,
    TaskRested,
    TaskResumed,
    TaskEnded,
    TaskFaulted,
    StopRequested,
    HoldPlaced,
    HoldReleased,
    ScopeQuiescent,
    ScopeShutDown,
)
"""All that there is; the other classes are their bases."""


class Observer:
    """A callback of somebody's, and the kinds of events that it is called with."""

    __slots__ = ("callback", "context", "kinds", "scope")

    def __init__(
        self,
        scope: str,
        context: Context,
        callback: Callable[[Event], object],
        kinds: frozenset[Kind],
    ) -> None:
        """Observe a scope of this name."""
        self.scope: str = scope
        self.context: Context = context
        self.callback: Callable[[Event], object] = callback
        self.kinds: frozenset[Kind] = kinds


class Recorder(Observer):
    """An observer that is not called, and reads what has happened when it likes.

    Of what it does not read, the oldest is lost: its ring is bounded.
    """

    __slots__ = ("ring",)

    def __init__(self, scope: str, context: Context, kinds: frozenset[Kind], most: int) -> None:
        """Record in a ring of so many events at *most*."""
        self.ring: deque[Any] = deque(maxlen=most)
        super().__init__(scope, context, self.ring.append, kinds)

    def read(self) -> list[Event]:
        """Take out what has happened, oldest first; of one pool in its order."""
        ring, found = self.ring, []
        for _ in range(len(ring)):  # what comes meanwhile is for the next time
            told = ring.popleft()
            found.append(told[0](told) if type(told) is tuple else told)
        return found


def kinds_of(wanted: Any) -> frozenset[Kind]:
    """Return the kinds that an observer wants: a class, a tuple or a union, as `isinstance` takes.

    Raises:
        TypeError: it is anything else, or has a class that is none of our events'.
    """
    classes = tuple(_classes(wanted))
    if not classes or not all(map(_is_kind, classes)):
        msg = f"kinds must be a class of pausable's events, or a tuple of such, not {wanted!r}"
        raise TypeError(msg)
    return frozenset(kind for kind in KINDS if issubclass(kind, classes))


def _classes(wanted: Any) -> Iterator[Any]:
    if isinstance(wanted, tuple):
        for each in wanted:
            yield from _classes(each)
    elif isinstance(wanted, UnionType):
        yield from wanted.__args__
    else:
        yield wanted


def _is_kind(each: Any) -> bool:
    return (
        isinstance(each, type)
        and issubclass(each, Event)
        and any(issubclass(kind, each) for kind in KINDS)
    )
