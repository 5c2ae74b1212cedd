"""The pause of a cluster: a hold as on any scope, whose waits need the client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pausable.scopes.hold import Hold

if TYPE_CHECKING:
    from pausable._core.task import Task
    from pausable.dask.cluster import Cluster

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

    @property
    def _cluster(self) -> Cluster:
        scope: Any = self._scope
        cluster: Cluster = scope._p_cluster
        return cluster

    def is_released(self) -> bool:
        """Say whether it holds no longer."""
        self._cluster.envoy.end_if_gone()
        return super().is_released()

    def release(self) -> bool:
        """End this hold; the scope opens if nobody else holds it. False if it had ended already."""
        self._cluster.envoy.end_if_gone()
        return super().release()

    def _wait(self, me: Task | None, timeout: float | None) -> bool:
        self._cluster.check_may_ask()
        is_quiescent = super()._wait(me, timeout)
        self._cluster.check_may_ask()  # it may have been closed meanwhile
        return is_quiescent

    async def wait_async(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109 - as `wait`
        """Do as `wait`, in a coroutine, and without blocking its event loop."""
        is_quiescent = await super().wait_async(timeout)
        self._cluster.check_may_ask()
        return is_quiescent
