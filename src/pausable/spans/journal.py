"""The journal: the rests of the tasks that have spans, kept until a span asks for its own.

Pools put bare facts into a ring (`_core.observer.Recorder`), in the visit in which a rest begins or
ends. So when a task has ended, on its own thread, all its rests are there. A pool has its journal
among its observers, and nobody else does.
"""

from __future__ import annotations

import threading
from contextvars import Context
from typing import TYPE_CHECKING, Any, cast

from pausable._core.decision import decide
from pausable._core.observer import Recorder
from pausable.events import TaskRested, TaskResumed
from pausable.scopes.observation import begin_to_observe

if TYPE_CHECKING:
    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.events import TaskEvent

__all__ = ["Journal", "journal_of"]

_MOST = 10_000  # events in the ring
_OF_ONE = 100  # events of one task


class Journal(Recorder):
    """The rests of those tasks of one pool that are open in it."""

    __slots__ = ("lock", "opened")

    def __init__(self) -> None:
        """Begin without a task; nothing is noted yet."""
        super().__init__("", Context(), frozenset({TaskRested, TaskResumed}), _MOST)
        # Over what is opened, and over reading. Nothing of others is called under it.
        self.lock: threading.Lock = threading.Lock()
        self.opened: dict[int, list[TaskEvent]] = {}

    def open(self, task: int) -> None:
        """Keep the rests of a task from now on."""
        with self.lock:
            self.opened[task] = []

    def close(self, task: int) -> list[TaskEvent]:
        """Return the first rests of a task, and when each was over; keep them no more."""
        with self.lock:
            for event in cast("list[TaskEvent]", self.read()):
                rests = self.opened.get(event.task_id)
                if rests is not None and len(rests) < _OF_ONE:
                    rests.append(event)
            return self.opened.pop(task, [])


def journal_of(root: Node) -> Journal:
    """Return the journal of a pool, which begins now if there is none."""
    found: Journal | None = _there(root)
    if found is None:
        made: Any = decide(root.pool, _begin, root)
        found = made if isinstance(made, Journal) else Journal()  # called in a visit: it comes late
    return found


def _there(root: Node) -> Journal | None:
    return next((each for each in root.audience.observers if type(each) is Journal), None)


def _begin(visit: Visit, root: Node) -> Journal:
    journal = _there(root)  # others may have been faster
    if journal is None:
        journal = Journal()
        begin_to_observe(visit, root, journal)
    return journal
