"""The lines in which scopes wait for slots, and the rank by which they stand there.

Those with the highest rank stand first, and those of the same take turns; see `turns` for who is
in a line, and who is left out.

A scope's rank is its priorities from the top, of which those that are not there count as 0: a group
competes with its siblings and with its parent's own tasks, and all of them together, with the
priority of the parent, with what is beside that. Where nobody has a priority all ranks are equal,
and to line up is to append.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pausable._core.ports import Wakeable
    from pausable._core.task import Task

__all__ = ["Lines", "Ranked", "Turn", "line_up", "rank_of", "take_turns"]


class Turn:
    """Where one scope stands. Primary is its priority; the rest follows from that and the lines."""

    __slots__ = ("in_back", "in_ring", "priority", "rank")

    def __init__(self, priority: int, above: Iterable[int]) -> None:
        """Stand in no line; *above* are the priorities of the scopes above, from its parent on."""
        self.priority: int = priority
        self.rank: tuple[int, ...] = rank_of([priority, *above])
        self.forget_all()

    def forget_all(self) -> None:
        """Start anew, also in a forked child."""
        self.in_ring: bool = False
        self.in_back: bool = False


class Lines:
    """The lines of one pool. Derived: scopes that may be able to let a task go.

    Others are left out until something happens that could change that (a gate opens, a limit has
    room, a pace ticks).
    """

    __slots__ = ("back", "later", "portion", "ring", "stopped")

    def __init__(self) -> None:
        """Begin with nobody."""
        # So many tasks at rest may go on in one visit, and who is woken if that was not all: where
        # many run on one thread, which makes the visit, and is to see to others in between.
        self.portion: float = math.inf
        self.later: Wakeable | None = None
        self.ring: deque[Any] = deque()  # scopes with tasks that may start
        self.back: deque[Any] = deque()  # scopes with tasks that may return
        self.stopped: deque[Task] = deque()  # at rest, to stop, and wait for a slot to do it in


class Ranked(Protocol):
    """A scope, as one of those that wait."""

    @property
    def turn(self) -> Turn:
        """Where it stands."""


def rank_of(priorities: Iterable[int]) -> tuple[int, ...]:
    """Return the rank of a scope with these priorities, its own first."""
    rank = list(priorities)
    while rank and not rank[0]:
        del rank[0]
    return tuple(reversed(rank))


def _comes_before(one: Ranked, other: Ranked) -> bool:
    """Say whether the tasks of *one* scope come before those of the *other*."""
    mine, its = one.turn.rank, other.turn.rank
    if mine == its:
        return False
    longest = max(len(mine), len(its))
    return mine + (0,) * (longest - len(mine)) > its + (0,) * (longest - len(its))


def line_up(line: deque[Any], node: Ranked) -> None:
    """Let a scope stand behind those of its rank, and before those of a lower one."""
    place = len(line)
    while place and _comes_before(node, line[place - 1]):
        place -= 1
    if place == len(line):
        line.append(node)
    else:
        line.insert(place, node)


def take_turns(line: deque[Any]) -> None:
    """Let the first scope of a line stand behind the others of its rank: one of its tasks goes."""
    if line[0].turn.rank == line[-1].turn.rank:  # as all between them
        line.rotate(-1)
    else:
        line_up(line, line.popleft())
