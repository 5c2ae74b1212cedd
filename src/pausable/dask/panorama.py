"""The panorama: what is seen of a cluster, as parts of this process, with paths and ids of it."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pausable._core.path import escaped, new_id
from pausable._core.times import clock
from pausable.dask.roster import counts_of
from pausable.errors import NotSupported
from pausable.scopes.common_log import WARNING, leave_word
from pausable.scopes.outpost import may_be_kept_waiting
from pausable.snapshots import Straggler, TaskStatus

if TYPE_CHECKING:
    from collections.abc import Container
    from weakref import ReferenceType

    from pausable._core.tree import Node
    from pausable.dask.cluster import Cluster
    from pausable.dask.roster import Roster
    from pausable.dask.sightings import Sightings
    from pausable.snapshots import ScopeStatus

__all__ = ["Panorama"]

_LISTED = 10  # queued tasks in a status
_PATIENCE = 2.0  # seconds for the answer of a worker, when somebody just looks
_FRESH = 0.5  # seconds for which a look is good enough for who may not wait for another
_SPARED = 5.0  # seconds in which a scheduler is not asked again that has not answered


class Panorama:
    """How the tasks and workers of the cluster of one executor look from here."""

    def __init__(self, cluster: ReferenceType[Cluster], root: Node) -> None:
        """Have seen nothing yet."""
        there = cluster()
        self._cluster = cluster
        self._root = root
        self._address = "" if there is None else there.address()
        self._seen: Sightings | None = None
        self._seen_at = self._failed_at = -math.inf
        self._is_asking = False
        self._ids: dict[str, int] = {}

    def scheduler(self) -> str:
        """Say which scheduler it is."""
        return f"the scheduler at {self._address}"

    def look(self) -> Sightings | None:
        """Look; where nobody may be kept waiting, return what was seen last, and have it seen anew.

        None if there is nothing to be seen.
        """
        cluster, now = self._cluster(), clock()
        if cluster is None or cluster.is_closed():
            return None
        if may_be_kept_waiting():
            return self._look(cluster) if now - self._failed_at > _SPARED else None
        if now - self._seen_at > _FRESH and not self._is_asking:
            self._is_asking = True
            try:
                cluster.client.loop.add_callback(self._look_again)
            except BaseException:
                self._is_asking = False
                raise
        return self._seen

    def _look(self, cluster: Cluster) -> Sightings | None:
        try:
            seen = cluster.glance(_PATIENCE)
        except (OSError, NotSupported) as error:
            self._fail(error)
            return None
        self._keep(seen)
        return seen

    async def _look_again(self) -> None:
        cluster = self._cluster()
        try:
            if cluster is not None and not cluster.is_closed():
                self._keep(await cluster.glance_async(_PATIENCE))
        except OSError as error:
            self._fail(error)
        finally:
            self._is_asking = False

    def _keep(self, seen: Sightings) -> None:
        self._seen, self._seen_at = seen, clock()

    def _fail(self, error: Exception) -> None:
        self._seen, self._failed_at = None, clock()
        text = "nothing is to be seen of the cluster of %r: %s"
        leave_word(WARNING, text, self._root.name, error)

    # What it is here.

    def status(
        self, own: ScopeStatus, roster: Roster, seen: Sightings | None, *, is_quiescent: bool
    ) -> ScopeStatus:
        """Describe the scope of an executor, of which *own* tells of its holds and times.

        Its own tasks are counted, so that each is counted once, however many executors there are.
        It is quiescent when the whole cluster is.
        """
        futures, ends = roster.futures.copy(), roster.ends.copy()
        there, holds, threads = {}, own.holds, {}
        if seen is not None:
            holds, threads = seen.holds_with(holds, roster.party), seen.threads
            there = {
                each.name: self.task(each, worker)
                for worker, outlook in seen.outlooks.items()
                for each in outlook.status.tasks
                if each.name in futures
            }
        is_paused = own.is_paused or bool(holds)
        rest = list(futures.keys() - there.keys())[:_LISTED]
        tasks = (*there.values(), *(self.queued(key, is_paused=is_paused) for key in rest))
        self._forget_ids(futures)
        states = Counter(each.state for each in there.values())
        queued = len(futures) - len(there) + states["queued"]
        resting = states["resting"]
        counts: dict[str, Any] = counts_of(ends)
        return replace(
            own,
            is_paused=is_paused,
            is_quiescent=is_quiescent,
            is_shut_down=roster.is_closed,
            max_workers=sum(threads.values()) if threads else own.max_workers,
            running=len(futures) - queued - resting,
            resting=resting,
            queued=queued,
            holds=holds,
            tasks=tasks,
            items=counts["done"] + len(futures),
            items_done=counts["done"],
            items_held=len(futures) if is_paused else 0,
            unlisted=len(futures) - len(tasks),
            workers=tuple(threads),
            **counts,
        )

    def task(self, seen: TaskStatus, worker: str) -> TaskStatus:
        """Describe a task as its worker sees it, by the path and the id that it has here."""
        path, number = self.whereabouts(seen.name)
        holds = tuple(replace(hold, path=path, id=number) for hold in seen.holds)
        scope = self._root.name
        return replace(seen, scope=scope, path=path, id=number, holds=holds, worker=worker)

    def queued(self, key: str, *, is_paused: bool, **more: Any) -> TaskStatus:
        """Describe a task that has not begun."""
        path, number = self.whereabouts(key)
        facts = {"path": path, "id": number, "state": "queued", **more}
        return TaskStatus(
            name=key,
            scope=self._root.name,
            is_paused=is_paused,
            active_time=0.0,
            paused_time=0.0,
            **facts,
        )

    def stragglers(self) -> list[Straggler]:
        """Name what runs in the cluster."""
        seen = self.look()
        if seen is None:
            return [self.straggler(f"may run: {self.scheduler()} does not tell", 0.0)]
        return seen.stragglers()

    def straggler(self, why: str, seconds: float) -> Straggler:
        """Name the cluster as one that may run."""
        identity, name = self._root.identity, self._root.name
        what = f"the cluster of {name!r}"
        return Straggler(what, None, seconds, why, path=identity.path, id=identity.id)

    def whereabouts(self, key: str) -> tuple[str, int]:
        """Return the path and the id that a task of the executor has here."""
        number = self._ids.get(key) or self._ids.setdefault(key, new_id())
        return f"{self._root.identity.path}/{escaped(key)}", number

    def _forget_ids(self, needed: Container[str]) -> None:
        self._ids = {key: number for key, number in self._ids.items() if key in needed}
