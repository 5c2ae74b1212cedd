"""The audience: who observes a scope, what of it, and how an event comes to them.

In a visit only the bare facts go into the outbox, and only if somebody wants that kind of event.
The event that observers get is made of them when it is delivered, outside the lock. A recorder is
not called at all: the facts go into its ring, and become events when that is read (`observer`).
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from pausable._core.log import ERROR, log
from pausable._core.names import callable_name, plain_text
from pausable._core.observer import KINDS, Recorder
from pausable._core.outbox import is_ctrl_c
from pausable._core.path import id_of_task, path_of_part
from pausable._core.times import clock, wall_clock
from pausable.events import Event, TaskEnded, TaskEvent, TaskStarted, TaskSubmitted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pausable._core.observer import Kind, Observer
    from pausable._core.ports import Seat
    from pausable._core.task import Task

__all__ = [
    "Audience",
    "Demand",
    "deliver_to",
    "emit",
    "emit_of",
    "reckon",
]

Outlet = tuple[Any, Any, tuple[Any, ...]]
"""A ring, or None for the outbox of the pool; what is called with the facts; who observes."""

_OF_ALL_TASKS = frozenset({TaskSubmitted, TaskStarted, TaskEnded})
"""What happens to each task, also where nothing is paused."""


_new = object.__new__
_set_scope, _set_at, _set_path, _set_id, _set_monotonic = (
    getattr(Event, name).__set__ for name in ("scope", "at", "path", "id", "monotonic")
)
_set_task, _set_task_path, _set_task_id, _set_seat = (
    getattr(TaskEvent, name).__set__ for name in ("task", "task_path", "task_id", "seat")
)
_OWN: dict[type[TaskEvent], list[Callable[[TaskEvent, Any], None]]] = {
    kind: [getattr(kind, each.name).__set__ for each in fields(kind)[len(fields(TaskEvent)) :]]
    for kind in KINDS
    if issubclass(kind, TaskEvent)
}
"""What sets the fields that the events of one kind have beyond those of all tasks."""


class Audience:
    """Who observes one scope, and who hears of its events."""

    __slots__ = ("observers", "outlets")

    def __init__(self) -> None:
        """Begin with nobody."""
        self.observers: tuple[Observer, ...] = ()
        # Derived, for each kind that was asked for: where its facts go, for those here and above.
        self.outlets: dict[Kind, tuple[Outlet, ...]] = {}


class Demand:
    """What is wanted by all who observe a scope of one pool. Derived, see `reckon`."""

    __slots__ = ("is_followed", "observed", "wanted")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.observed: int = 0  # how many observers there are in the tree
        self.wanted: frozenset[Kind] = frozenset()  # the kinds of events that these want
        self.is_followed: bool = False  # whether that is anything that happens to each task


def reckon(pool: Any) -> None:
    """Make anew what follows from who observes. Under the lock."""
    nodes = list(pool.root.below())
    observers = [each for node in nodes for each in node.audience.observers]
    pool.demand.observed = len(observers)
    pool.demand.wanted = frozenset(kind for each in observers for kind in each.kinds)
    pool.demand.is_followed = not pool.demand.wanted.isdisjoint(_OF_ALL_TASKS)
    for node in nodes:
        node.audience.outlets = {}


def emit(node: Any, kind: Kind, *facts: object) -> None:
    """Tell those who observe a scope now, in the order of the calls. Under the lock."""
    for box, tell, audience in _outlets(node, kind):
        told = (tell, audience, kind, node, wall_clock(), clock(), facts)
        (node.pool.outbox if box is None else box).append(told)


def emit_of(task: Task, kind: type[TaskEvent], *facts: object, seat: Seat | None = None) -> None:
    """Do as `emit`, of a task, which is not kept; on a *seat*, or where it is.

    Also without the lock, of a task that nobody else knows yet.
    """
    node: Any = task._p_node
    outlets = node.audience.outlets.get(kind)
    if outlets is None:
        outlets = _outlets(node, kind)
    if not outlets:
        return
    label = task._p_label
    if label is None:
        label = task._p_label = callable_name(task._p_fn)
    if seat is None:
        seat = task._p_seat
    for box, tell, audience in outlets:
        told = (
            tell,
            audience,
            kind,
            node,
            wall_clock(),
            clock(),
            label,
            task._p_number,
            task._p_id or id_of_task(task),
            None if seat is None else getattr(seat, "ident", 0) or None,
            facts,
        )
        (node.pool.outbox if box is None else box).append(told)


def _outlets(node: Any, kind: Kind) -> tuple[Outlet, ...]:
    """Return where facts of a kind go, of a scope: for who observes that, or a scope above."""
    # Asked for before the observers are looked at: `reckon` puts another in its place after these
    # have changed, so that what is kept here without the lock is either right or thrown away.
    outlets: dict[Kind, tuple[Outlet, ...]] = node.audience.outlets
    found = outlets.get(kind)
    if found is None:
        found = outlets[kind] = tuple(_make_outlets(node, kind))
    return found


def _make_outlets(node: Any, kind: Kind) -> Iterator[Outlet]:
    wanted = [
        each for above in node.path() for each in above.audience.observers if kind in each.kinds
    ]
    is_of_task = issubclass(kind, TaskEvent)
    called = tuple(each for each in wanted if not isinstance(each, Recorder))
    if called:
        yield None, _tell_of if is_of_task else _tell, called
    for each in wanted:
        if isinstance(each, Recorder):
            yield each.ring, _event_of if is_of_task else _event, ()


def _tell(told: tuple[Any, ...]) -> None:
    deliver_to(told[1], _event(told))


def _tell_of(told: tuple[Any, ...]) -> None:
    deliver_to(told[1], _event_of(told))


def _event(told: tuple[Any, ...]) -> Event:
    _, _, kind, node, at, monotonic, facts = told
    event: Event = kind(
        node.name, at, *facts, path=node.identity.path, id=node.identity.id, monotonic=monotonic
    )
    return event


def _event_of(told: tuple[Any, ...]) -> Event:
    _, _, kind, node, at, monotonic, label, number, id_, seat, facts = told
    if not label.isascii():
        label = plain_text(label)
    # As the `__init__` of a frozen dataclass does, which takes three times as long.
    event: TaskEvent = _new(kind)
    _set_scope(event, node.name)
    _set_at(event, at)
    _set_path(event, node.identity.path)
    _set_id(event, node.identity.id)
    _set_monotonic(event, monotonic)
    _set_task(event, f"{label}-{number}" if number > 0 else label)
    _set_task_path(event, path_of_part(node, label, number))
    _set_task_id(event, id_)
    _set_seat(event, seat)
    for set_fact, fact in zip(_OWN[kind], facts, strict=True):
        set_fact(event, fact)
    return event


def deliver_to(audience: tuple[Observer, ...], event: Event) -> None:
    """Call them with an event; what they raise is logged. Outside the lock."""
    for each in audience:
        run = each.context.copy().run  # that of a forked child may have been left inside
        try:
            run(each.callback, event)
        except BaseException as error:
            if is_ctrl_c(error):
                raise
            log(ERROR, "an observer of %r raised on %r", each.scope, event, error=error)
