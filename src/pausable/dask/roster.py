"""The roster: the tasks of one executor that are not over, and how many ended how."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from pausable._core.states import FINISHED
from pausable._core.times import clock
from pausable.dask.cluster_future import end_with

if TYPE_CHECKING:
    from pausable.dask.cluster import Cluster
    from pausable.dask.cluster_future import ClusterFuture

__all__ = ["Roster", "counts_of"]


class Roster:
    """What one executor has submitted. From any thread: each change is one step of a dict."""

    def __init__(self, party: str) -> None:
        """Begin with nothing; *party* is what the scheduler knows the executor by."""
        self.party: str = party
        self.futures: dict[str, ClusterFuture[Any]] = {}  # those that are not over, by keys
        self.ends: Counter[str] = Counter()
        self.made_at: float = clock()
        self.is_closed: bool = False  # it takes no more

    def forget(self, future: ClusterFuture[Any]) -> None:
        """Count a task as over, which is. Called on one thread; it is counted before it is gone."""
        if future.key not in self.futures:
            return
        future._p_let_go_if_over()
        if future._state != FINISHED:
            self.ends["cancelled" if future._p_stop_reason is None else "stopped"] += 1
        else:
            self.ends["succeeded" if future._exception is None else "failed"] += 1
        del self.futures[future.key]

    def end(self, cluster: Cluster, ends: str, reason: str | None) -> int:
        """End those that have not begun; ask the others to stop, if *ends* says so.

        Returns how many were asked to. Waits for the workers' answers.
        """
        futures = self.futures.copy()
        if not futures:
            return 0
        begun = cluster.tell(list(futures), ends, reason or "cancelled")
        queued = [future for key, future in futures.items() if key not in begun]
        ended = sum(end_with(each, reason=reason, cancelled=True) for each in queued)
        cluster.withdraw([each.key for each in queued])
        return ended + (len(begun) if ends == "all" else 0)


def counts_of(ends: Counter[str]) -> dict[str, int]:
    """Return what a status has of tasks that are over."""
    return {
        "done": ends.total(),
        "succeeded": ends["succeeded"],
        "failed": ends["failed"],
        "cancelled": ends["cancelled"],
        "stopped": ends["stopped"],
    }
