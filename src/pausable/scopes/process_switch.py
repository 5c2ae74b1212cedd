"""The switch of the process: one party's hold on all pools that can be put on and off again.

Its holds form a chain: each is followed by one at most, put on by the call that comes first after
it has ended. That and each end are one step (`ProcessHoldRecord.fate`): no two calls can both put
it on or off, and one that has interrupted another goes on from what that has done so far.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from pausable._core.held import hold_status
from pausable._core.times import clock
from pausable.scopes.inheritance import bequeath, put_in_force
from pausable.scopes.outpost import await_outposts
from pausable.scopes.process import HoldEnd, ProcessHoldRecord, process
from pausable.scopes.request import new_record
from pausable.scopes.switch import Switch

if TYPE_CHECKING:
    from pausable.snapshots import HoldStatus, Running

__all__ = ["ProcessSwitch"]


class ProcessSwitch(Switch):
    """What `pausable.switch()` returns: a `Switch` of all pools, and those that are made later."""

    __slots__ = ()

    _record: ProcessHoldRecord

    def __init__(self, reason: str, running: Running, owner: str | None) -> None:
        """Use `pausable.switch()`."""
        first = new_record(ProcessHoldRecord, reason, running, None, owner)
        first.fate["end"] = HoldEnd()  # never in force
        self._scope = cast("Any", process)
        self._reason = first.reason
        self._owner = first.owner
        self._running = first.running
        self._record = first

    @property
    def scope(self) -> str:
        """The name of the process as a scope."""
        return process.name

    def on(self) -> bool:
        """Pause all pools; when this has returned, no task starts. False if it was on."""
        return self._turn(wanted=True)[0]

    def off(self) -> bool:
        """End its hold; each pool opens if nobody else holds it. False if it was off."""
        return self._turn(wanted=False)[0]

    def toggle(self) -> bool:
        """Put it off if it is on, else on; return whether it is on now."""
        return self._turn(wanted=None)[1]

    def is_on(self) -> bool:
        """Say whether its hold is in force."""
        return not self._last().has_ended()

    def status(self) -> HoldStatus | None:
        """Take a frozen snapshot of its hold; None while it is off."""
        last = self._last()
        return None if last.has_ended() else hold_status(None, last, clock())

    def _last(self) -> ProcessHoldRecord:
        """Return its last hold."""
        last = self._record
        while (after := last.fate.get("next")) is not None:
            last = after
        self._record = last
        return last

    def _turn(self, *, wanted: bool | None) -> tuple[bool, bool]:  # type: ignore[override]
        """Put it on or off, as *wanted*, None for the other way round; say what came of that.

        Whether this call has changed it, and whether it is on then.
        """
        new = new_record(ProcessHoldRecord, self._reason, self._running, None, self._owner)
        said = bequeath(_ProcessTurn(self, wanted, new, HoldEnd()))
        await_outposts()
        return said


class _ProcessTurn:
    """One call of a switch. Made again, it does to its end what it has begun, and nothing else."""

    __slots__ = ("end", "ended", "new", "switch", "wanted")

    def __init__(
        self, switch: ProcessSwitch, wanted: bool | None, new: ProcessHoldRecord, end: HoldEnd
    ) -> None:
        self.switch = switch
        self.wanted = wanted
        self.new = new  # its hold, if it puts it on
        self.end = end  # of the last one, if it puts it off
        self.ended: ProcessHoldRecord | None = None

    def __call__(self) -> tuple[bool, bool]:
        while not self.new.has_ended():  # else it was put on, by this call, and off again since
            last = self.switch._last()
            if self.ended is not None and self.ended.fate.get("end") is self.end:
                process.end(self.ended, self.end)
                return True, False
            if last.has_ended() and last is not self.new:
                if self.wanted is False:
                    return False, False
                last.fate.setdefault("next", self.new)  # another call may have been faster
                continue
            if last is self.new:
                put_in_force(self.new)
                return True, True
            if self.wanted is True:
                put_in_force(last)  # who puts it on may not have come so far
                return False, True
            self.ended = last  # known before it is done
            process.end(last, self.end)
        return True, True
