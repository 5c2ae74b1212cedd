"""The view of a cluster: what can be seen of it, and waited for; and what it does not have."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NoReturn

from pausable._core.states import FINISHED
from pausable._core.times import clock
from pausable.errors import NotSupported
from pausable.scopes.numbers import optional_seconds
from pausable.snapshots import ScopeStatus, TaskStatus

if TYPE_CHECKING:
    from pausable.dask.cluster import Cluster, Sightings
    from pausable.dask.cluster_future import ClusterFuture
    from pausable.snapshots import HoldStatus, Straggler

__all__ = ["ClusterView"]

_LISTED = 10  # queued tasks in a status


class ClusterView:
    """What an executor for a cluster lets see. Each of these methods asks the cluster."""

    _p_cluster: Cluster
    _p_is_shut_down: bool

    def _p_set_up(self) -> None:
        self._p_futures: dict[str, ClusterFuture[Any]] = {}  # those that are not over, by keys
        self._p_ends: Counter[str] = Counter()
        self._p_made_at = clock()

    def _p_forget(self, future: ClusterFuture[Any]) -> None:
        """Count a task as over, which is."""
        if self._p_futures.pop(future.key, None) is None:
            return
        future._p_let_go_if_over()
        if future._state != FINISHED:
            self._p_ends["cancelled" if future._p_stop_reason is None else "stopped"] += 1
        else:
            self._p_ends["succeeded" if future._exception is None else "failed"] += 1

    @property
    def name(self) -> str:
        """What it is called, in statuses, errors and logs."""
        return self._p_cluster.name

    def is_paused(self) -> bool:
        """Say whether the cluster is held, by whomever."""
        return bool(self._p_cluster.holds(None))

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
        return tuple(map(self._p_cluster.describe, self._p_cluster.holds(None)))

    def stragglers(self) -> list[Straggler]:
        """Name the tasks that neither rest nor have ended, and on which worker they are.

        And the workers that have not answered.
        """
        return self._p_cluster.look().stragglers()

    def tasks(self) -> list[ClusterFuture[Any]]:
        """List the unfinished tasks of this executor."""
        return list(self._p_futures.values())

    def status(self) -> ScopeStatus:
        """Take a frozen snapshot: the workers, by their addresses, are the `groups`.

        What runs and rests is counted in the whole cluster, whatever `DaskExecutor` it is of; what
        is queued or over, of this one. A worker that does not answer is left out.
        """
        seen = self._p_cluster.look()
        return self._p_status(seen, self._p_futures.copy(), Counter(self._p_ends))

    def _p_status(
        self, seen: Sightings, futures: dict[str, ClusterFuture[Any]], ends: Counter[str]
    ) -> ScopeStatus:
        groups = {worker: outlook.status for worker, outlook in seen.outlooks.items()}
        started = [each for group in groups.values() for each in group.tasks]
        queued = futures.keys() - {each.name for each in started}
        holds = tuple(self._p_cluster.describe(each) for each in seen.holds if each["key"] is None)
        shown = [self._p_queued(key, is_paused=bool(holds)) for key in list(queued)[:_LISTED]]
        age, held_for = (
            clock() - self._p_made_at,
            max((each.seconds for each in holds), default=0.0),
        )
        done = ends.total()
        return ScopeStatus(
            name=self.name,
            is_paused=bool(holds),
            is_quiescent=seen.is_quiescent,
            is_shut_down=self._p_is_shut_down,
            max_workers=sum(seen.threads.values()),
            running=sum(each.running for each in groups.values()),
            resting=sum(each.resting for each in groups.values()),
            queued=len(queued),
            done=done,
            holds=holds,
            active_time=age - held_for,
            paused_time=held_for,
            groups=groups,
            tasks=(*started, *shown),
            items=done + len(futures),
            items_done=done,
            items_held=len(futures) if holds else 0,
            path=self.name,
            unlisted=len(queued) - len(shown),
            succeeded=ends["succeeded"],
            failed=ends["failed"],
            cancelled=ends["cancelled"],
            stopped=ends["stopped"],
        )

    def _p_queued(self, key: str, *, is_paused: bool) -> TaskStatus:
        return TaskStatus(key, self.name, "queued", is_paused, 0.0, 0.0)

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
