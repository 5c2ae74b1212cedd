"""The pause of a cluster: a hold as on any scope, whose waits need the client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pausable.scopes.hold import Hold

if TYPE_CHECKING:
    from pausable._core.task import Task

__all__ = ["ClusterPause"]


class ClusterPause(Hold):
    """What `DaskExecutor.pause()` returns: a `Hold`.

    It ends with its client, too. Whether tasks run then nobody can tell: waits for it raise
    `ConnectionError`.
    """

    __slots__ = ()

    def __init__(self, scope: Any, hold: Hold) -> None:
        """Be that one."""
        super().__init__(scope, hold._node, hold._held, hold._record, hold._timeout)

    def _wait(self, me: Task | None, timeout: float | None) -> bool:
        scope: Any = self._scope
        scope._p_cluster.check_may_ask()
        is_quiescent = super()._wait(me, timeout)
        scope._p_cluster.check_may_ask()  # it may have been closed meanwhile
        return is_quiescent

    async def wait_async(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109 - as `wait`
        """Do as `wait`, in a coroutine, and without blocking its event loop."""
        scope: Any = self._scope
        is_quiescent = await super().wait_async(timeout)
        scope._p_cluster.check_may_ask()
        return is_quiescent
