"""The view of a cluster: what can be seen of it, and waited for; and what it does not have."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from pausable.dask.envoy import located
from pausable.errors import NotSupported
from pausable.scopes.gated import Gated
from pausable.scopes.numbers import optional_seconds
from pausable.scopes.status import scope_status

if TYPE_CHECKING:
    from pausable._core.tree import Node
    from pausable.dask.cluster import Cluster
    from pausable.dask.cluster_future import ClusterFuture
    from pausable.dask.panorama import Panorama
    from pausable.snapshots import HoldStatus, ScopeStatus, Straggler

__all__ = ["ClusterView"]


class ClusterView(Gated):
    """What an executor for a cluster lets see. Each of these methods asks the cluster."""

    _p_cluster: Cluster

    @property
    def _p_node(self) -> Node:  # type: ignore[override]  # it is the envoy's
        node: Node = self._p_cluster.envoy.host
        return node

    def is_paused(self) -> bool:
        """Say whether the cluster is held, by whomever."""
        return bool(self._p_cluster.holds(None)) or self._p_node.gate.closed

    def is_quiescent(self) -> bool:
        """Say whether each task of any `DaskExecutor` that has begun rests or has ended."""
        return self._p_cluster.look().is_quiescent

    def wait_quiescent(self, timeout: float | None = None) -> bool:
        """Wait until each task that has begun rests or has ended, *timeout* seconds at most.

        When it has returned true, no line of any of them runs until a resume. False at once while
        nobody holds the cluster: then nothing keeps a task from starting while others are asked.
        """
        checked = optional_seconds("timeout", timeout)
        return self._p_cluster.wait_quiescent(None, checked, "wait_quiescent()")

    def holds(self) -> tuple[HoldStatus, ...]:
        """List the holds on the cluster, whosever they are, oldest first."""
        own = scope_status(self._p_node, lists_tasks=False).holds
        return self._p_cluster.look().holds_with(own, self._p_cluster.party)

    def stragglers(self) -> list[Straggler]:
        """Name the tasks that neither rest nor have ended, and on which worker they are.

        Those of any `DaskExecutor`, since the cluster rests as one. And the workers that have not
        answered.
        """
        return [located(each) for each in self._p_cluster.look().stragglers()]

    def tasks(self) -> list[ClusterFuture[Any]]:  # type: ignore[override]  # futures of another kind
        """List the unfinished tasks of this executor."""
        return list(self._p_cluster.roster.futures.values())

    def status(self) -> ScopeStatus:
        """Take a frozen snapshot: the workers, by their addresses, are the `groups`.

        The tasks of this executor are counted. A worker counts all that it has, whatever
        `DaskExecutor` it is of; one that does not answer is not among the groups.
        """
        cluster = self._p_cluster
        panorama: Panorama = cluster.envoy.panorama
        seen, own = cluster.look(), scope_status(self._p_node)
        status = panorama.status(own, cluster.roster, seen, is_quiescent=seen.is_quiescent)
        groups = {worker: outlook.status for worker, outlook in seen.outlooks.items()}
        return replace(status, groups=groups)

    # What a cluster does not have.

    def group(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse.

        Raises:
            NotSupported: always. Dask has nothing that keeps a part of what it has sent out from
                starting, and lets the rest go on.
        """
        raise NotSupported("groups: hold single tasks, future.pause()", self.name)

    def wait_quiescent_async(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse.

        Raises:
            NotSupported: always.
        """
        raise NotSupported("waits for coroutines: asyncio.to_thread(wait_quiescent)", self.name)

    def options(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse.

        Raises:
            NotSupported: always. What Dask has for tasks is given to `DaskExecutor()`.
        """
        raise NotSupported("options(): tasks of a cluster have no limits of time", self.name)

    def observe(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse.

        Raises:
            NotSupported: always. Each event would be a message to each client.
        """
        raise NotSupported("observers: look at status(), or at the dashboard of Dask", self.name)

    def faults(self) -> NoReturn:
        """Refuse.

        Raises:
            NotSupported: always. Dask tries again what fails: retries=.
        """
        raise NotSupported("faults that wait for a decision: use retries=", self.name)

    def progress(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse.

        Raises:
            NotSupported: always.
        """
        raise NotSupported("progress(): use the dashboard of Dask, or status()", self.name)
