"""What depends on a guard: the scopes, and the tasks that have met the failure, with their holds.

The guard's lock is held by whoever calls; the pools' locks are taken below it, never the other way
round. Nothing is done here that could call anybody: what remains to be done when the guard's lock
has been let go, is appended to *todo*.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pausable._core.gates import HoldRecord
from pausable._core.states import DONE
from pausable._core.times import clock, wall_clock
from pausable.errors import ScopeEnded
from pausable.threads.holding import lift, put, release
from pausable.threads.scope import Scope
from pausable.threads.staggering import set_pace
from pausable.threads.timer import timer

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.nodes import Node
    from pausable._core.tasks import Task
    from pausable.threads.future import Future
    from pausable.threads.holding import Holdable

    Todo = list[Callable[[], object]]

__all__ = ["Dependents"]


class Dependents:
    """The scopes and tasks that one guard holds while it is tripped."""

    def __init__(self, owner: str) -> None:
        """Begin with none; *owner* is what their holds say."""
        self._owner = owner
        # Weak, but for the nodes: what depends on a guard keeps it, not the other way round.
        self._scopes: dict[Node, Callable[[], Scope | None]] = {}
        self._held: dict[Node | Task, tuple[Holdable, HoldRecord]] = {}
        self._reason: str | None = None

    def begin_anew(self) -> None:
        """Forget all holds: this is a forked child, where nothing is held."""
        self._held.clear()
        self._reason = None

    @property
    def reason(self) -> str | None:
        """Why they are held; None if they are not."""
        return self._reason

    def records(self) -> list[HoldRecord]:
        """List the holds that are in force."""
        return [record for _, record in self._held.values()]

    def tasks(self) -> list[Task]:
        """List the tasks that are held on their own."""
        return [scope for scope, _ in self._held.values() if not isinstance(scope, Scope)]  # type: ignore[misc]

    def scopes(self) -> list[Scope]:
        """List the pools and groups; those that are gone, or over, are forgotten."""
        found = {node: find() for node, find in self._scopes.items()}
        living = [each for each in found.values() if each is not None and not each._is_over()]
        kept = {each._node for each in living}
        self._scopes = {node: find for node, find in self._scopes.items() if node in kept}
        return living

    def are_there(self) -> bool:
        """Say whether there is anything that is held, or will be; forget tasks that are over."""
        for task in self.tasks():
            if task._state in DONE:
                del self._held[task]
        return bool(self.scopes() or self.tasks())

    def add(self, scope: Scope, todo: Todo) -> None:
        """Let *scope* be held with the others, from now on if they are."""
        if scope._node not in self._scopes:
            self._scopes[scope._node] = scope._reference()
            self._place(scope._node, scope, todo)

    def add_task(self, task: Future[object], todo: Todo) -> None:
        """Hold *task* if the others are held, till they are released."""
        self._place(task, task, todo)

    def hold(self, reason: str, todo: Todo) -> None:
        """Hold all scopes."""
        self._reason = reason
        for scope in self.scopes():
            self._place(scope._node, scope, todo)

    def _place(self, key: Node | Task, scope: Holdable, todo: Todo) -> None:
        if self._reason is None or key in self._held:
            return
        record = HoldRecord(
            self._reason, self._owner, "rest", "guard", clock(), wall_clock(), None, None
        )
        try:
            todo.append(put(scope, record))
        except ScopeEnded:
            return
        if record.placed:
            self._held[key] = (scope, record)

    def release(self, stagger: float, todo: Todo) -> None:
        """Release all holds; with *stagger*, tasks go one by one, so many seconds apart."""
        held, self._held, self._reason = self._held, {}, None
        scopes = {node for node in held if node in self._scopes}
        alone = 0
        for scope, record in reversed(held.values()):
            before = None
            if isinstance(scope, Scope):
                before = partial(set_pace, scope._node, stagger, 0.0) if stagger else None
            elif stagger and not any(above in scopes for above in scope._own_node.path()):
                if alone:
                    timer.call_at(clock() + alone * stagger, partial(release, scope, record))
                    alone += 1
                    continue
                alone = 1
            _, do = lift(scope, record, before)
            todo.append(do)
