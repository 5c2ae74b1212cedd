"""The future of a task that runs in a cluster: it ends here, and is paused and stopped there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, TypeVar
from uuid import uuid4

from pausable._core.gate import Gate
from pausable._core.states import CANCELLED_AND_NOTIFIED, DONE, FINISHED, PENDING, RUNNING
from pausable.dask.cluster_hold import ClusterHold, ClusterSwitch
from pausable.errors import NotSupported
from pausable.scopes.moments import duration_to
from pausable.scopes.numbers import optional_seconds
from pausable.scopes.request import check_reason
from pausable.scopes.result import TaskResult

if TYPE_CHECKING:
    from datetime import datetime

    from pausable.dask.cluster import Cluster
    from pausable.snapshots import HoldStatus, Location, Running, TaskStatus

__all__ = ["ClusterFuture", "end_with", "refuse_to_kill"]

T = TypeVar("T")

_NOT_DONE = frozenset({PENDING, RUNNING})
_open_gate = Gate()  # nothing of such a task is held in this process


class ClusterFuture(TaskResult[T]):
    """The result of a task of a cluster to be, and the handle to pause, resume and stop it.

    A `concurrent.futures.Future`, for all that waits for it and calls back. Callbacks run on a
    thread of the executor, one after the other. All that asks how the task is asks the cluster:
    not from the thread of the client's event loop, nor in a task of the cluster.
    """

    __slots__ = ("_p_cluster", "_p_is_held")

    def __init__(self, cluster: Cluster, key: str) -> None:
        """Use `submit`."""
        super().__init__()
        self._p_label = key
        self._p_args = ()
        self._p_gate = _open_gate
        self._p_cluster: Cluster = cluster
        self._p_is_held: bool = False  # whether it ever was, alone

    @property
    def key(self) -> str:
        """What Dask calls the task, and what it is called in statuses, errors and logs."""
        return self._p_title

    name = key

    # What the stdlib's has.

    def cancel(self) -> bool:
        """Cancel the task if it has not begun, which is asked; say whether it is cancelled now."""
        if self._state not in DONE and not self._p_ask("queued", "cancelled"):
            self._p_conclude(_NOT_DONE, CANCELLED_AND_NOTIFIED)
            self._p_cluster.withdraw([self.key])
        return self.cancelled()

    def running(self) -> bool:
        """Say whether the task has begun and not ended, which is asked; it may be at rest."""
        return self._state not in DONE and self._p_ask()

    def _p_ask(self, ends: str = "", reason: str = "") -> bool:
        return self.key in self._p_cluster.tell([self.key], ends, reason)

    # Pause, resume, stop.

    def pause(
        self,
        reason: str = "paused",
        *,
        running: Running = "rest",
        duration: float | None = None,
        until: datetime | None = None,
        timeout: float | None = None,
        owner: str | None = None,
    ) -> ClusterHold:
        """Place a hold on this task alone: others may use its slot while it rests.

        Also before it begins, and if it is run again after the death of its worker. As `pause` of
        the executor, it returns when every worker has answered, and has the same arguments.

        Raises:
            WorkersSilent: some have not, in time; the hold was released again.
        """
        lasts = duration_to(until, duration)
        terms = self._p_cluster.terms(self.key, reason, running, lasts, owner, uuid4().hex)
        limit = optional_seconds("timeout", timeout)
        self._p_is_held = True
        self._p_cluster.place(terms)
        self._p_let_go_if_over()
        return ClusterHold(self._p_cluster, terms, limit)

    def _p_let_go_if_over(self) -> None:
        if self._p_is_held and self._state in DONE:
            self._p_cluster.let_go(self.key)

    def resume(self) -> int:
        """Release the holds that `pause` has placed on this task alone; return how many.

        Those of this executor: not what another client has placed on it.
        """
        return self._p_cluster.resume(self.key)

    def switch(
        self, reason: str = "paused", *, running: Running = "rest", owner: str | None = None
    ) -> ClusterSwitch:
        """Return a new switch for this task alone, off."""
        terms = self._p_cluster.terms(self.key, reason, running, None, owner, uuid4().hex)
        self._p_is_held = True
        return ClusterSwitch(self._p_cluster, terms)

    def stop(self, reason: str = "stopped", *, kill_after: float | None = None) -> bool:
        """End the task: one that has not begun is cancelled, one that has is asked to end.

        `Stopped` is raised into it at its next checkpoint, at once where it rests or sleeps.
        Returns when its worker has answered; False if it was over.

        Raises:
            NotSupported: *kill_after* is given: a worker has other tasks, too.
        """
        reason = check_reason(reason)
        refuse_to_kill(kill_after, self._p_cluster.name)
        if self._state in DONE:
            return False
        if not self._p_ask("all", reason):
            end_with(self, reason=reason)
            self._p_cluster.withdraw([self.key])
        return True

    # What is seen.

    def holds(self) -> tuple[HoldStatus, ...]:
        """List the holds on this task itself, oldest first."""
        cluster = self._p_cluster
        return tuple(cluster.describe(hold) for hold in cluster.holds(self.key))

    def status(self) -> TaskStatus:
        """Take a frozen snapshot: as its worker sees it, if it has begun.

        Its times are what the worker has measured, and 0 before it begins and when it is over: no
        result has them with it.
        """
        here = self._p_cluster.envoy.panorama
        said: TaskStatus
        view = self._p_cluster.look()
        for worker, outlook in view.outlooks.items():
            for each in outlook.status.tasks:
                if each.name == self.key and self._state not in DONE:
                    said = here.task(each, worker)
                    return said
        own = tuple(
            self._p_cluster.describe(hold) for hold in view.holds if hold["key"] == self.key
        )
        is_held = bool(own) or any(hold["key"] is None for hold in view.holds)
        is_paused = is_held and self._state not in DONE
        more = {"state": self._p_said(), "holds": own, "stop_reason": self._p_stop_reason}
        said = here.queued(self.key, is_paused=is_paused, **more)
        return said

    def _p_said(self) -> Any:
        if self._state not in DONE:
            return "queued"
        ended = "cancelled" if self._p_stop_reason is None else "stopped"
        return "done" if self._state == FINISHED else ended

    def where(self) -> Location | None:
        """Return the line at which the task rests or runs; None before it begins and after."""
        return self.status().where

    def is_paused(self) -> bool:
        """Say whether its gate is closed: by a hold on it, or on the cluster."""
        return self.status().is_paused

    def is_quiescent(self) -> bool:
        """Say whether no line of it runs: it has not begun, rests, or is over."""
        return self.status().state not in ("running", "pausing", "stopping")

    def stack(self) -> NoReturn:
        """Refuse.

        Raises:
            NotSupported: always. `where()` has the line.
        """
        raise NotSupported("stack(): its frames are on a worker; where() has the line", self.key)

    def locals(self) -> NoReturn:
        """Refuse.

        Raises:
            NotSupported: always.
        """
        raise NotSupported("locals(): its variables are on a worker; log them there", self.key)

    def step(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse.

        Raises:
            NotSupported: always.
        """
        raise NotSupported(
            "step(): try the function on a pool of threads, and step there", self.key
        )


def end_with(
    future: ClusterFuture[T],
    result: T | None = None,
    error: BaseException | None = None,
    reason: str | None = None,
    *,
    cancelled: bool = False,
) -> bool:
    """End a future as its task has ended; False if it was over."""
    if reason is not None or cancelled:
        return future._p_conclude(_NOT_DONE, CANCELLED_AND_NOTIFIED, reason=reason)
    return future._p_conclude(_NOT_DONE, FINISHED, kept=(result, error))


def refuse_to_kill(kill_after: float | None, name: str) -> None:
    """Raise if somebody wants to kill a worker for one task.

    Raises:
        NotSupported: so it is.
    """
    if kill_after is not None:
        raise NotSupported("stop(kill_after=...): its workers have several tasks each", name)
