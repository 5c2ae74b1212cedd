"""The switch: one party's hold that can be put on and off again, whatever calls in between.

A button, a key, a signal handler each have one. All of its state is its hold: it is on while that
is in force, so that whatever ends the hold (a `resume()`, the end of the scope) switches it off.

A call looks and acts in one visit to the pool, so that no two can both find it off. One that has
interrupted a visit on its own thread is postponed (`_core.decision`), and looks only then; until it
is made, `is_on` adds what is postponed to what is in force:

    1. The main thread M is in a visit. 2. A signal handler toggles: that is postponed.
    3. A second handler interrupts the first, and toggles, too: it is postponed behind the other.
    4. M goes on, and makes both, in this order: on, off. Nothing is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.closure import place, release
from pausable._core.decision import decide
from pausable._core.gate import HoldRecord
from pausable._core.held import hold_status, holds_on, name_of, pool_of
from pausable._core.times import clock
from pausable.scopes.outpost import await_outposts
from pausable.scopes.release import end_pauses
from pausable.scopes.request import new_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pausable._core.held import Held
    from pausable._core.visit import Visit
    from pausable.snapshots import HoldStatus, Running

__all__ = ["Switch"]


class Switch:
    """One party's hold that can be put on and off again: what a button or a signal handler uses.

    Made by `switch()` of a pool, a group or a task, off. However often it is put on, there is one
    hold at most, and one `off()` ends it. The hold is as one that `pause()` has placed: `resume()`
    of the scope releases it, and the switch is off then. Two switches of one scope are two parties,
    also if they give the same reason.

    All methods may be called from any thread, and from signal handlers and finalizers, also from
    those that have interrupted another call of this switch: the calls count in their order. None
    of them blocks.
    """

    __slots__ = (
        "__weakref__",
        "_held",
        "_kept",
        "_owner",
        "_reason",
        "_record",
        "_running",
        "_scope",
    )

    def __init__(
        self, scope: object, held: Held, reason: str, running: Running, owner: str | None
    ) -> None:
        """Use `switch()`."""
        first = new_record(HoldRecord, reason, running, None, owner, pool_of(held))
        self._scope = scope  # kept, as a hold keeps it
        self._held = held
        self._reason = first.reason
        self._owner = first.owner
        self._running: Running = first.running
        self._record = first  # its last hold; this one is never in force
        self._kept: Callable[[], object] = _nothing  # finds what its holds keep

    @property
    def reason(self) -> str:
        """Why."""
        return self._reason

    @property
    def owner(self) -> str:
        """Who: what the caller of `switch()` said, or the thread and task that called it."""
        return self._owner

    @property
    def scope(self) -> str:
        """The name of the pool, group or task that is held while it is on."""
        return name_of(self._held)

    def on(self) -> bool:
        """Pause the scope; when this has returned, no task of it starts. False if it was on.

        Raises:
            ScopeEnded: the scope has shut down and nothing of it is left.
        """
        return self._turn(wanted=True).has_changed

    def off(self) -> bool:
        """End its hold; the scope opens if nobody else holds it. False if it was off."""
        return self._turn(wanted=False).has_changed

    def toggle(self) -> bool:
        """Put it off if it is on, else on; return whether it is on now.

        Raises:
            ScopeEnded: it was off, and the scope has shut down and nothing of it is left.
        """
        return self._turn(wanted=None).is_on

    def is_on(self) -> bool:
        """Say whether its hold is in force, or will be as soon as postponed calls are made."""
        # In this order: what is made and no longer postponed by now is seen in force.
        postponed = pool_of(self._held).postponed.copy()
        return self._after(postponed, is_on=self._is_in_force())

    def status(self) -> HoldStatus | None:
        """Take a frozen snapshot of its hold; None while it is off."""
        record = self._record
        if record not in holds_on(self._held):
            return None
        return hold_status(self._held, record, clock())

    def _after(self, calls: Iterable[object], *, is_on: bool) -> bool:
        """Say whether it is on after these calls, of which some may be its own, or resume all."""
        for call in calls:
            turn, args = getattr(call, "decision", None), getattr(call, "args", ())
            if isinstance(turn, _Turn) and turn.switch is self:
                is_on = not is_on if turn.wanted is None else turn.wanted
            elif turn is end_pauses and args[:2] == (self._held, None):
                is_on = False
        return is_on

    def _is_in_force(self) -> bool:
        return self._record in holds_on(self._held)

    def _turn(self, *, wanted: bool | None) -> _Turn:
        turn = _Turn(self, wanted, self.is_on())
        pool = pool_of(self._held)
        decide(pool, turn)
        if pool.others.annexes:
            await_outposts(pool.root)
        return turn

    def __repr__(self) -> str:
        """Say who holds what and why, or would."""
        state = "on" if self.is_on() else "off"
        return f"<Switch of {self.scope!r} is {state}: {self._reason!r} by {self._owner}>"


def _nothing() -> None:
    """Keep nothing: whoever has the switch has what it holds."""


class _Turn:
    """One call of a switch: made at once, or postponed, and then made in the order of the calls."""

    __slots__ = ("has_changed", "is_on", "record", "switch", "wanted")

    def __init__(self, switch: Switch, wanted: bool | None, was_on: bool) -> None:
        """Put *switch* on or off, as *wanted*; None for the other way round."""
        self.switch = switch
        self.wanted = wanted
        pool = pool_of(switch._held)
        self.record = new_record(
            HoldRecord, switch.reason, switch._running, None, switch.owner, pool
        )
        self.record.keeps = switch._kept()
        # What is said of it if it is postponed.
        self.is_on = not was_on if wanted is None else wanted
        self.has_changed = self.is_on != was_on

    def __call__(self, visit: Visit) -> None:
        """Look, and place or release the hold. There may be nothing left to hold: then refuse."""
        switch = self.switch
        held = switch._held
        was_on = switch._is_in_force()
        if self.wanted is None:
            self.wanted = not was_on  # for `_after`, which may see it before and after
        if self.wanted and not was_on:
            switch._record = self.record  # first: an interrupt must not leave it unknown
            place(visit, held, self.record)
        elif was_on and not self.wanted:
            release(visit, held, switch._record)
        self.is_on = switch._is_in_force()
        self.has_changed = self.is_on != was_on
