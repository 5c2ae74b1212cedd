"""The gate: where tasks pass or rest. Gates form a tree; holds close them.

A gate is open if and only if nobody holds it or any gate above it. A hold that lets running tasks
finish closes the gate to those that have not started only. Both facts are kept ready on each gate
(`closed`, `closed_to_running`), because they are read far more often than holds come and go.

A hold may be waived for one gate: it is then as open as if that hold were not there. So one task of
a held scope goes on, and all others rest.

Pure: no threads. Whoever calls holds the lock of the tree.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from pausable._core.states import RUNNING
from pausable._core.times import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pausable._core.frames import Spot
    from pausable._core.ports import Cancellable
    from pausable.snapshots import Running

__all__ = ["PROCESS", "Gate", "HoldRecord"]

PROCESS = "process"
"""What the process is called as a scope, whose holds each pool has on its gate, too."""

_order = count(1)


class HoldRecord:
    """One party's request, with a reason, that a gate be closed."""

    __slots__ = (
        "above",
        "alarm",
        "duration",
        "holder",
        "is_confirmed",
        "is_over",
        "is_told",
        "keeps",
        "kind",
        "order",
        "owner",
        "pace",
        "placed",
        "placed_at",
        "placer",
        "reason",
        "running",
        "since",
        "spot",
    )

    def __init__(
        self,
        reason: str,
        owner: str,
        running: Running,
        kind: str,
        since: float,
        placed_at: float,
        duration: float | None = None,
        spot: Spot | None = None,
    ) -> None:
        """Make one that is about to be placed, by what is called at *spot*."""
        self.reason: str = reason
        self.owner: str = owner
        self.running: Running = running
        self.kind: str = kind
        self.since: float = since  # on the monotonic clock
        self.placed_at: float = placed_at  # seconds since the epoch
        self.duration: float | None = duration
        self.spot: Spot | None = spot
        self.is_told: bool = False  # of whether it was placed
        self.is_over: bool = False  # whether it was released: it may be placed still
        self.placed: bool = False  # whether it was ever in force
        self.is_confirmed: bool = False  # whether somebody was told: it is quiescent under it
        self.order: int = 0  # older holds have lower numbers; given when it is placed
        self.holder: Any = None  # the task that is in its `with` block, if it is one of the scope
        self.alarm: Cancellable | None = None  # what will end it after `duration`
        self.pace: tuple[float, float] | None = None  # interval, jitter; once it ended by itself
        self.placer: Callable[[], Any] | None = None  # a weak reference to the task that placed it
        self.above: HoldRecord | None = None  # the hold of the process for which it is on a pool
        self.keeps: object = None  # whom it keeps alive, as a Hold does: see `scopes.handle`

    def let_go(self) -> None:
        """Keep nothing alive any more: it is over."""
        self.keeps = None

    @property
    def stops_running(self) -> bool:
        """Whether running tasks rest for it, too."""
        return self.running != "finish" or self.is_confirmed

    @property
    def expires(self) -> float | None:
        """When the hold ends by itself, on the monotonic clock."""
        return None if self.duration is None else self.since + self.duration

    def ends_by_itself(self) -> bool:
        """Say whether it ends though nobody from outside resumes: in time, by a guard, by a task.

        A task is in its block and will leave it; or has placed it, and still runs to release it.
        """
        if self.above is not None:
            return self.above.ends_by_itself()
        if self.duration is not None or self.kind == "guard" or self.holder is not None:
            return True
        task = None if self.placer is None else self.placer()
        return (
            task is not None
            and task._state == RUNNING
            and task._p_ended_at is None
            and not task._p_is_at_rest()
        )


class Gate:
    """A node of the tree. `holds` are its own; the two flags take those above into account."""

    __slots__ = (
        "children",
        "closed",
        "closed_for",
        "closed_since",
        "closed_to_running",
        "holds",
        "made_at",
        "parent",
        "waived",
        "waivers",
    )

    def __init__(self, parent: Gate | None = None) -> None:
        """Make a gate below *parent*, as closed as that one is."""
        self.parent = parent
        self.children: dict[Gate, None] = {}
        self.holds: dict[HoldRecord, None] = {}
        self.waived: frozenset[HoldRecord] = frozenset()  # do not close this gate
        self.waivers: int = 0  # gates with waived holds, this one and below
        self.closed: bool = False
        self.closed_to_running: bool = False
        self.closed_since: float | None = None
        self.closed_for: float = 0.0  # before that, in seconds
        self.made_at: float = clock()
        if parent is not None:
            parent.children[self] = None
            self.closed = parent.closed
            self.closed_to_running = parent.closed_to_running
            if self.closed:
                self.closed_since = self.made_at

    def forget_all(self, children: Iterable[Gate]) -> None:
        """Start anew in a forked child: no hold, and none but these *children*, of scopes."""
        self.holds.clear()
        self.children = dict.fromkeys(children)
        self.closed = self.closed_to_running = False
        self.closed_since = None

    def times(self, now: float) -> tuple[float, float]:
        """Return how long the gate has been open and closed so far, in seconds."""
        closed = self.closed_for
        since = self.closed_since
        if since is not None:
            closed += now - since
        return max(now - self.made_at - closed, 0.0), closed

    def place(self, hold: HoldRecord) -> None:
        """Close the gate, and all below, on behalf of *hold*."""
        hold.order = next(_order)
        self.holds[hold] = None
        self._refresh()

    def release(self, hold: HoldRecord) -> bool:
        """Take *hold* away; False if it was not there. The gate opens if it was the last."""
        if hold not in self.holds:
            return False
        del self.holds[hold]
        self._refresh()
        return True

    def waive(self, holds: Iterable[HoldRecord]) -> None:
        """Let these holds, here or above, no longer close this gate."""
        self._set_waived(self.waived.union(holds))

    def unwaive(self, holds: Iterable[HoldRecord]) -> None:
        """Let these holds close this gate like all others again."""
        self._set_waived(self.waived.difference(holds))

    def _set_waived(self, waived: frozenset[HoldRecord]) -> None:
        self._count_waivers(bool(waived) - bool(self.waived))
        self.waived = waived
        self._refresh()

    def _count_waivers(self, more: int) -> None:
        gate: Gate | None = self if more else None
        while gate is not None:
            gate.waivers += more
            gate = gate.parent

    def detach(self) -> None:
        """Leave the tree, with all holds: this gate's task is over."""
        self.holds.clear()
        if self.parent is not None and self in self.parent.children:
            self.parent._count_waivers(-self.waivers)
            del self.parent.children[self]

    def move(self, parent: Gate) -> None:
        """Hang this gate, with what is below it, under *parent*."""
        if self.parent is not None:
            self.parent._count_waivers(-self.waivers)
            del self.parent.children[self]
        self.parent = parent
        parent.children[self] = None
        parent._count_waivers(self.waivers)
        self._refresh()

    def holds_running(self) -> bool:
        """Say whether a hold of its own makes running tasks rest.

        One that lets them finish does once they have: what is in a quiet block then comes out to a
        closed gate.
        """
        for hold in self.holds:  # noqa: SIM110 - `any` makes a generator each time
            if hold.running != "finish" or hold.is_confirmed:  # `stops_running`, without a call
                return True
        return False

    def refresh(self) -> None:
        """Look at the holds again: one of them has been confirmed."""
        self._refresh()

    def refresh_all(self) -> None:
        """Make the flags and counts of this gate, and of all below, anew."""
        self.closed, self.closed_to_running = self._look()
        self._note_time()
        self.waivers = int(bool(self.waived))
        for child in tuple(self.children):
            child.refresh_all()
            self.waivers += child.waivers

    def below(self) -> Iterator[Gate]:
        """List this gate and those below it, of scopes and of tasks."""
        yield self
        for child in tuple(self.children):
            yield from child.below()

    def all_holds(self) -> Iterator[HoldRecord]:
        """List the holds that close this gate: its own, then those of the gates above."""
        gate: Gate | None = self
        while gate is not None:
            if self.waived:
                yield from (hold for hold in gate.holds if hold not in self.waived)
            else:
                yield from gate.holds
            gate = gate.parent

    def _refresh(self) -> None:
        closed, to_running = self._look()
        changed = closed != self.closed or to_running != self.closed_to_running
        self.closed = closed
        self.closed_to_running = to_running
        if closed != (self.closed_since is not None):
            self._note_time()
        if not self.children or not (changed or self.waivers):
            return
        for child in tuple(self.children):  # a signal handler may make a group just now
            if changed or child.waivers:
                child._refresh()

    def _note_time(self) -> None:
        """Note since when the gate is closed, or for how long it was."""
        if self.closed and self.closed_since is None:
            self.closed_since = clock()
        elif not self.closed and self.closed_since is not None:
            self.closed_for += clock() - self.closed_since
            self.closed_since = None

    def _look(self) -> tuple[bool, bool]:
        """Say whether the gate is closed, and whether to running tasks, too."""
        above = self.parent
        if self.waived:
            holds = tuple(self.all_holds())
            return bool(holds), any(hold.stops_running for hold in holds)
        if above is None:
            return bool(self.holds), self.holds_running()
        return bool(self.holds) or above.closed, self.holds_running() or above.closed_to_running
