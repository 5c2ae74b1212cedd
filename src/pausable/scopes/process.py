"""The process as a scope: for what it is held, who observes all of it, and which pools there are.

There is no lock here. Each change is one step of a dict, which nothing can come between, so that a
signal handler that pauses or resumes finds none half made. What becomes of a hold is decided once,
by whoever comes first (`ProcessHoldRecord.fate`). What pools have of this is in `inheritance`.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

from pausable._core.audience import deliver_to
from pausable._core.gate import PROCESS, HoldRecord
from pausable._core.held import hold_status
from pausable._core.outbox import Outbox
from pausable._core.times import clock, wall_clock
from pausable.events import HoldPlaced, HoldReleased
from pausable.scopes.common_log import INFO, say
from pausable.scopes.pools import pools

if TYPE_CHECKING:
    from pausable._core.observer import Observer
    from pausable._core.pool import Pool
    from pausable._core.tree import Node
    from pausable.events import Event, HoldEvent

__all__ = ["HoldEnd", "Process", "ProcessHoldRecord", "process"]


class ProcessHoldRecord(HoldRecord):
    """A hold of the process. Each pool has one of its own for it: see `Process.kept`."""

    __slots__ = ("fate",)

    def __init__(self, *given: Any) -> None:
        """Make one that is about to be placed."""
        super().__init__(*given)
        # What becomes of it. Each answer is given once, by whoever comes first, and `setdefault`
        # says by whom: "end", its End; "next", the hold that a switch has put on after it.
        self.fate: dict[str, Any] = {}

    def has_ended(self) -> bool:
        """Say whether it holds no longer."""
        return "end" in self.fate


class HoldEnd:
    """The end of holds of the process: whether it came by itself, and how the pools open."""

    __slots__ = ("expired", "pace")

    def __init__(self, pace: tuple[float, float] | None = None, *, expired: bool = False) -> None:
        """End holds; with *pace*, the tasks of each pool then go one by one."""
        self.pace: tuple[float, float] | None = pace
        self.expired: bool = expired


class Process:
    """What holds and observes all pools of this process, and those that are made later."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.name = PROCESS
        self.observers: dict[Observer, None] = {}
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget all holds: in a forked child nothing is held."""
        self.holds: dict[ProcessHoldRecord, None] = {}  # oldest first
        # Pools that are held, with the holds of their own for these, which are written under their
        # locks. What was submitted to one is done, also if nobody refers to it.
        self.kept: dict[Pool, dict[ProcessHoldRecord, HoldRecord]] = {}
        self.outbox: Outbox = Outbox()  # for those who observe all

    def in_force(self) -> list[ProcessHoldRecord]:
        """List the holds that are in force, oldest first."""
        return [hold for hold in self.holds.copy() if not hold.has_ended()]

    def roots(self) -> list[Node]:
        """List the scopes of all pools of which anybody has anything."""
        # The scope of one that is over and gone is none of its own: see `threads.crew`.
        return [root for pool in pools() if (root := pool.root).pool is pool]

    def own_of(self, hold: ProcessHoldRecord, pool: Pool) -> HoldRecord | None:
        """Return the hold that a pool has of its own for one of the process, if it has one."""
        return self.kept.get(pool, {}).get(hold)

    def add(self, hold: ProcessHoldRecord) -> None:
        """Note a hold, unless it has ended; once more is harmless. All pools are to follow."""
        if hold.has_ended():
            return
        if not hold.is_told:
            self._tell(HoldPlaced, hold_status(None, hold, clock()))
            say(INFO, "%r is paused: %s (by %s)", self.name, hold.reason, hold.owner)
            hold.is_told = True
        self.holds[hold] = None
        if hold.has_ended():  # just now
            self._forget(hold)

    def end(self, hold: ProcessHoldRecord, end: HoldEnd) -> bool:
        """Note that a hold ends; False if it has another end. All pools are to follow."""
        is_mine: bool = hold.fate.setdefault("end", end) is end
        self._forget(hold)
        return is_mine

    def _forget(self, hold: ProcessHoldRecord) -> None:
        end: HoldEnd = hold.fate["end"]
        self.holds.pop(hold, None)
        if hold.alarm is not None:
            hold.alarm.cancel()
        if hold.is_told and not hold.is_over:
            hold.is_over = True
            now = clock()
            self._tell(HoldReleased, hold_status(None, hold, now), end.expired)
            what = "hold has expired" if end.expired else "hold was released"
            say(INFO, "%r: %s after %.3f s: %s", self.name, what, now - hold.since, hold.reason)

    def forward(self, audience: tuple[Observer, ...], event: Event) -> None:
        """Hand on an event of a pool to who observed all when it happened, one at a time."""
        self._emit(audience, event)
        self.outbox.deliver()

    def audience(self) -> tuple[Observer, ...]:
        """Return who observes all, in the order in which they came."""
        return tuple(self.observers.copy())

    def _tell(self, kind: type[HoldEvent], *facts: Any) -> None:
        event = kind(self.name, wall_clock(), *facts, path="", id=0, monotonic=clock())
        self._emit(self.audience(), event)

    def _emit(self, audience: tuple[Observer, ...], event: Event) -> None:
        wanted = tuple(each for each in audience if type(event) in each.kinds)
        if wanted:
            self.outbox.append(partial(deliver_to, wanted, event))


process: Process = Process()


def _after_fork() -> None:
    """Hold nothing in the child."""
    for hold in process.holds:
        hold.fate.setdefault("end", HoldEnd())
        hold.is_over = True  # and nothing is told of it here
    process.begin_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
