"""The gate: where tasks pass or rest. Gates form a tree; holds close them.

A gate is open if and only if nobody holds it or any gate above it. A hold that lets running tasks
finish closes the gate to those that have not started only. Both facts are kept ready on each gate
(`closed`, `closed_to_running`), because they are read far more often than holds come and go.

A hold may be waived for one gate: it is then as open as if that hold were not there. So one task of
a held scope goes on, and all others rest.

Pure: no threads, no clock. Whoever calls holds the lock of the tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Protocol

from pausable.snapshots import HoldStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pausable._core.tasks import Task
    from pausable.snapshots import Location, Running

__all__ = ["Cancellable", "Gate", "HoldRecord", "hold_status"]

_order = count(1)


@dataclass(eq=False, slots=True)
class HoldRecord:
    """One party's request, with a reason, that a gate be closed."""

    reason: str
    owner: str
    running: Running
    kind: str
    since: float  #: on the monotonic clock
    placed_at: float  #: seconds since the epoch
    duration: float | None
    place: Location | None
    placed: bool = False  #: whether it was ever in force
    is_confirmed: bool = False  #: whether somebody was told that the scope is quiescent under it
    order: int = 0  #: older holds have lower numbers; given when it is placed
    holder: Task | None = None  #: the task that is in its `with` block, if it is one of the scope
    alarm: Cancellable | None = None  #: what will end it after `duration`

    @property
    def stops_running(self) -> bool:
        """Whether running tasks rest for it, too."""
        return self.running == "rest" or self.is_confirmed

    @property
    def expires(self) -> float | None:
        """When the hold ends by itself, on the monotonic clock."""
        return None if self.duration is None else self.since + self.duration


class Cancellable(Protocol):
    """Something that is to happen later, unless it is cancelled."""

    def cancel(self) -> None:
        """See to it that it does not happen."""


class Gate:
    """A node of the tree. `holds` are its own; the two flags take those above into account."""

    __slots__ = (
        "children",
        "closed",
        "closed_to_running",
        "holds",
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
        if parent is not None:
            parent.children[self] = None
            self.closed = parent.closed
            self.closed_to_running = parent.closed_to_running

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
            if hold.stops_running:
                return True
        return False

    def refresh(self) -> None:
        """Look at the holds again: one of them has been confirmed."""
        self._refresh()

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
        if not changed and not self.waivers:
            return
        for child in tuple(self.children):  # a signal handler may make a group just now
            if changed or child.waivers:
                child._refresh()

    def _look(self) -> tuple[bool, bool]:
        """Say whether the gate is closed, and whether to running tasks, too."""
        above = self.parent
        if self.waived:
            holds = tuple(self.all_holds())
            return bool(holds), any(hold.stops_running for hold in holds)
        if above is None:
            return bool(self.holds), self.holds_running()
        return bool(self.holds) or above.closed, self.holds_running() or above.closed_to_running


def hold_status(scope: str, record: HoldRecord, now: float) -> HoldStatus:
    """Describe a hold."""
    return HoldStatus(
        scope,
        record.reason,
        record.owner,
        record.placed_at,
        record.duration,
        record.running,
        record.place,
        record.kind,
        max(now - record.since, 0.0),
    )
