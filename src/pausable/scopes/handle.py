"""The handle of a pool: for whoever sees it from outside. It keeps nothing alive.

A pool belongs to who has made it. Who lists all pools may pause and resume one, but does not have
it: the executor is collected as if nobody had seen it, and the handle goes on to reach the pool for
as long as anything is left of that.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from pausable._core.decision import decide
from pausable._core.slots import set_limit
from pausable.errors import NotSupported, ScopeEnded
from pausable.scopes.adoption import adoption_of
from pausable.scopes.numbers import check_workers, optional_seconds
from pausable.scopes.outpost import outpost_of
from pausable.scopes.pools import crews
from pausable.scopes.process import process
from pausable.scopes.public import public
from pausable.scopes.scope import Scope
from pausable.scopes.shutdown import close, is_over, wait_ended
from pausable.scopes.terms import checked_limit

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pausable._core.tree import Node
    from pausable.scopes.future import Future
    from pausable.scopes.hold import Hold
    from pausable.scopes.pools import Runner
    from pausable.scopes.switch import Switch
    from pausable.snapshots import Running

__all__ = ["NodeHandle", "PoolHandle", "handles"]


class _Handle(Scope):
    """A scope that is seen from outside. The holds that it places keep the executor, not itself."""

    def pause(
        self,
        reason: str = "paused",
        *,
        running: Running = "rest",
        duration: float | None = None,
        until: datetime | None = None,
        stagger: float | None = None,
        jitter: float | None = None,
        timeout: float | None = None,
        owner: str | None = None,
    ) -> Hold:
        """Place a hold, as the pool's `pause`. While it is in force, it keeps the executor alive.

        Raises:
            ScopeEnded: nothing of the pool is left.
        """
        executor = self._p_executor()
        hold = super().pause(
            reason,
            running=running,
            duration=duration,
            until=until,
            stagger=stagger,
            jitter=jitter,
            timeout=timeout,
            owner=owner,
        )
        hold._record.keeps = executor
        return hold

    def switch(
        self, reason: str = "paused", *, running: Running = "rest", owner: str | None = None
    ) -> Switch:
        """Return a switch, as the pool's `switch`. While it is on, it keeps the executor alive."""
        switch = super().switch(reason, running=running, owner=owner)
        switch._kept = self._p_executor
        return switch

    def _p_executor(self) -> object:
        raise NotImplementedError


@public
class PoolHandle(_Handle):
    """A pool as `pausable.pools()` lists it: a scope with the methods of that pool.

    When nothing of the pool is left, they raise `ScopeEnded`. Two handles of one pool are equal.
    """

    def __init__(self, crew: Runner) -> None:
        """Use `pausable.pools()`."""
        self._crew = weakref.ref(crew)
        self._name = crew.pool.root.name

    @property
    def name(self) -> str:
        """What the pool is called."""
        return self._name

    @property
    def _p_crew(self) -> Runner:
        crew = self._crew()
        if crew is None or crew.root() is None:
            raise ScopeEnded(self._name, "reach it")
        return crew

    @property
    def _p_node(self) -> Node:  # type: ignore[override]
        root = self._p_crew.root()
        if root is None:
            raise ScopeEnded(self._name, "reach it")
        return root

    def _p_reference(self) -> Callable[[], Scope | None]:
        return lambda: self

    def _p_executor(self) -> object:
        crew = self._crew()
        return None if crew is None else crew.executor()

    def shutdown(  # type: ignore[override]  # as the pool's
        self, wait: bool = True, *, cancel_futures: bool = False, timeout: float | None = None
    ) -> bool:
        """Take no more tasks; wait for those there are: as the pool's `shutdown`.

        Raises:
            RuntimeError: the pool was adopted.
            NotSupported: its tasks are in a cluster.
        """
        if outpost_of(self._p_node) is not None:
            raise NotSupported("shutdown() by a handle: shut its executor down", self._name)
        if adoption_of(self._p_node) is not None:
            raise RuntimeError(f"{self._name!r} was adopted: shut its own executor down")
        limit = optional_seconds("timeout", timeout)
        crew, node = self._p_crew, self._p_node
        close(node, cancel_futures=cancel_futures)
        return wait_ended(node, crew, limit) if wait else is_over(node)

    def __eq__(self, other: object) -> bool:
        """Say whether it is one of the same pool."""
        if not isinstance(other, PoolHandle):
            return NotImplemented
        return self._crew is other._crew

    def __hash__(self) -> int:
        """Be the same for all of one pool."""
        return hash(id(self._crew))

    def __repr__(self) -> str:
        """Name the pool."""
        crew = self._crew()
        state = "" if crew is not None and crew.root() is not None else ", which is gone"
        return f"<PoolHandle of {self._name!r}{state}>"


class NodeHandle(_Handle):
    """A pool or a group, whatever runs its tasks: what a walk through the tree of a pool finds.

    It keeps what is known of the pool, not the executor. For those who act from outside at once.
    """

    def __init__(self, node: Node, crew: Runner | None) -> None:
        """Use `handles()`."""
        self._p_node = node
        self._crew = None if crew is None else weakref.ref(crew)

    def _p_executor(self) -> object:
        crew = None if self._crew is None else self._crew()
        return None if crew is None else crew.executor()

    def _p_reference(self) -> Callable[[], Scope | None]:
        return lambda: self

    def groups(self) -> list[NodeHandle]:
        """List the groups right below, in the order in which they were made."""
        crew = None if self._crew is None else self._crew()
        return [NodeHandle(node, crew) for node in tuple(self._p_node.children.values())]

    def pause_task(
        self,
        task: Future[Any],
        reason: str,
        *,
        running: Running,
        duration: float | None,
        owner: str,
    ) -> Hold:
        """Place a hold on a task of this pool. In force, it keeps the executor alive."""
        executor = self._p_executor()
        hold = task.pause(reason, running=running, duration=duration, owner=owner)
        if not hold.is_released():
            hold._record.keeps = executor
        return hold

    def resize(self, limit: int | None) -> bool:
        """Let so many tasks of it run at once; None, of a group, for as many as the pool lets.

        Returns whether that is another limit than before.

        Raises:
            TypeError: *limit* is no number; or what runs the tasks of this pool takes none.
            ValueError: *limit* is out of range, or None of a pool.
        """
        node = self._p_node
        if node.parent is not None:
            checked, before = checked_limit(limit), node.slots.asked
            decide(node.pool, set_limit, node, checked)
            return checked != before
        if limit is None:
            msg = f"the pool {node.name!r} must have a limit: only a group can do without"
            raise ValueError(msg)
        workers = check_workers("limit", limit)
        crew: Any = node.pool.adapter if self._crew is None else self._crew()
        if not hasattr(crew, "resize"):
            msg = f"{node.name!r} cannot be resized: it has as many workers as it was made with"
            raise TypeError(msg)
        before = node.slots.asked
        crew.asked = limit
        crew.resize(workers)
        return workers != before


def handles() -> list[NodeHandle]:
    """List the pools of this process of which anything is left, whatever runs their tasks."""
    known = {crew.pool: crew for crew in crews()}
    left = [root for root in process.roots() if root.queue.is_accepting or root.unfinished()]
    return [NodeHandle(root, known.get(root.pool)) for root in left]
