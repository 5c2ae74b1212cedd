"""The outpost: what a pool of this process is to tasks that are elsewhere, and that others start.

Such a pool has a scope with a gate, and no tasks. Whatever holds it, a user, the process, a guard,
somebody outside, holds that gate, as any other; the outpost passes it on, and says when nothing
runs there any more. It hangs below the scope as an annex does (`ports.Annexed`), and is found there
by whoever lists, describes or stops what a scope has.

To pass something on takes messages and their answers, for which there is no lock and no promise.
So nobody is kept waiting while he holds all pools one after the other: each outpost is woken, and
when all pools are held, whoever has paused waits for the answers of all (`await_outposts`), each
of which comes, or is given up, in time. Where nobody may be kept waiting that is left out.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from pausable._core.attention import here
from pausable._core.interruption import is_interrupted
from pausable._core.times import clock
from pausable._core.tree import Node
from pausable.scopes.loops import running_loop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pausable._core.held import Held
    from pausable.snapshots import ScopeStatus, Straggler, TaskStatus

__all__ = [
    "Outpost",
    "await_outposts",
    "may_be_kept_waiting",
    "merged",
    "note_outpost",
    "outpost_of",
    "outposts",
]


class Outpost:
    """Stands for the tasks of a pool that are elsewhere. Adapters make one of their own."""

    host: Node  #: the scope of the pool

    def wake(self) -> None:
        """Pass on what the scope is held by now. Does not wait; from anywhere."""
        raise NotImplementedError

    def roots(self) -> list[Node]:
        """List no scope: its tasks are in no pool of this process."""
        return []

    def busy(self) -> int:
        """Count what may run there, as far as is known. Also under the lock of the pool."""
        raise NotImplementedError

    def is_settled(self) -> bool:
        """Say whether all was passed on that the scope is held by, or was."""
        raise NotImplementedError

    def settle(self, began: float) -> None:
        """Wait until it is, or was given up; but so long since *began* at most as it has patience.

        Raises nothing: what is given up is tried again while it is wanted, and is in the log.
        """
        raise NotImplementedError

    def shown(self, own: ScopeStatus) -> ScopeStatus:
        """Describe the scope, whose *own* status tells of its holds: ask, if that may take time."""
        raise NotImplementedError

    def counted(self, own: ScopeStatus) -> ScopeStatus:
        """Describe the scope with the tasks that are over, as far as is known. Does not ask."""
        raise NotImplementedError

    def tasks(self) -> tuple[TaskStatus, ...]:
        """Describe the tasks; ask, if that may take time."""
        raise NotImplementedError

    def stragglers(self) -> list[Straggler]:
        """Name what runs there; ask, if that may take time."""
        raise NotImplementedError

    def stop(self, reason: str) -> int:
        """End the tasks; return how many were asked to."""
        raise NotImplementedError


_outposts: weakref.WeakValueDictionary[int, Outpost] = weakref.WeakValueDictionary()


def note_outpost(outpost: Outpost) -> None:
    """Have it waited for by those who pause all pools, for as long as it is there."""
    _outposts[id(outpost)] = outpost


def outposts() -> list[Outpost]:
    """List all that are there."""
    return [each for find in _outposts.valuerefs() if (each := find()) is not None]


def outpost_of(held: Held) -> Outpost | None:
    """Return the one of a scope whose tasks are elsewhere; None of any other, and of a task."""
    if not isinstance(held, Node) or not held.pool.others.annexes:
        return None
    return next((each for each in held.annexes() if isinstance(each, Outpost)), None)


def merged(found: Iterable[list[Straggler]]) -> list[Straggler]:
    """Put together what several scopes name: outposts of one place name the same, which is once."""
    late: list[Straggler] = []
    for its in found:
        named = {_name_of(each) for each in late}
        late += [each for each in its if _name_of(each) not in named]
    return late


def _name_of(late: Straggler) -> tuple[str, str, int]:
    return late.task, late.path, late.id


def await_outposts(node: Node | None = None) -> None:
    """Wait until what holds *node*, or else any pool, was passed on; in time, or not at all."""
    own = None if node is None else outpost_of(node)
    there = outposts() if node is None else [] if own is None else [own]
    if there and may_be_kept_waiting():
        began = clock()
        for each in there:
            each.settle(began)


def may_be_kept_waiting() -> bool:
    """Say whether the calling thread may wait for answers: no handler, no server, no loop."""
    if getattr(here, "is_needed", False) or is_interrupted():
        return False
    try:
        running_loop()
    except RuntimeError:
        return True
    return False
