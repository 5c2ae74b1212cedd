"""The observation: somebody's callback for what happens in a scope, from when to when."""

from __future__ import annotations

from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any

from pausable._core.attention import current
from pausable._core.audience import reckon
from pausable._core.decision import decide
from pausable._core.observer import Observer, kinds_of
from pausable.events import Event

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.events import Kinds

__all__ = ["begin_to_observe", "end_to_observe", "observe", "observer_of"]


def observer_of(scope: str, callback: Callable[[Any], object], kinds: Kinds | None) -> Observer:
    """Make an observer of what a user gave; it observes nothing yet.

    Raises:
        TypeError: *callback* cannot be called, or *kinds* are none of `pausable.Event`'s.
    """
    if not callable(callback):
        msg = f"an observer must be callable, not {callback!r}"
        raise TypeError(msg)
    context = copy_context()
    context.run(current.set, None)  # an observer belongs to no task, also if a task has made it
    return Observer(scope, context, callback, kinds_of(Event if kinds is None else kinds))


def observe(
    node: Node, callback: Callable[[Any], object], kinds: Kinds | None
) -> Callable[[], None]:
    """Do what the method of that name does."""
    observer = observer_of(node.name, callback, kinds)
    decide(node.pool, begin_to_observe, node, observer)
    return partial(_end, node, observer)


def _end(node: Node, observer: Observer) -> None:
    decide(node.pool, end_to_observe, node, observer)


def begin_to_observe(visit: Visit, node: Node, observer: Observer) -> None:
    """Tell *observer* of what happens in a scope from now on."""
    visit.pool.is_plain = False
    node.audience.observers = (*node.audience.observers, observer)
    reckon(visit.pool)


def end_to_observe(visit: Visit, node: Node, observer: Observer) -> None:
    """Tell *observer* no more."""
    if any(each is observer for each in node.audience.observers):
        node.audience.observers = tuple(
            each for each in node.audience.observers if each is not observer
        )
        reckon(visit.pool)
