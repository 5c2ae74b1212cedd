"""The view: what can be seen of a pool or a group, and waited for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from pausable._core.facts import fact
from pausable.errors import NotSupported
from pausable.scopes import async_waits
from pausable.scopes.annex import status_with_annexes
from pausable.scopes.fault import faults_of
from pausable.scopes.numbers import optional_seconds
from pausable.scopes.observation import observe
from pausable.scopes.outpost import outpost_of
from pausable.scopes.quiescence import wait_quiescent
from pausable.scopes.status import list_tasks, scope_status, stragglers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from pausable._core.tree import Node
    from pausable.events import Kinds
    from pausable.scopes.fault import Fault
    from pausable.scopes.future import Future
    from pausable.scopes.progress import Progress
    from pausable.snapshots import HoldStatus, ScopeStatus, Straggler

__all__ = ["View"]


class View:
    """What a pool and a group let see of themselves. From any thread, as all of a scope."""

    _p_node: Node

    @fact
    def name(self) -> str:
        """What it is called, in statuses, events, logs and errors."""
        return self._p_node.name

    @fact
    def path(self) -> str:
        """Where it is, as text that no other scope of its process ever has."""
        return self._p_node.identity.path

    @fact
    def id(self) -> int:
        """A number that no other scope of its process ever has."""
        return self._p_node.identity.id

    def is_paused(self) -> bool:
        """Say whether the gate is closed, by a hold on this scope or on one above."""
        return self._p_node.gate.closed

    def is_quiescent(self) -> bool:
        """Say whether each started task of this scope rests or has ended.

        Of a pool, also whether no initializer runs.
        """
        return not self._p_node.busy()

    def wait_quiescent(self, timeout: float | None = None) -> bool:
        """Wait until each started task rests or has ended, *timeout* seconds at most.

        When it has returned true and the scope is paused, no line of any of its tasks runs until a
        resume (or a stop: a stopped task's `finally` blocks run). A task that calls this for its
        own scope counts as at rest meanwhile.
        """
        return wait_quiescent(self._p_node, optional_seconds("timeout", timeout))

    async def wait_quiescent_async(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109
        """Do as `wait_quiescent`, in a coroutine, and without blocking its event loop.

        Raises:
            RuntimeError: called in a task of this scope, which would wait for itself.
        """
        return await async_waits.wait_quiescent(self._p_node, optional_seconds("timeout", timeout))

    def stragglers(self) -> list[Straggler]:
        """Name the tasks that neither rest nor have ended: where they are, and for how long."""
        return stragglers(self._p_node)

    def status(self) -> ScopeStatus:
        """Take a frozen snapshot. Its cost does not depend on how many tasks are queued."""
        return status_with_annexes(self._p_node)

    def tasks(self) -> list[Future[Any]]:
        """List the unfinished tasks, groups' included: those that have started come first."""
        roots = [self._p_node, *self._p_node.annexed()]
        return [task for root in roots for task in cast("list[Future[Any]]", list_tasks(root))]

    def holds(self) -> tuple[HoldStatus, ...]:
        """List the holds on this scope itself, oldest first."""
        return scope_status(self._p_node, lists_tasks=False).holds

    def faults(self) -> tuple[Fault, ...]:
        """List the undecided faults of this scope and those below, oldest first."""
        return faults_of(self._p_node)

    def observe(
        self, callback: Callable[[Any], object], *, kinds: Kinds | None = None
    ) -> Callable[[], None]:
        """Call *callback* with each event of this scope and those below; return what ends that.

        Those of *kinds* only, if given: classes of events, as `isinstance` takes them. Where
        nobody wants to know of each task that comes, starts and ends, the pool is as fast as
        without an observer.

        Events come one at a time, in the order in which they happened, outside all locks, on any
        thread: what a call has caused, before it returns, but for calls in tasks, signal handlers
        and finalizers, and for what workers and timers do; that comes on a thread of its own. What
        the callback raises is logged, and disturbs nobody; while it blocks, no more events come. To
        end it does not wait: what has happened before still comes.

        Raises:
            TypeError: *callback* cannot be called, or *kinds* are none of `pausable.Event`'s.
        """
        return observe(self._p_node, callback, kinds)

    def progress(self, **options: Any) -> Progress:
        """Return a progress bar that knows about pauses, to be used with `with`; needs rich.

        ``pip install pausable[progress]``. See `pausable.scopes.progress.Progress`.

        Raises:
            NotSupported: this is a handle, and the tasks are in a cluster.
        """
        from pausable.scopes.progress import Progress  # noqa: PLC0415

        if outpost_of(self._p_node) is not None:
            raise NotSupported("progress(): use the dashboard of Dask, or status()", self.name)
        return Progress(self, **options)

    # Asked for by notebooks; what it takes to answer is imported then.

    def _repr_html_(self) -> str:
        """Show the scope as it is now, as a table."""
        shown: str = import_module("pausable.notebook.display").html_of(self)
        return shown

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> Any:
        """Show the scope as a live panel, where that is possible; else nothing, and the table."""
        return import_module("pausable.notebook.display").bundle(self, include, exclude)
