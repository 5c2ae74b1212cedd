"""The ledger: what all pools have done, also those that are gone, in sums that never go down.

A pool that goes leaves its last status (`scopes.departure`). Two things would be counted twice, or
lost, by whoever only adds up what there is:

    1. A pool that goes while all are read. It is listed until it has left its status, so it is in
       one of the two, or in both: then what it has left counts. Who was in neither when the pools
       were listed has left something since: they are listed once more.
    2. A group whose name is given again: the pool then counts as its own what that had done. What
       was last seen of the group stays its, and is taken off from what the pool counts.
"""

from __future__ import annotations

import os
import threading
from collections import Counter, deque
from typing import TYPE_CHECKING, NamedTuple

from pausable.metrics.labels import Labels
from pausable.scopes.departure import departing
from pausable.scopes.outpost import outposts
from pausable.scopes.process import process
from pausable.scopes.status import scope_status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pausable.metrics.labels import Label
    from pausable.snapshots import ScopeStatus

__all__ = ["PAUSED", "Ledger", "ScopeReading", "Sums", "ledger"]

OUTCOMES = ("result", "exception", "cancelled", "stopped")
PAUSED = "paused"  # seconds, beside the outcomes
_AGAIN = 10  # times that all pools are listed at most
_REMEMBERED = 10_000  # pools that have gone
_WAITING = 1_000  # statuses that are kept until the next reading

Sums = dict["Label", "Counter[str]"]


class ScopeReading(NamedTuple):
    """A pool or a group at the moment of a reading, without the groups below it."""

    status: ScopeStatus
    parent: int  #: the id of the scope above; 0 of a pool
    label: Label
    sums: Counter[str]  #: what it counts as its own
    running: int
    resting: int
    queued: int


class Ledger:
    """Adds up what pools have done. It reads when it is asked; between that, pools only leave."""

    def __init__(self) -> None:
        """Begin with nothing; whatever pools have done so far is counted with them."""
        # Over all below. Nothing of others is called under it.
        self._lock = threading.Lock()
        self._departed: deque[ScopeStatus] = deque()  # appended to without the lock
        self.forget()
        departing.add(self._note)

    def forget(self) -> None:
        """Begin anew, as in a forked child."""
        self._departed.clear()
        self._pid = os.getpid()
        self._labels = Labels()
        self._gone: Sums = {}
        self._gone_ids: dict[int, None] = {}
        self._seen: dict[int, ScopeReading] = {}  # at the last reading
        self._moved: dict[int, Counter[str]] = {}  # to a scope, from groups that are gone

    def read(self) -> tuple[list[ScopeReading], Sums]:
        """Return all pools and groups that there are, and the sums over these and all before."""
        elsewhere = {  # not under the lock: it may have to be asked for
            each.host: each.shown(scope_status(each.host, lists_tasks=False)) for each in outposts()
        }
        with self._lock:
            if self._pid != os.getpid():
                self.forget()
            for _ in range(_AGAIN):
                self._settle()
                roots = process.roots()
                statuses = [
                    elsewhere.get(root) or scope_status(root, lists_tasks=False) for root in roots
                ]
                if not self._departed:
                    break
            self._settle()
            rows = [row for each in statuses for row in self._rows(each)]
            rows = [row for row in rows if row.status.id not in self._gone_ids]
            self._note_missing({row.status.id: row for row in rows})
            self._seen = {row.status.id: row for row in rows}
            return rows, self._sums(rows)

    def _sums(self, rows: list[ScopeReading]) -> Sums:
        sums = {label: counts.copy() for label, counts in self._gone.items()}
        for row in rows:
            sums.setdefault(row.label, Counter()).update(self._own(row))
        return sums

    def _own(self, row: ScopeReading) -> Counter[str]:
        """Return what a scope counts, without what it has from groups that were counted before."""
        own = row.sums.copy()
        own.subtract(self._moved.get(row.status.id, {}))
        return own

    def _note(self, status: ScopeStatus) -> None:
        """Keep the last status of a pool; called anywhere, also in a finalizer."""
        self._departed.append(status)
        if len(self._departed) > _WAITING and self._lock.acquire(blocking=False):
            try:  # nobody reads: they are added up here
                self._settle()
            finally:
                self._lock.release()

    def _settle(self) -> None:
        """Add up what pools have left."""
        while self._departed:
            rows = {row.status.id: row for row in self._rows(self._departed.popleft())}
            root = next(iter(rows))
            seen = {each: row for each, row in self._seen.items() if self._root_of(row) == root}
            self._move({each: row for each, row in seen.items() if each not in rows}, rows)
            for each, row in rows.items():
                self._bury(each, row)
            self._gone_ids.update(dict.fromkeys(rows))
            while len(self._gone_ids) > _REMEMBERED:
                del self._gone_ids[next(iter(self._gone_ids))]

    def _note_missing(self, rows: dict[int, ScopeReading]) -> None:
        """Keep what was seen of scopes that are there no more: of groups, and of lost pools."""
        missing = {each: row for each, row in self._seen.items() if each not in rows}
        self._move(missing, rows)

    def _move(self, missing: dict[int, ScopeReading], there: dict[int, ScopeReading]) -> None:
        """Count what is *missing* as gone, and as moved to the scope above that is still there."""
        for row in missing.values():
            above: ScopeReading | None = row
            while above is not None and above.status.id not in there:
                above = self._seen.get(above.parent)
            if above is not None:
                moved = self._moved.setdefault(above.status.id, Counter())
                moved.update({how: row.sums[how] for how in OUTCOMES})
        for each, row in missing.items():
            self._bury(each, row)

    def _bury(self, each: int, row: ScopeReading) -> None:
        self._gone.setdefault(row.label, Counter()).update(self._own(row))
        self._moved.pop(each, None)
        self._seen.pop(each, None)

    def _root_of(self, row: ScopeReading) -> int:
        above: ScopeReading | None = row
        while above is not None and above.parent:
            row, above = above, self._seen.get(above.parent)
        return row.status.id if above is None else above.status.id

    def _rows(self, pool: ScopeStatus) -> Iterator[ScopeReading]:
        """List a pool and its groups, the pool first."""
        yield self._row(pool, 0, self._labels.give(pool.name, ""))
        yield from self._below(pool, pool.name, "")

    def _below(self, above: ScopeStatus, pool: str, prefix: str) -> Iterator[ScopeReading]:
        for child in above.groups.values():
            yield self._row(child, above.id, self._labels.give(pool, f"{prefix}{child.name}"))
            yield from self._below(child, pool, f"{prefix}{child.name}/")

    def _row(self, status: ScopeStatus, parent: int, label: Label) -> ScopeReading:
        below = status.groups.values()
        sums = Counter(
            result=status.succeeded - sum(each.succeeded for each in below),
            exception=status.failed - sum(each.failed for each in below),
            cancelled=status.cancelled - sum(each.cancelled for each in below),
            stopped=status.stopped - sum(each.stopped for each in below),
        )
        sums[PAUSED] = status.paused_time  # type: ignore[assignment]  # seconds
        return ScopeReading(
            status,
            parent,
            label,
            sums,
            running=status.running - sum(each.running for each in below),
            resting=status.resting - sum(each.resting for each in below),
            queued=status.queued - sum(each.queued for each in below),
        )


ledger: Ledger = Ledger()
