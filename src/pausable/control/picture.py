"""The picture: the process, its scopes and tasks as frames, as many of them as are asked for."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, NamedTuple

from pausable import everything
from pausable.control.parts import Hold, Process, Scope, Task
from pausable.control.targets import ProcessTarget, ScopeTarget, TaskTarget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pausable.control.targets import Target
    from pausable.snapshots import HoldStatus, ProcessStatus, ScopeStatus, TaskStatus

__all__ = ["Picture", "take_picture"]

_SCOPES = 500
"""How many scopes a picture has, at most."""

_ABOVE = ("process", "above")
_UNFINISHED = frozenset({"queued", "faulted", "running", "pausing", "resting", "stopping"})


class Picture(NamedTuple):
    """What is seen at one moment. Scopes come before those below them."""

    process: Process
    scopes: dict[int, Scope]
    tasks: dict[int, Task]
    unlisted: int  #: scopes that are not in it


def take_picture(
    name: str, targets: Iterable[Target], limit: int, describe: Callable[[HoldStatus], Hold]
) -> Picture:
    """Look at the process, at *targets*, and at what is above and below them.

    At most *limit* tasks are in it, those that have started first. *describe* makes parts of holds.
    """
    whole = everything.status()
    seen = _Seen(describe)
    for target in targets:
        if isinstance(target, ProcessTarget):
            for pool in whole.pools:
                seen.add(pool, 0)
        elif isinstance(target, ScopeTarget):
            parent = seen.add_all(_way_to(target.path, whole.pools)[:-1])
            seen.add(target.handle.status(), parent)
        elif isinstance(target, TaskTarget):
            seen.add_all(_way_to(_parent(target.path), whole.pools))
            seen.tasks.append(target.task.status())
    return seen.picture(_process(name, whole, describe), limit)


class _Seen:
    """What is collected for a picture."""

    def __init__(self, describe: Callable[[HoldStatus], Hold]) -> None:
        self.describe = describe
        self.scopes: dict[int, tuple[ScopeStatus, int]] = {}  # with the id of the parent
        self.tasks: list[TaskStatus] = []

    def add(self, status: ScopeStatus, parent: int) -> None:
        """Add a scope, all that is below it, and its tasks."""
        self.scopes.update(_flat(status, parent))
        self.tasks += status.tasks

    def add_all(self, way: list[ScopeStatus]) -> int:
        """Add scopes, each below the one before, without their tasks; return the last one's id."""
        parent = 0
        for each in way:
            self.scopes.setdefault(each.id, (each, parent))
            parent = each.id
        return parent

    def picture(self, process: Process, limit: int) -> Picture:
        """Make the frames, of *limit* tasks."""
        listed = dict(list(self.scopes.items())[:_SCOPES])
        ids = {status.path: each for each, (status, _) in listed.items()}
        # One may have ended since it was found.
        found = [each for each in self.tasks if each.state in _UNFINISHED]
        found = [each for each in found if _parent(each.path) in ids]
        found.sort(key=_is_queued)
        tasks = {
            each.id: _task(each, ids[_parent(each.path)], self.describe) for each in found[:limit]
        }
        counts = _counts(listed, tasks.values())
        scopes = {
            each: _scope(status, parent, counts[each], self.describe)
            for each, (status, parent) in listed.items()
        }
        return Picture(process, scopes, tasks, len(self.scopes) - len(listed))


def _flat(status: ScopeStatus, parent: int) -> Iterator[tuple[int, tuple[ScopeStatus, int]]]:
    yield status.id, (status, parent)
    for group in status.groups.values():
        yield from _flat(group, status.id)


def _way_to(path: str, scopes: Iterable[ScopeStatus]) -> list[ScopeStatus]:
    """List the scopes from a pool down to the one of this path; none if it is not there."""
    for each in scopes:
        if each.path == path:
            return [each]
        way = _way_to(path, each.groups.values())
        if way:
            return [each, *way]
    return []


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _is_queued(task: TaskStatus) -> bool:
    return task.state in ("queued", "faulted")


def _counts(scopes: dict[int, tuple[ScopeStatus, int]], tasks: Iterable[Task]) -> dict[int, int]:
    """Count the listed tasks of each scope, those of its groups included."""
    counts = dict.fromkeys(scopes, 0)
    for task in tasks:
        above = task.scope
        while above:
            counts[above] += 1
            above = scopes[above][1]
    return counts


def _process(name: str, whole: ProcessStatus, describe: Callable[[HoldStatus], Hold]) -> Process:
    return Process(
        pid=os.getpid(),
        name=name,
        is_paused=whole.is_paused,
        is_quiescent=whole.is_quiescent,
        running=whole.running,
        resting=whole.resting,
        queued=whole.queued,
        done=whole.done,
        holds=[describe(each) for each in whole.holds],
    )


def _scope(
    status: ScopeStatus, parent: int, listed: int, describe: Callable[[HoldStatus], Hold]
) -> Scope:
    return Scope(
        id=status.id,
        parent=parent,
        path=status.path,
        name=status.name,
        is_paused=status.is_paused,
        is_quiescent=status.is_quiescent,
        is_shut_down=status.is_shut_down,
        is_preemptive=status.is_preemptive,
        limit=None if math.isinf(status.max_workers) else status.max_workers,
        running=status.running,
        resting=status.resting,
        queued=status.queued,
        done=status.done,
        succeeded=status.succeeded,
        failed=status.failed,
        cancelled=status.cancelled,
        stopped=status.stopped,
        faults=_faults(status),
        active_time=status.active_time,
        paused_time=status.paused_time,
        # Not what a pool has on its gate for what is held above it: the process, or another pool.
        holds=[describe(each) for each in status.holds if each.kind not in _ABOVE],
        unlisted=max(status.running + status.resting + status.queued - listed, 0),
        processes=list(status.processes),
        workers=list(status.workers),
    )


def _faults(status: ScopeStatus) -> int:
    """Count the faults of a scope and those below: each has a hold of its own."""
    own = sum(each.kind == "fault" for each in status.holds)
    return own + sum(map(_faults, status.groups.values()))


def _task(status: TaskStatus, scope: int, describe: Callable[[HoldStatus], Hold]) -> Task:
    return Task(
        id=status.id,
        scope=scope,
        path=status.path,
        name=status.name,
        state=status.state,  # type: ignore[arg-type]  # those that are over were left out
        is_paused=status.is_paused,
        active_time=status.active_time,
        paused_time=status.paused_time,
        where=None if status.where is None else str(status.where),
        holds=[describe(each) for each in status.holds],
        stop_reason=status.stop_reason,
        is_preemptive=status.is_preemptive,
        pid=status.pid,
        worker=status.worker,
    )
