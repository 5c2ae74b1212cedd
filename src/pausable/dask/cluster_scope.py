"""The scope that a cluster is: it is paused, resumed and stopped as a pool is."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from pausable.dask.cluster_future import end_with, refuse_to_kill
from pausable.dask.cluster_hold import ClusterHold, ClusterSwitch
from pausable.dask.cluster_view import ClusterView
from pausable.errors import NotSupported
from pausable.scopes.moments import duration_to
from pausable.scopes.numbers import optional_seconds
from pausable.scopes.request import check_reason

if TYPE_CHECKING:
    from datetime import datetime

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
    ) -> ClusterHold:
        """Place a hold on the cluster: when this has returned, nothing starts there.

        Waits until every worker has answered. Running tasks rest at their next checkpoint; with
        ``running="finish"`` they go on to their end. As a plain call the hold stays; as a context
        manager it waits until nothing runs, *timeout* seconds at most, and is released at the end
        of the block.

        Args:
            reason: Why; shown in statuses, logs and errors.
            running: What running tasks do.
            duration: After so many seconds the hold ends by itself, by the scheduler's clock.
            until: At this moment it does; a datetime without a zone is in local time.
            stagger: Not to be had, as *jitter*: a resume is a message to all workers.
            jitter: Not to be had.
            timeout: For how many seconds `with` waits.
            owner: Who; by default the calling thread.

        Raises:
            WorkersSilent: some workers have not answered in time; the hold was released again.
            TypeError: *reason* or *owner* is not text.
            ValueError: a duration is negative or NaN, *running* is no such word, or *duration* and
                *until* are both given.
            NotSupported: *running* is "freeze", *stagger* or *jitter* is given, or this is a task
                of the cluster.
        """
        self._p_refuse_pace(stagger, jitter)
        lasts = duration_to(until, duration)
        terms = self._p_cluster.terms(None, reason, running, lasts, owner, uuid4().hex)
        limit = optional_seconds("timeout", timeout)
        self._p_cluster.place(terms)
        return ClusterHold(self._p_cluster, terms, limit)

    def resume(
        self,
        hold: ClusterHold | None = None,
        /,
        *,
        stagger: float | None = None,
        jitter: float | None = None,
    ) -> int:
        """Release the holds that this executor has placed on the cluster, or just *hold*.

        Returns how many. Those of other executors stay. Does not wait for the workers.

        Raises:
            TypeError: *hold* is none.
            ValueError: it is of another executor, or of one task.
            NotSupported: *stagger* or *jitter* is given.
        """
        self._p_refuse_pace(stagger, jitter)
        if hold is None:
            return self._p_cluster.resume(None)
        if not isinstance(hold, ClusterHold):
            msg = f"resume() takes a ClusterHold that pause() returned, not {hold!r}"
            raise TypeError(msg)
        if hold._cluster is not self._p_cluster or hold.key is not None:
            msg = f"this hold belongs to {hold.scope!r}, not to {self.name!r}: use hold.release()"
            raise ValueError(msg)
        return int(hold.release())

    def _p_refuse_pace(self, stagger: float | None, jitter: float | None) -> None:
        if stagger is not None or jitter is not None:
            raise NotSupported(
                "stagger: its workers go on at once; resume() single tasks", self.name
            )

    def switch(
        self, reason: str = "paused", *, running: Running = "rest", owner: str | None = None
    ) -> ClusterSwitch:
        """Return a new switch, off: a hold of one party that it can put on and off again."""
        terms = self._p_cluster.terms(None, reason, running, None, owner, uuid4().hex)
        return ClusterSwitch(self._p_cluster, terms)

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
        return self._p_end("all", reason)

    def _p_end(self, ends: str, reason: str | None) -> int:
        """End those that have not begun; ask the others to stop, if *ends* says so."""
        futures = self._p_futures.copy()
        if not futures:
            return 0
        begun = self._p_cluster.tell(list(futures), ends, reason or "cancelled")
        queued = [future for key, future in futures.items() if key not in begun]
        ended = sum(end_with(each, reason=reason, cancelled=True) for each in queued)
        self._p_cluster.withdraw([each.key for each in queued])
        return ended + (len(begun) if ends == "all" else 0)
