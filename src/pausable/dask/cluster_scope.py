"""The scope that a cluster is: it is paused, resumed and stopped as a pool is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable.dask.cluster_future import refuse_to_kill
from pausable.dask.cluster_pause import ClusterPause
from pausable.dask.cluster_view import ClusterView
from pausable.errors import NotSupported
from pausable.scopes.request import check_reason

if TYPE_CHECKING:
    from datetime import datetime

    from pausable.dask.roster import Roster
    from pausable.scopes.hold import Hold
    from pausable.snapshots import Running

__all__ = ["ClusterScope"]


class ClusterScope(ClusterView):
    """What has the gate of a cluster. Each of these methods asks the cluster."""

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
        """Place a hold on the cluster: when this has returned, nothing starts there.

        Waits until every worker has answered. Running tasks rest at their next checkpoint; with
        ``running="finish"`` they go on to their end. As a plain call the hold stays; as a context
        manager it waits until nothing runs, *timeout* seconds at most, and is released at the end
        of the block.

        Args:
            reason: Why; shown in statuses, logs and errors.
            running: What running tasks do.
            duration: After so many seconds the hold ends by itself.
            until: At this moment it does; a datetime without a zone is in local time.
            stagger: Not to be had, as *jitter*: a resume is a message to all workers.
            jitter: Not to be had.
            timeout: For how many seconds `with` waits.
            owner: Who; by default the calling thread.

        Raises:
            WorkersSilent: some workers have not answered in time; the hold was released again.
            OSError: the scheduler has not, or the client is closed; as before.
            ScopeEnded: the executor has shut down, and nothing of it is left.
            TypeError: *reason* or *owner* is not text.
            ValueError: a duration is negative or NaN, *running* is no such word, or *duration* and
                *until* are both given.
            NotSupported: *running* is "freeze", *stagger* or *jitter* is given, or this is a task
                of the cluster.
        """
        self._p_refuse_pace(stagger, jitter)
        self._p_cluster.refuse_to_freeze(running)
        self._p_cluster.check_may_ask()
        hold = super().pause(
            reason, running=running, duration=duration, until=until, timeout=timeout, owner=owner
        )
        try:
            self._p_cluster.envoy.pass_on(hold._record)
        except BaseException:
            hold.release()
            raise
        return ClusterPause(self, hold)

    def resume(
        self,
        hold: Hold | None = None,
        /,
        *,
        stagger: float | None = None,
        jitter: float | None = None,
    ) -> int:
        """Release the holds that `pause` has placed on this executor, or just *hold*.

        Returns how many. Those of others stay. Waits for the scheduler, not for the workers.

        Raises:
            TypeError: *hold* is none.
            ValueError: it is of another executor, or of one task.
            NotSupported: *stagger* or *jitter* is given.
        """
        self._p_refuse_pace(stagger, jitter)
        self._p_cluster.envoy.end_if_gone()
        return super().resume(hold)

    def _p_refuse_pace(self, stagger: float | None, jitter: float | None) -> None:
        if stagger is not None or jitter is not None:
            raise NotSupported(
                "stagger: its workers go on at once; resume() single tasks", self.name
            )

    def stop(self, reason: str = "stopped", *, kill_after: float | None = None) -> int:
        """End all tasks of this executor; return how many were asked to. It stays usable.

        Those that have not begun are cancelled; into those that have, `Stopped` is raised at their
        next checkpoint, at once where they rest or sleep. Waits for the workers' answers, not for
        the tasks.

        Raises:
            NotSupported: *kill_after* is given: a worker has several tasks.
        """
        reason = check_reason(reason)
        refuse_to_kill(kill_after, self.name)
        roster: Roster = self._p_cluster.roster
        return roster.end(self._p_cluster, "all", reason)
