"""The envoy: stands in this process for the tasks that an executor has in its cluster.

It is the outpost of a scope without tasks, which is held, listed and described as that of any pool;
and to those who list pools it is what a crew of threads is. What the scope is held by the relay
passes on; what is seen of the cluster is in the panorama.
"""

from __future__ import annotations

import math
import os
import weakref
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from pausable._core.decision import decide
from pausable._core.interruption import is_owned
from pausable._core.pool import Pool
from pausable._core.times import clock
from pausable.dask.panorama import Panorama
from pausable.dask.relay import Relay
from pausable.dask.roster import counts_of
from pausable.errors import NotSupported
from pausable.scopes.common_log import ERROR, leave_word
from pausable.scopes.departure import note_departure
from pausable.scopes.inheritance import farewell, welcome
from pausable.scopes.outpost import Outpost, may_be_kept_waiting, note_outpost, outposts
from pausable.scopes.patience import Patience
from pausable.scopes.pools import note_crew, stocktakers
from pausable.scopes.shutdown import close
from pausable.scopes.status import scope_status
from pausable.scopes.timer import call_aside, timer
from pausable.scopes.waits import wait_for_fact

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from threading import Thread

    from pausable._core.gate import HoldRecord
    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.dask.cluster import Cluster
    from pausable.dask.roster import Roster
    from pausable.scopes.timer import Alarm
    from pausable.snapshots import ScopeStatus, Straggler, TaskStatus

__all__ = ["Envoy", "located"]

_GRACE = 1.0  # seconds for an answer to come, beyond those for the workers
_MOMENT = 1.0  # seconds; that a client was closed nobody tells


class Envoy(Outpost):
    """The outpost of the scope of one executor; adapter and runner of a pool that has no seats."""

    initializer: Callable[..., object] | None = None
    initargs: tuple[Any, ...] = ()
    is_collected = False
    daemon = True  # nobody waits for it at the interpreter's exit: its holds end with the client
    threads: Collection[Thread] = ()

    def __init__(self, cluster: Cluster, executor: object) -> None:
        """Be the envoy of *executor*. Neither that nor its cluster is kept by it."""
        self.pool: Pool = Pool(cluster.name, math.inf)
        self.host: Node = self.pool.root
        self._cluster = weakref.ref(cluster)
        self._executor = weakref.ref(executor)
        self._pid = os.getpid()
        self._patience = cluster.patience
        self._ends = cluster.roster.ends  # not the roster: its futures keep the cluster
        self.relay: Relay = Relay(self._cluster, self.host, partial(_end_soon, self))
        self.panorama: Panorama = Panorama(self._cluster, self.host)
        self.pool.adapter = self  # type: ignore[assignment]  # it has no seats
        self.pool.others.annexes = (self,)
        self.host.rules.ship = partial(_refuse_call, cluster.name)
        self.host.rules.prepare()
        # Nobody can submit anything, nor release what holds it, when the cluster is dropped.
        weakref.finalize(cluster, _end_soon, self).atexit = False

    def begin(self) -> None:
        """Be among the pools of the process, and held by what that is held by, in the cluster, too.

        Where the answers do not come in time, that is in the log.
        """
        note_crew(self)
        note_outpost(self)
        welcome(self.pool)
        self.settle(clock())

    def end(self) -> None:
        """Let go of the scope: nothing of it is left. Idempotent."""
        if self.host.queue.is_accepting and not is_owned(self.pool.lock):
            note_departure(self.host)
            close(self.host, cancel_futures=False)
            farewell(self.pool, self.host)
            self.wake()

    def end_if_gone(self) -> None:
        """Let go of the scope at once if its client is closed, which nobody tells."""
        if self.is_gone():
            self.end()

    def is_gone(self) -> bool:
        """Say whether it stands for nothing: its client is closed, or another process's."""
        return self.relay.is_gone() or self._pid != os.getpid()

    # As who runs the tasks of a pool.

    def root(self) -> Node | None:
        """Return the scope."""
        return self.host

    def executor(self) -> object:
        """Return the executor, unless it is gone."""
        return self._executor()

    def left(self, _seat: object) -> None:
        """Do nothing: there are no seats."""

    def decide_later(self, delay: float, decision: Callable[..., object], *args: object) -> Alarm:
        """Have a decision made on the pool in *delay* seconds."""
        return timer.call_at(clock() + delay, partial(decide, self.pool, decision, *args))

    def join(self, deadline: float | None) -> bool:  # noqa: ARG002
        """Wait for nothing: there are no threads."""
        return True

    def living(self) -> list[Thread]:
        """List no threads."""
        return []

    def forget_threads(self) -> None:
        """Do nothing: a forked child has no client."""

    def initializer_failed(self, seat: Any) -> None:
        """Do nothing: there are no seats."""

    def dissolve_if_over(self) -> None:
        """Do nothing: it keeps nobody."""

    # As an outpost.

    def wake(self) -> None:
        """Have the relay pass on what has changed."""
        if not self.is_gone():
            self.relay.call()

    def busy(self) -> int:
        """Count the tasks that may run: all that are not over, until it is known that none does."""
        cluster, is_held = self._cluster(), self.host.gate.closed
        if cluster is None or self.is_gone() or (is_held and self.relay.is_quiet):
            return 0
        unfinished = len(cluster.roster.futures)
        return max(unfinished, 1) if is_held else unfinished

    def is_settled(self) -> bool:
        """Say whether all was passed on, or could not be."""
        return self.is_gone() or self.relay.is_settled()

    def settle(self, began: float) -> None:
        """Wait until it is, for a moment longer than workers may take at most."""
        if not is_owned(self.pool.lock):
            self._await_settled(began + self._patience + _GRACE)

    def pass_on(self, hold: HoldRecord) -> None:
        """Wait until a hold was placed in the cluster.

        Raises:
            WorkersSilent: some workers have not answered.
            OSError: the scheduler has not, or the client is closed.
        """
        self._await_settled(None)
        error = self.relay.failed.get(hold)
        if error is not None:
            raise error

    def _await_settled(self, deadline: float | None) -> None:
        said = Patience(lambda: f"a pause, or a resume, of {self.host.name!r}", self._plight)
        while not self.is_settled():
            left = _MOMENT if deadline is None else min(deadline - clock(), _MOMENT)
            if left <= 0:
                return
            wait_for_fact(self.pool, self.host, self._is_settled, left)
            said.speak()

    def _is_settled(self, _visit: Visit) -> bool:
        return self.is_settled()

    def _plight(self) -> str:
        return f"{self.panorama.scheduler()} or some of its workers have not answered"

    def shown(self, own: ScopeStatus) -> ScopeStatus:
        """Describe the scope, with what is to be seen of the cluster."""
        cluster = None if self.is_gone() else self._cluster()
        if cluster is None:
            return self.counted(own)
        seen = self.panorama.look()
        is_quiescent = not self.busy() or (seen is not None and seen.is_quiescent)
        return self.panorama.status(own, cluster.roster, seen, is_quiescent=is_quiescent)

    def counted(self, own: ScopeStatus) -> ScopeStatus:
        """Describe the scope with the tasks that are over, as far as is known. Does not ask."""
        counts: dict[str, Any] = counts_of(self._ends)
        return replace(own, items=counts["done"], items_done=counts["done"], **counts)

    def tasks(self) -> tuple[TaskStatus, ...]:
        """Describe the tasks in the cluster, and some that are queued."""
        return self.shown(scope_status(self.host, lists_tasks=False)).tasks

    def stragglers(self) -> list[Straggler]:
        """Name what runs there; or who has not answered, so that nobody knows."""
        if not self.busy():
            return []
        unknown = [hold for hold in tuple(self.host.gate.holds) if hold not in self.relay.placed]
        if not unknown:
            return [located(each) for each in self.panorama.stragglers()]
        error = self.relay.failed.get(unknown[0])
        why = f"is not held yet: {self._plight() if error is None else error}"
        return [self.panorama.straggler(why, max(clock() - unknown[0].since, 0.0))]

    def stop(self, reason: str) -> int:
        """End the tasks of the executor, on a thread of its own where nobody may wait."""
        cluster = None if self.is_gone() else self._cluster()
        if cluster is None or not (count := len(cluster.roster.futures)):
            return 0
        if may_be_kept_waiting():
            return _stop(cluster, reason)
        call_aside("pausable-dask-stop", partial(_stop, cluster, reason))
        return count


def _stop(cluster: Cluster, reason: str) -> int:
    roster: Roster = cluster.roster
    try:
        return roster.end(cluster, "all", reason)
    except OSError as error:
        leave_word(ERROR, "the tasks of %r could not be stopped: %s", cluster.name, error)
        return 0


def located(late: Straggler) -> Straggler:
    """Name a task of a cluster by the executor of this process whose it is, if there is one."""
    key, on, _ = late.task.rpartition(" on ")
    if not on:  # it is a worker, or all of a cluster
        return late
    for each in outposts():
        cluster = each._cluster() if isinstance(each, Envoy) else None
        if cluster is not None and key in cluster.roster.futures:
            path, number = cluster.envoy.panorama.whereabouts(key)
            return replace(late, path=path, id=number)
    return replace(late, path="", id=0)


def _end_soon(envoy: Envoy) -> None:
    timer.call_at(clock(), envoy.end)  # not here: it is on the client's loop, or in a finalizer


def _refuse_call(name: str, *_: object) -> NoReturn:
    raise NotSupported("calls by a handle of it: submit them to the executor", name)


def _take_stock() -> None:
    """End the scopes whose clients are closed, before anybody lists them: nobody tells of that."""
    for each in outposts():
        if isinstance(each, Envoy):
            each.end_if_gone()


stocktakers.add(_take_stock)
